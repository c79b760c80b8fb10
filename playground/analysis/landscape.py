"""The loss over planes of two parameters: the surface that a run walks on."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from playground.engine.objectives import Objective
from playground.errors import InputError

CHUNK = 256_000
"""Evaluations of the model at once; several times as many fall out of the processor's caches."""


Axis: TypeAlias = tuple[str, float, float, int]
"""A parameter's name, the first and the last value, and how many."""


@dataclass(frozen=True)
class LossSurface:
    """The loss over a grid of two parameters.

    Attributes:
        names: the two parameters, the one along x first.
        x: (columns,) float64; y: (rows,) float64.
        z: (rows, columns) float64; z[row of y, column of x]. Not finite where the loss isn't.
    """

    names: tuple[str, str]
    x: Tensor
    y: Tensor
    z: Tensor


Progress: TypeAlias = Callable[[float], None]
"""Called with the part of the work that is done, up to 1."""


def loss_surface(
    objective: Objective,
    x: Axis,
    y: Axis,
    at: Mapping[str, float] | Sequence[float] | Tensor | None = None,
    progress: Progress | None = None,
) -> LossSurface:
    """The loss over two parameters, with the others held.

    Args:
        objective: whose loss.
        x, y: the two axes.
        at: where the other parameters are held, by name or as all P values; needed if P > 2.
        progress: told of each part that is done: of a fit to many points there are many.

    Raises:
        InputError: for an axis that is no parameter, or a parameter that nothing says where to hold.
    """
    (x_name, *_), (y_name, *_) = x, y
    for name in (x_name, y_name):
        if name not in objective.parameters:
            raise InputError(f"'{name}' is no parameter: the parameters are {', '.join(objective.parameters)}")
    if x_name == y_name:
        raise InputError(f"the two axes must be two parameters, not '{x_name}' twice")
    across, up = _axis_values(x), _axis_values(y)
    held = _hold_parameters(objective, at, {x_name, y_name})

    def part(columns: Tensor, rows: Tensor) -> Tensor:
        # Each axis keeps its own shape, so that broadcasting does once what depends on one axis alone.
        parameters = held | {x_name: columns.view(1, -1, 1), y_name: rows.view(-1, 1, 1)}
        return _loss_of_rows(objective, parameters).expand(rows.numel(), columns.numel())

    return LossSurface((x_name, y_name), across, up, _evaluate_in_chunks(part, across, up, objective.cost, progress))


