"""A training loop as code, run line by line: after each line the value and the gradient of every tensor.

The text of a line that is shown is the text that is run, by torch itself, mistakes and their errors included.
"""

import math
import time
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from playground.analysis.loop_lines import BY_HAND, Line
from playground.analysis.loop_mistakes import MISTAKES
from playground.analysis.loop_program import (
    RESERVED,
    check_epochs,
    check_is_plain,
    check_mistakes,
    check_rate,
    check_style,
    write_program,
)
from playground.engine.descent import descend
from playground.engine.objectives import Objective


@dataclass(frozen=True, eq=False)
class LoopRun:
    """A program that was run, and its tensors after each line: K + 1 lines were run in all.

    Attributes:
        lines: the program.
        line_indices: (K + 1,) int64; line_indices[k] is the place of the line that led to state k.
        epochs: (K + 1,) int64, in which epoch each state is, counted from 0; -1 before the loop.
        names: the tensors in order: X, Y, the parameters, predicted, loss; without X, Y and predicted for a function.
        parameter_names: the P names of the parameters' columns, a vector's components as ``x1, x2, …``.
        values: by name, the tensor's value after each line, None where there is none yet; a number of Python's as a
            tensor without axes. A tensor that didn't change from one line to the next is one and the same object.
        gradients: by name, its ``.grad`` after each line, likewise; None where torch has None.
        parameters: (K + 1, P) float64; where they begin as long as no line has made them.
        losses: (K + 1,) float64; losses[k] is the loss at parameters[k].
        error: what torch or Python raised at the last line, behind its type; empty if nothing was.
        explanation: why, for a student; without an error what the mistakes in it do all the same; empty without any.
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
    style: str = BY_HAND,
    mistakes: Collection[str] = (),
    seconds: float = 2.0,
) -> LoopRun:
    """Run the training loop, and keep every tensor after every line.

    What isn't finite goes on, as in torch. An error that torch or Python raises ends the run and is kept in it.

    Args:
        objective: one without ``extras`` that is written in lines of code.
        start: the P parameters' first values, by name or in order.
        lr: the learning rate, above 0.
        epochs: how many times the loop goes around, 1 to ``MAX_EPOCHS``.
        style: one of ``STYLES``.
        mistakes: the names of those in ``MISTAKES`` that are made in it.
        seconds: after which it ends in any case, with the states so far and no error.

    Raises:
        InputError: for an objective, a start or a setting that can't be used.
    """
    deadline = time.thread_time() + seconds
    check_is_plain(objective)
    rate, epochs, style, made = check_rate(lr), check_epochs(epochs), check_style(style), check_mistakes(mistakes)
    theta = descend(objective, start, steps=0).parameters[0]
    code = objective.write_code(RESERVED)

    def play(mistakes: Collection[str], epochs: int, deadline: float = math.inf) -> _Played:
        lines = write_program(code, theta.split(objective.sizes), rate, epochs, style, mistakes)
        states = _States(code.names)
        namespace = {"torch": torch, "math": math, "f": code.function}
        return _Played(lines, states, _run(lines, epochs, namespace, states, deadline))

    lines, states, error = played = play(made, epochs, deadline)
    again = partial(play, epochs=max(states.epochs[-1], 0) + 1)
    values = {name: tuple(kept) for name, kept in states.values.items()}
    beginning = dict(zip(code.tensors, theta.split(objective.sizes), strict=True))
    parameters = torch.cat([_column(values[name], beginning[name]) for name in code.tensors], -1)
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
        error=error,
        explanation=_explain_error(played, made, style, again) if error else _explain_silence(lines, made, style),
        header=code.header,
    )


def _column(values: Sequence[Tensor | None], beginning: Tensor) -> Tensor:
    """A parameter's values (K + 1, size), where it begins as long as there is none."""
    return torch.stack([beginning if one is None else one for one in values])


