"""One gradient: the tangent, the arrow, the tangent plane, and how steep it is in any direction."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from playground.analysis.frames import round_outwards
from playground.analysis.landscape import LossSurface
from playground.figures.colours import COLOUR_MAP, THEMED, gather_colours
from playground.figures.contours import ARROW, contour_trace, plane_layout
from playground.figures.cursor import (
    ALL,
    DATA,
    GRADIENT,
    HALO,
    MINIMUM,
    NOWHERE,
    POINT,
    RESIDUAL,
    RUN,
    Array,
    drawn,
    float32,
    rows,
)
from playground.figures.curves import upright_range, without_poles
from playground.figures.surface import scene_layout

DIRECTION = MINIMUM
"""The colour of u."""

_NOTHING_AWAY = "All differences are exactly torch's slope"
_NOTHING_TO_COMPARE = "Nothing to compare: the slope, or the differences, are no finite numbers"

_POINT_MARKER = {"color": RUN, "size": 13, "line": {"color": "white", "width": 2}}


def tangent_figure(
    name: str, x: Array, y: Array, point: tuple[float, float], slope: float, secants: Array
) -> go.Figure:
    """A function of one variable, its tangent at a point, and the secant through x - h and x + h at the cursor.

    Args:
        name: the variable.
        x: (columns,); y: (columns,), the values.
        point: x and f(x).
        slope: of the tangent, as torch has it.
        secants: (K, 2, 2), for each step both ends (x, f(x)).
    """
    at, value = point
    ends = np.array([x[0], x[-1]])
    seen = upright_range(y, [value])
    across, up = without_poles(x, y, seen)
    with np.errstate(all="ignore"):
        run = secants[:, 1, 0] - secants[:, 0, 0]
        rise = (secants[:, 1, 1] - secants[:, 0, 1]) / run
        middle = secants.mean(1)
        through = middle[:, 1:] + rise[:, None] * (ends - middle[:, :1])
        tangent = value + slope * (ends - at)
    return drawn(
        [
            dict(
                type="scatter",
                x=across,
                y=float32(up),
                mode="lines",
                name="f",
                line={"color": GRADIENT, "width": 3},
                hovertemplate=f"{name} = %{{x:.5g}}<br>f = %{{y:.6g}}<extra></extra>",
            ),
            _line(ends, tangent, "tangent", RUN, ALL, width=3),
            _line(
                np.tile(ends, len(secants)), through.ravel(), "secant from x − h to x + h", RESIDUAL, rows(2), width=2
            ),
            _markers(secants[..., 0].ravel(), secants[..., 1].ravel(), RESIDUAL, rows(2), size=9),
            _markers(np.array([at]), np.array([value]), RUN, ALL),
        ],
        {
            "xaxis": {"title": {"text": name}, "range": ends.tolist()},
            "yaxis": {"title": {"text": f"f({name})"}, "range": list(seen)},
            "annotations": [] if np.isfinite(y).any() else [NOWHERE],
        },
    )


def direction_figure(surface: LossSurface, point: Array, gradient: Array, directions: Array) -> go.Figure:
    """A function of two variables as contours, with the gradient's arrow and the direction u at the cursor.

    Args:
        surface: the values around.
        point: (2,); gradient: (2,), as torch has it.
        directions: (K, 2), u at each step.
    """
    x, y, z = surface.x.numpy(), surface.y.numpy(), float32(surface.z.numpy())
    length = 1.4 * ARROW * float(np.ptp(y))
    size = float(np.hypot(*gradient))
    uphill = gradient / size if 0 < size < np.inf else np.full(2, np.nan)
    tips = point + length * directions
    return drawn(
        [
            contour_trace(surface.names, x, y, z, gather_colours(z), value="f"),
            _arrow(np.stack([point, point + length * uphill]), "direction of ∇f", GRADIENT, ALL),
            _arrow(
                np.stack([np.broadcast_to(point, tips.shape), tips], 1).reshape(-1, 2),
                "direction u",
                DIRECTION,
                rows(2),
            ),
            _markers(point[:1], point[1:], RUN, ALL),
        ],
        plane_layout(surface.names, x, y, z),
    )


def tangent_plane_figure(
    surface: LossSurface, point: Array, value: float, gradient: Array, directions: Array
) -> go.Figure:
    """The surface of a function of two variables, its tangent plane at a point, and the direction u along the plane.

    Args:
        surface: the values around.
        point: (2,); value: f there; gradient: (2,), as torch has it.
        directions: (K, 2), u at each step.
    """
    x, y, z = surface.x.numpy(), surface.y.numpy(), float32(surface.z.numpy())
    finite = z[np.isfinite(z)]
    drawable = bool(finite.size)
    low, high = (float(finite.min()), float(finite.max())) if drawable else (0.0, 1.0)
    lift = 0.02 * (high - low)
    reach = 0.22 * np.array([x[-1] - x[0], y[-1] - y[0]])
    corners = point + reach * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    ends = point + reach.min() * directions
    with np.errstate(all="ignore"):
        heights = value + (corners - point) @ gradient
        along = value + (ends - point) @ gradient + lift
    tails = np.broadcast_to(np.append(point, value + lift), (len(ends), 3))
    line = np.stack([tails, np.column_stack([ends, along])], 1).reshape(-1, 3)
    has_plane = drawable and bool(np.isfinite(heights).all())
    names = surface.names
    return drawn(
        [
            dict(
                type="surface",
                visible=drawable,
                x=x,
                y=y,
                z=z,
                surfacecolor=gather_colours(z, "linear").values,
                colorscale=COLOUR_MAP,
                showscale=False,
                opacity=0.7,
                lighting={"ambient": 0.8, "diffuse": 0.4, "specular": 0.05},
                hovertemplate=f"{names[0]} = %{{x:.4g}}<br>{names[1]} = %{{y:.4g}}<br>f = %{{z:.5g}}<extra></extra>",
                meta=THEMED,
            ),
            dict(
                type="mesh3d",
                visible=has_plane,
                x=corners[:, 0],
                y=corners[:, 1],
                z=heights,
                i=[0, 0],
                j=[1, 2],
                k=[2, 3],
                color=RUN,
                opacity=0.8,
                hoverinfo="skip",
                name="tangent plane",
            ),
            dict(
                type="scatter3d",
                x=line[:, 0],
                y=line[:, 1],
                z=line[:, 2],
                mode="lines",
                line={"color": DIRECTION, "width": 9},
                hoverinfo="skip",
                name="direction u",
                meta=rows(2),
            ),
            dict(
                type="scatter3d",
                x=point[:1],
                y=point[1:],
                z=np.array([value + 2 * lift]),
                mode="markers",
                marker=_POINT_MARKER | {"size": 8},
                hoverinfo="skip",
                name="point",
            ),
        ],
        scene_layout(names, x, y, {"title": {"text": "f"}, "range": [low - lift, high + 4 * lift]}, drawable),
    )


def components_figure(names: Sequence[str], gradient: Array, directions: Array) -> go.Figure:
    """A bar for each component of the gradient (N,), and at the cursor u (K, N), as long as the gradient."""
    places = np.arange(len(names), dtype=float)
    with np.errstate(over="ignore"):  # of gradients beyond the numbers
        size = float(np.linalg.norm(gradient))
    scaled = directions * (size if np.isfinite(size) else np.nan)
    finite = gradient[np.isfinite(gradient)]
    most = max(float(np.abs(finite).max(initial=0.0)), size if np.isfinite(size) else 0.0) or 1.0
    return drawn(
        [
            dict(
                type="bar",
                x=places,
                y=gradient,
                width=0.6,
                marker={"color": GRADIENT},
                name="gradient ∇f",
                customdata=list(names),
                hovertemplate="∂f/∂%{customdata} = %{y:.6g}<extra></extra>",
            ),
            _markers(
                np.tile(places, len(directions)),
                scaled.ravel(),
                DIRECTION,
                rows(len(names)),
                size=float(np.clip(300 / len(names), 4, 13)),  # so that they leave the bars visible
                name="u, as long as ∇f",
            ),
        ],
        {
            "xaxis": {
                "title": {"text": "component"},
                "range": [-0.6, len(names) - 0.4],
                "tickvals": places.tolist() if len(names) <= 12 else None,
                "ticktext": list(names) if len(names) <= 12 else None,
            },
            "yaxis": {"title": {"text": "∂f"}, "range": list(round_outwards(-1.08 * most, 1.08 * most))},
        },
    )


def steepness_figure(angles: Array, slopes: Array, steepest: float) -> go.Figure:
    """The directional derivative u·∇f (K,) against the angle of u (K,), in degrees, with the cursor on it."""
    finite = slopes[np.isfinite(slopes)]
    most = float(np.abs(finite).max(initial=0.0)) or 1.0
    marks = (
        []
        if np.isnan(steepest)
        else [
            _markers(
                np.array([steepest]),
                np.array([float(finite.max(initial=0.0))]),
                GRADIENT,
                ALL,
                symbol="diamond",
                name="along ∇f",
            ),
        ]
    )
    return drawn(
        [
            _line(angles[[0, -1]], np.zeros(2), "", "#808080", ALL, width=1, legend=False),
            _line(angles, slopes, "u·∇f", DIRECTION, ALL, width=3),
            *marks,
            _markers(angles, slopes, RUN, POINT),
        ],
        {
            "xaxis": {
                "title": {"text": "angle of u, in degrees"},
                "range": [-6, 366],
                "tickvals": [0, 90, 180, 270, 360],
            },
            "yaxis": {"title": {"text": "slope along u"}, "range": list(round_outwards(-1.1 * most, 1.1 * most))},
        },
    )


def dial_figure(angles: Array, steepest: float, axes: tuple[str, str]) -> go.Figure:
    """A dial: the unit circle with the direction of ∇f, u at the cursor, and u's part along ∇f.

    Args:
        angles: (K,), of u, in degrees.
        steepest: the angle of ∇f, nan if it has no direction.
        axes: what lies along the two axes.
    """
    turned = np.deg2rad(angles)
    u = np.stack([np.cos(turned), np.sin(turned)], -1)
    way = np.array([np.cos(np.deg2rad(steepest)), np.sin(np.deg2rad(steepest))])
    feet = (u @ way)[:, None] * way
    origin = np.zeros_like(u)
    across = np.stack([u, feet], 1).reshape(-1, 2)
    along = np.stack([origin, feet], 1).reshape(-1, 2)
    return drawn(
        [
            _line(u[:, 0], u[:, 1], "", "#808080", ALL, width=1.5, legend=False),
            _arrow(np.stack([np.zeros(2), way]), "∇f / |∇f|", GRADIENT, ALL, width=10),
            _line(across[:, 0], across[:, 1], "", "#808080", rows(2), width=1.5, legend=False),
            _line(along[:, 0], along[:, 1], "u's part along ∇f", DATA, rows(2), width=6),
            _arrow(np.stack([origin, u], 1).reshape(-1, 2), "u", DIRECTION, rows(2)),
        ],
        {
            "xaxis": {"title": {"text": axes[0]}, "range": [-1.2, 1.2], "constrain": "domain"},
            "yaxis": {"title": {"text": axes[1]}, "range": [-1.2, 1.2], "scaleanchor": "x", "constrain": "domain"},
        },
    )


def convergence_figure(steps: Array, slopes: dict[str, Array], torch_slope: float) -> go.Figure:
    """How far differences lie from torch's slope, against their step h, both on logarithmic axes.

    Args:
        steps: (K,), the steps h.
        slopes: by name, (K,) slopes by differences; the first follows the cursor.
        torch_slope: what they are compared with. Where there is no difference nothing is drawn: 0 has no logarithm.
    """
    traces = []
    with np.errstate(all="ignore"):
        away = {name: np.abs(one - torch_slope) for name, one in slopes.items()}
    everywhere = np.concatenate(list(away.values()))
    shown, any_same = everywhere[(everywhere > 0) & np.isfinite(everywhere)], bool((everywhere == 0).any())
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (1e-16, 1.0)
    decades = [float(np.floor(np.log10(low))), float(np.ceil(np.log10(high)))]
    if decades[1] - decades[0] < 2:  # one line, or none: in the middle
        decades = [decades[0] - 1, decades[0] + 1]
    # The two sides of a kink are often as far away: dots let both be seen.
    looks = ((RESIDUAL, 2, False), (GRADIENT, 2, False), (DATA, 4, True))
    for (name, one), (colour, width, dash) in zip(away.items(), looks, strict=False):
        usable = np.where((one > 0) & np.isfinite(one), one, np.nan)
        traces.append(_line(steps, usable, name, colour, ALL, width=width, dash=dash))
        if name == next(iter(away)):
            point = _markers(steps, usable, RUN, POINT)
    return drawn(
        [*traces, point],
        {
            "xaxis": {
                "title": {"text": "h"},
                "type": "log",
                "autorange": False,
                "range": [float(np.log10(steps.max())) + 0.1, float(np.log10(steps.min())) - 0.1],
            },
            "yaxis": {
                "title": {"text": "distance from torch"},
                "type": "log",
                "range": [decades[0], decades[1] + 0.2],
            },
            "annotations": []
            if shown.size
            else [NOWHERE | {"text": _NOTHING_AWAY if any_same else _NOTHING_TO_COMPARE}],
        },
    )


def jacobian_figure(jacobian: Array, outputs: Sequence[str], inputs: Sequence[str]) -> go.Figure:
    """The Jacobian (M, N) as a heat map, a row for each component of the value; 0 is the colour of the middle."""
    finite = jacobian[np.isfinite(jacobian)]
    most = float(np.abs(finite).max(initial=0.0)) or 1.0
    small = jacobian.size <= 100
    return drawn(
        [
            dict(
                type="heatmap",
                z=np.where(np.isfinite(jacobian), jacobian, np.nan),
                x=list(inputs),
                y=list(outputs),
                zmin=-most,
                zmax=most,
                colorscale="RdBu_r",
                texttemplate="%{z:.4~g}" if small else "",
                xgap=1,
                ygap=1,
                colorbar={"title": {"text": "∂"}, "thickness": 12},
                hovertemplate="∂%{y}/∂%{x} = %{z:.6g}<extra></extra>",
            ),
        ],
        {
            "xaxis": {"title": {"text": "by the component"}, "type": "category", "showgrid": False},
            "yaxis": {
                "title": {"text": "derivative of"},
                "type": "category",
                "autorange": "reversed",
                "showgrid": False,
            },
        },
    )


def _line(
    x: Array,
    y: Array,
    name: str,
    colour: str,
    meta: dict[str, Any],
    *,
    width: float,
    legend: bool = True,
    dash: bool = False,
) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=x,
        y=y,
        mode="lines",
        name=name,
        showlegend=legend,
        line={"color": colour, "width": width, "dash": "dot" if dash else "solid"},
        hoverinfo="skip",
        meta=meta,
    )


def _markers(
    x: Array, y: Array, colour: str, meta: dict[str, Any], *, size: float = 13, symbol: str = "circle", name: str = ""
) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=x,
        y=y,
        mode="markers",
        name=name,
        showlegend=bool(name),
        marker={"color": colour, "size": size, "symbol": symbol, "line": {"color": "white", "width": 2}},
        hoverinfo="skip",
        meta=meta,
    )


def _arrow(ends: Array, name: str, colour: str, meta: dict[str, Any], *, width: float = 4) -> dict[str, Any]:
    """Arrows, each from one of ``ends`` (2·arrows, 2) to the next."""
    return dict(
        type="scatter",
        x=ends[:, 0],
        y=ends[:, 1],
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": width},
        marker={"symbol": "arrow", "size": 12 + width / 2, "color": colour, "angleref": "previous"},
        hoverinfo="skip",
        meta=meta | HALO,
    )
