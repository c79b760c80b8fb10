"""Points of several classes on what a classifier puts out over their plane, with the boundary between the classes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.figures.arrays import Array, Range
from playground.figures.axes import make_axis
from playground.figures.colour_maps import (
    OPACITY,
    ColourMaps,
    make_boundaries,
    make_maps,
    quantise_classes,
    quantise_signed,
)
from playground.figures.cursor import ALL, EDITED, add_like
from playground.figures.palette import BACKGROUND, CLASS_SYMBOLS, CLASSES, INVISIBLE, RIM, faint
from playground.figures.points import MOST_POINTS, marker_size, pick_evenly
from playground.figures.traces import (
    Figure,
    Trace,
    make_figure,
    make_markers,
)
from playground.numerals import format_count

NOWHERE = np.full(1, np.nan)
POINT_RIM = (RIM, 1.5)


class BoundaryNumbers(NamedTuple):
    """Classified points (N,), and the colour map under them.

    Attributes:
        names: of the axes; class_names: in the legend.
        points: (N, 2), those that are drawn; classes: (N,), from 0; held_out: (N,) bool.
        editable: whether each point of the data is among them, in its order.
        added: the class of a point that a person adds.
        output: the map; span: the outputs that stand for two classes, None for more, of each of which it has the
            probability.
        x_range, y_range: the axes.
    """

    names: tuple[str, str]
    class_names: Sequence[str]
    points: Array
    classes: NDArray[np.intp]
    held_out: NDArray[np.bool_]
    editable: bool
    added: int
    output: ColourMaps
    span: Range | None
    x_range: Range
    y_range: Range


def gather_boundary(
    output: Array,
    since: Sequence[int],
    x_range: Range,
    y_range: Range,
    points: Array,
    classes: NDArray[np.intp],
    *,
    held_out: NDArray[np.bool_] | None = None,
    names: tuple[str, str] = ("x", "y"),
    class_names: Sequence[str] = (),
    span: Range = (0.0, 1.0),
    added: int = 0,
) -> BoundaryNumbers:
    """The numbers of ``boundary_figure``.

    Args:
        output: (K, rows, columns), one number that decides between two classes; or (K, rows, columns, C), the
            probabilities of C classes. At the middles of the cells, see ``cell_middles``, the lowest y first.
        since: (K,), from which step on each is drawn.
        x_range, y_range: what the map covers, and the axes.
        points: (N, 2); classes: (N,), from 0; held_out: (N,).
        class_names: the classes' numbers, without any.
        span: the outputs that stand for the first and for the second of two classes; the boundary is in the middle.
        added: the class of a point that a person adds.
    """
    is_one = output.ndim == 3
    count = 2 if is_one else output.shape[-1]
    middle, reach = (span[0] + span[1]) / 2, (span[1] - span[0]) / 2
    pixels = quantise_signed(output - middle, reach) if is_one else quantise_classes(output)
    places = pick_evenly(len(points), MOST_POINTS) if len(points) else np.zeros(0, int)
    return BoundaryNumbers(
        names=names,
        class_names=class_names or [f"class {i}" for i in range(count)],
        points=points[places],
        classes=classes[places],
        held_out=np.zeros(len(places), bool) if held_out is None else held_out[places],
        editable=len(places) == len(points),
        added=added,
        output=ColourMaps(since, pixels[:, None], CLASSES[:count]),
        span=span if is_one else None,
        x_range=x_range,
        y_range=y_range,
    )


def describe_boundary(numbers: BoundaryNumbers) -> str:
    """The alternative text of ``boundary_figure``."""
    names = ", ".join(numbers.class_names)
    held_out = f", {numbers.held_out.sum()} of them held out" if numbers.held_out.any() else ""
    return (
        f"{format_count(len(numbers.points), 'point')} of the classes {names}{held_out}, on the network's output at "
        f"the cursor over {numbers.names[0]} and {numbers.names[1]}: the colour of the likeliest class, the stronger "
        "the surer, and the boundary between them."
    )


def boundary_figure(numbers: BoundaryNumbers) -> Figure:
    """The map at the cursor, the boundary on it, and above both the points, hollow where they are held out."""
    (left, right), (low, high) = numbers.x_range, numbers.y_range
    middle = np.array([[(left + right) / 2, (low + high) / 2]])
    size = right - left, high - low
    traces = [
        make_maps(numbers.output, middle, size),
        make_boundaries(numbers.output, middle, size, "boundary"),
        *(_entry(name, *look) for name, *look in zip(numbers.class_names, CLASSES, CLASS_SYMBOLS, strict=False)),
        *([_entry("held out", BACKGROUND, "circle-open")] if numbers.held_out.any() else []),
        *([] if numbers.span is None else [_colour_bar(numbers.span)]),
        *_points(numbers),
    ]
    layout = {
        "xaxis": make_axis(numbers.names[0], numbers.x_range),
        "yaxis": make_axis(numbers.names[1], numbers.y_range),
    }
    return make_figure(traces, layout)


def _entry(name: str, colour: str, symbol: str) -> Trace:
    """An entry of the legend for points, which are all in one trace."""
    return make_markers(NOWHERE, NOWHERE, colour, name=name, size=11, symbol=symbol, rim=POINT_RIM)


def _colour_bar(span: Range) -> Trace:
    """The colours between two classes, with the outputs that they stand for."""
    first, second = (faint(hue, OPACITY) for hue in CLASSES[:2])
    colours = [[0.0, first], [0.5, faint(CLASSES[0], 0.0)], [0.5, faint(CLASSES[1], 0.0)], [1.0, second]]
    bar = {
        "color": [sum(span) / 2],
        "colorscale": colours,
        "cmin": span[0],
        "cmax": span[1],
        "showscale": True,
        "colorbar": {"title": {"text": "output"}, "thickness": 12, "outlinewidth": 0, "x": 1.01, "xpad": 2, "ypad": 0},
    }
    return make_markers(NOWHERE, NOWHERE, INVISIBLE) | {"marker": bar}


def _points(numbers: BoundaryNumbers) -> list[Trace]:
    """One trace whose points can be edited, or one for each look."""
    looks = np.stack([numbers.classes, numbers.held_out], -1)
    x, y = numbers.points.T
    if not numbers.editable:
        alike = [(look, (looks == look).all(-1)) for look in np.unique(looks, axis=0)]
        return [make_markers(x[where], y[where], meta=ALL, **_look(numbers, *look)) for look, where in alike]
    each = [_look(numbers, *look) for look in looks]
    marker: dict[str, Any] = {"size": marker_size(len(x)), "rim": POINT_RIM}
    marker |= {name: [one[name] for one in each] for name in ("colour", "symbol")}
    added = make_markers(NOWHERE, NOWHERE, **_look(numbers, numbers.added, False))["marker"]
    return [make_markers(x, y, meta=EDITED | add_like(added), **marker)]


def _look(numbers: BoundaryNumbers, its_class: int, is_held_out: bool) -> dict[str, Any]:
    """A point's marker."""
    symbol = CLASS_SYMBOLS[its_class] + ("-open" if is_held_out else "")
    return {"colour": CLASSES[its_class], "symbol": symbol, "size": marker_size(len(numbers.points)), "rim": POINT_RIM}
