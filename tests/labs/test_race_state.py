import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, reject
from hypothesis import strategies as st
from playground.labs.shared.scenario import read_regression

from playground import OPTIMIZERS, PRESETS, SCHEDULERS, ExpressionError, Function, InputError, descend
from playground.data.datasets import DATASETS, MAX_TEXT
from playground.data.gallery import find_known_minima, find_preset
from playground.data.points import Points
from playground.data.recipe import Recipe
from playground.engine.losses import LOSSES
from playground.engine.noise import NOISES
from playground.engine.runner import Runner
from playground.engine.standings import KnownMinima, pad_to, rank_runs
from playground.labs.descent.presets import race_of
from playground.labs.fit.problem import TUTORIAL_START, Regression
from playground.labs.fit.state import is_linked
from playground.labs.shared.fields import MAX_REASON
from playground.labs.shared.race import (
    FARTHEST,
    checked_function,
    checked_objective,
    checked_tolerance,
    from_link,
    read_race,
    runner_of,
    to_link,
)
from playground.labs.shared.race.fields import read_runner, runner_from, runner_text
from playground.labs.shared.race.state import MAX_RUNNERS, MAX_VARIABLES, Race, most_steps

ROSENBROCK = Function("(1-x)^2 + 100(y-x^2)^2")
USUAL = Race("x^2 + y^2", (3.0, -2.0), (Runner(lr=0.1), Runner("Adam", 0.5)), 70)


