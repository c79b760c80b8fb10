"""Whether a loss has come to rest at a point, and what kind of place that is, whatever its units are.

Nothing here is compared with a fixed number in the units of the loss or of a parameter: losses in nanoamperes squared
and losses in millions are judged alike. The Hessian is scaled until the largest entries of its rows are 1 (Ruiz 2001,
A scaling algorithm to equilibrate both rows and columns norms in matrices), which takes the units of the parameters
out of its eigenvalues. A gradient is as good as zero where Newton's step is nothing beside the parameters, and a
parameter no longer matters where a change by all of its own size changes next to nothing of the loss.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from playground.engine.objectives import Objective

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

MAX_PARAMETERS = 24
"""Of a loss of more parameters no Hessian is made to judge a run by: each takes a pass backwards of its own."""

MAX_EVALUATIONS = 500_000
"""Nor is one that takes more evaluations of the loss, see ``Objective.cost``."""

SETTLED = 1e-6
"""A run has settled where Newton's step moves no parameter by more than this part of it, or, of one that goes to 0, of
the way that it has come."""

FROM_AFAR = 1e-3
"""Of the way that the parameters have come this part counts as their size, where they are smaller."""

SLIGHT = 1e-10
"""A loss has next to nothing to gain if Newton's step promises no more than this part of it: of squares, a step by
some 1e-5 standard errors (Bates and Watts 1981, A relative offset orthogonality convergence criterion)."""

SINGULAR = 1e-12
"""An eigenvalue of the scaled Hessian can't be told from 0 if it is no larger than this."""

BENT_BY_SLOPE = 30.0
"""Nor can one that is no larger than so many times the scaled gradient: a bent valley seems to curve along its floor
by about the gradient, as long as the run isn't quite at its floor."""

LEVEL = 1e-9
"""A direction without curvature is level if the scaled slope along it is no larger than this."""

NEGLIGIBLE = 1e-8
"""A parameter doesn't matter if a change by its own size changes no more than this part of the loss."""

SHOWN = 1e-3
"""A parameter has a part in a direction if its scaled component is larger."""

ROUNDS = 12
"""Each round takes the root of what is left of the scales: of 1e±300 a factor of 1.2 is left."""

EPSILON = float(np.finfo(np.float64).eps)


class Rest(NamedTuple):
    """How K points of P parameters stand.

    Attributes:
        settled: (K,), whether no slope is left, beside the curvature and the sizes of the parameters.
        curves_down: (K,), whether the loss curves down in some direction; curves_up: whether it curves up in some.
        idle: (K, P), the parameters that don't matter there, each by itself.
        level: (K, P), those that can change together without changing the loss; direction: (K, P) float64, one
            way in which they do, in their own units and of no certain length.
    """

    settled: Flags
    curves_down: Flags
    curves_up: Flags
    idle: Flags
    level: Flags
    direction: Numbers

    @property
    def is_singular(self) -> Flags:
        """(K,), whether there is a direction in which the loss has no curvature that can be told from none."""
        singular: Flags = np.asarray((self.idle | self.level).any(-1))
        return singular

    @property
    def is_minimum(self) -> Flags:
        """(K,), whether the loss has settled, and curves upwards in all directions."""
        return self.settled & ~self.curves_down & ~self.is_singular


def can_judge(objective: Objective) -> bool:
    """Whether the Hessian that a judgement needs is cheap enough."""
    count = len(objective.parameters)
    return count <= MAX_PARAMETERS and count * objective.cost <= MAX_EVALUATIONS


def find_rest(
    objective: Objective, starts: Numbers, points: Numbers, losses: Numbers, gradients: Numbers, hessians: Numbers
) -> Rest:
    """How points stand that runs have come to.

    Args:
        objective: whose loss.
        starts: (K, P) float64, where the runs began: the way that a parameter has come counts as its size, too.
        points: (K, P); losses: (K,); gradients: (K, P); hessians: (K, P, P), float64, all of these points. A point
            where one of them isn't finite has not settled.
    """
    if not points.shape[-1]:
        nowhere = np.zeros(len(points), dtype=np.bool_)
        return Rest(np.isfinite(losses), nowhere, nowhere, points.astype(np.bool_), points.astype(np.bool_), points)
    known: Flags = np.isfinite(losses) & np.isfinite(gradients).all(-1) & np.isfinite(hessians).all(-1).all(-1)
    slopes = np.where(known[:, None], gradients, 0.0)
    curves = np.where(known[:, None, None], hessians, 0.0)
    with np.errstate(all="ignore"):  # sizes near the largest number: what overflows isn't small
        here, ways = np.abs(points), np.abs(points - starts)
        idle = _find_idle(objective, points, losses, slopes, curves, np.maximum(here, ways))
        # What doesn't matter is taken out: its row and its slope count as 0.
        counts = ~idle
        scales, scaled = equilibrate(curves * (counts[:, :, None] & counts[:, None, :]))
        settled, down, up, level, direction = _settle(
            losses, here * counts, ways * counts, scales, scaled, slopes * counts, counts
        )
    return Rest(known & settled, down, up, idle & known[:, None], level & known[:, None], direction)


def equilibrate(matrices: Numbers) -> tuple[Numbers, Numbers]:
    """Scales R (K, P) for symmetric matrices H (K, P, P), and R H R, in whose rows the largest size is 1.

    A row of zeros stays, with the scale 1.
    """
    scales, scaled = np.ones(matrices.shape[:-1]), matrices
    for _ in range(ROUNDS):
        largest = np.abs(scaled).max(-1)
        by = 1 / np.sqrt(np.where(largest > 0, largest, 1.0))
        scales = scales * by
        scaled = by[:, :, None] * scaled * by[:, None, :]
    return scales, scaled


