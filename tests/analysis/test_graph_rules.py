"""What is said of a gradient that goes to an argument of another length, judged by what torch sends there."""

import pytest
import torch

from playground import Expression
from playground.analysis.autograd_graph import record_graph
from playground.analysis.graph_rules import explain_lengths
from playground.language.operations import OPERATIONS
from tests.cases import each_case


def graph_of(text, **point):
    values = {name: torch.tensor(value, dtype=torch.float64) for name, value in point.items()}
    return record_graph(Expression(text), values)


@each_case(
    ("text", "words", "sent"),
    [
        ("sum(x)", "copied to each of the 3 elements", lambda up, x: up.expand_as(x)),
        ("mean(x)", "divided by n = 3", lambda up, x: (up / 3).expand_as(x)),
        ("prod(x)", "times the product of the others", lambda up, x: up * x.prod() / x),
        ("norm(x)", "times its share of the length", lambda up, x: up * x / x.norm()),
        ("dot(x, [2, 3, 4])", "times its partner", lambda up, _: up * torch.tensor([2.0, 3.0, 4.0])),
        ("max(x)", "the largest element gets the gradient", lambda up, x: up * (x == x.max())),
        ("min(x)", "the smallest element gets the gradient", lambda up, x: up * (x == x.min())),
        ("x[1]", "this element gets the gradient, the others 0", lambda up, _: up * torch.tensor([0.0, 1.0, 0.0])),
    ],
)
def test_what_is_said_of_a_reduction_is_what_torch_sends(text, words, sent):
    x = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    graph = graph_of(f"{text}*5", x=x.tolist())
    i = next(i for i, node in enumerate(graph.nodes) if graph.nodes[0] in [graph.nodes[one] for one in node.arguments])
    assert words in explain_lengths(graph, i, 0)
    torch.testing.assert_close(graph.nodes[i].sent[0], sent(torch.tensor([5.0], dtype=torch.float64), x))


def test_a_number_that_was_used_for_several_elements_gets_the_sum():
    graph = graph_of("sum(a*[1, 2, 3])", a=[5.0])
    i = next(i for i, node in enumerate(graph.nodes) if node.operation == "*")
    assert explain_lengths(graph, i, 0) == "broadcast: used for 3 elements, so what comes back from them is summed"
    assert graph.nodes[i].sent[0].tolist() == [6.0]


@pytest.mark.parametrize("text", ["x*y", "sin(x) + y", "sum(x)*y", "max(x, y)"])
def test_nothing_is_said_where_lengths_are_alike(text):
    graph = graph_of(text, x=[2.0], y=[3.0])
    for i, node in enumerate(graph.nodes):
        assert not any(explain_lengths(graph, i, place) for place in range(len(node.arguments)))


def test_each_reduction_of_the_language_has_its_words():
    for name, record in OPERATIONS.items():
        if record.is_reduction(record.min_arguments):
            text = f"{name}(x, y)" if record.min_arguments == 2 else f"{name}(x)"
            graph = graph_of(text, **{one: [1.0, 2.0] for one in Expression(text).names})
            assert explain_lengths(graph, len(graph.nodes) - 1, 0).startswith(f"{name}: ")