def _evaluate_in_chunks(
    part: Callable[[Tensor, Tensor], Tensor], across: Tensor, up: Tensor, cost: int, progress: Progress | None
) -> Tensor:
    """A grid (rows, columns), as many whole rows or else columns of one row at once as ``CHUNK`` allows."""
    at_once = max(1, CHUNK // cost)
    done = []
    with torch.no_grad():
        if across.numel() * up.numel() <= at_once:
            whole = part(across, up).contiguous()
            if progress:
                progress(1.0)
            return whole
        for rows in up.split(max(1, at_once // len(across))):
            done.append(torch.cat([part(columns, rows) for columns in across.split(at_once)], -1))
            if progress:
                progress(sum(map(len, done)) / len(up))
    return done[0] if len(done) == 1 else torch.cat(done)


@dataclass(frozen=True)
class Plane:
    """A plane in the space of P parameters, with coordinates along two directions.

    Attributes:
        names: what stands at its two axes.
        origin: (P,) float64, the point with the coordinates (0, 0).
        directions: (2, P) float64, orthonormal.
    """

    names: tuple[str, str]
    origin: Tensor
    directions: Tensor

    def coordinates(self, points: Tensor) -> Tensor:
        """The feet of points (..., P) on the plane, (..., 2)."""
        feet: Tensor = (points - self.origin) @ self.directions.mT
        return feet

    def points(self, coordinates: Tensor) -> Tensor:
        """The points (..., P) that have these coordinates (..., 2)."""
        points: Tensor = self.origin + coordinates @ self.directions
        return points

    def distances(self, points: Tensor) -> Tensor:
        """How far points (..., P) lie off the plane, (...)."""
        away: Tensor = points - self.points(self.coordinates(points))
        distances: Tensor = torch.linalg.vector_norm(away, dim=-1)
        return distances


def axis_plane(objective: Objective, names: tuple[str, str], at: Tensor) -> Plane:
    """The plane of two parameters, whose coordinates are their values, with the others held as in ``at`` (P,).

    Raises:
        InputError: if the names aren't two of the parameters.
    """
    known = objective.parameters
    if len(set(names)) < 2 or not set(names) <= set(known):
        raise InputError(f"the plane needs two of the parameters {', '.join(known)}, not {' and '.join(names)}")
    axes = [known.index(name) for name in names]
    origin = at.to(torch.float64).clone()
    origin[axes] = 0.0
    return Plane(names, origin, torch.eye(len(known), dtype=torch.float64)[axes])


def principal_plane(points: Tensor) -> Plane:
    """The plane that lies nearest to points (K, P), P at least 2: their mean and their two principal directions.

    The directions are the first two right singular vectors of the centred points (Li et al. 2018, Visualizing the
    loss landscape of neural nets, section 7.2), each with its largest component positive. Points that aren't finite
    are left out.
    """
    finite = points[points.isfinite().all(-1)].to(torch.float64)
    if not len(finite):
        finite = torch.zeros(1, points.shape[-1], dtype=torch.float64)
    origin = finite.mean(0)
    # All right singular vectors: points on one line have just one direction, and the plane needs two. They are those
    # of the triangle of QR, whose left ones are no (K, K) matrix.
    triangle = torch.linalg.qr(finite - origin, mode="r").R
    _, _, directions = torch.linalg.svd(triangle, full_matrices=True)
    directions = directions[:2]
    largest = directions.gather(-1, directions.abs().argmax(-1, keepdim=True))
    return Plane(("1st principal direction", "2nd principal direction"), origin, directions * largest.sign())


def plane_surface(
    objective: Objective,
    plane: Plane,
    x: tuple[float, float],
    y: tuple[float, float],
    count: int,
    progress: Progress | None = None,
) -> LossSurface:
    """The loss over a rectangle of a plane.

    Args:
        objective: whose loss; plane: where.
        x, y: the ranges of the two coordinates; count: how many values along each.
        progress: as for ``loss_surface``.
    """
    across, up = (_axis_values((name, *ends, count)) for name, ends in zip(plane.names, (x, y), strict=True))

    def part(columns: Tensor, rows: Tensor) -> Tensor:
        grid = torch.stack(torch.meshgrid(rows, columns, indexing="ij")[::-1], -1)
        return objective.loss(plane.points(grid))

    cost = max(objective.cost, len(objective.parameters))
    return LossSurface(plane.names, across, up, _evaluate_in_chunks(part, across, up, cost, progress))


def _loss_of_rows(objective: Objective, columns: Mapping[str, Tensor]) -> Tensor:
    """The loss from one column a parameter, which together make the objective's variables."""
    every = [columns[name] for name in objective.parameters]
    if len(objective.variables) == len(every):
        return objective.loss_from_columns(every)
    given = iter(every)
    variables = [[next(given) for _ in range(size)] for size in objective.sizes]
    return objective.loss_from_columns(
        [parts[0] if len(parts) == 1 else torch.cat(torch.broadcast_tensors(*parts), -1) for parts in variables]
    )


def _axis_values(axis: Axis) -> Tensor:
    name, low, high, count = axis
    if not (math.isfinite(low) and math.isfinite(high) and low < high and count >= 2):
        raise InputError(f"the axis of {name} must rise from one finite number to another, in 2 or more values")
    return torch.linspace(low, high, count, dtype=torch.float64)


def _hold_parameters(
    objective: Objective, at: Mapping[str, float] | Sequence[float] | Tensor | None, axes: set[str]
) -> dict[str, Tensor]:
    others = [name for name in objective.parameters if name not in axes]
    if at is None:
        if others:
            raise InputError(f"say with at= where to hold {', '.join(others)}")
        return {}
    values = at if isinstance(at, Mapping) else dict(zip(objective.parameters, objective.order(at), strict=True))
    missing = [name for name in others if name not in values]
    if missing:
        raise InputError(f"at= doesn't say where to hold {', '.join(missing)}")
    return {name: torch.as_tensor(values[name], dtype=torch.float64).reshape(1) for name in others}
