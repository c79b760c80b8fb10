"""The page Descent, run by Streamlit's own tester: what it opens on, each control, bad input, links."""

import base64
import itertools
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground import PRESETS, SCHEDULERS, Function, descend
from playground.engine.optimizers import OPTIMIZERS
from playground.labs import LABS
from playground.labs.descent.lab import FIRST, OPTIMIZERS_OF_FUNCTIONS
from playground.labs.descent.presets import race_of
from playground.labs.shared.race import runs
from playground.labs.shared.race.state import MAX_RUNNERS
from playground.numerals import format_number
from playground.player.mathml import typeset
from tests.labs.driver import as_number, column, link, names, open_lab, panel, player, problems

APP = Path(__file__).parents[3] / "app.py"
ROSENBROCK = "(1-x)^2 + 100(y-x^2)^2"


def open_page(**query: str) -> AppTest:
    return open_lab("descent", **query)


@pytest.fixture
def page() -> AppTest:
    return open_page()


@pytest.fixture(scope="module")
def gallery() -> AppTest:
    """A page on which one preset is chosen after the other."""
    return open_page()


@pytest.fixture
def rosenbrock() -> AppTest:
    return open_page(function=ROSENBROCK, start_x="-1.2", start_y="1", runner_1="SGD,lr=0.001", steps="20")


def widget(at: AppTest, label: str):
    kinds = ("text_input", "selectbox", "checkbox", "button", "button_group")
    return as_number(at, next(one for kind in kinds for one in at.get(kind) if one.label == label))


def test_it_opens_on_a_preset_and_says_what_it_shows(page):
    assert not page.exception
    assert problems(page) == []
    assert widget(page, "Function").value == PRESETS[FIRST].text
    assert PRESETS[FIRST].shows in page.caption[0].value
    for i, runner in enumerate(PRESETS[FIRST].runners):
        run = runner.descent(Function(PRESETS[FIRST].text), PRESETS[FIRST].start).run(PRESETS[FIRST].steps)
        np.testing.assert_array_equal(column(page, f"loss {i}"), run.losses)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_opens_from_the_gallery(gallery, name):
    widget(gallery, "Gallery").select(name).run()
    assert not gallery.exception
    assert problems(gallery) == []
    preset = PRESETS[name]
    assert widget(gallery, "Function").value == preset.text
    assert f"**{name}**" in gallery.caption[0].value
    assert len(panel(gallery, "standings")["rows"]) == len(preset.runners)
    first = race_of(preset).descent(preset.runners[0]).run(preset.steps)
    np.testing.assert_array_equal(column(gallery, "loss"), first.losses)
    assert LABS["descent"].read_link(link(gallery)).state.race == race_of(preset)


@pytest.mark.parametrize("optimizer", OPTIMIZERS_OF_FUNCTIONS)
def test_every_optimizer_runs_as_torch_runs_it(rosenbrock, optimizer):
    widget(rosenbrock, "Optimizer").select(optimizer).run()
    assert not rosenbrock.exception
    # A rate of one's own stays, but where it would be the share of a step that knows the curvature.
    record = OPTIMIZERS[optimizer]
    rate = record.learning_rate if record.needs else 0.001
    run = descend(Function(ROSENBROCK), (-1.2, 1), optimizer=optimizer, lr=rate, steps=20)
    np.testing.assert_array_equal(column(rosenbrock, "loss"), run.losses)
    np.testing.assert_array_equal(column(rosenbrock, "x"), run.parameters[:, 0])
    np.testing.assert_array_equal(column(rosenbrock, "evaluations 0"), run.evaluations)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler_is_torchs_and_its_rate_is_drawn(rosenbrock, scheduler):
    widget(rosenbrock, "Scheduler").select(scheduler).run()
    assert not rosenbrock.exception
    run = descend(Function(ROSENBROCK), (-1.2, 1), lr=0.001, steps=20, scheduler=scheduler)
    drawn = player(rosenbrock)["arrays"][panel(rosenbrock, "rate")["figure"]["data"][0]["y"]["once"]]
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(drawn["bdata"])), run.learning_rates)


