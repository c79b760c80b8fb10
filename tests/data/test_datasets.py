import json
import math
import pickle
import statistics
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cache

import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st

from playground import LOSSES, OPTIMIZERS, Fit, InputError, descend
from playground.data.datasets import DATASETS, NIST
from playground.data.models import MODELS, model_parameters
from playground.data.points import LARGEST, MAX_POINTS, MAX_TEXT, Points, points_from_text, points_to_text
from playground.data.recipe import FARTHEST, MAX_RECIPE_POINTS, Recipe, recipe_from_text
from tests.cases import each_case

finite = st.floats(-LARGEST, LARGEST)


@st.composite
def any_points(draw, numbers=finite):
    """Points of all kinds; one at least is fitted, and counts."""
    weights = st.just(1.0) | st.floats(0, LARGEST)
    rows = draw(st.lists(st.tuples(numbers, numbers, weights, st.booleans()), min_size=0, max_size=20))
    rows.insert(draw(st.integers(0, len(rows))), (draw(numbers), draw(numbers), 1.0, False))
    return Points(*zip(*rows, strict=True))


def refused(message, build, *args, field="data", **kwargs):
    with pytest.raises(InputError, match=message) as error:
        build(*args, **kwargs)
    assert error.value.field == field
    assert "\n" not in str(error.value)


# ---- Points.


