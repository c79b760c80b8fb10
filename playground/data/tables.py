"""Tables of numbers, as people paste and upload them: read with care, and written so that they read back the same.

A file is a stranger's: its size is limited before anything else is done, and what can't be used is told in one
sentence with the row, counted as in the file, and never guessed. A number with a comma is read as a decimal one
only where it can't be a thousand.
"""

import codecs
import csv
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
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
from playground.data.listed_tables import Listed, read_listed
from playground.data.measures import read_measures
from playground.data.points import Points, data_error
from playground.data.table_layout import (
    ROW,
    SAMPLE,
    Body,
    Layout,
    Line,
    Record,
    count_used,
    counts_up,
    find_body,
    lay_out,
)
from playground.data.uncertain import find_without_error, split_errors
from playground.errors import InputError
from playground.numerals import format_exact, make_printable, quote_text

MAX_BYTES = 1_000_000
"""A file has no more bytes, and a text no more characters."""

MAX_ROWS = 100_000

MAX_COLUMNS = 50

MAX_NAME = 60
"""A column's name is cut off after so many characters."""

MAX_ABOVE = 1_000
"""Lines above a table: a header, and what an instrument writes there."""

INDEX_NAMES = ("unnamed: 0", "index", "id", "no", "no.", "nr", "nr.", "#")
"""What a column of row numbers is called."""

HELD_OUT_NAMES = ("held out", "held_out", "test")
"""What the column is called that says which points are held out."""


@dataclass(frozen=True)
class Table:
    """A table as it was written; its cells are still text.

    Attributes:
        names: of the columns, all different; ``column 1`` where the table doesn't say.
        columns: the cells of each column.
        lines: where each row stands in the text, counted from 1, with header, comments and blank lines.
        separator: what stood between the cells; a space for any run of blanks.
        notes: what was done to read it so, in a sentence each.
        errors: the columns whose cells had errors with their values, each with the column that has these now.
    """

    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    separator: str
    notes: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.lines)


class Fault(NamedTuple):
    """A row that can't be used: its line in the text, counted from 1, and why, in a sentence."""

    line: int
    reason: str


class FaultyRowsError(InputError):
    """Rows of a table that can't be used; without them the others may be.

    Attributes:
        faults: all that were found, in the order of the lines, one a line. The message is the first one's.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        by_line: dict[int, Fault] = {}
        for fault in faults:
            by_line.setdefault(fault.line, fault)
        self.faults = tuple(by_line[line] for line in sorted(by_line))
        super().__init__(self.faults[0].reason, field="data")


class Roles(NamedTuple):
    """Which column is which, as ``extract_points`` takes them."""

    x: str
    y: str
    weight: str | None = None
    held_out: str | None = None
    error: str | None = None


# ---- Text to a table.


def read_file(data: bytes, name: str, skip: Collection[int] = ()) -> Table:
    """The table in a file: CSV, or text with tabs, semicolons or blanks between the cells.

    Args:
        data: its bytes, as UTF-8, UTF-16, or else Windows-1252 or Latin-1.
        name: what it is called, for messages; skip: lines that are left out.

    Raises:
        InputError: with the field ``data``, in one sentence; ``FaultyRowsError`` where it is about rows alone.
    """
    shown = quote_text(name) or "the file"
    if len(data) > MAX_BYTES:
        raise _too_large_error(shown, len(data), "bytes", data.count(b"\n") + 1)
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            where = "in Excel or another spreadsheet" if "Excel" in what else "where it was made"
            raise data_error(f"{shown} looks like {what}: open it {where}, and save the table as CSV")
    return read_text(_decode(data, shown), skip)


_MAGIC = {
    b"PK\x03\x04": "an Excel file, or another packed one",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a packed file",
    b"SQLite format": "a database",
    b"PAR1": "a Parquet file",
}
"""How files begin that aren't text, and what they are."""

# That of UTF-32 begins with that of UTF-16, and is asked for first.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}


