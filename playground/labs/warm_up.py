"""What the server does once, before it answers the first person."""

import gc

import streamlit as st
import torch

from playground.labs.descent import page as descent
from playground.labs.fit import data as fit_data
from playground.labs.gradient.scenario import FIRST
from playground.labs.gradient.view import view_of
from playground.labs.shared.race_view import race_view


@st.cache_resource(show_spinner="Warming up torch…")
def prepare() -> None:
    """Import and run once all that a first visit would wait for, and set the process up for many visitors."""
    # A second thread helps only beyond about 10,000 elements, and sessions share the processor.
    torch.set_num_threads(1)
    for lab in (fit_data.LAB, descent.LAB):
        race = lab.first
        race_view(race, [race.descent(runner).run(race.steps) for runner in race.runners], 0)
    view_of(FIRST)
    # What is loaded by now stays: without this every full collection walks all of torch, 150 to 300 ms each.
    gc.collect()
    gc.freeze()
