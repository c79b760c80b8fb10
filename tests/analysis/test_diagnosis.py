import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import Fit, Function, descend
from playground.analysis.curvature import curvature
from playground.analysis.diagnosis import LEAST_RISES, diagnose
from playground.data.gallery import PRESETS
from playground.engine.stationary import SETTLED
from playground.labs.descent.presets import race_of
from tests.cases import each_case

KINDS = (
    "At the start|Converging|Converging slowly|Converged|"
    "At the bottom|At a saddle|At a maximum|At a ridge|Flat|Nothing moves|"
    "Standing still|Diverging since step \\d+|Stuck near a (saddle|maximum|ridge)|Passing a (saddle|maximum|ridge)|"
    "Zig-zagging|Oscillating|Swinging|Overshooting|Climbing|Jumping|Plateau|Creeping along a valley|Descending|Level|"
    "Rising|Wandering|Thrown far off|Not finite|Diverged|Bottomless"
)
SENTENCE = re.compile(f"({KINDS}): .*\\.")
LONGEST = 120


def diagnosed(text, start, **settings):
    objective = Function(text)
    trajectory = descend(objective, start, **settings)
    return trajectory, checked(objective, trajectory)


def checked(objective, trajectory):
    texts = diagnose(trajectory, curvature(objective, trajectory.parameters), objective)
    assert len(texts) == trajectory.steps + 1
    for text in texts:
        assert SENTENCE.fullmatch(text), text
        assert len(text) <= LONGEST, text
        assert "-" not in text.replace("Zig-zagging", ""), text
    return texts


def said(text, start, **settings):
    return diagnosed(text, start, **settings)[1]


def kind(text):
    return text.partition(":")[0]


def test_the_start():
    assert said("(1-x)^2 + 100(y-x^2)^2", [-1.2, 1], lr=1e-3, steps=0) == [
        "At the start: the loss is 24.2 and the gradient's length 233."
    ]


@pytest.mark.parametrize("lr", [0.05, 0.1, 0.15, 0.2])
def test_a_parabola_converges_by_its_factor(lr):
    texts = said("x^2", [3], lr=lr, steps=12)
    factor = 1 - 2 * lr
    assert texts[1] == (
        f"Converging: at this step the gradient's length shrank to {6 * factor:.3g}, by a factor of {factor:.3g}."
    )
    assert all(kind(text) == "Converging" for text in texts[1:])
    assert texts[12] == (
        f"Converging: over the last 10 steps the gradient's length shrank to {6 * factor**12:.3g}, "
        f"by a factor of {factor:.3g} a step."
    )


def test_a_parabola_has_converged_when_its_gradient_is_short():
    trajectory, texts = diagnosed("x^2", [3], lr=0.1, steps=100)
    first = next(k for k, text in enumerate(texts) if kind(text) == "Converged")
    # Newton's step is x itself, and the largest that x has been is the 3 that it has come from.
    assert 0.8**first <= SETTLED < 0.8 ** (first - 1)
    assert all(kind(text) == "Converged" for text in texts[first:])
    assert texts[-1].endswith("and the curvature is 2.")
    assert trajectory.outcome.name == "CONVERGED"


def test_a_parabola_diverges_above_its_limit():
    texts = said("x^2", [3], lr=1.05, steps=300)
    assert (
        texts[1] == "Overshooting: the loss rose from 9 to 10.9, past a lower point; the rate 1.05 is above 2/λmax = 1."
    )
    assert texts[4] == (
        f"Diverging since step 0: the loss rose at each step, from 9 to {9 * 1.21**4:.3g}; "
        "the rate 1.05 is above 2/λmax = 1."
    )
    assert {kind(text) for text in texts[LEAST_RISES:]} == {"Diverging since step 0"}


def test_a_divergence_is_dated():
    # x falls to 0 at first, and y grows from next to nothing: by 1.2 a step, until it is all there is.
    trajectory, texts = diagnosed("x^2/2 + 11y^2/2", [1, 1e-3], lr=0.2, steps=60)
    losses = trajectory.losses.tolist()
    since = losses.index(min(losses))
    assert since > 3
    assert kind(texts[-1]) == f"Diverging since step {since}"
    assert not any("Diverging" in text for text in texts[: since + LEAST_RISES])


def test_a_divergence_to_the_end_of_the_numbers():
    texts = said("x^4", [3], lr=1, steps=50)
    assert texts[-1] == "Diverged: the loss is inf at this step; before, it rose at each step from step 0 on."
    assert said("-exp(x)", [1], lr=10, steps=50)[-1] == "Bottomless: the loss has fallen to −inf."


def test_turning_back_at_each_step():
    falls = said("x^2", [3], lr=0.9, steps=20)
    assert falls[20] == (
        f"Zig-zagging: all of the last 10 steps turned back, by 180° on average, and the loss fell from "
        f"{9 * 0.8**20:.3g} to {9 * 0.8**40:.3g}."
    )
    stays = said("x^2", [3], lr=1, steps=20)
    assert stays[1] == "Overshooting: the loss stayed at 9, past a lower point."
    assert stays[3] == "Oscillating: 2 of the last 3 steps turned back, by 180° on average, and the loss stayed at 9."


