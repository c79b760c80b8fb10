"""All that the player shows of a fit, as a function of its state."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from playground.engine.fit import Fit
from playground.engine.trajectory import Trajectory
from playground.figures import RunPath
from playground.figures.palette import BATCH_LOSS, HELD_OUT_LOSS
from playground.labs.fit.facts import Facts
from playground.labs.fit.pictures import data_panels, given_panel
from playground.labs.fit.state import FitState
from playground.labs.fit.tables import fit_boards, fit_columns
from playground.labs.shared.evaluate import along
from playground.labs.shared.race.columns import Columns
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.view import RaceView, compute, keep_axes, race_view
from playground.labs.shared.race.words import if_follows
from playground.labs.shared.session import Session
from playground.labs.shared.view import Range
from playground.player import Board, Column, Panel, Part, Readout

ORDER = {"data": 0, "contours": 1, "curve": 1, "lines": 2, "board": 3}
"""The cells, in their order."""


@dataclass(frozen=True, kw_only=True)
class FitView(RaceView):
    """What the player is given of a fit.

    Attributes:
        data_frame: the ranges of the data's picture.
        conditions: the condition numbers for x as given and standardised, where they are known.
    """

    data_frame: tuple[Range, Range]
    conditions: tuple[float, float] | None


def fit_view(session: Session[FitState]) -> FitView:
    """The view of a fit on its selected runner: that of its race, with the data and what can be said of them."""
    results = compute(cast(Session[Any], session))
    race = race_view(
        results,
        keep_axes(cast(Session[Any], session), results),
        more_losses=_other_losses(results),
        above_least=False,
        cell_of_steps="lines",
    )
    fit, facts = session.state.regression.objective, Facts(results)
    data, data_frame = data_panels(results, _data_frame(session.state))
    panels = _with_fit(results, facts, [*data, *race.panels])
    return FitView(
        **{name: value for name, value in vars(race).items() if name not in ("panels", "columns", "readouts")},
        panels=sorted(panels, key=lambda one: ORDER[one.cell or one.name]),
        columns=Columns(results, *race.columns.makers, *fit_columns(results, fit, facts)),
        readouts=_with_losses(race.readouts, fit, results.run),
        data_frame=data_frame,
        conditions=facts.conditions,
    )


def _data_frame(state: FitState) -> tuple[Range, Range] | None:
    """Where the picture of the data is held, as long as it holds all of them."""
    if state.data_frame is None:
        return None
    (left, right), (low, high) = state.data_frame
    points = state.regression.points
    holds = left <= min(points.x) and max(points.x) <= right and low <= min(points.y) and max(points.y) <= high
    return ((left, right), (low, high)) if holds else None


def _with_fit(results: RaceResults, facts: Facts, panels: Sequence[Panel | Board]) -> list[Panel | Board]:
    """The race's panels with the tables of the fit among them, which share the place of the surface."""
    found = [replace(one, cell="board", tab="Surface") if one.name == "surface" else one for one in panels]
    given = given_panel(results, facts)
    if given is not None:
        at = next(i for i, one in enumerate(found) if one.name == "contours")
        found[at : at + 1] = [replace(found[at], tab="x standardised"), given]
    return [*found, *fit_boards(results, facts)]


def _other_losses(results: RaceResults) -> list[RunPath]:
    """The selected runner's losses on other points: of each batch, and of those held out."""
    run, held_out = results.run, cast(FitState, results.state).regression.objective.held_out
    steps = results.steps
    found = []
    if run.batches is not None:
        # No step comes after the last: its loss is that of all points.
        found.append(RunPath("of the batch", BATCH_LOSS, "circle", steps, results.long(run.batch_losses)))
    if held_out:
        losses = along(run.parameters, held_out.cost, held_out.loss)
        found.append(RunPath("held out", HELD_OUT_LOSS, "square", steps, results.long(losses)))
    return found


def _with_losses(readouts: Sequence[Readout], fit: Fit, run: Trajectory) -> list[Readout]:
    """Beside the loss also that of the batch, and of the points held out."""
    more: list[Part] = []
    if run.batches is not None:
        more += if_follows(["  batch ", Column("batch loss"), " in epoch ", Column("epoch", whole=True)])
    if fit.held_out:
        more += ["  held out ", Column("held out")]
    return [[*line, *more] if "loss " in line else line for line in readouts]
