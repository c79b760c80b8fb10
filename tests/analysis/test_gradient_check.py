"""A gradient in three ways, in any direction, and what a person types as a point."""

import math
from contextlib import suppress

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from playground import PRESETS, Function, InputError
from playground.analysis.gradient_check import (
    DIRECTIONS,
    HALVINGS,
    MAX_SYMBOLIC,
    central_differences,
    compare_slopes,
    compute_secants,
    run_backward,
    sweep_directions,
)
from playground.analysis.probe import FARTHEST, default_points, format_point, read_point, read_probe
from playground.language.ranges import MAX_COMPONENTS
from tests.cases import each_case

# ---- What is typed as a point.


@each_case(
    ("text", "components"),
    [
        ("3", (3.0,)),
        (" -0.5 ", (-0.5,)),
        ("3.", (3.0,)),
        (".5", (0.5,)),
        ("1e-3", (1e-3,)),
        ("pi/2", (math.pi / 2,)),
        ("[1, 2, 3]", (1.0, 2.0, 3.0)),
        ("1, 2, 3", (1.0, 2.0, 3.0)),
        ("[3.]", (3.0,)),
        ("[1., 2.5]", (1.0, 2.5)),
        ("x = [1, 2]", (1.0, 2.0)),
        ("(1, 2)", (1.0, 2.0)),
        ("[1, 2,]", (1.0, 2.0)),
        ("(1,)", (1.0,)),
        ("torch.tensor((1, 2))", (1.0, 2.0)),
        ("(([1, 2]))", (1.0, 2.0)),
        ("(1 + 2)*3", (9.0,)),
        ("x=3", (3.0,)),
        ("tensor([3.])", (3.0,)),
        ("torch.tensor([1., 2.])", (1.0, 2.0)),
        ("x = torch.tensor([1., 2., 3.])", (1.0, 2.0, 3.0)),
    ],
)
def test_a_point_may_be_written_in_many_ways(text, components):
    assert read_point(text, "x") == pytest.approx(components, rel=1e-15)


@each_case(
    ("text", "message"),
    [
        ("", "x is empty: type a number such as 3"),
        ("[[1, 2], [3, 4]]", "x holds lists in a list: type one list"),
        ("[1]*3", "x is to be one list alone"),
        ("2 * [1, 2]", "x is to be one list alone"),
        ("([1, 2])*3", "x is to be one list alone"),
        ("[1, 2] + [3]", "x is to be one list alone"),
        ("inf", "x must be a finite number"),
        ("[1, nan]", "x must be a finite number"),
        ("  ", "x is empty"),
        ("x =", "x is empty"),
        ("[]", "x has no components"),
        ("[ ]", "x has no components"),
        (",".join(["1"] * 10_000), "x has 10,000 components: a vector has 1 to 100"),
        ("[" + ",".join(["1"] * 101) + "]", "x has 101 components"),
        ("x = [1, 2", r"this \[ is never closed"),
        ("[1, 2", r"this \[ is never closed"),
        ("1/0", "x is inf: it must lie between"),
        ("0/0", "x is nan"),
        ("1e200", "x is 1e200: it must lie between"),
        ("y", "unknown name 'y'"),
        ("__import__('os')", "."),
        ("[1, two]", "."),
        ("1 2 3", "an operator is missing"),
    ],
)
def test_what_is_no_point_is_refused_in_one_sentence_at_its_variable(text, message):
    with pytest.raises(InputError, match=message) as error:
        read_point(text, "x")
    assert error.value.field == "x"
    assert "\n" not in str(error.value)


@given(st.lists(st.floats(-FARTHEST, FARTHEST), min_size=1, max_size=8))
def test_a_point_is_read_as_it_was_written(numbers):
    assert read_point(format_point(numbers), "w_1") == tuple(numbers)


