"""What is told of the chosen edge or unit: its value, its gradient, its update, and how the gradient came about."""

from typing import NamedTuple

import torch
from torch import Tensor

from playground.analysis.network_measures import CHUNK, trace_flow
from playground.engine.network import Network
from playground.labs.network.pictures import edge_names, training_of, unit_names
from playground.labs.network.problem import Training
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.words import if_follows, updates
from playground.player import Board, Column, Readout


class Chosen(NamedTuple):
    """An edge, or a unit with its bias.

    Attributes:
        title: what a person calls it.
        place: of its weight or bias among the parameters; None for an input, which has neither.
        layer: the layer whose sums it goes into, from 0.
        unit: of that layer; below: the unit, or the input, that an edge comes from, and None for a bias.
    """

    title: str
    place: int | None
    layer: int = 0
    unit: int = 0
    below: int | None = None


def find_chosen(training: Training, row: int) -> Chosen:
    """What a row stands for: first the edges, in torch's order, then the units, the inputs first."""
    network = training.objective
    edges, units = edge_names(network), unit_names(training)
    if row >= len(edges):
        name = units[row - len(edges)]
        if row - len(edges) < network.widths[0]:
            return Chosen(f"input {name}", None)
        return _parse(network, name)
    return _parse(network, edges[row])


def _parse(network: Network, name: str) -> Chosen:
    """A parameter by torch's name, such as ``2.weight[1,0]`` or ``2.bias[1]``."""
    number, _, rest = name.partition(".")
    kind, _, places = rest.removesuffix("]").partition("[")
    unit, *below = map(int, places.split(","))
    title = name if kind == "weight" else f"unit {unit} of layer {number}"
    return Chosen(title, network.parameters.index(name), int(number) // 2, unit, below[0] if below else None)


def chosen_board(results: RaceResults, chosen: Chosen) -> Board:
    """All that is told of it at the cursor."""
    told = "The chosen line or unit: value, gradient, update, and how the gradient came about."
    if chosen.place is None:
        rows: list[list[Readout]] = [[["It is given, and has no weight of its own."]]]
        return Board("chosen", "Chosen", [[chosen.title]], rows, told, cell="board")
    step = f"its step by {results.runner.optimizer}"
    name = results.names[chosen.place]
    none = ["no step follows"]
    rows = [
        [["weight" if chosen.below is not None else "bias"], [Column(name)]],
        [["gradient"], [Column(f"∂{name}")]],
        [[step], if_follows([Column(f"Δ{name}")], none)],
        [["after the step"], if_follows([Column(name, ahead=1)])],
        [["δ of the unit it leads to, summed over the points"], [Column("chosen delta")]],
    ]
    if chosen.below is None:
        rows[-1] = [["Σ δ of the unit over the points: the gradient"], [Column("chosen sum")]]
    else:
        rows.append([["output of the unit it comes from, on average"], [Column("chosen input")]])
        rows.append([["Σ δ · output over the points: the gradient"], [Column("chosen sum")]])
    return Board("chosen", "Chosen", [[chosen.title], ["now"]], rows, told, cell="board")


def chosen_columns(results: RaceResults, chosen: Chosen) -> tuple[dict[str, Tensor], list[Readout]]:
    """The numbers of that table, and the update written out."""
    if chosen.place is None:
        return {}, []
    columns, lines = updates(results.run, [chosen.place])
    network = training_of(results).objective
    sums, deltas, inputs = [], [], []
    for part in results.run.parameters.split(max(1, CHUNK // network.cost)):
        flow = trace_flow(network, part)[chosen.layer]
        delta = flow.deltas[..., chosen.unit]
        below = torch.ones_like(delta) if chosen.below is None else flow.inputs[..., chosen.below]
        sums.append((delta * below).sum(-1))
        deltas.append(delta.sum(-1))
        inputs.append(below.mean(-1))
    columns |= {
        "chosen sum": torch.cat(sums),
        "chosen delta": torch.cat(deltas),
        "chosen input": torch.cat(inputs),
    }
    return columns, lines
