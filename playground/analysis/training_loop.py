"""A training loop as code, run line by line: after each line the value and the gradient of every tensor.

The text of a line that is shown is the text that is run, by torch itself, mistakes and their errors included.
"""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor

from playground.engine.descent import check_learning_rate, descend
from playground.engine.fit import Fit
from playground.engine.function import Function
from playground.engine.losses import LOSSES
from playground.errors import InputError
from playground.language.printing import get_helper_sources, make_identifiers, to_inline_source, to_source

Part: TypeAlias = Literal["data", "parameters", "loop", "forward", "loss", "backward", "no_grad", "update", "zero"]

MAX_EPOCHS = 300
MAX_PARAMETERS = 8
MAX_POINTS = 100
MAX_MODEL = 80
"""Characters of a model or a function that is written into the line; a longer one is called as ``f``."""
MAX_ITEMS = 12
"""Components of a tensor along one axis that are all shown."""
EDGE_ITEMS = 3
"""Components at each end that are shown of more; as many as torch's."""

LOSS_LINES: dict[str, str] = {
    "mse": "((predicted - Y) ** 2).mean()",
    "sse": "((predicted - Y) ** 2).sum()",
    "mae": "(predicted - Y).abs().mean()",
    "huber": "torch.nn.functional.huber_loss(predicted, Y)",
    "logcosh": "(torch.logaddexp(predicted - Y, Y - predicted) - math.log(2)).mean()",
    "bce": "torch.nn.functional.binary_cross_entropy_with_logits(predicted, Y)",
}
"""How each of ``LOSSES`` is written in torch."""

_OWN_NAMES = ("epoch", "range", "loss")
_OWN_NAMES_OF_FIT = ("X", "Y", "predicted")
"""What the program itself calls things; formats knows those of its sources."""
_INDENT = "    "
_ROW = re.compile(r"\[[^\[\]]*\]")


@dataclass(frozen=True)
class Line:
    """A line of the program.

    Attributes:
        code: as it is shown and run, with its indentation.
        part: what it is there for.
        says: one sentence for a student.
    """

    code: str
    part: Part
    says: str

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
        does: what the unusual setting changes in the program.
        explains: what then happens in torch, and why.
        only_on_data: whether it means nothing without data.
    """

    label: str
    does: str
    explains: str
    only_on_data: bool = False


MISTAKES: dict[str, Mistake] = {
    "zero_grad": Mistake(
        label="Zero the gradients",
        does="Without it the lines with zero_() are left out.",
        explains="backward() adds to .grad and doesn't replace it. Without zero_() each step follows the sum of all "
        "gradients so far, so the parameters swing past the minimum, or away.",
    ),
    "no_grad": Mistake(
        label="Update under no_grad()",
        does="Without it the updates stand outside of torch.no_grad().",
        explains="Torch records what is done with a tensor that requires a gradient, and a leaf is where backward() "
        "ends: changed in place it would be a result and no leaf any more, so torch refuses. Under torch.no_grad() "
        "nothing is recorded, and the update is allowed.",
    ),
    "update_first": Mistake(
        label="Update before backward()",
        does="The updates stand before loss.backward().",
        explains="Before the first backward() there is no gradient: .grad is None, and Python can't multiply a number "
        "by None. loss.backward() has to come before the updates.",
    ),
    "data_requires_grad": Mistake(
        label="Data with requires_grad",
        does="X and Y are made with requires_grad=True.",
        explains="backward() then fills X.grad and Y.grad too: how the loss would change if a point moved. No update "
        "uses them and no zero_() empties them, so they add up over the epochs.",
        only_on_data=True,
    ),
}
"""What there is to say of each switch, by its name in ``Switches``."""


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
        head: what stands before the lines for them to run by themselves: imports, and f where they call it.
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
    head: str

    @property
    def source(self) -> str:
        """The program as a text that runs by itself."""
        return "\n".join([self.head, *(line.code for line in self.lines)]) + "\n"


def run_loop(
    objective: Function | Fit,
    start: Mapping[str, float] | Sequence[float] | Tensor,
    *,
    lr: float = 0.01,
    epochs: int = 100,
    switches: Switches = Switches(),
    seconds: float = 2.0,
) -> LoopRun:
    """Run the training loop, and keep every tensor after every line.

    What isn't finite goes on, as in torch. An error that torch or Python raises ends the run and is kept in it.

    Args:
        objective: a function, or a fit without weights, points held out, penalties and standardised x.
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
    names = _names_in_code(objective)
    lines = (
        *_lines_of_data(objective, switches),
        *_lines_of_parameters(objective, names, theta),
        *_lines_of_loop(objective, names, rate, epochs, switches),
    )
    variables = _variables(objective, names)
    shown_names = ("X", "Y", *variables, "predicted", "loss") if isinstance(objective, Fit) else (*variables, "loss")
    states = _States(shown_names)
    error = _run(lines, epochs, {"torch": torch, "math": math, "f": _function_of(objective)}, states, deadline)
    values = {name: tuple(kept) for name, kept in states.values.items()}
    parameters = torch.cat([torch.stack([one for one in values[name] if one is not None]) for name in variables], -1)
    with torch.no_grad():
        losses = objective.loss(parameters)
    return LoopRun(
        lines=lines,
        line_indices=torch.tensor(states.line_indices),
        epochs=torch.tensor(states.epochs),
        names=shown_names,
        parameter_names=objective.parameters,
        values=values,
        gradients={name: tuple(kept) for name, kept in states.gradients.items()},
        parameters=parameters,
        losses=losses,
        error=f"{type(error).__name__}: {error}" if error else "",
        explanation=_explain(error, lines[states.line_indices[-1]], switches) if error else "",
        head=_head(objective, lines),
    )


