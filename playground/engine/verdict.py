"""How a run stands, from its record: whether it has failed, has come to rest, or is on its way."""

import math
from collections.abc import Sequence

import torch

from playground.engine.kinks import explain_points
from playground.engine.objectives import Objective
from playground.engine.outcome import Outcome
from playground.engine.places import Record, judge_places, last_point
from playground.numerals import format_count, format_number

GROWTH_LIMIT = 10.0
"""A run whose loss ends at this many times the first has failed, if it isn't on its way back."""

LEAP = 10.0
"""A run was thrown off by a step that made its loss so many times what it had been at most."""

STALLED = 1e-6
"""A run has hardly moved if no parameter has changed by more than this part of it."""

MAX_NAMED = 12
"""A sentence names the values of no more parameters."""


def judge(run: Record, objective: Objective) -> Outcome:
    """How a run stands that took all the steps it was asked for, or can take no more."""
    return judge_many([run], objective)[0]


def judge_many(runs: Sequence[Record], objective: Objective) -> list[Outcome]:
    """Likewise of many runs; those that may have come to rest are looked at together."""
    outcomes = [_judge_losses(run, objective) for run in runs]
    waiting = [i for i, outcome in enumerate(outcomes) if outcome is None]
    found = judge_places([runs[i] for i in waiting], objective)
    for i, outcome in zip(waiting, found, strict=True):
        outcomes[i] = outcome or Outcome("FINISHED", _say_finished(runs[i]))
    return [outcome for outcome in outcomes if outcome is not None]


def _judge_losses(run: Record, objective: Objective) -> Outcome | None:
    """What the losses alone say of a run's end; None if that depends on where it is."""
    if not (math.isfinite(run.losses[-1]) and all(map(math.isfinite, run.gradients[-1]))):
        return _judge_failure(run, objective)
    steps = len(run.losses) - 1
    if message := _say_growth(run.losses):
        return Outcome("DIVERGED", message)
    if steps and list(run.parameters[-1]) == list(run.parameters[0]) and not run.rates[-1]:
        return Outcome("FINISHED", "Nothing moves: the learning rate is 0.")
    return None


def _say_growth(losses: Sequence[float]) -> str:
    """That a loss has grown far beyond its first, by itself or by one leap; empty if it hasn't, or is coming back."""
    first, last, peak = losses[0], losses[-1], max(losses)
    # From a loss of 0 anything has grown: then the first step's is the measure.
    scale = abs(first) or abs(losses[min(1, len(losses) - 1)])
    if len(losses) == 1 or not last - first > (GROWTH_LIMIT - 1) * scale:
        return ""
    step = find_leap(losses)
    if step:
        if is_back(first, peak, last):
            return ""
        before, after = losses[step - 1], losses[step]
        now = f"is {format_number(last)} now" if step < len(losses) - 1 else "ends there"
        return (
            f"Thrown far off in one step: step {step:,} took the loss from {format_number(before)} to "
            f"{format_number(after)}, and it {now}, after {format_count(len(losses) - 1, 'step')}. "
            "Try a smaller learning rate, or another start."
        )
    if last < peak:
        return ""
    since = next(k for k in range(len(losses) - 1, -1, -1) if k == 0 or losses[k - 1] >= losses[k])
    rose = f" It has risen at each step since step {since:,}." if since else ""
    return (
        f"The run diverges: the loss grew from {format_number(first)} to {format_number(last)} in "
        f"{format_count(len(losses) - 1, 'step')}.{rose} Try a smaller learning rate."
    )


def find_leap(losses: Sequence[float]) -> int:
    """The step, counted from 1, that threw a run off: it took the loss far above all before; 0 for none.

    Of steps in a row that do so it is the first. A run whose last step still does so isn't thrown off, but diverges.
    """
    most, leaps = abs(losses[0]), []
    for step, loss in enumerate(losses[1:], 1):
        if loss - losses[step - 1] > (LEAP - 1) * most > 0:
            leaps.append(step)
        most = max(most, abs(loss))
    if not leaps or leaps[-1] == len(losses) - 1:
        return 0
    return next(step for step in reversed(leaps) if step - 1 not in leaps)


def is_back(first: float, peak: float, last: float) -> bool:
    """Whether a loss that rose to its peak is back to ten times the first, or halfway by orders of magnitude."""
    scale = abs(first)
    if not last - first > (GROWTH_LIMIT - 1) * scale:
        return True
    # A loss that was thrown off falls by factors.
    return scale > 0 and math.log((last - first) / scale) < math.log((peak - first) / scale) / 2


def _say_finished(run: Record) -> str:
    """How long the gradient is where a run ends that hasn't come to rest, and whether it has moved at all."""
    steps, start, end = len(run.losses) - 1, run.parameters[0], run.parameters[-1]
    now = format_number(math.hypot(*run.gradients[-1]))
    moved = [abs(a - b) for a, b in zip(start, end, strict=True)]
    if steps and moved and all(far <= STALLED * abs(at) for far, at in zip(moved, end, strict=True)):
        far = f" by more than {format_number(max(moved), 2)}" if any(moved) else ""
        return (
            f"Hardly moved: in {format_count(steps, 'step')} no parameter has changed{far}, though the gradient isn't "
            f"zero: its length is {now}."
        )
    return f"After {format_count(steps, 'step')} the gradient's length is {now}."


def _judge_failure(run: Record, objective: Objective) -> Outcome:
    """Why the last point has no finite loss or gradient: too large, or outside the domain."""
    step, loss = len(run.losses) - 1, run.losses[-1]
    if loss == -math.inf:
        return Outcome("DIVERGED", f"Diverged: at step {step} the loss has fallen to −inf; it has no minimum.")
    what = f"the loss is {loss}" if not math.isfinite(loss) else "the gradient isn't finite"
    grew = step > 0 and abs(run.losses[-2]) > 1e9 * max(1.0, abs(run.losses[0]))
    here, start = (max(map(abs, run.parameters[k]), default=0.0) for k in (-1, 0))
    flung = step > 0 and here > 10 * max(1.0, start) and math.isinf(loss)
    why = objective.explain_break(last_point(run))
    if grew or flung or (step and why) or not math.isfinite(sum(run.parameters[-1])):
        said = [f"Diverged: at step {step} {what}.", why, "Try a smaller learning rate."]
        return Outcome("DIVERGED", " ".join(filter(None, said)))
    remedy = "Try another start" + (" or a smaller learning rate." if step else ".")
    if not step and not objective.has_usable_start():
        others = "leave such points out, or choose another model" if objective.kind == "model" else "choose another one"
        remedy = f"Other starts that were tried are no better: {others}."
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
    loss, gradient = (torch.tensor([one[-1]], dtype=torch.float64) for one in (run.losses, run.gradients))
    last = last_point(run)[None], loss, gradient
    return [note for note in explain_points(objective, *last) if note]
