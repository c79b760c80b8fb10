"""The picture of the data: points, models, residuals and batches."""

import math

import numpy as np
import pytest
import torch

from playground import Fit, descend
from playground.data.points import Points
from playground.figures import Curve, Residuals, data_figure, gather_curves, gather_data
from playground.figures.palette import RUNNERS as COLOURS
from playground.figures.points import MOST_NUMBERS, MOST_POINTS, most_points, pick_evenly, stem_lines
from tests.figures.shared import START, WEIGHED, X, Y, metas, trace_named, weighed_fit


def test_the_models_curve_is_that_of_each_step(tutorial, run, path):
    numbers = gather_data(tutorial, [run.parameters])
    assert numbers.grid.shape == (2,)
    assert numbers.grid[0] < X.min()
    assert numbers.grid[1] > X.max()
    expected = path[:, :1] * numbers.grid + path[:, 1:]
    np.testing.assert_allclose(numbers.curves[0].y, expected, rtol=1e-6, atol=1e-6)
    assert numbers.x.tolist() == X.tolist()
    assert numbers.y.tolist() == Y.tolist()


def test_a_curved_model_is_drawn_through_more_than_two_points():
    fit = Fit("a*exp(b*x)", X, Y)
    run = descend(fit, [1.0, 0.5], lr=1e-3, steps=20)
    numbers = gather_data(fit, [run.parameters])
    assert len(numbers.grid) > 20
    a, b = run.parameters.numpy().T[..., None]
    np.testing.assert_allclose(numbers.curves[0].y, a * np.exp(b * numbers.grid), rtol=1e-6)


def test_a_model_straight_at_first_alone_is_drawn_as_a_curve():
    fit = Fit("a*x + b*x**2", X, Y)
    numbers = gather_data(fit, [descend(fit, [1.0, 0.0], lr=1e-2, steps=20).parameters])
    assert len(numbers.grid) > 20


def test_residuals_connect_each_point_with_its_prediction_and_leave_gaps(tutorial, run, path):
    numbers = gather_data(tutorial, [run.parameters])
    x, y = numbers.residual_x.reshape(4, 3), numbers.residual_y.reshape(101, 4, 3)
    np.testing.assert_array_equal(x, np.stack([X, X, np.full(4, math.nan)], axis=1))
    np.testing.assert_allclose(y[..., 0], np.broadcast_to(Y, (101, 4)), rtol=1e-6)
    np.testing.assert_allclose(y[..., 1], path[:, :1] * X + path[:, 1:], rtol=1e-6, atol=1e-6)
    assert np.isnan(y[..., 2]).all()


def test_the_axes_of_the_data_hold_the_points_and_the_predictions(tutorial, run, path):
    numbers = gather_data(tutorial, [run.parameters])
    shown = np.concatenate([Y, (path[:, :1] * X + path[:, 1:]).ravel()])
    assert numbers.x_range[0] < X.min() < X.max() < numbers.x_range[1]
    assert numbers.y_range[0] < shown.min() < shown.max() < numbers.y_range[1]


def test_predictions_that_diverge_do_not_flatten_the_data(tutorial):
    low, high = gather_data(tutorial, [descend(tutorial, START, lr=1.0, steps=60).parameters]).y_range
    assert low <= Y.min()
    assert high >= Y.max()
    assert high - low < 10 * np.ptp(Y)


def test_one_data_point_gets_axes_of_a_positive_size():
    fit = Fit("a*x + b", [2.0], [3.0])
    numbers = gather_data(fit, [descend(fit, [1.0, 1.0], lr=1e-2, steps=3).parameters])
    assert numbers.x_range[0] < 2 < numbers.x_range[1]
    assert numbers.y_range[0] < 3 < numbers.y_range[1]


def test_the_data_figure_has_its_traces_and_axes(tutorial, run):
    figure = data_figure(gather_data(tutorial, [run.parameters]))
    assert [trace.name for trace in figure.data] == ["residuals", "model", "data"]
    assert metas(figure) == ["rows", "rows", None]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("x", "y")
    assert (figure.data[2].x.tolist(), figure.data[2].y.tolist()) == (X.tolist(), Y.tolist())


