"""The words of a race: the update written out beside the player's bar, and what is said at each step."""

from collections.abc import Sequence

import torch
from torch import Tensor

from playground.analysis.diagnosis import diagnose
from playground.engine.kinks import explain_points
from playground.engine.trajectory import Trajectory
from playground.labs.shared.race.region import PlotRegion, off_slice
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.runs import RUN_SECONDS, can_go_on
from playground.numerals import format_number
from playground.player import Cases, Column, Readout

_FOLLOWS = "follows"
"""The column that says whether a step of the selected run follows the cursor's."""


def race_readouts(results: RaceResults, region: PlotRegion) -> tuple[dict[str, Tensor], list[Readout]]:
    """The selected runner's update, loss and gradient; of many variables what stands off the plane."""
    columns, lines = updates(results.run)
    mark = results.swatch(results.selected)
    loss: Readout = ["loss ", Column(f"loss {results.selected}")]
    if region.slices:
        columns["|∇|"] = results.run.gradients.norm(dim=-1)
        columns["off"] = off_slice(results.run.parameters, region)
        return columns, [
            [mark, *loss],
            ["off the slice by ", Column("off")],
            ["gradient's length ", Column("|∇|")],
        ]
    gradient: list[str | Column] = []
    for name in results.names:
        gradient += [", ", Column(f"∂{name}")]
    lines = [[mark, *line] for line in lines]
    lines.insert(1, loss)
    lines.append(["∇ = (", *gradient[1:], ")"])
    return columns, lines


def race_words(results: RaceResults) -> tuple[list[str], str, bool]:
    """What is said of the selected runner at each step, at its end, and whether that is a warning."""
    run, objective = results.run, results.objective
    edges = explain_points(objective, run.parameters, run.losses, run.gradients)
    said = [edge or text for edge, text in zip(edges, diagnose(run, results.curved, objective), strict=True)]
    outcome = run.outcome
    alarming = outcome.is_failure
    status = outcome.message if alarming or outcome.name == "FLAT" else said[-1]
    if outcome.name == "OUT_OF_TIME":
        status = say_out_of_time(results)
    if all(one.outcome.name == "DIVERGED" for one in results.runs) and len(results.runs) > 1:
        status = f"All runners diverge. {status}"
    said[-1] = ""  # the status
    return said + [""] * (results.length - len(said)), status, alarming


def say_last(results: RaceResults) -> str:
    """Why nothing is told of a step that follows, at the last one of the selected run."""
    goes_on = can_go_on(results.run.outcome, results.state.race)
    why = "this is the last one that was computed. Play goes on." if goes_on else "the run ends here."
    return f"No step follows: {why}"


def if_follows(line: Readout, otherwise: Readout = ()) -> Readout:
    """A line on the step that follows the cursor, and what stands there after the last one, with ``updates``."""
    return [Cases(_FOLLOWS, (otherwise, line))]


def say_out_of_time(results: RaceResults) -> str:
    """That the selected run isn't finished, why, and how it goes on."""
    taken, wanted = results.run.steps, results.state.race.steps
    return (
        f"Stopped after {taken:,} of {wanted:,} steps: the page computes for {RUN_SECONDS:g} seconds at a time. "
        "Play goes on from here."
    )


def updates(run: Trajectory, places: Sequence[int] | None = None) -> tuple[dict[str, torch.Tensor], list[Readout]]:
    """Each parameter's update written out: the columns that it needs, and a line for each parameter.

    Args:
        run: whose steps they are; places: of the parameters that are told, all of them without it.
    """
    plain, rates = _is_plain(run), run.learning_rates
    # Of a batch, or with noise, the optimizer was given another gradient than that of the loss.
    given = "" if torch.equal(run.step_gradients, run.gradients) else " given"
    follows = torch.arange(run.steps + 1) < run.steps
    columns = {"rate": rates, _FOLLOWS: follows.to(torch.int8)}
    lines: list[Readout] = []
    constant = bool((rates == rates[0]).all())
    times: Readout = [f" − {format_number(rates[0], 6)} · ("] if constant else [" − ", Column("rate"), " · ("]
    moves = run.parameters.diff(dim=0)
    for i in range(len(run.names)) if places is None else places:
        name = run.names[i]
        columns[name] = run.parameters[:, i]
        columns[f"∂{name}"] = run.gradients[:, i]
        columns[f"∂{name} given"] = run.step_gradients[:-1, i]  # none was drawn yet for the step after the last
        columns[f"Δ{name}"] = moves[:, i]
        change: Readout = [*times, Column(f"∂{name}{given}"), ")"] if plain else [" + (", Column(f"Δ{name}"), ")"]
        update: Readout = [f"{name} ← ", Column(name), *change, " = ", Column(name, ahead=1)]
        lines.append(if_follows(update, [f"{name} = ", Column(name), "" if lines else ", and no step follows"]))
    return columns, lines


def _is_plain(run: Trajectory) -> bool:
    """Whether every step was the learning rate times the gradient that it was given, as torch took it."""
    before, after = run.parameters[:-1], run.parameters[1:]
    steps = run.learning_rates[:-1, None] * run.step_gradients[:-1]
    # Relative to what is subtracted: where it cancels out, rounding is all that is left.
    same = (after - (before - steps)).abs() <= 1e-12 * (before.abs() + steps.abs())
    return bool((same | ~after.isfinite()).all())


def point(run: Trajectory, step: int) -> str:
    """Where a run is at a step, for a description."""
    return "(" + ", ".join(format_number(value) for value in run.parameters[step].tolist()) + ")"
