"""The page Network, run by Streamlit's own tester: what it opens on, each control, bad input, the points."""

import math
import re

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.nn import functional

from playground import Network, descend
from playground.data.datasets import DATASETS
from playground.data.sample import Sample
from playground.labs import LABS
from playground.labs.network.problem import DEFAULT_SAMPLE
from playground.labs.network.state import DEFAULT
from playground.player import Event
from tests.labs.driver import as_number, column, link, names, open_lab, panel, player, problems

POINTS = DEFAULT_SAMPLE.points
WAVE = "function;60;0.1;0.2;0;sin(3x);-2;2"


def open_page(**query: str) -> AppTest:
    return open_lab("network", **query)


@pytest.fixture
def page() -> AppTest:
    return open_page()


def widget(at: AppTest, label: str):
    kinds = ("text_input", "selectbox", "checkbox", "button", "button_group")
    return as_number(at, next(one for kind in kinds for one in at.get(kind) if one.label == label))


def state(at: AppTest):
    return at.session_state["network session"].state


def do(at: AppTest, *events: Event) -> AppTest:
    at.session_state["network session"].note_events(events)
    return at.run()


def text_of(one) -> str:
    return "".join(part if isinstance(part, str) else "…" for part in one)


def test_it_opens_on_xor_and_shows_the_run_of_a_plain_loop(page):
    assert not page.exception
    assert problems(page) == []
    kept = torch.tensor(POINTS.held_out).logical_not()
    x, y = POINTS.input_tensor[kept], POINTS.target_tensor[kept]
    module = Network(x, y, (4,), "tanh", "bce").module(DEFAULT.race.start)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.05)
    losses, right = [], []
    for _ in range(201):
        optimizer.zero_grad()
        said = module(x).squeeze(1)
        loss = functional.binary_cross_entropy_with_logits(said, y)
        losses.append(loss.item())
        right.append(float(((said > 0) == (y == 1)).double().mean()))
        loss.backward()
        optimizer.step()
    np.testing.assert_array_equal(column(page, "loss 0"), losses)
    np.testing.assert_array_equal(column(page, "accuracy"), right)
    assert right[-1] > 0.95
    held_out = functional.binary_cross_entropy_with_logits(
        Network(x, y, (4,)).module(state(page).race.start)(POINTS.input_tensor[~kept]).squeeze(1),
        POINTS.target_tensor[~kept],
    )
    assert column(page, "held out")[0] == pytest.approx(float(held_out.detach()), rel=1e-12)


@pytest.mark.parametrize(
    ("label", "value", "said"),
    [
        ("Hidden layers", "8, 3", {"hidden": "8, 3"}),
        ("Hidden layers", "", {"hidden": ""}),
        ("Activation", "relu", {"activation": "relu"}),
        ("Loss", "mse", {"loss": "mse"}),
        ("Initialisation", "zeros", {"initialisation": "zeros"}),
        ("Seed of the start", 7, {"start_seed": "7"}),
        ("Optimizer", "SGD", {"runner_1": "SGD,lr=0.05"}),
        ("Steps", 30, {"steps": "30"}),
        ("Lines show", "gradients", {"shown": "gradients"}),
    ],
)
def test_each_control_changes_the_run_and_the_link(page, label, value, said):
    widget(page, label).set_value(value).run()
    assert not page.exception
    assert link(page) == said
    chosen = state(page)
    network = chosen.training.objective
    run = descend(network, chosen.race.start, chosen.runner.optimizer, lr=chosen.runner.lr, steps=chosen.race.steps)
    np.testing.assert_array_equal(column(page, "loss 0"), run.losses)


@pytest.mark.parametrize(
    ("label", "value", "said"),
    [
        ("Hidden layers", "0, 8", "1 to 8 units, not 0"),
        ("Hidden layers", "1000", "1 to 8 units, not 1,000"),
        ("Hidden layers", "2,2,2,2", "room for 3 hidden layers, not 4"),
        ("Hidden layers", "many", "such as 8, 8"),
        ("Seed of the start", -1, "seed"),
        ("Learning rate", -1.0, "below 0"),
        ("Steps", 1_000_000, "1,000,000"),
    ],
)
def test_bad_input_gets_one_sentence_and_the_last_picture_stays(page, label, value, said):
    before = column(page, "loss 0")
    widget(page, label).set_value(value).run()
    assert not page.exception
    (sentence,) = problems(page)
    assert said in sentence
    np.testing.assert_array_equal(column(page, "loss 0"), before)
    assert link(page) == {}


