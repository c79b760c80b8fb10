"""The autograd graph of an expression: cards for its nodes, which values reach forward and gradients backward."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from playground.analysis.autograd_graph import AutogradGraph
from playground.analysis.graph_walk import GraphStep, depend_on_variables, track_progress, walk_graph
from playground.analysis.tensor_format import format_tensor
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

MAX_TEXT = 12
"""Characters of a subexpression that stand on a card; of a longer one its arguments are left out."""

MIN_LEFT_OUT = 4
"""Characters of an argument that is left out."""

MARGIN = 0.1
"""Beside the outermost edge."""

MOST_ACROSS = 5
"""How many layers stand side by side; more stand one below the other."""

GAP = np.full(2, np.nan)
"""No point: it ends a line."""

WAITING, COMPUTED, REACHED, NOW_FORWARD, NOW_BACKWARD, CONSTANT = range(6)
LOOKS = [
    Look("transparent", "", 1.5),
    Look(faint(FORWARD, 0.16), FORWARD, 1.5),
    Look(faint(BACKWARD, 0.16), BACKWARD, 1.5),
    Look(faint(FORWARD, 0.34), FORWARD, 4),
    Look(faint(BACKWARD, 0.34), BACKWARD, 4),
    Look(faint(BACKGROUND, 0.14), "", 1.5),
]


class GraphNumbers(NamedTuple):
    """A graph laid out, and what its cards say step by step.

    Attributes:
        places: (N, 2), of the cards.
        changes: of each card, its states.
        edges: (P, 2), through which all edges go, with gaps between them.
        now: (K + 1, width, 2), the edges that a value or a gradient goes along at each step, with gaps.
    """

    places: Array
    changes: list[list[Card]]
    edges: Array
    now: Array


def gather_graph(graph: AutogradGraph) -> GraphNumbers:
    """The numbers of ``graph_figure``."""
    steps = walk_graph(graph)
    places, routes = _place(graph)
    edges = _joined([routes[argument, i] for i, node in enumerate(graph.nodes) for argument in node.arguments])
    moving = [_joined(_moving(graph, step, routes)) for step in steps]
    width = max(2, *map(len, moving))
    now = np.array([[*points, *[GAP] * (width - len(points))] for points in moving])
    return GraphNumbers(places, _changes(graph, steps), np.array(edges or [GAP]), now)


def _place(graph: AutogradGraph) -> tuple[Array, dict[tuple[int, int], list[Array]]]:
    """The cards' places (N, 2), and the corners of the line from card to card along each edge."""
    nodes, bends = lay_out([node.arguments for node in graph.nodes])
    is_upright = len(np.unique(nodes[:, 0])) > MOST_ACROSS
    # Half a card, in the direction in which the layers follow each other.
    half = np.array([0, -CARD[1] / 2]) if is_upright else np.array([CARD[0] / 2, 0])

    def turned(points: Array) -> Array:
        layers, across = points.T
        return np.stack([across, -layers] if is_upright else [layers, -across], -1)

    places = turned(nodes)
    routes = {}
    for (argument, i), inner in bends.items():
        # Straight past the cards of a layer; it turns in the gaps between layers.
        passing = [corner for bend in turned(inner) for corner in (bend - half, bend + half)]
        routes[argument, i] = [places[argument] + half, *passing, places[i] - half]
    return places, routes


def _moving(graph: AutogradGraph, step: GraphStep, routes: dict[tuple[int, int], list[Array]]) -> list[list[Array]]:
    """The lines along which values come or gradients go at a step."""
    node = graph.nodes[step.node]
    if step.kind == "forward":
        return [routes[argument, step.node] for argument in node.arguments]
    if step.kind == "backward":
        parts = zip(node.arguments, node.sent, strict=True)
        return [routes[argument, step.node][::-1] for argument, sent in parts if sent is not None]
    return []


def _joined(lines: Sequence[list[Array]]) -> list[Array]:
    """Lines one after the other, each with a gap behind it."""
    return [point for line in lines for point in (*line, GAP)]


def _changes(graph: AutogradGraph, steps: Sequence[GraphStep]) -> list[list[Card]]:
    """What each card says, from which step on."""
    varies = depend_on_variables(graph)
    known, arrived = track_progress(graph, steps)
    changes: list[list[Card]] = []
    for i in range(len(graph.nodes)):
        if known[i]:
            states = [
                Card(0, _lines(graph, i, known=False), WAITING),
                Card(known[i], _lines(graph, i), NOW_FORWARD),
                Card(known[i] + 1, _lines(graph, i), COMPUTED),
            ]
        else:
            states = [Card(0, _lines(graph, i), COMPUTED if varies[i] else CONSTANT)]
        for step, total in arrived[i]:
            now = NOW_BACKWARD if steps[step].kind == "seed" else REACHED
            states.append(Card(step, _lines(graph, i, total), now))
        for step, (kind, its) in enumerate(steps):
            if kind == "backward" and its == i:
                lines = _lines(graph, i, arrived[i][-1][1] if arrived[i] else None)
                states += [Card(step, lines, NOW_BACKWARD), Card(step + 1, lines, REACHED)]
        changes.append(sorted(states, key=lambda state: state.since))
    return changes


def _lines(graph: AutogradGraph, i: int, gradient: Tensor | None = None, *, known: bool = True) -> tuple[str, ...]:
    node = graph.nodes[i]
    name = _name(graph, i)
    value = format_tensor(node.value) if known else ""
    if not node.grad_fn:
        return (name, value) if value.strip("[].") != name else (name,)
    arrived = ".grad" if node.is_leaf else "∇"
    return (name, node.grad_fn, value, "" if gradient is None else f"{arrived} {format_tensor(gradient)}")


def _name(graph: AutogradGraph, i: int) -> str:
    """A node's text, or as much of it as fits on a card: ``100 * …``, ``… + x``."""
    node = graph.nodes[i]
    text = node.text
    for argument in sorted((graph.nodes[one].text for one in node.arguments), key=len, reverse=True):
        if len(text) > MAX_TEXT and len(argument) >= MIN_LEFT_OUT:
            text = text.replace(argument, "…")
    return text if len(text) <= MAX_TEXT else node.label


def graph_figure(numbers: GraphNumbers) -> Figure:
    """Cards joined by edges; at the cursor an arrow along each edge that something goes along."""
    (left, low), (right, high) = _corners(numbers)
    x, y = numbers.places.T
    traces = [
        make_arrows(numbers.edges, BACKGROUND, width=2, size=10),
        make_arrows(numbers.now, BACKWARD, size=16),
        make_markers(x, y, INVISIBLE, cards(numbers.changes, LOOKS, CARD), size=1),
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
