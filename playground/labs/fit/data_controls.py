"""The data of the lab Fit: the table, sets, files, generated points, and what is done on the picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import pandas as pd
import streamlit as st

from playground.data.points import Points
from playground.data.recipe import Recipe
from playground.data.tables import Table, extract_points, find_first_date, suggest_roles, to_csv
from playground.errors import InputError
from playground.labs.fit.state import SET, STANDARDISE, FitState, known_fit
from playground.labs.fit.view import FitView
from playground.labs.shared import widgets
from playground.labs.shared.data_controls import (
    ColumnRole,
    choose_columns,
    paste_controls,
    points_download_button,
    use_button,
)
from playground.labs.shared.lab import Download
from playground.labs.shared.race.events import react
from playground.labs.shared.race.runs import Work
from playground.labs.shared.race.state import RaceState
from playground.labs.shared.session import Session
from playground.numerals import format_count, format_number
from playground.player import Event

MAX_TABLE = 10_000
"""Rows of the table that can be edited."""

_EXAMPLE = "x, y\n0.5, 2.0\n0.9, 3.8"

COLUMNS = ("x", "y", "weight", "held out")


@dataclass
class FitWork(Work):
    """What a session with the lab keeps beside its state.

    Attributes:
        points: as they were seen last.
        table: what the table began with, which it needs as long as it is edited; revision: how often it began anew.
        is_from_table: whether the change of the points that comes is one of the table's own.
    """

    points: Points | None = None
    table: Any = None
    revision: int = 0
    is_from_table: bool = False

    def see(self, points: Points) -> None:
        """Take note of the points: where they have changed the table begins anew, unless it was what changed them."""
        is_from_table, self.is_from_table = self.is_from_table, False
        if points == self.points:
            return
        self.points = points
        if not is_from_table:
            self.revision += 1
            self.table = pd.DataFrame([*points.rows()][:MAX_TABLE], columns=list(COLUMNS))


# ---- On the picture.


def react_to(session: Session[FitState], view: FitView, event: Event, state: FitState) -> FitState:
    """The state after a point was added, moved or deleted on the picture, or what all races know was done."""
    points = state.regression.points
    if event.kind == "add":
        return state.with_points(points.with_point(*widgets.round_place(event, view.data_frame)))
    if event.kind == "delete":
        return state.with_points(points.without_point(event.row))
    if event.kind != "move":
        return cast(FitState, react(cast(Session[RaceState], session), view, event, state))
    session.work.needed = event.step
    moved = state.with_points(points.with_moved_point(event.row, *widgets.round_place(event, view.data_frame)))
    return replace(moved, data_frame=view.data_frame)  # nothing moves under the pointer but the point


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
    points_download_button(session, points_download(session.state))
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
            paste_controls(
                session, "Rows of numbers, with or without a header", _EXAMPLE, partial(_choose, session), _put
            )
    if generate.open:
        with generate:
            _generate(session)


def points_download(state: FitState) -> Download:
    """The points."""
    points = state.regression.points
    return Download("points.csv", format_count(len(points), "point"), partial(to_csv, points))


def _put(state: FitState, points: Points) -> FitState:
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
            # So many digits fit: a longer number would lose its first ones. A cell that is edited shows all.
            "x": st.column_config.NumberColumn(format="%.5g", width=70),
            "y": st.column_config.NumberColumn(format="%.5g", width=70),
            "weight": st.column_config.NumberColumn("wt", default=1.0, format="%.3g", width=44, help="Weight"),
            "held out": st.column_config.CheckboxColumn("out", default=False, width=48, help="Held out of the fit"),
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
    added = [[row.get(name, value) for name, value in defaults.items()] for row in edits["added_rows"]]
    rows += [row for row in added if row[0] is not None and row[1] is not None]  # the others are still being typed
    for i, row in enumerate(rows, 1):
        for name, value in zip(COLUMNS[:3], row, strict=False):
            if value is None or value != value:
                raise InputError(f"row {i} has no number for {name}: type one, or delete the row", field="data")
    if not rows:
        raise InputError("the table is empty: a fit needs at least one point", field="data")
    x, y, weights, held_out = zip(*rows, strict=True)
    return Points(x, y, weights, tuple(map(bool, held_out)))


# ---- Text and files.


def _choose(session: Session[FitState], table: Table) -> Callable[[Table], Points]:
    """What takes the points from the columns that are chosen."""
    x, y, weight, held_out = suggest_roles(table)
    roles = [
        ColumnRole("x", "x is", x),
        ColumnRole("y", "y is", y),
        ColumnRole("weight", "weight", weight, is_optional=True),
        ColumnRole("held_out", "held out", held_out, is_optional=True),
    ]
    chosen = choose_columns(session, table, roles)
    begin = find_first_date(table, str(chosen["x"]))
    if begin is not None:
        st.caption(f"x is the days since {begin:%Y-%m-%d}.")
    return partial(extract_points, **chosen)  # type: ignore[arg-type]  # x and y are there


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
    recipe = None
    try:
        recipe = _recipe(model or "", values)
    except InputError as error:
        widgets.problem("make", error)
    use_button(session, "make_go", "make", recipe and recipe.points, _put, "Generate")


def _recipe(model: str, values: Mapping[str, Any]) -> Recipe:
    for name, value in values.items():
        if value is None:
            raise InputError(f"a number is missing for {name}: type one")
    return Recipe(model, **values)
