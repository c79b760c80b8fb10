"""The plane in which a network's loss is drawn, and how far the run's points lie off it."""

from typing import cast

import torch
from torch import Tensor

from playground.analysis.landscape import Plane
from playground.analysis.planes import curvature_plane, random_plane, variance_share
from playground.labs.network.state import NetworkState
from playground.labs.shared.race.region import PlotRegion, inside, measure_heights
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.state import CURVATURE, RANDOM
from playground.numerals import format_number
from playground.player import Column, Readout, Words

SIDES = ("level with its slice: ", "above its slice by ", "below its slice by ")
"""Where a point lies, by the number of the word."""


def plane_through(results: RaceResults, at: Tensor) -> Plane | None:
    """The plane through the parameters ``at`` (P,) that the state asks for; None where any race has it."""
    state = cast(NetworkState, results.state)
    if len(at) > 2 and state.plane == RANDOM:
        return random_plane(state.training.objective, at, state.plane_seed)
    if len(at) > 2 and state.plane == CURVATURE:
        return curvature_plane(state.training.objective, at)
    return None


def say_share(results: RaceResults, plane: Plane) -> str:
    """How much of the path the plane holds."""
    share = variance_share(plane, torch.cat([inside(run) for run in results.runs]))
    return f"{format_number(100 * share, 3)} % of the path's variance"


def height_columns(results: RaceResults, region: PlotRegion) -> dict[str, Tensor]:
    """How high the selected run's point lies above or below the slice at its foot; nothing where there is no slice."""
    if region.plane is None or not region.slices:
        return {}
    heights = measure_heights(results, region)
    # A slice goes through some points: there rounding is all that is left.
    is_level = heights.abs() <= 1e-12 * results.run.losses.abs()
    sides = torch.where(is_level, 0, torch.where(heights > 0, 1, 2))
    return {"height": torch.where(is_level, 0.0, heights.abs()), "side of the slice": sides}


def height_lines(results: RaceResults, region: PlotRegion) -> list[Readout]:
    """The lines on these numbers, and on how much of the path the plane holds."""
    if region.plane is None or not region.slices:
        return []
    # Above a picture with tabs its title isn't seen.
    held = f"plane holds {say_share(results, region.plane)}"
    return [["loss ", Words("side of the slice", SIDES), Column("height")], [held]]
