import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import Fit, Function, descend
from playground.analysis import curvature
from playground.analysis.curvature import Curvature, measure_rate, predict_rate, trace_crosses, trace_ellipses
from playground.analysis.curvature import curvature as curvature_of
from tests.cases import each_case

BOWLS = {1: "x**2/2 + y**2/2", 10: "x**2/2 + 5*y**2", 100: "x**2/2 + 50*y**2"}
START = [1.0, 0.7]
DESIGN = np.stack([[0.5, 0.9, 1.4, 1.8], np.ones(4)], axis=1)
Y = np.array([2.0, 3.8, 5.0, 7.2])


def points(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def a_curvature(*eigenvalues):
    count, size = len(eigenvalues), len(eigenvalues[0])
    nothing = torch.zeros(count, size, size, dtype=torch.float64)
    return Curvature(nothing, points(*eigenvalues), nothing)


def test_eigenvalues_and_directions_make_the_hessian():
    path = torch.linspace(-2, 2, 30, dtype=torch.float64).reshape(-1, 1) * points([1, 0.5, -0.3])
    found = curvature_of(Function("sin(a)*b + a**2*c + exp(c*b)"), path)
    made = found.directions @ torch.diag_embed(found.eigenvalues) @ found.directions.mT
    np.testing.assert_allclose(made, found.hessians, atol=1e-12)
    assert (found.eigenvalues.diff(dim=-1) >= 0).all()
    assert found.hessians.dtype == found.eigenvalues.dtype == found.directions.dtype == torch.float64


def test_directions_go_on_without_a_jump():
    # The Hessian's directions turn with t: LAPACK alone flips their signs on the way.
    t = torch.linspace(0, 2 * math.pi, 200, dtype=torch.float64)
    found = curvature_of(Function("x**3 + 3*x*y**2 + 2*y**3"), torch.stack([t.cos(), t.sin()], -1))
    gaps = (found.eigenvalues[:, 1] - found.eigenvalues[:, 0]) > 1
    dots = (found.directions[1:] * found.directions[:-1]).sum(-2)
    assert (dots >= 0).all()
    assert (dots[gaps[1:] & gaps[:-1]] > 0.9).all()


def test_the_first_direction_has_its_largest_component_positive():
    found = curvature_of(Function("x**2 + 3*x*y + 5*y**2"), points([0, 0])).directions[0]
    assert all(column[column.abs().argmax()] > 0 for column in found.T)


def test_directions_go_on_across_a_point_without_a_hessian():
    path = points([0.5, 1], [-1, 1], [0.6, 1.1])
    found = curvature_of(Function("sqrt(x)*y + x*y**2"), path)
    assert found.eigenvalues[1].isnan().all()
    assert found.directions[1].isnan().all()
    assert found.condition[1].isnan()
    assert found.limit[1].isnan()
    assert (found.directions[0] * found.directions[2]).sum(-2).min() > 0.9


def test_the_condition_compares_the_curvatures():
    found = a_curvature([2, 200], [0, 3], [-1, 4], [0, 0], [-3, -1], [math.nan, math.nan], [1e-15, 3])
    np.testing.assert_array_equal(found.condition, [100, math.inf] + [math.nan] * 4 + [math.inf])


def test_the_limit_is_two_by_the_steepest_curvature():
    found = a_curvature([2, 200], [0, 4], [-1, 4], [0, 0], [-3, -1], [math.nan, math.nan])
    np.testing.assert_array_equal(found.limit, [0.01, 0.5, 0.5, math.inf, math.inf, math.nan])


@pytest.mark.parametrize("at", [[0.0, 0.0], [3.0, -5.0]])
def test_the_limit_of_the_tutorial_is_two_over_the_largest_eigenvalue(tutorial, at):
    limit = float(curvature_of(tutorial, points(at)).limit)
    assert limit == pytest.approx(0.40540155, abs=5e-9)
    assert limit == pytest.approx(2 / np.linalg.eigvalsh(DESIGN.T @ DESIGN / 2)[-1], rel=1e-12)


@pytest.mark.parametrize(
    ("text", "at", "limit"),
    [
        ("2x - 3y", [1, 1], math.inf),
        ("-x**2 - y**2", [1, 1], math.inf),
        ("3", [], math.inf),
        ("sqrt(x**2 + y**2)", [0, 0], math.nan),
        ("log(x)", [0], math.nan),
    ],
)
def test_where_no_curvature_is_positive_or_finite_there_is_no_limit(text, at, limit):
    np.testing.assert_array_equal(curvature_of(Function(text), points(at)).limit, [limit])


def test_a_saddle_is_limited_by_its_rising_side():
    assert float(curvature_of(Function("3*x**2 - 50*y**2"), points([1, 1])).limit) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("factor", "shrinks"), [(0.99, True), (1.01, False)])