def test_the_step_is_written_with_torchs_numbers(rosenbrock):
    widget(rosenbrock, "Optimizer").select("Adam").run()
    run = descend(Function(ROSENBROCK), (-1.2, 1), "Adam", 0.001, steps=20)
    rows = panel(rosenbrock, "step")["rows"]
    symbols = ["m_{t}", "v_{t}", r"\hat{m}_{t}", r"\hat{v}_{t}", r"\theta_{t}"]
    for (formula, *_), symbol in zip([row[0] for row in rows[2:]], symbols, strict=True):
        assert formula["mathml"].startswith(typeset(f"{symbol} =").removesuffix("</mrow></math>"))
    np.testing.assert_array_equal(column(rosenbrock, "line 0 0"), run.states["exp_avg"][1:, 0])
    np.testing.assert_array_equal(column(rosenbrock, "line 4 1"), run.parameters[1:, 1])
    np.testing.assert_array_equal(column(rosenbrock, "given 1"), run.gradients[:-1, 1])


def test_the_curvature_is_that_of_rosenbrocks_function(rosenbrock):
    run = descend(Function(ROSENBROCK), (-1.2, 1), lr=0.001, steps=20)
    x, y = run.parameters.T.numpy()
    hessian = np.stack([[2 + 1200 * x**2 - 400 * y, -400 * x], [-400 * x, 200 + 0 * x]]).transpose(2, 0, 1)
    values = np.linalg.eigvalsh(hessian)
    np.testing.assert_allclose(column(rosenbrock, "eigen 1"), values[:, 1], rtol=1e-9)
    np.testing.assert_allclose(column(rosenbrock, "limit"), 2 / values[:, 1], rtol=1e-9)
    bowl = values[:, 0] > 0
    condition = column(rosenbrock, "condition")
    np.testing.assert_allclose(condition[bowl], values[bowl, 1] / values[bowl, 0], rtol=1e-7)
    assert np.isnan(condition[~bowl]).all()
    # 0.001 lies below 2/1000 and what comes after it; where the loss curves down, no rate is stable.
    np.testing.assert_array_equal(column(rosenbrock, "side"), np.where(bowl, 1, 4))
    assert not bowl[-1]
    assert any(caption.value.endswith("where this run ends: no rate is stable there") for caption in rosenbrock.caption)


def test_on_a_quadratic_the_measured_rate_is_the_predicted_one():
    at = open_page(function="(x^2 + 10y^2)/2", start_x="2", start_y="1", runner_1="SGD,lr=0.15", steps="60")
    (row,) = [row for row in panel(at, "curvature")["rows"] if row[0][0].startswith("distance")]
    assert any(caption.value.startswith("SGD: stable at its end, 2/λmax = 0.2") for caption in at.caption)
    assert row[2] == ["predicted × 0.85000"]  # the slower of |1 - 0.15| and |1 - 1.5|
    before, at_the_end = row[1][0]["words"]
    assert before == "…"
    assert float(at_the_end.removeprefix("× ")) == pytest.approx(0.85, abs=1e-3)
    assert column(at, "ended").tolist() == [0] * 60 + [1]


def test_one_variable_has_a_curve_and_its_steps():
    at = open_page(function="x^2", start_x="3", runner_1="SGD,lr=0.1", steps="10")
    assert names(at)[:2] == ["curve", "loss"]
    np.testing.assert_allclose(column(at, "x"), 3 * 0.8 ** np.arange(11), rtol=1e-12)


@pytest.mark.parametrize("variables", [3, 5, 8])
def test_many_variables_are_seen_on_their_principal_plane(variables):
    text = " + ".join(f"{k}x_{k}^2" for k in range(1, variables + 1))
    at = open_page(function=text, runner_1="SGD,lr=0.05", steps="30")
    assert not at.exception
    axis = panel(at, "contours")["figure"]["layout"]["xaxis"]["title"]["text"]
    assert axis.startswith("1st principal direction: ")
    assert names(at)[2:5] == ["loss", "rate", "steps"]
    off = column(at, "off")
    assert (off >= 0).all()
    assert off.max() > 1e-3


