"""The page Fit, run by Streamlit's own tester: what it opens on, each control, bad input, links."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground import Fit, descend
from playground.formats import to_latex
from playground.objectives import LOSSES
from playground.optimizers import OPTIMIZERS
from playground.reference import reference

APP = Path(__file__).parents[2] / "app.py"
TUTORIAL = Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
START = (-0.486989, -0.563709)


def open_page(**query: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=120)
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


@pytest.fixture
def page() -> AppTest:
    return open_page()


def player(at: AppTest) -> dict:
    return json.loads(at.get("bidi_component")[1].proto.json)


def column(at: AppTest, name: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(player(at)["columns"][name]["bdata"]))


def widget(at: AppTest, label: str):
    found = [one for kind in ("text_input", "number_input", "selectbox", "checkbox") for one in at.get(kind)]
    return next(one for one in found if one.label == label)


def problems(at: AppTest) -> list[str]:
    return [text.value for text in at.text]


def test_it_opens_on_the_tutorials_run(page):
    assert not page.exception
    assert problems(page) == []
    assert (column(page, "a")[0], column(page, "b")[0]) == START
    assert len(column(page, "loss")) == 101
    np.testing.assert_allclose([column(page, "a")[-1], column(page, "b")[-1]], [2.7157, 1.4730], atol=5e-5)


def test_what_the_player_gets_is_what_descend_computes(page):
    run = descend(TUTORIAL, START, lr=1e-2, steps=100)
    np.testing.assert_array_equal(column(page, "a"), run.parameters[:, 0])
    np.testing.assert_array_equal(column(page, "b"), run.parameters[:, 1])
    np.testing.assert_array_equal(column(page, "loss"), run.losses)
    np.testing.assert_array_equal(column(page, "∂a"), run.gradients[:, 0])


def test_the_update_is_written_with_the_learning_rate_and_the_gradient(page):
    first = player(page)["readouts"][0]
    assert first == [
        "a ← ",
        {"column": "a", "ahead": 0},
        " − 0.01 · (",
        {"column": "∂a", "ahead": 0},
        ")",
        " = ",
        {"column": "a", "ahead": 1},
    ]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_runs_as_torch_runs_it(page, optimizer):
    widget(page, "Optimizer").select(optimizer).run()
    run = descend(TUTORIAL, START, optimizer=optimizer, lr=1e-2, steps=100)
    np.testing.assert_array_equal(column(page, "loss"), run.losses)


def test_a_step_that_is_not_rate_times_gradient_is_shown_as_what_was_added(page):
    widget(page, "Optimizer").select("Adam").run()
    assert " + (" in player(page)["readouts"][0]
    np.testing.assert_array_equal(column(page, "Δa"), np.diff(column(page, "a")))


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "bce"])
def test_every_loss_is_the_one_that_is_descended(page, loss):
    widget(page, "Loss").select(loss).run()
    expected = Fit("a*x + b", TUTORIAL.x, TUTORIAL.y, loss=loss).loss(START)
    np.testing.assert_array_equal(column(page, "loss")[0], expected)


def test_a_loss_that_the_data_do_not_suit_says_so_and_the_picture_stays(page):
    widget(page, "Loss").select("bce").run()
    assert "between 0 and 1" in problems(page)[0]
    np.testing.assert_allclose(column(page, "loss")[0], 36.15009365)


def test_learning_rate_steps_and_start_make_the_run(page):
    widget(page, "Learning rate").set_value(0.1).run()
    widget(page, "Steps").set_value(7).run()
    widget(page, "Start a").set_value(2.0).run()
    widget(page, "Start b").set_value(-1.0).run()
    np.testing.assert_array_equal(column(page, "loss"), descend(TUTORIAL, (2, -1), lr=0.1, steps=7).losses)


def test_momentum_is_torchs(page):
    widget(page, "Momentum").set_value(0.9).run()
    run = descend(TUTORIAL, START, lr=1e-2, momentum=0.9, steps=100)
    np.testing.assert_array_equal(column(page, "loss"), run.losses)


def test_the_slider_and_the_number_are_one_learning_rate(page):
    slider = page.select_slider(key="lr_slider")
    slider.set_value(0.1).run()
    assert widget(page, "Learning rate").value == 0.1
    np.testing.assert_array_equal(column(page, "loss"), descend(TUTORIAL, START, lr=0.1, steps=100).losses)
    widget(page, "Learning rate").set_value(0.33).run()
    assert page.select_slider(key="lr_slider").value == 0.33
    assert widget(page, "Learning rate").value == 0.33


def test_more_steps_go_on_from_where_the_run_was(page):
    widget(page, "Steps").set_value(150).run()
    np.testing.assert_array_equal(column(page, "loss"), descend(TUTORIAL, START, lr=1e-2, steps=150).losses)
    widget(page, "Steps").set_value(20).run()
    np.testing.assert_array_equal(column(page, "loss"), descend(TUTORIAL, START, lr=1e-2, steps=20).losses)


def test_a_run_that_diverges_says_so_and_the_next_rate_works(page):
    widget(page, "Learning rate").set_value(0.5).run()
    shown = player(page)
    assert shown["alarming"]
    assert "diverges" in shown["status"]
    assert column(page, "loss")[-1] > 1e30
    widget(page, "Learning rate").set_value(0.1).run()
    assert not player(page)["alarming"]
    assert column(page, "loss")[-1] < 0.2


def test_the_limit_of_stability_stands_beside_the_learning_rate(page):
    assert any("0.4054" in caption.value for caption in page.caption)


def test_a_rate_of_zero_works_and_nothing_moves(page):
    widget(page, "Learning rate").set_value(0.0).run()
    assert not page.exception
    assert set(column(page, "a")) == {START[0]}


BAD = [
    ("Model", "a*x + ", "missing"),
    ("Model", "a*x + foo(b)", "foo"),
    ("Model", "", "empty"),
    ("Model", "x", "parameters"),
    ("Model", "a*x**2 + b*x + c", "two"),
    ("Model", "__import__('os')", "'_'"),
    ("Learning rate", -1.0, "-1"),
    ("Learning rate", None, "empty"),
    ("Start a", None, "Start a"),
    ("Steps", 0, "0"),
    ("Steps", -3, "-3"),
    ("Steps", 1_000_000, "1,000,000"),
    ("Steps", None, "empty"),
    ("Momentum", -1.0, "Momentum"),
    ("Momentum", None, "Momentum"),
    ("Nesterov", True, "momentum"),
]


@pytest.mark.parametrize(("label", "value", "named"), BAD, ids=[f"{label}: {value}" for label, value, _ in BAD])
def test_bad_input_gets_one_sentence_and_the_last_picture_stays(page, label, value, named):
    widget(page, "Steps").set_value(50).run()
    before = column(page, "loss")
    field = widget(page, label)
    (field.set_value(value) if label != "Nesterov" else field.check()).run()
    assert not page.exception
    (sentence,) = problems(page)
    assert named in sentence
    np.testing.assert_array_equal(column(page, "loss"), before)


def test_after_bad_input_good_input_is_shown_again(page):
    widget(page, "Learning rate").set_value(0.33).run()
    widget(page, "Learning rate").set_value(-1.0).run()
    assert not page.exception
    widget(page, "Learning rate").set_value(0.2).run()
    assert problems(page) == []
    np.testing.assert_array_equal(column(page, "loss"), descend(TUTORIAL, START, lr=0.2, steps=100).losses)


def test_a_huge_rate_is_shown_diverging(page):
    widget(page, "Learning rate").set_value(1e300).run()
    assert not page.exception
    assert player(page)["alarming"]


def test_another_model_brings_its_own_start_fields(page):
    widget(page, "Model").set_value("w*exp(-k*x)").run()
    assert not page.exception
    assert problems(page) == []
    assert [widget(page, f"Start {name}").value for name in "wk"] == [1.0, 1.0]


def test_a_link_opens_the_run_it_carries():
    at = open_page(model="a*x + b", optimizer="Adam", lr="0.1", steps="12", start_a="1", start_b="2", betas_1="0.5")
    run = descend(TUTORIAL, (1, 2), optimizer="Adam", lr=0.1, betas=(0.5, 0.999), steps=12)
    np.testing.assert_array_equal(column(at, "loss"), run.losses)
    assert problems(at) == []


def test_a_broken_link_opens_with_what_is_valid_and_one_sentence_on_the_rest():
    at = open_page(lr="abc", steps="0", start_a="1", optimizer="Nonsense", start_b="nan", utm="x")
    assert not at.exception
    (sentence,) = problems(at)
    assert all(part in sentence for part in ("lr=abc", "steps=0", "optimizer=Nonsense", "start_b=nan"))
    assert "utm" not in sentence
    run = descend(TUTORIAL, (1, START[1]), lr=1e-2, steps=100)
    np.testing.assert_array_equal(column(at, "loss"), run.losses)


def test_what_a_person_typed_is_shown_as_text_and_never_as_markup(page):
    for text in ("<img src=q onerror=alert(1)>", "![q](https://example.org/q.png)", "$q$", "`q`", "**q**"):
        widget(page, "Model").set_value(text).run()
        assert len(problems(page)) == 1
        assert not any(text in one.value for kind in (page.markdown, page.caption, page.error) for one in kind)


def test_a_run_that_is_not_what_the_fields_say_can_not_go_on(page):
    assert player(page)["canGoOn"]
    widget(page, "Learning rate").set_value(-1.0).run()
    assert not player(page)["canGoOn"]
    widget(page, "Learning rate").set_value(0.1).run()
    assert player(page)["canGoOn"]


def test_the_note_on_stability_is_of_the_loss_that_is_chosen(page):
    widget(page, "Loss").select("bce").run()
    assert not any("λmax" in caption.value for caption in page.caption)


def test_a_link_with_an_unknown_scale_says_so():
    assert "loss_axis=foo" in problems(open_page(loss_axis="foo"))[0]


def test_the_help_lists_the_language(page):
    (help_text,) = [one.value for one in page.markdown if "How to write a function" in one.value]
    assert reference() in help_text


@pytest.mark.parametrize("model", ["a*x + b", "exp[-a x] sin²(b x)", "w_1 x + θ", "where(x > a, b, -b)"])
def test_the_model_is_typeset_and_its_names_are_listed(page, model):
    widget(page, "Model").set_value(model).run()
    expression = Fit(model, [1.0], [1.0]).expression
    assert rf"$\displaystyle y = {to_latex(expression)}$" in [one.value for one in page.markdown]
    (names,) = [one.value for one in page.caption if "Parameters" in one.value]
    assert re.findall("`(.*?)`", names) == [name for name in expression.names if name != "x"] + ["x"]


def test_what_is_wrong_with_a_model_is_shown_with_a_caret_and_no_formula(page):
    widget(page, "Model").set_value("a*x + sine(b)").run()
    assert [one.value for one in page.code] == ["a*x + sine(b)\n      ^"]
    assert problems(page) == ["Unknown function 'sine': did you mean 'sin'?"]
    assert not any("displaystyle" in one.value for one in page.markdown)


def test_kinks_are_told_to_the_player_step_by_step(page):
    widget(page, "Model").set_value("a*|x - b|").run()
    widget(page, "Start b").set_value(0.9).run()
    (first, kink), (second, nothing) = player(page)["notes"]
    assert (first, second, nothing) == (0, 1, "")
    assert kink.startswith("abs(x - b) where x - b = 0 for the data point x = 0.9: a kink")
