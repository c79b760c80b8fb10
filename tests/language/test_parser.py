"""What people type is understood as they mean it, and what is no expression gets a sentence that helps."""

import contextlib
import json
import math
import tracemalloc
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import Expression, ExpressionError, Function
from playground.language.parser import MAX_DEPTH, MAX_LENGTH, MAX_OPERANDS
from playground.language.ranges import MAX_COMPONENTS
from playground.language.tape import MAX_NODES
from tests.cases import each_case

X, Y = 0.7, 1.9
V = [1.0, 2.0, 3.0]


def value_of(text, names=None, **values):
    """The value of ``text``, by default at x = X, y = Y and v = V."""
    given_values = {"x": X, "y": Y, "v": V} | values
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in given_values.items()}
    value = Expression(text, names).evaluate(tensors)
    return value.item() if value.numel() == 1 else value.tolist()


@each_case("x", [-2.0, 0.3, 5.0])
@each_case(
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
        ("x // y", "x // y"),
        ("x % y", "x % y"),
        ("x ** 3", "x**3"),
        ("x ^ 3", "x**3"),
        ("x³", "x**3"),
        ("x⁻²", "x**-2"),
        ("x⁺¹⁰", "x**10"),
        ("y ** x", "y**x"),
        ("-x", "-x"),
        ("−x − y", "-x - y"),
        ("+x", "x"),
        ("3 / x", "3 / x"),
        ("2 ^ x", "2**x"),
        ("x\u00a0+\u00a0y", "x + y"),
        ("(x < y) + 0", "x < y"),
        ("(x <= 5)*y", "(x <= 5) * y"),
        ("(x ≥ 5)*y", "(x >= 5) * y"),
        ("(x == 5)*y", "(x == 5) * y"),
        ("(x ≠ 5)*y", "(x != 5) * y"),
        ("(0 < x < 1)*y", "(0 < x < 1) * y"),
        ("(x < 0 or x > 1 and y > 1)*y", "(x < 0 or x > 1 and y > 1) * y"),
        ("where(x > 1, y, -y)", "y if x > 1 else -y"),
    ],
)
def test_each_operator_is_pythons(text, python, x):
    assert value_of(text, x=x) == pytest.approx(float(eval(python, {"x": x, "y": Y})), rel=1e-14)


@each_case(
    ("text", "expected"),
    [
        ("-x^2", -(X**2)),
        ("-x²", -(X**2)),
        ("(-x)^2", X**2),
        ("2^3^2", 512),
        ("(2^3)^2", 64),
        ("2^x²", 2 ** (X**2)),
        ("e^-x", math.exp(-X)),
        ("e^-x^2", math.exp(-(X**2))),
        ("e²", math.exp(2)),
        ("2**-x**2", 2 ** (-(X**2))),
        ("1/2x", 0.5 * X),
        ("1/(2x)", 0.5 / X),
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
        ("√x y", math.sqrt(X) * Y),
        ("√(x y)", math.sqrt(X * Y)),
        ("√x²", X),
        ("∛8", 2),
        ("1e3x", 1000 * X),
        (".5x + 2.", 0.5 * X + 2),
        ("1.5e-2 + 2E+1", 20.015),
        ("x + (y > 1)", X + 1),
    ],
)
def test_operators_hold_as_tightly_as_in_mathematics(text, expected):
    assert value_of(text) == pytest.approx(expected, rel=1e-14)


