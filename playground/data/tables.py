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
    read_flag,
    read_number,
    read_weight,
)
from playground.data.csv_text import write_csv
from playground.data.points import Points, data_error
from playground.errors import InputError
from playground.numerals import format_exact, make_printable, quote_text

MAX_BYTES = 1_000_000
"""A file has no more bytes, and a text no more characters."""

MAX_ROWS = 100_000

MAX_COLUMNS = 50

MAX_NAME = 60
"""A column's name is cut off after so many characters."""

SAMPLE = 50
"""The separator is found from the first so many lines."""

HELD_OUT_NAMES = ("held out", "held_out", "test")
"""What the column is called that says which points are held out."""

Line = tuple[int, str]
"""A line's place in the text, counted from 1, and what it says."""

Record = tuple[int, list[str]]
"""The place of a row's first line, and its cells."""


@dataclass(frozen=True)
class Table:
    """A table as it was written; its cells are still text.

    Attributes:
        names: of the columns, all different; ``column 1`` where the table doesn't say.
        columns: the cells of each column.
        lines: where each row stands in the text, counted from 1, with header, comments and blank lines.
        separator: what stood between the cells; a space for any run of blanks.
    """

    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    separator: str

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


# ---- Text to a table.


def read_file(data: bytes, name: str, skip: Collection[int] = ()) -> Table:
    """The table in a file: CSV, or text with tabs, semicolons or blanks between the cells.

    Args:
        data: its bytes, as UTF-8, UTF-16 with a byte order mark, or else Latin-1.
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
    try:
        return data.decode(marked or "utf-8")
    except UnicodeDecodeError:
        if marked:
            raise data_error(f"{shown} is damaged, or no text: save the table as CSV in UTF-8") from None
        return data.decode("latin-1")


def read_text(text: str, skip: Collection[int] = ()) -> Table:
    """The table in a text: a row a line, with commas, semicolons, tabs or blanks between the cells.

    A first row without any number is the header. Blank lines and lines that begin with # are passed over, and so are
    those to ``skip``, counted from 1.

    Raises:
        InputError: with the field ``data``, in one sentence; ``FaultyRowsError`` where it is about rows alone.
    """
    if len(text) > MAX_BYTES:
        raise _too_large_error("the text", len(text), "characters", text.count("\n") + 1)
    if "\0" in text:
        raise data_error("this looks like a file that isn't text: save the table as CSV in UTF-8")
    lines = [line for line in _lines(text) if line[0] not in skip]
    if not lines:
        raise data_error("there is no row to read: paste or upload a table with a row a line, such as 0.5, 2.0")
    if len(lines) > MAX_ROWS + 1:
        raise _too_many_error(len(lines))
    separator = _separator([line for _, line in lines[:SAMPLE]])
    return _table(list(_records(lines, separator)), separator)


def _too_large_error(what: str, size: int, unit: str, lines: int) -> InputError:
    return data_error(
        f"{what} has {size:,} {unit} in about {lines:,} rows, and at most {MAX_BYTES:,} {unit} and {MAX_ROWS:,} rows "
        "can be read: leave rows or columns out"
    )


def _too_many_error(rows: int) -> InputError:
    return data_error(f"the table has {rows:,} rows, and at most {MAX_ROWS:,} can be read: leave some out")


_NOTHING = re.compile(r"[\s,;]*(#.*)?")
"""A line that says nothing: blank, of separators alone, or a comment."""


def _lines(text: str) -> list[Line]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if not _NOTHING.fullmatch(line)]


_QUOTED = re.compile(r'"[^"]*"')


def _separator(lines: Sequence[str]) -> str:
    """What stands between the cells: what most lines have, and of several the least likely inside of a number."""
    bare = [_QUOTED.sub("", line) for line in lines]
    counts = {separator: sum(separator in line.strip(" ") for line in bare) for separator in "\t;,"}
    best = max(counts, key=lambda one: counts[one])
    if best == "," and sum(bool(_COMMAS_AND_BLANKS.fullmatch(line.strip())) for line in bare) * 2 > len(lines):
        return " "
    return best if counts[best] * 2 > len(lines) else " "


_COMMAS_AND_BLANKS = re.compile(r"[+\-−]?\d+(,\d+)?(e[+-]?\d+)?( +[+\-−]?\d+(,\d+)?(e[+-]?\d+)?)+", re.ASCII | re.I)
"""Numbers with decimal commas, and blanks between them: ``0,5 2,0``."""

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


def _table(records: Sequence[Record], separator: str) -> Table:
    first, head = records[0]
    if len(head) > MAX_COLUMNS:
        raise data_error(f"row {first} has {len(head):,} cells, and a table at most {MAX_COLUMNS}: leave columns out")
    counts = [(number, _count_used(cells)) for number, cells in records]
    ragged = [(number, used) for number, used in counts if used > len(head)]
    if ragged:
        raise FaultyRowsError([_ragged(number, used, first, len(head), separator) for number, used in ragged])
    width = max(used for _, used in counts)
    if width < 2:
        raise data_error(
            "there is only one column, and points need one for x and one for y: write x, y on each line, with a comma, "
            "a semicolon, a tab or a blank between them"
        )
    headed = not any(is_number(cell) for cell in head)
    rows = records[1:] if headed else records
    if not rows:
        raise data_error("there is a header and no row of numbers: add rows below it")
    if len(rows) > MAX_ROWS:
        raise _too_many_error(len(rows))
    empty = [""] * width
    full = [(row + empty)[:width] for _, row in rows]
    return Table(
        _names((head + empty)[:width] if headed else empty),
        tuple(zip(*full, strict=True)),
        tuple(number for number, _ in rows),
        separator,
    )


def _count_used(cells: Sequence[str]) -> int:
    """How many cells there are without the empty ones at the end."""
    return next((i for i in range(len(cells), 0, -1) if cells[i - 1]), 0)


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
    others = [name for name in table.names if name not in (weight, held_out)]
    numbers = [name for name in others if is_number(first := cells_of(table, name)[0]) or read_date(first)]
    free = list(dict.fromkeys([*numbers, *others, *table.names]))
    x = by_name.get("x", next(name for name in free if name != by_name.get("y")))
    y = by_name.get("y", next(name for name in free if name != x))
    return Roles(x, y, weight, held_out)


def extract_points(table: Table, x: str, y: str, weight: str | None = None, held_out: str | None = None) -> Points:
    """The points in a table's columns; what stands in the others doesn't matter.

    Args:
        table: as read; x, y: the names of the columns with the coordinates.
        weight: that of the column with the weights, if there is one.
        held_out: that of the column that says with 1, yes, true or h which points are kept from the fit.

    Dates as x are days since the first, see ``find_first_date``.

    Raises:
        InputError: with the field ``data``, in one sentence; ``FaultyRowsError`` where it is about rows alone.
    """
    check_commas(list_places(table, [x, y] if weight is None else [x, y, weight]), table.separator)
    begin = find_first_date(table, x)
    columns = read_columns(
        table,
        [
            (x, read_number if begin is None else partial(_read_days, begin)),
            (y, read_number),
            *([] if weight is None else [(weight, read_weight)]),
            *([] if held_out is None else [(held_out, read_flag)]),
        ],
    )
    weights = () if weight is None else columns[2]
    return Points(columns[0], columns[1], weights, () if held_out is None else columns[-1])


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
        InputError: with the field ``data``, if there is no such column.
    """
    found, faults = [], []
    for name, read in columns:
        values: list[Any] = []
        for line, cell in zip(table.lines, cells_of(table, name), strict=True):
            try:
                values.append(read(cell))
            except ValueError as error:
                faults.append(Fault(line, f"row {line}, column {quote_text(name)}: {error}"))
        found.append(tuple(values))
    if faults:
        raise FaultyRowsError(faults)
    return found


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
