"""The page "Gradient" as Streamlit makes it."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from playground import PRESETS
from playground.analysis.loop_mistakes import MISTAKES
from playground.labs.gradient.state import EXAMPLES
from playground.player.mathml import typeset
from tests.cases import each_case
from tests.labs.driver import as_number, column, names, open_lab, panel, player, problems


def open_page(**query: str) -> AppTest:
    return open_lab("gradient", **query)


@pytest.fixture
def page() -> AppTest:
    return open_page()


def said(at: AppTest) -> str:
    """All texts of the lines beside the controls, those of all steps included."""
    return json.dumps(player(at)["readouts"], ensure_ascii=False)


def field(at: AppTest, label: str):
    return as_number(at, next(one for one in (*at.text_input, *at.checkbox) if one.label == label))


def view(at: AppTest, name: str) -> AppTest:
    return at.button_group(key="gradient view").set_value(name).run()


def test_it_opens_on_the_tutorials_first_cell(page):
    assert not page.exception
    assert problems(page) == []
    assert "x = [3.]   x.grad = [6.]" in said(page)
    assert "y = [9.]" in said(page)
    cells = json.dumps(panel(page, "ways")["rows"], ensure_ascii=False)
    assert '[["torch: backward()"], ["6"]]' in cells
    assert '[["symbolic, by sympy"], ["6"]]' in cells


def test_the_tutorials_second_cell(page):
    page.selectbox(key="gradient example").set_value("Tutorial: the loss of a line").run()
    assert not page.exception
    # By hand: the mean of 2 r x, and of 2 r.
    assert "a.grad = [-15.0108]" in said(page)
    assert "b.grad = [-11.2475]" in said(page)
    assert "y = [36.1501]" in said(page)


def test_the_tutorials_third_cell(page):
    page.selectbox(key="gradient example").set_value("Tutorial: sum(x²) at [1, 2, 3]").run()
    assert not page.exception
    assert "x.grad = [2., 4., 6.]" in said(page)
    assert page.query_params["start_x"] in ("[1, 2, 3]", ["[1, 2, 3]"])


@pytest.fixture(scope="module", params=["Gradient", "Graph"])
def examples(request) -> AppTest:
    """A page, once in each view, on which one example is chosen after the other."""
    return open_page(view=request.param)


@each_case("example", [*EXAMPLES, *PRESETS])
def test_each_example_is_shown_in_each_view(examples, example):
    at = examples
    at.selectbox(key="gradient example").set_value(example).run()
    assert not at.exception
    assert problems(at) == []


def test_a_vector_without_sum_gets_torchs_own_error_and_then_a_product():
    at = open_page(function="x**2", start_x="[1, 2, 3]")
    assert not at.exception
    assert "grad can be implicitly created only for scalar outputs" in player(at)["status"]
    assert player(at)["alarming"]
    assert "x.grad = None" in said(at)
    field(at, "Vector v").set_value("[1, 0, 2]").run()
    assert "x.grad = [ 2.,  0., 12.]" in said(at)
    assert not player(at)["alarming"]
    field(at, "Vector v").set_value("[1, 0").run()
    assert any("never closed" in one for one in problems(at))
    assert "x.grad = [ 2.,  0., 12.]" in said(at)  # nothing is lost


@pytest.mark.parametrize(
    ("label", "text", "sentence"),
    [
        ("Function", "x +", "missing"),
        ("Function", "3 + 4", "depends on no variable"),
        ("Function", "", "no text"),
        ("Start x", "[1, 2", "never closed"),
        ("Start x", "x = [1, 2", "never closed"),
        ("Start x", "", "x is empty"),
        ("Start x", "[]", "no components"),
        ("Start x", ",".join(["1"] * 10_000), "10,000 components"),
        ("Start x", "__import__('os').system('ls')", "."),
    ],
)
def test_bad_input_is_named_at_its_field_and_the_last_picture_stays(page, label, text, sentence):
    field(page, label).set_value(text).run()
    assert not page.exception
    (found,) = problems(page)
    assert sentence in found
    assert "x.grad = [6.]" in said(page)
    assert field(page, label).value == text


def test_a_point_outside_the_domain_is_explained():
    at = open_page(function="ln(x)", start_x="-1")
    assert not at.exception
    assert "the logarithm of a negative number" in player(at)["status"]
    assert "nan" in said(at)


@pytest.mark.parametrize(
    ("function", "start", "gradient", "word"),
    [("abs(x)", "0", "[0.]", "kink"), ("relu(x)", "0", "[0.]", "kink"), ("sqrt(x)", "0", "[inf]", "slope")],
)
def test_a_kink_is_explained_beside_the_slopes_from_both_sides(function, start, gradient, word):
    at = open_page(function=function, start_x=start)
    assert f"x.grad = {gradient}" in said(at)
    assert word in player(at)["status"]
    heads = [row[0][0] for row in panel(at, "ways")["rows"]]
    assert "slope from the left" in heads


def test_each_components_central_difference_has_its_step_beside_it():
    at = open_page(function="sum(x**2)", start_x="[1, 200]")
    rows = {row[0][0]: [cell[0] for cell in row[1:]] for row in panel(at, "ways")["rows"]}
    assert rows["torch: backward()"] == ["2", "400"]
    assert rows["its step h"] == ["6.1e−6", "0.0012"]  # ε^(1/3), and 200 times that


def test_the_graph_goes_forward_and_then_backward(page):
    view(page, "Graph")
    assert not page.exception
    assert names(page) == ["graph", "rule", "nodes"]
    words = player(page)["readouts"][0][0]["words"]
    assert [one.split(":")[0] for one in words] == [
        "The leaves",
        "forward",
        "backward() begins",
        "backward through x**2",
    ]
    assert "PowBackward0" in said(page)
    assert "[1.] × [6.]" in json.dumps(panel(page, "rule")["rows"], ensure_ascii=False)


def test_the_table_of_nodes_knows_no_more_than_the_cursor_has_reached():
    at = open_page(view="Graph", function="(x + y)*x", start_x="2", start_y="1")
    rows = panel(at, "nodes")["rows"]
    shown = {
        row[0][0]: [[one["words"][int(i)] for i in column(at, one["column"])] for (one,) in row[2:]] for row in rows
    }
    assert shown["x"] == [["[2.]"] * 6, ["None"] * 4 + ["[3.]", "[5.]"]]
    assert shown["x + y"] == [[""] + ["[3.]"] * 5, [""] * 4 + ["[2.]"] * 2]
    assert shown["(x + y) * x"] == [["", ""] + ["[6.]"] * 4, [""] * 3 + ["[1.]"] * 3]


def test_the_rule_is_written_out_with_what_its_letters_stand_for():
    at = open_page(view="Graph", function="(x + y)*x", start_x="2", start_y="1")
    first, second = panel(at, "rule")["rows"]
    assert [first[0][0]["words"][4], second[0][0]["words"][4]] == ["u = x + y", "v = x"]
    assert first[1][0]["words"][4] == typeset(
        r"\begin{array}{l} \frac{\partial}{\partial u} \left(u \, v\right) \\ = v \end{array}"
    )


def test_beside_a_function_that_cannot_be_used_the_fields_of_the_one_that_is_shown_work():
    at = open_page(function="x^2*y", start_x="5", start_y="2")
    field(at, "Function").set_value("foo(x)").run()
    field(at, "Start x").set_value("7").run()
    assert "x = [7.]" in said(at)
    field(at, "Start x").set_value("[1").run()
    assert any("never closed" in one for one in problems(at))
    assert "x = [7.]" in said(at)
    field(at, "Start x").set_value("3").run()
    field(at, "Function").set_value("x*y").run()
    assert problems(at) == []
    assert "y.grad = [3.]" in said(at)


@pytest.mark.parametrize(
    ("function", "start", "why"),
    [("sqrt(x)", "-1", "no finite value at the start"), ("sqrt(x)", "0", "isn't finite at the start")],
)
def test_a_loop_that_cannot_begin_says_why(function, start, why):
    at = open_page(view="Loop", subject="Function", function=function, start_x=start)
    assert why in player(at)["status"]


def test_components_are_called_alike_in_all_views():
    at = open_page(view="Loop", subject="Function", function="sum(x**2)", start_x="[1, 2]")
    assert "x[0] = 0.1326, x[1] = 0.2652" in player(at)["status"]
    assert panel(at, "path")["title"] == "Path of x[0] and x[1]"


def test_at_the_line_that_fails_it_is_said_to_fail():
    at = open_page(view="Loop", recorded_update="true")
    (said,) = player(at)["readouts"][0]
    steps = [said["words"][int(i)] for i in column(at, said["column"])]
    assert steps[-1] == "This line fails, and the loop ends here."
    assert steps[-1] not in steps[:-1]


def test_a_graph_that_is_too_large_is_refused_in_one_sentence():
    text = " + ".join(f"sin({i}*x)" for i in range(60))
    at = open_page(view="Graph", function=text, start_x="1")
    assert not at.exception
    assert any("nodes" in one for one in problems(at)) or "nodes" in player(at)["status"]


def test_the_loop_is_the_tutorials(page):
    view(page, "Loop")
    assert not page.exception
    assert problems(page) == []
    code = "\n".join(row[0][0] for row in panel(page, "code")["rows"])
    assert "loss.backward()" in code
    assert "with torch.no_grad():" in code
    assert "a = 2.7157, b = 1.4730" in player(page)["status"]


@pytest.fixture(scope="module")
def loop() -> AppTest:
    return open_page(view="Loop")


@each_case("mistake", [*MISTAKES.values()])
def test_each_switch_is_off_where_all_is_well_and_its_mistake_is_explained_where_it_is_on(loop, mistake):
    switch = field(loop, mistake.label)
    assert not switch.value
    switch.set_value(True).run()
    assert not loop.exception
    assert mistake.explanation in player(loop)["status"]
    assert player(loop)["alarming"] == ("Error: " in player(loop)["status"])
    field(loop, mistake.label).set_value(False).run()
    assert "a = 2.7157, b = 1.4730" in player(loop)["status"]


def test_the_loop_by_an_optimizer_has_the_mistakes_that_can_be_made_in_it():
    at = open_page(view="Loop", style="torch.optim", no_zero="true")
    labels = {one.label for one in at.checkbox}
    assert labels >= {one.label for one in MISTAKES.values() if one.with_optimizer}
    assert not labels & {one.label for one in MISTAKES.values() if not one.with_optimizer}
    assert MISTAKES["no_zero"].with_optimizer in player(at)["status"]
    assert "optimizer.step()" in json.dumps(panel(at, "code")["rows"])


def test_the_next_epoch_is_where_the_epochs_column_changes():
    at = open_page(view="Loop", epochs="3")
    assert player(at)["leap"] == "epoch"
    assert list(column(at, "epoch")) == [0] * 4 + [1] * 9 + [2] * 9 + [3] * 9
    assert list(column(at, "line")[:5]) == [0, 1, 2, 3, 4]
    words = player(at)["readouts"][1][0]["words"]
    assert words == ["before the loop", "epoch 0", "epoch 1", "epoch 2"]


def test_gradients_that_accumulate_lead_elsewhere():
    usual, mistaken = open_page(view="Loop"), open_page(view="Loop", zero_grad="false")  # as old links say it
    assert field(mistaken, MISTAKES["no_zero"].label).value
    assert column(usual, "loss")[-1] < 0.4
    assert abs(column(mistaken, "loss")[-1] - column(usual, "loss")[-1]) > 0.01


def test_gradients_of_the_data_are_drawn_on_the_points():
    at = open_page(view="Loop", data_requires_grad="true")
    figure = panel(at, "data")["figure"]
    assert any("gradient of the data" in str(trace.get("name")) for trace in figure["data"])


def test_the_loop_goes_down_a_persons_function():
    at = open_page(view="Loop", subject="Function", function="x**2", start_x="3", lr="0.1", epochs="20")
    assert not at.exception
    assert column(at, "loss")[0] == 9
    assert column(at, "loss")[-1] == pytest.approx(9 * 0.8**40)


def test_a_vector_function_is_no_loss():
    at = open_page(view="Loop", subject="Function", function="x**2", start_x="[1, 2]")
    assert not at.exception
    assert any("wrap it in sum" in one for one in problems(at))


@pytest.mark.parametrize(
    ("label", "value", "words"), [("Learning rate", -1.0, "rate"), ("Epochs", 0, "epochs"), ("Epochs", None, "epochs")]
)
def test_bad_settings_of_the_loop_are_named(label, value, words):
    at = open_page(view="Loop")
    field(at, label).set_value(value).run()
    assert not at.exception
    assert any(words in one.lower() for one in problems(at))


def test_a_link_opens_what_it_says_and_says_what_it_cannot():
    at = open_page(function="x*y", start_x="2", start_y="5", view="Graph")
    assert names(at)[0] == "graph"
    assert "y = 5" in said(at) or "y = [5.]" in said(at)
    wrong = open_page(function="x*", start_x="2", view="Nonsense", lr="abc")
    assert not wrong.exception
    assert "x.grad = [6.]" in said(wrong)
    (sentence,) = problems(wrong)
    for part in ("function=x*", "view=Nonsense", "lr=abc"):
        assert part in sentence


def test_a_loop_of_too_many_parameters_is_refused_in_one_sentence():
    at = open_page(view="Loop", subject="Function", function="sum(x**2)", start_x=str([1] * 9))
    assert not at.exception
    assert any("8 parameters at most" in one for one in problems(at))


def test_an_empty_setting_of_the_loop_says_what_to_type():
    at = open_page(view="Loop")
    field(at, "Learning rate").set_value(None).run()
    assert problems(at) == ["Learning rate is empty: type a number, for example 0.01."]


def test_a_value_that_nothing_moves_has_torchs_own_error_in_the_graph():
    at = open_page(view="Graph", function="where(x > 0, 1, 2)", start_x="1")
    assert not at.exception
    assert "does not require grad" in player(at)["status"]
    assert "nothing to go back through" in player(at)["status"]


def test_a_field_that_is_out_of_sight_keeps_nobody_from_changing_others():
    at = open_page(view="Loop")
    field(at, "Learning rate").set_value(None).run()
    view(at, "Gradient")
    assert problems(at) == []
    field(at, "Start x").set_value("5").run()
    assert "x.grad = [10.]" in said(at)
    field(at, "Function").set_value("x**").run()
    assert problems(at)
    view(at, "Loop")
    field(at, "Learning rate").set_value(0.02).run()
    assert problems(at) == []
    assert "0.02 * a.grad" in json.dumps(panel(at, "code")["rows"])
    view(at, "Gradient")
    assert field(at, "Function").value == "x**"


def test_a_long_function_of_a_vector_is_refused_in_one_sentence():
    at = open_page(function="+".join(f"{i}*x" for i in range(60)), start_x="[1, 2]")
    assert not at.exception
    assert any("nodes" in one for one in problems(at))
