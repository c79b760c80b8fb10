"""What of a race takes so long that it is made after all else is shown, and when it has its turn."""

import math

import streamlit as st

from playground.labs.shared.page import run_again
from playground.labs.shared.race.region import PlotRegion
from playground.labs.shared.race.state import Problem
from playground.labs.shared.race.surfaces import surfaces_of
from playground.labs.shared.turns import TURNS, give_way
from playground.numerals import format_count


def finish_surface(problem: Problem, region: PlotRegion) -> None:
    """Make a surface in full detail, say how far that is, and show it."""
    bar = st.progress(0.0, "The loss surface in more detail …")

    def wait(others: int) -> None:
        give_way()
        bar.progress(0.0, f"The loss surface in more detail waits for {format_count(others, 'other')}")

    def tell(part: float) -> None:
        give_way()
        bar.progress(min(part, 1.0), f"The loss surface in more detail: {part:.0%}")

    with TURNS.take(wait, math.inf):
        surfaces_of(problem, region, tell)
    bar.empty()
    run_again()
