"""The gradient found in three ways, and how steep a function is in any direction.

Torch's own by ``backward()``; the symbolic derivative, by sympy, evaluated at the point; and central differences, which
know nothing of derivatives. Likewise how steep it is in any direction, and from either side.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from playground.analysis.probe import Probe
from playground.engine.function import Function
from playground.errors import InputError
from playground.language.symbolic import evaluate_derivative

MAX_SYMBOLIC = 12
"""A function of more components gets no symbolic derivatives: sympy takes some time for each."""

CENTRAL_STEP = torch.finfo(torch.float64).eps ** (1 / 3)
"""The step at which the error of a central difference, h²·f‴/6, is about as small as that of rounding, ε·f/h
(Press et al. 2007, Numerical Recipes, section 5.7); times the size of x, from 1 on."""

ONE_SIDED_STEP = torch.finfo(torch.float64).eps ** (1 / 2)
"""The same for a one-sided difference, whose error is h·f″/2."""

SHRINKING = (256.0, 16.0, 1.0)
"""Whether a one-sided difference grows as its step shrinks is seen at these multiples of it."""

GROWS = 1.3
"""From one of them to the next a slope that is finite stays, and x**0.9 at 0 grows by this factor."""

ENOUGH_DIGITS = 1000.0
"""A difference says something if it is so many times what rounding may have made of it."""

DIRECTIONS = 72
"""A full turn is divided into so many steps, of 5° each."""

HALVINGS = 40
"""The step of a secant is halved so many times: then rounding has eaten it."""


class Slope(NamedTuple):
    """The derivative by one parameter, found in three ways.

    Attributes:
        name: the parameter.
        autograd: torch's.
        symbolic: sympy's derivative at the point, infinite or a limit at a pole; None where there is none, and ``why``.
        central: (f(x + h) - f(x - h)) / 2h, and ``step``: its h.
        before, after: the slopes from the left and from the right, by one-sided differences, and ``near``: their h.
        before_grows, after_grows: whether they grow and grow as h shrinks, as at an infinite slope.
    """

    name: str
    autograd: float
    symbolic: float | None
    why: str
    central: float
    step: float
    before: float
    after: float
    near: float
    before_grows: bool
    after_grows: bool

    @property
    def difference(self) -> float:
        """By how much the three lie apart; nan if one of them is."""
        found = [one for one in (self.autograd, self.symbolic, self.central) if one is not None]
        return math.nan if any(map(math.isnan, found)) else max(found) - min(found)


def run_backward(probe: Probe) -> tuple[dict[str, Tensor | None], str]:
    """What ``backward()`` leaves in each variable's ``.grad``, None where it leaves none; and torch's own refusal."""
    leaves = {name: at.clone().requires_grad_() for name, at in probe.tensors.items()}
    error = ""
    try:
        probe.expression.evaluate(leaves).backward()
    except RuntimeError as reason:
        error = f"{type(reason).__name__}: {reason}"
    return {name: leaf.grad for name, leaf in leaves.items()}, error


def compare_slopes(
    function: Function, theta: Tensor | Sequence[float], sizes: Mapping[str, int] | None = None
) -> list[Slope]:
    """The gradient of a function at a point (P,), in three ways.

    Args:
        function: of P parameters; theta: the point.
        sizes: how many components each vector has.
    """
    at = function.check_theta(theta).detach()
    gradient = function.gradient(at).tolist()
    central, step = central_differences(function, at)
    near = ONE_SIDED_STEP * at.abs().clamp(min=1.0)
    (after, after_grows), (before, before_grows) = (_one_sided(function, at, side * near) for side in (1, -1))
    found = []
    for i, name in enumerate(function.parameters):
        symbolic, why = _symbolic(function, name, at, sizes)
        found.append(
            Slope(
                name,
                gradient[i],
                symbolic,
                why,
                central=float(central[i]),
                step=float(step[i]),
                before=float(before[i]),
                after=float(after[i]),
                near=float(near[i]),
                before_grows=bool(before_grows[i]),
                after_grows=bool(after_grows[i]),
            )
        )
    return found


def central_differences(function: Function, theta: Tensor) -> tuple[Tensor, Tensor]:
    """The gradient at (P,) by central differences, and the step of each: (P,) float64 each."""
    step = CENTRAL_STEP * theta.abs().clamp(min=1.0)
    ahead, behind = theta + torch.diag(step), theta - torch.diag(step)
    with torch.no_grad():
        rise = function.loss(ahead) - function.loss(behind)
    # By what the points really lie apart: x + h is rounded.
    return rise / (ahead - behind).diagonal(), step


def _one_sided(function: Function, theta: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
    """The differences (P,) with these steps to one side, and whether they grow as the steps shrink."""
    slopes = torch.stack([_differences(function, theta, torch.diag(factor * steps)) for factor in SHRINKING])
    with torch.no_grad():
        rounding = ENOUGH_DIGITS * torch.finfo(torch.float64).eps * function.loss(theta).abs()
    steeper = slopes[1:] / slopes[:-1] >= GROWS
    # A difference that is made of rounding grows, too.
    return slopes[-1], steeper.all(0) & ((slopes[-1] * steps).abs() > rounding)


def _differences(function: Function, theta: Tensor, moves: Tensor) -> Tensor:
    """(f(x + m) - f(x)) over the signed length of each move m (K, P), (K,) float64."""
    with torch.no_grad():
        rise = function.loss(theta + moves) - function.loss(theta)
    return rise / ((theta + moves) - theta).sum(-1)


def _symbolic(
    function: Function, name: str, theta: Tensor, sizes: Mapping[str, int] | None
) -> tuple[float | None, str]:
    if len(function.parameters) > MAX_SYMBOLIC:
        return None, f"no formulas are made for more than {MAX_SYMBOLIC} components"
    point = dict(zip(function.parameters, theta.tolist(), strict=True))
    try:
        return evaluate_derivative(function.expression, name, point, sizes), ""
    except InputError as reason:
        return None, str(reason)


class DirectionSweep(NamedTuple):
    """A direction u that turns once around, in ``DIRECTIONS`` steps, and how steep it is along u.

    Attributes:
        angles: (K,) float64, in degrees.
        directions: (K, P) float64, of length 1.
        slopes: (K,) float64, u·∇f with torch's gradient.
        measured: (K,) float64, by central differences along u.
        before, after: (K,) float64, by one-sided differences: from behind, and ahead.
        steepest: the angle of the gradient in the plane in which u turns; nan if it has no direction.
    """

    angles: Tensor
    directions: Tensor
    slopes: Tensor
    measured: Tensor
    before: Tensor
    after: Tensor
    steepest: float


def sweep_directions(function: Function, theta: Tensor | Sequence[float]) -> DirectionSweep:
    """How steep a function of P ≥ 2 parameters is at a point (P,) in all directions of a plane.

    Of two parameters it is their own plane, from the first axis on; of more, the one of the gradient and the axis that
    lies farthest from it, beginning uphill.
    """
    at = function.check_theta(theta).detach()
    gradient = function.gradient(at)
    first, second = _plane(gradient)
    angles = torch.linspace(0, 360, DIRECTIONS + 1, dtype=torch.float64)
    radians = torch.deg2rad(angles).unsqueeze(-1)
    directions = radians.cos() * first + radians.sin() * second
    step = CENTRAL_STEP * at.abs().max().clamp(min=1.0)
    near = ONE_SIDED_STEP * at.abs().max().clamp(min=1.0)
    with torch.no_grad():
        here = function.loss(at)
        measured = (function.loss(at + step * directions) - function.loss(at - step * directions)) / (2 * step)
        after = (function.loss(at + near * directions) - here) / near
        before = (here - function.loss(at - near * directions)) / near
    along = torch.stack([gradient @ first, gradient @ second])
    # Where there is no value torch may have a gradient all the same.
    has_direction = bool(here.isfinite() and along.isfinite().all() and (along != 0).any())
    # Of more than two parameters u begins along it, but for rounding.
    uphill = math.degrees(math.atan2(along[1], along[0])) % 360 if len(at) == 2 else 0.0
    steepest = uphill if has_direction else math.nan
    return DirectionSweep(angles, directions, directions @ gradient, measured, before, after, steepest)


def _plane(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Two directions (P,) at right angles, of length 1."""
    axes = torch.eye(len(gradient), dtype=torch.float64)
    size = gradient.norm()
    if len(gradient) == 2 or not (size.isfinite() and size > 0):
        return axes[0], axes[1]
    first = gradient / size
    second = axes[int(first.abs().argmin())]
    second = second - (second @ first) * first
    return first, second / second.norm()


class Secants(NamedTuple):
    """Differences of a function of one variable, with a step h that is halved again and again.

    Attributes:
        steps: (K,) float64, the steps h.
        before, after: (K,) float64, the slopes from x - h to x, and from x to x + h.
        central: (K,) float64, the slopes from x - h to x + h.
        ends: (K, 2, 2) float64, the points (x, f(x)) at x - h and x + h.
    """

    steps: Tensor
    before: Tensor
    after: Tensor
    central: Tensor
    ends: Tensor


def compute_secants(function: Function, x: float, width: float) -> Secants:
    """The secants about a point, their half width halved from ``width`` on until rounding has eaten them."""
    steps = width * 0.5 ** torch.arange(HALVINGS + 1, dtype=torch.float64)
    places = torch.stack([x - steps, torch.full_like(steps, x), x + steps], -1)  # (K, 3)
    with torch.no_grad():
        values = function.loss(places.unsqueeze(-1))
    low, here, high = values.unbind(-1)
    left, middle, right = places.unbind(-1)
    ends = torch.stack([places[:, ::2], values[:, ::2]], -1)
    return Secants(
        steps, (here - low) / (middle - left), (high - here) / (right - middle), (high - low) / (right - left), ends
    )
