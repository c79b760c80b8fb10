"""The pictures of a race over its parameters: the curve, or the contours and the surface."""

import math
from dataclasses import replace
from functools import cache, partial

import numpy as np
import torch

from playground.analysis.curvature import trace_outlines
from playground.analysis.landscape import LossSurface, Plane
from playground.engine.optimizers import OPTIMIZERS
from playground.figures import (
    BATCH_GRADIENT,
    ELLIPSE_POINTS,
    Array,
    ContourNumbers,
    contour_figure,
    curve_figure,
    gather_contours,
    gather_curve,
    gather_surface,
    surface_figure,
)
from playground.labs.shared.evaluate import along
from playground.labs.shared.race.region import PlotRegion, has_directions, name_plane, name_slices
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.state import MAX_VARIABLES
from playground.labs.shared.race.surfaces import count_coarse_points, has_surfaces, is_heavy, make_surfaces, surfaces_of
from playground.labs.shared.race.words import point
from playground.player import Board, Drawing, Panel

CURVE_POINTS = 401


def picture_panels(results: RaceResults, region: PlotRegion) -> list[Panel | Board]:
    """The loss over one parameter, or over two."""
    if region.plane is None:
        return [_curve_panel(results, region)]
    pick = "A click sets the start." if len(results.names) == 2 else "A click sets the start, in this plane."
    contours, surface = plane_panels(results, region, region.plane, has_outlines=True)
    said = f"{contours.description} of the selected runner also the curvature at the cursor. {pick}"
    return [replace(contours, description=said, pickable=True, draggable=True, zoomable=True), surface]


def _curve_panel(results: RaceResults, region: PlotRegion) -> Panel:
    return Panel(
        "curve",
        f"Loss over {results.names[0]}",
        partial(_curve, results, region),
        f"The loss over {results.names[0]} with {describe_paths(results)}, and the tangent at the cursor. "
        "A click sets the start.",
        ending=describe_ends(results),
        tab="Curve",
        pickable=True,
        draggable=True,
    )


def _curve(results: RaceResults, region: PlotRegion) -> Drawing:
    x = torch.linspace(*region.frame[0], CURVE_POINTS, dtype=torch.float64)
    y = along(x[:, None], results.objective.cost, results.objective.loss)
    minima = np.zeros((0, 2))
    if results.known is not None:
        points = results.known.points[:, 0]
        minima = np.column_stack([points, torch.full_like(points, results.known.loss)])
    xs = [results.long(run.parameters[:, 0]) for run in results.runs]
    runners = results.paths(xs, [results.long(run.losses) for run in results.runs])
    slopes = results.long(results.run.gradients[:, 0])
    return curve_figure(gather_curve(results.names[0], x.numpy(), y.numpy(), runners, slopes, results.selected, minima))


def plane_panels(
    results: RaceResults,
    region: PlotRegion,
    plane: Plane,
    *,
    has_outlines: bool = False,
    coarse: bool = False,
) -> tuple[Panel, Panel]:
    """The loss over a plane, as contours and as a surface.

    Args:
        results: of the race; region: where it is seen; plane: its plane.
        has_outlines: whether the contours show the curvature in the plane along the selected run.
        coarse: whether a coarse surface will do, where there is none yet.
    """
    paths = describe_paths(results)

    @cache  # both pictures are of the same numbers, and the scale's too
    def numbers() -> ContourNumbers:
        return _gather(results, region, plane, has_outlines=has_outlines, coarse=coarse)

    contours = Panel(
        "contours",
        f"Loss over {name_plane(plane)}",
        lambda: contour_figure(numbers()),
        f"Contours of the loss over {name_plane(plane)} with {paths}, and of the selected runner the "
        "gradient and the next step;",
        ending=describe_ends(results),
        scale=lambda: "linear" if numbers().colours.ticks is None else "log",
        tab="Contours",
    )
    told = f"The loss as a surface with {paths} lying on it. Drag to turn."
    return contours, Panel(
        "surface",
        "Loss surface",
        lambda: _surface(results, plane, numbers()),
        told,
        ending=describe_ends(results),
        tab="Surface",
    )


