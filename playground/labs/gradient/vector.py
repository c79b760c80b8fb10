"""A value of several components: what torch says to it, the Jacobian, and the product with a vector v."""

import math

import numpy as np
from numpy.typing import ArrayLike

from playground.analysis.autograd_graph import (
    jacobian,
    record_graph,
)
from playground.analysis.probe import Probe
from playground.analysis.tensor_format import format_tensor
from playground.figures import (
    gather_jacobian,
    jacobian_figure,
)
from playground.labs.gradient.panels import GradientView, explain_refusal, value_name, vector_of
from playground.player import Board, Panel, Readout

MOST_SHOWN = 3
"""Up to how many variables the lines beside the controls are about."""


def vector_view(probe: Probe) -> GradientView:
    """What torch says to a vector, the Jacobian, and the product with the vector v."""
    graph = record_graph(probe.expression, probe.tensors, vector_of(probe))
    matrix = jacobian(probe.expression, probe.tensors)
    outputs = [f"{value_name(probe.expression)}[{i}]" for i in range(len(probe.value))]
    picture = Panel(
        "jacobian",
        "Jacobian",
        jacobian_figure(gather_jacobian(matrix.numpy(), outputs, probe.components)),
        f"The Jacobian, {len(outputs)} by {len(probe.components)}: a row for each component of the value",
        cell="picture",
    )
    name_of_value = value_name(probe.expression)
    rows: list[list[Readout]] = [[[name_of_value], [format_tensor(probe.value)]]]
    if graph.error:
        rows.append([[f"{name_of_value}.backward()"], [graph.error.partition(":")[0]]])
        status = f"{graph.error}. {explain_refusal(probe)}"
    else:
        rows.append([["v"], [format_tensor(graph.seed)]])
        status = f"{name_of_value}.backward(v): row i of the Jacobian counts v[i] times, and .grad is the sum, v·J."
    for name in probe.expression.names:
        gradient = graph.leaf(name).gradient
        rows.append([[f"{name}.grad"], [format_tensor(gradient)]])
    board = Board(
        "vjp", "Vector–Jacobian product", [], rows, "The value, v, and what backward(v) gives", cell="numbers"
    )
    readouts: list[Readout] = [[f"{name_of_value} = {format_tensor(probe.value)}"]]
    readouts += [
        [f"{name} = {format_tensor(at)}   {name}.grad = {format_tensor(graph.leaf(name).gradient)}"]
        for name, at in list(probe.tensors.items())[:MOST_SHOWN]
    ]
    columns: dict[str, ArrayLike] = {"loss": np.full(1, math.nan)}
    return GradientView(
        panels=[picture, board], columns=columns, readouts=readouts, status=status, alarming=bool(graph.error)
    )
