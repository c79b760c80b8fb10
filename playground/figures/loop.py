"""A training loop at each of its lines: the parameters' path, and the data with what their gradients ask for."""

import numpy as np
import plotly.graph_objects as go

from playground.analysis.frames import round_outwards
from playground.analysis.landscape import LossSurface
from playground.figures.colours import gather_colours
from playground.figures.contours import contour_trace, plane_layout, way_traces
from playground.figures.cursor import (
    ALL,
    DATA,
    GRADIENT,
    HALO,
    NOWHERE,
    RUN,
    Array,
    drawn,
    float32,
    rows,
)
from playground.figures.curves import upright_range, without_poles

ARROW_SHARE = 0.25
"""The longest arrow on the data, as a part of the picture's height."""


def path_figure(surface: LossSurface, path: Array) -> go.Figure:
    """The loss over two parameters, with the path (K + 1, 2) up to the cursor."""
    x, y, z = surface.x.numpy(), surface.y.numpy(), float32(surface.z.numpy())
    return drawn(
        [contour_trace(surface.names, x, y, z, gather_colours(z)), *way_traces(*path.T)],
        plane_layout(surface.names, x, y, z),
    )


def curve_path_figure(name: str, x: Array, y: Array, places: Array, losses: Array) -> go.Figure:
    """The loss (columns,) over one parameter (columns,), with the places and losses (K + 1,) up to the cursor."""
    seen = upright_range(y, [losses[0], losses[np.isfinite(losses)].min(initial=np.inf)])
    across, up = without_poles(x, y, seen)
    return drawn(
        [
            dict(
                type="scatter",
                x=across,
                y=float32(up),
                mode="lines",
                name="loss",
                line={"color": GRADIENT, "width": 3},
                hoverinfo="skip",
            ),
            *way_traces(places, losses),
        ],
        {
            "xaxis": {"title": {"text": name}, "range": [float(x[0]), float(x[-1])]},
            "yaxis": {"title": {"text": "loss"}, "range": list(seen)},
            "annotations": [] if np.isfinite(y).any() else [NOWHERE],
        },
    )


def losses_figure(losses: Array, epochs: Array) -> go.Figure:
    """The loss (K + 1,) at each line, against the epochs (K + 1,) that have been run, in parts."""
    finite = losses[np.isfinite(losses)]
    is_log = bool(finite.size) and float(finite.min()) > 0
    return drawn(
        way_traces(epochs, losses),
        {
            "xaxis": {"title": {"text": "epoch"}, "range": [0.0, float(epochs[-1]) or 1.0]},
            "yaxis": {"title": {"text": "loss"}, "type": "log" if is_log else "linear"}
            | ({"range": _log_range(finite)} if is_log else {"range": list(_range(finite))}),
        },
    )


def _log_range(losses: Array) -> list[float]:
    low, high = np.log10(losses.min()), np.log10(losses.max())
    air = 0.06 * (high - low) or 0.3
    return [float(low - air), float(high + air)]


def _range(losses: Array) -> tuple[float, float]:
    low, high = (float(losses.min()), float(losses.max())) if losses.size else (0.0, 1.0)
    air = 0.08 * (high - low) or 0.5
    return round_outwards(low - air, high + air)


def pulls_figure(x: Array, y: Array, grid: Array, predictions: Array, moves: Array | None) -> go.Figure:
    """The data, the model at each line of the loop, and the way in which each point would have to move.

    Args:
        x, y: (N,), the data.
        grid: (G,), where the model is drawn; predictions: (K + 1, G).
        moves: (K + 1, N, 2), along which each point's loss falls; None where the data have no gradient.
    """
    tall = float(np.ptp(y)) or 1.0
    wide = float(np.ptp(x)) or 1.0
    traces = [
        dict(
            type="scatter",
            x=grid,
            y=float32(predictions).ravel(),
            mode="lines",
            name="model",
            line={"color": RUN, "width": 4},
            hoverinfo="skip",
            meta=rows(len(grid)),
        ),
        dict(
            type="scatter",
            x=x,
            y=y,
            mode="markers",
            name="data",
            marker={"color": DATA, "size": 12, "line": {"color": "white", "width": 2}},
            hoverinfo="skip",
            meta=ALL,
        ),
    ]
    if moves is not None:
        # Measured in parts of the picture; with the square root, or the first steps would hide all later ones.
        with np.errstate(all="ignore"):
            sizes = np.linalg.norm(moves / np.array([wide, tall]), axis=-1, keepdims=True)
            longest = float(np.nanmax(np.where(np.isfinite(sizes), sizes, 0)))
            scales = ARROW_SHARE / np.sqrt(longest * np.where(sizes > 0, sizes, np.inf)) if longest > 0 else 0.0
        tips = np.stack([x, y], -1) + moves * scales
        ends = np.stack([np.broadcast_to(np.stack([x, y], -1), tips.shape), tips, np.full(tips.shape, np.nan)], 2)
        flat = ends.reshape(len(ends), -1, 2)
        traces.append(
            dict(
                type="scatter",
                x=flat[..., 0].ravel(),
                y=flat[..., 1].ravel(),
                mode="lines+markers",
                name="− gradient of the data",
                line={"color": GRADIENT, "width": 3},
                marker={"symbol": "arrow", "size": 12, "color": GRADIENT},
                hoverinfo="skip",
                meta=rows(flat.shape[1]) | HALO,
            )
        )
    air = 0.35
    return drawn(
        traces,
        {
            "xaxis": {"title": {"text": "X"}, "range": [float(grid[0]), float(grid[-1])]},
            "yaxis": {
                "title": {"text": "Y"},
                "range": list(round_outwards(float(y.min()) - air * tall, float(y.max()) + air * tall)),
            },
        },
    )
