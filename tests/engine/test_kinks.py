"""What is said of points where a function has no value, no slope, or a kink; of the records: test_operations."""

import math

import pytest
import torch

from playground import Fit, Function, descend
from playground.engine import kinks
from playground.engine.kinks import MAX_TEXT, explain_points
from tests.cases import each_case


def said(objective, *points):
    parameters = torch.tensor(points, dtype=torch.float64)
    return explain_points(objective, parameters, objective.loss(parameters).detach(), objective.gradient(parameters))


@pytest.mark.parametrize(
    ("text", "point", "parts"),
    [
        (
            "ln(x - 2)",
            [1.5],
            ["ln(x - 2) where x - 2 = −0.5: the logarithm of a negative number", "gradient here is (−2)"],
        ),
        ("sin(x)/x", [0.0], ["where sin(x) = 0 and x = 0: 0 divided by 0 has no value", "(nan)"]),
        ("sqrt(x^2 + y^2)", [0.0, 0.0], ["where x**2 + y**2 = 0: the slope of the square root", "(nan, nan)"]),
        ("|x - 1| + y", [1.0, 3.0], ["abs(x - 1) where x - 1 = 0: a kink", "torch takes 0 there"]),
        ("max(x, 0)", [0.0], ["max(x, 0) where x = 0: equal arguments are a kink"]),
        ("x + 1/0", [2.0], ["1 / 0: a number divided by 0 is infinite"]),
        ("exp(x)*0", [1000.0], ["exp(x) where x = 1000: the result is too large for a number"]),
        ("x*1e308", [100.0], ["x * 1e308 where x = 100: the result is too large for a number"]),
        ("where(x > 0, sqrt(x), 0)", [-1.0], ["sqrt(x) where x = −1", "The loss leaves that out"]),
        ("floor(x)", [0.3], ["floor(x): it is made of flat steps"]),
        ("(-2)^x", [0.5], ["where x = 0.5: a negative number to a power that isn't whole"]),
    ],
)
def test_the_operation_is_named_with_its_arguments_and_what_torch_does(text, point, parts):
    (sentence,) = said(Function(text), point)
    for part in parts:
        assert part in sentence


def test_each_point_has_its_own_sentence_and_smooth_ones_have_none():
    first, second, third = said(Function("|x| + ln(y)"), [0.0, 1.0], [1.0, 1.0], [1.0, -1.0])
    assert first.startswith("abs(x) where x = 0: a kink")
    assert second == ""
    assert third.startswith("ln(y) where y = −1: ")


def test_a_smooth_function_is_never_looked_at(monkeypatch):
    function = Function("sin(x)*exp(-x^2)")
    monkeypatch.setattr(function.expression, "evaluate_nodes", lambda _: pytest.fail("nothing is to be explained"))
    assert said_of_known(function) == ["", ""]


def said_of_known(function):
    finite = torch.zeros(2, dtype=torch.float64)
    return explain_points(function, finite.unsqueeze(-1), finite, finite.unsqueeze(-1))


def test_what_is_flat_is_said_only_where_nothing_moves():
    (moving, still) = said(Function("floor(x)*y"), [1.5, 2.0], [0.5, 2.0])
    assert moving == ""
    assert still.startswith("floor(x): it is made of flat steps")


def test_a_branch_that_is_not_taken_and_does_no_harm_is_no_matter():
    assert said(Function("where(x > 0, ln(x), x^2)"), [-1.0]) == [""]


def test_on_a_fit_the_data_point_is_named():
    fit = Fit("a*|x - b|", x=[0.5, 0.9, 1.4], y=[1.0, 2.0, 3.0])
    kink, smooth = said(fit, [1.0, 0.9], [1.0, 1.0])
    assert kink.startswith("abs(x - b) where x - b = 0 for the data point x = 0.9: a kink")
    assert smooth == ""


def test_a_long_subexpression_is_quoted_in_part():
    (sentence,) = said(Function("ln(" + "+".join(["x"] * 50) + " - 100)"), [1.0])
    quotes = sentence.split(": ")[0].split(" where ")
    assert quotes[0].endswith("…")
    assert len(quotes[0]) == MAX_TEXT


def test_of_a_vector_the_component_that_broke_is_named():
    (sentence,) = said(Function("sum(sqrt(x))", sizes={"x": 3}), [1.0, -2.0, 4.0])
    assert sentence.startswith("sqrt(x) where x[1] = −2: ")


def test_the_outcome_of_a_run_that_leaves_the_domain_says_why():
    outcome = descend(Function("x - ln(x)"), [1.5], lr=5.0, steps=100).outcome
    assert outcome.name == "OUT_OF_DOMAIN"
    assert "At step 1 (x = −0.1667) the loss is nan. ln(x) where x = −0.1667: the logarithm of" in outcome.message


def test_a_kink_on_the_way_is_said_at_its_step_alone():
    run = descend(Function("|x|"), [0.75], lr=0.25, steps=4)
    assert run.parameters[:, 0].tolist() == [0.75, 0.5, 0.25, 0.0, 0.0]
    texts = explain_points(Function("|x|"), run.parameters, run.losses, run.gradients)
    assert [bool(text) for text in texts] == [False, False, False, True, True]