def test_a_plane_of_two_of_many_variables_says_where_the_others_are_held():
    at = open_page(function="x^2 + 2y^2 + 3z^2", start_z="0.5", runner_1="SGD,lr=0.1", steps="5", plane="x, z")
    figure = panel(at, "contours")["figure"]
    run = descend(Function("x^2 + 2y^2 + 3z^2"), (1, 1, 0.5), lr=0.1, steps=5)
    held = run.parameters[:, 1]
    assert figure["layout"]["xaxis"]["title"]["text"] == f"x   (at y = {held[0]:.4g})"
    assert figure["layout"]["yaxis"]["title"]["text"] == "z"
    (changing,) = (one["meta"]["frames"] for one in figure["data"] if "frames" in one.get("meta", {}))
    told = [f"x   (at y = {format_number(held[step])})" for step in changing["since"]]
    assert [x for x, _ in changing["titles"]] == told
    # Where y is held differs from step to step: what stands there at all of them doesn't tell the last.
    scene = panel(at, "surface")["figure"]["layout"]["scene"]
    assert (scene["xaxis"]["title"]["text"], scene["yaxis"]["title"]["text"]) == ("x", "z")
    assert panel(at, "contours")["description"].startswith("Contours of the loss over x and z with ")


def test_runners_are_added_and_taken_out(page):
    for count in range(len(PRESETS[FIRST].runners) + 1, MAX_RUNNERS + 1):
        widget(page, "Add").click().run()
        assert len(panel(page, "standings")["rows"]) == count
        assert panel(page, "standings")["chosen"] == count - 1
    assert widget(page, "Add").disabled
    for count in range(MAX_RUNNERS - 1, 0, -1):
        widget(page, "Remove").click().run()
        assert len(panel(page, "standings")["rows"]) == count
    assert widget(page, "Remove").disabled
    assert problems(page) == []


def test_the_fields_are_those_of_the_runner_that_is_chosen():
    at = open_page(function="x^2", runner_1="SGD,lr=0.1", runner_2="Adam,lr=0.5,betas_1=0.8", steps="5")
    assert widget(at, "Optimizer").value == "SGD"
    widget(at, "Runner").set_value(1).run()
    assert (widget(at, "Optimizer").value, widget(at, "Learning rate").value) == ("Adam", 0.5)
    assert widget(at, "Beta 1").value == 0.8
    widget(at, "Learning rate").set_value(0.2).run()
    assert link(at)["runner_1"] == "SGD,lr=0.1"
    assert link(at)["runner_2"] == "Adam,lr=0.2,betas_1=0.8"
    np.testing.assert_array_equal(
        column(at, "loss 1"), descend(Function("x^2"), [1], "Adam", 0.2, 5, betas=(0.8, 0.999)).losses
    )


def test_a_runner_can_have_a_start_of_its_own():
    at = open_page(function="x^2", start_x="3", runner_1="SGD,lr=0.1", runner_2="SGD,lr=0.2", steps="5")
    widget(at, "Own start point").check().run()
    widget(at, "Start x").set_value(-2.0).run()
    assert (column(at, "loss 0")[0], column(at, "loss 1")[0]) == (4, 9)
    widget(at, "Runner").set_value(1).run()
    assert widget(at, "Start x").value == 3
    widget(at, "Runner").set_value(0).run()
    assert widget(at, "Start x").value == -2
    widget(at, "Own start point").uncheck().run()
    assert widget(at, "Start x").value == 3
    assert column(at, "loss 0")[0] == 9


