import math

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from playground import Fit, Function, descend, loss_surface
from playground.analysis.frames import frame_run
from playground.data.points import Points
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
from playground.figures.data import MOST_NUMBERS, MOST_POINTS, most_points, some, stems
from playground.figures.points import MOST_PLAIN, gather_contributions, gather_residuals, stems_figure
from playground.figures.race import COLOURS
from playground.figures.surface import LIFT

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
    x_range, y_range = frame_run(trajectory, AXES)
    surface = loss_surface(fit, ("a", *x_range, 11), ("b", *y_range, 13))
    yield contour_figure(gather_contours(surface, trajectory))
    yield surface_figure(gather_surface(surface, trajectory))
    yield data_figure(gather_data(fit, [trajectory.parameters]))
    yield stems_figure(gather_residuals(fit, trajectory.parameters))
    yield stems_figure(gather_contributions(fit, trajectory.parameters, fit.parameters))
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
        assert said == (["Nothing has a finite value here"] if kinds & {"surface", "contour"} else [])
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


# ---- Data held out, weighted, in batches, and many.

WEIGHED = Points(tuple(X), tuple(Y), (1.0, 4.0, 0.0, 2.0), (False, False, False, True))


def weighed_fit(loss="mse", **more):
    return Fit("a*x + b", X, Y, loss, weights=WEIGHED.weights, held_out=WEIGHED.held_out, **more)


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
    data = next(trace for trace in data_figure(numbers).data if trace.name == "data")
    assert ("points" in data.meta) == editable


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
    places = some(count, most)
    assert len(places) == min(count, most)
    assert places[0] == 0
    assert most == 1 or places[-1] == count - 1
    assert most == 1 or np.ptp(np.diff(places)) <= 1


def test_stems_stand_between_their_ends():
    x, y = stems(np.array([1.0, 2.0]), np.array([5.0, 6.0]), np.array([[7.0, 8.0], [9.0, 10.0]]))
    np.testing.assert_array_equal(x, [1, 1, math.nan, 2, 2, math.nan])
    np.testing.assert_array_equal(y, [[5, 7, math.nan, 6, 8, math.nan], [5, 9, math.nan, 6, 10, math.nan]])


# ---- What each point says.


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
    assert (numbers.shown, numbers.of) == (4, 4)
    low, high = numbers.y_range
    assert low == -high
    assert high >= np.abs(expected[-1]).max()
    assert numbers.x_range[0] < 0.5 < 1.8 < numbers.x_range[1]


def test_the_residuals_of_some_points_are_those_of_their_own():
    x = np.linspace(0, 4, 3_000)
    numbers = gather_residuals(Fit("a*x + b", x, np.sin(x)), torch.tensor([[2.0, 1.0], [0.5, 0.0]]).double())
    assert (numbers.shown, numbers.of) == (1_000, 3_000)
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
    assert [one.name for one in numbers.stems] == ["in ∂/∂a", "in ∂/∂b"]
    middle = (numbers.stems[0].x[::3] + numbers.stems[1].x[::3]) / 2
    np.testing.assert_allclose(middle, x, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", PARTS)
def test_the_contributions_of_some_points_are_their_parts_of_the_whole_gradient(loss, weighted):
    x = np.linspace(0, 4, 2_500)
    weights = 1 + np.cos(x) ** 2 if weighted else np.ones(2_500)
    fit = Fit("a*x + b", x, np.sin(3 * x), loss, weights=weights if weighted else None)
    numbers = gather_contributions(fit, torch.tensor([[1.0, -0.5]]).double(), ("a", "b"))
    assert (numbers.shown, numbers.of) == (1_000, 2_500)
    places = np.linspace(0, 2_499, 1_000).round().astype(int)
    parts = PARTS[loss](x - 0.5 - np.sin(3 * x), weights)[places]
    np.testing.assert_allclose(ends(numbers, 0)[0], parts * x[places], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(ends(numbers, 1)[0], parts, rtol=1e-5, atol=1e-12)


def test_of_more_than_two_parameters_contributions_are_parts_of_all_that_pull():
    fit, theta = Fit("a*x**2 + b*x + c", X, Y), np.array([[1.0, 2.0, -1.0], [0.5, 0.5, 0.5]])
    numbers = gather_contributions(fit, torch.tensor(theta), ("a", "b", "c"))
    error = theta @ np.stack([X**2, X, np.ones(4)]) - Y
    for i, power in enumerate((2, 1, 0)):
        parts = error * X**power
        np.testing.assert_allclose(ends(numbers, i), parts / np.abs(parts).sum(1, keepdims=True), rtol=1e-6)
    assert [trace.visible for trace in stems_figure(numbers).data[1:]] == [True] * MOST_PLAIN + ["legendonly"]


def test_points_that_all_pull_nowhere_have_stems_of_no_length():
    fit = Fit("a*x + b", X, 2 * X + 1)
    for numbers in (
        gather_residuals(fit, torch.tensor([[2.0, 1.0]]).double()),
        gather_contributions(fit, torch.tensor([[2.0, 1.0]]).double(), fit.parameters),
    ):
        np.testing.assert_allclose(ends(numbers), 0, atol=1e-12)
        assert numbers.y_range[0] < 0 < numbers.y_range[1]


def test_a_start_far_away_does_not_flatten_the_end():
    path = torch.tensor([[1e6, 0.0], [3.0, 0.5]]).double()
    numbers = gather_residuals(Fit("a*x + b", X, Y), path)
    end = np.abs(Y - 3 * X - 0.5).max()
    assert end <= numbers.y_range[1] < 5 * end


def test_the_figure_of_stems_has_a_line_at_zero_and_a_trace_each(tutorial, run):
    figure = stems_figure(gather_contributions(tutorial, run.parameters, AXES))
    assert metas(figure) == [None, "rows", "rows"]
    assert [trace.name for trace in figure.data[1:]] == ["in ∂/∂a", "in ∂/∂b"]
    assert list(figure.data[0].y) == [0, 0]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("x", "part in the gradient")
