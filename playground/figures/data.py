"""The data points with the models' curves, the residuals, and the points of the batch."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import torch
from torch import Tensor

from playground.analysis.frames import round_outwards
from playground.data.points import Points
from playground.engine.fit import Fit
from playground.figures.cursor import DATA, EDITED, HALO, RESIDUAL, RUN, Array, drawn, float32, rows
from playground.figures.race import COLOURS

CURVE_POINTS = 61
AIR = 0.12

MOST_POINTS = 1_000
"""So many are drawn; of more, some at even distances in their order."""

MOST_NUMBERS = 120_000
"""Of what follows the cursor in one trace: of a long run with many points, fewer points' residuals are drawn."""

BATCH = "#F0E442"
"""Okabe and Ito's yellow: rings with a black edge around the points."""

Range = tuple[float, float]


class Curve(NamedTuple):
    """One runner's model: its name and colour, and (steps + 1, M) its values on the grid."""

    name: str
    colour: str
    y: Array


class DataNumbers(NamedTuple):
    """Points (N,), and for each step the models' curves and the residuals.

    Attributes:
        x, y: the points that are drawn, (N,); held_out: (N,) bool; weights: (N,), 1 where all count alike.
        editable: whether each point of the data is among them, in its order.
        grid: where the curves are drawn, (M,): two points suffice for models that are straight in x.
        curves: one for each runner.
        residual_x: (3n,), the x of n points twice and a gap; residual_y: (steps + 1, 3n), from the point to the
            selected runner's model.
        batch_x, batch_y: (steps + 1, B), the points that the step from there looks at, NaN for none; None without
            batches. batch_size: how many they are, of which the first B are drawn.
        x_range, y_range: the axes.
    """

    x: Array
    y: Array
    held_out: Array
    weights: Array
    editable: bool
    grid: Array
    curves: list[Curve]
    residual_x: Array
    residual_y: Array
    batch_x: Array | None
    batch_y: Array | None
    batch_size: int
    x_range: Range
    y_range: Range


def gather_data(
    fit: Fit,
    paths: Sequence[Tensor],
    selected: int = 0,
    *,
    names: Sequence[str] = ("model",),
    slots: Sequence[int] | None = None,
    points: Points | None = None,
    batches: Tensor | None = None,
    kept: tuple[Range, Range] | None = None,
) -> DataNumbers:
    """The numbers of ``data_figure``, drawn in float32.

    Args:
        fit: of the data.
        paths: each runner's parameters, (steps + 1, P); selected: whose residuals and batches are drawn.
        names: of the runners; slots: the numbers of their colours, in their order without it.
        points: all the data, those held out as well; the fit's without it.
        batches: (steps + 1, B), see ``Trajectory``.
        kept: the axes, if they are to stay.
    """
    data = points or Points(tuple(fit.x.tolist()), tuple(fit.y.tolist()))
    places = some(len(data), MOST_POINTS)
    x, y = (np.asarray(column, dtype=np.float64)[places] for column in (data.x, data.y))
    x_range = kept[0] if kept else _with_air(float(x.min()), float(x.max()))
    grid, curves = _curves(fit, paths, x_range)
    near = some(len(fit.x), most_points(len(paths[selected]), 3))
    with torch.no_grad():
        predictions = fit.predict(paths[selected], fit.x[near]).numpy()
    residual_x, residual_y = stems(fit.x[near].numpy(), fit.y[near].numpy(), predictions)
    batch_x, batch_y = (None, None) if batches is None else _batches(fit, batches)
    return DataNumbers(
        x=x,
        y=y,
        held_out=np.asarray(data.held_out or (False,) * len(data))[places],
        weights=np.asarray(data.weights or (1.0,) * len(data))[places],
        editable=len(places) == len(data),
        grid=grid,
        curves=[
            Curve(name, RUN if len(paths) == 1 else COLOURS[slots[i] if slots else i], one)
            for i, (name, one) in enumerate(zip(names, curves, strict=True))
        ],
        residual_x=residual_x,
        residual_y=residual_y,
        batch_x=batch_x,
        batch_y=batch_y,
        batch_size=0 if batches is None else batches.shape[1],
        x_range=x_range,
        y_range=kept[1] if kept else _y_range(y, predictions),
    )


def data_figure(numbers: DataNumbers) -> go.Figure:
    """The points, each model's curve at the cursor, a line from each point to the curve, the batch lit up."""
    traces: list[dict[str, Any]] = [
        dict(
            type="scatter",
            x=numbers.residual_x,
            y=numbers.residual_y.ravel(),
            mode="lines",
            name="residuals",
            line={"color": RESIDUAL, "width": 3 if len(numbers.x) <= 100 else 1.5},
            hoverinfo="skip",
            meta=rows(numbers.residual_y.shape[1]),
        )
    ]
    traces += [
        dict(
            type="scatter",
            x=numbers.grid,
            y=curve.y.ravel(),
            mode="lines",
            name=curve.name,
            showlegend=len(numbers.curves) <= 2,
            line={"color": curve.colour, "width": 4},
            hoverinfo="skip",
            meta=rows(curve.y.shape[1]),
        )
        for curve in numbers.curves
    ]
    traces.append(_points(numbers))
    if numbers.held_out.any():
        traces.append(_legend_alone("held out", {"color": DATA, "size": 11, "symbol": "circle-open"}))
    if numbers.batch_x is not None and numbers.batch_y is not None:
        traces.append(_lit(numbers.batch_x, numbers.batch_y, numbers.batch_size))
    return drawn(
        traces,
        {
            "xaxis": {"title": {"text": "x"}, "range": list(numbers.x_range)},
            "yaxis": {"title": {"text": "y"}, "range": list(numbers.y_range)},
        },
    )