def test_what_is_told_of_a_line_adds_up_to_its_gradient():
    page = open_page(hidden="4", chosen="5")
    name = "0.weight[2,1]"
    assert text_of(panel(page, "chosen")["heads"][0]) == name
    run = descend(DEFAULT.training.objective, DEFAULT.race.start, "Adam", lr=0.05, steps=200)
    place = run.names.index(name)
    np.testing.assert_array_equal(column(page, name), run.parameters[:, place])
    np.testing.assert_array_equal(column(page, f"∂{name}"), run.gradients[:, place])
    np.testing.assert_allclose(column(page, "chosen sum"), run.gradients[:, place], rtol=1e-9, atol=1e-15)


def test_what_is_told_of_a_unit_is_its_bias_and_of_an_input_that_it_has_none(page):
    network = DEFAULT.training.objective
    edges = sum(weight.numel() for weight, _ in network.split(network.start()))
    do(page, Event("choose", "network", row=edges + 3))
    name = "0.bias[1]"
    run = descend(network, DEFAULT.race.start, "Adam", lr=0.05, steps=200)
    np.testing.assert_allclose(
        column(page, "chosen sum"), run.gradients[:, run.names.index(name)], rtol=1e-9, atol=1e-15
    )
    assert link(page) == {"chosen": str(edges + 3)}
    do(page, Event("choose", "network", row=edges))
    assert text_of(panel(page, "chosen")["heads"][0]) == "input x"
    do(page, Event("choose", "network", row=10**6))  # of a picture that is gone
    assert not page.exception
    assert state(page).chosen == edges


def test_the_other_scale_of_a_picture_is_chosen_on_it(page):
    before = {name: panel(page, name)["scale"] for name in ("loss", "contours")}
    other = {"log": "linear", "linear": "log"}
    do(page, Event("scale", "loss"))
    assert (panel(page, "loss")["scale"], state(page).loss_axis) == (other[before["loss"]],) * 2
    do(page, Event("scale", "contours"))
    assert (panel(page, "contours")["scale"], state(page).colours) == (other[before["contours"]],) * 2
    do(page, Event("scale", "loss"))
    assert panel(page, "loss")["scale"] == before["loss"]
    now = state(page)
    for name in ("accuracy", "nothing"):  # what has but one
        do(page, Event("scale", name))
    assert state(page) == now


def test_points_are_added_moved_and_deleted_on_the_picture(page):
    widget(page, "Controls").set_value("Data").run()
    widget(page, "Class of new points").set_value(1).run()
    do(page, Event("add", "data", 0.5, -0.25))
    points = state(page).training.points
    assert (points.inputs[-1], points.targets[-1], len(points)) == ((0.5, -0.25), 1.0, len(POINTS) + 1)
    do(page, Event("move", "data", 1.0, 1.5, row=len(POINTS)))
    assert state(page).training.points.inputs[-1] == (1.0, 1.5)
    do(page, Event("delete", "data", row=len(POINTS)))
    assert state(page).training.points == POINTS
    assert not page.exception


def test_a_point_of_a_curve_is_moved_with_its_target():
    page = open_page(made=WAVE)
    do(page, Event("move", "data", 0.5, 0.75, row=3), Event("add", "data", -1.0, 0.25))
    points = state(page).training.points
    assert (points.inputs[3], points.targets[3]) == ((0.5,), 0.75)
    assert (points.inputs[-1], points.targets[-1]) == ((-1.0,), 0.25)


def test_other_points_bring_the_inputs_and_the_loss_that_suit_them(page):
    widget(page, "Controls").set_value("Data").run()
    for kind, loss, inputs in (
        ("Typed function", "mse", ("x",)),
        ("Gaussian blobs", "cross_entropy", ("x", "y")),
        ("Two spirals", "bce", ("x", "y")),
    ):
        widget(page, "Points").set_value(kind).run()
        assert not page.exception
        assert (state(page).training.loss, state(page).training.inputs) == (loss, inputs)
        assert names(page)[:2] == ["data", "network"]
    widget(page, "x²").check().run()
    assert state(page).training.inputs == ("x", "y", "x^2")
    assert state(page).training.objective.widths[0] == 3


