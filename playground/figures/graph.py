"""The autograd graph of an expression: cards for its nodes, which values reach forward and gradients backward."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from playground.analysis.autograd_graph import AutogradGraph
from playground.analysis.graph_walk import GraphStep, depend_on_variables, track_progress, walk_graph
from playground.analysis.tensor_format import format_tensor, summarize_tensor
from playground.figures.arrays import Array
from playground.figures.cursor import Card, Look, cards
from playground.figures.graph_layout import lay_out
from playground.figures.palette import BACKGROUND, BACKWARD, FORWARD, INVISIBLE, faint
from playground.figures.traces import (
    Figure,
    make_arrows,
    make_figure,
    make_markers,
)

CARD = (0.8, 0.74)
"""Width and height of a card; its neighbours are 1 away."""

MAX_TEXT = 18
"""Characters of a subexpression that stand on a card; of a longer one parts are left out."""

MAX_VALUES = 22
"""Characters of a vector's components: two of most of them, and all of few digits."""

MIN_LEFT_OUT = 4
"""Characters of an argument that is left out."""

MAX_WHOLE = 100
"""Components of a vector that a press on its card shows."""

MARGIN = 0.1
"""Beside the outermost edge."""

MOST_ACROSS = 60
"""How many characters stand side by side on the cards of all layers; of more the layers stand one below the other."""

GAP = np.full(2, np.nan)
"""No point: it ends a line."""

WAITING, COMPUTED, REACHED, NOW_FORWARD, NOW_BACKWARD = range(5)
LOOKS = [
    Look("transparent", "", 1.5),
    Look(faint(FORWARD, 0.16), FORWARD, 1.5),
    Look(faint(BACKWARD, 0.16), BACKWARD, 1.5),
    Look(faint(FORWARD, 0.34), FORWARD, 4),
    Look(faint(BACKWARD, 0.34), BACKWARD, 4),
]


class GraphNumbers(NamedTuple):
    """A graph laid out, and what its cards say step by step.

    Attributes:
        nodes: the graph's nodes that have cards: constants are read on the cards of those that take them, as torch's
            own graph has no nodes for them.
        places: (N, 2), of the cards.
        changes: of each card, its states.
        edges: (P, 2), through which all edges go, with gaps between them.
        now: (K + 1, width, 2), the edges that a value or a gradient goes along at each step, with gaps.
    """

    nodes: list[int]
    places: Array
    changes: list[list[Card]]
    edges: Array
    now: Array


def gather_graph(graph: AutogradGraph) -> GraphNumbers:
    """The numbers of ``graph_figure``."""
    steps = walk_graph(graph)
    varies = depend_on_variables(graph)
    nodes = [i for i, one in enumerate(varies) if one]
    arguments = {i: tuple(one for one in graph.nodes[i].arguments if varies[one]) for i in nodes}
    changes = _changes(graph, steps, nodes)
    longest = max(len(line) for states in changes for state in states for line in state.lines)
    places, routes = _place(arguments, longest)
    edges = _joined([routes[argument, i] for i in nodes for argument in arguments[i]])
    moving = [_joined(_moving(graph, step, arguments, routes)) for step in steps]
    width = max(2, *map(len, moving))
    now = np.array([[*points, *[GAP] * (width - len(points))] for points in moving])
    return GraphNumbers(nodes, places, changes, np.array(edges or [GAP]), now)


def _place(arguments: Mapping[int, tuple[int, ...]], longest: int) -> tuple[Array, dict[tuple[int, int], list[Array]]]:
    """The cards' places (N, 2), and the corners of the line from card to card along each edge.

    Args:
        arguments: of each node with a card those that it takes, in order; longest: the characters of a card's line.
    """
    order = {i: card for card, i in enumerate(arguments)}
    nodes, bends = lay_out([tuple(order[one] for one in taken) for taken in arguments.values()])
    is_upright = len(np.unique(nodes[:, 0])) * longest > MOST_ACROSS
    # Half a card, in the direction in which the layers follow each other.
    half = np.array([0, -CARD[1] / 2]) if is_upright else np.array([CARD[0] / 2, 0])

    def turned(points: Array) -> Array:
        layers, across = points.T
        return np.stack([across, -layers] if is_upright else [layers, -across], -1)

    places = turned(nodes)
    routes = {}
    for i, taken in arguments.items():
        for argument in taken:
            inner = bends[order[argument], order[i]]
            # Straight past the cards of a layer; it turns in the gaps between layers.
            passing = [corner for bend in turned(inner) for corner in (bend - half, bend + half)]
            routes[argument, i] = [places[order[argument]] + half, *passing, places[order[i]] - half]
    return places, routes


