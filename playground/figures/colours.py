"""Colours for losses: logarithmic where they are positive and span much, linear otherwise."""

from typing import NamedTuple

import numpy as np

from playground.figures.cursor import Array

LOG_FROM = 50.0
"""From this ratio of largest to smallest on, equal colour steps are equal factors."""

COLOUR_MAP = "Viridis"
"""Perceptually uniform (van der Walt and Smith 2015); low losses are the bright end on a light page."""

THEMED = {"reversescale": {"light": True, "dark": False}}
"""For a trace's meta: which end of the colour map is the low one in each theme."""


class Colours(NamedTuple):
    """What a colour bar needs.

    Attributes:
        values: the losses, or their log10, of the losses' shape; NaN where a loss isn't finite.
        ticks: positions on the scale of ``values``; labels: what stands there, in losses.
    """

    values: Array
    ticks: Array | None
    labels: list[str] | None


def gather_colours(losses: Array) -> Colours:
    """The colour scale of a surface's losses, of any shape."""
    finite = losses[np.isfinite(losses)]
    if finite.size == 0 or finite.min() <= 0 or finite.max() / LOG_FROM < finite.min():
        return Colours(np.where(np.isfinite(losses), losses, np.nan), None, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(np.isfinite(losses), np.log10(losses), np.nan)
    decades = np.arange(np.ceil(np.log10(finite.min())), np.floor(np.log10(finite.max())) + 1)
    return Colours(values, decades, [f"{10.0**decade:g}" for decade in decades])
