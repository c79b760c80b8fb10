"""How the page Network shows the loss around the run: the planes, how far off them the run is, and the sharpness."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from playground import descend
from playground.analysis.planes import random_plane
from playground.analysis.sharpness import predict_seconds
from playground.engine.runner import Runner
from playground.errors import InputError
from playground.labs import LABS
from playground.labs.network import sharpness
from playground.labs.network.loss_fields import PLANE_KIND, PLANE_WEIGHTS, SPANNED, TWO_WEIGHTS
from playground.labs.network.sharpness import is_plain, measured_steps, say_cost
from playground.labs.network.state import DEFAULT, count_rows
from playground.labs.shared.race.state import CURVATURE, PRINCIPAL, RANDOM
from tests.labs.driver import as_number, column, link, names, open_lab, panel, player, problems

WEIGHTS = "0.weight[1,0], 2.bias[0]"
NETWORK = DEFAULT.training.objective
STEPS = "30"


def run_of(steps=int(STEPS)):
    return descend(NETWORK, DEFAULT.race.start, "Adam", lr=0.05, steps=steps)


def open_page(**query):
    at = open_lab("network", **({"steps": STEPS} | query))
    assert not at.exception
    return at


def view_of(at):
    return LABS["network"].view(at.session_state["network session"])


def widget(at, label):
    kinds = ("selectbox", "text_input", "checkbox")
    return as_number(at, next(one for kind in kinds for one in at.get(kind) if one.label == label))


# ---- Planes.


@pytest.mark.parametrize(
    ("plane", "title"),
    [
        (PRINCIPAL, "Loss over the principal plane: "),
        (RANDOM, "Loss over two random directions: "),
        (CURVATURE, "Loss over the directions of largest curvature: "),
        (WEIGHTS, "Loss over 0.weight[1,0] and 2.bias[0]: "),
    ],
)
def test_each_plane_says_what_it_is_and_how_much_of_the_path_it_holds(plane, title):
    at = open_page(plane=plane)
    assert problems(at) == []
    said = panel(at, "contours")["title"]
    assert said.startswith(title)
    assert f"plane holds {said.removeprefix(title)}" in [one for line in player(at)["readouts"] for one in line]
    view, points = view_of(at), run_of().parameters.numpy()
    share = float(said.removeprefix(title).removesuffix(" % of the path's variance"))
    kept = points[(run_of().losses <= run_of().losses[0]).numpy()]
    away = kept - kept.mean(0)
    along = away @ view.region.plane.directions.numpy().T
    assert share == pytest.approx(100 * (along**2).sum() / (away**2).sum(), rel=1e-2)
    if plane == PRINCIPAL:
        squares = np.linalg.svd(away, compute_uv=False) ** 2
        assert share == pytest.approx(100 * squares[:2].sum() / squares.sum(), rel=1e-2)


def test_the_random_directions_are_those_of_the_seed_around_the_end_of_the_run():
    view = view_of(open_page(plane=RANDOM, plane_seed="3"))
    run = run_of()
    end = run.parameters[run.losses <= run.losses[0]][-1]
    assert torch.equal(view.region.plane.directions, random_plane(NETWORK, end, 3).directions)
    assert torch.equal(view.region.plane.origin, end)
    (left, right), (low, high) = view.region.frame
    assert left < -float(end.norm()) < float(end.norm()) < right
    assert low < 0 < high


def test_the_plane_of_largest_curvature_is_steepest_where_the_run_ends():
    view = view_of(open_page(plane=CURVATURE))
    largest = np.linalg.eigvalsh(NETWORK.hessian(view.region.plane.origin).numpy())[:-3:-1]
    directions = view.region.plane.directions
    found = (directions @ NETWORK.hessian(view.region.plane.origin) @ directions.T).diagonal()
    np.testing.assert_allclose(found, largest, rtol=1e-9)


@pytest.mark.parametrize("plane", [*SPANNED, WEIGHTS])
def test_the_readout_says_how_high_the_runs_point_lies_above_or_below_its_slice(plane):
    at = open_page(plane=plane)
    heights, sides = column(at, "height"), column(at, "side of the slice")
    region, run = view_of(at).region, run_of()
    for step, theta in enumerate(run.parameters.numpy()):
        drawn = max(since for since, _ in region.slices if since <= step)
        origin = dict(region.slices)[drawn].origin.numpy()
        directions = region.plane.directions.numpy()
        foot = origin + (theta - origin) @ directions.T @ directions
        expected = float(run.losses[step]) - float(NETWORK.loss(foot))
        assert heights[step] == pytest.approx(abs(expected), abs=1e-12)
        assert sides[step] == (1 if expected > 0 else 2) or heights[step] == 0
        assert sides[step] or abs(expected) < 1e-12
    assert (heights > 1e-6).any()  # the run leaves the slices


def test_the_surface_that_is_drawn_is_the_loss_in_the_chosen_plane():
    view = view_of(open_page(plane=RANDOM))
    contours = next(one for one in view.panels if one.name == "contours")
    drawn = next(one for one in contours.figure.data if one.type == "contour")
    plane = view.region.slices[0][1]
    x, y = (float(np.asarray(one)[5]) for one in (drawn.x, drawn.y))
    expected = float(NETWORK.loss(plane.points(torch.tensor([x, y], dtype=torch.float64))))
    assert expected > 0
    value = float(np.asarray(drawn.z)[5, 5])
    assert value == pytest.approx(expected, rel=1e-5) or 10**value == pytest.approx(expected, rel=1e-5)


def test_the_plane_is_chosen_on_the_page_and_two_weights_begin_with_the_chosen_one():
    at = open_page(chosen="5")
    widget(at, "Loss plane").set_value(RANDOM).run()
    assert link(at)["plane"] == RANDOM
    widget(at, "Seed of the directions").set_value(2).run()
    assert link(at)["plane_seed"] == "2"
    widget(at, "Loss plane").set_value(TWO_WEIGHTS).run()
    assert link(at)["plane"] == "0.weight[2,1], 0.weight[3,0]"
    widget(at, "Up").set_value("0.weight[2,1]").run()  # they change places
    assert link(at)["plane"] == "0.weight[3,0], 0.weight[2,1]"
    widget(at, "Across").set_value("2.bias[0]").run()
    assert link(at)["plane"] == "2.bias[0], 0.weight[2,1]"
    assert not at.exception
    assert panel(at, "contours")["title"].startswith("Loss over 2.bias[0] and 0.weight[2,1]: ")


def test_whatever_is_chosen_in_the_network_two_weights_are_two():
    for chosen in range(count_rows(NETWORK.widths)):
        state = PLANE_KIND.with_choice(replace(DEFAULT, chosen=chosen), TWO_WEIGHTS)
        across, up = (one.get(state) for one in PLANE_WEIGHTS)
        assert across != up


@pytest.mark.parametrize(
    "plane", ["nonsense", "0.weight[0,0]", "0.weight[0,0], 0.weight[0,0]", "0.weight[9,9], 0.bias[0]"]
)
def test_a_plane_that_the_network_lacks_gives_way(plane):
    at = open_page(plane=plane)
    assert panel(at, "contours")["title"].startswith("Loss over the principal plane")
    assert "plane=" in LABS["network"].read_link({"plane": plane})[1]
    with pytest.raises(InputError, match="two weights such as") as error:
        replace(DEFAULT, plane=plane)
    assert error.value.field == "plane"


def test_another_network_keeps_directions_and_leaves_weights_that_it_lacks():
    assert replace(DEFAULT, plane=RANDOM).training_on(hidden=(2,)).plane == RANDOM
    assert replace(DEFAULT, plane="0.weight[0,0], 0.weight[1,0]").training_on(hidden=(2,)).plane != PRINCIPAL
    assert replace(DEFAULT, plane="0.weight[3,0], 0.weight[1,0]").training_on(hidden=(2,)).plane == PRINCIPAL


@pytest.mark.parametrize("plane", [*SPANNED, WEIGHTS])
@pytest.mark.parametrize(
    "more",
    [
        {"initialisation": "zeros"},
        {"hidden": ""},
        {"hidden": "", "inputs": "x", "made": "function;60;0.1;0.2;0;sin(3x);-2;2"},
        {"activation": "relu", "runner_1": "SGD,lr=1e300"},
        {"runner_1": "SGD,lr=0"},
        {"runner_1": "SGD,lr=0.1", "runner_2": "Adam,lr=0.1", "selected": "2"},
    ],
    ids=str,
)
def test_every_plane_can_be_drawn_of_networks_and_runs_of_every_kind(plane, more):
    assert {"data", "loss", "contours", "surface"} <= {*names(open_page(plane=plane, **more))}


# ---- Sharpness.


def test_the_sharpness_comes_by_choice_and_says_its_cost_before():
    at = open_page()
    assert "sharpness" not in names(at)
    assert any("Takes about 0.1 s for all 31 points" in one.value for one in at.caption)
    widget(at, "Sharpness").check().run()
    assert not at.exception
    assert link(at)["sharpness"] == "true"
    figure = next(one for one in view_of(at).panels if one.name == "sharpness").figure
    assert figure.layout.yaxis.type == "log"
    lines = {one.name: np.asarray(one.y) for one in figure.data if one.name}
    assert [*lines] == ["2/lr", "λmax"]
    whole = [np.asarray(one.y) for one in figure.data if len(one.y) == 31]
    theta = run_of().parameters
    expected = torch.linalg.eigvalsh(NETWORK.hessian(theta))[:, -1]
    assert any(np.allclose(one, expected, rtol=1e-4) for one in whole)
    assert any(np.allclose(one, 2 / 0.05) for one in whole)


def test_of_a_long_run_some_steps_are_measured_and_straight_lines_go_between(monkeypatch):
    monkeypatch.setattr(sharpness, "MOST_STEPS", 4)
    view = view_of(open_page(sharpness="true"))
    shown = next(one for one in view.panels if one.name == "sharpness")
    assert "measured at 4 points" in shown.description
    theta = run_of().parameters[[0, 10, 20, 30]]
    expected = torch.linalg.eigvalsh(NETWORK.hessian(theta))[:, -1]
    between = np.interp(np.arange(31), [0, 10, 20, 30], expected)
    whole = [np.asarray(one.y) for one in shown.figure.data if len(one.y) == 31]
    assert any(np.allclose(one, between, rtol=1e-4) for one in whole)


def test_only_of_plain_sgd_is_two_by_the_rate_called_a_limit():
    def named(**query):
        view = view_of(open_page(sharpness="true", **query))
        shown = next(one for one in view.panels if one.name == "sharpness")
        return next(one.name for one in shown.figure.data if one.name)

    assert named(runner_1="SGD,lr=0.1") == "2/lr, where SGD becomes unstable"
    for other in ("SGD,lr=0.1,momentum=0.9", "SGD,lr=0.1,batch_size=5", "Adam,lr=0.1"):
        assert named(runner_1=other) == "2/lr"
    assert named(runner_1="SGD,lr=0.1", noise="0.5") == "2/lr"
    assert is_plain(DEFAULT.with_runner(Runner("SGD", 0.1)))


def test_two_by_the_rate_follows_the_scheduler():
    view = view_of(open_page(sharpness="true", runner_1="SGD,lr=0.1,scheduler=StepLR,step_size=10"))
    shown = next(one for one in view.panels if one.name == "sharpness")
    whole = [np.asarray(one.y) for one in shown.figure.data if len(one.y) == 31]
    assert any(np.allclose(one[[0, 9, 10, 20]], [20, 20, 200, 2000]) for one in whole)


def test_what_would_take_long_is_measured_at_fewer_points_and_said(monkeypatch):
    assert len(measured_steps(NETWORK, 5000)) == 100
    monkeypatch.setattr(sharpness, "SECONDS", 40.5 * predict_seconds(NETWORK, 1))
    assert len(measured_steps(NETWORK, 5000)) == 40
    assert " s for 40 of 201 points of the run." in say_cost(DEFAULT)
    monkeypatch.setattr(sharpness, "SECONDS", 0.0)
    assert len(measured_steps(NETWORK, 5000)) == sharpness.LEAST_STEPS
    assert measured_steps(NETWORK, 1) == [0]


def test_a_run_that_becomes_nan_has_its_sharpness_as_far_as_it_goes():
    at = open_page(sharpness="true", hidden="4, 4", activation="relu", runner_1="SGD,lr=1e300")
    assert "sharpness" in names(at)
