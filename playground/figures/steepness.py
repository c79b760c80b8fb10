"""The slope of a function in all directions at a point."""

from typing import NamedTuple

import numpy as np

from playground.analysis.frames import round_outwards
from playground.figures.arrays import Array, Range, largest_size
from playground.figures.axes import make_axis
from playground.figures.cursor import ALL, POINT
from playground.figures.palette import BACKGROUND, DIRECTION, GRADIENT, RUN
from playground.figures.traces import (
    Figure,
    make_figure,
    make_line,
    make_markers,
)


class SteepnessNumbers(NamedTuple):
    """The directional derivative u·∇f.

    Attributes:
        angles: (K,), of u, in degrees; slopes: (K,).
        steepest: the angle of ∇f, NaN if it has no direction; top: the slope there.
        y_range: the upright axis.
    """

    angles: Array
    slopes: Array
    steepest: float
    top: float
    y_range: Range


def gather_steepness(angles: Array, slopes: Array, steepest: float) -> SteepnessNumbers:
    """The numbers of ``steepness_figure``."""
    most = 1.1 * largest_size(slopes)
    top = float(slopes[np.isfinite(slopes)].max(initial=0.0))
    return SteepnessNumbers(angles, slopes, steepest, top, round_outwards(-most, most))


def steepness_figure(numbers: SteepnessNumbers) -> Figure:
    """The slope against the angle of u, with the cursor on it, and a mark where it is steepest."""
    angles, slopes = numbers.angles, numbers.slopes
    traces = [
        make_line(angles[[0, -1]], np.zeros(2), BACKGROUND, ALL, width=1),
        make_line(angles, slopes, DIRECTION, ALL, name="u·∇f"),
    ]
    if not np.isnan(numbers.steepest):
        x, y = np.array([numbers.steepest]), np.array([numbers.top])
        traces.append(make_markers(x, y, GRADIENT, ALL, name="along ∇f", size=13, symbol="diamond"))
    traces.append(make_markers(angles, slopes, RUN, POINT, size=13))
    layout = {
        "xaxis": make_axis("angle of u, in degrees", (-6, 366), tickvals=[0, 90, 180, 270, 360]),
        "yaxis": make_axis("slope along u", numbers.y_range),
    }
    return make_figure(traces, layout)
