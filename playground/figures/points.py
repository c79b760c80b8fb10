"""How many of the data points are drawn, and upright lines at them."""

import numpy as np

from playground.figures.arrays import Array, float32
from playground.figures.palette import DATA, faint

MOST_POINTS = 1_000
"""So many are drawn; of more, some at even distances in their order."""

MOST_NUMBERS = 120_000
"""How many numbers of one trace follow the cursor: of a long run with many points, fewer residuals are drawn."""


def pick_evenly(count: int, most: int) -> Array:
    """The places of so many of ``count``, at even distances."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def most_points(length: int, numbers: int) -> int:
    """How many points may have so many numbers at each of ``length`` steps."""
    return min(MOST_POINTS, max(1, MOST_NUMBERS // (numbers * length)))


def count_drawn(what: str, drawn: int, of: int) -> str:
    """What is drawn, and how much of it if that isn't all: ``data``, ``data (1,000 of 20,000 points)``."""
    return what if drawn == of else f"{what} ({drawn:,} of {of:,} points)"


CROWDED = 300
"""More points than this lie on each other: they let through what is below them, and nothing else covers them."""


def marker_size(count: int) -> float:
    """Of so many points, in pixels."""
    return 11 if count <= 60 else 7 if count <= CROWDED else 5


def marker_colour(count: int) -> str:
    """Of so many points: where many lie close the picture is darker."""
    return DATA if count <= CROWDED else faint(DATA, 0.6)


def stem_lines(x: Array, begins: Array, ends: Array) -> tuple[Array, Array]:
    """Upright lines at x (n,): x (3n,), each twice and a gap; and y (steps + 1, 3n), from begins to ends.

    Args:
        x: (n,); begins: (n,) or (steps + 1, n); ends: (steps + 1, n).
    """
    gap = np.full_like(ends, np.nan)
    up = np.stack([np.broadcast_to(begins, ends.shape), ends, gap], -1)
    return np.stack([x, x, np.full_like(x, np.nan)], -1).ravel(), float32(up.reshape(len(ends), -1))
