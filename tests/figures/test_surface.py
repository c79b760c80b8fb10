"""Runners on the surface in space: heights, lifts, and the upright axis."""

import numpy as np
import pytest

from playground import Function, loss_surface
from playground.engine.runner import Runner
from playground.figures import contour_figure, curve_figure, gather_contours, gather_surface, run_paths, surface_figure
from tests.figures.shared import NO_MINIMA, SADDLE, WAVE, Curve, Hill, sliced, with_meta


def test_slices_in_space_stand_on_one_axis_of_heights():
    _, plane = sliced()
    numbers = gather_surface(plane, [np.full(13, 2.0)])
    surface = surface_figure(numbers).data[0]
    assert numbers.z.shape == (3, 9, 13)
    assert surface.meta["frames"]["since"] == [0, 4, 9]
    np.testing.assert_allclose(np.array(surface.meta["frames"]["fields"]["z"]), plane.z, rtol=1e-6)
    np.testing.assert_allclose(surface.z, plane.z[0], rtol=1e-6)
    low, high = numbers.z_range
    assert low < plane.z.min() < plane.z.max() < high
    assert (surface.cmin, surface.cmax) == (low, high)


BASES = {"x^2 + y^2 + 1": 0.0, "x^2 + y^2": 0.0, "x^2 + y^2 - 5": -5.0, "exp(6x) + y^2/1e9": 0.0}


@pytest.mark.parametrize("scale", ["auto", "log", "linear"])
@pytest.mark.parametrize("text", BASES)
def test_a_loss_of_the_surface_is_as_high_as_the_surface_there(text, scale):
    surface = loss_surface(Function(text), ("x", -3, 3, 13), ("y", -3, 3, 13))
    still = run_paths([np.zeros(13)], [np.zeros(13)], ["still"])
    solid = gather_surface(
        gather_contours([surface], still, 0, np.zeros((13, 2)), NO_MINIMA, scale=scale), list(surface.z.numpy())
    )
    np.testing.assert_allclose(np.array(solid.heights), solid.z[0], rtol=1e-5, atol=1e-5)
    (low, high), z = solid.z_range, surface.z.numpy()
    expected = z
    if scale == "log" or (scale == "auto" and solid.colours.ticks is not None):
        with np.errstate(divide="ignore"):
            expected = np.log10(z - BASES[text])
    assert (solid.colours.ticks is None) == (expected is z)
    floor = low if solid.colours.low is None else solid.colours.low
    shown = expected > floor  # a few lowest ones lie on the floor
    assert np.mean(shown) > 0.95
    np.testing.assert_allclose(solid.z[0][shown], expected[shown], rtol=1e-5, atol=1e-5)
    assert low < np.quantile(solid.z, 0.01) < solid.z.max() < high


def test_a_runner_at_a_minimum_of_zero_is_still_drawn():
    hill = Hill("(x^2 + y^2)^2", "log", runners=(Runner(lr=0.1, start=(0.0, 0.0)),), selected=0)
    surface = loss_surface(hill.race.objective, ("x", -3, 3, 12), ("y", -2, 2, 8))  # no point at (0, 0)
    plane = gather_contours([surface], hill.contours.paths, 0, np.zeros((13, 2)), NO_MINIMA, scale="log")
    solid = gather_surface(plane, hill.losses)
    assert hill.losses[0].tolist() == [0] * 13
    np.testing.assert_allclose(solid.heights[0], solid.z.min(), rtol=1e-6)


@pytest.mark.parametrize("text", ["x^2 + y^2", "x^2 + y^2 - 5"])
def test_nothing_lies_below_the_upright_axis_where_it_would_not_be_drawn(text):
    runner = Runner(lr=0.5, start=(3.0, 1.0))  # half the inverse curvature: one step leads to the minimum
    solid = Hill(text, "log", (runner,), selected=0).surface_numbers
    low, high = solid.z_range
    for z in (solid.z, *solid.heights):
        assert low <= z.min() <= z.max() <= high


def test_paths_in_space_lie_a_little_above_the_surface(hill):
    figure = surface_figure(hill.surface_numbers)
    lines, markers = (with_meta(figure, cursor=cursor) for cursor in ("path", "point"))
    assert [line.line.color for line in lines[:2]] == ["black", "white"]  # a dark edge and a light one, below the path
    assert lines[0].line.width > lines[1].line.width > lines[2].line.width
    paths = lines[2::3]
    height = np.ptp(hill.contours.colours.values)
    for lifted, most in ((paths, 0.05), (markers, 0.15)):
        runs = list(zip(hill.paths, hill.losses, strict=True))
        runs.append(runs.pop(hill.selected))  # it lies on top
        for trace, (path, losses) in zip(lifted, runs, strict=True):
            np.testing.assert_array_equal(np.column_stack([trace.x, trace.y]), path)
            lift = trace.z - losses
            np.testing.assert_allclose(lift, lift[0], atol=1e-4)
            assert 0 < lift[0] < most * height


@pytest.mark.parametrize("lost", [True, False])
def test_where_no_loss_is_finite_no_surface_is_drawn_and_it_is_said(lost):
    hill = Hill("log(-1 - x^2) + y" if lost else SADDLE, steps=2)
    said = ["Nothing has a finite value here"] if lost else []
    for figure in (contour_figure(hill.contours), surface_figure(hill.surface_numbers)):
        assert [note.text for note in figure.layout.annotations] == said
    assert surface_figure(hill.surface_numbers).data[0].visible == (not lost)
    figure = curve_figure(Curve("log(-1 - x^2)" if lost else WAVE).numbers)
    assert [note.text for note in figure.layout.annotations] == said
