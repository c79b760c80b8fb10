"""The surface of a function of two variables, and its tangent plane at a point."""

from typing import NamedTuple

import numpy as np

from playground.analysis.landscape import LossSurface
from playground.figures.arrays import Array, Range, finite_range, float32
from playground.figures.axes import make_axis, make_scene
from playground.figures.palette import DIRECTION, RUN
from playground.figures.surface import LIFT
from playground.figures.traces import (
    Figure,
    Trace,
    lift_line,
    make_figure,
    make_hover,
    make_line,
    make_markers,
    make_surface,
)

REACH = 0.22
"""How far the plane goes to each side, as a part of the picture's width."""


class TangentPlaneNumbers(NamedTuple):
    """A surface, a plane that touches it, and a direction along it.

    Attributes:
        names: of the variables.
        x: (columns,); y: (rows,); z: (rows, columns), the values.
        corners: (4, 3), of the tangent plane.
        point: (3,), a little above the surface; along: (K, 2, 3), from it in the direction u at each step.
        z_range: the upright axis.
    """

    names: tuple[str, str]
    x: Array
    y: Array
    z: Array
    corners: Array
    point: Array
    along: Array
    z_range: Range


def gather_tangent_plane(
    surface: LossSurface, point: Array, value: float, gradient: Array, directions: Array
) -> TangentPlaneNumbers:
    """The numbers of ``tangent_plane_figure``.

    Args:
        surface: the values around.
        point: (2,); value: f there; gradient: (2,), as torch has it.
        directions: (K, 2), u at each step.
    """
    x, y, z = surface.x.numpy(), surface.y.numpy(), float32(surface.z.numpy())
    low, high = finite_range(z)
    lift = LIFT * (high - low)
    reach = REACH * np.array([x[-1] - x[0], y[-1] - y[0]])
    corners = point + reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    tips = point + reach.min() * directions
    with np.errstate(all="ignore"):
        heights = value + (corners - point) @ gradient
        along = value + (tips - point) @ gradient + lift
    tails = np.broadcast_to(np.append(point, value + lift), (len(tips), 3))
    return TangentPlaneNumbers(
        names=surface.names,
        x=x,
        y=y,
        z=z,
        corners=np.column_stack([corners, heights]),
        point=np.append(point, value + 2 * lift),
        along=np.stack([tails, np.column_stack([tips, along])], 1),
        z_range=(low - lift, high + 4 * lift),
    )


def tangent_plane_figure(numbers: TangentPlaneNumbers) -> Figure:
    """The surface, the tangent plane, the point, and the direction u along the plane at the cursor."""
    x_name, y_name = numbers.names
    hover = make_hover((x_name, "x:.4g"), (y_name, "y:.4g"), ("f", "z:.5g"))
    along_x, along_y, along_z = np.moveaxis(numbers.along, -1, 0)
    x, y, z = numbers.point[:, None]
    traces = [
        make_surface(numbers.x, numbers.y, np.where(np.isfinite(numbers.z), numbers.z, np.nan), hover)
        | {"opacity": 0.7},
        _plane(numbers),
        lift_line(make_line(along_x, along_y, DIRECTION, name="direction u", width=9), along_z),
        lift_line(make_markers(x, y, RUN, name="point", size=8), z),
    ]
    upright = make_axis("f", numbers.z_range)
    return make_figure(traces, make_scene(numbers.names, numbers.x, numbers.y, numbers.z, upright))


def _plane(numbers: TangentPlaneNumbers) -> Trace:
    x, y, z = numbers.corners.T
    return {
        "type": "mesh3d",
        "visible": bool(np.isfinite(numbers.z).any() and np.isfinite(z).all()),
        "x": x,
        "y": y,
        "z": z,
        "i": [0, 0],
        "j": [1, 2],
        "k": [2, 3],
        "color": RUN,
        "opacity": 0.8,
        "hoverinfo": "skip",
        "name": "tangent plane",
    }
