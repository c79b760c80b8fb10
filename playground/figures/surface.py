"""Runners on the loss as a surface in space."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playground.figures.arrays import Array, Range, finite_range, float32
from playground.figures.axes import make_axis, make_scene
from playground.figures.contours import ContourNumbers, Slice, slice_frames
from playground.figures.cursor import PATH, POINT
from playground.figures.loss_colours import LossColours
from playground.figures.palette import DARK_RIM, RIM
from playground.figures.traces import (
    Figure,
    RunPath,
    Trace,
    entry_of,
    lift_line,
    make_figure,
    make_hover,
    make_line,
    make_markers,
    make_surface,
)

LIFT = 0.02
"""How far the path is drawn above the surface, as a part of the surface's height, so as not to sink into it."""

POINT_LIFT = 0.08
"""Likewise the point at the cursor, which is wider: a slope that rises towards the eye would cover half of it."""

CAMERA = {"eye": {"x": 1.2, "y": -1.6, "z": 1.6}, "center": {"x": 0, "y": 0, "z": -0.2}}


class SurfaceNumbers(NamedTuple):
    """A surface in space, and runners on it.

    Attributes:
        names, x, y, z, colours, slices: as in ``ContourNumbers``.
        paths: each runner's in the plane; heights: its losses, (steps + 1,) each.
        z_range: the upright axis.
    """

    names: tuple[str, str]
    x: Array
    y: Array
    z: Array
    colours: LossColours
    slices: Sequence[Slice]
    paths: list[RunPath]
    heights: list[Array]
    z_range: Range


def gather_surface(plane: ContourNumbers, losses: Sequence[Array]) -> SurfaceNumbers:
    """The numbers of ``surface_figure``: the surface of the contours, as high as its colours say."""
    values = plane.colours.values
    low, high = finite_range(values)
    heights = [plane.colours.scaled(one) for one in losses]
    if plane.colours.low is not None:
        # What is lower than where the colours begin lies on the floor, and stays in sight.
        low = plane.colours.low
        values, heights = np.maximum(values, low), [np.maximum(one, low) for one in heights]
    lift = (high - low) or 1.0
    z_range = (low - LIFT * lift, high + (POINT_LIFT + LIFT) * lift)
    z = float32(values)
    return SurfaceNumbers(plane.names, plane.x, plane.y, z, plane.colours, plane.slices, plane.paths, heights, z_range)


def surface_figure(numbers: SurfaceNumbers) -> Figure:
    """The surface, and each runner's path up to the cursor, between light edges and dark ones, and its marker."""
    low, high = numbers.z_range
    traces = [_surface(numbers)]
    runs = zip(numbers.paths, numbers.heights, strict=True)
    for path, heights in sorted(runs, key=lambda run: run[0].is_selected):
        meta = POINT | entry_of(path)
        marker = make_markers(path.x, path.y, path.colour, meta, symbol=path.symbol, size=7, rim=(RIM, 1))
        for colour, width, part in ((DARK_RIM, 13, 0.94), (RIM, 11, 0.97), (path.colour, 7, 1.0)):
            line = make_line(path.x, path.y, colour, PATH, width=width)
            traces.append(lift_line(line, float32(heights + part * LIFT * (high - low))))
        traces.append(lift_line(marker, float32(heights + POINT_LIFT * (high - low))))
    ticks = {"tickvals": numbers.colours.ticks, "ticktext": numbers.colours.labels}
    upright = make_axis(numbers.colours.title, numbers.z_range, **({} if numbers.colours.ticks is None else ticks))
    return make_figure(traces, make_scene(numbers.names, numbers.x, numbers.y, numbers.z, upright, CAMERA))


def _surface(numbers: SurfaceNumbers) -> Trace:
    low, high = numbers.z_range
    hover = make_hover((numbers.names[0], "x:.4g"), (numbers.names[1], "y:.4g"))
    surface = make_surface(numbers.x, numbers.y, numbers.z, hover)
    if len(numbers.slices) > 1:
        surface["meta"] = slice_frames(numbers.slices, {"z": numbers.z}, is_titled=False)
    return surface | {"z": numbers.z[0], "cmin": low, "cmax": high}
