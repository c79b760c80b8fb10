import math
from dataclasses import replace

import pytest
import torch

from playground import InputError, descend
from playground.engine.runner import Runner
from playground.labs.descent.problem import Formula
from playground.labs.fit.problem import Regression
from playground.labs.shared.race.state import (
    MAX_RUNNERS,
    MAX_STEPS,
    PRINCIPAL,
    Race,
    RaceState,
    Region,
    check_steps,
    check_tolerance,
    most_steps,
    planes,
)

BOWL = Race(Formula("x^2 + y^2"), (3.0, -2.0), (Runner(lr=0.1), Runner("Adam", 0.5)), 70)
STATE = RaceState(race=BOWL)


# ---- Races.


@pytest.mark.parametrize(
    ("change", "field", "part"),
    [
        ({"runners": ()}, "runners", "1 to 6 runners, not 0"),
        ({"runners": (Runner(),) * 7}, "runners", "not 7"),
        ({"slots": (0,)}, "runners", "can't have the numbers"),
        ({"slots": (1, 0)}, "runners", "can't have the numbers"),
        ({"slots": (2, 2)}, "runners", "can't have the numbers"),
        ({"slots": (0, MAX_RUNNERS)}, "runners", "can't have the numbers"),
        ({"slots": (-1, 0)}, "runners", "can't have the numbers"),
        ({"steps": 0}, "steps", "from 1 to 10,000"),
        ({"steps": 10_001}, "steps", "10,001"),
        ({"steps": 9_001}, "steps", "2 runners take at most 9,000 steps each"),
        ({"tolerance": 0.0}, "tolerance", "above 0"),
        ({"noise": -1.0}, "noise", "-1"),
        ({"noise_kind": "white"}, "noise_kind", "'white'"),
        ({"seed": -1}, "seed", "-1"),
        ({"start": (1.0,)}, "start", "has 1 value, and the parameters are x, y"),
        ({"start": (1.0, math.inf)}, "start", "Start y is inf: it must lie between"),
        ({"start": (1.0, 2e100)}, "start", "must lie between"),
        ({"start": (math.nan, 1.0)}, "start", "Start x is nan: it must lie between"),
        ({"start": (1.0,), "runners": (Runner(start=(1.0, 2.0)),)}, "start", "the parameters are x, y"),
        ({"runners": (Runner(), Runner(start=(1.0, 2.0, 3.0)))}, "start", "has 3 values, and the parameters are x, y"),
        ({"runners": (Runner(), Runner("Powell"))}, "optimizer", "'Powell'"),
        ({"runners": (Runner(scheduler="Powell"),)}, "scheduler", "'Powell'"),
        ({"runners": (Runner(lr=-1.0),)}, "lr", "-1"),
        ({"runners": (Runner("LevenbergMarquardt", 1.0),)}, "optimizer", "sum of squares"),
        ({"runners": (Runner(batch_size=2),)}, "batch_size", "this function has none"),
        ({"runners": (Runner(settings=(("nesterov", True),)),)}, "settings", "Nesterov"),
        ({"problem": Formula("x^2 + y + z")}, "start", "the parameters are x, y, z"),
    ],
    ids=str,
)
def test_a_race_that_cannot_be_run_is_refused_with_the_field(change, field, part):
    with pytest.raises(InputError) as error:
        replace(BOWL, **({"slots": ()} | change))
    assert error.value.field == field
    assert part in str(error.value)


@pytest.mark.parametrize("count", [1, MAX_RUNNERS])
def test_one_to_six_runners_make_a_race(count):
    race = replace(BOWL, runners=(Runner(),) * count, slots=())
    assert (len(race.runners), race.slots) == (count, tuple(range(count)))


def test_a_race_gives_its_noise_and_start_to_all_runners():
    race = replace(BOWL, noise=0.5, noise_kind="rare spikes", seed=3)
    for runner in race.runners:
        alone = descend(race.objective, (3.0, -2.0), runner.optimizer, runner.lr, 9, noise=0.5,
                        noise_kind="rare spikes", seed=3)  # fmt: skip
        assert torch.equal(race.descent(runner).run(9).parameters, alone.parameters)


