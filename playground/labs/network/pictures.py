"""The pictures of a network in training: what it says of the points, and itself."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import Tensor

from playground.analysis.network_measures import outputs_at, pick_steps
from playground.data.points import Points
from playground.engine.network import Network
from playground.figures import (
    Array,
    Curve,
    Residuals,
    boundary_figure,
    cell_middles,
    count_drawn,
    data_figure,
    gather_boundary,
    gather_curves,
    gather_histograms,
    gather_network,
    histogram_figure,
    network_figure,
)
from playground.figures.palette import RUNNERS
from playground.labs.network.problem import Training, inputs_at
from playground.labs.network.state import SHOWN, NetworkState
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.view import Range
from playground.player import Drawing, Panel

FRAMES, FIRST_FRAMES = 50, 11
"""How many states of a map are drawn along a run; and along its first steps, as long as the others are to come."""

CELLS, UNIT_CELLS = 44, 15
"""Cells along each side of the map of the plane, and of a unit's."""

CURVE_POINTS = 81

PADDING = 0.08
"""Beside the outermost point, as a part of the distance to the origin."""

AT_ONCE = 1_000_000
"""Outputs of units in memory at once."""


def training_of(results: RaceResults) -> Training:
    """What is trained."""
    return cast(Training, results.state.race.problem)


def _drawn_steps(results: RaceResults) -> Sequence[int]:
    """The steps at which maps are drawn."""
    return pick_steps(len(results.run.losses), FIRST_FRAMES if results.is_partial else FRAMES)


def find_frame(state: NetworkState) -> tuple[Range, Range]:
    """The axes of the plane: where a hand holds them, as long as they hold all points; or around the origin."""
    points = state.training.points
    if points.dimensions == 1:
        return _find_line(state)
    reach = (1 + PADDING) * max(1e-6, *(abs(one) for place in points.inputs for one in place))
    held = state.data_frame
    if held is not None and all(
        low <= one <= high for place in points.inputs for one, (low, high) in zip(place, held, strict=True)
    ):
        return held[0], held[1]
    return (-reach, reach), (-reach, reach)


def _find_line(state: NetworkState) -> tuple[Range, Range]:
    points = state.training.points
    x = [place[0] for place in points.inputs]
    spans = []
    for values in (x, points.targets):
        low, high = min(values), max(values)
        room = PADDING * (high - low) or 1.0
        spans.append((low - room, high + room))
    held = state.data_frame
    if held is not None and all(
        low <= min(values) and max(values) <= high
        for values, (low, high) in zip((x, points.targets), held, strict=True)
    ):
        return held[0], held[1]
    return spans[0], spans[1]


def data_panel(results: RaceResults, frame: tuple[Range, Range]) -> Panel:
    """What the network says of all places, with the points."""
    training = training_of(results)
    panel = _curve_panel if training.points.dimensions == 1 else _boundary_panel
    return panel(results, training, frame)


def _boundary_panel(results: RaceResults, training: Training, frame: tuple[Range, Range]) -> Panel:
    steps, network, points = _drawn_steps(results), training.objective, training.points
    x, y = (torch.from_numpy(cell_middles(ends, CELLS)) for ends in frame)
    outputs = _answers(network, results.run.parameters[steps], inputs_at(training, _grid(x, y))).unflatten(
        1, (CELLS, CELLS)
    )
    numbers = gather_boundary(
        outputs.numpy(),
        steps,
        *frame,
        points.input_tensor.numpy(),
        points.target_tensor.numpy().astype(int),
        held_out=np.array(points.held_out),
        class_names=[points.name_class(i) for i in range(points.classes)],
        added=cast(NetworkState, results.state).added_class,
    )
    return Panel(
        "data",
        count_drawn("Points and boundary", len(numbers.points), len(points)),
        boundary_figure(numbers),
        f"{len(points)} points of {points.classes} classes over what the network says of each place at the cursor's "
        "step, with the boundary between the classes. A click adds a point of the chosen class, a drag moves one.",
        editable=numbers.editable,
        cell="data",
    )


def _grid(x: Tensor, y: Tensor) -> Tensor:
    """All places of a grid, (rows · columns, 2), the lowest row first."""
    return torch.cartesian_prod(y, x).flip(-1)


