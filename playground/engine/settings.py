"""The settings of optimizers and schedulers: what each may be, and how it is checked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from playground.errors import InputError
from playground.numerals import as_float, format_exact, format_number, quote

Value: TypeAlias = float | bool | int | str | tuple[float, ...] | tuple[int, ...]
"""What a setting may be; a choice is written as a text, and torch's None among choices as ``"none"``."""

_T = TypeVar("_T")


def find_record(records: Mapping[str, _T], name: object, what: str) -> _T:
    """The record of this name.

    Raises:
        InputError: with ``what`` as its field, for an unknown name.
    """
    if not isinstance(name, str) or name not in records:
        raise InputError(f"unknown {what} {quote(name)}: choose one of {', '.join(records)}", field=what)
    return records[name]


@dataclass(frozen=True)
class Hyperparameter:
    """One setting of an optimizer or a scheduler, beside the learning rate.

    Attributes:
        name: the keyword that torch's class takes.
        labels: what a person calls it; one label for each component of a tuple.
        default: torch's own default; its type (bool, float, int, str, or a tuple of floats or of ints) is the
            setting's type.
        help: one sentence.
        low, high: the bounds that torch checks, or that make sense, one for all components or one each;
            ``low`` is excluded if ``open_below``, ``high`` if ``open_above``.
        step: a sensible increment.
        choices: for a text, all that it may be.
        symbols: what update rules call it; one symbol for each component.
        key: a name of its own among the settings of all records: ``name``, unless another's of that name differs.
    """

    name: str
    labels: tuple[str, ...]
    default: Value
    help: str
    low: float | tuple[float, ...] = 0.0
    high: float | tuple[float, ...] = 1.0
    open_below: bool = False
    open_above: bool = False
    step: float = 0.05
    choices: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    key: str = ""

    @property
    def components(self) -> tuple[float | bool | int | str, ...]:
        """The default, a value for each label."""
        return self.default if isinstance(self.default, tuple) else (self.default,)

    @property
    def keys(self) -> tuple[str, ...]:
        """A name of its own for each component, among the settings of all records."""
        key = self.key or self.name
        return (key,) if len(self.labels) == 1 else tuple(f"{key}_{i + 1}" for i in range(len(self.labels)))

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """The lowest and the highest value of each component."""
        lows, highs = (one if isinstance(one, tuple) else (one,) * len(self.labels) for one in (self.low, self.high))
        return tuple(zip(lows, highs, strict=True))

    @property
    def is_integer(self) -> bool:
        """Whether it is made of whole numbers."""
        return all(isinstance(one, int) and not isinstance(one, bool) for one in self.components)

    def check(self, value: object) -> Value:
        """``value`` in the setting's type.

        Raises:
            InputError: that names the setting, for a value that it can't be.
        """
        if isinstance(self.default, bool):
            if not isinstance(value, bool):
                raise InputError(f"{self.labels[0]} must be true or false, not {quote(value)}", field=self.name)
            return value
        if self.choices:
            if not isinstance(value, str) or value not in self.choices:
                known = ", ".join(self.choices)
                raise InputError(f"{self.labels[0]} must be one of {known}, not {quote(value)}", field=self.name)
            return value
        given = value if isinstance(value, tuple | list) else (value,)
        if len(given) != len(self.labels):
            raise InputError(f"{self.name} takes {len(self.labels)} numbers, not {len(given)}", field=self.name)
        numbers = tuple(self.check_component(label, one) for label, one in zip(self.labels, given, strict=True))
        return numbers if isinstance(self.default, tuple) else numbers[0]

    def check_component(self, label: str, value: object) -> float:
        """One component as a float, or an int, within the bounds.

        Raises:
            InputError: that names the component, for a value that it can't be.
        """
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{label} must be a number, not {quote(value)}", field=self.name)
        number = as_float(value)
        if not math.isfinite(number):
            raise InputError(f"{label} must be a finite number, not {format_exact(number)}", field=self.name)
        if self.is_integer and not number.is_integer():
            raise InputError(f"{label} must be a whole number, not {format_exact(number)}", field=self.name)
        low, high = self.bounds[self.labels.index(label)]
        above = number > low if self.open_below else number >= low
        below = number < high if self.open_above else number <= high
        if not (above and below):
            raise InputError(f"{label} is {format_exact(number)}: it must be {self._range(low, high)}", field=self.name)
        return int(number) if self.is_integer else number

    def to_torch(self, value: Value) -> Value | None:
        """``value`` as torch's class takes it."""
        return None if self.choices and value == "none" else value

    def _range(self, low: float, high: float) -> str:
        ends = []
        if math.isfinite(low):
            ends.append(f"above {format_number(low, 6)}" if self.open_below else f"at least {format_number(low, 6)}")
        if math.isfinite(high):
            ends.append(f"below {format_number(high, 6)}" if self.open_above else f"at most {format_number(high, 6)}")
        return " and ".join(ends)


def check_settings(
    owner: str, hyperparameters: Sequence[Hyperparameter], settings: Mapping[str, object], others: Sequence[str] = ()
) -> dict[str, Value]:
    """All hyperparameters, from ``settings`` or their defaults.

    Args:
        owner: whose they are, for the message.
        hyperparameters: the known ones.
        settings: what was given, by name.
        others: names that are known too, for the message.

    Raises:
        InputError: for an unknown name or a value out of bounds.
    """
    known = {one.name: one for one in hyperparameters}
    for name in settings:
        if name not in known:
            raise InputError(f"{owner} has no setting '{name}': it has {', '.join([*others, *known])}", field=name)
    return {name: one.check(settings.get(name, one.default)) for name, one in known.items()}


def settings_to_torch(
    hyperparameters: Sequence[Hyperparameter], settings: Mapping[str, Value]
) -> dict[str, Value | None]:
    """Checked settings as torch's class takes them."""
    return {one.name: one.to_torch(settings[one.name]) for one in hyperparameters}