def test_all_points_are_drawn_and_only_those_in_the_loss_have_residuals():
    fit = weighed_fit()
    numbers = gather_data(fit, [torch.tensor([[1.0, 2.0]])], points=WEIGHED)
    assert (numbers.x.tolist(), numbers.y.tolist()) == (X.tolist(), Y.tolist())
    assert numbers.held_out.tolist() == [False, False, False, True]
    assert numbers.weights.tolist() == [1, 4, 0, 2]
    assert numbers.residual_x.reshape(2, 3)[:, 0].tolist() == [0.5, 0.9]
    np.testing.assert_allclose(numbers.residual_y.reshape(2, 3)[:, :2], [[2.0, 2.5], [3.8, 2.9]], rtol=1e-6)
    data = next(trace for trace in data_figure(numbers).data if trace.name == "data")
    assert list(data.marker.symbol) == ["circle", "circle", "x-thin-open", "circle-open"]
    sizes = data.marker.size
    assert sizes[2] < sizes[0] < sizes[3] < sizes[1]
    assert "held out" in [trace.name for trace in data_figure(numbers).data]


def test_without_points_of_its_own_the_fits_are_drawn_alike(tutorial, run):
    numbers = gather_data(tutorial, [run.parameters])
    assert not numbers.held_out.any()
    assert numbers.weights.tolist() == [1] * 4
    data = next(trace for trace in data_figure(numbers).data if trace.name == "data")
    assert data.marker.symbol == "circle"
    assert isinstance(data.marker.size, int)
    assert data.meta["points"] is True


def test_a_model_of_any_kind_is_drawn_by_its_values():
    grid = np.linspace(0, 2, 9)
    sizes = np.arange(3.0)[:, None]
    points = Points((0.5, 1.5, 1.0), (1.0, 2.0, 3.0), held_out=(False, False, True))
    fitted = Residuals(np.array([0.5, 1.5]), np.array([1.0, 2.0]), np.tanh(sizes * np.array([0.5, 1.5])))
    numbers = gather_curves(points, grid, [Curve("network", COLOURS[0], np.tanh(sizes * grid))], fitted)
    assert numbers.x.tolist() == [0.5, 1.5, 1.0]
    assert numbers.x_range[0] < 0.5 < 1.5 < numbers.x_range[1]
    np.testing.assert_allclose(numbers.residual_y.reshape(3, 2, 3)[2, 0, :2], [1, np.tanh(1)], rtol=1e-6)
    figure = data_figure(numbers)
    (curve,) = [trace for trace in figure.data if trace.name == "network"]
    np.testing.assert_allclose(curve.y.reshape(3, 9), np.tanh(sizes * grid))
    assert "held out" in [trace.name for trace in figure.data]
    kept = gather_curves(points, grid, numbers.curves, fitted, ((-5.0, 5.0), (-1.0, 1.0)))
    assert (kept.x_range, kept.y_range) == ((-5, 5), (-1, 1))


def test_each_runner_has_a_curve_and_the_selected_one_the_residuals(tutorial, run):
    other = descend(tutorial, (0.0, 0.0), "Adam", 0.1, steps=7)
    numbers = gather_data(tutorial, [run.parameters, other.parameters], 1, names=["SGD", "Adam"])
    assert [(curve.name, curve.colour) for curve in numbers.curves] == [("SGD", COLOURS[0]), ("Adam", COLOURS[1])]
    for curve, one in zip(numbers.curves, (run, other), strict=True):
        expected = one.parameters.numpy() @ np.stack([numbers.grid, np.ones(2)])
        np.testing.assert_allclose(curve.y, expected, rtol=1e-6, atol=1e-6)
    theta = other.parameters.numpy()
    np.testing.assert_allclose(
        numbers.residual_y.reshape(8, 4, 3)[..., 1], theta[:, :1] * X + theta[:, 1:], rtol=1e-6, atol=1e-6
    )


def test_the_batch_lights_up_the_points_that_a_step_looks_at():
    fit = weighed_fit()
    batches = torch.tensor([[1, 0], [0, -1], [-1, -1]])
    numbers = gather_data(fit, [torch.zeros(3, 2, dtype=torch.float64)], points=WEIGHED, batches=batches)
    np.testing.assert_array_equal(numbers.batch_x, [[0.9, 0.5], [0.5, math.nan], [math.nan, math.nan]])
    np.testing.assert_array_equal(numbers.batch_y, [[3.8, 2.0], [2.0, math.nan], [math.nan, math.nan]])
    lit = data_figure(numbers).data[-1]
    assert (lit.name, lit.meta["width"], len(lit.x)) == ("batch", 2, 6)


