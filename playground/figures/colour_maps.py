"""Values over a plane as colours: a hue for each class or sign, and the stronger the further from its boundary."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.figures.arrays import Array, Range
from playground.figures.cursor import HALO, boundaries, maps
from playground.figures.palette import BOUNDARY, CLASSES, INVISIBLE, NEGATIVE, POSITIVE, channels
from playground.figures.traces import Trace, make_line, make_markers

OPACITY = 0.75
"""Of the strongest colour: points of the same colour stand out from it."""

NOWHERE = 255
"""The number that stands for a value that isn't finite, and has no colour."""


class ColourMaps(NamedTuple):
    """Maps that follow the cursor.

    Attributes:
        since: (K,), from which step on each frame is drawn.
        pixels: (K, maps, rows, columns) uint8, the number of the colour in the middle of each cell, the lowest row
            first.
        hues: one for each class, or for negative and positive values.
    """

    since: Sequence[int]
    pixels: NDArray[np.uint8]
    hues: Sequence[str]


def cell_middles(bounds: Range, count: int) -> Array:
    """The places (count,) whose values a colour map over a range shows: the middles of its cells."""
    low, high = bounds
    return low + (high - low) * (np.arange(count) + 0.5) / count


def count_levels(hues: int) -> int:
    """How many colours each of so many hues has."""
    return NOWHERE // hues


def quantise_signed(values: Array, most: Array | float) -> NDArray[np.uint8]:
    """The numbers of the colours of values by their sign; those of the size ``most`` and beyond are the strongest."""
    with np.errstate(all="ignore"):
        return _quantise((values > 0).astype(int), np.abs(values / most), 2)


def quantise_classes(probabilities: Array) -> NDArray[np.uint8]:
    """Those of probabilities (..., C): the likeliest class, by how much it is likelier than the second."""
    second, first = np.moveaxis(np.sort(probabilities, -1)[..., -2:], -1, 0)
    return _quantise(probabilities.argmax(-1), first - second, probabilities.shape[-1])


def _quantise(hues: NDArray[np.intp], strengths: Array, count: int) -> NDArray[np.uint8]:
    """The numbers of hues, from 0, at strengths from 0 to 1."""
    levels = count_levels(count)
    known = np.isfinite(strengths)
    strongest = np.where(known, strengths, 0.0).clip(0, 1) * (levels - 1)
    return np.where(known, hues * levels + strongest.round().astype(int), NOWHERE).astype(np.uint8)


def make_palette(hues: Sequence[str]) -> NDArray[np.uint8]:
    """The colours (256, 4) behind the numbers: red, green, blue and opacity, from 0 to 255."""
    levels = count_levels(len(hues))
    palette = np.zeros((NOWHERE + 1, 4), np.uint8)
    for i, hue in enumerate(hues):
        its = palette[i * levels : (i + 1) * levels]
        its[:, :3] = channels(hue)
        its[:, 3] = np.linspace(0, 255 * OPACITY, levels).round()
    return palette


def class_hues(count: int) -> Sequence[str]:
    """The hues of so many classes."""
    return CLASSES[:count]


SIGN_HUES = (NEGATIVE, POSITIVE)


def make_maps(numbers: ColourMaps, places: Array, size: tuple[float, float], *, is_square: bool = False) -> Trace:
    """The maps around places (maps, 2), each of the size that is given in the plot's coordinates."""
    x, y = places.T
    shape = numbers.pixels.shape[-2:]
    meta = maps(numbers.since, (shape[0], shape[1]), size, make_palette(numbers.hues), is_square=is_square)
    return make_markers(x, y, INVISIBLE, meta) | {"customdata": numbers.pixels.ravel()}


def make_boundaries(numbers: ColourMaps, places: Array, size: tuple[float, float], name: str) -> Trace:
    """The lines between the classes of the same maps."""
    x, y = places.T
    shape = numbers.pixels.shape[-2:]
    meta = HALO | boundaries(numbers.since, (shape[0], shape[1]), size, count_levels(len(numbers.hues)))
    return make_line(x, y, BOUNDARY, meta, name=name) | {"customdata": numbers.pixels.ravel()}