def data_gradients(fit: Fit, theta: Tensor | Sequence[object]) -> tuple[Tensor, Tensor]:
    """How the loss changes when the points in it move: its gradients by X and by Y, by torch.

    Args:
        fit: whose data; what its x are standardised by stays as it is.
        theta: (..., P), the parameters.

    Returns:
        Two tensors (..., n) float64.

    Raises:
        InputError: if the last axis of ``theta`` doesn't hold P parameters.
    """
    theta = fit.check_theta(theta).detach()
    # Each theta has data of its own, so that one sum over all losses keeps their gradients apart.
    x, y = (one.repeat(*theta.shape[:-1], 1).requires_grad_() for one in (fit.x, fit.y))
    given = fit.values_from_columns(theta.split(fit.sizes, -1)) | {"x": fit.model_inputs(x)}
    prediction = fit.expression.evaluate(given).expand_as(y)
    loss = LOSSES[fit.loss_name].compute(prediction, y, fit.weights)
    by_x, by_y = torch.autograd.grad(loss.sum(), (x, y), materialize_grads=True)
    return by_x, by_y


def format_tensor(tensor: Tensor | None) -> str:
    """A tensor of up to two axes as torch prints it, on one line and without its type: ``[2., 4., 6.]``, ``None``.

    Of more than ``MAX_ITEMS`` components or rows the first and the last three are shown, in torch's own manner; its
    limit is 1,000.
    """
    if tensor is None:
        return "None"
    kept = tensor.detach()
    cut = [size > MAX_ITEMS for size in kept.shape]
    for axis, is_cut in enumerate(cut):
        if is_cut:
            size = kept.shape[axis]
            kept = torch.cat([kept.narrow(axis, 0, EDGE_ITEMS), kept.narrow(axis, size - EDGE_ITEMS, EDGE_ITEMS)], axis)
    # Where torch breaks a row it indents by so much; further blanks are a number's own.
    text = str(kept).replace("\n" + " " * (len("tensor(") + kept.ndim), " ")
    text = re.sub(r"\n *", " ", text)
    text = re.sub(r"^tensor\(|(, [a-z]+=[^=]+)*\)$", "", text)
    if cut and cut[-1]:
        text = _ROW.sub(lambda row: f"[{_elide(row[0][1:-1].split(', '), ' ...')}]", text)
    if len(cut) == 2 and cut[0]:
        text = f"[{_elide(_ROW.findall(text), '...')}]"
    return text


