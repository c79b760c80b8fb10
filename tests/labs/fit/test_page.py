"""The page Fit, run by Streamlit's own tester: what it opens on, each control, bad input, links."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground import Fit, InputError, descend, find_start
from playground.data.datasets import DATASETS
from playground.data.points import Points
from playground.data.recipe import Recipe
from playground.engine.losses import LOSSES
from playground.engine.optimizers import OPTIMIZERS
from playground.labs.fit.data_controls import edit_rows
from playground.labs.fit.state import PAIRS
from playground.labs.shared.race.surfaces import DATA_POINTS as FIT_POINTS
from playground.language.printing import to_latex
from playground.language.reference import write_reference
from playground.numerals import format_number
from tests.labs.driver import as_number, column, link, number_fields, open_lab, panel, player, problems

TUTORIAL = Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
START = (-0.486989, -0.563709)


def open_page(**query: str) -> AppTest:
    return open_lab("fit", **query)


@pytest.fixture
def page() -> AppTest:
    return open_page()


def widget(at: AppTest, label: str):
    found = [one for kind in ("text_input", "selectbox", "checkbox") for one in at.get(kind)]
    return as_number(at, next(one for one in found if one.label == label))


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
    swatch, first = player(page)["readouts"][0]
    assert swatch["symbol"] == "circle"
    assert first["lines"][1] == [
        "a ← ",
        {"column": "a", "ahead": 0},
        " − 0.01 · (",
        {"column": "∂a", "ahead": 0},
        ")",
        " = ",
        {"column": "a", "ahead": 1},
    ]


@pytest.fixture(scope="module")
def twenty_steps() -> AppTest:
    """A page on which one optimizer is chosen after the other."""
    return open_page(steps="20")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_runs_as_torch_runs_it(twenty_steps, optimizer):
    widget(twenty_steps, "Optimizer").select(optimizer).run()
    # A rate that nobody touched gives way to the optimizer's own.
    rate = 1e-2 if optimizer == "SGD" else OPTIMIZERS[optimizer].learning_rate
    run = descend(TUTORIAL, START, optimizer=optimizer, lr=rate, steps=20)
    np.testing.assert_array_equal(column(twenty_steps, "loss"), run.losses)


def test_a_step_that_is_not_rate_times_gradient_is_shown_as_what_was_added(page):
    widget(page, "Optimizer").select("Adam").run()
    assert " + (" in player(page)["readouts"][0][1]["lines"][1]
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


@pytest.mark.parametrize(("label", "value"), [("Learning rate", 0.5), ("Learning rate", 0.02), ("Steps", 7)])
def test_the_headline_says_what_a_set_shows_of_its_own_run_alone(page, label, value):
    shows = DATASETS["Tutorial"].shows
    assert shows in page.caption[0].value
    before = widget(page, label).value
    widget(page, label).set_value(value).run()
    assert not any(shows in one.value for one in page.caption)
    assert any("Tutorial" in one.value and "a run of your own" in one.value for one in page.caption)
    widget(page, label).set_value(before).run()
    assert any(shows in one.value for one in page.caption)


def test_momentum_is_torchs(page):
    widget(page, "Momentum").set_value(0.9).run()
    run = descend(TUTORIAL, START, lr=1e-2, momentum=0.9, steps=100)
    np.testing.assert_array_equal(column(page, "loss"), run.losses)


def test_the_slider_and_the_number_are_one_learning_rate(page):
    slider = page.select_slider(key="fit lr_slider")
    slider.set_value(0.1).run()
    assert widget(page, "Learning rate").value == 0.1
    np.testing.assert_array_equal(column(page, "loss"), descend(TUTORIAL, START, lr=0.1, steps=100).losses)
    widget(page, "Learning rate").set_value(0.33).run()
    assert page.select_slider(key="fit lr_slider").value == 0.33
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
    ("Model", "", "There is no text"),
    ("Model", "x", "parameters"),
    ("Model", "a*x + sin", "sin"),
    ("Model", "+".join(f"{name}*x" for name in "abcdfghjk"), "9 parameters"),
    ("Batch size", 9, "from 1 to 4"),
    ("Batch size", None, "Batch size"),
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
    for text in ("<img src=q onerror=alert(1)>", "![q](https://example.org/q.png)", "$$q$$", "`q`", "**q**"):
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
    widget(page, "Loss").select("sse").run()
    assert any(f"{2 / (4 * 4.93341):.3f}" in caption.value for caption in page.caption)


def test_a_link_with_an_unknown_scale_says_so():
    assert "loss_axis=foo" in problems(open_page(loss_axis="foo"))[0]


def test_the_help_lists_the_language(page):
    (help_text,) = [one.value for one in page.markdown if "How to write a function" in one.value]
    assert write_reference() in help_text


@pytest.mark.parametrize("model", ["a*x + b", "exp[-a x] sin²(b x)", "w_1 x + θ", "where(x > a, b, -b)"])
def test_the_model_is_typeset_and_each_name_has_a_start(page, model):
    widget(page, "Model").set_value(model).run()
    expression = Fit(model, [1.0], [1.0]).expression
    assert rf"$\displaystyle y = {to_latex(expression)}$" in [one.value for one in page.markdown]
    starts = [one.label.removeprefix("Start ") for one in number_fields(page) if one.label.startswith("Start ")]
    assert starts == [name for name in expression.names if name != "x"]


def test_how_a_model_was_read_is_said_below_it(page):
    widget(page, "Model").input("A exp(-x/tau) + c")
    page.run()
    assert "tau is read as a variable; for the constant 2π, write 2pi." in [one.value for one in page.text]
    assert widget(page, "Start tau").value == 1
    widget(page, "Model").input("A exp(-b x) + c")
    page.run()
    assert not [one for one in page.text if "is read as" in one.value]


def test_a_sigmoid_before_a_loss_that_applies_one_is_said():
    said = "This loss applies the sigmoid itself"
    for model, loss, is_said in (
        ("sigmoid(a x + b)", "bce", True),
        ("1/(1 + exp(-a x - b))", "bce", True),
        ("a x + b", "bce", False),
        ("sigmoid(a x + b)", "mse", False),
    ):
        page = open_page(model=model, loss=loss, data="Hours of study")
        assert any(one.value.startswith(said) for one in page.caption) is is_said


def test_what_is_wrong_with_a_model_is_shown_with_a_caret_and_no_formula(page):
    widget(page, "Model").set_value("a*x + sine(b)").run()
    assert [one.value for one in page.code] == ["a*x + sine(b)\n      ^"]
    assert problems(page) == ["Unknown function 'sine': did you mean 'sin'?"]
    assert not any("displaystyle" in one.value for one in page.markdown)


def test_kinks_are_told_to_the_player_step_by_step(page):
    widget(page, "Model").set_value("a*|x - b|").run()
    widget(page, "Start b").set_value(0.9).run()
    (first, kink), (second, other), *_ = player(page)["notes"]
    assert (first, second) == (0, 1)
    assert "kink" not in other
    assert kink.startswith("abs(x - b) where x - b = 0 for the data point x = 0.9: a kink")


# ---- The data.


def side(at: AppTest, name: str) -> None:
    at.segmented_control(key="fit side").set_value(name).run()


def texts(rows: list) -> list[str]:
    return [part for row in rows for cell in row for part in cell if isinstance(part, str)]


def test_fields_that_were_out_of_sight_still_say_what_they_said(page):
    widget(page, "Learning rate").set_value(0.2).run()
    widget(page, "Model").set_value("a*x + b*(").run()
    side(page, "Data")
    side(page, "Model")
    assert widget(page, "Model").value == "a*x + b*("
    assert widget(page, "Learning rate").value == 0.2


@pytest.fixture(scope="module")
def sets() -> AppTest:
    """A page on which one data set is chosen after the other."""
    at = open_page()
    side(at, "Data")
    return at


@pytest.mark.parametrize("name", PAIRS)
def test_each_set_opens_with_its_run(sets, name):
    widget(sets, "Data set").select(name).run()
    assert not sets.exception
    assert problems(sets) == []
    dataset, preset = PAIRS[name]
    run = descend(
        Fit(preset.model, dataset.points.x, dataset.points.y, preset.loss),
        preset.start,
        preset.optimizer,
        preset.lr,
        preset.steps,
        **dict(preset.settings),
    )
    # The page computes with one thread, whose sums may round otherwise.
    np.testing.assert_allclose(column(sets, "loss"), run.losses, rtol=1e-9)


def test_a_table_is_pasted_used_and_undone(page):
    side(page, "Data")
    with_popover(page, "paste")
    page.text_area(key="fit pasted").set_value("hour;grade\n0,5;1,0\n1,5;2,5\n3;4").run()
    assert widget(page, "x is").value == "hour"
    page.button(key="fit use").click().run()
    run = descend(Fit("a*x + b", [0.5, 1.5, 3.0], [1.0, 2.5, 4.0]), START, lr=1e-2, steps=100)
    np.testing.assert_array_equal(column(page, "loss"), run.losses)
    page.button(key="fit undo").click().run()
    np.testing.assert_array_equal(column(page, "loss"), descend(TUTORIAL, START, lr=1e-2, steps=100).losses)


def with_popover(at: AppTest, name: str) -> None:
    """Open a popover, which Streamlit's tester can't press."""
    at.session_state[f"fit {name}"] = True
    at.run()


def paste(at: AppTest, text: str) -> None:
    side(at, "Data")
    with_popover(at, "paste")
    at.text_area(key="fit pasted").set_value(text).run()
    assert not at.exception


def test_errors_in_the_cells_are_taken_as_weights_and_that_is_said(page):
    paste(page, "t,N\n0,1023 ± 32\n9,751 ± 27\n20,502 ± 22")
    assert widget(page, "error σ").value == "error of N"
    said = [one.value for one in page.caption]
    assert "Column 'N' has errors: 1023±32 is read as 1023 with the error 32." in said
    assert "A point of error σ has the weight 1/σ²." in said
    page.button(key="fit use").click().run()
    fit = Fit("a*x + b", [0, 9, 20], [1023, 751, 502], weights=[32**-2, 27**-2, 22**-2])
    np.testing.assert_allclose(column(page, "loss")[0], float(fit.loss(START)), rtol=1e-12)


def test_columns_that_are_not_used_are_named_and_replicates_can_be_taken(page):
    paste(page, "x,y1,y2,note\n1,2,3,a\n2,4,,b\n3,6,7,c")
    assert "The columns 'y2' and 'note' aren't used." in [one.value for one in page.text]
    page.multiselect[0].set_value(["y2"]).run()
    assert "The column 'note' isn't used." in [one.value for one in page.text]
    page.button(key="fit use").click().run()
    assert not page.exception
    fit = Fit("a*x + b", [1, 1, 2, 3, 3], [2, 3, 4, 6, 7])
    np.testing.assert_allclose(column(page, "loss")[0], float(fit.loss(START)), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "x,y\n1,a\n2,b",
            "Row 2, column 'y': 'a' is no number (no row has a usable value here: choose another column, or correct "
            "this one)",
        ),
        ("x,y\n1,\n2,", "Column 'y' is empty: choose another one, or fill it in"),
        ("x,y\na,1\n2,b", "Without such rows none is left: correct them, or choose other columns"),
    ],
)
def test_rows_can_not_be_left_out_where_none_would_be_left(page, text, sentence):
    paste(page, text)
    assert any(sentence in one for one in problems(page))
    assert not [one for one in page.checkbox if one.label.startswith("Leave these")]
    assert page.button(key="fit use").disabled


def test_rows_can_be_left_out_where_others_are_left(page):
    paste(page, "x,y\n1,2\n2,b\n3,4")
    page.checkbox(key=next(one.key for one in page.checkbox if one.label == "Leave these 1 row out")).check().run()
    assert not page.button(key="fit use").disabled


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a,b\n1,2\nx,3", "'x' is no number"),
        ("1,2\n2,nan", "row 2"),
        ("1,2\n=1+1,3", "formula"),
        ("1\n2\n3", "one column"),
        ("\0\1\2", "text"),
    ],
)
def test_a_table_that_can_not_be_read_gets_one_sentence_and_nothing_is_lost(page, text, named):
    side(page, "Data")
    with_popover(page, "paste")
    page.text_area(key="fit pasted").set_value(text).run()
    assert not page.exception
    (sentence,) = problems(page)
    assert named.lower() in sentence.lower()
    np.testing.assert_array_equal(column(page, "loss"), descend(TUTORIAL, START, lr=1e-2, steps=100).losses)


def test_points_are_made_up_with_a_recipe(page):
    side(page, "Data")
    with_popover(page, "make")
    widget(page, "Points").set_value(30).run()
    page.button(key="fit make_go").click().run()
    points = Recipe("2x + 1", (), 0.0, 10.0, 30, 1.0).points
    run = descend(Fit("a*x + b", points.x, points.y), START, lr=1e-2, steps=100)
    np.testing.assert_array_equal(column(page, "loss"), run.losses)


def test_a_link_to_made_up_points_carries_their_recipe(page):
    side(page, "Data")
    with_popover(page, "make")
    widget(page, "Points").set_value(5_000).run()
    page.button(key="fit make_go").click().run()
    assert page.query_params["made"] == "2x + 1;0;10;5000;1;0;0;0"
    again = open_page(**page.query_params)
    np.testing.assert_array_equal(column(again, "loss"), column(page, "loss"))


def test_points_that_are_too_many_for_the_link_are_said_to_be(page):
    side(page, "Data")
    with_popover(page, "paste")
    page.text_area(key="fit pasted").set_value("\n".join(f"{i},{2 * i}.5" for i in range(500))).run()
    page.button(key="fit use").click().run()
    assert any("download them to keep them" in caption.value for caption in page.caption)


@pytest.mark.parametrize("model", ["a*x + b", "a*x^2 + b*x + c"])
def test_many_points_get_a_whole_surface_in_the_end(page, model):
    side(page, "Data")
    with_popover(page, "make")
    widget(page, "Points").set_value(10_000).run()
    page.button(key="fit make_go").click().run()
    side(page, "Model")
    widget(page, "Model").set_value(model).run()
    assert not page.exception
    contours = next(one for one in panel(page, "contours")["figure"]["data"] if one["type"] == "contour")
    arrays = json.loads(page.get("bidi_component")[0].proto.json)["shared"]
    assert arrays[contours["z"]["shared"]]["shape"] == f"{FIT_POINTS}, {FIT_POINTS}"


@pytest.mark.parametrize("text", ["1,2\n1,3\n1,5", "2,7"], ids=["equal x", "one point"])
def test_points_that_no_line_is_determined_by_are_fitted_all_the_same(page, text):
    side(page, "Data")
    with_popover(page, "paste")
    page.text_area(key="fit pasted").set_value(text).run()
    page.button(key="fit use").click().run()
    assert not page.exception
    assert problems(page) == []
    x, y = zip(*(map(float, line.split(",")) for line in text.splitlines()), strict=True)
    np.testing.assert_array_equal(column(page, "loss"), descend(Fit("a*x + b", x, y), START, steps=100, lr=0.01).losses)
    assert "exact minimum" not in texts([panel(page, "fit")["heads"]])
    widget(page, "Standardise x").check().run()
    (sentence,) = problems(page)
    assert "no spread to standardise by" in sentence


def test_a_model_without_x_is_fitted_and_said_to_have_none(page):
    widget(page, "Model").set_value("a + b").run()
    assert not page.exception
    assert any("doesn't use `x`" in caption.value for caption in page.caption)


def test_standardised_x_is_descended_and_its_parameters_are_mapped_back(page):
    side(page, "Data")
    widget(page, "Standardise x").check().run()
    scaled = Fit("a*x + b", TUTORIAL.x, TUTORIAL.y, standardise=True)
    run = descend(scaled, START, lr=1e-2, steps=100)
    np.testing.assert_array_equal(column(page, "loss"), run.losses)
    slope = run.parameters[:, 0].numpy() / TUTORIAL.x.std(correction=0).item()
    np.testing.assert_allclose(column(page, "given a"), slope, rtol=1e-9)
    assert any("25.09" in caption.value for caption in page.caption)
    assert "given" in [panel["name"] for panel in player(page)["panels"]]


def test_batches_are_those_of_descend_and_their_loss_stands_beside_the_full_one(page):
    widget(page, "Batch size").set_value(2).run()
    run = descend(TUTORIAL, START, lr=1e-2, steps=100, batch_size=2, seed=0)
    np.testing.assert_array_equal(column(page, "loss"), run.losses)
    np.testing.assert_array_equal(column(page, "batch loss"), run.batch_losses[:-1])


def test_a_model_of_three_parameters_is_seen_on_slices(page):
    side(page, "Data")
    widget(page, "Data set").select("Exponential decay: momentum").run()
    contours = next(trace for trace in panel(page, "contours")["figure"]["data"] if trace["type"] == "contour")
    frames = contours["meta"]["frames"]
    assert frames["since"][0] == 0
    assert len(frames["since"]) == len(frames["titles"]) == len(frames["fields"]["z"]) > 1


def test_the_table_of_the_fit_has_the_exact_minimum_and_the_standard_errors(page):
    said = texts(panel(page, "fit")["rows"])
    assert {"3.79381", "0.137113", "0.4054", "0.5071"} <= set(said)
    assert {"residual standard deviation", "correlation of a and b"} <= set(said)
    x, (slope, intercept) = TUTORIAL.x.numpy(), np.polyfit(TUTORIAL.x.numpy(), TUTORIAL.y.numpy(), 1)
    (row,) = (row for row in panel(page, "fit")["rows"] if "correlation of a and b" in texts([row]))
    assert texts([row])[-1] == format_number(-x.sum() / np.sqrt(4 * (x**2).sum()))
    assert len(row) == 3  # not in the column of what is so at the cursor
    left = slope * x + intercept - TUTORIAL.y.numpy()
    loss = float(TUTORIAL.loss([column(page, "a")[-1], column(page, "b")[-1]]))
    assert column(page, "s")[-1] == pytest.approx((loss * 4 / 2) ** 0.5)
    assert column(page, "s")[-1] > np.sqrt((left**2).sum() / 2)  # the run isn't quite there


def test_the_rows_of_an_edited_table_become_points():
    edits = {
        "edited_rows": {0: {"y": "7,5"}, 2: {"x": "0.3333333333333333", "held out": False, "weight": "1/2"}},
        "deleted_rows": [1],
        "added_rows": [{"x": "1e-3", "y": "\u22126", "held out": True}, {"x": "1,5"}, {"weight": "1"}],
    }
    rows = [(1.0, 2.0, 1.0, False), (2.0, 2.0, 1.0, False), (1 / 3, 1.23456e-7, 2.0, True)]
    points = edit_rows(rows, edits)
    assert points == Points((1.0, 1 / 3, 0.001), (7.5, 1.23456e-7, -6.0), (1.0, 0.5, 1.0), (False, False, True))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"x": "1.234,5"}, "row 1, x: '1.234,5' has separators between thousands: write 1234.5"),
        ({"y": "1,234"}, "row 1, y: '1,234' can be 1.234 or 1234"),
        ({"weight": "much"}, "row 1, weight: 'much' is no number"),
        ({"x": "1/2/2026"}, "row 1, x: '1/2/2026' looks like a date: type a number"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_whether_it_is_typed_or_pasted(cells, message):
    with pytest.raises(InputError, match=message):
        edit_rows([(1.0, 2.0, 1.0, False)], {"edited_rows": {0: cells}, "deleted_rows": [], "added_rows": []})
    added = {"x": "1", "y": "2"} | cells
    with pytest.raises(InputError, match=message.replace("row 1", "row 2")):
        edit_rows([(1.0, 2.0, 1.0, False)], {"edited_rows": {}, "deleted_rows": [], "added_rows": [added]})


def test_a_y_is_typed_with_its_error_in_every_row_or_in_none():
    rows = [(1.0, 2.0, 1.0, False), (2.0, 5.0, 1.0, False)]
    edits = {"edited_rows": {0: {"y": "1023 ± 32"}}, "deleted_rows": [], "added_rows": []}
    with pytest.raises(InputError, match="row 2 has no error, and row 1 has one"):
        edit_rows(rows, edits)
    edits["edited_rows"][1] = {"y": "12.3(4)"}
    edits["added_rows"].append({"x": "3", "y": "7,5 +/- 0,5"})
    points = edit_rows(rows, edits)
    assert points.y == (1023, 12.3, 7.5)
    np.testing.assert_allclose(points.weights, (32**-2, 0.4**-2, 4), rtol=1e-12)
    # Rows that have weights already have had their errors.
    more = {"edited_rows": {}, "deleted_rows": [], "added_rows": [{"x": "4", "y": "1 ± 0.1"}]}
    assert len(edit_rows([*points.rows()], more)) == 4
    with pytest.raises(InputError, match="row 1, y: '0' is no error"):
        edit_rows(rows[:1], {"edited_rows": {0: {"y": "5 ± 0"}}, "deleted_rows": [], "added_rows": []})


@pytest.mark.parametrize("cells", [{"x": None}, {"y": " "}, {"weight": ""}])
def test_an_empty_cell_of_the_table_is_named(cells):
    with pytest.raises(InputError, match="row 1 has no number for"):
        edit_rows([(1.0, 2.0, 1.0, False)], {"edited_rows": {0: cells}, "deleted_rows": [], "added_rows": []})


def test_points_in_the_link_open_again():
    at = open_page(model="a*x + b", points="1,2;2,3.5;4,5,1,h")
    run = descend(Fit("a*x + b", [1.0, 2.0], [2.0, 3.5]), START, lr=1e-2, steps=100)
    np.testing.assert_array_equal(column(at, "loss"), run.losses)


def test_a_model_that_is_not_linear_is_mapped_back_where_the_run_ends():
    at = open_page(
        model="a*exp(-b*x)",
        data="Exponential decay",
        standardise="true",
        start_a="2",
        start_b="1",
        lr="0.1",
        steps="50",
    )
    points = DATASETS["Exponential decay"].points
    x = np.array(points.x)
    a, b = column(at, "a")[-1], column(at, "b")[-1]
    rate = b / x.std()
    said = texts(panel(at, "scaling")["rows"])
    assert f"{a * np.exp(rate * x.mean()):.6g}" in said
    assert f"{rate:.6g}" in said


def test_of_a_redundant_model_it_is_said_what_the_data_determine():
    at = open_page(model="a*b*x + c", optimizer="LevenbergMarquardt", lr="1", steps="40", start_a="1", start_b="2")
    assert player(at)["status"].startswith("Flat after 40 steps: ")
    assert "the data don't determine a and b, only a·b" in player(at)["status"]
    assert "no standard errors: the data don't determine a and b, only a·b" in json.dumps(
        panel(at, "fit"), ensure_ascii=False
    )


def test_a_run_that_was_thrown_off_is_told_so():
    at = open_page(
        model="A*exp(-b*exp(-c*x))",
        points="0.7,8;1,21;2,45;3,50",
        lr="0.01",
        steps="100",
        start_A="4",
        start_b="1",
        start_c="-2",
    )
    assert player(at)["status"].startswith("Thrown far off in one step: step 15 took the loss from 1240")
    assert not any("Converging" in note for note in player(at)["notes"][15:])


# ---- A start that is found.


DECAY = {
    "model": "a*exp(-b*x) + c",
    "points": "100,60;200,37;300,23;400,14;500,9;600,6",
    "optimizer": "LevenbergMarquardt",
}
DECAY_POINTS = [(100, 60), (200, 37), (300, 23), (400, 14), (500, 9), (600, 6)]


def others(at):
    """The triangles on the contours, by their trace."""
    return [one for one in panel(at, "contours")["figure"]["data"] if one.get("name") == "other starts"]


def test_a_start_is_found_put_into_the_fields_said_and_undone():
    at = open_page(**DECAY)
    before = [widget(at, f"Start {name}").value for name in "abc"]
    assert not others(at)
    at.button(key="fit find_start").click().run()
    assert not at.exception
    found = find_start(Fit(DECAY["model"], *zip(*DECAY_POINTS, strict=True)))
    assert [widget(at, f"Start {name}").value for name in "abc"] == [*found.values()]
    assert others(at)
    best = column(at, "loss")[-1]
    said = next(one.value for one in at.caption if one.value.startswith("Best of"))
    assert format_number(best) in said
    assert "LevenbergMarquardt gets to the loss" in said
    at.button(key="fit undo").click().run()
    assert [widget(at, f"Start {name}").value for name in "abc"] == before
    assert not others(at)


def test_what_was_found_is_shown_on_a_fresh_visit_of_the_link_and_goes_with_the_problem():
    at = open_page(**DECAY)
    at.button(key="fit find_start").click().run()
    visit = open_page(**link(at))
    assert json.dumps(others(visit)) == json.dumps(others(at)) != "[]"
    assert [one.value for one in visit.caption] == [one.value for one in at.caption]
    widget(at, "Start a").set_value(5.0).run()
    assert others(at)
    widget(at, "Model").set_value("a*exp(-b*x)").run()
    assert not others(at)
    assert "shows_starts" not in link(at)


def test_the_others_can_be_put_away():
    at = open_page(**DECAY)
    at.button(key="fit find_start").click().run()
    at.checkbox(key="fit shows_starts").uncheck().run()
    assert not others(at)
    assert not any(one.value.startswith("Best of") for one in at.caption)


def test_where_no_start_is_found_a_sentence_says_so_and_nothing_changes():
    at = open_page(model="a*ln(-1 - x^2)", points="1,1;2,2")
    before = link(at)
    at.button(key="fit find_start").click().run()
    assert any("No start was found" in one for one in problems(at))
    assert link(at) == before


def test_a_name_of_a_model_without_x_is_made_x_at_a_press(page):
    widget(page, "Model").set_value("Vmax*S/(Km+S)").run()
    offered = [one.label for one in page.button if one.label.endswith("is x")]
    assert sorted(offered) == ["`Km` is x", "`S` is x", "`Vmax` is x"]
    page.button(key="fit model as x S").click().run()
    assert not page.exception
    assert widget(page, "Model").value == "Vmax*x/(Km+x)"
    assert not [one.label for one in page.button if one.label.endswith("is x")]