def test_sgd_shrinks_just_below_the_limit_and_grows_just_above(tutorial, factor, shrinks):
    lr = factor * float(curvature_of(tutorial, points([0, 0])).limit)
    parameters = descend(tutorial, [0, 0], lr=lr, steps=600).parameters.numpy()
    distances = np.linalg.norm(parameters - np.linalg.lstsq(DESIGN, Y)[0], axis=1)
    assert (distances[-1] < 1e-2 * distances[0]) == shrinks
    assert (distances[-1] > 1e2 * distances[0]) != shrinks


@pytest.mark.parametrize("chunk", [1, 7, 64])
@pytest.mark.parametrize("objective", [Function("sin(a)*b + a**2"), Fit("a*x + b**2", x=[1, 2, 3], y=[1, 3, 5])])
def test_a_curvature_made_in_chunks_is_the_same(monkeypatch, objective, chunk):
    path = torch.linspace(-1, 2, 40, dtype=torch.float64).reshape(20, 2)
    whole = curvature_of(objective, path)
    monkeypatch.setattr(curvature, "CHUNK", chunk)
    parts = curvature_of(objective, path)
    np.testing.assert_allclose(parts.hessians, whole.hessians, rtol=1e-14)
    np.testing.assert_allclose(parts.directions, whole.directions, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("text", "count", "size"), [("x*y", 0, 2), ("3", 4, 0), ("3", 0, 0)])
def test_no_points_and_no_parameters_have_no_curvature(text, count, size):
    found = curvature_of(Function(text), torch.zeros(count, size, dtype=torch.float64))
    assert found.hessians.shape == found.directions.shape == (count, size, size)
    assert found.eigenvalues.shape == (count, size)
    assert found.limit.shape == found.condition.shape == (count,)


def test_a_hundred_parameters():
    found = curvature_of(Function("sum(x**2) + x[0]*x[1]", sizes={"x": 100}), torch.ones(3, 100, dtype=torch.float64))
    np.testing.assert_allclose(found.eigenvalues[:, [0, 50, 99]], [[1, 2, 3]] * 3, atol=1e-12)


HESSIANS = points([2, 0.5, 0.5, 1], [0, 1, 1, 0], [-1, 0, 0, -2], [1, 0, 0, 0], [math.nan] * 4, [8, 0, 0, -2])
HESSIANS = HESSIANS.reshape(-1, 2, 2)


def test_an_ellipse_is_a_level_curve_whose_longest_half_is_1():
    curves = trace_ellipses(HESSIANS, 181)
    assert curves.shape == (6, 181, 2)
    levels = torch.einsum("ni,ij,nj->n", curves[0], HESSIANS[0], curves[0])
    np.testing.assert_allclose(levels, levels[0], rtol=1e-12)
    assert curves[0].norm(dim=-1).max() == pytest.approx(1)
    np.testing.assert_allclose(curves[0, 0], curves[0, -1], atol=1e-12)


def test_there_is_no_ellipse_unless_everything_curves_up():
    assert trace_ellipses(HESSIANS, 7).isnan().all(-1).all(-1).tolist() == [False, True, True, True, True, True]
    assert trace_ellipses(HESSIANS, 7).isnan().any(-1).any(-1).tolist() == [False, True, True, True, True, True]
    assert trace_ellipses(-HESSIANS[2:3], 7).isfinite().all()


def test_a_cross_has_a_saddles_directions():
    found = trace_crosses(HESSIANS)
    assert found.shape == (6, 2, 2, 2)
    assert found.isfinite().all(-1).all(-1).all(-1).tolist() == [False, True, False, False, False, True]
    assert found.isnan().all(-1).all(-1).all(-1).tolist() == [True, False, True, True, True, False]
    down, up = found[5]
    np.testing.assert_allclose(down.abs(), [[0, 1], [0, 1]])
    np.testing.assert_allclose(up.abs(), [[0.5, 0], [0.5, 0]])
    np.testing.assert_array_equal(found[:, :, 0], -found[:, :, 1])


