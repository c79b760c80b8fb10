"""Several runners in one picture: on a curve, on contours, on a surface, and against the step."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any, Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go

from playground.analysis.frames import round_outwards
from playground.analysis.landscape import LossSurface
from playground.figures.colours import COLOUR_MAP, THEMED, Colours, gather_colours, usual_scale
from playground.figures.contours import ARROW, arrows_along, contour_trace, plane_layout
from playground.figures.cursor import (
    ALL,
    GRADIENT,
    HALO,
    NOWHERE,
    PATH,
    POINT,
    Array,
    drawn,
    float32,
    frames,
    path,
    rows,
)
from playground.figures.curves import upright_range, without_poles
from playground.figures.loss_curve import ticks
from playground.figures.surface import LIFT, POINT_LIFT, scene_layout

# Okabe and Ito 2008. Each colour has a shape of its own, one that Plotly has in space as well.
COLOURS = ("#D55E00", "#56B4E9", "#CC79A7", "#009E73", "#F0E442", "#E69F00", "#0072B2", "#999999")
SYMBOLS = ("circle", "square", "diamond", "cross", "x", "circle-open", "square-open", "diamond-open")

STEP = "#606060"
BATCH_GRADIENT = "gradient of the batch"
"""The arrow that is drawn beside the full gradient's."""

STATES = ("#7B3294", "#8C510A", "#35978F", "#B2182B")
"""Of the arrows of what an optimizer keeps."""

AIR = 0.06

LEFT = {"linear": 10.0, "log": 100.0}
"""A line that goes beyond this many times what the lines begin with leaves the picture, if another one stays."""

CURVED = "#4D4D4D"

CURVATURE = 0.13
"""The longest half axis of the ellipse, as a part of the picture's height."""

ELLIPSE_POINTS = 25


class Way(NamedTuple):
    """One runner's line in a picture.

    Attributes:
        name: in the legend; colour; symbol: of its marker.
        x, y: (steps + 1,).
    """

    name: str
    colour: str
    symbol: str
    x: Array
    y: Array


class Arrow(NamedTuple):
    """An arrow that follows the cursor: ``ends`` is (steps + 1, 2, 2), tail and tip; hidden ones wait in the legend."""

    name: str
    colour: str
    ends: Array
    hidden: bool = False


def ways(xs: Sequence[Array], ys: Sequence[Array], names: Sequence[str]) -> list[Way]:
    """Each runner's line, in its colour and with its marker."""
    return [
        Way(name, colour, symbol, x, y)
        for name, colour, symbol, x, y in zip(names, COLOURS, SYMBOLS, xs, ys, strict=False)
    ]


class CurveNumbers(NamedTuple):
    """A function of one variable, and runners on it.

    Attributes:
        name: the variable.
        x: (columns,); y: (columns,), the losses.
        ways: each runner's points (x, loss).
        tangents: (steps + 1, 2, 2), the selected runner's tangent at each step: two points.
        minima: (M, 2).
        y_range: the upright axis.
    """

    name: str
    x: Array
    y: Array
    ways: list[Way]
    tangents: Array
    minima: Array
    y_range: tuple[float, float]


def gather_curve(
    name: str, x: Array, y: Array, runners: list[Way], slopes: Array, selected: int, minima: Array
) -> CurveNumbers:
    """The numbers of ``curve_figure``; ``slopes`` (steps + 1,) are the selected runner's gradients."""
    reach = 0.14 * float(x[-1] - x[0])
    at = runners[selected]
    with np.errstate(all="ignore"):
        span = np.array([-reach, reach])
        tangents = np.stack([at.x[:, None] + span, at.y[:, None] + slopes[:, None] * span], -1)
    losses = [way.y[np.isfinite(way.y)] for way in runners]
    seen = upright_range(y, [one for way in losses for one in (*way[:1], way.min(initial=np.inf))])
    return CurveNumbers(name, *without_poles(x, y, seen), runners, tangents, minima, seen)


