"""What a link says of a race, on the lab Descent."""

from dataclasses import replace

import pytest

from playground.engine.runner import Runner
from playground.labs.descent.lab import LAB
from playground.labs.descent.problem import Formula
from playground.labs.shared.fields import MAX_REASON
from playground.labs.shared.race.state import PRINCIPAL, Race, RaceState, Region

MILLION = 1_000_000

BOWL = RaceState(race=Race(Formula("x^2 + y^2"), (3.0, -2.0), (Runner(lr=0.1), Runner("Adam", 0.5)), 70))
ON_BOWL = replace(LAB, default=BOWL)
THREE = RaceState(race=Race(Formula("x + y + z"), (1.0, 2.0, 3.0), (Runner(),), 70))
ON_THREE = replace(LAB, default=THREE)


# ---- What is written.


def test_a_link_says_only_what_is_not_as_by_default():
    assert ON_BOWL.write_link(BOWL) == {}
    assert ON_BOWL.write_link(BOWL.racing(steps=9, noise=0.5)) == {"steps": "9", "noise": "0.5"}
    assert ON_BOWL.write_link(replace(BOWL, selected=1)) == {"selected": "2"}
    assert ON_BOWL.write_link(BOWL.with_start((3.0, 0.25))) == {"start_y": "0.25"}


def test_a_link_of_another_function_says_all_that_nobody_would_guess():
    assert LAB.write_link(BOWL) == {
        "function": "x^2 + y^2",
        "start_x": "3",
        "start_y": "-2",
        "runner_1": "SGD,lr=0.1",
        "runner_2": "Adam,lr=0.5",
        "steps": "70",
    }
    blank = RaceState(race=Race(Formula("q^2"), (1.0,), (Runner("SGD", 0.01),), LAB.default.race.steps))
    assert LAB.write_link(blank) == {"function": "q^2"}


def test_a_link_says_how_the_race_is_looked_at():
    region = Region(((-1.0, 3.0), (-2.0, 2.5)), (0.0, 1.0, 0.5), (1.0, 0.0, 0.0, 0.0, 0.6, 0.8))
    state = replace(THREE, plane="x, z", colours="log", loss_axis="linear", region=region)
    said = {
        "plane": "x, z",
        "colours": "log",
        "loss_axis": "linear",
        "region": "-1;3;-2;2.5;0;1;0.5;1;0;0;0;0.6;0.8",
    }
    assert ON_THREE.write_link(state) == said
    assert ON_THREE.read_link(said) == (state, "")
    flat = replace(BOWL, region=Region(((-1.0, 3.0), (-2.0, 2.5))))
    assert ON_BOWL.write_link(flat) == {"region": "-1;3;-2;2.5"}


def test_a_runner_keeps_its_number():
    state = BOWL.with_runners((Runner("Adam", 0.5), Runner("LBFGS", 1.0)), (1, 4), 1)
    said = {"runner_2": "Adam,lr=0.5", "runner_5": "LBFGS", "selected": "5"}
    assert ON_BOWL.write_link(state) == said
    assert ON_BOWL.read_link(said) == (state, "")
    alone = ON_BOWL.read_link({"runner_2": "SGD,lr=0.1"}).state
    assert (alone.race.slots, alone.race.runners) == ((1,), (Runner(lr=0.1),))


# ---- What is read.


@pytest.mark.parametrize("said", [{}, {"utm_source": "x", "embed": "true", "start_q": "7"}], ids=str)
def test_a_link_that_says_nothing_is_the_default_with_all_that_it_has(said):
    noisy = BOWL.racing(noise=2.0, noise_kind="rare spikes", seed=5, tolerance=0.1)
    assert replace(LAB, default=noisy).read_link(said) == (noisy, "")


@pytest.mark.parametrize(
    ("said", "runner"),
    [
        ({"optimizer": "Adam", "lr": "0.1"}, Runner("Adam", 0.1)),
        ({"optimizer": "Adam"}, Runner("Adam", 0.001)),
        ({"lr": "0.3", "momentum": "0.5"}, Runner("SGD", 0.3, (("momentum", 0.5),))),
        ({"scheduler": "StepLR", "beta_7": "3"}, Runner("SGD", 0.001, (), "StepLR")),
        (
            {"optimizer": "LBFGS", "scheduler": "StepLR", "gamma": "0.5"},
            Runner("LBFGS", 1.0, (), "StepLR", (("gamma", 0.5),)),
        ),
    ],
    ids=str,
)
def test_one_runner_may_be_written_by_the_keys_of_its_settings(said, runner):
    assert ON_BOWL.read_link(said) == (BOWL.with_runners((runner,), (0,), 0), "")


def test_a_numbered_runner_stands_before_one_without_a_number():
    said = {"runner_3": "Adam,lr=0.3", "optimizer": "LBFGS", "lr": "0.1"}
    assert ON_BOWL.read_link(said) == (BOWL.with_runners((Runner("Adam", 0.3),), (2,), 0), "")


def test_a_link_of_another_function_has_none_of_the_defaults_starts_runners_and_noise():
    noisy = replace(BOWL.racing(noise=2.0, noise_kind="rare spikes", seed=5, tolerance=0.1), colours="log")
    link = replace(LAB, default=noisy).read_link({"function": "x^2 + y^4", "start_y": "4"})
    race = Race(Formula("x^2 + y^4"), (1.0, 4.0), (Runner("SGD", 0.01),), LAB.default.race.steps)
    assert link == (RaceState(race=race), "")


