import math
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy import abs as absolute
from numpy import cos, exp, pi, sin, sqrt, tanh

from playground import Function
from playground.data.gallery import PRESETS, find_known_minima, find_preset, index_by_name
from playground.engine.noise import NOISES
from tests.cases import each_case


def griewank(x, y):
    return 1 + x * x / 4000 + y * y / 4000 - cos(x / sqrt(1)) * cos(y / sqrt(2))


def goldstein_price(x, y):
    first = (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    second = (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    return (1 + first) * (30 + second)


def levy_13(x, y):
    return sin(3 * pi * x) ** 2 + (x - 1) ** 2 * (1 + sin(3 * pi * y) ** 2) + (y - 1) ** 2 * (1 + sin(2 * pi * y) ** 2)


def ackley(x, y):
    mean = (cos(2 * pi * x) + cos(2 * pi * y)) / 2
    return -20 * exp(-0.2 * sqrt((x**2 + y**2) / 2)) - exp(mean) + math.e + 20


def chained_rosenbrock(*x):
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


# Each function written a second time, in numpy, from its source.
FORMULAS = {
    "Parabola": lambda x: x * x,
    "Double well": lambda x: ((x**2 - 1) ** 2 - 1) / 4,
    "Adam's limit cycle": lambda x: x * x / 2,
    "Rare spikes fool Adam": lambda x: np.hypot(1, x),
    "Rare spikes, two variables": lambda x, y: np.hypot(1, x) + np.hypot(1, y),
    "Bowl, κ = 1": lambda x, y: x * x / 2 + y * y / 2,
    "Bowl, κ = 10": lambda x, y: x * x / 2 + 5 * y * y,
    "Bowl, κ = 100": lambda x, y: x * x / 2 + 50 * y * y,
    "Sum of three squares": lambda x, y, z: x * x + y * y + z * z,
    "Noisy bowl": lambda x, y: np.hypot(x, y) ** 2 / 2,
    "Badly scaled bowl": lambda x, y: 0.5 * (x * x + 1e4 * y * y),
    "Booth": lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2,
    "Matyas": lambda x, y: 0.26 * x**2 + 0.26 * y**2 - 0.48 * x * y,
    "Saddle": lambda x, y: (x - y) * (x + y),
    "Bounded saddle": lambda x, y: x**2 / 2 + ((y**2 - 1) ** 2 - 1) / 4,
    "Monkey saddle": lambda x, y: ((x + 1j * y) ** 3).real,
    "Rosenbrock": lambda x, y: 100 * (y - x * x) ** 2 + (x - 1) ** 2,
    "Chained Rosenbrock": chained_rosenbrock,
    "Powell's singular function": lambda a, b, c, d: (
        (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4
    ),
    "Beale": lambda x, y: (1.5 - x * (1 - y)) ** 2 + (2.25 - x * (1 - y * y)) ** 2 + (2.625 - x * (1 - y * y * y)) ** 2,
    "Goldstein–Price": goldstein_price,
    "Ravine": lambda x, y: 0.05 * x**2 + 5 * (y - sin(x)) ** 2,
    "Plateau": lambda x, y: tanh(0.25 * (x**2 + y**2)),
    "Easom": lambda x, y: -cos(x) * cos(y) * exp(-((x - pi) ** 2) - (y - pi) ** 2),
    "|x| + |y|": lambda x, y: absolute(x) + absolute(y),
    "Himmelblau": lambda x, y: (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
    "Six-hump camel": lambda x, y: 4 * x**2 - 2.1 * x**4 + x**6 / 3 + x * y - 4 * y**2 + 4 * y**4,
    "Three-hump camel": lambda x, y: 2 * x * x - 1.05 * x**4 + x**6 / 6 + x * y + y * y,
    "Styblinski–Tang": lambda *x: sum(a**4 - 16 * a**2 + 5 * a for a in x) / 2,
    "McCormick": lambda x, y: sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1,
    "Rastrigin": lambda *x: 10 * len(x) + sum(a**2 - 10 * cos(2 * pi * a) for a in x),
    "Ackley": ackley,
    "Griewank": griewank,
    "Lévy N. 13": levy_13,
}


def ends(run, *point, within=1e-3):
    """Whether ``run`` ends at ``point``."""
    return np.allclose(run.parameters[-1], point, rtol=0, atol=within)


def all_end(runs, *point):
    return all(ends(run, *point, within=2e-3) for run in runs)


def first_below(run, loss):
    """The first step whose loss is below ``loss``; infinite if there is none."""
    steps = (run.losses < loss).nonzero()
    return steps[0].item() if len(steps) else math.inf


def first_beyond(run, y):
    """The first step whose second parameter is farther than ``y`` from 0."""
    return (run.parameters[:, 1].abs() > y).nonzero()[0].item()


def radius(run, steps=slice(None)):
    """The distance from the origin, root mean square over ``steps``."""
    return run.parameters[steps].square().sum(-1).mean().sqrt().item()


def adam_parts_from_sgd(sgd, adam):
    """SGD's mean over the later half is near the minimum at 0, and Adam ends far beyond it in each component."""
    return bool((sgd.parameters[250:].mean(0).abs() < 1.1).all() and (adam.parameters[-1] > 2.5).all())


# What each sentence of ``shows`` says, as a question to its runs.
CLAIMS = {
    "Parabola": lambda slow, fast, swapping: (
        slow.gradients[0].item() == 6
        and (slow.parameters > 0).all()
        and bool((fast.parameters[1:] * fast.parameters[:-1] < 0).all())
        and torch.allclose(slow.losses, fast.losses)
        and bool((swapping.parameters.abs() == 3).all())
    ),
    "Double well": lambda plain, momentum: ends(plain, 1) and ends(momentum, -1),
    "Adam's limit cycle": lambda sgd, adam: (
        ends(sgd, 0, within=1e-12)
        and adam.parameters.abs().min() < 1e-9
        and np.allclose(adam.parameters[-100:].abs(), 0.25, atol=1e-6)
        and bool((adam.parameters[-99:] * adam.parameters[-100:-1] < 0).all())
    ),
    "Rare spikes fool Adam": adam_parts_from_sgd,
    "Rare spikes, two variables": adam_parts_from_sgd,
    "Bowl, κ = 1": lambda one, slow: (
        one.losses[1] == 0 and np.allclose(slow.parameters[:, 0], 2 * slow.parameters[:, 1])
    ),
    "Bowl, κ = 10": lambda fast, slow: (
        ends(fast, 0, 0)
        and bool((fast.parameters[1:, 1] * fast.parameters[:-1, 1] < 0).all())
        and slow.parameters[-1, 0] > 0.5
        and slow.parameters[20:, 1].abs().max() < 0.02
    ),
    "Bowl, κ = 100": lambda plain, diverging, momentum: (
        first_below(plain, 0.02) > 100
        and plain.parameters[-1, 0] > 1000 * plain.parameters[-1, 1].abs()
        and diverging.losses[-1] > 1e5
        and momentum.losses[-1] < 1e-4 * plain.losses[-1]
    ),
    "Sum of three squares": lambda run: (
        run.gradients[0].tolist() == [2, 4, 6]
        and np.allclose(run.parameters[1:], 0.8 * run.parameters[:-1], rtol=1e-12)
    ),
    "Noisy bowl": lambda fast, slow: (
        radius(fast, slice(10, 20)) < radius(slow, slice(10, 20))
        and radius(slow, slice(200, None)) < 0.5 * radius(fast, slice(200, None))
        and radius(slow, slice(-100, None)) > 0.01
    ),
    "Badly scaled bowl": lambda slow, diverging, adam: (
        slow.parameters[-1, 0] > 1.8 and diverging.losses[-1] > 1e20 and ends(adam, 0, 0)
    ),
    "Booth": lambda best, half: first_below(half, 1e-6) >= 2 * first_below(best, 1e-6) and ends(half, 1, 3),
    "Matyas": lambda plain, momentum: (
        (plain.parameters[8] @ torch.tensor([1.0, -1.0], dtype=torch.float64)).abs() < 0.1
        and plain.losses[-1] > 100 * momentum.losses[-1]
        and plain.parameters[-1].norm() > 0.05
    ),
    "Saddle": lambda run: run.gradients.norm(dim=-1).min() < 0.1 and run.parameters[-1, 1] > 1,
    "Bounded saddle": lambda plain, momentum, adam: (
        all_end([plain, momentum, adam], 0, 1)
        and first_beyond(plain, 0.5) > 60
        and first_beyond(momentum, 0.5) < first_beyond(plain, 0.5) / 2
        and first_beyond(adam, 0.5) < 10
    ),
    "Monkey saddle": lambda on, beside: (
        bool((on.parameters[:, 0].diff().diff() > 0).all()) and on.losses[-1] > 0 and beside.losses[-1] < -100
    ),
    "Rosenbrock": lambda sgd, momentum, adam: (
        sgd.parameters[-1, 0] < -0.1
        and all(run.losses[50] < 5 and run.losses[-1] > 1e-3 for run in (sgd, momentum, adam))
        and all(0.8 < run.parameters[-1, 0] < 0.96 for run in (momentum, adam))
    ),
    "Chained Rosenbrock": lambda far, beside: (
        ends(beside, -0.7756592, 0.6130934, 0.3820628, 0.145972, within=0.01)
        and abs(beside.losses[-1] - 3.70) < 0.005
        and ends(far, 1, 1, 1, 1, within=0.3)
    ),
    "Powell's singular function": lambda *runs: all(
        run.losses[-1] < run.losses[0] / 1000 and run.parameters[-1, 0] > 0.09 for run in runs
    ),
    "Beale": lambda sgd, adam: (
        sgd.losses[20] < 0.1 * sgd.losses[0]
        and 0.05 < (sgd.parameters[-1] - torch.tensor([3, 0.5])).norm() < 0.2
        and ends(adam, 3, 0.5, within=0.01)
    ),
    "Goldstein–Price": lambda large, small: (
        ends(large, -0.6, -0.4) and abs(large.losses[-1] - 30) < 1e-6 and ends(small, 0, -1, within=0.05)
    ),
    "Ravine": lambda plain, momentum: (
        plain.parameters[-1, 0] < -1.5 and first_below(momentum, 0.17) < 100 and ends(momentum, 0, 0)
    ),
    "Plateau": lambda sgd, adam: ends(sgd, 4, 3, within=0.01) and ends(adam, 0, 0),
    "Easom": lambda sgd, adam: (
        ends(sgd, 0.5, 1, within=0.01) and ends(adam, 1.305, 1.305) and 0 < -adam.losses[-1] < 1e-4
    ),
    "|x| + |y|": lambda large, small: (
        np.allclose(large.parameters[-50:].diff(dim=0).abs(), 0.1)
        and np.allclose(small.parameters[-50:].diff(dim=0).abs(), 0.01)
        and small.losses[-50:].max() < large.losses[-50:].min()
        and 9 < first_below(small, 0.15) / first_below(large, 0.15) < 11
    ),
    "Himmelblau": lambda sgd, adam: (
        ends(sgd, *PRESETS["Himmelblau"].minima[2]) and ends(adam, *PRESETS["Himmelblau"].minima[1])
    ),
    "Six-hump camel": lambda left, right, local: (
        ends(left, *PRESETS["Six-hump camel"].minima[1])
        and ends(right, *PRESETS["Six-hump camel"].minima[0])
        and abs(local.losses[-1] + 0.2155) < 1e-4
    ),
    "Three-hump camel": lambda *runs: (
        all_end(runs, -1.7476, 0.8738) and all(abs(run.losses[-1] - 0.2986) < 1e-4 for run in runs)
    ),
    "Styblinski–Tang": lambda sgd, momentum, adam: (
        all_end([sgd, adam], 2.7468, 2.7468)
        and abs(sgd.losses[-1] + 50.06) < 0.01
        and all_end([momentum], *PRESETS["Styblinski–Tang"].minima[0])
        and bool((momentum.losses < -50).any())
    ),
    "McCormick": lambda plain, momentum: ends(plain, 2.594, 1.594) and bool((momentum.parameters[-1] < -10).all()),
    "Rastrigin": lambda *runs: all_end(runs, 2.985, 2.985),
    "Ackley": lambda sgd, momentum, adam: (
        all_end([sgd, adam], 1.965, 0.982)
        and ends(momentum, 0, 0, within=0.05)
        and momentum.losses[-50:].min() > 1e-4
        and momentum.losses[-50:].max() < 0.5
    ),
    "Griewank": lambda *runs: all_end(runs, 6.280, 8.877) and all(abs(run.losses[-1] - 0.0296) < 1e-4 for run in runs),
    "Lévy N. 13": lambda plain, momentum: plain.parameters[-1, 0] < -1.9 and ends(momentum, 1, 2.48, within=0.01),
}


def every_preset(of=bool):
    return each_case("preset", [one for one in PRESETS.values() if of(one)], ids=lambda one: one.name)


def each_preset(of=bool):
    """Each as a test of its own: a run is a story, and takes its time."""
    return pytest.mark.parametrize("preset", [one for one in PRESETS.values() if of(one)], ids=lambda one: one.name)


def the_entry(preset, table, what):
    if preset.name not in table:
        pytest.fail(f"'{preset.name}' needs {what} in this file")
    return table[preset.name]


def cloud(preset, count, seed=0):
    """Random points of the domain, (count, P)."""
    low, high = torch.tensor(preset.domain, dtype=torch.float64).T
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(count, len(low), generator=generator, dtype=torch.float64)


def curvature(function, point):
    """The Hessian's eigenvalues in ascending order."""
    return torch.linalg.eigvalsh(function.hessian(point))


@cache
def runs_of(preset, seed=0):
    """One trajectory for each runner."""
    noise = {"noise": preset.noise, "noise_kind": preset.noise_kind, "seed": seed}
    function = Function(preset.text)
    return [runner.descent(function, preset.start, **noise).run(preset.steps) for runner in preset.runners]


def test_there_are_at_least_25_presets():
    assert len(PRESETS) >= 25


def test_each_preset_stands_under_its_name():
    assert all(name == preset.name for name, preset in PRESETS.items())


def test_two_presets_of_one_name_are_refused():
    parabola = PRESETS["Parabola"]
    with pytest.raises(ValueError, match="two presets are called 'Parabola'"):
        index_by_name([parabola, replace(parabola, start=(1,))])


def test_the_gallery_cannot_be_changed():
    with pytest.raises(TypeError):
        PRESETS["Parabola"] = None


@pytest.mark.parametrize("table", [FORMULAS, CLAIMS], ids=["formulas", "claims"])
def test_the_tables_of_this_file_name_presets_only(table):
    assert not set(table) - set(PRESETS)


@every_preset()
def test_a_preset_says_what_it_shows_and_where_it_is_written_down(preset):
    assert preset.name.strip()
    assert preset.shows.strip().endswith(".")
    assert preset.source.strip()


@every_preset()
def test_the_domain_and_the_points_have_a_component_for_each_parameter(preset):
    size = len(Function(preset.text).parameters)
    starts = [runner.start for runner in preset.runners if runner.start is not None]
    assert len(preset.domain) == size
    assert {len(point) for point in (preset.start, *starts, *preset.minima, *preset.critical)} == {size}


@every_preset()
def test_all_points_lie_in_the_domain(preset):
    starts = [runner.start for runner in preset.runners if runner.start is not None]
    for point in (preset.start, *starts, *preset.minima, *preset.critical):
        assert all(low <= value <= high for value, (low, high) in zip(point, preset.domain, strict=True))


@every_preset()
def test_loss_and_gradient_at_the_start_are_finite_and_it_is_not_flat(preset):
    function = Function(preset.text)
    gradient = function.gradient(preset.start)
    assert function.loss(preset.start).isfinite()
    assert gradient.isfinite().all()
    assert gradient.any()


@every_preset()
def test_the_formula_is_the_one_of_its_source(preset):
    formula = the_entry(preset, FORMULAS, "its formula, written in numpy, in FORMULAS")
    points = cloud(preset, 1000)
    expected = formula(*points.numpy().T)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(Function(preset.text).loss(points), expected, rtol=1e-11, atol=1e-13 * scale)


@every_preset()
def test_a_preset_has_a_minimum_where_it_has_minima(preset):
    assert (preset.minimum is None) == (not preset.minima)


@every_preset(lambda one: one.minima)
def test_the_minimum_is_the_value_at_the_minima(preset):
    loss = Function(preset.text).loss(preset.minima)
    np.testing.assert_allclose(loss, preset.minimum, rtol=1e-13, atol=1e-13)


@every_preset(lambda one: one.minima and not one.kinks)
def test_the_gradient_at_the_minima_is_zero_and_the_curvature_not_negative(preset):
    function = Function(preset.text)
    for point in preset.minima:
        eigenvalues = curvature(function, point)
        scale = max(1.0, eigenvalues.abs().max().item())
        assert function.gradient(point).abs().max() <= 1e-12 * scale
        assert eigenvalues.min() >= -1e-12 * scale


@every_preset(lambda one: one.kinks)
@each_case("size", [1e-1, 1e-3, 1e-6])
def test_no_point_near_a_kink_is_lower(preset, size):
    function, generator = Function(preset.text), torch.Generator().manual_seed(0)
    for point in preset.minima:
        nearby = size * torch.randn(1000, len(point), generator=generator, dtype=torch.float64)
        assert (function.loss(torch.tensor(point) + nearby) > preset.minimum).all()


@every_preset(lambda one: one.kinks)
def test_torch_says_nothing_at_a_kink_or_the_gradient_beside_it_is_not_small(preset):
    function, generator = Function(preset.text), torch.Generator().manual_seed(0)
    for point in preset.minima:
        nearby = 1e-6 * torch.randn(100, len(point), generator=generator, dtype=torch.float64)
        assert (function.gradient(torch.tensor(point) + nearby).norm(dim=-1) > 0.1).all()


@every_preset(lambda one: one.minima)
def test_no_point_of_the_domain_is_lower_than_the_minimum(preset):
    assert Function(preset.text).loss(cloud(preset, 20_000)).min() >= preset.minimum - 1e-9


@every_preset(lambda one: one.minima)
def test_no_descent_from_the_lowest_points_finds_a_minimum_that_is_not_listed(preset):
    # The lowest of many points, each gone down by small steps, end at or above a listed minimum.
    function = Function(preset.text)
    points = cloud(preset, 20_000, seed=1)
    points = points[function.loss(points).argsort()[:50]]
    minima = torch.tensor(preset.minima, dtype=torch.float64)
    size = torch.tensor([high - low for low, high in preset.domain], dtype=torch.float64)
    for seed in range(300):
        nearby = points + 0.02 * size * torch.randn(points.shape, generator=torch.Generator().manual_seed(seed))
        better = function.loss(nearby) < function.loss(points)
        points = torch.where(better[:, None], nearby, points)
    inside = torch.tensor([[lo <= v <= hi for v, (lo, hi) in zip(p, preset.domain, strict=True)] for p in points])
    at_the_bottom = (function.loss(points) < preset.minimum + 1e-3) & inside.all(-1)
    distance = ((points[:, None] - minima) / size).norm(dim=-1).amin(-1)
    assert (distance[at_the_bottom] < 0.1).all()


@every_preset(lambda one: one.critical)
def test_critical_points_are_flat_and_no_minima(preset):
    function = Function(preset.text)
    for point in preset.critical:
        eigenvalues = curvature(function, point)
        scale = max(1.0, eigenvalues.abs().max().item())
        assert function.gradient(point).abs().max() <= 1e-12 * scale
        assert eigenvalues.min() < 0 or not eigenvalues.any()


@pytest.mark.slow
@each_preset()
def test_one_to_three_runners_run_for_at_most_500_steps(preset):
    assert 1 <= len(preset.runners) <= 3
    assert 1 <= preset.steps <= 500
    for run in runs_of(replace(preset, noise=0.0)):
        assert run.steps == preset.steps
        assert run.losses.isfinite().all()


@each_preset()
def test_the_runs_show_what_the_preset_says(preset):
    claim = the_entry(preset, CLAIMS, "what it shows, as a question to its runs, in CLAIMS")
    assert claim(*runs_of(preset))


@every_preset()
def test_the_noise_is_of_a_known_kind(preset):
    assert preset.noise_kind in NOISES
    assert 0 <= preset.noise < math.inf


@pytest.mark.slow
@each_case("seed", range(20))
@each_preset(lambda one: one.noise_kind == "rare spikes")
def test_rare_spikes_drive_adam_off_and_not_sgd(preset, seed):
    assert adam_parts_from_sgd(*runs_of(preset, seed))


@pytest.mark.slow
@each_preset(lambda one: one.noise_kind == "rare spikes")
def test_rare_spikes_leave_sgd_at_the_minimum_on_average_over_runs(preset):
    runs = [runs_of(preset, seed) for seed in range(20)]
    sgd, adam = (torch.stack([run[k].parameters[250:].mean(0) for run in runs]).mean(0) for k in (0, 1))
    assert (sgd.abs() < 0.3).all()
    assert (adam > 2.5).all()


# ---- What is known of a function.


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("(1 - x)**2 + 100*(y - x**2)**2", "Rosenbrock"),
        ("  x ^ 2 ", "Parabola"),
        ("abs(x) + abs(y)", "|x| + |y|"),
        ("x^3 - 3*x*y^2", "Monkey saddle"),
    ],
)
def test_a_presets_formula_is_known_however_it_is_typed(typed, name):
    assert find_preset(Function(typed)) is PRESETS[name]


def test_the_preset_of_a_presets_text_is_the_first_of_its_formula():
    for preset in PRESETS.values():
        first = next(one for one in PRESETS.values() if one.text == preset.text)
        assert find_preset(Function(preset.text)) is first, preset.name


@pytest.mark.parametrize("text", ["x^2 + 1", "t^2", "x^2.5", "(1-x)^2 + 100(y-x^2)^2 + 0z", "2x^2"])
def test_another_function_is_no_preset(text):
    assert find_preset(Function(text)) is None


def test_the_known_minima_of_a_preset_are_its_own():
    for preset in PRESETS.values():
        if preset.minima:
            known = find_known_minima(Function(preset.text), preset.start)
            assert known.points.tolist() == [list(map(float, point)) for point in preset.minima], preset.name
            assert (known.points.dtype, known.loss) == (torch.float64, preset.minimum), preset.name


def test_the_minimum_of_a_quadratic_is_known_wherever_it_is_asked():
    matrix, linear = np.array([[6.0, 1.0], [1.0, 4.0]]), np.array([-2.0, 5.0])
    function = Function("3x^2 + x y + 2y^2 - 2x + 5y + 7")
    expected = np.linalg.solve(matrix, -linear)
    for at in [(0.0, 0.0), (5.0, -8.0)]:
        known = find_known_minima(function, at)
        np.testing.assert_allclose(known.points, [expected], rtol=1e-12)
        assert known.loss == pytest.approx(7 + linear @ expected / 2, rel=1e-12)


@pytest.mark.parametrize(
    "text", ["x^2 - y^2 + 1", "x + y", "x^4 + y^4 + x", "-x^2 - 3y^2", PRESETS["Monkey saddle"].text]
)
def test_where_nothing_is_known_of_minima_there_are_none(text):
    assert find_known_minima(Function(text), (0.0, 0.0)) is None
