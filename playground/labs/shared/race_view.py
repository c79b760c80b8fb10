"""All that the player shows of a race: pictures, tables, readouts and words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from playground.analysis.curvature import curvature, measure_rate, predict_rate, trace_outlines
from playground.analysis.diagnosis import diagnose
from playground.analysis.landscape import (
    UNDEFINED_REACH,
    LossSurface,
    Plane,
    Progress,
    axis_plane,
    frame_points,
    loss_surface,
    plane_surface,
    principal_plane,
)
from playground.analysis.minima import find_quadratic_minimum
from playground.analysis.update_rule import PLACEHOLDER, TracedLine, trace_rule
from playground.data.gallery import find_known_minima, find_preset
from playground.engine.descent import Trajectory
from playground.engine.fit import Fit
from playground.engine.function import Function
from playground.engine.kinks import explain_points
from playground.engine.objectives import Objective
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.standings import KnownMinima, rank_runs
from playground.figures import (
    BATCH_GRADIENT,
    ELLIPSE_POINTS,
    LinesNumbers,
    Slice,
    curve_figure,
    gather_curve,
    gather_lines,
    gather_plane,
    gather_solid,
    lines_figure,
    plane_figure,
    solid_figure,
    ways,
)
from playground.figures.cursor import Array
from playground.figures.data import Range
from playground.figures.race import Way
from playground.labs.fit.view import (
    Facts,
    along,
    data_panels,
    exact_of,
    facts_of,
    fit_boards,
    fit_columns,
    fit_of,
    given_panel,
)
from playground.labs.shared.race import FARTHEST, Race, checked_function
from playground.labs.shared.readouts import point, updates
from playground.labs.shared.scenario import Regression
from playground.labs.shared.shown import (
    SIDES,
    Frame,
    Ground,
    Look,
    Shown,
    Stability,
    Surfaces,
    View,
    planes,
    sides,
    swatch,
)
from playground.player import Board, Column, Formula, Panel, Readout, Words

SURFACE_POINTS = 81
"""Along each side of the drawn surface."""

FIT_POINTS = 61
"""Likewise of a fit's: losses of fits are smoother than the gallery, and a dragged data point changes all of it."""

COARSE_POINTS = 15
"""Likewise of one that is shown while the whole one is made."""

SLICE_POINTS = 51
"""Likewise of each slice, where there are several."""

MAX_SLICES = 12

SLICE_EVALUATIONS = 20_000_000
"""Of a model, for all slices of a picture."""

CURVE_POINTS = 401

PART = 0.3
"""How high the picture of a principal plane is at least, as a part of its width."""

ASPECT = 1.9
"""Width by height of the contours' picture."""

MOST_TERMS = 2
"""Of a direction, at an axis."""

MATRIX = 3
"""Up to how many variables the Hessian and its directions are written out."""


