import json
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from playground import LOSSES, Fit
from playground.analysis.fit_statistics import (
    contributions,
    correlations,
    jacobian,
    linearise_model,
    prediction_gradient,
    r_squared,
    residual_deviation,
    search_unstandardised,
    standard_errors,
    unstandardise,
)
from playground.analysis.minima import least_squares
from playground.data.datasets import NIST
from tests.cases import each_case
from tests.engine.test_objectives import FORMULAS, differences, targets_of

X = np.array([0.5, 0.9, 1.4, 1.8, 2.7])
Y = np.array([2.0, 3.8, 5.0, 7.2, 6.1])
COUNTS = np.array([2.0, 1.0, 0.25, 3.0, 1.5])
CLASSES = np.array([0.0, 1.0, 0.0, 1.0, 1.0])

points = st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10)), min_size=4, max_size=12)


def tensor(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def design_of_a_line(x):
    return np.stack([np.asarray(x, dtype=float), np.ones(len(x))], axis=1)


# Anscombe 1973, Graphs in statistical analysis, table 1; and what he says of all four: the line is 3 + 0.5x, the
# slope's standard error 0.118, and R² 0.667.
SAME_X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
ANSCOMBE = {
    "I": (SAME_X, [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]),
    "II": (SAME_X, [9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74]),
    "III": (SAME_X, [7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73]),
    "IV": ([8] * 7 + [19] + [8] * 3, [6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.50, 5.56, 7.91, 6.89]),
}


@pytest.mark.parametrize("name", ANSCOMBE)
@pytest.mark.parametrize("loss", ["mse", "sse"])
def test_on_each_of_anscombes_sets_the_line_its_error_and_its_r_squared_are_those_that_he_gives(name, loss):
    fit = Fit("a*x + b", *ANSCOMBE[name], loss)
    theta = least_squares(fit)
    np.testing.assert_allclose(theta, [0.5, 3.0], atol=0.003)
    assert r_squared(fit, theta).item() == pytest.approx(0.667, abs=0.001)
    assert standard_errors(fit, theta)[0].item() == pytest.approx(0.118, abs=0.0005)


# ---- R²


@given(points, st.floats(-5, 5), st.floats(-5, 5))
def test_r_squared_is_its_formula(data, a, b):
    x, y = np.array(data).T
    assume(np.std(y) > 1e-3)
    expected = 1 - np.sum((a * x + b - y) ** 2) / np.sum((y - np.mean(y)) ** 2)
    assert r_squared(Fit("a*x + b", x, y), tensor(a, b)).item() == pytest.approx(expected, rel=1e-8, abs=1e-9)


def test_r_squared_of_the_best_line_is_the_squared_correlation():
    theta = tensor(*np.polyfit(X, Y, 1))
    assert r_squared(Fit("a*x + b", X, Y), theta).item() == pytest.approx(np.corrcoef(X, Y)[0, 1] ** 2, rel=1e-12)


@pytest.mark.parametrize("loss", ["mse", "mae", "sse"])
def test_r_squared_counts_a_point_as_often_as_it_weighs_whatever_the_loss(loss):
    weights = [2, 1, 0, 3, 1]
    weighted = Fit("a*x + b", X, Y, loss, weights=weights)
    x, y = np.repeat(X, weights), np.repeat(Y, weights)
    expected = 1 - np.sum((2 * x + 1 - y) ** 2) / np.sum((y - np.mean(y)) ** 2)
    assert r_squared(weighted, tensor(2, 1)).item() == pytest.approx(expected, rel=1e-12)


def test_r_squared_is_1_for_a_perfect_fit_0_for_the_mean_and_below_for_less():
    fit = Fit("a*x + b", X, 2 * X + 1)
    theta = tensor([2, 1], [0, np.mean(2 * X + 1)], [-2, 1])
    found = r_squared(fit, theta)
    np.testing.assert_allclose(found[:2], [1, 0], atol=1e-15)
    assert found[2] < 0
    assert r_squared(fit, theta.reshape(1, 3, 1, 2)).shape == (1, 3, 1)


def test_r_squared_is_that_of_the_points_in_the_loss_or_of_those_held_out():
    fit = Fit("a*x + b", [*X, 3, 4, 5], [*Y, 1, 9, 5], held_out=[False] * 5 + [True] * 3, standardise=True)
    theta = tensor(2.0, 1.0)
    for part, x, y in ((fit, X, Y), (fit.held_out, np.array([3, 4, 5]), np.array([1, 9, 5]))):
        errors = 2 * (x - np.mean(X)) / np.std(X) + 1 - y
        expected = 1 - np.sum(errors**2) / np.sum((y - np.mean(y)) ** 2)
        assert r_squared(part, theta).item() == pytest.approx(expected, rel=1e-12)


@given(st.floats(-1e9, 1e9), st.integers(1, 40))
def test_equal_targets_have_no_r_squared(y, count):
    fit = Fit("a*x + b", range(count), [y] * count)
    assert r_squared(fit, tensor([0.3, 1.0], [0.0, y])).isnan().all()


# ---- The Jacobian, and what each point has in the gradient

CURVES = {
    "a*x + b": lambda _, x: [x, np.ones_like(x)],
    "a": lambda _, x: [np.ones_like(x)],
    "a*exp(b*x)": lambda t, x: [np.exp(t[1] * x), t[0] * x * np.exp(t[1] * x)],
    "sin(a*x) + b": lambda t, x: [x * np.cos(t[0] * x), np.ones_like(x)],
    "a*b*x + c": lambda t, x: [t[1] * x, t[0] * x, np.ones_like(x)],
    "relu(a*x + b)": lambda t, x: [x * (t[0] * x + t[1] > 0), 1.0 * (t[0] * x + t[1] > 0)],
    "(a > 0)*x": lambda _, x: [0 * x],
}


@each_case("model", CURVES)
@each_case("standardise", [False, True])
def test_the_jacobian_is_its_closed_form(model, standardise):
    fit = Fit(model, X, Y, standardise=standardise)
    inputs = (X - np.mean(X)) / np.std(X) if standardise else X
    theta = np.array([[[0.7, -0.4, 1.3], [1.9, 0.2, -0.5]]])[..., : len(fit.parameters)]
    expected = [[np.stack(CURVES[model](one, inputs), -1) for one in row] for row in theta]
    found = jacobian(fit, torch.tensor(theta))
    assert found.shape == (1, 2, 5, len(fit.parameters))
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


@given(
    st.sampled_from(["a*exp(b*x)", "a/(1 + exp(b - c*x))", "a*x^2 + b*sin(c*x)", "tanh(a*x + b) + c"]),
    st.lists(st.floats(-2, 2), min_size=3, max_size=3),
)
def test_the_jacobian_is_the_central_difference_of_the_predictions(model, theta):
    fit = Fit(model, X, Y, loss="mae", weights=COUNTS, penalties={"l2": 3.0})
    theta = theta[: len(fit.parameters)]
    expected = differences(lambda at: fit.predict(at, fit.x), theta)
    np.testing.assert_allclose(jacobian(fit, tensor(*theta)), expected, rtol=1e-5, atol=1e-6)


def test_the_jacobian_can_be_had_elsewhere_and_leaves_its_argument_alone():
    theta = torch.tensor([2.0, -1.0], dtype=torch.float64, requires_grad=True)
    fit = Fit("a*x + b", X, Y, standardise=True)
    with torch.no_grad():
        found = jacobian(fit, theta, tensor(-7.0, 0.0))
    expected = design_of_a_line((np.array([-7.0, 0.0]) - np.mean(X)) / np.std(X))
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert (theta.grad, found.requires_grad) == (None, False)


@each_case("loss", LOSSES)
@each_case("weights", [None, COUNTS], ids=["plain", "weighted"])
@each_case("model", ["a*x + b", "a*exp(b*x)", "a*x^2 + b"])
def test_what_the_points_have_in_the_gradient_adds_up_to_it(loss, weights, model):
    fit = Fit(model, X[:4], targets_of(loss), loss, weights=None if weights is None else weights[:4])
    theta = tensor([[0.7, -0.4], [1.9, 0.2]], [[0.3, 0.1], [-1.0, 0.5]])
    found = contributions(fit, theta)
    assert found.shape == (2, 2, 4, 2)
    np.testing.assert_allclose(found.sum(-2), fit.gradient(theta), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("loss", LOSSES)
def test_what_a_point_has_in_the_gradient_is_the_central_difference_of_its_share_of_the_loss(loss):
    fit = Fit("a*exp(b*x)", X[:4], targets_of(loss), loss, weights=COUNTS[:4])
    expected = differences(fit.shares, [1.9, 0.2])
    np.testing.assert_allclose(contributions(fit, tensor(1.9, 0.2)), expected, rtol=1e-6, atol=1e-8)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0, 5), st.floats(0, 5))
