"""A runner: an optimizer with all its settings, ready to go down any objective."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playground.engine.descent import Descent
from playground.engine.objectives import Objective
from playground.engine.settings import Value


@dataclass(frozen=True)
class Runner:
    """An optimizer and its settings.

    Attributes:
        optimizer: a name from ``OPTIMIZERS``; settings: its hyperparameters, by torch's names.
        lr: the learning rate.
        scheduler: a name from ``SCHEDULERS``, or None; schedule: its hyperparameters, by torch's names.
        start: its own start, or None for the one that all share.
        batch_size: on how many points of a fit each step looks, all without it.
    """

    optimizer: str = "SGD"
    lr: float = 0.01
    settings: tuple[tuple[str, Value], ...] = ()
    scheduler: str | None = None
    schedule: tuple[tuple[str, Value], ...] = ()
    start: tuple[float, ...] | None = None
    batch_size: int | None = None

    def descent(self, objective: Objective, start: Sequence[float], **noise: Any) -> Descent:
        """A run at its own start, or else at ``start``.

        Args:
            objective: what to minimise; start: the P parameters' first values.
            noise: as ``Descent`` takes it: ``noise``, ``noise_kind`` and ``seed``.

        Raises:
            InputError: for a setting that can't be used.
        """
        settings: dict[str, Any] = dict(self.settings)
        return Descent(
            objective,
            start if self.start is None else self.start,
            self.optimizer,
            self.lr,
            self.scheduler,
            batch_size=self.batch_size,
            scheduler_settings=dict(self.schedule),
            **noise,
            **settings,
        )
