"""The numbers that the figures draw, against the run itself."""

import numpy as np
import pytest

from playground import Fit, descend, loss_surface
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

START = (-0.486989, -0.563709)
AXES = ("a", -2, 6, 21), ("b", -4, 4, 11)


@pytest.fixture
def run(tutorial):
    return descend(tutorial, START, lr=1e-2, steps=100)


def test_contours_hold_the_losses_the_path_and_arrows_along_the_gradients(tutorial, run):
    numbers = gather_contours(loss_surface(tutorial, *AXES), run)
    np.testing.assert_array_equal(numbers.path, run.parameters)
    assert numbers.z[3, 7] == pytest.approx(float(tutorial.loss([numbers.x[7], numbers.y[3]])), rel=1e-6)
    arrows = numbers.arrows[:, 1] - numbers.arrows[:, 0]
    gradients = run.gradients.numpy()
    cross = arrows[:, 0] * gradients[:, 1] - arrows[:, 1] * gradients[:, 0]
    np.testing.assert_allclose(cross, 0, atol=1e-10)
    assert ((arrows * gradients).sum(-1) > 0).all()
    lengths, sizes = np.linalg.norm(arrows, axis=-1), np.linalg.norm(gradients, axis=-1)
    np.testing.assert_allclose((lengths / lengths[0]) ** 2, sizes / sizes[0], rtol=1e-9)


def test_the_path_lies_a_little_above_the_surface(tutorial, run):
    numbers = gather_surface(loss_surface(tutorial, *AXES), run)
    lift = numbers.path[:, 2] - run.losses.numpy()
    assert (lift > 0).all()
    assert np.ptp(lift) < 1e-9
    assert lift[0] < 0.05 * np.ptp(numbers.z)


def test_the_line_of_each_step_takes_two_points_and_a_curve_more(tutorial, run):
    numbers = gather_data(tutorial, run)
    expected = run.parameters[:, :1].numpy() * numbers.grid + run.parameters[:, 1:].numpy()
    assert numbers.curves.shape == (101, 2)
    np.testing.assert_allclose(numbers.curves, expected, rtol=1e-5, atol=1e-5)
    curved = Fit("a*exp(b*x)", tutorial.x, tutorial.y)
    assert gather_data(curved, descend(curved, (1.0, 0.5), lr=1e-3, steps=5)).curves.shape[1] > 20


def test_residuals_join_each_point_to_the_model(tutorial, run):
    numbers = gather_data(tutorial, run)
    segments = numbers.residual_y.reshape(101, 4, 3)
    np.testing.assert_allclose(segments[:, :, 0], np.broadcast_to(tutorial.y, (101, 4)), rtol=1e-6)
    predictions = run.parameters[:, :1] * tutorial.x + run.parameters[:, 1:]
    np.testing.assert_allclose(segments[:, :, 1], predictions, rtol=1e-5, atol=1e-5)
    assert np.isnan(segments[:, :, 2]).all()


def test_colours_are_logarithmic_where_losses_are_positive_and_span_much():
    wide = gather_colours(np.array([0.1, 1.0, 100.0]))
    np.testing.assert_allclose(wide.values, [-1, 0, 2])
    assert wide.labels == ["0.1", "1", "10", "100"]
    for losses in ([1.0, 2.0, 3.0], [-1.0, 0.0, 1e6]):
        assert gather_colours(np.array(losses)).values.tolist() == losses
    assert np.isnan(gather_colours(np.array([1.0, np.inf])).values[1])


def test_the_loss_axis_is_logarithmic_only_where_a_loss_is_positive(run):
    assert gather_loss_curve(run, "log").scale == "log"
    low, high = gather_loss_curve(run, "log").loss_range
    assert low < run.losses.min().log10() < run.losses.max().log10() < high
    negative = Fit("a*x + b", [1.0], [0.0], loss="bce")
    assert gather_loss_curve(descend(negative, (-1e3, 0.0), steps=1), "log").scale == "linear"


@pytest.mark.parametrize(
    ("model", "start", "lr"), [("a*x + b", START, 1e-2), ("a*x + b", START, 1e300), ("log(a)*x + b", START, 1e-2)]
)
def test_every_picture_is_drawn_with_axes_titles_and_rows_of_one_width(tutorial, model, start, lr):
    fit = Fit(model, tutorial.x, tutorial.y)
    run = descend(fit, start, lr=lr, steps=20)
    surface = loss_surface(fit, *AXES)
    figures = [
        data_figure(gather_data(fit, run)),
        contour_figure(gather_contours(surface, run)),
        loss_curve_figure(gather_loss_curve(run)),
        surface_figure(gather_surface(surface, run)),
    ]
    for figure in figures:
        layout = figure.to_dict()["layout"]
        axes = layout.get("scene", layout)
        assert all(axes[name]["title"]["text"] for name in ("xaxis", "yaxis"))
        for trace in figure.data:
            if (trace.meta or {}).get("cursor") == "rows":
                assert len(trace.y) == len(run.losses) * trace.meta["width"]
    names = {trace.name for figure in figures for trace in figure.data}
    assert {"data", "model", "residuals", "path", "gradient ∇ (uphill)", "loss so far"} <= names


def test_like_ranges_share_one_scale_and_unlike_ones_do_not(tutorial, run):
    figures = [
        contour_figure(gather_contours(loss_surface(tutorial, ("a", 0, width, 5), ("b", 0, 1, 5)), run))
        for width in (2, 100)
    ]
    assert [figure.layout.yaxis.scaleanchor for figure in figures] == ["x", False]
