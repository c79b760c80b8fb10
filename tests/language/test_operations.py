"""Each record of the language against an independent formula, and its caveats against what torch does there."""

import itertools
import math

import numpy as np
import pytest
import torch

from playground import Expression, Function
from playground.engine.kinks import explain_points
from playground.language.operations import CONSTANTS, FUNCTIONS, GREEK_LETTERS, OPERATIONS
from playground.language.symbolic import to_sympy

EVERYWHERE = [-2.5, -1.0, -0.3, 0.0, 0.4, 1.0, 3.5]
POSITIVE = [1e-8, 0.5, 1.0, 3.0, 1e8]
WITHIN_ONE = [-1.0, -0.3, 0.0, 0.9]
PAIRS = [(-2.0, 1.5), (0.7, -0.4), (3.0, 2.0), (-1.25, -0.5)]
TRIPLES = [(-2.0, -1.0, 1.0), (0.5, -1.0, 1.0), (4.0, 0.0, 2.5)]
CHOICES = [(-2.0, 1.5, 3.0), (0.7, -0.4, 5.0)]
VECTORS = [([1.0, 2.0, 3.0],), ([-0.5, 4.0, 0.25],)]


def real_cube_root(z):
    return math.copysign(abs(z) ** (1 / 3), z)


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


# What each function should be, where to look, and how it is written there if not as name(a, b, …).
ORACLES = {
    "exp": (math.exp, [-30.0, -1.0, 0.0, 0.5, 20.0]),
    "ln": (math.log, POSITIVE),
    "log10": (math.log10, POSITIVE),
    "log2": (math.log2, POSITIVE),
    "sqrt": (math.sqrt, [0.0, *POSITIVE]),
    "cbrt": (real_cube_root, [-8.0, -0.3, 0.0, 1.0, 2.0]),
    "abs": (abs, EVERYWHERE),
    "sign": (np.sign, EVERYWHERE),
    "floor": (math.floor, EVERYWHERE),
    "ceil": (math.ceil, EVERYWHERE),
    "round": (round, [*EVERYWHERE, 0.5, 1.5]),
    "sin": (math.sin, EVERYWHERE),
    "cos": (math.cos, EVERYWHERE),
    "tan": (math.tan, EVERYWHERE),
    "sinh": (math.sinh, EVERYWHERE),
    "cosh": (math.cosh, EVERYWHERE),
    "tanh": (math.tanh, EVERYWHERE),
    "sec": (lambda z: 1 / math.cos(z), EVERYWHERE),
    "csc": (lambda z: 1 / math.sin(z), [-2.5, 0.4, 1.0]),
    "cot": (lambda z: math.cos(z) / math.sin(z), [-2.5, 0.4, 1.0]),
    "sech": (lambda z: 1 / math.cosh(z), EVERYWHERE),
    "csch": (lambda z: 1 / math.sinh(z), [-2.5, 0.4, 1.0]),
    "coth": (lambda z: 1 / math.tanh(z), [-2.5, 0.4, 1.0]),
    "asin": (math.asin, WITHIN_ONE),
    "acos": (math.acos, WITHIN_ONE),
    "atan": (math.atan, [-100.0, *EVERYWHERE]),
    "asinh": (math.asinh, EVERYWHERE),
    "acosh": (math.acosh, [1.0, 1.5, 20.0]),
    "atanh": (math.atanh, [-0.9, -0.3, 0.0, 0.99]),
    "atan2": (math.atan2, PAIRS),
    "hypot": (math.hypot, PAIRS),
    "sigmoid": (sigmoid, [-30.0, -1.0, 0.0, 2.0, 30.0]),
    "softplus": (lambda z: np.logaddexp(0, z), [-30.0, -1.0, 0.0, 2.0, 19.0, 21.0, 30.0]),
    "relu": (lambda z: max(z, 0.0), EVERYWHERE),
    "leaky_relu": (lambda z, slope=0.01: z if z > 0 else slope * z, [*EVERYWHERE, (-2.0, 0.3), (2.0, 0.3)]),
    "elu": (lambda z, alpha=1.0: z if z > 0 else alpha * math.expm1(z), [*EVERYWHERE, (-2.0, 0.3), (2.0, 0.3)]),
    "gelu": (lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2, EVERYWHERE),
    "silu": (lambda z: z * sigmoid(z), EVERYWHERE),
    "erf": (math.erf, EVERYWHERE),
    "erfc": (math.erfc, EVERYWHERE),
    "expm1": (math.expm1, [1e-12, *EVERYWHERE]),
    "log1p": (math.log1p, [-0.5, 0.0, 1e-12, 3.0]),
    "max": (max, [*PAIRS, *TRIPLES]),
    "min": (min, [*PAIRS, *TRIPLES]),
    "clamp": (lambda z, low, high: min(max(z, low), high), TRIPLES),
    "where": (lambda z, a, b: a if z > 0 else b, CHOICES),
    "piecewise": (lambda z, a, b: a if z > 0 else b, CHOICES),
    "mod": (lambda a, b: a - b * math.floor(a / b), PAIRS),
    "sum": (sum, VECTORS),
    "mean": (np.mean, VECTORS),
    "prod": (math.prod, VECTORS),
    "norm": (np.linalg.norm, VECTORS),
    "dot": (np.dot, [([1.0, 2.0, 3.0], [0.5, -1.0, 4.0])]),
}
CALLS = {"where": "{name}({0} > 0, {1}, {2})", "piecewise": "{name}({0} > 0, {1}, {2})"}
NAMES = ("x", "y", "z")