def test_what_decides_a_run_is_equal_where_runs_are():
    other = replace(BOWL, runners=(*BOWL.runners, Runner("LBFGS", 1.0)), slots=(), steps=9, tolerance=0.5)
    runner = BOWL.runners[1]
    assert other.decides(runner) == BOWL.decides(runner)
    assert replace(BOWL, slots=(2, 5)).decides(runner) == BOWL.decides(runner)
    another = {"problem": Formula("x^2 + 2y^2")}
    for change in ({"noise": 0.1}, {"seed": 1, "noise": 0.1}, {"start": (3.0, 2.0)}, another):
        assert replace(BOWL, **change).decides(runner) != BOWL.decides(runner)
    own = replace(runner, start=(5.0, 6.0))
    assert replace(BOWL, start=(3.0, 2.0)).decides(own) == BOWL.decides(own)
    assert replace(BOWL, start=(5.0, 6.0)).decides(runner) == BOWL.decides(own)


# ---- Steps and the tolerance.


@pytest.mark.parametrize(("steps", "expected"), [(1, 1), (100, 100), (MAX_STEPS, MAX_STEPS), (7.0, 7), (1e4, 10_000)])
def test_a_whole_number_of_steps_is_taken(steps, expected):
    assert check_steps(steps) == expected
    assert type(check_steps(steps)) is int


@pytest.mark.parametrize(
    ("steps", "part"),
    [
        (None, "whole number"),
        (0, "from 1 to 10,000"),
        (-3, "from 1 to 10,000"),
        (10_001, "10,001"),
        (10**30, "from 1 to 10,000"),
        (2.5, "whole number"),
        (math.nan, "whole number"),
        (math.inf, "whole number"),
        (-math.inf, "whole number"),
        (True, "whole number"),
        ("10", "whole number"),
        ([10], "whole number"),
    ],
)
def test_what_is_no_number_of_steps_is_refused(steps, part):
    with pytest.raises(InputError, match=part) as caught:
        check_steps(steps)
    assert caught.value.field == "steps"


def test_a_number_of_steps_that_fills_a_page_gets_a_short_sentence():
    with pytest.raises(InputError, match="must be from 1 to 10,000") as error:
        check_steps(10**5000)
    assert len(str(error.value)) < 100


@pytest.mark.parametrize(("runners", "most"), [(1, 10_000), (2, 9_000), (3, 6_000), (6, 3_000)])
def test_the_more_runners_the_fewer_steps_each_may_take(runners, most):
    assert most_steps(runners) == most
    assert check_steps(most, runners) == most
    with pytest.raises(InputError) as error:
        check_steps(most + 1, runners)
    assert error.value.field == "steps"


@pytest.mark.parametrize("tolerance", [None, 0, -1e-3, math.nan, math.inf, True, "1"])
def test_a_tolerance_that_cannot_be_reached_is_refused(tolerance):
    with pytest.raises(InputError) as error:
        check_tolerance(tolerance)
    assert error.value.field == "tolerance"


# ---- States.

FRAME = ((0.0, 1.0), (2.0, 3.0))
THREE = RaceState(race=Race(Formula("x + y + z"), (1.0, 2.0, 3.0), (Runner(),)))
FLAT = (1.0, 0.0, 0.0, 0.0, 0.6, 0.8)


@pytest.mark.parametrize(
    ("state", "change", "field"),
    [
        (STATE, {"selected": 2}, "runner"),
        (STATE, {"selected": -1}, "runner"),
        (STATE, {"plane": "x, z"}, "plane"),
        (THREE, {"plane": "z, x"}, "plane"),
        (STATE, {"region": Region(((1.0, 1.0), (2.0, 3.0)))}, "region"),
        (STATE, {"region": Region(((1.0, 0.0), (2.0, 3.0)))}, "region"),
        (STATE, {"region": Region(((1e20, 1e20 + 1e5), (2.0, 3.0)))}, "region"),
        (STATE, {"region": Region(((0.0, 2e100), (2.0, 3.0)))}, "region"),
        (STATE, {"region": Region(((math.nan, 1.0), (2.0, 3.0)))}, "region"),
        (STATE, {"region": Region(FRAME, (0.0, 0.0), (1.0, 0.0, 0.0, 1.0))}, "region"),
        (THREE, {"region": Region(FRAME)}, "region"),
        (THREE, {"region": Region(FRAME, (0.0, 0.0), FLAT)}, "region"),
        (THREE, {"region": Region(FRAME, (0.0, 0.0, math.inf), FLAT)}, "region"),
        (THREE, {"region": Region(FRAME, (0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.6, 0.8, 0.0))}, "region"),
        (THREE, {"region": Region(FRAME, (0.0, 0.0, 0.0), (0.0,) * 6)}, "region"),
        (THREE, {"region": Region(FRAME, (0.0, 0.0, 0.0), (math.nan,) * 6)}, "region"),
    ],
)
def test_a_race_that_cannot_be_looked_at_so_is_refused_with_the_field(state, change, field):
    with pytest.raises(InputError) as error:
        replace(state, **change)
    assert error.value.field == field
    assert str(error.value)


