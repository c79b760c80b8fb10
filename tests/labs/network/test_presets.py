"""The gallery of networks: what holds of every preset, and what each one says, on its own run."""

import itertools
import json
import math
import time
from dataclasses import replace
from functools import lru_cache

import pytest
import torch
from torch.nn import functional

from playground import INITIALISATIONS, descend
from playground.analysis.network_measures import count_dead_units, measure_layers
from playground.engine.runner import Runner
from playground.labs.network.lab import LAB, PRESET
from playground.labs.network.presets import PRESETS, preset_of_race, race_of, state_of
from playground.labs.network.problem import Training, inputs_at
from playground.labs.network.state import DEFAULT
from playground.labs.shared.race.fields import label_of
from tests.labs.driver import open_lab, player
from tests.labs.typing_in import begin

LONGEST = 162
"""Characters that fit into the line beside the title."""

each_preset = pytest.mark.parametrize("name", PRESETS)


# ---- What holds of every preset.


@each_preset
def test_a_preset_is_read_from_its_own_link_whatever_the_lab_opens_on(name):
    state = state_of(PRESETS[name])
    noisy = LAB.default.racing(noise=2.0, noise_kind="rare spikes", seed=5, tolerance=0.1)
    for lab in (LAB, replace(LAB, default=noisy)):
        assert lab.read_link(lab.write_link(state)) == (state, "")
    assert "preset" not in LAB.write_link(state)


@each_preset
def test_choosing_a_preset_shows_it_and_a_change_of_the_run_ends_that(name):
    preset = PRESETS[name]
    state = PRESET.put(DEFAULT, name)
    assert preset_of_race(state.race) is preset
    assert PRESET.get(state) == name
    assert preset_of_race(replace(state.race, steps=preset.steps + 1)) is None
    assert PRESET.get(state.training_on(start_seed=77)) is None
    assert PRESET.put(state, None) is state


@each_preset
def test_a_preset_says_one_sentence_that_fits(name):
    preset = PRESETS[name]
    assert preset.source
    assert preset.shows.endswith(".")
    assert len(f"{name}: {preset.shows}") <= LONGEST
    labels = [label_of(runner) for runner in preset.runners]
    assert len({*labels}) == len(labels)


@pytest.mark.slow
@each_preset
def test_the_page_shows_a_preset_in_time(name):
    state = state_of(PRESETS[name])
    begun = time.process_time()
    LAB.view(begin("network", state))
    assert time.process_time() - begun < 15  # some twenty times what it takes: so long only where something is wrong
    at = open_lab("network", **LAB.write_link(state))
    assert not at.exception
    assert not at.text
    assert at.selectbox(key="network preset").value == name
    assert PRESETS[name].shows in "".join(one.value for one in at.caption)
    json.dumps(player(at), allow_nan=False)


def test_the_page_opens_on_the_first_preset():
    assert state_of(PRESETS["XOR"]) == LAB.default


# ---- What each preset says.


@lru_cache(maxsize=40)
def train(training, runner, steps):
    return runner.descent(training.objective, training.start).run(steps)


def runs_of(name):
    preset = PRESETS[name]
    race = race_of(preset)
    found = [train(preset.training, one, preset.steps) for one in race.runners]
    for run in found:
        assert len(run.losses) == preset.steps + 1 or run.outcome.name == "DIVERGED"
    return found


def train_with(name, place=0, **changes):
    """The run of a preset's runner on another training."""
    preset = PRESETS[name]
    return train(replace(preset.training, **changes), preset.runners[place], preset.steps)


def held_out_losses(name, run):
    """By torch's own cross entropy, at every step, of what the network says of the points held out."""
    held = PRESETS[name].training.objective.held_out
    with torch.no_grad():
        said = held.predict(run.parameters, held.x).squeeze(-1)
    return functional.binary_cross_entropy_with_logits(said, held.y.expand_as(said), reduction="none").mean(-1)


def right(training, run, held_out=False):
    """The share of points on whose side of 0 the network's output lies."""
    network = training.objective.held_out if held_out else training.objective
    with torch.no_grad():
        said = network.module(run.parameters[-1])(network.x).squeeze(-1)
    return ((said > 0) == (network.y > 0.5)).double().mean().item()


def best_line(training):
    """The most points that any straight line gets right, of many directions and all offsets."""
    network = training.objective
    found = 0.0
    for angle in torch.linspace(0, math.tau, 721, dtype=torch.float64):
        along = network.x @ torch.stack([angle.cos(), angle.sin()])
        ordered = network.y[along.argsort()]
        below = torch.cat([torch.zeros(1, dtype=torch.float64), (1 - ordered).cumsum(0)])
        above = torch.cat([ordered.flip(0).cumsum(0).flip(0), torch.zeros(1, dtype=torch.float64)])
        found = max(found, ((below + above).max() / len(ordered)).item())
    return found