def _answers(network: Network, theta: Tensor, x: Tensor) -> Tensor:
    """What the network says: (K, M) of one output, as a probability where it is one; (K, M, C) of classes."""
    with torch.no_grad():
        parts = [
            network.answer(network.predict(part, x))
            for part in theta.split(max(1, AT_ONCE // (len(x) * max(network.widths))))
        ]
    return torch.cat(parts)


def _curve_panel(results: RaceResults, training: Training, frame: tuple[Range, Range]) -> Panel:
    points, network = training.points, training.objective
    grid = torch.linspace(*frame[0], CURVE_POINTS, dtype=torch.float64)
    at = inputs_at(training, grid[:, None])
    curves = [
        Curve(name, RUNNERS[slot], _answers(network, torch.as_tensor(results.long(run.parameters)), at).numpy(), slot)
        for name, slot, run in zip(results.labels, results.state.race.slots, results.runs, strict=True)
    ]
    inner = inputs_at(training, points.input_tensor)[network.indices]
    predictions = _answers(network, torch.as_tensor(results.long(results.run.parameters)), inner).numpy()
    x, y = points.input_tensor[network.indices, 0].numpy(), points.target_tensor[network.indices].numpy()
    data = Points(tuple(place[0] for place in points.inputs), points.targets, (), points.held_out)
    if len(curves) == 1:
        curves = [curves[0]._replace(name="network")]
    numbers = gather_curves(data, grid.numpy(), curves, Residuals(x, y, predictions), frame)._replace(
        selected=results.selected
    )
    return Panel(
        "data",
        "Points and network",
        data_figure(numbers),
        f"{len(points)} points, what the network says along x, and the residuals at the cursor's step. "
        "A click adds a point, a drag moves one.",
        editable=numbers.editable,
        cell="data",
    )


# ---- The network.


def network_panel(results: RaceResults, frame: tuple[Range, Range]) -> Panel:
    """The network drawn, with what its lines stand for."""
    training, state = training_of(results), cast(NetworkState, results.state)
    network, steps = training.objective, _drawn_steps(results)
    edges, biases = split_values(network, results.long(_shown_values(results, state.shown)))
    numbers = gather_network(
        network.widths,
        training.inputs,
        edges,
        biases,
        _unit_maps(training, results.run.parameters[steps], frame),
        steps,
        what=state.shown[:-1],
        edge_names=edge_names(network),
        unit_names=unit_names(training),
        chosen=state.chosen,
    )
    return Panel(
        "network",
        f"Network: {state.shown}",
        network_figure(numbers),
        f"The network's layers of {', '.join(map(str, network.widths))} units, each with what it puts out over the "
        f"plane at the cursor's step. The lines between them show the {state.shown}: their colour the sign, their "
        "width the size. A click chooses a line or a unit.",
        choosable=True,
        cell="network",
    )


def _shown_values(results: RaceResults, shown: str) -> Tensor:
    """(steps + 1, P): weights, their gradients, or the steps that led to them."""
    run = results.run
    if shown == SHOWN[0]:
        return run.parameters
    if shown == SHOWN[1]:
        return run.gradients
    return torch.cat([torch.zeros_like(run.parameters[:1]), run.parameters.diff(dim=0)])


def split_values(network: Network, values: Array) -> tuple[Array, Array]:
    """Of values (K, P) those of the weights (K, E), and those of the biases (K, B)."""
    parts = network.split(torch.as_tensor(values))
    weights, biases = ([one.flatten(1) for one in each] for each in zip(*parts, strict=True))
    return torch.cat(weights, 1).numpy(), torch.cat(biases, 1).numpy()


def edge_names(network: Network) -> list[str]:
    """Torch's names of the weights, in order."""
    return [name for name in network.parameters if ".weight[" in name]


def unit_names(training: Training) -> list[str]:
    """The inputs by what they are, and the other units by the names of their biases."""
    return [*training.inputs, *(name for name in training.objective.parameters if ".bias[" in name)]


def _unit_maps(training: Training, theta: Tensor, frame: tuple[Range, Range]) -> Array:
    """What each unit puts out over the plane, (K, U, rows, columns); along the line in one row."""
    x = torch.from_numpy(cell_middles(frame[0], UNIT_CELLS))
    if training.points.dimensions == 1:
        rows, places = 1, x[:, None]
    else:
        rows, places = UNIT_CELLS, _grid(x, torch.from_numpy(cell_middles(frame[1], UNIT_CELLS)))
    layers = outputs_at(training.objective, theta, inputs_at(training, places))
    maps = torch.cat(layers, -1).movedim(-1, 1).unflatten(-1, (rows, UNIT_CELLS))
    return np.asarray(maps)


def histogram_panels(results: RaceResults) -> list[Panel]:
    """How the weights and the activations of each layer are spread at the cursor."""
    return [
        Panel(
            f"{what}_spread",
            f"{what.capitalize()} by layer",
            partial(_histogram, results, what),
            f"How the {what} of each layer are spread at the cursor's step.",
            cell="board",
            tab=what.capitalize(),
        )
        for what in ("weights", "activations")
    ]


def _histogram(results: RaceResults, what: str) -> Drawing:
    network, steps = training_of(results).objective, _drawn_steps(results)
    theta = results.run.parameters[steps]
    with torch.no_grad():
        parts = (
            [weight for weight, _ in network.split(theta)]
            if what == "weights"
            else [layer.outputs for layer in network.forward(theta)]
        )
    values = [one.flatten(1).numpy() for one in parts]
    return histogram_figure(gather_histograms(what, layer_names(network), values, steps))


def layer_names(network: Network) -> list[str]:
    """Torch's numbers of the layers."""
    return [f"layer {2 * place}" for place in range(len(network.widths) - 1)]


def with_cell(panel: Panel, cell: str, tab: str) -> Panel:
    """A panel in another cell."""
    return replace(panel, cell=cell, tab=tab)
