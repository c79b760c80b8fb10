"""The text of a training loop, line by line, with the classic mistakes in it by choice."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from torch import Tensor

from playground.engine.code import ObjectiveCode
from playground.engine.descent import check_learning_rate
from playground.engine.objectives import Objective
from playground.errors import InputError
from playground.numerals import as_float, format_exact, quote

Part: TypeAlias = Literal["data", "parameters", "loop", "forward", "loss", "backward", "no_grad", "update", "zero"]

MAX_EPOCHS = 300
MAX_PARAMETERS = 8
MAX_POINTS = 100

RESERVED = ("epoch", "range")
"""The names that the loop itself takes, beside those of the objective's code."""

_INDENT = "    "


@dataclass(frozen=True)
class Line:
    """A line of the program.

    Attributes:
        code: as it is shown and run, with its indentation.
        part: what it is there for.
        explanation: one sentence for a student.
    """

    code: str
    part: Part
    explanation: str

    @property
    def depth(self) -> int:
        """In how many blocks it stands: 1 in the loop, 2 in ``no_grad()``."""
        return (len(self.code) - len(self.code.lstrip())) // len(_INDENT)


@dataclass(frozen=True)
class Switches:
    """What the loop does; each that isn't as here is a classic mistake, or the tutorial's ``requires_grad`` on data.

    Attributes:
        zero_grad: whether gradients are set to 0 after each update.
        no_grad: whether updates stand in ``with torch.no_grad():``.
        update_first: whether updates come before ``loss.backward()``.
        data_requires_grad: whether X and Y get gradients as well; a function has no data, so there it does nothing.
    """

    zero_grad: bool = True
    no_grad: bool = True
    update_first: bool = False
    data_requires_grad: bool = False


@dataclass(frozen=True)
class Mistake:
    """What a person should know of a switch.

    Attributes:
        label: what a person calls the switch when it is on.
        explanation: what then happens in torch, and why.
        only_on_data: whether it means nothing without data.
    """

    label: str
    explanation: str
    only_on_data: bool = False


TUTORIAL_LOOP = Switches()
"""The loop without a mistake in it."""


MISTAKES: dict[str, Mistake] = {
    "zero_grad": Mistake(
        label="Zero the gradients",
        explanation="backward() adds to .grad and doesn't replace it. Without zero_() each step follows the sum of all "
        "gradients so far, so the parameters swing past the minimum, or away.",
    ),
    "no_grad": Mistake(
        label="Update under no_grad()",
        explanation="Torch records what is done with a tensor that requires a gradient, and a leaf is where backward() "
        "ends: changed in place it would be a result and no leaf any more, so torch refuses. Under torch.no_grad() "
        "nothing is recorded, and the update is allowed.",
    ),
    "update_first": Mistake(
        label="Update before backward()",
        explanation="Before the first backward() there is no gradient: .grad is None, and Python can't multiply a "
        "number by None. loss.backward() has to come before the updates.",
    ),
    "data_requires_grad": Mistake(
        label="Data with requires_grad",
        explanation="backward() then fills X.grad and Y.grad too: how the loss would change if a point moved. No "
        "update uses them and no zero_() empties them, so they add up over the epochs.",
        only_on_data=True,
    ),
}
"""What there is to say of each switch, by its name in ``Switches``."""


def write_program(
    code: ObjectiveCode, start: Sequence[Tensor], rate: float, epochs: int, switches: Switches
) -> tuple[Line, ...]:
    """The lines of the loop; all that is typed in them are numbers and checked names.

    Args:
        code: of the objective.
        start: what each of its tensors starts from, (size,) float64.
        rate: the learning rate; epochs: how many times the loop goes around.
        switches: what it does and leaves out.
    """
    return (
        *_lines_of_data(code, switches),
        *_lines_of_parameters(code, start),
        *_lines_of_loop(code, rate, epochs, switches),
    )