def test_four_units_learn_xor_and_none_does_not():
    four, none = PRESETS["XOR"], PRESETS["XOR without a hidden layer"]
    (with_units,), (without,) = runs_of("XOR"), runs_of("XOR without a hidden layer")
    assert right(four.training, with_units) >= 0.97
    assert without.losses.min() > 0.99 * math.log(2)
    assert without.losses[-1] == pytest.approx(math.log(2), rel=1e-3)
    # No line does well: what these runs lack isn't steps.
    assert right(none.training, without) <= best_line(none.training) < 0.8


def test_squares_make_of_the_circle_a_line():
    training = PRESETS["Squares as inputs"].training
    (run,) = runs_of("Squares as inputs")
    assert right(training, run) >= 0.97
    assert best_line(replace(training, inputs=("x", "y"))) < 0.8
    weight, _ = training.objective.split(run.parameters[-1])[0]
    assert (weight[0, 0] * weight[0, 1]).item() > 0  # both of one sign: an ellipse


def test_layers_without_an_activation_are_one_linear_map():
    training = PRESETS["Layers without an activation"].training
    (run,) = runs_of("Layers without an activation")
    (first, _), (second, _), (third, _) = training.objective.split(run.parameters[-1])
    places = torch.randn(50, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    said = training.objective.predict(run.parameters[-1], places)
    at_zero = training.objective.predict(run.parameters[-1], torch.zeros(1, 2, dtype=torch.float64))
    torch.testing.assert_close(said - at_zero, places @ (third @ second @ first).mT)
    assert right(training, run) <= best_line(training) < 0.95
    bent = train_with("Layers without an activation", activation="tanh")
    assert bent.losses[-1] < run.losses[-1] / 2


def test_each_relu_unit_puts_at_most_one_bend_into_the_curve():
    training = PRESETS["One bend for each unit"].training
    (run,) = runs_of("One bend for each unit")
    assert run.losses[-1] < 0.03  # the noise has a variance of 0.01, and the wave one of ½
    x = torch.linspace(-2, 2, 4001, dtype=torch.float64)
    for theta in (run.parameters[0], run.parameters[-1]):
        said = training.objective.module(theta)(x[:, None]).squeeze(-1).detach()
        bends = (said.diff().diff().abs() > 1e-9).nonzero()[:, 0]
        # A bend between two places bends two triples of them.
        assert 1 <= sum(1 for one, other in itertools.pairwise([-9, *bends.tolist()]) if other - one > 1) <= 8


def test_three_classes_are_parted_by_lines():
    training = PRESETS["Three classes"].training
    (run,) = runs_of("Three classes")
    network = training.objective
    said = network.module(run.parameters[-1])(network.x).detach()
    assert said.shape[1] == training.points.classes == 3
    assert (said.argmax(1) == network.y).double().mean() >= 0.97


def test_zeros_keep_the_units_equal_for_ever():
    training = PRESETS["All weights zero"].training
    (run,) = runs_of("All weights zero")
    (weight, bias), (above, _) = training.objective.split(run.parameters)
    assert weight[-1].abs().min() > 0.1  # they have moved
    assert torch.equal(weight, weight[:, :1].expand_as(weight))
    assert torch.equal(bias, bias[:, :1].expand_as(bias))
    assert torch.equal(above, above[..., :1].expand_as(above))
    assert right(training, run) <= best_line(training) < 0.8
    drawn = train_with("All weights zero", initialisation="default")
    assert right(replace(training, initialisation="default"), drawn) >= 0.97


def test_a_large_start_saturates():
    training = PRESETS["A start too large"].training
    (run,), fair = runs_of("A start too large"), train_with("A start too large", initialisation="xavier")

    def share(training, theta):
        layers = training.objective.forward(theta)[:-1]
        return torch.cat([one.outputs.abs().flatten() > 0.99 for one in layers]).double().mean().item()

    assert 1 - 0.99**2 < 0.02  # the slope of tanh there
    assert share(training, run.parameters[0]) > 0.5
    assert share(training, run.parameters[-1]) > 0.5
    assert share(training, fair.parameters[0]) < 0.02
    assert right(replace(training, initialisation="xavier"), fair, held_out=True) >= 0.97
    assert right(training, run, held_out=True) < 0.9
    held_out, held_out_fair = (held_out_losses("A start too large", one)[-1] for one in (run, fair))
    assert held_out > 3 * held_out_fair


def test_of_six_initialisations_two_set_off_at_once_and_two_never_do():
    preset = PRESETS["Six initialisations"]
    names = [one.start.initialisation if one.start else preset.training.initialisation for one in preset.runners]
    assert names == [*INITIALISATIONS]
    runs = {name: train_from(preset, name) for name in names}
    for run, shown in zip(runs.values(), runs_of(preset.name), strict=True):
        assert torch.equal(run.losses, shown.losses)
    begun = {name: int((run.losses < 0.5).nonzero()[0]) for name, run in runs.items() if (run.losses < 0.5).any()}
    assert begun["kaiming"] < begun["xavier"] < 60
    assert begun["default"] > 100
    assert not {"zeros", "constant"} & {*begun}
    for name in ("zeros", "constant"):
        weight = preset.training.objective.split(runs[name].parameters[-1])[1][0]
        assert torch.allclose(weight, weight[0].expand_as(weight))


def train_from(preset, initialisation):
    network = preset.training.objective
    return descend(network, network.start(initialisation, 0), "SGD", lr=0.3, steps=preset.steps)


def test_sigmoids_let_the_gradient_vanish_where_relus_do_not():
    training = PRESETS["Vanishing gradients"].training
    (run,), relu = runs_of("Vanishing gradients"), train_with("Vanishing gradients", activation="relu")
    first, *_, last = measure_layers(training.objective, run.gradients)[0].tolist()
    assert first < last / 100
    assert run.losses[-1] == pytest.approx(math.log(2), abs=1e-3)
    first, *_, last = measure_layers(training.objective, relu.gradients)[0].tolist()
    assert first > last / 10
    assert right(replace(training, activation="relu"), relu) >= 0.97


def test_a_rate_too_large_kills_relus():
    training = PRESETS["Dead ReLUs"].training
    fast, slow = runs_of("Dead ReLUs")
    network = training.objective
    shares = [count_dead_units(network, one.parameters)[-1, 0].item() for one in (fast, slow)]
    assert shares[0] > 0.5 > shares[1]
    (weight, bias), _ = network.split(fast.parameters[-1])
    dead = (network.x @ weight.mT + bias <= 0).all(0)
    assert dead.double().mean() == shares[0]
    gradient, _ = network.split(fast.gradients[-1])[0]
    assert torch.equal(gradient[dead], torch.zeros_like(gradient[dead]))
    assert right(training, fast) <= 0.93 < 0.97 <= right(training, slow)


def test_a_network_learns_few_noisy_points_by_heart():
    training = PRESETS["Overfitting"].training
    (run,) = runs_of("Overfitting")
    held_out = held_out_losses("Overfitting", run)
    assert training.objective.point_count == 20
    assert run.losses[-1] < 0.001
    assert 15 <= held_out.argmin() <= 30
    assert bool((run.losses.diff() < 0).all())
    assert held_out[-1] > 3 * math.log(2)


def test_weight_decay_keeps_weights_small_and_does_better_on_points_held_out():
    decayed, free = runs_of("Weight decay")
    assert decayed.parameters[-1].norm() < free.parameters[-1].norm() / 2
    assert free.losses[-1] < decayed.losses[-1] / 10
    with_decay, without = (held_out_losses("Weight decay", one)[-1] for one in (decayed, free))
    assert with_decay < without / 3


def test_adam_winds_around_the_spirals_and_sgd_does_not():
    training = PRESETS["Spirals, Adam and SGD"].training
    adam, sgd = runs_of("Spirals, Adam and SGD")
    assert training.objective.widths == (2, 8, 8, 1)
    assert right(training, adam) >= 0.95
    assert right(training, adam, held_out=True) >= 0.95
    assert right(training, sgd) < 0.65


def test_a_rate_over_the_edge_leaps_and_one_far_over_it_diverges():
    steady, leaping, lost = runs_of("A rate over the edge")
    assert bool((steady.losses.diff() < 0).all())
    assert leaping.losses.max() > 5 * leaping.losses[0] > 5 * leaping.losses[-1]
    assert lost.outcome.name == "DIVERGED"
    assert [one.learning_rates[0].item() for one in (steady, leaping, lost)] == [0.2, 0.4, 0.8]


@pytest.mark.slow
def test_sharpness_comes_to_two_over_the_rate_and_stays_there():
    network = PRESETS["Edge of stability"].training.objective

    def sharpness(run, step):
        return torch.linalg.eigvalsh(network.hessian(run.parameters[step]))[-1].item()

    runs = runs_of("Edge of stability")
    for run, runner in zip(runs, PRESETS["Edge of stability"].runners, strict=True):
        limit = 2 / runner.lr
        assert sharpness(run, 0) < 0.7 * limit
        assert [sharpness(run, step) for step in range(500, 2001, 100)] == pytest.approx([limit] * 16, rel=0.08)
        assert (run.losses[500:].diff() > 0).sum() > 100  # up and down
        assert run.losses[-250:].mean() < 0.8 * run.losses[500:750].mean()
    below = train_with_rate("Edge of stability", 0.15)
    assert sharpness(below, 2000) < 2 / 0.15
    assert bool((below.losses.diff() < 0).all())


def train_with_rate(name, lr):
    preset = PRESETS[name]
    return train(preset.training, Runner("SGD", lr), preset.steps)


def test_the_presets_pictures_are_of_what_they_train():
    for preset in PRESETS.values():
        points = preset.training.points
        given = inputs_at(preset.training, points.input_tensor)
        kept = [place for place, held in enumerate(points.held_out) if not held]
        assert isinstance(preset.training, Training)
        assert torch.equal(preset.training.objective.x, given[kept]), preset.name