def test_a_runner_runs_as_its_settings_say():
    runner = Runner("Adam", 0.1, (("betas", (0.8, 0.9)),), "StepLR", (("step_size", 5), ("gamma", 0.5)))
    run = runner.descent(ROSENBROCK, (-1.2, 1.0), noise=0.2, seed=4).run(20)
    same = descend(
        ROSENBROCK,
        (-1.2, 1.0),
        "Adam",
        0.1,
        steps=20,
        betas=(0.8, 0.9),
        scheduler="StepLR",
        step_size=5,
        gamma=0.5,
        noise=0.2,
        seed=4,
    )
    assert torch.equal(run.parameters, same.parameters)
    assert run.learning_rates.tolist() == [0.1 * 0.5 ** (k // 5) for k in range(21)]


def test_a_runner_has_its_own_start_or_the_one_that_all_share():
    own = Runner(start=(2.0, 3.0)).descent(ROSENBROCK, (0.0, 0.0)).trajectory
    shared = Runner().descent(ROSENBROCK, (0.0, 0.0)).trajectory
    assert (own.parameters.tolist(), shared.parameters.tolist()) == ([[2.0, 3.0]], [[0.0, 0.0]])


# ---- Runners, from fields and texts.

finite = st.floats(-FARTHEST, FARTHEST)


def component_values(one, component, low, high):
    """What one component of a setting may be."""
    if isinstance(component, bool):
        return st.booleans()
    if one.choices:
        return st.sampled_from(one.choices)
    low, high = max(low, -1e6), min(high, 1e6)
    if one.is_integer:
        return st.integers(int(low), int(high))
    return st.floats(low, high, exclude_min=one.open_below, exclude_max=one.open_above)


EVERY = tuple(OPTIMIZERS.values())
ON_FUNCTIONS = [record for record in OPTIMIZERS.values() if record.needs != "residuals"]


@st.composite
def runner_values(draw, records=EVERY, most=9):
    """The fields of a runner, some of them as usual, and all within their bounds; batches have 0 to ``most`` points."""
    record = draw(st.sampled_from(records))
    schedule = draw(st.none() | st.sampled_from(list(SCHEDULERS.values())))
    values = {
        "optimizer": record.name,
        "lr": draw(st.floats(0, 1e6)),
        "scheduler": schedule.name if schedule else "none",
        "batch_size": draw(st.integers(0, most)),
    }
    for one in (*record.hyperparameters, *(schedule.hyperparameters if schedule else ())):
        for key, component, (low, high) in zip(one.keys, one.components, one.bounds, strict=True):
            if draw(st.booleans()):
                values[key] = draw(component_values(one, component, low, high))
    return values


@st.composite
def runners(draw, size=None, records=EVERY, most=9):
    start = draw(st.none() | st.tuples(*[finite] * (draw(st.integers(1, 4)) if size is None else size)))
    return read_or_reject(draw(runner_values(records, most)), start)


def read_or_reject(values, start=None):
    try:
        return read_runner(values, start)
    except InputError as error:
        if "can't run so" not in str(error):  # not torch's refusal of a combination
            raise
        reject()


@given(runner_values())
def test_a_runner_has_the_settings_of_its_fields(values):
    fields = read_or_reject(values).fields
    usual = {
        key: component
        for record in (OPTIMIZERS[values["optimizer"]], SCHEDULERS.get(values["scheduler"]))
        if record
        for one in record.hyperparameters
        for key, component in zip(one.keys, one.components, strict=True)
    }
    assert fields == usual | values


@given(runners())
def test_a_runner_is_read_from_its_own_fields(runner):
    assert read_runner(runner.fields, runner.start) == runner


@given(runners())
def test_a_runner_is_read_from_its_own_text(runner):
    assert runner_of(runner_text(runner)) == runner


@pytest.mark.parametrize(
    ("runner", "text"),
    [
        (Runner("SGD", 0.001), "SGD"),
        (Runner("SGD", 0.01), "SGD,lr=0.01"),
        (Runner("LBFGS", 1.0, (("max_iter", 5), ("line_search_fn", "strong_wolfe"))),
         "LBFGS,max_iter=5,line_search_fn=strong_wolfe"),
        (Runner("SGD", 1 / 3, (("momentum", 0.9), ("nesterov", True))),
         "SGD,lr=0.3333333333333333,momentum=0.9,nesterov=true"),
        (Runner("Adam", 0.1, (("betas", (0.8, 0.999)),), "StepLR", (), (-1.0, 2.5)),
         "Adam,lr=0.1,scheduler=StepLR,betas_1=0.8,start=-1;2.5"),
        (Runner("RMSprop", 0.01, (), "MultiStepLR", (("milestones", (30, 90)),)),
         "RMSprop,scheduler=MultiStepLR,milestones_2=90"),
    ],
    ids=str,
)  # fmt: skip
def test_a_runners_text_leaves_out_what_is_usual(runner, text):
    assert runner_text(runner) == text
    assert runner_of(text) == runner


def test_a_missing_field_is_as_usual():
    assert read_runner({}) == Runner("SGD", 0.001)
    assert read_runner({"optimizer": "Adadelta"}) == Runner("Adadelta", 1.0)
    assert read_runner({"scheduler": "StepLR", "beta_7": 3}) == Runner("SGD", 0.001, (), "StepLR")


def torchs_reason(make):
    try:
        make()
    except ValueError as reason:
        return str(reason)
    raise AssertionError("torch refuses nothing")


@pytest.mark.parametrize(
    ("values", "field", "part"),
    [
        ({"optimizer": "adam"}, "optimizer", "unknown optimizer 'adam'"),
        ({"optimizer": None}, "optimizer", "choose one of SGD, Adam,"),
        ({"scheduler": "Cosine"}, "scheduler", "unknown scheduler 'Cosine'"),
        ({"scheduler": None}, "scheduler", "choose one of StepLR,"),
        ({"lr": None}, "lr", "Learning rate is empty"),
        ({"lr": -0.5}, "lr", "-0.5"),
        ({"lr": math.nan}, "lr", "nan"),
        ({"lr": "fast"}, "lr", "'fast'"),
        ({"momentum": None}, "settings", "Momentum is empty"),
        ({"momentum": 2.5}, "settings", "Momentum is 2.5: it must be at least 0 and at most 2"),
        ({"optimizer": "Adam", "betas_2": 1.0}, "settings", "Beta 2 is 1"),
        ({"optimizer": "Adam", "betas_1": None}, "settings", "Beta 1 is empty"),
        ({"optimizer": "LBFGS", "max_iter": 2.5}, "settings", "whole number, not 2.5"),
        ({"scheduler": "StepLR", "step_size": 0}, "settings", "Step size is 0"),
        ({"scheduler": "CyclicLR", "mode": "round"}, "settings", "'round'"),
        ({"nesterov": True}, "settings",
         torchs_reason(lambda: torch.optim.SGD([torch.zeros(1)], lr=0.1, nesterov=True))),
        ({"nesterov": True, "momentum": 0.9, "dampening": 0.5}, "settings",
         torchs_reason(lambda: torch.optim.SGD([torch.zeros(1)], lr=0.1, nesterov=True, momentum=0.9, dampening=0.5))),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_field_says_wrongly_is_named_with_its_field(values, field, part):
    with pytest.raises(InputError) as error:
        read_runner(values)
    assert error.value.field == field
    assert part in str(error.value)


def test_a_setting_that_only_float64_holds_is_taken():
    runner = read_runner({"optimizer": "Adagrad", "initial_accumulator_value": 1e300})
    assert runner.settings == (("initial_accumulator_value", 1e300),)


@pytest.mark.parametrize(
    ("runner", "label"),
    [
        (Runner("SGD", 0.01), "SGD 0.01"),
        (Runner("SGD", 0.01, (("momentum", 0.9), ("nesterov", True))), "SGD 0.01 momentum 0.9 nesterov true"),
        (Runner("Adam", 1e-7, (("betas", (0.5, 0.999)),)), "Adam 1e−7 betas_1 0.5"),
        (Runner("SGD", 0.1, (), "ExponentialLR"), "SGD 0.1 scheduler ExponentialLR exponentiallr_gamma 0.95"),
        (Runner("SGD", 0.1, start=(1.0, -0.25)), "SGD 0.1 from (1, -0.25)"),
    ],
    ids=str,
)
def test_a_label_says_what_is_not_usual(runner, label):
    assert runner.label == label


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_runners_of_a_preset_are_told_apart_by_their_labels(preset):
    labels = [runner.label for runner in preset.runners]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "unknown optimizer ''"),
        ("Adam;lr=1", "unknown optimizer"),
        ("Adam,lr", "name=value, not 'lr'"),
        ("Adam,", "name=value, not ''"),
        ("Adam,lr=abc", "'abc' is no number"),
        ("Adam,lr=nan", "nan is no finite number"),
        ("Adam,lr=1e999", "inf is no finite number"),
        ("Adam,momentum=0.9", "Adam has no setting 'momentum'"),
        ("SGD,nesterov=yes", "'yes' is neither true nor false"),
        ("SGD,nesterov=true", "Nesterov"),
        ("SGD,scheduler=none,gamma=0.5", "SGD has no setting 'gamma'"),
        ("SGD,scheduler=Steps", "unknown scheduler 'Steps'"),
        ("SGD,start=1;;2", "'' is no number"),
        ("SGD,start=", "'' is no number"),
        ("LBFGS,line_search_fn=wolfe", "wolfe"),
    ],
)
def test_a_runners_text_that_cannot_be_used_is_refused_in_a_sentence(text, part):
    with pytest.raises(InputError) as error:
        runner_of(text)
    assert part in str(error.value)


@given(
    st.lists(st.sampled_from("SGD Adam LBFGS lr = , ; start scheduler StepLR nesterov true 1 -1 nan e9 \0".split(" ")))
)
def test_any_text_is_a_runner_or_refused_in_a_sentence(parts):
    try:
        runner = runner_of("".join(parts))
    except InputError as error:
        said = str(error)
    else:
        said = runner_text(runner)
        assert runner_of(said) == runner
    assert said


def test_settings_that_are_all_texts_make_a_runner():
    said = {"optimizer": "SGD", "lr": "0.5", "nesterov": "true", "momentum": "0.25", "start": "1;2"}
    assert runner_from(said) == Runner("SGD", 0.5, (("momentum", 0.25), ("nesterov", True)), start=(1.0, 2.0))


# ---- Races.


@pytest.mark.parametrize(
    ("change", "field", "part"),
    [
        ({"runners": ()}, "runners", "1 to 6 runners, not 0"),
        ({"runners": (Runner(),) * 7}, "runners", "not 7"),
        ({"steps": 0}, "steps", "from 1 to 10,000"),
        ({"steps": 10_001}, "steps", "10,001"),
        ({"tolerance": 0.0}, "tolerance", "above 0"),
        ({"noise": -1.0}, "noise", "-1"),
        ({"noise_kind": "white"}, "noise_kind", "'white'"),
        ({"seed": -1}, "seed", "-1"),
        ({"start": (1.0,)}, "start", "2 numbers (x, y)"),
        ({"start": (1.0, math.inf)}, "start", "must lie between"),
        ({"start": (1.0, 2e100)}, "start", "must lie between"),
        ({"steps": 9_001}, "steps", "2 runners take at most 9,000 steps each"),
        ({"start": (1.0,), "runners": (Runner(start=(1.0, 2.0)),)}, "start", "2 numbers (x, y)"),
        ({"runners": (Runner(), Runner(start=(1.0, 2.0, 3.0)))}, "start", "2 numbers (x, y)"),
        ({"runners": (Runner(), Runner("Powell"))}, "optimizer", "'Powell'"),
        ({"runners": (Runner(lr=-1.0),)}, "lr", "-1"),
        ({"function": "x^2 +"}, "function", "missing after '+'"),
        ({"function": "1 + 1"}, "function", "no variable"),
    ],
    ids=str,
)
def test_a_race_that_cannot_be_run_is_refused_with_the_field(change, field, part):
    with pytest.raises(InputError) as error:
        replace(USUAL, **change)
    assert error.value.field == field
    assert part in str(error.value)


@pytest.mark.parametrize("count", [1, MAX_RUNNERS])
def test_one_to_six_runners_make_a_race(count):
    assert len(replace(USUAL, runners=(Runner(),) * count).runners) == count


def test_a_race_gives_its_noise_and_start_to_all_runners():
    race = replace(USUAL, noise=0.5, noise_kind="rare spikes", seed=3)
    for runner in race.runners:
        alone = descend(race.objective, (3.0, -2.0), runner.optimizer, runner.lr, 9, noise=0.5,
                        noise_kind="rare spikes", seed=3)  # fmt: skip
        assert torch.equal(race.descent(runner).run(9).parameters, alone.parameters)


def test_what_decides_a_run_is_equal_where_runs_are():
    other = replace(USUAL, runners=(*USUAL.runners, Runner("LBFGS", 1.0)), steps=9, tolerance=0.5)
    runner = USUAL.runners[1]
    assert other.deciding(runner) == USUAL.deciding(runner)
    for change in ({"noise": 0.1}, {"seed": 1, "noise": 0.1}, {"start": (3.0, 2.0)}, {"function": "x^2 + 2y^2"}):
        assert replace(USUAL, **change).deciding(runner) != USUAL.deciding(runner)
    own = replace(runner, start=(5.0, 6.0))
    assert replace(USUAL, start=(3.0, 2.0)).deciding(own) == USUAL.deciding(own)
    assert replace(USUAL, start=(5.0, 6.0)).deciding(runner) == USUAL.deciding(own)


@pytest.mark.parametrize("count", [1, MAX_VARIABLES])
def test_a_function_of_one_to_eight_variables_is_taken(count):
    assert len(checked_function(" + ".join("abcdfghk"[:count])).parameters) == count


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        ("3", "no variable"),
        ("a+b+c+d+f+g+h+k+l", "9 variables (a, b, c, d, f, g, h, k, …)"),
        ("sin(", "missing after '('"),
    ],
)
def test_a_function_without_a_variable_or_with_too_many_is_refused(text, part):
    with pytest.raises(InputError) as error:
        checked_function(text)
    assert error.value.field == "function"
    assert part in str(error.value)


