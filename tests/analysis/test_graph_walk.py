"""The steps through an autograd graph: what they say has arrived is what torch has in the end."""

import pytest
import torch

from playground import Expression
from playground.analysis.autograd_graph import record_graph
from playground.analysis.graph_walk import track_progress, walk_graph


def graph_of(text, **point):
    components = {name: torch.tensor(at, dtype=torch.float64) for name, at in point.items()}
    return record_graph(Expression(text), components)


def test_it_goes_forward_through_what_varies_and_back_from_the_value():
    graph = graph_of("(x + y)*(2 + 3)", x=[2.0], y=[1.0])
    steps = [(step.kind, graph.nodes[step.node].text) for step in walk_graph(graph)]
    value = graph.nodes[-1].text
    assert steps == [
        ("start", value),
        ("forward", "x + y"),
        ("forward", value),
        ("seed", value),
        ("backward", value),
        ("backward", "x + y"),
    ]


def test_what_is_refused_by_torch_has_no_way_back():
    graph = graph_of("x**2", x=[1.0, 2.0])
    assert [step.kind for step in walk_graph(graph)] == ["start", "forward"]


@pytest.mark.parametrize("text", ["x*x*sin(x) + x*y", "(1-x)^2 + 100*(y-x^2)^2", "exp(x*y)*x/(1 + y^2)"])
def test_what_has_arrived_in_the_end_is_torchs_gradient(text):
    graph = graph_of(text, x=[0.7], y=[-0.3])
    steps = walk_graph(graph)
    known, arrived = track_progress(graph, steps)
    for i, node in enumerate(graph.nodes):
        assert steps[known[i]].node == i or not node.arguments or not node.requires_grad
        at, totals = zip(*arrived[i], strict=True) if arrived[i] else ((), ())
        assert list(at) == sorted(at)
        assert len(at) == (1 if i == len(graph.nodes) - 1 else len(graph.consumers(i))) or not node.requires_grad
        if node.gradient is not None:
            torch.testing.assert_close(totals[-1], node.gradient)
