"""A field: one thing that a person chooses, declared once.

A lab's state is one frozen value. A field says how to get what is chosen out of a state and how to put another choice
into it, what the choice is called, what widget it has, and how a link writes it. Session, link, widgets and the
sentences about them follow from the declarations.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from playground.errors import InputError
from playground.language.numbers import read_number
from playground.numerals import format_exact, quote

S = TypeVar("S")
"""A lab's state."""

P = TypeVar("P")
"""A preset of a lab's gallery."""

MAX_LENGTH = 10_000
"""Characters of what a link says under one name: all that a lab writes is shorter, and reading ends soon."""

MAX_QUOTED = 40
"""Characters of a link that are quoted."""

MAX_REASON = 200
"""Characters of a reason why a part of a link can't be used; it may quote the link too."""


LADDER = tuple(float(f"{mantissa}e{exponent}") for exponent in range(-6, 4) for mantissa in (1, 2, 5))
"""Rungs that a positive number goes by as − and + are pressed: in ratios, and never to 0."""


@dataclass(frozen=True)
class Number:
    """A number; a whole one if ``integer``. An empty field asks for one such as ``example``.

    Attributes:
        ladder: rungs that − and + beside it go by.
        stepped: whether − and + beside it go to the whole numbers around it.
    """

    example: str
    integer: bool = False
    ladder: Sequence[float] = ()
    stepped: bool = False

    @property
    def has_steps(self) -> bool:
        """Whether − and + stand beside it."""
        return bool(self.ladder) or self.stepped

    def step(self, value: float, direction: int) -> float:
        """The next rung above ``value`` if ``direction`` is 1, below it if −1; ``value`` beyond the last one."""
        if self.stepped:
            return value + direction
        beyond = [rung for rung in self.ladder if (rung - value) * direction > 0]
        return min(beyond, key=lambda rung: abs(rung - value), default=value)

    def write(self, value: float) -> str:
        """A number as its field shows it, in ten digits at most."""
        return format_exact(value if self.integer else float(f"{value:.10g}"))

    def read_typed(self, text: str) -> float | int:
        """The number that a person typed.

        Raises:
            InputError: for what is none.
        """
        return read_number(text, whole=self.integer)

    def read(self, text: str) -> float | int:
        """The number that a link says.

        Raises:
            InputError: for anything but a finite number, or a whole one where that is asked for.
        """
        number = as_number(text)
        if not self.integer:
            return number
        if not number.is_integer():
            raise InputError(f"{format_exact(number)} isn't a whole number")
        return int(number)


@dataclass(frozen=True)
class Choice:
    """One of several texts; ``empty`` is shown where none of them is chosen, and one must be without it."""

    options: Callable[[Any], Sequence[str]]
    empty: str = ""

    def read(self, text: str) -> str:
        """A choice is written as itself."""
        return text


@dataclass(frozen=True)
class Segments:
    """One of a few, side by side, which ``name`` gives a name; a link writes the name."""

    options: Callable[[Any], Sequence[Any]]
    name: Callable[[Any], str] = str

    def read(self, text: str) -> str:
        """A choice is written as itself."""
        return text


@dataclass(frozen=True)
class Switch:
    """On or off."""

    def read(self, text: str) -> bool:
        """``true`` or ``false``.

        Raises:
            InputError: for anything else.
        """
        if text not in ("true", "false"):
            raise InputError(f"'{text[:MAX_QUOTED]}' is neither true nor false")
        return text == "true"


@dataclass(frozen=True)
class Slider:
    """A number, as one of several stops beside each other, or as it is between them."""

    stops: Sequence[float]

    def read(self, text: str) -> float:
        """The number that a link says."""
        return as_number(text)


@dataclass(frozen=True)
class Text:
    """Any text; ``placeholder`` stands in an empty field."""

    placeholder: str = ""

    def read(self, text: str) -> str:
        """A text is written as itself."""
        return text


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


Widget: TypeAlias = Number | Choice | Segments | Switch | Slider | Text


