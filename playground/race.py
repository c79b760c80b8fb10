"""Runners on one objective: what each is set to, and their runs side by side."""

from dataclasses import dataclass

from playground.optimizers import Value


@dataclass(frozen=True)
class Runner:
    """An optimizer and its settings.

    Attributes:
        optimizer: a name from ``OPTIMIZERS``; settings: its hyperparameters, by torch's names.
        lr: the learning rate.
        scheduler: a name from ``SCHEDULERS``, or None; schedule: its hyperparameters, by torch's names.
        start: its own start, or None for the one that all share.
    """

    optimizer: str = "SGD"
    lr: float = 0.01
    settings: tuple[tuple[str, Value], ...] = ()
    scheduler: str | None = None
    schedule: tuple[tuple[str, Value], ...] = ()
    start: tuple[float, ...] | None = None
