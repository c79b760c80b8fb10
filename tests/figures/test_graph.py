"""The picture of a graph: what its cards say, and that nothing covers another."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from playground import Expression
from playground.analysis.autograd_graph import record_graph
from playground.figures import gather_graph, graph_figure
from playground.figures.graph import CARD, COMPUTED, REACHED, WAITING


def graph_of(text, **point):
    expression = Expression(text)
    return record_graph(expression, {name: torch.tensor([value], dtype=torch.float64) for name, value in point.items()})


def test_the_cards_say_values_forward_and_gradients_backward():
    graph = graph_of("(x + y)*x", x=2.0, y=1.0)
    numbers = gather_graph(graph)
    texts = [graph.nodes[i].text for i in numbers.nodes]

    def reads(text, step):
        states = [card for card in numbers.changes[texts.index(text)] if card.since <= step]
        return states[-1]

    assert reads("x + y", 0).look == WAITING
    assert "[3.]" not in reads("x + y", 0).lines
    assert "[3.]" in reads("x + y", 1).lines
    assert reads("x + y", 2).look == COMPUTED
    assert "∇ [1.]" in reads("(x + y) * x", 3).lines
    assert "∇ [2.]" in reads("x + y", 4).lines
    assert ".grad [3.]" in reads("x", 4).lines  # along the first of two paths
    assert ".grad [5.]" in reads("x", 5).lines  # and with the second
    assert reads("x", 5).look == REACHED


LOSS = "mean((a*[0.5, 0.9, 1.4, 1.8] + b - [2, 3.8, 5, 7.2])**2)"


def names_of(graph):
    numbers = gather_graph(graph)
    return {graph.nodes[i].text: cards[0].lines[0] for i, cards in zip(numbers.nodes, numbers.changes, strict=True)}


def test_a_card_leaves_out_the_arguments_that_are_too_long_for_it():
    graph = graph_of("100*(y - x^2)^2 + ((sin(x) + 1)^2 + x)^3*x", x=2.0, y=1.0)
    names = names_of(graph)
    assert names["sin(x) + 1"] == "sin(x) + 1"
    assert names["(y - x**2)**2"] == "(y - x**2)**2"
    assert names["100 * (y - x**2)**2"] == "100 * …"
    assert names["(sin(x) + 1)**2 + x"] == "… + x"
    assert names[graph.nodes[-1].text] == "… + …"


def test_the_tutorials_loss_has_a_card_for_each_node_of_torchs_and_none_is_blank():
    graph = graph_of(LOSS, a=-0.486989, b=-0.563709)
    numbers = gather_graph(graph)
    a, b = (torch.tensor([one], dtype=torch.float64, requires_grad=True) for one in (-0.486989, -0.563709))
    x, y = (torch.tensor(one, dtype=torch.float64) for one in ([0.5, 0.9, 1.4, 1.8], [2.0, 3.8, 5.0, 7.2]))
    loss = ((a * x + b - y) ** 2).mean()
    assert loss.item() == pytest.approx(graph.value.item())
    waiting, met = [loss.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in met:
            met.add(node)
            waiting += [one for one, _ in node.next_functions]
    assert len(numbers.nodes) == len(met) == 7
    assert all(line for states in numbers.changes for line in states[-1].lines)
    product = numbers.changes[1][-1]
    assert product.lines == ("a * [0.5, …]", "MulBackward0", "(4,) [-0.2435, -0.4383, …]", "∇ [-1.4036, -2.4010, …]")
    assert product.whole == (
        "a * [0.5, 0.9, 1.4, 1.8]",
        "grad_fn = MulBackward0, shape (4,)",
        "value = [-0.2435, -0.4383, -0.6818, -0.8766]",
        "∇ = [-1.4036, -2.4010, -3.1227, -4.3201]",
    )


def test_at_each_step_but_the_first_something_happens_on_one_card():
    numbers = gather_graph(graph_of(LOSS, a=-0.486989, b=-0.563709))
    for step in range(len(numbers.now)):
        here = [[card for card in states if card.since <= step][-1] for states in numbers.changes]
        assert sum(card.is_current and card.since == step for card in here) == (step > 0)


def assert_edges_pass_beside_cards(numbers):
    """No point of an edge lies inside a card: looked at in a hundred places of each stretch."""
    corners = numbers.edges
    shares = np.linspace(0, 1, 101)[:, None]
    for start, end in pairwise(corners):
        stretch = start + shares * (end - start)
        inside = (np.abs(stretch[:, None] - numbers.places) < np.array(CARD) / 2 - 1e-6).all(-1)
        assert not inside.any(), (start, end)


@pytest.mark.parametrize(
    "text", ["x**2", "sin(cos(exp(ln(tanh(sqrt(x))))))", "((sin(x) + 1)^2 + x)^3 * x", "x*exp(x*sin(x*cos(x))) + x"]
)
def test_cards_never_overlap_and_edges_join_them(text):
    graph = graph_of(text, x=0.5)
    numbers = gather_graph(graph)
    places = numbers.places
    for i, one in enumerate(places):
        for other in places[i + 1 :]:
            assert (np.abs(one - other) >= np.array(CARD) - 1e-9).any()
    assert np.isnan(numbers.edges[:, 0]).sum() == sum(
        one in numbers.nodes for node in graph.nodes for one in node.arguments
    )
    assert_edges_pass_beside_cards(numbers)
    graph_figure(numbers)  # Plotly would raise
