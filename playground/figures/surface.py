"""The loss over two parameters as a surface in space, with the run's path lying on it."""

from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from playground.analysis.landscape import LossSurface
from playground.engine.trajectory import Trajectory
from playground.figures.colours import COLOUR_MAP, THEMED, Colours, gather_colours
from playground.figures.cursor import NOWHERE, PATH, POINT, RUN, Array, drawn, float32

LIFT = 0.02
"""How far the path is drawn above the surface, as a part of the surface's height, so as not to sink into it."""

POINT_LIFT = 0.08
"""Likewise the point at the cursor, which is wider: a slope that rises towards the eye would cover half of it."""


class SurfaceNumbers(NamedTuple):
    """A surface and a path on it.

    Attributes:
        names: the parameters along x and y.
        x: (columns,); y: (rows,); z: (rows, columns), the losses.
        colours: the colour scale of z.
        path: (steps + 1, 3), the losses on its last axis lifted by ``LIFT``.
        point: (steps + 1,), the losses lifted by ``POINT_LIFT``.
        z_range: the upright axis.
    """

    names: tuple[str, str]
    x: Array
    y: Array
    z: Array
    colours: Colours
    path: Array
    point: Array
    z_range: tuple[float, float]


def gather_surface(surface: LossSurface, trajectory: Trajectory) -> SurfaceNumbers:
    """The numbers of ``surface_figure``."""
    axes = [trajectory.names.index(name) for name in surface.names]
    z = float32(surface.z.numpy())
    finite = z[np.isfinite(z)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    lift, point_lift = LIFT * (high - low), POINT_LIFT * (high - low)
    losses = trajectory.losses.numpy()
    return SurfaceNumbers(
        names=surface.names,
        x=surface.x.numpy(),
        y=surface.y.numpy(),
        z=z,
        colours=gather_colours(z),
        path=np.column_stack([trajectory.parameters[:, axes].numpy(), losses + lift]),
        point=losses + point_lift,
        z_range=(low - lift, high + point_lift + lift),
    )


def surface_figure(numbers: SurfaceNumbers) -> go.Figure:
    """The surface, the path up to the cursor and the point at it."""
    x_name, y_name = numbers.names
    a, b, loss = numbers.path.T
    drawable = bool(np.isfinite(numbers.z).any())
    return drawn(
        [
            dict(
                type="surface",
                visible=drawable,  # Plotly can't draw what is nowhere finite, nor anything after it
                x=numbers.x,
                y=numbers.y,
                z=numbers.z,
                surfacecolor=numbers.colours.values,
                colorscale=COLOUR_MAP,
                showscale=False,
                lighting={"ambient": 0.8, "diffuse": 0.4, "specular": 0.05},
                hovertemplate=f"{x_name} = %{{x:.4g}}<br>{y_name} = %{{y:.4g}}<br>loss = %{{z:.5g}}<extra></extra>",
                meta=THEMED,
            ),
            dict(
                type="scatter3d",
                x=a,
                y=b,
                z=loss,
                mode="lines",
                name="path",
                line={"color": RUN, "width": 8},
                hoverinfo="skip",
                meta=PATH,
            ),
            dict(
                type="scatter3d",
                x=a,
                y=b,
                z=numbers.point,
                mode="markers",
                showlegend=False,
                marker={"color": RUN, "size": 9, "line": {"color": "white", "width": 2}},
                hoverinfo="skip",
                meta=POINT,
            ),
        ],
        scene_layout(
            numbers.names, numbers.x, numbers.y, {"title": {"text": "loss"}, "range": list(numbers.z_range)}, drawable
        ),
    )


CAMERA = {"eye": {"x": 1.4, "y": -1.6, "z": 0.9}, "center": {"x": 0, "y": 0, "z": -0.26}}


def scene_layout(
    names: tuple[str, str],
    x: Array,
    y: Array,
    upright: dict[str, Any],
    drawable: bool,
    camera: dict[str, Any] = CAMERA,
) -> dict[str, Any]:
    """The axes of a surface over x (columns,) and y (rows,); ``upright`` is the third axis.

    Without a ``drawable`` surface they say so.
    """
    return {
        "scene": {
            "xaxis": {"title": {"text": names[0]}, "range": x[[0, -1]].tolist()},
            "yaxis": {"title": {"text": names[1]}, "range": y[[0, -1]].tolist()},
            "zaxis": upright,
            "aspectmode": "manual",
            "aspectratio": {"x": 1.25, "y": 1.25, "z": 0.8},
            "camera": camera,
        },
        "annotations": [] if drawable else [NOWHERE],
    }