def test_a_link_of_the_defaults_own_function_has_all_of_the_default():
    assert ON_BOWL.read_link({"function": "x^2 + y^2", "start_y": "4"}) == (BOWL.with_start((3.0, 4.0)), "")


# ---- What can't be used.

WRONG = [
    {"function": ")("},
    {"function": "3"},
    {"function": "a+b+c+d+f+g+h+k+l"},
    {"function": "(" * MILLION},
    {"function": "x" * MILLION},
    {"function": ""},
    {"start_x": "nan"},
    {"start_x": "1e101"},
    {"start_x": "1" * MILLION},
    {"runner_1": "Powell,lr=1"},
    {"runner_1": "Adam,lr=abc"},
    {"runner_1": "SGD,nesterov=true"},
    {"runner_1": "LevenbergMarquardt"},
    {"runner_1": "SGD,batch_size=2"},
    {"runner_1": "Z" * MILLION},
    {"runner_1": "SGD," + "lr=1," * (MILLION // 5)},
    {"runner_1": "Adam,lr=" + "9" * MILLION},
    {"optimizer": "Powell"},
    {"lr": "abc"},
    {"optimizer": "LBFGS", "line_search_fn": "w" * MILLION},
    {"seed": "1.5"},
    {"seed": "1e300"},
    {"steps": "1e300"},
    {"steps": "9" * MILLION},
    {"steps": "2.5"},
    {"noise": "-1"},
    {"noise_kind": "w" * MILLION},
    {"tolerance": "0"},
    {"selected": "3"},
    {"selected": "0"},
    {"selected": "1.5"},
    {"selected": "first"},
    {"plane": "x, y, z"},
    {"plane": "w" * MILLION},
    {"colours": "red"},
    {"loss_axis": "auto"},
    {"region": "1;2;3"},
    {"region": "1;2;3;4;5"},
    {"region": "2;1;3;4"},
    {"region": "1;2;3;nan"},
    {"region": "1;" * (MILLION // 2)},
]


@pytest.mark.parametrize("said", WRONG, ids=lambda said: str(said)[:40])
def test_what_a_link_says_wrongly_is_named_and_the_default_stands_instead(said):
    link = ON_BOWL.read_link(said)
    assert link.state == BOWL
    assert all(f"{key}={text[:40]}" in link.problem for key, text in said.items())
    assert link.problem.startswith("Ignored in this link: ")
    assert link.problem.endswith(").")
    assert len(link.problem) < 2 * MAX_REASON


def test_what_a_link_says_well_is_kept_beside_what_it_says_wrongly():
    said = {"function": "x^4 + y^2", "start_x": "nan", "start_y": "5", "steps": "many", "seed": "6", "noise": "0.5"}
    said |= {"runner_1": "Powell", "runner_3": "Adam,lr=0.3", "runner_6": "SGD,lr=x", "selected": "3"}
    link = ON_BOWL.read_link(said)
    race = Race(
        Formula("x^4 + y^2"), (1.0, 5.0), (Runner("Adam", 0.3),), LAB.default.race.steps, 0.5, seed=6, slots=(2,)
    )
    assert link.state == RaceState(race=race)
    assert all(part in link.problem for part in ("start_x=nan", "steps=many", "runner_1=Powell", "runner_6=SGD,lr=x"))
    for part in ("start_y", "seed", "noise", "runner_3", "function", "selected"):
        assert part not in link.problem


def test_what_belongs_to_a_function_that_cannot_be_used_is_still_read():
    link = ON_BOWL.read_link({"function": "x +", "start_x": "7", "runner_1": "Adam,lr=0.2", "plane": PRINCIPAL})
    assert link.state == BOWL.with_runners((Runner("Adam", 0.2),), (0,), 0).with_start((7.0, -2.0))
    assert link.problem.count("=") == 1


def test_more_runners_than_a_race_has_are_named():
    link = ON_BOWL.read_link({f"runner_{i}": f"SGD,lr=0.{i}" for i in range(1, 9)})
    assert [runner.lr for runner in link.state.race.runners] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert "runner_7=SGD,lr=0.7 (a race takes runner_1 to runner_6)" in link.problem


def test_a_start_of_another_size_is_named_and_its_runner_kept():
    link = ON_BOWL.read_link(
        {"runner_1": "SGD,lr=0.2,start=1;2;3", "runner_2": "SGD,start=4;5", "runner_3": "SGD,start=1"}
    )
    assert link.state.race.runners == (
        Runner("SGD", 0.2),
        Runner("SGD", 0.001, start=(4.0, 5.0)),
        Runner("SGD", 0.001),
    )
    assert "runner_1=SGD,lr=0.2,start=1;2;3 (the start has 3 values, and the parameters are x, y)" in link.problem
    assert "runner_3=SGD,start=1 (the start has 1 value, and the parameters are x, y)" in link.problem
    assert "runner_2" not in link.problem


def test_more_steps_than_so_many_runners_may_take_are_as_many_as_they_may():
    said = {f"runner_{i}": "SGD" for i in range(1, 7)} | {"steps": "10000"}
    link = ON_BOWL.read_link(said)
    assert link.state.race.steps == 3000
    assert link.problem == "Ignored in this link: steps=10000 (6 runners take at most 3,000 steps each)."
