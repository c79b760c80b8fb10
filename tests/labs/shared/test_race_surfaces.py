"""The losses over the region that is drawn."""

import pytest
import torch

from playground.analysis.landscape import Plane
from playground.data.points import Points
from playground.labs.descent.problem import Formula
from playground.labs.fit.problem import Regression
from playground.labs.shared.race import surfaces
from playground.labs.shared.race.region import SLICE_POINTS, PlotRegion
from playground.labs.shared.race.surfaces import (
    COARSE_POINTS,
    DATA_POINTS,
    SURFACE_POINTS,
    count_points,
    has_surfaces,
    is_heavy,
    make_surfaces,
    surfaces_of,
)

LINE = Regression()
PARABOLA = Regression("a*x^2 + b*x + c")
BOWL = Formula("x^2 + y^2")
FRAME = ((0.0, 4.0), (-1.0, 3.0))


def plane_through(*origin: float) -> Plane:
    return Plane(("a", "b"), torch.tensor(origin, dtype=torch.float64), torch.eye(3, dtype=torch.float64)[:2])


TWO_SLICES = PlotRegion(plane_through(0, 0, 1), FRAME, ((0, plane_through(0, 0, 1)), (5, plane_through(0, 0, 2))))
ONE_SLICE = TWO_SLICES._replace(slices=TWO_SLICES.slices[:1])
PLAIN = PlotRegion(None, FRAME)


@pytest.fixture(autouse=True)
def nothing_made(monkeypatch):
    monkeypatch.setattr(surfaces, "_made", type(surfaces._made)())


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize(
    ("problem", "region", "whole"),
    [
        (BOWL, PLAIN, SURFACE_POINTS),
        (LINE, PLAIN, DATA_POINTS),
        (PARABOLA, ONE_SLICE, DATA_POINTS),
        (PARABOLA, TWO_SLICES, SLICE_POINTS),
    ],
)
def test_a_surface_has_its_points_and_the_losses_that_torch_computes_there(problem, region, whole, coarse):
    count = COARSE_POINTS if coarse else whole
    made = make_surfaces(problem, region, count) if coarse else surfaces_of(problem, region)
    assert count_points(problem, region) == whole
    assert len(made) == max(len(region.slices), 1)
    for i, surface in enumerate(made):
        assert surface.z.shape == (count, count)
        held = [float(region.slices[i][1].origin[2])] if region.slices else []
        for row, column in ((0, 0), (3, 7), (count - 1, count - 1)):
            at = [4 * column / (count - 1), -1 + 4 * row / (count - 1), *held]
            assert surface.z[row, column].item() == pytest.approx(problem.objective.loss(at).item(), rel=1e-12)


def test_the_progress_of_several_slices_goes_once_from_0_to_1():
    told: list[float] = []
    surfaces_of(PARABOLA, TWO_SLICES, told.append)
    assert told == sorted(told)
    assert 0 < told[0] <= 0.5 <= told[-2] < told[-1] == 1


def test_the_regions_of_one_picture_have_one_signature():
    again = PlotRegion(plane_through(0, 0, 1), FRAME, ((0, plane_through(0, 0, 1)), (5, plane_through(0, 0, 2))))
    assert again.signature == TWO_SLICES.signature
    others = [
        TWO_SLICES._replace(frame=((0.0, 4.0), (-1.0, 3.5))),
        ONE_SLICE,
        TWO_SLICES._replace(slices=((0, plane_through(0, 0, 1)), (6, plane_through(0, 0, 2)))),
        TWO_SLICES._replace(slices=((0, plane_through(0, 0, 1)), (5, plane_through(0, 0, 2.5)))),
    ]
    assert len({TWO_SLICES.signature, *(region.signature for region in others)}) == 5


def test_a_surface_is_made_once_for_equal_problems_and_regions():
    assert not has_surfaces(LINE, PLAIN)
    made = surfaces_of(LINE, PLAIN)
    assert has_surfaces(Regression("a*x + b"), PlotRegion(None, FRAME))
    assert surfaces_of(Regression("a*x + b"), PlotRegion(None, FRAME)) is made
    assert not has_surfaces(Regression(loss="sse"), PLAIN)
    assert not has_surfaces(LINE, PlotRegion(None, (FRAME[1], FRAME[0])))


def test_the_surfaces_that_nobody_looked_at_longest_are_dropped(monkeypatch):
    monkeypatch.setattr(surfaces, "MAX_KEPT", 2)
    first, second, third = (Formula(f"x^2 + {k}*y^2") for k in (1, 2, 3))
    for problem in (first, second, first, third):
        surfaces_of(problem, PLAIN)
    assert [has_surfaces(problem, PLAIN) for problem in (first, second, third)] == [True, False, True]


def test_a_loss_on_many_points_is_heavy():
    many = Points(tuple(float(i) for i in range(9000)), (1.0,) * 9000)
    assert [is_heavy(problem) for problem in (BOWL, LINE, Regression(points=many))] == [False, False, True]
