"""The data of the lab Fit: the table, sets, files, generated points, undo, and what is done on the picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import pandas as pd
import streamlit as st

from playground.data.points import Points
from playground.data.recipe import Recipe
from playground.data.tables import MAX_BYTES, Table, extract_points, read_file, read_text, suggest_roles, to_csv
from playground.errors import InputError
from playground.labs.fit.state import SET, STANDARDISE, FitState, is_linked, known_fit
from playground.labs.fit.view import FitView
from playground.labs.shared import widgets
from playground.labs.shared.race.events import react
from playground.labs.shared.race.runs import Work
from playground.labs.shared.race.state import RaceState
from playground.labs.shared.session import Session
from playground.numerals import format_number
from playground.player import Event

MAX_TABLE = 10_000
"""Rows of the table that can be edited."""

MAX_UNDO = 50

COLUMNS = ("x", "y", "weight", "held out")


@dataclass
class FitWork(Work):
    """What a session with the lab keeps beside its state.

    Attributes:
        points: the data as they were seen last; history: those before, the latest last.
        table: what the table began with, which it needs as long as it is edited; revision: how often it began anew.
        is_from_table, is_undone: how the data come to be others.
        dragged: the point that is being dragged: a drag is one change.
    """

    points: Points | None = None
    history: list[Points] = field(default_factory=list)
    table: Any = None
    revision: int = 0
    is_from_table: bool = False
    is_undone: bool = False
    dragged: int | None = None
    was_dragged: bool = False

    def see(self, points: Points) -> None:
        """Take note of the data, if they have changed."""
        if points is self.points or points == self.points:
            return
        if self.points is not None and not self.is_undone and not self.was_dragged:
            self.history = [*self.history, self.points][-MAX_UNDO:]
        if not self.is_from_table:
            self.revision += 1
            self.table = pd.DataFrame([*points.rows()][:MAX_TABLE], columns=list(COLUMNS))
        self.points, self.is_from_table, self.is_undone = points, False, False


# ---- On the picture.


def react_to(session: Session[FitState], view: FitView, event: Event, state: FitState) -> FitState:
    """The state after a point was added, moved or deleted on the picture, or what all races know was done."""
    points, work = state.regression.points, cast(FitWork, session.work)
    work.was_dragged = False
    if event.kind == "add":
        return state.with_points(points.with_point(*_round(view, event)))
    if event.kind == "delete":
        return state.with_points(points.without_point(event.row))
    if event.kind != "move":
        return cast(FitState, react(cast(Session[RaceState], session), view, event, state))
    moved = state.with_points(points.with_moved_point(event.row, *_round(view, event)))
    work.was_dragged = work.dragged == event.row
    work.dragged = event.row if event.moving else None
    work.needed = event.step
    return replace(moved, data_frame=view.data_frame)  # nothing moves under the pointer but the point


def _round(view: FitView, event: Event) -> tuple[float, float]:
    x_range, y_range = view.data_frame
    return widgets.round_to_frame(event.x, x_range), widgets.round_to_frame(event.y, y_range)


# ---- Beside the picture.


def data_controls(session: Session[FitState], conditions: tuple[float, float] | None) -> None:
    """Sets, the table, files, generated points, and whether x is standardised."""
    widgets.draw(session, SET, hide_label=True)
    known = known_fit(session.state)
    if known:
        st.caption(known[0].source)
    _paste_and_generate(session)
    _table(session)
    widgets.problems(session, "data")
    _undo_and_csv(session)
    if not is_linked(session.state):
        st.caption("Too many points for the link: send the CSV along.")
    widgets.draw(session, STANDARDISE)
    if conditions:
        st.caption(f"κ = {format_number(conditions[0])} for x as given, {format_number(conditions[1])} standardised")
    widgets.problems(session, STANDARDISE.name)


def _paste_and_generate(session: Session[FitState]) -> None:
    first, second = st.columns(2, gap="xsmall")
    with first:
        paste = st.popover("Paste, upload", width="stretch", key=session.key("paste"), on_change="rerun")
    with second:
        generate = st.popover("Generate", width="stretch", key=session.key("make"), on_change="rerun")
    if paste.open:
        with paste:
            _paste(session)
    if generate.open:
        with generate:
            _generate(session)


def _undo(session: Session[FitState], state: FitState) -> FitState:
    """Back to the data before the last change."""
    work = cast(FitWork, session.work)
    if not work.history:
        return state
    *work.history, before = work.history
    work.is_undone = True
    return state.with_points(before)


def _undo_and_csv(session: Session[FitState]) -> None:
    points = session.state.regression.points
    first, second = st.columns(2, gap="xsmall")
    with first:
        st.button(
            "Undo",
            icon=":material/undo:",
            key=session.key("undo"),
            on_click=session.note_act,
            args=(partial(_undo, session), "data"),
            disabled=not session.work.history,
            width="stretch",
        )
    with second:
        st.download_button(
            "CSV",
            partial(to_csv, points),
            "points.csv",
            "text/csv",
            icon=":material/download:",
            key=session.key("csv"),
            on_click="ignore",
            width="stretch",
        )


def _use(points: Points, state: FitState) -> FitState:
    return state.with_points(points)


# ---- The table.


def _table(session: Session[FitState]) -> None:
    """The table; while it is edited it keeps what it began with, or the place in it would be lost."""
    count, work = len(session.state.regression.points), cast(FitWork, session.work)
    if count > MAX_TABLE:
        st.caption(f"{count:,} points: the table takes up to {MAX_TABLE:,}. CSV has them all.")
        return
    key = f"fit: table {work.revision}"
    st.data_editor(
        work.table,
        key=key,
        num_rows="dynamic",
        hide_index=True,
        height=230,
        column_config={
            "x": st.column_config.NumberColumn(format="%.10g", width=58),
            "y": st.column_config.NumberColumn(format="%.10g", width=58),
            "weight": st.column_config.NumberColumn("wt", default=1.0, format="%.10g", width=44, help="Weight"),
            "held out": st.column_config.CheckboxColumn("out", default=False, width=50, help="Held out of the fit"),
        },
        on_change=_note_edits,
        args=(session, key),
    )


def _note_edits(session: Session[FitState], key: str) -> None:
    session.note_act(partial(_edit, session, st.session_state[key]), "data")


def _edit(session: Session[FitState], edits: Mapping[str, Any], state: FitState) -> FitState:
    work = cast(FitWork, session.work)
    edited = state.with_points(edit_rows(work.table.values.tolist(), edits))
    work.is_from_table = True
    return edited


def edit_rows(rows: list[list[Any]], edits: Mapping[str, Any]) -> Points:
    """Rows of ``COLUMNS`` after the table's edits, as points.

    Raises:
        InputError: for a cell that is empty or can't be used.
    """
    rows = [list(row) for row in rows]
    for place, cells in edits["edited_rows"].items():
        for name, value in cells.items():
            rows[int(place)][COLUMNS.index(name)] = value
    gone = set(edits["deleted_rows"])
    rows = [row for i, row in enumerate(rows) if i not in gone]
    defaults = dict(zip(COLUMNS, (None, None, 1.0, False), strict=True))
    rows += [[row.get(name, value) for name, value in defaults.items()] for row in edits["added_rows"]]
    for i, row in enumerate(rows, 1):
        for name, value in zip(COLUMNS[:3], row, strict=False):
            if value is None or value != value:
                raise InputError(f"row {i} has no number for {name}: type one, or delete the row", field="data")
    if not rows:
        raise InputError("the table is empty: a fit needs at least one point", field="data")
    x, y, weights, held_out = zip(*rows, strict=True)
    return Points(x, y, weights, tuple(map(bool, held_out)))


# ---- Text and files.


def _paste(session: Session[FitState]) -> None:
    text = st.text_area(
        "Rows of numbers, with or without a header",
        key=session.key("pasted"),
        placeholder="x, y\n0.5, 2.0\n0.9, 3.8",
        height=140,
        max_chars=MAX_BYTES,
    )
    file = st.file_uploader("or a CSV file, up to 1 MB", key=session.key("file"), type=["csv", "txt", "tsv", "dat"])
    problems: dict[str, InputError] = {}
    table = _try("paste", problems, lambda: read_file(file.getvalue(), file.name) if file else read_text(text or ""))
    if table and (text or file):
        _choose(session, table, problems)
    if (text or file) and "paste" in problems:
        widgets.problem("paste", problems["paste"])


def _choose(session: Session[FitState], table: Table, problems: dict[str, InputError]) -> None:
    """Which columns are x and y, and a button to go on with them."""
    roles = suggest_roles(table)
    names = list(table.names)
    key = f"fit: column {hash(table.names)} "  # another table's columns are other choices
    first, second = st.columns(2, gap="xsmall")
    with first:
        x = st.selectbox("x is", names, index=names.index(roles.x), key=key + "x")
        weight = st.selectbox("weight", [None, *names], index=_place(names, roles.weight), key=key + "weight")
    with second:
        y = st.selectbox("y is", names, index=names.index(roles.y), key=key + "y")
        held = st.selectbox("held out", [None, *names], index=_place(names, roles.held_out), key=key + "held")
    found = _try("paste", problems, lambda: extract_points(table, x, y, weight, held))
    st.button(
        f"Use {len(found):,} points" if found and len(found) > 1 else "Use these points",
        key=session.key("use"),
        type="primary",
        disabled=found is None,
        on_click=session.note_act,
        args=(partial(_use, found), "data"),
    )


def _place(names: list[str], name: str | None) -> int:
    return 0 if name is None else names.index(name) + 1


def _try(field: str, problems: dict[str, InputError], read: Callable[[], Any]) -> Any:
    try:
        return read()
    except InputError as error:
        problems[field] = error
        return None


# ---- Generated points.


def _generate(session: Session[FitState]) -> None:
    """A curve and what is added to it; the recipe goes into the link."""

    def number(label: str, name: str, value: float, step: float | None = None, help: str | None = None) -> Any:
        is_integer = isinstance(value, int)
        return st.number_input(
            label,
            value=value,
            step=step or (1 if is_integer else None),
            format="%d" if is_integer else "%.10g",
            key=session.key(f"make_{name}"),
            help=help,
        )

    model = st.text_input("Curve, in x and numbers", "2x + 1", key=session.key("make_model"))
    first, second = st.columns(2, gap="xsmall")
    values: dict[str, Any] = {}
    with first:
        values["low"] = number("x from", "low", 0.0)
        values["n"] = number("Points", "n", 50)
        values["outliers"] = number("Share of outliers", "outliers", 0.0, 0.05)
    with second:
        values["high"] = number("to", "high", 10.0)
        values["noise"] = number("Noise", "noise", 1.0, 0.1, "Its standard deviation.")
        values["seed"] = number("Seed of the points", "seed", 0)
    problems: dict[str, InputError] = {}
    recipe = _try("make", problems, lambda: _recipe(model or "", values))
    if "make" in problems:
        widgets.problem("make", problems["make"])
    st.button(
        "Generate points",
        key=session.key("make_go"),
        type="primary",
        disabled=recipe is None,
        on_click=session.note_act,
        args=(partial(_use, recipe and recipe.points), "data"),
    )


def _recipe(model: str, values: Mapping[str, Any]) -> Recipe:
    for name, value in values.items():
        if value is None:
            raise InputError(f"a number is missing for {name}: type one")
    return Recipe(model, **values)
