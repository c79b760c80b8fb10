import contextlib
import math
import re

import numpy as np
import pytest
import torch
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from playground import Expression, ExpressionError
from playground.language import CONSTANTS, FUNCTIONS
from playground.parser import MAX_DEPTH, MAX_LENGTH, MAX_NODES

X, Y = 0.7, 1.9


def value_of(text, names=None, **values):
    """The value of ``text``, by default at x = X and y = Y."""
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in ({"x": X, "y": Y} | values).items()}
    return Expression(text, names).evaluate(tensors).item()


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softplus(z):
    return np.logaddexp(0, z)


# What each function should be, and where to look.
ORACLES = {
    "exp": (math.exp, [-30.0, -1.0, 0.0, 0.5, 20.0]),
    "log": (math.log, [1e-8, 0.5, 1.0, 3.0, 1e8]),
    "ln": (math.log, [1e-8, 0.5, 1.0, 3.0, 1e8]),
    "log2": (math.log2, [1e-8, 0.5, 1.0, 8.0]),
    "log10": (math.log10, [1e-8, 0.5, 1.0, 1000.0]),
    "sqrt": (math.sqrt, [0.0, 0.25, 2.0, 1e10]),
    "abs": (abs, [-2.5, 0.0, 3.5]),
    "sin": (math.sin, [-4.0, -0.1, 0.0, 1.0, 10.0]),
    "cos": (math.cos, [-4.0, -0.1, 0.0, 1.0, 10.0]),
    "tan": (math.tan, [-4.0, -0.1, 0.0, 1.0, 10.0]),
    "asin": (math.asin, [-1.0, -0.3, 0.0, 0.9]),
    "acos": (math.acos, [-1.0, -0.3, 0.0, 0.9]),
    "atan": (math.atan, [-100.0, -0.3, 0.0, 2.0]),
    "sinh": (math.sinh, [-3.0, -0.1, 0.0, 5.0]),
    "cosh": (math.cosh, [-3.0, -0.1, 0.0, 5.0]),
    "tanh": (math.tanh, [-3.0, -0.1, 0.0, 5.0]),
    "sigmoid": (sigmoid, [-30.0, -1.0, 0.0, 2.0, 30.0]),
    "relu": (lambda z: max(z, 0.0), [-2.5, 0.0, 3.5]),
    "softplus": (softplus, [-30.0, -1.0, 0.0, 2.0, 19.0, 21.0, 30.0]),
    "sum": (lambda z: z, [-2.5, 0.0, 3.5]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_has_the_value_of_its_definition(name):
    assert name in ORACLES, f"write an independent formula for '{name}' into ORACLES"
    oracle, points = ORACLES[name]
    values = [value_of(f"{name}(x)", x=point) for point in points]
    np.testing.assert_allclose(values, [oracle(point) for point in points], rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_of_a_constant_is_the_same_as_of_a_variable(name):
    _, points = ORACLES[name]
    assert value_of(f"{name}({points[-1]})") == pytest.approx(value_of(f"{name}(x)", x=points[-1]), rel=1e-15)


def test_the_constants_are_those_of_mathematics():
    assert {"pi": math.pi, "e": math.e, "tau": math.tau} == CONSTANTS
    assert value_of("pi + e*tau") == pytest.approx(math.pi + math.e * math.tau, rel=1e-15)


@pytest.mark.parametrize("x", [-2.0, 0.3, 5.0])
@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("x + y", "x + y"),
        ("x - y", "x - y"),
        ("x − y", "x - y"),
        ("x – y", "x - y"),
        ("x * y", "x * y"),
        ("x · y", "x * y"),
        ("x × y", "x * y"),
        ("x ⋅ y", "x * y"),
        ("x / y", "x / y"),
        ("x ÷ y", "x / y"),
        ("x ** 3", "x**3"),
        ("x ^ 3", "x**3"),
        ("y ** x", "y**x"),
        ("-x", "-x"),
        ("−x − y", "-x - y"),
        ("+x", "x"),
        ("3 / x", "3 / x"),
        ("2 ^ x", "2**x"),
        ("x\u00a0+\u00a0y", "x + y"),
    ],
)
def test_each_operator_is_pythons(text, python, x):
    assert value_of(text, x=x) == pytest.approx(eval(python, {"x": x, "y": Y}), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x^2", -(X**2)),
        ("(-x)^2", X**2),
        ("2^3^2", 512),
        ("(2^3)^2", 64),
        ("e^-x", math.exp(-X)),
        ("2**-x**2", 2 ** (-(X**2))),
        ("1/2x", 0.5 * X),
        ("x-y-2", (X - Y) - 2),
        ("x/y/2", (X / Y) / 2),
        ("x-y*2+1", X - (Y * 2) + 1),
        ("x*-y", -X * Y),
        ("x--y", X + Y),
        ("x+-+y", X - Y),
        ("-x*y", -X * Y),
        ("2x^2", 2 * X**2),
        ("2^3x", 8 * X),
        ("2^-3x", X / 8),
        ("sin(x)^2", math.sin(X) ** 2),
        ("-sin(x)^2", -(math.sin(X) ** 2)),
        ("1e3x", 1000 * X),
        (".5x + 2.", 0.5 * X + 2),
        ("1.5e-2 + 2E+1", 20.015),
    ],
)
def test_operators_hold_as_tightly_as_in_mathematics(text, expected):
    assert value_of(text) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2x", 2 * X),
        ("2 x", 2 * X),
        ("3(x+1)", 3 * (X + 1)),
        ("(x+1)(x-1)", (X + 1) * (X - 1)),
        ("(x+1)y", (X + 1) * Y),
        ("x(x-1)", X * (X - 1)),
        ("x y", X * Y),
        ("xy", X * Y),
        ("2pi x", 2 * math.pi * X),
        ("x sin(y)", X * math.sin(Y)),
        ("2sin(x)cos(y)", 2 * math.sin(X) * math.cos(Y)),
    ],
)
def test_factors_side_by_side_are_a_product(text, expected):
    assert value_of(text) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "names", "variables"),
    [
        ("y + x", None, ("y", "x")),
        ("b - x*a + b", None, ("b", "x", "a")),
        ("2^c^a", None, ("c", "a")),
        ("w_1 x + w_2", None, ("w_1", "x", "w_2")),
        ("alpha*x1 + lambda", None, ("alpha", "x1", "lambda")),
        ("θx", None, ("θ", "x")),
        ("xy + 2", ["x", "y"], ("x", "y")),
        ("xy + 2", ["y", "x", "z"], ("x", "y")),
        ("xy + 2", ["xy"], ("xy",)),
        ("e + x", ["e", "x"], ("e", "x")),
        ("speed * time", ["time", "speed"], ("speed", "time")),
        ("pi + e", None, ()),
    ],
)
def test_names_stand_in_order_of_first_appearance(text, names, variables):
    assert Expression(text, names).names == variables


