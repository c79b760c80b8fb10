"""A Jacobian as a heat map."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playground.figures.arrays import Array, largest_size
from playground.figures.traces import (
    Figure,
    make_figure,
)

MOST_WRITTEN = 100
"""Entries up to which each has its number written on it."""


class JacobianNumbers(NamedTuple):
    """A matrix of derivatives.

    Attributes:
        entries: (M, N), a row for each component of the value; NaN where one isn't finite.
        outputs, inputs: what its rows and columns are called.
        most: the largest size of an entry: the colours go from there below 0 to there above it.
    """

    entries: Array
    outputs: Sequence[str]
    inputs: Sequence[str]
    most: float


def gather_jacobian(jacobian: Array, outputs: Sequence[str], inputs: Sequence[str]) -> JacobianNumbers:
    """The numbers of ``jacobian_figure``, of a matrix (M, N)."""
    entries = np.where(np.isfinite(jacobian), jacobian, np.nan)
    return JacobianNumbers(entries, outputs, inputs, largest_size(jacobian))


def jacobian_figure(numbers: JacobianNumbers) -> Figure:
    """The entries in colours; 0 has the colour of the middle."""
    heat = {
        "type": "heatmap",
        "z": numbers.entries,
        "x": list(numbers.inputs),
        "y": list(numbers.outputs),
        "zmin": -numbers.most,
        "zmax": numbers.most,
        "colorscale": "RdBu_r",
        "texttemplate": "%{z:.4~g}" if numbers.entries.size <= MOST_WRITTEN else "",
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"title": {"text": "∂"}, "thickness": 12},
        "hovertemplate": "∂%{y}/∂%{x} = %{z:.6g}<extra></extra>",
    }
    shared = {"type": "category", "showgrid": False}
    layout = {
        "xaxis": {"title": {"text": "with respect to"}, **shared},
        "yaxis": {"title": {"text": "derivative of"}, "autorange": "reversed", **shared},
    }
    return make_figure([heat], layout)
