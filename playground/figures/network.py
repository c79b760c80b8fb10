"""A network drawn: its units in layers, what they put out over the plane, and a number of each weight and bias."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.figures.arrays import Array, float32
from playground.figures.axes import make_axis
from playground.figures.colour_maps import SIGN_HUES, ColourMaps, make_maps, quantise_signed
from playground.figures.cursor import choices, figures, links, rings
from playground.figures.palette import BACKGROUND, INVISIBLE, NEGATIVE, POSITIVE
from playground.figures.traces import (
    Figure,
    Trace,
    make_figure,
    make_line,
    make_markers,
)
from playground.numerals import format_count, format_number

UNIT = (0.5, 0.78)
"""The room of a unit, across and up; the next layer is 1 away, and so is the next unit."""

WIDEST = (3.0, 9.0)
"""The line of the largest weight in a network of many weights, and in one of few, in pixels."""

WIDEST_RING = 6.0
"""The ring of the largest bias, in pixels."""

SIGNS = (NEGATIVE, POSITIVE, BACKGROUND)
"""The colours of negative numbers, of positive ones, and of those that aren't finite."""

LARGEST = 127
NOT_FINITE = -128

STEPS_WITHIN = 0.98
"""The share of the steps whose largest number is no larger than what the widest line stands for."""


class NetworkNumbers(NamedTuple):
    """A network of U units, E weights and B biases laid out, and their numbers at each step.

    Attributes:
        what: the numbers' name.
        places: (U, 2), the middles of the units; unit_names: (U,).
    XX        ends: (E, 2, 2), of the lines from unit to unit; edge_names: (E,).
        edges: (steps + 1, E) int8; biases: (steps + 1, B) int8, of all units but the inputs, see ``quantise_sizes``.
        values: (steps + 1, U), what is written on each unit.
        most: the size of number that the widest line stands for.
        output: a map for each unit.
        chosen: the row that is the chosen one, of the edges and then of the units.
    """

    what: str
    places: Array
    unit_names: Sequence[str]
    input_names: Sequence[str]
    layer_names: Sequence[str]
    ends: Array
    edge_names: Sequence[str]
    edges: NDArray[np.int8]
    biases: NDArray[np.int8]
    values: Array | None
    most: float
    output: ColourMaps
    chosen: int | None


def gather_network(
    sizes: Sequence[int],
    input_names: Sequence[str],
    edges: Array,
    biases: Array,
    output: Array,
    since: Sequence[int],
    *,
    what: str = "weight",
    values: Array | None = None,
    edge_names: Sequence[str] = (),
    unit_names: Sequence[str] = (),
    layer_names: Sequence[str] = (),
    chosen: int | None = None,
) -> NetworkNumbers:
    """The numbers of ``network_figure``.

    Args:
        sizes: (L,), how many units each layer has, the inputs first; input_names: of those.
        edges: (steps + 1, E), a number for each weight, such as its gradient, in torch's order: layer by layer, and in
            each the weights of the first unit, one for each unit below.
        biases: (steps + 1, B), one for each unit but the inputs.
        output: (K, U, rows, columns), what each unit puts out at the middles of cells over the plane, see
            ``cell_middles``; each is coloured by its own largest size. One row of cells for a network of one input.
        since: (K,), from which step on each output is drawn.
        what: the numbers' name.
        values: (steps + 1, U), to be written on the units, such as what each puts out at one point.
        edge_names, unit_names: torch's names or numbers; layer_names: without any, the inputs, the hidden ones, and the
            output.
        chosen: the row that is the chosen one, of the edges and then of the units.
    """
    places = place_units(sizes)
    most = _largest(np.concatenate([edges, biases], 1))
    return NetworkNumbers(
        what=what,
        places=places,
        unit_names=unit_names or [f"unit {i}" for i in range(sum(sizes))],
        input_names=input_names,
        layer_names=layer_names or ["inputs", *(f"hidden {i + 1}" for i in range(len(sizes) - 2)), "output"],
        ends=join_units(sizes, places),
        edge_names=edge_names or [f"weight {i}" for i in range(edges.shape[1])],
        edges=quantise_sizes(edges, most),
        biases=quantise_sizes(biases, most),
        values=values,
        most=most,
        output=ColourMaps(since, quantise_signed(output, _strongest(output)), SIGN_HUES),
        chosen=chosen,
    )


def _strongest(output: Array) -> Array:
    """The largest size of each unit's output (K, U, rows, columns), as (U, 1, 1); 1 for one that puts out nothing."""
    with np.errstate(all="ignore"):
        sizes = np.where(np.isfinite(output), np.abs(output), 0).max((0, 2, 3))
    strongest: Array = np.where(sizes > 0, sizes, 1)[:, None, None]
    return strongest


def place_units(sizes: Sequence[int]) -> Array:
    """The middles of the units (U, 2), the first of a layer on top."""
    return np.array([(layer, (size - 1) / 2 - i) for layer, size in enumerate(sizes) for i in range(size)])


def join_units(sizes: Sequence[int], places: Array) -> Array:
    """From each unit to each in the layer above, in torch's order (E, 2, 2)."""
    layers = np.split(places, np.cumsum(sizes)[:-1])
    lines = [(one, unit) for below, above in pairwise(layers) for unit in above for one in below]
    return np.array(lines).reshape(-1, 2, 2)


