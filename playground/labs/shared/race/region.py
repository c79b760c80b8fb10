"""Where a race is looked at: the plane, the ranges of its axes, and slices that follow the selected run."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

from playground.analysis.frames import UNDEFINED_REACH, frame_points
from playground.analysis.landscape import Plane, axis_plane, principal_plane
from playground.analysis.planes import CURVATURE_AXES, RANDOM_AXES
from playground.engine.trajectory import Trajectory
from playground.figures import Slice
from playground.labs.shared.evaluate import along
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.state import CURVATURE, FARTHEST, MAX_VARIABLES, PRINCIPAL, RANDOM, Region
from playground.labs.shared.view import Range
from playground.numerals import format_number

SLICE_POINTS = 51
"""Along each side of a slice's surface, where there are several."""

MAX_SLICES = 12

SLICE_EVALUATIONS = 20_000_000
"""Of a model, for all slices of a picture."""

ROUNDING = 1e-9
"""A way off a plane is rounding alone if it is no longer than this part of the points' numbers."""

AT_REST = ("CONVERGED", "FLAT", "SADDLE")

AWAY = 1e4
"""A run that has come to rest nowhere is looked at as far as this, in lengths of its start or in units."""

PART = 0.3
"""How high the picture of a principal plane is at least, as a part of its width."""

ASPECT = 1.9
"""Width by height of the contours' picture."""

PRINCIPAL_AXES = ("1st principal direction", "2nd principal direction")

AXES = {PRINCIPAL: PRINCIPAL_AXES, RANDOM: RANDOM_AXES, CURVATURE: CURVATURE_AXES}
"""What stands at the axes of planes that aren't those of two parameters."""

SPANS = {
    PRINCIPAL_AXES: "the principal plane",
    RANDOM_AXES: "two random directions",
    CURVATURE_AXES: "the directions of largest curvature",
}
"""What such a plane is called."""

MOST_TERMS = 2
"""Of a direction, at an axis."""


class PlotRegion(NamedTuple):
    """Where an objective is drawn.

    Attributes:
        plane: in space; None for one variable.
        frame: the ranges of its two coordinates, of one variable the first.
        slices: the planes beside it through points of the selected run, each from a step on; none for two variables,
            which have but one plane.
    """

    plane: Plane | None
    frame: tuple[Range, Range]
    slices: tuple[tuple[int, Plane], ...] = ()

    @property
    def signature(self) -> Hashable:
        """Equal for regions of one objective on which the surfaces are the same."""
        planes = [
            (since, tuple(plane.origin.tolist()), tuple(plane.directions.flatten().tolist()))
            for since, plane in self.slices
        ]
        return self.frame, tuple(planes)

    def plane_at(self, step: int) -> Plane | None:
        """The plane that is drawn at a step."""
        return next((plane for since, plane in reversed(self.slices) if since <= step), self.plane)

    @property
    def held(self) -> Region:
        """The region as a state holds it."""
        if self.plane is None or not self.slices:
            return Region(self.frame)
        return Region(self.frame, tuple(self.plane.origin.tolist()), tuple(self.plane.directions.flatten().tolist()))


PlaneMaker: TypeAlias = Callable[[RaceResults, Tensor], Plane | None]
"""The plane through a point (P,) that a lab's state asks for; None where any race has it."""


def find_region(results: RaceResults, make: PlaneMaker = lambda _results, _at: None) -> PlotRegion:
    """Where the race is seen best; or where its state holds the picture, as long as all runs begin in that.

    Args:
        results: of the race; make: another plane through the selected run's end, if the state asks for one.
    """
    names = results.names
    if len(names) == 1:
        return PlotRegion(None, _held_frame(results, None) or _frame(results, None))
    plane = _held_plane(results)
    frame = _held_frame(results, plane) if plane else None
    if plane is None or frame is None:
        plane = make(results, inside(results.run)[-1]) or _plane(results)
        frame = _frame(results, plane)
    return PlotRegion(plane, frame, _slices(results, plane) if len(names) > 2 else ())


