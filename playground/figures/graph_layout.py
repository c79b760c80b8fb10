"""Where the cards of a graph stand, and where its long edges pass between them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from playground.figures.arrays import Array

EDGE_ROOM = 0.6
"""An edge passes the middle of another node's card at least so far away; cards of one layer are 1 apart or more."""

UNIT = 100.0
"""The pixels that graphlay takes for 1: its own distances are made for cards of about this size."""

OPTIONS = {
    "direction": "topbottom",
    "effort": "fast",
    "spacing": {"node_gap": 0.0, "dummy_gap": 0.0},
    "coords": {"branch_style": "symmetric"},
}
"""What graphlay is asked for: a node stands in the middle below those that it takes."""


class Placement(NamedTuple):
    """A graph in layers, from the leaves in the first ones to the value in the last.

    Attributes:
        nodes: (N, 2), the layer of each node, beyond those of all its arguments, and its place across the layer.
        bends: for each edge, by the numbers of an argument and of the node that takes it, the points (k, 2) at which it
            passes the k layers between the two.
    """

    nodes: Array
    bends: dict[tuple[int, int], Array]


def lay_out(arguments: Sequence[tuple[int, ...]]) -> Placement:
    """Lay a graph out in layers, with few crossings.

    Source: Sugiyama et al. 1981, Methods for visual understanding of hierarchical system structures, by graphlay.

    Args:
        arguments: of each node the numbers of the nodes that it takes, all below its own.
    """
    import graphlay  # only where a graph is drawn: the other pages don't wait for it

    layers = _layers(arguments)
    drawing = graphlay.Graph()

    def add(layer: int, size: float) -> int:
        return drawing.node(width=size * UNIT, height=UNIT / 2, rank={"fixed": layer})

    for layer in layers:
        add(layer, 1.0)
    bends: dict[tuple[int, int], list[int]] = {}
    for argument, layer in enumerate(layers):
        takers = [i for i, taken in enumerate(arguments) if argument in taken]
        # Narrow nodes in the layers that are passed keep a place free there, one for all edges of an argument.
        passed = range(layer + 1, max((layers[i] for i in takers), default=0))
        trunk = [argument, *(add(inner, 2 * EDGE_ROOM - 1) for inner in passed)]
        for start, end in pairwise(trunk):
            drawing.edge(start, end)
        for i in takers:
            bends[argument, i] = trunk[1 : layers[i] - layer]
            drawing.edge(trunk[layers[i] - layer - 1], i)
    laid = graphlay.layout(drawing, options=OPTIONS)
    places = np.array([(node["rank"], node["center"]["x"] / UNIT) for node in laid.nodes])
    return Placement(places[: len(layers)], {edge: places[inner] for edge, inner in bends.items()})


def _layers(arguments: Sequence[tuple[int, ...]]) -> list[int]:
    """The layer of each node: one beyond the last of its arguments' layers."""
    layers: list[int] = []
    for taken in arguments:
        layers.append(1 + max((layers[argument] for argument in taken), default=-1))
    # A leaf stands just before the first node that takes it, so that its edges are short.
    for i, taken in enumerate(arguments):
        if not taken:
            takers = [layers[taker] for taker, its in enumerate(arguments) if i in its]
            layers[i] = min(takers, default=1) - 1
    return layers
