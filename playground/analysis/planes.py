"""Planes through the end of a run, beside that of its path: random directions, and those of the largest curvature."""

from collections.abc import Sequence

import torch
from torch import Tensor

from playground.analysis.landscape import Plane
from playground.analysis.sharpness import count_at_once, hessian_product
from playground.engine.network import Network
from playground.engine.objectives import Objective

RANDOM_AXES = ("1st random direction", "2nd random direction")
CURVATURE_AXES = ("1st eigenvector", "2nd eigenvector")

ROUNDING = 1e-9
"""A direction of which no more than this part is left beside another one is no direction of its own."""


def random_plane(network: Network, at: Tensor, seed: int = 0) -> Plane:
    """The plane of two random directions through ``at`` (P,), each normalised filter by filter.

    A filter is the weights into one unit: its part of a direction is as long as the filter itself, so that layers of
    large and of small weights are moved alike. Biases aren't moved (Li et al. 2018, Visualizing the loss landscape of
    neural nets, section 4, and the authors' code). The second direction is made perpendicular to the first, since
    coordinates are lengths. Where too few weights differ from 0 for that, directions that aren't normalised stand in.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(4, len(at), generator=generator, dtype=torch.float64)
    return Plane(RANDOM_AXES, at, _two_perpendicular([*normalise_filters(network, drawn[:2], at), *drawn[2:]]))


def normalise_filters(network: Network, directions: Tensor, at: Tensor) -> Tensor:
    """Directions (K, P) with each unit's incoming weights as long as those of ``at`` (P,), and biases 0."""
    scaled = torch.zeros_like(directions)
    for (made, _), (drawn, _), (weight, _) in zip(
        network.split(scaled), network.split(directions), network.split(at), strict=True
    ):  # parts of ``scaled`` are views of it
        made.copy_(drawn / drawn.norm(dim=-1, keepdim=True) * weight.norm(dim=-1, keepdim=True))
    return scaled


def _two_perpendicular(candidates: Sequence[Tensor]) -> Tensor:
    """The first of these that isn't 0, and the first of a direction of its own, as (2, P) orthonormal."""
    found: list[Tensor] = []
    for one in candidates:
        rest = one
        for _ in range(2):  # once more takes off what rounding leaves
            for known in found:
                rest = rest - (rest @ known) * known
        if len(found) < 2 and rest.norm() > ROUNDING * one.norm():
            found.append(rest / rest.norm())
    return torch.stack(found)


def curvature_plane(objective: Objective, at: Tensor) -> Plane | None:
    """The plane through ``at`` (P,), P at least 2, of the Hessian's eigenvectors of the two largest eigenvalues.

    The largest is the sharpness. Each vector has its largest component positive. None where the Hessian isn't finite.
    """
    # A row is a product with one direction; some at once are several times as fast as one after the other.
    rows = torch.eye(len(at), dtype=torch.float64).split(count_at_once(objective))
    hessian = torch.cat([hessian_product(objective, at.expand(len(part), -1))(part) for part in rows])
    if not bool(hessian.isfinite().all()):
        return None
    vectors = torch.linalg.eigh(hessian).eigenvectors[:, -2:].mT.flip(0)
    largest = vectors.gather(-1, vectors.abs().argmax(-1, keepdim=True))
    return Plane(CURVATURE_AXES, at, vectors * largest.sign())


def variance_share(plane: Plane, points: Tensor) -> float:
    """Which part of the variance of finite points (K, P) lies along the plane; 1 for points that are all one.

    Of the principal plane it is that of the two largest squares among the singular values of the centred points.
    """
    unit = points.abs().amax().clamp(min=1.0)  # squares of large numbers aren't finite
    away = points / unit - (points / unit).mean(0)
    whole = float(away.square().sum())
    return float((away @ plane.directions.mT).square().sum()) / whole if whole else 1.0