def _held_plane(results: RaceResults) -> Plane | None:
    held, names = results.state.region, results.state.plane.split(", ")
    if held is None or not held.origin:
        return None if held is None or len(results.names) > 2 else _plane(results)
    axes = (names[0], names[1]) if len(names) == 2 else AXES[results.state.plane]
    directions = torch.tensor(held.directions, dtype=torch.float64).reshape(2, -1)
    return Plane(axes, torch.tensor(held.origin, dtype=torch.float64), directions)


def _held_frame(results: RaceResults, plane: Plane | None) -> tuple[Range, Range] | None:
    held = results.state.region
    if held is None:
        return None
    starts = _flat(_starts(results), plane)
    low, high = torch.tensor(held.frame, dtype=torch.float64).mT
    return held.frame if bool(((starts >= low) & (starts <= high)).all()) else None


def _starts(results: RaceResults) -> Tensor:
    return torch.cat([run.parameters[:1] for run in results.runs])


def _flat(points: Tensor, plane: Plane | None) -> Tensor:
    """Points (K, P) as they are seen, (K, 2); those of one variable twice."""
    return points.expand(-1, 2) if plane is None else plane.coordinates(points)


def inside(run: Trajectory) -> Tensor:
    """The points (K, P) of a run that are no higher than its start: it may leave the picture, never flatten it.

    One that falls without end leaves it, too.
    """
    kept = (run.losses <= run.losses[0]) & (run.parameters.abs() <= FARTHEST).all(-1)
    if run.outcome.name not in AT_REST:
        start = run.parameters[0]
        kept &= ((run.parameters - start).abs() <= AWAY * start.abs().max().clamp(min=1.0)).all(-1)
    kept[0] = True
    return run.parameters[kept]


def _plane(results: RaceResults) -> Plane:
    names, chosen = results.names, results.state.plane
    if len(names) == 2:
        return axis_plane(results.objective, (names[0], names[1]), torch.zeros(2))
    if chosen not in AXES:
        x, y = chosen.split(", ")
        return axis_plane(results.objective, (x, y), inside(results.run)[-1])
    return principal_plane(torch.cat([inside(run) for run in results.runs]))


def has_directions(plane: Plane, names: Sequence[str]) -> bool:
    """Whether a plane's axes are directions rather than parameters."""
    return plane.names[0] not in names


def _frame(results: RaceResults, plane: Plane | None) -> tuple[Range, Range]:
    """Round ranges that hold the preset's domain, or else the paths and the minima; and the starts."""
    aspect = 1.0 if plane is None else ASPECT
    domain = results.state.race.problem.domain
    starts = _flat(_starts(results), plane)
    if domain and len(domain) <= 2:
        corners = _flat(torch.tensor(domain, dtype=torch.float64).mT, plane)
        # A start outside gets room around it; the domain itself is framed as it is.
        is_outside = bool(((starts < corners[0]) | (starts > corners[1])).any())
        return frame_points(torch.cat([corners, starts]), aspect, 0.08 if is_outside else 0.0)
    points = torch.cat([_flat(inside(run), plane) for run in results.runs])
    if results.known is not None:
        near = (results.known.points.abs() <= FARTHEST).all(-1)
        points = torch.cat([points, _flat(results.known.points[near], plane)])
    points = torch.cat([points, _near(points, results, plane)])
    if plane is not None and has_directions(plane, results.names):
        # Paths on a straight line say nothing of how wide the plane's other direction is to be seen.
        middle, span = points.mean(0), float((points.amax(0) - points.amin(0)).max())
        beside = PART * span * torch.tensor([[0.0, -0.5], [0.0, 0.5]], dtype=torch.float64)
        points = torch.cat([points, middle + beside])
    if plane is not None and plane.names == RANDOM_AXES:  # as far as Li et al. look: once the length of the weights
        reach = plane.origin.norm() * torch.tensor([1.0, 1 / ASPECT], dtype=torch.float64)
        points = torch.cat([points, torch.stack([-reach, reach])])
    if not any(run.losses[0].isfinite() for run in results.runs):
        reach = UNDEFINED_REACH * points.abs().clamp(min=1.0)
        points = torch.cat([-reach, reach])
    return frame_points(points, aspect)


def _near(points: Tensor, results: RaceResults, plane: Plane | None) -> Tensor:
    """Those of the other starts, (K, 2), that can be seen beside points (M, 2) without making these small."""
    if not results.state.other_starts:
        return points[:0]
    others = _flat(torch.tensor(results.state.other_starts, dtype=torch.float64), plane)
    low, high = points.amin(0), points.amax(0)
    return others[((others - (low + high) / 2).abs() <= high - low).all(-1)]