def test_only_the_names_allowed_may_be_variables():
    with pytest.raises(ExpressionError, match="unknown name 'z': this function may use x and y") as error:
        Expression("x + z", names=["x", "y"])
    assert error.value.column == 5


def test_a_name_allowed_hides_the_constant_of_that_name():
    assert value_of("e*x", names=["e", "x"], e=10.0) == pytest.approx(10 * X)


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("sin(x) + sin(x)", ["name", "sin", "+"]),
        ("(x+1)*(x+1)", ["name", "number", "+", "*"]),
        ("2x + 2*x", ["number", "name", "*", "+"]),
        ("x*y + y*x", ["name", "name", "*", "*", "+"]),
    ],
)
def test_repeated_subtrees_stand_once_on_the_tape(text, operations):
    assert [node.operation for node in Expression(text).nodes] == operations


@pytest.mark.parametrize("text", ["sin(x*y) + 2^x - exp(2)/y", "x(x-1)(x-2)"])
def test_a_node_works_only_on_nodes_before_it(text):
    for position, node in enumerate(Expression(text).nodes):
        assert all(argument < position for argument in node.arguments)


class OperationsRun(TorchDispatchMode):
    """The names of all operations that torch runs while the mode is on."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(function.overloadpacket.__name__)
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("text", ["x + 2*3*pi^2", "x + sin(1)/4 - 0", "x + (1 + 2 + 3 + 4)"])
def test_constants_are_folded_before_evaluation(text):
    expression, x = Expression(text), torch.tensor(X, dtype=torch.float64)
    with OperationsRun() as run:
        expression.evaluate({"x": x})
    assert set(run.names) <= {"add", "sub"}


def test_evaluation_runs_a_repeated_subtree_once():
    expression, x = Expression("exp(sin(x)) + sin(x)"), torch.tensor(X, dtype=torch.float64)
    with OperationsRun() as run:
        expression.evaluate({"x": x})
    assert run.names == ["sin", "exp", "add"]


def test_a_constant_evaluates_to_a_scalar_of_float64():
    value = Expression("2^10").evaluate({})
    assert (value.shape, value.dtype, value.item()) == ((), torch.float64, 1024)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1/0", math.inf), ("9**9**9**9", math.inf), ("0/0", math.nan), ("sqrt(-1)", math.nan), ("1e999", math.inf)],
)
def test_constants_beyond_the_numbers_neither_raise_nor_hang(text, expected):
    assert value_of(text) == pytest.approx(expected, nan_ok=True)


def test_values_broadcast_and_keep_the_graph():
    x = torch.arange(3, dtype=torch.float64).view(3, 1).requires_grad_()
    y = torch.arange(4, dtype=torch.float64)
    value = Expression("x*y + 1").evaluate({"x": x, "y": y})
    np.testing.assert_array_equal(value.detach(), np.outer([0, 1, 2], [0, 1, 2, 3]) + 1)
    value.sum().backward()
    assert x.grad.flatten().tolist() == [6, 6, 6]


def test_the_longest_text_allowed_is_read_and_one_character_more_is_not():
    assert Expression("x".ljust(MAX_LENGTH)).names == ("x",)
    with pytest.raises(ExpressionError, match=f"has {MAX_LENGTH + 1} characters: at most {MAX_LENGTH}"):
        Expression("x".ljust(MAX_LENGTH + 1))


def test_the_most_nodes_allowed_are_read_and_one_more_is_not():
    most = "x" + "+x" * (MAX_NODES - 1)
    assert len(Expression(most).nodes) == MAX_NODES
    with pytest.raises(ExpressionError, match=f"more than {MAX_NODES} operations"):
        Expression(most + "+x")


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("(", ")"), ("-", ""), ("sin(", ")"), ("x^", ""), ("x(", ")")],
    ids="( - sin( x^ x(".split(),
)
def test_the_deepest_nesting_allowed_is_read_and_much_deeper_is_not(opening, closing):
    def nested(depth):
        return opening * depth + "x" + closing * depth

    # x( opens a product and a bracket, two levels at once.
    assert Expression(nested(MAX_DEPTH // 2 - 1)).names == ("x",)
    with pytest.raises(ExpressionError, match=f"more than {MAX_DEPTH} deep"):
        Expression(nested(MAX_DEPTH))


def test_brackets_may_stand_to_the_depth_allowed():
    assert Expression("(" * (MAX_DEPTH - 1) + "x" + ")" * (MAX_DEPTH - 1)).names == ("x",)


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("", 1, "the field is empty"),
        ("   ", 1, "the field is empty"),
        ("x +", 4, "after '+'"),
        ("x ** ", 6, "after '**'"),
        ("sin(", 5, "after '('"),
        ("x $ y", 3, "'$'"),
        ("2 × é", 5, "'é'"),
        ("x, y", 2, "','"),
        ("x = 3", 3, "'='"),
        ("x[0]", 2, "'['"),
        ("x.y", 2, "'.'"),
        ("'x'", 1, "'''"),
        ("_x", 1, "'_'"),
        ("*x", 1, "before '*'"),
        ("x +* y", 4, "before '*'"),
        ("x ^/ y", 4, "before '/'"),
        ("(x + 1", 1, "never closed"),
        ("2*sin(x", 6, "never closed"),
        ("x + 1)", 6, "this ) closes no bracket"),
        (")", 1, "this ) closes no bracket"),
        ("()", 2, "brackets are empty"),
        ("2 + sin()", 9, "brackets are empty"),
        ("2 3", 3, "between '2' and '3'"),
        ("1.2.3", 4, "between '1.2' and '.3'"),
        ("x + x2 3", 8, "between 'x2' and '3'"),
        ("(x)2", 4, "between ')' and '2'"),
        ("1 + sin", 5, "'sin' is a function"),
        ("x + sine(y)", 5, "unknown function 'sine': did you mean 'sin'?"),
        ("2 xsin(y)", 3, "unknown function 'xsin'"),
        ("x + foobar(y)", 5, "unknown function 'foobar'"),
        ("x + abcd", 5, "unknown name 'abcd'"),
        ("2 alpah", 3, "unknown name 'alpah': did you mean 'alpha'?"),
        ("x + y_", 5, "unknown name 'y_'"),
        ("exp(x, y)", 6, "','"),
    ],
)
def test_an_error_says_where_and_what(text, column, part):
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert error.value.column == column
    assert part in str(error.value)


@pytest.mark.parametrize("text", ["(x+)", "sin(x*)", "2*(x-)"])
def test_a_bracket_that_closes_one_is_not_said_to_close_none(text):
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert error.value.column == text.index(")") + 1
    assert "closes no bracket" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "().__class__.__bases__[0].__subclasses__()",
        "x.__class__.__mro__",
        "__import__('os').system('true')",
        "import os",
        "open('file', 'w')",
        "eval(x)",
        'exec("x")',
        "getattr(x, y)",
        "globals()",
        "lambda x: x",
        "(lambda: x)()",
        "x := 3",
        "(x := 3)",
        'f"{x}"',
        '"x"',
        "'x' * 9",
        "[x for x in y]",
        "{x: y}",
        "x; y",
        "x if x else y",
        "x @ y",
        "x < y",
        "x and yield y",
        "await x",
        "print(x)",
        "torch.load(x)",
        "x\\ny",
        "x\0",
        "x # y",
        "`x`",
        "$(x)",
        "1_000",
        "1j + 2j.real",
        "２x",
        "ｅxp(x)",
    ],
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(ExpressionError):
        Expression(text)


# Python's own parser and numpy judge random expressions: + - * / ** and signs mean there what they mean here.
SMOOTH = {"sin": np.sin, "cos": np.cos, "tanh": np.tanh, "atan": np.arctan, "exp": np.exp, "sigmoid": sigmoid}
ALL = SMOOTH | {"abs": np.abs, "sqrt": np.sqrt, "log": np.log, "sinh": np.sinh, "relu": lambda z: np.maximum(z, 0)}
POINTS = {"x": np.array([-1.7, -0.6, 0.4, 0.9, 2.1]), "y": np.array([0.8, -1.3, 1.6, -0.5, 0.3])}


def trees(functions, powers):
    """Texts that are expressions here and in Python, some of them without brackets they could have."""
    leaves = st.sampled_from(["x", "y", "x", "y", "0.5", "2.0", "3.25", "1e-1"])

    def larger(smaller):
        return st.one_of(
            st.builds("{}{}{}".format, smaller, st.sampled_from([" + ", " - ", "*", "/"]), smaller),
            st.builds("({}){}({})".format, smaller, st.sampled_from("+-*/"), smaller),
            st.builds("{}({})".format, st.sampled_from(sorted(functions)), smaller),
            st.builds("(-{})".format, smaller),
            st.builds("-{}".format, smaller),
            st.builds("{}**{}".format, smaller, powers),
        )

    return st.recursive(leaves, larger, max_leaves=8)


def judged(text, points, functions, dtype=np.float64, errors="ignore"):
    """The values of ``text`` at ``points``, by Python's parser and numpy."""
    code = re.sub(r"\d+\.\d+|1e-1", r"number(\g<0>)", text)
    names = {name: values.astype(dtype) for name, values in points.items()}
    with np.errstate(all=errors):
        return np.broadcast_to(eval(code, {"number": dtype} | functions | names), points["x"].shape)


