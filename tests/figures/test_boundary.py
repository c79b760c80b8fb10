"""The colour map of a classifier: what its colours stand for, and the points on it."""

import numpy as np
import pytest

from playground.figures import boundary_figure, cell_middles, describe_boundary, gather_boundary
from playground.figures.colour_maps import (
    NOWHERE,
    OPACITY,
    count_levels,
    make_palette,
    quantise_classes,
    quantise_signed,
)
from playground.figures.palette import CLASS_SYMBOLS, CLASSES, channels
from playground.figures.points import MOST_POINTS
from tests.figures.shared import POINTS, classified, trace_named, with_meta


def colour_of(number, count):
    """A palette's colour, as the class that it says and its opacity as a share of the strongest."""
    *hue, opacity = make_palette(CLASSES[:count])[number].tolist()
    return CLASSES.index(next(one for one in CLASSES if channels(one) == tuple(hue))), opacity / 255 / OPACITY


def test_the_middles_of_cells_are_half_a_cell_from_the_ends():
    assert cell_middles((-1.0, 1.0), 4).tolist() == [-0.75, -0.25, 0.25, 0.75]


@pytest.mark.parametrize("value", [-9.0, -2.0, -1.3, -1e-9, 1e-9, 0.4, 2.0, 9.0])
def test_the_hue_is_the_sign_and_the_opacity_the_size(value):
    number = quantise_signed(np.array(value), 2.0)
    assert number.dtype == np.uint8
    sign, opacity = colour_of(number, 2)
    assert sign == (value > 0)
    assert opacity == pytest.approx(min(1, abs(value) / 2), abs=0.01)


@pytest.mark.parametrize(
    ("probabilities", "its_class", "margin"),
    [([0.5, 0.3, 0.2], 0, 0.2), ([0.0, 0.0, 1.0], 2, 1.0), ([0.1, 0.5, 0.4], 1, 0.1), ([0.1, 0.2, 0.3, 0.4], 3, 0.1)],
)
def test_the_likeliest_class_has_the_hue_and_its_lead_the_opacity(probabilities, its_class, margin):
    number = quantise_classes(np.array(probabilities))
    assert colour_of(number, len(probabilities)) == (its_class, pytest.approx(margin, abs=0.02))


def test_what_is_not_finite_has_no_colour():
    assert quantise_signed(np.array([np.nan, np.inf, -np.inf]), 1.0).tolist() == [NOWHERE, NOWHERE, NOWHERE]
    assert quantise_classes(np.array([[np.nan, 0.5], [0.2, 0.8]]))[0] == NOWHERE
    assert make_palette(CLASSES[:2])[NOWHERE, 3] == 0


@pytest.mark.parametrize("count", [2, 3, 4])
def test_each_class_has_as_many_colours_from_none_to_the_strongest(count):
    palette, levels = make_palette(CLASSES[:count]), count_levels(count)
    for i in range(count):
        its = palette[i * levels : (i + 1) * levels, 3].astype(int)
        assert (its[0], its[-1]) == (0, round(255 * OPACITY))
        assert (np.diff(its) >= 0).all()


def test_the_map_is_that_of_each_frame_with_the_lowest_row_first():
    figure = boundary_figure(classified())
    (maps,) = with_meta(figure, cursor="maps")
    assert maps.customdata.dtype == np.uint8
    assert maps.meta["since"] == [0, 7]
    assert (maps.x.tolist(), maps.y.tolist(), maps.meta["size"]) == ([0.0], [0.5], [4.0, 3.0])
    rows, columns = maps.meta["shape"]
    pixels = maps.customdata.reshape(2, rows, columns)
    for frame, pixels_of_frame in enumerate(pixels):
        classes = pixels_of_frame // count_levels(2)
        assert (classes == (cell_middles((-2.0, 2.0), columns) > frame)).all()
    first_row, last_row = pixels[0][0], pixels[0][-1]
    assert colour_of(last_row[-1], 2)[1] > colour_of(first_row[-1], 2)[1]  # its output grows with y


def test_the_boundary_is_of_the_same_map():
    figure = boundary_figure(classified())
    (maps,), (lines,) = with_meta(figure, cursor="maps"), with_meta(figure, cursor="boundaries")
    assert lines.customdata.tolist() == maps.customdata.tolist()
    assert lines.meta.items() >= {"levels": count_levels(2), "since": [0, 7], "size": [4.0, 3.0]}.items()


def test_the_output_may_lie_between_other_ends_than_0_and_1():
    output = np.array([[[-1.0, -0.2, 0.2, 1.0]]])
    numbers = gather_boundary(output, [0], (0.0, 1.0), (0.0, 1.0), POINTS, np.array([0, 1, 1]), span=(-1.0, 1.0))
    assert [colour_of(one, 2)[0] for one in numbers.output.pixels.ravel()] == [0, 0, 1, 1]
    bar = boundary_figure(numbers).data[-2].marker
    assert (bar.cmin, bar.cmax, bar.colorscale[0][0], bar.colorscale[-1][0]) == (-1, 1, 0, 1)


def test_points_have_the_colour_and_marker_of_their_class_and_are_hollow_where_held_out():
    figure = boundary_figure(classified(added=1))
    points = figure.data[-1]
    assert points.meta["points"]
    assert list(points.marker.color) == [CLASSES[0], CLASSES[1], CLASSES[1]]
    assert list(points.marker.symbol) == ["circle", "square", "square-open"]
    assert points.meta["added"].items() >= {"color": CLASSES[1], "symbol": "square"}.items()
    assert [trace.name for trace in figure.data if trace.showlegend is not False] == [
        "boundary",
        "below",
        "above",
        "held out",
    ]
    assert trace_named(figure, "above").marker.symbol == CLASS_SYMBOLS[1]


def test_of_many_points_some_are_drawn_which_nobody_can_edit():
    count = MOST_POINTS + 1
    points, classes = np.random.default_rng(0).normal(size=(count, 2)), np.arange(count) % 2
    numbers = classified(points=points, classes=classes, held_out=np.arange(count) % 3 == 0)
    assert not numbers.editable
    traces = with_meta(boundary_figure(numbers), cursor="all")
    assert sum(len(trace.x) for trace in traces) == MOST_POINTS
    assert {trace.marker.symbol for trace in traces} == {"circle", "circle-open", "square", "square-open"}
    drawn = {(x, y): trace.marker.color for trace in traces for x, y in zip(trace.x, trace.y, strict=True)}
    for point, its_class in zip(points.tolist(), classes, strict=True):
        assert drawn.get(tuple(point), CLASSES[its_class]) == CLASSES[its_class]


def test_the_alternative_text_says_what_is_drawn():
    text = describe_boundary(classified())
    assert "3 points of the classes below, above, 1 of them held out" in text
    assert "held out" not in describe_boundary(classified(held_out=None))


def test_without_points_there_is_still_a_map():
    numbers = classified(points=np.zeros((0, 2)), classes=np.zeros(0, int), held_out=None)
    assert numbers.editable
    assert len(boundary_figure(numbers).data[-1].x) == 0