@each_case(
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
        ("xyx", X * Y * X),
        ("2xy^2", 2 * X * Y**2),
        ("2pi x", 2 * math.pi * X),
        ("2πx", 2 * math.pi * X),
        ("pix", math.pi * X),
        ("x sin(y)", X * math.sin(Y)),
        ("xsin(y)", X * math.sin(Y)),
        ("2 xsin(y)", 2 * X * math.sin(Y)),
        ("sinx", math.sin(X)),
        ("xsinx", X * math.sin(X)),
        ("xyexpx", X * Y * math.exp(X)),
        ("sinpi", 0),
        ("2sin(x)cos(y)", 2 * math.sin(X) * math.cos(Y)),
        ("x|y|", X * Y),
        ("|x||y|", X * Y),
        ("|-x|y", X * Y),
        ("2|x-1|", 2 * (1 - X)),
        ("||x|-|y||", Y - X),
        ("x√y", X * math.sqrt(Y)),
        ("[x+1][y]", (X + 1) * Y),
    ],
)
def test_factors_side_by_side_are_a_product(text, expected):
    assert value_of(text) == pytest.approx(expected, rel=1e-14, abs=1e-15)


@each_case(
    ("text", "expected"),
    [
        ("sin x", math.sin(X)),
        ("sin 2x", math.sin(2 * X)),
        ("sin 2 x y", math.sin(2 * X * Y)),
        ("sin xy", math.sin(X * Y)),
        ("sin x + 1", math.sin(X) + 1),
        ("sin x cos y", math.sin(X) * math.cos(Y)),
        ("sin x^2", math.sin(X**2)),
        ("sin -x", math.sin(-X)),
        ("sin(x)y", math.sin(X) * Y),
        ("sin|x|", math.sin(X)),
        ("sin²x", math.sin(X) ** 2),
        ("sin^2 x", math.sin(X) ** 2),
        ("sin^2(x)", math.sin(X) ** 2),
        ("sin²(x)+cos²(x)", 1),
        ("sin^-1(x)", math.asin(X)),
        ("sin⁻¹(x)", math.asin(X)),
        ("tanh^-1 x", math.atanh(X)),
        ("sin^-2(x)", math.sin(X) ** -2),
        ("exp[-x*y]", math.exp(-X * Y)),
        ("ln x", math.log(X)),
        ("Sin(x) + EXP(x)", math.sin(X) + math.exp(X)),
        ("log(x)", math.log(X)),
    ],
)
def test_functions_are_understood_as_they_are_written(text, expected):
    assert value_of(text) == pytest.approx(expected, rel=1e-14)


@each_case(
    ("text", "expected"),
    [
        ("sum(v**2)", 14),
        ("sum(v)^2", 36),
        ("mean v", 2),
        ("v[0] + 10v[2]", 31),
        ("v[0]^2", 1),
        ("dot(v, [1, 0, 2])", 7),
        ("norm([3, 4])", 5),
        ("max(v) - min(v)", 2),
        ("max([x, y, 1])", Y),
        ("sum([x, y]*[2, 3])", 2 * X + 3 * Y),
        ("x[v]", [X * one for one in V]),
        ("sum(v[i]**2 for i in range(3))", 14),
        ("sum(i v[i] for i in range(1, 3))", 8),
        ("sum(100(v[i+1]-v[i]^2)^2 + (1-v[i])^2 for i in range(2))", 201),
        ("prod(cos(v[i]/sqrt(i+1)) for i in range(3))", math.prod(math.cos(V[i] / math.sqrt(i + 1)) for i in range(3))),
        ("sum(sum((i-j) v[j] for j in range(2)) for i in range(2))", -1),
        ("sum(xyi for i in range(-2, 4))", 3 * X * Y),
        ("sum²(v[i] for i in range(2)) + i", 9 + 100),
        ("1 - sum(v[2*i] for i in range(2))/2", -1),
    ],
)
def test_vectors_and_sums_over_an_index(text, expected):
    assert value_of(text, i=100.0) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("text", ["y = x^2", "f(x) = x^2", "f(x, y) = x^2", "g(x)=x²", "z = x^2", "L = x^2"])
def test_what_stands_left_of_an_equals_sign_is_passed_over(text):
    assert Expression(text).nodes == Expression("x^2").nodes


