"""What a person chose to fit, in one checked value; and the checks of the fields that all pages have."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from playground.data.datasets import DATASETS, Points
from playground.engine.descent import check_learning_rate
from playground.engine.fit import Fit
from playground.engine.losses import PENALTIES
from playground.engine.settings import Hyperparameter, Value
from playground.errors import ExpressionError, InputError
from playground.numerals import as_float

MAX_STEPS = 10_000

USUAL_RATE = 0.01
"""The tutorial's learning rate."""

LOSS_AXES: tuple[Literal["log", "linear"], ...] = ("log", "linear")
"""How the loss is drawn against the step."""

TUTORIAL_START = {"a": -0.486989, "b": -0.563709}
"""One start from which the tutorial's 100 steps end where it says: a = 2.7157, b = 1.4730."""

OTHER_START = 1.0
"""Where a parameter begins that the tutorial doesn't have."""


@dataclass(frozen=True)
class Regression:
    """A model, its data and the loss between them.

    Attributes:
        model: its text, see ``Fit``.
        points: the data.
        loss: a name from ``LOSSES``.
        penalties: names from ``PENALTIES`` with their factors, those above 0.
        standardise: whether the model is given standardised x.

    Raises:
        InputError: with the ``field`` that the first unusable value came from: ``model``, ``loss``, ``data``,
            ``standardise``, or a penalty's name.
    """

    model: str = "a*x + b"
    points: Points = DATASETS["Tutorial"].points
    loss: str = "mse"
    penalties: tuple[tuple[str, float], ...] = ()
    standardise: bool = False

    def __post_init__(self) -> None:
        _ = self.objective

    @cached_property
    def objective(self) -> Fit:
        """The fit that is to be minimised."""
        points = self.points
        try:
            return Fit(
                self.model,
                points.x,
                points.y,
                self.loss,
                weights=points.weights or None,
                held_out=points.held_out or None,
                penalties=dict(self.penalties),
                standardise=self.standardise,
            )
        except ExpressionError as error:
            error.field = "model"
            raise

    @property
    def fields(self) -> dict[str, Any]:
        """The value of each field, by the keys that ``read_regression`` takes."""
        factors = dict.fromkeys(PENALTIES, 0.0) | dict(self.penalties)
        return {
            "model": self.model,
            "points": self.points,
            "loss": self.loss,
            "standardise": self.standardise,
        } | factors


def read_regression(values: Mapping[str, Any]) -> Regression:
    """The regression that the values of fields make; None in a field is an empty one, a missing one is as usual.

    Raises:
        InputError: for the first value that can't be used, with its ``field``.
    """
    factors = {name: values.get(name, 0.0) for name in PENALTIES}
    for name, factor in factors.items():
        if factor is None:
            raise InputError(f"{PENALTIES[name].label} is empty: type a number, 0 for none", field=name)
    given = tuple((name, factor) for name, factor in factors.items() if factor != 0)
    plain = {name: values[name] for name in ("points", "loss", "standardise") if name in values}
    return Regression(values.get("model", Regression.model) or "", penalties=given, **plain)


def usual_start(name: str) -> float:
    """Where a parameter of this name begins in a fit unless somebody says otherwise."""
    return TUTORIAL_START.get(name, OTHER_START)


def checked_steps(steps: object) -> int:
    """``steps`` as a number of steps that a page computes.

    Raises:
        InputError: for anything but a whole number from 1 to ``MAX_STEPS``.
    """
    if steps is None:
        raise InputError(f"Steps is empty: type a whole number from 1 to {MAX_STEPS:,}.", field="steps")
    if isinstance(steps, bool) or not isinstance(steps, int | float) or steps != steps // 1:
        raise InputError(f"Steps must be a whole number, not {steps!r}.", field="steps")
    if not 1 <= steps <= MAX_STEPS:
        shown = f"{int(steps):,}" if abs(steps) < 1e15 else f"{as_float(steps):g}"
        raise InputError(f"Steps is {shown}: it must be from 1 to {MAX_STEPS:,}.", field="steps")
    return int(steps)


def checked_rate(value: float | None) -> float:
    """The learning rate in a field that may be empty, or an InputError."""
    if value is None:
        raise InputError("Learning rate is empty: type a number, for example 0.01")
    return check_learning_rate(value)


def checked_setting(one: Hyperparameter, values: Mapping[str, Any]) -> Value:
    """A setting from the fields of its components, by their keys, or an InputError."""
    given = tuple(values[key] for key in one.keys)
    if None in given:
        raise InputError(f"{one.labels[given.index(None)]} is empty: type a number")
    return one.check(given if isinstance(one.default, tuple) else given[0])


def as_number(text: str) -> float:
    """A finite number of a link.

    Raises:
        InputError: for anything else.
    """
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"'{text[:40]}' is no number") from None
    if not math.isfinite(number):
        raise InputError(f"{number} is no finite number")
    return number
