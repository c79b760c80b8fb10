"""The loss against the step."""

from typing import Any, Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go

from playground.analysis.frames import round_outwards, round_step
from playground.engine.trajectory import Trajectory
from playground.figures.cursor import ALL, PATH, POINT, RUN, Array, drawn

AIR = 0.06

LONG_AXIS = 2.0
"""Powers of ten beyond which a logarithmic axis is labelled by decades alone."""


class LossCurveNumbers(NamedTuple):
    """A run's losses.

    Attributes:
        steps: (steps + 1,), from 0.
        losses: (steps + 1,).
        scale: of the loss axis; linear where no loss is positive, whatever was asked for.
        loss_range: of the loss axis, in powers of ten if it is logarithmic.
    """

    steps: Array
    losses: Array
    scale: Literal["linear", "log"]
    loss_range: tuple[float, float]


def gather_loss_curve(trajectory: Trajectory, scale: Literal["linear", "log"] = "linear") -> LossCurveNumbers:
    """The numbers of ``loss_curve_figure``."""
    losses = trajectory.losses.numpy()
    finite = losses[np.isfinite(losses)]
    if scale == "log" and bool((finite > 0).any()):
        shown = np.log10(finite[finite > 0])
    else:
        scale, shown = "linear", finite
    low, high = (float(shown.min()), float(shown.max())) if shown.size else (0.0, 1.0)
    air = AIR * (high - low) or 0.5
    # Round bounds: runs that differ a little keep their axes, and nothing is drawn anew.
    bounds = round_outwards(low - air, high + air)
    return LossCurveNumbers(np.arange(len(losses), dtype=np.float64), losses, scale, bounds)


def loss_curve_figure(numbers: LossCurveNumbers) -> go.Figure:
    """The whole run faintly, the run up to the cursor, and the point at it."""
    last = max(float(numbers.steps[-1]), 1.0)
    return drawn(
        [
            dict(
                type="scatter",
                x=numbers.steps,
                y=numbers.losses,
                mode="lines",
                name="whole run",
                line={"color": RUN, "width": 1.5, "dash": "dot"},
                hoverinfo="skip",
                meta=ALL,
            ),
            dict(
                type="scatter",
                x=numbers.steps,
                y=numbers.losses,
                mode="lines",
                name="loss so far",
                line={"color": RUN, "width": 3},
                hoverinfo="skip",
                meta=PATH,
            ),
            dict(
                type="scatter",
                x=numbers.steps,
                y=numbers.losses,
                mode="markers",
                showlegend=False,
                marker={"color": RUN, "size": 12, "line": {"color": "white", "width": 2}},
                hoverinfo="skip",
                meta=POINT,
            ),
        ],
        {
            "xaxis": {"title": {"text": "step"}, "range": [-0.02 * last, 1.02 * last]},
            "yaxis": {
                "title": {"text": "loss"},
                "type": numbers.scale,
                "range": list(numbers.loss_range),
                **ticks(numbers.scale, numbers.loss_range),
            },
        },
    )


def ticks(scale: Literal["linear", "log"], bounds: tuple[float, float]) -> dict[str, Any]:
    """Whole decades on a long logarithmic axis, 1-2-5 or even steps on a short one, Plotly's choice on a linear one."""
    low, high = bounds
    if scale == "linear":
        return {}
    if high - low > LONG_AXIS:
        return {"exponentformat": "power", "dtick": float(np.ceil((high - low) / 8))}
    values = np.outer(10.0 ** np.arange(np.floor(low), np.ceil(high)), [1, 2, 5]).ravel()
    values = values[(values >= 10**low) & (values <= 10**high)]
    if len(values) < 3:
        step = round_step((10**high - 10**low) / 5)
        values = step * np.arange(np.ceil(10**low / step), np.floor(10**high / step) + 1)
    return {"tickvals": values, "ticktext": [f"{value:.6g}" for value in values]}