@each_case(
    ("text", "names", "variables"),
    [
        ("y + x", None, ("y", "x")),
        ("b - x*a + b", None, ("b", "x", "a")),
        ("2^c^a", None, ("c", "a")),
        ("w_1 x + w_2", None, ("w_1", "x", "w_2")),
        ("slope_a x", None, ("slope_a", "x")),
        ("alpha*x1 + lambda", None, ("alpha", "x1", "lambda")),
        ("x₁ + x₂", None, ("x1", "x2")),
        ("θx", None, ("θ", "x")),
        ("abx", None, ("a", "b", "x")),
        ("ax+b", None, ("a", "x", "b")),
        ("E + x", None, ("E", "x")),
        ("xy + 2", ["x", "y"], ("x", "y")),
        ("xy + 2", ["y", "x", "z"], ("x", "y")),
        ("xy + 2", ["xy"], ("xy",)),
        ("xxyyxy + 2", ["x", "y"], ("x", "y")),
        ("e + x", ["e", "x"], ("e", "x")),
        ("sin + x", ["sin", "x"], ("sin", "x")),
        ("sin(x)", ["sin", "x"], ("sin", "x")),
        ("f(x - 1)", None, ("f", "x")),
        ("speed * time", ["time", "speed"], ("speed", "time")),
        ("x_1x_2 + x_12", None, ("x_1", "x_2", "x_12")),
        ("a_1x + x_1sin(x)", None, ("a_1", "x", "x_1")),
        ("thetax + alpha1", None, ("theta", "x", "alpha1")),
        ("θ + ϑ + µ + μ", None, ("θ", "μ")),
        ("Asin(bx)", None, ("A", "b", "x")),
        ("pi + e", None, ()),
        ("0x", None, ("x",)),
    ],
)
def test_names_stand_in_order_of_first_appearance(text, names, variables):
    assert Expression(text, names).names == variables


def test_a_name_allowed_hides_the_constant_or_function_of_that_name():
    assert value_of("e*x", names=["e", "x"], e=10.0) == pytest.approx(10 * X)
    assert value_of("sin(x)", names=["sin", "x"], sin=10.0) == pytest.approx(10 * X)


@pytest.mark.parametrize(
    ("text", "operations"),
    [
        ("sin(x) + sin(x)", ["name", "sin", "+"]),
        ("(x+1)*(x+1)", ["name", "number", "+", "*"]),
        ("2x + 2*x", ["number", "name", "*", "+"]),
        ("x*y + y*x", ["name", "name", "*", "*", "+"]),
        ("sum(x**2 + 0i for i in range(1, 2))", ["name", "number", "**", "number", "number", "*", "+"]),
    ],
)
def test_repeated_subtrees_stand_once_on_the_tape(text, operations):
    assert [node.operation for node in Expression(text).nodes] == operations


@pytest.mark.parametrize("text", ["sin(x*y) + 2^x - exp(2)/y", "x(x-1)(x-2)", "sum(x[i]*y[i+1] for i in range(3))"])
def test_a_node_works_only_on_nodes_before_it(text):
    for position, node in enumerate(Expression(text).nodes):
        assert all(argument < position for argument in node.arguments)


# ---- Limits.


def test_the_longest_text_allowed_is_read_and_one_character_more_is_not():
    assert Expression("x".ljust(MAX_LENGTH)).names == ("x",)
    with pytest.raises(ExpressionError, match="has 1,001 characters: at most 1,000 are allowed"):
        Expression("x".ljust(MAX_LENGTH + 1))


def test_the_most_nodes_allowed_are_read_and_one_more_is_not():
    most = "x" + "+x" * (MAX_NODES - 1)
    assert len(Expression(most).nodes) == MAX_NODES
    with pytest.raises(ExpressionError, match=f"more than {MAX_NODES} operations"):
        Expression(most + "+x")


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("(", ")"), ("[", "]"), ("|", "|"), ("-", ""), ("√", ""), ("sin(", ")"), ("sin ", ""), ("x^", ""), ("x(", ")")],
    ids="( [ | - √ sin( sin x^ x(".split(),
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