def call(name, arguments):
    """The function called on ``arguments``, texts."""
    plain = f"{{name}}({', '.join(f'{{{i}}}' for i in range(len(arguments)))})"
    return CALLS.get(FUNCTIONS[name].name, plain).format(*arguments, name=name)


def points_of(name):
    record = FUNCTIONS[name].name
    assert record in ORACLES, f"write an independent formula for '{record}' into ORACLES"
    oracle, points = ORACLES[record]
    return oracle, [point if isinstance(point, tuple) else (point,) for point in points]


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.isascii()])
def test_each_function_by_each_of_its_names_has_the_value_of_its_definition(name):
    oracle, points = points_of(name)
    for point in points:
        variables = dict(zip(NAMES, (torch.tensor(one, dtype=torch.float64) for one in point), strict=False))
        value = Expression(call(name, NAMES[: len(point)])).evaluate(variables)
        assert value.item() == pytest.approx(oracle(*point), rel=1e-12), point


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name in FUNCTIONS])
def test_each_function_of_constants_is_the_same_as_of_variables(name):
    oracle, points = points_of(name)
    text = call(name, [repr(one) for one in points[-1]])
    assert Expression(text).evaluate({}).item() == pytest.approx(oracle(*points[-1]), rel=1e-12)


@pytest.mark.parametrize("name", [name for name, one in OPERATIONS.items() if name in FUNCTIONS and one.sympy])
def test_sympys_formula_of_each_function_has_torchs_value_and_gradient(name):
    for point in points_of(name)[1]:
        names = NAMES[: len(point)]
        sizes = {key: len(one) for key, one in zip(names, point, strict=True) if isinstance(one, list)}
        function = Function(call(name, names), sizes=sizes)
        theta = torch.tensor(np.hstack(point), dtype=torch.float64)
        formula, symbols = to_sympy(function.expression, sizes)
        at = {symbols[one]: value for one, value in zip(function.parameters, theta.tolist(), strict=True)}
        assert float(formula.subs(at)) == pytest.approx(function.loss(theta).item(), rel=1e-9, abs=1e-12)
        gradient = function.gradient(theta)
        if explain_points(function, theta[None], function.loss(theta)[None].detach(), gradient[None]) != [""]:
            continue  # a kink, which has no derivative
        for symbol, slope in zip(at, gradient.tolist(), strict=True):
            assert float(formula.diff(symbol).subs(at)) == pytest.approx(slope, rel=1e-9, abs=1e-12), point


def test_the_constants_are_those_of_mathematics():
    assert dict(CONSTANTS) == {"pi": math.pi, "e": math.e, "tau": math.tau}
    value = Expression("pi + 10e + 100tau + 1000π + 10000τ").evaluate({}).item()
    assert value == pytest.approx(1001 * math.pi + 10 * math.e + 10100 * math.tau, rel=1e-15)


@pytest.mark.parametrize(("name", "letter"), GREEK_LETTERS.items())
def test_each_greek_letter_is_a_variable_by_its_name_and_as_itself(name, letter):
    assert Expression(f"2{letter} + {name}").names == (letter, name)


GRID = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]


def counts(record):
    """How many arguments to try; one of a function of any number is a vector."""
    return (
        {max(2, record.min_arguments)} if record.max_arguments is None else {record.min_arguments, record.max_arguments}
    )


