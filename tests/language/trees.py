"""Random expressions, each as a text in one of the spellings that the language knows and as numpy computes it."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

POINTS = {
    "x": np.array([-1.7, -0.6, 0.4, 0.9, 2.1]),
    "y": np.array([0.8, -1.3, 1.6, -0.5, 0.3]),
    "θ": np.array([1.1, 0.2, -0.7, 2.3, -1.9]),
    "w_1": np.array([-0.3, 1.4, 0.6, -2.2, 0.1]),
}
"""Where they are tried: a value of each name, five times."""


class Sample(NamedTuple):
    """An expression as it may be typed, and the same from names' values and the type of its constants."""

    text: str
    of: Callable[[Mapping[str, np.ndarray], type], Any]


def number(text: str) -> Sample:
    return Sample(text, lambda _, dtype: dtype(float(text)))


def constant(text: str, value: float) -> Sample:
    return Sample(text, lambda _, dtype: dtype(value))


def name(text: str) -> Sample:
    return Sample(text, lambda values, _: values[text])


def joined(template: str, of: Callable[..., Any], *parts: Sample) -> Sample:
    return Sample(
        template.format(*(part.text for part in parts)),
        lambda values, dtype: of(*(part.of(values, dtype) for part in parts)),
    )


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def normal_distribution(z):
    return np.vectorize(math.erf, otypes=[np.asarray(z).dtype])(z)


SMOOTH = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "atan": np.arctan,
    "arctan": np.arctan,
    "tanh": np.tanh,
    "sinh": np.sinh,
    "asinh": np.arcsinh,
    "exp": np.exp,
    "sigmoid": sigmoid,
    "softplus": lambda z: np.logaddexp(z, np.zeros_like(z)),
    "erf": normal_distribution,
    "silu": lambda z: z * sigmoid(z),
}
ROUGH = {
    "abs": np.abs,
    "relu": lambda z: np.maximum(z, 0),
    "sqrt": np.sqrt,
    "ln": np.log,
    "log10": np.log10,
    "asin": np.arcsin,
    "floor": np.floor,
    "sign": lambda z: np.nan_to_num(np.sign(z), nan=0.0),  # as torch has it
}

LEAVES = [
    *map(name, POINTS),
    *map(name, ("x", "y")),
    *map(number, ("2", "3", "0.5", ".25", "1e-1", "1.5E0", "0")),
    constant("pi", math.pi),
    constant("π", math.pi),
    constant("e", math.e),
    constant("(2pi)", math.tau),  # tau by itself may be a variable, by the company that it keeps
]

OPERATORS: list[tuple[str, Callable[..., Any]]] = [
    *((spelling, np.add) for spelling in ("({})+({})", "{} + ({})")),
    *((spelling, np.subtract) for spelling in ("({}) - ({})", "({})−({})")),
    *((spelling, np.multiply) for spelling in ("({})*({})", "({})({})", "({})·({})", "({}) × ({})")),
    *((spelling, np.divide) for spelling in ("({})/({})", "({}) ÷ ({})")),
]
POWERS = [(spelling, whole) for spelling in ("({})^{}", "({})**({})", "({}){}") for whole in (2, 3)]
CHOICES: list[tuple[str, Callable[..., Any]]] = [
    ("where({} > {}, {}, {})", lambda a, b, c, d: np.where(a > b, c, d)),
    ("piecewise({} <= {}, {}, {})", lambda a, b, c, d: np.where(a <= b, c, d)),
    ("({} < {})*({}) + ({})", lambda a, b, c, d: (a < b) * c + d),
    ("max({}, {}, min({}, {}))", lambda a, b, c, d: np.maximum(np.maximum(a, b), np.minimum(c, d))),
]


def raised(spelling: str, whole: int, base: Sample) -> Sample:
    digits = "⁰¹²³"[whole] if spelling == "({}){}" else str(whole)
    return joined(spelling.format("{}", digits), lambda value: value**whole, base)


def samples(functions: Mapping[str, Callable[..., Any]], choices: bool = True) -> st.SearchStrategy[Sample]:
    """Expressions of a few nodes."""

    def larger(smaller: st.SearchStrategy[Sample]) -> st.SearchStrategy[Sample]:
        kinds = [
            st.one_of(st.builds(partial(joined, *operator), smaller, smaller) for operator in OPERATORS),
            st.one_of(st.builds(partial(raised, *power), smaller) for power in POWERS),
            st.builds(partial(joined, "(-({}))", np.negative), smaller),
            *(st.builds(partial(joined, f"{one}({{}})", of), smaller) for one, of in functions.items()),
        ]
        if choices:
            kinds += [st.builds(partial(joined, *choice), *[smaller] * 4) for choice in CHOICES]
            kinds += [st.builds(partial(joined, "|{}|", np.abs), smaller)]
        return st.one_of(kinds)

    return st.recursive(st.sampled_from(LEAVES), larger, max_leaves=8)


def judged(
    sample: Sample, points: Mapping[str, np.ndarray] = POINTS, dtype: type = np.float64, errors: Any = "ignore"
) -> np.ndarray:
    """What numpy says the sample is worth at the points; ``errors="raise"`` for what leaves the numbers on the way."""
    with np.errstate(divide=errors, over=errors, invalid=errors, under="ignore"):
        values = {key: one.astype(dtype) for key, one in points.items()}
        return np.broadcast_to(sample.of(values, dtype), POINTS["x"].shape)


def surely(sample: Sample) -> np.ndarray:
    """The points at which single precision loses little, so that double precision differs by roundings alone."""
    exact, rough = judged(sample), judged(sample, dtype=np.float32)
    with np.errstate(all="ignore"):
        return np.isfinite(exact) & (np.abs(rough - exact) <= 1e-4 * np.abs(exact))