def test_vectors_have_at_most_so_many_components():
    assert value_of(f"sum([{','.join(['x'] * MAX_COMPONENTS)}])") == pytest.approx(MAX_COMPONENTS * X)
    with pytest.raises(ExpressionError, match=f"has {MAX_COMPONENTS + 1} components"):
        Expression(f"sum([{','.join(['x'] * (MAX_COMPONENTS + 1))}])")
    assert Expression(f"v[{MAX_COMPONENTS - 1}]").components == {"v": MAX_COMPONENTS}
    with pytest.raises(ExpressionError, match=f"counted from 0 to {MAX_COMPONENTS - 1}"):
        Expression(f"v[{MAX_COMPONENTS}]")


def test_nested_sums_are_written_out_to_a_limit():
    assert value_of("sum(sum(x + 0i j for i in range(10)) for j in range(10))") == pytest.approx(100 * X)
    bomb = "x"
    for index in "ijk":
        bomb = f"sum({bomb} + {index} for {index} in range(40))"
    with pytest.raises(ExpressionError, match="written out, these sums are too long"):
        Expression(bomb)
    assert MAX_OPERANDS < 40**3


# ---- What is wrong.


@each_case(
    ("text", "column", "sentence"),
    [
        ("", 1, "there is no text: type an expression, for example a*x + b"),
        ("   ", 4, "there is no text"),
        ("y =", 4, "there is no text"),
        ("x +", 4, "something is missing after '+'"),
        ("x ** ", 6, "something is missing after '**'"),
        ("x +* y", 4, "something is missing between '+' and '*'"),
        ("x ^/ y", 4, "something is missing between '^' and '/'"),
        ("*x", 1, "a number or a name is missing before '*'"),
        ("(x+)", 4, "something is missing after '+'"),
        ("sin(x*)", 7, "something is missing after '*'"),
        ("sin(", 5, "something is missing after '('"),
        ("(x + 1", 1, "this ( is never closed: add a )"),
        ("2*sin(x", 6, "this ( is never closed: add a )"),
        ("|x + 1", 1, "this | is never closed: add a |"),
        ("[x + 1", 1, "this [ is never closed: add a ]"),
        ("x + 1)", 6, "this ) closes no bracket"),
        (")", 1, "this ) closes no bracket"),
        ("(x]", 3, "this ] doesn't match ("),
        ("()", 1, "these brackets are empty"),
        ("2 3", 3, "an operator is missing between '2' and '3'"),
        ("1.2.3", 4, "an operator is missing between '1.2' and '.3'"),
        ("x + x2 3", 8, "an operator is missing between 'x2' and '3'"),
        ("(x)2", 4, "an operator is missing between ')' and '2'"),
        ("2,5x", 2, "numbers are written with a point: 2.5"),
        ("1,000x", 2, "numbers are written with a point: 1.000, or 1000 if thousands are meant"),
        ("1.234,5", 6, "numbers are written with a point, and without one between thousands: 1234.5"),
        ("1,234.5x", 2, "numbers are written without a comma between thousands: 1234.5"),
        ("1.5,2.5", 4, "a comma stands only between the arguments of a function"),
        ("1e3,5", 4, "a comma stands only between the arguments of a function"),
        ("x and y > 0", 1, "'and' wants a comparison here, such as x > 0"),
        ("not x > 0", 1, "'not' can't be used here: write the opposite comparison, such as x <= 0"),
        ("sin\u2061x", 4, "an invisible character (U+2061) stands here: delete it"),
        ("2{x}", 2, "'{' can't be used here: write 2(x)"),
        ("log(x, 2, 3)", 4, "log takes 1 argument, not 3"),
        ("[]", 1, "these brackets are empty"),
        ("½x", 1, "'½' can't be used in an expression: did you mean '1/2'?"),
        ("x⁻y", 2, "'⁻' can't be used in an expression"),
        ("[1, 2][0]", 7, "only a variable has components, such as x[0]"),
        ("(x + y)[0]", 8, "only a variable has components, such as x[0]"),
        ("x[-1]", 3, "x[-1] is no component: they are counted from 0 to 99 at most"),
        ("sum(x[i/2] for i in range(3))", 7, "a component's place is made of whole numbers and the index by + - *"),
        ("sum(x_i for i in range(3))", 5, "the index 'i' isn't in what is summed: write x[i] for a component"),
        ("log_2(x)", 1, "unknown function 'log_2': did you mean 'log2'?"),
        ("sinc(x)", 1, "there is no sinc: write sin(x)/x, or sin(pi*x)/(pi*x) for numpy's"),
        ("x, y", 2, "a comma stands only between the arguments of a function"),
        ("x = 3", 3, "an equation is no function: type only one side of it, or == to compare"),
        ("x = y = 3", 3, "an equation is no function"),
        ("x > 1", 1, "this comparison is true or false, and a number is needed: write where(x > 0, 1, 0), for example"),
        ("where(x, 1, 2)", 7, "'where' wants a comparison here, such as x > 0"),
        ("1 + sin", 5, "'sin' is a function: write sin(…)"),
        ("sin + 1", 1, "'sin' is a function: write sin(…)"),
        ("atan2 x", 1, "'atan2' is a function: write atan2(y, x)"),
        ("a if x > b", 3, "'if' is a function: write where(x > 0, a, b)"),
        ("log^-1(x)", 1, "'log^-1' can be read in two ways: write 1/log(x)"),
        ("sin^x(y)", 5, "after 'sin^' a whole number is expected, such as sin^2(x)"),
        ("2 + sin()", 8, "sin takes 1 argument, not 0"),
        ("exp(x, y)", 4, "exp takes 1 argument, not 2"),
        ("atan2(x)", 6, "atan2 takes 2 arguments, not 1"),
        ("clamp(x)", 6, "clamp takes 3 arguments, not 1"),
        ("elu(x, 1, 2)", 4, "elu takes 1 to 2 arguments, not 3"),
        ("piecewise(x > 0, 1)", 10, "piecewise takes at least 3 arguments, not 2"),
        ("piecewise(x > 0, 1, x > 1, 2)", 1, "piecewise takes condition, value, …, and at the end the value otherwise"),
        ("x + sine(y)", 5, "unknown function 'sine': did you mean 'sin'?"),
        ("x + foobar(y)", 5, "unknown function 'foobar'"),
        ("x + abcd", 5, "unknown name 'abcd': variables are single letters, such as x, or have an underscore"),
        ("2 alpah", 3, "unknown name 'alpah': did you mean 'alpha'?"),
        *(
            (f"{word} + x", 1, f"unknown name '{word}'")
            for word in ("cosine", "sine", "sinus", "minus", "product", "logit")
        ),
        ("np.sine(x)", 3, "there is no np.sine here: did you mean 'sin'?"),
        ("torch.load(x)", 6, "there is no torch.load here"),
        ("2 + lambda x: x", 13, "':' can't be used here: type the formula alone, without what stands before the ':'"),
        ("`x`", 1, "'`' can't be used here: type it plainly, without `"),
        ("x.y", 2, "there is no .y here: write functions as sin(x), and x.pow(2) as x^2"),
        ("x $ y", 3, "'$' can't be used here: type it plainly, without $"),
        ("\\href{x}{y}", 2, "'\\href' can't be used here: write numbers, names and functions alone"),
        ("2 × é", 5, "'é' can't be used in an expression"),
        ("'x'", 1, "''' can't be used here"),
        ("x'", 2, "''' can't be used here: type the function alone, its derivative is computed"),
        ("_x", 1, "'_' can't be used here: a name begins with a letter"),
        ("x!", 2, "'!' can't be used here: there is no factorial"),
        ("ｘ + 1", 1, "'ｘ' can't be used in an expression: did you mean 'x'?"),
        ("x\u200b + 1", 2, "an invisible character (U+200B) stands here: delete it"),
        ("∑ x", 1, "'∑' can't be used here: write sum(x**2) over a vector, or sum(x[i]**2 for i in range(3))"),
        ("x for x in y", 3, "'for' stands in sums and products alone: write sum(x[i]**2 for i in range(3))"),
        ("sum(x for i in y)", 7, "after 'for' write an index and 1 to 100 whole numbers, such as for i in range(3)"),
        ("sum(x for i in range(0))", 7, "after 'for' write an index and 1 to 100 whole numbers"),
        ("sum(x for i in range(10**9))", 7, "after 'for' write an index and 1 to 100 whole numbers"),
        ("sum(x for pi in range(3))", 11, "'pi' can't be an index: use a letter such as i"),
        ("sum(x for i in range(3)", 4, "this ( is never closed: add a )"),
        ("sum(x[i-1] for i in range(3))", 7, "x[-1] is no component: they are counted from 0 to 99 at most"),
        ("sum(x, y for i in range(2))", 6, "a comma stands only between the arguments of a function"),
        ("1e999 x", 1, "this number is too large: at most 1.8e308 fits"),
        ("x + " + "q_" * 20, 5, "this name is longer than 30 characters"),
    ],
)
def test_an_error_says_where_what_and_what_to_do(text, column, sentence):
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert sentence in str(error.value)
    assert error.value.column == column


