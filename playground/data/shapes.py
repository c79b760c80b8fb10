"""Sets of points for a network, made by a formula, from what a person typed, or by chance."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor

from playground.data.recipe import Recipe
from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression
from playground.language.operations import Kind
from playground.numerals import format_number, quote

DISC, RING = 1.0, (1.4, 2.0)
"""The radius of the circle's inner class, and the inner and outer radius of the class around it."""

XOR_GAP, XOR_REACH = 0.2, 2.0
"""How near to an axis, and how far from it, a coordinate of XOR may lie."""

BLOB_DISTANCE, BLOB_DEVIATION = 1.5, 0.4
"""How far from the origin the blobs' means are, and each coordinate's standard deviation about them."""

SPIRAL_REACH, SPIRAL_TURNS = 2.0, 1.25
"""How far from the origin a spiral ends, and after how many turns."""


class Draws(NamedTuple):
    """What is drawn for n points before anybody asks what for.

    Attributes:
        uniform: (n, 2) float64, from 0 to 1; normal: (n, 2) float64, of mean 0 and standard deviation 1.
    """

    uniform: Tensor
    normal: Tensor

    def deal(self, classes: int) -> Tensor:
        """A class for each point in turn, (n,): their sizes differ by one at most."""
        return torch.arange(len(self.uniform)) % classes


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A kind of points.

    Attributes:
        name: what a link calls it.
        label: what stands on the screen.
        shows: one sentence for a student: what to look for.
        source: where it is from, if it is somebody's.
        make: what is drawn, and each field of ``uses`` by name, to inputs (n, D) and targets (n,), without noise.
        uses: the fields of a ``Sample`` that say more than those which all kinds have.
        has_classes: whether the targets are classes, and not numbers.
    """

    name: str
    label: str
    shows: str
    make: Callable[..., tuple[Tensor, Tensor]]
    source: str = ""
    uses: tuple[str, ...] = ()
    has_classes: bool = True


def _make_circle(draws: Draws) -> tuple[Tensor, Tensor]:
    """Class 1 fills the disc and class 0 the ring, evenly by area."""
    target = draws.deal(2)
    inside = (target == 1).double()
    least, most = RING[0] * (1 - inside), RING[1] + (DISC - RING[1]) * inside
    # A ring's area grows with the square of its radius.
    radius = (least**2 + (most**2 - least**2) * draws.uniform[:, 0]).sqrt()
    return _from_polar(radius, math.tau * draws.uniform[:, 1]), target


def _make_xor(draws: Draws) -> tuple[Tensor, Tensor]:
    """Class 1 where one coordinate is above 0 and the other isn't."""
    quadrant = draws.deal(4)
    right, above = quadrant % 2, quadrant // 2
    signs = 2.0 * torch.stack([right, above], dim=-1) - 1
    return signs * (XOR_GAP + (XOR_REACH - XOR_GAP) * draws.uniform), right ^ above


def _make_blobs(draws: Draws, blobs: int) -> tuple[Tensor, Tensor]:
    """Normal distributions about corners of a regular polygon, or the ends of a line."""
    target = draws.deal(blobs)
    means = _from_polar(torch.tensor(BLOB_DISTANCE, dtype=torch.float64), math.tau * target.double() / blobs)
    return means + BLOB_DEVIATION * draws.normal, target


