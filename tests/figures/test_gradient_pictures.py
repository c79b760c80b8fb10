"""The pictures of one gradient: that the numbers in them are those they stand for."""

import numpy as np
import pytest

from playground import Function, loss_surface
from playground.figures import (
    components_figure,
    convergence_figure,
    dial_figure,
    direction_figure,
    gather_components,
    gather_convergence,
    gather_dial,
    gather_direction,
    gather_jacobian,
    gather_steepness,
    gather_tangent,
    gather_tangent_plane,
    jacobian_figure,
    steepness_figure,
    tangent_figure,
    tangent_plane_figure,
)
from playground.figures.convergence import ALL_EQUAL, NOTHING_TO_COMPARE
from tests.figures.shared import trace_named

POINT = np.array([1.0, -0.5])
SLOPE = np.array([2.0, -3.0])
ANGLES = np.linspace(0, 360, 73)
TURNING = np.stack([np.cos(np.deg2rad(ANGLES)), np.sin(np.deg2rad(ANGLES))], -1)


@pytest.fixture
def bowl():
    return loss_surface(Function("x^2 + 3y^2"), ("x", -2, 2, 9), ("y", -2, 2, 7))


def test_the_tangent_and_the_secants_go_through_their_points():
    x = np.linspace(-4, 4, 9)
    on = np.array([[[1.0, 1.0], [5.0, 25.0]], [[2.0, 4.0], [4.0, 16.0]]])
    figure = tangent_figure(gather_tangent("x", x, x**2, (3.0, 9.0), 6.0, on))
    tangent = trace_named(figure, "tangent")
    np.testing.assert_allclose(tangent.y, 9 + 6 * (np.array(tangent.x) - 3))
    secant = trace_named(figure, "secant from x − h to x + h")
    heights = np.reshape(secant.y, (2, 2))
    slopes = np.diff(heights)[:, 0] / np.diff(secant.x)
    np.testing.assert_allclose(slopes, [6, 6])  # of a parabola every secant has the slope of the middle
    np.testing.assert_allclose(heights[:, 0] - slopes * secant.x[0], [-5, -8])


def test_the_arrows_over_contours_point_uphill_and_along_u(bowl):
    figure = direction_figure(gather_direction(bowl, POINT, SLOPE, TURNING))
    for name, expected in (("direction of ∇f", SLOPE[None] / np.hypot(*SLOPE)), ("direction u", TURNING)):
        ends = np.stack([trace_named(figure, name).x, trace_named(figure, name).y], -1).reshape(-1, 2, 2)
        np.testing.assert_allclose(ends[:, 0], np.broadcast_to(POINT, expected.shape))
        along = ends[:, 1] - ends[:, 0]
        np.testing.assert_allclose(along / np.linalg.norm(along, axis=-1, keepdims=True), expected, atol=1e-12)


def test_where_nothing_slopes_no_arrow_is_drawn(bowl):
    figure = direction_figure(gather_direction(bowl, np.zeros(2), np.zeros(2), TURNING))
    ends = trace_named(figure, "direction of ∇f")
    assert np.isnan(ends.x[1])
    assert np.isnan(ends.y[1])


def test_the_tangent_plane_touches_the_surface_with_its_slope(bowl):
    figure = tangent_plane_figure(gather_tangent_plane(bowl, POINT, 1.75, SLOPE, TURNING))
    plane = trace_named(figure, "tangent plane")
    corners = np.stack([plane.x, plane.y], -1)
    np.testing.assert_allclose(plane.z, 1.75 + (corners - POINT) @ SLOPE)
    np.testing.assert_allclose(corners.mean(0), POINT)


def test_u_in_space_goes_along_the_tangent_plane(bowl):
    figure = tangent_plane_figure(gather_tangent_plane(bowl, POINT, 1.75, SLOPE, TURNING))
    line = trace_named(figure, "direction u")
    ends = np.stack([line.x, line.y, line.z], -1).reshape(-1, 2, 3)
    along = ends[:, 1] - ends[:, 0]
    np.testing.assert_allclose(along[:, 2], along[:, :2] @ SLOPE, atol=1e-12)
    np.testing.assert_allclose(along[:, :2] / np.hypot(*along[0, :2]), TURNING, atol=1e-12)


def test_u_in_the_bars_is_the_gradient_where_it_is_steepest():
    u = np.array([SLOPE / np.hypot(*SLOPE), [1.0, 0.0]])
    figure = components_figure(gather_components(("x", "y"), SLOPE, u))
    marks = np.reshape(trace_named(figure, "u, scaled to |∇f|").y, (2, 2))
    np.testing.assert_allclose(marks[0], SLOPE)
    np.testing.assert_allclose(marks[1], [np.hypot(*SLOPE), 0], atol=1e-12)
    np.testing.assert_array_equal(trace_named(figure, "gradient ∇f").y, SLOPE)


def test_a_gradient_beyond_the_numbers_has_bars_and_no_u():
    numbers = gather_components(("x", "y"), np.array([np.inf, 2.0]), TURNING)
    assert np.isnan(numbers.directions).all()
    assert numbers.y_range[0] < -2 < 2 < numbers.y_range[1] < np.inf
    components_figure(numbers)


def test_the_steepest_ascent_is_marked_at_the_top_of_the_curve():
    slopes = TURNING @ np.array([0.0, 3.0])
    figure = steepness_figure(gather_steepness(ANGLES, slopes, 90.0))
    mark = trace_named(figure, "along ∇f")
    assert (mark.x[0], mark.y[0]) == (90, pytest.approx(3))
    flat = steepness_figure(gather_steepness(ANGLES, np.zeros(73), np.nan))
    assert len(flat.data) == len(figure.data) - 1


def test_the_dial_shows_us_projection_on_the_gradient():
    figure = dial_figure(gather_dial(ANGLES, 60.0, ("x", "y")))
    part = trace_named(figure, "projection of u on ∇f")
    feet = np.stack([part.x, part.y], -1).reshape(-1, 2, 2)[:, 1]
    gradient = np.array([0.5, np.sqrt(0.75)])
    np.testing.assert_allclose(feet, np.outer(np.cos(np.deg2rad(ANGLES - 60)), gradient), atol=1e-12)


def test_distances_from_torch_are_drawn_and_those_of_0_left_out():
    slopes = {"central": np.array([6.5, 6.0])}
    figure = convergence_figure(gather_convergence(np.array([1.0, 0.5]), slopes, 6.0))
    central = trace_named(figure, "central")
    assert central.y[0] == pytest.approx(0.5)
    assert np.isnan(central.y[1])
    assert not figure.layout.annotations


@pytest.mark.parametrize(
    ("slopes", "torch_slope", "note"), [([6.0, 6.0], 6.0, ALL_EQUAL), ([1.0, 2.0], np.nan, NOTHING_TO_COMPARE)]
)
def test_where_there_is_no_distance_to_draw_it_is_said(slopes, torch_slope, note):
    numbers = gather_convergence(np.array([1.0, 0.5]), {"central": np.array(slopes)}, torch_slope)
    assert [one.text for one in convergence_figure(numbers).layout.annotations] == [note]


def test_the_heat_map_is_the_jacobian_with_0_in_the_middle_of_its_colours():
    jacobian = np.array([[2.0, 0.0], [np.inf, -6.0]])
    (heat,) = jacobian_figure(gather_jacobian(jacobian, ["y[0]", "y[1]"], ["a", "b"])).data
    np.testing.assert_array_equal(heat.z, [[2, 0], [np.nan, -6]])
    assert (heat.zmin, heat.zmax) == (-6, 6)
