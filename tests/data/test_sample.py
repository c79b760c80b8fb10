"""Made points for a network: closed facts about each shape, and recipes that make the same points again."""

import math
import statistics
from contextlib import suppress
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import InputError
from playground.data.features import features
from playground.data.labelled import MAX_LABELLED
from playground.data.points import MAX_TEXT
from playground.data.sample import Sample, sample_from_text
from playground.data.shapes import SHAPES
from tests.cases import each_case
from tests.data.test_datasets import refused

CLASSED = [name for name, shape in SHAPES.items() if shape.has_classes]


def rows(sample):
    """Each point's coordinates and its target."""
    return [(*place, target) for place, target in zip(sample.points.inputs, sample.points.targets, strict=True)]


# ---- Without noise each shape is what it is called.


def circle_fact(sample):
    for x, y, target in rows(sample):
        assert math.hypot(x, y) <= 1 if target else 1.4 <= math.hypot(x, y) <= 2
    # Half of a disc's area lies within 1/sqrt(2) of its centre, and half of the ring's within sqrt((1.4² + 2²)/2).
    for target, half in ((1, 0.5), (0, (1.4**2 + 2**2) / 2)):
        inner = [x**2 + y**2 < half for x, y, one in rows(sample) if one == target]
        assert statistics.mean(inner) == pytest.approx(0.5, abs=0.05)