@pytest.mark.parametrize(
    ("text", "names", "column", "sentence"),
    [
        ("x + z", ["x", "y"], 5, "unknown name 'z': this function may use x and y"),
        ("x + z", ["x"], 5, "unknown name 'z': this function may use x"),
        ("x", [], 1, "unknown name 'x': only numbers may stand here"),
        ("2X", ["x", "y"], 2, "unknown name 'X': did you mean 'x'?"),
        ("sped + 1", ["speed", "time"], 1, "unknown name 'sped': did you mean 'speed'?"),
    ],
)
def test_only_the_names_allowed_may_be_variables(text, names, column, sentence):
    with pytest.raises(ExpressionError) as error:
        Expression(text, names)
    assert str(error.value) == sentence
    assert error.value.column == column


@pytest.mark.parametrize("names", [5, [1, 2], [None]])
def test_names_that_are_no_texts_are_refused(names):
    with pytest.raises(ExpressionError, match="names= must be texts"):
        Expression("x", names)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("a*x + foo(x)", "a*x + foo(x)\n      ^"),
        ("x +", "x +\n   ^"),
        ("x + \u202e\u0301\n$", "x + \ufffd\ufffd\ufffd$\n    ^"),
        ("1 + 2 + 3 + 4 + foo(x) + 5 + 6", "… + 4 + foo(x) …\n        ^"),
        ("1 + 2 + 3 + 4 + 5 + 6 + 7 $", "… + 5 + 6 + 7 $\n              ^"),
    ],
)
def test_a_caret_points_at_the_column(text, pointer):
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert error.value.pointer(16) == pointer


