"""All that the player shows of a race: pictures, tables, readouts and words."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor

from playground.curvature import Curvature, curvature, measured_rate, outlines, predicted_rate
from playground.descent import Trajectory
from playground.diagnosis import diagnose
from playground.edges import notes
from playground.figures import (
    COLOURS,
    ELLIPSE_POINTS,
    SYMBOLS,
    LinesNumbers,
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
from playground.landscape import (
    UNDEFINED_REACH,
    LossSurface,
    Plane,
    axis_plane,
    frame_of,
    loss_surface,
    plane_surface,
    principal_plane,
    quadratic_minimum,
)
from playground.optimizers import OPTIMIZERS
from playground.pages.readouts import point, updates
from playground.player import Board, Column, Formula, Panel, Readout, Swatch, Words
from playground.presets import known_minima, preset_of
from playground.race import Known, Race, Runner, Standings, checked_function, lengthened, standings
from playground.update import PLACE, WrittenLine, written_out

SURFACE_POINTS = 81
"""Along each side of the drawn surface."""

CURVE_POINTS = 401

PART = 0.3
"""How high the picture of a principal plane is at least, as a part of its width."""

ASPECT = 1.9
"""Width by height of the contours' picture."""

PRINCIPAL = "principal directions"
"""The plane of the paths' two principal directions."""

MATRIX = 3
"""Up to how many variables the Hessian and its directions are written out."""

Frame: TypeAlias = tuple[tuple[float, float], tuple[float, float]]


class Look(NamedTuple):
    """How a race is looked at: on which plane, and on which scales."""

    plane: str = PRINCIPAL
    colours: Literal["auto", "log", "linear"] = "auto"
    loss_axis: Literal["log", "linear"] = "log"


class Ground(NamedTuple):
    """Where a function is looked at: a plane, None for one variable, and its ranges, of one variable the first."""

    plane: Plane | None
    frame: Frame


class Stability(NamedTuple):
    """The limit 2/λmax of plain gradient descent, inf where nothing curves upwards, and the rate beside it."""

    limit: float
    rate: float

    @property
    def side(self) -> int:
        """The word's number in ``SIDES``."""
        return int(_sides(torch.tensor(self.rate), torch.tensor(self.limit)))


SIDES = ("", "rate below: stable", "rate on it: neither shrinks nor grows", "rate above: unstable")
"""On which side of the limit for plain gradient descent a learning rate lies; nothing where there is no limit."""


def _sides(rates: Tensor, limits: Tensor) -> Tensor:
    """The numbers of words in ``SIDES``, of learning rates and limits of any shape."""
    # On it, to what float64 can tell of an eigenvalue.
    on = (rates - limits).abs() <= 1e-12 * limits.abs()
    return torch.where(limits.isfinite(), torch.where(on, 2, torch.where(rates > limits, 3, 1)), 0)


class View(NamedTuple):
    """What the player is given.

    Attributes:
        panels, columns, readouts, notes, status, alarming: as ``playground.player.player`` takes them.
        ground: what is drawn of the function.
        stability: of the selected run, where it ends.
        axes: of the lines, by their panels' names.
    """

    panels: list[Panel | Board]
    columns: dict[str, Tensor]
    readouts: list[Readout]
    notes: list[str]
    status: str
    alarming: bool
    ground: Ground
    stability: Stability
    axes: dict[str, LinesNumbers]


