"""A function and a point: what a person asks about when asking for a gradient."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from playground.engine.function import Function
from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression
from playground.language.ranges import MAX_COMPONENTS
from playground.numerals import format_count, format_exact, format_number

FARTHEST = 1e100
"""No component of the point may lie farther from 0."""

_REFUSED_POINTS = {
    r"\[[^\]]*\[": "holds lists in a list: type one list of numbers, such as [1, 2, 3]",
    r"\[[^\]]*\]\s*\S|\S\s*\[[^\]]*\]": "is to be one list alone, such as [1, 2, 3]: "
    "a list times 3 or plus a list means other things in Python than in torch",
    r"(?i)\b(inf|infinity|nan)\b": "must be a finite number, or a list of them",
}
"""What is typed for points and would be taken for something else: a pattern, and what is said of it."""


@dataclass(frozen=True)
class Probe:
    """A function, whose value may be a vector, and a point.

    Attributes:
        text: the function, in the language of ``Expression``.
        point: of each variable, in order of first appearance, its components; a number has one.
        vector: for a value of several components, the v in the vector-Jacobian product; empty for none.

    Raises:
        ExpressionError: for a text that is no function, or for lengths that don't fit together.
        InputError: with the field ``point`` or ``vector``, if they have other lengths than the text asks for, or lie
            too far away.
    """

    text: str
    point: tuple[tuple[float, ...], ...]
    vector: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        names = self.expression.names
        if not names:
            raise ExpressionError("this depends on no variable: there is nothing to differentiate", field="function")
        if len(self.point) != len(names):
            raise InputError(f"the point has {len(self.point)} parts, and the variables are {', '.join(names)}")
        for name, components in zip(names, self.point, strict=True):
            _check_components(name, components)
            least = self.expression.components.get(name, 0)
            if len(components) < least:
                raise InputError(
                    f"{name} has {format_count(len(components), 'component')}, counted from 0, and the function asks "
                    f"for {name}[{least - 1}]",
                    field=name,
                )
        if self.vector:
            _check_components("v", self.vector)
            if len(self.vector) != len(self.value):
                raise InputError(
                    f"v has {format_count(len(self.vector), 'component')}, and the value has {len(self.value)}",
                    field="vector",
                )

    @cached_property
    def expression(self) -> Expression:
        """The checked text."""
        return check_expression(self.text)

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """The point: for each variable (components,) float64."""
        return {
            name: torch.tensor(components, dtype=torch.float64)
            for name, components in zip(self.expression.names, self.point, strict=True)
        }

    @cached_property
    def value(self) -> Tensor:
        """The function's value there, (M,) float64; M is 1 for a function that has a gradient."""
        return self.expression.evaluate(self.tensors).detach().to(torch.float64).reshape(-1)

    @property
    def sizes(self) -> dict[str, int]:
        """How many components each vector has."""
        return {
            name: len(components)
            for name, components in zip(self.expression.names, self.point, strict=True)
            if len(components) > 1 or name in self.expression.components
        }

    @cached_property
    def function(self) -> Function | None:
        """The function as an objective; None if its value is a vector."""
        return Function(self.text, sizes=self.sizes) if len(self.value) == 1 else None

    @property
    def theta(self) -> Tensor:
        """All components of the point, (N,) float64."""
        return torch.cat(list(self.tensors.values()))

    @property
    def components(self) -> tuple[str, ...]:
        """Their names, as the language writes them: ``a``, ``x[0]``, ``x[1]``."""
        return tuple(
            part
            for name, components in zip(self.expression.names, self.point, strict=True)
            for part in ([f"{name}[{i}]" for i in range(len(components))] if name in self.sizes else [name])
        )


@lru_cache(maxsize=200)
def check_expression(text: str) -> Expression:
    """The expression of a text.

    Raises:
        ExpressionError: with the field ``function``, for a text that is none.
    """
    try:
        return Expression(text)
    except ExpressionError as error:
        error.field = "function"
        raise


