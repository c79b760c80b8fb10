"""The spread of many runs' losses: each run's line, the band of the middle half, and chosen runs on top."""

import math

import numpy as np
import pytest

from playground.figures import RunPath, Spread, gather_spread, spread_figure, traces
from playground.figures.lines import FAR
from playground.figures.spread import MOST_POINTS, middle_half
from tests.figures.shared import with_meta

STEPS = np.arange(3.0)
LOSSES = np.array([[9.0, 4, 1], [8.0, 5, 2], [7.0, 6, 3], [6.0, 7, 4], [5.0, 8, math.nan]])


def chosen(values, name="seed 1"):
    return RunPath(name, "#D55E00", "circle", np.arange(float(len(values))), np.array(values, dtype=float))


def numbers_of(losses=LOSSES, scale="linear", path=(8.0, 5, 2), **more):
    return gather_spread(
        "loss", [Spread("many", "half", "#808080", losses, is_drawn=True, **more)], [chosen(path)], scale
    )


def test_the_middle_half_leaves_out_a_quarter_at_each_end():
    values = np.random.default_rng(0).permuted(np.arange(50.0))[:, None]
    assert middle_half(values).tolist() == [[12.0], [37.0]]
    assert middle_half(LOSSES)[:, :2].tolist() == [[6.0, 5.0], [8.0, 7.0]]


def test_a_run_that_has_left_the_numbers_counts_as_above_all_others():
    assert middle_half(LOSSES)[:, 2].tolist() == [2.0, 4.0]
    lost = np.where(np.arange(5)[:, None] < 2, np.nan, LOSSES)
    assert middle_half(lost)[1, 0] == math.inf


def test_each_run_is_a_line_and_the_band_lies_under_the_chosen_run():
    figure = spread_figure(numbers_of())
    band, thin = figure.data[:2]
    assert (band.name, band.fill, thin.name) == ("half", "toself", "many")
    x, y = np.asarray(thin.x).reshape(5, 4), np.asarray(thin.y).reshape(5, 4)
    np.testing.assert_array_equal(x[:, :3], np.tile(STEPS, (5, 1)))
    np.testing.assert_array_equal(y[:, :3], LOSSES)
    assert np.isnan(y[:, 3]).all()
    np.testing.assert_array_equal(band.y, [6, 5, 2, 4, 7, 8])  # along the lower end, and back along the upper one
    np.testing.assert_array_equal(band.x, [0, 1, 2, 2, 1, 0])
    for cursor in ("all", "path", "point"):
        (trace,) = with_meta(figure, cursor=cursor)
        assert trace.y.tolist() == [8, 5, 2]
    assert [one.name for one in figure.data if one.showlegend is not False] == ["half", "seed 1"]
    assert figure.layout.xaxis.title.text == "step"
    assert figure.layout.yaxis.title.text == "loss"


def test_a_band_without_lines_is_drawn_alone():
    spreads = [Spread("", "half", "#808080", LOSSES, is_drawn=False)]
    figure = spread_figure(gather_spread("loss", spreads, [chosen([8.0, 5, 2])]))
    assert [one.name for one in figure.data if one.name] == ["half", "seed 1"]


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_band_stays_in_the_picture_where_runs_leave_it(scale):
    lost = LOSSES.copy()
    lost[2:, 1] = FAR[scale] * 1e6
    lost[2:, 2] = np.nan
    numbers = numbers_of(lost, scale)
    ends = np.array(numbers.lines.y_range)
    high = 10 ** ends[1] if scale == "log" else ends[1]
    assert numbers.bands[0][1, 1:] == pytest.approx([high, high])
    assert np.isfinite(numbers.bands[0]).all()


def test_a_loss_of_zero_has_a_band_on_a_logarithmic_axis():
    losses = LOSSES.copy()
    losses[:3, 2] = 0.0
    numbers = numbers_of(losses, "log")
    assert numbers.lines.scale == "log"
    assert (numbers.bands[0] > 0).all()


def test_of_long_runs_some_steps_are_drawn_and_of_the_chosen_one_all():
    long = np.linspace([5.0] * 5, [1.0] * 5, 1000).T
    figure = spread_figure(numbers_of(long, path=long[0]))
    x = np.asarray(figure.data[1].x).reshape(5, -1)[0, :-1]
    assert len(x) == MOST_POINTS
    assert (x[0], x[-1]) == (0, 999)
    assert len(with_meta(figure, cursor="path")[0].y) == 1000


@pytest.mark.parametrize("length", [1, 2, 6])
def test_the_axis_holds_the_longer_of_the_two(length):
    numbers = numbers_of(path=[8.0] * length)
    assert numbers.lines.last == max(2, length - 1)


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("losses", [LOSSES, LOSSES[:, :1], np.full((5, 3), np.nan), np.zeros((5, 3))], ids=str)
def test_plotly_takes_all_of_it(monkeypatch, losses, scale):
    monkeypatch.setattr(traces, "VALIDATE", True)
    figure = spread_figure(numbers_of(losses, scale, path=losses[0]))
    assert np.isfinite(figure.layout.yaxis.range).all()
