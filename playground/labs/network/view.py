"""All that the player shows of a network in training, as a function of its state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from torch import Tensor

from playground.analysis.network_measures import measure_accuracy
from playground.engine.network import Network
from playground.labs.network.lines import line_panels, measure_held_out
from playground.labs.network.pictures import (
    data_panel,
    find_frame,
    histogram_panels,
    network_panel,
    training_of,
    with_cell,
)
from playground.labs.network.planes import height_columns, height_lines, plane_through, say_share
from playground.labs.network.seeds import seed_parts
from playground.labs.network.state import VIEWS, NetworkState
from playground.labs.network.tables import chosen_board, chosen_columns, find_chosen
from playground.labs.network.walk import walk_view
from playground.labs.shared.evaluate import along
from playground.labs.shared.race.columns import Columns
from playground.labs.shared.race.lines import Lines
from playground.labs.shared.race.pictures import plane_panels
from playground.labs.shared.race.region import PlotRegion, find_region
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.runs import can_go_on
from playground.labs.shared.race.surfaces import has_surfaces, is_heavy
from playground.labs.shared.race.tables import standings_board, standings_columns
from playground.labs.shared.race.view import compute, count_numbers, is_final, keep_axes
from playground.labs.shared.race.words import say_out_of_time
from playground.labs.shared.session import Session
from playground.labs.shared.view import Range, View
from playground.player import Board, Column, Panel, Readout

LOSS_PICTURES = {"contours", "surface"}
"""The panels in which the loss is seen around the run."""


@dataclass(frozen=True, kw_only=True)
class NetworkView(View):
    """What the player is given of a network in training.

    Attributes:
        results: the race with its runs.
        region: where the loss is drawn; data_frame: the ranges of the points' picture.
        is_coarse: whether the surface is to be made once more, in full detail.
    """

    results: RaceResults
    region: PlotRegion
    data_frame: tuple[Range, Range]
    is_coarse: bool


def network_view(session: Session[NetworkState]) -> View:
    """The view of a network in training, or of one step of it, on the selected runner."""
    is_training = session.state.view == VIEWS[0]
    results = compute(cast(Session[Any], session), in_parts=is_training)
    return training_view(session, results) if is_training else walk_view(results)


def training_view(session: Session[NetworkState], results: RaceResults) -> NetworkView:
    """The view of a whole run."""
    state, region = session.state, find_region(results, plane_through)
    frame, chosen = find_frame(state), find_chosen(state.training, state.chosen)
    is_coarse = is_heavy(state.race.problem) and not has_surfaces(state.race.problem, region)
    told, updated = chosen_columns(results, chosen)
    run, race, problem = results.run, state.race, state.race.problem
    measured = _measure(results)
    status, alarming = _status(results)
    seeds = seed_parts(results)
    # Of a run whose last steps are still to come they stay, or they would jump twice.
    lines = Lines(results, "lines", keep_axes(session, results))
    learning = line_panels(lines)
    return NetworkView(
        panels=[
            data_panel(results, frame),
            network_panel(results, frame),
            *seeds.pictures,
            *learning,
            *seeds.boards,
            chosen_board(results, chosen),
            *_loss_panels(results, region),
            standings_board(results),
            *histogram_panels(results),
        ],
        columns=Columns(
            results,
            partial(standings_columns, results),
            lambda: measured | told,
            partial(height_columns, results, region),
        ),
        readouts=[
            *_readouts(results, measured),
            *([results.swatch(results.selected), *line] for line in updated),
        ],
        status=status if alarming else f"{status} {seeds.sentence}".rstrip(),
        alarming=alarming,
        subject=problem.subject,
        planned=race.steps if results.is_partial else 0,
        is_partial=results.is_partial,
        can_go_on=can_go_on(run.outcome, race),
        results=results,
        region=region,
        data_frame=frame,
        is_coarse=is_coarse,
        is_final=is_final(results) and not is_coarse,
        axes=lines.axes,
        size=count_numbers(results),
    )


def _loss_panels(results: RaceResults, region: PlotRegion) -> list[Panel | Board]:
    """The loss around the run, in the plane that is chosen."""
    if region.plane is None:
        return []
    contours, surface = plane_panels(results, region, region.plane, coarse=results.is_partial)
    lines = height_lines(results, region)
    contours = replace(contours, title=f"{contours.title}: {say_share(results, region.plane)}", readouts=lines)
    surface = replace(surface, readouts=lines)
    return [with_cell(contours, "board", "Loss plane"), with_cell(surface, "board", "Surface")]


def _measure(results: RaceResults) -> dict[str, Tensor]:
    """The selected runner's accuracy, and its loss and accuracy on the points held out, as far as there are any."""
    network: Network = training_of(results).objective
    theta = results.run.parameters
    found = {"accuracy": measure_accuracy(network, theta), "held out accuracy": measure_held_out(network, theta)}
    if network.held_out:
        found["held out"] = along(theta, network.held_out.cost, network.held_out.loss)
    return {name: one for name, one in found.items() if one is not None}


def _readouts(results: RaceResults, measured: Mapping[str, Tensor]) -> list[Readout]:
    """The loss and the accuracy, each also on the points held out."""
    mark = results.swatch(results.selected)
    lines: list[Readout] = []
    for name, held_out, said in (
        (f"loss {results.selected}", "held out", "loss "),
        ("accuracy", "held out accuracy", "accuracy "),
    ):
        more: Readout = ["  held out ", Column(held_out)] if held_out in measured else []
        if name in measured or not lines:
            lines.append([mark, said, Column(name), *more])
    return lines


def _status(results: RaceResults) -> tuple[str, bool]:
    """How the selected run ended, and whether that is a warning."""
    outcome = results.run.outcome
    if outcome.name == "OUT_OF_TIME":
        return say_out_of_time(results), False
    return outcome.message, outcome.is_failure
