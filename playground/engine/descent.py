"""A run down an objective, one real ``torch.optim`` step at a time, with all its history."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor

from playground.engine.batches import Batches
from playground.engine.kinks import explain_points
from playground.engine.noise import check_noise_kind
from playground.engine.objectives import Objective
from playground.engine.optimizers import OPTIMIZERS, Optimizer
from playground.engine.schedulers import SCHEDULERS, Scheduler
from playground.errors import InputError
from playground.numerals import as_float

OutcomeName: TypeAlias = Literal["FINISHED", "CONVERGED", "DIVERGED", "OUT_OF_DOMAIN", "OUT_OF_TIME", "STOPPED"]

GRADIENT_TOLERANCE = 1e-6
"""A run whose last gradient is no longer than this has converged, to a minimum or wherever else it is flat."""

GROWTH_LIMIT = 10.0
"""A run that ends at its highest loss, this many times the first, diverges."""


MAX_SEED = 2**31


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        name: FINISHED, CONVERGED (the gradient is as good as zero), DIVERGED (the loss or the parameters
            grow or have left the numbers), OUT_OF_DOMAIN (the function has no value or no gradient
            there), OUT_OF_TIME (the time given ran out before the steps did), or STOPPED (torch's optimizer
            raised an error).
        message: a sentence for a person.
    """

    name: OutcomeName
    message: str

    @property
    def can_continue(self) -> bool:
        """Whether one more step would mean something."""
        return self.name in ("FINISHED", "CONVERGED", "OUT_OF_TIME")


