import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import Fit, Function, InputError, descend
from playground.landscape import LIKE_SIZE, frame
from playground.optimizers import OPTIMIZERS
from playground.scenario import DEFAULTS, MAX_STEPS, Scenario, checked_steps, read_fields, read_link, usual_start

X = np.array([0.5, 0.9, 1.4, 1.8])
Y = np.array([2.0, 3.8, 5.0, 7.2])
AXES = ("a", "b")
START = (-0.486989, -0.563709)
MINIMUM = torch.tensor(np.linalg.lstsq(np.stack([X, np.ones(4)], axis=1), Y)[0])

GOOD = {
    "model": "a*x**2 + b",
    "loss": "huber",
    "optimizer": "Adam",
    "lr": 0.125,
    "steps": 250,
    "loss_axis": "linear",
    "momentum": 0.9,
    "nesterov": True,
    "betas_1": 0.5,
    "betas_2": 0.75,
    "eps": 1e-6,
    "dampening": 0.25,
    "weight_decay": 0.5,
    "maximize": True,
    "decoupled_weight_decay": True,
    "amsgrad": True,
    "adamw_weight_decay": 0.25,
    "momentum_decay": 0.125,
    "alpha": 0.5,
    "centered": True,
    "etas_1": 0.25,
    "etas_2": 1.5,
    "step_sizes_1": 1e-3,
    "step_sizes_2": 2.0,
    "lr_decay": 0.5,
    "initial_accumulator_value": 3.0,
    "adagrad_eps": 1e-4,
    "rho": 0.75,
    "adadelta_eps": 1e-3,
    "beta2_decay": -0.5,
    "adafactor_eps_1": 1e-9,
    "adafactor_eps_2": 0.125,
    "d": 2.0,
    "lambd": 0.5,
    "asgd_alpha": 1.5,
    "t0": 20.0,
    "max_iter": 7,
    "tolerance_grad": 1e-3,
    "tolerance_change": 1e-4,
    "history_size": 3,
    "line_search_fn": "strong_wolfe",
}

BAD = {
    "model": ["", "a*", "x +* b", "__import__('os')", "("],
    "loss": ["", "MSE", "cross entropy"],
    "optimizer": ["", "sgd", "LBFGS2"],
    "lr": ["", "fast", "-1", "nan", "inf", "1e999"],
    "steps": ["", "0", "-5", "10001", "2.5", "nan", "inf", "many"],
    "loss_axis": ["", "Log", "loglog"],
    "momentum": ["", "-0.1", "2.1", "nan", "x"],
    "nesterov": ["", "yes", "1.5"],
    "betas_1": ["1", "-0.1", "nan"],
    "betas_2": ["1", "-0.1", ""],
    "eps": ["-1e-8", "1.5", "inf"],
    "dampening": ["1.5", "-1"],
    "weight_decay": ["-0.1", "inf"],
    "maximize": ["yes"],
    "decoupled_weight_decay": [""],
    "amsgrad": ["2.5"],
    "adamw_weight_decay": ["-0.1"],
    "momentum_decay": ["-1"],
    "alpha": ["1.5"],
    "centered": ["no"],
    "etas_1": ["0", "1"],
    "etas_2": ["1", "inf"],
    "step_sizes_1": ["-1"],
    "step_sizes_2": ["inf"],
    "lr_decay": ["-1"],
    "initial_accumulator_value": ["-1"],
    "adagrad_eps": ["-1"],
    "rho": ["1.5"],
    "adadelta_eps": ["2"],
    "beta2_decay": ["0.1", "-inf"],
    "adafactor_eps_1": ["-1"],
    "adafactor_eps_2": ["-1"],
    "d": ["0.5"],
    "lambd": ["-1"],
    "asgd_alpha": ["-1"],
    "t0": ["-1"],
    "max_iter": ["0", "2.5", "1e9"],
    "tolerance_grad": ["-1"],
    "tolerance_change": ["-1"],
    "history_size": ["0", "1001"],
    "line_search_fn": ["", "None", "wolfe"],
    "start_a": ["", "nan", "-inf", "here"],
}


