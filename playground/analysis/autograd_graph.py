"""The graph of an expression as torch recorded it: values forward, gradients backward, node by node.

Torch keeps no values in its graph, and its nodes know nothing of the text. So the expression's own tape is run, just as
the engine runs it; each node is labelled with the ``grad_fn`` that torch made for it, and keeps the gradient that
reached it. What a node sends to its arguments is found by torch as well, from that one operation by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from playground.errors import InputError
from playground.language.expression import ACCEPTS_NUMBERS, Expression, Slot, torch_operation
from playground.language.operations import OPERATIONS
from playground.language.printing import to_latex, to_text
from playground.language.symbolic import derivative_to_latex
from playground.language.tape import Node
from playground.numerals import format_number

MAX_NODES = 120
"""A graph of more nodes can't be read any more."""

SIGNS = {
    "-": "−",
    "negate": "−",
    "*": "·",
    "/": "÷",
    "**": "^",
    "<=": "≤",
    ">=": "≥",
    "==": "=",
    "!=": "≠",
    "vector": "[…]",
    "truth": "1 or 0",
    "pi": "π",
    "tau": "τ",
}
"""What a picture calls operations and constants whose name on the tape reads badly."""

ARGUMENT_LETTERS = ("u", "v", "w")
"""The names of an operation's arguments in its rules."""

_LITERALS = ("number", "constant")
"""Arguments that stand in a rule as themselves: x**2 has 2u, which a student looks for, rather than v·u^v/u."""


@dataclass(frozen=True, eq=False)
class GraphNode:
    """A node, with what torch computed.

    Attributes:
        operation: as on the tape: ``"name"``, ``"number"``, ``"*"``, ``"sin"``, …
        label: a short name for it.
        text: the part of the expression that ends here.
        arguments: their positions among the graph's nodes.
        grad_fn: the name of torch's node for its value; ``"AccumulateGrad"`` for a variable; empty where there is none.
        inner_grad_fns: the names of all of torch's nodes from its value down to its arguments' values.
        value: (n,) float64, or bool of a comparison; n is 1 for a number.
        requires_grad: whether torch keeps track of it; is_leaf: whether it is a variable.
        gradient: (n,) float64, what reached it in backward; None where nothing did.
        sent: for each argument what it sends there, shaped like the argument; None where nothing goes.
        local: for each argument that requires a gradient the local derivative: shaped like the argument where the
            operation works component by component on arguments of one length, or all is one number; else the Jacobian,
            (n, components of the argument).
        rules: for each argument the local rule in LaTeX, of u, v and w, the arguments in order, or of those that are
            plain numbers; empty where there is no formula, and for plain numbers.
        form: the operation in LaTeX, of the same letters; empty where there are no rules.
    """

    operation: str
    label: str
    text: str
    arguments: tuple[int, ...]
    grad_fn: str
    inner_grad_fns: tuple[str, ...]
    value: Tensor
    requires_grad: bool
    is_leaf: bool
    gradient: Tensor | None
    sent: tuple[Tensor | None, ...]
    local: tuple[Tensor | None, ...]
    rules: tuple[str, ...]
    form: str


@dataclass(frozen=True, eq=False)
class AutogradGraph:
    """A graph that was run forward, and backward if torch could.

    Attributes:
        nodes: in the order in which they were computed; the last is the value.
        seed: (M,) float64, what backward began with.
        error: torch's own, as Python prints it, if it refused to go backward; else empty.
        backward: the nodes that backward reached, in the order in which torch did: the value first, each node after all
            that take its value. A node in a comparison isn't reached, though it requires a gradient.
    """

    nodes: tuple[GraphNode, ...]
    seed: Tensor
    error: str
    backward: tuple[int, ...]

    @property
    def value(self) -> Tensor:
        """The expression's value, (M,)."""
        return self.nodes[-1].value

    def consumers(self, position: int) -> tuple[tuple[int, int], ...]:
        """Which nodes take a node's value, and as which of their arguments."""
        return tuple(
            (i, place)
            for i, node in enumerate(self.nodes)
            for place, argument in enumerate(node.arguments)
            if argument == position
        )

    def leaf(self, name: str) -> GraphNode:
        """A variable's node, or an InputError where there is none."""
        for node in self.nodes:
            if node.is_leaf and node.text == name:
                return node
        raise InputError(f"'{name}' is no variable of this function")