def _gather(
    results: RaceResults, region: PlotRegion, plane: Plane, *, has_outlines: bool, coarse: bool
) -> ContourNumbers:
    """The numbers of the contours; for the arguments see ``plane_panels``."""
    problem = results.state.race.problem
    is_coarse = (coarse or is_heavy(problem)) and not has_surfaces(problem, region)
    coarse_points = count_coarse_points(problem, region)
    surfaces = make_surfaces(problem, region, coarse_points) if is_coarse else surfaces_of(problem, region)
    coordinates = [results.long(plane.coordinates(run.parameters)) for run in results.runs]
    xs, ys = ([one[:, axis] for one in coordinates] for axis in (0, 1))
    outlines = None
    if has_outlines:
        hessians = plane.directions @ results.curved.hessians @ plane.directions.mT
        outlines = results.long(trace_outlines(hessians, ELLIPSE_POINTS))
    return gather_contours(
        [LossSurface(plane.names, one.x, one.y, one.z) for one in surfaces],
        results.paths(xs, ys),
        results.selected,
        results.long(results.run.gradients @ plane.directions.mT),
        np.zeros((0, 2)) if results.known is None else plane.coordinates(results.known.points).numpy(),
        states=_state_arrows(results, plane),
        shapes=outlines,
        scale=results.colours,
        slices=name_slices(results.names, region),
        others=_other_starts(results, plane),
    )


def _surface(results: RaceResults, plane: Plane, numbers: ContourNumbers) -> Drawing:
    surface = gather_surface(numbers, [results.long(run.losses) for run in results.runs])
    if has_directions(plane, results.names):  # in space there is no room for what the directions are
        surface = surface._replace(names=("1st direction", "2nd direction"))
    return surface_figure(surface)


def _other_starts(results: RaceResults, plane: Plane) -> Array:
    """Starts that are shown beside those of the runs, in the plane: (K, 2)."""
    others = results.state.other_starts
    if not others:
        return np.zeros((0, 2))
    found: Array = plane.coordinates(torch.tensor(others, dtype=torch.float64)).numpy()
    return found


def _state_arrows(results: RaceResults, plane: Plane) -> list[tuple[str, Array]]:
    """What the selected runner's optimizer keeps as vectors, and its gradients with their noise."""
    states = OPTIMIZERS[results.runner.optimizer].active_states(dict(results.runner.settings))
    # Beside the step from a point stands what that step makes of the states.
    after = {state.symbol: torch.full_like(results.run.parameters, math.nan) for state in states if state.is_vector}
    for state in states:
        if state.is_vector:
            after[state.symbol][:-1] = results.run.states[state.key][1:]
    found: list[tuple[str, Array]] = [
        (symbol, results.long(vectors @ plane.directions.mT)) for symbol, vectors in after.items()
    ]
    if not torch.equal(results.run.step_gradients, results.run.gradients):
        name = "noisy gradient" if results.run.batches is None else BATCH_GRADIENT
        found.insert(0, (name, results.long(results.run.step_gradients @ plane.directions.mT)))
    return found


def describe_paths(results: RaceResults) -> str:
    """The runs and where they begin, for a description."""
    several = "s" if len(results.runs) > 1 else ""
    if len(results.names) > MAX_VARIABLES:
        return f"the path{several} of {'; '.join(results.labels)}"
    each = [f"{label} from {point(run, 0)}" for label, run in zip(results.labels, results.runs, strict=True)]
    return f"the path{several} of {'; '.join(each)}"


def describe_ends(results: RaceResults) -> str:
    """Where the runs end, for a description."""
    if len(results.names) > MAX_VARIABLES:
        return ""
    each = [f"{label} ends at {point(run, -1)}" for label, run in zip(results.labels, results.runs, strict=True)]
    return f"{'; '.join(each)}."
