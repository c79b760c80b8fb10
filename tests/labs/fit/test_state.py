import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import InputError, descend
from playground.data.datasets import DATASETS
from playground.data.points import Points
from playground.engine.losses import LOSSES, PENALTIES
from playground.engine.runner import Runner
from playground.labs.fit.problem import TUTORIAL_START, Regression
from playground.labs.fit.state import (
    DEFAULT,
    LOSS,
    MODEL,
    PAIRS,
    PENALTY_FIELDS,
    SET,
    STANDARDISE,
    FitState,
    blank_fit,
    known_fit,
    race_of,
)
from playground.labs.shared.race.state import MAX_VARIABLES, Race, Region

X = np.array([0.5, 0.9, 1.4, 1.8])
Y = np.array([2.0, 3.8, 5.0, 7.2])
START = (-0.486989, -0.563709)


# ---- What is fitted.


def test_the_default_is_the_tutorials():
    usual = DEFAULT.regression
    assert usual == Regression()
    assert (usual.model, usual.loss, usual.penalties, usual.standardise) == ("a*x + b", "mse", (), False)
    assert (usual.points.x, usual.points.y) == (tuple(X), tuple(Y))
    assert DEFAULT.race.start == START
    assert (DEFAULT.race.runners, DEFAULT.race.steps) == ((Runner("SGD", 0.01),), 100)


def test_the_default_run_ends_where_the_tutorial_says():
    theta = np.array(START)
    for _ in range(100):
        residual = theta[0] * X + theta[1] - Y
        theta = theta - 1e-2 * 2 * np.array([np.mean(residual * X), np.mean(residual)])
    end = DEFAULT.race.descent(DEFAULT.runner).run(DEFAULT.race.steps).parameters[-1]
    np.testing.assert_allclose(end, theta, rtol=1e-12)
    np.testing.assert_allclose(end, [2.7157, 1.4730], atol=5e-5)
    assert torch.equal(end, descend(Regression().objective, TUTORIAL_START, lr=0.01, steps=100).parameters[-1])


@pytest.mark.parametrize(("name", "value"), [("a", -0.486989), ("b", -0.563709), ("c", 1.0), ("slope", 1.0)])
def test_a_parameter_of_the_tutorial_begins_there_and_any_other_at_one(name, value):
    assert Regression().default_start(name) == value


MARKED = Points(tuple(X), tuple(Y), (1.0, 3.0, 0.0, 0.5), (False, False, False, True))


def test_the_objective_of_a_regression_has_all_that_it_says():
    chosen = Regression("a*x**2 + b", MARKED, "sse", (("l1", 0.25), ("l2", 0.5)), standardise=True)
    fit = chosen.objective
    x, y, weights = X[:2], Y[:2], np.array([1.0, 3.0])
    inputs = (x - x.mean()) / x.std()
    expected = np.sum(weights * (1.5 * inputs**2 - 0.7 - y) ** 2) + 0.25 * (1.5 + 0.7) + 0.5 * (1.5**2 + 0.7**2)
    assert fit.loss([1.5, -0.7]).item() == pytest.approx(expected, rel=1e-12)
    assert (fit.loss_name, fit.penalties, fit.is_standardised) == ("sse", {"l1": 0.25, "l2": 0.5}, True)
    assert (fit.held_out.x.tolist(), fit.held_out.weights.tolist()) == ([1.8], [0.5])
    assert chosen.objective is fit


def test_equal_regressions_are_equal_and_can_be_keys():
    assert Regression(points=Points(tuple(X), tuple(Y), (1.0,) * 4, (False,) * 4)) == Regression()
    assert len({Regression(), Regression(), Regression(loss="sse"), Regression(points=MARKED)}) == 3


def test_what_is_known_of_a_line_is_its_least_squares():
    expected = np.linalg.lstsq(np.stack([X, np.ones(4)], axis=1), Y)[0]
    known = Regression().known(START)
    np.testing.assert_allclose(known.points, [expected], rtol=1e-11)
    assert known.loss == pytest.approx(np.mean((expected[0] * X + expected[1] - Y) ** 2), rel=1e-11)
    assert Regression("a*exp(b*x)").known((1.0, 1.0)) is None
    assert Regression(loss="mae").known(START) is None
    assert Regression().domain == ()


EQUAL_X = Points((2.0, 2.0), (1.0, 3.0))

BAD = [
    ({"model": ""}, "model"),
    ({"model": "a*x +"}, "model"),
    ({"model": "x^2"}, "model"),
    ({"model": "sum(a[i] for i in range(3))"}, "model"),
    ({"model": "__import__('os')"}, "model"),
    ({"model": "a b c d f g h k l x"}, "model"),
    ({"loss": "nothing"}, "loss"),
    ({"loss": ""}, "loss"),
    ({"loss": "bce"}, "loss"),
    ({"points": EQUAL_X, "standardise": True}, "standardise"),
    ({"penalties": (("l1", -1.0),)}, "l1"),
    ({"penalties": (("l2", math.nan),)}, "l2"),
    ({"penalties": (("l2", math.inf),)}, "l2"),
    ({"penalties": (("l3", 1.0),)}, "penalties"),
]


@pytest.mark.parametrize(("changes", "field"), BAD, ids=str)
def test_a_regression_that_cannot_be_fitted_names_the_field(changes, field):
    with pytest.raises(InputError) as error:
        replace(Regression(), **changes)
    assert error.value.field == field
    assert str(error.value)


