"""The layout of graphs: layers, room beside cards, and few crossings."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground import PRESETS, Expression
from playground.figures.graph_layout import EDGE_ROOM, lay_out

LONG = " + ".join(f"sin({i}*x)" for i in range(2, 32))
"""Of 120 nodes: x, and four for each term, the first of which has no plus."""


def arguments_of(text):
    return [node.arguments for node in Expression(text).nodes]


@st.composite
def graphs(draw):
    """The arguments of up to 30 nodes, each of which some later node takes."""
    count = draw(st.integers(1, 30))
    graph = [tuple(draw(st.lists(st.integers(0, i - 1), max_size=4))) if i else () for i in range(count)]
    untaken = sorted(set(range(count)) - {one for taken in graph for one in taken})
    return graph if untaken == [count - 1] else [*graph, tuple(untaken)]


def crossings(graph):
    """How many pairs of edges cross between layers."""
    nodes, bends = lay_out(graph)
    stretches = []
    for (argument, i), inner in bends.items():
        stretches += [(*start, end[1]) for start, end in pairwise([nodes[argument], *inner, nodes[i]])]
    return sum(
        layer == other and (start - its_start) * (end - its_end) < -1e-9
        for k, (layer, start, end) in enumerate(stretches)
        for other, its_start, its_end in stretches[:k]
    )


def assert_is_laid_out(graph):
    nodes, bends = lay_out(graph)
    assert nodes.shape == (len(graph), 2)
    assert np.isfinite(nodes).all()
    layers, across = nodes.T.tolist()
    assert all(layer.is_integer() for layer in layers)
    assert min(layers) == 0
    assert [i for i, layer in enumerate(layers) if layer == max(layers)] == [len(graph) - 1]
    for i, taken in enumerate(graph):
        assert all(layers[argument] < layers[i] for argument in taken)
        takers = [layers[taker] for taker, its in enumerate(graph) if i in its]
        if not taken and takers:
            assert layers[i] == min(takers) - 1
    for layer in set(layers):
        here = sorted(one for one, at in zip(across, layers, strict=True) if at == layer)
        assert all(after - before >= 1 - 1e-9 for before, after in pairwise(here))
    assert bends.keys() == {(argument, i) for i, taken in enumerate(graph) for argument in taken}
    for (argument, i), inner in bends.items():
        assert inner[:, 0].tolist() == list(range(int(layers[argument]) + 1, int(layers[i])))
        for layer, at in inner.tolist():
            beside = [one for one, its in zip(across, layers, strict=True) if its == layer]
            assert all(abs(at - one) >= EDGE_ROOM - 1e-9 for one in beside)


@pytest.mark.parametrize("terms", [15, 30])
def test_long_expressions_are_laid_out(terms):
    graph = arguments_of(" + ".join(LONG.split(" + ")[:terms]))
    assert len(graph) == 4 * terms
    assert_is_laid_out(graph)


@pytest.mark.parametrize("name", [name for name, one in PRESETS.items() if "for i" not in one.text])
def test_the_gallery_is_laid_out(name):
    assert_is_laid_out(arguments_of(PRESETS[name].text))


@given(graphs())
@example([()])
@example([(), (0, 0)])
def test_random_graphs_are_laid_out(graph):
    assert_is_laid_out(graph)


def test_a_layout_is_always_the_same():
    graph = arguments_of(LONG)
    first, again = lay_out(graph), lay_out(graph)
    np.testing.assert_array_equal(again.nodes, first.nodes)
    for edge, inner in first.bends.items():
        np.testing.assert_array_equal(again.bends[edge], inner)


def test_a_chain_is_a_straight_line():
    nodes = lay_out(arguments_of("sin(exp(cos(tanh(x))))")).nodes
    assert nodes[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert len(set(nodes[:, 1].tolist())) == 1


@pytest.mark.parametrize(
    ("text", "fewest"),
    [
        ("(x + y)*x*sin(y)", 0),
        ("exp(y) + [x[0], 3, sin(y[0])]", 0),
        ("sin(x)*exp(x) + cos(y)*tanh(y)", 0),
        ("sin(x)*y + cos(y)*exp(x)", 1),  # each of x and y goes to both products: two of the four edges cross
    ],
)
def test_edges_do_not_cross_where_they_need_not(text, fewest):
    assert crossings(arguments_of(text)) == fewest