def race_view(
    race: Race,
    runs: Sequence[Trajectory],
    selected: int,
    look: Look | None = None,
    kept: Ground | None = None,
    axes: Mapping[str, LinesNumbers] | None = None,
    data_frame: tuple[Range, Range] | None = None,
    ready: Surfaces | None = None,
    coarse: bool = False,
) -> View:
    """The view of a race on one of its runners.

    Args:
        race, runs, selected, look: what is shown.
        kept: the ground that is to stay; axes, data_frame: likewise of the lines and of the data.
        ready: the surfaces, if they are there already; coarse: whether to make others in less detail.
    """
    known = known_of(race)
    table = rank_runs(runs, known, race.tolerance)
    curved = curvature(race.objective, runs[selected].parameters)
    shown = Shown(
        race,
        runs,
        selected,
        known,
        table,
        curved,
        look or Look(),
        table.losses.shape[1],
        dict(axes or {}),
        ready,
        coarse,
    )
    fit = fit_of(shown)
    if len(shown.names) == 1:
        ground = kept or Ground(None, _frame(shown, None))
        panels = _curve(shown, ground)
        more = "more" if fit is None else "lines"
        panels += _lines(shown, "lines", ("loss",)) + _lines(shown, more, ("steps", "rate", "distance"))
    else:
        plane = _plane(shown)
        ground = kept or Ground(plane, _frame(shown, plane))
        if len(shown.names) > 2:
            ground = ground._replace(slices=_slices(shown, plane if kept is None else kept.plane or plane))
        coarse = coarse and not _is_ready(ready, ground)
        panels = _surface(shown, ground)
        panels += _lines(shown, "lines", ("loss", "rate", "steps", "distance"))
    lines = trace_rule(shown.runner.optimizer, dict(shown.runner.settings), shown.at)
    panels += [_standings_board(shown), *_step_boards(shown, lines), _curvature_board(shown)]
    columns, readouts = _readouts(shown, ground)
    columns |= _columns(shown, lines)
    facts = None if fit is None else facts_of(shown, fit)
    if fit is not None and facts is not None:
        columns |= fit_columns(shown, fit, facts)
        panels, data_frame = _with_fit(shown, fit, facts, panels, columns, data_frame)
        readouts = _with_losses(readouts, columns)
    columns = shown.pad_to(columns)
    said, status, alarming = _words(shown)
    stability = Stability(float(curved.limit[-1]), float(runs[selected].learning_rates[-1]))
    return View(
        panels,
        columns,
        readouts,
        said,
        status,
        alarming,
        ground,
        stability,
        shown.axes,
        data_frame,
        facts and facts.conditions,
        coarse and len(shown.names) > 1,
    )


def _with_fit(
    shown: Shown,
    fit: Fit,
    facts: Facts,
    panels: Sequence[Panel | Board],
    columns: dict[str, Tensor],
    kept: tuple[Range, Range] | None,
) -> tuple[list[Panel | Board], tuple[Range, Range]]:
    """The race's panels among the fit's, and the axes of the data."""
    data, data_frame = data_panels(shown, fit, kept)
    boards = fit_boards(shown, fit, facts, columns)
    # The tables share the place of the surface, which comes first there.
    racing = [replace(one, cell="board", tab="Surface") if one.name == "surface" else one for one in panels]
    given = given_panel(shown, fit, facts)
    if given is not None:
        at = next(i for i, one in enumerate(racing) if one.name == "contours")
        racing[at : at + 1] = [replace(racing[at], tab="x standardised"), given]
    order = {"data": 0, "contours": 1, "curve": 1, "lines": 2, "board": 3}
    every = [*data, *racing, *boards]
    return sorted(every, key=lambda one: order[one.cell or one.name]), data_frame


def _with_losses(readouts: Sequence[Readout], columns: Mapping[str, Tensor]) -> list[Readout]:
    """Beside the loss also that of the batch, and of the points held out."""
    more: list[str | Column] = []
    if "batch loss" in columns:
        more += ["  batch ", Column("batch loss"), " in epoch ", Column("epoch", whole=True)]
    if "held out" in columns:
        more += ["  held out ", Column("held out")]
    return [[*line, *more] if "loss " in line else line for line in readouts]


def known_of(race: Race) -> KnownMinima | None:
    """What is known of the minima of what is raced on."""
    if isinstance(race.function, str):
        return _known_of_function(race.function, race.start)
    return _known_of_fit(race.function)


@lru_cache(maxsize=256)
def _known_of_function(function: str, start: tuple[float, ...]) -> KnownMinima | None:
    return find_known_minima(checked_function(function), start)


def _known_of_fit(regression: Regression) -> KnownMinima | None:
    exact = exact_of(regression)
    return None if exact is None else KnownMinima(exact[None], float(regression.objective.loss(exact)))


# ---- Where it is seen.


def _inside(run: Trajectory) -> Tensor:
    """The points (K, P) of a run that are no higher than its start: it may leave the picture, never flatten it."""
    inside = (run.losses <= run.losses[0]) & run.parameters.isfinite().all(-1)
    inside[0] = True
    return run.parameters[inside]