def test_where_a_function_is_no_expression_the_column_is_kept():
    with pytest.raises(ExpressionError) as error:
        checked_function("x + * y")
    assert error.value.column == 5


@pytest.mark.parametrize("tolerance", [None, 0, -1e-3, math.nan, math.inf, True, "1"])
def test_a_tolerance_that_cannot_be_reached_is_refused(tolerance):
    with pytest.raises(InputError) as error:
        checked_tolerance(tolerance)
    assert error.value.field == "tolerance"


# ---- Fields.

VALUES = {
    "function": "x^2 + y^2",
    "start_x": 1.5,
    "start_y": -2.0,
    "steps": 50,
    "noise": 0.25,
    "noise_kind": "rare spikes",
    "seed": 7,
    "tolerance": 1e-3,
    "optimizer": "Adam",
    "lr": 0.5,
    "betas_1": 0.8,
}
ADAM = Runner("Adam", 0.5, (("betas", (0.8, 0.999)),))


def test_fields_make_a_race():
    fields = read_race(VALUES, [Runner(), Runner(lr=0.2)], 1, own_start=False)
    assert fields.problems == {}
    assert fields.objective.parameters == ("x", "y")
    assert fields.race == Race("x^2 + y^2", (1.5, -2.0), (Runner(), ADAM), 50, 0.25, "rare spikes", 7, 1e-3)


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"function": "x +"}, {"function"}),
        ({"function": None}, {"function"}),
        ({"function": "7"}, {"function"}),
        ({"start_y": None}, {"start"}),
        ({"start_y": math.inf}, {"start"}),
        ({"optimizer": "Powell"}, {"runner"}),
        ({"scheduler": "Powell"}, {"runner"}),
        ({"lr": None}, {"lr"}),
        ({"lr": -1.0}, {"lr"}),
        ({"betas_1": None}, {"settings"}),
        ({"betas_1": 1.0}, {"settings"}),
        ({"optimizer": "SGD", "nesterov": True}, {"settings"}),
        ({"steps": None}, {"steps"}),
        ({"steps": 0}, {"steps"}),
        ({"noise": None}, {"noise"}),
        ({"noise": -0.5}, {"noise"}),
        ({"noise_kind": "white"}, {"noise_kind"}),
        ({"seed": None}, {"seed"}),
        ({"seed": 2**31}, {"seed"}),
        ({"tolerance": None}, {"tolerance"}),
        ({"tolerance": 0.0}, {"tolerance"}),
        ({"start_x": None, "lr": None, "steps": None, "noise": None, "seed": None, "tolerance": None},
         {"start", "lr", "steps", "noise", "seed", "tolerance"}),
        ({"function": "(", "lr": None, "steps": -1}, {"function", "lr", "steps"}),
    ],
    ids=str,
)  # fmt: skip
def test_each_fields_problem_is_told_at_its_field_and_the_others_are_still_read(change, problems):
    fields = read_race(VALUES | change, [Runner()], 0, own_start=False)
    assert fields.race is None
    assert fields.problems.keys() == problems
    assert all(str(problem) for problem in fields.problems.values())
    assert (fields.objective is None) == ("function" in problems)


