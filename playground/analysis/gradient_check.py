"""A function and a point: what a person asks when asking for a gradient, and the gradient found in three ways.

Torch's own by ``backward()``; the symbolic derivative, by sympy, evaluated at the point; and central differences, which
know nothing of derivatives. Likewise how steep it is in any direction, and from either side.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from playground.engine.function import Function
from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression
from playground.language.parser import MAX_COMPONENTS
from playground.language.symbolic import evaluate_derivative

FARTHEST = 1e100
"""How far from 0 a component of the point may lie."""

MAX_SYMBOLIC = 12
"""Of more components no symbolic derivatives are made: sympy takes some time for each."""

CENTRAL_STEP = torch.finfo(torch.float64).eps ** (1 / 3)
"""Where the error of a central difference, h²·f‴/6, is about as small as that of rounding, ε·f/h
(Press et al. 2007, Numerical Recipes, section 5.7); times the size of x, from 1 on."""

ONE_SIDED_STEP = torch.finfo(torch.float64).eps ** (1 / 2)
"""Likewise of a one-sided difference, whose error is h·f″/2."""

DIRECTIONS = 72
"""Into how many steps a full turn is divided: 5° each."""

HALVINGS = 40
"""How many times the step of a secant is halved: then rounding has eaten it."""


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
                    f"{name} has {_count_components(len(components))}, counted from 0, and the function asks for "
                    f"{name}[{least - 1}]",
                    field=name,
                )
        if self.vector:
            _check_components("v", self.vector)
            if len(self.vector) != len(self.value):
                raise InputError(
                    f"v has {_count_components(len(self.vector))}, and the value has {len(self.value)}", field="vector"
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


_REFUSED_POINTS = {
    r"\[[^\]]*\[": "holds lists in a list: type one list of numbers, such as [1, 2, 3]",
    r"\[[^\]]*\]\s*\S|\S\s*\[[^\]]*\]": "is to be one list alone, such as [1, 2, 3]: "
    "a list times 3 or plus a list means other things in Python than in torch",
    r"(?i)\b(inf|infinity|nan)\b": "must be a finite number, or a list of them",
}
"""What is typed for points and would be taken for something else: a pattern, and what is said of it."""


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
        value = Expression(plain, names=()).evaluate({})
    except ExpressionError as error:
        error.field = name
        raise
    components = tuple(value.to(torch.float64).reshape(-1).tolist())
    _check_components(name, components)
    return components


def _check_components(name: str, components: Sequence[float]) -> None:
    if not 1 <= len(components) <= MAX_COMPONENTS:
        raise InputError(
            f"{name} has {_count_components(len(components))}: a vector has 1 to {MAX_COMPONENTS}", field=name
        )
    for component in components:
        if not abs(component) <= FARTHEST:
            raise InputError(f"{name} is {component:g}: it must lie between {-FARTHEST:g} and {FARTHEST:g}", field=name)


def _count_components(count: int) -> str:
    return f"{count} component" + ("" if count == 1 else "s")


def format_point(components: Sequence[float]) -> str:
    """Components as ``read_point`` reads them: a number, or a vector in brackets."""
    numbers = [str(int(one)) if one.is_integer() and abs(one) < 1e15 else repr(one) for one in components]
    return numbers[0] if len(numbers) == 1 else f"[{', '.join(numbers)}]"


# ---- The gradient in three ways.


class Slope(NamedTuple):
    """The derivative by one parameter, found in three ways.

    Attributes:
        name: the parameter.
        autograd: torch's.
        symbolic: sympy's derivative at the point; None where there is none, and ``why``.
        central: (f(x + h) - f(x - h)) / 2h, and ``step``: its h.
        before, after: the slopes from the left and from the right, by one-sided differences.
    """

    name: str
    autograd: float
    symbolic: float | None
    why: str
    central: float
    step: float
    before: float
    after: float

    @property
    def difference(self) -> float:
        """By how much the three lie apart; nan if one of them is."""
        found = [one for one in (self.autograd, self.symbolic, self.central) if one is not None]
        return math.nan if any(map(math.isnan, found)) else max(found) - min(found)


def run_backward(probe: Probe) -> tuple[dict[str, Tensor | None], str]:
    """What ``backward()`` leaves in each variable's ``.grad``, None where it leaves none; and torch's own refusal."""
    leaves = {name: at.clone().requires_grad_() for name, at in probe.tensors.items()}
    error = ""
    try:
        probe.expression.evaluate(leaves).backward()
    except RuntimeError as reason:
        error = f"{type(reason).__name__}: {reason}"
    return {name: leaf.grad for name, leaf in leaves.items()}, error


def compare_slopes(
    function: Function, theta: Tensor | Sequence[float], sizes: Mapping[str, int] | None = None
) -> list[Slope]:
    """The gradient of a function at a point (P,), in three ways.

    Args:
        function: of P parameters; theta: the point.
        sizes: how many components each vector has.
    """
    at = function.check_theta(theta).detach()
    gradient = function.gradient(at).tolist()
    central, step = central_differences(function, at)
    nudged = ONE_SIDED_STEP * at.abs().clamp(min=1.0)
    after, before = (_differences(function, at, torch.diag(side * nudged)) for side in (1, -1))
    found = []
    for i, name in enumerate(function.parameters):
        symbolic, why = _symbolic(function, name, at, sizes)
        found.append(
            Slope(
                name, gradient[i], symbolic, why, float(central[i]), float(step[i]), float(before[i]), float(after[i])
            )
        )
    return found


def central_differences(function: Function, theta: Tensor) -> tuple[Tensor, Tensor]:
    """The gradient at (P,) by central differences, and the step of each: (P,) float64 each."""
    step = CENTRAL_STEP * theta.abs().clamp(min=1.0)
    ahead, behind = theta + torch.diag(step), theta - torch.diag(step)
    with torch.no_grad():
        rise = function.loss(ahead) - function.loss(behind)
    # By what the points really lie apart: x + h is rounded.
    return rise / (ahead - behind).diagonal(), step


def _differences(function: Function, theta: Tensor, moves: Tensor) -> Tensor:
    """(f(x + m) - f(x)) over the signed length of each move m (K, P), (K,) float64."""
    with torch.no_grad():
        rise = function.loss(theta + moves) - function.loss(theta)
    return rise / ((theta + moves) - theta).sum(-1)


def _symbolic(
    function: Function, name: str, theta: Tensor, sizes: Mapping[str, int] | None
) -> tuple[float | None, str]:
    if len(function.parameters) > MAX_SYMBOLIC:
        return None, f"no formulas are made for more than {MAX_SYMBOLIC} components"
    point = dict(zip(function.parameters, theta.tolist(), strict=True))
    try:
        return evaluate_derivative(function.expression, name, point, sizes), ""
    except InputError as reason:
        return None, str(reason)


# ---- Any direction.


class DirectionSweep(NamedTuple):
    """A direction u that turns once around, in ``DIRECTIONS`` steps, and how steep it is along u.

    Attributes:
        angles: (K,) float64, in degrees.
        directions: (K, P) float64, of length 1.
        slopes: (K,) float64, u·∇f with torch's gradient.
        measured: (K,) float64, by central differences along u.
        before, after: (K,) float64, by one-sided differences: from behind, and ahead.
        steepest: the angle of the gradient in the plane in which u turns; nan if it has no direction.
    """

    angles: Tensor
    directions: Tensor
    slopes: Tensor
    measured: Tensor
    before: Tensor
    after: Tensor
    steepest: float


def sweep_directions(function: Function, theta: Tensor | Sequence[float]) -> DirectionSweep:
    """How steep a function of P ≥ 2 parameters is at a point (P,) in all directions of a plane.

    Of two parameters it is their own plane, from the first axis on; of more, the one of the gradient and the axis that
    lies farthest from it, beginning uphill.
    """
    at = function.check_theta(theta).detach()
    gradient = function.gradient(at)
    first, second = _plane(gradient)
    angles = torch.linspace(0, 360, DIRECTIONS + 1, dtype=torch.float64)
    radians = torch.deg2rad(angles).unsqueeze(-1)
    directions = radians.cos() * first + radians.sin() * second
    step = CENTRAL_STEP * at.abs().max().clamp(min=1.0)
    near = ONE_SIDED_STEP * at.abs().max().clamp(min=1.0)
    with torch.no_grad():
        here = function.loss(at)
        measured = (function.loss(at + step * directions) - function.loss(at - step * directions)) / (2 * step)
        after = (function.loss(at + near * directions) - here) / near
        before = (here - function.loss(at - near * directions)) / near
    along = torch.stack([gradient @ first, gradient @ second])
    # Where there is no value torch may have a gradient all the same.
    has_direction = bool(here.isfinite() and along.isfinite().all() and (along != 0).any())
    # Of more than two parameters u begins along it, but for rounding.
    uphill = math.degrees(math.atan2(along[1], along[0])) % 360 if len(at) == 2 else 0.0
    steepest = uphill if has_direction else math.nan
    return DirectionSweep(angles, directions, directions @ gradient, measured, before, after, steepest)


def _plane(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Two directions (P,) at right angles, of length 1."""
    axes = torch.eye(len(gradient), dtype=torch.float64)
    size = gradient.norm()
    if len(gradient) == 2 or not (size.isfinite() and size > 0):
        return axes[0], axes[1]
    first = gradient / size
    second = axes[int(first.abs().argmin())]
    second = second - (second @ first) * first
    return first, second / second.norm()


class Secants(NamedTuple):
    """Differences of a function of one variable, with a step h that is halved again and again.

    Attributes:
        steps: (K,) float64, the steps h.
        before, after: (K,) float64, the slopes from x - h to x, and from x to x + h.
        central: (K,) float64, the slopes from x - h to x + h.
        ends: (K, 2, 2) float64, the points (x, f(x)) at x - h and x + h.
    """

    steps: Tensor
    before: Tensor
    after: Tensor
    central: Tensor
    ends: Tensor


def compute_secants(function: Function, x: float, width: float) -> Secants:
    """The secants about a point, their half width halved from ``width`` on until rounding has eaten them."""
    steps = width * 0.5 ** torch.arange(HALVINGS + 1, dtype=torch.float64)
    places = torch.stack([x - steps, torch.full_like(steps, x), x + steps], -1)  # (K, 3)
    with torch.no_grad():
        values = function.loss(places.unsqueeze(-1))
    low, here, high = values.unbind(-1)
    left, middle, right = places.unbind(-1)
    ends = torch.stack([places[:, ::2], values[:, ::2]], -1)
    return Secants(
        steps, (here - low) / (middle - left), (high - here) / (right - middle), (high - low) / (right - left), ends
    )


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
