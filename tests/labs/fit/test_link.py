"""What a link says of a fit."""

from dataclasses import replace
from hashlib import blake2s

import pytest

from playground.data.datasets import DATASETS
from playground.data.points import MAX_TEXT, Points
from playground.data.recipe import Recipe
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import Runner
from playground.labs.fit.lab import LAB
from playground.labs.fit.problem import TUTORIAL_START, Regression
from playground.labs.fit.state import DEFAULT, LEFT_OUT, FitState, is_linked, left_out
from playground.labs.shared.fields import MAX_REASON
from playground.labs.shared.race.state import Race

MILLION = 1_000_000


def on(**changes):
    """The default state on another regression."""
    return DEFAULT.with_problem(Regression(**changes))


# ---- What is written.


def test_a_link_of_a_fit_says_only_what_is_not_as_by_default():
    assert LAB.write_link(DEFAULT) == {}
    assert LAB.write_link(replace(DEFAULT, side="Data")) == {"side": "Data"}
    points = Points((1.0, 2.0), (3.0, 4.5), (1.0, 2.0), (True, False))
    chosen = Regression("w_1*x", points, "sse", (("l2", 0.5),))
    state = FitState(race=Race(chosen, (2.0,), (Runner(batch_size=1),), 7))
    assert LAB.write_link(state) == {
        "model": "w_1*x",
        "points": "1,3,h;2,4.5,2",
        "loss": "sse",
        "l2": "0.5",
        "start_w_1": "2",
        "runner_1": "SGD,lr=0.01,batch_size=1",
        "steps": "7",
    }


def test_the_data_that_a_link_says_are_by_name_or_by_their_points():
    for name, dataset in DATASETS.items():
        said = LAB.write_link(on(points=dataset.points))
        assert said.keys() & {"data", "made", "points", LEFT_OUT} == ({"data"} if name != "Tutorial" else set())
        assert DATASETS[said.get("data", "Tutorial")].points == dataset.points, name


def test_a_frame_of_the_data_that_is_held_is_said():
    state = replace(DEFAULT, data_frame=((0.0, 2.5), (-1.0, 8.0)))
    assert LAB.write_link(state) == {"data_frame": "0;2.5;-1;8"}
    assert LAB.read_link({"data_frame": "0;2.5;-1;8"}) == (state, "")


def test_points_too_many_for_a_link_are_left_out_of_it_and_it_says_so():
    many = Points(tuple(i / 7 for i in range(1000)), tuple(i / 3 for i in range(1000)))
    state = on(points=many)
    said = LAB.write_link(state)
    assert said == {"points_left_out": f"1000-{blake2s(left_out(state).text.encode(), digest_size=4).hexdigest()}"}
    assert LAB.read_link(said) == (
        DEFAULT,
        f"Ignored in this link: points_left_out={said['points_left_out']} (they were too many for a link, and this tab "
        "hasn't kept them: paste or upload them again).",
    )
    assert LAB.read_link(said, left_out(state).text) == (state, "")
    assert not is_linked(state)
    assert all(is_linked(on(points=dataset.points)) for dataset in DATASETS.values())


def test_points_that_were_generated_are_said_by_their_recipe_however_many_they_are():
    made = Recipe("sin(w*x)", (("w", 1 / 3),), -5.0, 5.0, 10_000, noise=0.2, outliers=0.01, seed=7)
    state = on(points=made.points)
    said = LAB.write_link(state)
    assert said["made"] == "sin(w*x);-5;5;10000;0.2;0.01;7;0;w=0.3333333333333333"
    assert not said.keys() & {"data", "points", LEFT_OUT}
    assert is_linked(state)
    assert LAB.read_link(said) == (state, "")


