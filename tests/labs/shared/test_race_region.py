"""Where a race is looked at."""

import math

import torch

from playground.analysis.landscape import Plane
from playground.labs.shared.race.region import PlotRegion, off_slice

LEVEL = Plane(("a", "b"), torch.zeros(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64)[:2])


def test_what_rounding_leaves_beside_a_slice_is_no_distance():
    heights = torch.tensor([2e-16, -1e-12, 1e-3, -4.0, math.nan], dtype=torch.float64)
    points = torch.stack([torch.full((5,), 2.0), torch.full((5,), -1.0), heights], 1)
    off = off_slice(points, PlotRegion(LEVEL, ((-3, 3), (-3, 3)), ((0, LEVEL),)))
    assert off[:4].tolist() == [0, 0, 1e-3, 4]
    assert off[4].isnan()