def check_rate(lr: float) -> float:
    """``lr`` if the loop can use it: a finite number above 0.

    Raises:
        InputError: otherwise, with the reason.
    """
    # Its own words for what is below 0: no optimizer of torch's is here to refuse it.
    if isinstance(lr, int | float) and lr < 0 and math.isfinite(lr):
        raise InputError(f"the learning rate is {lr:g}, and below 0 the loop would climb: take one above 0", field="lr")
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
            f"the number of epochs must be a whole number from 1 to {MAX_EPOCHS}, not {epochs!r}", field="epochs"
        )
    return epochs


def check_is_plain(objective: Function | Fit) -> None:
    """Refuse an objective that the loop isn't written for.

    Raises:
        InputError: with the field that it came from.
    """
    count = len(objective.parameters)
    field = "model" if isinstance(objective, Fit) else "function"
    if not count:
        raise InputError("this function depends on no variable, so a loop has nothing to move", field=field)
    if count > MAX_PARAMETERS:
        raise InputError(f"the loop shows {MAX_PARAMETERS} parameters at most, and here are {count}", field=field)
    if not isinstance(objective, Fit):
        return
    for known, what, where in (
        (objective.weights is not None, "weights", "data"),
        (objective.held_out is not None, "points held out", "data"),
        (bool(objective.penalties), "penalties", "penalties"),
        (objective.is_standardised, "standardised x", "standardise"),
    ):
        if known:
            raise InputError(f"the loop is the tutorial's plain one, without {what}", field=where)
    if len(objective.x) > MAX_POINTS:
        raise InputError(
            f"the loop writes all data into its code: {MAX_POINTS} points at most, and here are {len(objective.x)}",
            field="data",
        )


# ---- The program. No line holds anything that a person typed: numbers are written out from checked tensors, and
# names and models from the checked tape, whose names are letters, digits and underscores.


def _names_in_code(objective: Function | Fit) -> dict[str, str]:
    """What the program calls each name of the expression; none is Python's, torch's or the program's own."""
    own = _OWN_NAMES + (_OWN_NAMES_OF_FIT if isinstance(objective, Fit) else ())
    taken = [name for name in objective.expression.names if not (isinstance(objective, Fit) and name == "x")]
    return make_identifiers(taken, own) | ({"x": "X"} if isinstance(objective, Fit) else {})


def _variables(objective: Function | Fit, names: Mapping[str, str]) -> list[str]:
    """The parameters' tensors, in order, as the program calls them."""
    tensors = objective.parameters if isinstance(objective, Fit) else objective.expression.names
    return [names[name] for name in tensors]


def _tensor(numbers: Tensor, requires_grad: bool) -> str:
    return f"torch.tensor({numbers.tolist()!r}, dtype=torch.float64{', requires_grad=True' * requires_grad})"


def _lines_of_data(objective: Function | Fit, switches: Switches) -> list[Line]:
    if not isinstance(objective, Fit):
        return []
    also = " With requires_grad=True it will get a gradient too." * switches.data_requires_grad
    return [
        Line(f"{name} = {_tensor(numbers, switches.data_requires_grad)}", "data", f"The {what} of the points.{also}")
        for name, numbers, what in (("X", objective.x, "x"), ("Y", objective.y, "y"))
    ]


def _lines_of_parameters(objective: Function | Fit, names: Mapping[str, str], theta: Tensor) -> list[Line]:
    return [
        Line(
            f"{name} = {_tensor(numbers, True)}",
            "parameters",
            f"Where {name} starts. With requires_grad=True torch records what is done with it.",
        )
        for name, numbers in zip(_variables(objective, names), theta.split(objective.sizes), strict=True)
    ]