def curve_figure(numbers: CurveNumbers) -> go.Figure:
    """The curve; for each runner its steps as a staircase, along and then down to the curve; one tangent."""
    traces: list[dict[str, Any]] = [
        dict(
            type="scatter",
            x=numbers.x,
            y=numbers.y,
            mode="lines",
            name="function",
            line={"color": "#808080", "width": 3},
            hovertemplate=f"{numbers.name} = %{{x:.4g}}<br>loss = %{{y:.5g}}<extra></extra>",
        ),
        dict(
            type="scatter",
            x=numbers.tangents[..., 0].ravel(),
            y=numbers.tangents[..., 1].ravel(),
            mode="lines",
            name="tangent",
            line={"color": GRADIENT, "width": 4},
            hoverinfo="skip",
            meta=rows(2) | HALO,
        ),
    ]
    for way in numbers.ways:
        # Along at the old height, then down: two corners a step.
        across, up = np.repeat(way.x, 2)[1:], np.repeat(way.y, 2)[:-1]
        line = {"color": way.colour, "width": 2.5}
        traces.append(
            dict(
                type="scatter",
                x=across,
                y=up,
                mode="lines",
                showlegend=False,
                line=line,
                hoverinfo="skip",
                meta=path(2) | HALO,
            )
        )
        traces.append(_marker(way) | {"showlegend": False})
    if len(numbers.minima):
        traces.append(_minima(numbers.minima))
    return drawn(
        traces,
        {
            "xaxis": {"title": {"text": numbers.name}, "range": numbers.x[[0, -1]].tolist()},
            "yaxis": {"title": {"text": "loss"}, "range": list(numbers.y_range)},
            "annotations": [] if np.isfinite(numbers.y).any() else [NOWHERE],
        },
    )


class Slice(NamedTuple):
    """One of several surfaces: the step from which on it is drawn, and what stands at its axes."""

    since: int
    x_name: str
    y_name: str


class PlaneNumbers(NamedTuple):
    """A surface from above, and runners on it.

    Attributes:
        names: of the axes.
        x: (columns,); y: (rows,); z: (slices, rows, columns), the losses.
        colours: the colour scale of z.
        slices: since when each is drawn; one or none where the surface is the same at all steps.
        ways: each runner's path.
        arrows: of the selected runner.
        curvature: (steps + 1, ELLIPSE_POINTS, 2), around the selected runner's points; NaN leaves gaps.
        minima: (M, 2).
    """

    names: tuple[str, str]
    x: Array
    y: Array
    z: Array
    colours: Colours
    slices: Sequence[Slice]
    ways: list[Way]
    arrows: list[Arrow]
    curvature: Array | None
    minima: Array


def gather_plane(
    surfaces: Sequence[LossSurface],
    runners: list[Way],
    selected: int,
    gradients: Array,
    states: Sequence[tuple[str, Array]],
    shapes: Array | None,
    minima: Array,
    scale: Literal["auto", "log", "linear"],
    slices: Sequence[Slice] = (),
) -> PlaneNumbers:
    """The numbers of ``plane_figure``.

    Args:
        surfaces: what the runners are on, one for each of the slices, or one for all steps; runners: their paths.
        selected: whose arrows are drawn.
        gradients: (steps + 1, 2), the selected runner's, in the plane; states: likewise, by their names.
        shapes: (steps + 1, ELLIPSE_POINTS, 2), its curvature's around 0, of longest half axis 1.
        minima: (M, 2); scale: of the colours; slices: see ``PlaneNumbers``.
    """
    surface = surfaces[0]
    z = float32(np.stack([one.z.numpy() for one in surfaces]))
    if scale == "auto":
        scale = usual_scale(z)
    height = float(surface.y[-1] - surface.y[0])
    at = np.column_stack([runners[selected].x, runners[selected].y])
    ends = np.full((len(at), 2, 2), np.nan)
    ends[:, 0] = at
    ends[:-1, 1] = at[1:]
    arrows = [
        Arrow("gradient ∇", GRADIENT, arrows_along(at, gradients, ARROW * height)),
        Arrow("step", STEP, ends),
        *(
            Arrow(name, colour, arrows_along(at, vectors, ARROW * height), hidden=name != BATCH_GRADIENT)
            for (name, vectors), colour in zip(states, cycle(STATES), strict=False)
        ),
    ]
    curvature = None if shapes is None else at[:, None] + CURVATURE * height * shapes
    colours = gather_colours(z, scale)
    return PlaneNumbers(
        surface.names, surface.x.numpy(), surface.y.numpy(), z, colours, slices, runners, arrows, curvature, minima
    )