def text_of(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def scenario_of(values):
    """A scenario from a link's values, the keys mapped to the names that a scenario takes."""
    optimizer = values["optimizer"]
    chosen = {}
    for one in OPTIMIZERS[optimizer].hyperparameters:
        parts = tuple(values[key] for key in one.keys)
        chosen[one.name] = parts if isinstance(one.default, tuple) else parts[0]
    names = Fit(values["model"], X, Y).parameters
    return Scenario(
        model=values["model"],
        start=tuple(values.get(f"start_{name}", usual_start(name)) for name in names),
        loss=values["loss"],
        optimizer=optimizer,
        settings=tuple(chosen.items()),
        lr=values["lr"],
        steps=values["steps"],
    )


def test_the_usual_scenario_is_the_tutorials():
    usual = Scenario()
    assert (usual.model, usual.loss, usual.optimizer) == ("a*x + b", "mse", "SGD")
    assert (usual.lr, usual.steps) == (1e-2, 100)
    assert (usual.x, usual.y) == (tuple(X), tuple(Y))
    assert usual.start == START


def test_the_usual_run_ends_where_the_tutorial_says():
    theta = np.array(START)
    for _ in range(100):
        residual = theta[0] * X + theta[1] - Y
        theta = theta - 1e-2 * 2 * np.array([np.mean(residual * X), np.mean(residual)])
    usual = Scenario()
    end = usual.descent().run(usual.steps).parameters[-1]
    np.testing.assert_allclose(end, theta, rtol=1e-12)
    np.testing.assert_allclose(end, [2.7157, 1.4730], atol=5e-5)


def test_the_default_of_each_setting_makes_the_usual_scenario():
    built = scenario_of(DEFAULTS)
    assert replace(built, settings=()) == Scenario()
    assert dict(built.settings) == OPTIMIZERS["SGD"].checked({})


@pytest.mark.parametrize(("name", "value"), [("a", -0.486989), ("b", -0.563709), ("c", 1.0), ("slope", 1.0)])
def test_a_parameter_of_the_tutorial_begins_there_and_any_other_at_one(name, value):
    assert usual_start(name) == value


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


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": "a*"}, "model"),
        ({"model": ""}, "model"),
        ({"loss": "nothing"}, "loss"),
        ({"optimizer": "nothing"}, "optimizer"),
        ({"lr": -1.0}, "lr"),
        ({"lr": math.nan}, "lr"),
        ({"steps": 0}, "steps"),
        ({"settings": (("momentum", 3.0),)}, "momentum"),
        ({"settings": (("betas", (0.9, 1.0)),), "optimizer": "Adam"}, "betas"),
        ({"settings": (("nesterov", True),)}, "optimizer"),
    ],
    ids=str,
)
def test_a_scenario_that_cannot_run_names_the_field(changes, field):
    with pytest.raises(InputError) as caught:
        Scenario(**changes)
    assert caught.value.field == field


@pytest.mark.parametrize("changes", [{"start": (1.0,)}, {"x": (1.0, 2.0)}, {"y": ()}], ids=str)
def test_a_scenario_whose_numbers_do_not_fit_together_is_refused(changes):
    with pytest.raises(InputError):
        Scenario(**changes)


def test_each_setting_has_a_good_and_bad_values_here():
    assert set(GOOD) == set(DEFAULTS) == set(BAD) - {"start_a"}


@pytest.mark.parametrize("values", [DEFAULTS, GOOD], ids=["defaults", "others"])
@pytest.mark.parametrize("key", DEFAULTS)
def test_a_setting_comes_back_from_a_link_as_it_went(values, key):
    link = read_link({key: text_of(values[key])})
    assert link == ({key: values[key]}, (), "")
    assert type(link.values[key]) is type(DEFAULTS[key])


def test_all_settings_come_back_together():
    link = read_link({key: text_of(value) for key, value in GOOD.items()} | {"start_a": "-2.5", "start_b": "1e3"})
    assert link == (GOOD | {"start_a": -2.5, "start_b": 1000.0}, (), "")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("1", True), ("0", False)])