def record_graph(expression: Expression, point: Mapping[str, Tensor], vector: Tensor | None = None) -> AutogradGraph:
    """Run an expression at a point, go backward, and keep what happened at each node.

    Args:
        expression: what to run.
        point: for each variable (components,), made float64.
        vector: (M,), what backward begins with; without it 1, which torch takes for a value of one component alone.

    Raises:
        InputError: with the field ``function`` for an expression of too many nodes, or without a variable; with the
            field ``vector`` if that has another shape than the value; or if the point doesn't fit the expression.
    """
    check_graph_size(expression)
    if not expression.names:
        raise InputError("this depends on no variable: there is nothing to differentiate", field="function")
    slots = expression.evaluate_nodes(_leaves(expression, point))[: len(expression.nodes)]
    values = [_components(slot) for slot in slots]
    seed = _seed(values[-1], vector)
    order = _watch(values)
    error = ""
    try:
        # Without a vector none is made up: what torch says then is what a person is to see.
        values[-1].backward(None if vector is None else seed)
    except RuntimeError as reason:
        error = f"{type(reason).__name__}: {reason}"
    nodes = tuple(_node(expression, i, slots, values) for i in range(len(values)))
    return AutogradGraph(nodes, seed, error, tuple(order))


def check_graph_size(expression: Expression) -> None:
    """Refuse an expression whose graph nobody could read.

    Raises:
        InputError: with the field ``function``, for more than ``MAX_NODES`` nodes.
    """
    count = len(expression.nodes)
    if count > MAX_NODES:
        raise InputError(
            f"the graph has {count} nodes, and at most {MAX_NODES} are drawn: take a shorter expression",
            field="function",
        )


def jacobian(expression: Expression, point: Mapping[str, Tensor]) -> Tensor:
    """The derivatives of all components of the value by all components of the variables, (M, N) float64.

    Torch goes backward once for each component of the value; where it records nothing, all are 0.

    Raises:
        InputError: if the point doesn't fit the expression.
    """
    leaves = _leaves(expression, point)
    value = _components(expression.evaluate(leaves))
    parts = list(leaves.values())
    if not value.requires_grad:
        return torch.zeros(len(value), sum(map(len, parts)), dtype=torch.float64)
    rows = [torch.autograd.grad(one, parts, retain_graph=True, materialize_grads=True) for one in value]
    return torch.stack([torch.cat(row) for row in rows])


def _leaves(expression: Expression, point: Mapping[str, Tensor]) -> dict[str, Tensor]:
    leaves = {}
    for name in expression.names:
        if name not in point:
            raise InputError(f"the point says nothing of {name}")
        if point[name].ndim != 1 or not len(point[name]):
            raise InputError(f"{name} must have one axis of components, and its shape is {tuple(point[name].shape)}")
        leaves[name] = point[name].detach().to(torch.float64).clone().requires_grad_()
    return leaves


def _tensor(slot: Slot) -> Tensor:
    """A number as a tensor without axes, which is how the expression hands it to operations."""
    if isinstance(slot, Tensor):
        return slot
    return torch.tensor(slot, dtype=torch.bool if isinstance(slot, bool) else torch.float64)


def _components(slot: Slot) -> Tensor:
    value = _tensor(slot)
    return value if value.ndim else value.reshape(1)


def _seed(value: Tensor, vector: Tensor | None) -> Tensor:
    if vector is None:
        return torch.ones_like(value)
    if vector.shape != value.shape:
        raise InputError(
            f"v must have as many components as the value, {len(value)}, and its shape is {tuple(vector.shape)}",
            field="vector",
        )
    return vector.detach().to(torch.float64).clone()


def _watch(values: Sequence[Tensor]) -> list[int]:
    """Have torch keep the gradients of the values; into the list it will write which it reaches, in turn."""
    order: list[int] = []
    for i, value in enumerate(values):
        if value.requires_grad:
            value.retain_grad()
            value.register_hook(lambda _, i=i: order.append(i))
    return order


def _node(expression: Expression, i: int, slots: Sequence[Slot], values: Sequence[Tensor]) -> GraphNode:
    node, value = expression.nodes[i], values[i]
    gradient = None if value.grad is None else value.grad.clone()
    taken = [slots[argument] for argument in node.arguments]
    if node.operation not in ACCEPTS_NUMBERS:
        taken = [_tensor(one) for one in taken]
    is_leaf = node.operation == "name"
    return GraphNode(
        node.operation,
        _label(node),
        to_text(expression, i),
        node.arguments,
        "AccumulateGrad" if is_leaf else value.grad_fn.name() if value.grad_fn else "",
        tuple(_inner_grad_fns(value, [values[argument] for argument in node.arguments])),
        value.detach(),
        value.requires_grad,
        is_leaf,
        gradient,
        (None,) * len(taken) if gradient is None else _pull_back(node, taken, gradient),
        _local(node, taken, len(value)),
        *_rules(expression, node),
    )