def plane_figure(numbers: PlaneNumbers) -> go.Figure:
    """Contours, each runner's path and marker, and the selected runner's arrows and curvature."""
    values, sliced = numbers.colours.values, len(numbers.slices) > 1
    # The ends of several surfaces' colours aren't those of the first, which may be nowhere finite.
    first = numbers.colours._replace(values=values[0], low=None if sliced else numbers.colours.low)
    traces = [contour_trace(numbers.names, numbers.x, numbers.y, numbers.z[0], first)]
    if sliced:
        traces[0] |= _span(numbers.colours.low, values)
        traces[0]["meta"] = THEMED | _frames(numbers.slices, {"z": values, "customdata": numbers.z}, titled=True)
    for way in numbers.ways:
        thin = {"color": way.colour, "width": 1.5, "dash": "dot"}
        traces.append(_line(way, thin, ALL))
        traces.append(_line(way, {"color": way.colour, "width": 3}, PATH | HALO))
    if numbers.curvature is not None:
        traces.append(
            dict(
                type="scatter",
                x=float32(numbers.curvature[..., 0].ravel()),
                y=float32(numbers.curvature[..., 1].ravel()),
                mode="lines",
                name="curvature",
                line={"color": CURVED, "width": 2},
                hoverinfo="skip",
                meta=rows(numbers.curvature.shape[1]) | HALO,
            )
        )
    traces.extend(_arrow(arrow) for arrow in numbers.arrows)
    traces.extend(_marker(way) | {"showlegend": False} for way in numbers.ways)
    if len(numbers.minima):
        traces.append(_minima(numbers.minima))
    return drawn(
        traces,
        plane_layout(numbers.names, numbers.x, numbers.y, numbers.z),
    )


def _span(low: float | None, values: Array) -> dict[str, float]:
    """The ends of the colours of several surfaces."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return {}
    return {"zmin": float(finite.min()) if low is None else low, "zmax": float(finite.max())}


def _frames(slices: Sequence[Slice], arrays: dict[str, Array], *, titled: bool) -> dict[str, Any]:
    """For a trace's meta: what of it changes as the cursor moves, see ``playground.figures.cursor``."""
    return frames(
        [one.since for one in slices],
        {name: list(float32(values)) for name, values in arrays.items()},
        [(one.x_name, one.y_name) for one in slices] if titled else None,
    )


class SolidNumbers(NamedTuple):
    """A surface in space, and runners on it.

    Attributes:
        names, x, y, z, colours, slices: as in ``PlaneNumbers``.
        ways: each runner's path in the plane; heights: its losses, (steps + 1,) each.
        z_range: the upright axis.
    """

    names: tuple[str, str]
    x: Array
    y: Array
    z: Array
    colours: Colours
    slices: Sequence[Slice]
    ways: list[Way]
    heights: list[Array]
    z_range: tuple[float, float]


def gather_solid(plane: PlaneNumbers, losses: Sequence[Array]) -> SolidNumbers:
    """The numbers of ``solid_figure``: the same surface, as high as its colours say."""
    values = plane.colours.values
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    heights = [plane.colours.of(one) for one in losses]
    if plane.colours.low is not None:
        # What is lower than where the colours begin lies on the floor, and stays in sight.
        low = plane.colours.low
        values, heights = np.maximum(values, low), [np.maximum(one, low) for one in heights]
    lift = (high - low) or 1.0
    z_range = (low - LIFT * lift, high + (POINT_LIFT + LIFT) * lift)
    z = float32(values)
    return SolidNumbers(plane.names, plane.x, plane.y, z, plane.colours, plane.slices, plane.ways, heights, z_range)


def solid_figure(numbers: SolidNumbers) -> go.Figure:
    """The surface, and each runner's path up to the cursor and its marker."""
    low, high = numbers.z_range
    drawable = bool(np.isfinite(numbers.z).any())
    x_name, y_name = numbers.names
    traces: list[dict[str, Any]] = [
        dict(
            type="surface",
            visible=drawable,  # Plotly can't draw what is nowhere finite, nor anything after it
            x=numbers.x,
            y=numbers.y,
            z=numbers.z[0],
            colorscale=COLOUR_MAP,
            cmin=low,
            cmax=high,
            showscale=False,
            lighting={"ambient": 0.8, "diffuse": 0.4, "specular": 0.05},
            hovertemplate=f"{x_name} = %{{x:.4g}}<br>{y_name} = %{{y:.4g}}<extra></extra>",
            meta=THEMED | (_frames(numbers.slices, {"z": numbers.z}, titled=False) if len(numbers.slices) > 1 else {}),
        )
    ]
    for way, heights in zip(numbers.ways, numbers.heights, strict=True):
        for lift, mode, meta in ((LIFT, "lines", PATH), (POINT_LIFT, "markers", POINT)):
            traces.append(
                dict(
                    type="scatter3d",
                    x=way.x,
                    y=way.y,
                    z=float32(heights + lift * (high - low)),
                    mode=mode,
                    name=way.name,
                    line={"color": way.colour, "width": 7},
                    marker={
                        "color": way.colour,
                        "symbol": way.symbol,
                        "size": 7,
                        "line": {"color": "white", "width": 1},
                    },
                    hoverinfo="skip",
                    meta=meta,
                )
            )
    upright: dict[str, Any] = {"title": {"text": numbers.colours.title}, "range": [low, high]}
    if numbers.colours.ticks is not None:
        upright |= {"tickvals": numbers.colours.ticks, "ticktext": numbers.colours.labels}
    return drawn(
        traces,
        scene_layout(
            numbers.names,
            numbers.x,
            numbers.y,
            upright,
            drawable,
            camera={"eye": {"x": 1.2, "y": -1.6, "z": 1.6}, "center": {"x": 0, "y": 0, "z": -0.2}},
        ),
    )