def test_a_start_of_its_own_is_the_selected_runners_alone():
    values = VALUES | {"shared_x": 4.0, "shared_y": 0.0}
    others = [Runner(), Runner(start=(5.0, 6.0)), Runner()]
    race = read_race(values, others, 2, own_start=True).race
    assert race.start == (4.0, 0.0)
    assert [runner.start for runner in race.runners] == [None, (5.0, 6.0), (1.5, -2.0)]
    assert race.runners[2] == replace(ADAM, start=(1.5, -2.0))
    shared = read_race(values, race.runners, 2, own_start=False).race
    assert shared.start == (1.5, -2.0)
    assert [runner.start for runner in shared.runners] == [None, (5.0, 6.0), None]


def test_a_shared_start_that_no_field_says_is_as_usual():
    race = read_race(VALUES | {"function": "log(x) + y", "shared_y": 0.0}, [Runner()], 0, own_start=True).race
    assert race.start == (1.0, 0.0)


def test_starts_of_another_number_of_variables_are_gone_with_their_function():
    others = [Runner(start=(1.0, 2.0)), Runner(start=(1.0, 2.0, 3.0)), Runner(start=(9.0, 9.0))]
    race = read_race(VALUES | {"function": "x + y + z", "start_z": 8.0}, others, 2, own_start=False).race
    assert race.start == (1.5, -2.0, 8.0)
    assert [runner.start for runner in race.runners] == [None, (1.0, 2.0, 3.0), None]
    race = read_race(VALUES | {"function": "x^4"}, others, 0, own_start=True).race
    assert [runner.start for runner in race.runners] == [(1.5,), None, None]


# ---- Links.

FUNCTIONS = {"x^2": 1, "x^2 + 3y^2": 2, "a b - exp(z)": 3, "sum(x[i]^2 for i in range(8))": 8, PRESETS["Easom"].text: 2}


@st.composite
def races(draw):
    function = draw(st.sampled_from(list(FUNCTIONS)))
    size = FUNCTIONS[function]
    racing = tuple(draw(st.lists(runners(size, ON_FUNCTIONS, most=0), min_size=1, max_size=MAX_RUNNERS)))
    return Race(
        function,
        draw(st.tuples(*[finite] * size)),
        racing,
        draw(st.integers(1, most_steps(len(racing)))),
        draw(st.floats(0, 1e300)),
        draw(st.sampled_from(list(NOISES))),
        draw(st.integers(0, 2**31 - 1)),
        draw(st.floats(0, exclude_min=True, allow_infinity=False)),
    )


@given(races())
def test_a_race_is_read_from_its_own_link(race):
    assert from_link(to_link(race), USUAL) == (race, "")


@pytest.mark.parametrize("usual", [USUAL, replace(USUAL, noise=2.0, noise_kind="rare spikes", seed=5, tolerance=0.1)])
@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_is_read_from_its_own_link_whatever_is_usual(preset, usual):
    race = race_of(preset)
    assert from_link(to_link(race), usual) == (race, "")


def test_a_link_leaves_out_what_is_usual():
    assert to_link(USUAL) == {
        "function": "x^2 + y^2",
        "start_x": "3",
        "start_y": "-2",
        "runner_1": "SGD,lr=0.1",
        "runner_2": "Adam,lr=0.5",
        "steps": "70",
    }


@pytest.mark.parametrize("said", [{}, {"utm_source": "x", "embed": "true", "start_q": "7"}], ids=str)
def test_a_link_that_says_nothing_is_the_usual_race(said):
    noisy = replace(USUAL, noise=2.0, noise_kind="rare spikes", seed=5, tolerance=0.1)
    assert from_link(said, noisy) == (noisy, "")


@pytest.mark.parametrize(
    ("said", "runner"),
    [
        ({"optimizer": "Adam", "lr": "0.1"}, Runner("Adam", 0.1)),
        ({"optimizer": "Adam"}, Runner("Adam", 0.001)),
        ({"lr": "0.3", "momentum": "0.5"}, Runner("SGD", 0.3, (("momentum", 0.5),))),
        ({"optimizer": "LBFGS", "scheduler": "StepLR", "gamma": "0.5"},
         Runner("LBFGS", 1.0, (), "StepLR", (("gamma", 0.5),))),
    ],
    ids=str,
)  # fmt: skip
def test_one_runner_may_be_written_by_the_keys_of_its_settings(said, runner):
    assert from_link(said, USUAL) == (replace(USUAL, runners=(runner,)), "")


def test_a_link_of_another_function_has_none_of_the_usual_starts_and_runners():
    link = from_link({"function": "x^2 + y^4", "start_y": "4"}, USUAL)
    assert link == (Race("x^2 + y^4", (1.0, 4.0), (Runner(),), USUAL.steps), "")