def test_beside_what_the_points_have_in_the_gradient_there_is_the_penaltys_alone(a, b, l1, l2):
    fit = Fit("a*x + b", X, Y, penalties={"l1": l1, "l2": l2})
    theta = np.array([a, b])
    left = fit.gradient(theta) - contributions(fit, torch.tensor(theta)).sum(-2)
    np.testing.assert_allclose(left, l1 * np.sign(theta) + 2 * l2 * theta, rtol=1e-9, atol=1e-12)


def test_a_point_that_is_met_has_no_part_even_where_its_prediction_has_no_slope():
    fit = Fit("sqrt(a*x)", [0, 1], [0, 3], "sse")
    assert jacobian(fit, tensor(4.0))[0].isnan().all()
    assert contributions(fit, tensor(4.0)).tolist() == [[0.0], [2 * (2 - 3) / 4]]


@pytest.mark.parametrize("loss", LOSSES)
def test_the_pull_of_a_point_is_the_central_difference_of_the_loss_by_its_prediction(loss):
    y = targets_of(loss)
    fit = Fit("a*x + b", X[:4], y, loss, penalties={"l2": 4.0})
    theta = [[-0.4, 0.2], [2.9, 0.6]]
    expected = [differences(lambda p: FORMULAS[loss](p, y), a * X[:4] + b) for a, b in theta]
    np.testing.assert_allclose(prediction_gradient(fit, tensor(*theta)), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_pull_of_a_point_goes_with_its_weight(loss):
    y = targets_of(loss)
    theta = tensor(2.9, 0.6)
    plain = prediction_gradient(Fit("a*x + b", X[:4], y, loss), theta).numpy()
    weights = COUNTS[:4] * (1 if LOSSES[loss].reduction == "sum" else 4 / COUNTS[:4].sum())
    found = prediction_gradient(Fit("a*x + b", X[:4], y, loss, weights=COUNTS[:4]), theta)
    np.testing.assert_allclose(found, plain * weights, rtol=1e-13)


def test_a_point_above_the_curve_pulls_it_up():
    assert prediction_gradient(Fit("a", [0, 1, 2], [3, 0, -3], "sse"), tensor(0.0)).tolist() == [-6, 0, 6]


# ---- Linear models, and their exact least squares

LINEAR = {
    "a": (lambda x: [0 * x + 1], lambda x: 0 * x),
    "a*x + b": (lambda x: [x, 0 * x + 1], lambda x: 0 * x),
    "a*x + 3": (lambda x: [x], lambda x: 0 * x + 3),
    "3 - x + b*x^2": (lambda x: [x**2], lambda x: 3 - x),
    "a*sin(x) + b*cos(2x)": (lambda x: [np.sin(x), np.cos(2 * x)], lambda x: 0 * x),
    "a*x^3 + b*x^2 + c*x + d": (lambda x: [x**3, x**2, x, 0 * x + 1], lambda x: 0 * x),
    "a/x + b*log(x)": (lambda x: [1 / x, np.log(x)], lambda x: 0 * x),
    "(a + b)*(x + 1)": (lambda x: [x + 1, x + 1], lambda x: 0 * x),
    "(a - x)*x + exp(x)": (lambda x: [x], lambda x: np.exp(x) - x**2),
    "(a + x)^2 - a^2": (lambda x: [2 * x], lambda x: x**2),
    "where(x > 1, a, b)": (lambda x: [1.0 * (x > 1), 1.0 * (x <= 1)], lambda x: 0 * x),
    "a*relu(x - 1) + b": (lambda x: [np.maximum(x - 1, 0), 0 * x + 1], lambda x: 0 * x),
    "1e-9*a*x + 1e9*b": (lambda x: [1e-9 * x, 0 * x + 1e9], lambda x: 0 * x),
    "a*x + 0*b": (lambda x: [x, 0 * x], lambda x: 0 * x),
}
NOT_LINEAR = [
    "exp(a*x)",
    "a*exp(-b*x)",
    "a*b*x",
    "a^2*x",
    "a*x^b",
    "sin(a*x) + b",
    "x/a",
    "a + x/b",
    "a*log(b*x)",
    "sqrt(a)*x",
    "|a|*x",
    "relu(a*x + b)",
    "b1*(1 - exp(-b2*x))",
    "a*x + 1e-6*b^2",
    "a*x + 1e12 + a^2",
    "max(a, -50)*x",
    "where(a > -5, a*x, b)",
    "where(x > a, b, c)",
    "min(a, 100) + b*x",
    "floor(a)*x",
    "a*log(x - 1)",
]


@each_case("model", LINEAR)
def test_a_model_that_is_linear_in_its_parameters_is_a_design_and_an_offset(model):
    columns, offset = LINEAR[model]
    found = linearise_model(Fit(model, X, Y))
    np.testing.assert_allclose(found.design, np.stack(columns(X), -1), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(found.offset, offset(X), rtol=1e-13, atol=1e-15)
    x = np.array([0.25, 3.0])
    np.testing.assert_allclose(
        linearise_model(Fit(model, X, Y), torch.tensor(x)).design, np.stack(columns(x), -1), rtol=1e-13
    )


@each_case("model", NOT_LINEAR)
def test_a_model_that_is_not_linear_in_its_parameters_is_none(model):
    fit = Fit(model, X, Y)
    assert linearise_model(fit) is None
    assert least_squares(fit) is None


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), st.booleans())
def test_a_linear_models_predictions_are_its_design_times_its_parameters(theta, standardise):
    fit = Fit("a*x^2 + b*sin(x) + c*(1 - x) + 2", X, Y, standardise=standardise)
    found = linearise_model(fit)
    expected = found.offset + found.design @ tensor(*theta)
    torch.testing.assert_close(fit.predict(theta, fit.x), expected, rtol=1e-12, atol=1e-9)