def test_a_boundary_that_leaves_a_class_empty_is_told_at_its_field(page):
    widget(page, "Controls").set_value("Data").run()
    widget(page, "Points").set_value("Typed boundary").run()
    widget(page, "Boundary").set_value("x^2 + y^2 < 1").run()
    expected = Sample("boundary", noise=0.2, boundary="x^2 + y^2 < 1", seed=DEFAULT_SAMPLE.seed)
    assert state(page).training.points == expected.points
    widget(page, "Boundary").set_value("y > 99").run()
    (sentence,) = problems(page)
    assert "Class 1 is empty" in sentence
    assert widget(page, "Boundary").value == "y > 99"


def test_each_layer_has_a_line_of_its_gradient_and_of_its_steps():
    page = open_page(hidden="3, 2", activation="relu", steps="20")
    assert {"norms", "ratios", "dead"} <= {*names(page)}
    training = state(page).training
    run = descend(training.objective, training.start, "Adam", lr=0.05, steps=20)
    parts = training.objective.split(run.gradients)
    expected = [float(torch.cat([weight[0].flatten(), bias[0]]).norm()) for weight, bias in parts]
    view = LABS["network"].view(page.session_state["network session"])
    found = next(one for one in view.panels if one.name == "norms").figure.data
    firsts = {one.name: one.y[0] for one in found if one.name}
    assert [*firsts] == ["layer 0", "layer 2", "layer 4"]
    np.testing.assert_allclose([*firsts.values()], expected, rtol=1e-6)


def test_a_rate_that_makes_all_nan_names_the_step_and_the_layer():
    page = open_page(hidden="4, 4", activation="relu", runner_1="SGD,lr=1e300", steps="20")
    assert not page.exception
    assert player(page)["alarming"] is True
    assert "at step" in player(page)["status"]
    assert "is made by layer" in player(page)["status"]


def test_a_message_of_500_steps_stays_below_3_megabytes():
    page = open_page(hidden="8, 8", steps="500")
    size = sum(len(one.proto.json) for one in page.get("bidi_component"))
    assert size < 3e6


# ---- One step, slowly.


def test_one_step_is_walked_with_the_numbers_of_the_runs_parameters():
    page = open_page(view="One step", walk_point="5", walk_from="20")
    assert not page.exception
    assert names(page) == ["walk", "calculation"]
    training = state(page).training
    theta = descend(training.objective, training.start, "Adam", lr=0.05, steps=20).parameters[-1]
    alone = training.objective.batch(torch.tensor([4]))
    np.testing.assert_allclose(column(page, "loss"), float(alone.loss(theta)), rtol=1e-12)
    rows = panel(page, "calculation")["rows"]
    assert len(rows) == len(column(page, "at")) == 1 + 5 + 1 + 10 + 5
    for i in range(len(rows)):  # nothing is told before its step
        np.testing.assert_array_equal(column(page, f"known {i}"), np.arange(len(rows)) >= i)
    assert player(page)["canGoOn"] is False


@pytest.mark.parametrize(("loss", "more"), [("bce", {}), ("cross_entropy", {"made": "blobs;200;0.1;0.2;0;3"})])
def test_the_loss_of_one_step_follows_from_the_probability_that_is_written(loss, more):
    page = open_page(view="One step", loss=loss, **more)
    assert not page.exception
    _, how, cost = next(one for one in written(page) if one[0] == "loss")
    chances, label = re.fullmatch(rf"{loss}\(\w+\(ŷ\) = (.*), y = (\d)\)", how).groups()
    chances = [*map(number, chances.split(", "))]
    chances = chances if len(chances) > 1 else [1 - chances[0], *chances]
    assert -math.log(chances[int(label)]) == pytest.approx(number(cost), rel=2e-3)


def test_a_walk_from_beyond_the_run_is_from_its_end_and_a_point_that_is_not_there_is_refused():
    page = open_page(view="One step", steps="10", walk_from="500")
    training = state(page).training
    theta = descend(training.objective, training.start, "Adam", lr=0.05, steps=10).parameters[-1]
    alone = training.objective.batch(torch.tensor([0]))
    np.testing.assert_allclose(column(page, "loss")[0], float(alone.loss(theta)), rtol=1e-12)
    widget(page, "Point").set_value(10_000).run()
    (sentence,) = problems(page)
    assert "160 points" in sentence
    widget(page, "View").set_value("Training").run()
    assert {"data", "network", "loss"} <= {*names(page)}