def test_a_vector_of_as_many_components_as_there_may_be_is_read_as_it_was_written():
    numbers = tuple((-1) ** i * 1.2345678901234567e-100 * (i + 1) / 3 for i in range(100))
    assert len(format_point(numbers)) > 2000
    assert read_point(format_point(numbers), "x") == numbers


@given(st.text(max_size=40))
def test_any_text_is_a_point_or_is_refused(text):
    with suppress(InputError):
        found = read_point(text, "x")
        assert 1 <= len(found) <= MAX_COMPONENTS
        assert all(map(math.isfinite, found))


@pytest.mark.parametrize(
    ("text", "points", "field", "message"),
    [
        ("", {}, "function", "no text"),
        ("x +", {"x": "1"}, "function", "missing"),
        ("3 + 4", {}, "function", "depends on no variable"),
        ("x + y", {"x": "1", "y": "[1"}, "y", "never closed"),
        ("x[2]", {"x": "[1, 2]"}, "x", r"x has 2 components, counted from 0, and the function asks for x\[2\]"),
        ("dot(x, y)", {"x": "[1, 2]", "y": "[1, 2, 3]"}, "function", "x has 2, y has 3"),
        ("x", {"x": "[]"}, "x", "no components"),
        (None, {}, "function", "no text"),
    ],
)
def test_what_makes_no_probe_is_refused_at_its_field(text, points, field, message):
    with pytest.raises(InputError, match=message) as error:
        read_probe(text, points)
    assert error.value.field == field


@pytest.mark.parametrize(
    ("vector", "message"),
    [("[1, 2]", "v has 2 components, and the value has 3"), ("[1, 2", "never closed"), ("1/0", "v is inf")],
)
def test_a_vector_that_does_not_fit_is_refused(vector, message):
    with pytest.raises(InputError, match=message) as error:
        read_probe("x**2", {"x": "[1, 2, 3]"}, vector)
    assert error.value.field == "vector"


def test_a_probe_knows_its_components():
    probe = read_probe("sum(x**2)*a", {"x": "[1, 2, 3]", "a": "2"}, "[1, 2, 3, 4]")
    assert probe.components == ("x[0]", "x[1]", "x[2]", "a")
    assert probe.theta.tolist() == [1, 2, 3, 2]
    assert probe.value.tolist() == [28]
    assert probe.function.parameters == ("x1", "x2", "x3", "a")
    assert probe.vector == ()  # one number needs none
    assert read_probe("x**2", {"x": "1, 2"}).function is None


def test_the_fields_of_a_new_function_say_what_is_known_and_else_1():
    assert default_points("x[2]*y + z", {"y": (3.0,), "z": (1.0, 2.0)}) == {"x": "[1, 1, 1]", "y": "3", "z": "[1, 2]"}


# ---- Three ways.


@each_case("name", PRESETS)
def test_on_each_function_of_the_gallery_the_three_gradients_agree_at_the_start(name):
    preset = PRESETS[name]
    found = compare_slopes(Function(preset.text), preset.start)
    size = max(abs(one.autograd) for one in found)
    for one in found:
        assert one.symbolic == pytest.approx(one.autograd, rel=1e-6, abs=1e-6 * size)
        assert one.central == pytest.approx(one.autograd, rel=1e-6, abs=1e-6 * size)
        assert one.difference <= 1e-6 * size


def test_the_tutorials_gradients():
    (one,) = compare_slopes(Function("x**2"), [3.0])
    assert (one.autograd, one.symbolic) == (6, 6)
    assert one.central == pytest.approx(6, abs=1e-9)
    found = compare_slopes(Function("sum(x**2)", sizes={"x": 3}), [1.0, 2.0, 3.0], {"x": 3})
    assert [one.autograd for one in found] == [2, 4, 6]
    assert [one.symbolic for one in found] == [2, 4, 6]


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4), st.floats(-10, 10))
def test_of_a_cubic_all_three_are_its_derivative(coefficients, x):
    a, b, c, d = coefficients
    (one,) = compare_slopes(Function(f"({a!r})*x^3 + ({b!r})*x^2 + ({c!r})*x + ({d!r})"), [x])
    exact = 3 * a * x**2 + 2 * b * x + c
    size = 1 + abs(3 * a * x**2) + abs(2 * b * x) + abs(c)
    assert one.autograd == pytest.approx(exact, abs=1e-13 * size)
    assert one.symbolic == pytest.approx(exact, abs=1e-13 * size)
    assert one.central == pytest.approx(exact, abs=1e-7 * size * (1 + abs(x)))