# Those with one minimum, and with columns that numpy, which doesn't scale them, tells apart.
LEAST = [one for one in LINEAR if one not in ("(a + b)*(x + 1)", "a*x + 0*b", "1e-9*a*x + 1e9*b")]


@each_case("model", LEAST)
@each_case("loss", ["mse", "sse"])
@each_case("weights", [None, COUNTS], ids=["plain", "weighted"])
def test_least_squares_are_numpys(model, loss, weights):
    columns, offset = LINEAR[model]
    roots = np.sqrt(np.ones(5) if weights is None else weights)
    expected = np.linalg.lstsq(roots[:, None] * np.stack(columns(X), -1), roots * (Y - offset(X)))[0]
    np.testing.assert_allclose(least_squares(Fit(model, X, Y, loss, weights=weights)), expected, rtol=1e-9)


@each_case("loss", ["mse", "sse"])
@each_case("weights", [None, COUNTS], ids=["plain", "weighted"])
@each_case("factor", [1e-6, 0.3, 100.0])
def test_with_a_penalty_of_squares_least_squares_are_ridge_regressions(loss, weights, factor):
    counts = np.ones(5) if weights is None else weights
    shares = np.diag(counts if loss == "sse" else counts / counts.sum())
    design = np.stack([X**2, X, np.ones(5)], -1)
    expected = np.linalg.inv(design.T @ shares @ design + factor * np.eye(3)) @ design.T @ shares @ (Y - 2)
    fit = Fit("a*x^2 + b*x + c + 2", X, Y, loss, weights=weights, penalties={"l2": factor})
    np.testing.assert_allclose(least_squares(fit), expected, rtol=1e-8)