def written(at: AppTest) -> list[list[str]]:
    """The lines of the calculation, each cell with the last of its words."""
    return [
        [part if isinstance(part, str) else part["words"][-1] for (part,) in row]
        for row in panel(at, "calculation")["rows"]
    ]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("query", [{}, {"made": WAVE, "loss": "sse", "hidden": "2"}], ids=["a mean", "a sum"])
def test_one_step_on_all_points_says_the_means_of_a_plain_loop(query):
    page = open_page(view="One step", walk_over="All points", **query)
    assert not page.exception
    training = state(page).training
    network = training.objective
    module = network.module(training.start)
    said = module(network.x).squeeze(1)
    loss = {
        "bce": functional.binary_cross_entropy_with_logits,
        "sse": lambda said, y: ((said - y) ** 2).sum(),
    }[training.loss](said, network.y)
    loss.backward()
    np.testing.assert_allclose(column(page, "loss"), loss.item(), rtol=1e-12)
    lines = {one[0]: one for one in written(page)}
    first = module[0](network.x)[:, 0]
    _, how, result = lines["layer 0, unit 0"]
    found = [number(part.split(" = ")[1]) for part in result.split(", ")]
    assert found == pytest.approx([first.mean().item(), first.tanh().mean().item()], abs=2e-4)
    calculated = how.removeprefix("on average ").replace("−", "-").replace("·", "*")
    assert eval(calculated) == pytest.approx(found[0], abs=5e-3)
    assert how.count("·") == len(training.inputs)
    _, how, result = lines["∇ of layer 2, unit 0"]
    *weights, bias = result.replace("; bias", ",").split(", ")
    gradients = [*module[2].weight.grad[0].tolist(), module[2].bias.grad.item()]
    assert [number(one.removeprefix("bias ")) for one in (*weights, bias)] == pytest.approx(gradients, rel=6e-3)
    kind = "sum" if training.loss == "sse" else "mean"
    assert how.startswith(f"{kind} of δ · input: ")
    assert (f" / {network.point_count}" in how) is (kind == "mean")
    assert f"all {network.point_count} points" in player(page)["status"]
    widget(page, "One step on").set_value("One point").run()
    assert "walk_over" not in link(page)
    assert widget(page, "Point").value == 1


# ---- Pasted points.


def paste(at: AppTest, text: str) -> AppTest:
    """Open the popover, which Streamlit's tester can't press, and paste a text into it."""
    widget(at, "Controls").set_value("Data").run()
    at.session_state["network paste"] = True
    at.run()
    return at.text_area(key="network pasted").set_value(text).run()


def test_points_with_words_for_classes_are_pasted_and_used(page):
    paste(page, "x, y, animal\n0.5, 2.0, cat\n0.9, 3.8, dog\n1.5, 0.3, cow\n2.5, 1.5, dog")
    assert problems(page) == []
    widget(page, "Use 4 points").click().run()
    assert not page.exception
    points = state(page).training.points
    assert (points.inputs[1], points.targets) == ((0.9, 3.8), (0.0, 1.0, 2.0, 1.0))
    assert points.class_names == ("cat", "dog", "cow")
    assert state(page).training.loss == "cross_entropy"
    assert link(page)["points"] == "cat,dog,cow;0.5,2,0;0.9,3.8,1;1.5,0.3,2;2.5,1.5,1"
    assert widget(page, "Points").value is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\n2\n3", "only one column"),
        ("x, y, class\n1, 2, a\n3, four, b", "four"),
        ("x, y, class\n" + "\n".join(f"1, {i}, c{i}" for i in range(5)), "4"),
        ("x, class\n1, cat\n2, dog", ""),
    ],
    ids=["one column", "a word among numbers", "five classes", "one coordinate"],
)
def test_what_is_pasted_and_cannot_be_used_is_told_and_the_points_stay(page, text, said):
    paste(page, text)
    (button,) = [one for one in page.button if one.label.startswith("Use ")]
    if not button.disabled:
        button.click().run()
    assert not page.exception
    (sentence,) = problems(page)
    assert said in sentence
    assert state(page).training.points == POINTS