def test_a_region_of_two_directions_at_right_angles_is_taken():
    assert replace(STATE, region=Region(FRAME)).region.frame == FRAME
    assert replace(THREE, region=Region(FRAME, (0.0, 0.0, 7.0), FLAT)).region.directions == FLAT


def test_the_planes_are_the_principal_one_and_each_pair_in_order():
    assert planes(("x",)) == [PRINCIPAL]
    assert planes(("b", "a", "c")) == [PRINCIPAL, "b, a", "b, c", "a, c"]


def test_the_selected_runner_begins_at_its_own_start_or_at_the_shared_one():
    own = Runner(start=(9.0, 8.0))
    state = replace(STATE, race=replace(BOWL, runners=(*BOWL.runners, own), slots=()))
    assert state.start == replace(state, selected=1).start == (3.0, -2.0)
    assert replace(state, selected=2).start == (9.0, 8.0)
    moved = state.with_start((0.0, 1.0))
    assert (moved.race.start, moved.race.runners) == ((0.0, 1.0), state.race.runners)
    moved = replace(state, selected=2).with_start((0.0, 1.0))
    assert moved.race == replace(state.race, runners=(*BOWL.runners, replace(own, start=(0.0, 1.0))))
    with pytest.raises(InputError, match="the parameters are x, y"):
        replace(state, selected=2).with_start((0.0,))


def test_more_runners_take_fewer_steps_and_never_more():
    long = STATE.with_runners((Runner(),), (3,), 0).racing(steps=10_000)
    assert long.with_runners((Runner(),) * 2, (0, 3), 1).race.steps == 9_000
    assert STATE.with_runners((Runner(),), (3,), 0).race.steps == 70


# ---- Another problem.


def test_parameters_that_another_problem_has_too_begin_where_they_began():
    assert STATE.with_problem(Formula("y + sin(z)")).race.start == (-2.0, 1.0)
    assert STATE.with_problem(Formula("y + x")).race.start == (-2.0, 3.0)
    assert STATE.with_problem(Regression("x*a + b")).race.start == (-0.486989, -0.563709)


def test_starts_of_other_parameters_are_gone_with_their_function():
    runners = (Runner(start=(1.0, 2.0)), Runner("Adam"), Runner(start=(9.0, 9.0)))
    state = RaceState(race=replace(BOWL, runners=runners, slots=()), selected=2)
    for text in ("x + y + z", "x^4", "x + z", "y + x"):
        other = state.with_problem(Formula(text))
        assert [runner.start for runner in other.race.runners] == [None] * 3, text
        assert other.start == other.race.start
    kept = state.with_problem(Formula("x^4 + y"))
    assert kept.race.runners == runners


def test_what_belongs_to_a_problem_ends_with_it_and_the_rest_stays():
    looked_at = replace(THREE, plane="x, z", region=Region(FRAME, (0.0, 0.0, 7.0), FLAT), colours="log")
    same = looked_at.with_problem(Formula("x + y + z"))
    assert same is looked_at
    other = looked_at.with_problem(Formula("x + z"))
    assert (other.plane, other.region, other.colours) == ("x, z", None, "log")
    assert looked_at.with_problem(Formula("x + y")).plane == PRINCIPAL


def test_a_batch_that_other_data_are_too_few_for_is_all_of_them():
    fit = Race(Regression(), (0.0, 0.0), (Runner(batch_size=4), Runner(batch_size=2), Runner()))
    few = replace(Regression().points, x=(0.0, 1.0, 2.0), y=(1.0, 2.0, 4.0))
    runners = RaceState(race=fit).with_problem(Regression(points=few)).race.runners
    assert [runner.batch_size for runner in runners] == [None, 2, None]


def test_an_optimizer_that_cannot_run_on_another_problem_refuses_it():
    fit = RaceState(race=Race(Regression(), (0.0, 0.0), (Runner("LevenbergMarquardt", 1.0),)))
    with pytest.raises(InputError, match="sum of squares"):
        fit.with_problem(Regression(loss="mae"))