def test_an_error_brings_its_caret_along_in_a_notebook():
    with pytest.raises(ExpressionError) as error:
        Expression("a*x + foo(x)")
    assert error.value.__notes__ == ["a*x + foo(x)\n      ^"]


# ---- Strangers.

CASES = [json.loads(line) for line in (Path(__file__).parent / "expressions.jsonl").read_text().splitlines()]
LEGITIMATE = [case for case in CASES if case["expect"] == "accept"]
REFUSED = [case for case in CASES if case["expect"] == "reject"]
HUGE = [
    *(
        f"{opening * 5000}x{closing * 5000}"
        for opening, closing in ("()", "[]", "||", ("sin(", ")"), ("-", ""), ("x^", ""))
    ),
    *(
        "+".join("x" * 50_000),
        "1" * 100_000,
        " " * 100_000,
        "x" + " " * 100_000,
        "a" * 50_000,
        "1e" * 2000,
        "x_" * 2000,
    ),
    *(
        "1.1." * 1000,
        f"[{'x,' * 10_000}x]",
        "|" * 999,
        "(" * 999,
        "^" * 999,
        "x!" * 400,
        "f(" * 499,
        "sin " * 249 + "x",
    ),
    *("xsin" * 249 + "x", "abc" * 333, "a" * 999, "_" * 999, "for " * 249, "sum(x for i in range(9)" * 40, "²" * 999),
    *(
        "x" + "^9" * 499,
        "9" + "**9" * 300,
        "x" + "**x" * 300,
        "1e308*" * 160 + "1",
        "=" * 999,
        "x=" * 499,
        "f(x)=" * 199,
    ),
]
MORE_HOSTILE = [
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__.__mro__",
    "__import__('os').system('true')",
    "import os",
    "open('file', 'w')",
    "eval(x)",
    'exec("x")',
    "getattr(x, y)",
    "lambda x: x.__class__",
    "(x := 3)",
    'f"{x}"',
    "[x for x in y]",
    "sum(__import__('os') for i in range(3))",
    "sum(x.__class__ for i in range(3))",
    "sum(x for i in range(3) if x)",
    "sum(x for __i in range(3))",
    "{x: y}",
    "x if x else y",
    "await x",
    "torch.load(x)",
    "x\\ny",
    "x\0",
    "x # y",
    "`x`",
    "$(x)",
    "${x}",
    "{{x}}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\\href{javascript:alert(1)}{x}",
    "![x](http://example.org)",
    "1_000",
    "1j + 2j.real",
    "２x",
    "ｅxp(x)",
]


