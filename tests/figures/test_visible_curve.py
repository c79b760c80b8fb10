"""The curve of a function of one variable: all of it is seen, unless a pole would leave nothing else to see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from playground.figures.visible_curve import cut_poles, visible_range

X = np.linspace(-2.1, 2.1, 400)  # not through 0


@pytest.mark.parametrize(
    "y",
    [X**2, np.sin(9 * X), np.exp(3 * X), np.abs(X), 0 * X + 5, -np.exp(-((30 * X) ** 2)), X**100, np.exp(X**4)],
    ids=["square", "sine", "exponential", "kink", "constant", "narrow well", "high power", "steep ends"],
)
def test_a_curve_cut_poles_is_seen_whole(y):
    low, high = visible_range(y)
    assert low < y.min()
    assert high > y.max()
    across, up = cut_poles(X, y, (low, high))
    np.testing.assert_array_equal(across, X)
    np.testing.assert_array_equal(up, y)


@pytest.mark.parametrize(("y", "poles"), [(1 / X, [0.0]), (np.tan(2 * X), [-np.pi / 4, np.pi / 4]), (1 / X**2, [])])
def test_beside_a_pole_the_rest_is_seen_and_no_line_crosses_it(y, poles):
    seen = visible_range(y, [1.0])
    assert seen[1] - seen[0] < 200
    assert ((y > seen[0]) & (y < seen[1])).mean() > 0.9
    across, up = cut_poles(X, y, seen)
    np.testing.assert_allclose(across[np.isnan(up)], poles, atol=X[1] - X[0])
    np.testing.assert_array_equal(up[~np.isnan(up)], y)


def test_what_is_marked_is_seen_however_near_it_is_to_a_pole():
    assert visible_range(1 / X, [-1e6])[0] < -1e6
    low, high = visible_range(1 / X, [np.inf, np.nan])
    assert high - low < 100


@given(arrays.arrays(float, 30, elements=st.floats(-1e300, 1e300) | st.sampled_from([np.nan, np.inf, -np.inf])))
def test_any_values_have_a_range(y):
    low, high = visible_range(y)
    assert -np.inf < low < high < np.inf
    across, up = cut_poles(np.arange(30.0), y, (low, high))
    assert (np.diff(across) > 0).all()
    np.testing.assert_array_equal(up[np.isin(across, np.arange(30.0))], y)
