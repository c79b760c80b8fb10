"""All that the player shows of a race, as a function of the race's state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from playground.analysis.update_rule import trace_rule
from playground.figures import RunPath
from playground.labs.shared.race.columns import Columns
from playground.labs.shared.race.lines import Lines, line_panels
from playground.labs.shared.race.pictures import picture_panels
from playground.labs.shared.race.region import PlotRegion, find_region
from playground.labs.shared.race.results import RaceResults, Stability
from playground.labs.shared.race.runs import Work, can_go_on, count_missing, run_race
from playground.labs.shared.race.state import RaceState
from playground.labs.shared.race.surfaces import has_surfaces, is_heavy
from playground.labs.shared.race.tables import (
    curvature_board,
    curvature_columns,
    standings_board,
    standings_columns,
    step_boards,
    step_columns,
)
from playground.labs.shared.race.words import race_readouts, race_words
from playground.labs.shared.session import Session
from playground.labs.shared.view import View
from playground.player import Board, Panel

FIRST_STEPS = 40
"""After a start was picked these are shown first, and those up to the cursor: the rest follows at once."""

MANY_STEPS = 100
"""From how many steps on that follow later it is worth it to show the first ones alone, where nobody picked a start."""


@dataclass(frozen=True, kw_only=True)
class RaceView(View):
    """What the player is given of a race.

    Attributes:
        results: the race with its runs.
        region: where it is drawn.
        is_coarse: whether a surface is to be made once more, in full detail.
    """

    columns: Columns
    results: RaceResults
    region: PlotRegion
    is_coarse: bool = False

    @property
    def stability(self) -> Stability | None:
        """Of the selected run, where it ends; None where no limit of its optimizer's rate is known."""
        return self.results.stability


def compute(session: Session[RaceState], *, in_parts: bool = False) -> RaceResults:
    """The race's runs: all of their steps, or those that the next picture needs at once.

    Args:
        session: whose state is shown.
        in_parts: whether the first of many steps that are new come first, wherever the cursor stands: the player waits
            for more where it stands beyond them.
    """
    work: Work = session.work
    race, needed = session.state.race, session.needed
    # On the first visit the whole comes at once: there is nothing yet to which a part would be added.
    if needed is None and in_parts and session.view and race != work.begun:
        needed = FIRST_STEPS if count_missing(race, work, FIRST_STEPS) >= MANY_STEPS else None
    work.begun = None if needed is None else race
    steps = race.steps if needed is None else min(race.steps, max(needed, FIRST_STEPS))
    # What takes seconds is in the address before it is done: a reload meanwhile must not lose it.
    runs = run_race(race, work, steps, before_long=session.write_link)
    return RaceResults(session.state, runs, is_partial=needed is not None)


def race_view(
    results: RaceResults,
    kept_axes: Mapping[str, Any],
    *,
    more_losses: Sequence[RunPath] = (),
    above_least: bool = True,
    cell_of_steps: str = "more",
) -> RaceView:
    """The view of a race on its selected runner.

    Args:
        results: what is shown.
        kept_axes: see ``keep_axes``.
        more_losses: of the selected runner, beside all runners' losses; above_least: see ``Lines.loss``.
        cell_of_steps: where the steps over a single parameter stand, beside the losses or apart.
    """
    region = find_region(results)
    lines = Lines(results, "lines", kept_axes)
    loss = lines.loss(more_losses, above_least=above_least)
    panels = picture_panels(results, region)
    if region.plane is None:
        beside = Lines(results, cell_of_steps, kept_axes, lines.axes)
        panels += [loss, *beside.parameters(), beside.rates(), *beside.distances()]
    else:
        panels += line_panels(lines, loss)
    written = trace_rule(results.runner.optimizer, dict(results.runner.settings), results.run)
    panels += [standings_board(results), *step_boards(results, written), curvature_board(results)]
    columns, readouts = race_readouts(results, region)
    notes, status, alarming = race_words(results)
    race, problem = results.state.race, results.state.race.problem
    is_coarse = region.plane is not None and is_heavy(problem) and not has_surfaces(problem, region)
    return RaceView(
        panels=panels,
        columns=Columns(
            results,
            lambda: columns,
            partial(standings_columns, results),
            partial(step_columns, results, written),
            partial(curvature_columns, results),
        ),
        readouts=readouts,
        notes=notes,
        status=status,
        alarming=alarming,
        subject=problem.subject,
        planned=race.steps if results.is_partial else 0,
        is_partial=results.is_partial,
        can_go_on=any(can_go_on(run.outcome, race) for run in results.runs),
        results=results,
        region=region,
        is_coarse=is_coarse,
        is_final=is_final(results) and not is_coarse,
        axes=lines.axes,
        size=count_numbers(results),
    )


def keep_axes(session: Session[Any], results: RaceResults) -> Mapping[str, Any]:
    """The axes of the picture that is there, for one whose last steps are still to come: they would jump twice."""
    return session.view.axes if results.is_partial and session.view else {}


def is_final(results: RaceResults) -> bool:
    """Whether the race always comes to this, and no more of it would be computed another time."""
    return not results.is_partial and all(run.outcome.name != "OUT_OF_TIME" for run in results.runs)


def count_numbers(results: RaceResults) -> int:
    """How many numbers the runs have: parameters, gradients, and what the optimizers keep."""
    return sum(
        run.parameters.numel() + run.gradients.numel() + sum(one.numel() for one in run.states.values())
        for run in results.runs
    )


def put_into_cells(panels: Sequence[Panel | Board], order: Mapping[str, int]) -> list[Panel | Board]:
    """The panels in the order of their cells."""
    return sorted(panels, key=lambda one: order[one.cell or one.name])
