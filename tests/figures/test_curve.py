"""Runners on the curve of a function of one variable."""

import numpy as np
import pytest

from playground.figures import curve_figure
from tests.figures.shared import Curve, with_meta


def test_a_staircase_goes_along_at_the_old_height_and_then_down(curve):
    stairs = with_meta(curve_figure(curve.numbers), cursor="path", stride=2)
    assert len(stairs) == 2
    for trace, x, y in zip(stairs, curve.xs, curve.losses, strict=True):
        expected = [(x[0], y[0])]
        for k in range(1, len(x)):
            expected += [(x[k], y[k - 1]), (x[k], y[k])]
        assert list(zip(trace.x, trace.y, strict=True)) == expected


def test_a_tangent_touches_the_selected_runners_point_with_the_functions_slope(curve):
    x = curve.xs[1]
    tangents = curve.numbers.tangents
    rise = tangents[:, 1] - tangents[:, 0]
    np.testing.assert_allclose(rise[:, 1] / rise[:, 0], x**3 - x + 3 * np.cos(3 * x) / 5, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(tangents.mean(1)[:, 0], x, rtol=1e-12)
    np.testing.assert_allclose(tangents.mean(1)[:, 1], x**4 / 4 - x**2 / 2 + np.sin(3 * x) / 5, rtol=1e-9, atol=1e-12)
    assert rise[:, 0] == pytest.approx(np.full(len(x), rise[0, 0]))
    assert 0.1 < rise[0, 0] / 4 < 0.5  # x goes from -2 to 2


def test_the_curve_and_its_minima_are_drawn_where_they_are(curve):
    figure = curve_figure(curve.numbers)
    function, stars = figure.data[0], figure.data[-1]
    np.testing.assert_allclose(
        function.y, function.x**4 / 4 - function.x**2 / 2 + np.sin(3 * function.x) / 5, atol=1e-15
    )
    assert list(zip(stars.x, stars.y, strict=True)) == [(-1.2, -0.3), (1.0, 0.1)]
    assert list(figure.layout.xaxis.range) == [-2, 2]
    low, high = figure.layout.yaxis.range
    assert low < curve.y.min() < curve.y.max() < high
    assert high - low < 1.5 * np.ptp(curve.y)


def test_a_runner_that_leaves_a_curve_does_not_flatten_it():
    low, high = Curve("x^4", steps=30).numbers.y_range
    assert (low < 0, 16 < high < 20) == (True, True)


def test_a_flat_curve_has_an_axis_of_positive_size():
    low, high = Curve("0x + 3").numbers.y_range
    assert low < 3 < high