def _label(node: Node) -> str:
    if node.operation == "name":
        return str(node.value)
    if node.operation == "number":
        return format_number(float(node.value or 0), 6)
    if node.operation == "component":
        return f"[{int(node.value or 0)}]"
    name = str(node.value) if node.operation == "constant" else node.operation
    return SIGNS.get(name, name)


def _inner_grad_fns(value: Tensor, given: Sequence[Tensor]) -> Iterator[str]:
    """The names of torch's nodes from a value's on, as far as those of its arguments."""
    waiting = [value.grad_fn]
    met = {one.grad_fn for one in given}
    while waiting:
        here = waiting.pop(0)
        if here is None or here in met or not here.next_functions:  # behind a variable's AccumulateGrad is nothing
            continue
        met.add(here)
        yield here.name()
        waiting += [one for one, _ in here.next_functions]


def _pull_back(node: Node, taken: Sequence[Slot], gradient: Tensor) -> tuple[Tensor | None, ...]:
    """What goes to each argument if a gradient reaches an operation: the operation by itself, by torch.

    Each argument is a copy of its own: x*x sends to its left and to its right, and x gets the sum. Numbers are taken as
    the expression takes them: torch's x**3 differs in the last digit from x raised to a tensor of 3.
    """
    copies = [_copy(one) for one in taken]
    places = [i for i, one in enumerate(copies) if isinstance(one, Tensor) and one.requires_grad]
    sent: list[Tensor | None] = [None] * len(taken)
    if places:
        value = torch_operation(node)(*copies)
        if value.requires_grad:  # a comparison has no slope
            found = torch.autograd.grad(value, [copies[i] for i in places], gradient, allow_unused=True)
            for i, one in zip(places, found, strict=True):
                sent[i] = one
    return tuple(sent)


def _copy(slot: Slot) -> Any:
    return slot.detach().clone().requires_grad_(slot.requires_grad) if isinstance(slot, Tensor) else slot


def _local(node: Node, taken: Sequence[Slot], length: int) -> tuple[Tensor | None, ...]:
    """The local derivatives by the arguments that require a gradient; ``length`` is the value's."""
    record = OPERATIONS.get(node.operation)
    if record is None or record.is_reduction(len(taken)):
        rows = [_pull_back(node, taken, row) for row in torch.eye(length, dtype=torch.float64)]
        return tuple(_stack_rows(column) for column in zip(*rows, strict=True))
    # Each component of the value takes its own copy of a number beside a vector: one pass finds all slopes.
    stretched = [one.expand(length) if isinstance(one, Tensor) and one.requires_grad else one for one in taken]
    slopes = _pull_back(node, stretched, torch.ones(length, dtype=torch.float64))
    return tuple(
        slope.unsqueeze(-1) if slope is not None and isinstance(one, Tensor) and len(one) < length else slope
        for slope, one in zip(slopes, taken, strict=True)
    )


def _stack_rows(rows: Sequence[Tensor | None]) -> Tensor | None:
    """The rows of a Jacobian as a matrix, or as a number if it is one."""
    known = [row for row in rows if row is not None]
    if not known:
        return None
    return known[0] if len(known) == len(known[0]) == 1 else torch.stack(known)


def _rules(expression: Expression, node: Node) -> tuple[tuple[str, ...], str]:
    """The rules, and the form."""
    if len(node.arguments) > len(ARGUMENT_LETTERS):
        return ("",) * len(node.arguments), ""
    parts = tuple(
        f"({to_text(expression, argument)})" if expression.nodes[argument].operation in _LITERALS else letter
        for argument, letter in zip(node.arguments, ARGUMENT_LETTERS, strict=False)
    )
    rules = tuple(_rule(node.operation, parts, part) if part in ARGUMENT_LETTERS else "" for part in parts)
    form = to_latex(_apply_to_letters(node.operation, parts)) if any(rules) else ""
    return rules, form


@lru_cache(maxsize=1000)
def _rule(operation: str, parts: tuple[str, ...], letter: str) -> str:
    """The derivative of an operation on letters and numbers by a letter, typeset; empty where there is no formula."""
    record = OPERATIONS.get(operation)
    # A letter is one number: of a vector's mean, say, sympy would make another formula.
    if record is None or "truth" in (record.kind, *record.arguments) or record.is_reduction(len(parts)):
        return ""
    try:
        return derivative_to_latex(_apply_to_letters(operation, parts), letter)
    except InputError:
        return ""


@lru_cache(maxsize=1000)
def _apply_to_letters(operation: str, parts: tuple[str, ...]) -> Expression:
    if operation == "negate":
        text = f"-{parts[0]}"
    elif OPERATIONS[operation].group == "operator":
        text = f" {operation} ".join(parts)
    else:
        text = f"{operation}({', '.join(parts)})"
    return Expression(text, ARGUMENT_LETTERS)
