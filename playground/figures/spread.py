"""How the losses of many runs are spread, step by step, with chosen runs on top."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playground.figures.arrays import Array, float32
from playground.figures.lines import LinesNumbers, gather_lines, lines_figure
from playground.figures.loss_colours import Scale
from playground.figures.palette import faint
from playground.figures.traces import (
    Figure,
    RunPath,
    Trace,
    make_line,
)

MOST_POINTS = 200
"""Of a longer run so many steps are drawn, evenly."""

THIN, BAND = 0.4, 0.25
"""How opaque a line among many is, and a band."""


class Spread(NamedTuple):
    """The losses of many runs.

    Attributes:
        name: of the lines; band: of the band that holds the middle half of them; colour.
        losses: (K, steps + 1); NaN where a run has left the finite numbers.
        is_drawn: whether there are lines beside the band, one for each run.
    """

    name: str
    band: str
    colour: str
    losses: Array
    is_drawn: bool


class SpreadNumbers(NamedTuple):
    """Losses of many runs, and chosen ones on top.

    Attributes:
        lines: the chosen runs, with the axes.
        spreads: as they were given, at ``steps`` (n,) alone.
        bands: of each spread, (2, n), the ends of its middle half within the picture.
    """

    lines: LinesNumbers
    steps: Array
    spreads: list[Spread]
    bands: list[Array]


def gather_spread(
    title: str, spreads: Sequence[Spread], chosen: list[RunPath], scale: Scale = "linear"
) -> SpreadNumbers:
    """The numbers of ``spread_figure``.

    Args:
        title: of the upright axis.
        spreads: of as many steps each; chosen: the runs on top.
        scale: of the upright axis; a logarithmic one is linear where ``gather_lines`` says so.
    """
    count = spreads[0].losses.shape[1]
    every = np.arange(count, dtype=np.float64)
    under = [RunPath(one.name, one.colour, "circle", every, row) for one in spreads for row in one.losses]
    lines = gather_lines(title, [*chosen, *under], scale, is_named=True)
    last = max(float(path.x[-1]) for path in (*chosen, *under)) or 1.0
    steps = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(int))
    shown = [one._replace(losses=one.losses[:, steps]) for one in spreads]
    with np.errstate(over="ignore"):
        low, high = np.float_power(10.0, lines.y_range) if lines.scale == "log" else lines.y_range
    return SpreadNumbers(
        lines._replace(paths=chosen, last=last),
        every[steps],
        shown,
        [middle_half(one.losses).clip(low, high) for one in shown],
    )


def middle_half(losses: Array) -> Array:
    """Between which two of K losses the middle half of them lies: (K, n) -> (2, n).

    A run that has left the finite numbers is above all others.
    """
    ordered = np.sort(np.where(np.isnan(losses), np.inf, losses), 0)
    outside = len(losses) // 4
    return ordered[[outside, -1 - outside]]


def spread_figure(numbers: SpreadNumbers) -> Figure:
    """Each of many runs thinly, a band around the middle half of them, and the chosen runs at the cursor on top."""
    under: list[Trace] = []
    for spread, band in zip(numbers.spreads, numbers.bands, strict=True):
        under.append(_make_band(numbers.steps, band, spread))
        if spread.is_drawn:
            under.append(_make_thin_lines(numbers.steps, spread))
    return lines_figure(numbers.lines, under)


def _make_thin_lines(steps: Array, spread: Spread) -> Trace:
    """All runs as one line with gaps; the band's place in the legend is theirs as well."""
    x = np.tile(np.append(steps, np.nan), len(spread.losses))
    y = np.pad(spread.losses, ((0, 0), (0, 1)), constant_values=np.nan)
    return make_line(x, float32(y.ravel()), faint(spread.colour, THIN), name=spread.name, width=1) | {
        "showlegend": False
    }


def _make_band(steps: Array, band: Array, spread: Spread) -> Trace:
    x, y = np.append(steps, steps[::-1]), np.append(band[0], band[1, ::-1])
    fill = {"fill": "toself", "fillcolor": faint(spread.colour, BAND)}
    return make_line(x, float32(y), faint(spread.colour, BAND), name=spread.band, width=0) | fill