AT_THE_GRID = [
    pytest.param(record, point, id=f"{record.name} at {point}")
    for record in OPERATIONS.values()
    if not record.reduces and record.kind == "number" and "truth" not in record.arguments
    for count in sorted(counts(record))
    for point in itertools.product(GRID, repeat=count)
    if (record.name, point) != ("**", (0.0, 0.0))  # 1 by definition; x**0 has no caveat, and 0**x has one
]


def text_of(record, names):
    if record.name == "negate":
        return f"-{names[0]}"
    return f" {record.name} ".join(names) if record.group == "operator" else f"{record.name}({', '.join(names)})"


@pytest.mark.parametrize(("record", "point"), [one for one in AT_THE_GRID if len(one.values[1]) > 1])
def test_beside_numbers_an_operation_has_the_value_and_the_slope_that_it_has_beside_variables(record, point):
    theta = torch.tensor(point, dtype=torch.float64)
    whole = Function(text_of(record, NAMES[: len(point)]), names=NAMES)
    for i, name in enumerate(NAMES[: len(point)]):
        texts = [name if j == i else f"({one!r})" for j, one in enumerate(point)]
        alone = Function(text_of(record, texts))
        np.testing.assert_allclose(alone.loss(theta[i : i + 1]).detach(), whole.loss(theta).detach(), rtol=1e-15)
        slope = alone.gradient(theta[i : i + 1])
        np.testing.assert_allclose(slope, whole.gradient(theta)[i : i + 1], rtol=1e-12)


def slopes(function, theta, i, step=1e-6):
    """Of the i-th parameter, at the left and at the right."""
    nudge = torch.zeros_like(theta)
    nudge[i] = step
    here, left, right = (function.loss(one).item() for one in (theta, theta - nudge, theta + nudge))
    return (here - left) / step, (right - here) / step


@pytest.mark.parametrize(("record", "point"), AT_THE_GRID)
def test_an_edge_is_said_where_value_or_slope_breaks_and_nowhere_else(record, point):
    function = Function(text_of(record, NAMES[: len(point)]), names=NAMES)
    theta = torch.tensor(point, dtype=torch.float64)
    value, gradient = function.loss(theta).detach(), function.gradient(theta)
    (said,) = explain_points(function, theta[None], value[None], gradient[None])
    if not (value.isfinite() and gradient.isfinite().all()):
        assert said
        # Else the record has no caveat for this.
        assert "isn't finite there" not in said
        assert "no value there" not in said
        return
    if any(one.kind == "flat" for one in record.caveats):
        assert bool(said) == bool((gradient == 0).all())
        return
    pairs = [slopes(function, theta, i) for i in range(len(point))]
    smooth = all(
        abs(left - right) < 1e-4 and abs(left - slope) < 1e-4
        for (left, right), slope in zip(pairs, gradient, strict=True)
    )
    assert smooth == (not said), said


SHAPES = [(), (1,), (3,), (5, 1), (5, 3)]
"""Of arguments that meet: a number, one component or three, at one place or at five."""


def arguments_of(record, count, shapes):
    """Arguments between the kinks of all operations, or truths where the operation asks for them."""
    generator = torch.Generator().manual_seed(count)
    found = []
    for i, shape in enumerate(shapes):
        value = 0.1 + 0.3 * i + 0.2 * torch.rand(shape, dtype=torch.float64, generator=generator)
        is_truth = record.arguments[min(i, len(record.arguments) - 1)] == "truth"
        if record.name == "piecewise":
            is_truth = i % 2 == 0 and i < count - 1
        found.append(value > 0.2 + 0.3 * i if is_truth else value.requires_grad_())
    return found


@pytest.mark.parametrize(
    "record", [one for one in OPERATIONS.values() if one.max_arguments != 1], ids=lambda one: one.name
)
def test_arguments_of_any_shapes_have_the_gradient_that_they_have_when_expanded_by_hand(record):
    # Torch 2.13 raises in the backward of clamp(x, low, high) where a bound has more components than x.
    count = record.max_arguments or max(3, record.min_arguments)
    for shapes in itertools.product(SHAPES, repeat=count):
        given = arguments_of(record, count, shapes)
        leaves = [one for one in given if one.requires_grad]
        value = record.function(*given)
        expanded = record.function(*[one.expand(torch.broadcast_shapes(*shapes)) for one in given])
        torch.testing.assert_close(value, expanded.reshape(value.shape), rtol=0, atol=0, msg=f"{shapes}")
        if value.requires_grad:
            found, expected = (
                torch.autograd.grad(one.sum(), leaves, allow_unused=True, materialize_grads=True)
                for one in (value, expanded)
            )
            torch.testing.assert_close(found, expected, rtol=1e-13, atol=0, msg=f"{shapes}")