def test_zigzags_across_a_valley():
    trajectory, texts = diagnosed("(x^2 + 10y^2)/2", [2, 1], lr=0.18, steps=60)
    assert {kind(text) for text in texts[3:]} == {"Zig-zagging"}
    steps = trajectory.parameters.diff(dim=0)
    cosines = torch.cosine_similarity(steps[1:], steps[:-1])[-10:]
    assert f"by {cosines.arccos().rad2deg().mean():.0f}° on average" in texts[-1]


def test_a_saddle_of_which_a_run_knows_nothing():
    texts = said("x^2 - y^2", [1, 0], lr=0.1, steps=100)
    assert re.fullmatch(
        r"At a saddle: the gradient's length is 4.\d*e−10, and the curvature is −2 along \(0, 1\)\.", texts[100]
    )
    assert texts[30].startswith("Stuck near a saddle: the gradient's length is only 0.00248, and the curvature is −2")
    assert not any("Converge" in text for text in texts)


def test_a_maximum_a_ridge_and_no_curvature_at_all():
    assert said("-x^2", [0], lr=0.1, steps=2)[1] == (
        "At a maximum: the gradient's length is 0, and the curvature is −2."
    )
    assert said("-x^2 + 0y", [0, 1], lr=0.1, steps=2)[1] == (
        "At a ridge: the gradient's length is 0, and the curvature is −2 along (1, 0)."
    )
    assert said("x^3 - 3x y^2", [0, 0], lr=0.1, steps=2)[1] == (
        "Flat: the gradient's length is 0, and the curvature is 0."
    )
    assert said("x^2 + 0y", [0, 1], lr=0.1, steps=2)[1] == (
        "Flat: the gradient's length is 0, and the curvature is from 0 to 2."
    )
    names = said("a^2 + b^2 + c^2 + d^2 - q^2", [0] * 5, lr=0.1, steps=2)[1]
    assert names.endswith("the curvature is −2, mostly along q.")


def test_a_step_onto_the_minimum_has_converged_once_it_stays():
    texts = said("x^2", [3], lr=0.5, steps=2)
    assert texts[1:] == [
        "At the bottom: the gradient's length is 0, and the curvature is 2.",
        "Converged: the gradient's length is 0, and the curvature is 2.",
    ]


def test_momentum_swings():
    texts = said("x^2", [3], lr=0.02, momentum=0.9, steps=60)
    assert "Climbing: the loss rose from" in " ".join(texts)
    assert "set out uphill, 0° from the gradient" in " ".join(texts)
    assert not any("Diverging" in text for text in texts)


def test_nothing_moves():
    assert said("x^2", [3], lr=0.0, steps=3)[1:] == ["Nothing moves: the learning rate is 0."] * 3
    still = said("x^2", [3], lr=1e-12, steps=3)
    assert still[1] == "Standing still: this step went no further than 6e−12, though the gradient's length is 6."
    assert kind(still[3]) == "Standing still"


def test_a_timid_rate_is_named():
    assert said("x^2", [3], lr=1e-4, steps=1)[1] == (
        "Descending: the loss fell by 0.0036 to 9 at this step; the rate 0.0001 is far below 2/λmax = 1."
    )


def test_what_is_not_finite():
    start = said("log(x)", [-1], lr=0.1, steps=5)
    assert start == ["Not finite: the loss is nan at the start, so no step can be taken."]
    left = said("sqrt(x) + x", [0.01], lr=0.1, steps=5)
    assert left[-1] == "Not finite: the loss is nan at this step, where the run ends."
    assert "gradient" in said("sqrt(x)", [0], lr=0.1, steps=5)[0]


def test_losses_through_zero_and_far_from_it():
    assert "from 1 to −4" in said("x", [1], lr=0.5, steps=10)[10]
    assert kind(said("x^2 + 1e9", [3], lr=0.1, steps=10)[10]) == "Converging"


def test_noise_that_outweighs_the_gradient():
    texts = said("x^2/2", [0.1], lr=0.1, steps=30, noise=10.0)
    assert texts[30].startswith("Wandering: ")
    assert texts[30].count("of the last 10 steps had noise longer than the gradient") == 1
    assert said("x^2/2", [3], lr=0.1, steps=5, noise=1e-9)[5].startswith("Converging: ")


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_presets(preset):
    race = race_of(preset)
    for runner in race.runners:
        trajectory = race.descent(runner).run(race.steps)
        texts = checked(race.objective, trajectory)
        lengths = trajectory.gradients.norm(dim=-1)
        for k, text in enumerate(texts):
            agrees(text, k, trajectory.losses.tolist(), lengths.tolist())


