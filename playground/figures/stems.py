"""What each data point says at the cursor: its residual, and its contribution to the gradient."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.analysis.fit_statistics import contributions
from playground.analysis.frames import round_outwards
from playground.engine.fit import Fit
from playground.figures.arrays import Array, Range, pad
from playground.figures.axes import make_axis
from playground.figures.palette import BACKGROUND, PARTS, RESIDUAL
from playground.figures.points import count_drawn, most_points, pick_evenly, stem_lines
from playground.figures.traces import (
    Figure,
    make_figure,
    make_line,
)

FAR = 10.0
"""The axis holds what is up to this many times as large as at the run's start; what is larger leaves the picture."""

SHIFT = 0.012
"""How far the parameters' stems stand from each other, as a part of the picture's width."""

PADDING = 0.1
"""The empty part beside the points, as a part of what they span."""

MOST_AT_ONCE = 2
"""How many parameters' stems are drawn at once, and at their own size: others wait in the legend."""


class Stems(NamedTuple):
    """One upright line at each point.

    Attributes:
        name: in the legend; colour.
        x: (3n,), each place twice and a gap; y: (steps + 1, 3n), from 0 to the value and a gap.
    """

    name: str
    colour: str
    x: Array
    y: Array


class StemsNumbers(NamedTuple):
    """Lines at the data's x.

    Attributes:
        title: of the upright axis.
        stems: the lines; x_range, y_range: the axes.
        shown: how many points have lines.
    """

    title: str
    stems: list[Stems]
    x_range: Range
    y_range: Range
    shown: int


def gather_residuals(fit: Fit, path: Tensor) -> StemsNumbers:
    """What each target is above the model, y - prediction, at each step of a path (steps + 1, P)."""
    places = pick_evenly(len(fit.x), most_points(len(path), 3))
    with torch.no_grad():
        values = (fit.y[places] - fit.predict(path, fit.x[places])).numpy()
    x, y = stem_lines(fit.x[places].numpy(), np.zeros(len(places)), values)
    title = count_drawn("residual, y − model", len(places), len(fit.x))
    return StemsNumbers(title, [Stems("residuals", RESIDUAL, x, y)], _width(fit), _bounds(values), len(places))


def gather_contributions(fit: Fit, path: Tensor, names: Sequence[str]) -> StemsNumbers:
    """What each point contributes to the derivative by each parameter, at each step of a path (steps + 1, P).

    Of more than two parameters, which may be of very different sizes, as a share of what all points contribute.
    """
    places = pick_evenly(len(fit.x), most_points(len(path), 3 * len(names)))
    values = _contributions(fit, path, places)
    title = "contribution to the gradient"
    if len(names) > MOST_AT_ONCE:
        title = "share of all contributions"
        with np.errstate(all="ignore"):
            values = values / np.abs(values).sum(1, keepdims=True)
    low, high = x_range = _width(fit)
    lines = []
    for i, name in enumerate(names):
        shift = (i - (len(names) - 1) / 2) * SHIFT * (high - low)
        x, y = stem_lines(fit.x[places].numpy() + shift, np.zeros(len(places)), values[..., i])
        lines.append(Stems(f"to ∂/∂{name}", PARTS[i], x, y))
    title = count_drawn(title, len(places), len(fit.x))
    return StemsNumbers(title, lines, x_range, _bounds(values), len(places))


def _contributions(fit: Fit, path: Tensor, places: Array) -> Array:
    """Those of the points at these places, (steps + 1, n, P)."""
    if len(places) == len(fit.x):
        return contributions(fit, path).numpy()
    # Of some of the points each still has its own share of the loss of all.
    part = fit.batch(torch.as_tensor(places))
    values = contributions(part, path).numpy()
    if fit.sums_losses:
        return values
    drawn, whole = (torch.ones_like(one.y) if one.weights is None else one.weights for one in (part, fit))
    return values * float(drawn.sum() / whole.sum())


def stems_figure(numbers: StemsNumbers) -> Figure:
    """The lines at the cursor, and the line at 0."""
    zero = make_line(np.array(numbers.x_range), np.zeros(2), BACKGROUND, width=1.5)
    width = 5 if numbers.shown <= 60 else 1.5
    lines = [
        make_line(one.x, one.y, one.colour, name=one.name, width=width, is_hidden=i >= MOST_AT_ONCE)
        for i, one in enumerate(numbers.stems)
    ]
    layout = {"xaxis": make_axis("x", numbers.x_range), "yaxis": make_axis(numbers.title, numbers.y_range)}
    return make_figure([zero, *lines], layout)


def _width(fit: Fit) -> Range:
    return pad(float(fit.x.min()), float(fit.x.max()), PADDING, 1.0)


def _bounds(values: Array) -> Range:
    """Even about 0, for all of a run (steps + 1, n), but for the steps at which it is far away."""
    sizes = np.where(np.isfinite(values), np.abs(values), 0.0).reshape(len(values), -1).max(-1)
    begun = sizes[0] or sizes.max()
    high = float(sizes[sizes <= FAR * begun].max()) or 1.0
    return round_outwards(-1.05 * high, 1.05 * high)
