"""A run down an objective, one real ``torch.optim`` step at a time, with all its history."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from playground.edges import notes
from playground.errors import InputError
from playground.objectives import Objective
from playground.optimizers import OPTIMIZERS, as_float

OutcomeName: TypeAlias = Literal["FINISHED", "CONVERGED", "DIVERGED", "OUT_OF_DOMAIN", "OUT_OF_TIME"]

GRADIENT_TOLERANCE = 1e-6
"""A run whose last gradient is no longer than this has converged, to a minimum or wherever else it is flat."""

GROWTH_LIMIT = 10.0
"""A run that ends at its highest loss, this many times the first, diverges."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        name: FINISHED, CONVERGED (the gradient is as good as zero), DIVERGED (the loss or the parameters
            grow or have left the numbers), OUT_OF_DOMAIN (the function has no value or no gradient
            there), or OUT_OF_TIME (the time given ran out before the steps did).
        message: a sentence for a person.
    """

    name: OutcomeName
    message: str

    @property
    def can_go_on(self) -> bool:
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
        evaluations: how often torch computed a loss and its gradient.
        outcome: how the run ended.
    """

    names: tuple[str, ...]
    parameters: Tensor
    losses: Tensor
    gradients: Tensor
    evaluations: int
    outcome: Outcome

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
        settings: the optimizer's hyperparameters, by torch's names.

    Raises:
        InputError: for a start, a learning rate or a setting that can't be used.
    """

    def __init__(
        self,
        objective: Objective,
        start: Mapping[str, float] | Sequence[float] | Tensor,
        optimizer: str = "SGD",
        lr: float | None = None,
        **settings: object,
    ) -> None:
        if optimizer not in OPTIMIZERS:
            raise InputError(
                f"unknown optimizer '{optimizer}': choose one of {', '.join(OPTIMIZERS)}", field="optimizer"
            )
        record = OPTIMIZERS[optimizer]
        self.objective = objective
        self._theta = _start(objective, start).requires_grad_()
        self._optimizer = record.build(
            self._theta, record.learning_rate if lr is None else checked_learning_rate(lr), settings
        )
        # Lists of floats: at these sizes they cost a tenth of what tensors do, and keep every bit.
        self._parameters: list[list[float]] = []
        self._losses: list[float] = []
        self._gradients: list[list[float]] = []
        self._evaluations = 0
        self._failed = False
        self._evaluate()
        self._record()

    def step(self) -> bool:
        """Take one step, and say whether it led to a finite loss and gradient.

        A run that has left the finite numbers stays where it is.
        """
        if not self._failed:
            self._loss_is_current = True
            self._optimizer.step(self._closure)  # type: ignore[arg-type]
            self._evaluate()
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
        if self._loss_is_current:  # known since the last step was recorded
            self._loss_is_current = False
        else:
            self._evaluate()
        return self._loss

    def _evaluate(self) -> None:
        self._theta.grad = None
        self._loss = self.objective.loss(self._theta)
        self._loss.backward()
        self._evaluations += 1

    def _record(self) -> None:
        loss, gradient = self._loss.item(), self._theta.grad.tolist()  # type: ignore[union-attr]
        self._parameters.append(self._theta.tolist())
        self._losses.append(loss)
        self._gradients.append(gradient)
        self._failed = not (math.isfinite(loss) and all(map(math.isfinite, gradient)))

    def _trajectory(self, outcome: Outcome | None) -> Trajectory:
        shape = self.steps + 1, len(self.objective.parameters)
        return Trajectory(
            names=self.objective.parameters,
            parameters=torch.tensor(self._parameters, dtype=torch.float64).reshape(shape),
            losses=torch.tensor(self._losses, dtype=torch.float64),
            gradients=torch.tensor(self._gradients, dtype=torch.float64).reshape(shape),
            evaluations=self._evaluations,
            outcome=outcome or self._outcome(),
        )

    def _outcome(self) -> Outcome:
        steps, first, last = self.steps, self._losses[0], self._losses[-1]
        if self._failed:
            return self._failure(steps)
        if steps and last == max(self._losses) and last - first > (GROWTH_LIMIT - 1) * abs(first):
            return Outcome(
                "DIVERGED",
                f"The run diverges: the loss grew from {first:.4g} to {last:.4g} in {_counted(steps)}. "
                "Try a smaller learning rate.",
            )
        if steps and self._parameters[-1] == self._parameters[0] and not self._optimizer.param_groups[0]["lr"]:
            return Outcome("FINISHED", "Nothing moves: the learning rate is 0.")
        now = math.hypot(*self._gradients[-1])
        if now <= GRADIENT_TOLERANCE:
            return Outcome(
                "CONVERGED",
                f"Converged: after {_counted(steps)} the gradient's length is {now:.2g}. It is flat here: a minimum, "
                "or else a saddle or a plateau.",
            )
        return Outcome("FINISHED", f"After {_counted(steps)} the gradient's length is {now:.4g}.")

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
        return [note for note in notes(self.objective, *last) if note]


def descend(
    objective: Objective,
    start: Mapping[str, float] | Sequence[float] | Tensor,
    optimizer: str = "SGD",
    lr: float | None = None,
    steps: int = 100,
    deadline: float | None = None,
    **settings: object,
) -> Trajectory:
    """Run an optimizer down an objective and keep every step.

    Args:
        objective, start, optimizer, lr, settings: as for ``Descent``.
        steps: how many steps; the run stops before at the first loss or gradient that isn't finite.
        deadline: when to stop at the latest, on ``time.monotonic``'s clock.

    Raises:
        InputError: for a setting that can't be used.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise InputError(f"the number of steps must be a whole number from 0, not {steps!r}", field="steps")
    return Descent(objective, start, optimizer, lr, **settings).run(steps, deadline)


def checked_learning_rate(lr: float) -> float:
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


def _counted(steps: int) -> str:
    return f"{steps} step" if steps == 1 else f"{steps} steps"


def _start(objective: Objective, start: Mapping[str, float] | Sequence[float] | Tensor) -> Tensor:
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
