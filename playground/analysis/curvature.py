"""How the loss curves along a run, and how fast a descent down such a curve must go."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.objectives import Objective
from playground.engine.trajectory import Trajectory

CHUNK = 256_000
"""No more second derivatives of the model are worked out at once; the result holds 2 P² + P numbers a point."""

ROUNDING = 1e-12
"""An eigenvalue no larger than this part of the largest one can't be told from zero."""

DISTANCE_ROUNDING = 1e-9
"""Distances to the minimum below this part of the run's scale say more of rounding than of the method."""

MIN_DISTANCES = 3
"""A rate is measured from this many distances or more."""


@dataclass(frozen=True)
class Curvature:
    """The loss's second derivatives at K points of P parameters.

    Attributes:
        hessians: (K, P, P) float64.
        eigenvalues: (K, P) float64, ascending; NaN where the Hessian isn't finite.
        directions: (K, P, P) float64, the unit vector of column j belongs to eigenvalue j; NaN where the Hessian
            isn't finite. A vector and its opposite serve alike: each is the one that turns less than 90° from the
            last finite point's, and the first has its largest component positive. Where eigenvalues cross,
            the columns change places.
    """

    hessians: Tensor
    eigenvalues: Tensor
    directions: Tensor

    @property
    def flat(self) -> Tensor:
        """(K,) float64: an eigenvalue of no greater size can't be told from zero; NaN where they are NaN."""
        if not self.eigenvalues.shape[-1]:
            return self.eigenvalues.sum(-1)
        return ROUNDING * self.eigenvalues.abs().amax(-1)

    @property
    def condition(self) -> Tensor:
        """(K,) float64: λmax/λmin, how much longer than wide a valley is (Nocedal and Wright 2006, section 3.3).

        It is inf where λmin can't be told from zero and λmax is positive, and NaN where there is no valley to
        speak of: λmin is negative, or everything is flat, or the Hessian isn't finite.
        """
        if not self.eigenvalues.shape[-1]:
            return torch.full_like(self.flat, math.nan)
        low, high = self.eigenvalues[:, 0], self.eigenvalues[:, -1]
        flat = torch.where((low.abs() <= self.flat) & (high > 0), math.inf, math.nan)
        return torch.where(low > self.flat, high / low, flat)

    @property
    def bends_down(self) -> Tensor:
        """(K,) bool: whether the loss curves down some way, so that no rate is stable there."""
        if not self.eigenvalues.shape[-1]:
            return torch.zeros_like(self.flat, dtype=torch.bool)
        return self.eigenvalues[:, 0] < -self.flat

    @property
    def limit(self) -> Tensor:
        """(K,) float64: 2/λmax, the learning rate above which plain gradient descent is unstable here.

        On a quadratic it diverges; another loss may throw it to a flatter place, where it settles. It is inf where
        nothing curves upwards, and NaN where the Hessian isn't finite (Boyd and Vandenberghe 2004, section 9.3).
        """
        if not self.eigenvalues.shape[-1]:
            return torch.full_like(self.flat, math.inf)
        high = self.eigenvalues[:, -1]
        return torch.where(high.isnan(), high, torch.where(high > 0, 2 / high, math.inf))