@given(points)
def test_at_its_least_squares_a_line_has_no_slope_and_no_better_neighbour(data):
    x, y = np.array(data).T
    assume(np.std(x) > 0.01)
    fit = Fit("a*x + b", x, y, "sse")
    theta = least_squares(fit)
    np.testing.assert_allclose(fit.gradient(theta), 0, atol=1e-8)
    around = theta + 1e-3 * torch.eye(2, dtype=torch.float64)
    assert (fit.loss(around) > fit.loss(theta)).all()


def test_least_squares_of_a_standardised_fit_are_those_of_its_inputs():
    z = (X - np.mean(X)) / np.std(X)
    np.testing.assert_allclose(least_squares(Fit("a*x + b", X, Y, standardise=True)), np.polyfit(z, Y, 1), rtol=1e-12)


def test_least_squares_leave_out_the_points_held_out():
    fit = Fit("a*x + b", [*X, 3, 4], [*Y, 100, -100], held_out=[False] * 5 + [True] * 2)
    np.testing.assert_allclose(least_squares(fit), np.polyfit(X, Y, 1), rtol=1e-12)


@pytest.mark.parametrize("unit", [1e-9, 1e9, 1e150, 1e-150])
def test_a_column_of_another_unit_costs_no_digits(unit):
    fit = Fit("a*x + b", unit * X, Y)
    slope, level = np.polyfit(X, Y, 1)
    np.testing.assert_allclose(least_squares(fit), [slope / unit, level], rtol=1e-12)


def test_years_lose_few_digits():
    years, y = [2001, 2004, 2005, 2009, 2011], [3, 1, 4, 1, 5]
    mean = Fraction(sum(years), 5)
    slope = sum((x - mean) * one for x, one in zip(years, y, strict=True)) / sum((x - mean) ** 2 for x in years)
    level = Fraction(sum(y), 5) - slope * mean
    np.testing.assert_allclose(least_squares(Fit("a*x + b", years, y)), [float(slope), float(level)], rtol=1e-8)


@each_case(
    "fit",
    [
        Fit("a*x + b*x", X, Y),
        Fit("(a + b)*(x + 1)", X, Y),
        Fit("a*x + 0*b", X, Y),
        Fit("a*x + b", [0.1] * 5, Y),
        Fit("a*x + b", X[:1], Y[:1]),
        Fit("a*x^2 + b*x + c", X[:2], Y[:2]),
        Fit("a*x^2 + b*x + c", [1, 1, 2, 2, 2], Y),
        Fit("a*x + b", X, Y, weights=[1, 0, 0, 0, 0]),
        Fit("a*x + b", X, Y, "mae"),
        Fit("a*x + b", X, Y, "huber"),
        Fit("a*x + b", X, CLASSES, "bce"),
        Fit("a*x + b", X, Y, penalties={"l1": 0.5}),
        Fit("a*x + b", X, Y, penalties={"l1": 0.5, "l2": 0.5}),
    ],
    ids=lambda fit: f"{fit!r}, {fit.penalties}",
)
def test_where_there_is_no_one_exact_minimum_there_are_no_least_squares(fit):
    assert least_squares(fit) is None