@dataclass(frozen=True)
class Field(Generic[S]):
    """One thing that a person chooses.

    Attributes:
        name: what the link and the session call it.
        label: what stands at its widget, and begins the sentences about it.
        get: the state -> what is chosen.
        put: the state and another choice, as the widget gives it -> the state with it. It raises an InputError, one
            sentence, for what can't be chosen.
        widget: what it is drawn as, which also says how a link's text is read.
        help: what is told on request.
    """

    name: str
    label: str
    get: Callable[[S], Any]
    put: Callable[[S, Any], S]
    widget: Widget
    help: str | None = None

    def shown(self, state: S) -> Any:
        """The choice as the widget shows it: a number as a text."""
        value = self.get(state)
        return self.widget.write(value) if isinstance(self.widget, Number) else value

    def with_choice(self, state: S, value: Any) -> S:
        """The state with another choice, as the widget gives it; a number may be one, too.

        Raises:
            InputError: with this field's name, for what can't be chosen.
        """
        try:
            if isinstance(self.widget, Number):
                if value is None or (isinstance(value, str) and not value.strip()):
                    raise InputError(f"{self.label} is empty: type a number, for example {self.widget.example}")
                if value == self.shown(state):
                    return state  # which has every digit
                value = self.widget.read_typed(value) if isinstance(value, str) else value
            try:
                return self.put(state, value)
            except (KeyError, TypeError, ValueError) as error:
                if isinstance(error, InputError) or self._is_offered(state, value):
                    raise
                raise InputError(f"there is no {quote(value)} to choose here") from error
        except InputError as error:
            error.field = self.name
            raise

    def _is_offered(self, state: S, value: Any) -> bool:
        """Whether a choice is one of those that are offered: a stranger's browser may send any other."""
        return not isinstance(self.widget, Choice | Segments) or value in self.widget.options(state)

    def stepped(self, direction: int, state: S) -> S:
        """The state after a press of − or + beside the field of a number: ``direction`` is -1 or 1."""
        return self.with_choice(state, self.widget.step(self.get(state), direction))  # type: ignore[union-attr]

    def text(self, state: S) -> str:
        """The choice as a link writes it."""
        return format_exact(self.get(state))

    def take(self, state: S, query: "Query") -> S:
        """The state with what a link says of this field, or as it is where the link says nothing that can be used."""
        return query.try_(state, lambda: self.with_choice(state, self.widget.read(query[self.name])), self.name)

    def say(self, state: S, default: S) -> dict[str, str]:
        """What a link says of this field: nothing where the choice is the default."""
        return {} if self.get(state) == self.get(default) else {self.name: self.text(state)}


def attribute(
    name: str, label: str, widget: Widget, check: Callable[[Any], Any] = lambda value: value, help: str | None = None
) -> Field[Any]:
    """The field of an attribute of the state; ``check`` gives the value to keep, or raises an InputError."""
    return Field(
        name,
        label,
        attrgetter(name),
        lambda state, value: replace(state, **{name: check(value)}),
        widget,
        help,
    )


def one_of(options: Sequence[str]) -> Callable[[Any], str]:
    """A check that lets nothing but the options through."""

    def check(value: Any) -> str:
        if value not in options:
            raise InputError(f"choose one of {', '.join(options)}")
        return str(value)

    return check


def gallery(presets: Mapping[str, P], find: Callable[[S], P | None], make: Callable[[P], S], empty: str) -> "Field[S]":
    """The field of a lab's gallery, which brings the whole state of a preset.

    Args:
        presets: by the names that they are offered under.
        find: a state -> the preset that it shows; make: a preset -> the state in which it is shown.
        empty: what stands there where the state shows none of them.
    """

    def name_of(state: S) -> str | None:
        shown = find(state)
        return next((name for name, one in presets.items() if one is shown), None)

    def put(state: S, name: str | None) -> S:
        return make(presets[name]) if name is not None and name in presets else state

    return Field("preset", "Gallery", name_of, put, Choice(lambda _: [*presets], empty=empty))


# ---- Links.


class LinkPart(Protocol[S]):
    """What a link says of one part of a state: a ``Field``, or several keys that belong together."""

    def take(self, state: S, query: "Query") -> S:
        """The state with what the link says of this part; what can't be used is refused in ``query``."""
        ...

    def say(self, state: S, default: S) -> dict[str, str]:
        """What the link says of this part; nothing where it is as in ``default``."""
        ...


@dataclass(frozen=True)
class EachOf(Generic[S]):
    """A part of as many fields as the state says."""

    fields: Callable[[S], Sequence[Field[S]]]

    def take(self, state: S, query: "Query") -> S:
        """Each field in turn."""
        for one in self.fields(state):
            state = one.take(state, query)
        return state

    def say(self, state: S, default: S) -> dict[str, str]:
        """What all of them say."""
        said: dict[str, str] = {}
        for one in self.fields(state):
            said |= one.say(state, default)
        return said


@dataclass
class Query:
    """What a link says, by key, while it is read; what the tab has kept that it left out; and what can't be used."""

    said: Mapping[str, str]
    kept: str = ""
    refused: list[str] = field(default_factory=list)

    def __contains__(self, name: str) -> bool:
        return name in self.said

    def __getitem__(self, name: str) -> str:
        """What the link says under a name.

        Raises:
            InputError: where that is longer than anything that can be used.
        """
        text = self.said[name]
        if len(text) > MAX_LENGTH:
            raise InputError(f"it has {len(text):,} characters, and at most {MAX_LENGTH:,} are read")
        return text

    def try_(self, state: S, change: Callable[[], S], *names: str) -> S:
        """The changed state; the state as it is if the link says none of the names, or nothing that can be used."""
        if not any(name in self.said for name in names):
            return state
        try:
            return change()
        except InputError as error:
            self.refuse(str(error), *names)
            return state

    def refuse(self, reason: str, *names: str) -> None:
        """Note that what the link says under these names can't be used."""
        said = "&".join(f"{_short(name)}={_short(self.said[name])}" for name in names if name in self.said)
        self.refused.append(f"{said} ({_short(reason.rstrip('.'), MAX_REASON)})")

    @property
    def problem(self) -> str:
        """One sentence on what can't be used, or nothing."""
        return f"Ignored in this link: {', '.join(self.refused)}." if self.refused else ""


def _short(text: str, most: int = MAX_QUOTED) -> str:
    return text if len(text) <= most else text[:most] + "…"