def curvature(objective: Objective, points: Tensor) -> Curvature:
    """The curvature of a loss at many points.

    Args:
        objective: whose loss.
        points: (K, P) float64, in the order of a path.
    """
    count, size = points.shape
    if not count or not size:
        empty = torch.zeros(count, size, size, dtype=torch.float64)
        return Curvature(empty, empty.sum(-1), empty.clone())
    at_once = max(1, CHUNK // (size * max(objective.cost, size)))
    hessians = torch.cat([objective.hessian(part) for part in points.split(at_once)])
    eigenvalues, directions = _eigen(hessians)
    return Curvature(hessians, eigenvalues, _align_signs(directions))


def _eigen(hessians: Tensor) -> tuple[Tensor, Tensor]:
    """The eigenvalues (K, P) and eigenvectors (K, P, P) of symmetric matrices; NaN where one isn't finite."""
    finite = hessians.isfinite().all(-1).all(-1)
    # LAPACK refuses what isn't finite.
    eigenvalues, directions = torch.linalg.eigh(torch.where(finite[:, None, None], hessians, 0.0))
    eigenvalues[~finite], directions[~finite] = math.nan, math.nan
    return eigenvalues, directions


def _align_signs(directions: Tensor) -> Tensor:
    """The same directions, each column with the sign that continues the last finite point's."""
    finite = ~directions[:, 0, 0].isnan()
    path = directions[finite]
    if not len(path):
        return directions
    turns = torch.ones(len(path), path.shape[-1], dtype=torch.float64)
    largest = path[0].abs().argmax(0, keepdim=True)
    turns[0] = torch.where(path[0].gather(0, largest)[0] < 0, -1.0, 1.0)
    turns[1:] = torch.where((path[1:] * path[:-1]).sum(-2) < 0, -1.0, 1.0)
    # A vector that was turned turns all that follow it: the signs multiply.
    directions[finite] = path * turns.cumprod(0)[:, None, :]
    return directions


def trace_ellipses(hessians: Tensor, points: int) -> Tensor:
    """A level curve of each quadratic dᵀ H d, scaled so that its longest semi-axis is 1.

    Args:
        hessians: (K, 2, 2) float64.
        points: how many to a curve; the last is the first again.

    Returns:
        (K, points, 2) float64 around the origin; NaN where H isn't positive definite, to rounding. For a top's
        curves give -H.
    """
    low, high, first, second = _axes(hessians)
    # The semi-axes are as 1/√λ: the lesser curvature has the longer one.
    ratio = torch.where(low > ROUNDING * high.abs(), (low / high).sqrt(), math.nan)
    turn = torch.linspace(0, 2 * math.pi, points, dtype=torch.float64)[:, None]
    return (turn.cos() * first + (ratio[:, None, None] * turn.sin()) * second) + 0 * ratio[:, None, None]


def trace_crosses(hessians: Tensor) -> Tensor:
    """The two directions of each saddle, with lengths 1/√|λ|, scaled so that the longer half is 1.

    Args:
        hessians: (K, 2, 2) float64.

    Returns:
        (K, 2, 2, 2) float64 around the origin: point, segment (the one that curves down, then the one that
        curves up), end, coordinate; NaN where H isn't indefinite, to rounding.
    """
    low, high, first, second = _axes(hessians)
    least = ROUNDING * torch.maximum(low.abs(), high.abs())
    sizes = torch.stack([-low, high], -1)
    lengths = (sizes.amin(-1, keepdim=True) / sizes).sqrt()
    lengths[~((low < -least) & (high > least))] = math.nan
    arms = torch.cat([first, second], -2) * lengths[:, :, None]
    return torch.stack([-arms, arms], -2)


def trace_outlines(hessians: Tensor, points: int) -> Tensor:
    """What shows each curvature around its point: an ellipse at a bowl or a top, a cross at a saddle.

    Args:
        hessians: (K, 2, 2) float64.
        points: how many to an outline, at least 5.

    Returns:
        (K, points, 2) float64 around the origin, of longest half axis 1; NaN leaves gaps, and stands where all is
        flat or the Hessian isn't finite.
    """
    bowls, tops = trace_ellipses(hessians, points), trace_ellipses(-hessians, points)
    first, second = trace_crosses(hessians).unbind(1)
    gap = torch.full((len(hessians), points - 4, 2), math.nan, dtype=torch.float64)
    saddles = torch.cat([first, gap[:, :1], second, gap[:, 1:]], 1)
    found = torch.where(tops.isnan(), saddles, tops)
    return torch.where(bowls.isnan(), found, bowls)


def _axes(hessians: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The two eigenvalues (K,), ascending, and their directions (K, 1, 2), continued along the path."""
    eigenvalues, directions = _eigen(hessians)
    first, second = _align_signs(directions).mT.split(1, -2)
    return eigenvalues[:, 0], eigenvalues[:, 1], first, second


def predict_rate(
    eigenvalues: Tensor, lr: float, momentum: float = 0.0, dampening: float = 0.0, nesterov: bool = False
) -> float:
    """The factor by which a step of ``torch.optim.SGD`` shrinks a quadratic's distance to its minimum, in the long run.

    Along one eigenvector of curvature λ, torch's step takes the distance x and the buffer b to
    b' = μ b + (1−τ) λ x and x' = x − γ b', or with Nesterov's momentum x' = x − γ (λ x + μ b'). The factor is the
    largest size among all these matrices' eigenvalues: max |1 − γ λ| without momentum (Nocedal and Wright 2006,
    section 3.3), and Polyak's for the heavy ball (Polyak 1964, Some methods of speeding up the convergence of
    iteration methods; Goh 2017, Why momentum really works). A start without any part along the slowest direction
    may do better. Where the slowest one's two eigenvalues coincide, the factor is reached only slowly.

    Args:
        eigenvalues: (P,) float64, of the quadratic's Hessian. Weight decay adds itself to each of them.
        lr, momentum, dampening, nesterov: γ, μ, τ and the switch, as torch takes them.

    Returns:
        The factor: below 1 the run converges, above 1 it diverges. 0 without any eigenvalue.
    """
    curved = eigenvalues.to(torch.float64)
    if not curved.numel():
        return 0.0
    if momentum == 0:  # torch then keeps no buffer, whatever the dampening
        return float((1 - lr * curved).abs().max())
    trace = 1 + momentum - lr * curved * ((1 + momentum * (1 - dampening)) if nesterov else (1 - dampening))
    determinant = momentum * (1 - lr * curved) if nesterov else torch.full_like(curved, momentum)
    root = trace**2 / 4 - determinant
    # Two real eigenvalues, or a complex pair whose product is the determinant.
    sizes = torch.where(root >= 0, trace.abs() / 2 + root.clamp(min=0).sqrt(), determinant.clamp(min=0).sqrt())
    return float(sizes.max())


def measure_rate(trajectory: Trajectory, minimum: Tensor) -> float | None:
    """The factor by which a run's distance to the minimum really shrank at a step, late in the run.

    A line is fitted to the logarithm of √(|xₖ|² + |xₖ₊₁|²), x the distance from the minimum, over the last half of
    the steps. Momentum swings through the minimum, where |xₖ| alone has no meaning; two successive points are
    the state of such a run, and never both near it by chance. The half leaves out what comes after the distance has
    fallen to rounding, or has left the numbers.

    Args:
        trajectory: the run.
        minimum: (P,) float64.

    Returns:
        The factor, or None if fewer than three distances are left.
    """
    away = (trajectory.parameters - minimum).to(torch.float64)
    if not away.numel():
        return None
    distances = torch.hypot(*(_length(part) for part in (away[:-1], away[1:])))
    scale = max(float(_length(away[:1])), float(minimum.abs().max()))
    usable = distances.isfinite() & (distances > DISTANCE_ROUNDING * scale)
    logarithms = distances[: int(usable.cumprod(0).sum())].log()
    late = logarithms[len(logarithms) // 2 :]
    if len(late) < MIN_DISTANCES:
        return None
    steps = torch.arange(len(late), dtype=torch.float64)
    steps -= steps.mean()
    return math.exp(float(steps @ (late - late.mean()) / (steps @ steps)))


def _length(vectors: Tensor) -> Tensor:
    """The lengths of (..., P) vectors as (...), P at least 1, without an overflow on the way."""
    largest = vectors.abs().amax(-1)
    unit = vectors / torch.where(largest > 0, largest, 1.0)[..., None]
    lengths: Tensor = largest * unit.norm(dim=-1)
    return lengths
