"""Evaluation: numpy judges the values, finite differences the gradients, and torch says what it ran."""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given, reject
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from playground import Expression, ExpressionError
from tests.language.trees import POINTS, ROUGH, SMOOTH, judged, samples, sigmoid, surely

X = 0.7


def at_the_points(expression, **leaf):
    """The expression's value at ``POINTS``, (5,), and its variables there."""
    variables = {name: torch.tensor(POINTS[name], **leaf) for name in expression.names}
    return expression.evaluate(variables).expand(len(POINTS["x"])), variables


class OperationsRun(TorchDispatchMode):
    """The names of all operations that torch runs while the mode is on."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.names.append(function.overloadpacket.__name__)
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("text", ["x + 2*3*pi^2", "x + sin(1)/4 - 0", "x + (1 + 2 + 3 + 4)", "x + where(1 > 0, 1, 2)"])
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
    [
        ("1/0", math.inf),
        ("-1/0", -math.inf),
        ("9**9**9**9", math.inf),
        ("0/0", math.nan),
        ("sqrt(-1)", math.nan),
        ("(-8)^(1/3)", math.nan),
        ("0**0", 1.0),
        ("exp(1000)", math.inf),
        ("2^-2000", 0.0),
        ("1 // 0", math.inf),
        ("mod(1, 0)", math.nan),
    ],
)
def test_constants_beyond_the_numbers_neither_raise_nor_hang(text, expected):
    assert Expression(text).evaluate({}).item() == pytest.approx(expected, nan_ok=True)


def test_values_broadcast_and_keep_the_graph():
    x = torch.arange(3, dtype=torch.float64).view(3, 1).requires_grad_()
    y = torch.arange(4, dtype=torch.float64)
    value = Expression("x*y + 1").evaluate({"x": x, "y": y})
    np.testing.assert_array_equal(value.detach(), np.outer([0, 1, 2], [0, 1, 2, 3]) + 1)
    value.sum().backward()
    assert x.grad.flatten().tolist() == [6, 6, 6]


@pytest.mark.parametrize(
    ("text", "by_hand"),
    [
        ("sum(x**2)", lambda x, _: (x**2).sum(-1)),
        ("mean(x)*y", lambda x, y: x.mean(-1) * y[..., 0]),
        ("prod(x) + y", lambda x, y: x.prod(-1) + y[..., 0]),
        ("norm(x - y)", lambda x, y: ((x - y) ** 2).sum(-1).sqrt()),
        ("dot(x, [1, y, 2])", lambda x, y: x[..., 0] + x[..., 1] * y[..., 0] + 2 * x[..., 2]),
        ("max(x) - min(x)", lambda x, _: x.max(-1).values - x.min(-1).values),
        ("x[0]^2 + x[2] y", lambda x, y: x[..., 0] ** 2 + x[..., 2] * y[..., 0]),
    ],
)
def test_vectors_are_reduced_on_the_last_axis_whatever_the_batch(text, by_hand):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(4, 5, 3, dtype=torch.float64, generator=generator)
    y = torch.randn(5, 1, dtype=torch.float64, generator=generator)
    value = Expression(text).evaluate({"x": x, "y": y})
    torch.testing.assert_close(value.squeeze(-1), by_hand(x, y).expand(4, 5), rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("x + [1, 2]", "x has 3"),
        ("sum(x*y)", "x has 3, y has 2"),
        ("x[3]", "x has 3"),
        ("y[1] + z[0]", "y has 2, z has 1"),
    ],
)
def test_vectors_whose_lengths_do_not_fit_are_refused_with_their_lengths(text, lengths):
    values = {"x": torch.ones(3), "y": torch.ones(2), "z": torch.tensor(1.0)}
    with pytest.raises(ExpressionError, match=f"vectors of these lengths don't fit together: {lengths}"):
        Expression(text).evaluate(values)


def test_constant_vectors_whose_lengths_do_not_fit_are_refused_at_once():
    with pytest.raises(ExpressionError, match="vectors of these lengths don't fit together"):
        Expression("x + sum([1, 2]*[1, 2, 3])")


# ---- Random expressions. Python's own parser judges how tightly operators hold, which mean there what they mean here.

IN_PYTHON = {"sin": np.sin, "exp": np.exp, "sigmoid": sigmoid} | {name: ROUGH[name] for name in ("abs", "sqrt", "relu")}


def texts_in_python(powers):
    """Texts that are expressions here and in Python, some of them without brackets they could have."""
    leaves = st.sampled_from(["x", "y", "x", "y", "0.5", "2.0", "3.25", "1e-1"])

    def larger(smaller):
        return st.one_of(
            st.builds("{}{}{}".format, smaller, st.sampled_from([" + ", " - ", "*", "/"]), smaller),
            st.builds("({}){}({})".format, smaller, st.sampled_from("+-*/"), smaller),
            st.builds("{}({})".format, st.sampled_from(sorted(IN_PYTHON)), smaller),
            st.builds("(-{})".format, smaller),
            st.builds("-{}".format, smaller),
            st.builds("{}**{}".format, smaller, powers),
        )

    return st.recursive(leaves, larger, max_leaves=8)


def by_python(text, dtype=np.float64):
    code = re.sub(r"\d+\.\d+|1e-1", r"number(\g<0>)", text)
    names = {name: values.astype(dtype) for name, values in POINTS.items()}
    with np.errstate(all="ignore"):
        return np.broadcast_to(eval(code, {"number": dtype} | IN_PYTHON | names), POINTS["x"].shape)


@given(texts_in_python(powers=st.sampled_from(["2.0", "3.0", "-x", "-2.0**y", "0.5", "(y)", "x**2.0"])))
def test_operators_hold_as_in_python(text):
    exact, rough = by_python(text), by_python(text, np.float32)
    with np.errstate(all="ignore"):
        sure = np.isfinite(exact) & (np.abs(rough - exact) <= 1e-4 * np.abs(exact))
    value, _ = at_the_points(Expression(text))
    np.testing.assert_allclose(value.numpy()[sure], exact[sure], rtol=1e-12)


@given(samples(SMOOTH | ROUGH))
def test_random_expressions_have_the_value_that_numpy_gives(sample):
    sure = surely(sample)
    value, _ = at_the_points(Expression(sample.text))
    np.testing.assert_allclose(value.numpy()[sure], judged(sample)[sure], rtol=1e-11)


@given(samples(SMOOTH, choices=False))
def test_gradients_of_random_smooth_expressions_are_central_differences(sample):
    expression = Expression(sample.text)
    value, variables = at_the_points(expression, requires_grad=True)
    if variables:
        value.sum().backward()
    sure = surely(sample) & (np.abs(judged(sample)) < 100)  # a larger value drowns the difference in roundings
    for name, variable in variables.items():

        def difference(step, name=name):
            moved = (POINTS | {name: POINTS[name] + nudge} for nudge in (step, -step))
            ahead, back = (judged(sample, points, errors="raise") for points in moved)
            return (ahead - back) / (2 * step)

        try:
            fine, coarse = difference(1e-5), difference(2e-5)
        except FloatingPointError:  # a hole in the domain, where torch's gradient is nan
            reject()
        smooth = sure & (np.abs(fine - coarse) <= 1e-6 * (1 + np.abs(fine)))
        np.testing.assert_allclose(variable.grad[smooth], fine[smooth], rtol=1e-4, atol=1e-5)
