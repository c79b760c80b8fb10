"""An expression written out means what it was: read back, run as Python, or differentiated by sympy."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import Expression, Function, InputError
from playground.language.printing import name_to_latex, to_latex, to_text
from playground.language.source import to_source
from playground.language.symbolic import MAX_DERIVATIVE_NODES, derivative_to_latex, to_sympy
from tests.cases import each_case
from tests.language.test_parser import LEGITIMATE
from tests.language.trees import POINTS, ROUGH, SMOOTH, samples

MORE = [
    "-(-x)",
    "-(x*y)^2",
    "(-x)^2",
    "(x^2)^3",
    "x^(2^3)",
    "2^-x",
    "-2^x",
    "(x - y) - 1",
    "x - (y - 1)",
    "x/(y/2)",
    "x/y/2",
    "(x*y)/(2*x)",
    "x//y % 2",
    "-(x // 2)",
    "(x < y) + (x > 0 or y > 0 and x < 1)*2",
    "((x > 0 or y > 0) and x < 1)*y",
    "(1 < x <= y)*x",
    "where(x == y, 1, where(x != 0, 2, 3))",
    "piecewise(x < 0, -1, x > 1, 1, x)",
    "exp(-x)^2",
    "e^(x^2)",
    "|x|^2 + ||x| - 1|",
    "√x + ∛y",
    "elu(x, 0.3) + leaky_relu(y)",
    "max(x, y, 1) + min(x, 0)",
    "1e300x + 1e-300y + 123456789012345678x",
    "sum([x, y, 1]*[3, 2, 1])",
    "dot([x, y], [1, 2])",
    "sum(v**2) + v[2]/mean(v) + max(v)",
    "norm(v - [1, 2, 3])",
    "sum(i v[i]^2 for i in range(-1, 3) )".replace("v[i]", "v[i+1]").replace("range(-1, 3)", "range(-1, 2)"),
    "lambda + f + torch_1".replace("torch_1", "t_1"),
    "tau x + pi",
    "round(x) + floor(y) + sec(x)",
]
TEXTS = [*(case["text"] for case in LEGITIMATE), *MORE]
VARIABLES = POINTS | dict.fromkeys(("a", "b", "c", "w", "f", "t_1", "lambda"), POINTS["x"])


def variables_of(expression):
    """Each variable five times, with its components on the last axis."""
    several = dict.fromkeys(("v", *expression.components), 3) if expression.reduces else {}
    return {
        name: torch.tensor(VARIABLES.get(name, POINTS["y"])).unsqueeze(-1) * torch.arange(1, 1 + several.get(name, 1))
        for name in expression.names
    }


def run(source, expression, variables):
    names = {}
    exec(source, names)
    return names["f"](*(variables[name] for name in expression.names))


def reads_back(expression):
    text = to_text(expression)
    again = Expression(text, expression.names)
    assert again.nodes == expression.nodes, text
    assert to_text(again) == text


def gives_the_same_bits(expression):
    variables = variables_of(expression)
    source = to_source(expression)
    ours, theirs = expression.evaluate(variables), run(source, expression, variables)
    assert torch.equal(ours.nan_to_num(nan=7.0), theirs.nan_to_num(nan=7.0)), source
    assert ours.dtype == theirs.dtype


LATEX_COMMANDS = set(
    r"\frac \left \right \lfloor \rfloor \cdot \bmod \le \ge \ne \text \ln \log \sqrt \operatorname \sin \cos \tan"
    r" \sinh \cosh \tanh \sec \csc \cot \arcsin \arccos \arctan \sigma \max \min \begin \end \textstyle \sum \prod"
    r" \lVert \rVert \pi \tau \mathrm \theta \alpha \lambda".split()
)


def is_plain_latex(latex):
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    assert set(re.findall(r"\\[a-zA-Z]+", latex)) <= LATEX_COMMANDS, latex
    assert re.fullmatch(r"[-\w\s\\{}()\[\]|+<>=&.,^!]*", latex), latex


@each_case("text", TEXTS)
def test_each_format_of_what_people_type(text):
    expression = Expression(text)
    reads_back(expression)
    gives_the_same_bits(expression)
    is_plain_latex(to_latex(expression))


@given(samples(SMOOTH | ROUGH))
def test_random_expressions_are_written_so_that_they_read_back(sample):
    reads_back(Expression(sample.text))


@given(samples(SMOOTH | ROUGH))
def test_random_expressions_have_source_that_evaluates_to_the_same_bits(sample):
    gives_the_same_bits(Expression(sample.text))


@given(samples(SMOOTH | ROUGH))
def test_random_expressions_can_be_typeset(sample):
    is_plain_latex(to_latex(Expression(sample.text)))


@each_case(
    ("text", "latex"),
    [
        ("a*x + b", r"a \, x + b"),
        ("2x^2", r"2 \, {x}^{2}"),
        ("(x+1)^2/y", r"\frac{{\left(x + 1\right)}^{2}}{y}"),
        ("x*2", r"x \cdot 2"),
        ("-x - (-y)", r"-x - \left(-y\right)"),
        ("e^(-x)", "e^{-x}"),
        ("sqrt(x) + |y|", r"\sqrt{x} + \left|y\right|"),
        ("w_1 alpha", r"w_{1} \, \alpha"),
        ("1e-7", r"1 \cdot 10^{-7}"),
        ("3(4/5)", r"3 \cdot \frac{4}{5}"),
        ("x_1[0]", r"{x_{1}}_{[0]}"),
        ("x - mod(x, y)", r"x - \left(x \bmod y\right)"),
        ("x*y % z", r"\left(x \, y\right) \bmod z"),
    ],
)
def test_latex_is_as_a_book_has_it(text, latex):
    assert to_latex(Expression(text)) == latex


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("x1", "x_{1}"),
        ("w_1", "w_{1}"),
        ("w_out", r"w_{\mathrm{out}}"),
        ("slope_a", r"\mathrm{slope}_{a}"),
        ("alpha", r"\alpha"),
        ("α", r"\alpha"),
        ("θ2", r"\theta_{2}"),
        ("a_b_c", r"a_{\mathrm{b,c}}"),
    ],
)
def test_names_are_typeset_with_their_index(name, latex):
    assert name_to_latex(name) == latex


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("f + f_", ["f", "f_"]),
        ("sum([vector, 1])", ["vector"]),
        ("softplus(x) + softplus_y", ["x", "softplus_y"]),
        ("torch*math + lambda", ["torch", "math", "lambda"]),
        ("x/(0*-1) + (-0)x", None),
        ("x*sum([1/0, -1/0, 0/0, 2])", None),
    ],
)
def test_names_and_odd_numbers_leave_the_source_what_it_was(text, names):
    expression = Expression(text, names)
    variables = {name: torch.tensor([0.5 + i, -1.0]).double() for i, name in enumerate(expression.names)}
    ours, theirs = expression.evaluate(variables), run(to_source(expression), expression, variables)
    assert torch.equal(ours.nan_to_num(nan=7.0), theirs.nan_to_num(nan=7.0))
    known = ~ours.isnan()  # whose sign means nothing
    assert torch.equal(ours[known].signbit(), theirs[known].signbit())


def test_source_is_what_a_person_would_write():
    assert to_source(Expression("(1-x)**2 + 100*(y-x**2)**2")) == (
        "import torch\n\n\ndef f(x, y):\n    return (1 - x) ** 2 + 100 * (y - x ** 2) ** 2\n"
    )


@pytest.mark.parametrize(
    ("text", "by", "latex"),
    [
        ("x**2", "x", "2 x"),
        ("a*x + b", "a", "x"),
        ("a*x + b", "b", "1"),
        ("sin(x y)", "x", r"y \cos{\left(x y \right)}"),
        ("e^(-b x)", "b", "- x e^{- b x}"),
        ("floor(3)*x", "x", "3"),
        ("sum(v**2)", "v2", "2 v_{2}"),
        ("sign(x)*y", "x", "0"),
    ],
)
def test_the_derivative_is_typeset(text, by, latex):
    expression = Expression(text)
    sizes = {"v": 3} if "v" in expression.names else {}
    assert derivative_to_latex(expression, by, sizes) == latex


@pytest.mark.parametrize(
    "text", ["x^2 y + sin(x)/(1 + y^2)", "exp(-x^2) tanh(x y)", "sum(v[i]^(i+1) for i in range(3))"]
)
def test_sympys_derivative_has_torchs_value(text):
    function = Function(text)
    theta = torch.tensor([0.7, -1.2, 0.4][: len(function.parameters)], dtype=torch.float64)
    formula, symbols = to_sympy(function.expression)
    at = {symbols[name]: value for name, value in zip(function.parameters, theta.tolist(), strict=True)}
    slopes = [float(formula.diff(symbols[name]).subs(at)) for name in function.parameters]
    assert slopes == pytest.approx(function.gradient(theta).tolist(), rel=1e-12)


@each_case(
    ("text", "by", "reason"),
    [
        ("x + 1", "y", "'y' is no variable"),
        ("round(x)", "x", "'round' has no formula"),
        ("[x, 2]", "x", "the value is a vector"),
        ("x/0", "x", "no formula for its derivative here"),
        ("x*(0/0)", "x", "no formula for its derivative here"),
        ("x**(1/0)", "x", "no formula"),
        *((f"{tower}*x", "x", "no finite value") for tower in ("9**9**9", "123456789^123456789", "exp(exp(exp(9)))")),
        ("where(9^9^9^9 > 8^8^8^8, x, 1)", "x", "no finite value"),
        ("((((2x)^100)^100)^100)^100", "x", "too long to show"),
        ("clamp(clamp(clamp(clamp(x,1,2),y,3),x,4),x,y)", "x", "too long to show"),
        ("+".join(f"sin({i}x)" for i in range(40)), "x", "too long to show"),
        ("*".join(f"sin({i}+x)" for i in range(18)), "x", "too long to show"),
    ],
)
def test_where_there_is_no_derivative_to_show_a_sentence_says_why(text, by, reason):
    with pytest.raises(InputError, match=reason):
        derivative_to_latex(Expression(text), by)


def test_a_derivative_is_not_tried_on_more_nodes_than_it_can_take():
    longest = "+".join(["x"] * MAX_DERIVATIVE_NODES)
    assert derivative_to_latex(Expression(longest), "x") == str(MAX_DERIVATIVE_NODES)
    with pytest.raises(InputError, match="too long to show"):
        derivative_to_latex(Expression(longest + "+x"), "x")


@given(samples(SMOOTH | ROUGH), st.sampled_from(sorted(POINTS)))
def test_random_derivatives_are_typeset_or_refused_in_a_sentence(sample, name):
    expression = Expression(sample.text)
    try:
        latex = derivative_to_latex(expression, name)
    except InputError:
        return
    assert latex.count("{") == latex.count("}")
    assert "nan" not in latex