@dataclass(frozen=True)
class Trajectory:
    """All that a run passed through.

    Attributes:
        names: the P parameters' names.
        parameters: (steps + 1, P) float64, the start included.
        losses: (steps + 1,) float64; losses[k] is the loss at parameters[k].
        gradients: (steps + 1, P) float64; gradients[k] is the gradient at parameters[k].
        step_gradients: (steps + 1, P) float64; step_gradients[k] is the gradient that the step from k was given
            first: the batch's, with its noise, if there are any. The last row, from which no step was taken, is the
            gradient itself.
        states: what the optimizer keeps, by torch's keys: (steps + 1, P) float64, or (steps + 1,) for a
            scalar; row k is the state after step k, and NaN before torch has made it.
        learning_rates: (steps + 1,) float64; learning_rates[k] is that of the step from k.
        evaluations: (steps + 1,) int64; evaluations[k] is how many gradients the optimizer had asked for by
            step k, those inside of a step of LBFGS as well.
        outcome: how the run ended.
        batches: (steps + 1, B) int64; batches[k] are the places among the fit's points of those that the step from k
            looked at, -1 where it looked at fewer than B. None where each step looked at all.
        batch_losses: (steps + 1,) float64; batch_losses[k] is the loss at parameters[k] on those points alone, and
            step_gradients[k] their gradient. The losses themselves where each step looked at all.
    """

    names: tuple[str, ...]
    parameters: Tensor
    losses: Tensor
    gradients: Tensor
    step_gradients: Tensor
    states: dict[str, Tensor]
    learning_rates: Tensor
    evaluations: Tensor
    outcome: Outcome
    batches: Tensor | None
    batch_losses: Tensor

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.losses) - 1


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
        if optimizer not in OPTIMIZERS:
            raise InputError(
                f"unknown optimizer '{optimizer}': choose one of {', '.join(OPTIMIZERS)}", field="optimizer"
            )
        if scheduler is not None and (not isinstance(scheduler, str) or scheduler not in SCHEDULERS):
            raise InputError(
                f"unknown scheduler '{scheduler}': choose one of {', '.join(SCHEDULERS)}", field="scheduler"
            )
        record, schedule = OPTIMIZERS[optimizer], SCHEDULERS[scheduler] if scheduler is not None else None
        settings, scheduled = _sort_settings(record, schedule, settings, scheduler_settings or {})
        rate = record.learning_rate if lr is None else check_learning_rate(lr)
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
        states = record.active_states(record.check_settings(settings))
        self._states: dict[str, list[float | list[float] | None]] = {state.key: [] for state in states}
        self._vectors = {state.key for state in states if state.is_vector}
        # Lists of floats: at these sizes they cost a tenth of what tensors do, and keep every bit.
        self._parameters: list[list[float]] = []
        self._losses: list[float] = []
        self._gradients: list[list[float]] = []
        self._step_gradients: dict[int, list[float]] = {}  # by step, where it isn't the gradient
        self._batch_losses: dict[int, float] = {}  # by step, where it isn't the loss
        self._rates: list[float] = []
        self._evaluations: list[int] = []
        self._asked = 0
        self._failed = False
        self._error = ""
        self._evaluate(objective)
        self._record()

    def step(self) -> bool:
        """Take one step, and say whether it led to a finite loss and gradient.

        A run that has left the finite numbers stays where it is.
        """
        if not self._failed:
            # The loss of all points is known since the last step was recorded; that of a batch isn't.
            self._loss_is_current = self._batches is None
            self._is_first = True
            if self._batches:
                self._batches.draw()
            try:
                self._optimizer.step(self._closure)  # type: ignore[arg-type]
            except ArithmeticError as reason:  # torch divides by what may be 0, and raises powers in Python
                self._failed, self._error = True, str(reason.args[-1])
                return False
            self._evaluate(self.objective)
            self._advance_schedule()
            self._record()
        return not self._failed

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self._losses) - 1

    @property
    def trajectory(self) -> Trajectory:
        """The run so far."""
        return self._trajectory(None)

    def run(self, steps: int, deadline: float | None = None) -> Trajectory:
        """Take up to ``steps`` steps.

        Args:
            steps: how many more.
            deadline: when to stop at the latest, on ``time.monotonic``'s clock.
        """
        wanted = self.steps + steps
        for _ in range(steps):
            if not self._failed and deadline is not None and time.monotonic() > deadline:
                return self._trajectory(
                    Outcome("OUT_OF_TIME", f"The time was over after {self.steps} of {wanted} steps.")
                )
            if not self.step():
                break
        return self.trajectory

    def _closure(self) -> Tensor:
        """What torch's optimizers call for the loss and gradient at the current parameters."""
        known, self._loss_is_current = self._loss_is_current, False
        if not known:
            self._evaluate(self._batches or self.objective)
        self._asked += 1
        gradient = self._theta.grad
        if self._noise and gradient is not None:
            gradient += self._noise * self._draw(len(gradient), self._generator)
        if self._is_first and gradient is not None and (self._noise or self._batches):
            self._step_gradients[self.steps] = gradient.tolist()
            self._batch_losses[self.steps] = self._loss.item()
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

    def _record(self) -> None:
        loss, gradient = self._loss.item(), self._theta.grad.tolist()  # type: ignore[union-attr]
        self._parameters.append(self._theta.tolist())
        self._losses.append(loss)
        self._gradients.append(gradient)
        self._rates.append(self._optimizer.param_groups[0]["lr"])
        self._evaluations.append(self._asked)
        state = self._optimizer.state[self._theta] if self._states else {}
        for key, history in self._states.items():
            value = state.get(key)
            history.append(value.tolist() if isinstance(value, Tensor) else value)
        self._failed = not (math.isfinite(loss) and all(map(math.isfinite, gradient)))

    def _trajectory(self, outcome: Outcome | None) -> Trajectory:
        shape = self.steps + 1, len(self.objective.parameters)
        gradients = torch.tensor(self._gradients, dtype=torch.float64).reshape(shape)
        losses = torch.tensor(self._losses, dtype=torch.float64)
        return Trajectory(
            names=self.objective.parameters,
            parameters=torch.tensor(self._parameters, dtype=torch.float64).reshape(shape),
            losses=losses,
            gradients=gradients,
            step_gradients=_replace_rows(gradients, self._step_gradients),
            states={
                key: _stack_state(history, shape[1] if key in self._vectors else None)
                for key, history in self._states.items()
            },
            learning_rates=torch.tensor(self._rates, dtype=torch.float64),
            evaluations=torch.tensor(self._evaluations),
            outcome=outcome or self._outcome(),
            batches=self._batches.rows(self.steps) if self._batches else None,
            batch_losses=_replace_rows(losses, self._batch_losses),
        )

    def _outcome(self) -> Outcome:
        steps, first, last = self.steps, self._losses[0], self._losses[-1]
        if self._error:
            name = type(self._optimizer).__name__
            return Outcome("STOPPED", f"{name} can't take step {steps + 1} with these settings: {self._error}.")
        if self._failed:
            return self._failure(steps)
        if steps and last == max(self._losses) and last - first > (GROWTH_LIMIT - 1) * abs(first):
            return Outcome(
                "DIVERGED",
                f"The run diverges: the loss grew from {first:.4g} to {last:.4g} in {_count_steps(steps)}. "
                "Try a smaller learning rate.",
            )
        if steps and self._parameters[-1] == self._parameters[0] and not self._optimizer.param_groups[0]["lr"]:
            return Outcome("FINISHED", "Nothing moves: the learning rate is 0.")
        now = math.hypot(*self._gradients[-1])
        if now <= GRADIENT_TOLERANCE:
            return Outcome(
                "CONVERGED",
                f"Converged: after {_count_steps(steps)} the gradient's length is {now:.2g}. It is flat here: "
                "a minimum, or else a saddle or a plateau.",
            )
        return Outcome("FINISHED", f"After {_count_steps(steps)} the gradient's length is {now:.4g}.")

    def _failure(self, step: int) -> Outcome:
        """Why the last step kept has no finite loss or gradient: too large, or outside the domain."""
        loss = self._losses[-1]
        if loss == -math.inf:
            return Outcome("DIVERGED", f"Diverged: at step {step} the loss has fallen to -inf; it has no minimum.")
        what = f"the loss is {loss}" if not math.isfinite(loss) else "the gradient isn't finite"
        grew = step > 0 and abs(self._losses[-2]) > 1e9 * max(1.0, abs(self._losses[0]))
        here, start = (max(map(abs, self._parameters[k]), default=0.0) for k in (-1, 0))
        flung = step > 0 and here > 10 * max(1.0, start) and math.isinf(loss)
        if grew or flung or not math.isfinite(sum(self._parameters[-1])):
            return Outcome("DIVERGED", f"Diverged: at step {step} {what}. Try a smaller learning rate.")
        where = ", ".join(
            f"{name} = {value:.4g}" for name, value in zip(self.objective.parameters, self._parameters[-1], strict=True)
        )
        remedy = "Try another start" + (" or a smaller learning rate." if step else ".")
        return Outcome("OUT_OF_DOMAIN", " ".join([f"At step {step} ({where}) {what}.", *self._why(), remedy]))

    def _why(self) -> list[str]:
        """A sentence on what made the last step's loss or gradient what they are, if one is known."""
        last = [
            torch.tensor([one[-1]], dtype=torch.float64) for one in (self._parameters, self._losses, self._gradients)
        ]
        return [note for note in explain_points(self.objective, *last) if note]


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
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise InputError(f"the number of steps must be a whole number from 0, not {steps!r}", field="steps")
    return Descent(objective, start, optimizer, lr, **settings).run(steps, deadline)