def test_a_penalty_of_squares_tells_parameters_apart_that_do_the_same():
    found = least_squares(Fit("a*x + b*x", X, Y, "sse", penalties={"l2": 0.5}))
    np.testing.assert_allclose(found, [X @ Y / (2 * X @ X + 0.5)] * 2, rtol=1e-12)


# ---- Standard errors

# NIST/ITL, Statistical Reference Datasets, nonlinear regression, https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml:
# the certified standard deviations of the estimates.
CERTIFIED_ERRORS = {
    "Misra1a": [2.7070075241e00, 7.2668688436e-06],
    "Chwirut1": [2.1938557035e-02, 3.4500025051e-04, 7.9281847748e-04],
    "Rat42": [1.7340283401e00, 8.8295217536e-02, 3.4465663377e-03],
    "DanWood": [1.8281973860e-02, 5.1726610913e-02],
}
NIST_SETS = json.loads(NIST.read_text(encoding="utf-8"))["datasets"]


def of_nist(name, loss):
    """A fit to one of NIST's sets, and the certified parameters."""
    one = NIST_SETS[name]
    fit = Fit(one["model"], one["x"], one["y"], loss)
    return fit, tensor(*[one["certified"][parameter] for parameter in fit.parameters])


@pytest.mark.parametrize("name", CERTIFIED_ERRORS)
@pytest.mark.parametrize("loss", ["mse", "sse"])
def test_standard_errors_are_those_that_nist_certifies(name, loss):
    fit, theta = of_nist(name, loss)
    order = [int(parameter[1:]) - 1 for parameter in fit.parameters]
    expected = np.array(CERTIFIED_ERRORS[name])[order]
    np.testing.assert_allclose(standard_errors(fit, theta), expected, rtol=1e-8)


# The same: the certified residual standard deviations.
CERTIFIED_DEVIATIONS = {
    "Misra1a": 1.0187876330e-01,
    "Chwirut1": 3.3616721320e00,
    "Rat42": 1.1587725499e00,
    "DanWood": 3.2853114039e-02,
}


@pytest.mark.parametrize("name", CERTIFIED_DEVIATIONS)
@pytest.mark.parametrize("loss", ["mse", "sse"])
def test_the_residual_standard_deviation_is_the_one_that_nist_certifies(name, loss):
    fit, theta = of_nist(name, loss)
    assert residual_deviation(fit, theta).item() == pytest.approx(CERTIFIED_DEVIATIONS[name], rel=1e-9)
    both = torch.stack([theta, 1.5 * theta])
    assert residual_deviation(fit, both)[1] > residual_deviation(fit, both)[0]


@given(points, st.sampled_from(["mse", "sse"]))
def test_a_lines_deviation_and_correlation_are_their_closed_form(data, loss):
    x, y = np.array(data).T
    assume(np.std(x) > 0.01)
    fit = Fit("a*x + b", x, y, loss)
    theta = least_squares(fit)
    deviation = np.sqrt(np.sum((np.polyval(np.polyfit(x, y, 1), x) - y) ** 2) / (len(x) - 2))
    assume(deviation > 1e-6)
    assert residual_deviation(fit, theta).item() == pytest.approx(deviation, rel=1e-7)
    # Slope and intercept: -Σx / √(n Σx²).
    expected = -np.sum(x) / np.sqrt(len(x) * np.sum(x**2))
    np.testing.assert_allclose(correlations(fit, theta), [[1, expected], [expected, 1]], rtol=1e-7, atol=1e-9)


def test_correlations_weigh_the_points_and_are_of_cross_entropy_too():
    design = design_of_a_line(X)
    theta = least_squares(Fit("a*x + b", X, Y, weights=COUNTS))
    plain = np.linalg.inv(design.T @ np.diag(COUNTS) @ design)
    found = correlations(Fit("a*x + b", X, Y, weights=COUNTS), theta)
    assert found[0, 1].item() == pytest.approx(plain[0, 1] / np.sqrt(plain[0, 0] * plain[1, 1]), rel=1e-10)
    theta, information = logistic(X, CLASSES, COUNTS)
    plain = np.linalg.inv(information)
    found = correlations(Fit("a*x + b", X, CLASSES, "bce", weights=COUNTS), torch.tensor(theta))
    assert found[0, 1].item() == pytest.approx(plain[0, 1] / np.sqrt(plain[0, 0] * plain[1, 1]), rel=1e-9)