def _plane(shown: Shown) -> Plane:
    names = shown.names
    if len(names) == 2:
        return axis_plane(shown.race.objective, (names[0], names[1]), torch.zeros(2))
    if shown.look.plane in planes(names)[1:]:
        x, y = shown.look.plane.split(", ")
        return axis_plane(shown.race.objective, (x, y), _inside(shown.at)[-1])
    return principal_plane(torch.cat([_inside(run) for run in shown.runs]))


def _frame(shown: Shown, plane: Plane | None) -> Frame:
    """Round ranges that hold the preset's domain, or else the paths and the minima; and the starts."""

    def flat(points: Tensor) -> Tensor:
        return points.expand(-1, 2) if plane is None else plane.coordinates(points)

    aspect = 1.0 if plane is None else ASPECT
    starts = torch.cat([run.parameters[:1] for run in shown.runs])
    preset = find_preset(shown.race.objective) if isinstance(shown.race.objective, Function) else None
    if preset and len(preset.domain) <= 2:
        corners = torch.tensor(preset.domain, dtype=torch.float64).mT
        held = torch.cat([flat(corners), flat(starts)])
        # A start outside gets air; the domain itself is framed as it is.
        outside = bool(((flat(starts) < flat(corners)[0]) | (flat(starts) > flat(corners)[1])).any())
        return frame_points(held, aspect, 0.08 if outside else 0.0)
    points = torch.cat([flat(_inside(run)) for run in shown.runs])
    if shown.known is not None:
        points = torch.cat([points, flat(shown.known.points)])
    if plane is not None and plane.names[0] not in shown.names:
        # Paths on a straight line say nothing of how wide the plane's other direction is to be seen.
        middle, span = points.mean(0), float((points.amax(0) - points.amin(0)).max())
        points = torch.cat(
            [points, middle + PART * span * torch.tensor([[0.0, -0.5], [0.0, 0.5]], dtype=torch.float64)]
        )
    if not any(run.losses[0].isfinite() for run in shown.runs):
        reach = UNDEFINED_REACH * points.abs().clamp(min=1.0)
        points = torch.cat([-reach, reach])
    return frame_points(points, aspect)


def _curve(shown: Shown, ground: Ground) -> list[Panel | Board]:
    x = torch.linspace(*ground.frame[0], CURVE_POINTS, dtype=torch.float64)
    y = along(x[:, None], shown.cost, shown.race.objective.loss)
    minima = np.zeros((0, 2))
    if shown.known is not None:
        points = shown.known.points[:, 0]
        minima = np.column_stack([points, torch.full_like(points, shown.known.loss)])
    xs = [shown.long(run.parameters[:, 0]) for run in shown.runs]
    runners = ways(xs, [shown.long(run.losses) for run in shown.runs], shown.labels)
    slopes = shown.long(shown.at.gradients[:, 0])
    name = shown.names[0]
    numbers = gather_curve(name, x.numpy(), y.numpy(), runners, slopes, shown.selected, minima)
    panel = Panel(
        "curve",
        f"Loss over {name}",
        curve_figure(numbers),
        f"The loss over {name} with {_paths(shown)}, and the tangent at the cursor. A click sets the start.",
        pickable=True,
        draggable=True,
    )
    return [panel]


