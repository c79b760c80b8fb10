"""A race with its runs, and what every part of its view needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.analysis.curvature import Curvature, curvature
from playground.analysis.stability import has_limit, is_plain, stability_limits
from playground.engine.function import Function
from playground.engine.objectives import Objective
from playground.engine.runner import Runner
from playground.engine.standings import KnownMinima, Standings, pad_to, rank_runs
from playground.engine.trajectory import Trajectory
from playground.figures import Array, ColourScale, RunPath, run_paths
from playground.figures.palette import RUNNERS, SYMBOLS
from playground.labs.shared.race.fields import label_runners
from playground.labs.shared.race.state import RaceState
from playground.player import Swatch

SIDES = (
    "",
    "rate below: stable",
    "rate on it: neither shrinks nor grows",
    "rate above: unstable",
    "curves down one way: no rate is stable",
)
"""On which side of its limit a learning rate lies; nothing where there is no limit."""


def sides(rates: Tensor, limits: Tensor, bends_down: Tensor) -> Tensor:
    """The numbers of words in ``SIDES``, of learning rates and limits of any shape, and where the loss curves down."""
    # On it, to what float64 can tell of an eigenvalue.
    on = (rates - limits).abs() <= 1e-12 * limits.abs()
    beside = torch.where(on, 2, torch.where(rates > limits, 3, torch.where(bends_down, 4, 1)))
    return torch.where(limits.isfinite(), beside, 0)


class Stability(NamedTuple):
    """How large a runner's learning rate may be where its run ends.

    Attributes:
        limit: above it the runner is unstable; inf where nothing curves upwards, NaN where there is no curvature.
        rate: the runner's there.
        is_plain: whether the limit is 2/λmax.
        bends_down: whether the loss curves down some way there.
    """

    limit: float
    rate: float
    is_plain: bool
    bends_down: bool

    @property
    def side(self) -> int:
        """The word's number in ``SIDES``."""
        return int(sides(*map(torch.tensor, (self.rate, self.limit, self.bends_down))))


@dataclass(frozen=True)
class RaceResults:
    """What a race's state has led to.

    Attributes:
        state: what was chosen.
        runs: of the runners, in their order.
        is_partial: whether more of their steps follow at once.
    """

    state: RaceState
    runs: Sequence[Trajectory]
    is_partial: bool = False

    @cached_property
    def known(self) -> KnownMinima | None:
        """What is known of the minima."""
        return self.state.race.problem.known(self.state.race.start)

    @cached_property
    def table(self) -> Standings:
        """How the runners stand at each step."""
        return rank_runs(self.runs, self.known, self.state.race.tolerance)

    @cached_property
    def curved(self) -> Curvature:
        """The curvature along the selected runner's run."""
        return curvature(self.objective, self.run.parameters)

    @property
    def objective(self) -> Objective:
        """What is minimised."""
        return self.state.race.objective

    @property
    def selected(self) -> int:
        """The selected runner's place."""
        return self.state.selected

    @property
    def run(self) -> Trajectory:
        """The selected runner's run."""
        return self.runs[self.selected]

    @property
    def runner(self) -> Runner:
        """The selected runner."""
        return self.state.runner

    @property
    def colours(self) -> ColourScale:
        """How losses are coloured. Those of data are never negative: theirs don't hang on each new point."""
        chosen = self.state.colours
        return "log" if chosen == "auto" and not isinstance(self.objective, Function) else chosen

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names."""
        return self.state.names

    @property
    def labels(self) -> list[str]:
        """What the runners are called."""
        return label_runners(self.state.race.runners, self.state.shared_draw)

    @property
    def length(self) -> int:
        """Of the longest run: its steps and its start."""
        return max(len(run.losses) for run in self.runs)

    @property
    def steps(self) -> Array:
        """The steps, from 0 on, as many as the longest run has points."""
        return np.arange(self.length, dtype=np.float64)

    @property
    def stability(self) -> Stability | None:
        """Of the selected run, where it ends; None where no limit of its optimizer's rate is known."""
        if not has_limit(self.runner):
            return None
        limit, rate = self.limits[-1], self.run.learning_rates[-1]
        return Stability(float(limit), float(rate), is_plain(self.runner), bool(self.curved.bends_down[-1]))

    @cached_property
    def limits(self) -> Tensor:
        """(steps + 1,): the rate above which the selected runner is unstable, see ``stability_limits``."""
        return stability_limits(self.runner, self.curved)

    def long(self, values: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """As many rows as the longest run has points."""
        padded: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = pad_to(values, self.length).numpy()
        return padded

    def pad(self, column: Tensor) -> Tensor:
        """What is known of the selected run's points stays at its end; what belongs to a step is missing there."""
        return pad_to(column, self.length) if len(column) == len(self.run.losses) else column

    def paths(self, xs: Sequence[Array], ys: Sequence[Array]) -> list[RunPath]:
        """Each runner's path, in the colour and with the marker that it keeps whoever runs beside it."""
        return run_paths(xs, ys, self.labels, self.state.race.slots, self.selected)

    def swatch(self, i: int) -> Swatch:
        """A runner's colour and symbol."""
        slot = self.state.race.slots[i]
        return Swatch(RUNNERS[slot], SYMBOLS[slot])
