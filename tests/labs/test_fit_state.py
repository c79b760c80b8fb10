import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from playground.labs.shared.scenario import USUAL_RATE, checked_setting, checked_steps, read_regression, usual_start

from playground import Fit, Function, InputError, descend
from playground.analysis.landscape import LIKE_SIZE, frame
from playground.analysis.training_loop import checked_rate
from playground.data.datasets import DATASETS
from playground.data.points import Points
from playground.engine.losses import LOSSES, PENALTIES
from playground.engine.optimizers import OPTIMIZERS
from playground.labs.fit.problem import TUTORIAL_START, Regression
from playground.labs.shared.race.state import MAX_STEPS
from playground.numerals import as_number

X = np.array([0.5, 0.9, 1.4, 1.8])
Y = np.array([2.0, 3.8, 5.0, 7.2])
AXES = ("a", "b")
START = (-0.486989, -0.563709)
MINIMUM = torch.tensor(np.linalg.lstsq(np.stack([X, np.ones(4)], axis=1), Y)[0])
HYPERPARAMETERS = [one for record in OPTIMIZERS.values() for one in record.hyperparameters]


# ---- What is fitted.


def test_the_usual_regression_is_the_tutorials():
    usual = Regression()
    assert (usual.model, usual.loss, usual.penalties, usual.standardise) == ("a*x + b", "mse", (), False)
    assert (usual.points.x, usual.points.y) == (tuple(X), tuple(Y))
    assert tuple(usual_start(name) for name in usual.objective.parameters) == START


def test_the_usual_run_ends_where_the_tutorial_says():
    theta = np.array(START)
    for _ in range(100):
        residual = theta[0] * X + theta[1] - Y
        theta = theta - 1e-2 * 2 * np.array([np.mean(residual * X), np.mean(residual)])
    end = descend(Regression().objective, TUTORIAL_START, lr=USUAL_RATE, steps=100).parameters[-1]
    np.testing.assert_allclose(end, theta, rtol=1e-12)
    np.testing.assert_allclose(end, [2.7157, 1.4730], atol=5e-5)


@pytest.mark.parametrize(("name", "value"), [("a", -0.486989), ("b", -0.563709), ("c", 1.0), ("slope", 1.0)])
def test_a_parameter_of_the_tutorial_begins_there_and_any_other_at_one(name, value):
    assert usual_start(name) == value


MARKED = Points(tuple(X), tuple(Y), (1.0, 3.0, 0.0, 0.5), (False, False, False, True))


def test_the_objective_of_a_regression_has_all_that_it_says():
    chosen = Regression("a*x**2 + b", MARKED, "sse", (("l1", 0.25), ("l2", 0.5)), standardise=True)
    fit = chosen.objective
    x, y, weights = X[:2], Y[:2], np.array([1.0, 3.0])
    inputs = (x - x.mean()) / x.std()
    expected = np.sum(weights * (1.5 * inputs**2 - 0.7 - y) ** 2) + 0.25 * (1.5 + 0.7) + 0.5 * (1.5**2 + 0.7**2)
    assert fit.loss([1.5, -0.7]).item() == pytest.approx(expected, rel=1e-12)
    assert (fit.loss_name, fit.penalties, fit.standardised) == ("sse", {"l1": 0.25, "l2": 0.5}, True)
    assert (fit.held_out.x.tolist(), fit.held_out.weights.tolist()) == ([1.8], [0.5])
    assert chosen.objective is fit


def test_equal_regressions_are_equal_and_can_be_keys():
    assert Regression(points=Points(tuple(X), tuple(Y), (1.0,) * 4, (False,) * 4)) == Regression()
    assert len({Regression(), Regression(), Regression(loss="sse"), Regression(points=MARKED)}) == 3


EQUAL_X = Points((2.0, 2.0), (1.0, 3.0))

