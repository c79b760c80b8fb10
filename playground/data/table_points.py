"""Points in the columns of a table, as it was read; and points as CSV, from which equal ones are read."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from playground.data.cells import (
    Place,
    check_commas,
    is_number,
    read_date,
    read_error,
    read_flag,
    read_number,
    read_weight,
)
from playground.data.csv_text import write_csv
from playground.data.points import Points, data_error
from playground.data.table_layout import ROW, SAMPLE, counts_up
from playground.data.tables import Fault, FaultyRowsError, Table, name_columns, read_file, read_text
from playground.data.uncertain import find_without_error
from playground.errors import InputError
from playground.numerals import format_exact, quote_text

INDEX_NAMES = ("unnamed: 0", "index", "id", "no", "no.", "nr", "nr.", "#")
"""What a column of row numbers is called."""

HELD_OUT_NAMES = ("held out", "held_out", "test")
"""What the column is called that says which points are held out."""


class Roles(NamedTuple):
    """Which column is which, as ``extract_points`` takes them."""

    x: str
    y: str
    weight: str | None = None
    held_out: str | None = None
    error: str | None = None


def suggest_roles(table: Table) -> Roles:
    """Which columns are probably meant: those called so, and else the first two that begin with a number."""
    by_name = {name.casefold(): name for name in table.names}
    weight = next((by_name[name] for name in ("weight", "weights", "w") if name in by_name), None)
    held_out = next((by_name[name] for name in HELD_OUT_NAMES if name in by_name), None)
    errors = dict(table.errors)
    others = [name for name in table.names if name not in (weight, held_out, *errors.values())]
    index = find_index(table)
    others = [*(name for name in others if name != index), *(name for name in others if name == index)]
    numbers = [name for name in list_numbers(table) if name in others]
    free = list(dict.fromkeys([*numbers, *others, *table.names]))
    x = by_name.get("x", next(name for name in free if name != by_name.get("y")))
    y = by_name.get("y", next(name for name in free if name != x))
    return Roles(x, y, weight, held_out, errors.get(y) if weight is None else None)


def list_numbers(table: Table) -> list[str]:
    """The columns of numbers or dates, without those that number the rows or hold the errors of others."""
    passed = (find_index(table), *dict(table.errors).values())
    return [name for name in table.names if name not in passed and _is_of_numbers(cells_of(table, name))]


def find_index(table: Table) -> str | None:
    """The first column if it only numbers or names the rows, and two others are left."""
    name, cells = table.names[0], table.columns[0]
    is_called_so = name == ROW or (name.casefold() in INDEX_NAMES and counts_up(cells))
    return name if is_called_so and len(table.names) > 2 else None


def _is_of_numbers(cells: Sequence[str]) -> bool:
    """Whether half of the first cells at least are numbers or dates."""
    some = cells[:SAMPLE]
    return 2 * sum(is_number(cell) or read_date(cell) is not None for cell in some) >= len(some)


def read_points(given: str | bytes) -> Points:
    """The points in a pasted text or a file's bytes: those of the columns that are probably meant, as the page does.

    Raises:
        InputError: with the field ``data``, in one sentence; ``FaultyRowsError`` where it is about rows alone.
    """
    table = read_file(given, "") if isinstance(given, bytes) else read_text(given)
    return extract_points(table, *suggest_roles(table))


def extract_points(
    table: Table,
    x: str,
    y: str,
    weight: str | None = None,
    held_out: str | None = None,
    error: str | None = None,
) -> Points:
    """The points in a table's columns; what stands in the others doesn't matter.

    Args:
        table: as read; x, y: the names of the columns with the coordinates.
        weight: that of the column with the weights, if there is one.
        held_out: that of the column that says with 1, yes, true or h which points are kept from the fit.
        error: that of the column with the errors σ of y, if there is one and no weights: the weights are then 1/σ².

    Dates as x are days since the first, see ``find_first_date``.

    Raises:
        InputError: with the field ``data``, in one sentence; ``FaultyRowsError`` where it is about rows alone.
    """
    if weight is not None and error is not None:
        raise InputError("a point has a weight or an error σ: choose one of the two", field="data")
    weighing = weight or error
    _check_rows(table, has_others=weighing is not None or held_out is not None)
    check_commas(list_places(table, [x, y] if weighing is None else [x, y, weighing]), table.separator)
    begin = find_first_date(table, x)
    columns = read_columns(
        table,
        [
            (x, read_number if begin is None else partial(_read_days, begin)),
            (y, read_number),
            *([] if weighing is None else [(weighing, read_weight if error is None else read_error)]),
            *([] if held_out is None else [(held_out, read_flag)]),
        ],
    )
    weights = () if weighing is None else columns[2]
    return Points(columns[0], columns[1], weights, () if held_out is None else columns[-1])


def _check_rows(table: Table, *, has_others: bool) -> None:
    """Refuse one or two rows without a header that may hold more points than there are rows."""
    cells = [column[0] for column in table.columns]
    may_be_pairs = table.separator != "," and any("," in cell for cell in cells)
    is_headed = table.names != name_columns([""] * len(table.names))
    if is_headed or table.notes:
        return
    if len(table) == 2 and len(cells) == 3 and not has_others and all(map(is_number, sum(table.columns, ()))):
        raise data_error("two rows of 3 numbers can be 2 points or 3: write x, y on each line, or name the columns")
    if len(table) == 1 and len(cells) > (2 if may_be_pairs else 3) and all(map(is_number, cells)):
        raise data_error(f"row {table.lines[0]} is the only one, and has {len(cells)} numbers: write x, y on each line")


def find_first_date(table: Table, name: str) -> datetime | None:
    """The earliest date in a column of which at least half the cells are dates; None in one of numbers."""
    dates = [date for cell in cells_of(table, name) if (date := read_date(cell))]
    return min(dates) if dates and 2 * len(dates) >= len(table) else None


def _read_days(begin: datetime, cell: str) -> float:
    date = read_date(cell)
    if date is None:
        raise ValueError(f"{quote_text(cell)} is no date such as 2026-03-01: correct it, or delete the row")
    return (date - begin) / timedelta(days=1)


def list_places(table: Table, names: Sequence[str]) -> list[Place]:
    """The cells of these columns, each with its place."""
    return [(line, name, cell) for name in names for line, cell in zip(table.lines, cells_of(table, name), strict=True)]


def cells_of(table: Table, name: str) -> tuple[str, ...]:
    """The cells of a column.

    Raises:
        InputError: with the field ``data``, if there is no such column.
    """
    if name not in table.names:
        raise data_error(
            f"there is no column {quote_text(name)}: the table has {', '.join(map(quote_text, table.names))}"
        )
    return table.columns[table.names.index(name)]


_T = TypeVar("_T")


def read_columns(table: Table, columns: Sequence[tuple[str, Callable[[str], Any]]]) -> list[tuple[Any, ...]]:
    """What each column's function makes of its cells.

    Raises:
        FaultyRowsError: with all cells of which one raises a ValueError.
        InputError: with the field ``data``, if there is no such column, or no cell of one of several rows can be read.
    """
    found, faults = [], []
    for name, read in columns:
        _check_errors(table, name)
        values: list[Any] = []
        reasons: list[tuple[int, str]] = []
        for line, cell in zip(table.lines, cells_of(table, name), strict=True):
            try:
                values.append(read(cell))
            except ValueError as error:
                reasons.append((line, str(error)))
        if len(reasons) == len(table) > 1:
            raise _useless_error(table, name, *reasons[0])
        faults += [Fault(line, f"row {line}, column {quote_text(name)}: {reason}") for line, reason in reasons]
        found.append(tuple(values))
    if faults:
        raise FaultyRowsError(faults)
    return found


def _useless_error(table: Table, name: str, line: int, reason: str) -> InputError:
    """What is wrong with a column of which no cell can be used, by the example of its first."""
    reason = re.sub(r": \w+ [\w ]*, or delete the row$", "", reason)
    if not any(cells_of(table, name)):
        return data_error(f"column {quote_text(name)} is empty: choose another one, or fill it in")
    return data_error(
        f"row {line}, column {quote_text(name)}: {reason} (no row has a usable value here: choose another column, or "
        "correct this one)"
    )


def _check_errors(table: Table, name: str) -> None:
    """Refuse a column of which some values have an error with them and others don't."""
    cells = cells_of(table, name)
    if places := find_without_error(cells):
        (bare, cell), (other, given) = ((table.lines[i], quote_text(cells[i])) for i in places)
        raise data_error(
            f"row {bare}, column {quote_text(name)}: {cell} has no error, and {given} in row {other} has one: "
            "write an error with each value, or with none"
        )


def read_column(table: Table, name: str, read: Callable[[str], _T]) -> tuple[_T, ...]:
    """What ``read`` makes of each cell of a column; it raises as ``read_columns`` does."""
    return read_columns(table, [(name, read)])[0]


# ---- Points to text.


def to_csv(points: Points) -> str:
    """The points as CSV with a header, from which equal points are read; there are no texts, so no formulas, in it.

    The columns are ``x`` and ``y``, and ``weight`` and ``held out`` if they say something.
    """
    columns = {"x": map(format_exact, points.x), "y": map(format_exact, points.y)}
    if points.weights:
        columns["weight"] = map(format_exact, points.weights)
    if points.held_out:
        columns["held out"] = map(str, map(int, points.held_out))
    return write_csv([*columns], zip(*columns.values(), strict=True))
