"""The graph of an expression as torch recorded it: values forward, gradients backward, node by node.

Torch keeps no values in its graph, and its nodes know nothing of the text. So the expression's own tape is run, just as
the engine runs it; each node is labelled with the ``grad_fn`` that torch made for it, and keeps the gradient that
reached it. What a node sends to its arguments is found by torch as well, from that one operation by itself.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from playground.errors import InputError
from playground.expression import Expression, operation_of
from playground.formats import derivative, to_text
from playground.language import OPERATIONS
from playground.parser import Node

MAX_NODES = 120
"""Of more nodes a graph can't be read any more."""

SIGNS = {"-": "−", "negate": "−", "*": "·", "/": "÷", "**": "^", "vector": "[…]", "truth": "1 or 0"}
"""What operations are called in a picture whose name on the tape reads badly."""

_NAMES = ("u", "v", "w")
"""Of an operation's arguments, in its rules."""


@dataclass(frozen=True, eq=False)
class GraphNode:
    """A node, with what torch computed.

    Attributes:
        operation: as on the tape: ``"name"``, ``"number"``, ``"*"``, ``"sin"``, …
        label: a short name for it.
        text: the part of the expression that ends here.
        arguments: their positions among the graph's nodes.
        grad_fn: the name of torch's node for its value; ``"AccumulateGrad"`` for a variable, none for a constant.
        inside: the names of all of torch's nodes between its value and its arguments' values.
        value: (n,) float64, or bool of a comparison; n is 1 for a number.
        requires_grad: whether torch keeps track of it; is_leaf: whether it is a variable.
        gradient: what reached it in backward, shaped like its value; None where torch gave none.
        sent: for each argument what it sends there, shaped like the argument; None where nothing goes.
        local: for each argument the local derivative, shaped like the argument where each component of the value
            depends on one of its components alone, or else the Jacobian (n, components of the argument).
        rules: for each argument the local rule in LaTeX, of u, v and w, the arguments; empty where there is none.
    """

    operation: str
    label: str
    text: str
    arguments: tuple[int, ...]
    grad_fn: str
    inside: tuple[str, ...]
    value: Tensor
    requires_grad: bool
    is_leaf: bool
    gradient: Tensor | None
    sent: tuple[Tensor | None, ...]
    local: tuple[Tensor | None, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class AutogradGraph:
    """A graph that was run forward, and backward if torch could.

    Attributes:
        nodes: in the order in which they were computed; the last is the value.
        seed: what backward began with, shaped like the value.
        error: torch's own, word for word, if it refused to go backward; else empty.
        backward: the nodes that require a gradient in the order in which backward reaches them.
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
        """A variable's node."""
        return next(node for node in self.nodes if node.is_leaf and node.text == name)


def recorded(expression: Expression, point: Mapping[str, Tensor], vector: Tensor | None = None) -> AutogradGraph:
    """Run an expression at a point, go backward, and keep what happened at each node.

    Args:
        expression: what to run.
        point: for each variable (components,) float64.
        vector: what backward begins with, shaped like the value; without it 1, which torch takes for a number alone.

    Raises:
        InputError: for an expression of too many nodes, or without a variable; or if lengths don't fit together.
    """
    check_size(expression)
    count = len(expression.nodes)
    if not expression.names:
        raise InputError("this depends on no variable: there is nothing to differentiate")
    leaves = {name: point[name].detach().to(torch.float64).clone().requires_grad_() for name in expression.names}
    slots = expression.run(leaves)[:count]
    values = [_as_tensor(slot) for slot in slots]
    for value in values:
        if value.requires_grad:
            value.retain_grad()
    error = ""
    try:
        values[-1].backward(vector)
    except RuntimeError as reason:
        error = f"{type(reason).__name__}: {reason}"
    seed = torch.ones_like(values[-1], dtype=torch.float64) if vector is None else vector.detach()
    nodes = tuple(_node(expression, i, values, bool(error)) for i in range(count))
    return AutogradGraph(nodes, seed.detach(), error, _backward(nodes))


def check_size(expression: Expression) -> None:
    """Refuse an expression whose graph nobody could read.

    Raises:
        InputError: with the field ``function``, for more than ``MAX_NODES`` nodes.
    """
    count = len(expression.nodes)
    if count > MAX_NODES:
        raise InputError(
            f"the graph has {count} nodes, and at most {MAX_NODES} can be read: take a shorter expression",
            field="function",
        )


def jacobian(expression: Expression, point: Mapping[str, Tensor]) -> Tensor:
    """The derivatives of all components of the value by all components of the variables, (M, N) float64.

    Torch goes backward once for each component of the value.
    """
    leaves = [point[name].detach().to(torch.float64).clone().requires_grad_() for name in expression.names]
    value = _as_tensor(expression.evaluate(dict(zip(expression.names, leaves, strict=True))))
    if not value.requires_grad:
        return torch.zeros(len(value), sum(map(len, leaves)), dtype=torch.float64)
    rows = [torch.autograd.grad(one, leaves, retain_graph=True, materialize_grads=True) for one in value]
    return torch.stack([torch.cat(row) for row in rows])


def placed(graph: AutogradGraph) -> Tensor:
    """Where a drawing puts the nodes, from the leaves at the left to the value at the right: (nodes, 2) float64.

    x is the number of a node's layer, beyond those of all its arguments; y its place in the layer, at least 1 from the
    next one's (Sugiyama et al. 1981, Methods for visual understanding of hierarchical system structures, by igraph).
    """
    import igraph  # where a graph is drawn: it needn't be there at the start

    layers: list[int] = []
    for node in graph.nodes:
        layers.append(1 + max((layers[argument] for argument in node.arguments), default=-1))
    # A leaf stands just before the first that takes it, so that edges are short.
    for i, node in enumerate(graph.nodes):
        if not node.arguments and (takers := graph.consumers(i)):
            layers[i] = min(layers[taker] for taker, _ in takers) - 1
    edges = [(argument, i) for i, node in enumerate(graph.nodes) for argument in dict.fromkeys(node.arguments)]
    drawing = igraph.Graph(n=len(graph.nodes), edges=edges, directed=True)
    laid = drawing.layout_sugiyama(layers=layers, hgap=1, vgap=1, maxiter=200)
    across = torch.tensor(laid.coords[: len(graph.nodes)], dtype=torch.float64)[:, 0]
    return torch.stack([torch.tensor(layers, dtype=torch.float64), across], -1)


def _as_tensor(slot: Any) -> Tensor:
    value = (
        slot
        if isinstance(slot, Tensor)
        else torch.tensor(slot, dtype=torch.bool if isinstance(slot, bool) else torch.float64)
    )
    return value if value.ndim else value.reshape(1)


def _node(expression: Expression, i: int, values: list[Tensor], refused: bool) -> GraphNode:
    node, value = expression.nodes[i], values[i]
    given = [values[argument] for argument in node.arguments]
    gradient = None if refused or value.grad is None else value.grad.detach().clone()
    sent, local = _sent(node, given, gradient)
    is_leaf = node.operation == "name"
    return GraphNode(
        node.operation,
        _label(node),
        to_text(expression, i),
        node.arguments,
        "AccumulateGrad" if is_leaf else value.grad_fn.name() if value.grad_fn else "",
        () if is_leaf else tuple(_inside(value, given)),
        value.detach(),
        value.requires_grad,
        is_leaf,
        gradient,
        sent,
        local,
        _rules(expression, node),
    )


def _label(node: Node) -> str:
    if node.operation in ("name", "constant"):
        return str(node.value)
    if node.operation == "number":
        return f"{float(node.value or 0):g}"
    if node.operation == "component":
        return f"[{int(node.value or 0)}]"
    return SIGNS.get(node.operation, node.operation)


def _inside(value: Tensor, given: list[Tensor]) -> Iterator[str]:
    """The names of torch's nodes from a value's on, as far as those of its arguments."""
    ends = {one.grad_fn for one in given if one.grad_fn} | {None}
    waiting, met = [value.grad_fn], set(ends)
    while waiting:
        here = waiting.pop(0)
        if here in met or here is None or here.name().endswith("AccumulateGrad"):
            continue
        met.add(here)
        yield here.name()
        waiting += [one for one, _ in here.next_functions]


def _sent(
    node: Node, given: list[Tensor], gradient: Tensor | None
) -> tuple[tuple[Tensor | None, ...], tuple[Tensor | None, ...]]:
    """What a node sends to each argument, and the local derivatives: the operation by itself, on copies."""
    wanted = [one.requires_grad for one in given]
    if not any(wanted):
        return (None,) * len(given), (None,) * len(given)
    function: Callable[..., Any] = operation_of(node)
    copies = [one.detach().clone().requires_grad_(wants) for one, wants in zip(given, wanted, strict=True)]
    value = function(*copies)
    if not value.requires_grad:
        return (None,) * len(given), (None,) * len(given)
    value = value if value.ndim else value.reshape(1)
    leaves = [one for one in copies if one.requires_grad]
    rows = [torch.autograd.grad(one, leaves, retain_graph=True, materialize_grads=True) for one in value]
    whole = iter([torch.stack(column) for column in zip(*rows, strict=True)])
    local = [next(whole) if wants else None for wants in wanted]
    sent: Iterator[Tensor | None] = iter([None] * len(leaves))
    if gradient is not None:
        sent = iter(torch.autograd.grad(value, leaves, gradient.expand_as(value), materialize_grads=True))
    return tuple(next(sent) if wants else None for wants in wanted), tuple(map(_plain, local))


def _plain(matrix: Tensor | None) -> Tensor | None:
    """A Jacobian that is diagonal as its diagonal, and one of a single row as a vector."""
    if matrix is None:
        return None
    if len(matrix) == 1:
        return matrix[0]
    if matrix.shape[0] == matrix.shape[1] and bool((matrix[~torch.eye(len(matrix), dtype=torch.bool)] == 0).all()):
        return matrix.diagonal()
    return matrix


def _rules(expression: Expression, node: Node) -> tuple[str, ...]:
    """The local rule of each argument; numbers stand in it as they are."""
    if len(node.arguments) > len(_NAMES):
        return ("",) * len(node.arguments)
    named = [expression.nodes[one] for one in node.arguments]
    parts = [
        f"({to_text(expression, argument)})" if one.operation == "number" else letter
        for one, argument, letter in zip(named, node.arguments, _NAMES, strict=False)
    ]
    return tuple(_rule(node.operation, tuple(parts), part) for part in parts)


@cache
def _rule(operation: str, parts: tuple[str, ...], by: str) -> str:
    """The derivative of an operation by one of its arguments, typeset; empty where there is no formula."""
    record = OPERATIONS.get(operation)
    if record is None or by not in _NAMES or "truth" in (record.kind, *record.arguments):
        return ""
    if record.makes_one_number(len(parts)):
        return ""
    letters = [part for part in parts if part in _NAMES]
    try:
        return derivative(Expression(_call(operation, parts), letters), by)
    except InputError:
        return ""


def _call(operation: str, parts: tuple[str, ...]) -> str:
    if operation == "negate":
        return f"-{parts[0]}"
    if OPERATIONS[operation].group == "operator":
        return f" {operation} ".join(parts)
    return f"{operation}({', '.join(parts)})"


def _backward(nodes: tuple[GraphNode, ...]) -> tuple[int, ...]:
    """The nodes that require a gradient, each after all that take its value: the tape's order, from its end."""
    return tuple(i for i in reversed(range(len(nodes))) if nodes[i].requires_grad)