@each_case(
    ("columns", "message"),
    [
        (([], []), "there is none: add one"),
        (([1, 2], [1]), "there are 2 x and 1 y"),
        (([1, 2, math.nan], [1, 2, 3]), "^row 3: x is nan"),
        (([1, 2], [1, -math.inf]), "^row 2: y is −inf"),
        (([1, 10**400], [1, 2]), "^row 2: x is inf"),
        (([1, 1e308], [1, 2]), "^row 2: x is 1e308, and data go no farther than 1e120 from 0"),
        (([1, None], [1, 2]), "^row 2: x is empty"),
        (([1], ["<b>abc"]), "^row 1: y is '<b>abc', which is no number"),
        (([1], [True]), "^row 1: y is True"),
        (([1, 2], [1, 2], [1]), "there are 2 points and 1 weights"),
        (([1, 2], [1, 2], [1, -2]), "^row 2: the weight is -2"),
        (([1, 2], [1, 2], [1, math.nan]), "^row 2: weight is nan"),
        (([1, 2], [1, 2], [0, 0]), "has weight 0"),
        (([1, 2], [1, 2], [1, 0], [True, False]), "has weight 0"),
        (([1, 2], [1, 2], (), [True, True]), "all points are held out"),
        (([1, 2], [1, 2], (), [True]), "there are 2 points and 1 marks"),
        (([1], [2], (), ["no"]), "^row 1: a point is held out or not, and 'no' says neither"),
        (([0.0] * (MAX_POINTS + 1),) * 2, "there are 100,001 points, and at most 100,000"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_row(columns, message):
    refused(message, Points, *columns)


def test_equal_data_are_equal_however_they_were_given():
    plain = Points((1.0, 2.0), (3.0, 4.0))
    same = Points([1, 2], [3, 4], [1, 1.0], [False, 0])
    assert plain == same
    assert hash(plain) == hash(same)
    assert (same.x, same.weights, same.held_out) == ((1.0, 2.0), (), ())
    assert all(type(one) is float for one in same.x)
    assert pickle.loads(pickle.dumps(plain)) == plain
    assert asdict(plain)["x"] == (1.0, 2.0)


def test_a_point_is_added_moved_weighted_held_out_and_taken_away():
    points = Points((1, 2), (3, 4)).with_weight(0, 2).with_held_out(1, True)
    assert [*points.rows()] == [(1, 3, 2, False), (2, 4, 1, True)]
    assert [*points.with_point(5, 6).rows()] == [(1, 3, 2, False), (2, 4, 1, True), (5, 6, 1, False)]
    assert [*points.with_moved_point(1, 7, 8).rows()] == [(1, 3, 2, False), (7, 8, 1, True)]
    assert points.without_point(1) == Points((1,), (3,), (2,))
    assert points.with_weight(0, 1).with_held_out(1, False) == Points((1, 2), (3, 4))
    assert Points((1, 2), (3, 4)).with_point(5, 6) == Points((1, 2, 5), (3, 4, 6))


def test_the_last_fitted_point_stays():
    refused("at least one point, and this is the last", Points((1,), (2,)).without_point, 0)
    refused("all points are held out", Points((1, 2), (3, 4), (), (False, True)).without_point, 0)
    refused("all points are held out", Points((1,), (2,)).with_held_out, 0, True)
    refused("row 1: x is nan", Points((1,), (2,)).with_moved_point, 0, math.nan, 1)


@pytest.mark.parametrize("i", [-1, 2])
def test_a_point_that_is_not_there_is_refused(i):
    points = Points((1, 2), (3, 4))
    for change in (
        lambda: points.with_moved_point(i, 0, 0),
        lambda: points.without_point(i),
        lambda: points.with_weight(i, 2),
    ):
        refused(f"no point in row {i + 1}: the last is in row 2", change)


# ---- Points in a link.


@given(any_points())
def test_points_come_back_from_a_link(points):
    text = points_to_text(points)
    assume(text is not None)
    assert len(text) <= MAX_TEXT
    assert points_from_text(text) == points


def test_a_link_is_short():
    assert points_to_text(DATASETS["Tutorial"].points) == "0.5,2;0.9,3.8;1.4,5;1.8,7.2"
    assert points_to_text(Points((1e16, 2, 3), (0.5, 1, 1), (1, 2, 1), (False, True, False))) == "1e16,0.5;2,1,2,h;3,1"


@pytest.mark.parametrize("count", [451, 452, MAX_POINTS])
def test_too_many_points_have_no_link(count):
    assert points_to_text(Points((0,) * count, (0,) * count)) is None
    assert points_to_text(Points((0,) * 450, (0,) * 450)) is not None


@pytest.mark.parametrize(
    "text", ["", "1", "1,2;", "1,2,3,4", "h", "1,2,g", "nan,1", "1_0,2", "1,2;٣,4", "1,,h", "=1,2"]
)
def test_a_text_that_is_no_points_is_refused(text):
    refused("^row [12]: a point is written as", points_from_text, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [("1,1e999", "^row 1: y is inf"), ("1,2,h", "held out"), ("1,2,-1", "weight"), ("1," * 2000, "at most 1,800")],
)
def test_points_of_a_link_are_checked(text, message):
    refused(message, points_from_text, text)


@given(st.text() | st.text("0123456789.,;-eh ", max_size=40))
def test_any_text_is_points_or_is_refused(text):
    with suppress(InputError):
        assert points_from_text(text)


# ---- The sets.

FITS = [pytest.param(one, fit, id=f"{one.name}: {fit.name}") for one in DATASETS.values() for fit in one.fits]
KNOWN = [pytest.param(*case.values, id=case.id) for case in FITS if case.values[1].known]


def fit_of(dataset, preset):
    return Fit(preset.model, dataset.points.x, dataset.points.y, preset.loss)


@cache
def run_of(name, i):
    """The suggested run of a set's fit."""
    preset = DATASETS[name].fits[i]
    settings = dict(preset.settings)
    return descend(fit_of(DATASETS[name], preset), preset.start, preset.optimizer, preset.lr, preset.steps, **settings)


@each_case("name", DATASETS)
def test_a_set_says_where_it_is_from_and_what_it_shows(name):
    one = DATASETS[name]
    assert one.name == name
    assert one.source
    assert one.shows.endswith(".")
    assert len({fit.name for fit in one.fits}) == len(one.fits) >= 1
    hash(one)


@each_case(("dataset", "preset"), FITS)
def test_a_fit_of_a_set_fits_together(dataset, preset):
    fit = fit_of(dataset, preset)
    assert preset.loss in LOSSES
    assert fit.parameters == model_parameters(preset.model)
    assert len(fit.parameters) == len(preset.start) == len(preset.known or preset.start)
    assert tuple(preset.named_start) == fit.parameters
    assert tuple(preset.named_start.values()) == preset.start
    assert OPTIMIZERS[preset.optimizer].check_settings(dict(preset.settings)) is not None


@pytest.mark.parametrize(("dataset", "preset"), FITS)
def test_a_suggested_run_goes_down(dataset, preset):
    run = run_of(dataset.name, dataset.fits.index(preset))
    assert run.losses.isfinite().all()
    assert run.losses[-1] < run.losses[0]
    assert run.outcome.can_continue


@each_case(("dataset", "preset"), KNOWN)
def test_known_parameters_are_a_minimum(dataset, preset):
    fit, known = fit_of(dataset, preset), torch.tensor(preset.known, dtype=torch.float64)
    curvature = fit.hessian(known)
    step = torch.linalg.solve(curvature, fit.gradient(known))
    # No gradient is small by itself: what is, is the step that Newton would still take.
    assert (step.abs() <= 1e-8 * known.abs()).all()
    scale = curvature.diag().rsqrt()
    assert (torch.linalg.eigvalsh(scale * curvature * scale[:, None]) > 0).all()


@pytest.mark.parametrize("name", [name for name in DATASETS if name.startswith("NIST")])
def test_a_run_on_a_nist_set_ends_at_the_certified_values(name):
    one = json.loads(NIST.read_text())["datasets"][name.removeprefix("NIST ")]
    assert len(DATASETS[name].points) == len(one["x"])
    for i, preset in enumerate(DATASETS[name].fits):
        run = run_of(name, i)
        assert run.losses[-1].item() == pytest.approx(one["rss"], rel=1e-8)
        assert run.parameters[-1].tolist() == pytest.approx(preset.known, rel=1e-5)
        assert preset.named_start == one[f"start{preset.name[-1]}"]


@pytest.mark.parametrize("number", "1234")
def test_anscombes_sets_have_the_published_statistics(number):
    points = DATASETS[f"Anscombe {number}"].points
    assert len(points) == 11
    assert statistics.mean(points.x) == 9
    assert statistics.variance(points.x) == 11
    assert statistics.mean(points.y) == pytest.approx(7.50, abs=0.005)
    assert statistics.variance(points.y) == pytest.approx(4.125, abs=0.003)
    slope, intercept = statistics.linear_regression(points.x, points.y)
    assert (slope, intercept) == (pytest.approx(0.500, abs=5e-4), pytest.approx(3.00, abs=5e-3))
    assert statistics.correlation(points.x, points.y) ** 2 == pytest.approx(0.67, abs=5e-3)


def near(run, *theta, within=0.005):
    return run.parameters[-1].tolist() == pytest.approx(theta, abs=within)


# What each sentence of ``shows`` says that can be asked of the runs of the set's fits, in turn.
CLAIMS = {
    "Tutorial": lambda line: near(line, 2.7157, 1.4730, within=1e-4) and line.losses[-1] < 0.5,
    "Anscombe 2": lambda line, parabola: near(line, 0.5, 3) and parabola.losses[-1] < 1e-5,
    "Anscombe 3": lambda line, absolute: near(line, 0.5, 3) and near(absolute, 0.345, 4, within=0.05),
    "Outlier": lambda squared, huber, absolute: (
        near(squared, 1.34, 1.87) and near(huber, 1.91, 1.17) and near(absolute, 2, 1, within=0.1)
    ),
    "Sine with noise": lambda good, bad: near(good, 2, 1.5, 0.5, within=0.1) and abs(bad.parameters[-1][0]) < 0.25,
    "Hours of study": lambda logit, _: (
        -logit.parameters[-1][1] / logit.parameters[-1][0] == pytest.approx(2.7, abs=0.05)
    ),
    "Exponential decay": lambda momentum, plain: (
        near(momentum, 4.8, 0.71, 1.05) and not near(plain, 4.8, 0.71, 1.05, within=0.1)
    ),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_runs_show_what_the_set_says(name):
    assert CLAIMS[name](*[run_of(name, i) for i in range(len(DATASETS[name].fits))])


def test_anscombes_fourth_line_goes_through_its_one_point_wherever_it_is():
    points = DATASETS["Anscombe 4"].points
    i = points.x.index(19)
    for y in (12.5, -3):
        moved = points.with_moved_point(i, 19, y)
        slope, intercept = statistics.linear_regression(moved.x, moved.y)
        assert slope * 19 + intercept == pytest.approx(y)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_model_starts_where_it_has_a_value_and_a_slope(model):
    assert model.note.endswith(".")
    assert len(model.named_start) == len(model.start)
    fit = Fit(model.text, [0.5, 1.0, 2.0, 3.0], [1.0, 2.0, 2.5, 2.7])
    run = descend(fit, model.named_start, lr=1e-4, steps=20)
    assert run.losses[-1] < run.losses[0]


def test_the_models_have_different_names_and_formulas():
    assert len({one.name for one in MODELS}) == len({one.text for one in MODELS}) == len(MODELS)


# ---- The generator.

LINE = Recipe("a*x + b", (("a", 2.0), ("b", 1.0)), 0.0, 4.0, 5)


def test_without_noise_the_points_lie_on_the_curve():
    assert LINE.points == Points((0, 1, 2, 3, 4), (1, 3, 5, 7, 9))
    assert Recipe("7", (), -1, 1, n=3).points == Points((-1, 0, 1), (7, 7, 7))
    assert Recipe("abs(x)", (), -1, 1, n=2).points == Points((-1, 1), (1, 1))


def test_a_recipe_is_the_same_however_it_was_written():
    other = Recipe("a*x + b", (("b", 1), ("a", 2)), 0, 4, 5)
    assert other == LINE
    assert hash(other) == hash(LINE)
    assert other.parameters == (("a", 2.0), ("b", 1.0))


def test_noise_has_its_mean_and_its_standard_deviation():
    points = replace(LINE, n=10_000, noise=0.5).points
    errors = [y - (2 * x + 1) for x, y in zip(points.x, points.y, strict=True)]
    assert statistics.mean(errors) == pytest.approx(0, abs=0.02)
    assert statistics.stdev(errors) == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_a_share_of_points_are_outliers_and_the_rest_stay(share):
    usual = replace(LINE, n=200, noise=0.1).points
    moved = replace(LINE, n=200, noise=0.1, outliers=share).points
    jumps = [abs(a - b) for a, b in zip(usual.y, moved.y, strict=True)]
    assert moved.x == usual.x
    assert sum(jump > 0 for jump in jumps) == round(share * 200)
    assert all(0.8 - 1e-9 <= jump <= 1.2 + 1e-9 for jump in jumps if jump)


def test_outliers_without_noise_are_about_the_height_of_the_curve():
    moved = replace(LINE, outliers=1.0).points
    assert all(0.8 <= abs(y - line) / 8 <= 1.2 for y, line in zip(moved.y, LINE.points.y, strict=True))
    flat = Recipe("7", (), 0, 1, outliers=1.0).points
    assert all(8 <= abs(y - 7) <= 12 for y in flat.y)


def test_a_seed_makes_the_same_points_again_and_another_seed_others():
    recipe = replace(LINE, noise=1.0, random_x=True, outliers=0.2)
    assert replace(recipe, seed=0).points == recipe.points
    assert replace(recipe, seed=1).points != recipe.points


def test_x_are_drawn_between_the_ends():
    x = replace(LINE, n=1000, random_x=True).points.x
    assert list(x) == sorted(x)
    assert len(set(x)) == 1000
    assert 0 <= x[0] < 0.1 < 3.9 < x[-1] <= 4
    assert statistics.mean(x) == pytest.approx(2, abs=0.15)


@each_case(
    ("change", "field", "message"),
    [
        ({"model": "a*x +"}, "model", "something is missing"),
        ({"model": "1/x", "parameters": ()}, "model", "y is inf at x = 0: choose a range of x with which"),
        ({"model": "sum(x)"}, "model", "a model says what y is at one x"),
        (
            {"model": "a*ln(x) + b", "low": -1.0},
            "model",
            "y is nan at x = −1: choose a range of x and parameters with which",
        ),
        ({"model": "a/x + b"}, "model", "y is inf at x = 0"),
        ({"parameters": (("a", 1.0),)}, "parameters", "'b' needs a value"),
        ({"parameters": (("a", 1.0), ("b", 1.0), ("c", 1.0))}, "parameters", "no parameter 'c'"),
        ({"parameters": (("a", 1.0), ("b", math.nan))}, "parameters", "the parameter b must be a number"),
        ({"parameters": (("a", 1.0), ("b", None))}, "parameters", "the parameter b must be a number"),
        ({"low": math.inf}, "low", "the least x must be a number from −1e"),
        ({"low": None}, "low", "the least x must be a number"),
        ({"high": 10 * FARTHEST}, "high", "the largest x must be a number"),
        ({"high": 0.0}, "high", "x goes from 0 to 0"),
        ({"high": "4"}, "high", "the largest x must be a number"),
        ({"n": 1}, "n", "from 2 to 10,000, not 1"),
        ({"n": MAX_RECIPE_POINTS + 1}, "n", "from 2 to 10,000, not 10001"),
        ({"n": 5.0}, "n", "whole number"),
        ({"noise": -1.0}, "noise", "the noise must be a number from 0"),
        ({"noise": 1.5e308}, "noise", "the noise must be a number from 0 to 1e"),
        ({"parameters": (("a", 1e99), ("b", 0.0)), "high": 1e10}, "model", "at x = 2.5e"),
        ({"outliers": 1.5}, "outliers", "the share of outliers must be a number from 0 to 1, not 1.5"),
        ({"outliers": True}, "outliers", "the share of outliers"),
        ({"seed": -1}, "seed", "the seed must be a whole number"),
    ],
)
def test_a_recipe_that_cannot_be_made_is_refused_at_its_field(change, field, message):
    refused(message, replace, LINE, field=field, **change)


def test_the_most_points_are_made():
    assert len(replace(LINE, n=MAX_RECIPE_POINTS, noise=1.0, outliers=0.5).points) == MAX_RECIPE_POINTS


# ---- The recipe of points, as a link carries it.


@given(
    st.tuples(finite, finite).map(lambda numbers: (("a", numbers[0]), ("b", numbers[1]))),
    st.floats(-100, 100),
    st.floats(0.5, 100),
    st.integers(2, 50),
    st.floats(0, 10),
    st.floats(0, 1),
    st.integers(0, 2**31 - 1),
    st.booleans(),
)
@example((("a", 0.1), ("b", 1e-9)), 0.1, 0.2, 2, 1 / 3, 0.5, 2**31 - 1, True)
def test_a_recipe_comes_back_from_its_text(parameters, low, width, n, noise, outliers, seed, random_x):
    assume(all(abs(value) < 1e50 for _, value in parameters))
    made = Recipe("a*x + b", parameters, low, low + width, n, noise, outliers, seed, random_x)
    again = recipe_from_text(made.points.recipe)
    assert again == made
    assert again.points == made.points
    assert again.points.recipe == made.text


@each_case(
    "text",
    [
        "",
        "2x",
        "2x;0;1;20;0;0;0",
        "2x;0;1;20;0;0;0;0;0;0",
        "2x;0;1;20;0;0;zero;0",
        "2x;0;1;20.5;0;0;0;0",
        "2x;0;1;20;0;0;0.5;0",
        "2x;0;1;1e9;0;0;0;0",
        "2x;0;1;nan;0;0;0;0",
        "2x;0;inf;20;0;0;0;0",
        "2x;1;0;20;0;0;0;0",
        "a*x;0;1;20;0;0;0;0",
        "a*x;0;1;20;0;0;0;0;b=1",
        "a*x;0;1;20;0;0;0;0;a",
        "__import__('os');0;1;20;0;0;0;0",
    ],
)
def test_a_text_that_is_no_recipe_is_refused(text):
    with pytest.raises(InputError) as error:
        recipe_from_text(text)
    assert "\n" not in str(error.value)


@given(st.text() | st.from_regex(r"[ax+*2 ]{1,5}(;[0-9.e-]{0,4}){7}(;a=[0-9]?)?", fullmatch=True))
def test_any_text_is_a_recipe_or_is_refused(text):
    with suppress(InputError):
        assert recipe_from_text(text).points.recipe


def test_points_that_were_changed_have_no_recipe():
    points = LINE.points
    assert points.recipe
    changed = [
        points.with_point(1.0, 2.0),
        points.with_moved_point(0, 1.0, 2.0),
        points.with_weight(0, 2.0),
        points.with_held_out(0, held_out=True),
        points.without_point(0),
    ]
    assert [one.recipe for one in changed] == [""] * 5


def test_a_recipe_makes_no_difference_between_equal_points():
    by_hand = Points(LINE.points.x, LINE.points.y)
    assert by_hand.recipe == ""
    assert by_hand == LINE.points
    assert hash(by_hand) == hash(LINE.points)