def test_what_is_not_finite_is_said_as_it_is():
    (sentence,) = said(Function("x/y"), [1.0, 0.0])
    assert "gradient here is (inf, −inf)" in sentence
    assert math.isinf(Function("x/y").gradient([1.0, 0.0])[0])


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("max(x, x)", [1.0]),
        ("|x|*x", [0.0]),
        ("|x|^3 + x", [0.0]),
        ("relu(x)^2 + x", [0.0]),
        ("0*|x| + x", [0.0]),
        ("|x| - |x| + x", [0.0]),
        ("where(x > 1, |x|, 2x)", [0.0]),
        ("|3 - 3| + x^2", [1.0]),
        ("sign(0)*x + x", [1.0]),
        ("floor(2.5)*x^2", [0.0]),
    ],
)
def test_where_the_loss_is_smooth_there_is_no_word(text, point):
    assert said(Function(text), point) == [""]


@pytest.mark.parametrize(
    ("text", "point", "part"),
    [
        ("where(x > 0, x, -x)", [0.0], "x > 0 where x = 0: here the choice changes"),
        ("(x > 0) + x", [0.0], "x > 0 where x = 0"),
        ("piecewise(x < 0, -x, x < 1, x, 1)", [1.0], "x < 1 where x = 1"),
        ("floor(x) + x", [1.0], "floor(x) where x = 1: a jump"),
        ("x - floor(x)", [1.0], "floor(x) where x = 1: a jump"),
        ("x % 1", [2.0], "x % 1 where x = 2: the remainder jumps"),
    ],
)
def test_where_the_loss_bends_or_jumps_there_is_one(text, point, part):
    (sentence,) = said(Function(text), point)
    assert part in sentence


def test_kinks_of_the_data_are_no_kinks_of_the_loss():
    fit = Fit("a*|x| + b", x=[0.0, 2.0], y=[1.0, 2.0])
    assert said(fit, [1.0, 1.0]) == [""]


def test_a_loss_that_overflows_by_itself_is_explained():
    (sentence,) = said(Fit("a*x + b", x=[1.0, 2.0], y=[1.0, 2.0]), [1e200, 0.0])
    assert sentence.startswith("The model has a value there, but it is too far from the data for the loss")


def test_of_points_without_a_value_the_first_is_explained():
    sentences = said(Function("ln(x)"), [1.0], [-1.0], [-2.0])
    assert [bool(sentence) for sentence in sentences] == [False, True, False]


@pytest.mark.parametrize("at_once", [1, 3, 4, 100])
def test_many_points_are_looked_at_in_parts_and_only_the_first_without_a_value_is_told(monkeypatch, at_once):
    points = [[1.0], [0.0], [-1.0], [2.0], [-3.0], [0.0], [-4.0]]
    function = Function("|x| + sqrt(x + 0.5)")
    whole = said(function, *points)
    assert [bool(sentence) for sentence in whole] == [False, True, True, False, False, True, False]
    monkeypatch.setattr(kinks, "CHUNK", at_once)
    assert said(function, *points) == whole


def test_of_a_fit_the_parts_are_smaller_the_more_data_there_are(monkeypatch):
    fit = Fit("a*|x - b|", x=[1.0, 2.0, 3.0], y=[0.0, 1.0, 2.0])
    points = [[1.0, b] for b in (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)]
    whole = said(fit, *points)
    # At b = 1 the error is 0 where the model bends, and its square doesn't bend.
    assert [bool(sentence) for sentence in whole] == [False, False, False, True, True, False]
    monkeypatch.setattr(kinks, "CHUNK", 6)
    assert said(fit, *points) == whole


@each_case("x", [[-0.5, 1.0, 3.0], [3.0, 1.0, -0.5], [3.0, -0.5, 2.0, -1.5]])
@each_case("n", [2.0, 1.0, 1.5])
def test_the_point_that_is_named_is_the_culprit(x, n):
    # Each point by itself: those whose loss or gradient isn't finite.
    alone = [Fit("x^n", [one], [1.0]) for one in x]
    culprits = [
        at
        for at, fit in zip(x, alone, strict=True)
        if not (fit.loss([n]).isfinite() and fit.gradient([n]).isfinite().all())
    ]
    message = descend(Fit("x^n", x, [1.0] * len(x)), [n], steps=0).outcome.message
    assert culprits[0] < 0
    assert f"where x = {culprits[0]:g} and n".replace("-", "−") in message


def test_a_slope_by_the_data_is_nobodys():
    # The root's slope by x is infinite at 0, but x doesn't move.
    outcome = descend(Fit("a*sqrt(x) + b^1.5", [0.0, 1.0], [1.0, 2.0]), [1.0, -1.0], steps=0).outcome
    assert "b**1.5 where b = −1" in outcome.message


@each_case(
    ("model", "start", "part", "point"),
    [
        ("a*abs(x - b)^1.5", [2.0, 2.0], "abs(x - b)**1.5", "x = 2"),
        ("a + abs(b*x - 2)^1.5", [0.5, 1.0], "abs(b * x - 2)**1.5", "x = 2"),
    ],
)
def test_where_a_hessian_is_not_finite_the_part_and_the_data_are_named(model, start, part, point):
    fit = Fit(model, [1.0, 2.0, 3.0], [9.0, 1.0, 1.0])
    assert fit.gradient(start).isfinite().all()
    assert not fit.hessian(start).isfinite().all()
    for optimizer, name in (("Newton", "STOPPED"), ("SGD", "FINISHED")):
        outcome = descend(fit, start, optimizer, lr=0.0 if optimizer == "SGD" else 1.0, steps=1).outcome
        assert outcome.name == name
        if optimizer == "Newton":
            assert part in outcome.message
            assert f"the data point {point}:" in outcome.message
    start_alone = descend(fit, start, steps=0).outcome
    assert part in start_alone.message
    assert start_alone.message.endswith("its second derivative isn't finite there.")