class LinesNumbers(NamedTuple):
    """Lines against the step.

    Attributes:
        title: of the upright axis.
        ways: x is the step.
        scale: of the upright axis; y_range: in powers of ten if it is logarithmic.
        named: whether the legend names the lines.
        last: where the axis of the steps ends.
    """

    title: str
    ways: list[Way]
    scale: Literal["linear", "log"]
    y_range: tuple[float, float]
    named: bool
    last: float


def gather_lines(
    title: str, lines: list[Way], scale: Literal["linear", "log"] = "linear", *, named: bool = False
) -> LinesNumbers:
    """The numbers of ``lines_figure``; a logarithmic scale is linear where a value is negative, or none is positive."""
    every = np.concatenate([way.y for way in lines])
    if scale == "log" and (bool((every < 0).any()) or not bool((every > 0).any())):
        scale = "linear"
    shown = _near(lines, LEFT[scale])
    if scale == "log":  # a loss of exactly 0 has no place on it
        shown = np.log10(shown[shown > 0])
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (0.0, 1.0)
    air = AIR * (high - low) or 0.5
    last = max(float(lines[0].x[-1]), 1.0)
    return LinesNumbers(title, lines, scale, round_outwards(low - air, high + air), named, last)


def _near(lines: Sequence[Way], times: float) -> Array:
    """The finite values that the axis must hold: a line that leaves for far away doesn't flatten the others."""
    finite = [way.y[np.isfinite(way.y)] for way in lines]
    begun = [abs(float(values[0])) for values in finite if values.size]
    if not begun:
        return np.zeros(0)
    far = times * (max(begun) or 1.0)
    staying = [values for values in finite if values.size and float(np.abs(values).max()) <= far]
    every = np.concatenate(finite)
    return every[np.abs(every) <= far] if staying else every


def lines_figure(numbers: LinesNumbers) -> go.Figure:
    """Each whole line faintly, up to the cursor in full, and its marker at the cursor."""
    last = numbers.last
    traces = []
    for way in numbers.ways:
        traces.append(_line(way, {"color": way.colour, "width": 1.5, "dash": "dot"}, ALL))
        traces.append(_line(way, {"color": way.colour, "width": 3}, PATH))
    traces.extend(_marker(way) | {"showlegend": numbers.named} for way in numbers.ways)
    return drawn(
        traces,
        {
            "xaxis": {"title": {"text": "step"}, "range": [-0.02 * last, 1.02 * last]},
            "yaxis": {
                "title": {"text": numbers.title},
                "type": numbers.scale,
                "range": list(numbers.y_range),
                **ticks(numbers.scale, numbers.y_range),
            },
        },
    )


def _line(way: Way, line: dict[str, Any], meta: dict[str, Any]) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=way.x,
        y=way.y,
        mode="lines",
        name=way.name,
        showlegend=False,
        line=line,
        hoverinfo="skip",
        meta=meta,
    )


def _arrow(arrow: Arrow) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=float32(arrow.ends[..., 0].ravel()),
        y=float32(arrow.ends[..., 1].ravel()),
        mode="lines+markers",
        name=arrow.name,
        visible="legendonly" if arrow.hidden else True,
        line={"color": arrow.colour, "width": 3.5},
        marker={"symbol": "arrow", "size": 13, "color": arrow.colour, "angleref": "previous"},
        hoverinfo="skip",
        meta=rows(2) | HALO,
    )


def _marker(way: Way) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=way.x,
        y=way.y,
        mode="markers",
        name=way.name,
        marker={"color": way.colour, "symbol": way.symbol, "size": 12, "line": {"color": "white", "width": 2}},
        hoverinfo="skip",
        meta=POINT,
    )


def _minima(minima: Array) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=minima[:, 0],
        y=minima[:, 1],
        mode="markers",
        name="minimum",
        marker={"symbol": "star", "size": 14, "color": "#FFFFFF", "line": {"color": "black", "width": 1.5}},
        hovertemplate="minimum (%{x:.6g}, %{y:.6g})<extra></extra>",
    )
