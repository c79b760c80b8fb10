"""In words, how a gradient goes to an argument of another length: through a reduction, a choice or a broadcast."""

from playground.analysis.autograd_graph import AutogradGraph
from playground.language.operations import OPERATIONS


def explain_lengths(graph: AutogradGraph, i: int, place: int) -> str:
    """One clause on what a node does to the gradient that it sends to an argument; empty where lengths are alike.

    Args:
        graph: a graph that was recorded; i: the node; place: of the argument among the node's.
    """
    node = graph.nodes[i]
    given, made = len(graph.nodes[node.arguments[place]].value), len(node.value)
    record = OPERATIONS.get(node.operation)
    if record is not None and record.is_reduction(len(node.arguments)):
        return _explain_reduction(node.operation, given) if given > 1 else ""
    if node.operation == "component":
        return "this element gets the gradient, the others 0" if given > 1 else ""
    if node.operation == "vector":
        return "each element gets its own part of the gradient" if made > 1 else ""
    if given == 1 < made:
        return f"broadcast: used for {made} elements, so what comes back from them is summed"
    return ""


_REDUCTIONS = {
    "sum": "sum: the gradient is copied to each of the {n} elements",
    "mean": "mean: the gradient is divided by n = {n}, and each element gets that",
    "prod": "prod: each element gets the gradient times the product of the others",
    "norm": "norm: each element gets the gradient times its share of the length",
    "dot": "dot: each element gets the gradient times its partner",
    "max": "max: the largest element gets the gradient, the others 0",
    "min": "min: the smallest element gets the gradient, the others 0",
}
"""What reductions do, where there is a word for it; equal largest ones share."""


def _explain_reduction(operation: str, n: int) -> str:
    words = _REDUCTIONS.get(operation, "each element gets the gradient times its own slope")
    return words.format(n=n)
