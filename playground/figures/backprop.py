"""A step of training drawn: cards for the units, which values reach forward and δ backward, then new weights."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from playground.analysis.backprop_walk import BackpropWalk, WalkStep
from playground.figures.arrays import Array
from playground.figures.cursor import Card, cards
from playground.figures.graph import COMPUTED, LOOKS, NOW_BACKWARD, NOW_FORWARD, REACHED, WAITING
from playground.figures.network import join_units, place_units
from playground.figures.palette import BACKGROUND, BACKWARD, INVISIBLE
from playground.figures.traces import (
    Figure,
    make_arrows,
    make_figure,
    make_line,
    make_markers,
)
from playground.numerals import format_number

CARD = (0.62, 0.8)
"""Width and height of a card; layers stand 1 apart, and units of a layer 1 as well."""

GAP = np.full((1, 2), np.nan)
"""No point: it ends a line."""


class BackpropNumbers(NamedTuple):
    """A walk laid out.

    Attributes:
        places: (U, 2), of the cards, the inputs first; changes: of each card, its states.
        edges: (E, 2, 2), from unit to unit.
        now: (steps, width, 2), the edges along which something goes at each step, with gaps.
    """

    places: Array
    changes: list[list[Card]]
    edges: Array
    now: Array


def gather_backprop(walk: BackpropWalk, input_names: tuple[str, ...]) -> BackpropNumbers:
    """The numbers of ``backprop_figure``."""
    widths, steps = walk.network.widths, walk.steps
    places = place_units(widths)
    edges = _shorten(join_units(widths, places))
    moving = [_moving(walk, step, edges) for step in steps]
    width = max(2, *map(len, moving))
    now = np.array([np.concatenate([one, np.repeat(GAP, width - len(one), 0)]) for one in moving])
    changes = [
        _input_card(name, value) for name, value in zip(input_names, walk.network.x.mean(0).tolist(), strict=True)
    ]
    for layer, count in enumerate(widths[1:]):
        changes += [_unit_card(walk, steps, layer, unit) for unit in range(count)]
    return BackpropNumbers(places, changes, edges, now)


def _shorten(edges: Array) -> Array:
    """Edges (E, 2, 2) from the side of one card to the side of the next."""
    half = np.array([CARD[0] / 2, 0.0])
    shortened: Array = edges + np.stack([half, -half])
    return shortened


def _edges_of(walk: BackpropWalk, layer: int) -> slice:
    """Where the edges into a layer stand."""
    counts = [below * above for below, above in pairwise(walk.network.widths)]
    return slice(sum(counts[:layer]), sum(counts[: layer + 1]))


def _moving(walk: BackpropWalk, step: WalkStep, edges: Array) -> Array:
    """The edges (n, 2) along which something goes at a step: forward into a unit, or back to it."""
    widths, (phase, layer, unit) = walk.network.widths, step
    into = edges[_edges_of(walk, layer)].reshape(widths[layer + 1], widths[layer], 2, 2)
    found: Array = np.zeros((0, 2, 2))
    if phase == "forward":
        found = into[unit]
    elif phase in ("gradient", "update"):
        found = into[unit][:, ::-1]
    elif phase == "delta" and layer + 2 < len(widths):
        above = edges[_edges_of(walk, layer + 1)].reshape(widths[layer + 2], widths[layer + 1], 2, 2)
        found = above[:, unit, ::-1]
    return np.concatenate([np.concatenate([one, GAP]) for one in found]) if len(found) else np.repeat(GAP, 2, 0)


def _input_card(name: str, value: float) -> list[Card]:
    return [Card(0, (name, format_number(value)), COMPUTED)]


def _unit_card(walk: BackpropWalk, steps: list[WalkStep], layer: int, unit: int) -> list[Card]:
    """What a unit's card says: its sum and its output once they are known, then its δ; of several points the means."""
    sums, outputs, deltas = (each[0, :, unit].mean() for each in walk.flow[layer][1:])
    known, arrived = steps.index(WalkStep("forward", layer, unit)), steps.index(WalkStep("delta", layer, unit))
    is_last = layer == len(walk.flow) - 1
    output = "ŷ" if is_last else "a"
    said: tuple[str, ...] = (f"{output} = {format_number(outputs)}",)
    if not is_last:
        said = (*said, f"z = {format_number(sums)}")
    back = (*said, f"δ = {format_number(deltas, 3)}")
    return [
        Card(0, (output,), WAITING),
        Card(known, said, NOW_FORWARD),
        Card(known + 1, said, COMPUTED),
        Card(arrived, back, NOW_BACKWARD),
        Card(arrived + 1, back, REACHED),
    ]


def backprop_figure(numbers: BackpropNumbers) -> Figure:
    """Cards joined by edges; at the cursor an arrow along each edge that something goes along."""
    lines = np.concatenate([numbers.edges, np.repeat(GAP[None], len(numbers.edges), 0)], 1).reshape(-1, 2)
    x, y = numbers.places.T
    traces = [
        make_line(lines[:, 0], lines[:, 1], BACKGROUND, width=1),
        make_arrows(numbers.now, BACKWARD, size=14),
        make_markers(x, y, INVISIBLE, cards(numbers.changes, LOOKS, CARD), size=1),
    ]
    (right, highest) = numbers.places.max(0).tolist()
    layout = {
        "xaxis": {"visible": False, "range": [-0.5, right + 0.5]},
        "yaxis": {"visible": False, "range": [-highest - 0.55, highest + 0.55]},
        "showlegend": False,
        "margin": {"l": 4, "r": 4, "t": 26, "b": 4},
    }
    return make_figure(traces, layout)