def test_noise_is_seeded(rosenbrock):
    widget(rosenbrock, "Gradient noise").set_value(0.5).run()
    widget(rosenbrock, "Seed").set_value(7).run()
    run = descend(Function(ROSENBROCK), (-1.2, 1), lr=0.001, steps=20, noise=0.5, seed=7)
    np.testing.assert_array_equal(column(rosenbrock, "loss"), run.losses)
    assert "noisy gradient" in [trace.get("name") for trace in panel(rosenbrock, "contours")["figure"]["data"]]


BAD = [
    ("Function", "3", "no variable"),
    ("Function", "x +", "missing"),
    ("Function", "foo(x)", "foo"),
    ("Function", "", "no text"),
    ("Function", "a+b+c+d+f+g+h+k+m", "at most 8"),
    ("Learning rate", -1.0, "below 0"),
    ("Learning rate", None, "empty"),
    ("Start x", None, "empty"),
    ("Steps", 0, "from 1 to 10,000"),
    ("Steps", None, "empty"),
    ("Momentum", 3.0, "at most 2"),
    ("Gradient noise", -1.0, "noise"),
    ("Seed", -1, "seed"),
    ("Tolerance", 0.0, "above 0"),
]


@pytest.mark.parametrize(("label", "value", "part"), BAD, ids=str)
def test_bad_input_is_named_in_one_sentence_and_the_picture_stays(rosenbrock, label, value, part):
    before = column(rosenbrock, "loss")
    widget(rosenbrock, label).set_value(value).run()
    assert not rosenbrock.exception
    (said,) = problems(rosenbrock)
    assert part in said
    np.testing.assert_array_equal(column(rosenbrock, "loss"), before)
    assert widget(rosenbrock, label).value == value


def test_what_only_torch_refuses_is_passed_on(rosenbrock):
    widget(rosenbrock, "Nesterov").check().run()
    assert "Nesterov momentum requires a momentum" in problems(rosenbrock)[0]


def test_a_start_where_there_is_no_loss_is_explained():
    at = open_page(function="ln(x) + y^2", start_x="-1", runner_1="SGD,lr=0.1", steps="10")
    assert not at.exception
    assert player(at)["alarming"]
    assert "logarithm of a negative number" in player(at)["status"]


def test_when_all_runners_diverge_it_is_said():
    at = open_page(function="x^4", start_x="3", runner_1="SGD,lr=1", runner_2="SGD,lr=2", steps="50")
    assert player(at)["status"].startswith("All runners diverge.")
    assert player(at)["alarming"]


def test_a_link_that_is_partly_wrong_opens_with_what_is_right_and_says_what_is_not():
    at = open_page(function="x^2", runner_1="Foo,lr=2", runner_2="Adam,lr=0.1", start_x="abc", steps="7")
    assert not at.exception
    (said,) = problems(at)
    assert "runner_1=Foo,lr=2" in said
    assert "start_x=abc" in said
    np.testing.assert_array_equal(column(at, "loss"), descend(Function("x^2"), [1], "Adam", 0.1, 7).losses)


def test_a_link_opens_the_race_that_it_was_copied_from(rosenbrock):
    widget(rosenbrock, "Add").click().run()
    widget(rosenbrock, "Scheduler").select("StepLR").run()
    widget(rosenbrock, "Gradient noise").set_value(0.25).run()
    again = open_page(**link(rosenbrock))
    assert problems(again) == []
    assert link(again) == link(rosenbrock)
    np.testing.assert_array_equal(column(again, "loss 1"), column(rosenbrock, "loss 1"))


def test_more_steps_go_on_from_where_the_run_was(rosenbrock):
    first = column(rosenbrock, "loss")
    widget(rosenbrock, "Steps").set_value(40).run()
    np.testing.assert_array_equal(column(rosenbrock, "loss")[:21], first)
    np.testing.assert_array_equal(
        column(rosenbrock, "loss"), descend(Function(ROSENBROCK), (-1.2, 1), lr=0.001, steps=40).losses
    )
    widget(rosenbrock, "Steps").set_value(10).run()
    np.testing.assert_array_equal(column(rosenbrock, "loss"), first[:11])


