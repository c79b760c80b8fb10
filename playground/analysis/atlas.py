"""Many runs seen at once: where each start leads, and what each learning rate comes to."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.analysis.landscape import Axis, hold_parameters, read_axis
from playground.engine.descent import Descent, descend
from playground.engine.many import check_rows, descend_to_ends
from playground.engine.objectives import Objective
from playground.engine.row_groups import number_rows
from playground.engine.trajectory import Trajectory
from playground.errors import InputError
from playground.numerals import format_count

MOST_WORK = 4_000_000_000
"""Runs times steps times operations of one loss: some ten seconds on a slow core."""

ARRIVED = 0.01
"""A run has arrived at a minimum that is no farther from its end than this part of the region's diagonal."""

MAX_MINIMA = 64
"""So many places where runs end are looked at, those of the most runs first."""

POLISHING_STEPS = 12
"""Of Newton's method, from where a run ended to the minimum beside it."""

SAME = 1e-6
"""Minima no farther from each other than this part of the region's diagonal are one."""


@dataclass(frozen=True)
class Basins:
    """Where runs from a grid of starts have come to.

    Attributes:
        names: the two parameters, the one along x first.
        x: (columns,) float64; y: (rows,) float64.
        ends: (rows, columns, P) float64; ends[row of y, column of x]. A run that left the finite numbers ends where it
            was last finite.
        steps_taken: (rows, columns) int64, after how many steps each run stood there.
        minima: (M, P) float64, those that runs have arrived at, the lowest first.
        labels: (rows, columns) int64, which of them; -1 where a run has arrived at none.
        diverged: (rows, columns) bool, where runs left the finite numbers.
        steps: how many were taken; fewer than were asked for where the time was over.
    """

    names: tuple[str, str]
    x: Tensor
    y: Tensor
    ends: Tensor
    steps_taken: Tensor
    minima: Tensor
    labels: Tensor
    diverged: Tensor
    steps: int


def basins(
    objective: Objective,
    x: Axis,
    y: Axis,
    optimizer: str = "Adam",
    lr: float | None = None,
    steps: int = 200,
    at: Mapping[str, float] | Sequence[float] | Tensor | None = None,
    deadline: float | None = None,
    clock: Callable[[], float] | None = None,
    **settings: Any,
) -> Basins:
    """Run an optimizer from each point of a grid, and find the minima that the runs arrive at.

    Each pixel is the end of its own run: that of ``descend`` with the same settings, to the last bit.

    Args:
        objective: what to minimise.
        x, y: the two axes of starts, as of ``loss_surface``.
        optimizer, lr, steps, deadline, clock, settings: as for ``descend_many``.
        at: where the other parameters start; needed if P > 2.

    Raises:
        InputError: for what can't be used, and more than ``MOST_WORK``.
    """
    (x_name, across), (y_name, up) = read_axis(objective, x), read_axis(objective, y)
    if x_name == y_name:
        raise InputError(f"the two axes must be two parameters, not '{x_name}' twice")
    check_work(objective, len(across) * len(up), steps)
    held = hold_parameters(objective, at, {x_name, y_name})
    columns = held | {x_name: across.expand(len(up), -1), y_name: up[:, None].expand(-1, len(across))}
    shape = len(up), len(across)
    starts = torch.stack([columns[name].expand(shape) for name in objective.parameters], -1)
    found = descend_to_ends(objective, starts.flatten(0, 1), optimizer, lr, steps, deadline, clock, **settings)
    diagonal = math.hypot(float(across[-1] - across[0]), float(up[-1] - up[0]))
    minima, labels = _sort_by_minimum(objective, found.parameters, ~found.left, diagonal)
    return Basins(
        names=(x_name, y_name),
        x=across,
        y=up,
        ends=found.parameters.reshape(*shape, -1),
        steps_taken=found.steps_taken.reshape(shape),
        minima=minima,
        labels=labels.reshape(shape),
        diverged=found.left.reshape(shape),
        steps=found.steps,
    )


def check_work(objective: Objective, runs: int, steps: int) -> None:
    """Whether so many runs aren't too many.

    Raises:
        InputError: that says how many would do.
    """
    each = max(1, steps) * objective.work
    if runs * each > MOST_WORK:
        raise InputError(
            f"{format_count(runs, 'run')} of {format_count(steps, 'step')} are too much work here: at most "
            f"{MOST_WORK // each:,} such runs are made at once",
            field="steps",
        )


