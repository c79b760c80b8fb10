"""Lines against the step: losses, learning rates, distances, parameters."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from playground.analysis.frames import round_outwards
from playground.figures.arrays import Array, Range, finite_range, pad
from playground.figures.axes import make_axis, make_scaled_axis
from playground.figures.loss_colours import Scale
from playground.figures.traces import (
    Figure,
    RunPath,
    Trace,
    make_figure,
    make_path,
    make_run_marker,
    on_top,
)

PADDING = 0.06
"""The empty part above and below, as a part of the height."""

FAR = {"linear": 10.0, "log": 100.0}
"""A line that goes beyond this many times what the lines begin with leaves the picture, if another one stays."""


BELOW_ZERO = " (linear: some are below 0)"
"""What stands at an axis that was to be logarithmic."""


class LinesNumbers(NamedTuple):
    """Lines against the step.

    Attributes:
        title: of the upright axis.
        paths: x is the step.
        scale: of the upright axis; y_range: in powers of ten if it is logarithmic.
        is_named: whether the legend names the lines.
        last: where the axis of the steps ends.
        x_title: what x is; note: what else stands at the upright axis.
    """

    title: str
    paths: list[RunPath]
    scale: Scale
    y_range: Range
    is_named: bool
    last: float
    x_title: str = "step"
    note: str = ""


def gather_lines(
    title: str, paths: list[RunPath], scale: Scale = "linear", *, is_named: bool = False, x_title: str = "step"
) -> LinesNumbers:
    """The numbers of ``lines_figure``; a logarithmic scale is linear where a value is negative, or none is positive."""
    every = np.concatenate([path.y for path in paths])
    note = ""
    if scale == "log" and (bool((every < 0).any()) or not bool((every > 0).any())):
        scale, note = "linear", BELOW_ZERO if bool((every < 0).any()) else ""
    shown = _near(paths, FAR[scale])
    if scale == "log":  # a loss of exactly 0 has no place on it
        shown = np.log10(shown[shown > 0])
    low, high = finite_range(shown)
    # A constant stands in the middle of an axis of its own size.
    y_range = round_outwards(*pad(low, high, PADDING, 0.5 if scale == "log" else abs(high) / 2 or 0.5))
    return LinesNumbers(title, paths, scale, y_range, is_named, float(paths[0].x[-1]) or 1.0, x_title, note)


def _near(paths: Sequence[RunPath], times: float) -> Array:
    """The finite values that the axis must hold: a line that leaves for far away doesn't flatten the others."""
    finite = [path.y[np.isfinite(path.y)] for path in paths]
    begun = [abs(float(values[0])) for values in finite if values.size]
    if not begun:
        return np.zeros(0)
    far = times * (max(begun) or 1.0)
    staying = [values for values in finite if values.size and float(np.abs(values).max()) <= far]
    every = np.concatenate(finite)
    return every[np.abs(every) <= far] if staying else every


def lines_figure(numbers: LinesNumbers, under: Sequence[Trace] = ()) -> Figure:
    """Each whole line faintly, up to the cursor in full, and its marker at the cursor; ``under`` lies below them."""
    traces = [*under]
    traces += [trace for path in on_top(numbers.paths) for trace in make_path(path, halo=False)]
    traces += [make_run_marker(path, is_named=numbers.is_named) for path in on_top(numbers.paths)]
    layout = {
        "xaxis": make_axis(numbers.x_title, (-0.02 * numbers.last, 1.02 * numbers.last)),
        "yaxis": make_scaled_axis(numbers.title + numbers.note, numbers.scale, numbers.y_range),
    }
    return make_figure(traces, layout)
