"""The controls of a network's points, and of what it is given of them; and what is done to points on the picture."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from playground.data.labelled import Labelled
from playground.data.labelled_tables import LabelledRoles, extract_labelled, labelled_to_csv, suggest_labelled_roles
from playground.data.tables import Table
from playground.labs.network.point_fields import ADDED_CLASS, KIND, SAMPLE_FIELDS, find_set, own_fields
from playground.labs.network.state import NetworkState, input_fields
from playground.labs.shared import widgets
from playground.labs.shared.data_controls import (
    ColumnRole,
    choose_columns,
    paste_controls,
    points_download_button,
    tell_unused,
)
from playground.labs.shared.lab import Download
from playground.labs.shared.session import Session
from playground.labs.shared.view import Frame
from playground.numerals import format_count
from playground.player import Event

_EXAMPLE = "x, y, class\n0.5, 2.0, cat\n0.9, 3.8, dog"


# ---- On the picture.


def edit_points(state: NetworkState, event: Event, frame: Frame) -> NetworkState:
    """The state after a point was added, moved or deleted in a picture with these ranges."""
    points, place = state.training.points, widgets.round_place(event, frame)
    if event.kind == "add":
        at, target = (place, state.added_class) if points.classes else (place[:1], place[1])
        return state.with_points(points.with_point(at, float(target)))
    if event.kind == "delete":
        return state.with_points(points.without_point(event.row))
    if points.classes:
        return state.with_points(points.with_moved_point(event.row, place))
    return state.with_points(points.with_moved_point(event.row, place[:1], place[1]))


# ---- Beside the picture.


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
    elif known := find_set(state.training.points):
        st.caption(known.source)
    widgets.problems(session, *(one.name for one in SAMPLE_FIELDS), "data")
    _paste(session)
    points_download_button(session, points_download(state))
    if state.training.points.classes:
        widgets.draw(session, ADDED_CLASS)
    st.caption("The network is given")
    inputs = input_fields(state)
    widgets.side_by_side([partial(widgets.draw, session, one) for one in inputs], 3)
    widgets.problems(session, *(one.name for one in inputs), "features")


def _paste(session: Session[NetworkState]) -> None:
    """Points that are pasted, or read from a file."""
    place = st.popover("Paste, upload", width="stretch", key=session.key("paste"), on_change="rerun")
    if place.open:
        with place:
            prompt = "Rows of x, y and the class, or of x and y alone"
            paste_controls(session, prompt, _EXAMPLE, partial(_choose, session), _put)


def points_download(state: NetworkState) -> Download:
    """The points."""
    points = state.training.points
    return Download("points.csv", format_count(len(points), "point"), partial(labelled_to_csv, points))


def _choose(session: Session[NetworkState], table: Table) -> Callable[[Table], Labelled]:
    """What takes the points from the columns that are chosen."""
    inputs, target, held_out = suggest_labelled_roles(table)
    roles = [
        ColumnRole("x", "x is", inputs[0]),
        ColumnRole("y", "y is", inputs[1] if len(inputs) > 1 else None, is_optional=True),
        ColumnRole("target", "to learn", target),
        ColumnRole("held_out", "held out", held_out, is_optional=True),
    ]
    for note in table.notes:
        st.caption(note)
    chosen = choose_columns(session, table, roles)
    tell_unused(table, [*chosen.values()])
    places = tuple(name for name in (chosen["x"], chosen["y"]) if name is not None)
    named = LabelledRoles(places, str(chosen["target"]), chosen["held_out"])
    return partial(extract_labelled, roles=named)


def _put(state: NetworkState, points: Labelled) -> NetworkState:
    return state.with_points(points)