def iteration_rate(eigenvalues, lr, momentum, dampening, nesterov):
    """The spectral radius, by numpy's eigenvalues of the very matrices."""
    radii = []
    for curved in eigenvalues:
        buffer = np.array([(1 - dampening) * curved, momentum])
        step = np.array([curved, 0]) + momentum * buffer if nesterov else buffer
        radii.append(np.abs(np.linalg.eigvals([np.array([1, 0]) - lr * step, buffer])).max())
    return max(radii)


@given(
    curved=st.lists(st.floats(-3, 3), min_size=1, max_size=3),
    lr=st.floats(0, 2),
    momentum=st.floats(0.01, 1.2),
    dampening=st.floats(0, 1),
    nesterov=st.booleans(),
)
def test_the_predicted_rate_is_the_largest_eigenvalue_of_torchs_step(curved, lr, momentum, dampening, nesterov):
    found = predict_rate(torch.tensor(curved), lr, momentum, dampening, nesterov)
    # Where two eigenvalues meet, they are known to half the digits.
    exact = torch.tensor(curved).tolist()
    assert found == pytest.approx(iteration_rate(exact, lr, momentum, dampening, nesterov), abs=1e-6)


def test_the_predicted_rate_without_momentum():
    assert predict_rate(torch.tensor([1.0, 10.0]), 0.1, dampening=0.5) == pytest.approx(0.9)
    assert predict_rate(torch.tensor([1.0, 10.0]), 0.3) == pytest.approx(2)
    assert predict_rate(torch.tensor([]), 0.3) == 0


def test_the_best_heavy_ball_has_polyaks_rate():
    lr, momentum = 4 / (1 + 10) ** 2, (9 / 11) ** 2  # L = 100, l = 1
    assert predict_rate(torch.tensor([1.0, 40.0, 100.0]), lr, momentum) == pytest.approx(9 / 11, abs=1e-6)


def rates(kappa, steps=300, start=START, **settings):
    trajectory = descend(Function(BOWLS[kappa]), start, steps=steps, **settings)
    eigenvalues = torch.tensor([1.0, kappa], dtype=torch.float64)
    return measure_rate(trajectory, torch.zeros(2, dtype=torch.float64)), predict_rate(eigenvalues, **settings)


@pytest.mark.parametrize("kappa", BOWLS)
@pytest.mark.parametrize("share", [0.1, 0.4, 0.97, 1.05, 1.5])
def test_plain_descent_goes_as_fast_as_predicted(kappa, share):
    measured, predicted = rates(kappa, lr=2 * share / kappa, steps=40 * kappa if share < 1 else 150)
    assert measured == pytest.approx(predicted, rel=1e-6 if share < 0.9 else 1e-3)


def test_the_best_plain_rate():
    measured, predicted = rates(10, lr=2 / 11)
    assert predicted == pytest.approx(9 / 11)
    assert measured == pytest.approx(predicted, rel=1e-9)


@pytest.mark.slow
@each_case("kappa", BOWLS)
@each_case("nesterov", [False, True])
@each_case("momentum", [0.3, 0.6, 0.9])
@each_case("share", [0.05, 0.3, 0.8, 3])
def test_momentum_goes_as_fast_as_predicted(kappa, nesterov, momentum, share):
    measured, predicted = rates(kappa, lr=2 * share / kappa, momentum=momentum, steps=600, nesterov=nesterov)
    # A run that reaches rounding after a few swings tells its rate less well.
    assert measured == pytest.approx(predicted, rel=0.03)


def test_dampening_is_torchs():
    measured, predicted = rates(10, steps=400, lr=0.02, momentum=0.5, dampening=0.3)
    assert measured == pytest.approx(predicted, rel=1e-3)
    assert predicted != pytest.approx(predict_rate(points(1, 10), 0.02, momentum=0.5), rel=0.01)


def test_a_shifted_minimum_ends_the_fit_at_rounding():
    trajectory = descend(Function("(x - 1000)**2"), [900.0], lr=0.2, steps=200)
    assert measure_rate(trajectory, points(1000)) == pytest.approx(0.6, rel=1e-6)


def test_too_few_distances_have_no_rate():
    parabola = Function("x**2")
    assert measure_rate(descend(parabola, [1.0], lr=0.5, steps=50), points(0)) is None
    assert measure_rate(descend(parabola, [1.0], lr=0.1, steps=3), points(0)) is None
    assert measure_rate(descend(parabola, [0.0], lr=0.1, steps=30), points(0)) is None
    assert measure_rate(descend(parabola, [1.0], lr=0.1, steps=0), points(0)) is None
    assert measure_rate(descend(Function("3"), [], lr=0.1, steps=30), torch.zeros(0, dtype=torch.float64)) is None
