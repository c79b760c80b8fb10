"""Sharpness: the largest eigenvalue of the loss's Hessian, at many points of a run."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from playground.engine.objectives import Objective

SMALL = 24
"""Up to so many parameters the whole Hessian is made: it takes no more products with vectors than Lanczos does."""

MAX_PRODUCTS = 60
"""Products of the Hessian with a vector at each point, at most."""

CHECK_EVERY = 4
"""After so many products more it is asked whether the largest eigenvalue is known well enough."""

TOLERANCE = 1e-3
"""An eigenvalue is known when its vector v leaves ‖Hv − λv‖ within this part of λ; its error is smaller still."""

ROUNDING = 1e-12
"""What is left of a vector by no more than this part of the matrix is nothing."""

CHUNK = 150_000
"""So many numbers of one layer's kind are evaluated at once: more fall out of the processor's caches."""

MAX_AT_ONCE = 32
"""Points at once at most: all wait for the last of them."""

SECONDS_PER_POINT, SECONDS_PER_NUMBER = 5e-4, 2.5e-7
"""What a point took on one core, with some 8 products of the Hessian with a vector: always, and for each of the numbers
that its loss takes."""

Product: TypeAlias = Callable[[Tensor], Tensor]
"""Vectors (K, P) -> the Hessian at each of K points times its vector, (K, P)."""


def measure_sharpness(objective: Objective, points: Tensor, seed: int = 0) -> Tensor:
    """The largest eigenvalue of the Hessian at points, by the method of Lanczos, some points at once.

    It begins in a random direction rather than in the one found at the point before: from there it would need two
    products less of some eight, and could miss a direction that has become the steepest.

    Args:
        objective: whose loss.
        points: (K, P) float64.
        seed: of the random direction.

    Returns:
        (K,) float64; NaN where the Hessian isn't finite.
    """
    at_once = count_at_once(objective)
    if points.shape[-1] <= SMALL:
        return torch.cat([_largest(objective.hessian(part)) for part in points.split(at_once)])
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(points.shape[-1], generator=generator, dtype=torch.float64)
    found = [
        lanczos(hessian_product(objective, part), start.expand_as(part), generator)[0] for part in points.split(at_once)
    ]
    return torch.cat(found)


def count_at_once(objective: Objective) -> int:
    """At how many points products of the Hessian with vectors are best made at once."""
    return max(1, min(MAX_AT_ONCE, CHUNK // objective.cost))


def predict_seconds(objective: Objective, count: int) -> float:
    """About how many seconds ``measure_sharpness`` takes at so many points."""
    return (SECONDS_PER_POINT + SECONDS_PER_NUMBER * objective.cost) * count


def _largest(matrices: Tensor) -> Tensor:
    """The largest eigenvalue of symmetric matrices (K, P, P), (K,); NaN of one that isn't finite."""
    finite = matrices.isfinite().all(-1).all(-1)
    values = torch.linalg.eigvalsh(torch.where(finite[:, None, None], matrices, 0.0))[:, -1]
    return torch.where(finite, values, torch.nan)


def hessian_product(objective: Objective, points: Tensor) -> Product:
    """The products of the Hessian at points (K, P) with vectors, by going backward twice."""
    theta = points.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(objective.loss(theta).sum(), theta, create_graph=True, materialize_grads=True)

    def product(vectors: Tensor) -> Tensor:
        if not gradient.requires_grad:  # a linear loss: its gradient is a constant
            return torch.zeros_like(vectors)
        (made,) = torch.autograd.grad(gradient, theta, vectors, retain_graph=True, materialize_grads=True)
        return made

    return product


def lanczos(product: Product, start: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The largest eigenvalue of each of K symmetric matrices, and its vector.

    Args:
        product: of each matrix with its vector; start: (K, P), none of them 0.
        generator: of random vectors, which go on where a start leads no further.

    Returns:
        (K,) and (K, P) float64; NaN where a product isn't finite.
    """
    basis = [_unit(start)]
    diagonal: list[Tensor] = []
    beside: list[Tensor] = []
    for count in range(1, min(MAX_PRODUCTS, start.shape[-1]) + 1):
        made = product(basis[-1])
        diagonal.append((made * basis[-1]).sum(-1))
        rest = _off(made, basis)
        beside.append(_length(rest, [*diagonal, *beside]))
        if count % CHECK_EVERY == 0 and _is_known(diagonal, beside):
            break
        basis.append(_continue(rest, beside[-1] > 0, basis, generator))
    values, parts = _largest_ritz(diagonal, beside)
    return values, (parts[:, None] @ torch.stack(basis[: len(diagonal)], 1))[:, 0]


def _unit(vectors: Tensor) -> Tensor:
    unit: Tensor = vectors / vectors.norm(dim=-1, keepdim=True)
    return unit


def _off(vectors: Tensor, basis: Sequence[Tensor]) -> Tensor:
    """What is left of vectors (K, P) beside the span of a basis; taken off twice, since rounding leaves some of it."""
    known = torch.stack([*basis], 1)  # (K, count, P)
    for _ in range(2):
        vectors = vectors - ((known @ vectors[..., None]).mT @ known)[:, 0]
    return vectors


def _length(rest: Tensor, entries: Sequence[Tensor]) -> Tensor:
    """How long what is left is, (K,); 0 where rounding made it, beside the matrix's entries so far."""
    lengths = rest.norm(dim=-1)
    return torch.where(lengths > ROUNDING * torch.stack([*entries]).abs().amax(0), lengths, 0.0)


def _continue(rest: Tensor, goes_on: Tensor, basis: Sequence[Tensor], generator: torch.Generator) -> Tensor:
    """The next vectors of a basis; random ones where nothing is left."""
    if not bool(goes_on.all()):
        other = torch.randn(rest.shape, generator=generator, dtype=torch.float64)
        rest = torch.where(goes_on[:, None], rest, _off(other, basis))
    return _unit(rest)


def _is_known(diagonal: Sequence[Tensor], beside: Sequence[Tensor]) -> bool:
    """Whether all eigenvalues are known well enough; those that aren't finite never will be."""
    values, parts = _largest_ritz(diagonal, beside)
    return not bool((beside[-1] * parts[:, -1].abs() > TOLERANCE * values.abs()).any())


def _largest_ritz(diagonal: Sequence[Tensor], beside: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """The largest eigenvalue (K,) of the tridiagonal matrices so far, and its vector (K, count)."""
    matrices = torch.diag_embed(torch.stack([*diagonal], -1))
    if len(diagonal) > 1:
        off = torch.stack([*beside[: len(diagonal) - 1]], -1)
        matrices = matrices + torch.diag_embed(off, 1) + torch.diag_embed(off, -1)
    finite = matrices.isfinite().flatten(1).all(-1)
    values, vectors = torch.linalg.eigh(torch.where(finite[:, None, None], matrices, 0.0))
    return torch.where(finite, values[:, -1], torch.nan), torch.where(finite[:, None], vectors[..., -1], torch.nan)
