"""Data to fit: points, named sets of them with fits that show something, models, and a generator."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Real
from pathlib import Path
from statistics import linear_regression
from types import MappingProxyType
from typing import Any, TypeVar

import torch
from torch import Tensor

from playground.engine.descent import check_seed
from playground.engine.settings import Value
from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression
from playground.numerals import as_float

MAX_POINTS = 100_000

MIN_RECIPE_POINTS, MAX_RECIPE_POINTS = 2, 10_000
"""How many points a generator makes."""

FARTHEST = 1e100
"""How far from 0 anything of a generator may lie: beyond it squares leave the numbers."""

MAX_TEXT = 1_800
"""Characters of points in a link: longer links are cut by programs that pass them on."""

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""How a number is written; Python's ``float`` also takes 1_000, infinity and the digits of other scripts."""

NIST = Path(__file__).parent / "nist_strd.json"
"""Statistical Reference Datasets of NIST/ITL, with models, starts and certified values; public domain."""


@dataclass(frozen=True)
class Points:
    """Data points, checked; equal data are equal, and hashable.

    Attributes:
        x, y: the N points' coordinates.
        weights: how much each counts in a loss, N numbers from 0; empty where all weigh 1.
        held_out: whether each is kept from the fit, to test it on; empty where none is.
        recipe: the text of the ``Recipe`` that made them just so, or nothing; it makes no difference between data.

    Raises:
        InputError: with the field ``data`` for what can't be fitted; rows are counted from 1.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    weights: tuple[float, ...] = ()
    held_out: tuple[bool, ...] = ()
    recipe: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in ("x", "y", "weights", "held_out")}
        _check_lengths(lengths)
        columns = {name: _check_numbers(getattr(self, name), name.removesuffix("s")) for name in ("x", "y", "weights")}
        for row, weight in enumerate(columns["weights"], 1):
            if weight < 0:
                raise _data_error(f"row {row}: the weight is {weight:g}, and a weight is 0 or more")
        held_out = _check_flags(self.held_out)
        weights = columns["weights"] or (1.0,) * lengths["x"]
        fitted = [one for one, held in zip(weights, held_out or (False,) * lengths["x"], strict=True) if not held]
        if not fitted:
            raise _data_error("all points are held out: a fit needs at least one point that isn't")
        if not any(fitted):
            raise _data_error("every point that isn't held out has weight 0: give one of them a weight above 0")
        # Frozen: what is as usual is left out, so that equal data are equal.
        columns["weights"] = () if set(weights) == {1.0} else weights
        vars(self).update(columns, held_out=held_out if any(held_out) else ())

    def __len__(self) -> int:
        return len(self.x)

    def rows(self) -> Iterator[tuple[float, float, float, bool]]:
        """x, y, weight and whether it is held out, of each point in turn."""
        return zip(self.x, self.y, self._all_weights, self._all_held_out, strict=True)

    def with_point(self, x: float, y: float) -> "Points":
        """These and one more, of weight 1 and not held out."""
        return Points(
            (*self.x, x),
            (*self.y, y),
            (*self._all_weights, 1.0),
            (*self._all_held_out, False),
        )

    def with_moved_point(self, i: int, x: float, y: float) -> "Points":
        """These with the point ``i``, counted from 0, at another place; it keeps its weight."""
        self._check_index(i)
        return replace(self, x=_replace_item(self.x, i, x), y=_replace_item(self.y, i, y), recipe="")

    def with_weight(self, i: int, weight: float) -> "Points":
        """These with another weight for the point ``i``, counted from 0."""
        self._check_index(i)
        return replace(self, weights=_replace_item(self._all_weights, i, weight), recipe="")

    def with_held_out(self, i: int, held_out: bool) -> "Points":
        """These with the point ``i``, counted from 0, kept from the fit or given back to it."""
        self._check_index(i)
        return replace(self, held_out=_replace_item(self._all_held_out, i, held_out), recipe="")

    def without_point(self, i: int) -> "Points":
        """These without the point ``i``, counted from 0."""
        self._check_index(i)
        if len(self) == 1:
            raise _data_error("a fit needs at least one point, and this is the last: move it, or add another first")
        x, y, weights, held_out = (
            column[:i] + column[i + 1 :] for column in (self.x, self.y, self._all_weights, self._all_held_out)
        )
        return Points(x, y, weights, tuple(map(bool, held_out)))

    @property
    def _all_weights(self) -> tuple[float, ...]:
        return self.weights or (1.0,) * len(self)

    @property
    def _all_held_out(self) -> tuple[bool, ...]:
        return self.held_out or (False,) * len(self)

    def _check_index(self, i: int) -> None:
        if not 0 <= i < len(self):
            raise _data_error(f"there is no point in row {i + 1}: the last is in row {len(self)}")


def _data_error(message: str) -> InputError:
    return InputError(message, field="data")


_T = TypeVar("_T")


def _replace_item(column: tuple[_T, ...], i: int, value: _T) -> tuple[_T, ...]:
    return (*column[:i], value, *column[i + 1 :])


def _check_lengths(lengths: Mapping[str, int]) -> None:
    count = lengths["x"]
    if lengths["y"] != count:
        raise _data_error(f"every point needs an x and a y, and there are {count:,} x and {lengths['y']:,} y")
    if not count:
        raise _data_error("a fit needs at least one point, and there is none: add one")
    if count > MAX_POINTS:
        raise _data_error(f"there are {count:,} points, and at most {MAX_POINTS:,} can be fitted: leave some out")
    for name, what in (("weights", "weights"), ("held_out", "marks of what is held out")):
        if lengths[name] not in (0, count):
            raise _data_error(
                f"there are {count:,} points and {lengths[name]:,} {what}: each point needs one, or none does"
            )


def _check_numbers(column: Iterable[Any], name: str) -> tuple[float, ...]:
    numbers = []
    for row, one in enumerate(column, 1):
        if one is None:
            raise _data_error(f"row {row}: {name} is empty: type a number, or delete the row")
        if isinstance(one, bool) or not isinstance(one, float | Real):
            raise _data_error(f"row {row}: {name} is {str(one)[:40]!r}, which is no number")
        if not math.isfinite(number := as_float(one)):  # type: ignore[arg-type]
            raise _data_error(f"row {row}: {name} is {number}, no finite number: correct it, or delete the row")
        numbers.append(number)
    return tuple(numbers)


def _check_flags(column: Iterable[Any]) -> tuple[bool, ...]:
    flags = []
    for row, one in enumerate(column, 1):
        if one not in (True, False):
            raise _data_error(f"row {row}: a point is held out or not, and {str(one)[:40]!r} says neither")
        flags.append(bool(one))
    return tuple(flags)


# ---- Points in a link.


def format_number(number: float) -> str:
    """The shortest text from which the same float is read, without what says nothing: ``2``, ``0.1``, ``1e16``."""
    return repr(number).removesuffix(".0").replace("e+", "e")


def points_to_text(points: Points) -> str | None:
    """The points as a link carries them: ``0.5,2;0.9,3.8,2;1.4,5,h``, the third a weight, ``h`` for held out.

    Returns:
        A text from which ``points_from_text`` reads equal points, or None if it is longer than ``MAX_TEXT`` characters.
    """
    if len(points) > MAX_TEXT // len("0,0;") + 1:
        return None
    text = ";".join(
        ",".join(
            [
                format_number(x),
                format_number(y),
                *([] if weight == 1 else [format_number(weight)]),
                *(["h"] if held else []),
            ]
        )
        for x, y, weight, held in points.rows()
    )
    return text if len(text) <= MAX_TEXT else None


def points_from_text(text: str) -> Points:
    """The points that ``points_to_text`` wrote.

    Raises:
        InputError: for anything else, with the field ``data``.
    """
    if len(text) > MAX_TEXT:
        raise _data_error(f"points in a link have at most {MAX_TEXT:,} characters, and these have {len(text):,}")
    rows = [_read_point(row, one) for row, one in enumerate(text.split(";"), 1)]
    x, y, weights, held_out = zip(*rows, strict=True)
    return Points(x, y, weights, held_out)


def _read_point(row: int, text: str) -> tuple[float, float, float, bool]:
    parts = text.split(",")
    held = parts[-1].strip() == "h"
    numbers = [one.strip() for one in (parts[:-1] if held else parts)]
    if len(numbers) not in (2, 3) or not all(map(NUMBER.fullmatch, numbers)):
        raise _data_error(f"row {row}: a point is written as x,y or x,y,weight, with ,h if held out, not {text[:40]!r}")
    x, y, *weight = map(float, numbers)
    return x, y, weight[0] if weight else 1.0, held


# ---- Models and sets.


@dataclass(frozen=True)
class Model:
    """A family of curves that often serves.

    Attributes:
        name: what a person calls it.
        text: in the project's language, x being the data.
        start: where its parameters usually begin, in the model's order.
        note: one sentence for a student on what it is for.
    """

    name: str
    text: str
    start: tuple[float, ...]
    note: str

    @property
    def named_start(self) -> dict[str, float]:
        """The start by the parameters' names, in the model's order."""
        return dict(zip(model_parameters(self.text), self.start, strict=True))


@dataclass(frozen=True, kw_only=True)
class FitPreset:
    """A fit of a set, and a run that shows something.

    Attributes:
        name: what tells it from the set's other fits.
        model: its text; start: one value a parameter, in the model's order.
        loss: a name from ``LOSSES``.
        optimizer: a name from ``OPTIMIZERS``; lr: its learning rate; settings: its hyperparameters, by torch's names.
        steps: how many steps are enough to see it.
        known: the parameters of the least loss, certified or in closed form, in the model's order; None where
            nobody wrote them down.
    """

    name: str
    model: str = "a*x + b"
    start: tuple[float, ...] = (0.0, 0.0)
    loss: str = "mse"
    optimizer: str = "SGD"
    lr: float = 0.01
    settings: tuple[tuple[str, Value], ...] = ()
    steps: int = 500
    known: tuple[float, ...] | None = None

    @property
    def named_start(self) -> dict[str, float]:
        """The start by the parameters' names, in the model's order."""
        return dict(zip(model_parameters(self.model), self.start, strict=True))


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A named set of points.

    Attributes:
        name: what a person calls it.
        points: the data.
        source: where they are from.
        shows: one sentence for a student: what to look for.
        fits: one or more; the first is the usual one.
    """

    name: str
    points: Points
    source: str
    shows: str
    fits: tuple[FitPreset, ...]


