"""Data points made about a curve, with noise and outliers; the same recipe makes the same points."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from playground.data.models import check_model, model_parameters
from playground.data.points import Points
from playground.engine.descent import check_seed
from playground.errors import InputError
from playground.language.numbers import NUMBER
from playground.numerals import format_exact, format_number, quote

MIN_RECIPE_POINTS, MAX_RECIPE_POINTS = 2, 10_000
"""How many points a recipe makes."""

FARTHEST = 1e100
"""Nothing of a recipe may lie farther from 0: the squares of larger numbers aren't finite."""


@dataclass(frozen=True)
class Recipe:
    """A recipe for points; the same recipe makes the same points.

    Attributes:
        model: the curve, in the project's language, x being the data; it may do without parameters.
        parameters: name and value of each of the model's parameters; kept in the model's order.
        low, high: the least and the largest x.
        n: how many points.
        noise: the standard deviation of what is added to each y.
        outliers: the share of points, 0 to 1, that are moved up or down by 8 to 12 times the noise, or by about
            the height of the curve where there is none.
        seed: of all that is random.
        random_x: whether x are drawn uniformly, and sorted, rather than evenly spaced.

    Raises:
        InputError: with the ``field`` that the first unusable value came from.
    """

    model: str
    parameters: tuple[tuple[str, float], ...] = ()
    low: float = 0.0
    high: float = 1.0
    n: int = 20
    noise: float = 0.0
    outliers: float = 0.0
    seed: int = 0
    random_x: bool = False

    def __post_init__(self) -> None:
        check_range(self.low, self.high)
        check_whole(self.n, MIN_RECIPE_POINTS, MAX_RECIPE_POINTS, "n", "the number of points")
        check_between(self.noise, 0, FARTHEST, "noise", "the noise")
        check_between(self.outliers, 0, 1, "outliers", "the share of outliers")
        check_seed(self.seed)
        vars(self)["parameters"] = _check_parameters(self.model, self.parameters)
        _ = self.points  # a model without a value at some x is refused now

    @cached_property
    def points(self) -> Points:
        """The points of the recipe, sorted by x."""
        generator = torch.Generator().manual_seed(self.seed)

        def drawn() -> Tensor:
            return torch.rand(self.n, generator=generator, dtype=torch.float64)

        # All is drawn whether it is needed or not: other noise, or more outliers, leave the rest where it was.
        places, normal = drawn().sort().values, torch.randn(self.n, generator=generator, dtype=torch.float64)
        order, signs, sizes = drawn().argsort(), drawn(), drawn()
        share = places if self.random_x else torch.linspace(0, 1, self.n, dtype=torch.float64)
        x = self.low + (self.high - self.low) * share
        curve = _evaluate_model(self.model, self.parameters, x)
        scale = self.noise or float(curve.max() - curve.min()) / 10 or 1.0
        jumps = torch.where(signs < 0.5, -1.0, 1.0) * scale * (8 + 4 * sizes)
        jumps[order[round(self.outliers * self.n) :]] = 0
        return Points(tuple(x.tolist()), tuple((curve + self.noise * normal + jumps).tolist()), recipe=self.text)

    @property
    def text(self) -> str:
        """The recipe as a link carries it, the fields in their order and the parameters: ``a*x;0;1;20;0;0;0;0;a=2``."""
        numbers = (self.low, self.high, self.n, self.noise, self.outliers, self.seed, int(self.random_x))
        named = (f"{name}={format_exact(float(value))}" for name, value in self.parameters)
        return ";".join([self.model, *(format_exact(float(number)) for number in numbers), *named])


def recipe_from_text(text: str) -> Recipe:
    """The recipe that ``Recipe.text`` wrote.

    Raises:
        InputError: for anything else.
    """
    model, *parts = text.split(";")
    numbers, named = parts[:7], [part.partition("=") for part in parts[7:]]
    if len(numbers) < 7 or not all(map(NUMBER.fullmatch, (*numbers, *(value for *_, value in named)))):
        raise InputError("a recipe is written as model;from;to;points;noise;outliers;seed;random x, in numbers")
    low, high, n, noise, outliers, seed, random_x = map(float, numbers)
    for name, number in (("the number of points", n), ("the seed", seed)):
        if not number.is_integer():
            raise InputError(f"{name} must be a whole number, not {format_exact(number)}")
    parameters = tuple((name, float(value)) for name, _, value in named)
    return Recipe(model, parameters, low, high, int(n), noise, outliers, int(seed), bool(random_x))


def check_range(low: object, high: object) -> None:
    """Refuse ends of x that are no numbers within ``FARTHEST``, or in the wrong order.

    Raises:
        InputError: with the field ``low`` or ``high``.
    """
    check_between(low, -FARTHEST, FARTHEST, "low", "the least x")
    check_between(high, -FARTHEST, FARTHEST, "high", "the largest x")
    if low >= high:  # type: ignore[operator]  # both are numbers
        raise InputError(
            f"x goes from {format_exact(low)} to {format_exact(high)}: the largest x must be above the least",
            field="high",
        )


def check_whole(value: object, least: int, most: int, field: str, what: str) -> None:
    """Refuse what is no whole number from ``least`` to ``most``.

    Raises:
        InputError: with the ``field``, in a sentence on ``what``.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(f"{what} must be a whole number from {least} to {most:,}, not {quote(value)}", field=field)


def check_between(value: object, least: float, most: float, field: str, what: str) -> None:
    """Refuse what is no number from ``least`` to ``most``.

    Raises:
        InputError: with the ``field``, in a sentence on ``what``.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InputError(
            f"{what} must be a number from {format_number(least)} to {format_number(most)}, not {quote(value)}",
            field=field,
        )


def _check_parameters(model: str, given: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    values, names = dict(given), model_parameters(model)
    if unknown := [name for name in values if name not in names]:
        raise InputError(f"the model has no parameter '{unknown[0][:40]}': leave it out", field="parameters")
    for name in names:
        if name not in values:
            raise InputError(f"the model's parameter '{name}' needs a value", field="parameters")
        check_between(values[name], -FARTHEST, FARTHEST, "parameters", f"the parameter {name}")
    return tuple((name, float(values[name])) for name in names)


def _evaluate_model(model: str, parameters: Iterable[tuple[str, float]], x: Tensor) -> Tensor:
    """The model at x (N,) -> (N,) float64, nowhere farther than ``FARTHEST`` from 0."""
    values = {name: torch.tensor(value, dtype=torch.float64) for name, value in parameters}
    curve = check_model(model).evaluate(values | {"x": x}).double().expand(len(x))
    if len(beyond := (~(curve.abs() <= FARTHEST)).nonzero()):
        first, remedy = int(beyond[0]), "a range of x and parameters" if values else "a range of x"
        raise InputError(
            f"y is {format_number(curve[first], 6)} at x = {format_number(x[first], 6)}: choose {remedy} with which it "
            f"has a value between {format_number(-FARTHEST)} and {format_number(FARTHEST)} everywhere",
            field="model",
        )
    return curve
