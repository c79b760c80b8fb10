"""All that a person chose, in one checked value: what a link carries, and what makes a run."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar

import torch

from playground.descent import Descent, checked_learning_rate
from playground.errors import ExpressionError, InputError
from playground.objectives import LOSSES, Fit
from playground.optimizers import OPTIMIZERS, Hyperparameter, Value, as_float

T = TypeVar("T")

MAX_STEPS = 10_000

LOSS_AXES: tuple[Literal["log", "linear"], ...] = ("log", "linear")
"""How the loss is drawn against the step."""

TUTORIAL_X = (0.5, 0.9, 1.4, 1.8)
TUTORIAL_Y = (2.0, 3.8, 5.0, 7.2)

TUTORIAL_START = {"a": -0.486989, "b": -0.563709}
"""One start from which the tutorial's 100 steps end where it says: a = 2.7157, b = 1.4730."""

OTHER_START = 1.0
"""Where a parameter begins that the tutorial doesn't have."""


@dataclass(frozen=True)
class Scenario:
    """A fit, an optimizer and a start.

    Attributes:
        model: the text of the model.
        start: one value a parameter, in the model's order.
        loss: a name from ``LOSSES``.
        optimizer: a name from ``OPTIMIZERS``; settings: its hyperparameters, by torch's names.
        lr: the learning rate.
        steps: how many steps, 1 to ``MAX_STEPS``.
        x, y: the data.

    Raises:
        InputError: with the ``field`` that the first unusable value came from.
    """

    model: str = "a*x + b"
    start: tuple[float, ...] = tuple(TUTORIAL_START.values())
    loss: str = "mse"
    optimizer: str = "SGD"
    settings: tuple[tuple[str, Value], ...] = ()
    lr: float = 0.01
    steps: int = 100
    x: tuple[float, ...] = TUTORIAL_X
    y: tuple[float, ...] = TUTORIAL_Y

    def __post_init__(self) -> None:
        checked_steps(self.steps)
        self.descent()

    @cached_property
    def objective(self) -> Fit:
        """The fit that is to be minimised."""
        try:
            return Fit(self.model, self.x, self.y, self.loss)
        except ExpressionError as error:
            error.field = "model"
            raise

    def descent(self) -> Descent:
        """A run at its start."""
        settings: dict[str, Any] = dict(self.settings)
        return Descent(self.objective, self.start, self.optimizer, self.lr, **settings)


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


def usual_start(name: str) -> float:
    """Where a parameter of this name begins unless somebody says otherwise."""
    return TUTORIAL_START.get(name, OTHER_START)


DEFAULTS: dict[str, Any] = {
    "model": Scenario.model,
    "loss": Scenario.loss,
    "optimizer": Scenario.optimizer,
    "lr": Scenario.lr,
    "steps": Scenario.steps,
    "loss_axis": LOSS_AXES[0],
} | {
    key: default
    for record in OPTIMIZERS.values()
    for one in record.hyperparameters
    for key, default in zip(one.keys, one.components, strict=True)
}
"""The usual value of each setting, by its key."""


class Fields(NamedTuple):
    """What fields say, checked one by one, so that each can say what is wrong with it.

    Attributes:
        scenario: made of all of them, or None if there is a problem.
        fit: the model's, if the model can be used.
        problems: what is wrong, by field: ``model``, ``loss``, ``settings``, ``start``, ``lr``, ``steps``.
    """

    scenario: Scenario | None
    fit: Fit | None
    problems: dict[str, InputError]


