"""How a run ended, in a name and a sentence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import torch

from playground.engine.kinks import explain_points
from playground.engine.objectives import Objective
from playground.numerals import format_count, format_number

OutcomeName: TypeAlias = Literal["FINISHED", "CONVERGED", "DIVERGED", "OUT_OF_DOMAIN", "OUT_OF_TIME", "STOPPED"]

GRADIENT_TOLERANCE = 1e-6
"""A run whose last gradient is no longer than this has converged, to a minimum or wherever else it is flat."""

GROWTH_LIMIT = 10.0
"""A run that ends at its highest loss, this many times the first, diverges."""


MAX_NAMED = 12
"""A sentence names the values of no more parameters."""


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


class Record(Protocol):
    """What is known of a run: by step its parameters, losses, gradients and learning rates."""

    parameters: list[list[float]]
    losses: list[float]
    gradients: list[list[float]]
    rates: list[float]


def judge(run: Record, objective: Objective) -> Outcome:
    """How a run stands that took all the steps it was asked for, or can take no more."""
    steps, first, last = len(run.losses) - 1, run.losses[0], run.losses[-1]
    if not (math.isfinite(last) and all(map(math.isfinite, run.gradients[-1]))):
        return _judge_failure(run, objective)
    count = format_count(steps, "step")
    if steps and last == max(run.losses) and last - first > (GROWTH_LIMIT - 1) * abs(first):
        return Outcome(
            "DIVERGED",
            f"The run diverges: the loss grew from {format_number(first)} to {format_number(last)} in {count}. "
            "Try a smaller learning rate.",
        )
    if steps and run.parameters[-1] == run.parameters[0] and not run.rates[-1]:
        return Outcome("FINISHED", "Nothing moves: the learning rate is 0.")
    now = math.hypot(*run.gradients[-1])
    if now <= GRADIENT_TOLERANCE:
        return Outcome(
            "CONVERGED",
            f"Converged: after {count} the gradient's length is {format_number(now, 2)}. It is flat here: "
            "a minimum, or else a saddle or a plateau.",
        )
    return Outcome("FINISHED", f"After {count} the gradient's length is {format_number(now)}.")


def out_of_time(steps: int, wanted: int) -> Outcome:
    """That the time given was over after ``steps`` of the ``wanted`` ones."""
    return Outcome("OUT_OF_TIME", f"The time that was given for it was over after {steps:,} of {wanted:,} steps.")


def stopped(optimizer: str, step: int, reason: str) -> Outcome:
    """That the class ``optimizer`` raised an error in a step, counted from 1."""
    return Outcome("STOPPED", f"{optimizer} can't take step {step} with these settings: {reason}.")


def _judge_failure(run: Record, objective: Objective) -> Outcome:
    """Why the last point has no finite loss or gradient: too large, or outside the domain."""
    step, loss = len(run.losses) - 1, run.losses[-1]
    if loss == -math.inf:
        return Outcome("DIVERGED", f"Diverged: at step {step} the loss has fallen to -inf; it has no minimum.")
    what = f"the loss is {loss}" if not math.isfinite(loss) else "the gradient isn't finite"
    grew = step > 0 and abs(run.losses[-2]) > 1e9 * max(1.0, abs(run.losses[0]))
    here, start = (max(map(abs, run.parameters[k]), default=0.0) for k in (-1, 0))
    flung = step > 0 and here > 10 * max(1.0, start) and math.isinf(loss)
    why = objective.explain_break(torch.tensor(run.parameters[-1], dtype=torch.float64))
    if grew or flung or (step and why) or not math.isfinite(sum(run.parameters[-1])):
        said = [f"Diverged: at step {step} {what}.", why, "Try a smaller learning rate."]
        return Outcome("DIVERGED", " ".join(filter(None, said)))
    remedy = "Try another start" + (" or a smaller learning rate." if step else ".")
    where = f"At step {step}{_place(run, objective)} {what}."
    return Outcome("OUT_OF_DOMAIN", " ".join([where, *_explain(run, objective), remedy]))


def _place(run: Record, objective: Objective) -> str:
    """Where the last point lies, if its numbers aren't too many for a sentence."""
    if len(objective.parameters) > MAX_NAMED:
        return ""
    numbers = zip(objective.parameters, run.parameters[-1], strict=True)
    return f" ({', '.join(f'{name} = {format_number(value)}' for name, value in numbers)})"


def _explain(run: Record, objective: Objective) -> Sequence[str]:
    """A sentence on what made the last loss or gradient what they are, if one is known."""
    last = [torch.tensor([one[-1]], dtype=torch.float64) for one in (run.parameters, run.losses, run.gradients)]
    return [note for note in explain_points(objective, *last) if note]