def test_without_freedom_or_standard_errors_there_is_neither():
    fit = Fit("a*x + b", [1, 2], [1, 3])
    assert residual_deviation(fit, tensor(2.0, -1.0)).isnan()
    assert correlations(fit, tensor(2.0, -1.0)) is None
    assert correlations(Fit("a*x + b", X, Y), tensor(0.0, 0.0)) is None  # no minimum
    assert correlations(Fit("a*x + b", X, 0 * X), tensor(0.0, 0.0)) is None  # nothing scatters


@pytest.mark.parametrize("name", NIST_SETS)
def test_standard_errors_on_nists_sets_are_those_of_derivatives_by_complex_steps(name):
    fit, theta = of_nist(name, "mse")
    one = NIST_SETS[name]
    x, y, size = np.array(one["x"]), np.array(one["y"]), len(theta)

    def predicted(at):
        return eval(one["model"], {"exp": np.exp, "x": x, **dict(zip(fit.parameters, at, strict=True))})

    slopes = np.stack([predicted(theta.numpy() + 1e-30j * nudge).imag / 1e-30 for nudge in np.eye(size)], -1)
    variance = np.sum((predicted(theta.numpy()) - y) ** 2) / (len(x) - size)
    expected = np.sqrt(np.diag(variance * np.linalg.inv(slopes.T @ slopes)))
    np.testing.assert_allclose(standard_errors(fit, theta), expected, rtol=1e-7)


@given(points, st.sampled_from(["mse", "sse"]))
def test_the_standard_errors_of_a_line_are_their_closed_form(data, loss):
    x, y = np.array(data).T
    assume(np.std(x) > 0.01)
    fit = Fit("a*x + b", x, y, loss)
    theta = least_squares(fit)
    spread = np.sum((x - np.mean(x)) ** 2)
    deviation = np.sqrt(np.sum((theta[0].item() * x + theta[1].item() - y) ** 2) / (len(x) - 2))
    assume(deviation > 1e-6)
    expected = [deviation / np.sqrt(spread), deviation * np.sqrt(1 / len(x) + np.mean(x) ** 2 / spread)]
    np.testing.assert_allclose(standard_errors(fit, theta), expected, rtol=1e-7)


def test_the_standard_error_of_a_mean_is_the_deviation_by_the_root_of_the_count():
    found = standard_errors(Fit("a", X, Y), tensor(np.mean(Y)))
    assert found.item() == pytest.approx(np.std(Y, ddof=1) / np.sqrt(5), rel=1e-12)


@pytest.mark.parametrize("loss", ["mse", "sse"])
def test_standard_errors_weigh_the_points(loss):
    fit = Fit("a*x + b", X, Y, loss, weights=COUNTS)
    theta = least_squares(fit)
    design = design_of_a_line(X)
    variance = COUNTS @ (design @ theta.numpy() - Y) ** 2 / (5 - 2)
    expected = np.sqrt(np.diag(variance * np.linalg.inv(design.T @ np.diag(COUNTS) @ design)))
    np.testing.assert_allclose(standard_errors(fit, theta), expected, rtol=1e-10)


def logistic(x, y, counts):
    """In numpy, the parameters of the largest likelihood by Newton's steps, and Fisher's information there."""
    design, theta = design_of_a_line(x), np.zeros(2)
    for _ in range(60):
        chance = 1 / (1 + np.exp(-design @ theta))
        information = design.T @ np.diag(counts * chance * (1 - chance)) @ design
        theta = theta + np.linalg.solve(information, design.T @ (counts * (y - chance)))
    return theta, information


@pytest.mark.parametrize("counts", [np.ones(5), COUNTS, 40 * COUNTS], ids=["plain", "weighted", "heavy"])
@pytest.mark.parametrize("y", [CLASSES, np.array([0.1, 0.5, 0.2, 0.9, 0.8])], ids=["classes", "shares"])
def test_standard_errors_of_cross_entropy_are_by_fishers_information(y, counts):
    theta, information = logistic(X, y, counts)
    found = standard_errors(Fit("a*x + b", X, y, "bce", weights=counts), torch.tensor(theta))
    np.testing.assert_allclose(found, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-9)


def test_the_standard_error_of_log_odds_is_by_the_two_counts():
    # Woolf 1955: the variance of the log of odds is 1/successes + 1/failures.
    found = standard_errors(Fit("a", [0, 0], [1, 0], "bce", weights=[7, 3]), tensor(np.log(7 / 3)))
    assert found.item() == pytest.approx(np.sqrt(1 / 7 + 1 / 3), rel=1e-12)


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=9), st.floats(-9, 9), st.sampled_from([0.0, 1.0, -7.3]))
def test_a_perfect_fit_has_standard_errors_of_0(x, a, b):
    assume(np.std(x) > 0.01)
    fit = Fit("a*x + b", x, a * np.array(x) + b)
    for theta in (least_squares(fit), tensor(a, b)):
        np.testing.assert_allclose(standard_errors(fit, theta), 0, atol=1e-10)


