"""The data of the lab Fit: the table, sets, files, generated points, and what is done on the picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple, TypeAlias, cast

import pandas as pd
import streamlit as st

from playground.data.cells import read_error, read_typed
from playground.data.points import Points
from playground.data.recipe import Recipe
from playground.data.replicates import stack_columns
from playground.data.table_points import extract_points, find_first_date, list_numbers, suggest_roles, to_csv
from playground.data.tables import Table
from playground.data.uncertain import split_error
from playground.errors import InputError
from playground.labs.fit.state import SET, STANDARDISE, FitState, known_fit
from playground.labs.fit.view import FitView
from playground.labs.shared import widgets
from playground.labs.shared.data_controls import (
    ColumnRole,
    choose_columns,
    paste_controls,
    points_download_button,
    tell_unused,
    use_button,
)
from playground.labs.shared.lab import Download
from playground.labs.shared.race.events import react
from playground.labs.shared.race.runs import Work
from playground.labs.shared.race.state import RaceState
from playground.labs.shared.session import Session
from playground.language.numbers import read_number, read_plain
from playground.numerals import format_count, format_exact, format_number
from playground.player import Event

MAX_TABLE = 10_000
"""Rows of the table that can be edited."""

_EXAMPLE = "x, y\n0.5, 2.0\n0.9, 3.8"

MAX_CELL = 9
"""Characters of a number that can be seen in a cell of the table."""

COLUMNS = ("x", "y", "weight", "held out")

Row: TypeAlias = tuple[float, float, float, bool]
"""A row of the table."""


@dataclass
class FitWork(Work):
    """What a session with the lab keeps beside its state.

    Attributes:
        points: as they were seen last.
        table: the rows that the table began with, which it needs as long as it is edited; revision: how often it
            began anew.
        is_from_table: whether the change of the points that comes is one of the table's own.
    """

    points: Points | None = None
    table: Sequence[Row] = ()
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
            self.table = [*points.rows()][:MAX_TABLE]


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
    session.needed = event.step
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
    work.see(session.state.regression.points)
    if count > MAX_TABLE:
        st.caption(f"{count:,} points: the table takes up to {MAX_TABLE:,}. CSV has them all.")
        return
    key = f"fit: table {work.revision}"
    narrow, wide = (partial(st.column_config.TextColumn, width=width) for width in (44, 70))
    st.data_editor(
        pd.DataFrame([_write_row(row) for row in work.table], columns=list(COLUMNS)),
        key=key,
        num_rows="dynamic",
        hide_index=True,
        height=230,
        column_config={
            "x": wide(),
            "y": wide(),
            "weight": narrow("wt", default="1", help="Weight"),
            "held out": st.column_config.CheckboxColumn("out", default=False, width=48, help="Held out of the fit"),
        },
        on_change=_note_edits,
        args=(session, key),
    )
    if "data" not in session.problems:
        try:  # what can't be read still stands in the table, whatever was done meanwhile
            edit_rows(work.table, st.session_state[key])
        except InputError as error:
            widgets.problem("data", error)


def _write_row(row: Row) -> tuple[str, str, str, bool]:
    x, y, weight, held_out = row
    return _write_cell(x), _write_cell(y), _write_cell(weight), held_out


def _write_cell(value: float) -> str:
    """A number as the table shows it, where the end of a long text is out of sight: it mustn't be a power of ten."""
    text = format_exact(value)
    return format_exact(float(f"{value:.3g}")) if "e" in text and len(text) > MAX_CELL else text


def _note_edits(session: Session[FitState], key: str) -> None:
    session.note_act(partial(_edit, session, st.session_state[key]), "data")


def _edit(session: Session[FitState], edits: Mapping[str, Any], state: FitState) -> FitState:
    work = cast(FitWork, session.work)
    edited = state.with_points(edit_rows(work.table, edits))
    has_errors = any(_says_error(row.get("y")) for row in (*edits["edited_rows"].values(), *edits["added_rows"]))
    work.is_from_table = not has_errors  # the table begins anew, with the weights that the errors became
    if has_errors:
        st.toast("Each error σ is taken as the weight 1/σ².")
    return edited


