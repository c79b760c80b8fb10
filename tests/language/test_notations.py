"""Formulas as other tools write them are read as those tools compute them, or refused with what to write instead."""

import math

import pytest
import torch

from playground import Expression, ExpressionError
from playground.language.printing import to_text
from tests.cases import each_case

X, Y, A, B = 0.7, 1.9, 1.3, 0.4


def value_of(text):
    values = {"x": X, "y": Y, "a": A, "b": B, "t": 0.5, "tau": 2.0, "τ": 2.0}
    expression = Expression(text)
    return expression.evaluate(
        {name: torch.tensor(values[name], dtype=torch.float64) for name in expression.names}
    ).item()


READ = [
    # numpy, math, torch, TensorFlow
    ("np.maximum(0, x - 1)", 0),
    ("np.minimum(x, 0.1)", 0.1),
    ("torch.where(x > 0, x, 0.1*x)", X),
    ("np.where(x > 1, x, 0.1*x)", 0.1 * X),
    ("torch.clamp(x, min=1)", 1),
    ("torch.clamp(x, max=0.5)", 0.5),
    ("torch.clamp(x, min=0, max=0.5)", 0.5),
    ("np.clip(x, a_min=0, a_max=0.25)", 0.25),
    ("x.clamp(min=1)", 1),
    ("x.pow(2)", X**2),
    ("2*x.pow(2) - x.sin()", 2 * X**2 - math.sin(X)),
    ("-x.exp()", -math.exp(X)),
    ("(x**2).sum()", X**2),
    ("(x - 3).pow(2).mean()", (X - 3) ** 2),
    ("torch.sum(x**2, dim=0)", X**2),
    ("tf.reduce_sum(tf.square(x))", X**2),
    ("F.leaky_relu(-x, negative_slope=0.2)", -0.2 * X),
    ("torch.nn.functional.relu(-x)", 0),
    ("np.exp(-x**2/2)/np.sqrt(2*np.pi)", math.exp(-(X**2) / 2) / math.sqrt(2 * math.pi)),
    ("math.e**x", math.exp(X)),
    ("math.log(x, 2)", math.log(X, 2)),
    ("math.hypot(x, y)", math.hypot(X, Y)),
    # Python
    ("def f(x): return x**2", X**2),
    ("def f(x: float) -> float:\n    return x**2", X**2),
    ("lambda x: x**2", X**2),
    ("f = lambda x, y: x*y", X * Y),
    ("x**2 if x > 1 else -x", -X),
    ("2*(x if x > 0 else 0) + 1", 2 * X + 1),
    ("1 if x > 1 else 2 if x > 0.5 else 3", 2),
    # C and JavaScript
    ("pow(x, 2)", X**2),
    ("pow(-x, 2)", X**2),
    ("-pow(x, y + 1)", -(X ** (Y + 1))),
    ("2/pow(x, 2)", 2 / X**2),
    ("pow(pow(x, 2), 3)", X**6),
    ("powf(x, 2.0f) + expf(-x)", X**2 + math.exp(-X)),
    ("std::pow(x, 2)", X**2),
    ("fmax(x, 1)", 1),
    ("M_PI*x", math.pi * X),
    ("Math.pow(x, 2) + Math.PI", X**2 + math.pi),
    ("x => x*x", X**2),
    ("const f = (x, y) => x*y;", X * Y),
    ("function f(x) { return x*x; }", X**2),
    ("double f(double x) { return pow(x, 2); }", X**2),
    ("x > 1 ? x : y", Y),
    # Matlab and Julia
    ("x.^2 + y.^2", X**2 + Y**2),
    ("x.*y./2", X * Y / 2),
    ("f = @(x, y) (1-x).^2 + 100*(y-x.^2).^2;", (1 - X) ** 2 + 100 * (Y - X**2) ** 2),
    ("x -> x^2", X**2),
    # LaTeX
    (r"\frac{1}{2}x^2", X**2 / 2),
    (r"\frac12 x^2", X**2 / 2),
    (r"1/\frac{x}{y}", Y / X),
    (r"\frac{\frac{1}{x}}{1+\sqrt{y}}", 1 / X / (1 + math.sqrt(Y))),
    (r"\sqrt[3]{x}", X ** (1 / 3)),
    (r"$y = (x-5)^2$", (X - 5) ** 2),
    (r"\(x^{2}\)", X**2),
    (r"\exp\left(-\frac{x^{2}}{2}\right)", math.exp(-(X**2) / 2)),
    (r"\mathrm{e}^{-x}", math.exp(-X)),
    (r"\log_{10}(x) + \log_2 x", math.log10(X) + math.log2(X)),
    (r"\sin^2 x + \left|-y\right|", math.sin(X) ** 2 + Y),
    (r"2\pi x", 2 * math.pi * X),
    (r"\begin{cases} x^2 & x > 1 \\ -x & \text{if } x > 0.5 \\ 0 & \text{otherwise} \end{cases}", -X),
    # Spreadsheets, R, Wolfram, and letters from documents
    ("=2*x^2", 2 * X**2),
    ("=POWER(x,2)*PI() + IF(x>1, 1, 0)", X**2 * math.pi),
    ("y ~ a*x + b", A * X + B),
    ("y ~ a*I(x^2)", A * X**2),
    ("f[x_] := a E^(-b x)", A * math.exp(-B * X)),
    ("f[x_, y_] := Sin[x] + Exp[-y]", math.sin(X) + math.exp(-Y)),
    ("𝑥² + 𝑦", X**2 + Y),
    ("x∕y", X / Y),
    ("2ab(a+b)", 2 * A * B * (A + B)),
    ("x^2;", X**2),
]


