"""A recipe for a network's points: a shape, noise, and a part to test on; the same recipe makes the same points."""

from dataclasses import dataclass, fields
from functools import cached_property

import torch

from playground.data.labelled import MAX_CLASSES, MAX_LABELLED, MIN_CLASSES, Labelled
from playground.data.points import MAX_TEXT
from playground.data.recipe import check_between, check_range, check_whole
from playground.data.shapes import SHAPES, Draws, Shape
from playground.engine.descent import check_seed
from playground.errors import InputError
from playground.language.numbers import NUMBER
from playground.numerals import format_exact, quote

MIN_SAMPLE = 4
"""A recipe makes at least so many points: one for each class that there may be."""

MAX_NOISE = 10
MAX_TEST_SHARE = 0.9


@dataclass(frozen=True)
class Sample:
    """A recipe for a network's points; the same recipe makes the same points.

    What its kind doesn't use is at its default, whatever was given: recipes that make the same are equal.

    Attributes:
        kind: a name from ``SHAPES``.
        n: how many points, the test points included.
        noise: the standard deviation of what is added to each coordinate once the point has its class, and to y
            where there are no classes.
        test_share: the share of points, 0 to 0.9, that is held out.
        seed: of all that is random.
        blobs: how many Gaussian blobs.
        boundary: a condition in x and y, in the project's language; class 1 is where it holds.
        function: a function of x, in the project's language.
        low, high: the ends of x; of a boundary's square, those of y too.

    Raises:
        InputError: with the ``field`` that the first unusable value came from.
    """

    kind: str = "circle"
    n: int = 200
    noise: float = 0.1
    test_share: float = 0.2
    seed: int = 0
    blobs: int = 3
    boundary: str = "y > sin(3x)"
    function: str = "sin(3x)"
    low: float = -2.0
    high: float = 2.0

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or self.kind not in SHAPES:
            raise InputError(
                f"there are no points called {quote(self.kind)}: choose of {', '.join(SHAPES)}", field="kind"
            )
        for one in fields(self):
            if one.name in _OWN and one.name not in self.shape.uses:
                vars(self)[one.name] = one.default
        check_whole(self.n, MIN_SAMPLE, MAX_LABELLED, "n", _NUMBERS["n"])
        check_between(self.noise, 0, MAX_NOISE, "noise", _NUMBERS["noise"])
        check_between(self.test_share, 0, MAX_TEST_SHARE, "test_share", _NUMBERS["test_share"])
        if self._held_out == self.n:
            raise InputError(
                f"a share of {format_exact(self.test_share)} holds all {self.n} points out: "
                "make it smaller, or make more points",
                field="test_share",
            )
        check_seed(self.seed)
        check_whole(self.blobs, MIN_CLASSES, MAX_CLASSES, "blobs", _NUMBERS["blobs"])
        check_range(self.low, self.high)
        _ = self.points  # a text that makes no points is refused now

    @property
    def shape(self) -> Shape:
        """The record of its kind."""
        return SHAPES[self.kind]

    @cached_property
    def points(self) -> Labelled:
        """The points of the recipe, class by class in turn, or along x where there are no classes."""
        generator = torch.Generator().manual_seed(self.seed)
        # All is drawn whether it is needed or not: other noise, or more test points, leave the rest where it was.
        uniform = torch.rand(self.n, 2, generator=generator, dtype=torch.float64)
        order = torch.randperm(self.n, generator=generator)
        normal, noise = torch.randn(2, self.n, 2, generator=generator, dtype=torch.float64)
        own = {name: getattr(self, name) for name in self.shape.uses}
        inputs, targets = self.shape.make(Draws(uniform, normal), **own)
        if self.shape.has_classes:
            inputs = inputs + self.noise * noise
        else:
            targets = targets + self.noise * noise[:, 0]
        held_out = torch.zeros(self.n, dtype=torch.bool)
        held_out[order[: self._held_out]] = True
        return Labelled(
            tuple(map(tuple, inputs.tolist())),
            tuple(targets.double().tolist()),
            tuple(held_out.tolist()),
            # No shape leaves a class empty.
            int(targets.max()) + 1 if self.shape.has_classes else 0,
            recipe=self.text,
        )

    @property
    def _held_out(self) -> int:
        """How many points are held out."""
        return round(self.test_share * self.n)

    @property
    def text(self) -> str:
        """The recipe as a link carries it, what its kind uses at the end: ``boundary;200;0.1;0.2;0;x > y;-2;2``."""
        return ";".join(format_exact(getattr(self, name)) for name in (*_COMMON, *self.shape.uses))


_COMMON = ("kind", "n", "noise", "test_share", "seed")
_OWN = tuple(dict.fromkeys(name for shape in SHAPES.values() for name in shape.uses))
_WHOLE = ("n", "seed", "blobs")
_NUMBERS = {
    "n": "the number of points",
    "noise": "the noise",
    "test_share": "the share of test points",
    "seed": "the seed",
    "blobs": "the number of blobs",
    "low": "the least x",
    "high": "the largest x",
}
"""What the fields that are numbers are called in a sentence."""


def sample_from_text(text: str) -> Sample:
    """The recipe that ``Sample.text`` wrote.

    Raises:
        InputError: for anything else.
    """
    if len(text) > MAX_TEXT:
        raise InputError(f"a recipe in a link has at most {MAX_TEXT:,} characters, and this one has {len(text):,}")
    parts = text.split(";")
    names = (*_COMMON, *(SHAPES[parts[0]].uses if parts[0] in SHAPES else ()))
    if len(parts) != len(names):
        raise InputError(f"a recipe is written as {';'.join(names).replace('_', ' ')}, for example {_EXAMPLE}")
    return Sample(**{name: _read_field(name, part) for name, part in zip(names, parts, strict=True)})  # type: ignore[arg-type]


_EXAMPLE = Sample().text


def _read_field(name: str, text: str) -> str | float:
    if name not in _NUMBERS:
        return text
    if not NUMBER.fullmatch(text):
        raise InputError(f"{_NUMBERS[name]} must be a number, not {quote(text)}", field=name)
    number = float(text)
    if name not in _WHOLE:
        return number
    if not number.is_integer():
        raise InputError(f"{_NUMBERS[name]} must be a whole number, not {format_exact(number)}", field=name)
    return int(number)
