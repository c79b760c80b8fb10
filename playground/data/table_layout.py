"""What a table's lines and rows are for: comments, instruments' settings, the header, row numbers, rows for columns."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from playground.data.cells import MEASURE, is_number, read_date
from playground.data.uncertain import split_error
from playground.language.numbers import says_no_number

Line = tuple[int, str]
"""A line's place in the text, counted from 1, and what it says."""

Record = tuple[int, list[str]]
"""The place of a row's first line, and its cells."""

SAMPLE = 50
"""The separator is found from so many lines."""

ROW = "row"
"""What a column without a name is called that numbers or names the rows."""


# ---- Lines.

_NOTHING = re.compile(r"[\s,;]*|\s*\\[A-Za-z]+.*")
"""A line that says nothing: blank, of separators alone, or one of LaTeX's rules."""

_RULE = re.compile(r"[\s|:+=-]*")

_COMMENT = re.compile(r"[\s,]*(#(?!(?:N/A|DIV/0|REF|VALUE|NAME|NUM|NULL)\b)|%|//|!)(.*)", re.IGNORECASE)
"""A comment, and no error of a spreadsheet."""

_ERROR = re.compile(r"(?<=\d) *(?:±|\+/-) *(?=[\d.])")
"""What stands before a value's error."""

_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
"""What Excel writes in the first line, and what it means."""


class Layout(NamedTuple):
    """The lines of a text.

    Attributes:
        lines: those that say something; separator: what stands between their cells.
        heading: the last comment above them, which may be the header; without its sign.
    """

    lines: list[Line]
    separator: str
    heading: str


def lay_out(text: str) -> Layout:
    """The lines of a text that say something, and what stands between their cells."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    kept: list[Line] = []
    told, heading = "", ""
    for number, line in enumerate(text.split("\n"), 1):
        if not kept and not told and (found := _SEPARATOR.fullmatch(line)):
            told = found[1]
        elif comment := _COMMENT.fullmatch(line):
            heading = heading if kept else comment[2]
        elif not _NOTHING.fullmatch(line) and not _is_rule(line):
            kept.append((number, _ERROR.sub("±", _without_frame(line))))
    separator = told or _find_separator([line for _, line in kept if not line.startswith(";")])
    if separator != ";":
        kept = [one for one in kept if not one[1].startswith(";")]  # comments, too
    return Layout(kept, separator, heading)


def _is_rule(line: str) -> bool:
    """Whether it is a line below a header, as in Markdown."""
    if not _RULE.fullmatch(line):
        return False
    return "--" in line or "==" in line or ("-" in line and "|" in line)


def _without_frame(line: str) -> str:
    """A row of Markdown or LaTeX without what stands around it."""
    bare = line.strip()
    if bare.startswith("|"):
        return bare[1:].removesuffix("|")
    return bare.removesuffix(r"\\").rstrip() if "&" in bare else line


_QUOTED = re.compile(r'"[^"]*"')

_NUMBERS = re.compile(r'[\s"\d.,;|&+−–eE-]*\d[\s"\d.,;|&+−–eE-]*', re.ASCII)
"""A line of numbers alone."""

_COMMAS_AND_BLANKS = re.compile(r"[+\-−]?\d+(,\d+)?(e[+-]?\d+)?( +[+\-−]?\d+(,\d+)?(e[+-]?\d+)?)+", re.ASCII | re.I)
"""Numbers with decimal commas, and blanks between them: ``0,5 2,0``."""


def _find_separator(lines: Sequence[str]) -> str:
    """What stands between the cells: what most lines have, and of several the least likely inside of a number."""
    numbers = [*takewhile(_NUMBERS.fullmatch, reversed(lines[-SAMPLE:]))]
    lines = numbers if len(numbers) > 1 else lines[:SAMPLE]
    bare = [_QUOTED.sub("", line) for line in lines]
    counts = {separator: sum(separator in line.strip(" ") for line in bare) for separator in "\t|&;,"}
    best = max(counts, key=lambda one: counts[one])
    if best == "," and sum(bool(_COMMAS_AND_BLANKS.fullmatch(line.strip())) for line in bare) * 2 > len(lines):
        return " "
    return best if counts[best] * 2 > len(lines) else " "


# ---- Rows.


class Body(NamedTuple):
    """The rows of a table.

    Attributes:
        head: the header's line and cells, or None without one; rows: those below it.
        passed: the lines above the table that are left out.
        is_turned: whether rows were written for columns.
    """

    head: Record | None
    rows: list[Record]
    passed: list[int]
    is_turned: bool = False


def find_body(records: Sequence[Record], separator: str) -> Body:
    """The header and the rows of what the lines say."""
    if turned := _turn(records):
        return turned
    first = _find_first(records, _is_value)
    if first is None:
        first = _find_first(records, lambda cell: _is_value(cell) or bool(MEASURE.fullmatch(cell)))
    if first is None:  # no row of two numbers: what is wrong with it is told where the cells are read
        has_head = not any(map(is_number, records[0][1]))
        return Body(records[0] if has_head else None, list(records[has_head:]), [])
    width = count_used(records[first][1])
    while first and count_used(records[first - 1][1]) == width and not all(map(_is_name, records[first - 1][1])):
        first -= 1  # a row with a cell that can't be read
    head = _find_head(records[:first], width)
    rows = list(records[first:])
    passed = [line for line, _ in records[:first] if head is None or line != head[0]]
    return Body(head and _with_row_names(head, rows, separator), rows, passed)


def _find_first(records: Sequence[Record], is_value: Callable[[str], bool]) -> int | None:
    """The first row of two values."""
    return next((i for i, (_, cells) in enumerate(records) if sum(map(is_value, cells)) > 1), None)


def _is_value(cell: str) -> bool:
    """Whether a cell says a number, also with its error, or a date, or that there is none."""
    return is_number(cell) or says_no_number(cell) or read_date(cell) is not None or split_error(cell) is not None


def _is_name(cell: str) -> bool:
    """Whether a cell may be a header's; no question mark or hyphen is, in the place of a number."""
    return not _is_value(cell) and (not cell or any(one.isalpha() or one in "#%°$€£" for one in cell))


