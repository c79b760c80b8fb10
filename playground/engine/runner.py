"""A runner: an optimizer with all its settings, ready to go down any objective."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from playground.engine.descent import Descent
from playground.engine.many import ManyRuns, descend_many
from playground.engine.objectives import Objective
from playground.engine.settings import Value


@dataclass(frozen=True)
class DrawnStart:
    """A start that an initialisation draws with a seed, as ``Objective.start`` takes them."""

    initialisation: str = "default"
    seed: int = 0


@dataclass(frozen=True)
class Runner:
    """An optimizer and its settings.

    Attributes:
        optimizer: a name from ``OPTIMIZERS``; settings: its hyperparameters, by torch's names.
        lr: the learning rate.
        scheduler: a name from ``SCHEDULERS``, or None; schedule: its hyperparameters, by torch's names.
        start: its own start, in numbers or drawn, or None for the one that all share.
        batch_size: on how many points of a fit each step looks, all without it.
    """

    optimizer: str = "SGD"
    lr: float = 0.01
    settings: tuple[tuple[str, Value], ...] = ()
    scheduler: str | None = None
    schedule: tuple[tuple[str, Value], ...] = ()
    start: tuple[float, ...] | DrawnStart | None = None
    batch_size: int | None = None

    def begin(self, objective: Objective, shared: Sequence[float]) -> Sequence[float]:
        """Where it begins: the P parameters' values at its own start, or else those that all share.

        Raises:
            InputError: for a start that the objective can't draw.
        """
        if isinstance(self.start, DrawnStart):
            return tuple(objective.start(self.start.initialisation, self.start.seed).tolist())
        return shared if self.start is None else self.start

    def descent(self, objective: Objective, start: Sequence[float], **noise: Any) -> Descent:
        """A run at its own start, or else at ``start``.

        Args:
            objective: what to minimise; start: the P parameters' first values.
            noise: as ``Descent`` takes it: ``noise``, ``noise_kind`` and ``seed``.

        Raises:
            InputError: for a setting that can't be used.
        """
        return Descent(objective, self.begin(objective, start), self.optimizer, self.lr, **self._settings, **noise)

    def descend_many(
        self,
        objective: Objective,
        starts: Tensor,
        steps: int,
        deadline: float | None = None,
        clock: Callable[[], float] | None = None,
        **noise: Any,
    ) -> ManyRuns:
        """As many runs as there are ``starts`` (K, P), all at once.

        Args:
            objective: what to minimise; steps, deadline, clock: as ``descend_many`` takes them.
            noise: as ``descent`` takes it; all runs have the same.

        Raises:
            InputError: for a setting that can't be used, or that would couple the runs.
        """
        settings = self._settings | noise
        return descend_many(objective, starts, self.optimizer, self.lr, steps, deadline, clock, **settings)

    @property
    def _settings(self) -> dict[str, Any]:
        """All beside the learning rate, as ``Descent`` takes it."""
        return {
            **dict(self.settings),
            "scheduler": self.scheduler,
            "scheduler_settings": dict(self.schedule),
            "batch_size": self.batch_size,
        }
