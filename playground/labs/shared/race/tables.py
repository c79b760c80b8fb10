"""The tables of a race: how the runners stand, the next step in symbols and in numbers, and the curvature."""

from collections.abc import Sequence
from functools import partial
from itertools import product

import torch
from torch import Tensor

from playground.analysis.curvature import Curvature, measure_rate, predict_rate
from playground.analysis.minima import find_minimum
from playground.analysis.stability import is_plain
from playground.analysis.update_rule import PLACEHOLDER, TracedLine
from playground.engine.optimizers import OPTIMIZERS
from playground.labs.shared.race.results import SIDES, RaceResults, sides
from playground.labs.shared.race.words import if_follows, say_last
from playground.player import Board, Column, Formula, Readout, Words

NO_CONDITION = ("", "the Hessian isn't finite", "the loss curves down one way", "the loss is flat")
"""Why there is no condition number; nothing where there is one."""

NO_LIMIT = ("", "the Hessian isn't finite", "nothing curves upwards")
"""Why there is no limit; nothing where there is one."""

MATRIX = 3
"""Up to how many variables the Hessian and its directions are written out."""


def standings_board(results: RaceResults) -> Board:
    """How the runners stand at the cursor."""
    away = results.known is not None
    heads: list[Readout] = [["runner"], ["rank"], ["loss"], *([["distance"]] if away else [])]
    heads += [["arrived"], ["gradients"]]
    rows: list[Sequence[Readout]] = []
    for i, label in enumerate(results.labels):
        arrival = results.table.arrivals[i]
        row: list[Readout] = [[results.swatch(i), label], [Column(f"rank {i}", whole=True)], [Column(f"loss {i}")]]
        if away:
            row.append([Column(f"distance {i}", none="none")])
        row += [[Words(f"arrived {i}", ("–", f"step {arrival}"))], [Column(f"evaluations {i}", whole=True)]]
        rows.append(row)
    description = (
        "The runners: rank, loss, distance to the nearest known minimum, the first step at which "
        + ("the loss is within the tolerance of the minimum's" if away else "the gradient is within the tolerance")
        + ", and how many gradients the optimizer asked for."
    )
    return Board("standings", "Race", heads, rows, description, chosen=results.selected, cell="board")


def step_boards(results: RaceResults, lines: Sequence[TracedLine]) -> list[Board]:
    """The next step of the selected runner, in symbols with each line's result, and with its numbers."""
    record, label = OPTIMIZERS[results.runner.optimizer], results.labels[results.selected]
    names = results.names
    heads: list[Readout] = [[results.swatch(results.selected), record.name], *([name] for name in names)]
    last: Sequence[Readout] = [if_follows([], [say_last(results)])]
    rows: list[Sequence[Readout]] = [last, [[Formula("g_{t}"), " gradient"], *_made("given", len(names))]]
    for k, line in enumerate(lines):
        rows.append([[Formula(f"{line.left} = {line.right}")], *_made(f"line {k}", line.values.shape[-1])])
    if not lines:
        states = record.active_states(dict(results.runner.settings))
        for state in states:
            width = len(names) if state.is_vector else 1
            rows.append([[state.label], *_made(f"state {state.key}", width)])
        rows.append([["step"], *(if_follows([Column(f"Δ{name}")]) for name in names)])
        rows.append([[record.explanation]])
    boards = [
        Board(
            "step", "Step", heads, rows, f"The next step of {label}: the update rule and what it makes.", cell="board"
        )
    ]
    if lines:
        substituted: list[Sequence[Readout]] = [last]
        substituted += [
            [if_follows([f"{name}  " if len(names) > 1 else "", Formula(line.left)]), _substituted(line, k, i)]
            for i, name in enumerate(names[:2])
            for k, line in enumerate(lines)
            if i < line.values.shape[-1]
        ]
        if len(names) > 2:
            substituted.append([if_follows([", ".join(names[2:])]), if_follows(["likewise"])])
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
    return if_follows([Formula(f"= {line.template} = {PLACEHOLDER.format(len(columns))}", (*columns, result))])


def _made(what: str, count: int) -> list[Readout]:
    """So many numbers that the next step makes."""
    return [if_follows([Column(f"{what} {i}")]) for i in range(count)]


def curvature_board(results: RaceResults) -> Board:
    """The Hessian at the cursor, and what follows from it for plain gradient descent."""
    shown = results.names if len(results.names) <= MATRIX else ()
    heads: list[Readout] = [["at the cursor"], [""], *([f"∂/∂{name}"] for name in shown)]
    description = "The Hessian at the cursor, its eigenvalues and directions, and what follows for plain SGD."
    return Board("curvature", "Curvature", heads, partial(_curvature_rows, results), description, cell="board")


