"""All that a run passed through, and how it is kept while it goes on."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.outcome import Outcome


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


class History:
    """A run's record while it goes on, one entry for each point.

    Lists of floats: at these sizes they cost a tenth of what tensors do, and keep every bit.

    Args:
        names: the P parameters' names.
        states: torch's keys of what the optimizer keeps; vectors: those that have P components.
    """

    def __init__(self, names: tuple[str, ...], states: Collection[str], vectors: Collection[str]) -> None:
        self.names = names
        self.parameters: list[list[float]] = []
        self.losses: list[float] = []
        self.gradients: list[list[float]] = []
        self.rates: list[float] = []
        self.evaluations: list[int] = []
        self.step_gradients: dict[int, list[float]] = {}  # by step, where it isn't the gradient
        self.batch_losses: dict[int, float] = {}  # by step, where it isn't the loss
        self._states: dict[str, list[float | list[float] | None]] = {key: [] for key in states}
        self._vectors = vectors

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.losses) - 1

    @property
    def is_finite(self) -> bool:
        """Whether the last point has a finite loss and gradient."""
        return math.isfinite(self.losses[-1]) and all(map(math.isfinite, self.gradients[-1]))

    def add(self, theta: Tensor, loss: Tensor, optimizer: torch.optim.Optimizer, evaluations: int) -> None:
        """Add the point ``theta`` with its gradient and what the optimizer keeps there."""
        self.parameters.append(theta.tolist())
        self.losses.append(loss.item())
        self.gradients.append(theta.grad.tolist())  # type: ignore[union-attr]
        self.rates.append(optimizer.param_groups[0]["lr"])
        self.evaluations.append(evaluations)
        state = optimizer.state[theta] if self._states else {}
        for key, column in self._states.items():
            value = state.get(key)
            column.append(value.tolist() if isinstance(value, Tensor) else value)

    def trajectory(self, outcome: Outcome, batches: Tensor | None) -> Trajectory:
        """The record as tensors; ``batches`` as a trajectory has them."""
        shape = self.steps + 1, len(self.names)
        gradients = torch.tensor(self.gradients, dtype=torch.float64).reshape(shape)
        losses = torch.tensor(self.losses, dtype=torch.float64)
        return Trajectory(
            names=self.names,
            parameters=torch.tensor(self.parameters, dtype=torch.float64).reshape(shape),
            losses=losses,
            gradients=gradients,
            step_gradients=_replace_rows(gradients, self.step_gradients),
            states={
                key: _stack_state(column, shape[1] if key in self._vectors else None)
                for key, column in self._states.items()
            },
            learning_rates=torch.tensor(self.rates, dtype=torch.float64),
            evaluations=torch.tensor(self.evaluations),
            outcome=outcome,
            batches=batches,
            batch_losses=_replace_rows(losses, self.batch_losses),
        )


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