def _surface(shown: Shown, ground: Ground) -> list[Panel | Board]:
    plane = ground.plane
    assert plane is not None
    ready = shown.ready.made if shown.ready and _is_ready(shown.ready, ground) else None
    surfaces = ready or surfaces_of(shown.race.objective, ground, coarse=shown.coarse)
    names = _axis_names(shown, plane)
    coordinates = [shown.long(plane.coordinates(run.parameters)) for run in shown.runs]
    runners = ways([one[:, 0] for one in coordinates], [one[:, 1] for one in coordinates], shown.labels)
    minima = np.zeros((0, 2)) if shown.known is None else plane.coordinates(shown.known.points).numpy()
    numbers = gather_plane(
        [LossSurface(names, surface.x, surface.y, surface.z) for surface in surfaces],
        runners,
        shown.selected,
        shown.long(shown.at.gradients @ plane.directions.mT),
        _state_arrows(shown, plane),
        shown.long(trace_outlines(plane.directions @ shown.curved.hessians @ plane.directions.mT, ELLIPSE_POINTS)),
        minima,
        shown.look.colours,
        _titled(shown, ground),
    )
    principal = plane.names[0] not in shown.names
    over = "Loss over the principal plane" if principal else f"Loss over {plane.names[0]} and {plane.names[1]}"
    solid = gather_solid(numbers, [shown.long(run.losses) for run in shown.runs])
    if principal:  # in space there is no room for what the directions are
        solid = solid._replace(names=("1st direction", "2nd direction"))
    pick = "A click sets the start." if len(shown.names) == 2 else "A click sets the start, in this plane."
    panels: list[Panel | Board] = [
        Panel(
            "contours",
            over,
            plane_figure(numbers),
            f"Contours of the loss over {names[0]} and {names[1]} with {_paths(shown)}; of the selected runner also "
            f"the gradient, the next step and the curvature at the cursor. {pick}",
            pickable=True,
            draggable=True,
        ),
        Panel(
            "surface",
            "Loss surface",
            solid_figure(solid),
            f"The loss as a surface with {_paths(shown)} lying on it. Drag to turn.",
        ),
    ]
    return panels


def surfaces_of(
    objective: Objective, ground: Ground, *, coarse: bool = False, progress: Progress | None = None
) -> list[LossSurface]:
    """The surface over two parameters, or one for each slice; ``progress`` is told of each part that is done."""
    x_range, y_range = ground.frame
    usual = FIT_POINTS if isinstance(objective, Fit) else SURFACE_POINTS
    count = COARSE_POINTS if coarse else SLICE_POINTS if len(ground.slices) > 1 else usual
    if not ground.slices:
        x_name, y_name = objective.parameters
        return [loss_surface(objective, (x_name, *x_range, count), (y_name, *y_range, count), progress=progress)]
    made: list[LossSurface] = []
    for _, plane in ground.slices:
        told = progress and (lambda part: progress((len(made) + part) / len(ground.slices)))
        made.append(plane_surface(objective, plane, x_range, y_range, count, told))
    return made


def _is_ready(ready: Surfaces | None, ground: Ground) -> bool:
    return ready is not None and ready.of == ground.signature


