"""The colours of losses: logarithmic or linear, with ticks that can be read."""

import math

import numpy as np
import pytest

from playground.figures.loss_colours import colour_losses


def test_colours_are_logarithmic_where_positive_losses_span_much():
    losses = np.array([[0.3, 7.0], [20.0, 4321.0]])
    colours = colour_losses(losses)
    np.testing.assert_allclose(10**colours.values, losses, rtol=1e-12)
    assert colours.ticks.tolist() == [0, 1, 2, 3]
    assert colours.labels == ["1", "10", "100", "1000"]


def test_the_ticks_of_small_losses_are_decades_as_well():
    colours = colour_losses(np.array([3e-4, 0.5]))
    assert colours.ticks.tolist() == [-3, -2, -1]
    assert [float(label) for label in colours.labels] == [1e-3, 1e-2, 1e-1]


@pytest.mark.parametrize(
    "losses",
    [[1.0, 49.0], [0.0, 1000.0], [-1.0, 1000.0], [-1000.0, -1.0], [5.0, 5.0], [math.nan, 1.0, 2.0], [0.0, math.inf]],
    ids=str,
)
def test_colours_are_linear_where_a_loss_is_not_positive_or_they_span_little(losses):
    colours = colour_losses(np.array(losses))
    finite = np.isfinite(losses)
    assert colours.ticks is None
    assert colours.labels is None
    np.testing.assert_array_equal(colours.values[finite], np.array(losses)[finite])
    assert np.isnan(colours.values[~finite]).all()


@pytest.mark.parametrize(("largest", "logarithmic"), [(99.0, False), (101.0, True)])
def test_colours_become_logarithmic_at_fifty_times(largest, logarithmic):
    assert (colour_losses(np.array([2.0, largest])).ticks is not None) == logarithmic


def test_what_is_not_finite_has_no_colour_on_a_logarithmic_scale_either():
    values = colour_losses(np.array([1.0, 1000.0, math.nan, math.inf, -math.inf])).values
    np.testing.assert_allclose(values, [0, 3, math.nan, math.nan, math.nan], atol=1e-15)


def test_losses_of_which_none_is_finite_have_no_colours():
    colours = colour_losses(np.full((2, 3), math.nan))
    assert np.isnan(colours.values).all()
    assert colours.ticks is None


def test_a_negative_minimum_is_taken_off_before_the_logarithm():
    losses = np.array([[-2.0, -1.0, 8.0], [98.0, math.nan, math.inf]])
    colours = colour_losses(losses, "log")
    np.testing.assert_allclose(colours.values, [[-10, 0, 1], [2, math.nan, math.nan]], atol=1e-9)
    np.testing.assert_array_equal(colours.scaled(losses), colours.values)
    np.testing.assert_allclose(colours.scaled(np.array([-1.9, 998.0, -math.inf])), [-1, 3, math.nan], atol=1e-9)
    assert (colours.base, colours.title) == (-2, "loss − (−2)")


@pytest.mark.parametrize("least", [1e-6, 0.0, -3.0])
def test_a_loss_below_the_surfaces_stands_at_its_bottom(least):
    colours = colour_losses(np.array([least, 1.0, 1e6]), "log")
    below = colours.scaled(np.array([least, least - 1e-9, least - 1e9, -1e300]))
    assert below.tolist() == [colours.values[0]] * 4


def test_twelve_orders_of_magnitude_have_a_tick_every_few():
    losses = 10 ** np.linspace(-6, 6, 1001)
    for colours in (colour_losses(losses), colour_losses(losses, "log")):
        np.testing.assert_allclose(colours.values, np.linspace(-6, 6, 1001), atol=1e-12)
        ticks = colours.ticks.tolist()
        assert ticks == [*range(int(ticks[0]), 7, 2)]
        assert -6 <= ticks[0] <= -4
        assert [float(label.replace("−", "-")) for label in colours.labels] == [10.0**tick for tick in ticks]


@pytest.mark.parametrize("losses", [[2.0, 3.0], [0.02, 0.9], [1.0, 1.5], [11.0, 99.0]], ids=str)
def test_a_logarithm_over_less_than_two_decades_has_ticks_as_well(losses):
    colours = colour_losses(np.array(losses), "log")
    assert len(colours.ticks) >= 2
    assert np.log10(losses[0]) - 1e-9 <= colours.ticks.min() < colours.ticks.max() <= np.log10(losses[1]) + 1e-9
    np.testing.assert_allclose([float(label) for label in colours.labels], 10**colours.ticks, rtol=1e-3)


def test_linear_colours_leave_losses_as_they_are():
    colours = colour_losses(np.array([1.0, 1e9]), "linear")
    np.testing.assert_array_equal(colours.scaled(np.array([-5.0, math.inf, 1e12])), [-5, math.nan, 1e12])
    assert (colours.ticks, colours.title) == (None, "loss")


@pytest.mark.parametrize("losses", [(1.744, 22.413), (6.9136, 15.128), (11.77, 14.001), (2e-5, 9e-5)], ids=str)
def test_the_ticks_of_a_narrow_logarithmic_scale_are_round_numbers(losses):
    colours = colour_losses(np.array(losses), "log")
    labels = [float(label.replace("−", "-")) for label in colours.labels]
    assert 3 <= len(labels) <= 7
    assert losses[0] <= labels[0] < labels[-1] <= losses[1]
    np.testing.assert_allclose(10.0**colours.ticks, labels, rtol=1e-12)
    for label in labels:
        assert label == float(f"{label:.3g}")
        assert f"{label:.1e}"[2] in "05" or len(set(np.diff(labels).round(9))) == 1