class _Shown(NamedTuple):
    """A race with what every part of its view needs; ``runs`` are the runners', ``at`` the selected one's.

    ``axes`` are those that lines have to keep, and in the end those of all lines.
    """

    race: Race
    runs: Sequence[Trajectory]
    selected: int
    known: Known | None
    table: Standings
    curved: Curvature
    look: Look
    length: int
    axes: dict[str, LinesNumbers]

    @property
    def at(self) -> Trajectory:
        return self.runs[self.selected]

    @property
    def runner(self) -> Runner:
        return self.race.runners[self.selected]

    @property
    def names(self) -> tuple[str, ...]:
        return self.race.objective.parameters

    def long(self, values: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """As many rows as the longest run has points."""
        return lengthened(values, self.length).numpy()

    def lengthened(self, columns: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What is known of a run's points stays at its end; what belongs to a step is missing after the last."""
        ended = len(self.at.losses)
        return {name: lengthened(one, self.length) if len(one) == ended else one for name, one in columns.items()}


def planes(names: Sequence[str]) -> list[str]:
    """The planes that a function of these variables can be looked at on."""
    return [PRINCIPAL, *(f"{x}, {y}" for x, y in combinations(names, 2))]


def race_view(
    race: Race,
    runs: Sequence[Trajectory],
    selected: int,
    look: Look | None = None,
    kept: Ground | None = None,
    axes: Mapping[str, LinesNumbers] | None = None,
) -> View:
    """The view of a race on one of its runners; ``kept`` is the ground that is to stay, ``axes`` likewise."""
    known = _known(race.function, race.start)
    table = standings(runs, known, race.tolerance)
    curved = curvature(race.objective, runs[selected].parameters)
    shown = _Shown(race, runs, selected, known, table, curved, look or Look(), table.losses.shape[1], dict(axes or {}))
    if len(shown.names) == 1:
        ground = kept or Ground(None, _frame(shown, None))
        panels = _curve(shown, ground)
        panels += _lines(shown, "lines", ("loss",)) + _lines(shown, "more", ("steps", "rate", "distance"))
    else:
        plane = _plane(shown)
        ground = kept or Ground(plane, _frame(shown, plane))
        panels = _surface(shown, ground)
        panels += _lines(shown, "lines", ("loss", "rate", "steps", "distance"))
    lines = written_out(shown.runner.optimizer, dict(shown.runner.settings), shown.at)
    panels += [_standings_board(shown), *_step_boards(shown, lines), _curvature_board(shown)]
    columns, readouts = _readouts(shown, ground.plane)
    columns = shown.lengthened(columns | _columns(shown, lines))
    said, status, alarming = _words(shown)
    stability = Stability(float(curved.limit[-1]), float(runs[selected].learning_rates[-1]))
    return View(panels, columns, readouts, said, status, alarming, ground, stability, shown.axes)


@lru_cache(maxsize=256)
def _known(function: str, start: tuple[float, ...]) -> Known | None:
    return known_minima(checked_function(function), start)


# ---- Where it is seen.


def _inside(run: Trajectory) -> Tensor:
    """The points (K, P) of a run that are no higher than its start: it may leave the picture, never flatten it."""
    inside = (run.losses <= run.losses[0]) & run.parameters.isfinite().all(-1)
    inside[0] = True
    return run.parameters[inside]


def _plane(shown: _Shown) -> Plane:
    names = shown.names
    if len(names) == 2:
        return axis_plane(shown.race.objective, (names[0], names[1]), torch.zeros(2))
    if shown.look.plane in planes(names)[1:]:
        x, y = shown.look.plane.split(", ")
        return axis_plane(shown.race.objective, (x, y), _inside(shown.at)[-1])
    return principal_plane(torch.cat([_inside(run) for run in shown.runs]))


def _frame(shown: _Shown, plane: Plane | None) -> Frame:
    """Round ranges that hold the preset's domain, or else the paths and the minima; and the starts."""

    def flat(points: Tensor) -> Tensor:
        return points.expand(-1, 2) if plane is None else plane.coordinates(points)

    aspect = 1.0 if plane is None else ASPECT
    starts = torch.cat([run.parameters[:1] for run in shown.runs])
    preset = preset_of(shown.race.objective)
    if preset and len(preset.domain) <= 2:
        corners = torch.tensor(preset.domain, dtype=torch.float64).mT
        held = torch.cat([flat(corners), flat(starts)])
        # A start outside gets air; the domain itself is framed as it is.
        outside = bool(((flat(starts) < flat(corners)[0]) | (flat(starts) > flat(corners)[1])).any())
        return frame_of(held, aspect, 0.08 if outside else 0.0)
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
    return frame_of(points, aspect)


def _curve(shown: _Shown, ground: Ground) -> list[Panel | Board]:
    x = torch.linspace(*ground.frame[0], CURVE_POINTS, dtype=torch.float64)
    with torch.no_grad():
        y = shown.race.objective.loss(x[:, None])
    minima = np.zeros((0, 2))
    if shown.known is not None:
        points = shown.known.points[:, 0]
        minima = np.column_stack([points, torch.full_like(points, shown.known.loss)])
    xs = [shown.long(run.parameters[:, 0]) for run in shown.runs]
    runners = ways(xs, [shown.long(run.losses) for run in shown.runs], _labels(shown))
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


def _surface(shown: _Shown, ground: Ground) -> list[Panel | Board]:
    plane = ground.plane
    assert plane is not None
    surface, names = _heights(shown, plane, ground.frame), _axis_names(shown, plane)
    coordinates = [shown.long(plane.coordinates(run.parameters)) for run in shown.runs]
    runners = ways([one[:, 0] for one in coordinates], [one[:, 1] for one in coordinates], _labels(shown))
    minima = np.zeros((0, 2)) if shown.known is None else plane.coordinates(shown.known.points).numpy()
    numbers = gather_plane(
        LossSurface(names, surface.x, surface.y, surface.z),
        runners,
        shown.selected,
        shown.long(shown.at.gradients @ plane.directions.mT),
        _state_arrows(shown, plane),
        shown.long(outlines(plane.directions @ shown.curved.hessians @ plane.directions.mT, ELLIPSE_POINTS)),
        minima,
        shown.look.colours,
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


def _heights(shown: _Shown, plane: Plane, frame: Frame) -> LossSurface:
    objective, (x_range, y_range) = shown.race.objective, frame
    if len(shown.names) > 2:
        return plane_surface(objective, plane, x_range, y_range, SURFACE_POINTS)
    x_name, y_name = shown.names
    return loss_surface(objective, (x_name, *x_range, SURFACE_POINTS), (y_name, *y_range, SURFACE_POINTS))


def _axis_names(shown: _Shown, plane: Plane) -> tuple[str, str]:
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
    # The upright axis has less room.
    first, second = (
        _combination(names, row.tolist(), most) for row, most in zip(plane.directions, (3, 2), strict=True)
    )
    return f"1st principal direction: {first}", f"2nd: {second}"


def _combination(names: Sequence[str], parts: Sequence[float], most: int) -> str:
    """A direction as a sum of at most so many variables, those of its largest parts."""
    told = [i for i, part in enumerate(parts) if abs(part) >= 0.005]
    kept = sorted(sorted(told, key=lambda i: -abs(parts[i]))[:most])
    written = " ".join(f"{'+' if parts[i] > 0 else '−'} {abs(parts[i]):.2f} {names[i]}" for i in kept)
    return written.removeprefix("+ ") + (" + …" if len(kept) < len(told) else "")


def _state_arrows(shown: _Shown, plane: Plane) -> list[tuple[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]]:
    """What the selected runner's optimizer keeps as vectors, and its gradients with their noise."""
    states = OPTIMIZERS[shown.runner.optimizer].states_for(dict(shown.runner.settings))
    # Beside the step from a point stands what that step makes of the states.
    after = {state.symbol: torch.full_like(shown.at.parameters, math.nan) for state in states if state.vector}
    for state in states:
        if state.vector:
            after[state.symbol][:-1] = shown.at.states[state.key][1:]
    found = [(symbol, shown.long(vectors @ plane.directions.mT)) for symbol, vectors in after.items()]
    if not torch.equal(shown.at.given, shown.at.gradients):
        found.insert(0, ("noisy gradient", shown.long(shown.at.given @ plane.directions.mT)))
    return found


# ---- Against the step.


def _lines(shown: _Shown, cell: str, kinds: Sequence[str]) -> list[Panel | Board]:
    steps = np.arange(shown.length, dtype=np.float64)
    labels = _labels(shown)

    def panel(name: str, tab: str, title: str, values: Sequence[Tensor], scale: Literal["log", "linear"]) -> Panel:
        every = [shown.long(one) for one in values]
        lines = ways([steps] * len(every), every, labels)
        description = f"{title} of {len(every)} runners against the step."
        numbers = gather_lines(title, lines, scale)
        kept = shown.axes.get(name)
        if kept is not None and kept.title == title:
            numbers = kept._replace(ways=lines)
        shown.axes[name] = numbers._replace(ways=[])
        return Panel(name, tab, lines_figure(numbers), description, cell=cell)

    found: list[Panel | Board] = []
    for kind in kinds:
        if kind == "loss":
            title, losses = _losses(shown)
            found.append(panel("loss", "Loss", title, losses, shown.look.loss_axis))
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


def _losses(shown: _Shown) -> tuple[str, list[Tensor]]:
    """The losses; on a logarithmic axis those above the least one there is, where that is known."""
    least = shown.known.loss if shown.known is not None and shown.look.loss_axis == "log" else 0.0
    if abs(least) <= 1e-12 * max(abs(float(run.losses[0])) for run in shown.runs):
        least = 0.0  # a minimum that was computed, and is 0 to rounding
    above = [run.losses - least for run in shown.runs]
    # The least loss is known to rounding: what is below it by no more lies on it.
    above = [torch.where(one.abs() <= 1e-12 * max(1.0, abs(least)), 0.0, one) for one in above]
    if not least or any(bool((one < 0).any()) for one in above):
        return "loss", [run.losses for run in shown.runs]
    return f"loss − ({least:.4g})" if least < 0 else f"loss − {least:.4g}", above


# ---- In numbers.


def _standings_board(shown: _Shown) -> Board:
    away = shown.known is not None
    heads: list[Readout] = [["runner"], ["rank"], ["loss"], *([["distance"]] if away else [])]
    heads += [["arrived"], ["gradients"]]
    rows: list[Sequence[Readout]] = []
    for i, label in enumerate(_labels(shown)):
        arrival = shown.table.arrivals[i]
        row: list[Readout] = [[_swatch(i), label], [Column(f"rank {i}", whole=True)], [Column(f"loss {i}")]]
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


def _step_boards(shown: _Shown, lines: Sequence[WrittenLine]) -> list[Board]:
    """The next step of the selected runner, in symbols with each line's result, and with its numbers."""
    record, label = OPTIMIZERS[shown.runner.optimizer], _labels(shown)[shown.selected]
    names = shown.names
    heads: list[Readout] = [[_swatch(shown.selected), record.name], *([name] for name in names)]
    gradient: list[Readout] = [[Formula("g_{t}"), " gradient"], *([Column(f"given {i}")] for i in range(len(names)))]
    rows: list[Sequence[Readout]] = [gradient]
    for k, line in enumerate(lines):
        made: list[Readout] = [[Column(f"line {k} {i}")] for i in range(line.values.shape[-1])]
        rows.append([[Formula(f"{line.left} = {line.right}")], *made])
    if not lines:
        states = record.states_for(dict(shown.runner.settings))
        for state in states:
            width = len(names) if state.vector else 1
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


def _substituted(line: WrittenLine, k: int, i: int) -> Readout:
    columns = tuple(
        Column(f"line {k} {name} {min(i, values.shape[-1] - 1)}", whole=name == "t")
        for name, values in line.given.items()
    )
    result = Column(f"line {k} {i}")
    return [Formula(f"= {line.numbers} = {PLACE.format(len(columns))}", (*columns, result))]


def _curvature_board(shown: _Shown) -> Board:
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


def _rates(shown: _Shown) -> tuple[float, float] | None:
    """By what a step of SGD on a quadratic shrinks the distance to its minimum: as measured, and as predicted."""
    runner = shown.runner
    given = dict(runner.settings)
    if runner.optimizer != "SGD" or runner.scheduler or shown.race.noise or {"weight_decay", "maximize"} & set(given):
        return None
    minimum = quadratic_minimum(shown.race.objective, shown.at.parameters[0])
    if minimum is None:
        return None
    measured = measured_rate(shown.at, minimum)
    if measured is None:
        return None
    settings = OPTIMIZERS["SGD"].checked(given)
    predicted = predicted_rate(
        shown.curved.eigenvalues[0],
        runner.lr,
        float(settings["momentum"]),  # type: ignore[arg-type]
        float(settings["dampening"]),  # type: ignore[arg-type]
        bool(settings["nesterov"]),
    )
    return measured, predicted


def _columns(shown: _Shown, lines: Sequence[WrittenLine]) -> dict[str, Tensor]:
    """All numbers that boards show, by name, (steps + 1,) or (steps,) each."""
    table, run, curved = shown.table, shown.at, shown.curved
    columns = {"loss": table.losses[0]}
    for i in range(len(shown.runs)):
        columns |= {f"rank {i}": table.ranks[i], f"loss {i}": table.losses[i], f"evaluations {i}": table.evaluations[i]}
        if table.distances is not None:
            columns[f"distance {i}"] = table.distances[i]
    for i in range(len(shown.names)):
        columns[f"given {i}"] = run.given[:-1, i]
        columns[f"eigen {i}"] = curved.eigenvalues[:, i]
        if len(shown.names) <= MATRIX:
            for j in range(len(shown.names)):
                columns[f"hessian {i} {j}"] = curved.hessians[:, i, j]
                columns[f"direction {i} {j}"] = curved.directions[:, j, i]
    for k, line in enumerate(lines):
        columns |= {f"line {k} {i}": line.values[:, i] for i in range(line.values.shape[-1])}
        for name, values in line.given.items():
            columns |= {f"line {k} {name} {i}": values[:, i] for i in range(min(2, values.shape[-1]))}
    if not lines:
        for key, values in run.states.items():
            rows = values.reshape(len(values), -1)
            columns |= {f"state {key} {i}": rows[1:, i] for i in range(rows.shape[-1])}
    columns |= {
        "condition": curved.condition,
        "limit": curved.limit,
        "side": _sides(run.learning_rates, curved.limit),
    }
    return columns


def _readouts(shown: _Shown, plane: Plane | None) -> tuple[dict[str, Tensor], list[Readout]]:
    """The selected runner's update, loss and gradient; of many variables what stands off the plane."""
    columns, lines = updates(shown.at)
    # A column of its own, which ends with the run: after it no step comes.
    columns |= {f"next {name}": shown.at.parameters[1:, i] for i, name in enumerate(shown.names)}
    lines = [
        [Column(f"next {part.name}") if isinstance(part, Column) and part.ahead else part for part in line]
        for line in lines
    ]
    mark = _swatch(shown.selected)
    loss: Readout = ["loss ", Column(f"loss {shown.selected}")]
    if plane is not None and len(shown.names) > 2:
        columns["|∇|"] = shown.at.gradients.norm(dim=-1)
        columns["off"] = plane.distances(shown.at.parameters)
        return columns, [
            [mark, *loss],
            ["off the plane by ", Column("off")],
            ["gradient's length ", Column("|∇|")],
        ]
    gradient: list[str | Column] = []
    for name in shown.names:
        gradient += [", ", Column(f"∂{name}")]
    lines = [[mark, *line] for line in lines]
    lines.insert(1, loss)
    lines.append(["∇ = (", *gradient[1:], ")"])
    return columns, lines


def _words(shown: _Shown) -> tuple[list[str], str, bool]:
    """What is said of the selected runner at each step, at its end, and whether that is a warning."""
    run, objective = shown.at, shown.race.objective
    edges = notes(objective, run.parameters, run.losses, run.gradients)
    said = [edge or text for edge, text in zip(edges, diagnose(run, shown.curved), strict=True)]
    outcome = run.outcome
    alarming = outcome.name in ("DIVERGED", "OUT_OF_DOMAIN", "STOPPED")
    status = outcome.message if alarming or outcome.name == "OUT_OF_TIME" else said[-1]
    if all(one.outcome.name == "DIVERGED" for one in shown.runs) and len(shown.runs) > 1:
        status = f"All runners diverge. {status}"
    said[-1] = ""  # the status
    return said + [""] * (shown.length - len(said)), status, alarming


def _labels(shown: _Shown) -> list[str]:
    return [runner.label for runner in shown.race.runners]


def _paths(shown: _Shown) -> str:
    """The runs, for a description."""
    each = [
        f"{label} from {point(run, 0)} to {point(run, -1)}"
        for label, run in zip(_labels(shown), shown.runs, strict=True)
    ]
    return "the path" + ("s" if len(each) > 1 else "") + " of " + "; ".join(each)


def _swatch(i: int) -> Swatch:
    return Swatch(COLOURS[i], SYMBOLS[i])