def well_conditioned(exact, rough):
    """Where single precision loses little, so that double precision differs by roundings alone."""
    with np.errstate(all="ignore"):
        return np.isfinite(exact) & (np.abs(rough - exact) <= 1e-4 * np.abs(exact))


@settings(max_examples=200, deadline=None)
@given(trees(ALL, powers=st.sampled_from(["2.0", "3.0", "-x", "-2.0**y", "0.5", "(y)", "x**2.0"])))
def test_random_expressions_have_the_value_that_python_and_numpy_give(text):
    exact, rough = judged(text, POINTS, ALL), judged(text, POINTS, ALL, np.float32)
    sure = well_conditioned(exact, rough)
    assume(sure.any())
    expression = Expression(text)
    value = expression.evaluate({name: torch.tensor(POINTS[name]) for name in expression.names}).numpy()
    np.testing.assert_allclose(np.broadcast_to(value, sure.shape)[sure], exact[sure], rtol=1e-12)


@settings(max_examples=150, deadline=None)
@given(trees(SMOOTH, powers=st.sampled_from(["2.0", "3.0"])), st.sampled_from("xy"))
def test_gradients_of_random_smooth_expressions_are_central_differences(text, name):
    def at(nudge, dtype=np.float64):
        return judged(text, POINTS | {name: POINTS[name] + nudge}, SMOOTH, dtype, errors="raise")

    try:
        value, rough = at(0), at(0, np.float32)
        fine, coarse = ((at(step) - at(-step)) / (2 * step) for step in (1e-5, 2e-5))
    except FloatingPointError:  # an overflow, or a hole in the domain
        reject()
    smooth = np.abs(fine - coarse) <= 1e-6 * (1 + np.abs(fine))
    # A large value drowns the difference in roundings.
    sure = well_conditioned(value, rough) & smooth & (np.abs(value) < 100)
    assume(sure.any())
    expression = Expression(text)
    # A name may stand only inside "exp"; then the expression doesn't hold it.
    assume(name in expression.names)
    tensors = {one: torch.tensor(values, requires_grad=True) for one, values in POINTS.items()}
    expression.evaluate(tensors).sum().backward()
    np.testing.assert_allclose(tensors[name].grad[sure], fine[sure], rtol=1e-4, atol=1e-5)


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text("xye12.+-*/^() _sinexpαπ\t\n"))
def test_any_text_is_an_expression_or_an_expression_error(text):
    one = torch.ones(1, dtype=torch.float64)
    # Any other exception fails the test.
    with contextlib.suppress(ExpressionError):
        expression = Expression(text)
        assert expression.evaluate(dict.fromkeys(expression.names, one)).numel() == 1


@settings(max_examples=100, deadline=None)
@given(st.text("xye12.+-*/^() _sin$é", max_size=20))
def test_the_column_of_an_error_lies_within_the_text_or_just_behind_it(text):
    text += " $"  # no expression
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert 1 <= error.value.column <= len(text)
