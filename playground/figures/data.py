"""The data points with the models' curves, the residuals, and the points of the batch."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.analysis.frames import round_outwards
from playground.data.points import Points
from playground.engine.fit import Fit
from playground.figures.arrays import Array, Range, float32, pad
from playground.figures.axes import make_axis
from playground.figures.cursor import EDITED, HALO, runner
from playground.figures.palette import BATCH, DARK_RIM, DATA, RESIDUAL, RIM, RUNNERS, SYMBOLS
from playground.figures.points import (
    CROWDED,
    MOST_POINTS,
    count_drawn,
    marker_colour,
    marker_size,
    most_points,
    pick_evenly,
    stem_lines,
)
from playground.figures.poles import break_at_poles
from playground.figures.traces import (
    Figure,
    Trace,
    make_figure,
    make_hover,
    make_line,
    make_markers,
)

CURVE_POINTS = 61

PADDING = 0.12
"""The empty part beside the points, as a part of what they span."""


class Curve(NamedTuple):
    """One runner's model: its name and colour, (steps + 1, M) its values on the grid, and its number from 0."""

    name: str
    colour: str
    y: Array
    slot: int = 0


class Residuals(NamedTuple):
    """Points x, y (n,), and what a model predicts there at each step, (steps + 1, n)."""

    x: Array
    y: Array
    predictions: Array


class DataNumbers(NamedTuple):
    """Points (N,), and for each step the models' curves and the residuals.

    Attributes:
        x, y: the points that are drawn, (N,); held_out: (N,) bool; weights: (N,), 1 where all count alike.
        of: how many points there are; editable: whether each of them is drawn, in its order.
        grid: where the curves are drawn, (M,): two points suffice for models that are straight in x.
        curves: one for each runner; selected: the place of the one that lies on top.
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
    of: int
    selected: int = 0


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
    x_range = kept[0] if kept else span_data(data)
    grid, curves = _curves(fit, paths, x_range)
    batch_x, batch_y = (None, None) if batches is None else _batches(fit, batches)
    named = [
        Curve(name, RUNNERS[slot], one, slot)
        for name, slot, one in zip(names, slots or range(len(curves)), curves, strict=True)
    ]
    places = pick_evenly(len(fit.x), most_points(len(paths[selected]), 3))
    with torch.no_grad():
        predictions = fit.predict(paths[selected], fit.x[places]).numpy()
    residuals = Residuals(fit.x[places].numpy(), fit.y[places].numpy(), predictions)
    numbers = gather_curves(data, grid, named, residuals, (x_range, kept[1]) if kept else None)
    return numbers._replace(
        batch_x=batch_x,
        batch_y=batch_y,
        batch_size=0 if batches is None else batches.shape[1],
        selected=selected,
    )


def span_data(data: Points) -> Range:
    """The axis of x around the points."""
    return pad(min(data.x), max(data.x), PADDING, 1.0)


def gather_curves(
    data: Points, grid: Array, curves: list[Curve], residuals: Residuals, kept: tuple[Range, Range] | None = None
) -> DataNumbers:
    """The numbers of ``data_figure`` for a model of any kind, by its values.

    Args:
        data: all of them, those held out as well.
        grid: (M,), where the curves are drawn.
        curves: one for each runner.
        residuals: of the selected runner.
        kept: the axes, if they are to stay.
    """
    places = pick_evenly(len(data), MOST_POINTS)
    x, y = (np.asarray(column, dtype=np.float64)[places] for column in (data.x, data.y))
    residual_x, residual_y = stem_lines(*residuals)
    return DataNumbers(
        x=x,
        y=y,
        held_out=np.asarray(data.held_out or (False,) * len(data))[places],
        weights=np.asarray(data.weights or (1.0,) * len(data))[places],
        editable=len(places) == len(data),
        grid=grid,
        curves=curves,
        residual_x=residual_x,
        residual_y=residual_y,
        batch_x=None,
        batch_y=None,
        batch_size=0,
        x_range=kept[0] if kept else span_data(data),
        y_range=kept[1] if kept else _y_range(y, residuals.predictions),
        of=len(data),
    )


def _curves(fit: Fit, paths: Sequence[Tensor], x_range: Range) -> tuple[Array, list[Array]]:
    """The grid (M,), and each path's curves on it (steps + 1, M)."""
    with torch.no_grad():
        grid = torch.linspace(*x_range, CURVE_POINTS, dtype=torch.float64)
        curves = [fit.predict(path, grid) for path in paths]
    if all(_straight(one) for one in curves):
        grid, curves = grid[[0, -1]], [one[:, [0, -1]] for one in curves]
    else:
        curves = [_break(fit, path, grid, one) for path, one in zip(paths, curves, strict=True)]
    return grid.numpy(), [float32(one.numpy()) for one in curves]


