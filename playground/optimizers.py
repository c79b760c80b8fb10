"""The optimizers of ``torch.optim`` that a run can use: one record each.

The record is the one place where an optimizer's hyperparameters, their bounds and their defaults are
written down; the widgets, the link, the checks and the tests follow from it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import torch
from torch import Tensor

from playground.errors import InputError

Value: TypeAlias = float | bool | tuple[float, ...]


@dataclass(frozen=True)
class Hyperparameter:
    """One setting of an optimizer, beside its learning rate.

    Attributes:
        name: the keyword that torch's class takes.
        labels: what a person calls it; one label for each component of a tuple.
        default: torch's own default; its type (bool, float, tuple of floats) is the setting's type.
        low, high: the bounds that torch checks, or that make sense; ``high`` is excluded if ``open_above``.
        step: what one press of a widget's button adds.
        help: one sentence.
    """

    name: str
    labels: tuple[str, ...]
    default: Value
    help: str
    low: float = 0.0
    high: float = 1.0
    open_above: bool = False
    step: float = 0.05

    @property
    def components(self) -> tuple[float | bool, ...]:
        """The default, a value for each label."""
        return self.default if isinstance(self.default, tuple) else (self.default,)

    @property
    def keys(self) -> tuple[str, ...]:
        """What widgets and links call it: one key for each label."""
        if len(self.labels) == 1:
            return (self.name,)
        return tuple(f"{self.name}_{i + 1}" for i in range(len(self.labels)))

    def checked(self, value: object) -> Value:
        """``value`` in the setting's type, or an InputError that names it."""
        if isinstance(self.default, bool):
            if not isinstance(value, bool):
                raise InputError(f"{self.labels[0]} must be true or false, not {value!r}", field=self.name)
            return value
        given = value if isinstance(value, tuple | list) else (value,)
        if len(given) != len(self.labels):
            raise InputError(f"{self.name} takes {len(self.labels)} numbers, not {len(given)}", field=self.name)
        numbers = tuple(self.number(label, one) for label, one in zip(self.labels, given, strict=True))
        return numbers if isinstance(self.default, tuple) else numbers[0]

    def number(self, label: str, value: object) -> float:
        """One component as a float within the bounds, or an InputError that names it."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{label} must be a number, not {value!r}", field=self.name)
        number = as_float(value)
        inside = self.low <= number < self.high if self.open_above else self.low <= number <= self.high
        if not inside:  # nan as well
            end = f"below {self.high:g}" if self.open_above else f"at most {self.high:g}"
            raise InputError(f"{label} is {number:g}: it must be at least {self.low:g} and {end}", field=self.name)
        return number


@dataclass(frozen=True)
class Optimizer:
    """What the project knows of one class of ``torch.optim``.

    Attributes:
        cls: torch's class.
        learning_rate: the default, torch's own.
        hyperparameters: the settings that a person may change.
        source: torch's documentation, where the update rule is written down.
    """

    cls: Callable[..., torch.optim.Optimizer]
    learning_rate: float
    hyperparameters: tuple[Hyperparameter, ...]
    source: str

    @property
    def name(self) -> str:
        """What torch calls the class."""
        return self.cls.__name__

    def checked(self, settings: Mapping[str, object]) -> dict[str, Value]:
        """All hyperparameters, from ``settings`` or their defaults.

        Raises:
            InputError: for an unknown name or a value out of bounds.
        """
        known = {hyperparameter.name: hyperparameter for hyperparameter in self.hyperparameters}
        for name in settings:
            if name not in known:
                usable = ", ".join(["lr", *known])
                raise InputError(f"{self.name} has no setting '{name}': it has {usable}", field=name)
        return {name: one.checked(settings.get(name, one.default)) for name, one in known.items()}

    def build(self, theta: Tensor, lr: float, settings: Mapping[str, object]) -> torch.optim.Optimizer:
        """torch's optimizer over the one tensor ``theta``.

        Raises:
            InputError: in our words, or for a combination that torch refuses, with torch's reason.
        """
        checked = self.checked(settings)
        try:
            # foreach=False: the default decides anew at each step, for a list of one tensor.
            return self.cls([theta], lr=lr, foreach=False, **checked)
        except ValueError as reason:
            raise InputError(f"{self.name} can't run so: {reason}", field="optimizer") from reason


def as_float(value: float) -> float:
    """``value`` as a float; a whole number too large for one is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.optim."

OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType(
    {
        "SGD": Optimizer(
            cls=torch.optim.SGD,
            learning_rate=1e-3,
            hyperparameters=(
                Hyperparameter(
                    "momentum", ("Momentum",), 0.0, "How much of the last step's direction is kept.", high=2.0
                ),
                Hyperparameter(
                    "nesterov", ("Nesterov",), False, "Look ahead along the momentum; needs a momentum above 0."
                ),
            ),
            source=_DOCS + "SGD.html",
        ),
        "Adam": Optimizer(
            cls=torch.optim.Adam,
            learning_rate=1e-3,
            hyperparameters=(
                Hyperparameter(
                    "betas",
                    ("Beta 1", "Beta 2"),
                    (0.9, 0.999),
                    "Decay of the running means of the gradient and of its square.",
                    open_above=True,
                ),
                Hyperparameter(
                    "eps", ("Epsilon",), 1e-8, "Added to the denominator, so that it is never 0.", step=1e-8
                ),
            ),
            source=_DOCS + "Adam.html",
        ),
    }
)
"""The optimizers by torch's class names; a new one is a new entry."""
