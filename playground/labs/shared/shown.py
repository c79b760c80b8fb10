"""A race and its runs, with what every part of its view needs; and what a view is."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor

from playground.analysis.curvature import Curvature
from playground.analysis.landscape import LossSurface, Plane
from playground.engine.descent import Trajectory
from playground.engine.fit import Fit
from playground.engine.runner import Runner
from playground.engine.standings import KnownMinima, Standings, pad_to
from playground.figures import COLOURS, SYMBOLS, LinesNumbers
from playground.labs.shared.race import Race
from playground.player import Board, Panel, Readout, Swatch

PRINCIPAL = "principal directions"
"""The plane of the paths' two principal directions."""

Frame: TypeAlias = tuple[tuple[float, float], tuple[float, float]]


class Look(NamedTuple):
    """How a race is looked at: on which plane, and on which scales."""

    plane: str = PRINCIPAL
    colours: Literal["auto", "log", "linear"] = "auto"
    loss_axis: Literal["log", "linear"] = "log"


class Ground(NamedTuple):
    """Where an objective is looked at.

    Attributes:
        plane: in space; None for one variable.
        frame: the ranges of its two coordinates, of one variable the first.
        slices: the planes beside it through points of the selected run, each from a step on; none for two variables,
            which have but one plane.
    """

    plane: Plane | None
    frame: Frame
    slices: tuple[tuple[int, Plane], ...] = ()

    @property
    def signature(self) -> Hashable:
        """Equal for grounds of one objective on which the surfaces are the same."""
        planes = [
            (since, tuple(plane.origin.tolist()), tuple(plane.directions.flatten().tolist()))
            for since, plane in self.slices
        ]
        return self.frame, tuple(planes)

    def plane_at(self, step: int) -> Plane | None:
        """The plane that is drawn at a step."""
        return next((plane for since, plane in reversed(self.slices) if since <= step), self.plane)


class Stability(NamedTuple):
    """The limit 2/λmax of plain gradient descent, inf where nothing curves upwards, and the rate beside it."""

    limit: float
    rate: float

    @property
    def side(self) -> int:
        """The word's number in ``SIDES``."""
        return int(sides(torch.tensor(self.rate), torch.tensor(self.limit)))


SIDES = ("", "rate below: stable", "rate on it: neither shrinks nor grows", "rate above: unstable")
"""On which side of the limit for plain gradient descent a learning rate lies; nothing where there is no limit."""


def sides(rates: Tensor, limits: Tensor) -> Tensor:
    """The numbers of words in ``SIDES``, of learning rates and limits of any shape."""
    # On it, to what float64 can tell of an eigenvalue.
    on = (rates - limits).abs() <= 1e-12 * limits.abs()
    return torch.where(limits.isfinite(), torch.where(on, 2, torch.where(rates > limits, 3, 1)), 0)


class View(NamedTuple):
    """What the player is given.

    Attributes:
        panels, columns, readouts, notes, status, alarming: as ``playground.player.player`` takes them.
        ground: what is drawn of the objective.
        stability: of the selected run, where it ends.
        axes: of the lines, by their panels' names.
        data_frame: the ranges of the data's picture; None for a function.
        conditions: of a fit the condition numbers for x as given and standardised, where they are known.
        coarse: whether the surface is to be made once more, in full detail.
    """

    panels: list[Panel | Board]
    columns: dict[str, Tensor]
    readouts: list[Readout]
    notes: list[str]
    status: str
    alarming: bool
    ground: Ground
    stability: Stability
    axes: dict[str, LinesNumbers]
    data_frame: Frame | None = None
    conditions: tuple[float, float] | None = None
    coarse: bool = False


class Surfaces(NamedTuple):
    """Surfaces that were made beforehand: for an objective on a ground of this signature."""

    of: Hashable
    made: list[LossSurface]


class Shown(NamedTuple):
    """A race with what every part of its view needs; ``runs`` are the runners', ``at`` the selected one's.

    ``axes`` are those that lines have to keep, and in the end those of all lines. ``ready`` are
    surfaces that were made before, and ``coarse`` whether others are to be made in less detail.
    """

    race: Race
    runs: Sequence[Trajectory]
    selected: int
    known: KnownMinima | None
    table: Standings
    curved: Curvature
    look: Look
    length: int
    axes: dict[str, LinesNumbers]
    ready: Surfaces | None
    coarse: bool

    @property
    def at(self) -> Trajectory:
        """The selected runner's run."""
        return self.runs[self.selected]

    @property
    def runner(self) -> Runner:
        """The selected runner."""
        return self.race.runners[self.selected]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names."""
        return self.race.objective.parameters

    @property
    def labels(self) -> list[str]:
        """What the runners are called."""
        return [runner.label for runner in self.race.runners]

    @property
    def cost(self) -> int:
        """How often the expression is evaluated for one loss."""
        objective = self.race.objective
        return len(objective.x) if isinstance(objective, Fit) else 1

    def long(self, values: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """As many rows as the longest run has points."""
        return pad_to(values, self.length).numpy()

    def pad_to(self, columns: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What is known of a run's points stays at its end; what belongs to a step is missing after the last."""
        ended = len(self.at.losses)
        return {name: pad_to(one, self.length) if len(one) == ended else one for name, one in columns.items()}


def planes(names: Sequence[str]) -> list[str]:
    """The planes that a function of these variables can be looked at on."""
    return [PRINCIPAL, *(f"{x}, {y}" for x, y in combinations(names, 2))]


def swatch(i: int) -> Swatch:
    """The colour and the symbol of a runner."""
    return Swatch(COLOURS[i], SYMBOLS[i])