def model_parameters(model: str) -> tuple[str, ...]:
    """The model's names without ``x``, in order of first appearance.

    Raises:
        ExpressionError: with the field ``model``, for a text that is no expression.
    """
    return tuple(name for name in _check_model(model).names if name != "x")


MODELS: tuple[Model, ...] = (
    Model("Line", "a*x + b", (1, 0), "The same step in y for each step in x."),
    Model("Parabola", "a*x^2 + b*x + c", (1, 0, 0), "One bend; still linear in its parameters."),
    Model("Cubic", "a*x^3 + b*x^2 + c*x + d", (1, 0, 0, 0), "Up to two bends; still linear in its parameters."),
    Model("Exponential decay", "a*exp(-b*x) + c", (1, 1, 0), "Falls from a + c at x = 0 towards c, at the rate b."),
    Model("Power", "a*x^b", (1, 1), "A straight line where both axes are logarithmic; every x must be above 0."),
    Model(
        "Sine",
        "a*sin(b*x + c)",
        (1, 1, 0),
        "A wave; its loss has many local minima along b, so start near the frequency that you see.",
    ),
    Model(
        "Logistic curve",
        "c/(1 + exp(-a*(x - b)))",
        (1, 1, 0),
        "Grows from 0 to c, is half way at x = b, and is the steeper there the larger a is.",
    ),
    Model(
        "Saturation",
        "a*x/(b + x)",
        (1, 1),
        "Rises towards a and is half way at x = b, as the rate of an enzyme does (Michaelis and Menten 1913).",
    ),
)
"""Models by themselves, whatever the data; a new one is a new entry."""