def _make_spirals(draws: Draws) -> tuple[Tensor, Tensor]:
    """Radius and angle grow alike; class 1 is class 0 turned by half a turn."""
    target = draws.deal(2)
    count = len(target)
    # One point in each of as many equal parts of an arm as it has points: even, and yet by chance.
    share = (torch.arange(count) // 2 + draws.uniform[:, 0]) / ((count + 1 - target) // 2)
    return _from_polar(SPIRAL_REACH * share, math.tau * SPIRAL_TURNS * share + math.pi * target.double()), target


def _make_moons(draws: Draws) -> tuple[Tensor, Tensor]:
    """Class 0 is the upper half of a unit circle, and class 1 the lower half of another; between them is the origin."""
    target = draws.deal(2)
    sign = 1.0 - 2 * target
    half_circle = _from_polar(torch.tensor(1.0, dtype=torch.float64), math.pi * draws.uniform[:, 0])
    return sign[:, None] * (half_circle - torch.tensor([0.5, 0.25], dtype=torch.float64)), target


def _make_by_boundary(draws: Draws, boundary: str, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Points all over a square; class 1 where the condition holds, and class 0 where it doesn't or has no value."""
    inputs = low + (high - low) * draws.uniform
    holds = read_boundary(boundary).evaluate(dict(zip("xy", inputs.unbind(-1), strict=True))).expand(len(inputs))
    if holds.all() or not holds.any():
        empty, many = (0, "all") if holds.all() else (1, "none")
        raise ExpressionError(
            f"class {empty} is empty: {quote(boundary)} holds at {many} of the {len(inputs):,} points in the square "
            f"from {format_number(low)} to {format_number(high)}; let the boundary cross it, or choose another square",
            field="boundary",
        )
    return inputs, holds.long()


def _make_by_function(draws: Draws, function: str, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Evenly spaced x, and what the function makes of them."""
    read_function(function)
    try:
        points = Recipe(function, (), low, high, len(draws.uniform)).points
    except InputError as error:
        error.field = "function" if error.field in ("model", "parameters") else error.field
        raise
    return torch.tensor(points.x, dtype=torch.float64)[:, None], torch.tensor(points.y, dtype=torch.float64)


def _from_polar(radius: Tensor, angle: Tensor) -> Tensor:
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=-1)


def read_boundary(text: str) -> Expression:
    """A typed condition in x and y, such as ``y > sin(3x)``.

    Raises:
        ExpressionError: with the field ``boundary`` and the column, for anything else.
    """
    return _read(text, ("x", "y"), "truth", "boundary")


def read_function(text: str) -> Expression:
    """A typed function of x, such as ``sin(3x)``.

    Raises:
        ExpressionError: with the field ``function`` and the column, for anything else.
    """
    return _read(text, ("x",), "number", "function")


def _read(text: str, names: tuple[str, ...], kind: Kind, field: str) -> Expression:
    try:
        expression = Expression(text, names, kind)
        if expression.reduces:
            raise ExpressionError(f"a {field} is asked at one point at a time: sums and vectors have no place in it")
    except ExpressionError as error:
        error.field = field
        raise
    return expression


_RECORDS = (
    Shape(
        name="circle",
        label="Circle",
        shows="No line tells a disc from the ring around it: a network without a hidden layer learns it from x² and "
        "y², and not from x and y.",
        source="https://github.com/tensorflow/playground",
        make=_make_circle,
    ),
    Shape(
        name="XOR",
        label="XOR",
        shows="The class depends on both signs together: a network without a hidden layer learns it from the product "
        "x y, and not from x and y.",
        source="Minsky and Papert 1969, Perceptrons",
        make=_make_xor,
    ),
    Shape(
        name="blobs",
        label="Gaussian blobs",
        shows="Straight lines between the means tell the blobs apart: a network needs no hidden layer for them.",
        make=_make_blobs,
        uses=("blobs",),
    ),
    Shape(
        name="spirals",
        label="Two spirals",
        shows="Along a ray the classes take turns, so that no simple curve parts them: two hidden layers of 8 units "
        "learn it with Adam in 500 steps, and with plain SGD at the same rate they don't.",
        source="Lang and Witbrock 1988, Learning to tell two spirals apart",
        make=_make_spirals,
    ),
    Shape(
        name="moons",
        label="Two moons",
        shows="A line gets most points right, and not all: watch when the boundary begins to bend.",
        source="make_moons of scikit-learn, https://scikit-learn.org",
        make=_make_moons,
    ),
    Shape(
        name="boundary",
        label="Typed boundary",
        shows="You type the boundary, and the network has to find it from the points alone: with fewer points it finds "
        "less of its bends.",
        make=_make_by_boundary,
        uses=("boundary", "low", "high"),
    ),
    Shape(
        name="function",
        label="Typed function",
        shows="One input and one output: with relu each hidden unit puts one bend into the curve, and beyond the "
        "points nothing holds it.",
        make=_make_by_function,
        uses=("function", "low", "high"),
        has_classes=False,
    ),
)

SHAPES: Mapping[str, Shape] = MappingProxyType({one.name: one for one in _RECORDS})
"""The kinds of points by name, in the order in which they are offered; a new one is a new record."""