def _curvature_rows(results: RaceResults) -> list[Sequence[Readout]]:
    names, small = results.names, len(results.names) <= MATRIX
    rows: list[Sequence[Readout]] = []
    if small:
        for i, name in enumerate(names):
            entries: list[Readout] = [[Column(f"hessian {i} {j}")] for j in range(len(names))]
            rows.append([["Hessian" if not i else "", f" ∂/∂{name}"], [], *entries])
    for i in range(len(names)):
        along: list[Readout] = [[Column(f"direction {i} {j}", none="–")] for j in range(len(names))] if small else []
        rows.append(
            [
                [f"eigenvalue {i + 1}" + (" and its direction" if small else "")],
                [Column(f"eigen {i}", none="none")],
                *along,
            ]
        )
    rows.append([["condition number κ"], [Column("condition", none="none")], [Words("why no condition", NO_CONDITION)]])
    limit: Readout = [Words("why no limit", NO_LIMIT), Words("side", SIDES)]
    rows.append([["limit of plain SGD, 2/λmax"], [Column("limit", none="none")], limit])
    rates = _rates(results)
    if rates:
        measured, predicted = rates
        told = Words("ended", ("…", f"× {measured:.5f}"))
        rows.append([["distance, each step, at the end"], [told], [f"predicted × {predicted:.5f}"]])
    return rows


def _rates(results: RaceResults) -> tuple[float, float] | None:
    """By what a step of SGD on a quadratic shrinks the distance to its minimum: as measured, and as predicted."""
    runner = results.runner
    given = dict(runner.settings)
    if (
        runner.optimizer != "SGD"
        or runner.scheduler
        or results.state.race.noise
        or {"weight_decay", "maximize"} & set(given)
    ):
        return None
    minimum = find_minimum(results.objective, results.run.parameters[0])
    if minimum is None:
        return None
    measured = measure_rate(results.run, minimum)
    if measured is None:
        return None
    settings = OPTIMIZERS["SGD"].check_settings(given)
    predicted = predict_rate(
        results.curved.eigenvalues[0],
        runner.lr,
        float(settings["momentum"]),  # type: ignore[arg-type]
        float(settings["dampening"]),  # type: ignore[arg-type]
        bool(settings["nesterov"]),
    )
    return measured, predicted


def _why_no_condition(curved: Curvature) -> Tensor:
    """The numbers of words in ``NO_CONDITION``, (steps + 1,)."""
    why = torch.where(curved.flat.isnan(), 1, torch.where(curved.bends_down, 2, 3))
    return torch.where(curved.condition.isnan(), why, 0).to(torch.int8)


def _why_no_limit(curved: Curvature) -> Tensor:
    """The numbers of words in ``NO_LIMIT``, (steps + 1,)."""
    return torch.where(curved.limit.isnan(), 1, torch.where(curved.limit.isinf(), 2, 0)).to(torch.int8)


def standings_columns(results: RaceResults) -> dict[str, Tensor]:
    """All numbers of ``standings_board``, by name, (steps + 1,) each."""
    table = results.table
    columns = {"loss": table.losses[0]}
    for i in range(len(results.runs)):
        columns |= {f"rank {i}": table.ranks[i], f"loss {i}": table.losses[i], f"evaluations {i}": table.evaluations[i]}
        if table.distances is not None:
            columns[f"distance {i}"] = table.distances[i]
        arrival = table.arrivals[i]
        steps = torch.arange(len(table.losses[i]))
        columns[f"arrived {i}"] = (steps >= (len(steps) if arrival is None else arrival)).to(torch.int8)
    return columns


def step_columns(results: RaceResults, lines: Sequence[TracedLine]) -> dict[str, Tensor]:
    """All numbers of ``step_boards``, by name, (steps,) each."""
    run = results.run
    columns = {f"given {i}": run.step_gradients[:-1, i] for i in range(len(results.names))}
    for k, line in enumerate(lines):
        columns |= {f"line {k} {i}": line.values[:, i] for i in range(line.values.shape[-1])}
        for name, values in line.inputs.items():
            columns |= {f"line {k} {name} {i}": values[:, i] for i in range(min(2, values.shape[-1]))}
    if not lines:
        for key, values in run.states.items():
            rows = values.reshape(len(values), -1)
            columns |= {f"state {key} {i}": rows[1:, i] for i in range(rows.shape[-1])}
    return columns


def curvature_columns(results: RaceResults) -> dict[str, Tensor]:
    """All numbers of ``curvature_board``, by name, (steps + 1,) each."""
    run, curved = results.run, results.curved
    columns = {f"eigen {i}": curved.eigenvalues[:, i] for i in range(len(results.names))}
    if len(results.names) <= MATRIX:
        for i, j in product(range(len(results.names)), repeat=2):
            columns[f"hessian {i} {j}"] = curved.hessians[:, i, j]
            columns[f"direction {i} {j}"] = curved.directions[:, j, i]
    return columns | {
        "condition": curved.condition,
        "why no condition": _why_no_condition(curved),
        "limit": torch.where(curved.limit.isfinite(), curved.limit, torch.nan),
        "why no limit": _why_no_limit(curved),
        "side": sides(run.learning_rates, curved.limit, curved.bends_down)
        if is_plain(results.runner)
        else torch.zeros(len(run.losses)),
        "ended": (torch.arange(len(run.losses)) >= len(run.losses) - 1).to(torch.int8),
    }
