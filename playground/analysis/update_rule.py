"""The update rule of an optimizer along a run, line by line: its symbols, and its numbers at each step."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.optimizers import OPTIMIZERS
from playground.engine.settings import Value
from playground.engine.trajectory import Trajectory
from playground.engine.update_rules import cached_expression, rule_to_latex, run_rule
from playground.language.printing import to_latex
from playground.numerals import format_number

PLACEHOLDER = "0@{}@0"
"""What stands in LaTeX for a number that changes with the steps: like a number it begins and ends with a digit."""


@dataclass(frozen=True)
class TracedLine:
    """One line of an update rule along a run of K steps in P parameters.

    Attributes:
        left, right: its two sides typeset, in symbols.
        template: the right side typeset, with ``PLACEHOLDER`` for each number that changes.
        inputs: those numbers in the order of their places, by symbol, (K, P) float64 or (K, 1).
        values: what the line makes, (K, P) float64 or (K, 1). The parameters and what torch keeps between steps
            are torch's own numbers; only what lies on the way is worked out anew.
    """

    left: str
    right: str
    template: str
    inputs: dict[str, Tensor]
    values: Tensor


def trace_rule(optimizer: str, settings: Mapping[str, Value], run: Trajectory) -> list[TracedLine]:
    """The lines of the rule of ``optimizer``, a name from ``OPTIMIZERS``, under ``settings``, along ``run``.

    There are none for an optimizer whose rule isn't written in lines, and ``values`` has no rows for a run of no step.
    """
    record = OPTIMIZERS[optimizer]
    lines, states = record.update_rule(settings), record.active_states(settings)
    steps = run.steps
    fixed = record.constants(settings, 1.0, 1)
    moving: dict[str, Tensor] = {
        "gamma": run.learning_rates[:-1, None],
        "t": torch.arange(1.0, steps + 1, dtype=torch.float64)[:, None],
        "theta": run.parameters[:-1],
        "g": run.step_gradients[:-1],
    }
    after = {"theta": run.parameters[1:]}
    for state in states:
        kept = run.states[state.key].reshape(steps + 1, -1)
        initial = cached_expression(state.initial).evaluate(fixed | {"gamma": run.learning_rates[:1, None]})
        # Torch makes a state at the first step that needs it: until then it is what the record says.
        before = torch.where(kept[:-1].isnan() & _is_before_first(kept), initial, kept[:-1])
        moving[state.symbol], after[state.symbol] = before, kept[1:]
    known = fixed | moving
    made = [one.expand(steps, one.shape[-1] if one.dim() else 1) for one in run_rule(lines, known)]
    last = {line.name: position for position, line in enumerate(lines)}
    written = []
    for position, (line, (left, right)) in enumerate(zip(lines, rule_to_latex(lines, states), strict=True)):
        values = after[line.name] if line.name in after and last[line.name] == position else made[position]
        expression = cached_expression(line.text)
        given = {name: moving[name] for name in expression.names if name in moving}
        places = {name: PLACEHOLDER.format(place) for place, name in enumerate(given)}
        constants = {name: _number_to_latex(float(fixed[name])) for name in expression.names if name not in moving}
        written.append(TracedLine(left, right, to_latex(expression, places | constants), given, values))
        moving[line.name] = values
    return written


def _is_before_first(kept: Tensor) -> Tensor:
    """(K, 1) bool: which rows before a step come before torch first made the state of rows ``kept`` (K + 1, P)."""
    return (~kept[:-1].isnan().all(-1, keepdim=True)).cumsum(0) == 0


def _number_to_latex(number: float) -> str:
    mantissa, _, power = format_number(number, 6).replace("−", "-").partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else mantissa