def test_both_pages_stand_in_the_navigation():
    at = AppTest.from_file(str(APP), default_timeout=120).run()
    assert not at.exception


def test_a_rate_on_the_limit_is_on_neither_side(page):
    widget(page, "Gallery").select("Parabola").run()
    widget(page, "Runner").set_value(2).run()
    assert widget(page, "Learning rate").value == 1  # 2/λmax of x^2
    assert set(column(page, "side")) == {2}
    assert any("on the edge" in caption.value for caption in page.caption)


def test_the_arrow_of_a_state_is_what_the_step_makes_of_it():
    at = open_page(function="(x^2 + 10y^2)/2", start_x="2", start_y="1", runner_1="SGD,lr=0.1,momentum=0.9", steps="3")
    (trace,) = [one for one in panel(at, "contours")["figure"]["data"] if one.get("name") == "b"]
    x, y = (np.frombuffer(base64.b64decode(player(at)["arrays"][trace[axis]["once"]]["bdata"]), "f4") for axis in "xy")
    assert (x[0], y[0]) == (2, 1)
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(
        20 / 2 / 2, rel=1e-5
    )  # the first buffer is the gradient (2, 10)
    assert np.isnan(x[-1])


def test_a_run_that_ended_says_no_next_step():
    at = open_page(function="x^4 + y^2", start_x="3", runner_1="SGD,lr=1", runner_2="Adam,lr=0.1", steps="50")
    steps = len(column(at, "loss")) - 1
    ended = len(column(at, "line 0 0"))
    assert ended < steps == 50
    assert len(column(at, "x")) == steps + 1
    assert column(at, "follows").tolist() == [1] * ended + [0] * (steps + 1 - ended)


def test_when_the_time_is_over_all_runners_have_come_about_as_far(monkeypatch):
    ticks = itertools.count()
    clock = SimpleNamespace(thread_time=lambda: next(ticks))  # a second passes whenever somebody looks: at each step
    monkeypatch.setattr(runs, "time", clock)
    monkeypatch.setattr(runs, "RUN_SECONDS", 6 * runs.TURN)
    at = open_page(function=ROSENBROCK, runner_1="Adam,lr=0.01", runner_2="SGD,lr=0.0001", steps="9000")
    reached = [int(column(at, f"evaluations {i}")[-1]) for i in range(2)]
    assert sum(reached) == pytest.approx(6 * runs.TURN, abs=5)
    assert abs(reached[0] - reached[1]) <= runs.TURN
    assert "of 9,000 steps: the page computes for" in player(at)["status"]


def test_an_update_is_rate_times_gradient_where_both_cancel_out_as_well():
    at = open_page(function="(x^2 + 10y^2)/2", start_x="2", start_y="1", runner_1="SGD,lr=0.1", steps="20")
    assert " − 0.1 · (" in player(at)["readouts"][0][1]["lines"][1]


@pytest.mark.parametrize("plane", ["foo", "x, y"])
def test_a_plane_that_a_function_lacks_is_passed_over(plane):
    at = open_page(function="a^2 + b^2 + c^2", plane=plane, runner_1="SGD,lr=0.1", steps="5")
    assert not at.exception
    assert panel(at, "contours")["title"] == "Loss over the principal plane"
    widget(at, "Plane").select("a, c").run()
    assert panel(at, "contours")["title"] == "Loss over a and c"
    assert link(at)["plane"] == "a, c"


@pytest.mark.parametrize("function", ["x^2", "x^2 + y^2", "x^2 + y^2 + z^2"])
@pytest.mark.parametrize("far", ["1e100", "-1e100", "1e101", "1e308", "-1e300"])
def test_a_start_far_away_is_drawn_or_refused(function, far):
    at = open_page(function=function, start_x=far, runner_1="SGD,lr=0.1", steps="5")
    assert not at.exception
    assert bool(problems(at)) == (abs(float(far)) > 1e100)
    widget(at, "Start x").set_value(float(far)).run()
    assert not at.exception