MILLION = 1_000_000


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"function": ")("}, USUAL),
        ({"function": "3"}, USUAL),
        ({"function": "a+b+c+d+f+g+h+k+l"}, USUAL),
        ({"function": "(" * MILLION}, USUAL),
        ({"function": "x" * MILLION}, USUAL),
        ({"function": ""}, USUAL),
        ({"start_x": "nan"}, USUAL),
        ({"start_x": "1" * MILLION}, USUAL),
        ({"runner_1": "Powell,lr=1"}, USUAL),
        ({"runner_1": "Adam,lr=abc"}, USUAL),
        ({"runner_1": "Z" * MILLION}, USUAL),
        ({"runner_1": "SGD," + "lr=1," * (MILLION // 5)}, USUAL),
        ({"runner_1": "Adam,lr=" + "9" * MILLION}, USUAL),
        ({"optimizer": "Powell"}, USUAL),
        ({"lr": "abc"}, USUAL),
        ({"optimizer": "LBFGS", "line_search_fn": "w" * MILLION}, USUAL),
        ({"seed": "1.5"}, USUAL),
        ({"seed": "1e300"}, USUAL),
        ({"steps": "1e300"}, USUAL),
        ({"steps": "9" * MILLION}, USUAL),
        ({"noise": "-1"}, USUAL),
        ({"noise_kind": "w" * MILLION}, USUAL),
        ({"tolerance": "0"}, USUAL),
    ],
    ids=lambda one: str(one)[:40] if isinstance(one, dict) else "",
)
def test_what_a_link_says_wrongly_is_named_and_the_usual_stands_instead(said, expected):
    link = from_link(said, expected)
    assert link.race == expected
    assert all(f"{key}={text[:40]}" in link.problem for key, text in said.items() if key != "optimizer")
    assert link.problem.startswith("This link says ")
    assert link.problem.endswith(": the usual stands instead.")
    assert len(link.problem) < 2 * MAX_REASON


def test_what_a_link_says_well_is_kept_beside_what_it_says_wrongly():
    said = {"function": "x^4 + y^2", "start_x": "nan", "start_y": "5", "steps": "many", "seed": "6", "noise": "0.5"}
    said |= {"runner_1": "Powell", "runner_3": "Adam,lr=0.3", "runner_6": "SGD,lr=x"}
    link = from_link(said, USUAL)
    assert link.race == Race("x^4 + y^2", (1.0, 5.0), (Runner("Adam", 0.3),), USUAL.steps, noise=0.5, seed=6)
    assert all(part in link.problem for part in ("start_x=nan", "steps=many", "runner_1=Powell", "runner_6=SGD,lr=x"))
    assert not any(part in link.problem for part in ("start_y", "seed", "noise", "runner_3", "function"))


def test_more_runners_than_a_race_has_are_named():
    link = from_link({f"runner_{i}": f"SGD,lr=0.{i}" for i in range(1, 9)}, USUAL)
    assert [runner.lr for runner in link.race.runners] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert "runner_7=SGD,lr=0.7" in link.problem


def test_a_start_of_another_size_is_named_and_its_runner_kept():
    link = from_link({"runner_1": "SGD,lr=0.2,start=1;2;3", "runner_2": "SGD,start=4;5"}, USUAL)
    assert link.race.runners == (Runner("SGD", 0.2), Runner("SGD", 0.001, start=(4.0, 5.0)))
    assert "runner_1=SGD,lr=0.2,start=1;2;3 (its start has 3 values, and the function 2 variables)" in link.problem
    assert "runner_2" not in link.problem


link_keys = st.sampled_from(
    "function start_x start_y steps noise noise_kind seed tolerance optimizer lr scheduler momentum nesterov gamma d "
    "runner_1 runner_2 runner_7 runner_x mode".split()
) | st.text(max_size=8)
link_texts = (
    st.sampled_from(
        [*FUNCTIONS, *OPTIMIZERS, *SCHEDULERS, *NOISES, "true", "", "nan", "-1", "1.5", "SGD,start=1;2", "Adam,lr=0.1"]
    )
    | st.floats().map(str)
    | st.integers().map(str)
    | st.text(max_size=30)
)


@given(st.dictionaries(link_keys, link_texts, max_size=8))
def test_whatever_a_link_says_there_is_a_race(said):
    link = from_link(said, USUAL)
    assert from_link(to_link(link.race), USUAL) == (link.race, "")
    assert len(link.problem) < (len(said) + 1) * 2 * MAX_REASON


# ---- Links of fits.

LINE = Race(Regression(), tuple(TUTORIAL_START.values()), (Runner(),), 100)
MODELS = {"a*x + b": 2, "a*x**2 + b*x + c": 3, "a*exp(b*x) + c": 3, "w_1*x": 1, "log(a)*x + sin(b)": 2}
coordinates = st.floats(-1e6, 1e6)


@st.composite
def points_of_fits(draw):
    """A set that is built in, or a few points, some of them weighted and held out."""
    if draw(st.booleans()):
        return DATASETS[draw(st.sampled_from(list(DATASETS)))].points
    rows = st.tuples(coordinates, coordinates, st.sampled_from([0.0, 0.5, 1.0, 1 / 3, 2e3]), st.booleans())
    try:
        return Points(*zip(*draw(st.lists(rows, min_size=1, max_size=20)), strict=True))
    except InputError:
        reject()  # none is left for the loss


@st.composite
def fits(draw):
    model = draw(st.sampled_from(list(MODELS)))
    values = {
        "model": model,
        "points": draw(points_of_fits()),
        "loss": draw(st.sampled_from(list(LOSSES))),
        "l1": draw(st.just(0.0) | st.floats(0, 1e6)),
        "l2": draw(st.just(0.0) | st.floats(0, 1e6)),
        "standardise": draw(st.booleans()),
    }
    try:
        regression = read_regression(values)
    except InputError as error:
        assert error.field in ("loss", "standardise")  # noqa: PT017 - y outside 0 and 1, or equal x
        reject()
    fit = regression.objective
    records = list(OPTIMIZERS.values()) if fit.is_sum_of_squares else ON_FUNCTIONS
    racing = draw(st.lists(runners(MODELS[model], records, len(fit.x)), min_size=1, max_size=3))
    start = draw(st.tuples(*[finite] * MODELS[model]))
    return Race(regression, start, tuple(racing), draw(st.integers(1, most_steps(3))), draw(st.floats(0, 1e6)),
                draw(st.sampled_from(list(NOISES))), draw(st.integers(0, 99)), draw(st.floats(1e-9, 1)))  # fmt: skip


@given(fits(), st.booleans())
def test_a_race_of_a_fit_is_read_from_its_own_link(race, noisy):
    said = to_link(race)
    usual = replace(LINE, noise=2.0, noise_kind="rare spikes", seed=5, tolerance=0.1) if noisy else LINE
    assert ("data" in said) != ("points" in said)
    assert all(isinstance(text, str) for text in said.values())
    assert from_link(said, usual) == (race, "")


@pytest.mark.parametrize("name", DATASETS)
def test_a_set_that_is_built_in_is_said_by_its_name(name):
    points = DATASETS[name].points
    said = to_link(replace(LINE, function=Regression(points=points)))
    assert DATASETS[said["data"]].points == points
    assert "points" not in said


def test_a_link_of_a_fit_leaves_out_what_is_usual():
    said = {"model": "a*x + b", "data": "Tutorial", "start_a": "-0.486989", "start_b": "-0.563709"}
    assert to_link(LINE) == said | {"runner_1": "SGD,lr=0.01", "steps": "100"}
    chosen = Regression(
        "w_1*x", Points((1.0, 2.0), (3.0, 4.5), (1.0, 2.0), (True, False)), "sse", (("l2", 0.5),), False
    )
    assert to_link(Race(chosen, (1.0,), (Runner(batch_size=1),), 7)) == {
        "model": "w_1*x",
        "points": "1,3,h;2,4.5,2",
        "loss": "sse",
        "l2": "0.5",
        "start_w_1": "1",
        "runner_1": "SGD,lr=0.01,batch_size=1",
        "steps": "7",
    }


def test_points_too_many_for_a_link_are_left_out_of_it():
    many = Points(tuple(i / 7 for i in range(1000)), tuple(i / 3 for i in range(1000)))
    said = to_link(replace(LINE, function=Regression(points=many)))
    assert not said.keys() & {"data", "made", "points"}
    assert from_link(said, LINE) == (LINE, "")
    assert not is_linked(replace(LINE, function=Regression(points=many)))


def test_points_that_were_made_up_are_said_by_their_recipe_however_many_they_are():
    made = Recipe("sin(w*x)", (("w", 1 / 3),), -5.0, 5.0, 10_000, noise=0.2, outliers=0.01, seed=7)
    race = replace(LINE, function=Regression(points=made.points))
    said = to_link(race)
    assert said["made"] == "sin(w*x);-5;5;10000;0.2;0.01;7;0;w=0.3333333333333333"
    assert not said.keys() & {"data", "points"}
    assert is_linked(race)
    assert from_link(said, LINE) == (race, "")


def test_a_recipe_that_cannot_be_made_leaves_the_data_and_is_named():
    link = from_link({"model": "a*x + b", "made": "1/x;0;1;20;0;0;0;0"}, LINE)
    assert link.race == LINE
    assert "made=" in link.problem
    assert "at x = 0" in link.problem


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"data": "nope"}, "data=nope"),
        ({"data": "x" * MILLION}, "data=" + "x" * 40 + "…"),
        ({"points": "garbage"}, "points=garbage"),
        ({"points": ""}, "points="),
        ({"points": "1,2;nan,3"}, "points=1,2;nan,3"),
        ({"points": "1,1e999"}, "points=1,1e999"),
        ({"points": "1,2,h"}, "points=1,2,h"),
        ({"points": "1,2,-1"}, "points=1,2,-1"),
        ({"points": "1,2;" * (MAX_TEXT // 4 + 1)}, "points=1,2;1,2;"),
        ({"points": "(" * MILLION}, "points=" + "(" * 40 + "…"),
        ({"model": "a*"}, "model=a*"),
        ({"model": ""}, "model="),
        ({"model": "x"}, "model=x"),
        ({"model": "a b c d f g h k l x"}, "model=a b c d f g h k l x"),
        ({"model": "(" * MILLION}, "model=" + "(" * 40 + "…"),
        ({"loss": "nope"}, "loss=nope"),
        ({"loss": "bce"}, "loss=bce"),
        ({"l1": "-1"}, "l1=-1"),
        ({"l2": "inf"}, "l2=inf"),
        ({"l2": "much"}, "l2=much"),
        ({"standardise": "yes"}, "standardise=yes"),
        ({"runner_1": "SGD,batch_size=9"}, "runner_1=SGD,batch_size=9"),
        ({"batch_size": "9"}, "batch_size=9"),
        ({"batch_size": "1.5"}, "batch_size=1.5"),
        ({"batch_size": "-1"}, "batch_size=-1"),
        ({"start_a": "here"}, "start_a=here"),
    ],
    ids=lambda one: str(one)[:40] if isinstance(one, dict) else "",
)
def test_what_a_fits_link_says_wrongly_is_named_and_the_usual_stands_instead(said, named):
    link = from_link(said, LINE)
    assert link.race == replace(LINE, runners=link.race.runners)
    assert len(link.race.runners) == 1
    assert named in link.problem
    assert link.problem.startswith("This link says ")
    assert link.problem.endswith(": the usual stands instead.")
    assert len(link.problem) < 2 * MAX_REASON
    assert link.race.descent(link.race.runners[0]).run(2).steps == 2


def test_a_batch_larger_than_the_data_is_dropped_with_its_runner_alone():
    said = {"runner_1": "SGD,lr=0.1,batch_size=9", "runner_2": "Adam,lr=0.1,batch_size=3"}
    link = from_link(said, LINE)
    assert link.race.runners == (Runner("Adam", 0.1, batch_size=3),)
    assert "runner_1=SGD,lr=0.1,batch_size=9 (the batch size must be a whole number from 1 to 4" in link.problem
    assert "runner_2" not in link.problem


@pytest.mark.parametrize("name", [name for name, record in OPTIMIZERS.items() if record.needs == "residuals"])
@pytest.mark.parametrize("change", [{"loss": "mae"}, {"loss": "huber"}, {"l1": "0.5"}], ids=str)
def test_an_optimizer_of_sums_of_squares_is_refused_on_another_loss_and_the_loss_stays(name, change):
    for said in ({"optimizer": name}, {"runner_1": name}):
        link = from_link({"model": "a*x + b"} | change | said, LINE)
        expected = read_regression({key: text if key == "loss" else float(text) for key, text in change.items()})
        assert link.race.function == expected
        assert [runner.optimizer for runner in link.race.runners] == ["SGD"]
        assert f"={name} ({name} needs a sum of squares" in link.problem
    assert from_link({"optimizer": name}, LINE) == (replace(LINE, runners=(Runner(name, 1.0),)), "")


def test_what_a_fits_link_says_well_is_kept_beside_what_it_says_wrongly():
    said = {"model": "a*x + c", "data": "nope", "loss": "sse", "l1": "0.5", "l2": "-1", "standardise": "true"}
    link = from_link(said | {"runner_1": "SGD,batch_size=2", "start_c": "3"}, LINE)
    assert link.race.function == Regression("a*x + c", loss="sse", penalties=(("l1", 0.5),), standardise=True)
    assert link.race.start == (TUTORIAL_START["a"], 3.0)
    assert link.race.runners == (Runner("SGD", 0.001, batch_size=2),)
    assert all(part in link.problem for part in ("data=nope", "l2=-1"))
    assert not any(part in link.problem for part in ("model", "loss", "l1", "standardise", "runner"))


fit_keys = st.sampled_from(
    "model data points loss l1 l2 standardise start_a start_b steps noise optimizer lr batch_size runner_1 runner_2 "
    "function damping lm_damping tolerance".split()
)  # fmt: skip
fit_texts = (
    st.sampled_from(
        [*MODELS, *DATASETS, *LOSSES, *OPTIMIZERS, "true", "false", "", "nan", "-1", "0.5", "3", "1,2;3,4", "1,0;1,1,2",
         "1,2,h;2,3", "1,2,0;2,3,0", "SGD,batch_size=9", "LevenbergMarquardt,lr=0.5,batch_size=2", "Newton,start=1;2"]
    )
    | st.floats().map(str)
    | st.text(max_size=20)
)  # fmt: skip


@given(st.dictionaries(fit_keys, fit_texts, max_size=8))
def test_whatever_a_fits_link_says_there_is_a_race(said):
    link = from_link(said, LINE)
    assert checked_objective(link.race.function).parameters
    assert from_link(to_link(link.race), LINE) == (link.race, "")
    assert len(link.problem) < (len(said) + 1) * 2 * MAX_REASON


# ---- Fields of fits.

FIT_VALUES = {
    "model": "a*x + b",
    "loss": "mse",
    "points": DATASETS["Tutorial"].points,
    "l1": 0.0,
    "l2": 0.25,
    "standardise": True,
    "start_a": 1.5,
    "start_b": -2.0,
    "steps": 50,
    "noise": 0.0,
    "noise_kind": "Gaussian",
    "seed": 7,
    "tolerance": 1e-3,
    "optimizer": "SGD",
    "lr": 0.5,
    "batch_size": 2,
}


def test_fields_make_a_race_of_a_fit():
    fields = read_race(FIT_VALUES, [Runner()], 0, own_start=False)
    chosen = Regression(penalties=(("l2", 0.25),), standardise=True)
    assert fields.problems == {}
    assert fields.objective is fields.race.function.objective
    assert fields.race == Race(chosen, (1.5, -2.0), (Runner("SGD", 0.5, batch_size=2),), 50, seed=7, tolerance=1e-3)


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"model": "a*"}, {"model"}),
        ({"model": None}, {"model"}),
        ({"model": "a b c d f g h k l x"}, {"model"}),
        ({"loss": "bce"}, {"loss"}),
        ({"l1": None}, {"l1"}),
        ({"l2": -1.0}, {"l2"}),
        ({"points": Points((1.0, 1.0), (2.0, 3.0))}, {"standardise"}),
        ({"start_a": None}, {"start"}),
        ({"batch_size": None}, {"batch_size"}),
        ({"batch_size": 1.5}, {"batch_size"}),
        ({"batch_size": -1}, {"batch_size"}),
        ({"batch_size": 9}, {"batch_size"}),
        ({"optimizer": "LevenbergMarquardt", "loss": "mae"}, {"optimizer"}),
        ({"model": "(", "lr": None, "batch_size": None, "steps": 0}, {"model", "steps", "lr"}),
    ],
    ids=str,
)
def test_each_problem_of_a_fits_fields_is_told_at_its_field(change, problems):
    fields = read_race(FIT_VALUES | change, [Runner()], 0, own_start=False)
    assert fields.race is None
    assert fields.problems.keys() == problems
    regression = {"model", "loss", "l1", "l2", "standardise"}
    assert (fields.objective is None) == bool(problems & regression)


