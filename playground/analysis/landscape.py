"""The loss over planes of two parameters: the surface that a run walks on."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from playground.engine.objectives import Objective
from playground.errors import InputError
from playground.numerals import as_float, quote

CHUNK = 256_000
"""The model is evaluated no more often at once; several times as many fall out of the processor's caches."""


MAX_COUNT = 10_000
"""An axis has no more values."""

HUGE = 2.0**400
"""Squares of larger numbers are no longer safe to sum up."""

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
"""What is called with the part of the work that is done, up to 1."""


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
    (x_name, across), (y_name, up) = read_axis(objective, x), read_axis(objective, y)
    if x_name == y_name:
        raise InputError(f"the two axes must be two parameters, not '{x_name}' twice")
    held = hold_parameters(objective, at, {x_name, y_name})

    def part(columns: Tensor, rows: Tensor) -> Tensor:
        # Each axis keeps its own shape, so that broadcasting does once what depends on one axis alone.
        parameters = held | {x_name: columns.view(1, -1, 1), y_name: rows.view(-1, 1, 1)}
        loss, size = _loss_of_rows(objective, parameters), (rows.numel(), columns.numel())
        return loss if loss.numel() == math.prod(size) else loss.expand(size)  # it may depend on one axis alone

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
    # Sums and squares of larger numbers aren't finite; by a power of two nothing is rounded.
    unit = HUGE if bool((finite.abs() > HUGE).any()) else 1.0
    finite = finite / unit
    origin = finite.mean(0)
    # All right singular vectors: points on one line have just one direction, and the plane needs two. They are those
    # of the triangle of QR, whose left ones are no (K, K) matrix.
    triangle = torch.linalg.qr(finite - origin, mode="r").R
    _, _, directions = torch.linalg.svd(triangle, full_matrices=True)
    directions = directions[:2]
    largest = directions.gather(-1, directions.abs().argmax(-1, keepdim=True))
    return Plane(("1st principal direction", "2nd principal direction"), origin * unit, directions * largest.sign())


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
    across, up = (_axis_values(name, *ends, count) for name, ends in zip(plane.names, (x, y), strict=True))

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


def read_axis(objective: Objective, axis: Axis) -> tuple[str, Tensor]:
    """The parameter along an axis, and its values there.

    Raises:
        InputError: for an axis that is no parameter, or doesn't rise.
    """
    if not isinstance(axis, tuple | list) or len(axis) != 4:
        raise InputError(f"an axis is (a parameter's name, from, to, how many values), not {quote(axis)}")
    name, low, high, count = axis
    if name not in objective.parameters:
        raise InputError(f"{quote(name)} is no parameter: the parameters are {', '.join(objective.parameters)}")
    return name, _axis_values(name, low, high, count)


def _axis_values(name: str, low: float, high: float, count: int) -> Tensor:
    try:
        rises = bool(-math.inf < low < high < math.inf)
    except (TypeError, RuntimeError):  # no numbers
        rises = False
    if not rises or not isinstance(count, int) or not 2 <= count <= MAX_COUNT:
        raise InputError(
            f"the axis of {name} must rise from one finite number to another, in 2 to {MAX_COUNT:,} values"
        )
    return torch.linspace(as_float(low), as_float(high), count, dtype=torch.float64)


def hold_parameters(
    objective: Objective, at: Mapping[str, float] | Sequence[float] | Tensor | None, axes: set[str]
) -> dict[str, Tensor]:
    """The values (1,) of the parameters that no axis has.

    Raises:
        InputError: where nothing says where to hold one.
    """
    others = [name for name in objective.parameters if name not in axes]
    if at is None:
        if others:
            raise InputError(f"say with at= where to hold {', '.join(others)}")
        return {}
    if isinstance(at, Mapping):
        missing = [name for name in others if name not in at]
        if missing:
            raise InputError(f"at= doesn't say where to hold {', '.join(missing)}")
        at = [at.get(name, 0.0) if name in others else 0.0 for name in objective.parameters]
    values = dict(zip(objective.parameters, objective.check_theta(at), strict=True))
    return {name: values[name].reshape(1) for name in others}