# ---- What can't be used.


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
        ({"made": "1/x;0;1;20;0;0;0;0"}, "at x = 0"),
        ({"made": "garbage"}, "made=garbage"),
        ({"made": "(" * MILLION}, "made=" + "(" * 40 + "…"),
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
        ({"standardise": "yes"}, "standardise=yes ('yes' is neither true nor false)"),
        ({"runner_1": "SGD,batch_size=9"}, "runner_1=SGD,batch_size=9"),
        ({"batch_size": "9"}, "batch_size=9"),
        ({"batch_size": "1.5"}, "batch_size=1.5"),
        ({"batch_size": "-1"}, "batch_size=-1"),
        ({"start_a": "here"}, "start_a=here"),
        ({"side": "Both"}, "side=Both"),
        ({"data_frame": "0;1;2"}, "data_frame=0;1;2"),
        ({"data_frame": "1;0;2;3"}, "data_frame=1;0;2;3"),
        ({"data_frame": "0;1;2;1e101"}, "data_frame=0;1;2;1e101"),
        ({"data_frame": "0;1;2;nan"}, "data_frame=0;1;2;nan"),
        ({"data_frame": "0;" * (MILLION // 2)}, "data_frame=0;0;"),
    ],
    ids=lambda one: str(one)[:40] if isinstance(one, dict) else "",
)
def test_what_a_fits_link_says_wrongly_is_named_and_the_default_stands_instead(said, named):
    link = LAB.read_link(said)
    assert link.state == DEFAULT
    assert named in link.problem
    assert link.problem.startswith("Ignored in this link: ")
    assert link.problem.endswith(").")
    assert len(link.problem) < 2 * MAX_REASON


def test_a_batch_larger_than_the_data_is_dropped_with_its_runner_alone():
    said = {"runner_1": "SGD,lr=0.1,batch_size=9", "runner_2": "Adam,lr=0.1,batch_size=3"}
    link = LAB.read_link(said)
    assert link.state.race.runners == (Runner("Adam", 0.1, batch_size=3),)
    assert link.state.race.slots == (1,)
    assert "runner_1=SGD,lr=0.1,batch_size=9 (the batch size must be a whole number from 1 to 4" in link.problem
    assert "runner_2" not in link.problem


@pytest.mark.parametrize("name", [name for name, record in OPTIMIZERS.items() if record.needs == "residuals"])
@pytest.mark.parametrize("change", [{"loss": "mae"}, {"loss": "huber"}, {"l1": "0.5"}], ids=str)
def test_an_optimizer_of_sums_of_squares_is_refused_on_another_loss_and_the_loss_stays(name, change):
    for said in ({"optimizer": name}, {"runner_1": name}):
        link = LAB.read_link(change | said)
        regression = Regression(loss=change.get("loss", "mse"), penalties=(("l1", 0.5),) if "l1" in change else ())
        assert link.state.regression == regression
        assert [runner.optimizer for runner in link.state.race.runners] == ["SGD"]
        assert f"={name} ({name} needs a sum of squares" in link.problem
    assert LAB.read_link({"optimizer": name}) == (DEFAULT.with_runners((Runner(name, 1.0),), (0,), 0), "")


def test_what_a_fits_link_says_well_is_kept_beside_what_it_says_wrongly():
    said = {"model": "a*x + c", "data": "nope", "loss": "sse", "l1": "0.5", "l2": "-1", "standardise": "true"}
    link = LAB.read_link(said | {"runner_1": "SGD,batch_size=2", "start_c": "3"})
    assert link.state.regression == Regression("a*x + c", loss="sse", penalties=(("l1", 0.5),), standardise=True)
    assert link.state.race.start == (TUTORIAL_START["a"], 3.0)
    assert link.state.race.runners == (Runner("SGD", 0.001, batch_size=2),)
    assert all(part in link.problem for part in ("data=nope", "l2=-1"))
    assert not any(part in link.problem for part in ("model", "loss", "l1", "standardise", "runner"))


def test_of_data_that_are_said_in_several_ways_the_points_stand_before_the_recipe_and_that_before_the_set():
    said = {"data": "Anscombe 1", "made": "2x;0;1;20;0;0;0;0", "points": "1,2;3,4"}
    assert LAB.read_link(said).state.regression.points == Points((1.0, 3.0), (2.0, 4.0))
    made = LAB.read_link(said | {"points": "1,2;3"})
    assert len(made.state.regression.points) == 20
    assert "points=1,2;3" in made.problem
    named = LAB.read_link(said | {"points": "1,2;3", "made": "2x"})
    assert named.state.regression.points == DATASETS["Anscombe 1"].points


def test_a_loss_that_the_default_data_cannot_have_is_read_with_the_data_that_can():
    said = {"loss": "bce", "points": "0,0;1,1;2,1", "runner_1": "LevenbergMarquardt"}
    link = LAB.read_link(said)
    assert link.state.regression == Regression(points=Points((0.0, 1.0, 2.0), (0.0, 1.0, 1.0)), loss="bce")
    assert "runner_1=LevenbergMarquardt" in link.problem


def test_a_link_of_another_fit_has_none_of_the_defaults_starts_runners_and_noise():
    noisy = replace(DEFAULT.racing(noise=2.0, noise_kind="rare spikes", seed=5, tolerance=0.1), side="Data")
    link = replace(LAB, default=noisy).read_link({"model": "a*x + c", "start_c": "3"})
    race = Race(Regression("a*x + c"), (TUTORIAL_START["a"], 3.0), (Runner("SGD", 0.01),), 100)
    assert link == (FitState(race=race), "")
    assert replace(LAB, default=noisy).read_link({"model": "a*x + b"}) == (noisy, "")
