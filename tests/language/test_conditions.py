"""A text that must come to a condition: judged by Python, and refused with a sentence where it is none."""

import math

import pytest
import torch

from playground import Expression, ExpressionError
from playground.language.source import to_source
from tests.cases import each_case

POINTS = [(x / 4, y / 4) for x in range(-6, 7) for y in range(-6, 7)]

CONDITIONS = {
    "y > sin(3x)": lambda x, y: y > math.sin(3 * x),
    "x^2 + y^2 < 1": lambda x, y: x**2 + y**2 < 1,
    "xy >= 0": lambda x, y: x * y >= 0,
    "|x| <= 1 and |y| <= 1/2": lambda x, y: abs(x) <= 1 and abs(y) <= 0.5,
    "0 < x < y or y == -1": lambda x, y: 0 < x < y or y == -1,
    "floor(x) != floor(y)": lambda x, y: math.floor(x) != math.floor(y),
    "y > ln(x)": lambda x, y: x >= 0 and (x == 0 or y > math.log(x)),
    "1 < 2": lambda *_: True,
    "2 < 1": lambda *_: False,
}


def truth_of(text):
    x, y = torch.tensor(POINTS, dtype=torch.float64).unbind(-1)
    return Expression(text, ("x", "y"), "truth").evaluate({"x": x, "y": y}).expand(len(POINTS))


@each_case("text", CONDITIONS)
def test_a_condition_holds_where_python_says_so(text):
    truth = truth_of(text)
    assert truth.dtype is torch.bool
    assert truth.tolist() == [CONDITIONS[text](x, y) for x, y in POINTS]


def test_a_condition_is_written_as_source():
    variables = dict(zip("xy", torch.tensor(POINTS, dtype=torch.float64).unbind(-1), strict=True))
    scope = {}
    exec(to_source(Expression("x^2 + y^2 < 1", ("x", "y"), "truth")), scope)
    assert scope["f"](**variables).equal(truth_of("x^2 + y^2 < 1"))


@each_case(
    ("text", "column", "message"),
    [
        ("", 1, "there is no text: type a condition, for example y > sin(3x)"),
        ("sin(3x)", 1, "this is a number, and a condition is needed: compare it with another, for example y > sin(3x)"),
        ("(x > 0)*1", 1, "this is a number, and a condition is needed"),
        ("y = sin(3x)", 3, "an equation holds on a line alone: write < or > instead of =, for example y > sin(3x)"),
        ("f(x) = x > 0", 6, "an equation holds on a line alone"),
        ("y > a*x", 5, "unknown name 'a': this function may use x and y"),
        ("y >", 4, "something is missing"),
    ],
)
def test_what_is_no_condition_is_refused_at_its_column(text, column, message):
    with pytest.raises(ExpressionError) as error:
        Expression(text, ("x", "y"), "truth")
    assert error.value.column == column
    assert str(error.value).startswith(message)
