"""What each point says: its residual, and its contribution to the gradient."""

import numpy as np
import pytest
import torch

from playground import Fit
from playground.figures import gather_contributions, gather_residuals, stems_figure
from playground.figures.stems import MOST_AT_ONCE
from tests.figures.shared import X, Y, metas, weighed_fit


def ends(numbers, i=0):
    """The ends of the stems, (steps + 1, n), after a look at their feet, their places and their gaps."""
    one = numbers.stems[i]
    x, y = one.x.reshape(-1, 3), one.y.reshape(len(one.y), -1, 3)
    np.testing.assert_array_equal(x[:, 0], x[:, 1])
    assert np.isnan(x[:, 2]).all()
    assert np.isnan(y[..., 2]).all()
    assert (y[..., 0] == 0).all()
    return y[..., 1]


def test_residuals_are_the_targets_less_the_predictions(tutorial, run, path):
    numbers = gather_residuals(tutorial, run.parameters)
    expected = Y - path[:, :1] * X - path[:, 1:]
    np.testing.assert_allclose(ends(numbers), expected, rtol=1e-6, atol=1e-6)
    assert numbers.stems[0].x[::3].tolist() == X.tolist()
    assert (numbers.shown, numbers.title) == (4, "residual, y − model")
    low, high = numbers.y_range
    assert low == -high
    assert high >= np.abs(expected[-1]).max()
    assert numbers.x_range[0] < 0.5 < 1.8 < numbers.x_range[1]


def test_the_residuals_of_some_points_are_those_of_their_own():
    x = np.linspace(0, 4, 3_000)
    numbers = gather_residuals(Fit("a*x + b", x, np.sin(x)), torch.tensor([[2.0, 1.0], [0.5, 0.0]]).double())
    assert numbers.shown == 1_000
    assert numbers.title.endswith("(1,000 of 3,000 points)")
    shown = numbers.stems[0].x[::3]
    np.testing.assert_allclose(ends(numbers)[1], np.sin(shown) - 0.5 * shown, rtol=1e-6, atol=1e-6)


PARTS = {
    "mse": lambda error, weights: 2 * error * weights / weights.sum(),
    "sse": lambda error, weights: 2 * error * weights,
    "mae": lambda error, weights: np.sign(error) * weights / weights.sum(),
}


@pytest.mark.parametrize("loss", PARTS)
def test_contributions_are_each_points_part_of_the_gradient(loss):
    fit, theta = weighed_fit(loss), np.array([[1.0, 2.0], [-0.5, 3.0], [4.0, 0.1]])
    numbers = gather_contributions(fit, torch.tensor(theta), ("a", "b"))
    x, weights = X[:2], np.array([1.0, 4.0])
    parts = PARTS[loss](theta[:, :1] * x + theta[:, 1:] - Y[:2], weights)
    np.testing.assert_allclose(ends(numbers, 0), parts * x, rtol=1e-6)
    np.testing.assert_allclose(ends(numbers, 1), parts, rtol=1e-6)
    both = np.stack([ends(numbers, i).sum(1) for i in (0, 1)], 1)
    np.testing.assert_allclose(both, fit.gradient(torch.tensor(theta)), rtol=1e-5, atol=1e-5)
    assert [one.name for one in numbers.stems] == ["to ∂/∂a", "to ∂/∂b"]
    middle = (numbers.stems[0].x[::3] + numbers.stems[1].x[::3]) / 2
    np.testing.assert_allclose(middle, x, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", PARTS)
def test_the_contributions_of_some_points_are_their_parts_of_the_whole_gradient(loss, weighted):
    x = np.linspace(0, 4, 2_500)
    weights = 1 + np.cos(x) ** 2 if weighted else np.ones(2_500)
    fit = Fit("a*x + b", x, np.sin(3 * x), loss, weights=weights if weighted else None)
    numbers = gather_contributions(fit, torch.tensor([[1.0, -0.5]]).double(), ("a", "b"))
    assert numbers.shown == 1_000
    assert numbers.title.endswith("(1,000 of 2,500 points)")
    places = np.linspace(0, 2_499, 1_000).round().astype(int)
    parts = PARTS[loss](x - 0.5 - np.sin(3 * x), weights)[places]
    np.testing.assert_allclose(ends(numbers, 0)[0], parts * x[places], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(ends(numbers, 1)[0], parts, rtol=1e-5, atol=1e-12)


def test_of_more_than_two_parameters_each_point_has_its_share_of_all_contributions():
    fit, theta = Fit("a*x**2 + b*x + c", X, Y), np.array([[1.0, 2.0, -1.0], [0.5, 0.5, 0.5]])
    numbers = gather_contributions(fit, torch.tensor(theta), ("a", "b", "c"))
    error = theta @ np.stack([X**2, X, np.ones(4)]) - Y
    for i, power in enumerate((2, 1, 0)):
        parts = error * X**power
        np.testing.assert_allclose(ends(numbers, i), parts / np.abs(parts).sum(1, keepdims=True), rtol=1e-6)
    assert [trace.visible for trace in stems_figure(numbers).data[1:]] == [None] * MOST_AT_ONCE + ["legendonly"]


def test_points_that_contribute_nothing_have_stems_of_no_length():
    fit = Fit("a*x + b", X, 2 * X + 1)
    for numbers in (
        gather_residuals(fit, torch.tensor([[2.0, 1.0]]).double()),
        gather_contributions(fit, torch.tensor([[2.0, 1.0]]).double(), fit.parameters),
    ):
        np.testing.assert_allclose(ends(numbers), 0, atol=1e-12)
        assert numbers.y_range[0] < 0 < numbers.y_range[1]


def test_the_axis_holds_the_start_and_all_that_is_not_far_beyond_it():
    path = torch.tensor([[3.0, 0.5], [-3.0, 0.5], [1e6, 0.0], [3.8, 0.1]]).double()
    numbers = gather_residuals(Fit("a*x + b", X, Y), path)
    most = np.abs(Y + 3 * X - 0.5).max()
    assert most <= numbers.y_range[1] < 1.5 * most


def test_the_figure_of_stems_has_a_line_at_zero_and_a_trace_each(tutorial, run):
    figure = stems_figure(gather_contributions(tutorial, run.parameters, tutorial.parameters))
    assert metas(figure) == [None, "rows", "rows"]
    assert [trace.name for trace in figure.data[1:]] == ["to ∂/∂a", "to ∂/∂b"]
    assert list(figure.data[0].y) == [0, 0]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("x", "contribution to the gradient")
