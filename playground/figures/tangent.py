"""The curve of a function of one variable, its tangent at a point, and secants through both sides of it."""

from typing import NamedTuple

import numpy as np

from playground.figures.arrays import Array, Range, float32
from playground.figures.axes import ends_of, make_axis, notes_on
from playground.figures.cursor import ALL, OPEN
from playground.figures.palette import FUNCTION, RUN, SECANT
from playground.figures.traces import (
    Figure,
    make_figure,
    make_hover,
    make_line,
    make_markers,
)
from playground.figures.visible_curve import cut_poles, visible_range


class TangentNumbers(NamedTuple):
    """A curve, a tangent and secants.

    Attributes:
        name: the variable.
        x: (columns,); y: (columns,), the values.
        point: x and f(x).
        ends: (2,), between which the straight lines are drawn.
        tangent: (2,), its heights at the ends.
        secants: (K, 2), the heights of each step's secant; on: (K, 2, 2), where it meets the curve.
        y_range: the upright axis.
    """

    name: str
    x: Array
    y: Array
    point: tuple[float, float]
    ends: Array
    tangent: Array
    secants: Array
    on: Array
    y_range: Range


def gather_tangent(
    name: str, x: Array, y: Array, point: tuple[float, float], slope: float, on: Array
) -> TangentNumbers:
    """The numbers of ``tangent_figure``.

    Args:
        name: the variable.
        x: (columns,); y: (columns,), the values.
        point: x and f(x); slope: of the tangent, as torch has it.
        on: (K, 2, 2), for each step both points (x, f(x)) of its secant.
    """
    at, value = point
    ends = np.array(ends_of(x))
    seen = visible_range(y, [value])
    with np.errstate(all="ignore"):
        run, rise = (on[:, 1] - on[:, 0]).T
        middle = on.mean(1)
        secants = middle[:, 1:] + (rise / run)[:, None] * (ends - middle[:, :1])
        tangent = value + slope * (ends - at)
    return TangentNumbers(name, *cut_poles(x, y, seen), point, ends, tangent, secants, on, seen)


def tangent_figure(numbers: TangentNumbers) -> Figure:
    """The curve, the tangent at the point, and the secant through x - h and x + h at the cursor."""
    hover = make_hover((numbers.name, "x:.5g"), ("f", "y:.6g"))
    x, y = np.array([numbers.point]).T
    traces = [
        make_line(numbers.x, float32(numbers.y), FUNCTION, OPEN, name="f", hover=hover),
        make_line(numbers.ends, numbers.tangent, RUN, ALL | OPEN, name="tangent"),
        make_line(numbers.ends, numbers.secants, SECANT, OPEN, name="secant from x − h to x + h", width=2),
        make_markers(numbers.on[..., 0], numbers.on[..., 1], SECANT, size=9),
        make_markers(x, y, RUN, ALL, size=13),
    ]
    layout = {
        "xaxis": make_axis(numbers.name, ends_of(numbers.ends)),
        "yaxis": make_axis(f"f({numbers.name})", numbers.y_range),
        "annotations": notes_on(numbers.y),
    }
    return make_figure(traces, layout)
