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
from tests.cases import each_case

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


@each_case("name", [name for name in FUNCTIONS if name.isascii()])
def test_each_function_by_each_of_its_names_has_the_value_of_its_definition(name):
    oracle, points = points_of(name)
    for point in points:
        variables = dict(zip(NAMES, (torch.tensor(one, dtype=torch.float64) for one in point), strict=False))
        value = Expression(call(name, NAMES[: len(point)])).evaluate(variables)
        assert value.item() == pytest.approx(oracle(*point), rel=1e-12), point


@each_case("name", [name for name in OPERATIONS if name in FUNCTIONS])
def test_each_function_of_constants_is_the_same_as_of_variables(name):
    oracle, points = points_of(name)
    text = call(name, [repr(one) for one in points[-1]])
    assert Expression(text).evaluate({}).item() == pytest.approx(oracle(*points[-1]), rel=1e-12)


@each_case("name", [name for name, one in OPERATIONS.items() if name in FUNCTIONS and one.sympy])
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


@each_case(("name", "letter"), GREEK_LETTERS.items())
def test_each_greek_letter_is_a_variable_by_its_name_and_as_itself(name, letter):
    assert Expression(f"2{letter} + {name}").names == (letter, name)


GRID = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]


def counts(record):
    """How many arguments to try; one of a function of any number is a vector."""
    return (
        {max(2, record.min_arguments)} if record.max_arguments is None else {record.min_arguments, record.max_arguments}
    )


AT_THE_GRID = [
    pytest.param(record, count, id=f"{record.name} of {count}")
    for record in OPERATIONS.values()
    if not record.reduces and record.kind == "number" and "truth" not in record.arguments
    for count in sorted(counts(record))
]


def points_at_the_grid(record, count):
    """Of so many arguments, (K, count) float64."""
    points = itertools.product(GRID, repeat=count)
    # 0**0 is 1 by definition; x**0 is no edge, and 0**x is one.
    points = [point for point in points if (record.name, point) != ("**", (0.0, 0.0))]
    return torch.tensor(points, dtype=torch.float64)


def text_of(record, names):
    if record.name == "negate":
        return f"-{names[0]}"
    return f" {record.name} ".join(names) if record.group == "operator" else f"{record.name}({', '.join(names)})"


@pytest.mark.parametrize(("record", "count"), [one for one in AT_THE_GRID if one.values[1] > 1])
def test_beside_numbers_an_operation_has_the_value_and_the_slope_that_it_has_beside_variables(record, count):
    whole = Function(text_of(record, NAMES[:count]), names=NAMES)
    points = points_at_the_grid(record, count)
    for i, name in enumerate(NAMES[:count]):
        others = [j for j in range(count) if j != i]
        for numbers in points[:, others].unique(dim=0):
            theta = points[(points[:, others] == numbers).all(-1)]
            texts = [f"({one!r})" for one in numbers.tolist()]
            texts.insert(i, name)
            alone = Function(text_of(record, texts))
            case = f"{text_of(record, texts)} at {name} = {theta[:, i].tolist()}"
            value, slope = alone.loss(theta[:, [i]]).detach(), alone.gradient(theta[:, [i]])
            np.testing.assert_allclose(value, whole.loss(theta).detach(), rtol=1e-15, err_msg=case)
            np.testing.assert_allclose(slope, whole.gradient(theta)[:, [i]], rtol=1e-12, err_msg=case)


def slopes(function, points, step=1e-6):
    """Of each parameter at each point, to the left and to the right: (K, P) each."""
    nudges = step * torch.eye(points.shape[1], dtype=torch.float64)
    here, left, right = (
        function.loss(at).detach() for at in (points[:, None], points[:, None] - nudges, points[:, None] + nudges)
    )
    return (here - left) / step, (right - here) / step


def said_at(function, points, values, gradients):
    """The note at each point by itself where it tells why torch's numbers end, else of all at once: K texts."""
    finite = values.isfinite() & gradients.isfinite().all(-1)
    told = iter(explain_points(function, points[finite], values[finite], gradients[finite]))
    return [
        next(told) if fine else explain_points(function, points[[k]], values[[k]], gradients[[k]])[0]
        for k, fine in enumerate(finite.tolist())
    ]


@pytest.mark.parametrize(("record", "count"), AT_THE_GRID)
def test_an_edge_is_said_where_value_or_slope_breaks_and_nowhere_else(record, count):
    function = Function(text_of(record, NAMES[:count]), names=NAMES)
    points = points_at_the_grid(record, count)
    values, gradients = function.loss(points).detach(), function.gradient(points)
    left, right = slopes(function, points)
    smooth = ((left - right).abs().lt(1e-4) & (left - gradients).abs().lt(1e-4)).all(-1)
    still = (gradients == 0).all(-1)
    expected = still if any(edge.kind == "flat" for edge in record.caveats) else ~smooth
    finite = values.isfinite() & gradients.isfinite().all(-1)
    wrong = []
    for k, said in enumerate(said_at(function, points, values, gradients)):
        if finite[k]:
            right_word = bool(said) == bool(expected[k])
        else:  # a note that doesn't say why would mean that the record has no caveat for this
            right_word = bool(said) and "isn't finite there" not in said and "no value there" not in said
        if not right_word:
            wrong.append(f"at {points[k].tolist()}: {said!r}")
    assert not wrong, "\n".join(wrong)


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


@each_case("record", [one for one in OPERATIONS.values() if one.max_arguments != 1], ids=lambda one: one.name)
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