BAD = [
    ({"model": ""}, "model"),
    ({"model": "a*x +"}, "model"),
    ({"model": "x^2"}, "model"),
    ({"model": "sum(a[i] for i in range(3))"}, "model"),
    ({"model": "__import__('os')"}, "model"),
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


# ---- From fields.


def test_no_fields_make_the_usual_regression():
    assert read_regression({}) == Regression()


def test_fields_make_a_regression_and_others_are_passed_over():
    values = {"model": "a*x**2 + b", "points": MARKED, "loss": "huber", "l1": 0.0, "l2": 0.5, "standardise": True}
    expected = Regression("a*x**2 + b", MARKED, "huber", (("l2", 0.5),), standardise=True)
    assert read_regression(values | {"lr": None, "start_a": 3.0}) == expected


@pytest.mark.parametrize(("changes", "field"), [one for one in BAD if "penalties" not in one[0]], ids=str)
def test_a_field_at_fault_is_the_one_that_is_named(changes, field):
    with pytest.raises(InputError) as error:
        read_regression(changes)
    assert error.value.field == field


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize(("value", "part"), [(None, "empty"), (-0.5, "-0.5"), (math.nan, "nan"), (math.inf, "inf")])
def test_a_penalty_that_is_empty_or_no_factor_is_told_at_its_field(name, value, part):
    with pytest.raises(InputError, match=part) as error:
        read_regression({name: value})
    assert error.value.field == name
    assert PENALTIES[name].label in str(error.value)


def test_an_empty_model_is_told_at_its_field():
    with pytest.raises(InputError, match="empty") as error:
        read_regression({"model": None})
    assert error.value.field == "model"


@given(
    st.sampled_from(["a*x + b", "a*exp(b*x) + c", "w_1*x"]),
    st.sampled_from([DATASETS["Tutorial"].points, MARKED, Points((1.0, 2.0), (0.0, 1.0))]),
    st.sampled_from([name for name in LOSSES if name != "bce"]),
    st.fixed_dictionaries({name: st.floats(0, 1e6) for name in PENALTIES}),
    st.booleans(),
)
def test_a_regression_is_read_from_its_own_fields(model, points, loss, factors, standardise):
    chosen = read_regression({"model": model, "points": points, "loss": loss, "standardise": standardise} | factors)
    assert dict(chosen.penalties) == {name: factor for name, factor in factors.items() if factor}
    assert chosen.fields.keys() == {"model", "points", "loss", "standardise", *PENALTIES}
    assert read_regression(chosen.fields) == chosen


# ---- The fields of all pages.


@pytest.mark.parametrize(("steps", "expected"), [(1, 1), (100, 100), (MAX_STEPS, MAX_STEPS), (7.0, 7), (1e4, 10_000)])
def test_a_whole_number_of_steps_is_taken(steps, expected):
    assert checked_steps(steps) == expected
    assert type(checked_steps(steps)) is int


@pytest.mark.parametrize(
    ("steps", "part"),
    [
        (None, "empty"),
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
        checked_steps(steps)
    assert caught.value.field == "steps"


def test_a_number_of_steps_that_fills_a_page_gets_a_short_sentence():
    with pytest.raises(InputError, match="must be from 1 to 10,000") as error:
        checked_steps(10**5000)
    assert len(str(error.value)) < 100


@pytest.mark.parametrize("value", [0, 1e-3, 5, 1e300])
def test_a_learning_rate_from_zero_is_taken(value):
    assert checked_rate(value) == value


@pytest.mark.parametrize(("value", "part"), [(None, "empty"), (-0.1, "-0.1"), (math.nan, "nan"), ("fast", "'fast'")])
def test_what_is_no_learning_rate_is_refused(value, part):
    with pytest.raises(InputError, match=part):
        checked_rate(value)


@pytest.mark.parametrize("one", HYPERPARAMETERS, ids=lambda one: one.key or one.name)
def test_a_setting_comes_from_the_fields_of_its_components(one):
    values = dict(zip(one.keys, one.components, strict=True))
    assert checked_setting(one, values | {"other": None}) == one.default
    for key, label in zip(one.keys, one.labels, strict=True):
        with pytest.raises(InputError, match="is empty") as error:
            checked_setting(one, values | {key: None})
        assert str(error.value).startswith(label)


@pytest.mark.parametrize(("text", "number"), [("1.5", 1.5), ("-2e3", -2000.0), ("7", 7.0), (" 0.25 ", 0.25)])
def test_a_number_of_a_link_is_a_float(text, number):
    assert as_number(text) == number
    assert type(as_number(text)) is float


@pytest.mark.parametrize("text", ["", "fast", "nan", "inf", "-inf", "1e999", "1,5", "0x10", "9" * 5000])
def test_what_is_no_finite_number_of_a_link_is_refused_in_a_short_sentence(text):
    with pytest.raises(InputError) as error:
        as_number(text)
    assert len(str(error.value)) < 80


# ---- Frames around runs.


def strictly_inside(ranges, point):
    return all(low < value < high for (low, high), value in zip(ranges, point, strict=True))


@pytest.mark.parametrize("lr", [1e-3, 1e-2, 0.1, 0.35, 0.3999])
def test_a_frame_holds_the_run_and_the_minimum(tutorial, lr):
    trajectory = descend(tutorial, START, lr=lr, steps=100)
    ranges = frame(trajectory, AXES, MINIMUM)
    assert strictly_inside(ranges, START)
    assert strictly_inside(ranges, MINIMUM.tolist())
    low_enough = trajectory.losses <= trajectory.losses[0]
    assert low_enough.any()
    assert all(strictly_inside(ranges, point) for point in trajectory.parameters[low_enough].tolist())


def test_a_frame_goes_along_the_axes_asked_for(tutorial):
    trajectory = descend(tutorial, START, lr=0.1, steps=100)
    along_b, along_a = frame(trajectory, ("b", "a"), MINIMUM)
    assert along_b[0] < START[1] < along_b[1]
    assert along_a[0] < START[0] < MINIMUM[0] < along_a[1]


def test_runs_that_differ_a_little_share_one_frame(tutorial):
    first, second = (frame(descend(tutorial, START, lr=lr, steps=100), AXES, MINIMUM) for lr in (0.010, 0.011))
    assert first == second


@pytest.mark.parametrize("lr", [0.002, 0.0123, 0.2])
@pytest.mark.parametrize("minimum", [None, MINIMUM], ids=["unknown", "known"])
def test_the_bounds_of_a_frame_are_round(tutorial, lr, minimum):
    for low, high in frame(descend(tutorial, START, lr=lr, steps=100), AXES, minimum):
        hundredth = 10 ** math.floor(math.log10((high - low) / 1.1)) / 100
        for bound in (low, high):
            assert bound / hundredth == pytest.approx(round(bound / hundredth), abs=1e-6)


@pytest.mark.parametrize("lr", [0.5, 1.0, 1e3, 1e300])
def test_a_run_that_diverges_does_not_flatten_the_frame(tutorial, lr):
    still = frame(descend(tutorial, START, lr=0.01, steps=0), AXES, MINIMUM)
    ranges = frame(descend(tutorial, START, lr=lr, steps=100), AXES, MINIMUM)
    assert ranges == still
    assert all(high - low < 20 for low, high in ranges)


@pytest.mark.parametrize("start", [START, (0.0, 0.0), (1e6, -3.0), (1e-9, 1e9), (1e150, 1.0)], ids=str)
def test_a_run_that_has_not_moved_gets_a_frame_of_positive_size(tutorial, start):
    ranges = frame(descend(tutorial, start, lr=1e-2, steps=0), AXES)
    assert strictly_inside(ranges, start)


def test_a_run_outside_the_domain_from_the_start_gets_a_frame_of_positive_size():
    trajectory = descend(Fit("log(a)*x + b", X, Y), [-1.0, 0.5], lr=1e-2, steps=10)
    assert strictly_inside(frame(trajectory, AXES), (-1.0, 0.5))


@pytest.mark.parametrize("aspect", [0.8, 1.0, 1.6, 2.5])
def test_ranges_of_like_size_fill_the_picture(tutorial, aspect):
    (left, right), (bottom, top) = frame(descend(tutorial, START, lr=0.1, steps=100), AXES, MINIMUM, aspect)
    # Rounded outwards at both ends, by a tenth of the range at most each.
    assert aspect / 1.25 < (right - left) / (top - bottom) < aspect * 1.25


@pytest.mark.parametrize("swapped", [False, True])
def test_ranges_of_unlike_size_keep_their_own(swapped):
    names = ("b", "a") if swapped else AXES
    trajectory = descend(Function("a**2/1e6 + b**2"), [1000.0, 1.0], lr=0.1, steps=100)
    spans = dict(
        zip(
            names,
            (high - low for low, high in frame(trajectory, names, torch.tensor([0.0, 0.0], dtype=torch.float64))),
            strict=True,
        )
    )
    assert spans["a"] > 50 * LIKE_SIZE * spans["b"]
    assert spans["b"] < 2
