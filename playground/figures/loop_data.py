"""The data and the model at each line of a training loop, and where the data's own gradients point."""

from typing import NamedTuple

import numpy as np

from playground.analysis.frames import round_outwards
from playground.figures.arrays import Array, Range, float32, pad
from playground.figures.axes import ends_of, make_axis
from playground.figures.cursor import ALL
from playground.figures.palette import DATA, GRADIENT, RUN
from playground.figures.traces import (
    Figure,
    make_arrows,
    make_figure,
    make_line,
    make_markers,
)

ARROW_SHARE = 0.25
"""The longest arrow on the data, as a part of the picture's height."""

PADDING = 0.35
"""The empty part above and below, as a part of the data's height: the arrows and the first models need it."""


class LoopDataNumbers(NamedTuple):
    """Data points, models and arrows.

    Attributes:
        x, y: (N,), the data.
        grid: (G,), where the model is drawn; predictions: (K + 1, G).
        arrows: (K + 1, 3 N, 2), from each point along which its loss falls, and a gap; None where the data have no
            gradient.
        y_range: the upright axis.
    """

    x: Array
    y: Array
    grid: Array
    predictions: Array
    arrows: Array | None
    y_range: Range


def gather_loop_data(x: Array, y: Array, grid: Array, predictions: Array, moves: Array | None) -> LoopDataNumbers:
    """The numbers of ``loop_data_figure``; ``moves`` (K + 1, N, 2) is where each point's loss falls."""
    y_range = round_outwards(*pad(float(y.min()), float(y.max()), PADDING, PADDING))
    size = np.array([float(np.ptp(x)) or 1.0, float(np.ptp(y)) or 1.0])
    arrows = None if moves is None else _arrows(np.stack([x, y], -1), moves, size)
    return LoopDataNumbers(x, y, grid, float32(predictions), arrows, y_range)


def _arrows(points: Array, moves: Array, size: Array) -> Array:
    """Arrows from points (N, 2), measured in parts of a picture of this size (2,)."""
    # With the square root of the moves' lengths, or the first steps would hide all later ones.
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(moves / size, axis=-1, keepdims=True)
        longest = float(np.nanmax(np.where(np.isfinite(lengths), lengths, 0)))
        scales = ARROW_SHARE / np.sqrt(longest * np.where(lengths > 0, lengths, np.inf)) if longest > 0 else 0.0
    tips = points + moves * scales
    ends = np.stack([np.broadcast_to(points, tips.shape), tips, np.full(tips.shape, np.nan)], 2)
    return ends.reshape(len(ends), -1, 2)


def loop_data_figure(numbers: LoopDataNumbers) -> Figure:
    """The data, the model at the cursor, and arrows that show where each point would have to move."""
    traces = [
        make_line(numbers.grid, numbers.predictions, RUN, name="model", width=4),
        make_markers(numbers.x, numbers.y, DATA, ALL, name="data"),
    ]
    if numbers.arrows is not None:
        traces.append(make_arrows(numbers.arrows, GRADIENT, name="− gradient of the data", width=3, size=12))
    layout = {"xaxis": make_axis("X", ends_of(numbers.grid)), "yaxis": make_axis("Y", numbers.y_range)}
    return make_figure(traces, layout)