def _lines_of_loop(
    objective: Function | Fit, names: Mapping[str, str], rate: float, epochs: int, switches: Switches
) -> list[Line]:
    backward = Line(
        f"{_INDENT}loss.backward()",
        "backward",
        "Goes back through all that was recorded, and adds the loss's slope to .grad of each tensor that asked.",
    )
    updates = _lines_of_updates(_variables(objective, names), rate, switches.no_grad)
    return [
        Line(f"for epoch in range({epochs}):", "loop", "Once around is one epoch: all lines below, in turn."),
        *_lines_of_loss(objective, names),
        *([*updates, backward] if switches.update_first else [backward, *updates]),
        *(
            Line(
                f"{_INDENT}{name}.grad.zero_()",
                "zero",
                f"Sets {name}.grad back to 0, since backward() adds to what is there.",
            )
            for name in _variables(objective, names)
            if switches.zero_grad
        ),
    ]


def _lines_of_loss(objective: Function | Fit, names: Mapping[str, str]) -> list[Line]:
    if isinstance(objective, Function):
        return [
            Line(
                f"{_INDENT}loss = {_write_expression(objective, names)}",
                "loss",
                "The function's value, which is to get smaller.",
            )
        ]
    return [
        Line(
            f"{_INDENT}predicted = {_model(objective, names)}",
            "forward",
            "What the model says at each x, with the parameters as they are now.",
        ),
        Line(
            f"{_INDENT}loss = {LOSS_LINES[objective.loss_name]}",
            "loss",
            f"How far that is from Y, as one number: {LOSSES[objective.loss_name].label}.",
        ),
    ]


def _lines_of_updates(variables: Sequence[str], rate: float, no_grad: bool) -> list[Line]:
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
        for name in variables
    ]


def _call(objective: Function | Fit, names: Mapping[str, str]) -> str:
    return f"f({', '.join(names[name] for name in objective.expression.names)})"


def _write_expression(objective: Function | Fit, names: Mapping[str, str]) -> str:
    """The expression as torch's source, or a call of f where that is long or needs functions of its own."""
    text = to_inline_source(objective.expression, names)
    return _call(objective, names) if len(text) > MAX_MODEL or get_helper_sources(objective.expression) else text


def _model(fit: Fit, names: Mapping[str, str]) -> str:
    expression, text = fit.expression, _write_expression(fit, names)
    if "x" in expression.names:
        return text
    # A model without x says the same everywhere, and some of torch's losses want one prediction for each y.
    return f"{text if text.isidentifier() else f'({text})'}.expand_as(Y)"


def _function_of(objective: Function | Fit) -> Callable[..., Tensor]:
    expression = objective.expression
    return lambda *given: expression.evaluate(dict(zip(expression.names, given, strict=True)))


def _head(objective: Function | Fit, lines: Sequence[Line]) -> str:
    code = "\n".join(line.code for line in lines)
    head = to_source(objective.expression) + "\n" if re.search(r"\bf\(", code) else "import torch\n"
    return f"import math\n\n{head}" if "math." in code and "import math" not in head else head


# ---- Its run.


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
    # The lines are this module's own constants with checked names and numbers in them (see above); what a person's
    # expression does comes in as f. Without builtins they couldn't do much else anyway.
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
            return MISTAKES["update_first"].explains
        return "No gradient has reached this tensor: the loss doesn't depend on it by anything that has a slope."
    if line.part == "update" and not switches.no_grad:
        return MISTAKES["no_grad"].explains
    if line.part == "backward":
        return "The loss depends on no parameter by anything that has a slope, so torch has nothing to go back through."
    return "Torch can't run this line with these values."


def _elide(parts: Sequence[str], dots: str) -> str:
    return ", ".join([*parts[:EDGE_ITEMS], dots, *parts[EDGE_ITEMS:]])
