"""A runner: an optimizer with all its settings, ready to go down any objective."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playground.engine.descent import Descent
from playground.engine.objectives import Objective
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.schedulers import SCHEDULERS
from playground.engine.settings import Hyperparameter, Value
from playground.numerals import format_exact


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

    @property
    def fields(self) -> dict[str, Any]:
        """The value of each field, by the keys of the settings; the default ones as well."""
        values: dict[str, Any] = {
            "optimizer": self.optimizer,
            "lr": self.lr,
            "scheduler": self.scheduler or NO_SCHEDULER,
            "batch_size": self.batch_size or ALL_POINTS,
        }
        scheduled = SCHEDULERS[self.scheduler].hyperparameters if self.scheduler else ()
        for known, given in (
            (OPTIMIZERS[self.optimizer].hyperparameters, dict(self.settings)),
            (scheduled, dict(self.schedule)),
        ):
            for one in known:
                value = given.get(one.name, one.default)
                values |= zip(one.keys, value if isinstance(value, tuple) else (value,), strict=True)
        return values

    @property
    def label(self) -> str:
        """What tells it from others: the optimizer, the learning rate, what isn't as usual and its own start."""
        usual = Runner(self.optimizer, self.lr).fields
        said = [
            f"{key} {format_exact(value)}"
            for key, value in self.fields.items()
            if usual.get(key, NO_SCHEDULER) != value
        ]
        begun = [] if self.start is None else [f"from ({', '.join(f'{x:g}' for x in self.start)})"]
        return " ".join([self.optimizer, f"{self.lr:g}", *said, *begun])


NO_SCHEDULER = "none"
"""What the field of the scheduler says where there is none."""

ALL_POINTS = 0
"""What the field of the batch size says where each step looks at all points."""


def hyperparameters_for(optimizer: str, scheduler: str | None) -> tuple[Hyperparameter, ...]:
    """The settings of an optimizer, and after them those of a scheduler."""
    scheduled = SCHEDULERS[scheduler].hyperparameters if scheduler else ()
    return OPTIMIZERS[optimizer].hyperparameters + scheduled