def read_point(text: str, name: str) -> tuple[float, ...]:
    """The components that a person typed for a variable: ``3``, ``pi/2``, ``[1, 2, 3]``, ``1, 2``, ``x = [1, 2]``.

    Raises:
        InputError: with the variable's name as field, for a text that is neither a number nor a list of numbers.
    """
    plain = re.sub(rf"^\s*{re.escape(name)}\s*=(?!=)|\b(torch\s*\.\s*)?tensor(?=\s*\()", "", text).strip()
    while re.fullmatch(r"\(\s*(\[.*\]|\([^()]*\))\s*\)", plain, re.DOTALL):
        plain = plain[1:-1].strip()
    listed = re.fullmatch(r"\(([^()\[\]{}]*)\)|[^()\[\]{}]*", plain)
    if listed and "," in plain:
        plain = f"[{listed[1] or plain}]"
    plain = re.sub(r",\s*\]$", "]", plain)  # Python lets a list end in a comma
    plain = re.sub(r"(?<=\d)\.(?!\d)", "", plain)  # Python's 3. is a whole number with a point
    if not plain:
        raise InputError(f"{name} is empty: type a number such as 3, or a vector such as [1, 2, 3]", field=name)
    for means, says in _REFUSED_POINTS.items():
        if re.search(means, plain):
            raise InputError(f"{name} {says}", field=name)
    if re.fullmatch(r"\[\s*\]", plain):
        raise InputError(f"{name} has no components: a vector has 1 to {MAX_COMPONENTS}", field=name)
    if plain.count(",") >= MAX_COMPONENTS:
        raise InputError(
            f"{name} has {plain.count(',') + 1:,} components: a vector has 1 to {MAX_COMPONENTS}", field=name
        )
    try:
        value = _read_numbers(plain)
        if value is None:
            value = Expression(plain, names=()).evaluate({})
    except ExpressionError as error:
        error.field = name
        raise
    components = tuple((value.to(torch.float64).reshape(-1) + 0.0).tolist())  # -0 is written as 0
    _check_components(name, components)
    return components


_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d+)?|\.\d+)(e[+-]?\d+)?\s*", re.ASCII)


def _read_numbers(plain: str) -> Tensor | None:
    """A number, or a list of numbers with nothing to compute, (N,): as ``format_point`` writes them, however many
    characters they take. None for anything else."""
    parts = plain[1:-1].split(",") if plain.startswith("[") and plain.endswith("]") else [plain]
    if not all(map(_NUMBER.fullmatch, parts)):
        return None
    value = torch.tensor([float(part) for part in parts], dtype=torch.float64)
    return value if bool(value.isfinite().all()) else None


def read_probe(text: object, texts: Mapping[str, object], vector: object = "") -> Probe:
    """The probe of what a person typed: the function, of each variable its point, and the vector v, if any.

    Raises:
        InputError: with the field ``function``, the variable's name, or ``vector``.
    """
    expression = check_expression(text if isinstance(text, str) else "")
    point = tuple(read_point(str(texts.get(name, "")), name) for name in expression.names)
    try:
        probe = Probe(str(text), point)
        needed = len(probe.value)
    except InputError as error:
        error.field = error.field or "function"
        raise
    if needed == 1 or not str(vector).strip():
        return probe
    try:
        return Probe(str(text), point, read_point(str(vector), "v"))
    except InputError as error:
        error.field = "vector"
        raise


def default_points(text: str, known: Mapping[str, Iterable[float]]) -> dict[str, str]:
    """What the fields of variables say at first: what is known of them, else 1, or as many as the text asks for."""
    expression = check_expression(text)
    return {
        name: format_point(tuple(known[name]) if name in known else (1.0,) * expression.components.get(name, 1))
        for name in expression.names
    }


def format_point(components: Sequence[float]) -> str:
    """Components as ``read_point`` reads them: a number, or a vector in brackets."""
    numbers = [format_exact(one) for one in components]
    return numbers[0] if len(numbers) == 1 else f"[{', '.join(numbers)}]"


def _check_components(name: str, components: Sequence[float]) -> None:
    if not 1 <= len(components) <= MAX_COMPONENTS:
        raise InputError(
            f"{name} has {format_count(len(components), 'component')}: a vector has 1 to {MAX_COMPONENTS}", field=name
        )
    for component in components:
        if not abs(component) <= FARTHEST:
            bounds = f"between {format_number(-FARTHEST)} and {format_number(FARTHEST)}"
            raise InputError(f"{name} is {format_exact(component)}: it must lie {bounds}", field=name)
