"""The loss over two parameters as contours, with the run's path and the gradient at the cursor."""

from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from playground.analysis.frames import MAX_ASPECT_RATIO
from playground.analysis.landscape import LossSurface
from playground.engine.trajectory import Trajectory
from playground.figures.colours import COLOUR_MAP, THEMED, Colours, gather_colours
from playground.figures.cursor import (
    ALL,
    GRADIENT,
    HALO,
    MINIMUM,
    NOWHERE,
    PATH,
    POINT,
    RUN,
    Array,
    drawn,
    float32,
    rows,
)

CONTOURS = 18
"""At most: each costs Plotly a part of the time in which the picture follows a drag."""

ARROW = 0.22
"""The first gradient's arrow, as a part of the picture's height."""


class ContourNumbers(NamedTuple):
    """A surface and a path over it.

    Attributes:
        names: the parameters along x and y.
        x: (columns,); y: (rows,); z: (rows, columns), the losses.
        colours: the colour scale of z.
        path: (steps + 1, 2).
        arrows: (steps + 1, 2, 2): each step's arrow from the point, along the gradient, its length
            growing with the square root of the gradient's.
        minimum: (2,), or None where it isn't known.
    """

    names: tuple[str, str]
    x: Array
    y: Array
    z: Array
    colours: Colours
    path: Array
    arrows: Array
    minimum: Array | None


def gather_contours(surface: LossSurface, trajectory: Trajectory, minimum: Array | None = None) -> ContourNumbers:
    """The numbers of ``contour_figure``; the path is the run's two parameters of the surface."""
    axes = [trajectory.names.index(name) for name in surface.names]
    path = trajectory.parameters[:, axes].numpy()
    z = float32(surface.z.numpy())
    height = float(surface.y[-1] - surface.y[0])
    arrows = arrows_along(path, trajectory.gradients[:, axes].numpy(), ARROW * height)
    return ContourNumbers(
        names=surface.names,
        x=surface.x.numpy(),
        y=surface.y.numpy(),
        z=z,
        colours=gather_colours(z),
        path=path,
        arrows=arrows,
        minimum=None if minimum is None else minimum[axes],
    )


def contour_figure(numbers: ContourNumbers) -> go.Figure:
    """Contours of the loss; the whole path faintly, the path up to the cursor, the point, the gradient."""
    minimum = [] if numbers.minimum is None else [_minimum(numbers.names, numbers.minimum)]
    whole, path, point = way_traces(*numbers.path.T)
    arrow = dict(
        type="scatter",
        x=numbers.arrows[..., 0].ravel(),
        y=numbers.arrows[..., 1].ravel(),
        mode="lines+markers",
        name="gradient ∇ (uphill)",
        line={"color": GRADIENT, "width": 4},
        marker={"symbol": "arrow", "size": 14, "color": GRADIENT, "angleref": "previous"},
        hoverinfo="skip",
        meta=rows(2) | HALO,
    )
    return drawn(
        [
            contour_trace(numbers.names, numbers.x, numbers.y, numbers.z, numbers.colours),
            whole,
            path,
            arrow,
            point,
            *minimum,
        ],
        plane_layout(numbers.names, numbers.x, numbers.y, numbers.z),
    )


def way_traces(x: Array, y: Array) -> list[dict[str, Any]]:
    """A run's points (steps + 1,): the whole way faintly, the way up to the cursor, and the point at it."""
    return [
        dict(
            type="scatter",
            x=x,
            y=y,
            mode="lines",
            line={"color": RUN, "width": 1.5, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
            meta=ALL,
        ),
        dict(
            type="scatter",
            x=x,
            y=y,
            mode="lines+markers",
            name="path",
            line={"color": RUN, "width": 3},
            marker={"color": RUN, "size": 5},
            hoverinfo="skip",
            meta=PATH | HALO,
        ),
        dict(
            type="scatter",
            x=x,
            y=y,
            mode="markers",
            showlegend=False,
            marker={"color": RUN, "size": 12, "line": {"color": "white", "width": 2}},
            hoverinfo="skip",
            meta=POINT,
        ),
    ]


def plane_layout(names: tuple[str, str], x: Array, y: Array, z: Array) -> dict[str, Any]:
    """The axes of a plane with values z (rows, columns) over x (columns,) and y (rows,).

    Spans of like size are drawn to one scale, so that a right angle looks like one.
    """
    spans = np.ptp(x), np.ptp(y)
    return {
        "xaxis": {"title": {"text": names[0]}, "range": x[[0, -1]].tolist(), "constrain": "domain"},
        "yaxis": {
            "title": {"text": names[1]},
            "range": y[[0, -1]].tolist(),
            "constrain": "domain",
            "scaleanchor": "x" if max(spans) / MAX_ASPECT_RATIO <= min(spans) else False,
        },
        "annotations": [] if np.isfinite(z).any() else [NOWHERE],
    }


def _minimum(names: tuple[str, str], minimum: Array) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=minimum[:1],
        y=minimum[1:],
        mode="markers",
        name="minimum",
        marker={"symbol": "star", "size": 15, "color": MINIMUM, "line": {"color": "black", "width": 1}},
        hovertemplate="minimum<br>{} = %{{x:.6g}}<br>{} = %{{y:.6g}}<extra></extra>".format(*names),
    )


def contour_trace(
    names: tuple[str, str], x: Array, y: Array, z: Array, colours: Colours, value: str = "loss"
) -> dict[str, Any]:
    """Filled contours of z (rows, columns), what ``value`` says, over x (columns,) and y (rows,)."""
    x_name, y_name = names
    return dict(
        type="contour",
        x=x,
        y=y,
        z=colours.values,
        customdata=z,
        colorscale=COLOUR_MAP,
        ncontours=CONTOURS,
        **({} if colours.low is None else {"zmin": colours.low, "zmax": float(np.nanmax(colours.values))}),
        line={"width": 0.6, "color": "rgba(0,0,0,0.35)"},
        colorbar={
            "title": {"text": colours.title.replace("loss", value)},
            "tickvals": colours.ticks,
            "ticktext": colours.labels,
            "thickness": 12,
        },
        hovertemplate=f"{x_name} = %{{x:.4g}}<br>{y_name} = %{{y:.4g}}<br>{value} = %{{customdata:.5g}}<extra></extra>",
        meta=THEMED,
    )


def arrows_along(path: Array, vectors: Array, length: float) -> Array:
    """Arrows (steps + 1, 2, 2) from the points of a path along vectors, both (steps + 1, 2).

    The first has the given length, and the others grow with the square root of the vectors' lengths.
    """
    with np.errstate(all="ignore"):  # a run that diverges ends beyond the numbers, and is drawn as far as they go
        size = np.hypot(vectors[:, :1], vectors[:, 1:])
        first = size[0, 0] if 0 < size[0, 0] < np.inf else 1.0
        direction = np.where(size > 0, vectors / size, 0.0)
        tips = path + direction * length * np.sqrt(size / first)
    return np.stack([path, tips], 1)
