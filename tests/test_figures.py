import math

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from playground import Fit, Function, descend, loss_surface
from playground.figures import (
    contour_figure,
    data_figure,
    gather_contours,
    gather_data,
    gather_loss_curve,
    gather_surface,
    loss_curve_figure,
    surface_figure,
)
from playground.figures.colours import gather_colours
from playground.figures.contours import ARROW
from playground.figures.surface import LIFT
from playground.landscape import frame

X = np.array([0.5, 0.9, 1.4, 1.8])
Y = np.array([2.0, 3.8, 5.0, 7.2])
START = (-0.486989, -0.563709)
AXES = ("a", "b")


@pytest.fixture
def run(tutorial):
    return descend(tutorial, START, lr=1e-2, steps=100)


@pytest.fixture
def surface(tutorial):
    return loss_surface(tutorial, x=("a", -2, 6, 9), y=("b", -3, 3, 7))


@pytest.fixture
def path():
    """The run again, by the gradient written out in NumPy."""
    points = [np.array(START)]
    for _ in range(100):
        points.append(points[-1] - 1e-2 * gradient(points[-1]))
    return np.array(points)


def loss(theta):
    return np.mean((theta[0] * X + theta[1] - Y) ** 2)


def gradient(theta):
    residual = theta[0] * X + theta[1] - Y
    return 2 * np.array([np.mean(residual * X), np.mean(residual)])


def every_figure(fit, trajectory):
    x_range, y_range = frame(trajectory, AXES)
    surface = loss_surface(fit, ("a", *x_range, 11), ("b", *y_range, 13))
    yield contour_figure(gather_contours(surface, trajectory))
    yield surface_figure(gather_surface(surface, trajectory))
    yield data_figure(gather_data(fit, [trajectory.parameters]))
    yield loss_curve_figure(gather_loss_curve(trajectory))
    yield loss_curve_figure(gather_loss_curve(trajectory, "log"))


def test_every_figure_is_one_that_plotly_accepts(tutorial, run, surface):
    minimum = np.array([3.79381443, 0.13711340])
    for figure in [*every_figure(tutorial, run), contour_figure(gather_contours(surface, run, minimum))]:
        go.Figure(figure.to_dict())  # raises for a name or a value that it doesn't know
        drawn = figure.layout.to_plotly_json()
        axes = [axis for name, axis in drawn.get("scene", drawn).items() if name.endswith("axis")]
        assert [bool(axis["title"]["text"]) for axis in axes] == [True] * (3 if "scene" in drawn else 2)


def metas(figure):
    return [(trace.meta or {}).get("cursor") for trace in figure.data]


def test_the_path_over_the_contours_is_that_of_the_run(surface, run, path):
    numbers = gather_contours(surface, run)
    assert numbers.names == AXES
    np.testing.assert_array_equal(numbers.path, run.parameters)
    np.testing.assert_allclose(numbers.path, path, rtol=1e-12)


def test_contours_with_the_axes_exchanged_exchange_the_path_and_the_minimum(tutorial, run, path):
    exchanged = loss_surface(tutorial, x=("b", -3, 3, 7), y=("a", -2, 6, 9))
    numbers = gather_contours(exchanged, run, np.array([3.79, 0.137]))
    np.testing.assert_allclose(numbers.path, path[:, ::-1], rtol=1e-12)
    assert numbers.minimum.tolist() == [0.137, 3.79]


def test_arrows_start_on_the_path_and_point_along_the_gradient(surface, run, path):
    arrows = gather_contours(surface, run).arrows
    assert arrows.shape == (101, 2, 2)
    np.testing.assert_allclose(arrows[:, 0], path, rtol=1e-12)
    along = arrows[:, 1] - arrows[:, 0]
    expected = np.array([gradient(theta) for theta in path])
    lengths = np.hypot(*along.T) * np.hypot(*expected.T)
    cross = along[:, 0] * expected[:, 1] - along[:, 1] * expected[:, 0]
    assert np.abs(cross / lengths).max() < 1e-12
    assert (np.sum(along * expected, axis=1) > 0).all()