def _slices(shown: Shown, plane: Plane) -> tuple[tuple[int, Plane], ...]:
    """The plane moved to go through points of the selected run, at even distances of what it leaves the plane by.

    A run leaves the plane as its other parameters change: a new slice begins where they have changed by one part of
    all that they change by.
    """
    points = shown.at.parameters
    usable = points.isfinite().all(-1) & (points.abs().amax(-1) <= FARTHEST)
    off = points - plane.points(plane.coordinates(points))
    off = off[: int(usable.cumprod(0).sum())]
    if not len(off):
        return ((0, plane),)
    ticks = torch.cat([torch.zeros(1), off.diff(dim=0).norm(dim=-1).cumsum(0)])
    # What rounding alone moves is no way.
    moved = float(ticks[-1]) > 1e-9 * float(points[: len(off)].abs().max())
    count = min(max(1, SLICE_EVALUATIONS // (SLICE_POINTS**2 * shown.cost)), MAX_SLICES) if moved else 1
    reached = (ticks / ticks[-1] * (count - 1)).floor() if count > 1 else torch.zeros_like(ticks)
    since = [0, *((reached.diff() > 0).nonzero()[:, 0] + 1).tolist()]
    return tuple((step, replace(plane, origin=plane.origin + off[step])) for step in since)


def _titled(shown: Shown, ground: Ground) -> list[Slice]:
    """From which step on each slice is drawn, and what stands at its axes."""
    return [Slice(step, *_axis_names(shown, plane, step)) for step, plane in ground.slices]


def _axis_names(shown: Shown, plane: Plane, step: int = 0) -> tuple[str, str]:
    """What stands at the axes: of a plane of many variables also what its directions are, or what is held where."""
    names = shown.names
    if len(names) == 2:
        return plane.names
    if plane.names[0] in names:
        held = ", ".join(
            f"{name} = {value:.4g}"
            for name, value in zip(names, plane.origin.tolist(), strict=True)
            if name not in plane.names
        )
        return f"{plane.names[0]}   (at {held})", plane.names[1]
    first, second = (_combination(names, row.tolist(), MOST_TERMS) for row in plane.directions)
    return f"1st principal direction: {first}   (through step {step})", f"2nd: {second}"


def _combination(names: Sequence[str], parts: Sequence[float], most: int) -> str:
    """A direction as a sum of at most so many variables, those of its largest parts."""
    told = [i for i, part in enumerate(parts) if abs(part) >= 0.005]
    kept = sorted(sorted(told, key=lambda i: -abs(parts[i]))[:most])
    written = " ".join(f"{'+' if parts[i] > 0 else '−'} {abs(parts[i]):.2f} {names[i]}" for i in kept)
    return written.removeprefix("+ ") + (" + …" if len(kept) < len(told) else "")


def _state_arrows(shown: Shown, plane: Plane) -> list[tuple[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]]:
    """What the selected runner's optimizer keeps as vectors, and its gradients with their noise."""
    states = OPTIMIZERS[shown.runner.optimizer].active_states(dict(shown.runner.settings))
    # Beside the step from a point stands what that step makes of the states.
    after = {state.symbol: torch.full_like(shown.at.parameters, math.nan) for state in states if state.is_vector}
    for state in states:
        if state.is_vector:
            after[state.symbol][:-1] = shown.at.states[state.key][1:]
    found = [(symbol, shown.long(vectors @ plane.directions.mT)) for symbol, vectors in after.items()]
    if not torch.equal(shown.at.step_gradients, shown.at.gradients):
        name = "noisy gradient" if shown.at.batches is None else BATCH_GRADIENT
        found.insert(0, (name, shown.long(shown.at.step_gradients @ plane.directions.mT)))
    return found


# ---- Against the step.


def _lines(shown: Shown, cell: str, kinds: Sequence[str]) -> list[Panel | Board]:
    steps = np.arange(shown.length, dtype=np.float64)
    labels = shown.labels

    def panel(
        name: str,
        tab: str,
        title: str,
        values: Sequence[Tensor],
        scale: Literal["log", "linear"],
        more: Sequence[Way] = (),
    ) -> Panel:
        every = [shown.long(one) for one in values]
        lines = [*ways([steps] * len(every), every, labels), *more]
        description = f"{title} of {len(every)} runners against the step."
        numbers = gather_lines(title, lines, scale, named=bool(more))
        kept = shown.axes.get(name)
        if kept is not None and kept.title == title:
            numbers = kept._replace(ways=lines)
        shown.axes[name] = numbers._replace(ways=[])
        return Panel(name, tab, lines_figure(numbers), description, cell=cell)

    found: list[Panel | Board] = []
    for kind in kinds:
        if kind == "loss":
            title, losses = _losses(shown)
            found.append(panel("loss", "Loss", title, losses, shown.look.loss_axis, _other_losses(shown, steps)))
        elif kind == "rate":
            rates = [run.learning_rates for run in shown.runs]
            found.append(panel("rate", "Rate", "learning rate", rates, "linear"))
        elif kind == "distance" and shown.table.distances is not None:
            away = list(shown.table.distances)
            found.append(panel("distance", "Distance", "distance to the minimum", away, "log"))
        elif kind == "steps" and len(shown.names) <= 2:
            found += [
                panel(f"steps_{name}", name, name, [run.parameters[:, i] for run in shown.runs], "linear")
                for i, name in enumerate(shown.names)
            ]
        elif kind == "steps":
            every = [shown.long(shown.at.parameters[:, i]) for i in range(len(shown.names))]
            lines = ways([steps] * len(every), every, shown.names)
            figure = lines_figure(gather_lines("parameters", lines, named=True))
            description = f"The parameters of {labels[shown.selected]} against the step."
            found.append(Panel("steps", "Parameters", figure, description, cell=cell))
    return found


def _other_losses(shown: Shown, steps: Array) -> list[Way]:
    """The selected runner's losses on other points: of each batch, and of those held out."""
    fit, run = fit_of(shown), shown.at
    found = []
    if run.batches is not None:
        # No step comes after the last: its loss is that of all points.
        found.append(Way("of the batch", "#999999", "circle", steps, shown.long(run.batch_losses)))
    if fit and fit.held_out:
        held = along(run.parameters, len(fit.held_out.x), fit.held_out.loss)
        found.append(Way("held out", "#009E73", "square", steps, shown.long(held)))
    return found


def _losses(shown: Shown) -> tuple[str, list[Tensor]]:
    """The losses; of a function on a logarithmic axis those above the least one there is, where that is known."""
    above_least = fit_of(shown) is None and shown.look.loss_axis == "log"
    least = shown.known.loss if shown.known is not None and above_least else 0.0
    if abs(least) <= 1e-12 * max(abs(float(run.losses[0])) for run in shown.runs):
        least = 0.0  # a minimum that was computed, and is 0 to rounding
    above = [run.losses - least for run in shown.runs]
    # The least loss is known to rounding: what is below it by no more lies on it.
    above = [torch.where(one.abs() <= 1e-12 * max(1.0, abs(least)), 0.0, one) for one in above]
    if not least or any(bool((one < 0).any()) for one in above):
        return "loss", [run.losses for run in shown.runs]
    return f"loss − ({least:.4g})" if least < 0 else f"loss − {least:.4g}", above


# ---- In numbers.


def _standings_board(shown: Shown) -> Board:
    away = shown.known is not None
    heads: list[Readout] = [["runner"], ["rank"], ["loss"], *([["distance"]] if away else [])]
    heads += [["arrived"], ["gradients"]]
    rows: list[Sequence[Readout]] = []
    for i, label in enumerate(shown.labels):
        arrival = shown.table.arrivals[i]
        row: list[Readout] = [[swatch(i), label], [Column(f"rank {i}", whole=True)], [Column(f"loss {i}")]]
        if away:
            row.append([Column(f"distance {i}")])
        row += [["–" if arrival is None else f"step {arrival}"], [Column(f"evaluations {i}", whole=True)]]
        rows.append(row)
    description = (
        "The runners: rank, loss, distance to the nearest known minimum, the first step at which "
        + ("the loss is within the tolerance of the minimum's" if away else "the gradient is within the tolerance")
        + ", and how many gradients the optimizer asked for."
    )
    return Board("standings", "Race", heads, rows, description, chosen=shown.selected, cell="board")


def _step_boards(shown: Shown, lines: Sequence[TracedLine]) -> list[Board]:
    """The next step of the selected runner, in symbols with each line's result, and with its numbers."""
    record, label = OPTIMIZERS[shown.runner.optimizer], shown.labels[shown.selected]
    names = shown.names
    heads: list[Readout] = [[swatch(shown.selected), record.name], *([name] for name in names)]
    gradient: list[Readout] = [[Formula("g_{t}"), " gradient"], *([Column(f"given {i}")] for i in range(len(names)))]
    rows: list[Sequence[Readout]] = [gradient]
    for k, line in enumerate(lines):
        made: list[Readout] = [[Column(f"line {k} {i}")] for i in range(line.values.shape[-1])]
        rows.append([[Formula(f"{line.left} = {line.right}")], *made])
    if not lines:
        states = record.active_states(dict(shown.runner.settings))
        for state in states:
            width = len(names) if state.is_vector else 1
            rows.append([[state.label], *([Column(f"state {state.key} {i}")] for i in range(width))])
        rows.append([["step"], *([Column(f"Δ{name}")] for name in names)])
        rows.append([[record.explanation]])
    boards = [
        Board(
            "step", "Step", heads, rows, f"The next step of {label}: the update rule and what it makes.", cell="board"
        )
    ]
    if lines:
        substituted: list[Sequence[Readout]] = [
            [[f"{name}  " if len(names) > 1 else "", Formula(line.left)], _substituted(line, k, i)]
            for i, name in enumerate(names[:2])
            for k, line in enumerate(lines)
            if i < line.values.shape[-1]
        ]
        if len(names) > 2:
            substituted.append([[f"{', '.join(names[2:])}"], ["likewise"]])
        boards.append(
            Board(
                "numbers",
                "Numbers",
                [],
                substituted,
                f"The next step of {label}: the update rule with its numbers.",
                cell="board",
            )
        )
    return boards


def _substituted(line: TracedLine, k: int, i: int) -> Readout:
    columns = tuple(
        Column(f"line {k} {name} {min(i, values.shape[-1] - 1)}", whole=name == "t")
        for name, values in line.inputs.items()
    )
    result = Column(f"line {k} {i}")
    return [Formula(f"= {line.template} = {PLACEHOLDER.format(len(columns))}", (*columns, result))]


def _curvature_board(shown: Shown) -> Board:
    names, small = shown.names, len(shown.names) <= MATRIX
    rows: list[Sequence[Readout]] = []
    if small:
        for i, name in enumerate(names):
            entries: list[Readout] = [[Column(f"hessian {i} {j}")] for j in range(len(names))]
            rows.append([["Hessian" if not i else "", f" ∂/∂{name}"], [], *entries])
    for i in range(len(names)):
        along: list[Readout] = [[Column(f"direction {i} {j}")] for j in range(len(names))] if small else []
        rows.append([[f"eigenvalue {i + 1}" + (" and its direction" if small else "")], [Column(f"eigen {i}")], *along])
    rows.append([["condition number κ"], [Column("condition")]])
    rows.append([["stability limit 2/λmax"], [Column("limit")], [Words("side", SIDES)]])
    rates = _rates(shown)
    if rates:
        measured, predicted = rates
        rows.append([["distance, each step"], [f"× {measured:.5f}"], [f"predicted × {predicted:.5f}"]])
    heads: list[Readout] = [["at the cursor"], [""], *([f"∂/∂{name}"] for name in (names if small else ()))]
    description = "The Hessian at the cursor, its eigenvalues and directions, and what follows for plain SGD."
    return Board("curvature", "Curvature", heads, rows, description, cell="board")


def _rates(shown: Shown) -> tuple[float, float] | None:
    """By what a step of SGD on a quadratic shrinks the distance to its minimum: as measured, and as predicted."""
    runner = shown.runner
    given = dict(runner.settings)
    if runner.optimizer != "SGD" or runner.scheduler or shown.race.noise or {"weight_decay", "maximize"} & set(given):
        return None
    if fit_of(shown) is None:
        minimum = find_quadratic_minimum(shown.race.objective, shown.at.parameters[0])
    else:  # the loss of a model that is linear in its parameters is a quadratic
        minimum = None if shown.known is None else shown.known.points[0]
    if minimum is None:
        return None
    measured = measure_rate(shown.at, minimum)
    if measured is None:
        return None
    settings = OPTIMIZERS["SGD"].check_settings(given)
    predicted = predict_rate(
        shown.curved.eigenvalues[0],
        runner.lr,
        float(settings["momentum"]),  # type: ignore[arg-type]
        float(settings["dampening"]),  # type: ignore[arg-type]
        bool(settings["nesterov"]),
    )
    return measured, predicted


def _columns(shown: Shown, lines: Sequence[TracedLine]) -> dict[str, Tensor]:
    """All numbers that boards show, by name, (steps + 1,) or (steps,) each."""
    table, run, curved = shown.table, shown.at, shown.curved
    columns = {"loss": table.losses[0]}
    for i in range(len(shown.runs)):
        columns |= {f"rank {i}": table.ranks[i], f"loss {i}": table.losses[i], f"evaluations {i}": table.evaluations[i]}
        if table.distances is not None:
            columns[f"distance {i}"] = table.distances[i]
    for i in range(len(shown.names)):
        columns[f"given {i}"] = run.step_gradients[:-1, i]
        columns[f"eigen {i}"] = curved.eigenvalues[:, i]
        if len(shown.names) <= MATRIX:
            for j in range(len(shown.names)):
                columns[f"hessian {i} {j}"] = curved.hessians[:, i, j]
                columns[f"direction {i} {j}"] = curved.directions[:, j, i]
    for k, line in enumerate(lines):
        columns |= {f"line {k} {i}": line.values[:, i] for i in range(line.values.shape[-1])}
        for name, values in line.inputs.items():
            columns |= {f"line {k} {name} {i}": values[:, i] for i in range(min(2, values.shape[-1]))}
    if not lines:
        for key, values in run.states.items():
            rows = values.reshape(len(values), -1)
            columns |= {f"state {key} {i}": rows[1:, i] for i in range(rows.shape[-1])}
    columns |= {
        "condition": curved.condition,
        "limit": curved.limit,
        "side": sides(run.learning_rates, curved.limit),
    }
    return columns


def _readouts(shown: Shown, ground: Ground) -> tuple[dict[str, Tensor], list[Readout]]:
    """The selected runner's update, loss and gradient; of many variables what stands off the plane."""
    columns, lines = updates(shown.at)
    # A column of its own, which ends with the run: after it no step comes.
    columns |= {f"next {name}": shown.at.parameters[1:, i] for i, name in enumerate(shown.names)}
    lines = [
        [Column(f"next {part.name}") if isinstance(part, Column) and part.ahead else part for part in line]
        for line in lines
    ]
    mark = swatch(shown.selected)
    loss: Readout = ["loss ", Column(f"loss {shown.selected}")]
    if ground.slices:
        columns["|∇|"] = shown.at.gradients.norm(dim=-1)
        columns["off"] = _off(shown.at.parameters, ground)
        return columns, [
            [mark, *loss],
            ["off the slice by ", Column("off")],
            ["gradient's length ", Column("|∇|")],
        ]
    gradient: list[str | Column] = []
    for name in shown.names:
        gradient += [", ", Column(f"∂{name}")]
    lines = [[mark, *line] for line in lines]
    lines.insert(1, loss)
    lines.append(["∇ = (", *gradient[1:], ")"])
    return columns, lines


def _off(points: Tensor, ground: Ground) -> Tensor:
    """How far each point of a run lies off the slice that is drawn at its step."""
    off = torch.empty(len(points), dtype=torch.float64)
    for since, plane in ground.slices:  # each goes on until the next begins
        off[since:] = plane.distances(points[since:])
    return off


def _words(shown: Shown) -> tuple[list[str], str, bool]:
    """What is said of the selected runner at each step, at its end, and whether that is a warning."""
    run, objective = shown.at, shown.race.objective
    edges = explain_points(objective, run.parameters, run.losses, run.gradients)
    said = [edge or text for edge, text in zip(edges, diagnose(run, shown.curved), strict=True)]
    outcome = run.outcome
    alarming = outcome.name in ("DIVERGED", "OUT_OF_DOMAIN", "STOPPED")
    status = outcome.message if alarming or outcome.name == "OUT_OF_TIME" else said[-1]
    if all(one.outcome.name == "DIVERGED" for one in shown.runs) and len(shown.runs) > 1:
        status = f"All runners diverge. {status}"
    said[-1] = ""  # the status
    return said + [""] * (shown.length - len(said)), status, alarming


def _paths(shown: Shown) -> str:
    """The runs, for a description."""
    each = [
        f"{label} from {point(run, 0)} to {point(run, -1)}" for label, run in zip(shown.labels, shown.runs, strict=True)
    ]
    return "the path" + ("s" if len(each) > 1 else "") + " of " + "; ".join(each)