@each_case(("text", "expected"), READ)
def test_a_notation_that_means_one_thing_is_read(text, expected):
    assert value_of(text) == pytest.approx(expected, rel=1e-14, abs=1e-15)


@each_case("text", [text for text, _ in READ])
def test_what_was_read_is_written_out_and_reads_back_as_the_same(text):
    nodes = Expression(text).nodes
    assert Expression(to_text(Expression(text))).nodes == nodes


@each_case(
    ("text", "expected"),
    [
        (r"\sum_{i=1}^{3} x_i^2", 14),
        (r"\sum_{i=1}^3 (x_i - 1)^2 + 2", 7),
        (r"2\prod_{i=0}^{2} x_i", 12),
        ("(x**2).sum()", 14),
        ("np.linalg.norm(x)", math.sqrt(14)),
        ("x[0].exp()", math.e),
    ],
)
def test_vectors_in_other_notations(text, expected):
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    assert Expression(text).evaluate({"x": x}).item() == pytest.approx(expected, rel=1e-14)


@each_case(
    ("text", "remedy"),
    [
        ("x^{2}", "x^(2)"),
        ("2{x + 1}", "2(x + 1)"),
        ("y = {x}^2", "(x)^2"),
        ("$$x^2$$", "x^2"),
        ("x(1)^2 + 3*x(2)", "x[0]^2 + 3*x[1]"),
        ("sum((x(2:end) - x(1:end-1).^2).^2)", "sum((x[i + 1] - x[i]^2)^2 for i in range(2))"),
        ("sum((x[1:] - x[:-1])**2)", "sum((x[i + 1] - x[i])**2 for i in range(2))"),
        ("2,5*x + 1,3", "2.5*x + 1.3"),
        ("y = 0,5x^2 - 1,25 x", "0.5x^2 - 1.25 x"),
        ("(0,5 + x)*1,234", "(0.5 + x)*1.234"),
        ("3*exp(-0,5*x)", "3*exp(-0.5*x)"),
        ("max(2,5*x) + 1,5", "max(2, 5*x) + 1.5"),
        ("1,5e3*x + 2,0", "1.5e3*x + 2.0"),
        ("rate*x + offset", "f(rate, x, offset) = rate*x + offset"),
        (
            "bottom + (top-bottom)/(1+10^((logEC50-x)*Hill))",
            "f(bottom, top, logEC50, x, Hill) = bottom + (top - bottom)/(1 + 10^((logEC50 - x)*Hill))",
        ),
        ("A*yexp + 1", "f(A, yexp) = A*yexp + 1"),
        ("1 + gamma(x)", "1 + gamma*(x)"),
        ("=LOG(x; 10)", "LOG(x, 10)"),
        ("=$A$1*x+$B$1", "A1*x+B1"),
    ],
)
def test_a_refusal_brings_along_a_text_that_can_be_read(text, remedy):
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert error.value.remedy == remedy
    assert str(error.value).endswith(f": write {remedy}")
    assert Expression(remedy).nodes


