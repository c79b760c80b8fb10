"""The contours of a function of two variables, with its gradient's direction and a direction u at a point."""

from typing import NamedTuple

import numpy as np

from playground.analysis.landscape import LossSurface
from playground.figures.arrays import Array, float32
from playground.figures.axes import make_plane
from playground.figures.contours import ARROW_SHARE
from playground.figures.cursor import ALL
from playground.figures.loss_colours import colour_losses
from playground.figures.palette import DIRECTION, GRADIENT, RUN
from playground.figures.traces import (
    Figure,
    make_arrows,
    make_contours,
    make_figure,
    make_markers,
)

LENGTH_SHARE = 1.4 * ARROW_SHARE
"""The arrows' length, as a part of the picture's height."""


class DirectionNumbers(NamedTuple):
    """A surface from above, and arrows.

    Attributes:
        surface: the values around.
        point: (2,).
        uphill: (2, 2), tail and tip of the gradient's arrow, the tip NaN where nothing slopes.
        directions: (K, 2, 2), likewise u's at each step.
    """

    surface: LossSurface
    point: Array
    uphill: Array
    directions: Array


def gather_direction(surface: LossSurface, point: Array, gradient: Array, directions: Array) -> DirectionNumbers:
    """The numbers of ``direction_figure``.

    Args:
        surface: the values around.
        point: (2,); gradient: (2,), as torch has it.
        directions: (K, 2), u at each step.
    """
    length = LENGTH_SHARE * float(surface.y[-1] - surface.y[0])
    size = float(np.hypot(*gradient))
    uphill = gradient / size if 0 < size < np.inf else np.full(2, np.nan)
    tips = point + length * directions
    ends = np.stack([np.broadcast_to(point, tips.shape), tips], 1)
    return DirectionNumbers(surface, point, np.stack([point, point + length * uphill]), ends)


def direction_figure(numbers: DirectionNumbers) -> Figure:
    """The contours, the point, the direction of the gradient, and u at the cursor."""
    surface = numbers.surface
    x, y, z = surface.x.numpy(), surface.y.numpy(), float32(surface.z.numpy())
    traces = [
        make_contours(surface.names, x, y, z, colour_losses(z), value="f"),
        make_arrows(numbers.uphill, GRADIENT, name="direction of ∇f"),
        make_arrows(numbers.directions, DIRECTION, name="direction u"),
        make_markers(numbers.point[:1], numbers.point[1:], RUN, ALL, size=13),
    ]
    return make_figure(traces, make_plane(surface.names, x, y, z))
