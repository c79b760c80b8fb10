"""A curve is broken at its poles and nowhere else."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from playground import Fit
from playground.figures import gather_data
from playground.figures.poles import break_at_poles
from tests.cases import each_case

GRID = torch.linspace(-3, 3, 61, dtype=torch.float64)


def broken(function):
    """Where a function of x is broken on the grid."""
    return break_at_poles(GRID, function(GRID)[None], lambda _, x: function(x))[0].isnan()


def straddles(x, y, pole):
    """Whether a line is drawn from one side of a pole to the other."""
    return any(
        left < pole < right and np.isfinite(one) and np.isfinite(other)
        for left, right, one, other in zip(x, x[1:], y, y[1:], strict=False)
    )


@each_case(
    ("function", "poles"),
    [
        (lambda x: 1 / (x - 0.123), [0.123]),
        (lambda x: -0.01 / (x + 2.71) + 0.001, [-2.71]),
        (lambda x: 1e8 / (x - 2.999), [2.999]),
        (lambda x: (x - 1.05) ** -3, [1.05]),
        (lambda x: 1 / torch.sign(x - 0.31) / (x - 0.31).abs() ** (1 / 3), [0.31]),
        (lambda x: torch.tan(2 * x + 0.1), [(np.pi / 2 - 0.1 + k * np.pi) / 2 for k in range(-2, 2)]),
        (lambda x: 1 / (x - 0.01) + 1 / (x - 0.55), [0.01, 0.55]),
        (lambda x: 1 / (x - 0.1), [0.1]),  # on the grid, but for rounding
    ],
)
def test_no_line_is_drawn_through_a_pole_and_what_is_left_out_is_beside_one(function, poles):
    gone = broken(function)
    y = torch.where(gone, torch.nan, function(GRID)).numpy()
    assert not any(straddles(GRID.numpy(), y, pole) for pole in poles)
    assert 0 < int(gone.sum()) <= len(poles)
    assert all(min(abs(x - pole) for pole in poles) <= 0.1 for x in GRID[gone].tolist())


@each_case(
    "function",
    [
        lambda x: x - 0.123,
        lambda x: 1e9 * (x - 0.123) ** 3,
        lambda x: torch.sin(9 * x),
        lambda x: torch.sin(10 * torch.pi * x),  # zeros on the grid, but for rounding
        lambda x: torch.tanh(1e6 * (x - 0.31)),
        lambda x: torch.sign(x - 0.31),
        lambda x: torch.sign(x - 0.31) * (x - 0.31).abs() ** 0.1,
        lambda x: (x - 0.123) ** -2,
        lambda x: torch.zeros_like(x),
        lambda x: torch.exp(40 * x) - 1,
    ],
)
def test_zeros_and_jumps_break_nothing(function):
    assert not broken(function).any()


@given(st.floats(-9, 9), st.floats(-2, 4))
def test_a_models_curve_is_broken_at_each_step_at_its_own_pole(a, b):
    assume(abs(a) > 1e-3)
    fit = Fit("a/(x - b)", [-1.0, 0.5, 3.0], [1.0, 2.0, 1.0])
    path = torch.tensor([[a, b], [-2 * a, b + 0.7], [a, 40.0]], dtype=torch.float64)
    numbers = gather_data(fit, [path])
    for y, pole in zip(numbers.curves[0].y, path[:, 1].tolist(), strict=True):
        assert not straddles(numbers.grid, y, pole)
        assert np.isnan(y).sum() <= 1
    assert np.isfinite(numbers.curves[0].y[2]).all()


@pytest.mark.parametrize("standardise", [False, True])
def test_standardised_x_is_what_a_model_has_its_pole_in(standardise):
    fit = Fit("a/(x - b)", [10.0, 20.0, 40.0], [1.0, 2.0, 1.0], standardise=standardise)
    numbers = gather_data(fit, [torch.tensor([[1.0, 0.3 if standardise else 27.0]], dtype=torch.float64)])
    pole = 0.3 * fit.x_std + fit.x_mean if standardise else 27.0
    assert not straddles(numbers.grid, numbers.curves[0].y[0], pole)
