"""Runners on the curve of a function of one variable."""

from typing import NamedTuple

import numpy as np

from playground.figures.arrays import Array, Range
from playground.figures.axes import ends_of, make_axis, notes_on
from playground.figures.cursor import HALO, OPEN
from playground.figures.palette import BACKGROUND, GRADIENT
from playground.figures.traces import (
    Figure,
    RunPath,
    make_figure,
    make_hover,
    make_line,
    make_run_marker,
    make_staircase,
    make_stars,
    on_top,
)
from playground.figures.visible_curve import cut_poles, visible_range

TANGENT_REACH = 0.14
"""How far a tangent goes to either side, as a part of the picture's width."""


class CurveNumbers(NamedTuple):
    """A function of one variable, and runners on it.

    Attributes:
        name: the variable.
        x: (columns,); y: (columns,), the losses.
        paths: each runner's points (x, loss).
        tangents: (steps + 1, 2, 2), the selected runner's tangent at each step: two points.
        minima: (M, 2).
        y_range: the upright axis.
    """

    name: str
    x: Array
    y: Array
    paths: list[RunPath]
    tangents: Array
    minima: Array
    y_range: Range


def gather_curve(
    name: str, x: Array, y: Array, paths: list[RunPath], slopes: Array, selected: int, minima: Array
) -> CurveNumbers:
    """The numbers of ``curve_figure``; ``slopes`` (steps + 1,) are the selected runner's gradients."""
    at = paths[selected]
    with np.errstate(all="ignore"):
        span = TANGENT_REACH * float(x[-1] - x[0]) * np.array([-1, 1])
        tangents = np.stack([at.x[:, None] + span, at.y[:, None] + slopes[:, None] * span], -1)
    losses = [path.y[np.isfinite(path.y)] for path in paths]
    seen = visible_range(y, [mark for one in losses for mark in (*one[:1], one.min(initial=np.inf))])
    return CurveNumbers(name, *cut_poles(x, y, seen), paths, tangents, minima, seen)


def curve_figure(numbers: CurveNumbers) -> Figure:
    """The curve; for each runner its steps as a staircase, along and then down to the curve; one tangent."""
    hover = make_hover((numbers.name, "x:.4g"), ("loss", "y:.5g"))
    tangents = numbers.tangents
    traces = [
        make_line(numbers.x, numbers.y, BACKGROUND, OPEN, name="function", hover=hover),
        make_line(tangents[..., 0], tangents[..., 1], GRADIENT, HALO | OPEN, name="tangent", width=4),
    ]
    for path in on_top(numbers.paths):
        traces += [make_staircase(path), make_run_marker(path)]
    if len(numbers.minima):
        traces.append(make_stars(numbers.minima))
    layout = {
        "xaxis": make_axis(numbers.name, ends_of(numbers.x)),
        "yaxis": make_axis("loss", numbers.y_range),
        "annotations": notes_on(numbers.y),
    }
    return make_figure(traces, layout)
