"""Cells of a table: text to numbers, weights and flags, or the rest of a sentence that says why not."""

import re
from collections.abc import Sequence
from datetime import datetime

from playground.data.points import NUMBER, data_error

Place = tuple[int, str, str]
"""A cell: its line in the text, its column's name, and what it says."""

_MINUS = str.maketrans("−–", "--")
"""Signs that pages and word processors put where a hyphen was typed."""

_THOUSANDS = re.compile("[+-]?[1-9][0-9]{0,2}([.,'’ \u00a0\u202f][0-9]{3})+([.,][0-9]*)?")


def _plain(cell: str) -> str:
    """A number as Python writes it, if it is one."""
    return cell.translate(_MINUS).replace(",", ".", 1)


def is_number(cell: str) -> bool:
    """Whether a cell says a number, with a decimal point or a decimal comma."""
    return NUMBER.fullmatch(_plain(cell)) is not None


_DATE_LIKE = re.compile(r"\d{1,4}([/.-])\d{1,2}\1\d{1,4}([T ].*)?", re.ASCII)


def read_number(cell: str) -> float:
    """The number in a cell.

    Raises:
        ValueError: with the rest of the sentence, if there is none.
    """
    plain = _plain(cell)
    if NUMBER.fullmatch(plain):
        number = float(plain)
        if number in (float("inf"), float("-inf")):
            raise ValueError(f"{quote_text(cell)} is too large for a number")
        return number
    if not cell:
        raise ValueError("the cell is empty: type a number, or delete the row")
    if cell.startswith(("=", "@")):
        raise ValueError(f"{quote_text(cell)} is a formula, and only its value can be read: save the values")
    if cell.lstrip("+-").casefold() in ("nan", "inf", "infinity", "na", "n/a", "#n/a"):
        raise ValueError(f"{quote_text(cell)} is no finite number: correct it, or delete the row")
    if _THOUSANDS.fullmatch(cell.translate(_MINUS)):
        raise ValueError(f"{quote_text(cell)} has separators between thousands: leave them out")
    if _DATE_LIKE.fullmatch(cell):
        raise ValueError(f"{quote_text(cell)} looks like a date: write dates as 2026-03-01, with the year first")
    raise ValueError(f"{quote_text(cell)} is no number: correct it, or delete the row")


def read_weight(cell: str) -> float:
    """The weight in a cell.

    Raises:
        ValueError: with the rest of the sentence, if there is none.
    """
    if (weight := read_number(cell)) < 0:
        raise ValueError(f"{quote_text(cell)} is below 0, and a weight is 0 or more")
    return weight


_YES, _NO = ("1", "yes", "true", "h"), ("0", "no", "false", "")


def read_flag(cell: str) -> bool:
    """Whether a cell says yes.

    Raises:
        ValueError: with the rest of the sentence, if it says neither yes nor no.
    """
    said = cell.casefold()
    if said not in _YES + _NO:
        raise ValueError(
            f"{quote_text(cell)} says neither yes nor no: write 1 for a point that is held out, and else 0"
        )
    return said in _YES


_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)


def check_commas(cells: Sequence[Place], separator: str) -> None:
    """Refuse commas that could stand between thousands.

    A comma is decimal beside semicolons, which spreadsheets use where it is, or if some number has it where no
    thousand ends.

    Raises:
        InputError: with the field ``data``, in one sentence.
    """
    numbers = [(line, name, cell.translate(_MINUS)) for line, name, cell in cells if is_number(cell)]
    commas = [one for one in numbers if "," in one[2]]
    point = next((one for one in numbers if "." in one[2]), None)
    if commas and point:
        raise data_error(
            f"row {commas[0][0]}, column {quote_text(commas[0][1])}: {quote_text(commas[0][2])} has a comma, and "
            f"{quote_text(point[2])} in row {point[0]} has a point: write all numbers in one way"
        )
    if commas and separator != ";" and all(_GROUPED.fullmatch(cell) for _, _, cell in commas):
        line, name, cell = commas[0]
        raise data_error(
            f"row {line}, column {quote_text(name)}: {quote_text(cell)} can be {cell.replace(',', '.')} or "
            f"{cell.replace(',', '')}: write it with a point, or without the comma"
        )


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?", re.ASCII)


def read_date(cell: str) -> datetime | None:
    """The date in a cell, as in 2026-03-01 or 2026-03-01 14:30, if it is one."""
    if not _DATE.fullmatch(cell):
        return None
    try:
        return datetime.fromisoformat(cell)
    except ValueError:  # such as the 30th of February
        return None


def make_printable(text: str) -> str:
    """The text with a replacement character for each one that isn't printed."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def quote_text(text: str, most: int = 40) -> str:
    """A stranger's text, quoted for a sentence: short, and on one line."""
    return f"'{make_printable(text[:most])}{'…' if len(text) > most else ''}'" if text else ""
