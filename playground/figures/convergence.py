"""How far differences lie from torch's slope, against their step h."""

from typing import NamedTuple

import numpy as np

from playground.figures.arrays import Array, Range
from playground.figures.axes import make_axis, make_note
from playground.figures.cursor import ALL, POINT
from playground.figures.palette import DIFFERENCES, RUN
from playground.figures.traces import (
    Figure,
    make_figure,
    make_line,
    make_markers,
)

ALL_EQUAL = "All differences equal torch's slope exactly"
NOTHING_TO_COMPARE = "Nothing to compare: the slope or the differences aren't finite"


class ConvergenceNumbers(NamedTuple):
    """Distances from torch's slope.

    Attributes:
        steps: (K,), the steps h.
        distances: by the differences' names, (K,) each; NaN where there is none, for 0 has no logarithm.
        decades: the powers of ten at the ends of the upright axis.
        note: what is said instead where there is nothing to draw; else empty.
    """

    steps: Array
    distances: dict[str, Array]
    decades: Range
    note: str


def gather_convergence(steps: Array, slopes: dict[str, Array], torch_slope: float) -> ConvergenceNumbers:
    """The numbers of ``convergence_figure``.

    Args:
        steps: (K,), the steps h.
        slopes: by name, (K,) slopes by differences; the first follows the cursor.
        torch_slope: what they are compared with.
    """
    with np.errstate(all="ignore"):
        away = {name: np.abs(one - torch_slope) for name, one in slopes.items()}
    distances = {name: np.where((one > 0) & np.isfinite(one), one, np.nan) for name, one in away.items()}
    every = np.concatenate(list(distances.values()))
    every = every[np.isfinite(every)]
    low, high = (float(every.min()), float(every.max())) if every.size else (1e-16, 1.0)
    decades = float(np.floor(np.log10(low))), float(np.ceil(np.log10(high)))
    if decades[1] - decades[0] < 2:  # one line, or none: in the middle
        decades = decades[0] - 1, decades[0] + 1
    any_equal = any(bool((one == 0).any()) for one in away.values())
    note = "" if every.size else ALL_EQUAL if any_equal else NOTHING_TO_COMPARE
    return ConvergenceNumbers(steps, distances, decades, note)


def convergence_figure(numbers: ConvergenceNumbers) -> Figure:
    """A line for each kind of differences, both axes logarithmic, with the cursor on the first."""
    steps, traces = numbers.steps, []
    for i, ((name, distances), colour) in enumerate(zip(numbers.distances.items(), DIFFERENCES, strict=False)):
        # The two sides of a kink are often as far away: dots let both be seen.
        is_last = i == len(DIFFERENCES) - 1
        line = make_line(steps, distances, colour, ALL, name=name, width=4 if is_last else 2, is_dotted=is_last)
        traces.append(line)
    traces.append(make_markers(steps, next(iter(numbers.distances.values())), RUN, POINT, size=13))
    first, last = float(np.log10(steps.max())), float(np.log10(steps.min()))
    low, high = numbers.decades
    layout = {
        "xaxis": make_axis("h", (first + 0.1, last - 0.1), type="log", autorange=False),
        "yaxis": make_axis("distance from torch's slope", (low, high + 0.2), type="log"),
        "annotations": [make_note(numbers.note)] if numbers.note else [],
    }
    return make_figure(traces, layout)
