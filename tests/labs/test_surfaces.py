"""What the views of both pages share, by itself."""

import pytest
import torch
from playground.labs.shared.race_view import FIT_POINTS
from playground.labs.shared.shown import Ground

from playground import Fit, Function
from playground.analysis.landscape import Plane
from playground.labs.shared.race.region import SLICE_POINTS
from playground.labs.shared.race.surfaces import COARSE_POINTS, SURFACE_POINTS, surfaces_of

LINE = Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
PARABOLA = Fit("a*x^2 + b*x + c", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
FRAME = ((0.0, 4.0), (-1.0, 3.0))


def plane_through(*origin: float) -> Plane:
    return Plane(("a", "b"), torch.tensor(origin, dtype=torch.float64), torch.eye(3, dtype=torch.float64)[:2])


TWO_SLICES = Ground(plane_through(0, 0, 1), FRAME, ((0, plane_through(0, 0, 1)), (5, plane_through(0, 0, 2))))


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize(
    ("objective", "ground", "whole"),
    [
        (Function("x^2 + y^2"), Ground(None, FRAME), SURFACE_POINTS),
        (LINE, Ground(None, FRAME), FIT_POINTS),
        (PARABOLA, TWO_SLICES._replace(slices=TWO_SLICES.slices[:1]), FIT_POINTS),
        (PARABOLA, TWO_SLICES, SLICE_POINTS),
    ],
)
def test_a_surface_has_its_points_and_the_losses_that_torch_computes_there(objective, ground, whole, coarse):
    made = surfaces_of(objective, ground, coarse=coarse)
    count = COARSE_POINTS if coarse else whole
    assert len(made) == max(len(ground.slices), 1)
    for i, surface in enumerate(made):
        assert surface.z.shape == (count, count)
        held = [float(ground.slices[i][1].origin[2])] if ground.slices else []
        for row, column in ((0, 0), (3, 7), (count - 1, count - 1)):
            at = [4 * column / (count - 1), -1 + 4 * row / (count - 1), *held]
            assert surface.z[row, column].item() == pytest.approx(objective.loss(at).item(), rel=1e-12)


def test_the_progress_of_several_slices_goes_once_from_0_to_1():
    told: list[float] = []
    surfaces_of(PARABOLA, TWO_SLICES, progress=told.append)
    assert told == sorted(told)
    assert 0 < told[0] <= 0.5 <= told[-2] < told[-1] == 1


def test_the_grounds_of_one_picture_have_one_signature():
    again = Ground(plane_through(0, 0, 1), FRAME, ((0, plane_through(0, 0, 1)), (5, plane_through(0, 0, 2))))
    assert again.signature == TWO_SLICES.signature
    others = [
        TWO_SLICES._replace(frame=((0.0, 4.0), (-1.0, 3.5))),
        TWO_SLICES._replace(slices=TWO_SLICES.slices[:1]),
        TWO_SLICES._replace(slices=((0, plane_through(0, 0, 1)), (6, plane_through(0, 0, 2)))),
        TWO_SLICES._replace(slices=((0, plane_through(0, 0, 1)), (5, plane_through(0, 0, 2.5)))),
    ]
    assert len({TWO_SLICES.signature, *(ground.signature for ground in others)}) == 5