@each_case(
    ("text", "column", "sentence"),
    [
        ("1 + gamma(x)", 5, "there is no gamma function, and a product with gamma needs its *"),
        ("1,234*x", 2, "numbers are written with a point: 1.234, or 1234 if thousands are meant"),
        ("2,5*x + 1.3", 2, "numbers are written with a point: 2.5"),
        ("x_{i+1} + x", 1, "an index like this has no place here"),
        ("x[1:] - x[:-1]", 1, "a slice is written as a sum over an index"),
        ("2 + х", 5, "'х' only looks like an x (it is U+0445): did you mean 'x'?"),
        ("ab(x + 1)", 1, "unknown function 'ab': for a product write a*b*(…)"),
        ("torch.clamp(x, low=0)", 16, "clamp takes no argument called low here"),
        ("x.detach()", 2, "the language takes every gradient: leave out .detach()"),
        ("x.__class__", 2, "a point stands only in numbers"),
        ("np.linalg", 3, "there is no np.linalg here"),
        (r"\int x", 2, r"'\int' can't be used here"),
        (r"\frac{x", 6, "this { is never closed: add a }"),
        ("x^{2", 3, "this { is never closed: add a }"),
        (r"\begin{matrix} x \end{matrix}", 2, "of LaTeX's environments, cases alone can be read"),
        ("{x^2 if x > 0, 0 if x < 0}", 1, "the last case says what holds otherwise"),
        ("def f(x): y = x", 1, "type the formula alone, as it stands behind 'return'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(text, column, sentence):
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert sentence in str(error.value)
    assert error.value.column == column


@each_case(
    ("text", "plain"),
    [
        ("x_{1}^2 + e^{-x}", "x_1^2 + e^(-x)"),
        ("log_{10}(x)", "log10(x)"),
        ("nls(y ~ a*x+b, start=list(a=1, b=2))", "a*x + b"),
        ("fit <- nls(formula = y ~ a*exp(-b*x), data = d)", "a*exp(-b*x)"),
        ("minpack.lm::nlsLM(y ~ max(a, x) + b, start = c(a = 1))", "max(a, x) + b"),
        ("popt, pcov = curve_fit(lambda x, a, b: a*x + b, xdata, ydata, p0=[1, 2])", "a*x + b"),
        ("scipy.optimize.curve_fit(lambda x, a: a*sin(x), x, y)", "a*sin(x)"),
        ("exp(-x ln(2)/t_{1/2})", "exp(-x ln(2)/t_half)"),
        (r"$2^{-x/t_{1/2}}$", "2^(-x/t_half)"),
        ("k_{-1} + k_{ 3/4 } x", "k_minus1 + k_3_4 x"),
        (r"\cos^{2}(x)", "cos(x)^2"),
        ("sum_{i=1}^{3} x_i^2", "sum(x[i - 1]^2 for i in range(1, 4))"),
        ("f(x) = { x^2 if x>0, 0 otherwise }", "where(x > 0, x^2, 0)"),
        ("{x^{2}, x < 0; x, x < 1; 1, otherwise}", "piecewise(x < 0, x^2, x < 1, x, 1)"),
        ("f = @(x) 5*x(1).^2 - 10*x(1) - 25", "5*x[0]^2 - 10*x[0] - 25"),
        ("@(p) sum((p(2) - p(1))^2)", "sum((p[1] - p[0])^2)"),
        ("(x(:,2) - x(:,1).^2).^2", "(x[1] - x[0]^2)^2"),
        ("x[:,0]**2", "x[0]**2"),
    ],
)
def test_what_can_be_meant_in_one_way_alone_is_read_so(text, plain):
    assert Expression(text).nodes == Expression(plain).nodes


@each_case(
    ("text", "names"),
    [
        ("A = ε·l·c", ("ε", "l", "c")),
        ("v0 = (Vmax [S])/(Km + [S])", ("Vmax", "S", "Km")),
        ("p = exp(A - B/(T+C))", ("A", "B", "T", "C")),
        ("GDP = a*(1+g)^t", ("a", "g", "t")),
        ("log10(P) = A - B/(C+T)", ("A", "B", "C", "T")),
    ],
)
def test_what_a_formula_is_called_by_is_passed_over(text, names):
    assert Expression(text).names == names


@pytest.mark.parametrize("text", ["x = 2y", "a = a*x", "a = 3", "a = b = c", "1/v = a*x", "a + b = c", "y = y*x"])
def test_an_equation_that_gives_no_function_is_refused(text):
    with pytest.raises(ExpressionError, match="an equation is no function"):
        Expression(text)


@each_case(
    ("text", "said"),
    [
        ("@(x) x(1)^2 + x(2)", "x(1) is read as x[0], since components are counted from 0 here"),
        ("x(:,2)^2", "x(:, 2) is read as x[1], since components are counted from 0 here"),
    ],
)
def test_components_that_are_counted_from_1_elsewhere_are_said(text, said):
    assert Expression(text).readings == (said,)


@each_case(
    ("text", "said"),
    [
        ("2^(-x/t_{1/2})", "t_{1/2} is read as the variable t_half"),
        (r"\frac{a}{k_{-1}} x", "k_{-1} is read as the variable k_minus1"),
        ("nls(y ~ a*x, start=list(a=1))", "of nls(…) only the formula is read"),
    ],
)
def test_what_is_read_otherwise_than_it_is_written_is_said(text, said):
    assert said in Expression(text).readings


# ---- Names of several letters.


@each_case(
    ("text", "names"),
    [
        ("Vmax*x/(Km+x)", ("Vmax", "x", "Km")),
        ("Vmax[S]/(Km + [S])", ("Vmax", "S", "Km")),
        ("y = Imax x", ("Imax", "x")),
        ("Vmax^2*Bcos(x)", ("Vmax", "B", "x")),
        ("k*exp(-Ea/(R*x))", ("k", "Ea", "R", "x")),
        ("Qm*Kd*x/(1 + Kd*x)", ("Qm", "Kd", "x")),
        ("2Tg + Hill^Ka1", ("Tg", "Hill", "Ka1")),
        ("Kcat*x/(Km + x)", ("Kcat", "x", "Km")),
        ("Phi*x + Gain", ("Phi", "x", "Gain")),
        ("Ce + x", ("Ce", "x")),
        ("f(x, Ea) = Ea*x", ("Ea", "x")),
        ("ymax/(1 + exp(xmid - x))", ("ymax", "xmid", "x")),
        ("f(x, rate) = rate*x + b", ("rate", "x", "b")),
        ("f(x, ab, e) = ab*x + e", ("ab", "x", "e")),
        ("def gauss(x, amp: float, cen, wid=1): return amp*exp(-(x-cen)**2/wid)", ("amp", "x", "cen", "wid")),
        ("lambda x, amp, rate: amp*exp(-rate*x)", ("amp", "rate", "x")),
        ("@(x, rate) rate.*x", ("rate", "x")),
        ("(x, rate) => rate*x", ("rate", "x")),
        ("double f(double x, double rate) { return rate*x; }", ("rate", "x")),
        ("function(x, rate) { rate*x }", ("rate", "x")),
    ],
)
def test_a_name_that_can_be_nothing_else_or_is_listed_is_a_name(text, names):
    expression = Expression(text)
    assert expression.names == names
    again = Expression(to_text(expression))
    assert (again.nodes, again.names) == (expression.nodes, names)


@each_case(
    ("text", "names"),
    [
        ("Ax^2 + Bx + C", ("A", "x", "B", "C")),
        ("Ae^(-kt) + Be^x", ("A", "k", "t", "B", "x")),
        ("Ce² + x", ("C", "x")),
        ("At + Vx + Ayz", ("A", "t", "V", "x", "y", "z")),
        ("A*a + Aa*x", ("A", "a", "x")),
        ("Asin(x) + Bcos x + Csinx", ("A", "x", "B", "C")),
        ("Sin(x) + Pi + Exp x", ("x",)),
        ("RT + PV", ("R", "T", "P", "V")),
    ],
)
def test_a_capital_letter_before_small_ones_may_still_be_a_factor(text, names):
    assert Expression(text).names == names


def test_names_that_a_field_may_use_are_products_of_those():
    assert Expression("Km + Kx", ["K", "m", "x"]).names == ("K", "m", "x")


def test_a_michaelis_constant_is_one_name_beside_vmax():
    model = Expression("Vmax*x/(Km+x)")
    at = {name: torch.tensor(value, dtype=torch.float64) for name, value in {"Vmax": 3, "Km": 2, "x": 4}.items()}
    assert model.evaluate(at).item() == 2
    assert model.readings == ("Vmax is read as one name", "Km is read as one name; write K*m for a product")


@each_case(
    ("text", "offer"),
    [
        ("rate*x", "Use rate as a name"),
        ("rate*x + offset", "Use rate and offset as names"),
        ("bottom*x + top/ab", "Use bottom and top as names"),
        ("2{x}", "Use this text"),
    ],
)
def test_a_refusal_says_what_a_press_on_its_remedy_does(text, offer):
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert error.value.offer == offer


@pytest.mark.parametrize("text", ["sine + x", "Sine x", "alpah x", "foobar(x)", "x + " + "q" * 31])
def test_no_name_is_offered_for_what_is_misspelt(text):
    with pytest.raises(ExpressionError) as error:
        Expression(text)
    assert not error.value.remedy


# ---- Two readings.


@each_case(
    ("text", "names", "said"),
    [
        ("a*exp(-t/tau)", ("a", "t", "tau"), "tau is read as a variable; for the constant 2π, write 2pi"),
        ("a*exp(-t/τ)", ("a", "t", "τ"), "tau is read as a variable"),
        ("a*exp(-x/(2 tau))", ("a", "x", "tau"), "tau is read as a variable"),
        ("a*sin(tau*x)", ("a", "x"), "tau is read as the constant 2π = 6.283; for a variable, write tau_1"),
        ("a*x^4 + b*x^3 + c*x^2 + d*x + e", ("a", "x", "b", "c", "d", "e"), "e is read as a variable"),
        ("a*x + e", ("a", "x"), "e is read as Euler's number"),
        ("f(x)", ("f", "x"), "f(x) is read as f*x"),
        ("e(x)", ("x",), "e(…) is read as e times"),
        ("1/2x", ("x",), "/2x is read as /2 times x"),
        ("a/bx", ("a", "b", "x"), "/bx is read as /b times x"),
        ("e^-2x", ("x",), "^-2x is read as ^(-2) times x"),
        ("e^-bx", ("b", "x"), "^-bx is read as ^(-b) times x"),
        ("a*exp(-(x-xc)^2)", ("a", "x", "c"), "xc is read as x*c; write x_c for one variable"),
        ("kB*x", ("k", "B", "x"), "kB is read as k*B; write k_B for one variable"),
        ("ax2 + bx", ("a", "x2", "b", "x"), "x2 is read as a variable of its own; write x^2 for a power"),
        ("x^1/2", ("x",), "^1/2 is read as ^1 divided by 2; write ^(1/2) for a root"),
        ("log(x)", ("x",), "log is read as the natural logarithm"),
        ("tg x", ("x",), "tg is read as tan"),
        ("tgx", ("t", "g", "x"), "tgx is read as t*g*x; write tan(…) for the function"),
        ("fmax(x, 1)", ("x",), "fmax(…) is read as max(…)"),
        ("torch.clamp(x, 0)", ("x",), "clamp(u, v) is read as max(u, v)"),
    ],
)
def test_where_a_text_has_two_readings_the_one_taken_is_said(text, names, said):
    expression = Expression(text)
    assert expression.names == names
    assert [reading for reading in expression.readings if reading.startswith(said)]
    again = Expression(to_text(expression))
    assert again.nodes == expression.nodes


@each_case(
    ("text", "other"),
    [
        ("A exp(-t/tau)", "A exp(-t/(2pi))"),
        ("a sin(τ x)", "a sin(tau_1 x)"),
        ("a*x + e", "a*x + e_1"),
        ("a + b x + c x^2 + d x^3 + e", "a + b x + c x^2 + d x^3 + exp(1)"),
        ("e(x)", "e^(x)"),
        ("1/2x + 1", "1/(2x) + 1"),
        ("a/bx^2", "a/(bx^2)"),
        ("1/2(x+1)", "1/(2(x+1))"),
        ("e^-2x", "e^(-2x)"),
        ("kB*x", "k_B*x"),
        ("Km*x", "K*m*x"),
        ("Vmax x/(Km + x)", "Vmax x/(K*m + x)"),
        ("ax2 + bx", "ax^2 + bx"),
        ("x^1/2", "x^(1/2)"),
        ("np.log(x)", "np.log10(x)"),
        ("tg x", "t*g x"),
        ("tg(x)", "t*g(x)"),
        ("tgx", "tan(x)"),
        ("f(x)", None),
        ("fmax(x, 1)", None),
    ],
)
def test_the_other_reading_is_written_out_where_there_is_one(text, other):
    one = Expression(text)
    assert [*one.others.values()] == ([] if other is None else [other])
    assert set(one.others) <= set(one.readings)
    assert other is None or Expression(other).nodes != one.nodes


@pytest.mark.parametrize(
    "text",
    [
        "a*x + b",
        "2xy + x^2y",
        "x(x - 1)",
        "1/(2a)x",
        "e^x + e^(-2x)",
        "sin x cos y",
        "thetax + alpha",
        "(1-x)**2 + 100*(y-x**2)**2",
        "xsinx",
        "Ae^(-kt)",
        "xe^x + xy",
    ],
)
def test_nothing_is_said_of_what_has_one_reading(text):
    assert Expression(text).readings == ()


def test_names_that_are_given_are_names():
    assert Expression("Vmax*x/(Km+x)", ["Vmax", "Km", "x"]).names == ("Vmax", "x", "Km")
    assert Expression("exp(-x/tau)", ["x"]).names == ("x",)
    assert Expression("exp(-x/tau)", ["x", "tau"]).names == ("x", "tau")
    assert Expression("pow(x - 1)", ["pow", "x"]).names == ("pow", "x")


@pytest.mark.parametrize(
    ("text", "is_sigmoid"),
    [
        ("sigmoid(a*x + b)", True),
        ("1/(1 + exp(-a*x))", True),
        ("1/(e^-x + 1)", True),
        ("2/(1 + exp(-x))", False),
        ("sigmoid(x) + 1", False),
        ("a*x + b", False),
        ("1/(1 + x)", False),
    ],
)
def test_a_model_that_ends_in_a_sigmoid_is_known(text, is_sigmoid):
    assert Expression(text).is_sigmoid is is_sigmoid
