"""Tables of numbers, as people paste and upload them, read with care.

A file is a stranger's: its size is limited before anything else is done, and what can't be used is told in one
sentence with the row, counted as in the file, and never guessed. A number with a comma is read as a decimal one
only where it can't be a thousand.
"""

import codecs
import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from playground.data.cells import (
    is_number,
)
from playground.data.listed_tables import Listed, read_listed
from playground.data.measures import read_measures
from playground.data.points import data_error
from playground.data.table_layout import (
    ROW,
    Body,
    Layout,
    Line,
    Record,
    count_used,
    counts_up,
    find_body,
    lay_out,
)
from playground.data.uncertain import split_errors
from playground.errors import InputError
from playground.numerals import make_printable, quote_text

MAX_BYTES = 1_000_000
"""A file has no more bytes, and a text no more characters."""

MAX_ROWS = 100_000

MAX_COLUMNS = 50

MAX_NAME = 60
"""A column's name is cut off after so many characters."""

MAX_ABOVE = 1_000
"""Lines above a table: a header, and what an instrument writes there."""


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
    width, names = len(names), name_columns(names)
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
    errors = name_columns([*columns, *(f"error of {name}" for name in split)])[len(columns) :]
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


def name_columns(head: Sequence[str]) -> tuple[str, ...]:
    """Names for columns, all different, from the cells of a header: those that are empty are numbered."""
    names: list[str] = []
    for i, cell in enumerate(head, 1):
        name = plain = make_printable(" ".join(cell.split()))[:MAX_NAME] or f"column {i}"
        count = 1
        while name in names:
            count += 1
            name = f"{plain} ({count})"
        names.append(name)
    return tuple(names)
