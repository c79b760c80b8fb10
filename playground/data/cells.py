"""Cells of a table: text to numbers, weights and flags, or the rest of a sentence that says why not."""

import math
import re
from collections.abc import Sequence
from datetime import datetime

from playground.data.points import data_error
from playground.errors import InputError
from playground.language.numbers import describe_separators, read_plain, says_no_number
from playground.language.numbers import read_number as read_number_or_expression
from playground.numerals import quote_text

Place = tuple[int, str, str]
"""A cell: its line in the text, its column's name, and what it says."""


def is_number(cell: str) -> bool:
    """Whether a cell says a number, with a decimal point or a decimal comma."""
    return read_plain(cell) is not None


_DATE_LIKE = re.compile(r"\d{1,4}([/.-])\d{1,2}\1\d{1,4}([T ].*)?|\d{4}-\d\d", re.ASCII)

_CLOCK_LIKE = re.compile(r"\d{1,3}:\d\d(:\d\d)?([.,]\d+)?( ?[ap]m)?", re.ASCII | re.IGNORECASE)

_ERROR_LIKE = re.compile(r"\(?[\d.,+−-]+ ?(±|\+/?-) ?[\d.,]+\)?.*|[+−-]?\d*[.,]?\d+\(\d+\).*", re.ASCII)
"""A value with its error: 12.3 ± 0.4, 12.3(4)."""

MEASURE = re.compile(
    r"(?P<sign>[+\-−])?(?P<before>(?:[A-Z]{1,2})?[$€£¥₹])? ?"
    r"(?P<number>[+\-−]?\d[\d.,'’ \u00a0\u2009\u202f]*(?:[eE][+\-−]?\d+)?|[+\-−]?[.,]\d+)"
    r" ?(?P<unit>(?![xX×*]\d|[eEdD][+\-−]?\d)[^\W\d_](?:[\w/·⋅*^()%°²³⁻¹µ-]{0,15})|[%‰°][A-Za-z]?|[$€£¥₹](?:/\w+)?)?"
)
"""A number with a unit or a currency, or neither."""


def read_number(cell: str) -> float:
    """The number in a cell.

    Raises:
        ValueError: with the rest of the sentence, if there is none.
    """
    number = read_plain(cell)
    if number is not None:
        if math.isinf(number):
            raise ValueError(f"{quote_text(cell)} is too large for a number")
        return number
    if not cell:
        raise ValueError("the cell is empty: type a number, or delete the row")
    if cell.startswith(("=", "@")):
        raise ValueError(f"{quote_text(cell)} is a formula, and only its value can be read: save the values")
    if says_no_number(cell):
        raise ValueError(f"{quote_text(cell)} is no finite number: correct it, or delete the row")
    if reason := describe_separators(cell):
        raise ValueError(reason)
    if _DATE_LIKE.fullmatch(cell):
        raise ValueError(f"{quote_text(cell)} looks like a date: write dates as 2026-03-01, with the year first")
    if _CLOCK_LIKE.fullmatch(cell):
        raise ValueError(
            f"{quote_text(cell)} is a time of day: write hours, minutes or seconds as one number, "
            "or the date with it, as in 2026-03-01 14:30"
        )
    if _ERROR_LIKE.fullmatch(cell):
        raise ValueError(
            f"{quote_text(cell)} is a value with its error, and the error can't be read: write it as a number in the "
            "unit of the value"
        )
    if cell.endswith("%") and is_number(cell[:-1].rstrip()):
        raise ValueError(f"{quote_text(cell)} is in per cent, and other cells aren't: write all in one way")
    if (found := MEASURE.fullmatch(cell)) and (unit := found["before"] or found["unit"]):
        raise ValueError(
            f"{quote_text(cell)} is in {quote_text(unit)}, and other cells aren't: write all in one unit, or without it"
        )
    raise ValueError(f"{quote_text(cell)} is no number: correct it, or delete the row")


def read_typed(cell: str) -> float:
    """The number that a person typed into a cell: of one that isn't from a file an expression is read, too.

    Raises:
        InputError: in one sentence, if there is none.
    """
    if _DATE_LIKE.fullmatch(cell.strip()):
        raise InputError(f"{quote_text(cell.strip())} looks like a date: type a number")
    return read_number_or_expression(cell)


def read_weight(cell: str) -> float:
    """The weight in a cell.

    Raises:
        ValueError: with the rest of the sentence, if there is none.
    """
    if (weight := read_number(cell)) < 0:
        raise ValueError(f"{quote_text(cell)} is below 0, and a weight is 0 or more")
    return weight


def read_error(cell: str) -> float:
    """The weight 1/σ² by which least squares take an error σ.

    Raises:
        ValueError: with the rest of the sentence, if there is none.
    """
    if (error := read_number(cell)) <= 0:
        raise ValueError(f"{quote_text(cell)} is no error: σ is above 0")
    weight = math.pow(error, -2) if error > 1e-150 else math.inf
    if not 0 < weight < math.inf:
        raise ValueError(f"{quote_text(cell)} has no weight 1/σ² that a number can hold")
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


def check_commas(cells: Sequence[Place], separator: str) -> None:
    """Refuse commas that could stand between thousands.

    A comma is decimal beside semicolons, which spreadsheets use where it is, or if some number has it where no
    thousand ends.

    Raises:
        InputError: with the field ``data``, in one sentence.
    """
    numbers = [one for one in cells if is_number(one[2])]
    commas = [one for one in numbers if "," in one[2]]
    point = next((one for one in numbers if "." in one[2]), None)
    if commas and point:
        raise data_error(
            f"row {commas[0][0]}, column {quote_text(commas[0][1])}: {quote_text(commas[0][2])} has a comma, and "
            f"{quote_text(point[2])} in row {point[0]} has a point: write all numbers in one way"
        )
    if commas and separator != ";" and all(describe_separators(cell) for _, _, cell in commas):
        line, name, cell = commas[0]
        raise data_error(f"row {line}, column {quote_text(name)}: {describe_separators(cell)}")


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?", re.ASCII)

_DATE_WITH_POINTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: (\d{1,2}:\d{2}(?::\d{2})?))?", re.ASCII)
"""A date as half of Europe writes it; where there are points the day always comes first."""


def read_date(cell: str) -> datetime | None:
    """The date in a cell, as in 2026-03-01, 2026-03-01 14:30 or 1.3.2026, if it is one."""
    if found := _DATE_WITH_POINTS.fullmatch(cell):
        day, month, year, time = found.groups()
        cell = f"{year}-{month:0>2}-{day:0>2} {(time or '0:00'):0>5}"
        cell = cell if (time or "").count(":") < 2 else f"{year}-{month:0>2}-{day:0>2} {time:0>8}"
    elif not _DATE.fullmatch(cell):
        return None
    try:
        return datetime.fromisoformat(cell)
    except ValueError:  # such as the 30th of February
        return None