def _break(fit: Fit, path: Tensor, grid: Tensor, curves: Tensor) -> Tensor:
    """The curves (steps + 1, M) of a path with gaps at their poles."""

    def evaluate(steps: Tensor, x: Tensor) -> Tensor:
        return fit.predict_from_columns(path[steps].unbind(-1), fit.model_inputs(x))

    with torch.no_grad():
        return break_at_poles(grid, curves, evaluate)


def _straight(curves: Tensor) -> bool:
    """Whether every finite curve, sampled at even distances, is a straight line."""
    curves = curves[curves.isfinite().all(-1)]
    line = torch.lerp(curves[:, :1], curves[:, -1:], torch.linspace(0, 1, curves.shape[1], dtype=torch.float64))
    scale = curves.abs().amax(-1, keepdim=True)
    return bool(((curves - line).abs() <= 1e-9 * scale).all())


def _batches(fit: Fit, batches: Tensor) -> tuple[Array, Array]:
    lit = batches[:, : most_points(len(batches), 1)]
    missing = lit < 0
    x, y = (torch.where(missing, torch.nan, column[lit.clamp(min=0)]).numpy() for column in (fit.x, fit.y))
    return x, y


def _y_range(y: Array, predictions: Array) -> Range:
    """Around the data, and around the predictions that stay near it: a run that diverges leaves the picture."""
    with np.errstate(over="ignore"):  # of data at both ends of the numbers
        span = max(float(np.ptp(y)), 1e-9)
    near = predictions[(predictions > y.min() - 2 * span) & (predictions < y.max() + 2 * span)]
    low, high = (min(y.min(), near.min()), max(y.max(), near.max())) if near.size else (y.min(), y.max())
    return round_outwards(*pad(float(low), float(high), PADDING, 1.0))


def data_figure(numbers: DataNumbers) -> Figure:
    """The points, each model's curve at the cursor, a line from each point to the curve, the batch lit up."""
    width = 3 if len(numbers.x) <= 100 else 1.5
    is_crowded = len(numbers.x) > CROWDED  # lines from so many points would cover them all: they wait in the legend
    looks: dict[str, Any] = {"name": "residuals", "width": width, "is_hidden": is_crowded}
    traces = [make_line(numbers.residual_x, numbers.residual_y, RESIDUAL, **looks)]
    traces += [_curve(numbers, place) for place in range(len(numbers.curves)) if place != numbers.selected]
    traces += [_curve(numbers, numbers.selected)] if numbers.curves else []
    traces.append(_points(numbers))
    if numbers.held_out.any():
        traces.append(_held_out())
    if numbers.batch_x is not None and numbers.batch_y is not None:
        traces.append(_lit(numbers.batch_x, numbers.batch_y, numbers.batch_size))
    layout = {"xaxis": make_axis("x", numbers.x_range), "yaxis": make_axis("y", numbers.y_range)}
    return make_figure(traces, layout)


def _curve(numbers: DataNumbers, place: int) -> Trace:
    one = numbers.curves[place]
    is_alone = len(numbers.curves) == 1
    meta = {} if is_alone else runner(one.name, one.slot, SYMBOLS[one.slot])
    return make_line(numbers.grid, one.y, one.colour, meta, name=one.name if is_alone else "", width=4)


def _points(numbers: DataNumbers) -> Trace:
    size = marker_size(len(numbers.x))
    is_crowded = len(numbers.x) > CROWDED
    looks: dict[str, Any] = {"size": size, "rim": (DATA, 0) if is_crowded else (RIM, 1.5)}
    if len(set(numbers.weights.tolist())) > 1 or numbers.held_out.any():
        mean = numbers.weights.mean() or 1.0
        in_loss = np.where(numbers.weights > 0, "circle", "x-thin-open")
        looks = {
            "size": size * np.sqrt(numbers.weights / mean).clip(0.5, 2.0),
            "symbol": np.where(numbers.held_out, "circle-open", in_loss).tolist(),
            "rim": (DATA, 1.5),
        }
    meta = HALO | (EDITED if numbers.editable else {})
    hover = make_hover(("x", "x"), ("y", "y"))
    colour = marker_colour(len(numbers.x))
    return make_markers(
        numbers.x, numbers.y, colour, meta, name=count_drawn("data", len(numbers.x), numbers.of), hover=hover, **looks
    )


def _held_out() -> Trace:
    """The entry of the legend for the points held out, which are among the others."""
    nowhere = np.full(1, np.nan)
    return make_markers(nowhere, nowhere, DATA, name="held out", size=11, symbol="circle-open", rim=(DATA, 1.5))


def _lit(x: Array, y: Array, size: int) -> Trace:
    drawn = x.shape[1]
    name = "batch" if size == drawn else f"batch (the first {drawn:,} of {size:,} points)"
    # Rings with a black edge around the points.
    looks: dict[str, Any] = {"size": 20, "symbol": "circle-open", "rim": (DARK_RIM, 1.5)}
    return make_markers(float32(x), float32(y), BATCH, name=name, **looks)