def check_rate(lr: float) -> float:
    """``lr`` if the loop can use it: a finite number above 0.

    Raises:
        InputError: otherwise, with the reason.
    """
    # Its own words for what is below 0: no optimizer of torch's is here to refuse it.
    if isinstance(lr, int | float) and -math.inf < as_float(lr) < 0:
        raise InputError(
            f"the learning rate is {format_exact(lr)}, and below 0 the loop would climb: take one above 0", field="lr"
        )
    lr = check_learning_rate(lr)
    if not lr:
        raise InputError("the learning rate is 0, and so nothing would move", field="lr")
    return lr


def check_epochs(epochs: int) -> int:
    """``epochs`` if the loop can go around so often.

    Raises:
        InputError: otherwise, with the reason.
    """
    if isinstance(epochs, bool) or not isinstance(epochs, int) or not 1 <= epochs <= MAX_EPOCHS:
        raise InputError(
            f"the number of epochs must be a whole number from 1 to {MAX_EPOCHS}, not {quote(epochs)}", field="epochs"
        )
    return epochs


def check_is_plain(objective: Objective) -> None:
    """Refuse an objective that the loop isn't written for.

    Raises:
        InputError: with the field that it came from.
    """
    count = len(objective.parameters)
    if not count:
        raise InputError(
            f"this {objective.kind} depends on no variable, so a loop has nothing to move", field=objective.kind
        )
    if count > MAX_PARAMETERS:
        raise InputError(
            f"the loop shows {MAX_PARAMETERS} parameters at most, and here are {count}", field=objective.kind
        )
    for what, field in objective.extras:
        raise InputError(f"the loop is the tutorial's plain one, without {what}", field=field)
    if objective.point_count > MAX_POINTS:
        raise InputError(
            f"the loop writes all data into its code: {MAX_POINTS} points at most, and here are "
            f"{objective.point_count}",
            field="data",
        )


def _lines_of_data(code: ObjectiveCode, switches: Switches) -> list[Line]:
    also = " With requires_grad=True it will get a gradient too." * switches.data_requires_grad
    return [
        Line(f"{one.name} = {_tensor(one.values, switches.data_requires_grad)}", "data", one.explanation + also)
        for one in code.data
    ]


def _lines_of_parameters(code: ObjectiveCode, start: Sequence[Tensor]) -> list[Line]:
    return [
        Line(
            f"{name} = {_tensor(values, True)}",
            "parameters",
            f"Where {name} starts. With requires_grad=True torch records what is done with it.",
        )
        for name, values in zip(code.tensors, start, strict=True)
    ]


def _tensor(values: Tensor, requires_grad: bool) -> str:
    return f"torch.tensor({values.tolist()!r}, dtype=torch.float64{', requires_grad=True' * requires_grad})"


def _lines_of_loop(code: ObjectiveCode, rate: float, epochs: int, switches: Switches) -> list[Line]:
    backward = Line(
        f"{_INDENT}loss.backward()",
        "backward",
        "Goes back through all that was recorded, and adds the loss's slope to .grad of each tensor that asked.",
    )
    updates = _lines_of_updates(code.tensors, rate, switches.no_grad)
    return [
        Line(f"for epoch in range({epochs}):", "loop", "Once around is one epoch: all lines below, in turn."),
        *(
            Line(f"{_INDENT}{one.name} = {one.code}", "loss" if one.name == "loss" else "forward", one.explanation)
            for one in code.statements
        ),
        *([*updates, backward] if switches.update_first else [backward, *updates]),
        *(_lines_of_zeros(code.tensors) if switches.zero_grad else []),
    ]


def _lines_of_updates(tensors: Sequence[str], rate: float, no_grad: bool) -> list[Line]:
    indent = _INDENT * (2 if no_grad else 1)
    block = Line(
        f"{_INDENT}with torch.no_grad():", "no_grad", "In this block torch records nothing, so leaves may be changed."
    )
    return [block] * no_grad + [
        Line(
            f"{indent}{name} -= {rate!r} * {name}.grad",
            "update",
            f"A step downhill: the learning rate times the gradient is taken off {name}.",
        )
        for name in tensors
    ]


def _lines_of_zeros(tensors: Sequence[str]) -> list[Line]:
    return [
        Line(
            f"{_INDENT}{name}.grad.zero_()",
            "zero",
            f"Sets {name}.grad back to 0, since backward() adds to what is there.",
        )
        for name in tensors
    ]
