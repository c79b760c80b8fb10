"""What of a race takes so long that it is made after all else is shown."""

import streamlit as st

from playground.labs.shared.page import run_again
from playground.labs.shared.race.region import PlotRegion
from playground.labs.shared.race.state import Problem
from playground.labs.shared.race.surfaces import surfaces_of


def finish_surface(problem: Problem, region: PlotRegion) -> None:
    """Make a surface in full detail, say how far that is, and show it."""
    bar = st.progress(0.0, "The loss surface in more detail …")

    def tell(part: float) -> None:
        bar.progress(min(part, 1.0), f"The loss surface in more detail: {part:.0%}")

    surfaces_of(problem, region, tell)
    bar.empty()
    run_again()