def _find_head(above: Sequence[Record], width: int) -> Record | None:
    """The header among the rows above the first of numbers: the last, or the one above it that names x and y."""
    if not above or not all(map(_is_name, above[-1][1])) or len(above[-1][1]) == 1:
        return None
    last = len(above[-1][1])
    texts = [*takewhile(lambda one: len(one[1]) == last and all(map(_is_name, one[1])), reversed(above))]
    if last < width - 1 or last > width + 1:
        return above[-1]  # of another length than the rows, which is told
    return next((one for one in texts if {"x", "y"} <= {cell.casefold() for cell in one[1]}), texts[0])


def _with_row_names(head: Record, rows: Sequence[Record], separator: str) -> Record:
    """The header with a name for a column of row names, which R and pandas leave without one."""
    line, cells = head
    used = max(count_used(row) for _, row in rows)
    if used > 2 and not cells[0] and counts_up([row[0] for _, row in rows]):
        return line, [ROW, *cells[1:]]
    labels = [row[0] for _, row in rows]
    is_short = used > 2 and len(cells) == used - 1
    is_certain = separator != "," or len(rows) > 1
    # 1,1,234 below x,y: three cells, or two with a mark between thousands.
    is_split = separator == "," and all(re.fullmatch(r"[1-9]\d{0,2},\d{3}", ",".join(row[1:3])) for _, row in rows)
    if is_short and is_certain and not is_split and (counts_up(labels) or not any(map(is_number, labels))):
        return line, [ROW, *cells]
    return head


def counts_up(cells: Iterable[str]) -> bool:
    """Whether they are 0, 1, 2, … or 1, 2, 3, …"""
    cells = list(cells)
    return any(cells == [str(i) for i in range(begin, begin + len(cells))] for begin in (0, 1))


def count_used(cells: Sequence[str]) -> int:
    """How many cells there are without the empty ones at the end."""
    return next((i for i in range(len(cells), 0, -1) if cells[i - 1]), 0)


def _turn(records: Sequence[Record]) -> Body | None:
    """Rows for columns, where that is what is written: ``x,1,2,3`` above ``y,2,4,6``, or two long rows of numbers."""
    if not 2 <= len(records) <= 10:
        return None
    full = [cells[: count_used(cells)] for _, cells in records]
    width = len(full[0])
    inner = [cell for row in full for cell in row[1:]]
    if any(len(cells) != width for cells in full) or not all(is_number(cell) or split_error(cell) for cell in inner):
        return None
    heads = [cells[0].rstrip(":= ") for cells in full]
    if not any(map(is_number, heads)):
        is_named = {"x", "y"} <= {head.casefold() for head in heads}
        if width - 1 > len(records) or (is_named and width > 2):
            rows = [(i, list(row)) for i, row in enumerate(zip(*(row[1:] for row in full), strict=True), 1)]
            return Body((0, heads), rows, [], is_turned=True)
    if len(records) == 2 and width > 3 and all(map(is_number, heads)):
        return Body(None, [(i, list(row)) for i, row in enumerate(zip(*full, strict=True), 1)], [], is_turned=True)
    return None
