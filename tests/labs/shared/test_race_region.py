"""Where a race is looked at."""

import math

import numpy as np
import pytest
import torch

from playground.analysis.landscape import Plane
from playground.labs import LABS
from playground.labs.shared.race.region import PlotRegion, off_slice
from playground.labs.shared.session import Session

LEVEL = Plane(("a", "b"), torch.zeros(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64)[:2])


def test_what_rounding_leaves_beside_a_slice_is_no_distance():
    heights = torch.tensor([2e-16, -1e-12, 1e-3, -4.0, math.nan], dtype=torch.float64)
    points = torch.stack([torch.full((5,), 2.0), torch.full((5,), -1.0), heights], 1)
    off = off_slice(points, PlotRegion(LEVEL, ((-3, 3), (-3, 3)), ((0, LEVEL),)))
    assert off[:4].tolist() == [0, 0, 1e-3, 4]
    assert off[4].isnan()


@pytest.mark.parametrize(
    ("function", "runner"),
    [("-x**2-y**2", "SGD,lr=5"), ("x^3+y", "SGD,lr=0.1"), ("-exp(x)*y^2", "SGD,lr=3"), ("-cosh(x)+y", "Adam,lr=1")],
)
def test_a_run_that_falls_without_end_leaves_a_picture_in_which_something_is_seen(function, runner):
    lab = LABS["descent"]
    state = lab.read_link({"function": function, "runner_1": runner, "start_x": "-1.5"}).state
    view = lab.view(Session(lab, state, lab.work()))
    contours = next(one for one in view.panels if one.name == "contours").figure
    assert not contours.layout.annotations
    assert np.isfinite(contours.data[0].customdata).any()
    (left, right), (low, high) = view.region.frame
    x, y = view.results.runs[0].parameters[0].tolist()
    assert (left < x < right, low < y < high) == (True, True)