@pytest.mark.parametrize(
    ("text", "at", "torch_says", "before", "after"),
    [
        ("abs(x)", 0.0, 0.0, -1, 1),
        ("relu(x)", 0.0, 0.0, 0, 1),
        ("max(x, 0)", 0.0, 0.5, 0, 1),
        ("max(2x, x)", 0.0, 1.5, 1, 2),
        ("where(x > 1, 3x, x + 2)", 1.0, 1.0, 1, 3),
        ("floor(x) + x", 0.5, 1.0, 1, 1),
    ],
)
def test_at_a_kink_the_slopes_from_both_sides_stand_beside_torchs(text, at, torch_says, before, after):
    (one,) = compare_slopes(Function(text), [at])
    assert one.autograd == torch_says
    assert one.before == pytest.approx(before, abs=1e-6)
    assert one.after == pytest.approx(after, abs=1e-6)


def test_at_an_edge_of_the_domain_what_torch_says_is_kept():
    (one,) = compare_slopes(Function("sqrt(x)"), [0.0])
    assert one.autograd == math.inf
    assert math.isnan(one.before)
    assert one.after > 1000
    assert math.isnan(one.difference)


def test_where_there_is_no_formula_the_reason_is_said():
    (one,) = compare_slopes(Function("round(x) + x"), [0.3])
    assert one.symbolic is None
    assert one.why
    assert one.difference == pytest.approx(abs(one.autograd - one.central))
    many = compare_slopes(Function("sum(x**2)", sizes={"x": MAX_SYMBOLIC + 1}), [1.0] * (MAX_SYMBOLIC + 1))
    assert all(one.symbolic is None and "12" in one.why for one in many)


def test_the_step_of_a_central_difference_grows_with_x():
    _, step = central_differences(Function("x*y"), torch.tensor([0.5, 1e6], dtype=torch.float64))
    assert step[1] == pytest.approx(1e6 * step[0].item())


# ---- Directions.


@pytest.mark.parametrize(
    ("text", "theta"), [("x^2 + 3y^2 + x*y", [1.0, -2.0]), ("x*y*z + z^2", [1.0, 2.0, -1.5]), ("x+y+z+w", [0.0] * 4)]
)
def test_the_slope_along_u_is_u_times_the_gradient_and_steepest_along_it(text, theta):
    function = Function(text)
    turned = sweep_directions(function, theta)
    gradient = function.gradient(theta)
    assert turned.angles.tolist() == [5 * i for i in range(DIRECTIONS + 1)]
    np.testing.assert_allclose(turned.directions.norm(dim=-1), 1, rtol=1e-14)
    np.testing.assert_allclose(turned.slopes, turned.directions @ gradient, rtol=1e-14)
    np.testing.assert_allclose(turned.measured, turned.slopes, atol=1e-8)
    np.testing.assert_allclose(turned.before, turned.slopes, atol=1e-5)
    np.testing.assert_allclose(turned.after, turned.slopes, atol=1e-5)
    # Cauchy and Schwarz: none is steeper than the gradient's own direction, which the plane holds.
    cosine = np.cos(np.deg2rad(turned.angles.numpy() - turned.steepest))
    np.testing.assert_allclose(turned.slopes, gradient.norm().item() * cosine, atol=1e-12)


