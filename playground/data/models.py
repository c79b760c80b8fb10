"""Families of curves that often serve, whatever the data."""

from dataclasses import dataclass

from playground.errors import ExpressionError
from playground.language.expression import Expression


@dataclass(frozen=True)
class Model:
    """A family of curves that often serves.

    Attributes:
        name: what a person calls it.
        text: in the project's language, x being the data.
        start: where its parameters begin by default, in the model's order.
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


def model_parameters(model: str) -> tuple[str, ...]:
    """The model's names without ``x``, in order of first appearance.

    Raises:
        ExpressionError: with the field ``model``, for a text that is no expression.
    """
    return tuple(name for name in check_model(model).names if name != "x")


def check_model(model: str) -> Expression:
    """The model as an expression.

    Raises:
        ExpressionError: with the field ``model``, for a text that is none, or one with vectors.
    """
    try:
        expression = Expression(model)
        if expression.reduces:
            raise ExpressionError("a model says what y is at one x: sums and vectors have no place in it")
    except ExpressionError as error:
        error.field = "model"
        raise
    return expression


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