_MOMENTUM = (("momentum", 0.9),)


def _fit_line(points: Points) -> tuple[float, float]:
    """Slope and intercept of the least squared error, in closed form."""
    return tuple(linear_regression(points.x, points.y))  # type: ignore[return-value]


def _anscombe(number: str, y: Sequence[float], shows: str, *fits: FitPreset, x: Sequence[float] = ()) -> Dataset:
    points = Points(tuple(x) or (10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5), tuple(y))
    line = FitPreset(name="line, squared error", settings=_MOMENTUM, known=_fit_line(points))
    return Dataset(
        name=f"Anscombe {number}",
        points=points,
        source="Anscombe 1973, Graphs in Statistical Analysis, The American Statistician 27",
        shows=shows,
        fits=(line, *fits),
    )


def _nist(name: str, one: Mapping[str, Any], shows: str) -> Dataset:
    fits = [
        FitPreset(
            name=f"NIST's start {start}",
            model=one["model"],
            start=tuple(one[f"start{start}"].values()),
            loss="sse",
            optimizer="LevenbergMarquardt",
            lr=1.0,
            steps=50,
            known=tuple(one["certified"].values()),
        )
        for start in (2, 1)  # the second is nearer, and the usual one
    ]
    return Dataset(
        name=f"NIST {name}",
        points=Points(tuple(one["x"]), tuple(one["y"])),
        source=f"NIST/ITL StRD, https://www.itl.nist.gov/div898/strd/nls/data/LINKS/DATA/{name}.dat",
        shows=shows,
        fits=tuple(fits),
    )