def read_fields(values: Mapping[str, Any], parameters: Sequence[str] = ()) -> Fields:
    """The scenario that the values of fields make.

    Args:
        values: by the keys of ``Link.values``, None where a field is empty; the usual value for those left out.
        parameters: of which starts are checked while the model can't be used.
    """
    values = DEFAULTS | dict(values)
    problems: dict[str, InputError] = {}

    def tried(field: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except InputError as error:
            problems[field] = error
            return None

    fit = tried("model", lambda: Fit(values["model"] or "", Scenario.x, Scenario.y))
    if fit:
        tried("loss", lambda: Fit(values["model"], Scenario.x, Scenario.y, values["loss"]))
    names = fit.parameters if fit else tuple(parameters)
    start = tried("start", lambda: _checked_start(names, values))
    lr = tried("lr", lambda: checked_rate(values["lr"]))
    steps = tried("steps", lambda: checked_steps(values["steps"]))
    record = OPTIMIZERS[values["optimizer"]]

    def read_settings() -> tuple[tuple[str, Value], ...]:
        settings = {one.name: checked_setting(one, values) for one in record.hyperparameters}
        # What only torch knows, such as a Nesterov momentum without momentum, is refused here.
        record.build(torch.zeros(1, dtype=torch.float64), record.learning_rate, settings)
        return tuple(settings.items())

    settings = tried("settings", read_settings)
    if problems or start is None or settings is None or lr is None or steps is None:
        return Fields(None, fit, problems)
    scenario = tried(
        "start", lambda: Scenario(values["model"], start, values["loss"], record.name, settings, lr, steps)
    )
    return Fields(scenario, fit, problems)


def _checked_start(names: Iterable[str], values: Mapping[str, Any]) -> tuple[float, ...]:
    start = {name: values.get(f"start_{name}", usual_start(name)) for name in names}
    for name, value in start.items():
        if value is None:
            raise InputError(f"Start {name} is empty: type a number, or click on the contours")
    return tuple(start.values())


def checked_rate(value: float | None) -> float:
    """The learning rate in a field that may be empty, or an InputError."""
    if value is None:
        raise InputError("Learning rate is empty: type a number, for example 0.01")
    return checked_learning_rate(value)


def checked_setting(one: Hyperparameter, values: Mapping[str, Any]) -> Value:
    """A setting from the fields of its components, by their keys, or an InputError."""
    given = tuple(values[key] for key in one.keys)
    if None in given:
        raise InputError(f"{one.labels[given.index(None)]} is empty: type a number")
    return one.checked(given if isinstance(one.default, tuple) else given[0])


class Link(NamedTuple):
    """What was read from a link.

    Attributes:
        values: by key, what the link says, with the usual value for what can't be used. The keys are
            ``model``, ``loss``, ``optimizer``, ``lr``, ``steps``, ``start_`` and a parameter's name, and those
            of hyperparameters.
        unusable: the keys of what can't.
        problem: one sentence on what can't be used, or nothing.
    """

    values: dict[str, Any]
    unusable: tuple[str, ...]
    problem: str


def read_link(parameters: Mapping[str, str]) -> Link:
    """What a link's query says, checked; keys that are no setting are passed over."""
    values: dict[str, Any] = {}
    unusable: dict[str, str] = {}
    for key, text in parameters.items():
        if key not in _READERS and not key.startswith("start_"):
            continue
        try:
            values[key] = _READERS.get(key, _number)(text)
        except ValueError:
            values[key] = DEFAULTS[key] if key in DEFAULTS else usual_start(key.removeprefix("start_"))
            unusable[key] = text if len(text) <= 40 else text[:40] + "…"
    said = " and ".join(f"{key}={text}" for key, text in unusable.items())
    problem = f"This link says {said}, which can't be used: the usual stands instead." if unusable else ""
    return Link(values, tuple(unusable), problem)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _truth(text: str) -> bool:
    return {"true": True, "false": False}[text] if text in ("true", "false") else bool(int(text))


def _one_of(names: Iterable[str]) -> Callable[[str], str]:
    known = tuple(names)

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


def _model(text: str) -> str:
    Fit(text, TUTORIAL_X, TUTORIAL_Y)
    return text


def _hyperparameter(one: Hyperparameter, label: str) -> Callable[[str], Value]:
    if one.choices:
        return _one_of(one.choices)
    return _truth if isinstance(one.default, bool) else lambda text: one.number(label, _number(text))


_READERS: dict[str, Callable[[str], Any]] = {
    "model": _model,
    "loss": _one_of(LOSSES),
    "optimizer": _one_of(OPTIMIZERS),
    "lr": lambda text: checked_learning_rate(_number(text)),
    "steps": lambda text: checked_steps(_number(text)),
    "loss_axis": _one_of(LOSS_AXES),
} | {
    key: _hyperparameter(one, label)
    for record in OPTIMIZERS.values()
    for one in record.hyperparameters
    for key, label in zip(one.keys, one.labels, strict=True)
}
