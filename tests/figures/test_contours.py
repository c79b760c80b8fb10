"""Runners from above: paths, arrows, trace_ellipses, and slices that change with the cursor."""

import numpy as np
import pytest

from playground import Function, descend, loss_surface
from playground.analysis.curvature import trace_ellipses, trace_outlines
from playground.figures import (
    ELLIPSE_POINTS,
    contour_figure,
    gather_contours,
    gather_surface,
    surface_figure,
)
from playground.figures.contours import ARROW_SHARE, ELLIPSE_SHARE, arrows_along
from tests.figures.shared import BOWLS, NO_MINIMA, sliced, trace_named, with_meta


def test_paths_are_those_of_the_runs(hill):
    for one, path, run in zip(hill.contours.paths, hill.paths, hill.runs, strict=True):
        assert one.x.tolist() == path[:, 0].tolist()
        assert one.y[: run.steps + 1].tolist() == run.parameters[:, 1].tolist()


def slope(x, y):
    return np.column_stack([2 * x + y - 2 * np.sin(2 * x), 6 * y + x])


def test_the_gradients_arrows_point_uphill_from_the_selected_runners_points(hill):
    ends = hill.contours.arrows[0].ends
    np.testing.assert_array_equal(ends[:, 0], hill.paths[1])
    expected, along = slope(*hill.paths[1].T), ends[:, 1] - ends[:, 0]
    lengths, sizes = np.hypot(*along.T), np.hypot(*expected.T)
    np.testing.assert_allclose(along / lengths[:, None], expected / sizes[:, None], atol=1e-9)
    np.testing.assert_allclose(lengths, ARROW_SHARE * 4 * np.sqrt(sizes / sizes[0]), rtol=1e-9)  # y goes from -2 to 2


def test_a_steps_arrow_goes_to_the_next_point_and_the_last_point_has_none(hill):
    ends, path = hill.contours.arrows[1].ends, hill.paths[1]
    np.testing.assert_array_equal(ends[:, 0], path)
    np.testing.assert_array_equal(ends[:-1, 1], path[1:])
    assert np.isnan(ends[-1, 1]).all()


def test_the_arrows_of_what_an_optimizer_keeps_wait_in_the_legend(hill):
    by_name = {arrow.name: arrow for arrow in hill.contours.arrows[2:]}
    assert list(by_name) == ["exp_avg", "exp_avg_sq"]
    shown = {trace.name: trace.visible for trace in with_meta(contour_figure(hill.contours), width=2)}
    assert list(shown.values()) == [None, None, "legendonly", "legendonly"]
    # Adam's first mean is a tenth of the first gradient (Kingma and Ba 2015), and there is none before the first step.
    first = by_name["exp_avg"].ends[1, 1] - hill.paths[1][1]
    gradient = slope(*hill.paths[1][:1].T)[0]
    np.testing.assert_allclose(first / np.hypot(*first), gradient / np.hypot(*gradient), atol=1e-9)
    assert np.isnan(by_name["exp_avg"].ends[0, 1]).all()


@pytest.mark.parametrize("shape", [trace_ellipses, trace_outlines])
def test_a_curvatures_ellipse_is_a_level_curve_of_its_quadratic_around_the_point(hill, shape):
    shapes = shape(hill.hessians, ELLIPSE_POINTS).numpy()
    gradients = slope(*hill.paths[1].T)
    contours = gather_contours([hill.surface], hill.contours.paths, 1, gradients, NO_MINIMA, shapes=shapes)
    checked = 0
    for at, ellipse in zip(hill.paths[1], contours.ellipses, strict=True):
        hessian = np.array([[2 - 4 * np.cos(2 * at[0]), 1], [1, 6]])
        if np.linalg.eigvalsh(hessian)[0] <= 0:
            assert shape is trace_outlines or np.isnan(ellipse).all()
            continue
        away = ellipse - at
        heights = np.einsum("ni,ij,nj->n", away, hessian, away)
        np.testing.assert_allclose(heights, heights[0], rtol=1e-9)
        assert np.hypot(*away.T).max() == pytest.approx(ELLIPSE_SHARE * 4, rel=1e-2)
        np.testing.assert_allclose(ellipse[0], ellipse[-1], atol=1e-12)
        checked += 1
    assert 0 < checked < len(hill.paths[1])


