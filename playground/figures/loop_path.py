"""The parameters' path over the loss, line by line of a training loop."""

from typing import NamedTuple

import numpy as np

from playground.analysis.landscape import LossSurface
from playground.figures.arrays import Array, Range, float32
from playground.figures.axes import ends_of, make_axis, make_plane, notes_on
from playground.figures.cursor import OPEN
from playground.figures.loss_colours import colour_losses
from playground.figures.palette import FUNCTION, RUN
from playground.figures.traces import (
    Figure,
    RunPath,
    make_contours,
    make_dotted_path,
    make_figure,
    make_line,
)
from playground.figures.visible_curve import cut_poles, visible_range


class LoopPathNumbers(NamedTuple):
    """The loss over two parameters, and the path over it."""

    surface: LossSurface
    path: RunPath


def gather_loop_path(surface: LossSurface, path: Array) -> LoopPathNumbers:
    """The numbers of ``loop_path_figure``, of a path (K + 1, 2)."""
    return LoopPathNumbers(surface, _path(*path.T))


def loop_path_figure(numbers: LoopPathNumbers) -> Figure:
    """Contours of the loss, with the path up to the cursor."""
    surface = numbers.surface
    x, y, z = surface.x.numpy(), surface.y.numpy(), float32(surface.z.numpy())
    contours = make_contours(surface.names, x, y, z, colour_losses(z))
    return make_figure([contours, *make_dotted_path(numbers.path)], make_plane(surface.names, x, y, z))


class LoopCurveNumbers(NamedTuple):
    """The loss over one parameter, and the path on it.

    Attributes:
        name: the parameter.
        x: (columns,); y: (columns,), the losses.
        path: the places and their losses.
        y_range: the upright axis.
    """

    name: str
    x: Array
    y: Array
    path: RunPath
    y_range: Range


def gather_loop_curve(name: str, x: Array, y: Array, places: Array, losses: Array) -> LoopCurveNumbers:
    """The numbers of ``loop_curve_figure``: the loss (columns,) over x (columns,), places and losses (K + 1,)."""
    seen = visible_range(y, [losses[0], losses[np.isfinite(losses)].min(initial=np.inf)])
    return LoopCurveNumbers(name, *cut_poles(x, y, seen), _path(places, losses), seen)


def loop_curve_figure(numbers: LoopCurveNumbers) -> Figure:
    """The loss as a curve, with the path up to the cursor."""
    curve = make_line(numbers.x, float32(numbers.y), FUNCTION, OPEN, name="loss")
    layout = {
        "xaxis": make_axis(numbers.name, ends_of(numbers.x)),
        "yaxis": make_axis("loss", numbers.y_range),
        "annotations": notes_on(numbers.y),
    }
    return make_figure([curve, *make_dotted_path(numbers.path)], layout)


def _path(x: Array, y: Array) -> RunPath:
    return RunPath("path", RUN, "circle", x, y)
