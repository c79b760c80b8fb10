"""A run down an objective, one real ``torch.optim`` step at a time, with all its history."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor

from playground.engine.batches import Batches
from playground.engine.kinks import explain_curvature
from playground.engine.noise import check_noise, check_noise_kind
from playground.engine.objectives import Objective
from playground.engine.optimizers import OPTIMIZERS, Optimizer
from playground.engine.outcome import Outcome, out_of_time, stopped
from playground.engine.remedy import REMEDY_SECONDS, REMEDY_STEPS, name_remedy
from playground.engine.schedulers import SCHEDULERS, Scheduler
from playground.engine.settings import find_record
from playground.engine.trajectory import History, Trajectory
from playground.engine.verdict import judge
from playground.errors import InputError
from playground.numerals import as_float, format_exact, quote

MOST_STEP_SECONDS = 4.0
"""A step may be a loop of its own, of a thousand gradients: where there is a deadline, it too must end."""

MAX_SEED = 2**31
"""Seeds are smaller, so that they can be typed and stand in a link."""


class Descent:
    """A run that can be taken one step at a time.

    Args:
        objective: what to minimise.
        start: the P parameters' first values, by name or in order.
        optimizer: a name from ``OPTIMIZERS``.
        lr: the learning rate; torch's default without one.
        scheduler: a name from ``SCHEDULERS``, or None. It steps after each step of the optimizer; one that
            looks at the loss is given that of the new parameters. Where it is over, its last rate stays.
        noise: how many times the noise is added to each gradient that the optimizer asks for.
        noise_kind: a name from ``NOISES``; seed: of its generator.
        batch_size: on how many points of a fit each step looks, all without it. Each epoch goes once through the
            points, shuffled by torch's sampler with the same seed; its last batch may be smaller.
        scheduler_settings: the scheduler's hyperparameters, by torch's names.
        settings: the optimizer's hyperparameters, by torch's names, and those of the scheduler's that the optimizer
            has no setting of the same name for.

    Raises:
        InputError: for a start, a learning rate or a setting that can't be used.
    """

    def __init__(
        self,
        objective: Objective,
        start: Mapping[str, float] | Sequence[float] | Tensor,
        optimizer: str = "SGD",
        lr: float | None = None,
        scheduler: str | None = None,
        noise: float = 0.0,
        noise_kind: str = "Gaussian",
        seed: int = 0,
        batch_size: int | None = None,
        scheduler_settings: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        record, schedule = find_record(OPTIMIZERS, optimizer, "optimizer"), None
        if scheduler is not None:
            schedule = find_record(SCHEDULERS, scheduler, "scheduler")
        settings, scheduled = sort_settings(record, schedule, settings, scheduler_settings)
        rate = record.learning_rate if lr is None else check_learning_rate(lr)
        self._record, self._settings = record, settings
        self._again = partial(
            Descent, objective, start, optimizer, rate, scheduler, noise, noise_kind, seed, batch_size, scheduled
        )
        self.objective = objective
        self._theta = _check_start(objective, start).requires_grad_()
        size = objective.check_batch_size(batch_size)
        self._batches = Batches(objective, size, check_seed(seed)) if size else None
        self._optimizer = record.build(self._theta, rate, settings, self._batches or objective)
        self._schedule = schedule
        self._scheduler = schedule.build(self._optimizer, rate, scheduled) if schedule else None
        self._scheduled_steps = schedule.max_steps(scheduled) if schedule else None
        self._noise, self._draw = check_noise(noise), check_noise_kind(noise_kind).draw
        self._generator = torch.Generator().manual_seed(check_seed(seed))
        states = record.active_states(settings)
        vectors = {state.key for state in states if state.is_vector}
        self._history = History(objective.parameters, [state.key for state in states], vectors)
        self._gradients_asked_for = 0
        self._can_step, self._stopped = True, ""
        self._given_up_at, self._clock = math.inf, time.monotonic
        self._judged: tuple[int, Outcome | None] = 0, None
        self._evaluate(objective)
        self._keep()

    def step(self) -> bool:
        """Take one step, and say whether it led to a finite loss and gradient.

        A run that has left the finite numbers stays where it is.
        """
        if self._can_step:
            # The loss of all points is known since the last step was recorded; that of a batch isn't.
            self._loss_is_current = self._batches is None
            self._is_first = True
            if self._batches:
                self._batches.draw()
            try:
                self._optimizer.step(self._closure)  # type: ignore[arg-type]
            # Torch divides by what may be 0, and raises powers in Python; LAPACK may not converge.
            except (ArithmeticError, torch.linalg.LinAlgError) as reason:  # type: ignore[attr-defined]
                self._can_step, self._stopped = False, str(reason.args[-1])
                return False
            except IndexError:  # torch's strong Wolfe search, between losses that aren't numbers
                self._can_step, self._stopped = False, "its line search meets losses that aren't numbers"
                return False
            except TimeoutError as reason:  # what the optimizer keeps isn't as after any whole step
                self._can_step, self._stopped = False, str(reason)
                return False
            self._evaluate(self.objective)
            self._advance_schedule()
            self._keep()
        return self._can_step

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return self._history.steps

    @property
    def can_step(self) -> bool:
        """Whether it is still among the finite numbers, and can go on."""
        return self._can_step

    @property
    def trajectory(self) -> Trajectory:
        """The run so far."""
        return self._trajectory(self._outcome())

    def _outcome(self) -> Outcome:
        """How the run stands; worked out once for each number of steps."""
        if not self._can_step:
            return self._failure
        steps, outcome = self._judged
        if outcome is None or steps != self.steps:
            outcome = judge(self._history, self.objective)
            self._judged = self.steps, outcome
        return outcome

    def _explain_stop(self) -> Outcome:
        """That the optimizer raised an error, and what of the formula made it, if the curvature did."""
        outcome = stopped(type(self._optimizer).__name__, self.steps + 1, self._stopped)
        if "isn't finite" not in self._stopped:
            return outcome
        why = explain_curvature(self.objective, self._theta.detach())
        return replace(outcome, message=f"{outcome.message} {why}".rstrip())

    def run(self, steps: int, deadline: float | None = None, clock: Callable[[], float] | None = None) -> Trajectory:
        """Take up to ``steps`` steps.

        Args:
            steps: how many more.
            deadline: when to stop at the latest; a step that has begun by then ends, or is given up after
                ``MOST_STEP_SECONDS`` more.
            clock: tells the time, in seconds; ``time.monotonic`` without one. By ``time.thread_time`` only the work
                counts, all of which is done in the thread that calls, and no waiting for other threads.
        """
        wanted = self.steps + steps
        self._clock = clock or time.monotonic
        self._given_up_at = math.inf if deadline is None else deadline + MOST_STEP_SECONDS
        for _ in range(steps):
            if self._can_step and deadline is not None and self._clock() > deadline:
                return self._trajectory(out_of_time(self.steps, wanted))
            if not self.step():
                break
        return self.trajectory

    @cached_property
    def _failure(self) -> Outcome:
        """Why it can't go on; of an optimizer that has a remedy, with this where it was seen to work."""
        outcome = self._explain_stop() if self._stopped else judge(self._history, self.objective)
        if self._record.remedy is None:
            return outcome
        setting, value = self._record.remedy
        if not self.steps + bool(self._stopped) or self._settings.get(setting) == value:
            return outcome
        other = self._again(**self._settings | {setting: value})
        tried = other.run(REMEDY_STEPS, time.thread_time() + REMEDY_SECONDS, time.thread_time)
        return name_remedy(outcome, f"{setting}={value}", tried)

    def _closure(self) -> Tensor:
        """What torch's optimizers call for the loss and gradient at the current parameters."""
        if not self._is_first and self._clock() > self._given_up_at:
            raise TimeoutError(f"one step takes more than {MOST_STEP_SECONDS:g} seconds")
        known, self._loss_is_current = self._loss_is_current, False
        if not known:
            self._evaluate(self._batches or self.objective)
        self._gradients_asked_for += 1
        gradient = self._theta.grad
        if self._noise and gradient is not None:
            gradient += self._noise * self._draw(len(gradient), self._generator)
        if self._is_first and gradient is not None and (self._noise or self._batches):
            self._history.step_gradients[self.steps] = gradient.tolist()
            self._history.batch_losses[self.steps] = self._loss.item()
        self._is_first = False
        return self._loss

    def _evaluate(self, objective: "Objective | Batches") -> None:
        self._theta.grad = None
        self._loss = objective.loss(self._theta)
        self._loss.backward()

    def _advance_schedule(self) -> None:
        if self._scheduler is None or self._schedule is None:
            return
        if self._scheduled_steps is not None and self.steps >= self._scheduled_steps:
            return
        seen: list[Any] = [self._loss.item()] if self._schedule.takes_loss else []
        self._scheduler.step(*seen)

    def _keep(self) -> None:
        self._history.add(self._theta, self._loss, self._optimizer, self._gradients_asked_for)
        self._can_step = self._history.is_finite

    def _trajectory(self, outcome: Outcome) -> Trajectory:
        return self._history.trajectory(outcome, self._batches.rows(self.steps) if self._batches else None)


