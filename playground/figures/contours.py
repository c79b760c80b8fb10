"""Runners on the contours of the loss over two directions, with the selected runner's arrows and curvature."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np

from playground.analysis.landscape import LossSurface
from playground.figures.arrays import Array, float32
from playground.figures.axes import make_plane
from playground.figures.cursor import HALO, OPEN, frames
from playground.figures.loss_colours import ColourScale, LossColours, colour_losses, default_scale
from playground.figures.palette import CURVATURE, GRADIENT, STATES, STEP
from playground.figures.traces import (
    Figure,
    RunPath,
    Trace,
    make_arrows,
    make_contours,
    make_figure,
    make_line,
    make_other_starts,
    make_path,
    make_run_marker,
    make_stars,
    on_top,
)
from playground.figures.words import says

BATCH_GRADIENT = "gradient of the batch"
"""The arrow that is drawn beside the full gradient's."""

ARROW_SHARE = 0.22
"""The length of the first gradient's arrow, as a part of the picture's height."""

ELLIPSE_SHARE = 0.13
"""The longest half axis of the ellipse, as a part of the picture's height."""

ELLIPSE_POINTS = 25


class Arrow(NamedTuple):
    """An arrow that follows the cursor: ``ends`` is (steps + 1, 2, 2), tail and tip; hidden ones wait in the legend."""

    name: str
    colour: str
    ends: Array
    is_hidden: bool = False


class Slice(NamedTuple):
    """One of several surfaces: the step from which on it is drawn, and what stands at its axes."""

    since: int
    x_name: str
    y_name: str


class ContourNumbers(NamedTuple):
    """A surface from above, and runners on it.

    Attributes:
        names: of the axes.
        x: (columns,); y: (rows,); z: (slices, rows, columns), the losses.
        colours: the colour scale of z.
        slices: since when each is drawn; one or none where the surface is the same at all steps.
        paths: each runner's.
        arrows: of the selected runner.
        ellipses: (steps + 1, ELLIPSE_POINTS, 2), the curvature around the selected runner's points; NaN leaves gaps.
        minima: (M, 2); others: (K, 2), starts that were tried elsewhere.
    """

    names: tuple[str, str]
    x: Array
    y: Array
    z: Array
    colours: LossColours
    slices: Sequence[Slice]
    paths: list[RunPath]
    arrows: list[Arrow]
    ellipses: Array | None
    minima: Array
    others: Array


def gather_contours(
    surfaces: Sequence[LossSurface],
    paths: list[RunPath],
    selected: int,
    gradients: Array,
    minima: Array,
    *,
    states: Sequence[tuple[str, Array]] = (),
    shapes: Array | None = None,
    scale: ColourScale = "auto",
    slices: Sequence[Slice] = (),
    others: Array | None = None,
) -> ContourNumbers:
    """The numbers of ``contour_figure``.

    Args:
        surfaces: what the runners are on, one for each of the slices, or one for all steps; paths: the runners'.
        selected: whose arrows are drawn.
        gradients: (steps + 1, 2), the selected runner's, in the plane; minima: (M, 2).
        states: of the selected runner, by their names, (steps + 1, 2) each.
        shapes: (steps + 1, ELLIPSE_POINTS, 2), its curvature's around 0, of longest half axis 1.
        scale: of the colours; slices, others: see ``ContourNumbers``.
    """
    surface = surfaces[0]
    z = float32(np.stack([one.z.numpy() for one in surfaces]))
    height = float(surface.y[-1] - surface.y[0])
    at = np.column_stack([paths[selected].x, paths[selected].y])
    return ContourNumbers(
        names=surface.names,
        x=surface.x.numpy(),
        y=surface.y.numpy(),
        z=z,
        colours=colour_losses(z, default_scale(z) if scale == "auto" else scale),
        slices=slices,
        paths=paths,
        arrows=_arrows(at, gradients, states, ARROW_SHARE * height),
        ellipses=None if shapes is None else at[:, None] + ELLIPSE_SHARE * height * shapes,
        minima=minima,
        others=np.zeros((0, 2)) if others is None else others,
    )


