"""What the views of a gradient share: the view itself, a surface, and torch's refusal in words."""

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.analysis.landscape import LossSurface, loss_surface
from playground.analysis.probe import Probe
from playground.engine.objectives import Objective
from playground.labs.shared.view import Frame, View
from playground.language.expression import Expression

POINTS = 61
"""Of a surface, along each axis."""


CURVE_POINTS = 401


@dataclass(frozen=True, kw_only=True)
class GradientView(View):
    """What the player shows; ``frame`` are the ranges of the picture that a point can be picked in."""

    frame: Frame = ()


def value_name(expression: Expression) -> str:
    """What the value is called: y as in the tutorial, if no variable is."""
    return "f" if "y" in expression.names else "y"


def vector_of(probe: Probe) -> Tensor | None:
    """The v in backward(v), (M,) float64, or None without one."""
    return torch.tensor(probe.vector, dtype=torch.float64) if probe.vector else None


def explain_refusal(probe: Probe) -> str:
    """Why torch refused to go backward."""
    if len(probe.value) == 1:
        return "No variable can move this value by a little, so torch has recorded nothing to go back through."
    return (
        f"The value has {len(probe.value)} components, and only one number has a gradient: "
        "wrap it in sum(…), or type a vector v for backward(v)."
    )


def surface_over(objective: Objective, frame: Frame) -> LossSurface:
    """The loss over two parameters, in a picture's ranges."""
    (across, up), ((left, right), (low, high)) = objective.parameters, frame
    return loss_surface(objective, (across, left, right, POINTS), (up, low, high, POINTS))