def descend(
    objective: Objective,
    start: Mapping[str, float] | Sequence[float] | Tensor,
    optimizer: str = "SGD",
    lr: float | None = None,
    steps: int = 100,
    deadline: float | None = None,
    **settings: Any,
) -> Trajectory:
    """Run an optimizer down an objective and keep every step.

    Args:
        objective, start, optimizer, lr, settings: as for ``Descent``, whose other arguments are settings too.
        steps: how many steps; the run stops before at the first loss or gradient that isn't finite.
        deadline: when to stop at the latest, on ``time.monotonic``'s clock.

    Raises:
        InputError: for a setting that can't be used.
    """
    check_step_count(steps)
    return Descent(objective, start, optimizer, lr, **settings).run(steps, deadline)


def sort_settings(
    optimizer: Optimizer, scheduler: Scheduler | None, settings: Mapping[str, Any], given: Mapping[str, Any] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The optimizer's settings, and the scheduler's: those given as such, and those that the optimizer hasn't.

    Raises:
        InputError: with the field ``scheduler``, for settings of a scheduler that isn't there.
    """
    if not isinstance(given, Mapping | None):
        raise InputError(f"scheduler_settings= must be settings by name, not {quote(given)}", field="scheduler")
    scheduled = dict(given or {})
    if scheduled and scheduler is None:
        raise InputError(f"without a scheduler there is no setting '{next(iter(scheduled))}'", field="scheduler")
    own = {one.name for one in optimizer.hyperparameters}
    others = {one.name for one in scheduler.hyperparameters} - own if scheduler else set()
    moved = {name: value for name, value in settings.items() if name in others}
    return {name: value for name, value in settings.items() if name not in others}, moved | scheduled


def check_step_count(steps: int) -> None:
    """Whether a run can take so many steps.

    Raises:
        InputError: with the field ``steps``, otherwise.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise InputError(f"the number of steps must be a whole number from 0, not {quote(steps)}", field="steps")


def check_learning_rate(lr: float) -> float:
    """``lr`` if an optimizer can use it: finite, and not negative.

    Raises:
        InputError: otherwise, with the reason.
    """
    if isinstance(lr, bool) or not isinstance(lr, int | float):
        raise InputError(f"the learning rate must be a number, not {quote(lr)}", field="lr")
    lr = as_float(lr)
    if not math.isfinite(lr):
        raise InputError(f"the learning rate must be a finite number, not {lr}", field="lr")
    if lr < 0:
        raise InputError(
            f"the learning rate is {format_exact(lr)}: below 0 the steps would climb, so torch refuses it", field="lr"
        )
    return float(lr)


def check_seed(seed: int) -> int:
    """``seed`` if torch's generators take it, and it fits into a link.

    Raises:
        InputError: otherwise, with the reason.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < MAX_SEED:
        raise InputError(f"the seed must be a whole number from 0 to {MAX_SEED - 1:,}, not {quote(seed)}", field="seed")
    return seed


def _check_start(objective: Objective, start: Mapping[str, float] | Sequence[float] | Tensor) -> Tensor:
    """``start`` as a fresh (P,) float64 tensor, checked."""
    if isinstance(start, Mapping):
        missing = [name for name in objective.parameters if name not in start]
        if missing or len(start) != len(objective.parameters):
            raise InputError(
                f"the start must name {', '.join(objective.parameters)} and nothing else, "
                f"and it names {', '.join(map(str, start)) or 'nothing'}",
                field="start",
            )
        start = [start[name] for name in objective.parameters]
    try:
        theta = torch.as_tensor(start, dtype=torch.float64).detach().clone()
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise InputError("the start must be made of numbers", field="start") from None
    if theta.shape != (len(objective.parameters),):
        raise InputError(
            f"the start needs {len(objective.parameters)} numbers ({', '.join(objective.parameters)}), "
            f"and its shape is {tuple(theta.shape)}",
            field="start",
        )
    if not bool(theta.isfinite().all()):
        raise InputError("the start must be made of finite numbers", field="start")
    return theta
