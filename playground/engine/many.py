"""Many runs at once, as the rows of one tensor: one ``backward()`` and one ``torch.optim`` optimizer for all of them.

The loss that goes backward is the sum over the rows, never their mean: each row's gradient is then its own. Where an
optimizer's update is elementwise no row knows of the others, and each takes the steps that it would take by itself.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor

from playground.engine.batches import Batches
from playground.engine.descent import check_seed, check_step_count, sort_settings
from playground.engine.noise import check_noise, check_noise_kind
from playground.engine.objectives import Objective
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.outcome import Outcome, out_of_time, stopped
from playground.engine.row_groups import RowSteps, group_rows
from playground.engine.schedulers import SCHEDULERS
from playground.engine.settings import find_record
from playground.engine.verdict import judge_many
from playground.errors import InputError

MAX_KEPT = 20_000_000
"""Rows times steps times parameters: so many numbers are kept in 160 MB."""

AT_ONCE = 250_000
"""Evaluations that go backward together, see ``Objective.cost``: so many stay in the processor's cache."""


@dataclass(frozen=True)
class ManyRuns:
    """All that K runs passed through.

    Attributes:
        names: the P parameters' names.
        parameters: (steps + 1, K, P) float64, the starts included. A row whose loss or gradient left the finite
            numbers stays where both were last finite.
        losses: (steps + 1, K) float64; losses[i, k] is the loss at parameters[i, k].
        steps_taken: (K,) int64, after how many steps each row stood where it stays.
        judge: what works out ``outcomes``.
    """

    names: tuple[str, ...]
    parameters: Tensor
    losses: Tensor
    steps_taken: Tensor
    judge: Callable[[], tuple[Outcome, ...]]

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Of each row how it ended, as its own run would say it; worked out when somebody asks for it."""
        return self.judge()

    @property
    def steps(self) -> int:
        """How many steps were taken; fewer than were asked for only where the time was over or torch raised."""
        return len(self.losses) - 1


@dataclass(frozen=True)
class Ends:
    """Where K runs have come to.

    Attributes:
        parameters: (K, P) float64, where a run ended, or where its loss and gradient were last finite; losses: (K,)
            float64, there.
        left: (K,) bool, which runs left the finite numbers; failures: (K,) float64, the losses where they did, which
            alone may be finite; NaN for the others.
        steps_taken: (K,) int64, after how many steps each stood where it stays.
        steps: how many were taken; fewer than were asked for where the time was over or torch raised.
    """

    parameters: Tensor
    losses: Tensor
    left: Tensor
    failures: Tensor
    steps_taken: Tensor
    steps: int


def descend_to_ends(
    objective: Objective,
    starts: Tensor | Sequence[Sequence[float]],
    optimizer: str = "Adam",
    lr: float | Tensor | Sequence[float] | None = None,
    steps: int = 200,
    deadline: float | None = None,
    clock: Callable[[], float] | None = None,
    **settings: Any,
) -> Ends:
    """Where ``descend_many`` would lead from the same arguments, without what it would keep of the way.

    Raises:
        InputError: as ``descend_many``, but for how many numbers there are.
    """
    check_step_count(steps)
    rows = _Rows(objective, _check_starts(objective, starts), optimizer, lr, **settings)
    return rows.run_to_ends(steps, deadline, clock or time.monotonic)


def descend_many(
    objective: Objective,
    starts: Tensor | Sequence[Sequence[float]],
    optimizer: str = "Adam",
    lr: float | Tensor | Sequence[float] | None = None,
    steps: int = 200,
    deadline: float | None = None,
    clock: Callable[[], float] | None = None,
    **settings: Any,
) -> ManyRuns:
    """Run an optimizer down an objective from many starts at once, and keep every step of each.

    With noise or batches, all rows get the same draws: those of a run by itself with this seed.

    Each row takes the steps of its own run to the last bit; but where more than ``EXACT_RATES`` rates are given, and a
    step is proportional to the rate, it takes them up to rounding: a part of the step that the largest rate would take.

    Args:
        objective: what to minimise; starts: (K, P), the parameters' first values.
        optimizer: a name from ``OPTIMIZERS`` whose update is elementwise.
        lr: one for all rows, or (K,) of them.
        steps: as for ``descend``.
        settings: as for ``descend``, and of the optimizer's also (K,) numbers, one for each row: a tensor, an array or
            a list; of ``betas`` a pair of such. No scheduler that looks at the loss.
        deadline, clock: as for ``Descent.run``.

    Raises:
        InputError: for what can't be used, what would couple the rows, and more than ``MAX_KEPT`` numbers or
            ``MAX_GROUPS`` kinds of rows.
    """
    check_step_count(steps)
    theta = _check_starts(objective, starts)
    if theta.numel() * steps > MAX_KEPT:
        raise InputError(
            f"{len(theta):,} runs of {steps:,} steps with {theta.shape[1]:,} parameters are "
            f"{theta.numel() * steps:,} numbers, and at most {MAX_KEPT:,} are kept",
            field="steps",
        )
    return _Rows(objective, theta, optimizer, lr, **settings).run(steps, deadline, clock or time.monotonic)


def check_rows(optimizer: str, scheduler: str | None = None) -> None:
    """Whether rows of one tensor are runs of their own with these.

    Raises:
        InputError: that says why not, with the field ``optimizer`` or ``scheduler``.
    """
    coupling = find_record(OPTIMIZERS, optimizer, "optimizer").coupling
    if coupling:
        raise InputError(f"{optimizer} can't take the steps of many runs at once: {coupling}", field="optimizer")
    if scheduler is not None and find_record(SCHEDULERS, scheduler, "scheduler").takes_loss:
        raise InputError(
            f"{scheduler} can't serve many runs at once: it looks at the loss, and each run has its own",
            field="scheduler",
        )


@dataclass
class _Row:
    """What ``judge_many`` looks at of a run; ``parameters`` (steps + 1, P), and of the gradients only the last."""

    parameters: Tensor
    losses: list[float]
    gradients: list[list[float]]
    rates: list[float]


class _Rows:
    """K runs that take their steps together."""

    def __init__(
        self,
        objective: Objective,
        theta: Tensor,
        optimizer: str,
        lr: float | Tensor | Sequence[float] | None,
        scheduler: str | None = None,
        noise: float = 0.0,
        noise_kind: str = "Gaussian",
        seed: int = 0,
        batch_size: int | None = None,
        scheduler_settings: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        check_rows(optimizer, scheduler)
        record, schedule = OPTIMIZERS[optimizer], SCHEDULERS[scheduler] if scheduler else None
        settings, scheduled = sort_settings(record, schedule, settings, scheduler_settings)
        size = objective.check_batch_size(batch_size)
        groups = group_rows(len(theta), record, lr, settings, has_schedule=schedule is not None)
        self._objective, self._places = objective, groups.order.argsort()
        self._theta = theta[groups.order].requires_grad_()
        self._batches = Batches(objective, size, check_seed(seed)) if size else None
        self._steps = RowSteps(groups, record, self._theta, schedule, scheduled)
        self._scheduled_steps = schedule.max_steps(scheduled) if schedule else None
        self._noise, self._draw = check_noise(noise), check_noise_kind(noise_kind).draw
        self._generator = torch.Generator().manual_seed(check_seed(seed))
        self._frozen = torch.zeros(len(theta), dtype=torch.bool)
        self._out = self._frozen.nonzero()[:, 0]
        self._last = torch.zeros(len(theta), dtype=torch.int64)
        self._left_at = torch.full((len(theta),), torch.nan, dtype=torch.float64)
        self._failures: dict[int, _Row] = {}

    def run(self, steps: int, deadline: float | None, clock: Callable[[], float]) -> ManyRuns:
        """All rows after up to ``steps`` steps."""
        taken, ending = self._run(steps, deadline, clock, keeps_all=True)
        if len(self._out) == len(self._theta):
            self._parameters[taken + 1 :], self._losses[taken + 1 :] = self._parameters[taken], self._losses[taken]
            taken = steps
        kept, judge = slice(taken + 1), partial(self._judge, taken, ending)
        parameters, losses = self._parameters[kept], self._losses[kept]
        if bool((self._places.diff() != 1).any()):
            parameters, losses = parameters[:, self._places], losses[:, self._places]
        return ManyRuns(self._objective.parameters, parameters, losses, self._steps_taken(taken), judge)

    def run_to_ends(self, steps: int, deadline: float | None, clock: Callable[[], float]) -> Ends:
        """Likewise, without what was passed through."""
        taken, _ = self._run(steps, deadline, clock, keeps_all=False)
        here = taken % 2
        return Ends(
            parameters=self._parameters[here, self._places],
            losses=self._losses[here, self._places],
            left=self._frozen[self._places],
            failures=self._left_at[self._places],
            steps_taken=self._steps_taken(taken),
            steps=steps if len(self._out) == len(self._theta) else taken,
        )

    def _run(
        self, steps: int, deadline: float | None, clock: Callable[[], float], *, keeps_all: bool
    ) -> tuple[int, Outcome | None]:
        """Up to ``steps`` steps, of which all points are kept or the last two: how many, and what ended all rows."""
        self._keeps_all, self._depth = keeps_all, steps + 1 if keeps_all else 2
        self._parameters = torch.empty(self._depth, *self._theta.shape, dtype=torch.float64)
        self._losses = torch.empty(self._depth, len(self._theta), dtype=torch.float64)
        self._evaluate(self._objective)
        self._keep(0)
        for taken in range(steps):
            if deadline is not None and clock() > deadline:
                return taken, out_of_time(taken, steps)
            if len(self._out) == len(self._theta):
                return taken, None
            if reason := self._step(taken):
                return taken, stopped(self._steps.name, taken + 1, reason)
            self._keep(taken + 1)
        return steps, None

    def _step(self, taken: int) -> str:
        """Take one step; what torch says where it can't."""
        if self._batches:
            self._batches.draw()
            self._evaluate(self._batches)
        if self._noise:
            self._gradients.add_(self._noise * self._draw(self._theta.shape[1], self._generator))
        try:
            self._steps.step()
        except ArithmeticError as reason:  # of numbers that all rows share: the rate, the number of the step
            return str(reason.args[-1])
        if len(self._out):  # whatever the optimizer made of the rows that are frozen
            with torch.no_grad():
                self._theta[self._out] = self._parameters[taken % self._depth, self._out]
        self._evaluate(self._objective)
        if self._scheduled_steps is None or taken < self._scheduled_steps:
            self._steps.advance_schedule()
        return ""

    def _evaluate(self, objective: "Objective | Batches") -> None:
        self._theta.grad = None
        losses = []
        for part in self._theta.split(max(1, AT_ONCE // self._objective.cost)):
            loss = objective.loss(part)
            loss.sum().backward()
            losses.append(loss.detach())
        self._loss = torch.cat(losses)

    def _keep(self, step: int) -> None:
        """Keep the rows of a step, and freeze those that have left the finite numbers."""
        here, before = step % self._depth, (step - 1) % self._depth
        self._parameters[here], self._losses[here] = self._theta.detach(), self._loss
        # One sum tells that all are finite; where it isn't, it is looked which.
        if not math.isfinite(float(self._loss.sum() + self._gradients.sum())):
            self._freeze(step)
        if step and len(self._out):
            for kept in (self._parameters, self._losses):
                kept[here, self._out] = kept[before, self._out]

    def _freeze(self, step: int) -> None:
        """Freeze the rows whose loss or gradient isn't finite now."""
        leaves = ~(self._loss.isfinite() & self._gradients.isfinite().all(1)) & ~self._frozen
        if self._keeps_all:  # as it stands now: what is kept of it goes back to the last finite point
            for row in leaves.nonzero()[:, 0].tolist():
                failed = self._row(row, step)
                self._failures[row] = replace(failed, parameters=failed.parameters.clone())
        self._left_at[leaves] = self._loss[leaves]
        self._last[leaves] = max(0, step - 1)
        self._frozen |= leaves
        self._out = self._frozen.nonzero()[:, 0]

    def _steps_taken(self, taken: int) -> Tensor:
        """(K,), after how many of so many steps each row stood where it stays."""
        return self._last.where(self._frozen, taken)[self._places]

    @property
    def _gradients(self) -> Tensor:
        """(K, P), at the rows' parameters."""
        assert self._theta.grad is not None
        return self._theta.grad

    def _row(self, row: int, step: int) -> _Row:
        """A row after so many steps."""
        return _Row(
            self._parameters[: step + 1, row],
            self._losses[: step + 1, row].tolist(),
            [self._gradients[row].tolist()],
            [self._steps.rate(row)],
        )

    def _judge(self, taken: int, ending: Outcome | None) -> tuple[Outcome, ...]:
        """How each row ended: by leaving the numbers, or as all rows did that were left."""
        rows = [row for row in range(len(self._theta)) if ending is None or row in self._failures]
        runs = [self._failures.get(row) or self._row(row, taken) for row in rows]
        found = dict(zip(rows, judge_many(runs, self._objective), strict=True))
        return tuple(found.get(row) or ending for row in self._places.tolist())  # type: ignore[misc]


def _check_starts(objective: Objective, starts: Tensor | Sequence[Sequence[float]]) -> Tensor:
    """``starts`` as a fresh (K, P) float64 tensor, checked."""
    try:
        theta = objective.check_theta(starts).detach().clone()
    except InputError as error:
        error.field = "start"
        raise
    if theta.ndim != 2 or not len(theta):
        raise InputError(
            f"the starts of many runs stand in the rows of a table, and the shape given is {tuple(theta.shape)}",
            field="start",
        )
    if not bool(theta.isfinite().all()):
        raise InputError("the starts must be made of finite numbers", field="start")
    return theta