def _sort_settings(
    optimizer: Optimizer, scheduler: Scheduler | None, settings: Mapping[str, Any], scheduled: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The optimizer's settings, and the scheduler's: those given as such, and those that the optimizer hasn't."""
    if scheduled and scheduler is None:
        raise InputError(f"without a scheduler there is no setting '{next(iter(scheduled))}'", field="scheduler")
    own = {one.name for one in optimizer.hyperparameters}
    others = {one.name for one in scheduler.hyperparameters} - own if scheduler else set()
    moved = {name: value for name, value in settings.items() if name in others}
    return {name: value for name, value in settings.items() if name not in others}, moved | dict(scheduled)


def check_learning_rate(lr: float) -> float:
    """``lr`` if an optimizer can use it: finite, and not negative.

    Raises:
        InputError: otherwise, with the reason.
    """
    if isinstance(lr, bool) or not isinstance(lr, int | float):
        raise InputError(f"the learning rate must be a number, not {lr!r}", field="lr")
    lr = as_float(lr)
    if not math.isfinite(lr):
        raise InputError(f"the learning rate must be a finite number, not {lr}", field="lr")
    if lr < 0:
        raise InputError(f"the learning rate is {lr:g}: below 0 the steps would climb, so torch refuses it", field="lr")
    return float(lr)


def check_noise(noise: float) -> float:
    """``noise`` if gradients can have it: finite, and not negative.

    Raises:
        InputError: otherwise, with the reason.
    """
    if isinstance(noise, bool) or not isinstance(noise, int | float):
        raise InputError(f"the noise must be a number, not {noise!r}", field="noise")
    if not 0 <= as_float(noise) < math.inf:
        raise InputError(f"the noise is {as_float(noise):g}: it must be a finite number from 0", field="noise")
    return float(noise)


def check_seed(seed: int) -> int:
    """``seed`` if torch's generators take it, and it fits into a link.

    Raises:
        InputError: otherwise, with the reason.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < MAX_SEED:
        raise InputError(f"the seed must be a whole number from 0 to {MAX_SEED - 1:,}, not {seed!r}", field="seed")
    return seed


def _stack_state(history: Sequence[float | list[float] | None], size: int | None) -> Tensor:
    """A state over the steps as float64, ``size`` numbers each or one, NaN where torch didn't have it."""
    missing = math.nan if size is None else [math.nan] * size
    return torch.tensor([missing if value is None else value for value in history], dtype=torch.float64)


def _replace_rows(values: Tensor, rows: Mapping[int, float | list[float]]) -> Tensor:
    """``values`` with some rows, by their places, put in their stead; a step that wasn't taken has none."""
    rows = {place: row for place, row in rows.items() if place < len(values) - 1}
    if not rows:
        return values
    replaced = values.clone()
    replaced[list(rows)] = torch.tensor(list(rows.values()), dtype=torch.float64)
    return replaced


def _count_steps(steps: int) -> str:
    return f"{steps} step" if steps == 1 else f"{steps} steps"


def _check_start(objective: Objective, start: Mapping[str, float] | Sequence[float] | Tensor) -> Tensor:
    """``start`` as a fresh (P,) float64 tensor, checked."""
    if isinstance(start, Mapping):
        missing = [name for name in objective.parameters if name not in start]
        if missing or len(start) != len(objective.parameters):
            raise InputError(
                f"the start must name {', '.join(objective.parameters)} and nothing else, "
                f"and it names {', '.join(start) or 'nothing'}",
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
