"""The picture of a network: where its units stand, and how its numbers are seen."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from playground.figures import describe_network, gather_network, network_figure
from playground.figures.colour_maps import count_levels
from playground.figures.network import LARGEST, NOT_FINITE, UNIT, WIDEST, quantise_sizes
from playground.figures.palette import NEGATIVE, POSITIVE
from tests.figures.shared import SIZES, drawn_network, with_meta


def test_the_edges_join_the_units_that_torchs_weights_join():
    layers = [torch.nn.Linear(below, above) for below, above in pairwise(SIZES)]
    numbers = drawn_network()
    assert len(numbers.ends) == sum(layer.weight.numel() for layer in layers)
    units = [[*range(sum(SIZES[:i]), sum(SIZES[: i + 1]))] for i in range(len(SIZES))]
    joined = [
        (units[i][one], units[i + 1][unit])
        for i, layer in enumerate(layers)
        for unit, row in enumerate(layer.weight)
        for one in range(len(row))
    ]
    for (below, above), ends in zip(joined, numbers.ends, strict=True):
        np.testing.assert_array_equal(ends, numbers.places[[below, above]])


@pytest.mark.parametrize("sizes", [(1, 1), (2, 1), (2, 8, 8, 8, 4), (7, 1, 3, 2)])
def test_no_unit_covers_another(sizes):
    count, edges = sum(sizes), sum(below * above for below, above in pairwise(sizes))
    names = [f"x{i}" for i in range(sizes[0])]
    numbers = gather_network(
        sizes, names, np.ones((1, edges)), np.ones((1, count - sizes[0])), np.ones((1, count, 2, 2)), [0]
    )
    apart = np.abs(numbers.places[:, None] - numbers.places)[~np.eye(count, dtype=bool)]
    assert (apart >= np.array(UNIT)).any(-1).all()
    figure = network_figure(numbers)
    for axis, places in ((figure.layout.xaxis, numbers.places[:, 0]), (figure.layout.yaxis, numbers.places[:, 1])):
        assert axis.range[0] < places.min() - 0.3
        assert axis.range[1] > places.max() + 0.3
    assert [note.text for note in figure.layout.annotations] == names


def test_a_size_is_the_square_root_of_its_share_and_keeps_its_sign():
    values = np.array([[4.0, -4.0, 1.0, -0.25, 0.0, 1e-12, -1e-12, 9.0]])
    expected = [[127, -127, 64, -32, 0, 1, -1, 127]]
    sizes = quantise_sizes(values, 4.0)
    assert sizes.dtype == np.int8
    assert sizes.tolist() == expected


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_says_so(value):
    assert quantise_sizes(np.array([value]), 1.0).tolist() == [NOT_FINITE]


def test_edges_and_biases_have_one_scale():
    edges, biases = np.full((3, 15), 0.25), np.full((3, 6), -1.0)
    numbers = drawn_network(edges=edges, biases=biases)
    assert numbers.most == 1
    assert (numbers.edges == round(LARGEST / 2)).all()
    assert (numbers.biases == -LARGEST).all()


def test_a_few_steps_far_away_do_not_flatten_the_others():
    edges = np.full((200, 15), 0.5)
    edges[-2:] = 1e200
    edges[-1, 3] = np.nan
    numbers = drawn_network(edges=edges, biases=np.zeros((200, 6)))
    assert numbers.most == 0.5
    assert (numbers.edges[:-2] == LARGEST).all()
    assert numbers.edges[-1, 3] == NOT_FINITE


def test_numbers_of_which_none_is_finite_are_drawn():
    numbers = drawn_network(edges=np.full((2, 15), np.nan), biases=np.full((2, 6), np.inf))
    assert (numbers.edges == NOT_FINITE).all()
    network_figure(numbers)


def test_the_lines_are_those_of_each_step():
    edges = np.random.default_rng(0).normal(size=(3, 15))
    figure = network_figure(drawn_network(edges=edges))
    (lines,) = with_meta(figure, cursor="links")
    assert lines.customdata.dtype == np.int8
    sizes = lines.customdata.reshape(3, 15)
    assert (np.sign(sizes) == np.sign(edges)).all()
    by_size = np.argsort(np.abs(edges), None)
    assert (np.diff(np.abs(sizes.astype(int)).ravel()[by_size]) >= 0).all()
    assert lines.meta["colours"][:2] == [NEGATIVE, POSITIVE]
    assert np.isnan(lines.x[2::3]).all()
    assert len(lines.x) == 3 * 15


def test_each_unit_shows_its_output_and_all_but_the_inputs_their_biases():
    output = np.random.default_rng(0).normal(size=(2, 9, 4, 5)) * np.arange(1, 10)[:, None, None]
    output[:, 4] = 0.0
    figure = network_figure(drawn_network(output=output))
    (maps,), (rings,) = with_meta(figure, cursor="maps"), with_meta(figure, cursor="rings")
    assert maps.meta["shape"] == [4, 5]
    assert maps.meta["square"]
    pixels = maps.customdata.reshape(output.shape).astype(int)
    assert (pixels // count_levels(2) == (output > 0)).all()
    strengths = pixels % count_levels(2)
    assert strengths.max((0, 2, 3)).tolist() == [count_levels(2) - 1] * 4 + [0] + [count_levels(2) - 1] * 4
    assert [*zip(rings.x, rings.y, strict=True)] == [*zip(maps.x, maps.y, strict=True)][3:]


def test_the_lines_of_many_weights_are_thinner():
    numbers = gather_network(
        (7, 8, 8, 8, 4), ["x"] * 7, np.ones((1, 216)), np.ones((1, 28)), np.ones((1, 35, 2, 2)), [0]
    )
    (lines,) = with_meta(network_figure(numbers), cursor="links")
    assert WIDEST[0] <= lines.meta["width"] < WIDEST[1] / 2


def test_values_are_written_on_the_units():
    values = np.arange(27.0).reshape(3, 9)
    figure = network_figure(drawn_network(values=values))
    (maps,), (written,) = with_meta(figure, cursor="maps"), with_meta(figure, cursor="figures")
    assert written.customdata.reshape(3, 9).tolist() == values.tolist()
    assert written.x.tolist() == maps.x.tolist()
    assert not with_meta(network_figure(drawn_network()), cursor="figures")


def test_the_alternative_text_says_what_is_drawn():
    text = describe_network(drawn_network(what="gradient"))
    assert "inputs: 3 units, hidden 1: 2 units, hidden 2: 3 units, output: 1 unit" in text
    assert "the gradient of an edge" in text


def test_edges_are_chosen_by_the_first_rows_and_units_by_the_next():
    figure = network_figure(drawn_network(chosen=17, unit_names=[f"unit {i}" for i in range(9)]))
    (lines,), (maps,) = with_meta(figure, cursor="links"), with_meta(figure, cursor="maps")
    assert lines.meta["choices"] == {"first": 0, "chosen": 17}
    assert maps.meta["choices"] == {"first": 15, "chosen": 17}
    assert (len(lines.text), len(maps.text)) == (15, 9)


def test_the_legend_says_what_the_colours_and_the_width_stand_for():
    figure = network_figure(drawn_network(what="gradient", edges=np.full((3, 15), 0.125), biases=np.zeros((3, 6))))
    entries = [(trace.name, trace.line.color) for trace in figure.data if trace.showlegend is not False]
    assert entries[:2] == [("gradient < 0", NEGATIVE), ("gradient > 0", POSITIVE)]
    assert entries[2][0] == "largest: 0.125"
    (lines,) = with_meta(figure, cursor="links")
    assert figure.data[-1].line.width == lines.meta["width"] == WIDEST[1]
    assert list(figure.layout.xaxis.ticktext) == ["inputs", "hidden 1", "hidden 2", "output"]


def test_500_steps_of_a_network_of_the_largest_size_take_less_than_a_megabyte():
    sizes = (7, 8, 8, 8, 4)
    edges = np.random.default_rng(0).normal(size=(501, 7 * 8 + 2 * 8 * 8 + 8 * 4))
    numbers = gather_network(
        sizes, ["x"] * 7, edges, np.ones((501, 28)), np.ones((60, 35, 16, 16)), list(range(0, 480, 8))
    )
    arrays = [trace.customdata for trace in network_figure(numbers).data if trace.customdata is not None]
    assert sum(one.nbytes for one in arrays) < 700_000