def _moving(
    graph: AutogradGraph,
    step: GraphStep,
    arguments: Mapping[int, tuple[int, ...]],
    routes: dict[tuple[int, int], list[Array]],
) -> list[list[Array]]:
    """The lines along which values come or gradients go at a step."""
    node = graph.nodes[step.node]
    if step.kind == "forward":
        return [routes[argument, step.node] for argument in arguments[step.node]]
    if step.kind == "backward":
        parts = zip(node.arguments, node.sent, strict=True)
        return [routes[argument, step.node][::-1] for argument, sent in parts if sent is not None]
    return []


def _joined(lines: Sequence[list[Array]]) -> list[Array]:
    """Lines one after the other, each with a gap behind it."""
    return [point for line in lines for point in (*line, GAP)]


def _changes(graph: AutogradGraph, steps: Sequence[GraphStep], nodes: Sequence[int]) -> list[list[Card]]:
    """What each card says, from which step on."""
    known, arrived = track_progress(graph, steps)
    changes: list[list[Card]] = []
    for i in nodes:
        if known[i]:
            states = [
                _card(graph, i, 0, WAITING, is_known=False),
                _card(graph, i, known[i], NOW_FORWARD),
                _card(graph, i, known[i] + 1, COMPUTED),
            ]
        else:
            states = [_card(graph, i, 0, COMPUTED)]
        for step, total in arrived[i]:
            states.append(_card(graph, i, step, NOW_BACKWARD if steps[step].kind == "seed" else REACHED, total))
        for step, (kind, its) in enumerate(steps):
            if kind == "backward" and its == i:
                reached = arrived[i][-1][1] if arrived[i] else None
                states += [_card(graph, i, step, NOW_BACKWARD, reached), _card(graph, i, step + 1, REACHED, reached)]
        changes.append(sorted(states, key=lambda state: state.since))
    return changes


def _card(
    graph: AutogradGraph, i: int, since: int, look: int, gradient: Tensor | None = None, *, is_known: bool = True
) -> Card:
    node = graph.nodes[i]
    arrived = ".grad" if node.is_leaf else "∇"
    shape = f"({len(node.value)},) " if len(node.value) > 1 else ""
    lines = [_name(graph, i)]
    whole = [node.text, f"grad_fn = {node.grad_fn or 'None'}, shape ({len(node.value)},)"]
    if node.grad_fn:
        lines.append(node.grad_fn)
    lines.append(shape + summarize_tensor(node.value, MAX_VALUES) if is_known else "")
    if is_known:
        whole.append(f"value = {format_tensor(node.value, MAX_WHOLE)}")
    if node.grad_fn:
        lines.append("" if gradient is None else f"{arrived} {summarize_tensor(gradient, MAX_VALUES)}")
    if gradient is not None:
        whole.append(f"{arrived} = {format_tensor(gradient, MAX_WHOLE)}")
    return Card(since, tuple(lines), look, tuple(whole), look in (NOW_FORWARD, NOW_BACKWARD))


def _name(graph: AutogradGraph, i: int) -> str:
    """A node's text, or as much of it as fits on a card: ``100 * …``, ``… + x``, ``… - [2, 3.8, …]``."""
    node = graph.nodes[i]
    text = node.text
    arguments = sorted((graph.nodes[one] for one in node.arguments), key=lambda one: len(one.text), reverse=True)
    for argument in arguments:
        if len(text) > MAX_TEXT and len(argument.text) >= MIN_LEFT_OUT:
            first = argument.text.split(",")[0]
            is_vector = argument.operation == "vector" and len(first) < MIN_LEFT_OUT + 2
            text = text.replace(argument.text, f"{first}, …]" if is_vector else "…")
    return text if len(text) <= MAX_TEXT else node.label


def graph_figure(numbers: GraphNumbers) -> Figure:
    """Cards joined by edges; at the cursor an arrow along each edge that something goes along."""
    (left, low), (right, high) = _corners(numbers)
    x, y = numbers.places.T
    traces = [
        make_arrows(numbers.edges, BACKGROUND, width=2, size=10),
        make_arrows(numbers.now, BACKWARD, size=16),
        make_markers(x, y, INVISIBLE, cards(numbers.changes, LOOKS, CARD, legible=True), size=1),
    ]
    layout = {
        "xaxis": {"visible": False, "range": [left, right]},
        "yaxis": {"visible": False, "range": [low, high]},
        "showlegend": False,
        "margin": {"l": 4, "r": 4, "t": 26, "b": 4},
    }
    return make_figure(traces, layout)


def _corners(numbers: GraphNumbers) -> tuple[list[float], list[float]]:
    """The lower left and the upper right corner of the picture: around the cards and the edges."""
    around_cards = [numbers.places + side for side in (-0.5, 0.5)]
    around_edges = [numbers.edges + side for side in (-MARGIN, MARGIN)]
    seen = np.concatenate([*around_cards, *around_edges])
    return np.nanmin(seen, 0).tolist(), np.nanmax(seen, 0).tolist()
