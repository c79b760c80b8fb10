"""A dial: the direction of a gradient, a direction u, and u's projection on the gradient."""

from typing import NamedTuple

import numpy as np

from playground.figures.arrays import Array
from playground.figures.axes import make_axis
from playground.figures.cursor import ALL
from playground.figures.palette import BACKGROUND, DIRECTION, GRADIENT, PROJECTION
from playground.figures.traces import (
    Figure,
    make_arrows,
    make_figure,
    make_line,
)


class DialNumbers(NamedTuple):
    """Directions in a plane.

    Attributes:
        axes: what lies along the two axes.
        u: (K, 2), at each step.
        gradient: (2,), the gradient's direction, NaN if it has none.
        feet: (K, 2), where u's projections on the gradient end.
    """

    axes: tuple[str, str]
    u: Array
    gradient: Array
    feet: Array


def gather_dial(angles: Array, steepest: float, axes: tuple[str, str]) -> DialNumbers:
    """The numbers of ``dial_figure``.

    Args:
        angles: (K,), of u, in degrees.
        steepest: the angle of ∇f, NaN if it has no direction.
        axes: what lies along the two axes.
    """
    u, gradient = (np.stack([np.cos(one), np.sin(one)], -1) for one in (np.deg2rad(angles), np.deg2rad(steepest)))
    return DialNumbers(axes, u, gradient, (u @ gradient)[:, None] * gradient)


def dial_figure(numbers: DialNumbers) -> Figure:
    """The unit circle with the direction of ∇f, u at the cursor, and u's projection on ∇f."""
    u, feet = numbers.u, numbers.feet
    origin = np.zeros_like(u)
    across, along = np.stack([u, feet], 1), np.stack([origin, feet], 1)
    traces = [
        make_line(u[:, 0], u[:, 1], BACKGROUND, ALL, width=1.5),
        make_arrows(np.stack([np.zeros(2), numbers.gradient]), GRADIENT, name="∇f / |∇f|", width=10, size=17),
        make_line(across[..., 0], across[..., 1], BACKGROUND, width=1.5),
        make_line(along[..., 0], along[..., 1], PROJECTION, name="projection of u on ∇f", width=6),
        make_arrows(np.stack([origin, u], 1), DIRECTION, name="u"),
    ]
    layout = {
        "xaxis": make_axis(numbers.axes[0], (-1.2, 1.2), constrain="domain"),
        "yaxis": make_axis(numbers.axes[1], (-1.2, 1.2), constrain="domain", scaleanchor="x"),
    }
    return make_figure(traces, layout)
