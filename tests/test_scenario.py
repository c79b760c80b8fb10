"""The scenario, its link, and the frame that its run is seen in."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import InputError, descend
from playground.landscape import frame, quadratic_minimum
from playground.scenario import DEFAULTS, MAX_STEPS, Scenario, checked_steps, read_link

START = (-0.486989, -0.563709)


def test_a_scenario_without_a_word_is_the_tutorials():
    run = Scenario().descent().run(Scenario.steps)
    assert run.parameters[-1].tolist() == pytest.approx([2.7157, 1.4730], abs=5e-5)


@pytest.mark.parametrize("steps", [1, 100.0, MAX_STEPS])
def test_steps_that_a_page_computes(steps):
    assert checked_steps(steps) == steps


@pytest.mark.parametrize("steps", [0, -1, MAX_STEPS + 1, 2.5, None, "7", True, float("nan"), float("inf")])
def test_steps_that_it_does_not(steps):
    with pytest.raises(InputError) as refused:
        checked_steps(steps)
    assert refused.value.field == "steps"


def test_a_link_gives_back_every_setting_in_its_type():
    link = read_link({key: str(value) for key, value in DEFAULTS.items() if not isinstance(value, bool)})
    assert link.values == {key: value for key, value in DEFAULTS.items() if not isinstance(value, bool)}
    assert read_link({"nesterov": "true"}).values == {"nesterov": True}
    assert link.problem == ""


def test_what_a_link_says_wrong_is_named_and_the_usual_stands_instead():
    link = read_link({"lr": "fast", "start_a": "nan", "start_q": "", "utm": "x", "model": "a*" + "x" * 50})
    assert link.values == {"lr": 0.01, "start_a": START[0], "start_q": 1.0, "model": "a*x + b"}
    assert set(link.unusable) == set(link.values)
    assert all(part in link.problem for part in ("lr=fast", "start_a=nan", "start_q=", "…"))
    assert "utm" not in link.problem


@given(st.dictionaries(st.sampled_from([*DEFAULTS, "start_a", "other"]), st.text(max_size=20)))
def test_no_link_raises_and_what_it_gives_has_the_settings_type(parameters):
    values = read_link(parameters).values
    assert all(type(value) is type(DEFAULTS.get(key, 0.0)) for key, value in values.items())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model": "a*"}, "model"),
        ({"lr": -1}, "lr"),
        ({"steps": 0}, "steps"),
        ({"start": (1.0,)}, "start"),
        ({"optimizer": "None"}, "optimizer"),
        ({"loss": "bce"}, "loss"),
    ],
)
def test_a_scenario_that_can_not_run_names_the_field(change, field):
    with pytest.raises(InputError) as refused:
        Scenario(**change)
    assert refused.value.field == field


def test_a_frame_holds_the_run_and_the_minimum_and_is_the_same_for_runs_alike(tutorial):
    runs = [descend(tutorial, START, lr=lr, steps=100) for lr in (0.010, 0.011)]
    minimum = quadratic_minimum(tutorial, START)
    frames = [frame(run, ("a", "b"), minimum) for run in runs]
    assert frames[0] == frames[1]
    for values, (low, high) in zip(torch.cat([runs[0].parameters, minimum[None]]).T, frames[0], strict=True):
        assert low < values.min()
        assert values.max() < high


def test_a_run_that_diverges_does_not_flatten_its_frame(tutorial):
    run = descend(tutorial, START, lr=0.5, steps=100)
    for low, high in frame(run, ("a", "b"), quadratic_minimum(tutorial, START)):
        assert high - low < 20


def test_a_run_that_does_not_move_still_has_a_frame(tutorial):
    for low, high in frame(descend(tutorial, START, lr=0.0, steps=3), ("a", "b")):
        assert 0.1 < high - low < 10