def xor_fact(sample):
    assert all(
        target == (x * y < 0) and 0.2 <= min(abs(x), abs(y)) <= max(abs(x), abs(y)) <= 2
        for x, y, target in rows(sample)
    )
    quadrants = [(x > 0, y > 0) for x, y, _ in rows(sample)]
    assert {quadrants.count(one) for one in quadrants} == {len(quadrants) // 4}


def blobs_fact(sample):
    for count in (2, 3, 4):
        points = replace(sample, blobs=count).points
        assert points.classes == count
        for k in range(count):
            own = [place for place, target in zip(points.inputs, points.targets, strict=True) if target == k]
            mean = 1.5 * math.cos(math.tau * k / count), 1.5 * math.sin(math.tau * k / count)
            for axis in (0, 1):
                column = [place[axis] for place in own]
                assert statistics.mean(column) == pytest.approx(mean[axis], abs=4 * 0.4 / math.sqrt(len(own)))
                assert statistics.stdev(column) == pytest.approx(0.4, rel=0.1)


def spirals_fact(sample):
    for x, y, target in rows(sample):
        radius = math.hypot(x, y)
        angle = 2.5 * math.pi * radius / 2 + math.pi * target
        assert (x, y) == pytest.approx((radius * math.cos(angle), radius * math.sin(angle)))
    # A point in each of 1,000 parts of an arm, whose radii grow alike.
    for target in (0, 1):
        radii = [math.hypot(x, y) for x, y, one in rows(sample) if one == target]
        assert all(k <= radius / 2 * 1000 <= k + 1 for k, radius in enumerate(radii))


def moons_fact(sample):
    for x, y, target in rows(sample):
        side = -1 if target else 1
        assert math.hypot(x + side * 0.5, y + side * 0.25) == pytest.approx(1)
        assert side * (y + side * 0.25) >= -1e-12


def boundary_fact(sample):
    assert all(target == (y > math.sin(3 * x)) for x, y, target in rows(sample))
    for axis in (0, 1):
        column = sorted(place[axis] for place in sample.points.inputs)
        assert -2 <= column[0] < -1.9 < 1.9 < column[-1] <= 2
        assert statistics.mean(column) == pytest.approx(0, abs=0.1)


def function_fact(sample):
    x = [place for place, _ in rows(sample)]
    assert x == pytest.approx([-2 + 4 * i / 1999 for i in range(2000)])
    assert [y for _, y in rows(sample)] == pytest.approx([math.sin(3 * one) for one in x])


FACTS = {
    "circle": circle_fact,
    "XOR": xor_fact,
    "blobs": blobs_fact,
    "spirals": spirals_fact,
    "moons": moons_fact,
    "boundary": boundary_fact,
    "function": function_fact,
}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_without_noise_is_what_it_is_called(kind):
    FACTS[kind](Sample(kind, n=2000, noise=0.0, seed=1))


CONDITIONS = {
    "x^2 + y^2 < 1": lambda x, y: x * x + y * y < 1,
    "y > x and y > -x": lambda x, y: y > abs(x),
    "|x| + |y| >= 1": lambda x, y: abs(x) + abs(y) >= 1,
    "0 < xy": lambda x, y: x * y > 0,
    "floor(x) % 2 == 0": lambda x, _: math.floor(x) % 2 == 0,
    "y > ln(x)": lambda x, y: x > 0 and y > math.log(x),
    "sqrt(x) < 1": lambda x, _: 0 <= x < 1,
}


@each_case("text", CONDITIONS)
def test_a_typed_boundary_gives_class_1_where_python_says_it_holds(text):
    sample = Sample("boundary", n=500, noise=0.0, boundary=text, low=-3.0, high=2.0)
    assert sample.points.classes == 2
    assert all(target == CONDITIONS[text](x, y) for x, y, target in rows(sample))
    assert all(-3 <= one <= 2 for place in sample.points.inputs for one in place)


# ---- What all kinds do.


@each_case("kind", SHAPES)
def test_a_shape_says_what_it_shows_and_fits_together(kind):
    shape, sample = SHAPES[kind], Sample(kind)
    assert shape.name == kind
    assert shape.label[0].isupper()
    assert shape.shows.endswith(".")
    assert sample.shape is shape
    assert len(sample.points) == sample.n
    assert sample.points.recipe == sample.text
    assert (sample.points.classes > 0) == shape.has_classes
    assert sample.points.dimensions == (2 if shape.has_classes else 1)


@each_case("kind", SHAPES)
def test_the_same_recipe_makes_the_same_points_and_another_seed_others(kind):
    sample = Sample(kind, seed=3)
    torch.manual_seed(0)  # of no account
    assert Sample(kind, seed=3).points == sample.points
    assert Sample(kind, seed=4).points != sample.points
    assert hash(Sample(kind, seed=3)) == hash(sample)


@each_case("kind", [kind for kind in CLASSED if kind != "boundary"])
@each_case("n", [4, 41, 200])
def test_classes_are_of_the_same_size(kind, n):
    targets = Sample(kind, n=n).points.targets
    counts = [targets.count(k) for k in range(Sample(kind).points.classes)]
    # XOR deals out quadrants, two to a class.
    assert max(counts) - min(counts) <= (2 if kind == "XOR" else 1)
    assert sum(counts) == n


@each_case("kind", SHAPES)
def test_noise_moves_points_by_its_standard_deviation_and_changes_no_class(kind):
    clean, noisy = (Sample(kind, n=5000, noise=noise).points for noise in (0.0, 0.3))
    assert noisy.held_out == clean.held_out
    if SHAPES[kind].has_classes:
        assert noisy.targets == clean.targets
        moved = noisy.input_tensor - clean.input_tensor
    else:
        assert noisy.inputs == clean.inputs
        moved = noisy.target_tensor - clean.target_tensor
    assert float(moved.mean()) == pytest.approx(0, abs=4 * 0.3 / math.sqrt(5000))
    assert float(moved.std()) == pytest.approx(0.3, rel=0.05)


@each_case("kind", SHAPES)
@each_case(("n", "share", "count"), [(200, 0.0, 0), (200, 0.2, 40), (7, 0.5, 4), (10, 0.11, 1), (200, 0.9, 180)])
def test_the_test_points_are_the_share_that_was_asked_for(kind, n, share, count):
    points = Sample(kind, n=n, test_share=share, seed=2).points
    assert sum(points.held_out) == count
    assert replace(points, held_out=()) == replace(Sample(kind, n=n, test_share=0.0, seed=2).points, held_out=())


def test_more_test_points_are_those_that_there_were_and_others():
    few, many = (Sample(test_share=share).points.held_out for share in (0.1, 0.4))
    assert all(late for early, late in zip(few, many, strict=True) if early)
    # By chance: neither the first nor every k-th.
    assert len({b - a for a, b in zip(*[iter([i for i, held in enumerate(many) if held])] * 2, strict=True)}) > 2


def test_what_a_kind_does_not_use_makes_no_difference():
    assert Sample("circle", blobs=4, boundary="y > x", low=-9.0) == Sample("circle")
    assert Sample("boundary", blobs=4, function="?", low=-9.0) == Sample("boundary", low=-9.0)
    assert Sample("blobs", blobs=4) != Sample("blobs", blobs=2)


# ---- What a shape shows is so.


def accuracy(sample, inputs=("x", "y"), hidden=(), optimizer=torch.optim.Adam):
    """The share of points that a plain torch network gets right after 500 steps at a rate of 0.03."""
    x, y = features(sample.points.input_tensor, inputs), sample.points.target_tensor.long()
    torch.manual_seed(0)
    layers, width = [], x.shape[1]
    for units in hidden:
        layers += [torch.nn.Linear(width, units), torch.nn.Tanh()]
        width = units
    network = torch.nn.Sequential(*layers, torch.nn.Linear(width, sample.points.classes)).double()
    steps = optimizer(network.parameters(), lr=0.03)
    for _ in range(500):
        steps.zero_grad()
        torch.nn.functional.cross_entropy(network(x), y).backward()
        steps.step()
    return float((network(x).argmax(-1) == y).double().mean())


CLAIMS = {
    "circle": lambda sample: accuracy(sample, ("x^2", "y^2")) > 0.98 and accuracy(sample) < 0.7,
    "XOR": lambda sample: accuracy(sample, ("xy",)) > 0.95 and accuracy(sample) < 0.8,
    "blobs": lambda sample: all(accuracy(replace(sample, blobs=count)) > 0.98 for count in (2, 3, 4)),
    "spirals": lambda sample: (
        accuracy(sample, hidden=(8, 8)) > 0.95 and accuracy(sample, hidden=(8, 8), optimizer=torch.optim.SGD) < 0.7
    ),
    "moons": lambda sample: 0.8 < accuracy(sample) < 0.95 < accuracy(sample, hidden=(8,)),
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_plain_network_shows_what_the_shape_says(kind):
    assert CLAIMS[kind](Sample(kind))


# ---- What is refused.


@each_case(
    ("change", "field", "message"),
    [
        ({"kind": "donut"}, "kind", "^there are no points called 'donut': choose of circle, XOR, blobs"),
        ({"kind": ["circle"]}, "kind", "no points called"),
        ({"n": 3}, "n", "the number of points must be a whole number from 4 to 10,000, not 3"),
        ({"n": MAX_LABELLED + 1}, "n", "not 10001"),
        ({"n": 20.0}, "n", "a whole number"),
        ({"noise": -0.1}, "noise", "the noise must be a number from 0 to 10, not -0.1"),
        ({"noise": math.nan}, "noise", "the noise must be a number"),
        ({"test_share": 0.95}, "test_share", "the share of test points must be a number from 0 to 0.9, not 0.95"),
        ({"n": 4, "test_share": 0.9}, "test_share", "a share of 0.9 holds all 4 points out: make it smaller"),
        ({"seed": -1}, "seed", "the seed must be a whole number"),
        ({"kind": "blobs", "blobs": 5}, "blobs", "the number of blobs must be a whole number from 2 to 4, not 5"),
        ({"kind": "blobs", "blobs": True}, "blobs", "the number of blobs"),
        ({"kind": "boundary", "low": 2.0}, "high", "x goes from 2 to 2"),
        ({"kind": "boundary", "high": math.inf}, "high", "the largest x must be a number"),
        ({"kind": "boundary", "boundary": "y > 5"}, "boundary", "^class 1 is empty: 'y > 5' holds at none of the 200 "),
        ({"kind": "boundary", "boundary": "x < 3"}, "boundary", "^class 0 is empty: 'x < 3' holds at all of the 200 "),
        ({"kind": "boundary", "boundary": "1 < 2"}, "boundary", "points in the square from −2 to 2; let the boundary"),
        ({"kind": "boundary", "boundary": "y > ln(-9)"}, "boundary", "^class 1 is empty"),
        ({"kind": "boundary", "boundary": "sin(x)"}, "boundary", "^this is a number, and a condition is needed"),
        ({"kind": "boundary", "boundary": "y = x"}, "boundary", "^an equation holds on a line alone"),
        ({"kind": "boundary", "boundary": "y > a"}, "boundary", "^unknown name 'a': this function may use x and y"),
        ({"kind": "boundary", "boundary": "sum(x) > y"}, "boundary", "a boundary is asked at one point at a time"),
        ({"kind": "boundary", "boundary": None}, "boundary", "an expression is a text"),
        ({"kind": "function", "function": "a*x"}, "function", "^unknown name 'a': this function may use x"),
        ({"kind": "function", "function": "x > 1"}, "function", "^this comparison is true or false, and a number"),
        ({"kind": "function", "function": "x[0]"}, "function", "a function is asked at one point at a time"),
        (
            {"kind": "function", "function": "ln(x)"},
            "function",
            "y is nan at x = −2: choose a range of x with which it",
        ),
        ({"kind": "function", "function": "1/x", "n": 5}, "function", "y is inf at x = 0"),
        ({"kind": "function", "function": ""}, "function", "there is no text"),
    ],
)
def test_a_sample_that_cannot_be_made_is_refused_at_its_field(change, field, message):
    refused(message, Sample, field=field, **change)


def test_a_typed_text_is_refused_at_its_column():
    for kind, text, column in (("boundary", "y > sin(3z)", 10), ("function", "x + b", 5)):
        with pytest.raises(InputError) as error:
            Sample(kind, **{kind: text})
        assert error.value.column == column


def test_the_most_points_are_made():
    assert len(Sample(n=MAX_LABELLED).points) == MAX_LABELLED


# ---- The recipe in a link.


@st.composite
def any_sample(draw):
    """Samples of all kinds."""
    share = draw(st.floats(0, 0.85))
    common = {"n": draw(st.integers(20, 60)), "noise": draw(st.floats(0, 10)), "test_share": share}
    low = draw(st.floats(-3, -1))
    own = {
        "blobs": draw(st.integers(2, 4)),
        "boundary": draw(st.sampled_from(["x < 0", " y>x ", "0 ≤ x"])),  # a quarter of the square or more on each side
        "function": draw(st.sampled_from(["sin(3x)", " x² ", "|x|", "7"])),
        "low": low,
        "high": low + 4,
    }
    return Sample(draw(st.sampled_from(list(SHAPES))), seed=draw(st.integers(0, 2**31 - 1)), **common, **own)


@given(any_sample())
def test_a_sample_comes_back_from_its_text(sample):
    again = sample_from_text(sample.points.recipe)
    assert again == sample
    assert again.text == sample.text
    assert again.points == sample.points


def test_a_text_is_short_and_says_what_its_kind_uses():
    assert Sample().text == "circle;200;0.1;0.2;0"
    assert Sample("blobs", noise=0.0, blobs=4).text == "blobs;200;0;0.2;0;4"
    assert Sample("boundary", low=-1.5).text == "boundary;200;0.1;0.2;0;y > sin(3x);-1.5;2"
    assert Sample("function", seed=7).text == "function;200;0.1;0.2;7;sin(3x);-2;2"


@each_case(
    ("text", "message"),
    [
        ("", "^a recipe is written as kind;n;noise;test share;seed, for example circle;200;0.1;0.2;0$"),
        ("circle;200;0.1;0.2", "a recipe is written as"),
        ("circle;200;0.1;0.2;0;3", "a recipe is written as"),
        ("boundary;200;0.1;0.2;0", "kind;n;noise;test share;seed;boundary;low;high"),
        ("donut;200;0.1;0.2;0", "there are no points called 'donut'"),
        ("circle;20.5;0.1;0.2;0", "the number of points must be a whole number, not 20.5"),
        ("circle;1e999;0.1;0.2;0", "the number of points must be a whole number, not inf"),
        ("circle;1e300;0.1;0.2;0", "the number of points must be a whole number from 4"),
        ("circle;200;zero;0.2;0", "the noise must be a number, not 'zero'"),
        ("circle;200;nan;0.2;0", "the noise must be a number, not 'nan'"),
        ("circle;200;0.1;0.2;٣", "the seed must be a number"),
        ("boundary;200;0.1;0.2;0;__import__('os');-2;2", "can't be used"),
        (f"boundary;200;0.1;0.2;0;{'(' * 900};-2;2", "deep"),
        ("x" * (MAX_TEXT + 1), "at most 1,800 characters, and this one has 1,801"),
    ],
)
def test_a_text_that_is_no_sample_is_refused(text, message):
    with pytest.raises(InputError, match=message) as error:
        sample_from_text(text)
    assert "\n" not in str(error.value)


near_samples = st.from_regex(
    rf"({'|'.join(SHAPES)})(;[0-9.e-]{{1,4}}){{3}};[0-9]{{1,3}}(;[xy<>=+2 ]{{0,6}})?(;-?[0-9]){{0,2}}",
    fullmatch=True,
)


@given(st.text() | near_samples)
def test_any_text_is_a_sample_or_is_refused(text):
    with suppress(InputError):
        sample = sample_from_text(text)
        assert sample_from_text(sample.text) == sample