def test_where_the_gradient_is_zero_the_arrow_has_no_length():
    run = descend(Function("a**2 + b**2"), [0, 0], lr=0.1, steps=2)
    arrows = arrows_along(run.parameters.numpy(), run.gradients.numpy(), 1.0)
    np.testing.assert_array_equal(arrows, np.zeros((3, 2, 2)))


def test_minima_are_marked_where_they_are_and_only_where_they_are_known(hill):
    stars = trace_named(contour_figure(hill.contours._replace(minima=np.array([[1.0, 2.0], [3.0, 4.0]]))), "minimum")
    assert list(zip(stars.x, stars.y, strict=True)) == [(1, 2), (3, 4)]
    assert "minimum" not in [trace.name for trace in contour_figure(hill.contours).data]


@pytest.mark.parametrize(
    ("width", "height", "equal"),
    [
        (1, 1.0, True),
        (1, 9.0, True),
        (1, 0.2, True),
        (1, 11.0, False),
        (1, 0.05, False),
        (1, 1000.0, False),
        (6, 4.0, True),
        (6, 200.0, False),
    ],
)
def test_only_axes_of_like_size_share_one_scale(hill, width, height, equal):
    surface = loss_surface(hill.race.objective, ("x", 0, width, 13), ("y", 0, height, 9))
    contours = hill.contours._replace(x=surface.x.numpy(), y=surface.y.numpy(), z=surface.z.numpy()[None])
    assert (contour_figure(contours).layout.yaxis.scaleanchor == "x") == equal


# ---- Slices.


def test_each_slice_is_its_own_surface():
    surfaces, plane = sliced()
    assert plane.z.shape == (3, 9, 13)
    x, y = np.linspace(-3, 3, 13), np.linspace(-2, 2, 9)[:, None]
    for z, expected in zip(plane.z, (x**2 + y**2 + 1, 3 * x**2 + y**2 + 2, x**2 + 5 * y**2 + 9), strict=True):
        np.testing.assert_allclose(z, expected, rtol=1e-6)
    assert [one.since for one in plane.slices] == [0, 4, 9]
    assert len(surfaces) == 3


@pytest.mark.parametrize("scale", ["auto", "linear", "log"])
def test_slices_change_with_the_cursor_and_share_their_colours(scale):
    _, plane = sliced(scale)
    contours = contour_figure(plane).data[0]
    meta = contours.meta["frames"]
    values = np.log10(plane.z) if scale == "log" else plane.z
    assert meta["since"] == [0, 4, 9]
    assert meta["titles"] == [(f"x since {since}", f"y since {since}") for since in (0, 4, 9)]
    np.testing.assert_allclose(np.array(meta["fields"]["z"]), values, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.array(meta["fields"]["customdata"]), plane.z, rtol=1e-6)
    np.testing.assert_allclose(contours.z, values[0], rtol=1e-5, atol=1e-6)
    assert contours.zmin <= np.quantile(values, 0.011)
    assert contours.zmax == pytest.approx(values.max(), rel=1e-6)


@pytest.mark.parametrize("bowls", [BOWLS[:1], []], ids=["one", "none"])
def test_a_surface_that_is_the_same_at_all_steps_has_no_frames(hill, bowls):
    plane = sliced(bowls=bowls)[1] if bowls else hill.contours
    for figure in (contour_figure(plane), surface_figure(gather_surface(plane, [np.full(13, 2.0)] * len(plane.paths)))):
        assert all("frames" not in (trace.meta or {}) for trace in figure.data)


def test_slices_of_which_one_is_nowhere_finite_are_drawn_without_it():
    bowls = [("log(-1 - x^2) + y", 0), ("x^2 + y^2 + 1", 5)]
    _, plane = sliced("log", bowls)
    figure = contour_figure(plane)
    assert not figure.layout.annotations
    assert np.isnan(np.array(figure.data[0].meta["frames"]["fields"]["z"][0])).all()
    surface_figure(gather_surface(plane, [np.full(13, 2.0)]))  # Plotly would raise
