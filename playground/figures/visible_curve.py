"""The curve of a function of one variable: how much of it is seen, and no line across its poles."""

from collections.abc import Iterable

import numpy as np

from playground.analysis.frames import round_outwards
from playground.figures.arrays import Array, Range, finite_range, pad

PADDING = 0.08
"""The empty part above and below, as a part of the height."""

POLE_RATIO = 20
"""How many times farther the values beside a pole reach than nine tenths of all values do."""


def visible_range(y: Array, marked: Iterable[float] = ()) -> Range:
    """Round bounds of the upright axis for the values y (columns,), and for those that are ``marked`` in the picture.

    All finite values lie within, except near a pole, where from one column to the next they go through more than half
    of their range: with those in the picture no other could be told apart.
    """
    finite = y[np.isfinite(y)]
    low, high = finite_range(y)
    with np.errstate(over="ignore", invalid="ignore"):  # of values near the largest number, or beyond
        bottom, top = np.quantile(finite, [0.05, 0.95]).tolist() if finite.size else (low, high)
        leaps = np.abs(np.diff(y))
        is_pole = bool(leaps[np.isfinite(leaps)].max(initial=0.0) > (high - low) / 2)
        if is_pole and high - low > POLE_RATIO * (top - bottom) > 0:
            low, high = max(low, bottom - (top - bottom) / 2), min(high, top + (top - bottom) / 2)
    known = [one for one in marked if np.isfinite(one)]
    low, high = min([low, *known]), max([high, *known])
    return round_outwards(*pad(low, high, PADDING, max(0.5, PADDING * abs(high))))


def cut_poles(x: Array, y: Array, seen: Range) -> tuple[Array, Array]:
    """x and y (columns,) with a gap wherever y goes from beyond one of the bounds that are seen to beyond the other."""
    side = np.where(y > seen[1], 1, np.where(y < seen[0], -1, 0))
    places = np.flatnonzero(side[1:] * side[:-1] < 0) + 1
    return np.insert(x, places, (x[places - 1] + x[places]) / 2), np.insert(y, places, np.nan)