def some(count: int, most: int) -> Array:
    """The places of so many of ``count``, at even distances."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))


def most_points(length: int, numbers: int) -> int:
    """How many points may have so many numbers at each of ``length`` steps."""
    return min(MOST_POINTS, max(1, MOST_NUMBERS // (numbers * length)))


def stems(x: Array, begins: Array, ends: Array) -> tuple[Array, Array]:
    """Upright lines at x (n,): x (3n,), each twice and a gap; and y (steps + 1, 3n), from begins to ends.

    Args:
        x: (n,); begins: (n,) or (steps + 1, n); ends: (steps + 1, n).
    """
    gap = np.full_like(ends, np.nan)
    up = np.stack([np.broadcast_to(begins, ends.shape), ends, gap], -1)
    return np.stack([x, x, np.full_like(x, np.nan)], -1).ravel(), float32(up.reshape(len(ends), -1))


def _points(numbers: DataNumbers) -> dict[str, Any]:
    size = 11 if len(numbers.x) <= 60 else 7 if len(numbers.x) <= 300 else 5
    mean = numbers.weights.mean() or 1.0
    plain = len(set(numbers.weights.tolist())) == 1 and not numbers.held_out.any()
    symbols = np.where(numbers.held_out, "circle-open", np.where(numbers.weights > 0, "circle", "x-thin-open"))
    sizes = size * np.sqrt(numbers.weights / mean).clip(0.5, 2.0)
    return dict(
        type="scatter",
        x=numbers.x,
        y=numbers.y,
        mode="markers",
        name="data",
        marker={
            "color": DATA,
            "size": size if plain else sizes,
            "symbol": "circle" if plain else symbols.tolist(),
            "line": {"color": "white", "width": 1.5} if plain else {"color": DATA, "width": 1.5},
        },
        hovertemplate="x = %{x}<br>y = %{y}<extra></extra>",
        meta=HALO | (EDITED if numbers.editable else {}),
    )


def _lit(x: Array, y: Array, size: int) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=float32(x).ravel(),
        y=float32(y).ravel(),
        mode="markers",
        name="batch" if size == x.shape[1] else f"batch (the first {x.shape[1]:,} of {size:,} points)",
        marker={"color": BATCH, "symbol": "circle-open", "size": 20, "line": {"color": "black", "width": 1.5}},
        hoverinfo="skip",
        meta=rows(x.shape[1]),
    )


def _legend_alone(name: str, marker: dict[str, Any]) -> dict[str, Any]:
    return dict(type="scatter", x=[None], y=[None], mode="markers", name=name, marker=marker, hoverinfo="skip")


def _curves(fit: Fit, paths: Sequence[Tensor], x_range: Range) -> tuple[Array, list[Array]]:
    """The grid (M,), and each path's curves on it (steps + 1, M)."""
    with torch.no_grad():
        grid = torch.linspace(*x_range, CURVE_POINTS, dtype=torch.float64)
        curves = [fit.predict(path, grid) for path in paths]
    if all(_straight(one) for one in curves):
        grid, curves = grid[[0, -1]], [one[:, [0, -1]] for one in curves]
    return grid.numpy(), [float32(one.numpy()) for one in curves]


def _batches(fit: Fit, batches: Tensor) -> tuple[Array, Array]:
    lit = batches[:, : most_points(len(batches), 1)]
    missing = lit < 0
    return tuple(  # type: ignore[return-value]
        torch.where(missing, torch.nan, column[lit.clamp(min=0)]).numpy() for column in (fit.x, fit.y)
    )


def _y_range(y: Array, predictions: Array) -> Range:
    """Around the data, and around the predictions that stay near it: a run that diverges leaves the picture."""
    span = max(float(np.ptp(y)), 1e-9)
    near = predictions[(predictions > y.min() - 2 * span) & (predictions < y.max() + 2 * span)]
    low, high = (min(y.min(), near.min()), max(y.max(), near.max())) if near.size else (y.min(), y.max())
    return round_outwards(*_with_air(float(low), float(high)))


def _with_air(low: float, high: float) -> Range:
    air = AIR * (high - low) or 1.0
    return float(low - air), float(high + air)


def _straight(curves: Tensor) -> bool:
    """Whether every finite curve, sampled at even distances, is a straight line."""
    curves = curves[curves.isfinite().all(-1)]
    line = torch.lerp(curves[:, :1], curves[:, -1:], torch.linspace(0, 1, curves.shape[1], dtype=torch.float64))
    scale = curves.abs().amax(-1, keepdim=True)
    return bool(((curves - line).abs() <= 1e-9 * scale).all())