def _sort_by_minimum(objective: Objective, ends: Tensor, is_finite: Tensor, diagonal: float) -> tuple[Tensor, Tensor]:
    """The minima (M, P) near which ends (K, P) lie, the lowest first, and which of them each end is at, (K,)."""
    labels = torch.full((len(ends),), -1)
    reach = ARRIVED * diagonal
    found: list[Tensor] = []
    for begin in _crowded_places(objective, ends[is_finite], reach):
        minimum = _polish(objective, begin)
        is_near = minimum is not None and bool((minimum - begin).norm() <= reach)
        if minimum is not None and is_near and all((one - minimum).norm() > SAME * diagonal for one in found):
            found.append(minimum)
    if not found:
        return ends[:0], labels
    found.sort(key=lambda one: (float(objective.loss(one)), one.tolist()))
    minima = torch.stack(found)
    away, nearest = torch.cdist(ends, minima).min(-1)
    has_arrived = is_finite & (away <= reach)
    labels[has_arrived] = nearest[has_arrived]
    is_reached = labels[has_arrived].bincount(minlength=len(minima)) > 0
    numbers = is_reached.cumsum(0) - 1
    labels[has_arrived] = numbers[labels[has_arrived]]
    return minima[is_reached], labels


def _crowded_places(objective: Objective, ends: Tensor, size: float) -> list[Tensor]:
    """Of each cell of this size in which runs end, the lowest end (P,); those of the most runs first."""
    if not len(ends):
        return []
    numbers = number_rows([*(ends / size).round().mT])
    counts = numbers.bincount()
    losses, rows = objective.loss(ends).detach(), torch.arange(len(ends))
    least = torch.full((len(counts),), math.inf, dtype=torch.float64).scatter_reduce(0, numbers, losses, "amin")
    is_least = losses == least[numbers]
    first = torch.full_like(counts, len(ends)).scatter_reduce(0, numbers[is_least], rows[is_least], "amin")
    return [*ends[first[counts.argsort(descending=True, stable=True)[:MAX_MINIMA]]]]


def _polish(objective: Objective, begin: Tensor) -> Tensor | None:
    """The minimum to which Newton's method leads from a place (P,); None where it leads to none."""
    run = descend(objective, begin, "Newton", steps=POLISHING_STEPS)
    return run.parameters[-1] if run.outcome.name == "CONVERGED" else None


@dataclass(frozen=True)
class Sweep:
    """What each of K learning rates comes to from one start.

    Attributes:
        rates: (K,) float64.
        losses: (K,) float64, at the end of each run; where it left the finite numbers, the loss there: inf or NaN.
        ends: (K, P) float64, where each run ended, or was last finite.
        steps_taken: (K,) int64, after how many steps it stood there.
    """

    rates: Tensor
    losses: Tensor
    ends: Tensor
    steps_taken: Tensor


def learning_rate_sweep(
    objective: Objective,
    start: Mapping[str, float] | Sequence[float] | Tensor,
    optimizer: str = "SGD",
    lrs: Sequence[float] | Tensor = (),
    steps: int = 200,
    deadline: float | None = None,
    clock: Callable[[], float] | None = None,
    **settings: Any,
) -> Sweep:
    """Run an optimizer from one start with each of many learning rates.

    Args:
        objective, start, optimizer, steps, settings: as for ``descend``.
        lrs: the K rates.
        deadline, clock: as for ``Descent.run``.

    Raises:
        InputError: for what can't be used, and more than ``MOST_WORK``.
    """
    rates = torch.as_tensor(lrs, dtype=torch.float64)
    if rates.ndim != 1 or not len(rates):
        raise InputError("lrs= must hold the learning rates, one or more numbers", field="lr")
    check_work(objective, len(rates), steps)
    begin = descend(objective, start, optimizer, steps=0, **settings).parameters[0]
    try:
        check_rows(optimizer, settings.get("scheduler"))
    except InputError:
        runs = [Descent(objective, begin, optimizer, rate, **settings) for rate in rates.tolist()]
        return _gather_sweep(rates, [one.run(steps, deadline, clock) for one in runs])
    starts = begin.expand(len(rates), -1)
    found = descend_to_ends(objective, starts, optimizer, rates, steps, deadline, clock, **settings)
    return Sweep(rates, found.losses.where(~found.left, found.failures), found.parameters, found.steps_taken)


def _gather_sweep(rates: Tensor, runs: Sequence[Trajectory]) -> Sweep:
    """The sweep of runs by themselves."""
    left = [not (run.losses[-1].isfinite() and run.gradients[-1].isfinite().all()) for run in runs]
    taken = [max(0, run.steps - is_out) for run, is_out in zip(runs, left, strict=True)]
    ends = torch.stack([run.parameters[last] for run, last in zip(runs, taken, strict=True)])
    return Sweep(rates, torch.stack([run.losses[-1] for run in runs]), ends, torch.tensor(taken))
