"""Named sets of data points, with fits that show something on each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from types import MappingProxyType
from typing import Any

from playground.data.models import model_parameters
from playground.data.points import Points
from playground.engine.settings import Value

NIST = Path(__file__).parent / "nist_strd.json"
"""Statistical Reference Datasets of NIST/ITL, with models, starts and certified values; public domain."""

_PUBLISHED: Mapping[str, Any] = json.loads(NIST.read_text(encoding="utf-8"))["datasets"]


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
        fits: one or more; the first is the default.
    """

    name: str
    points: Points
    source: str
    shows: str
    fits: tuple[FitPreset, ...]


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


def _nist(name: str, shows: str) -> Dataset:
    one = _PUBLISHED[name]
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
        for start in (2, 1)  # the second is nearer, and the default
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


_RECORDS = (
    Dataset(
        name="Tutorial",
        points=_TUTORIAL,
        source="the example that this playground grew from",
        shows="A hundred steps of SGD at a rate of 0.01 bring the line near the points, and not yet to its best slope.",
        fits=(
            FitPreset(name="line, squared error", start=(-0.486989, -0.563709), steps=100, known=_fit_line(_TUTORIAL)),
        ),
    ),
    _anscombe(
        "1",
        (8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68),
        "All four of Anscombe's sets have the same means, variances and line, 3 + 0.5x: this one looks as you would "
        "expect from them.",
    ),
    _anscombe(
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
    ),
    _anscombe(
        "3",
        (7.46, 6.77, 12.74, 7.11, 7.81, 8.84, 6.08, 5.39, 8.15, 6.42, 5.73),
        "Ten points lie on a line of slope 0.345 and one doesn't: the squared error gives it so much say that the "
        "slope becomes 0.5, and the absolute error passes it over.",
        FitPreset(name="line, absolute error", loss="mae", optimizer="Adam", lr=0.1),
    ),
    _anscombe(
        "4",
        (6.58, 5.76, 7.71, 8.84, 8.47, 7.04, 5.25, 12.50, 5.56, 7.91, 6.89),
        "All x but one are 8, so that the one point at 19 alone decides the slope: the line goes through it wherever "
        "you move it.",
        x=(8, 8, 8, 8, 8, 8, 8, 19, 8, 8, 8),
    ),
    Dataset(
        name="Outlier",
        points=_OUTLIER,
        source="made: 2x + 1 with noise of standard deviation 0.2, and one y mistyped",
        shows="One wrong point pulls the slope from 2 down to 1.34 if errors are squared; the Huber loss holds 1.9 and "
        "the absolute error 2.",
        fits=(
            FitPreset(name="line, squared error", lr=0.05, settings=_MOMENTUM, known=_fit_line(_OUTLIER)),
            FitPreset(name="line, Huber loss", loss="huber", lr=0.05, settings=_MOMENTUM),
            FitPreset(name="line, absolute error", loss="mae", optimizer="Adam", lr=0.05),
        ),
    ),
    Dataset(
        name="Sine with noise",
        points=_SINE,
        source="made: 2 sin(1.5x + 0.5) with noise of standard deviation 0.2",
        shows="From the frequency 1.2 a run finds the wave, and from 3 it ends in a local minimum whose curve is "
        "nearly flat.",
        fits=(
            FitPreset(name="from b = 1.2", model="a*sin(b*x + c)", start=(1, 1.2, 0), lr=0.02, settings=_MOMENTUM),
            FitPreset(name="from b = 3", model="a*sin(b*x + c)", start=(1, 3, 0), lr=0.02, settings=_MOMENTUM),
        ),
    ),
    Dataset(
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
    ),
    Dataset(
        name="Exponential decay",
        points=_DECAY,
        source="made: 5 exp(-0.7x) + 1 with noise of standard deviation 0.1",
        shows="Height, rate and floor pull at one another: momentum settles all three in 500 steps, and plain SGD at "
        "the same rate is still on its way.",
        fits=(
            FitPreset(name="momentum", model="a*exp(-b*x) + c", start=(1, 1, 0), lr=0.05, settings=_MOMENTUM),
            FitPreset(name="plain SGD", model="a*exp(-b*x) + c", start=(1, 1, 0), lr=0.05),
        ),
    ),
    *(_nist(name, shows) for name, shows in _NIST_SHOWS.items()),
)


DATASETS: Mapping[str, Dataset] = MappingProxyType({one.name: one for one in _RECORDS})
"""The sets by name, in the order in which they are offered; a new one is a new record."""
