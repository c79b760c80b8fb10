"""How the page Network shows what the start does: runners with starts of their own, and many seeds at once."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from playground import INITIALISATIONS, descend
from playground.analysis.network_measures import best_constant_loss
from playground.data.sample import Sample
from playground.engine.runner import DrawnStart, Runner
from playground.labs import LABS
from playground.labs.network import seeds
from playground.labs.network.problem import Training
from playground.labs.network.seeds import COUNT, affordable_steps, say_cost, tally, train_seeds
from playground.labs.network.state import DEFAULT
from playground.labs.shared.race.fields import label_runners
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.runs import Work, run_race
from tests.labs.driver import as_number, column, link, names, open_lab, panel, player, problems

STEPS = 25
NETWORK = DEFAULT.training.objective
LAB = LABS["network"]


def widget(at, label):
    kinds = ("selectbox", "text_input", "checkbox")
    return as_number(at, next(one for kind in kinds for one in at.get(kind) if one.label == label))


def open_page(**query):
    at = open_lab("network", **({"steps": str(STEPS)} | query))
    assert not at.exception
    return at


def view_of(at):
    return LAB.view(at.session_state["network session"])


def state_of(**query):
    state, problem = LAB.read_link({"steps": str(STEPS)} | query)
    assert not problem
    return state


def results_of(state, steps=None, *, is_partial=False):
    return RaceResults(state, run_race(state.race, Work(), steps or state.race.steps), is_partial=is_partial)


# ---- Starts of one's own.


def test_six_runners_start_from_six_initialisations_in_one_race():
    query = {f"runner_{i + 1}": f"Adam,lr=0.05,start={name};3" for i, name in enumerate(INITIALISATIONS)}
    at = open_page(**query)
    assert problems(at) == []
    for i, name in enumerate(INITIALISATIONS):
        run = descend(NETWORK, NETWORK.start(name, 3), "Adam", lr=0.05, steps=STEPS)
        np.testing.assert_array_equal(column(at, f"loss {i}"), run.losses)
    loss = next(one for one in view_of(at).panels if one.name == "loss").figure
    legend = [one.name for one in loss.data if one.showlegend is not False]
    assert sorted(legend) == sorted([*INITIALISATIONS, "held out"])
    assert {name: text for name, text in link(at).items() if name in query} == query


@pytest.mark.parametrize(
    ("runners", "labels"),
    [
        ([Runner("Adam", 0.05)], ["Adam 0.05"]),
        ([Runner("Adam", 0.05), Runner("SGD", 0.1)], ["Adam 0.05", "SGD 0.1"]),
        ([Runner("Adam", 0.05, start=DrawnStart("zeros", 2))], ["Adam 0.05 zeros, seed 2"]),
        ([Runner(start=DrawnStart("zeros", 0)), Runner()], ["zeros", "default"]),
        ([Runner(start=DrawnStart("default", 1)), Runner()], ["default, seed 1", "default, seed 0"]),
        (
            [Runner("Adam", 0.05, start=DrawnStart("xavier", 0)), Runner("SGD", 0.05)],
            ["Adam 0.05 xavier, seed 0", "SGD 0.05 default, seed 0"],
        ),
    ],
    ids=str,
)
def test_the_names_say_in_what_runners_differ(runners, labels):
    assert label_runners(runners, DrawnStart()) == labels


def test_a_runner_gets_its_own_start_on_the_page_and_the_others_stay():
    at = open_page(runner_1="Adam,lr=0.05", runner_2="Adam,lr=0.05", selected="2")
    widget(at, "Own start").check().run()
    assert link(at)["runner_2"] == "Adam,lr=0.05,start=default;0"
    widget(at, "Initialisation").set_value("xavier").run()
    widget(at, "Seed of the start").set_value(4).run()
    assert not at.exception
    assert link(at)["runner_2"] == "Adam,lr=0.05,start=xavier;4"
    assert not {"initialisation", "start_seed"} & {*link(at)}
    for i, start in enumerate((NETWORK.start(), NETWORK.start("xavier", 4))):
        np.testing.assert_array_equal(
            column(at, f"loss {i}"), descend(NETWORK, start, "Adam", lr=0.05, steps=STEPS).losses
        )
    widget(at, "Own start").uncheck().run()
    np.testing.assert_array_equal(column(at, "loss 1"), column(at, "loss 0"))


def test_a_start_of_its_own_goes_along_to_another_network():
    state = state_of(runner_1="Adam,lr=0.05,start=kaiming;2").training_on(hidden=(3,), activation="relu")
    assert state.start == tuple(state.training.objective.start("kaiming", 2).tolist())


def test_equal_starts_are_one_run_however_they_are_said():
    state = state_of(runner_1="Adam,lr=0.05", runner_2="Adam,lr=0.05,start=default;0")
    work = Work()
    run_race(state.race, work, 5)
    assert len(work.descents) == 1


@pytest.mark.parametrize(
    ("lab", "text", "said"),
    [
        ("network", "Adam,lr=0.05,start=zero;0", "'zero' is no number"),
        ("network", "Adam,lr=0.05,start=zeros", "one seed"),
        ("network", "Adam,lr=0.05,start=zeros;1;2", "one seed"),
        ("network", "Adam,lr=0.05,start=zeros;-1", "whole number from 0"),
        ("network", "Adam,lr=0.05,start=zeros;1.5", "whole number"),
        ("descent", "Adam,lr=0.05,start=zeros;1", "has no initialisations"),
        ("fit", "Adam,lr=0.05,start=xavier;1", "has no initialisations"),
    ],
)
def test_a_start_that_cant_be_drawn_is_refused(lab, text, said):
    state, problem = LABS[lab].read_link({"runner_1": text})
    assert said in problem
    assert state.runner.start is None


def test_the_script_draws_the_runners_own_start():
    at = open_page(runner_1="Adam,lr=0.05,start=xavier;4")
    state = at.session_state["network session"].state
    from playground.labs.network.script import write_script

    script = write_script(state)
    assert "torch.manual_seed(4)" in script
    assert "xavier_uniform_" in script


# ---- Fifty seeds.


def test_the_seeds_come_by_choice_with_their_cost_said_before():
    at = open_page()
    assert not {"seeds", "seeds_said"} & {*names(at)}
    assert any(one.value == f"Takes about 0.1 s for all {STEPS} steps." for one in at.caption)
    widget(at, "50 seeds").check().run()
    assert not at.exception
    assert link(at)["seeds"] == "true"
    assert {"seeds", "seeds_said"} <= {*names(at)}
    assert panel(at, "seeds")["title"] == "Seeds"


@pytest.mark.parametrize("seed", [0, 7, 49])
def test_the_chosen_run_is_one_of_the_rows_to_the_last_bit(seed):
    results = results_of(state_of(seeds="true", start_seed=str(seed)))
    found = train_seeds(results)
    run = descend(NETWORK, NETWORK.start(seed=seed), "Adam", lr=0.05, steps=STEPS)
    assert torch.equal(found.losses[seed], run.losses)
    assert torch.equal(found.held_out[seed], torch.stack([NETWORK.held_out.loss(one) for one in run.parameters])) or (
        torch.allclose(found.held_out[seed], NETWORK.held_out.loss(run.parameters), rtol=1e-14)
    )
    figure = seeds.seed_parts(results).pictures[0].figure
    thin = next(one for one in figure.data if one.name == "50 seeds")
    rows = np.asarray(thin.y).reshape(COUNT, -1)[:, :-1]
    np.testing.assert_array_equal(rows[seed], run.losses.numpy().astype(np.float32))
    on_top = [np.asarray(one.y) for one in figure.data if (one.meta or {}).get("cursor") == "path"]
    np.testing.assert_array_equal(on_top[0], run.losses)


def test_every_row_is_the_run_of_its_seed():
    found = train_seeds(results_of(state_of(seeds="true", initialisation="xavier")))
    assert found.losses.shape == (COUNT, STEPS + 1)
    for seed in range(0, COUNT, 7):
        run = descend(NETWORK, NETWORK.start("xavier", seed), "Adam", lr=0.05, steps=STEPS)
        torch.testing.assert_close(found.losses[seed], run.losses, rtol=1e-11, atol=0)
        torch.testing.assert_close(found.held_out[seed], NETWORK.held_out.loss(run.parameters), rtol=1e-11, atol=0)


@pytest.mark.parametrize(
    "more",
    [
        {"runner_1": "SGD,lr=0.1,batch_size=16,momentum=0.9", "seed": "3"},
        {"runner_1": "Adam,lr=0.05,scheduler=StepLR,step_size=5", "noise": "0.01"},
        {"runner_1": "Adam,lr=0.05,start=kaiming;60"},
    ],
    ids=str,
)
def test_the_seeds_take_the_runners_settings_along(more):
    state = state_of(seeds="true", **more)
    found = train_seeds(results_of(state))
    other = state.drawing(seed=20)
    assert other.drawn == DrawnStart(state.drawn.initialisation, 20)
    torch.testing.assert_close(found.losses[20], results_of(other).run.losses, rtol=1e-9, atol=0)


def test_what_is_said_is_counted():
    state = state_of(seeds="true", steps="60", hidden="2", start_seed="3")
    results = results_of(state)
    network = state.training.objective
    ends = [
        float(descend(network, network.start(seed=seed), "Adam", lr=0.05, steps=60).losses[-1]) for seed in range(COUNT)
    ]
    share = network.y.mean()
    level = float(-(share * share.log() + (1 - share) * (1 - share).log())) / 2
    found = tally(results, train_seeds(results))
    assert found.level == pytest.approx(level, rel=1e-9)
    assert found.learnt == sum(end < level for end in ends)
    assert found.lower == sum(end < ends[3] for end in ends)
    assert 0 < found.learnt < COUNT
    rows = dict(found.rows())
    assert f"best: seed {int(np.argmin(ends))}" in rows
    assert f"worst: seed {int(np.argmax(ends))}" in rows
    assert rows["chosen: seed 3"] == f"{ends[3]:.4g}"
    at = open_page(seeds="true", steps="60", hidden="2", start_seed="3")
    assert found.sentence in player(at)["status"]
    assert found.sentence in panel(at, "seeds")["description"]


def test_a_seed_beyond_them_is_compared_and_said_to_be_none_of_them():
    results = results_of(state_of(seeds="true", start_seed="1000"))
    found = tally(results, train_seeds(results))
    ends = train_seeds(results_of(state_of(seeds="true"))).losses[:, -1]
    assert found.lower == int((ends < results.run.losses[-1]).sum())
    assert any("chosen: seed 1000, none of them" in what for what, _ in found.rows())


def test_rows_that_diverge_end_and_are_counted():
    state = state_of(
        seeds="true", hidden="8, 8", activation="relu", initialisation="large_normal", loss="mse", runner_1="SGD,lr=2.0"
    )
    results = results_of(state)
    found = train_seeds(results)
    lost = found.losses[:, -1].isnan()
    assert lost.sum() > 0
    network = state.training.objective
    for seed in range(4):
        run = descend(network, network.start("large_normal", seed), "SGD", lr=2.0, steps=STEPS)
        assert (run.outcome.name == "DIVERGED") == (found.endings[seed] == "DIVERGED")
        assert bool(run.losses[-1].isfinite()) != bool(lost[seed])
    counted = tally(results, found)
    assert counted.endings["DIVERGED"] >= int(lost.sum())
    assert seeds.seed_parts(results).pictures


@pytest.mark.parametrize("optimizer", ["LBFGS", "Adafactor"])
def test_where_rows_would_be_coupled_it_says_why(optimizer):
    at = open_page(seeds="true", runner_1=f"{optimizer},lr=0.05")
    assert "seeds" not in names(at)
    assert f"No 50 seeds: {optimizer} can't take the steps of many runs at once" in player(at)["status"]
    assert any(one.value.startswith(f"Not here: {optimizer} can't") for one in at.caption)


def test_an_initialisation_that_draws_nothing_says_so():
    parts = seeds.seed_parts(results_of(state_of(seeds="true", initialisation="zeros")))
    assert any("begin alike" in str(row) for row in parts.boards[0].rows)
    assert not any(
        "begin alike" in str(row) for row in seeds.seed_parts(results_of(state_of(seeds="true"))).boards[0].rows
    )


def test_a_first_picture_has_the_steps_that_it_needs():
    state = state_of(seeds="true", steps="200")
    assert train_seeds(results_of(state, 40, is_partial=True)).steps == 40


def test_long_training_of_many_points_is_cut_short_and_said(monkeypatch):
    assert affordable_steps(NETWORK, 200) == 200
    monkeypatch.setattr(seeds, "SECONDS", 0.01)
    count = affordable_steps(NETWORK, 200)
    assert 1 <= count < 20
    assert f" s for {count} of 200 steps." in say_cost(DEFAULT)
    results = results_of(state_of(seeds="true"))
    assert train_seeds(results).steps == count
    monkeypatch.setattr(seeds, "SECONDS", 0.0)
    assert affordable_steps(NETWORK, 200) == 1
    monkeypatch.setattr(seeds, "SECONDS", 1e9)
    big = Training(hidden=(8, 8, 8)).objective
    assert affordable_steps(big, 10**6) * COUNT * len(big.parameters) <= seeds.MAX_KEPT


@pytest.mark.parametrize(
    "more",
    [
        {"hidden": "", "inputs": "x", "made": "function;60;0.1;0.2;0;sin(3x);-2;2"},
        {"made": "blobs;60;0.3;0.2;0;3"},
        {"made": "circle;40;0.1;0;0"},
        {"view": "One step"},
        {"runner_1": "SGD,lr=1e300"},
        {"runner_1": "Adam,lr=0.1", "runner_2": "SGD,lr=0.1,start=xavier;2", "selected": "2"},
        {"loss_axis": "linear"},
    ],
    ids=str,
)
def test_they_can_be_had_of_every_kind_of_training(more):
    at = open_page(seeds="true", **more)
    assert ("seeds" in names(at)) == ("view" not in more)


# ---- The best constant answer.


def test_the_best_constant_answer_is_what_each_loss_says():
    y = DEFAULT.training.objective.y
    assert best_constant_loss(Training(loss="mse").objective) == pytest.approx(float(y.var(correction=0)), rel=1e-9)
    points = Sample("blobs").points
    network = Training(points=points, loss="cross_entropy").objective
    shares = torch.bincount(network.y.long()) / len(network.y)
    assert best_constant_loss(network) == pytest.approx(float(-(shares * shares.log()).sum()), rel=1e-6)
    wave = Training(points=Sample("function").points, inputs=("x",), loss="mae").objective
    assert best_constant_loss(wave) == pytest.approx(float((wave.y - wave.y.median()).abs().mean()), rel=1e-2)


def test_states_that_differ_in_the_seeds_alone_are_other_links():
    on = replace(DEFAULT, seeds=True)
    assert LAB.write_link(on) == {"seeds": "true"}
    assert LAB.read_link({"seeds": "true"}) == (on, "")