# ---- Standings.

BOWL = Function("x^2 + 4y^2")
WELLS = Function("x^4/4 - x^2/2")


def plain_ranks(losses):
    """Ranks from losses (runners, steps), by counting."""
    size = [[math.inf if math.isnan(value) else value for value in row] for row in losses]
    return [
        [1 + sum(other[k] < row[k] for other in size) for k in range(len(row))]
        for row in size
    ]  # fmt: skip


def held(values, count):
    return [*values, *[values[-1]] * (count - len(values))]


@pytest.fixture
def runs():
    """One that leaves the numbers after a few hundred steps, one that is slow, one that is fast and shorter."""
    diverging = descend(BOWL, (1.0, 1.0), lr=3.0, steps=400)
    assert 20 < diverging.steps < 400
    slow = descend(BOWL, (3.0, -1.0), "Adam", 0.01, steps=300)
    fast = descend(BOWL, (3.0, -1.0), "LBFGS", 0.5, steps=40, max_iter=3)
    return [diverging, slow, fast]


def test_runs_stand_by_their_losses_and_shorter_ones_where_they_ended(runs):
    stand = rank_runs(runs, None, 1e-6)
    count = max(len(run.losses) for run in runs)
    losses = [held(run.losses.tolist(), count) for run in runs]
    np.testing.assert_array_equal(stand.losses, losses)
    assert stand.ranks.tolist() == plain_ranks(losses)
    assert {rank for row in stand.ranks.tolist() for rank in row} == {1, 2, 3}
    assert (stand.losses.dtype, stand.ranks.dtype, stand.evaluations.dtype) == (torch.float64, torch.int64, torch.int64)


