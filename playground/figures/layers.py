"""How the weights, gradients or activations of each layer are spread, at the cursor.

What is one number for each layer and step, such as the norm of a layer's gradient, is drawn by ``lines_figure``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playground.analysis.frames import round_outwards
from playground.figures.arrays import Array, Range, finite_range, float32, pad
from playground.figures.axes import make_axis
from playground.figures.cursor import rows_since
from playground.figures.palette import PARTS
from playground.figures.traces import (
    Figure,
    make_figure,
    make_line,
)

BINS = 30

TAIL = 0.005
"""The share of all values at either end that may lie beyond the axis: a run that diverges flattens nothing."""


class HistogramNumbers(NamedTuple):
    """Histograms that follow the cursor.

    Attributes:
        title: what is spread; names: of the layers.
        edges: (bins + 1,), of the bins of all layers and frames.
        shares: of each layer, (K, bins), the share of its values that lie in each bin.
        since: (K,), from which step on each is drawn.
        y_range: the upright axis.
    """

    title: str
    names: Sequence[str]
    edges: Array
    shares: list[Array]
    since: Sequence[int]
    y_range: Range


def gather_histograms(
    title: str, names: Sequence[str], values: Sequence[Array], since: Sequence[int], bins: int = BINS
) -> HistogramNumbers:
    """The numbers of ``histogram_figure``.

    Args:
        title: what is spread, such as "weight".
        names: of the layers.
        values: of each layer, (K, n): n may differ from layer to layer. What isn't finite is in no bin.
        since: (K,), from which step on each is drawn.
    """
    edges = np.linspace(*_ends(np.concatenate([one.ravel() for one in values])), bins + 1)
    shares = [np.array([_shares(row, edges) for row in one]) for one in values]
    highest = max(float(one.max(initial=0.0)) for one in shares) or 1.0
    return HistogramNumbers(title, names, edges, shares, since, (0.0, 1.05 * highest))


def _ends(values: Array) -> Range:
    """Of all bins: around nearly all finite values."""
    finite = values[np.isfinite(values)]
    seen = np.quantile(finite, [TAIL, 1 - TAIL]) if finite.size else finite
    return round_outwards(*pad(*finite_range(seen), 0.02, 0.5))


def _shares(values: Array, edges: Array) -> Array:
    """The share of values (n,) in each bin; those beyond the ends are in the outermost ones."""
    finite = values[np.isfinite(values)]
    counts, _ = np.histogram(finite.clip(edges[0], edges[-1]), edges)
    return counts / max(1, values.size)


def histogram_figure(numbers: HistogramNumbers) -> Figure:
    """Each layer's histogram at the cursor, as an outline: several can be compared."""
    x = np.repeat(numbers.edges, 2)
    traces = [
        make_line(x, _outline(shares), PARTS[i], rows_since(numbers.since), name=name)
        for i, (name, shares) in enumerate(zip(numbers.names, numbers.shares, strict=True))
    ]
    bounds = float(numbers.edges[0]), float(numbers.edges[-1])
    layout = {"xaxis": make_axis(numbers.title, bounds), "yaxis": make_axis("share", numbers.y_range)}
    return make_figure(traces, layout)


def _outline(shares: Array) -> Array:
    """From the axis up and along the top of each bin (K, bins), and down again: (K, 2 bins + 2)."""
    return float32(np.pad(np.repeat(shares, 2, 1), ((0, 0), (1, 1))))
