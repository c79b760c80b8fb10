"""Columns of measures: numbers with a unit, a currency or a per cent sign, powers of ten, or marks between thousands.

What all of a column's cells say alike is taken from them, and told; where they differ nothing is, and the cells are
refused.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from playground.data.cells import MEASURE, is_number
from playground.language.numbers import says_no_number
from playground.numerals import quote_text

_POWER = re.compile(
    r"([+\-−]?[\d.,]+)\s*[xX×*·⋅]\s*10(?:(?:\^|\*\*)?\s*[({]?([+\-−]?\d+)[)}]?|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))", re.ASCII
)
"""A number as it is printed: 1.2×10³, 1.2x10^-3."""

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−", "0123456789-+-")

_BLANKS = " \u00a0\u2009\u202f"

_THOUSANDS = re.compile(
    rf"[+\-−]?[1-9]\d{{0,2}}(?P<mark>[.,'’{_BLANKS}])\d{{3}}((?P=mark)\d{{3}})*([.,]\d*)?", re.ASCII
)


class Plain(NamedTuple):
    """The cells of a column as plain numbers, and what was taken from them, in a sentence each."""

    cells: tuple[str, ...]
    notes: tuple[str, ...]


def read_measures(name: str, cells: Sequence[str]) -> Plain:
    """The cells of the column ``name``, without what all of them have beside their numbers."""
    plain, notes = tuple(cells), []
    if all(map(is_number, _said(plain))):
        return Plain(plain, ())
    for take in (_take_powers, _take_unit, _take_powers, _take_marks):
        made, said = take(plain)
        if said:
            notes.append(f"Column {quote_text(name)} {said}.")
        plain = made
    return Plain(plain, tuple(dict.fromkeys(notes)))


_Taken = tuple[tuple[str, ...], str]
"""The cells without it, and what is said of the column; the cells as they are where it isn't in all."""


def _take_powers(cells: tuple[str, ...]) -> _Taken:
    """Powers of ten: nothing has to be said of them."""
    if not any(map(_POWER.fullmatch, cells)):
        return cells, ""
    return tuple(map(_write_power, cells)), ""


def _write_power(cell: str) -> str:
    found = _POWER.fullmatch(cell)
    return f"{found[1]}e{(found[2] or found[3]).translate(_RAISED)}" if found else cell


def _take_unit(cells: tuple[str, ...]) -> _Taken:
    found = {cell: MEASURE.fullmatch(cell) for cell in _said(cells)}
    units = {one and (one["before"] or one["unit"]) for one in found.values()}
    unit = units.pop() if len(units) == 1 else None
    if not unit:
        return cells, ""

    def without(cell: str) -> str:
        one = found[cell]
        return (one["sign"] or "") + one["number"].strip() if one else cell

    return _replace(cells, without, f"is in {'per cent' if unit == '%' else unit}")


def _take_marks(cells: tuple[str, ...]) -> _Taken:
    """Marks between thousands in several cells, of which one leaves no doubt, and no other says otherwise."""
    found = {cell: _THOUSANDS.fullmatch(cell) for cell in _said(cells)}
    marks = {one["mark"] for one in found.values() if one}
    mark = marks.pop() if len(marks) == 1 else ""
    others = [cell for cell, one in found.items() if not one]
    sure = [one for one in found.values() if one and (mark not in ".," or one[2] or one[3])]
    is_contradicted = any(mark in cell or not is_number(cell) for cell in others)
    if not mark or not sure or len(found) - len(others) < 2 or is_contradicted:
        return cells, ""
    return _replace(cells, lambda cell: cell.replace(mark, ""), "has marks between thousands")


def _said(cells: Sequence[str]) -> list[str]:
    """The cells that say something, and not that there is no number."""
    return [cell for cell in cells if cell and not says_no_number(cell)]


def _replace(cells: tuple[str, ...], change: Callable[[str], str], said: str) -> _Taken:
    """The cells that say something changed, and what is said, with the first of them that is."""
    kept = set(_said(cells))
    made = tuple(change(cell) if cell in kept else cell for cell in cells)
    first, number = next((one, other) for one, other in zip(cells, made, strict=True) if one != other)
    return made, f"{said}: {first} is read as {number}"