# ---- Slices.


def _slices(results: RaceResults, plane: Plane) -> tuple[tuple[int, Plane], ...]:
    """The plane moved to go through points of the selected run, at even distances of what it leaves the plane by.

    A run leaves the plane as its other parameters change: a new slice begins where they have changed by one part of
    all that they change by.
    """
    points = results.run.parameters
    usable = points.isfinite().all(-1) & (points.abs().amax(-1) <= FARTHEST)
    off = points - plane.points(plane.coordinates(points))
    off = off[: int(usable.cumprod(0).sum())]
    if not len(off):
        return ((0, plane),)
    ticks = torch.cat([torch.zeros(1), off.diff(dim=0).norm(dim=-1).cumsum(0)])
    # What rounding alone moves is no way.
    has_moved = float(ticks[-1]) > ROUNDING * float(points[: len(off)].abs().max())
    affordable = max(1, SLICE_EVALUATIONS // (SLICE_POINTS**2 * results.objective.cost))
    count = min(affordable, MAX_SLICES) if has_moved else 1
    reached = (ticks / ticks[-1] * (count - 1)).floor() if count > 1 else torch.zeros_like(ticks)
    since = [0, *((reached.diff() > 0).nonzero()[:, 0] + 1).tolist()]
    return tuple((step, replace(plane, origin=plane.origin + off[step])) for step in since)


def off_slice(points: Tensor, region: PlotRegion) -> Tensor:
    """How far each point of a run (K, P) lies off the slice that is drawn at its step, (K,); 0 if by rounding alone."""
    off = torch.empty(len(points), dtype=torch.float64)
    for since, plane in region.slices:  # each goes on until the next begins
        off[since:] = plane.distances(points[since:])
    return off.where(~(off <= ROUNDING * points.abs().amax(-1)), 0.0)


def measure_heights(results: RaceResults, region: PlotRegion) -> Tensor:
    """How high each point of the selected run lies above its foot on the slice that is drawn at its step, (K,)."""
    run, objective = results.run, results.objective
    feet = torch.empty_like(run.parameters)
    for since, plane in region.slices:
        feet[since:] = plane.points(plane.coordinates(run.parameters[since:]))
    return run.losses - along(feet, objective.cost, objective.loss)


# ---- What stands at the axes.


def name_plane(plane: Plane) -> str:
    """What a plane is called."""
    return SPANS.get(plane.names, " and ".join(plane.names))


def name_axes(names: Sequence[str], plane: Plane, step: int = 0) -> tuple[str, str]:
    """What stands at the axes: of a plane of many variables also what its directions are, or what is held where."""
    if len(names) == 2:
        return plane.names
    if len(names) > MAX_VARIABLES:
        return f"{plane.names[0]}   (through step {step})", plane.names[1]
    if not has_directions(plane, names):
        held = ", ".join(
            f"{name} = {format_number(value)}"
            for name, value in zip(names, plane.origin.tolist(), strict=True)
            if name not in plane.names
        )
        return f"{plane.names[0]}   (at {held})", plane.names[1]
    first, second = (_combination(names, row.tolist(), MOST_TERMS) for row in plane.directions)
    return f"{plane.names[0]}: {first}   (through step {step})", f"2nd: {second}"


def name_slices(names: Sequence[str], region: PlotRegion) -> list[Slice]:
    """From which step on each slice is drawn, and what stands at its axes."""
    return [Slice(step, *name_axes(names, plane, step)) for step, plane in region.slices]


def _combination(names: Sequence[str], parts: Sequence[float], most: int) -> str:
    """A direction as a sum of at most so many variables, those of its largest parts."""
    told = [i for i, part in enumerate(parts) if abs(part) >= 0.005]
    kept = sorted(sorted(told, key=lambda i: -abs(parts[i]))[:most])
    written = " ".join(f"{'+' if parts[i] > 0 else '−'} {abs(parts[i]):.2f} {names[i]}" for i in kept)
    return written.removeprefix("+ ") + (" + …" if len(kept) < len(told) else "")
