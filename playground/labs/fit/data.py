"""The data of the page "Fit": the table, sets, files, made-up points, undo, and what is done on the picture."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from playground.data.datasets import DATASETS, Dataset, FitPreset, Points, Recipe
from playground.data.tables import MAX_BYTES, Table, extract_points, read_file, read_text, suggest_roles, to_csv
from playground.engine.runner import Runner
from playground.errors import InputError
from playground.labs.shared import controls
from playground.labs.shared.race import Race, RaceFields, is_linked
from playground.labs.shared.racing import Lab
from playground.labs.shared.scenario import TUTORIAL_START, Regression
from playground.player import Event

MAX_TABLE = 10_000
"""Rows of the table that can be edited."""

MAX_UNDO = 50

COLUMNS = ("x", "y", "weight", "held out")

LAB = Lab("fit", Race(Regression(), tuple(TUTORIAL_START.values()), (Runner(lr=0.01),), steps=100))


def begin() -> None:
    """Take the data from the link with which the session began."""
    if LAB.kept("points") is None:
        regression = LAB.race.function
        assert isinstance(regression, Regression)
        LAB.keep("points", regression.points)
        LAB.keep("history", [])
        LAB.keep("revision", 0)


def points() -> Points:
    """The data as they stand."""
    found: Points = LAB.kept("points")
    return found


def change(found: Points, *, from_table: bool = False) -> None:
    """Go on with other data; Undo goes back."""
    if found == points():
        return
    LAB.keep("history", [*LAB.kept("history"), points()][-MAX_UNDO:])
    LAB.keep("points", found)
    LAB.drop("data problem")
    if not from_table:
        LAB.keep("revision", LAB.kept("revision") + 1)  # the table begins anew, with these


def undo() -> None:
    """Back to the data before the last change."""
    history = LAB.kept("history")
    if history:
        LAB.keep("history", history[:-1])
        LAB.keep("points", history[-1])
        LAB.drop("data problem")
        LAB.keep("revision", LAB.kept("revision") + 1)


# ---- On the picture.


def on_event(event: Event) -> None:
    """A point was added, moved or deleted on the picture."""
    before = points()
    try:
        if event.kind == "add":
            after = before.with_point(*_rounded(event))
        elif event.kind == "move":
            after = before.with_moved_point(event.row, *_rounded(event))
        elif event.kind == "delete":
            after = before.without_point(event.row)
        else:
            return
        regression = LAB.race.function
        assert isinstance(regression, Regression)
        replace(regression, points=after)
    except InputError as error:
        LAB.keep("data problem", str(error))
        return
    dragging, history = LAB.drop("dragging"), LAB.kept("history")
    change(after)
    if event.kind == "move":
        if dragging == event.row:  # a drag is one change
            LAB.keep("history", history)
        if event.moving:
            LAB.keep("dragging", event.row)
        LAB.keep("data frame", LAB.kept("shown data frame"))  # nothing moves under the pointer but the point
        LAB.keep("needed", event.step)


def _rounded(event: Event) -> tuple[float, float]:
    x_range, y_range = LAB.kept("shown data frame")
    return controls.rounded(event.x, x_range), controls.rounded(event.y, y_range)


# ---- Beside the picture.


def controls_of_data(fields: RaceFields, conditions: tuple[float, float] | None) -> None:
    """Sets, the table, files, made-up points, and whether x is standardised."""
    _sets()
    first, second = st.columns(2, gap="xsmall")
    with first:
        paste = st.popover("Paste, upload", width="stretch", key=LAB.key("paste"), on_change="rerun")
    with second:
        make = st.popover("Make up", width="stretch", key=LAB.key("make"), on_change="rerun")
    if paste.open:
        with paste:
            _paste()
    if make.open:
        with make:
            _make()
    _table()
    problem = LAB.kept("data problem")
    problems = fields.problems | ({"data": InputError(problem)} if problem else {})
    controls.problem("data", problems)
    first, second = st.columns(2, gap="xsmall")
    with first:
        st.button(
            "Undo",
            icon=":material/undo:",
            key=LAB.key("undo"),
            on_click=undo,
            disabled=not LAB.kept("history"),
            width="stretch",
        )
    with second:
        st.download_button(
            "CSV",
            lambda: to_csv(points()),
            "points.csv",
            "text/csv",
            icon=":material/download:",
            key=LAB.key("csv"),
            on_click="ignore",
            width="stretch",
        )
    if not is_linked(LAB.race):
        st.caption("Too many points for the link: send the CSV along.")
    st.checkbox(
        "Standardise x",
        key=LAB.key("standardise"),
        help="Give the model (x − mean)/standard deviation: the valley grows rounder, and descents faster.",
    )
    if conditions:
        st.caption(f"κ = {conditions[0]:.4g} for x as given, {conditions[1]:.4g} standardised")
    controls.problem("standardise", problems)


def _pairs() -> Iterator[tuple[str, tuple[Dataset, FitPreset]]]:
    for dataset in DATASETS.values():
        for preset in dataset.fits:
            name = dataset.name if len(dataset.fits) == 1 else f"{dataset.name}: {preset.name}"
            yield name, (dataset, preset)


PAIRS: Mapping[str, tuple[Dataset, FitPreset]] = dict(_pairs())


def race_of(dataset: Dataset, preset: FitPreset) -> Race:
    """The race that shows what a fit of a set shows."""
    regression = Regression(preset.model, dataset.points, preset.loss)
    runner = Runner(preset.optimizer, preset.lr, preset.settings)
    return Race(regression, tuple(map(float, preset.start)), (runner,), preset.steps)


def known(race: Race) -> tuple[Dataset, FitPreset] | None:
    """The set and the fit that a race is of, if it is one of those known."""
    regression = race.function
    assert isinstance(regression, Regression)
    fitting = [one for one in PAIRS.values() if one[0].points == regression.points]
    return max(
        fitting,
        key=lambda one: (one[1].model == regression.model, one[1].loss == regression.loss, one[1].start == race.start),
        default=None,
    )


def _on_set() -> None:
    name = LAB.value("set")
    if name:
        dataset, preset = PAIRS[name]
        LAB.fill(race_of(dataset, preset), 0)
        change(dataset.points)


def _sets() -> None:
    found = known(LAB.race)
    LAB.write(set=next((name for name, one in PAIRS.items() if one == found), None))
    st.selectbox(
        "Data set",
        list(PAIRS),
        index=None,
        key=LAB.key("set"),
        placeholder="Data of your own",
        on_change=_on_set,
        label_visibility="collapsed",
    )
    if found:
        st.caption(found[0].source)


def _table() -> None:
    """The table; while it is edited it keeps what it began with, or the place in it would be lost."""
    now = points()
    if len(now) > MAX_TABLE:
        st.caption(f"{len(now):,} points: the table takes up to {MAX_TABLE:,}. CSV has them all.")
        return
    revision = LAB.kept("revision")
    if LAB.kept("table revision") != revision:
        LAB.keep("table revision", revision)
        LAB.keep("table", pd.DataFrame(list(now.rows()), columns=list(COLUMNS)))
    key = f"fit: table {revision}"
    st.data_editor(
        LAB.kept("table"),
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
        on_change=_on_table,
        args=(key,),
    )


def _on_table(key: str) -> None:
    try:
        change(edited(LAB.kept("table").values.tolist(), st.session_state[key]), from_table=True)
        LAB.drop("data problem")
    except InputError as error:
        LAB.keep("data problem", str(error))


def edited(rows: list[list[Any]], edits: Mapping[str, Any]) -> Points:
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
    usual = dict(zip(COLUMNS, (None, None, 1.0, False), strict=True))
    rows += [[row.get(name, value) for name, value in usual.items()] for row in edits["added_rows"]]
    for i, row in enumerate(rows, 1):
        for name, value in zip(COLUMNS[:3], row, strict=False):
            if value is None or value != value:
                raise InputError(f"row {i} has no number for {name}: type one, or delete the row", field="data")
    if not rows:
        raise InputError("the table is empty: a fit needs at least one point", field="data")
    x, y, weights, held_out = zip(*rows, strict=True)
    return Points(x, y, weights, tuple(map(bool, held_out)))


# ---- Text and files.


def _paste() -> None:
    text = st.text_area(
        "Rows of numbers, with or without a header",
        key=LAB.key("pasted"),
        placeholder="x, y\n0.5, 2.0\n0.9, 3.8",
        height=140,
        max_chars=MAX_BYTES,
    )
    file = st.file_uploader("or a CSV file, up to 1 MB", key=LAB.key("file"), type=["csv", "txt", "tsv", "dat"])
    problems: dict[str, InputError] = {}
    table = _tried("paste", problems, lambda: read_file(file.getvalue(), file.name) if file else read_text(text or ""))
    if table and (text or file):
        _choose(table, problems)
    if text or file:
        controls.problem("paste", problems)


def _choose(table: Table, problems: dict[str, InputError]) -> None:
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
    found = _tried("paste", problems, lambda: extract_points(table, x, y, weight, held))
    st.button(
        f"Use {len(found):,} points" if found and len(found) > 1 else "Use these points",
        key=LAB.key("use"),
        type="primary",
        disabled=found is None,
        on_click=change,
        args=(found,),
    )


def _place(names: list[str], name: str | None) -> int:
    return 0 if name is None else names.index(name) + 1


def _tried(field: str, problems: dict[str, InputError], read: Callable[[], Any]) -> Any:
    try:
        return read()
    except InputError as error:
        problems[field] = error
        return None


# ---- Made-up points.


def _make() -> None:
    """A curve and what is added to it; the recipe goes into the link."""
    controls.text("Curve, in x and numbers", LAB.key("make_model"), "2x + 1")
    first, second = st.columns(2, gap="xsmall")
    with first:
        controls.number("x from", LAB.key("make_low"), 0.0)
        controls.number("Points", LAB.key("make_n"), 50)
        controls.number("Share of outliers", LAB.key("make_outliers"), 0.0, step=0.05)
    with second:
        controls.number("to", LAB.key("make_high"), 10.0)
        controls.number("Noise", LAB.key("make_noise"), 1.0, step=0.1, help="Its standard deviation.")
        controls.number("Seed of the points", LAB.key("make_seed"), 0)
    problems: dict[str, InputError] = {}
    recipe = _tried("make", problems, _recipe)
    controls.problem("make", problems)
    st.button(
        "Make points",
        key=LAB.key("make_go"),
        type="primary",
        disabled=recipe is None,
        on_click=change,
        args=(recipe and recipe.points,),
    )


def _recipe() -> Recipe:
    values = {name: LAB.value(f"make_{name}") for name in ("low", "high", "n", "noise", "outliers", "seed")}
    for name, value in values.items():
        if value is None:
            raise InputError(f"a number is missing for {name}: type one")
    return Recipe(LAB.value("make_model") or "", **values)
