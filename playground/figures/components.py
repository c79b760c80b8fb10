"""The components of a gradient as bars, and a direction u beside them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playground.analysis.frames import round_outwards
from playground.figures.arrays import Array, Range, largest_size
from playground.figures.axes import make_axis
from playground.figures.palette import DIRECTION, GRADIENT
from playground.figures.traces import (
    Figure,
    Trace,
    make_figure,
    make_markers,
)

MOST_NAMED = 12
"""Components up to which each has its name at the axis."""


class ComponentsNumbers(NamedTuple):
    """The components of a gradient.

    Attributes:
        names: of the components.
        gradient: (N,); directions: (K, N), u at each step, as long as the gradient.
        y_range: the upright axis.
    """

    names: Sequence[str]
    gradient: Array
    directions: Array
    y_range: Range


def gather_components(names: Sequence[str], gradient: Array, directions: Array) -> ComponentsNumbers:
    """The numbers of ``components_figure``, of a gradient (N,) and of u (K, N), which has length 1."""
    with np.errstate(over="ignore"):  # of gradients beyond the numbers
        size = float(np.linalg.norm(gradient))
    size = size if np.isfinite(size) else np.nan
    most = largest_size(np.append(gradient, size))
    return ComponentsNumbers(names, gradient, directions * size, round_outwards(-1.08 * most, 1.08 * most))


def components_figure(numbers: ComponentsNumbers) -> Figure:
    """A bar for each component of the gradient, and at the cursor a marker for each of u's."""
    count = len(numbers.names)
    places = np.arange(count, dtype=float)
    markers = make_markers(
        np.broadcast_to(places, numbers.directions.shape),
        numbers.directions,
        DIRECTION,
        name="u, scaled to |∇f|",
        size=float(np.clip(300 / count, 4, 13)),  # so that they leave the bars visible
    )
    ticks = {"tickvals": places.tolist(), "ticktext": list(numbers.names)} if count <= MOST_NAMED else {}
    layout = {
        "xaxis": make_axis("component", (-0.6, count - 0.4), **ticks),
        "yaxis": make_axis("∂f", numbers.y_range),
    }
    return make_figure([_bars(numbers, places), markers], layout)


def _bars(numbers: ComponentsNumbers, places: Array) -> Trace:
    return {
        "type": "bar",
        "x": places,
        "y": numbers.gradient,
        "width": 0.6,
        "marker": {"color": GRADIENT},
        "name": "gradient ∇f",
        "customdata": list(numbers.names),
        "hovertemplate": "∂f/∂%{customdata} = %{y:.6g}<extra></extra>",
    }