def _says_error(cell: object) -> bool:
    return isinstance(cell, str) and split_error(cell.strip()) is not None


def edit_rows(given: Sequence[Row], edits: Mapping[str, Any]) -> Points:
    """Rows of ``COLUMNS`` after the table's edits, whose numbers are texts, as points.

    A y with its error, such as ``1023 ± 32``, has the weight 1/σ².

    Raises:
        InputError: for a cell that is empty or can't be read.
    """
    edited: list[list[Any]] = [list(row) for row in given]
    for place, cells in edits["edited_rows"].items():
        row = edited[int(place)]
        for name, said in cells.items():
            i = COLUMNS.index(name)
            row[i] = said if isinstance(said, bool) or said != _write_cell(row[i]) else row[i]
    gone = set(edits["deleted_rows"])
    edited = [row for i, row in enumerate(edited) if i not in gone]
    defaults = dict(zip(COLUMNS, ("", "", "1", False), strict=True))
    added = [[row.get(name, value) for name, value in defaults.items()] for row in edits["added_rows"]]
    rows = [*edited, *added]
    read = [_read_row(i, row, may_be_empty=i > len(edited)) for i, row in enumerate(rows, 1)]
    _check_errors(rows, read)
    whole = [row for row in read if None not in row[:2]]  # the others are still being typed
    if not whole:
        raise InputError("the table is empty: a fit needs at least one point", field="data")
    x, y, weights, held_out = zip(*whole, strict=True)
    return Points(x, y, weights, tuple(map(bool, held_out)))


def _check_errors(rows: Sequence[Sequence[Any]], read: Sequence[Sequence[Any]]) -> None:
    """Refuse errors in some rows beside others that nobody gave a weight."""
    given = [_says_error(row[1]) for row in rows]
    bare = [i for i, one in enumerate(given, 1) if not one and read[i - 1][1] is not None]
    if any(given) and bare and all(read[i - 1][2] == 1 for i in bare):
        other = f"row {given.index(True) + 1} has one: type an error with each y, or with none"
        raise InputError(f"row {bare[0]} has no error, and {other}", field="data")


def _read_row(i: int, row: Sequence[Any], *, may_be_empty: bool) -> list[Any]:
    """The numbers of the row ``i``, and whether it is held out; None for an x or a y that isn't there yet."""
    numbers: list[float | None] = []
    for name, cell in zip(COLUMNS, row[:3], strict=False):
        said = "" if cell is None else cell
        if isinstance(said, str) and not said.strip():
            if not (may_be_empty and name in "xy"):
                raise InputError(f"row {i} has no number for {name}: type one, or delete the row", field="data")
            numbers.append(None)
            continue
        try:
            numbers.append(_read_cell(said))
        except InputError as error:
            raise InputError(f"row {i}, {name}: {error}", field="data") from None
    if _says_error(row[1]):
        numbers[2] = _read_weight(i, row[1])
    return [*numbers, row[3]]


def _read_cell(said: str | float) -> float:
    """The number in a cell, without the error that may stand with it."""
    if not isinstance(said, str):
        return float(said)
    found = split_error(said.strip())
    return read_typed(found.value if found else said)


def _read_weight(i: int, y: str) -> float:
    """The weight 1/σ² of a y with its error."""
    found = split_error(y.strip())
    try:
        return read_error(found.error if found else "")
    except ValueError as error:
        raise InputError(f"row {i}, y: {error}", field="data") from None


# ---- Text and files.


