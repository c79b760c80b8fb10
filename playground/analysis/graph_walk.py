"""Step by step through an autograd graph: values forward, then gradients backward."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from torch import Tensor

from playground.analysis.autograd_graph import AutogradGraph


class GraphStep(NamedTuple):
    """One step through a graph.

    Attributes:
        kind: ``"start"``, the leaves have their values; ``"forward"``, a node is computed; ``"seed"``, backward begins;
            ``"backward"``, a node sends to its arguments.
        node: its number; at the start and at the seed that of the value.
    """

    kind: Literal["start", "forward", "seed", "backward"]
    node: int


class Progress(NamedTuple):
    """How far each node is.

    Attributes:
        known: the step from which on its value is known.
        arrived: the steps at which a gradient reaches it, and what has then reached it in all.
    """

    known: list[int]
    arrived: list[list[tuple[int, Tensor]]]


def walk_graph(graph: AutogradGraph) -> list[GraphStep]:
    """The steps through a graph: forward node by node, then backward node by node, as far as torch went."""
    varies = depend_on_variables(graph)
    last = len(graph.nodes) - 1
    forward = [GraphStep("forward", i) for i, node in enumerate(graph.nodes) if varies[i] and not node.is_leaf]
    backward = [GraphStep("backward", i) for i in graph.backward if not graph.nodes[i].is_leaf]
    back = [] if graph.error else [GraphStep("seed", last), *backward]
    return [GraphStep("start", last), *forward, *back]


def depend_on_variables(graph: AutogradGraph) -> list[bool]:
    """Of each node, whether its value depends on a variable."""
    varies: list[bool] = []
    for node in graph.nodes:
        varies.append(node.is_leaf or any(varies[argument] for argument in node.arguments))
    return varies


def track_progress(graph: AutogradGraph, steps: Sequence[GraphStep]) -> Progress:
    """What is known of each node at these steps through the graph."""
    known = [0] * len(graph.nodes)
    arrived: list[list[tuple[int, Tensor]]] = [[] for _ in graph.nodes]
    for step, (kind, i) in enumerate(steps):
        node = graph.nodes[i]
        if kind == "forward":
            known[i] = step
        elif kind == "seed":
            arrived[i].append((step, graph.seed))
        elif kind == "backward":
            for one, part in zip(node.arguments, node.sent, strict=True):
                if part is not None:
                    arrived[one].append((step, arrived[one][-1][1] + part if arrived[one] else part))
    return Progress(known, arrived)