class _Played(NamedTuple):
    """A program that was run: its states, and the error that ended it, or nothing."""

    lines: tuple[Line, ...]
    states: "_States"
    error: str

    @property
    def last(self) -> Line:
        """The line that was run last."""
        return self.lines[self.states.line_indices[-1]]


class _States:
    """The tensors after each line."""

    def __init__(self, names: Sequence[str]) -> None:
        self.line_indices: list[int] = []
        self.epochs: list[int] = []
        self.values: dict[str, list[Tensor | None]] = {name: [] for name in names}
        self.gradients: dict[str, list[Tensor | None]] = {name: [] for name in names}
        self._copies: dict[tuple[str, str], tuple[Tensor, int, Tensor]] = {}
        self._numbers: dict[float, Tensor] = {}

    def record(self, line: int, epoch: int, namespace: Mapping[str, Any]) -> None:
        """Add the state that a line led to."""
        self.line_indices.append(line)
        self.epochs.append(epoch)
        for name in self.values:
            tensor = namespace.get(name)
            if isinstance(tensor, float):
                tensor = self._numbers.setdefault(tensor, torch.tensor(tensor, dtype=torch.float64))
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


def _run(lines: Sequence[Line], epochs: int, namespace: dict[str, Any], states: _States, deadline: float) -> str:
    """Run the program, and give back the error that ended it, or nothing."""
    # The lines are constants of this package with checked names and numbers in them; what a person's expression does
    # comes in as f. Without builtins they couldn't do much else anyway.
    namespace["__builtins__"] = {}
    loop = next(i for i, line in enumerate(lines) if line.part == "loop")
    heads = "loop", "no_grad"  # of blocks, which can't be run by themselves
    codes = [None if line.part in heads else compile(line.code.strip(), "<loop>", "exec") for line in lines]
    order = [(-1, i) for i in range(loop)]
    order += [(epoch, i) for epoch in range(epochs) for i in range(loop, len(lines))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns where a mistake looks for .grad of what isn't a leaf
        for epoch, i in order:
            if epoch >= 0 and time.thread_time() > deadline:
                return ""
            code = codes[i]
            error = "" if code is None else _error_of(code, namespace, records=lines[i].depth < 2)
            states.record(i, epoch, namespace)
            if error:
                return error
    return ""


def _error_of(code: Any, namespace: dict[str, Any], records: bool) -> str:
    # Lines of a block are run one by one: to switch recording off for each is to switch it off for the block.
    with torch.set_grad_enabled(records):
        try:
            exec(code, namespace)
        except Exception as error:  # whatever it is, it is what the line does
            return f"{type(error).__name__}: {error}"
    return ""


def _explain_error(
    played: _Played, made: Collection[str], style: str, play: Callable[[Collection[str]], _Played]
) -> str:
    """Why a program ended: the mistake without which it is sound, or ends otherwise, or which alone ends it so."""
    known = [one for one in MISTAKES.values() if one.name in made and one.explain(style)]
    without = [play([one.name for one in known if one is not left_out]).error for left_out in known]
    alone = [play([one.name]).error for one in known]
    for is_culprit in (
        [not error for error in without],
        [error != played.error for error in without],
        [error == played.error for error in alone],
    ):
        if any(is_culprit):
            return known[is_culprit.index(True)].explain(style)
    if played.last.part == "update":
        return "No gradient has reached this tensor: the loss doesn't depend on it by anything that has a slope."
    if played.last.part == "backward":
        return "The loss depends on no parameter by anything that has a slope, so torch has nothing to go back through."
    return "Torch can't run this line with these values."


def _explain_silence(lines: Sequence[Line], made: Collection[str], style: str) -> str:
    """What the mistakes do that torch says nothing of."""
    has_data = any(line.part == "data" for line in lines)
    silent = [one for one in MISTAKES.values() if one.name in made and (has_data or not one.only_on_data)]
    return " ".join(one.explain(style) for one in silent if one.explain(style))