def _choose(session: Session[FitState], table: Table) -> Callable[[Table], Points]:
    """What takes the points from the columns that are chosen."""
    for note in table.notes:
        st.caption(note)
    x, y, weight, held_out, _ = suggest_roles(table)
    chosen = choose_columns(session, table, [ColumnRole("x", "x is", x), ColumnRole("y", "y is", y)])
    error = dict(table.errors).get(str(chosen["y"])) if weight is None else None
    roles = [
        ColumnRole("weight", "weight", weight, is_optional=True),
        ColumnRole("error", "error σ", error, is_optional=True, of=str(chosen["y"])),
        ColumnRole("held_out", "held out", held_out, is_optional=True),
    ]
    chosen |= choose_columns(session, table, roles)
    more = _choose_more(session, table, [*chosen.values()])
    _tell_choice(table, chosen, more)

    def extract(read: Table) -> Points:
        stacked = stack_columns(read, str(chosen["y"]), more)
        return extract_points(stacked, **chosen)  # type: ignore[arg-type]  # x and y are there

    return extract


def _choose_more(session: Session[FitState], table: Table, taken: Sequence[str | None]) -> list[str]:
    """A choice among the columns of numbers that are left: those that are y, too."""
    left = [name for name in list_numbers(table) if name not in taken]
    if not left:
        return []
    return st.multiselect(
        "y is also",
        left,
        key=session.key(f"column {hash(table.names)} more {taken}"),
        placeholder="Repeated measurements",
        help="Each row then gives one point for each column of y. An empty cell gives none.",
    )


def _tell_choice(table: Table, chosen: Mapping[str, str | None], more: Sequence[str]) -> None:
    """What follows from the choice of columns."""
    begin = find_first_date(table, str(chosen["x"]))
    if begin is not None:
        st.caption(f"x is days since {begin:%Y-%m-%d}.")
    if chosen["error"]:
        st.caption("A point of error σ has the weight 1/σ².")
    elif chosen["weight"]:
        st.caption("A point of weight 2 counts twice. For a column of errors choose error σ instead.")
    tell_unused(table, [*chosen.values(), *more])


# ---- Generated points.


def _generate(session: Session[FitState]) -> None:
    """A curve and what is added to it; the recipe goes into the link."""
    model = st.text_input("Curve, in x and numbers", "2x + 1", key=session.key("make_model"))
    typed: dict[str, str] = {}
    columns = st.columns(2, gap="xsmall")
    for i, (name, one) in enumerate(_NUMBERS.items()):
        with columns[i % 2]:
            typed[name] = st.text_input(
                one.label, one.default, key=session.key(f"make_{name}"), help=one.help, autocomplete="off"
            )
    recipe = None
    try:
        values = {name: _read_setting(name, text) for name, text in typed.items()}
        recipe = Recipe(model or "", **values)  # type: ignore[arg-type]  # those of whole numbers are whole
        if said := [
            f"{_NUMBERS[name].label} = {format_exact(values[name])}"
            for name, text in typed.items()
            if read_plain(text) is None or "," in text
        ]:
            st.caption(", ".join(said))
    except InputError as error:
        widgets.problem("make", error)
    use_button(session, "make_go", "make", recipe and recipe.points, _put, "Generate")


class _Setting(NamedTuple):
    """A number of a recipe: its label, what it is at first, whether it is a whole one, and what is told on request."""

    label: str
    default: str
    whole: bool = False
    help: str | None = None


_NUMBERS = {
    "low": _Setting("x from", "0"),
    "high": _Setting("to", "10"),
    "n": _Setting("Points", "50", whole=True),
    "noise": _Setting("Noise", "1", help="Its standard deviation."),
    "outliers": _Setting("Share of outliers", "0"),
    "seed": _Setting("Seed of the points", "0", whole=True),
}
"""The numbers of a recipe, in the order in which they stand in two columns."""


def _read_setting(name: str, text: str | None) -> float:
    try:
        return read_number(text or "", whole=_NUMBERS[name].whole)
    except InputError as error:
        raise InputError(f"{_NUMBERS[name].label}: {error}", field=name) from None
