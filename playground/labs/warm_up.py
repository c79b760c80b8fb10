"""What the server does once, before it answers the first person."""

import gc

import streamlit as st
import torch

from playground.labs import LABS
from playground.labs.shared.session import Session
from playground.labs.shared.views import VIEWS


@st.cache_resource(show_spinner="Warming up torch…")
def prepare() -> None:
    """Import and run once all that a first visit would wait for, and set the process up for many visitors."""
    # A second thread helps only beyond about 10,000 elements, and sessions share the processor.
    torch.set_num_threads(1)
    for lab in LABS.values():
        VIEWS.keep(lab, lab.default, lab.view(Session(lab, lab.default, lab.work())))
    # What is loaded by now stays: without this every full collection walks all of torch, 150 to 300 ms each.
    gc.collect()
    gc.freeze()