_TUTORIAL = Points((0.5, 0.9, 1.4, 1.8), (2.0, 3.8, 5.0, 7.2))
_HALVES = tuple(i / 2 for i in range(11))
_OUTLIER = Points(_HALVES, (0.97, 2.16, 3.19, 3.78, 5.34, 5.82, 6.93, 8.25, 9.03, 1.0, 11.06))
# fmt: off
_SINE = Points(
    tuple(i / 4 for i in range(25)),
    (1.07, 1.57, 1.84, 1.86, 1.84, 1.33, 0.85, 0.37, -0.76, -1.31, -1.67, -2.11, -2.11, -1.42, -0.83, -0.48, 0.47,
     1.18, 1.34, 2.09, 1.9, 1.34, 1.28, 0.75, -0.01),
)
_DECAY = Points(
    tuple(i * 2 / 5 for i in range(21)),
    (5.83, 4.83, 3.63, 2.99, 2.44, 2.23, 2.2, 1.79, 1.61, 1.33, 1.32, 1.35, 1.19, 1.05, 1.09, 1.08, 0.96, 1.12, 0.96,
     1.24, 1.18),
)
_HOURS = Points(
    (0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5),
    (0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1),
)
# fmt: on

# What each NIST set shows, in the order in which they are offered; the numbers are in the file.
_NIST_SHOWS = {
    "Misra1a": "One parameter is 400,000 times the other, and the points lie nearly on a line through the origin, "
    "which shows their product alone: the valley is long and thin, and curvature is what leads along it.",
    "Chwirut1": "214 ultrasonic measurements at 22 distances: a decay divided by a line.",
    "Gauss1": "Eight parameters, two overlapping peaks on a decaying baseline.",
    "Rat42": "Growth of pasture from nine points only; the model is a logistic curve, and NIST calls it difficult.",
    "DanWood": "A power law on six points: from the exponent 5 or 4 to 3.86.",
}


