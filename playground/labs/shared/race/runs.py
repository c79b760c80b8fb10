"""The runs of a race, which go on from where they were."""

import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from playground.engine.descent import Descent
from playground.engine.outcome import Outcome
from playground.engine.trajectory import Trajectory
from playground.labs.shared.limits import LIGHT_SECONDS
from playground.labs.shared.line import LINE
from playground.labs.shared.race.state import Race
from playground.labs.shared.turns import TURNS, BusyError, give_way

TURN = 250
"""How many steps a runner takes before it is the next one's turn."""

RUN_SECONDS = 4.0
"""How long one run of the page may compute steps, all runners together, when it has its turn: of processor time, so
that it gets as far on a busy server."""


@dataclass
class Work:
    """What a session with a race keeps beside its state.

    Attributes:
        descents: the runs, by all that decides their steps.
        begun: the race of which a part was shown last, whose whole is to follow; None after a whole one.
    """

    descents: dict[Hashable, Descent] = field(default_factory=dict)
    begun: Race | None = None


def run_race(race: Race, work: Work, steps: int, before_long: Callable[[], object] = lambda: None) -> list[Trajectory]:
    """Each runner's run of so many steps, or of as many as the time allows; ``before_long`` is called where it is."""
    descents: dict[Hashable, Descent] = {}
    for runner in race.runners:
        key = race.decides(runner)
        descent = descents.get(key) or work.descents.get(key)
        descents[key] = race.descent(runner) if descent is None or descent.steps > steps else descent
    known = work.descents if steps < race.steps else {}  # what is shown in part is soon to be shown whole
    work.descents = {key: max(one, known.get(key, one), key=_reached) for key, one in descents.items()}
    racing = [descents[race.decides(runner)] for runner in race.runners]
    runs = _advance(racing, steps, LIGHT_SECONDS)
    if any(run.outcome.name == "OUT_OF_TIME" for run in runs):
        before_long()
        with suppress(BusyError), TURNS.take(give_way):
            runs = _advance(racing, steps, RUN_SECONDS)
    return runs


def _advance(racing: Sequence[Descent], steps: int, seconds: float) -> list[Trajectory]:
    """The runs, gone on up to so many steps: one after the other, so that all get as far as the time allows."""
    deadline = time.thread_time() + seconds
    for reached in range(TURN, steps, TURN):
        give_way()
        for descent in racing:
            if descent.steps < reached:
                LINE.let_others()
                descent.run(reached - descent.steps, deadline, time.thread_time)
    return [descent.run(steps - descent.steps, deadline, time.thread_time) for descent in racing]


def _reached(descent: Descent) -> int:
    return descent.steps


def can_go_on(outcome: Outcome, race: Race) -> bool:
    """Whether a run that ended so can take another step: there is room for one, or the time didn't suffice for it."""
    return outcome.can_continue and (race.steps < race.most_steps or outcome.name == "OUT_OF_TIME")


def count_missing(race: Race, work: Work, beyond: int) -> int:
    """How many steps of a race, beyond so many of each runner, are still to be computed."""
    missing = 0
    for key in {race.decides(runner) for runner in race.runners}:
        descent = work.descents.get(key)
        if descent is None or descent.can_step:
            missing += max(0, race.steps - max(beyond, descent.steps if descent else 0))
    return missing
