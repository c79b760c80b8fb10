"""Colours for losses: logarithmic where they are positive and span much, linear otherwise."""

from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from playground.analysis.frames import round_step
from playground.figures.arrays import Array
from playground.numerals import format_number

Scale: TypeAlias = Literal["log", "linear"]
ColourScale: TypeAlias = Literal["auto", "log", "linear"]

SCALES: tuple[ColourScale, ...] = ("auto", "log", "linear")
"""How losses are coloured; log is of the loss above the least one drawn, if that isn't positive."""

COLOUR_MAP = "Viridis"
"""Perceptually uniform (van der Walt and Smith 2015)."""

LOW_IS_BRIGHT = True
"""Low losses are the bright end, on a light page as on a dark one: a class speaks of one picture."""

LOG_FROM = 50.0
"""From this ratio of largest to smallest on, equal colour steps are equal factors."""

LEAST = 1e-12
"""The part of the span of losses that the logarithm above the least one begins with."""

LOW_SHARE = 0.01
"""The share of losses below the low end of logarithmic colours: a grid point on a minimum may be as low as rounding."""

DEFAULT_SPAN = 100.0
"""From this ratio of the largest loss to the one that a tenth lies below, the default scale is logarithmic."""


def default_scale(losses: Array) -> Scale:
    """The scale on which losses of any shape, and a surface as high as they are, can best be seen."""
    finite = losses[np.isfinite(losses)]
    if not finite.size or finite.min() < 0:
        return "linear"
    low = float(np.quantile(finite, 0.1))
    return "log" if low > 0 and float(finite.max()) > DEFAULT_SPAN * low else "linear"


class LossColours(NamedTuple):
    """What a colour bar needs.

    Attributes:
        values: the losses, or their log10, of the losses' shape; NaN where a loss isn't finite.
        ticks: positions on the scale of ``values``; labels: what stands there, in losses.
        title: of the colour bar.
        base: what is subtracted before the logarithm; least: what is left at least, so that a loss below all of the
            surface's stands at its bottom.
        low: where the colours begin, on the scale of ``values``: a few lowest ones may lie below it.
    """

    values: Array
    ticks: Array | None
    labels: list[str] | None
    title: str = "loss"
    base: float = 0.0
    least: float = 0.0
    low: float | None = None

    def scaled(self, losses: Array) -> Array:
        """Losses of any shape on the scale of ``values``; NaN where one isn't finite."""
        finite = np.isfinite(losses)
        if self.ticks is None:
            return np.where(finite, losses, np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            above = np.log10(np.maximum(losses.astype(np.float64) - self.base, self.least))
        return np.where(finite & np.isfinite(above), above, np.nan)


def colour_losses(losses: Array, scale: ColourScale = "auto") -> LossColours:
    """The colour scale of a surface's losses, of any shape."""
    finite = losses[np.isfinite(losses)].astype(np.float64)
    plain = LossColours(np.where(np.isfinite(losses), losses, np.nan), None, None)
    if scale == "linear" or finite.size == 0 or finite.min() == finite.max():
        return plain
    low, high = float(finite.min()), float(finite.max())
    if scale == "auto" and (low <= 0 or high / LOG_FROM < low):
        return plain
    base = min(low, 0.0)
    # The values themselves, not a step above each: only the least one has no logarithm.
    least = low if low > 0 else LEAST * (high - base)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.maximum(losses.astype(np.float64) - base, least)
        values = np.where(np.isfinite(losses), np.log10(above), np.nan)
    first, last = float(np.nanquantile(values, LOW_SHARE)), float(np.nanmax(values))
    if first == last:
        first = float(np.nanmin(values))
    ticks = _round_ticks(first, last)
    labels = [format_number(10.0**tick, 5) for tick in ticks]
    title = f"loss − ({format_number(base, 3)})" if base else "loss"
    return LossColours(values, ticks, labels, title, base, least, first)


def _round_ticks(first: float, last: float) -> Array:
    """Whole powers of ten; where there are no two to read the others off, 1-2-5 or even steps, in losses."""
    every = max(1.0, np.ceil((last - first) / 8))
    decades = np.arange(np.ceil(first), np.floor(last) + 1, every)
    if len(decades) >= 2:
        return decades
    low, high = 10.0**first, 10.0**last
    values = np.outer(10.0 ** np.arange(np.floor(first), np.ceil(last)), [1, 2, 5]).ravel()
    values = values[(low <= values) & (values <= high)]
    if len(values) < 3 and low < high:
        step = round_step((high - low) / 5)
        values = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    return np.log10(values)