@pytest.mark.parametrize("loss", ["mse", "sse", "bce"])
@pytest.mark.parametrize("parameter", [0, 1])
def test_only_at_the_minimum_are_there_standard_errors(loss, parameter):
    y = CLASSES if loss == "bce" else Y
    fit = Fit("a*x + b", X, y, loss)
    theta = torch.tensor(logistic(X, y, np.ones(5))[0]) if loss == "bce" else least_squares(fit)
    errors = standard_errors(fit, theta)
    away = torch.zeros(2, dtype=torch.float64)
    away[parameter] = errors[parameter]
    assert standard_errors(fit, theta + 1e-3 * away) is not None
    for steps in (0.03, -1.0, 10.0):
        assert standard_errors(fit, theta + steps * away) is None


@each_case(
    ("fit", "theta"),
    [
        (Fit("a", X, Y, "mae"), [5.0]),
        (Fit("a", X, Y, "huber"), [5.0]),
        (Fit("a", X, Y, "logcosh"), [5.0]),
        (Fit("a", [1, 2, 3], [0, 0, 0], penalties={"l2": 0.5}), [0.0]),
        (Fit("a", [1, 2, 3], [0, 0, 0], penalties={"l1": 0.5}), [0.0]),
        (Fit("a*x + b", [0, 1], [1, 3]), [2.0, 1.0]),
        (Fit("a", [1], [3]), [3.0]),
        (Fit("a", [1, 2], [3, 4], weights=[1, 0]), [3.0]),
        (Fit("a*x + b*x", X, 2 * X), [1.0, 1.0]),
        (Fit("a*x + b", [2] * 5, Y), [0.0, np.mean(Y)]),
        (Fit("a*x + 0*b", X, 2 * X), [2.0, 0.0]),
        (Fit("a*x + b*x", [-1, 1, 2], [1, 0, 0.5], "bce"), [0.0, 0.0]),
        (Fit("a*b*x", [-1, 1, 2], [1, 0, 0.5], "bce"), [0.0, 0.0]),
        (Fit("a*x + b", X, Y), [np.nan, 1.0]),
        (Fit("a*x + b", X, CLASSES, "bce"), [np.nan, 1.0]),
        (Fit("a*x + b", X, Y), [np.inf, 1.0]),
        (Fit("sqrt(a)*x + b", X, Y), [0.0, 1.0]),
    ],
    ids=str,
)
def test_where_parameters_do_not_scatter_as_the_theory_says_there_are_no_standard_errors(fit, theta):
    assert standard_errors(fit, tensor(*theta)) is None


# ---- The same curves for x as it is given


