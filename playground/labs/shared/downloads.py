"""Files that a person takes along: what is in them, and the buttons for them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from playground.data.run_table import run_to_csv
from playground.labs.shared.lab import Download
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.session import Session


def run_download(results: RaceResults) -> Download:
    """The selected runner's run."""
    label = results.labels[results.selected]
    return Download("run.csv", f"Run of {label}", lambda: run_to_csv(results.run, label))


def download_button(session: Session[Any], one: Download, place: str) -> None:
    """A file's button; ``place`` tells it from others for the same file.

    The text is written before the button is pressed: Streamlit runs a callable outside of the session, and says
    nothing when that fails.
    """
    st.download_button(
        f"{one.label}, CSV",
        one.write().encode(),
        one.name,
        "text/csv",
        icon=":material/download:",
        key=session.key(f"download {place} {one.name}"),
        on_click="ignore",
        width="stretch",
    )


def draw_downloads(session: Session[Any], files: Sequence[Download]) -> None:
    """All of a page's files, behind a button; they are written when it is open."""
    place = st.popover(
        "Download", type="tertiary", icon=":material/download:", key=session.key("downloads"), on_change="rerun"
    )
    if place.open:
        with place:
            for one in files:
                download_button(session, one, "all")