def _sets() -> Iterator[Dataset]:
    yield Dataset(
        name="Tutorial",
        points=_TUTORIAL,
        source="the example that this playground grew from",
        shows="A hundred steps of SGD at a rate of 0.01 bring the line near the points, and not yet to its best slope.",
        fits=(
            FitPreset(name="line, squared error", start=(-0.486989, -0.563709), steps=100, known=_fit_line(_TUTORIAL)),
        ),
    )
    yield _anscombe(
        "1",
        (8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68),
        "All four of Anscombe's sets have the same means, variances and line, 3 + 0.5x: this one looks as you would "
        "expect from them.",
    )
    yield _anscombe(
        "2",
        (9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74),
        "The line is that of the first set and its loss too, though the points lie on a parabola, which leaves next "
        "to no error.",
        FitPreset(
            name="parabola, squared error",
            model="a*x^2 + b*x + c",
            start=(0, 0, 0),
            optimizer="LBFGS",
            lr=1.0,
            steps=10,
            # The normal equations, solved in fractions.
            known=(-1812 / 14300, 39766 / 14300, -85739 / 14300),
        ),
    )
    yield _anscombe(
        "3",
        (7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73),
        "Ten points lie on a line of slope 0.345 and one doesn't: the squared error gives it so much say that the "
        "slope becomes 0.5, and the absolute error passes it over.",
        FitPreset(name="line, absolute error", loss="mae", optimizer="Adam", lr=0.1),
    )
    yield _anscombe(
        "4",
        (6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.50, 5.56, 7.91, 6.89),
        "All x but one are 8, so that the one point at 19 alone decides the slope: the line goes through it wherever "
        "you move it.",
        x=(8, 8, 8, 8, 8, 8, 8, 19, 8, 8, 8),
    )
    robust = FitPreset(name="line, squared error", lr=0.05, settings=_MOMENTUM, known=_fit_line(_OUTLIER))
    yield Dataset(
        name="Outlier",
        points=_OUTLIER,
        source="made: 2x + 1 with noise of standard deviation 0.2, and one y mistyped",
        shows="One wrong point pulls the slope from 2 down to 1.34 if errors are squared; the Huber loss holds 1.9 and "
        "the absolute error 2.",
        fits=(
            robust,
            FitPreset(name="line, Huber loss", loss="huber", lr=0.05, settings=_MOMENTUM),
            FitPreset(name="line, absolute error", loss="mae", optimizer="Adam", lr=0.05),
        ),
    )
    yield Dataset(
        name="Sine with noise",
        points=_SINE,
        source="made: 2 sin(1.5x + 0.5) with noise of standard deviation 0.2",
        shows="From the frequency 1.2 a run finds the wave, and from 3 it ends in a local minimum whose curve is "
        "nearly flat.",
        fits=(
            FitPreset(name="from b = 1.2", model="a*sin(b*x + c)", start=(1, 1.2, 0), lr=0.02, settings=_MOMENTUM),
            FitPreset(name="from b = 3", model="a*sin(b*x + c)", start=(1, 3, 0), lr=0.02, settings=_MOMENTUM),
        ),
    )
    yield Dataset(
        name="Hours of study",
        points=_HOURS,
        source="https://en.wikipedia.org/wiki/Logistic_regression#Example",
        shows="Who passed, 1, and who failed, 0, by hours of study: with cross entropy the line is the logit, which is "
        "0 at even chances, after 2.7 hours; a sigmoid draws the chance itself.",
        fits=(
            FitPreset(
                name="logit, cross entropy",
                loss="bce",
                lr=0.1,
                settings=_MOMENTUM,
                # Wikipedia has 1.5046 and -4.0777; these are Newton's, to the last digit.
                known=(1.5046454283733335, -4.077713431087631),
            ),
            FitPreset(name="sigmoid, squared error", model="sigmoid(a*x + b)", lr=0.5, settings=_MOMENTUM),
        ),
    )
    yield Dataset(
        name="Exponential decay",
        points=_DECAY,
        source="made: 5 exp(-0.7x) + 1 with noise of standard deviation 0.1",
        shows="Height, rate and floor pull at one another: momentum settles all three in 500 steps, and plain SGD at "
        "the same rate is still on its way.",
        fits=(
            FitPreset(name="momentum", model="a*exp(-b*x) + c", start=(1, 1, 0), lr=0.05, settings=_MOMENTUM),
            FitPreset(name="plain SGD", model="a*exp(-b*x) + c", start=(1, 1, 0), lr=0.05),
        ),
    )
    published = json.loads(NIST.read_text(encoding="utf-8"))["datasets"]
    for name, shows in _NIST_SHOWS.items():
        yield _nist(name, published[name], shows)