def test_of_two_variables_the_angle_is_counted_from_the_first_axis():
    turned = sweep_directions(Function("x + y"), [0.0, 0.0])
    assert turned.steepest == pytest.approx(45)
    assert turned.directions[0].tolist() == [1, 0]
    assert sweep_directions(Function("x - y"), [0.0, 0.0]).steepest == pytest.approx(315)


def test_where_nothing_slopes_no_direction_is_the_steepest():
    assert math.isnan(sweep_directions(Function("x^2 + y^2"), [0.0, 0.0]).steepest)
    assert math.isnan(sweep_directions(Function("ln(x) + y"), [-1.0, 0.0]).steepest)


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=6))
def test_the_plane_in_which_u_turns_holds_the_gradient(numbers):
    gradient = np.array(numbers)
    assume(np.linalg.norm(gradient) > 1e-6)
    names = "abcdef"[: len(numbers)]
    turned = sweep_directions(
        Function(" + ".join(f"({one!r})*{name}" for one, name in zip(numbers, names, strict=True)), names),
        [0.0] * len(numbers),
    )
    np.testing.assert_allclose(turned.directions[0], gradient / np.linalg.norm(gradient), atol=1e-12)
    assert turned.steepest == pytest.approx(0, abs=1e-6) or turned.steepest == pytest.approx(360, abs=1e-6)
    quarter = turned.directions[DIRECTIONS // 4].numpy()
    assert quarter @ gradient == pytest.approx(0, abs=1e-9)


# ---- Secants.


def test_the_secants_of_a_cubic_come_as_near_as_the_formula_says():
    # (f(x+h) - f(x-h)) / 2h = 3x² + h², and from one side 3x² ± 3xh + h².
    found = compute_secants(Function("x**3"), 2.0, 1.0)
    h = found.steps.numpy()
    assert len(h) == HALVINGS + 1
    np.testing.assert_array_equal(h, 0.5 ** np.arange(HALVINGS + 1))
    rounding = 1e-14 / h
    assert (np.abs(found.central.numpy() - (12 + h**2)) <= rounding + 1e-12).all()
    assert (np.abs(found.after.numpy() - (12 + 6 * h + h**2)) <= rounding + 1e-12).all()
    assert (np.abs(found.before.numpy() - (12 - 6 * h + h**2)) <= rounding + 1e-12).all()
    np.testing.assert_allclose(found.ends[:, 1, 1], (2 + h) ** 3, rtol=1e-14)
    np.testing.assert_allclose(found.ends[:, 0, 0], 2 - h)


# ---- A tower of powers, of which sympy would compute millions of digits.


@pytest.mark.parametrize(
    ("text", "at"), [("exp(exp(exp(exp(x))))", 1.0), ("tanh(exp(exp(exp(exp(x)))))", 3.0), ("sin(x^9999)", 1e100)]
)
def test_a_formula_with_a_part_beyond_the_numbers_is_not_evaluated(text, at):
    (one,) = compare_slopes(Function(text), [at])
    assert one.symbolic is None
    assert "no finite number" in one.why


def test_what_backward_leaves_is_torchs_own():
    gradients, error = run_backward(read_probe("sum(x**2)*y", {"x": "[1, 2]", "y": "3"}))
    assert {name: one.tolist() for name, one in gradients.items()} == {"x": [6, 12], "y": [5]}
    assert error == ""
    gradients, error = run_backward(read_probe("x**2", {"x": "[1, 2]"}))
    assert gradients == {"x": None}
    assert error == "RuntimeError: grad can be implicitly created only for scalar outputs"


# Known by hand: the derivative's limit, from the side on which there are values; None where the sides differ.
AT_POLES = [
    ("acos(x)", [1.0], -math.inf),
    ("asin(x)", [-1.0], math.inf),
    ("acos(x)^2", [1.0], -2.0),
    ("asin(x)^2", [1.0], math.inf),
    ("sqrt(x)", [0.0], math.inf),
    ("acosh(x)", [1.0], math.inf),
    ("acosh(x)^2", [1.0], 2.0),
    ("cbrt(x)", [0.0], math.inf),
    ("x^(2/3)", [0.0], math.inf),
    ("x^1.5", [0.0], 0.0),
    ("sqrt(abs(x))", [0.0], None),
    ("abs(x)", [0.0], 0.0),
]


@each_case(("text", "at", "wanted"), AT_POLES)
def test_a_pole_has_its_limit_and_no_number_of_its_own(text, at, wanted):
    (one,) = compare_slopes(Function(text), at)
    if wanted is None:
        assert one.symbolic is None
        assert "−inf from the left and to inf from the right" in one.why
    else:
        assert one.symbolic == pytest.approx(wanted)


@each_case("text", ["max(x, y)", "min(x, y)", "max(x, y, 1)", "min(x, y, 5)", "max(y, x)^2 + x"])
@each_case("at", [[2.0, 2.0], [1.5, 2.0], [2.0, 1.5]])
def test_equal_arguments_share_as_torch_lets_them(text, at):
    for one in compare_slopes(Function(text), at):
        assert one.symbolic == one.autograd


@each_case(
    ("text", "at", "shares"),
    [
        ("max(x, y, z)", [2.0, 2.0, 2.0], [1 / 3, 1 / 3, 1 / 3]),
        ("min(x, y, z)", [2.0, 2.0, 2.0], [1 / 3, 1 / 3, 1 / 3]),
        ("max(x, y, z)", [2.0, 2.0, 1.0], [1 / 2, 1 / 2, 0]),
        ("max(x, y, z)", [1.0, 2.0, 2.0], [0, 1 / 2, 1 / 2]),
        ("min(x, y, z)", [1.0, 2.0, 2.0], [1, 0, 0]),
        ("max(x, y, z, 2)", [2.0, 2.0, 2.0], [1 / 4, 1 / 4, 1 / 4]),
    ],
)
def test_of_several_that_are_equal_each_has_the_same_share(text, at, shares):
    found = compare_slopes(Function(text), at)
    assert [one.autograd for one in found] == pytest.approx(shares, abs=1e-16)
    assert [one.symbolic for one in found] == pytest.approx(shares, abs=1e-16)


@each_case(
    ("text", "at", "ahead"),
    [
        ("max(x, y)", [1.0, 1.0], lambda u: max(u)),
        ("min(x, y)", [1.0, 1.0], lambda u: min(u)),
        ("|x| + y", [0.0, 1.0], lambda u: abs(u[0]) + u[1]),
        ("relu(x) - |y|", [0.0, 0.0], lambda u: max(u[0], 0) - abs(u[1])),
    ],
)
def test_the_slopes_from_both_sides_along_u_have_its_sign(text, at, ahead):
    turned = sweep_directions(Function(text), at)
    for u, before, after, measured in zip(
        turned.directions.tolist(), turned.before.tolist(), turned.after.tolist(), turned.measured.tolist(), strict=True
    ):
        assert after == pytest.approx(ahead(u), abs=1e-6)
        assert before == pytest.approx(-ahead([-one for one in u]), abs=1e-6)
        assert measured == pytest.approx((before + after) / 2, abs=1e-6)


@each_case(
    ("text", "at", "before", "after"),
    [
        ("sqrt(x)", 0.0, False, True),
        ("acos(x)", 1.0, True, False),
        ("cbrt(x)", 0.0, True, True),
        ("x^2", 3.0, False, False),
        ("abs(x)", 0.0, False, False),
        ("1e9 + x", 1.0, False, False),
        ("sin(1000x)", 0.1, False, False),
        ("3", 0.0, False, False),
    ],
)
def test_slopes_from_one_side_that_grow_without_end(text, at, before, after):
    (one,) = compare_slopes(Function(text if "x" in text else f"{text} + 0x"), [at])
    assert (one.before_grows, one.after_grows) == (before, after)