@each_case("case", LEGITIMATE, ids=lambda case: case["text"])
def test_what_is_legitimate_has_its_value_and_a_gradient_of_finite_differences(case):
    variables = {name: torch.tensor(case["at"][name], dtype=torch.float64) for name in case["names"]}
    sizes = {name: len(one) for name, one in variables.items() if one.ndim}
    function = Function(case["text"], case["names"], sizes)
    used = [variables[name].reshape(-1) for name in function.expression.names]
    theta = torch.cat(used) if used else torch.zeros(0, dtype=torch.float64)
    assert function.loss(theta).item() == pytest.approx(case["value"], rel=1e-12, abs=1e-12)
    for i, slope in enumerate(function.gradient(theta).tolist()):
        nudge = torch.zeros_like(theta)
        nudge[i] = 1e-6
        rise = function.loss(theta + nudge) - function.loss(theta - nudge)
        assert slope == pytest.approx(rise.item() / 2e-6, rel=1e-6, abs=1e-6)


@each_case("text", [*(case["text"] for case in REFUSED), *MORE_HOSTILE])
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(ExpressionError):
        Expression(text, ["x", "y"])


@each_case(
    "text",
    [*(case["text"] for case in CASES), *MORE_HOSTILE, *HUGE],
    ids=lambda text: f"{text[:20]!a} {len(text)}",
)
def test_nothing_that_is_typed_takes_much_memory(text):
    tracemalloc.start()
    with contextlib.suppress(ExpressionError):
        expression = Expression(text)
        expression.evaluate(dict.fromkeys(expression.names, torch.ones(100, dtype=torch.float64)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6


WORDS = "x y 2 .5 sin exp sum where max ( ) [ ] | + - * / ^ ** < == and , for i in range pi e x[ ² √ = f(x) y=".split()


@given(
    st.text() | st.text("xyeifnors12.+-*/^()[]|<>=, _sinexpαπ²\t\n") | st.lists(st.sampled_from(WORDS)).map(" ".join)
)
def test_any_text_is_an_expression_or_an_expression_error(text):
    one = torch.ones(3, dtype=torch.float64)
    # Any other exception fails the test.
    with contextlib.suppress(ExpressionError):
        expression = Expression(text)
        expression.evaluate(dict.fromkeys(expression.names, one))


@given(st.text("xye12.+-*/^() _sin$é", max_size=20))
def test_the_column_of_an_error_lies_within_the_text_or_just_behind_it(text):
    text += " $"  # no expression
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert 1 <= error.value.column <= len(text)
