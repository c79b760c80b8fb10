"""The autograd graph, stepped forward through the values and backward through the gradients."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from playground.analysis.autograd_graph import (
    ARGUMENT_LETTERS,
    AutogradGraph,
    GraphNode,
    record_graph,
)
from playground.analysis.graph_rules import explain_lengths
from playground.analysis.graph_walk import GraphStep, track_progress, walk_graph
from playground.analysis.probe import Probe
from playground.analysis.tensor_format import format_sum, format_tensor
from playground.figures import (
    gather_graph,
    graph_figure,
)
from playground.labs.gradient.panels import GradientView, explain_refusal, vector_of
from playground.player import Board, Panel, Readout, Words

RULE_HEADS = ("to", "rule", "upstream × local", "= sent", "gradient there")

IN_WORDS = len(RULE_HEADS)
"""Behind what stands under the heads: the rule in words, which stands below the formula."""


def graph_view(probe: Probe) -> GradientView:
    """The graph of an expression at a point, one step of it at a time."""
    graph = record_graph(probe.expression, probe.tensors, vector_of(probe))
    steps = walk_graph(graph)
    last = len(steps)
    table = _rules(graph, steps)
    height = max(1, *map(len, table))
    filled = [[*rows, *[("",) * (IN_WORDS + 1)] * (height - len(rows))] for rows in table]
    at: dict[str, ArrayLike] = {
        "at": np.arange(last),
        "loss": np.full(last, _one(probe.value)),
        "node": _current(steps),
    }
    rows: list[list[Readout]] = [
        [
            [
                *[Words("at", tuple(rows[row][column] for rows in filled), typeset=column == 1)],
                *([Words("at", tuple(rows[row][IN_WORDS] for rows in filled))] if column == 1 else []),
            ]
            for column in range(len(RULE_HEADS))
        ]
        for row in range(height)
    ]
    panels: list[Panel | Board] = [
        Panel(
            "graph",
            "Autograd graph",
            graph_figure(gather_graph(graph)),
            f"The graph of {probe.text[:80]} as torch recorded it: {len(graph.nodes)} nodes, from "
            f"{', '.join(probe.expression.names)} to the value {format_tensor(probe.value)}",
            zoomable=True,
            tall=True,
            cell="picture",
        ),
        Board(
            "rule",
            "This step",
            [[head] for head in RULE_HEADS],
            rows,
            "What the node at the cursor sends to its arguments: upstream times local",
            cell="numbers",
        ),
        _nodes(graph, steps, at),
    ]
    readouts: list[Readout] = [[Words("at", tuple(_said(graph, step) for step in steps))]]
    if graph.error:
        status = f"{graph.error}. {explain_refusal(probe)}"
        return GradientView(panels=panels, columns=at, readouts=readouts, status=status, alarming=True)
    found = ", ".join(f"{node.text}.grad = {format_tensor(node.gradient)}" for node in graph.nodes if node.is_leaf)
    notes = ["Step forward through the values, then backward."] * (last - 1) + [""]
    status = f"Backward is done: {found}."
    return GradientView(panels=panels, columns=at, readouts=readouts, status=status, notes=notes)


def _one(value: Tensor) -> float:
    return float(value) if len(value) == 1 else math.nan


def _current(steps: Sequence[GraphStep]) -> np.ndarray:
    """The row of the node table that is highlighted at each step; none at the start."""
    return np.array([-1 if step.kind == "start" else step.node for step in steps])


def _said(graph: AutogradGraph, step: GraphStep) -> str:
    """What happens at a step, in one line, and what torch made of it."""
    node = graph.nodes[step.node]
    if step.kind == "start":
        leaves = ", ".join(f"{one.text} = {format_tensor(one.value)}" for one in graph.nodes if one.is_leaf)
        return f"The leaves: {leaves}   requires_grad=True, .grad is None"
    if step.kind == "forward":
        return f"forward: {_short(node.text)} = {format_tensor(node.value)}   grad_fn = {node.grad_fn or 'None'}"
    if step.kind == "seed":
        return f"backward() begins: the gradient of the value is {format_tensor(graph.seed)}   into {node.grad_fn}"
    reached = format_tensor(node.gradient)
    return f"backward through {_short(node.text)}: {reached} has reached it   grad_fn = {node.grad_fn}"


def _rules(graph: AutogradGraph, steps: Sequence[GraphStep]) -> list[list[tuple[str, ...]]]:
    """For each step and each argument: its name, the local rule, the product, what is sent, the sum there, words."""
    table: list[list[tuple[str, ...]]] = []
    coming = [iter(one) for one in track_progress(graph, steps).arrived]
    arrived: dict[int, Tensor] = {}
    for step in steps:
        node = graph.nodes[step.node]
        rows: list[tuple[str, ...]] = []
        if step.kind == "backward":
            for place, (one, local, sent) in enumerate(zip(node.arguments, node.local, node.sent, strict=True)):
                if sent is None:
                    continue
                before = arrived.get(one)
                _, arrived[one] = next(coming[one])
                there = format_tensor(sent) if before is None else format_sum([before, sent], arrived[one])
                product = f"{format_tensor(node.gradient)} × {format_tensor(local)}"
                words = explain_lengths(graph, step.node, place)
                rows.append((*_ruled(graph, node, place), product, format_tensor(sent), there, words))
        table.append(rows)
    return table


def _ruled(graph: AutogradGraph, node: GraphNode, place: int) -> tuple[str, str]:
    """An argument under its letter in the rule, and the rule in LaTeX, on two lines: the table is narrow."""
    to, rule = _short(graph.nodes[node.arguments[place]].text, 14), node.rules[place]
    if not rule:
        return to, ""
    letter = ARGUMENT_LETTERS[place]
    asked = rf"\frac{{\partial}}{{\partial {letter}}} \left({node.form}\right)"
    return f"{letter} = {to}", rf"\begin{{array}}{{l}} {asked} \\ = {rule} \end{{array}}"


def _short(text: str, most: int = 28) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _nodes(graph: AutogradGraph, steps: Sequence[GraphStep], columns: dict[str, ArrayLike]) -> Board:
    """All nodes, each with what is known of it at the cursor; ``columns`` get what says at which step that is."""
    known, arrived = track_progress(graph, steps)
    at = np.arange(len(steps))
    rows: list[list[Readout]] = []
    for i, node in enumerate(graph.nodes):
        columns[f"value {i}"] = (at >= known[i]).astype(np.uint8)
        columns[f"gradient {i}"] = np.searchsorted([step for step, _ in arrived[i]], at, "right").astype(np.uint16)
        totals = [format_tensor(total) for _, total in arrived[i]]
        rows.append(
            [
                [_short(node.text)],
                ["a leaf" if node.is_leaf else node.grad_fn or ("" if node.arguments else "a number")],
                [Words(f"value {i}", ("", format_tensor(node.value)))],
                [Words(f"gradient {i}", ("None" if node.is_leaf else "", *totals))],
            ]
        )
    heads: list[Readout] = [["node"], ["grad_fn"], ["value"], ["gradient"]]
    return Board(
        "nodes",
        "All nodes",
        heads,
        rows,
        "Every node with its grad_fn, its value and the gradient that reached it",
        current="node",
        cell="all",
    )