def _largest(values: Array) -> float:
    """The largest size at nearly all steps, of values (steps + 1, n): a run that diverges flattens nothing."""
    finite = np.isfinite(values)
    largest = np.where(finite, np.abs(values), 0).max(1, initial=0.0)[finite.any(1)]
    return float(np.quantile(largest, STEPS_WITHIN, method="lower")) or 1.0 if largest.size else 1.0


def quantise_sizes(values: Array, most: float) -> NDArray[np.int8]:
    """Signs, with the square roots of sizes, of which ``most`` and more are 127; -128 for what isn't finite.

    Lines whose width grows with the square root show the smaller ones, too, as the arrows of other pictures do.
    """
    known = np.isfinite(values)
    sizes = LARGEST * np.sqrt(np.minimum(np.where(known, np.abs(values), 0.0) / most, 1.0))
    # What isn't 0 has a sign that is seen.
    sizes = np.maximum(sizes.round(), (sizes > 0).astype(float))
    return np.where(known, np.copysign(sizes, values), NOT_FINITE).astype(np.int8)


def describe_network(numbers: NetworkNumbers) -> str:
    """The alternative text of ``network_figure``."""
    layers = np.unique(numbers.places[:, 0], return_counts=True)[1].tolist()
    counts = [f"{name}: {format_count(count, 'unit')}" for name, count in zip(numbers.layer_names, layers, strict=True)]
    return (
        f"The network, layer by layer ({', '.join(counts)}). Each unit shows its output over the plane, and each line "
        f"the {numbers.what} of an edge at the cursor: red below 0, blue above, and the wider the larger. "
        "A ring does so for a unit's bias. A click chooses an edge or a unit, and so do the keys N and P."
    )


def network_figure(numbers: NetworkNumbers) -> Figure:
    """The units with their output, the edges and biases in two colours and as wide as they are large, at the cursor."""
    above_inputs = numbers.places[len(numbers.input_names) :]
    edges = _links(numbers.ends, numbers.edges)
    units = make_maps(numbers.output, numbers.places, UNIT, is_square=True)
    traces = [
        _choosable(edges, numbers.edge_names, 0, numbers.chosen),
        _choosable(units, numbers.unit_names, len(numbers.ends), numbers.chosen),
        _rings(above_inputs, numbers.biases),
        *([] if numbers.values is None else [_values(numbers.places, numbers.values)]),
        *_legend(numbers),
    ]
    last, highest = numbers.places.max(0)
    shared = {"showgrid": False, "zeroline": False}
    ticks = {"tickvals": np.arange(last + 1), "ticktext": list(numbers.layer_names)}
    layout = {
        "xaxis": make_axis("layer", (-0.6, last + 0.4), **shared, **ticks),
        "yaxis": make_axis("unit", (-highest - 0.6, highest + 0.6), **shared, visible=False),
        "annotations": [_name(name, place) for name, place in zip(numbers.input_names, numbers.places, strict=False)],
    }
    return make_figure(traces, layout)


def _name(name: str, place: Array) -> dict[str, Any]:
    """An input's name, beside it."""
    x, y = place.tolist()
    return {"text": name, "x": x - UNIT[0] / 2, "y": y, "xanchor": "right", "showarrow": False}


def _rings(places: Array, sizes: NDArray[np.int8]) -> Trace:
    """Rings around units at places (n, 2) of sizes (steps + 1, n)."""
    x, y = places.T
    return make_markers(x, y, INVISIBLE, rings(SIGNS, WIDEST_RING, UNIT)) | {"customdata": sizes.ravel()}


def _values(places: Array, values: Array) -> Trace:
    """Numbers (steps + 1, U) on units at places (U, 2)."""
    x, y = places.T
    return make_markers(x, y, INVISIBLE, figures(UNIT)) | {"customdata": float32(values).ravel()}


def _links(ends: Array, sizes: NDArray[np.int8]) -> Trace:
    """Lines between ends (n, 2, 2) of sizes (steps + 1, n)."""
    gap = np.full((len(ends), 1, 2), np.nan)
    x, y = np.concatenate([ends, gap], 1).reshape(-1, 2).T
    return make_line(x, y, BACKGROUND, links(SIGNS, _widest(len(ends)))) | {"customdata": sizes.ravel()}


def _widest(count: int) -> float:
    """The line of the largest of so many weights."""
    return float(np.clip(60 / np.sqrt(count), *WIDEST))


def _choosable(trace: Trace, names: Sequence[str], first: int, chosen: int | None) -> Trace:
    return trace | {"meta": trace["meta"] | choices(first, chosen), "text": list(names)}


def _legend(numbers: NetworkNumbers) -> list[Trace]:
    """What the colours and the width stand for."""
    nowhere = np.full(1, np.nan)
    entries = [
        (f"{numbers.what} < 0", NEGATIVE, 4.0),
        (f"{numbers.what} > 0", POSITIVE, 4.0),
        (f"largest: {format_number(numbers.most, 3)}", BACKGROUND, _widest(len(numbers.ends))),
    ]
    return [make_line(nowhere, nowhere, colour, name=name, width=width) for name, colour, width in entries]