def test_equal_losses_share_a_rank_and_the_next_one_is_passed_over():
    same = [descend(BOWL, start, lr=0.1, steps=5) for start in [(1.0, 2.0), (-1.0, 2.0), (3.0, 3.0), (0.0, 0.0)]]
    assert rank_runs(same, None, 1e-6).ranks.T.tolist() == [[2, 2, 4, 1]] * 6


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
def test_a_loss_that_is_no_number_is_the_last(order):
    function = Function("log(x)^2")
    lost = descend(function, [3.0], lr=5.0, steps=10)
    assert lost.losses[-1].isnan()
    every = [lost, descend(function, [3.0], lr=0.1, steps=10), descend(function, [30.0], lr=0.1, steps=10)]
    ranks = rank_runs([every[i] for i in order], None, 1e-6).ranks[:, -1].tolist()
    assert ranks == [[3, 1, 2][i] for i in order]


def test_distances_are_those_to_the_nearest_minimum():
    every = [
        descend(WELLS, [x], lr=lr, momentum=0.9, steps=steps) for x, lr, steps in [(1.8, 0.1, 60), (-3.0, 0.01, 9)]
    ]
    stand = rank_runs(every, find_known_minima(WELLS, (0.3,)), 1e-6)
    for run, row in zip(every, stand.distances.tolist(), strict=True):
        x = run.parameters[:, 0].numpy()
        assert row == held(np.minimum(np.abs(x - 1), np.abs(x + 1)).tolist(), 61)


