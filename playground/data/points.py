"""Data points: checked, edited, and written as a text that a link carries."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, TypeVar

from playground.errors import InputError
from playground.language.numbers import NUMBER
from playground.numerals import as_float, format_exact, format_number, quote

MAX_POINTS = 100_000

LARGEST = 1e120
"""No number of the data is larger: of larger ones neither sums of squares nor the span of a picture are finite."""

MAX_TEXT = 1_800
"""Points of more characters have no place in a link: longer ones are cut by programs that pass them on."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Points:
    """Data points, checked; equal data are equal, and hashable.

    Attributes:
        x, y: the N points' coordinates.
        weights: how much each counts in a loss, N numbers from 0; empty where all weigh 1.
        held_out: whether each is kept from the fit, to test it on; empty where none is.
        recipe: the text of the ``Recipe`` that made them just so, or nothing; it makes no difference between data.

    Raises:
        InputError: with the field ``data`` for what can't be fitted; rows are counted from 1.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    weights: tuple[float, ...] = ()
    held_out: tuple[bool, ...] = ()
    recipe: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in ("x", "y", "weights", "held_out")}
        _check_lengths(lengths)
        columns = {name: check_numbers(getattr(self, name), name.removesuffix("s")) for name in ("x", "y", "weights")}
        for row, weight in enumerate(columns["weights"], 1):
            if weight < 0:
                raise data_error(f"row {row}: the weight is {format_exact(weight)}, and a weight is 0 or more")
        held_out = check_flags(self.held_out)
        weights = columns["weights"] or (1.0,) * lengths["x"]
        fitted = [one for one, held in zip(weights, held_out or (False,) * lengths["x"], strict=True) if not held]
        if not fitted:
            raise data_error("all points are held out: a fit needs at least one point that isn't")
        if not any(fitted):
            raise data_error("every point that isn't held out has weight 0: give one of them a weight above 0")
        # Frozen: defaults are left out, so that equal data are equal.
        columns["weights"] = () if set(weights) == {1.0} else weights
        vars(self).update(columns, held_out=held_out if any(held_out) else ())

    def __len__(self) -> int:
        return len(self.x)

    def rows(self) -> Iterator[tuple[float, float, float, bool]]:
        """x, y, weight and whether it is held out, of each point in turn."""
        return zip(self.x, self.y, self._all_weights, self._all_held_out, strict=True)

    def with_point(self, x: float, y: float) -> "Points":
        """These and one more, of weight 1 and not held out."""
        return Points(
            (*self.x, x),
            (*self.y, y),
            (*self._all_weights, 1.0),
            (*self._all_held_out, False),
        )

    def with_moved_point(self, i: int, x: float, y: float) -> "Points":
        """These with the point ``i``, counted from 0, at another place; it keeps its weight."""
        self._check_index(i)
        return replace(self, x=replace_item(self.x, i, x), y=replace_item(self.y, i, y), recipe="")

    def with_weight(self, i: int, weight: float) -> "Points":
        """These with another weight for the point ``i``, counted from 0."""
        self._check_index(i)
        return replace(self, weights=replace_item(self._all_weights, i, weight), recipe="")

    def with_held_out(self, i: int, held_out: bool) -> "Points":
        """These with the point ``i``, counted from 0, kept from the fit or given back to it."""
        self._check_index(i)
        return replace(self, held_out=replace_item(self._all_held_out, i, held_out), recipe="")

    def without_point(self, i: int) -> "Points":
        """These without the point ``i``, counted from 0."""
        self._check_index(i)
        if len(self) == 1:
            raise data_error("a fit needs at least one point, and this is the last: move it, or add another first")
        x, y, weights, held_out = (
            column[:i] + column[i + 1 :] for column in (self.x, self.y, self._all_weights, self._all_held_out)
        )
        return Points(x, y, weights, tuple(map(bool, held_out)))

    @property
    def _all_weights(self) -> tuple[float, ...]:
        return self.weights or (1.0,) * len(self)

    @property
    def _all_held_out(self) -> tuple[bool, ...]:
        return self.held_out or (False,) * len(self)

    def _check_index(self, i: int) -> None:
        if not 0 <= i < len(self):
            raise data_error(f"there is no point in row {i + 1}: the last is in row {len(self)}")


def points_to_text(points: Points, most: int = MAX_TEXT) -> str | None:
    """The points as a link carries them: ``0.5,2;0.9,3.8,2;1.4,5,h``, the third a weight, ``h`` for held out.

    Returns:
        A text from which ``points_from_text`` reads equal points, or None if it is longer than ``most`` characters.
    """
    if len(points) > most // len("0,0;") + 1:
        return None
    text = ";".join(
        ",".join(
            [
                format_exact(x),
                format_exact(y),
                *([] if weight == 1 else [format_exact(weight)]),
                *(["h"] if held else []),
            ]
        )
        for x, y, weight, held in points.rows()
    )
    return text if len(text) <= most else None


def points_from_text(text: str, most: int = MAX_TEXT) -> Points:
    """The points that ``points_to_text`` wrote, in ``most`` characters.

    Raises:
        InputError: for anything else, with the field ``data``.
    """
    if len(text) > most:
        raise data_error(f"points in a link have at most {most:,} characters, and these have {len(text):,}")
    rows = [_read_point(row, one) for row, one in enumerate(text.split(";"), 1)]
    x, y, weights, held_out = zip(*rows, strict=True)
    return Points(x, y, weights, held_out)


def _read_point(row: int, text: str) -> tuple[float, float, float, bool]:
    parts = text.split(",")
    held = parts[-1].strip() == "h"
    numbers = [one.strip() for one in (parts[:-1] if held else parts)]
    if len(numbers) not in (2, 3) or not all(map(NUMBER.fullmatch, numbers)):
        raise data_error(f"row {row}: a point is written as x,y or x,y,weight, with ,h if held out, not {text[:40]!r}")
    x, y, *weight = map(float, numbers)
    return x, y, weight[0] if weight else 1.0, held


def data_error(message: str) -> InputError:
    """An error with the field ``data``."""
    return InputError(message, field="data")


def replace_item(column: tuple[_T, ...], i: int, value: _T) -> tuple[_T, ...]:
    """The column with another value at ``i``."""
    return (*column[:i], value, *column[i + 1 :])


def _check_lengths(lengths: Mapping[str, int]) -> None:
    count = lengths["x"]
    if lengths["y"] != count:
        raise data_error(f"every point needs an x and a y, and there are {count:,} x and {lengths['y']:,} y")
    if not count:
        raise data_error("a fit needs at least one point, and there is none: add one")
    if count > MAX_POINTS:
        raise data_error(f"there are {count:,} points, and at most {MAX_POINTS:,} can be fitted: leave some out")
    for name, what in (("weights", "weights"), ("held_out", "marks of what is held out")):
        if lengths[name] not in (0, count):
            raise data_error(
                f"there are {count:,} points and {lengths[name]:,} {what}: each point needs one, or none does"
            )


def check_numbers(column: Iterable[Any], name: str) -> tuple[float, ...]:
    """The column as floats.

    Raises:
        InputError: with the field ``data`` and the row, for what is no number up to ``LARGEST``.
    """
    numbers = []
    for row, one in enumerate(column, 1):
        if one is None:
            raise data_error(f"row {row}: {name} is empty: type a number, or delete the row")
        if isinstance(one, bool) or not isinstance(one, float | Real):
            raise data_error(f"row {row}: {name} is {quote(one)}, which is no number")
        if not math.isfinite(number := as_float(one)):  # type: ignore[arg-type]
            raise data_error(
                f"row {row}: {name} is {format_number(number)}, no finite number: correct it, or delete the row"
            )
        if abs(number) > LARGEST:
            said = f"{format_exact(number)}, and data go no farther than {format_number(LARGEST)} from 0"
            raise data_error(f"row {row}: {name} is {said}: scale it down")
        numbers.append(number)
    return tuple(numbers)


def check_flags(column: Iterable[Any]) -> tuple[bool, ...]:
    """The column as truth values.

    Raises:
        InputError: with the field ``data`` and the row, for what is none.
    """
    flags = []
    for row, one in enumerate(column, 1):
        if one not in (True, False):
            raise data_error(f"row {row}: a point is held out or not, and {quote(one)} says neither")
        flags.append(bool(one))
    return tuple(flags)
