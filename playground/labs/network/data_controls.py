"""The controls of a network's points, and of what it is given of them."""

from functools import partial

import streamlit as st

from playground.data.labelled import Labelled
from playground.data.labelled_tables import read_labelled
from playground.data.tables import MAX_BYTES
from playground.errors import InputError
from playground.labs.network.state import (
    ADDED_CLASS,
    KIND,
    SAMPLE_FIELDS,
    NetworkState,
    input_fields,
    is_linked,
    own_fields,
)
from playground.labs.shared import widgets
from playground.labs.shared.session import Session


def data_controls(session: Session[NetworkState]) -> None:
    """The points, and what the network is given of them."""
    state = session.state
    widgets.draw(session, KIND)
    own = own_fields(state)
    for one in own:
        widgets.draw(session, one)
        widgets.problems(session, one.name)
    widgets.problems(session, KIND.name)
    if state.sample:
        widgets.side_by_side([partial(widgets.draw, session, one) for one in SAMPLE_FIELDS], 2)
    widgets.problems(session, *(one.name for one in SAMPLE_FIELDS), "data")
    if not is_linked(state):
        st.caption("Too many points for the link: a reload loses them.")
    _paste_line(session)
    if state.training.points.classes:
        widgets.draw(session, ADDED_CLASS)
    st.caption("The network is given")
    inputs = input_fields(state)
    widgets.side_by_side([partial(widgets.draw, session, one) for one in inputs], 3)
    widgets.problems(session, *(one.name for one in inputs), "features")


def _paste_line(session: Session[NetworkState]) -> None:
    """Points that are pasted, or read from a file."""
    place = st.popover("Paste, upload", width="stretch", key=session.key("paste"), on_change="rerun")
    if place.open:
        with place:
            _paste(session)


def _paste(session: Session[NetworkState]) -> None:
    text = st.text_area(
        "Rows of x, y and the class, or of x and y alone",
        key=session.key("pasted"),
        placeholder="x, y, class\n0.5, 2.0, cat\n0.9, 3.8, dog",
        height=140,
        max_chars=MAX_BYTES,
    )
    file = st.file_uploader("or a CSV file, up to 1 MB", key=session.key("file"), type=["csv", "txt", "tsv", "dat"])
    if not (text or file):
        return
    try:
        found = read_labelled(file.getvalue() if file else text)
    except InputError as error:
        widgets.problem("paste", error)
        return
    st.button(
        f"Use {len(found):,} points",
        key=session.key("use"),
        type="primary",
        on_click=session.note_act,
        args=(partial(_use, found), "data"),
    )


def _use(points: Labelled, state: NetworkState) -> NetworkState:
    return state.with_points(points)