def test_distances_in_more_dimensions_are_euclids(runs):
    points = np.array([[0.0, 0.0], [2.5, -1.0], [0.5, 0.5]])
    stand = rank_runs(runs, KnownMinima(torch.tensor(points), 0.0), 1e-6)
    for run, row in zip(runs, stand.distances.numpy(), strict=True):
        away = run.parameters.numpy()[:, None] - points
        expected = np.linalg.norm(away, axis=-1).min(1)
        np.testing.assert_allclose(row[: len(expected)], expected, rtol=1e-12)
        assert (row[len(expected) :] == row[len(expected) - 1]).all()


def test_without_a_known_minimum_there_are_no_distances(runs):
    assert rank_runs(runs, None, 1e-6).distances is None


@pytest.mark.parametrize("tolerance", [10.0, 1e-2, 1e-4])
@pytest.mark.parametrize(
    "known", [None, KnownMinima(torch.zeros(1, 2, dtype=torch.float64), 0.0)], ids=["unknown", "known"]
)
def test_a_run_arrives_at_its_first_step_within_the_tolerance(runs, known, tolerance):
    def arrival(run):
        for k, (loss, gradient) in enumerate(zip(run.losses.tolist(), run.gradients.tolist(), strict=True)):
            if (math.hypot(*gradient) if known is None else abs(loss)) <= tolerance:
                return k
        return None

    expected = [arrival(run) for run in runs]
    assert rank_runs(runs, known, tolerance).arrivals == expected
    assert expected[2] is not None
    assert (expected[0] is None) == (tolerance < 5)  # it begins at 5


def test_a_loss_far_below_the_known_minimum_is_no_arrival():
    race = race_of(PRESETS["McCormick"])
    every = [race.descent(runner).run(race.steps) for runner in race.runners]
    known = find_known_minima(race.objective, race.start)
    assert every[1].losses[-1] < known.loss - 10  # it has left the domain, and falls for ever
    assert rank_runs(every, known, 1e-6).arrivals == [None, None]


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [("SGD", {}), ("LBFGS", {}), ("LBFGS", {"max_iter": 7, "line_search_fn": "strong_wolfe"})],
)
def test_evaluations_are_the_calls_of_the_closure_in_torchs_own_loop(optimizer, settings):
    theta = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    plain = getattr(torch.optim, optimizer)([theta], lr=1e-3, **settings)
    calls = []

    def closure():
        calls.append(1)
        plain.zero_grad()
        loss = (1 - theta[0]) ** 2 + 100 * (theta[1] - theta[0] ** 2) ** 2
        loss.backward()
        return loss

    counts = [0]
    for _ in range(12):
        plain.step(closure)
        counts.append(len(calls))
    runner = Runner(optimizer, 1e-3, tuple(settings.items()))
    short, long = (runner.descent(ROSENBROCK, (-1.2, 1.0)).run(steps) for steps in (5, 12))
    assert rank_runs([short, long], None, 1e-6).evaluations.tolist() == [held(counts[:6], 13), counts]


def test_one_run_of_no_steps_stands_first():
    stand = rank_runs([descend(BOWL, (1.0, 1.0), steps=0)], None, 1e-6)
    assert (stand.losses.tolist(), stand.ranks.tolist(), stand.arrivals) == ([[5.0]], [[1]], [None])


def test_rows_are_repeated_up_to_the_count():
    assert pad_to(torch.tensor([1, 2]), 4).tolist() == [1, 2, 2, 2]
    assert pad_to(torch.tensor([[1, 2], [3, 4]]), 3).tolist() == [[1, 2], [3, 4], [3, 4]]


# ---- The gallery.


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("(1 - x)**2 + 100*(y - x**2)**2", "Rosenbrock"),
        ("  x ^ 2 ", "Parabola"),
        ("abs(x) + abs(y)", "|x| + |y|"),
        ("x^3 - 3*x*y^2", "Monkey saddle"),
    ],
)
def test_a_presets_formula_is_known_however_it_is_typed(typed, name):
    assert find_preset(Function(typed)) is PRESETS[name]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_preset_of_a_presets_text_is_the_first_of_its_formula(preset):
    assert find_preset(Function(preset.text)) is next(one for one in PRESETS.values() if one.text == preset.text)


@pytest.mark.parametrize("text", ["x^2 + 1", "t^2", "x^2.5", "(1-x)^2 + 100(y-x^2)^2 + 0z", "2x^2"])
def test_another_function_is_no_preset(text):
    assert find_preset(Function(text)) is None


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_the_race_of_a_preset_is_what_it_says(preset):
    race = race_of(preset)
    assert (race.function, race.start, race.runners) == (preset.text, preset.start, preset.runners)
    assert (race.steps, race.noise, race.noise_kind) == (preset.steps, preset.noise, preset.noise_kind)
    assert all(type(value) is float for value in race.start)


@pytest.mark.parametrize("preset", [one for one in PRESETS.values() if one.minima], ids=lambda one: one.name)
def test_the_known_minima_of_a_preset_are_its_own(preset):
    known = find_known_minima(Function(preset.text), preset.start)
    assert known.points.tolist() == [list(map(float, point)) for point in preset.minima]
    assert known.points.dtype == torch.float64
    assert known.loss == preset.minimum


def test_the_minimum_of_a_quadratic_is_known_wherever_it_is_asked():
    matrix, linear = np.array([[6.0, 1.0], [1.0, 4.0]]), np.array([-2.0, 5.0])
    function = Function("3x^2 + x y + 2y^2 - 2x + 5y + 7")
    expected = np.linalg.solve(matrix, -linear)
    for at in [(0.0, 0.0), (5.0, -8.0)]:
        known = find_known_minima(function, at)
        np.testing.assert_allclose(known.points, [expected], rtol=1e-12)
        assert known.loss == pytest.approx(7 + linear @ expected / 2, rel=1e-12)


@pytest.mark.parametrize(
    "text", ["x^2 - y^2 + 1", "x + y", "x^4 + y^4 + x", "-x^2 - 3y^2", PRESETS["Monkey saddle"].text]
)
def test_where_nothing_is_known_of_minima_there_are_none(text):
    assert find_known_minima(Function(text), (0.0, 0.0)) is None
