"""The fields of runners and races, and the texts that links have of them."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import OPTIMIZERS, SCHEDULERS, InputError
from playground.engine.runner import Runner
from playground.labs.descent.problem import Formula
from playground.labs.shared.fields import Number
from playground.labs.shared.race.controls import add_runner, remove_runner
from playground.labs.shared.race.fields import (
    LEARNING_RATE,
    OPTIMIZER,
    PLANE,
    RATE_SLIDER,
    RATES,
    SCHEDULER,
    SELECTED,
    default_rate,
    label_of,
    of_runner,
    race_fields,
    read_runner,
    runner_fields,
    runner_from,
    runner_text,
    start_fields,
)
from playground.labs.shared.race.state import MAX_RUNNERS, Race, RaceState, Region, check_settings
from tests.labs.states import EVERY, component_values, runners

STATE = RaceState(race=Race(Formula("x^2 + y^2"), (3.0, -2.0), (Runner(lr=0.1),)))

some_runners = st.integers(1, 4).flatmap(runners)


def put(runner, **values):
    """The runner with other choices, one after the other."""
    for name, value in values.items():
        one = next(one for one in runner_fields(runner) if one.name == name)
        runner = one.with_choice(runner, value)
    return runner


def values_of(runner):
    return {one.name: one.get(runner) for one in runner_fields(runner)}


# ---- Fields of a runner.


@st.composite
def runner_values(draw):
    """What the fields of a runner may say; some of them nothing."""
    record = draw(st.sampled_from(EVERY))
    schedule = draw(st.none() | st.sampled_from(list(SCHEDULERS.values())))
    values = {
        "optimizer": record.name,
        "lr": draw(st.floats(0, 1e6)),
        "scheduler": schedule.name if schedule else "none",
        "batch_size": draw(st.integers(0, 9)),
    }
    for one in (*record.hyperparameters, *(schedule.hyperparameters if schedule else ())):
        for key, component, (low, high) in zip(one.keys, one.components, one.bounds, strict=True):
            if draw(st.booleans()):
                values[key] = draw(component_values(one, component, low, high))
    return values


@given(runner_values(), st.randoms())
def test_a_runner_has_the_settings_of_its_fields_in_whatever_order_they_are_put(values, order):
    runner = put(Runner(), **values)
    defaults = {
        key: component
        for record in (OPTIMIZERS[values["optimizer"]], SCHEDULERS.get(values["scheduler"]))
        if record
        for one in record.hyperparameters
        for key, component in zip(one.keys, one.components, strict=True)
    }
    assert values_of(runner) == defaults | values
    settings = [*values.items()][4:]
    order.shuffle(settings)
    first = {name: values[name] for name in ("optimizer", "scheduler", "batch_size", "lr")}
    assert put(Runner(), **first, **dict(settings)) == runner


@given(some_runners)
def test_a_runner_is_made_of_its_own_fields(runner):
    assert put(Runner(start=runner.start), **values_of(runner)) == runner


@given(some_runners, st.data())
def test_another_optimizer_and_back_is_a_runner_without_what_the_other_cannot_have(runner, data):
    other = put(runner, optimizer=data.draw(st.sampled_from([*OPTIMIZERS])))
    known = {key: one for one in OPTIMIZERS[other.optimizer].hyperparameters for key in one.keys}
    assert {*dict(other.settings)} <= {one.name for one in known.values()}
    assert replace(other, optimizer=runner.optimizer, settings=runner.settings, lr=runner.lr) == runner
    assert other.lr in (runner.lr, default_rate(other.optimizer))
    assert put(Runner(start=other.start), **values_of(other)) == other
    for name, value in other.settings:
        assert dict(runner.settings).get(name, value) == value


def test_another_optimizer_keeps_the_settings_that_it_has_too():
    adam = Runner("Adam", 0.1, (("betas", (0.8, 0.9)), ("eps", 1e-6), ("amsgrad", True)))
    assert put(adam, optimizer="Adamax").settings == (("betas", (0.8, 0.9)), ("eps", 1e-6))
    assert put(adam, optimizer="LBFGS") == Runner("LBFGS", 0.1)
    # What is another's default is said no more.
    decayed = put(Runner("Adam", 0.1), weight_decay=0.01)
    assert put(decayed, optimizer="AdamW").settings == ()


def test_every_component_of_every_setting_has_a_field_that_begins_with_its_default():
    for kind, records in (("optimizer", OPTIMIZERS), ("scheduler", SCHEDULERS)):
        for record in records.values():
            runner = Runner(**{kind: record.name})
            fields = {one.name: one for one in runner_fields(runner)}
            for one in record.hyperparameters:
                for key, label, default in zip(one.keys, one.labels, one.components, strict=True):
                    field = fields[key]
                    assert (field.label, field.get(runner)) == (label, default), (record.name, key)
                    assert field.with_choice(runner, default) == runner
                    if isinstance(field.widget, Number):
                        with pytest.raises(InputError, match="is empty") as error:
                            field.with_choice(runner, None)
                        assert str(error.value).startswith(label)
                        assert error.value.field == key


@pytest.mark.parametrize("value", [0, 1e-3, 5, 1e300])
def test_a_learning_rate_from_zero_is_taken(value):
    assert LEARNING_RATE.with_choice(Runner(), value).lr == value
    assert RATE_SLIDER.with_choice(Runner(), value).lr == value


@pytest.mark.parametrize(("value", "part"), [(None, "empty"), (-0.1, "-0.1"), (math.nan, "nan"), ("fast", "'fast'")])
def test_what_is_no_learning_rate_is_refused(value, part):
    with pytest.raises(InputError, match=part) as error:
        LEARNING_RATE.with_choice(Runner(), value)
    assert error.value.field == "lr"


def test_the_slider_of_the_rate_has_ten_stops_a_decade():
    assert [*RATES] == sorted({*RATES})
    assert (RATES[0], RATES[-1], len(RATES)) == (1e-5, 10.0, 61)
    ratios = [high / low for low, high in pairwise(RATES)]
    assert min(ratios) >= 1.2
    assert max(ratios) <= 1.34


def torchs_reason(make):
    try:
        make()
    except ValueError as reason:
        return str(reason)
    raise AssertionError("torch refuses nothing")


NO_MOMENTUM = torchs_reason(lambda: torch.optim.SGD([torch.zeros(1)], lr=0.1, nesterov=True))
DAMPENED = torchs_reason(lambda: torch.optim.SGD([torch.zeros(1)], lr=0.1, nesterov=True, momentum=0.9, dampening=0.5))


@pytest.mark.parametrize(
    ("runner", "name", "value", "part"),
    [
        (Runner(), "optimizer", "adam", "choose one of SGD, Adam,"),
        (Runner(), "optimizer", None, "choose one of SGD, Adam,"),
        (Runner(), "scheduler", "Cosine", "choose one of none, StepLR,"),
        (Runner(), "scheduler", None, "choose one of none, StepLR,"),
        (Runner(), "lr", None, "Learning rate is empty"),
        (Runner(), "lr", -0.5, "-0.5"),
        (Runner(), "lr", math.nan, "nan"),
        (Runner(), "batch_size", None, "Batch size is empty"),
        (Runner(), "batch_size", 1.5, "whole number from 1, or 0 for all points, not 1.5"),
        (Runner(), "batch_size", -1, "not -1"),
        (Runner(), "batch_size", True, "not True"),
        (Runner(), "momentum", None, "Momentum is empty"),
        (Runner(), "momentum", 2.5, "Momentum is 2.5: it must be at least 0 and at most 2"),
        (Runner("Adam"), "betas_2", 1.0, "Beta 2 is 1"),
        (Runner("Adam"), "betas_1", None, "Beta 1 is empty"),
        (Runner("LBFGS"), "max_iter", 2.5, "whole number, not 2.5"),
        (Runner(scheduler="StepLR"), "step_size", 0, "Step size is 0"),
        (Runner(scheduler="CyclicLR"), "mode", "round", "'round'"),
        (Runner(), "nesterov", True, NO_MOMENTUM),
        (Runner("SGD", 0.1, (("momentum", 0.9), ("dampening", 0.5))), "nesterov", True, DAMPENED),
        (Runner("SGD", 0.1, (("momentum", 0.9), ("nesterov", True))), "dampening", 0.5, DAMPENED),
        (Runner(), "batch_size", 3, "this function has none"),
        (Runner(), "optimizer", "LevenbergMarquardt", "needs a sum of squares"),
    ],
    ids=str,
)
def test_what_a_field_says_wrongly_is_told_at_its_field(runner, name, value, part):
    state = STATE.with_runner(runner)
    one = next(one for one in race_fields(state) if one.name == name)
    with pytest.raises(InputError) as error:
        one.with_choice(state, value)
    assert error.value.field == name
    assert part in str(error.value)


def test_a_setting_that_only_float64_holds_is_taken():
    runner = put(Runner("Adagrad"), initial_accumulator_value=1e300)
    assert runner.settings == (("initial_accumulator_value", 1e300),)
    check_settings(runner)


# ---- Texts of runners.

TEXTS = [
    (Runner("SGD", 0.001), "SGD"),
    (Runner("SGD", 0.01), "SGD,lr=0.01"),
    (
        Runner("LBFGS", 1.0, (("max_iter", 5), ("line_search_fn", "strong_wolfe"))),
        "LBFGS,max_iter=5,line_search_fn=strong_wolfe",
    ),
    (
        Runner("SGD", 1 / 3, (("momentum", 0.9), ("nesterov", True))),
        "SGD,lr=0.3333333333333333,momentum=0.9,nesterov=true",
    ),
    (
        Runner("Adam", 0.1, (("betas", (0.8, 0.999)),), "StepLR", (), (-1.0, 2.5)),
        "Adam,lr=0.1,scheduler=StepLR,betas_1=0.8,start=-1;2.5",
    ),
    (
        Runner("RMSprop", 0.01, (), "MultiStepLR", (("milestones", (30, 90)),)),
        "RMSprop,scheduler=MultiStepLR,milestones_2=90",
    ),
    (Runner("SGD", 0.01, batch_size=4), "SGD,lr=0.01,batch_size=4"),
]


@pytest.mark.parametrize(("runner", "text"), TEXTS, ids=str)
def test_a_runners_text_leaves_out_defaults(runner, text):
    assert runner_text(runner) == text
    assert read_runner(text) == runner


@given(some_runners)
def test_a_runner_is_read_from_its_own_text(runner):
    assert read_runner(runner_text(runner)) == runner


def test_a_missing_setting_is_as_by_default():
    assert runner_from({}) == Runner("SGD", 0.001)
    assert runner_from({"optimizer": "Adadelta"}) == Runner("Adadelta", 1.0)
    assert runner_from({"scheduler": "StepLR"}) == Runner("SGD", 0.001, (), "StepLR")


def test_settings_that_are_all_texts_make_a_runner():
    said = {"optimizer": "SGD", "lr": "0.5", "nesterov": "true", "momentum": "0.25", "start": "1;2"}
    assert runner_from(said) == Runner("SGD", 0.5, (("momentum", 0.25), ("nesterov", True)), start=(1.0, 2.0))


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
        ("SGD,scheduler=none,gamma=0.5", "SGD has no setting 'gamma'"),
        ("SGD,scheduler=Steps", "choose one of none, StepLR,"),
        ("SGD,start=1;;2", "'' is no number"),
        ("SGD,start=", "'' is no number"),
        ("SGD,start=1e101", "must lie between"),
        ("SGD,batch_size=1.5", "isn't a whole number"),
        ("LBFGS,line_search_fn=wolfe", "wolfe"),
    ],
)
def test_a_runners_text_that_cannot_be_used_is_refused_in_a_sentence(text, part):
    with pytest.raises(InputError) as error:
        read_runner(text)
    assert part in str(error.value)


def test_what_only_torch_refuses_is_told_where_the_runner_is_to_race():
    runner = read_runner("SGD,nesterov=true")
    with pytest.raises(InputError, match="Nesterov") as error:
        STATE.with_runner(runner)
    assert error.value.field == "settings"


@given(
    st.lists(st.sampled_from("SGD Adam LBFGS lr = , ; start scheduler StepLR nesterov true 1 -1 nan e9 \0".split(" ")))
)
def test_any_text_is_a_runner_or_refused_in_a_sentence(parts):
    try:
        runner = read_runner("".join(parts))
    except InputError as error:
        said = str(error)
    else:
        said = runner_text(runner)
        assert read_runner(said) == runner
    assert said


@pytest.mark.parametrize(
    ("runner", "label"),
    [
        (Runner("SGD", 0.01), "SGD 0.01"),
        (Runner("SGD", 0.01, (("momentum", 0.9), ("nesterov", True))), "SGD 0.01 momentum 0.9 nesterov true"),
        (Runner("Adam", 1e-7, (("betas", (0.5, 0.999)),)), "Adam 1e−7 betas_1 0.5"),
        (Runner("SGD", 0.1, (), "ExponentialLR"), "SGD 0.1 scheduler ExponentialLR exponentiallr_gamma 0.95"),
        (Runner("SGD", 0.1, start=(1.0, -0.25)), "SGD 0.1 from (1, −0.25)"),
        (Runner("SGD", 0.1, batch_size=4), "SGD 0.1 batch_size 4"),
    ],
    ids=str,
)
def test_a_label_says_what_is_not_as_by_default(runner, label):
    assert label_of(runner) == label


# ---- Fields of a race.


def test_a_start_is_the_selected_runners_or_the_shared_one_and_ends_the_held_region():
    own = replace(STATE.with_runners((Runner(), Runner(start=(5.0, 6.0))), (0, 1), 1), region=Region(((0, 9), (0, 9))))
    y = start_fields(own)[1]
    assert (y.name, y.label, y.get(own)) == ("start_y", "Start y", 6.0)
    moved = y.with_choice(own, 7.0)
    assert (moved.runner.start, moved.race.start, moved.region) == ((5.0, 7.0), (3.0, -2.0), None)
    shared = y.with_choice(SELECTED.with_choice(own, 0), 7.0)
    assert (shared.runner.start, shared.race.start) == (None, (3.0, 7.0))
    for wrong in (math.inf, math.nan, 1e101):
        with pytest.raises(InputError, match=r"Start y is .*: it must lie between") as error:
            y.with_choice(own, wrong)
        assert error.value.field == "start_y"


def test_a_runner_is_selected_by_the_number_that_it_keeps():
    state = STATE.with_runners((Runner(), Runner("Adam"), Runner("LBFGS")), (0, 2, 5), 0)
    assert SELECTED.with_choice(state, 5).runner.optimizer == "LBFGS"
    assert [SELECTED.widget.name(slot) for slot in SELECTED.widget.options(state)] == ["1", "3", "6"]
    for gone in (1, 6, -1, None):
        with pytest.raises(InputError, match="choose one of 1, 3, 6") as error:
            SELECTED.with_choice(state, gone)
        assert error.value.field == "runner"


def test_another_plane_ends_the_held_region():
    state = RaceState(race=Race(Formula("x + y + z"), (1.0, 2.0, 3.0), (Runner(),)))
    held = replace(state, region=Region(((0, 9), (0, 9)), (0.0,) * 3, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)))
    assert PLANE.with_choice(held, "x, z") == replace(state, plane="x, z")
    with pytest.raises(InputError) as error:
        PLANE.with_choice(held, "z, x")
    assert error.value.field == "plane"


def test_a_field_of_a_runner_changes_the_selected_one_alone():
    state = STATE.with_runners((Runner(), Runner("Adam")), (1, 4), 1)
    changed = of_runner(LEARNING_RATE).with_choice(state, 0.5)
    assert changed.race == replace(state.race, runners=(Runner(), Runner("Adam", 0.5)))
    assert of_runner(SCHEDULER).with_choice(state, "StepLR").race.runners[0] == Runner()
    assert of_runner(OPTIMIZER).with_choice(state, "AdamW").race.slots == (1, 4)


# ---- More and fewer runners.


def test_a_runner_that_is_added_has_another_optimizer_and_the_first_number_that_is_free():
    state = STATE
    for _ in range(MAX_RUNNERS - 1):
        state = add_runner(state)
    assert [runner.optimizer for runner in state.race.runners] == [
        "SGD", "Adam", "RMSprop", "Adagrad", "AdamW", "Adamax",
    ]  # fmt: skip
    assert {runner.lr for runner in state.race.runners} == {0.1}
    assert (state.race.slots, state.selected) == ((0, 1, 2, 3, 4, 5), 5)


def test_the_others_keep_their_numbers_where_one_goes_and_a_new_one_takes_the_gap():
    state = add_runner(add_runner(STATE))
    gone = remove_runner(SELECTED.with_choice(state, 1))
    assert ([runner.optimizer for runner in gone.race.runners], gone.race.slots) == (["SGD", "RMSprop"], (0, 2))
    assert gone.selected == 0
    again = add_runner(gone)
    assert [runner.optimizer for runner in again.race.runners] == ["SGD", "Adam", "RMSprop"]
    assert (again.race.slots, again.selected) == ((0, 1, 2), 1)
    last = remove_runner(remove_runner(SELECTED.with_choice(again, 0)))
    assert (last.race.slots, last.runner.optimizer) == ((2,), "RMSprop")
