"""A race whose first steps are shown before the others: which changes come so, and that the whole is the same."""

from dataclasses import replace

import numpy as np
import pytest

from playground.engine.runner import Runner
from playground.labs import LABS
from playground.labs.shared.race.runs import Work, count_missing, run_race
from playground.labs.shared.race.view import FIRST_STEPS, MANY_STEPS
from playground.labs.shared.session import Session

LAB = LABS["network"]
STEPS = FIRST_STEPS + MANY_STEPS


def session_on(state, work=None) -> Session:
    return Session(LAB, state, work or LAB.work())


def with_runner(state, **changes):
    return state.racing(runners=(replace(state.runner, **changes),))


@pytest.fixture(scope="module")
def state():
    return LAB.read_link({"steps": str(STEPS)}).state


def look(session):
    """The view of the session's state, in the place of the one that is there."""
    session.view = LAB.view(session)
    return session.view


def length(view) -> int:
    return len(view.columns["loss"]) - 1


def test_a_first_visit_is_whole_and_another_rate_comes_in_two_parts(state):
    session = session_on(state)
    first = look(session)
    assert (first.is_partial, length(first)) == (False, STEPS)
    session.state = with_runner(state, lr=0.02)
    part = look(session)
    assert (part.is_partial, length(part), part.planned) == (True, FIRST_STEPS, STEPS)
    whole = look(session)
    assert (whole.is_partial, length(whole), whole.planned) == (False, STEPS, 0)
    fresh = LAB.view(session_on(session.state))
    assert [one.name for one in part.panels] == [one.name for one in fresh.panels]
    for name, column in fresh.columns.items():
        np.testing.assert_array_equal(whole.columns[name], column)
        if len(column) == STEPS + 1 and "height" not in name and "slice" not in name:  # another plane
            np.testing.assert_array_equal(part.columns[name][: FIRST_STEPS - 1], column[: FIRST_STEPS - 1])
    for ours, theirs in zip(whole.panels, fresh.panels, strict=True):
        assert getattr(ours, "figure", None) == getattr(theirs, "figure", None), ours.name
    assert look(session).is_partial is False


def test_axes_stay_for_the_first_part_and_then_hold_the_whole(state):
    session = session_on(state)
    ranges = []
    for lr in (0.05, 0.001, 0.001):
        session.state = with_runner(state, lr=lr)
        panels = {one.name: one for one in look(session).panels}
        ranges.append([panels[name].figure.layout.xaxis.range for name in ("loss", "accuracy", "norms")])
    assert ranges[0] == ranges[1] == ranges[2]
    assert ranges[0][0][1] >= STEPS


def test_what_needs_few_new_steps_or_none_is_whole_at_once(state):
    session = session_on(state)
    look(session)
    for other in (
        replace(state, shown="gradients"),
        state.racing(steps=STEPS + MANY_STEPS - 1),
        with_runner(state, lr=0.03).racing(steps=FIRST_STEPS + MANY_STEPS - 1),
        replace(with_runner(state, lr=0.04), view="One step", walk_from=STEPS),
    ):
        session.state = other
        assert look(session).is_partial is False


def test_the_run_that_is_known_stays_known_while_another_begins(state):
    work = Work()
    alone = state.race
    run_race(alone, work, STEPS)
    (known,) = work.descents.values()
    both = replace(alone, runners=(*alone.runners, Runner("SGD", 0.1)), slots=(0, 1))
    assert count_missing(both, work, FIRST_STEPS) == MANY_STEPS
    assert [len(run.losses) for run in run_race(both, work, FIRST_STEPS)] == [FIRST_STEPS + 1] * 2
    assert known in work.descents.values()
    assert [len(run.losses) for run in run_race(both, work, STEPS)] == [STEPS + 1] * 2
    assert known in work.descents.values()
    assert count_missing(both, work, FIRST_STEPS) == 0


def test_a_run_that_left_the_finite_numbers_misses_nothing():
    state = LAB.read_link({"hidden": "4,4", "activation": "relu", "runner_1": "SGD,lr=1e300", "steps": "500"}).state
    work = Work()
    run_race(state.race, work, FIRST_STEPS)
    assert count_missing(state.race, work, FIRST_STEPS) == 0