def test_the_length_of_an_arrow_grows_with_the_square_root_of_the_gradient(surface, run, path):
    arrows = gather_contours(surface, run).arrows
    lengths = np.hypot(*(arrows[:, 1] - arrows[:, 0]).T)
    sizes = np.array([math.hypot(*gradient(theta)) for theta in path])
    assert lengths[0] == pytest.approx(ARROW * 6)  # b goes from -3 to 3
    np.testing.assert_allclose(lengths / lengths[0], np.sqrt(sizes / sizes[0]), rtol=1e-9)


def test_where_the_gradient_is_zero_the_arrow_has_no_length():
    objective = Function("a**2 + b**2")
    surface = loss_surface(objective, x=("a", -1, 1, 3), y=("b", -1, 1, 3))
    arrows = gather_contours(surface, descend(objective, [0, 0], lr=0.1, steps=2)).arrows
    np.testing.assert_array_equal(arrows, np.zeros((3, 2, 2)))


@pytest.mark.parametrize("gather", [gather_contours, gather_surface])
def test_each_value_of_z_is_the_loss_at_its_row_and_column(gather, surface, run):
    numbers = gather(surface, run)
    assert numbers.z.shape == (7, 9)
    expected = [[loss((a, b)) for a in np.linspace(-2, 6, 9)] for b in np.linspace(-3, 3, 7)]
    np.testing.assert_allclose(numbers.z, expected, rtol=1e-6)
    assert numbers.x.tolist() == np.linspace(-2, 6, 9).tolist()
    assert numbers.y.tolist() == np.linspace(-3, 3, 7).tolist()


def test_colours_are_logarithmic_where_positive_losses_span_much():
    losses = np.array([[0.3, 7.0], [20.0, 4321.0]])
    colours = gather_colours(losses)
    np.testing.assert_allclose(10**colours.values, losses, rtol=1e-12)
    assert colours.ticks.tolist() == [0, 1, 2, 3]
    assert colours.labels == ["1", "10", "100", "1000"]


def test_the_ticks_of_small_losses_are_decades_as_well():
    colours = gather_colours(np.array([3e-4, 0.5]))
    assert colours.ticks.tolist() == [-3, -2, -1]
    assert [float(label) for label in colours.labels] == [1e-3, 1e-2, 1e-1]


@pytest.mark.parametrize(
    "losses",
    [[1.0, 49.0], [0.0, 1000.0], [-1.0, 1000.0], [-1000.0, -1.0], [5.0, 5.0], [math.nan, 1.0, 2.0], [0.0, math.inf]],
    ids=str,
)
def test_colours_are_linear_where_a_loss_is_not_positive_or_they_span_little(losses):
    colours = gather_colours(np.array(losses))
    finite = np.isfinite(losses)
    assert colours.ticks is None
    assert colours.labels is None
    np.testing.assert_array_equal(colours.values[finite], np.array(losses)[finite])
    assert np.isnan(colours.values[~finite]).all()


@pytest.mark.parametrize(("largest", "logarithmic"), [(99.0, False), (101.0, True)])
def test_colours_become_logarithmic_at_fifty_times(largest, logarithmic):
    assert (gather_colours(np.array([2.0, largest])).ticks is not None) == logarithmic


def test_what_is_not_finite_has_no_colour_on_a_logarithmic_scale_either():
    values = gather_colours(np.array([1.0, 1000.0, math.nan, math.inf, -math.inf])).values
    np.testing.assert_allclose(values, [0, 3, math.nan, math.nan, math.nan], atol=1e-15)


def test_losses_of_which_none_is_finite_have_no_colours():
    colours = gather_colours(np.full((2, 3), math.nan))
    assert np.isnan(colours.values).all()
    assert colours.ticks is None


def test_the_path_over_the_surface_lies_on_the_loss_a_little_lifted(surface, run, path):
    numbers = gather_surface(surface, run)
    z = [[loss((a, b)) for a in np.linspace(-2, 6, 9)] for b in np.linspace(-3, 3, 7)]
    lift = LIFT * np.ptp(z)
    np.testing.assert_allclose(numbers.path[:, :2], path, rtol=1e-12)
    np.testing.assert_allclose(numbers.path[:, 2] - lift, [loss(theta) for theta in path], atol=1e-4)
    assert 0 < lift < 0.05 * np.ptp(z)
    low, high = numbers.z_range
    assert low <= np.min(z)
    assert high >= np.max(z)


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


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_loss_curve_has_the_loss_of_each_step_within_its_range(run, path, scale):
    numbers = gather_loss_curve(run, scale)
    expected = [loss(theta) for theta in path]
    assert numbers.scale == scale
    assert numbers.steps.tolist() == list(range(101))
    np.testing.assert_allclose(numbers.losses, expected, rtol=1e-12)
    shown = np.log10(expected) if scale == "log" else np.array(expected)
    assert numbers.loss_range[0] < shown.min() < shown.max() < numbers.loss_range[1]