@pytest.mark.slow
def test_steps_of_all_runners_together_have_a_limit(page):
    for _ in range(4):
        widget(page, "Add").click().run()
    widget(page, "Steps").set_value(3001).run()
    assert problems(page) == ["Steps is 3,001: 6 runners take at most 3,000 steps each."]
    at = open_page(function="x^2", runner_1="SGD,lr=0.1", runner_2="Adam,lr=0.1", steps="10000")
    assert widget(at, "Steps").value == 9000
    assert "2 runners take at most 9,000 steps each" in problems(at)[0]
    widget(at, "Remove").click().run()
    widget(at, "Steps").set_value(10_000).run()
    widget(at, "Add").click().run()
    assert widget(at, "Steps").value == 9000


@pytest.mark.slow
@pytest.mark.parametrize("variables", [2, 8])
def test_the_largest_race_fits_into_a_message(variables):
    text = " + ".join(f"{k}x_{k}^2" for k in range(1, variables + 1))
    runners = {f"runner_{k + 1}": f"Adam,lr=0.0{k + 1}" for k in range(6)}
    at = open_page(function=text, steps="3000", noise="0.1", **runners)
    assert not at.exception
    assert len(at.get("bidi_component")[1].proto.json) < 10_000_000


@pytest.mark.parametrize("text", ["x^2 + y^2 + z^2", "x*y*z"])
def test_a_path_on_a_straight_line_lies_in_a_plane_that_can_be_seen(text):
    at = open_page(function=text, runner_1="SGD,lr=0.1", steps="20")
    layout = panel(at, "contours")["figure"]["layout"]
    (left, right), (low, high) = (layout[axis]["range"] for axis in ("xaxis", "yaxis"))
    assert high - low > 0.2 * (right - left)


@pytest.mark.parametrize("name", ["Rosenbrock", "Parabola"])
def test_every_line_of_the_step_says_something_at_every_step(page, name):
    widget(page, "Gallery").select(name).run()
    shown = player(page)
    steps = len(column(page, "loss")) - 1
    for board in (one for one in shown["panels"] if "rows" in one):
        for part in (part for row in board["rows"] for cell in row for part in cell if isinstance(part, dict)):
            for one in part.get("columns", [part] if "column" in part else []):
                length = len(column(page, one["column"]))
                assert length in (steps, steps + 1)


def test_what_is_to_be_typed_instead_is_one_press_away():
    at = open_lab("descent")
    at.text_input(key="descent function").set_value("2{x + 1}^2").run()
    assert problems(at) == ["'{' can't be used here: write 2(x + 1)^2."]
    at.button(key="descent function remedy").click().run()
    assert at.text_input(key="descent function").value == "2(x + 1)^2"
    assert link(at)["function"] == "2(x + 1)^2"
    assert not problems(at)


def test_a_word_is_used_as_a_name_at_a_press_and_in_the_link():
    at = open_lab("descent")
    at.text_input(key="descent function").set_value("(rate - 1)^2 + x^2").run()
    button = at.button(key="descent function remedy")
    assert button.label == "Use rate as a name"
    button.click().run()
    assert not problems(at)
    assert link(at)["function"] == "f(rate, x) = (rate - 1)^2 + x^2"
    assert at.text_input(key="descent start_rate").label == "Start rate"


def test_the_other_reading_is_one_press_away():
    at = open_lab("descent")
    at.text_input(key="descent function").set_value("1/2x^2 + y^2").run()
    at.button(key="descent function reading 0").click().run()
    assert not problems(at)
    assert link(at)["function"] == "1/(2x^2) + y^2"
    assert "descent function reading 0" not in [one.key for one in at.button]


def test_nothing_is_offered_where_nothing_is_known_that_was_meant():
    at = open_lab("descent")
    at.text_input(key="descent function").set_value("x +").run()
    assert problems(at)
    assert "descent function remedy" not in [one.key for one in at.button]