def test_a_truth_is_written_as_a_word_or_a_number(text, value):
    assert read_link({"nesterov": text}).values == {"nesterov": value}


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, texts in BAD.items() for text in texts])
def test_what_cannot_be_used_is_named_and_replaced_by_the_usual(key, text):
    link = read_link({key: text})
    usual = START[0] if key == "start_a" else DEFAULTS[key]
    assert link.values == {key: usual}
    assert type(link.values[key]) is type(usual)
    assert link.unusable == (key,)
    assert f"{key}={text}" in link.problem


def test_all_that_cannot_be_used_is_named_in_one_sentence():
    link = read_link({"lr": "fast", "steps": "7", "loss": "none", "start_c": "there"})
    assert link.values == {"lr": 0.01, "steps": 7, "loss": "mse", "start_c": 1.0}
    assert link.unusable == ("lr", "loss", "start_c")
    assert all(f"{said}" in link.problem for said in ("lr=fast", "loss=none", "start_c=there"))
    assert "steps" not in link.problem
    assert link.problem.endswith(".")
    assert link.problem.count(". ") == 0


def test_a_long_text_is_shortened_in_the_problem():
    problem = read_link({"model": "+" * 5000}).problem
    assert "+" * 40 + "…" in problem
    assert "+" * 41 not in problem


@pytest.mark.parametrize("parameters", [{}, {"utm_source": "x", "embed": "true", "Lr": "9", "start": "1"}], ids=str)
def test_keys_that_are_no_setting_are_passed_over(parameters):
    assert read_link(parameters) == ({}, (), "")


number_texts = st.floats().map(str) | st.integers().map(str) | st.text(max_size=12)
any_texts = (
    st.text(max_size=60)
    | number_texts
    | st.sampled_from([*map(str, GOOD.values()), *(text for texts in BAD.values() for text in texts)])
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*DEFAULTS, "start_a", "start_b", "start_zeta"]) | st.text(max_size=10), any_texts, max_size=8
    )
)
def test_whatever_a_link_says_what_is_read_builds_a_scenario(parameters):
    link = read_link(parameters)
    for key, value in link.values.items():
        assert type(value) is (float if key.startswith("start_") else type(DEFAULTS[key]))
    assert set(link.unusable) <= set(link.values) <= set(parameters)
    assert bool(link.problem) == bool(link.unusable)
    values = DEFAULTS | link.values
    if values["nesterov"]:  # the one combination that torch refuses
        values |= {"momentum": 0.5, "dampening": 0.0}
    assert scenario_of(values).steps == values["steps"]


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


@pytest.mark.parametrize(("change", "field"), [({"start": (1.0,)}, "start"), ({"loss": "bce"}, "loss")])
def test_a_start_too_short_and_a_loss_the_data_do_not_suit_name_their_field(change, field):
    with pytest.raises(InputError) as refused:
        Scenario(**change)
    assert refused.value.field == field


def test_the_usual_fields_make_the_usual_scenario():
    fields = read_fields({})
    settings = tuple((one.name, one.default) for one in OPTIMIZERS["SGD"].hyperparameters)
    assert fields.scenario == Scenario(settings=settings)
    assert fields.problems == {}


BAD_FIELDS = {
    "model": {"model": "a*x +"},
    "loss": {"loss": "bce"},
    "settings": {"nesterov": True},
    "start": {"start_a": None},
    "lr": {"lr": -1.0},
    "steps": {"steps": 0},
}


@pytest.mark.parametrize("field", BAD_FIELDS)
def test_a_field_at_fault_is_the_one_that_is_named(field):
    fields = read_fields(BAD_FIELDS[field])
    assert fields.scenario is None
    assert list(fields.problems) == [field]


def test_every_field_at_fault_says_so_whatever_else_is_wrong():
    wrong = {key: value for bad in BAD_FIELDS.values() for key, value in bad.items() if key not in ("model", "loss")}
    assert set(read_fields(wrong).problems) == {"settings", "start", "lr", "steps"}


def test_a_number_of_steps_that_fills_a_page_gets_a_short_sentence():
    with pytest.raises(InputError, match="must be from 1 to 10,000") as error:
        checked_steps(10**5000)
    assert len(str(error.value)) < 100
