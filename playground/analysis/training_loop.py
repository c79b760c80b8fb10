"""A training loop as code, run line by line: after each line the value and the gradient of every tensor.

The text of a line that is shown is the text that is run, by torch itself, mistakes and their errors included.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.analysis.loop_program import (
    MISTAKES,
    RESERVED,
    TUTORIAL_LOOP,
    Line,
    Switches,
    check_epochs,
    check_is_plain,
    check_rate,
    write_program,
)
from playground.engine.descent import descend
from playground.engine.objectives import Objective


@dataclass(frozen=True, eq=False)
class LoopRun:
    """A program that was run, and its tensors after each line: K lines were run after those before the loop.

    Attributes:
        lines: the program.
        line_indices: (K + 1,) int64; line_indices[k] is the place of the line that led to state k, line_indices[0] that
            of the last line before the loop.
        epochs: (K + 1,) int64, in which epoch each state is, counted from 0.
        names: the tensors in order: X, Y, the parameters, predicted, loss; without X, Y and predicted for a function.
        parameter_names: the P names of the parameters' columns, a vector's components as ``x1, x2, …``.
        values: by name, the tensor's value after each line, None where there is none yet. A tensor that didn't change
            from one line to the next is one and the same object.
        gradients: by name, its ``.grad`` after each line, likewise; None where torch has None.
        parameters: (K + 1, P) float64.
        losses: (K + 1,) float64; losses[k] is the loss at parameters[k].
        error: what torch or Python raised at the last line, behind its type; empty if nothing was.
        explanation: why, for a student; empty likewise.
        header: what stands before the lines for them to run by themselves: imports, and f where they call it.
    """

    lines: tuple[Line, ...]
    line_indices: Tensor
    epochs: Tensor
    names: tuple[str, ...]
    parameter_names: tuple[str, ...]
    values: Mapping[str, tuple[Tensor | None, ...]]
    gradients: Mapping[str, tuple[Tensor | None, ...]]
    parameters: Tensor
    losses: Tensor
    error: str
    explanation: str
    header: str

    @property
    def source(self) -> str:
        """The program as a text that runs by itself."""
        return "\n".join([self.header, *(line.code for line in self.lines)]) + "\n"


def run_loop(
    objective: Objective,
    start: Mapping[str, float] | Sequence[float] | Tensor,
    *,
    lr: float = 0.01,
    epochs: int = 100,
    switches: Switches = TUTORIAL_LOOP,
    seconds: float = 2.0,
) -> LoopRun:
    """Run the training loop, and keep every tensor after every line.

    What isn't finite goes on, as in torch. An error that torch or Python raises ends the run and is kept in it.

    Args:
        objective: one without ``extras`` that is written in lines of code.
        start: the P parameters' first values, by name or in order.
        lr: the learning rate, above 0.
        epochs: how many times the loop goes around, 1 to ``MAX_EPOCHS``.
        switches: what it does and leaves out.
        seconds: after which it ends in any case, with the states so far and no error.

    Raises:
        InputError: for an objective, a start or a setting that can't be used.
    """
    deadline = time.monotonic() + seconds
    check_is_plain(objective)
    rate, epochs = check_rate(lr), check_epochs(epochs)
    theta = descend(objective, start, steps=0).parameters[0]
    code = objective.write_code(RESERVED)
    lines = write_program(code, theta.split(objective.sizes), rate, epochs, switches)
    states = _States(code.names)
    error = _run(lines, epochs, {"torch": torch, "math": math, "f": code.function}, states, deadline)
    values = {name: tuple(kept) for name, kept in states.values.items()}
    parameters = torch.cat([torch.stack([one for one in values[name] if one is not None]) for name in code.tensors], -1)
    with torch.no_grad():
        losses = objective.loss(parameters)
    return LoopRun(
        lines=lines,
        line_indices=torch.tensor(states.line_indices),
        epochs=torch.tensor(states.epochs),
        names=code.names,
        parameter_names=objective.parameters,
        values=values,
        gradients={name: tuple(kept) for name, kept in states.gradients.items()},
        parameters=parameters,
        losses=losses,
        error=f"{type(error).__name__}: {error}" if error else "",
        explanation=_explain(error, lines[states.line_indices[-1]], switches) if error else "",
        header=code.header,
    )


class _States:
    """The tensors after each line."""

    def __init__(self, names: Sequence[str]) -> None:
        self.line_indices: list[int] = []
        self.epochs: list[int] = []
        self.values: dict[str, list[Tensor | None]] = {name: [] for name in names}
        self.gradients: dict[str, list[Tensor | None]] = {name: [] for name in names}
        self._copies: dict[tuple[str, str], tuple[Tensor, int, Tensor]] = {}

    def record(self, line: int, epoch: int, namespace: Mapping[str, Any]) -> None:
        """Add the state that a line led to."""
        self.line_indices.append(line)
        self.epochs.append(epoch)
        for name in self.values:
            tensor = namespace.get(name)
            # What isn't a leaf has no .grad, and torch warns of asking for it.
            gradient = tensor.grad if tensor is not None and tensor.is_leaf else None
            self.values[name].append(self._copy((name, "value"), tensor))
            self.gradients[name].append(self._copy((name, "grad"), gradient))

    def _copy(self, key: tuple[str, str], tensor: Tensor | None) -> Tensor | None:
        """A copy of a tensor, the last one if it hasn't changed: most lines change one tensor of many."""
        if tensor is None:
            return None
        last = self._copies.get(key)
        if last is None or last[0] is not tensor or last[1] != tensor._version:
            last = self._copies[key] = tensor, tensor._version, tensor.detach().clone()
        return last[2]


def _run(
    lines: Sequence[Line], epochs: int, namespace: dict[str, Any], states: _States, deadline: float
) -> Exception | None:
    """Run the program, and give back the error that ended it, or None."""
    # The lines are constants of this package with checked names and numbers in them; what a person's expression does
    # comes in as f. Without builtins they couldn't do much else anyway.
    namespace["__builtins__"] = {}
    loop = next(i for i, line in enumerate(lines) if line.part == "loop")
    for line in lines[:loop]:
        exec(line.code, namespace)
    states.record(loop - 1, 0, namespace)
    heads = "loop", "no_grad"  # of blocks, which can't be run by themselves
    codes = [None if line.part in heads else compile(line.code.strip(), "<loop>", "exec") for line in lines]
    for epoch in range(epochs):
        for i in range(loop, len(lines)):
            if time.monotonic() > deadline:
                return None
            code = codes[i]
            error = None
            if code is None:
                namespace["epoch"] = epoch
            else:
                error = _error_of(code, namespace, records=lines[i].depth < 2)
            states.record(i, epoch, namespace)
            if error:
                return error
    return None


def _error_of(code: Any, namespace: dict[str, Any], records: bool) -> Exception | None:
    # Lines of a block are run one by one: to switch recording off for each is to switch it off for the block.
    with torch.set_grad_enabled(records):
        try:
            exec(code, namespace)
        except Exception as error:  # whatever it is, it is what the line does
            return error
    return None


def _explain(error: Exception, line: Line, switches: Switches) -> str:
    if line.part == "update" and isinstance(error, TypeError):
        if switches.update_first:
            return MISTAKES["update_first"].explanation
        return "No gradient has reached this tensor: the loss doesn't depend on it by anything that has a slope."
    if line.part == "update" and not switches.no_grad:
        return MISTAKES["no_grad"].explanation
    if line.part == "backward":
        return "The loss depends on no parameter by anything that has a slope, so torch has nothing to go back through."
    return "Torch can't run this line with these values."
