"""What each data point says at the cursor: its residual, and its part in the gradient."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import torch
from torch import Tensor

from playground.analysis.fit_statistics import contributions
from playground.analysis.frames import round_outwards
from playground.engine.fit import Fit
from playground.figures.cursor import RESIDUAL, Array, drawn, rows
from playground.figures.data import most_points, some, stems
from playground.figures.race import COLOURS

FOUR = 4.0
"""By how much more than the end of a run needs its axis may reach, if its start needs as much."""

APART = 0.012
"""How far the parameters' stems stand from each other, as a part of the picture's width."""

AIR = 0.1

MOST_PLAIN = 2
"""Parameters whose stems are drawn at once, and at their own size: others wait in the legend."""


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
        shown, of: how many points have lines, and how many there are.
    """

    title: str
    stems: list[Stems]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    shown: int
    of: int


def gather_residuals(fit: Fit, path: Tensor) -> StemsNumbers:
    """What each target is above the model, y - prediction, at each step of a path (steps + 1, P)."""
    places = some(len(fit.x), most_points(len(path), 3))
    with torch.no_grad():
        values = (fit.y[places] - fit.predict(path, fit.x[places])).numpy()
    x, y = stems(fit.x[places].numpy(), np.zeros(len(places)), values)
    bounds = _bounds(values)
    return StemsNumbers(
        "residual, y − model", [Stems("residuals", RESIDUAL, x, y)], _width(fit), bounds, len(places), len(fit.x)
    )


def gather_contributions(fit: Fit, path: Tensor, names: Sequence[str]) -> StemsNumbers:
    """What each point has in the derivative by each parameter, at each step of a path (steps + 1, P).

    Of more than two parameters, which may be of very different sizes, as a part of what all points have there.
    """
    places = some(len(fit.x), most_points(len(path), 3 * len(names)))
    whole = len(places) == len(fit.x)
    # Of some of the points each still has its own share of the loss of all.
    part = fit if whole else fit.batch(torch.as_tensor(places))
    values = contributions(part, path).numpy()
    if not whole and not fit.sums_losses:
        weights = [torch.ones_like(one.y) if one.weights is None else one.weights for one in (part, fit)]
        values = values * float(weights[0].sum() / weights[1].sum())
    title = "part in the gradient"
    if len(names) > MOST_PLAIN:
        title = "part of all that pull"
        with np.errstate(all="ignore"):
            values = values / np.abs(values).sum(1, keepdims=True)
    low, high = x_range = _width(fit)
    lines = []
    for i, name in enumerate(names):
        shift = (i - (len(names) - 1) / 2) * APART * (high - low)
        x, y = stems(part.x.numpy() + shift, np.zeros(len(places)), values[..., i])
        lines.append(Stems(f"in ∂/∂{name}", COLOURS[i], x, y))
    return StemsNumbers(title, lines, x_range, _bounds(values), len(places), len(fit.x))


def stems_figure(numbers: StemsNumbers) -> go.Figure:
    """The lines at the cursor, each with a marker at its end, and the line at 0."""
    many = numbers.shown > 60
    traces = [
        dict(
            type="scatter",
            x=list(numbers.x_range),
            y=[0.0, 0.0],
            mode="lines",
            showlegend=False,
            line={"color": "#808080", "width": 1.5},
            hoverinfo="skip",
        )
    ]
    traces += [
        dict(
            type="scatter",
            x=one.x,
            y=one.y.ravel(),
            mode="lines",
            name=one.name,
            visible=True if i < MOST_PLAIN else "legendonly",
            line={"color": one.colour, "width": 1.5 if many else 5},
            hoverinfo="skip",
            meta=rows(one.y.shape[1]),
        )
        for i, one in enumerate(numbers.stems)
    ]
    return drawn(
        traces,
        {
            "xaxis": {"title": {"text": "x"}, "range": list(numbers.x_range)},
            "yaxis": {"title": {"text": numbers.title}, "range": list(numbers.y_range)},
        },
    )


def _width(fit: Fit) -> tuple[float, float]:
    low, high = float(fit.x.min()), float(fit.x.max())
    air = AIR * (high - low) or 1.0
    return low - air, high + air


def _bounds(values: Array) -> tuple[float, float]:
    """Even about 0, and such that both ends of a run can be read, though one of them may reach beyond."""
    with np.errstate(all="ignore"):
        sizes = [float(np.nanmax(np.abs(one))) if np.isfinite(one).any() else 0.0 for one in (values[0], values[-1])]
    least, most = sorted(size for size in (*sizes, 0.0, 0.0) if np.isfinite(size))[-2:]
    high = min(most, FOUR * least) or most or 1.0
    return round_outwards(-1.05 * high, 1.05 * high)
