"""Histograms of layers at the cursor, and lines of one number for each layer."""

import numpy as np
import pytest

from playground.figures import gather_histograms, gather_lines, histogram_figure, lines_figure, run_paths
from tests.figures.shared import spread, with_meta


def test_a_histogram_holds_all_values_of_its_frame():
    generator = np.random.default_rng(0)
    values = [generator.normal(size=(3, 40)), generator.uniform(-1, 1, size=(3, 7))]
    numbers = spread(values)
    for shares, one in zip(numbers.shares, values, strict=True):
        np.testing.assert_allclose(shares.sum(1), 1)
        inside = np.clip(one, numbers.edges[0], numbers.edges[-1])
        for row, frame in zip(shares, inside, strict=True):
            places = np.searchsorted(numbers.edges, frame, side="right").clip(1, len(row)) - 1
            np.testing.assert_allclose(row, [np.mean(places == i) for i in range(len(row))])


def test_the_outline_is_that_of_each_frame():
    figure = histogram_figure(spread([np.array([[0.0, 0.1, 1.0], [1.0, 1.0, 1.0]])], since=[0, 5], bins=2))
    (line,) = with_meta(figure, cursor="rows", since=[0, 5], width=6)
    assert line.x.tolist() == np.repeat(line.x[::2], 2).tolist()
    np.testing.assert_allclose(
        line.y.reshape(2, 6), [[0, 2 / 3, 2 / 3, 1 / 3, 1 / 3, 0], [0, 0, 0, 1, 1, 0]], rtol=1e-6
    )


@pytest.mark.parametrize("value", [0.0, 3.5, np.nan, np.inf])
def test_values_that_are_all_the_same_or_not_finite_have_axes(value):
    figure = histogram_figure(spread([np.full((2, 5), value)]))
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        low, high = axis.range
        assert -np.inf < low < high < np.inf


def test_values_that_are_not_finite_are_in_no_bin():
    numbers = spread([np.array([[1.0, 2.0, np.nan, np.inf]])])
    assert numbers.shares[0].sum() == pytest.approx(0.5)


def test_a_few_values_far_away_do_not_flatten_the_others():
    values = np.random.default_rng(0).normal(size=(4, 500))
    values[0, 0] = 1e9
    numbers = spread([values])
    assert numbers.edges[-1] < 10
    assert numbers.shares[0][0].sum() == pytest.approx(1)


def test_one_number_for_each_layer_is_drawn_by_lines_on_a_logarithmic_axis():
    norms = np.stack([np.geomspace(1, 1e-3, 9), np.geomspace(1e-6, 1e-4, 9), np.zeros(9)], -1)
    steps = [np.arange(9.0)] * 3
    paths = run_paths(steps, list(norms.T), ["layer 0", "layer 2", "layer 4"])
    figure = lines_figure(gather_lines("gradient norm", paths, "log", is_named=True))
    assert figure.layout.yaxis.type == "log"
    low, high = figure.layout.yaxis.range
    assert low <= -6 < 0 <= high
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == ["layer 0", "layer 2", "layer 4"]


def test_layers_of_different_sizes_are_compared_by_shares():
    one = np.linspace(0, 1, 10)
    first, second = gather_histograms("weight", ["a", "b"], [one[None], np.repeat(one, 5)[None]], [0]).shares
    np.testing.assert_allclose(first, second)