def _settle(
    losses: Numbers, here: Numbers, ways: Numbers, scales: Numbers, scaled: Numbers, slopes: Numbers, counts: Flags
) -> tuple[Flags, Flags, Flags, Flags, Numbers]:
    """Whether points have settled, whether the loss curves down and up, and what is level: see ``Rest``.

    Args:
        losses: (K,); here, ways, slopes: (K, P), the parameters' sizes, how far they have come, and the gradients, 0
            for those that don't matter; counts: (K, P), those that do.
        scales, scaled: what ``equilibrate`` makes of the Hessians.
    """
    eigenvalues, vectors = np.linalg.eigh(scaled)
    # Parameters that go to 0 have the size that they have come from, but a start that was far off says little.
    size = np.maximum(_lengths(here / scales), FROM_AFAR * _lengths(ways / scales))
    along = np.einsum("kpi,kp->ki", vectors, scales * slopes)
    bent = BENT_BY_SLOPE * _lengths(along) / np.where(size > 0, size, np.inf)
    least = np.maximum(bent, SINGULAR)
    is_level = np.abs(eigenvalues) <= least
    newton = np.where(is_level, 0.0, along / np.where(is_level, 1.0, eigenvalues))
    moves = np.abs(scales * np.einsum("kpi,ki->kp", vectors, newton))
    gain, worth = np.abs(along * newton).sum(-1) / 2, np.abs(losses)
    # Where the parameters or the loss have no digits left to tell a step by, there is no closer.
    rounded = (_lengths(newton) <= 64 * EPSILON * size)[:, 0] | (gain <= 8 * EPSILON * worth)
    no_slope = (~is_level | (np.abs(along) <= LEVEL * size)).all(-1)
    settled: Flags = np.asarray((rounded | _have_arrived(moves, here, ways, gain, worth)) & no_slope)
    down, up = (np.asarray(one.any(-1)) for one in (eigenvalues < -least, eigenvalues > least))
    return settled, down, up, *_find_floor(vectors, is_level, scales, counts)


def _have_arrived(moves: Numbers, here: Numbers, ways: Numbers, gain: Numbers, worth: Numbers) -> Flags:
    """(K,), whether Newton's steps ``moves`` (K, P), which promise to gain so much (K,), are next to nothing.

    A parameter near 0 is as good as 0 to a loss that is all there is to gain, or that has next to nothing to gain.
    """
    is_all_or_nothing = ((worth <= 4 * gain) | (gain <= SLIGHT * worth))[:, None]
    slight: Flags = (moves <= SETTLED * here) | (is_all_or_nothing & (moves <= SETTLED * ways))
    return np.asarray(slight.all(-1))


def _find_floor(vectors: Numbers, is_level: Flags, scales: Numbers, counts: Flags) -> tuple[Flags, Numbers]:
    """Which parameters have a part in the directions that are level (K, P), and the first of these directions."""
    # The row of zeros of a parameter that doesn't matter has a level direction of its own, which is told apart.
    floor = is_level[:, None, :] & (np.abs(vectors * counts[..., None]) > SHOWN)
    first = floor.any(1).argmax(-1)
    direction: Numbers = scales * np.take_along_axis(vectors, first[:, None, None], -1)[..., 0]
    return np.asarray(floor.any(-1)), direction


def _lengths(rows: Numbers) -> Numbers:
    """The lengths (K, 1) of rows (K, P)."""
    lengths: Numbers = np.linalg.norm(rows, axis=-1, keepdims=True)
    return lengths


def _find_idle(
    objective: Objective, points: Numbers, losses: Numbers, slopes: Numbers, curves: Numbers, sizes: Numbers
) -> Flags:
    """(K, P), which parameters neither tilt nor bend the loss, for all that they are."""
    least, bends = NEGLIGIBLE * np.abs(losses)[:, None], np.abs(curves)
    nothing = (slopes == 0) & (bends == 0).all(-1)
    bent = (bends * sizes[:, None, :]).max(-1) * sizes
    idle: Flags = (np.abs(slopes) * sizes <= least) & (bent <= least) & (sizes > 0) & ~nothing
    rows = np.flatnonzero(idle.any(-1))
    if len(rows):
        diagonals = np.diagonal(curves[rows], axis1=-2, axis2=-1)
        idle[rows] &= ~_are_bowls(objective, points[rows], np.abs(losses[rows])[:, None], slopes[rows], diagonals)
    found: Flags = nothing | idle
    return found


def _are_bowls(objective: Objective, points: Numbers, losses: Numbers, slopes: Numbers, curves: Numbers) -> Flags:
    """(K, P), along which parameters the loss rises on either side as its curvature says, by about as much as it is.

    A parameter that is all but 0, and rightly so, changes next to nothing by its own size, and yet is determined.

    Args:
        points, slopes, curves: (K, P), the curvatures along each parameter; losses: (K, 1), their sizes.
    """
    reach = np.sqrt(losses / np.where(curves > 0, curves, np.inf))
    upright: Flags = (curves > 0) & (np.abs(slopes) * reach <= losses / 4)
    return upright & (rises(objective, points, reach) >= losses / 10)


def rises(objective: Objective, points: Numbers, away: Numbers) -> Numbers:
    """By how much the loss rises, at least, when one parameter at a time goes up or down by ``away``: (K, P)."""
    size = points.shape[-1]
    sides = points[:, None, None, :] + np.stack([np.eye(size), -np.eye(size)]) * away[:, None, :, None]
    at_once = max(1, MAX_EVALUATIONS // (2 * size * objective.cost))
    with torch.no_grad():
        here, there = (
            torch.cat([objective.loss(part) for part in torch.from_numpy(one).split(at_once)]).numpy()
            for one in (points, sides)
        )
    risen: Numbers = (there - here[:, None, None]).min(1)
    return risen