def _arrows(at: Array, gradients: Array, states: Sequence[tuple[str, Array]], length: float) -> list[Arrow]:
    """The arrows of a run through points (steps + 1, 2); the first gradient's has the given length."""
    steps = np.full((len(at), 2, 2), np.nan)
    steps[:, 0] = at
    steps[:-1, 1] = at[1:]
    return [
        Arrow("gradient ∇", GRADIENT, arrows_along(at, gradients, length)),
        Arrow("step", STEP, steps),
        *(
            Arrow(name, colour, arrows_along(at, vectors, length), is_hidden=name != BATCH_GRADIENT)
            for (name, vectors), colour in zip(states, cycle(STATES), strict=False)
        ),
    ]


def arrows_along(path: Array, vectors: Array, length: float) -> Array:
    """Arrows (steps + 1, 2, 2) from the points of a path along vectors, both (steps + 1, 2).

    The first has the given length, and the others grow with the square root of the vectors' lengths.
    """
    with np.errstate(all="ignore"):  # a run that diverges ends beyond the numbers, and is drawn as far as they go
        size = np.hypot(vectors[:, :1], vectors[:, 1:])
        first = size[0, 0] if 0 < size[0, 0] < np.inf else 1.0
        direction = np.where(size > 0, vectors / size, 0.0)
        tips = path + direction * length * np.sqrt(size / first)
    return np.stack([path, tips], 1)


def contour_figure(numbers: ContourNumbers) -> Figure:
    """Contours, each runner's path and marker, and the selected runner's arrows and curvature."""
    traces = [_contours(numbers)]
    for path in on_top(numbers.paths):
        traces += make_path(path)
    if numbers.ellipses is not None:
        x, y = np.moveaxis(float32(numbers.ellipses), -1, 0)
        traces.append(make_line(x, y, CURVATURE, HALO | OPEN, name="curvature", width=2))
    traces += map(_arrow, numbers.arrows)
    traces += map(make_run_marker, on_top(numbers.paths))
    if len(numbers.others):
        traces.append(make_other_starts(numbers.others))
    if len(numbers.minima):
        traces.append(make_stars(numbers.minima))
    titles = numbers.slices[0][1:] if numbers.slices else numbers.names
    return make_figure(traces, make_plane(titles, numbers.x, numbers.y, numbers.z))


def _arrow(arrow: Arrow) -> Trace:
    trace = make_arrows(
        float32(arrow.ends), arrow.colour, name=arrow.name, width=3.5, size=13, is_hidden=arrow.is_hidden
    )
    if not says(arrow.name):
        trace["meta"] |= {"says": f"{arrow.name}: what the optimizer keeps from one step to the next."}
    return trace


def _contours(numbers: ContourNumbers) -> Trace:
    """The contours; of several slices those of the first, with what is drawn from other steps on."""
    values, colours = numbers.colours.values, numbers.colours
    if len(numbers.slices) < 2:
        return make_contours(numbers.names, numbers.x, numbers.y, numbers.z[0], colours._replace(values=values[0]))
    # The ends of several surfaces' colours aren't those of the first, which may be nowhere finite.
    first = colours._replace(values=values[0], low=None)
    changing = slice_frames(numbers.slices, {"z": values, "customdata": numbers.z}, is_titled=True)
    contours = make_contours(numbers.names, numbers.x, numbers.y, numbers.z[0], first)
    return contours | _span(colours.low, values) | {"meta": changing}


def _span(low: float | None, values: Array) -> dict[str, float]:
    """The ends of the colours of several surfaces."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return {}
    return {"zmin": float(finite.min()) if low is None else low, "zmax": float(finite.max())}


def slice_frames(slices: Sequence[Slice], arrays: dict[str, Array], *, is_titled: bool) -> dict[str, Any]:
    """For a trace's meta: what of it changes as the cursor moves, see ``playground.figures.cursor``."""
    return frames(
        [one.since for one in slices],
        {name: list(float32(values)) for name, values in arrays.items()},
        [(one.x_name, one.y_name) for one in slices] if is_titled else None,
    )