def _decode(data: bytes, shown: str) -> str:
    marked = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), None)
    if marked is None and len(data) > 3 and not any(data[1:400:2]):
        marked = "utf-16-le"  # without its mark, as some programs write it
    try:
        return data.decode(marked or "utf-8")
    except UnicodeDecodeError:
        if marked:
            raise data_error(f"{shown} is damaged, or no text: save the table as CSV in UTF-8") from None
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_text(text: str, skip: Collection[int] = ()) -> Table:
    """The table in a text: a row a line, with commas, semicolons, tabs or blanks between the cells.

    The header is the last row without any number above the first of two numbers. Comments are passed over, which
    begin with ``#``, ``%``, ``//``, ``!`` or ``;``, and so are blank lines, lines above the header, and those to
    ``skip``, counted from 1. Rows may be written for columns. Markdown, JSON, lists such as ``x = [1, 2]`` and rows
    in brackets are read, too.

    Raises:
        InputError: with the field ``data``, in one sentence; ``FaultyRowsError`` where it is about rows alone.
    """
    if len(text) > MAX_BYTES:
        raise _too_large_error("the text", len(text), "characters", text.count("\n") + 1)
    if "\0" in text:
        raise data_error("this looks like a file that isn't text: save the table as CSV in UTF-8")
    listed = read_listed(text)
    if listed is not None:
        return _table_of_list(listed, skip)
    layout = lay_out(text)
    lines = [line for line in layout.lines if line[0] not in skip]
    if not lines:
        raise data_error("there is no row to read: paste or upload a table with a row a line, such as 0.5, 2.0")
    if len(lines) > MAX_ROWS + MAX_ABOVE:
        raise _too_many_error(len(lines))
    return _table(list(_records(lines, layout.separator)), layout)


def _too_large_error(what: str, size: int, unit: str, lines: int) -> InputError:
    return data_error(
        f"{what} has {size:,} {unit} in about {lines:,} rows, and at most {MAX_BYTES:,} {unit} and {MAX_ROWS:,} rows "
        "can be read: leave rows or columns out"
    )


def _too_many_error(rows: int) -> InputError:
    return data_error(f"the table has {rows:,} rows, and at most {MAX_ROWS:,} can be read: leave some out")


_WORD = re.compile(r'"[^"]*"|\S+')


def _records(lines: Sequence[Line], separator: str) -> Iterator[Record]:
    if separator == " ":
        for number, line in lines:
            yield number, [str(word).strip('"') for word in _WORD.findall(line)]
        return
    # Strict: a quotation mark that isn't closed would swallow the rest of the file.
    reader = csv.reader((line + "\n" for _, line in lines), delimiter=separator, strict=True, skipinitialspace=True)
    while True:
        begun = reader.line_num  # of the lines that are kept, which isn't that of the text
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise data_error(
                f"row {lines[begun][0]}: the quotation marks in it don't match, or a cell is too long: "
                "check it, or leave the marks out"
            ) from None
        yield lines[begun][0], [cell.strip() for cell in cells]


def _table(records: Sequence[Record], layout: Layout) -> Table:
    wide = next((one for one in records if len(one[1]) > MAX_COLUMNS), None)
    if wide:
        count = len(wide[1])
        raise data_error(f"row {wide[0]} has {count:,} cells, and a table at most {MAX_COLUMNS}: leave columns out")
    body = find_body(records, layout.separator)
    line, head = body.head or (body.rows[0] if body.rows else records[0])
    ragged = [(number, used) for number, cells in body.rows if (used := count_used(cells)) > len(head)]
    if ragged:
        raise FaultyRowsError([_ragged(number, used, line, len(head), layout.separator) for number, used in ragged])
    width = max(map(count_used, [head, *(cells for _, cells in body.rows)]))
    if width < 2:
        raise data_error(
            "there is only one column, and points need one for x and one for y: write x, y on each line, with a comma, "
            "a semicolon, a tab or a blank between them"
        )
    if not body.rows:
        raise data_error("there is a header and no row of numbers: add rows below it")
    names = _pad(head, width) if body.head else _heading(layout, body.rows, width)
    return _build(names, body.rows, layout.separator, tuple(_describe(body)))


