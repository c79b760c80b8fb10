"""The loss over the region that is drawn: made once for all who look at the same, coarse first where it takes long."""

import math
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from playground.analysis.landscape import LossSurface, Progress, loss_surface, plane_surface
from playground.labs.shared.limits import COARSE_WORK, SURFACE_WORK
from playground.labs.shared.race.region import SLICE_POINTS, PlotRegion
from playground.labs.shared.race.state import Problem

SURFACE_POINTS = 81
"""Along each side of the drawn surface."""

DATA_POINTS = 61
"""Likewise of a loss on data: it is smoother than the gallery, and a dragged data point changes all of it."""

COARSE_POINTS = 15
"""Likewise of one that is shown while the whole one is made."""

FEWEST_POINTS = 5
"""However much each takes."""

HEAVY = 60_000_000
"""Operations for one surface from which on a coarser one is shown first."""

MAX_KEPT = 64
"""Surfaces, of all people together: some 30 to 250 kB each."""

_made: OrderedDict[Hashable, list[LossSurface]] = OrderedDict()
_lock = Lock()


def is_heavy(problem: Problem) -> bool:
    """Whether its surface takes so long that a coarser one is to be shown first."""
    return problem.objective.work * DATA_POINTS**2 > HEAVY


def has_surfaces(problem: Problem, region: PlotRegion) -> bool:
    """Whether they are there already."""
    return (problem, region.signature) in _made


def surfaces_of(problem: Problem, region: PlotRegion, progress: Progress | None = None) -> list[LossSurface]:
    """The surface over two parameters, or one for each slice.

    Args:
        problem: whose loss; region: where.
        progress: told of each part that is done, up to 1.
    """
    key = problem, region.signature
    found = _made.get(key)
    if found is None:
        found = make_surfaces(problem, region, count_points(problem, region), progress)
    with _lock:
        _made[key] = found
        _made.move_to_end(key)
        if len(_made) > MAX_KEPT:
            _made.popitem(last=False)
    return found


def count_points(problem: Problem, region: PlotRegion) -> int:
    """How many points a surface has along each side."""
    whole = SURFACE_POINTS if problem.objective.cost == 1 else DATA_POINTS
    most = SLICE_POINTS if len(region.slices) > 1 else whole
    return _affordable(problem, region, most, SURFACE_WORK)


def count_coarse_points(problem: Problem, region: PlotRegion) -> int:
    """Likewise of one that is shown first."""
    return _affordable(problem, region, COARSE_POINTS, COARSE_WORK)


def _affordable(problem: Problem, region: PlotRegion, most: int, work: int) -> int:
    """So many points along each side of all slices as an amount of work allows."""
    points = work // (problem.objective.work * max(1, len(region.slices)))
    return max(FEWEST_POINTS, min(most, math.isqrt(points)))


def make_surfaces(
    problem: Problem, region: PlotRegion, count: int, progress: Progress | None = None
) -> list[LossSurface]:
    """Likewise with so many points along each side."""
    objective, (x_range, y_range) = problem.objective, region.frame
    if not region.slices:
        x_name, y_name = objective.parameters
        return [loss_surface(objective, (x_name, *x_range, count), (y_name, *y_range, count), progress=progress)]
    made: list[LossSurface] = []
    for _, plane in region.slices:
        told = progress and (lambda part: progress((len(made) + part) / len(region.slices)))
        made.append(plane_surface(objective, plane, x_range, y_range, count, told))
    return made
