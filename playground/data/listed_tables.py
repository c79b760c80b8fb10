"""Tables that aren't written a row a line: JSON, lists such as ``x = [1, 2]``, and rows in brackets."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from playground.data.cells import is_number
from playground.data.points import data_error
from playground.numerals import format_count, quote_text


class Listed(NamedTuple):
    """What a text lists: the columns' names, none where it doesn't say, and the rows' cells."""

    names: list[str]
    rows: list[list[str]]


def read_listed(text: str) -> Listed | None:
    """The table that a text lists, or None for a text with a row a line.

    Raises:
        InputError: with the field ``data``, for columns of different lengths, and for JSON that is no table.
    """
    text = text.removeprefix("\ufeff").strip()
    found = next((found for read in _WAYS if (found := read(text)) is not None), None)
    if found is not None and ("..." in text or "…" in text):
        raise data_error("'...' stands for numbers that were left out: print all of them")
    return found


# ---- JSON.


def _read_json(text: str) -> Listed | None:
    if text[:1] not in ("[", "{"):
        return None
    try:
        said = _load(text)
    except ValueError:
        try:  # a record a line
            said = [_load(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            return None
    found = _find_table(said)
    if found is None and '"' in text:
        raise data_error('this JSON is no table: write a list of records, such as [{"x": 0.5, "y": 2}]')
    return found


def _load(text: str) -> Any:
    """The JSON of a text, its numbers still texts."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except RecursionError:
        raise ValueError("too deep") from None


def _find_table(said: Any, depth: int = 3) -> Listed | None:
    """The table in what JSON says: records, rows, columns, or one of these under a name of its own."""
    if isinstance(said, list):
        if said and all(isinstance(one, dict) for one in said):
            names = list(dict.fromkeys(name for one in said for name in one))
            return Listed(names, [[_write(one.get(name)) for name in names] for one in said])
        if said and all(isinstance(one, list) for one in said):
            return Listed([], [[_write(cell) for cell in one] for one in said])
    if not isinstance(said, dict) or not depth:
        return None
    if isinstance(said.get("columns"), list) and isinstance(said.get("data"), list):  # as pandas splits a table
        rows = _find_table(said["data"])
        return rows and Listed([_write(name) for name in said["columns"]], rows.rows)
    if said and all(isinstance(one, dict) for one in said.values()):  # columns by row
        rows_named = list(dict.fromkeys(row for column in said.values() for row in column))
        return Listed([*said], [[_write(column.get(row)) for column in said.values()] for row in rows_named])
    columns = {name: one for name, one in said.items() if isinstance(one, list) and one and not _is_nested(one)}
    if len(columns) > 1:
        return _join({name: [_write(cell) for cell in one] for name, one in columns.items()})
    inside = [one for one in said.values() if isinstance(one, list | dict)]
    return _find_table(inside[0], depth - 1) if len(inside) == 1 else None


def _is_nested(cells: Sequence[Any]) -> bool:
    return any(isinstance(cell, list | dict) for cell in cells)


def _write(cell: Any) -> str:
    """A cell of JSON as a text; what is nested stays as it is written, and is no number."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell).lower()
    return cell.strip() if isinstance(cell, str) else json.dumps(cell)


# ---- Lists with names.

_BRACKETED = r"[\[({]([^\[\](){}]*)[\])}]"

_NAMED_LIST = re.compile(
    rf"""(?<![\w"'])([A-Za-z_]\w*|"[^"\n]*"|'[^'\n]*')\s*(?:<-|:=|=|:)\s*(?:[A-Za-z_][\w.]*\s*)?(?:\(\s*)?{_BRACKETED}"""
)
"""``x = [1, 2]``, ``x <- c(1, 2)``, ``"x": np.array([1, 2])``."""

_NAMED_LINE = re.compile(r"\s*([^\d\s:=,;\[({][^:=\n]{0,60}?)\s*[:=]\s*([^:=]*)")
"""``x: 1, 2``."""


def _read_named(text: str) -> Listed | None:
    found = _NAMED_LIST.findall(text) if "[" in text or "(" in text or "{" in text else []
    if len(found) > 1:
        if re.search(r"\d", _NAMED_LIST.sub("", text)):
            return None
        return _join({name.strip("\"'"): _split(inside) for name, inside in found})
    lines = [line for line in text.splitlines() if line.strip()]
    if not 2 <= len(lines) <= 10:
        return None
    named = [_NAMED_LINE.fullmatch(line) for line in lines]
    if not all(named):
        return None
    columns = {one[1]: _split(one[2].strip("; ")) for one in named if one}
    if len(columns) < 2 or any(len(one) < 2 or not all(map(is_number, one)) for one in columns.values()):
        return None
    return _join(columns)


def _join(columns: Mapping[str, list[str]]) -> Listed:
    """Columns of one length side by side."""
    (first, cells), *others = columns.items()
    for name, one in others:
        if len(one) != len(cells):
            count = format_count(len(cells), "number")
            raise data_error(
                f"{quote_text(first)} has {count} and {quote_text(name)} has {len(one):,}: each point needs one of both"
            )
    return Listed([*columns], [list(row) for row in zip(*columns.values(), strict=True)])


_DECIMAL_COMMAS = re.compile(r"(?:[+\-−]?\d+(?:,\d+)?(?:\s+|$))+", re.ASCII)


def _split(inside: str) -> list[str]:
    """The items of a list, with commas, semicolons or blanks between them."""
    inside = inside.strip().rstrip(",;").rstrip()
    if ";" in inside:
        return [item.strip() for item in inside.split(";")]
    if "," in inside and not (" " in inside and _DECIMAL_COMMAS.fullmatch(inside)):
        return [item.strip(" \t\r\n\"'") for item in inside.split(",")]
    return inside.split()


# ---- Rows in brackets.

_GROUP = re.compile(_BRACKETED)

_BETWEEN_GROUPS = re.compile(r"[^\s,;:\[\](){}=A-Za-z_.\\]")
"""What stands between no rows of one list."""

_PAIRS = re.compile(r"[^\s,;]+ ?, ?[^\s,;]+(?:[;\s]+[^\s,;]+ ?, ?[^\s,;]+)+")


def _read_bracketed(text: str) -> Listed | None:
    """``[[1, 2], [3, 4]]``, ``(1, 2), (3, 4)``, ``{{1, 2}, {3, 4}}``, ``[1 2; 3 4]``; ``1.5,2 2.5,3`` on one line."""
    groups = _GROUP.findall(text)
    if groups and not _BETWEEN_GROUPS.search(_GROUP.sub("", text)):
        if len(groups) == 1:
            groups = [row for row in re.split(r"[;\n]", groups[0]) if row.strip()]
        rows = [_split(group) for group in groups]
        return Listed([], rows) if len(rows) > 1 and any(is_number(row[0]) for row in rows if row) else None
    if "\n" not in text and "." in text and len(text) < 10_000 and _PAIRS.fullmatch(text):
        rows = [re.split(" ?, ?", pair) for pair in re.findall(r"[^\s,;]+ ?, ?[^\s,;]+", text)]
        return Listed([], rows) if all(is_number(cell) for row in rows for cell in row) else None
    return None


_WAYS: tuple[Callable[[str], Listed | None], ...] = (_read_json, _read_named, _read_bracketed)