IRIS = "sepal,petal,width,species\n5.1,1.4,0.2,setosa\n7.0,4.7,1.4,versicolor\n6.3,6.0,2.5,virginica"


def test_the_columns_of_a_table_are_chosen_by_their_names(page):
    paste(page, IRIS)
    assert [widget(page, label).value for label in ("x is", "y is", "to learn", "held out")] == [
        "sepal",
        "petal",
        "species",
        None,
    ]
    widget(page, "x is").set_value("width").run()
    widget(page, "Use 3 points").click().run()
    points = state(page).training.points
    assert points.inputs == ((0.2, 1.4), (1.4, 4.7), (2.5, 6.0))
    assert points.class_names == ("setosa", "versicolor", "virginica")
    paste(page, IRIS)  # what has done its work has closed
    widget(page, "x is").set_value("width").run()
    widget(page, "y is").select_index(0).run()
    widget(page, "to learn").set_value("sepal").run()
    widget(page, "Use 3 points").click().run()
    points = state(page).training.points
    assert (points.inputs, points.targets, points.classes) == (((0.2,), (1.4,), (2.5,)), (5.1, 7.0, 6.3), 0)
    assert (state(page).training.loss, state(page).training.inputs) == ("mse", ("x",))
    assert problems(page) == []


# ---- Sets of the lab Fit, and the way back.


@pytest.mark.parametrize("name", ["Tutorial", "Hours of study", "NIST Chwirut1"])
def test_a_set_of_the_lab_fit_is_learnt_by_a_network_of_one_input(page, name):
    widget(page, "Controls").set_value("Data").run()
    widget(page, "Points").set_value(f"Set: {name}").run()
    assert not page.exception
    assert problems(page) == []
    assert link(page)["data"] == name
    data, training = DATASETS[name].points, state(page).training
    np.testing.assert_array_equal(training.objective.x[:, 0], data.x)
    np.testing.assert_array_equal(training.objective.y, data.y)
    again = open_page(**link(page))
    assert state(again) == state(page)
    assert widget(again, "Points").value == f"Set: {name}"
    do(again, Event("delete", "data", row=0))
    assert widget(again, "Points").value is None
    assert "data" not in link(again)


def test_a_set_that_is_not_there_is_told_of(page):
    page = open_page(data="Titanic")
    assert "data=Titanic" in problems(page)[0]
    assert state(page).training.points == POINTS


def test_each_change_of_the_points_can_be_undone_and_a_drag_is_one(page):
    assert widget(page, "Undo").disabled
    widget(page, "Controls").set_value("Data").run()
    do(page, Event("add", "data", 0.5, -0.25))
    added = state(page).training.points
    for x in (0.1, 0.2, 0.3):
        do(page, Event("move", "data", x, 1.0, row=4, moving=True))
    do(page, Event("move", "data", 0.4, 1.0, row=4))
    do(page, Event("move", "data", 0.6, 1.0, row=4, moving=True))
    do(page, Event("move", "data", 0.7, 1.0, row=4))
    assert state(page).training.points.inputs[4] == (0.7, 1.0)
    widget(page, "Undo").click().run()
    assert state(page).training.points.inputs[4] == (0.4, 1.0)
    widget(page, "Undo").click().run()
    assert state(page).training.points == added
    widget(page, "Undo").click().run()
    assert state(page).training.points == POINTS
    assert link(page) == {"side": "Data"}
    assert widget(page, "Points").value == "XOR"
    widget(page, "Undo").click().run()
    assert link(page) == {}
    assert widget(page, "Undo").disabled
    widget(page, "Redo").click().run()
    assert link(page) == {"side": "Data"}
    widget(page, "Points").set_value("Typed function").run()
    widget(page, "Undo").click().run()
    assert state(page).training.points == POINTS


def test_too_many_points_for_a_link_are_said_to_be_lost_by_a_reload(page):
    rows = "\n".join(f"{i / 7}, {(-i) ** 2 / 11}, {i % 2}" for i in range(200))
    widget(paste(page, "x, y, class\n" + rows), "Use 200 points").click().run()
    assert link(page)["points_left_out"].startswith("200-")
    assert any("don't fit in the link" in one.value for one in page.caption)