def test_a_model_has_at_most_so_many_parameters_as_the_page_has_room_for():
    assert len(Regression("+".join("abcdfghk"[:MAX_VARIABLES])).objective.parameters) == MAX_VARIABLES
    with pytest.raises(InputError, match=r"this model has 9 parameters \(a, b, c, d, f, g, h, k, …\)"):
        Regression("a b c d f g h k l x")


# ---- Its fields.

FIELDS = {one.name: one for one in (MODEL, LOSS, *PENALTY_FIELDS, STANDARDISE)}


def put(state: FitState, **values: object) -> FitState:
    for name, value in values.items():
        state = FIELDS[name].with_choice(state, value)
    return state


@pytest.mark.parametrize(("changes", "field"), [one for one in BAD if not {"penalties", "points"} & {*one[0]}], ids=str)
def test_a_field_at_fault_is_the_one_that_is_named(changes, field):
    with pytest.raises(InputError) as error:
        put(DEFAULT, **changes)
    assert error.value.field == field


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize(("value", "part"), [(None, "empty"), (-0.5, "-0.5"), (math.nan, "nan"), (math.inf, "inf")])
def test_a_penalty_that_is_empty_or_no_factor_is_told_at_its_field(name, value, part):
    with pytest.raises(InputError, match=part) as error:
        put(DEFAULT, **{name: value})
    assert error.value.field == name
    assert PENALTIES[name].label in str(error.value)


def test_an_empty_model_is_told_at_its_field():
    with pytest.raises(InputError, match="there is no text") as error:
        put(DEFAULT, model="")
    assert error.value.field == "model"


def test_equal_x_that_are_to_be_standardised_are_told_at_the_switch():
    with pytest.raises(InputError) as error:
        put(DEFAULT.with_points(EQUAL_X), standardise=True)
    assert error.value.field == "standardise"


@given(
    st.sampled_from(["a*x + b", "a*exp(b*x) + c", "w_1*x"]),
    st.sampled_from([DATASETS["Tutorial"].points, MARKED, Points((1.0, 2.0), (0.0, 1.0))]),
    st.sampled_from([name for name in LOSSES if name != "bce"]),
    st.fixed_dictionaries({name: st.floats(0, 1e6) for name in PENALTIES}),
    st.booleans(),
)
def test_a_regression_is_made_of_its_own_fields(model, points, loss, factors, standardise):
    values = {"model": model, "loss": loss, "standardise": standardise} | factors
    state = put(DEFAULT.with_points(points), **values)
    given = tuple((name, factors[name]) for name in PENALTIES if factors[name])
    assert state.regression == Regression(model, points, loss, given, standardise)
    assert {name: one.get(state) for name, one in FIELDS.items()} == values


def test_a_penalty_of_zero_is_none():
    state = put(DEFAULT, l1=0.5, l2=0.25)
    assert state.regression.penalties == (("l1", 0.5), ("l2", 0.25))
    assert put(state, l1=0.0).regression.penalties == (("l2", 0.25),)
    assert put(state, l1=0.0, l2=-0.0) == DEFAULT


# ---- Sets.


def test_a_set_shows_its_fit_and_is_known_by_it():
    begun = replace(DEFAULT, side="Data", region=Region(((0.0, 1.0), (0.0, 1.0))), data_frame=((0.0, 1.0), (0.0, 1.0)))
    for name, (dataset, preset) in PAIRS.items():
        state = SET.with_choice(begun, name)
        regression, runner = state.regression, state.runner
        assert (regression.points, regression.model, regression.loss) == (dataset.points, preset.model, preset.loss)
        assert (state.race.start, state.race.steps) == (preset.start, preset.steps)
        assert (runner.optimizer, runner.lr, runner.settings) == (preset.optimizer, preset.lr, preset.settings)
        assert SET.get(state) == name
        assert known_fit(state) == (dataset, preset)
        assert (state.side, state.region, state.data_frame) == ("Data", None, None)


def test_a_set_is_known_whatever_model_is_fitted_to_it_and_other_data_are_none():
    state = put(SET.with_choice(DEFAULT, next(iter(PAIRS))), model="w*x", loss="huber")
    assert known_fit(state)[0].points == state.regression.points
    assert known_fit(state.with_points(MARKED)) is None
    assert SET.get(state.with_points(MARKED)) is None
    assert SET.with_choice(state, None) == state
    with pytest.raises(InputError):
        SET.with_choice(state, "no set")


def test_the_race_of_each_fit_can_be_run():
    for name, pair in PAIRS.items():
        race = race_of(*pair)
        assert race.descent(race.runners[0]).run(2).steps == 2, name
        assert all(type(value) is float for value in race.start)


# ---- What is held of the data's picture.


def test_the_frame_of_the_data_ends_with_another_problem():
    held = replace(DEFAULT, data_frame=((0.0, 2.0), (1.0, 8.0)))
    assert put(held, model="a*x + b").data_frame == held.data_frame
    assert held.with_points(DATASETS["Tutorial"].points).data_frame == held.data_frame
    for other in (put(held, model="w*x"), put(held, loss="sse"), put(held, l1=1.0), held.with_points(MARKED)):
        assert other.data_frame is None
    assert held.racing(steps=5).data_frame == held.data_frame


def test_a_blank_state_has_its_problem_alone():
    regression = Regression("w*x + a", MARKED, "sse", (("l1", 0.5),))
    race = Race(regression, (2.0, 3.0), (Runner("Adam", 0.5), Runner()), 7, 0.5, "rare spikes", 3, 0.1)
    state = FitState(race=race, selected=1, colours="log", loss_axis="linear", side="Data")
    blank = FitState(race=Race(regression, (1.0, START[0]), (Runner(),), 100))
    assert blank_fit(state) == blank