def test_the_loss_curve_is_linear_where_no_loss_is_positive():
    trajectory = descend(Function("-a**2 - 1"), [1.0], lr=0.1, steps=5)
    numbers = gather_loss_curve(trajectory, "log")
    assert numbers.scale == "linear"
    assert numbers.loss_range[0] < min(trajectory.losses) < max(trajectory.losses) < numbers.loss_range[1]


def test_a_loss_curve_of_some_positive_losses_stays_logarithmic():
    numbers = gather_loss_curve(descend(Function("a"), [0.25], lr=0.1, steps=5), "log")  # 0.25, 0.15, 0.05, -0.05
    assert numbers.scale == "log"
    assert numbers.loss_range[0] < math.log10(0.05) < math.log10(0.25) < numbers.loss_range[1]


def test_a_run_of_no_steps_has_a_loss_curve_of_positive_size(tutorial):
    figure = loss_curve_figure(gather_loss_curve(descend(tutorial, START, lr=1e-2, steps=0)))
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert axis.range[0] < axis.range[1]


@pytest.mark.parametrize(
    ("start", "labels"),
    [(6.5, ["14", "16", "18", "20"]), (4.0, ["1", "2", "5"]), (1e-3, None), (1e4, None)],
)
def test_a_logarithmic_axis_has_labels_that_can_be_read(start, labels):
    """From x**2 / 2 at the start down to two thirds, an eighth, or much less of it."""
    lr = {6.5: 0.01, 4.0: 0.05}.get(start, 0.5)
    figure = loss_curve_figure(gather_loss_curve(descend(Function("x^2/2"), [start], lr=lr, steps=20), "log"))
    axis = figure.layout.yaxis
    if labels is None:  # decades alone
        assert axis.dtick >= 1
        return
    assert list(axis.ticktext)[: len(labels)] == labels
    low, high = (10**bound for bound in axis.range)
    assert all(low <= value <= high for value in axis.tickvals)
    assert [float(text) for text in axis.ticktext] == pytest.approx(axis.tickvals.tolist())


def test_where_no_loss_is_finite_nothing_is_drawn_and_it_is_said(tutorial):
    fit = Fit("a*x + b/0", X, Y)
    for figure in every_figure(fit, descend(fit, START, steps=3)):
        for trace in figure.data:
            assert trace.type != "surface" or trace.visible is False
        kinds = {trace.type for trace in figure.data}
        said = [note.text for note in figure.layout.annotations]
        assert said == (["The loss has no value here"] if kinds & {"surface", "contour"} else [])
    assert not any(figure.layout.annotations for figure in every_figure(tutorial, descend(tutorial, START, steps=3)))


def test_the_contour_figure_has_its_traces_and_axes(surface, run, path):
    figure = contour_figure(gather_contours(surface, run, np.array([3.79, 0.137])))
    assert [trace.type for trace in figure.data] == ["contour"] + ["scatter"] * 5
    assert [trace.name for trace in figure.data if trace.name] == ["path", "gradient ∇ (uphill)", "minimum"]
    assert metas(figure) == [None, "all", "path", "rows", "point", None]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == AXES
    assert figure.layout.xaxis.range == (-2, 6)
    assert figure.layout.yaxis.range == (-3, 3)
    assert figure.data[0].colorbar.title.text == "loss"
    np.testing.assert_allclose(np.stack([figure.data[2].x, figure.data[2].y], axis=1), path, rtol=1e-12)
    assert (figure.data[-1].x[0], figure.data[-1].y[0]) == (3.79, 0.137)


def test_the_contour_figure_marks_no_minimum_that_is_not_known(surface, run):
    figure = contour_figure(gather_contours(surface, run))
    assert "minimum" not in [trace.name for trace in figure.data]


