"""The text of a training loop, line by line, with the classic mistakes in it by choice."""

import math
from collections.abc import Collection, Sequence

from torch import Tensor

from playground.analysis.loop_lines import BY_HAND, BY_OPTIMIZER, INDENT, STYLES, Line
from playground.analysis.loop_mistakes import MISTAKES, make_mistakes
from playground.engine.code import ObjectiveCode
from playground.engine.descent import check_learning_rate
from playground.engine.objectives import Objective
from playground.errors import InputError
from playground.numerals import as_float, format_exact, quote

MAX_EPOCHS = 300
MAX_PARAMETERS = 8
MAX_POINTS = 100

RESERVED = ("epoch", "range", "optimizer")
"""The names that the loop itself takes, beside those of the objective's code."""


def write_program(
    code: ObjectiveCode, start: Sequence[Tensor], rate: float, epochs: int, style: str, mistakes: Collection[str]
) -> tuple[Line, ...]:
    """The lines of the loop; all that is typed in them are numbers and checked names.

    Args:
        code: of the objective.
        start: what each of its tensors starts from, (size,) float64.
        rate: the learning rate; epochs: how many times the loop goes around.
        style: one of ``STYLES``.
        mistakes: the names of those that are made in it.
    """
    update = _lines_of_updates(code.tensors, rate) if style == BY_HAND else _lines_of_steps()
    lines = (
        *_lines_of_data(code),
        *_lines_of_parameters(code, start),
        *(_lines_of_optimizer(code.tensors, rate) if style == BY_OPTIMIZER else ()),
        *_lines_of_loop(code, epochs),
        *update,
    )
    return make_mistakes(lines, mistakes, style)


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


def check_style(style: str) -> str:
    """``style`` if a loop is written in it.

    Raises:
        InputError: otherwise, with those that there are.
    """
    if style not in STYLES:
        raise InputError(f"the style must be one of {', '.join(STYLES)}, not {quote(style)}", field="style")
    return style


def check_mistakes(mistakes: Collection[str]) -> frozenset[str]:
    """``mistakes`` if all of them are known by their names.

    Raises:
        InputError: otherwise, with those that there are.
    """
    for name in mistakes:
        if name not in MISTAKES:
            raise InputError(f"{quote(name)} is none of the mistakes {', '.join(MISTAKES)}", field="mistakes")
    return frozenset(mistakes)


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


def _lines_of_data(code: ObjectiveCode) -> list[Line]:
    return [Line(f"{one.name} = {_tensor(one.values)}", "data", one.explanation) for one in code.data]


def _lines_of_parameters(code: ObjectiveCode, start: Sequence[Tensor]) -> list[Line]:
    return [
        Line(
            f"{name} = {_tensor(values, ', requires_grad=True')}",
            "parameters",
            f"Where {name} starts. With requires_grad=True torch records what is done with it.",
        )
        for name, values in zip(code.tensors, start, strict=True)
    ]


def _tensor(values: Tensor, also: str = "") -> str:
    return f"torch.tensor({values.tolist()!r}, dtype=torch.float64{also})"


def _lines_of_optimizer(tensors: Sequence[str], rate: float) -> list[Line]:
    said = "Knows the parameters and the learning rate, and will do what the loop by hand writes out."
    return [Line(f"optimizer = torch.optim.SGD([{', '.join(tensors)}], lr={rate!r})", "optimizer", said)]


def _lines_of_loop(code: ObjectiveCode, epochs: int) -> list[Line]:
    return [
        Line(f"for epoch in range({epochs}):", "loop", "Once around is one epoch: all lines below, in turn."),
        *(
            Line(f"{INDENT}{one.name} = {one.code}", "loss" if one.name == "loss" else "forward", one.explanation)
            for one in code.statements
        ),
        Line(
            f"{INDENT}loss.backward()",
            "backward",
            "Goes back through all that was recorded, and adds the loss's slope to .grad of each tensor that asked.",
        ),
    ]


def _lines_of_updates(tensors: Sequence[str], rate: float) -> list[Line]:
    return [
        Line(
            f"{INDENT}with torch.no_grad():",
            "no_grad",
            "In this block torch records nothing, so leaves may be changed.",
        ),
        *(
            Line(
                f"{2 * INDENT}{name} -= {rate!r} * {name}.grad",
                "update",
                f"A step downhill: the learning rate times the gradient is taken off {name}.",
            )
            for name in tensors
        ),
        *(
            Line(
                f"{INDENT}{name}.grad.zero_()",
                "zero",
                f"Sets {name}.grad back to 0, since backward() adds to what is there.",
            )
            for name in tensors
        ),
    ]


def _lines_of_steps() -> list[Line]:
    return [
        Line(
            f"{INDENT}optimizer.step()",
            "update",
            "A step downhill for each parameter: the learning rate times its .grad is taken off it, and not recorded.",
        ),
        Line(
            f"{INDENT}optimizer.zero_grad()",
            "zero",
            "Sets .grad of each parameter back to None, since backward() adds to what is there.",
        ),
    ]
