"""The autograd graph of an expression: cards for its nodes, which values reach forward and gradients backward."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from torch import Tensor

from playground.analysis.autograd_graph import AutogradGraph, Placement
from playground.analysis.tensor_format import format_tensor
from playground.figures.cursor import ALL, GRADIENT, HALO, RUN, Array, Card, Look, cards, drawn, rows

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

WAITING, COMPUTED, REACHED, NOW_FORWARD, NOW_BACKWARD, CONSTANT = range(6)
LOOKS = [
    Look("transparent", "", 1.5),
    Look("rgba(0,114,178,0.16)", GRADIENT, 1.5),
    Look("rgba(213,94,0,0.16)", RUN, 1.5),
    Look("rgba(0,114,178,0.34)", GRADIENT, 4),
    Look("rgba(213,94,0,0.34)", RUN, 4),
    Look("rgba(128,128,128,0.14)", "", 1.5),
]


class Station(NamedTuple):
    """One step through a graph.

    Attributes:
        kind: ``"start"``, the leaves have their values; ``"forward"``, a node is computed; ``"seed"``, backward begins;
            ``"backward"``, a node sends to its arguments.
        node: which.
    """

    kind: str
    node: int


def stations(graph: AutogradGraph) -> list[Station]:
    """The steps through a graph: forward node by node, then backward node by node, as far as torch went."""
    moved = _moved(graph)
    last = len(graph.nodes) - 1
    forward = [Station("forward", i) for i, node in enumerate(graph.nodes) if moved[i] and not node.is_leaf]
    backward = [Station("backward", i) for i in graph.backward if not graph.nodes[i].is_leaf]
    back = [] if graph.error else [Station("seed", last), *backward]
    return [Station("start", last), *forward, *back]


def _moved(graph: AutogradGraph) -> list[bool]:
    """Of each node, whether it depends on a variable."""
    moved: list[bool] = []
    for node in graph.nodes:
        moved.append(node.is_leaf or any(moved[argument] for argument in node.arguments))
    return moved


class Progress(NamedTuple):
    """How far each node is.

    Attributes:
        known: the step from which on its value is known.
        arrived: the steps at which a gradient reaches it, and what has then reached it in all.
    """

    known: list[int]
    arrived: list[list[tuple[int, Tensor]]]


def progress(graph: AutogradGraph, steps: Sequence[Station]) -> Progress:
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


class GraphNumbers(NamedTuple):
    """A graph laid out, and what its cards say step by step.

    Attributes:
        places: (N, 2), of the cards.
        changes: of each card, its states.
        edges: (2, P), x and y of all edges with gaps between them.
        now: (K + 1, width, 2), the edges that a value or a gradient goes along at each step, with gaps.
    """

    places: Array
    changes: list[list[Card]]
    edges: Array
    now: Array


def gather_graph(graph: AutogradGraph, placement: Placement) -> GraphNumbers:
    """The numbers of ``graph_figure``, with the graph laid out as ``placement`` says."""
    upright = len(placement.nodes[:, 0].unique()) > MOST_ACROSS
    reach = np.array([0, -CARD[1] / 2]) if upright else np.array([CARD[0] / 2, 0])
    gap = np.full(2, np.nan)
    steps = stations(graph)

    def turned(places: Tensor) -> Array:
        layers, across = places.numpy().T
        return np.stack([across, -layers] if upright else [layers, across], -1)

    at = turned(placement.nodes)

    def edge(argument: int, node: int) -> list[Array]:
        """From card to card; it passes those between them straight, and turns in the gaps between layers."""
        passed = [end for bend in turned(placement.bends[argument, node]) for end in (bend - reach, bend + reach)]
        return [at[argument] + reach, *passed, at[node] - reach]

    edges = [point for i, node in enumerate(graph.nodes) for one in node.arguments for point in (*edge(one, i), gap)]
    going: list[list[Array]] = []
    for kind, i in steps:
        node = graph.nodes[i]
        if kind == "forward":
            going.append([point for one in node.arguments for point in (*edge(one, i), gap)])
        elif kind == "backward":
            sent = [one for one, part in zip(node.arguments, node.sent, strict=True) if part is not None]
            going.append([point for one in sent for point in (*edge(one, i)[::-1], gap)])
        else:
            going.append([])
    width = max(2, max(map(len, going)))
    now = np.array([[*points, *[gap] * (width - len(points))] for points in going])
    return GraphNumbers(at, _changes(graph, steps), np.array(edges or [gap]).T, now)


def _changes(graph: AutogradGraph, steps: Sequence[Station]) -> list[list[Card]]:
    """What each card says, from which step on."""
    moved = _moved(graph)
    known, arrived = progress(graph, steps)
    changes: list[list[Card]] = []
    for i in range(len(graph.nodes)):
        if known[i]:
            states = [
                Card(0, _lines(graph, i, known=False), WAITING),
                Card(known[i], _lines(graph, i), NOW_FORWARD),
                Card(known[i] + 1, _lines(graph, i), COMPUTED),
            ]
        else:
            states = [Card(0, _lines(graph, i), COMPUTED if moved[i] else CONSTANT)]
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


def graph_figure(numbers: GraphNumbers) -> go.Figure:
    """Cards joined by edges; at the cursor an arrow along each edge that something goes along."""
    x, y = numbers.places.T
    now = numbers.now
    spots, room = [numbers.places, numbers.edges.T], [0.5, MARGIN]
    seen = np.concatenate([spot + side * far for spot, far in zip(spots, room, strict=True) for side in (-1, 1)])
    (left, low), (right, high) = np.nanmin(seen, 0).tolist(), np.nanmax(seen, 0).tolist()
    return drawn(
        [
            dict(
                type="scatter",
                x=numbers.edges[0],
                y=numbers.edges[1],
                mode="lines+markers",
                line={"color": "#808080", "width": 2},
                marker={"symbol": "arrow", "size": 10, "color": "#808080"},
                hoverinfo="skip",
                meta=ALL,
            ),
            dict(
                type="scatter",
                x=now[..., 0].ravel(),
                y=now[..., 1].ravel(),
                mode="lines+markers",
                line={"color": RUN, "width": 4},
                marker={"symbol": "arrow", "size": 16, "color": RUN},
                hoverinfo="skip",
                meta=rows(now.shape[1]) | HALO,
            ),
            dict(
                type="scatter",
                x=x,
                y=y,
                mode="markers",
                marker={"size": 1, "color": "rgba(0,0,0,0)"},
                hoverinfo="skip",
                meta=cards(numbers.changes, LOOKS, CARD),
            ),
        ],
        {
            "xaxis": {"visible": False, "range": [left, right]},
            "yaxis": {"visible": False, "range": [low, high]},
            "showlegend": False,
            "margin": {"l": 4, "r": 4, "t": 26, "b": 4},
        },
    )
