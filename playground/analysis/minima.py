"""Minima that can be worked out: of sums of squares that are linear, and of quadratics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.objectives import Objective
from playground.engine.second_order import differentiate

LINEARITY_TOLERANCE = 1e-9
"""A function is linear if it differs from its linearisation by no more than this part of its size."""

QUADRATIC_TOLERANCE = 1e-9
"""A loss is a quadratic if its gradient differs from a linear one by no more than this part of its size."""

SINGULAR = 1e-12
"""A Hessian whose least eigenvalue is no more than this part of the largest has no single minimum."""

EPSILON = torch.finfo(torch.float64).eps


@dataclass(frozen=True, eq=False)
class LinearMap:
    """A function ``offset + design @ theta``.

    Attributes:
        design: (M, P) float64; offset: (M,) float64.
    """

    design: Tensor
    offset: Tensor


def find_minimum(objective: Objective, at: Mapping[str, float] | Sequence[float] | Tensor) -> Tensor | None:
    """The minimum of a loss, (P,) float64, if it can be worked out; else None.

    Args:
        objective: whose loss; at: the P parameters at a point where it has a Hessian.
    """
    minimum = least_squares(objective)
    return find_quadratic_minimum(objective, at) if minimum is None else minimum


def linearise(function: Callable[[Tensor], Tensor], count: int) -> LinearMap | None:
    """A function (P,) -> (M,) of ``count`` parameters as a linear map; None if it isn't one."""
    origin = torch.zeros(count, dtype=torch.float64)
    offset, design = differentiate(function, origin)
    with torch.no_grad():
        # Two points that no accident of numbers makes alike, and two far off, for what bends or stops only there.
        for factor in (1.0, -2.7, 1e4, -1e4):
            at = factor * (1 + 0.37 * torch.arange(count, dtype=torch.float64).sin())
            change = design @ at
            off = float((function(at) - offset - change).abs().max())
            # A large offset is rounded, and with it what is added to it.
            rounding = 8 * EPSILON * float(offset.abs().max())
            if not off <= LINEARITY_TOLERANCE * max(float(change.abs().max()), 1e-300) + rounding:
                return None
    return LinearMap(design, offset)


def least_squares(objective: Objective) -> Tensor | None:
    """The exact minimum of a sum of squares whose residuals are linear in the parameters, by LAPACK's least squares.

    Returns:
        (P,) float64, or None if the loss is no sum of squares, the residuals aren't linear, or many minima are as good.
    """
    count = len(objective.parameters)
    residuals = linearise(objective.residuals, count) if objective.is_sum_of_squares else None
    if residuals is None or len(residuals.design) < count:
        return None
    # Columns of one length: a parameter of another unit is no reason to call the rest flat.
    lengths = residuals.design.norm(dim=0)
    if not bool((lengths > 0).all()):
        return None
    found = torch.linalg.lstsq(residuals.design / lengths, -residuals.offset[:, None], driver="gelsd", rcond=1e-13)
    if int(found.rank) < count:
        return None
    solution: Tensor = found.solution[:, 0] / lengths
    return solution


def find_quadratic_minimum(objective: Objective, at: Mapping[str, float] | Sequence[float] | Tensor) -> Tensor | None:
    """The minimum of a loss that is a quadratic, by one Newton step from ``at``.

    Returns:
        (P,) float64, or None if the gradient there isn't zero: then the loss is no quadratic, or has no
        single minimum.
    """
    theta = objective.order(at)
    gradient, hessian = objective.gradient(theta), objective.hessian(theta)
    if not objective.parameters or not bool(gradient.isfinite().all() and hessian.isfinite().all()):
        return None
    eigenvalues = torch.linalg.eigvalsh(hessian)
    if eigenvalues[0] <= SINGULAR * eigenvalues[-1].abs():
        return None
    minimum: Tensor = theta - torch.linalg.solve(hessian, gradient)
    # A quadratic's gradient is linear: told at a second point, or every critical point would pass for one's minimum.
    aside = 1 + minimum.abs()
    size = hessian.abs().max() * (theta.abs().max() + aside.max())
    for away in (torch.zeros_like(aside), aside):
        left = objective.gradient(minimum + away) - hessian @ away
        if not bool(left.abs().max() <= QUADRATIC_TOLERANCE * size):
            return None
    return minimum