def test_the_surface_figure_has_its_traces_and_axes(surface, run):
    numbers = gather_surface(surface, run)
    figure = surface_figure(numbers)
    assert [trace.type for trace in figure.data] == ["surface", "scatter3d", "scatter3d"]
    assert figure.data[1].name == "path"
    assert metas(figure) == [None, "path", "point"]
    scene = figure.layout.scene
    assert [axis.title.text for axis in (scene.xaxis, scene.yaxis, scene.zaxis)] == ["a", "b", "loss"]
    np.testing.assert_array_equal(np.stack([figure.data[1][axis] for axis in "xyz"], axis=1), numbers.path)


def test_the_data_figure_has_its_traces_and_axes(tutorial, run):
    figure = data_figure(gather_data(tutorial, [run.parameters]))
    assert [trace.name for trace in figure.data] == ["residuals", "model", "data"]
    assert metas(figure) == ["rows", "rows", None]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("x", "y")
    assert (figure.data[2].x.tolist(), figure.data[2].y.tolist()) == (X.tolist(), Y.tolist())


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_loss_curve_figure_has_its_traces_and_axes(run, scale):
    figure = loss_curve_figure(gather_loss_curve(run, scale))
    assert [trace.name for trace in figure.data] == ["whole run", "loss so far", None]
    assert metas(figure) == ["all", "path", "point"]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("step", "loss")
    assert figure.layout.yaxis.type == scale


@pytest.mark.parametrize("model", ["a*x + b", "a*exp(b*x)"])
@pytest.mark.parametrize("steps", [0, 1, 17])
def test_what_follows_the_cursor_is_as_long_as_the_run(model, steps):
    fit = Fit(model, X, Y)
    for figure in every_figure(fit, descend(fit, [1.0, 0.5], lr=1e-3, steps=steps)):
        for trace, cursor in zip(figure.data, metas(figure), strict=True):
            if cursor is None:
                continue
            width = trace.meta["width"] if cursor == "rows" else 1
            assert len(trace.y) == (steps + 1) * width
            assert len(trace.x) in ({width, (steps + 1) * width} if cursor == "rows" else {steps + 1})


@pytest.mark.parametrize(
    ("height", "equal"), [(1.0, True), (9.0, True), (0.2, True), (11.0, False), (0.05, False), (1000.0, False)]
)
def test_only_ranges_of_like_size_share_one_scale(tutorial, run, height, equal):
    surface = loss_surface(tutorial, x=("a", 0, 1, 3), y=("b", 0, height, 3))
    figure = contour_figure(gather_contours(surface, run))
    assert (figure.layout.yaxis.scaleanchor == "x") == equal


@pytest.mark.parametrize(
    ("model", "start", "lr", "outcome"),
    [
        ("a*x + b", START, 1e300, "DIVERGED"),
        ("a*x + b", START, 1.0, "DIVERGED"),
        ("a*exp(b*x)", (1.0, 1.0), 1e300, "DIVERGED"),
        ("log(a)*x + b", (0.5, -0.5), 1e-2, "FINISHED"),
        ("log(a)*x + b", (0.1, 9.0), 1.0, "OUT_OF_DOMAIN"),
        ("log(a)*x + b", (-1.0, 0.5), 1e-2, "OUT_OF_DOMAIN"),
    ],
)
def test_a_run_that_leaves_the_numbers_is_drawn_as_far_as_they_go(model, start, lr, outcome):
    fit = Fit(model, X, Y)
    trajectory = descend(fit, start, lr=lr, steps=400)
    assert trajectory.outcome.name == outcome
    for figure in every_figure(fit, trajectory):
        figure.to_json()
        axes = [figure.layout.scene[name] for name in ("xaxis", "yaxis", "zaxis")] if figure.layout.scene.xaxis else []
        for axis in axes or [figure.layout.xaxis, figure.layout.yaxis]:
            assert axis.range is None or -math.inf < axis.range[0] < axis.range[1] < math.inf


def test_pictures_do_not_change_the_run(tutorial, run):
    before = run.parameters.clone(), run.losses.clone(), run.gradients.clone()
    list(every_figure(tutorial, run))
    for kept, now in zip(before, (run.parameters, run.losses, run.gradients), strict=True):
        assert torch.equal(kept, now)
