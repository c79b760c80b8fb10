"""The axes of all pictures."""

from typing import Any

import numpy as np

from playground.analysis.frames import MAX_ASPECT_RATIO, round_step
from playground.figures.arrays import Array, Range
from playground.figures.loss_colours import Scale
from playground.numerals import format_number

LONG_AXIS = 2.0
"""Powers of ten beyond which a logarithmic axis is labelled by decades alone."""

SMALLEST_SPAN = 1e-300
"""A logarithmic axis over less than this, or over more than floats hold, has Plotly's own ticks."""

NOWHERE_FINITE = "Nothing has a finite value here"

CAMERA = {"eye": {"x": 1.4, "y": -1.6, "z": 0.9}, "center": {"x": 0, "y": 0, "z": -0.26}}


def make_axis(title: str, bounds: Range, **more: Any) -> dict[str, Any]:
    """An axis with its title and its range; ``more`` is Plotly's."""
    return {"title": {"text": title}, "range": list(bounds), **more}


def make_log_ticks(bounds: Range) -> dict[str, Any]:
    """The ticks of a logarithmic axis, whose bounds are powers of ten: decades, on a short one 1-2-5 or even steps."""
    low, high = bounds
    if high - low > LONG_AXIS:
        return {"exponentformat": "power", "dtick": float(np.ceil((high - low) / 8))}
    with np.errstate(over="ignore"):
        first, last = np.float_power(10.0, bounds).tolist()
        values = np.outer(np.float_power(10.0, np.arange(np.floor(low), np.ceil(high))), [1, 2, 5]).ravel()
    if not SMALLEST_SPAN < last - first < np.inf:
        return {"exponentformat": "power"}
    values = values[(values >= first) & (values <= last)]
    if len(values) < 3:
        step = round_step((last - first) / 5)
        values = step * np.arange(np.ceil(first / step), np.floor(last / step) + 1)
    return {"tickvals": values, "ticktext": [format_number(value, 6) for value in values]}


def make_scaled_axis(title: str, scale: Scale, bounds: Range) -> dict[str, Any]:
    """A linear axis, or a logarithmic one whose bounds are powers of ten."""
    return make_axis(title, bounds, type=scale, **(make_log_ticks(bounds) if scale == "log" else {}))


def make_plane(names: tuple[str, str], x: Array, y: Array, z: Array) -> dict[str, Any]:
    """The layout of a plane with values z over x (columns,) and y (rows,).

    Spans of like size are drawn to one scale, so that a right angle looks like one.
    """
    spans = np.ptp(x), np.ptp(y)
    anchor = "x" if max(spans) / MAX_ASPECT_RATIO <= min(spans) else False
    return {
        "xaxis": make_axis(names[0], ends_of(x), constrain="domain"),
        "yaxis": make_axis(names[1], ends_of(y), constrain="domain", scaleanchor=anchor),
        "annotations": notes_on(z),
    }


def make_scene(
    names: tuple[str, str], x: Array, y: Array, z: Array, upright: dict[str, Any], camera: dict[str, Any] = CAMERA
) -> dict[str, Any]:
    """The layout of a surface in space, z over x (columns,) and y (rows,); ``upright`` is the third axis."""
    return {
        "scene": {
            "xaxis": make_axis(names[0], ends_of(x)),
            "yaxis": make_axis(names[1], ends_of(y)),
            "zaxis": upright,
            "aspectmode": "manual",
            "aspectratio": {"x": 1.25, "y": 1.25, "z": 0.8},
            "camera": camera,
        },
        "annotations": notes_on(z),
    }


def ends_of(places: Array) -> Range:
    """The first and the last of places (n,)."""
    return float(places[0]), float(places[-1])


def notes_on(values: Array) -> list[dict[str, Any]]:
    """An annotation that says so where none of the values is finite."""
    return [] if np.isfinite(values).any() else [make_note(NOWHERE_FINITE)]


def make_note(text: str) -> dict[str, Any]:
    """A sentence in the middle of the picture."""
    return {"text": text, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
