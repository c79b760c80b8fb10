"""Lines against the step: their axes hold them, and can be read."""

import math

import numpy as np
import pytest

from playground.figures import lines_figure
from playground.figures.lines import FAR
from tests.figures.shared import lines, with_meta


def test_lines_are_drawn_whole_and_up_to_the_cursor_and_at_it():
    figure = lines_figure(lines([3.0, 2, 1], [5.0, 4, 4.5]))
    for cursor in ("all", "path", "point"):
        traces = with_meta(figure, cursor=cursor)
        assert [trace.y.tolist() for trace in traces] == [[3, 2, 1], [5, 4, 4.5]]
        assert [trace.x.tolist() for trace in traces] == [[0, 1, 2]] * 2
    low, high = figure.layout.xaxis.range
    assert low < 0 < 2 < high


@pytest.mark.parametrize("named", [True, False])
def test_the_legend_names_each_line_once_or_not_at_all(named):
    figure = lines_figure(lines([3.0, 2], [5.0, 4], is_named=named))
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == (
        ["runner 0", "runner 1"] if named else []
    )


def test_a_linear_axis_holds_all_lines():
    low, high = lines([3.0, 2, -1], [5.0, 4, 4.5]).y_range
    assert low < -1 < 5 < high
    assert high - low < 9


def test_an_axis_that_a_negative_value_makes_linear_says_so():
    told = lines_figure(lines([3.0, -1.0], scale="log")).layout.yaxis.title.text
    assert "linear: some are below 0" in told
    for plain in (lines([3.0, -1.0]), lines([3.0, 1.0], scale="log")):
        assert "linear" not in lines_figure(plain).layout.yaxis.title.text


def test_a_logarithmic_axis_is_in_powers_of_ten():
    numbers = lines([1e6, 1.0, 1e-6], [5.0, 2.0, 1.0], [math.nan, math.inf, 1.0], scale="log")
    assert numbers.scale == "log"
    assert numbers.y_range[0] < -6 < 6 < numbers.y_range[1]
    assert np.ptp(numbers.y_range) < 16
    assert lines_figure(numbers).layout.yaxis.type == "log"


@pytest.mark.parametrize("every", [[[-1.0, -2.0]], [[0.0, 0.0]], [[math.nan, math.nan], [-3.0, math.inf]]], ids=str)
def test_without_a_positive_value_the_axis_is_linear(every):
    numbers = lines(*every, scale="log")
    assert numbers.scale == "linear"
    assert numbers.y_range[0] < numbers.y_range[1]
    finite = np.array(every)[np.isfinite(every)]
    assert numbers.y_range[0] <= finite.min() <= finite.max() <= numbers.y_range[1]


def test_where_no_value_is_finite_the_axis_has_a_size():
    low, high = lines([math.nan, math.nan]).y_range
    assert low < high


DIVERGING, CONVERGING = 5 * 9.0 ** np.arange(301), 5 * 0.9 ** np.arange(301)


def test_a_runner_that_diverges_does_not_flatten_the_others():
    for every in ([DIVERGING, CONVERGING], [CONVERGING, -DIVERGING]):
        low, high = lines(*every).y_range
        assert low <= 0 < 5 < high
        assert high - low < 3 * FAR["linear"] * 5


def test_a_runner_that_diverges_does_not_flatten_the_others_on_a_logarithmic_axis_either():
    numbers = lines(DIVERGING, CONVERGING, scale="log")
    decades = np.log10(CONVERGING[0] / CONVERGING[-1])
    assert np.ptp(numbers.y_range) < 2 * decades


@pytest.mark.parametrize(
    "every",
    [
        [np.linspace(0, 3, 30)],
        [1 - 0.9 ** np.arange(60)],
        [1e-3 * 1.2 ** np.arange(38)],
        [np.linspace(0.004, 0.1, 30), np.linspace(0.004, 0.05, 30)],
        [np.linspace(0.01, 0.001, 30), np.linspace(-5, -1, 30)],
    ],
    ids=["from 0", "saturating", "slowly off a saddle", "a rate that warms up", "a negative start"],
)
def test_lines_that_stay_finite_and_small_are_all_held(every):
    low, high = lines(*every).y_range
    assert low <= min(one.min() for one in every)
    assert max(one.max() for one in every) <= high


@pytest.mark.parametrize(
    ("start", "rate", "labels"),
    [(6.5, 0.01, ["14", "16", "18", "20"]), (4.0, 0.05, ["1", "2", "5"]), (1e-3, 0.5, None), (1e4, 0.5, None)],
)
def test_a_logarithmic_axis_has_labels_that_can_be_read(start, rate, labels):
    """From x**2 / 2 at the start down to two thirds, an eighth, or much less of it."""
    figure = lines_figure(lines((start * (1 - rate) ** np.arange(21)) ** 2 / 2, scale="log"))
    axis = figure.layout.yaxis
    if labels is None:  # decades alone
        assert axis.dtick >= 1
        return
    assert list(axis.ticktext)[: len(labels)] == labels
    low, high = (10**bound for bound in axis.range)
    assert all(low <= value <= high for value in axis.tickvals)
    assert [float(text) for text in axis.ticktext] == pytest.approx(list(axis.tickvals))


def test_a_run_of_no_steps_has_axes_of_positive_size():
    figure = lines_figure(lines([3.0]))
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert axis.range[0] < axis.range[1]


@pytest.mark.parametrize("losses", [[1.7e308, 1e308], [1e308, 1e-308], [5e-324, 1e-323], [3.0, 3.0]], ids=str)
def test_a_logarithmic_axis_of_extreme_losses_is_drawn(losses):
    axis = lines_figure(lines(losses, scale="log")).layout.yaxis
    assert axis.range[0] < np.log10(min(losses)) <= np.log10(max(losses)) < axis.range[1]
    assert all(math.isfinite(float(text.replace("−", "-"))) for text in axis.ticktext or ())