def test_the_batches_of_a_run_are_lit_up_where_its_steps_looked():
    x = np.linspace(0, 1, 7)
    run = descend(Fit("a*x + b", x, x**2), [1.0, 1.0], lr=0.1, steps=9, batch_size=3)
    fit = Fit("a*x + b", x, x**2)
    numbers = gather_data(fit, [run.parameters], batches=run.batches)
    for row, places in zip(numbers.batch_x, run.batches.tolist(), strict=True):
        np.testing.assert_array_equal(row, [x[place] if place >= 0 else math.nan for place in places])


@pytest.mark.parametrize(("count", "drawn", "editable"), [(999, 999, True), (1_000, 1_000, True), (1_001, 1_000, False),
                                                          (50_000, 1_000, False)])  # fmt: skip
def test_of_many_points_some_are_drawn_which_nobody_can_edit(count, drawn, editable):
    x = np.linspace(-3, 5, count)
    points = Points(tuple(x), tuple(x**3))
    fit = Fit("a*x + b", x, x**3)
    numbers = gather_data(fit, [torch.ones(2, 2, dtype=torch.float64)], points=points)
    assert len(numbers.x) == len(set(numbers.x)) == drawn
    assert (numbers.x[0], numbers.x[-1]) == (-3, 5)
    np.testing.assert_array_equal(numbers.y, numbers.x**3)
    assert numbers.editable == editable
    name = "data" if drawn == count else f"data (1,000 of {count:,} points)"
    data = trace_named(data_figure(numbers), name)
    assert ("points" in data.meta) == editable
    assert ("some" in data.meta["says"].lower()) == (drawn < count)


def test_of_a_long_run_of_many_points_fewer_have_residuals_and_are_lit():
    x = np.linspace(0, 1, 5_000)
    fit = Fit("a*x + b", x, x)
    path = torch.zeros(1_001, 2, dtype=torch.float64)
    numbers = gather_data(fit, [path], batches=torch.arange(5_000).expand(1_001, -1))
    assert numbers.residual_y.shape == (1_001, 3 * (MOST_NUMBERS // (3 * 1_001)))
    assert numbers.batch_x.shape == (1_001, MOST_NUMBERS // 1_001)
    assert numbers.batch_size == 5_000
    assert len(numbers.x) == MOST_POINTS
    assert data_figure(numbers).data[-1].name == f"batch (the first {MOST_NUMBERS // 1_001} of 5,000 points)"
    assert most_points(10**6, 3) == 1


def test_axes_that_are_kept_stay(tutorial, run):
    numbers = gather_data(tutorial, [run.parameters], kept=((-7.0, 9.0), (-1.0, 2.5)))
    assert (numbers.x_range, numbers.y_range) == ((-7, 9), (-1, 2.5))
    assert numbers.grid.tolist() == [-7, 9]


@pytest.mark.parametrize(("count", "most"), [(1, 1), (5, 1), (5, 5), (5, 9), (1000, 7), (10**6, 1000)])
def test_some_places_are_at_even_distances(count, most):
    places = pick_evenly(count, most)
    assert len(places) == min(count, most)
    assert places[0] == 0
    assert most == 1 or places[-1] == count - 1
    assert most == 1 or np.ptp(np.diff(places)) <= 1


def test_stems_stand_between_their_ends():
    x, y = stem_lines(np.array([1.0, 2.0]), np.array([5.0, 6.0]), np.array([[7.0, 8.0], [9.0, 10.0]]))
    np.testing.assert_array_equal(x, [1, 1, math.nan, 2, 2, math.nan])
    np.testing.assert_array_equal(y, [[5, 7, math.nan, 6, 8, math.nan], [5, 9, math.nan, 6, 10, math.nan]])


@pytest.mark.parametrize(("count", "is_crowded"), [(300, False), (301, True), (20_000, True)])
def test_many_points_let_each_other_through_and_no_residuals_cover_them(count, is_crowded):
    x = np.linspace(0, 1, count)
    fit = Fit("a*x + b", x, x**2)
    figure = data_figure(gather_data(fit, [descend(fit, START, steps=3).parameters]))
    (points,) = (trace for trace in figure.data if (trace.name or "").startswith("data"))
    assert points.marker.color.startswith("rgba") == is_crowded
    assert (points.marker.line.width == 0) == is_crowded
    assert (trace_named(figure, "residuals").visible == "legendonly") == is_crowded