KNOWN = {
    ("Saddle", 0, 18): "Stuck near a saddle",
    ("Plateau", 0, 300): "Plateau",
    ("Plateau", 1, 300): "Converged",
    ("Easom", 0, 500): "Plateau",
    ("Bowl, κ = 1", 0, 2): "Converged",
    ("Bowl, κ = 10", 0, 50): "Zig-zagging",
    ("Bowl, κ = 100", 0, 200): "Creeping along a valley",
    ("Bowl, κ = 100", 1, 200): "Diverging since step 0",
    ("Bowl, κ = 100", 2, 100): "Swinging",
    ("Badly scaled bowl", 1, 300): "Diverging since step 0",
    ("Bounded saddle", 0, 36): "Stuck near a saddle",
    ("Bounded saddle", 0, 200): "Converged",
    ("Rosenbrock", 0, 500): "Creeping along a valley",
    ("|x| + |y|", 0, 200): "Oscillating",
    ("Adam's limit cycle", 1, 500): "Oscillating",
    ("Rare spikes fool Adam", 1, 500): "Wandering",
}


@each_case(("name", "runner", "step"), KNOWN)
def test_what_presets_show(name, runner, step):
    race = race_of(PRESETS[name])
    trajectory = race.descent(race.runners[runner]).run(step)
    assert kind(checked(race.objective, trajectory)[step]) == KNOWN[name, runner, step]


def agrees(text, k, losses, lengths):
    """That a sentence's kind is true of the losses and the gradients' lengths."""
    word, before = kind(text), max(0, k - 10)
    if word in ("Converging", "Converging slowly", "Zig-zagging", "Creeping along a valley"):
        assert losses[k] < losses[before]
    if word.startswith("Converging"):
        assert lengths[k] < lengths[before]
    if word in ("Converged", "At the bottom", "Flat", "At a saddle", "At a maximum", "At a ridge"):
        assert lengths[k] <= 1e-3 * max(lengths) or lengths[k] <= 1e-6
    if word in ("Climbing", "Jumping"):
        assert losses[k] > losses[k - 1]
    if word == "Overshooting":
        assert losses[k] >= losses[k - 1] - 1e-12 * abs(losses[k])
    if word.startswith("Diverging"):
        since = int(word.split()[-1])
        assert all(losses[i] < losses[i + 1] for i in range(since, k))
        assert k - since >= LEAST_RISES
    if word == "Descending":
        assert losses[k] < losses[before] or losses[k] < losses[k - 1]


@given(
    squares=st.lists(st.floats(-3, 30), min_size=1, max_size=8),
    mixed=st.floats(-1, 1),
    offset=st.floats(-5, 5),
    lr=st.floats(0, 1),
    momentum=st.sampled_from([0, 0, 0.5, 0.9]),
    start=st.floats(-2, 2),
    noise=st.sampled_from([0, 0, 0, 0.1]),
)
def test_quadratics(squares, mixed, offset, lr, momentum, start, noise):
    names = "abcdfghk"[: len(squares)]
    text = " + ".join(f"({square})*{name}^2/2" for square, name in zip(squares, names, strict=True))
    objective = Function(f"{text} + ({mixed})*{names[0]}*{names[-1]} + ({offset})")
    starts = [start * math.cos(i) for i in range(len(squares))]
    trajectory = descend(objective, starts, lr=lr, steps=25, momentum=momentum, noise=noise)
    lengths = trajectory.gradients.norm(dim=-1).tolist()
    for k, said_here in enumerate(checked(objective, trajectory)):
        agrees(said_here, k, trajectory.losses.tolist(), lengths)


@pytest.mark.parametrize("optimizer", ["LBFGS", "Rprop", "Adagrad", "RMSprop"])
def test_other_optimizers(optimizer):
    objective = Function("(1-x)^2 + 100(y-x^2)^2")
    trajectory = descend(objective, [-1.2, 1], optimizer, steps=60)
    for k, text in enumerate(checked(objective, trajectory)):
        agrees(text, k, trajectory.losses.tolist(), trajectory.gradients.norm(dim=-1).tolist())


def test_a_run_that_was_thrown_off_is_never_said_to_converge():
    fit = Fit("A*exp(-b*exp(-c*x))", [0.7, 1, 2, 3], [8, 21, 45, 50])
    trajectory = descend(fit, {"A": 4, "b": 1, "c": -2}, lr=0.01, steps=100)
    texts = checked(fit, trajectory)
    step = next(k for k in range(100) if trajectory.losses[k] > 1e10)
    assert texts[step] == f"Thrown far off: step {step} took the loss from 1240 to 2.56e27."
    assert {kind(text) for text in texts[step:]} == {"Thrown far off"}


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_the_unit_of_the_data_changes_no_kind(unit):
    x, y = [0.5, 0.9, 1.4, 1.8], [2.0, 3.8, 5.0, 7.2]
    fit, plain = Fit("a*x + b", x, [unit * one for one in y]), Fit("a*x + b", x, y)
    kinds = [
        [kind(text) for text in checked(one, descend(one, [-0.5 * by, -0.6 * by], lr=0.3, steps=300))]
        for one, by in ((fit, unit), (plain, 1.0))
    ]
    assert kinds[0] == kinds[1]
    assert kinds[0][-1] == "Converged"


def test_no_parameters_and_numbers_near_the_largest():
    assert said("3", [], lr=0.1, steps=2)[1] == "Converged: the gradient's length is 0, and the curvature is 0."
    assert said("x^2", [1e150], lr=0.1, steps=2)[1].startswith("Converging")
