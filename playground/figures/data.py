"""The data points with the model's curve and its residuals."""

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import torch

from playground.descent import Trajectory
from playground.figures.cursor import DATA, HALO, RESIDUAL, RUN, Array, drawn, float32, rows
from playground.landscape import round_outwards
from playground.objectives import Fit

CURVE_POINTS = 61
AIR = 0.12


class DataNumbers(NamedTuple):
    """Points (N,), and for each step the model's curve and the residuals.

    Attributes:
        x, y: the data, (N,).
        grid: where the curve is drawn, (M,): two points suffice for a model that is straight in x.
        curves: the model there, (steps + 1, M).
        residual_x: (3N,), each point's x twice and a gap; residual_y: (steps + 1, 3N), from the point to
            the model.
        x_range, y_range: the axes.
        names: of the axes.
    """

    x: Array
    y: Array
    grid: Array
    curves: Array
    residual_x: Array
    residual_y: Array
    x_range: tuple[float, float]
    y_range: tuple[float, float]


def gather_data(fit: Fit, trajectory: Trajectory) -> DataNumbers:
    """The numbers of ``data_figure``, drawn in float32."""
    x, y = fit.x.numpy(), fit.y.numpy()
    x_range = _with_air(float(x.min()), float(x.max()))
    with torch.no_grad():
        grid = torch.linspace(*x_range, CURVE_POINTS, dtype=torch.float64)
        curves = fit.predict(trajectory.parameters, grid)
        if _straight(curves):
            grid, curves = grid[[0, -1]], curves[:, [0, -1]]
        predictions = fit.predict(trajectory.parameters, fit.x).numpy()
    gap = np.full_like(predictions, np.nan)
    points = np.broadcast_to(y, predictions.shape)
    return DataNumbers(
        x=x,
        y=y,
        grid=grid.numpy(),
        curves=float32(curves.numpy()),
        residual_x=np.stack([x, x, np.full_like(x, np.nan)], -1).ravel(),
        residual_y=float32(np.stack([points, predictions, gap], -1).reshape(len(predictions), -1)),
        x_range=x_range,
        y_range=_y_range(y, predictions),
    )


def data_figure(numbers: DataNumbers) -> go.Figure:
    """The points, the model's curve at the cursor, and a line from each point to the curve."""
    return drawn(
        [
            dict(
                type="scatter",
                x=numbers.residual_x,
                y=numbers.residual_y.ravel(),
                mode="lines",
                name="residuals",
                line={"color": RESIDUAL, "width": 3},
                hoverinfo="skip",
                meta=rows(numbers.residual_y.shape[1]),
            ),
            dict(
                type="scatter",
                x=numbers.grid,
                y=numbers.curves.ravel(),
                mode="lines",
                name="model",
                line={"color": RUN, "width": 4},
                hoverinfo="skip",
                meta=rows(numbers.curves.shape[1]),
            ),
            dict(
                type="scatter",
                x=numbers.x,
                y=numbers.y,
                mode="markers",
                name="data",
                marker={"color": DATA, "size": 11, "line": {"color": "white", "width": 1.5}},
                hovertemplate="x = %{x}<br>y = %{y}<extra></extra>",
                meta=HALO,
            ),
        ],
        {
            "xaxis": {"title": {"text": "x"}, "range": list(numbers.x_range)},
            "yaxis": {"title": {"text": "y"}, "range": list(numbers.y_range)},
        },
    )


def _y_range(y: Array, predictions: Array) -> tuple[float, float]:
    """Around the data, and around the predictions that stay near it: a run that diverges leaves the picture."""
    span = max(float(np.ptp(y)), 1e-9)
    near = predictions[(predictions > y.min() - 2 * span) & (predictions < y.max() + 2 * span)]
    return round_outwards(*_with_air(min([y.min(), *near]), max([y.max(), *near])))


def _with_air(low: float, high: float) -> tuple[float, float]:
    air = AIR * (high - low) or 1.0
    return float(low - air), float(high + air)


def _straight(curves: torch.Tensor) -> bool:
    """Whether every finite curve, sampled at even distances, is a straight line."""
    curves = curves[curves.isfinite().all(-1)]
    line = torch.lerp(curves[:, :1], curves[:, -1:], torch.linspace(0, 1, curves.shape[1], dtype=torch.float64))
    scale = curves.abs().amax(-1, keepdim=True)
    return bool(((curves - line).abs() <= 1e-9 * scale).all())