def _table_of_list(listed: Listed, skip: Collection[int]) -> Table:
    """A table that is numbered by its rows, since they stand on no lines of their own."""
    records = [(i, row) for i, row in enumerate(listed.rows, 1) if i not in skip]
    if not records:
        raise data_error("there is no row to read: paste or upload a table with a row a line, such as 0.5, 2.0")
    body = (None if listed.names else find_body(records, ",")) or Body(None, records, [])
    names = listed.names or (body.head[1] if body.head else [])
    width = max(len(names), *(len(row) for _, row in body.rows), 1)
    if not 2 <= width <= MAX_COLUMNS:
        raise data_error(f"points need a column for x and one for y, and there {'is' if width == 1 else 'are'} {width}")
    short = next(((i, row) for i, row in body.rows if len(row) != width), None)
    if short:
        raise data_error(
            f"row {short[0]} has {len(short[1])} cells, and another has {width}: give all the same columns"
        )
    return _build(_pad(names, width), body.rows, ",", tuple(_describe(body)))


def _build(names: Sequence[str], rows: Sequence[Record], separator: str, notes: tuple[str, ...]) -> Table:
    if len(rows) > MAX_ROWS:
        raise _too_many_error(len(rows))
    width, names = len(names), _names(names)
    columns = dict(zip(names, zip(*(_pad(row, width) for _, row in rows), strict=True), strict=True))
    columns, errors, said = _take_errors(columns)
    plain = {name: read_measures(name, cells) for name, cells in columns.items()}
    notes += said + sum((one.notes for name, one in plain.items() if name not in dict(errors).values()), ())
    lines = tuple(number for number, _ in rows)
    return Table(tuple(plain), tuple(one.cells for one in plain.values()), lines, separator, notes, errors)


_Columns = dict[str, tuple[str, ...]]


def _take_errors(columns: _Columns) -> tuple[_Columns, tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The columns with errors in columns of their own, which columns have one, and what is said of them."""
    split = {name: found for name, cells in columns.items() if (found := split_errors(cells))}
    errors = _names([*columns, *(f"error of {name}" for name in split)])[len(columns) :]
    made = columns | {name: values for name, (values, _, _) in split.items()}
    made |= {error: found[1] for error, found in zip(errors, split.values(), strict=True)}
    notes = [f"Column {quote_text(name)} has errors: {said}." for name, (_, _, said) in split.items()]
    return made, tuple(zip(split, errors, strict=True)), tuple(notes)


def _pad(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * width][:width]


def _heading(layout: Layout, rows: Sequence[Record], width: int) -> list[str]:
    """The names in a comment above a table without a header, if there is one for each column."""
    if layout.heading.count('"') % 2:
        return [""] * width
    _, cells = next(_records([(0, layout.heading)], layout.separator), (0, []))
    if len(cells) != width or any(map(is_number, cells)):
        return [""] * width
    if width > 2 and not cells[0] and counts_up([row[0] for _, row in rows]):
        return [ROW, *cells[1:]]
    return cells


def _describe(body: Body) -> Iterator[str]:
    if body.is_turned:
        yield "Rows were read for columns."
    if len(body.passed) == 1:
        yield f"Line {body.passed[0]} stands above the table and was left out."
    elif body.passed:
        yield f"Lines {body.passed[0]} to {body.passed[-1]} stand above the table and were left out."


def _ragged(number: int, used: int, first: int, width: int, separator: str) -> Fault:
    remedy = "give all rows the same columns, and begin lines that aren't rows with #"
    if separator == ",":
        remedy += "; numbers with a decimal comma need semicolons or tabs between them"
    return Fault(number, f"row {number} has {used:,} cells, and row {first} has {width}: {remedy}")


def _names(head: Sequence[str]) -> tuple[str, ...]:
    names: list[str] = []
    for i, cell in enumerate(head, 1):
        name = plain = make_printable(" ".join(cell.split()))[:MAX_NAME] or f"column {i}"
        count = 1
        while name in names:
            count += 1
            name = f"{plain} ({count})"
        names.append(name)
    return tuple(names)


# ---- A table to points.


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
    is_headed = table.names != _names([""] * len(table.names))
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
