"""Values with their errors in one cell: ``1023 ± 32``, ``1023 +/- 32``, ``12.3(4)``."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from playground.data.cells import is_number
from playground.language.numbers import says_no_number

_NUMBER = r"[+\-−]?(?:\d+[.,]?\d*|[.,]\d+)"

_SIGN = re.compile(r" ?(?:±|\+ ?/ ?[-−]|\+[-−]) ?")
"""What stands between a value and its error."""

_BRACKETED = re.compile(r"\(([^()]*)\)([^()]*)")
"""(1.23 ± 0.04)e-5: what stands behind the brackets belongs to both."""

_LAST_DIGITS = re.compile(rf"({_NUMBER})\((\d+)\)([^()]*)", re.ASCII)
"""12.3(4): the error counts in units of the last digit."""

_PARTS = re.compile(rf"({_NUMBER}(?:[eE][+\-−]?\d+)?)(.*)", re.ASCII)
"""A number, and its unit."""


class Uncertain(NamedTuple):
    """A cell's value and the error σ that stands with it, as texts with the same unit."""

    value: str
    error: str


def split_error(cell: str) -> Uncertain | None:
    """The value and its error, if a cell says both; an error in per cent of the value is none that can be taken."""
    if found := _LAST_DIGITS.fullmatch(cell):
        return _count_in_last_digit(*found.groups())
    tail = ""
    if found := _BRACKETED.fullmatch(cell):
        cell, tail = found.groups()
    parts = [_PARTS.fullmatch(part.strip()) for part in _SIGN.split(cell)]
    if len(parts) != 2 or not (parts[0] and parts[1]):
        return None
    (value, value_tail), (error, error_tail) = parts[0].groups(), parts[1].groups()
    if error_tail.strip().startswith("%") and not value_tail:
        return None
    return Uncertain(value + (value_tail or error_tail) + tail, error + (error_tail or value_tail) + tail)


def _count_in_last_digit(value: str, digits: str, tail: str) -> Uncertain:
    mark = "," if "," in value else "."
    places = len(value.partition(mark)[2])
    error = f"{Decimal(digits).scaleb(-places):f}".replace(".", mark)
    return Uncertain(value + tail, error + tail)


def split_errors(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], str] | None:
    """A column's values and their errors, and how the first is read; None where some number has no error, or all.

    Cells that say something else keep it, with an empty cell for the error.
    """
    found = [split_error(cell) for cell in cells]
    if not any(found) or any(map(is_number, cells)):
        return None
    values = tuple(one.value if one else cell for one, cell in zip(found, cells, strict=True))
    errors = tuple(one.error if one else "" for one in found)
    cell, first = next((cell, one) for cell, one in zip(cells, found, strict=True) if one)
    return values, errors, f"{cell} is read as {first.value} with the error {first.error}"


def find_without_error(cells: Sequence[str]) -> tuple[int, int] | None:
    """The places of the first cell without an error, and of the first with one, where there are both."""
    bare = next((i for i, cell in enumerate(cells) if is_number(cell) and not says_no_number(cell)), None)
    other = next((i for i, cell in enumerate(cells) if split_error(cell)), None)
    return None if bare is None or other is None else (bare, other)