def test_a_standardised_line_is_mapped_back_to_its_slope_and_level():
    fit = Fit("a*x + b", X, Y, standardise=True)
    mean, deviation = np.mean(X), np.std(X)
    theta = [[[2.0, -5.0], [0.0, 0.0]], [[0.0, 1.0], [1e6, 1e-3]]]
    expected = [[[a / deviation, b - a * mean / deviation] for a, b in row] for row in theta]
    np.testing.assert_allclose(unstandardise(fit, tensor(*theta)), expected, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(unstandardise(fit, tensor(2.0, -5.0)), expected[0][0], rtol=1e-11)


def test_what_a_model_says_without_its_parameters_is_mapped_back_too():
    mean, deviation = np.mean(X), np.std(X)
    found = unstandardise(Fit("a*x + b + 2x", X, Y, standardise=True), tensor(0.5, 1.0))
    np.testing.assert_allclose(found, [2.5 / deviation - 2, 1 - 2.5 * mean / deviation], rtol=1e-12)


POLYNOMIALS = {"a*x + b": 1, "a*x^2 + b*x + c": 2, "a*x^3 + b*x^2 + c*x + d": 3}


@given(
    st.sampled_from(list(POLYNOMIALS)),
    st.lists(st.floats(-100, 100), min_size=4, max_size=4),
    st.lists(st.floats(-10, 10), min_size=5, max_size=12),
)
def test_a_polynomial_mapped_back_predicts_the_same_for_x_as_given(model, theta, x):
    assume(np.std(x) > 0.1)
    fit = Fit(model, x, x, standardise=True)
    theta = tensor(*theta[: len(fit.parameters)])
    back = unstandardise(fit, theta)
    plain = Fit(model, x, x)
    size = 1 + fit.predict(theta, fit.x).abs().max().item()
    np.testing.assert_allclose(plain.predict(back, plain.x), fit.predict(theta, fit.x), rtol=0, atol=1e-8 * size)


@pytest.mark.parametrize("model", POLYNOMIALS)
@pytest.mark.parametrize("shift", [0.0, 30.0])
def test_a_polynomial_mapped_back_is_the_polynomial_of_the_standardised_x(model, shift):
    x = X + shift
    fit = Fit(model, x, Y, standardise=True)
    theta = [0.7, -2.0, 0.3, 4.0][: POLYNOMIALS[model] + 1]
    inner = np.polynomial.Polynomial([-np.mean(x) / np.std(x), 1 / np.std(x)])
    expected = np.polynomial.Polynomial(theta[::-1])(inner).coef[::-1]
    np.testing.assert_allclose(unstandardise(fit, tensor(*theta)), expected, rtol=1e-12 if not shift else 1e-7)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_waves_of_x_less_1_are_waves_of_x_turned(a, b):
    fit = Fit("a*sin(x) + b*cos(x)", [0, 2], [0, 0], standardise=True)
    assert (fit.x_mean, fit.x_std) == (1, 1)
    turned = [a * np.cos(1) + b * np.sin(1), b * np.cos(1) - a * np.sin(1)]
    np.testing.assert_allclose(unstandardise(fit, tensor(a, b)), turned, rtol=1e-9, atol=1e-12)


def test_what_goes_through_the_origin_can_be_mapped_back_only_where_the_mean_is_0():
    assert unstandardise(Fit("a*x", X, Y, standardise=True), tensor(2.0)) is None
    balanced = Fit("a*x", [-3, -1, 1, 3], [0, 0, 0, 0], standardise=True)
    assert unstandardise(balanced, tensor(2.0)).item() == pytest.approx(2 / np.sqrt(5), rel=1e-13)


@pytest.mark.parametrize(
    "model",
    ["a*x", "a*x + 3", "a*x^2 + b", "a*sin(x)", "a*sin(x) + b*cos(x)", "a*exp(x) + b*x", "a*x^b", "exp(a*x) + b"],
)
def test_a_curve_that_the_model_cannot_draw_over_x_as_given_is_not_mapped_back(model):
    fit = Fit(model, X, Y, standardise=True)
    assert unstandardise(fit, tensor(2.0, 1.0)[: len(fit.parameters)]) is None


def test_an_exponential_is_mapped_back_only_where_its_rate_stays_the_same():
    assert unstandardise(Fit("a*exp(x)", X, Y, standardise=True), tensor(2.0)) is None
    unit = Fit("a*exp(x)", [0, 2], [0, 0], standardise=True)
    assert unstandardise(unit, tensor(2.0)).item() == pytest.approx(2 / np.e, rel=1e-13)


def test_a_model_without_a_value_left_of_0_is_not_mapped_back():
    assert unstandardise(Fit("a*log(x) + b", X, Y, standardise=True), tensor(2.0, 1.0)) is None


def test_a_fit_to_x_as_given_is_mapped_to_itself():
    theta = tensor([2.0, -5.0], [0.5, 1.0])
    np.testing.assert_allclose(unstandardise(Fit("a*x + b", X, Y), theta), theta, rtol=1e-12)


@pytest.mark.parametrize("lost", [np.nan, np.inf, 1e308])
def test_a_curve_that_is_not_finite_is_mapped_to_no_number_and_the_others_are_mapped(lost):
    fit = Fit("a*x + b", X, Y, standardise=True)
    found = unstandardise(fit, tensor([2.0, -5.0], [lost, lost], [1.0, 1.0]))
    expected = unstandardise(fit, tensor([2.0, -5.0], [1.0, 1.0]))
    assert torch.equal(found[[0, 2]], expected)
    assert found[1].isnan().all()


@pytest.mark.parametrize(
    ("model", "theta", "expected"),
    [
        # The same curve of x = center + spread*u, by hand.
        ("a*exp(-b*x)", (2.0, 0.7), lambda a, b, c, s: (a * np.exp(b * c / s), b / s)),
        ("1/(1 + exp(-(k*(x - m))))", (1.5, 0.2), lambda k, m, c, s: (k / s, c + s * m)),
        ("a*x^2 + b*x + c", (1.0, -2.0, 0.5), None),
    ],
)
def test_a_curve_of_standardised_x_is_found_over_x_as_given(model, theta, expected):
    fit = Fit(model, X, Y, standardise=True)
    found = search_unstandardised(fit, tensor(*theta))
    wanted = expected(*theta, fit.x_mean, fit.x_std) if expected else unstandardise(fit, tensor(*theta))
    np.testing.assert_allclose(found, wanted, rtol=1e-7)


@pytest.mark.parametrize("model", ["a*x", "a*sin(x)", "exp(a*x) + 3"])
def test_a_curve_that_the_model_cannot_draw_is_not_found(model):
    assert search_unstandardised(Fit(model, X, Y, standardise=True), tensor(2.0)) is None