DATASETS: Mapping[str, Dataset] = MappingProxyType({one.name: one for one in _sets()})
"""The sets by name, in the order in which they are offered; a new one is a new record."""


# ---- The generator.


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
        for name in ("low", "high"):
            _check_between(getattr(self, name), -FARTHEST, FARTHEST, name, f"the {_ENDS[name]} x")
        if self.low >= self.high:
            raise InputError(
                f"x goes from {self.low:g} to {self.high:g}: the largest x must be above the least", field="high"
            )
        if (
            isinstance(self.n, bool)
            or not isinstance(self.n, int)
            or not MIN_RECIPE_POINTS <= self.n <= MAX_RECIPE_POINTS
        ):
            raise InputError(
                f"the number of points must be a whole number from {MIN_RECIPE_POINTS} to {MAX_RECIPE_POINTS:,}, "
                f"not {self.n!r}",
                field="n",
            )
        _check_between(self.noise, 0, FARTHEST, "noise", "the noise")
        _check_between(self.outliers, 0, 1, "outliers", "the share of outliers")
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
        named = (f"{name}={format_number(float(value))}" for name, value in self.parameters)
        return ";".join([self.model, *(format_number(float(number)) for number in numbers), *named])


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
            raise InputError(f"{name} must be a whole number, not {number:g}")
    parameters = tuple((name, float(value)) for name, _, value in named)
    return Recipe(model, parameters, low, high, int(n), noise, outliers, int(seed), bool(random_x))


_ENDS = {"low": "least", "high": "largest"}


def _check_model(model: str) -> Expression:
    try:
        expression = Expression(model)
        if expression.reduces:
            raise ExpressionError("a model says what y is at one x: sums and vectors have no place in it")
    except ExpressionError as error:
        error.field = "model"
        raise
    return expression


def _check_between(value: object, least: float, most: float, field: str, what: str) -> None:
    if value is None:
        raise InputError(f"{what} is empty: type a number", field=field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InputError(f"{what} must be a number from {least:g} to {most:g}, not {str(value)[:40]}", field=field)


def _check_parameters(model: str, given: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    values, names = dict(given), model_parameters(model)
    if unknown := [name for name in values if name not in names]:
        raise InputError(f"the model has no parameter '{unknown[0][:40]}': leave it out", field="parameters")
    for name in names:
        if name not in values:
            raise InputError(f"the model's parameter '{name}' needs a value", field="parameters")
        _check_between(values[name], -FARTHEST, FARTHEST, "parameters", f"the parameter {name}")
    return tuple((name, float(values[name])) for name in names)


def _evaluate_model(model: str, parameters: Iterable[tuple[str, float]], x: Tensor) -> Tensor:
    """The model at x (N,) -> (N,) float64, nowhere farther than ``FARTHEST`` from 0."""
    values = {name: torch.tensor(value, dtype=torch.float64) for name, value in parameters}
    curve = _check_model(model).evaluate(values | {"x": x}).double().expand(len(x))
    if len(beyond := (~(curve.abs() <= FARTHEST)).nonzero()):
        first = int(beyond[0])
        raise InputError(
            f"the model is {curve[first]:g} at x = {x[first]:g}: choose a range of x and parameters with which it has "
            f"a value between {-FARTHEST:g} and {FARTHEST:g} everywhere",
            field="model",
        )
    return curve
