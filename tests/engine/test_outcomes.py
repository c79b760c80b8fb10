"""What is said of a run's end: judged by its own scale, and against what is known of the place by other means."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import Fit, Function, descend, descend_many
from playground.engine.stationary import equilibrate
from playground.engine.verdict import find_leap
from tests.cases import each_case

X, Y = [0.5, 0.9, 1.4, 1.8], [2.0, 3.8, 5.0, 7.2]
GOMPERTZ = Fit("A*exp(-b*exp(-c*x))", [0.7, 1, 2, 3], [8, 21, 45, 50])
POWERS = st.integers(-12, 12)


def fit_of(model, unit=1.0, **settings):
    return Fit(model, X, [unit * one for one in Y], **settings)


# ---- A minimum, whatever the units are.

# By what the parameters of these models grow with y, and how far a run gets with these settings.
LINEAR = ("a*x + b", [1, 1])
BENT = ("a*exp(b*x) + c", [1, 0, 1])


@settings(max_examples=25)
@given(power=POWERS, steps=st.sampled_from([0, 1, 40, 400]), model=st.sampled_from([LINEAR, BENT]))
def test_a_power_of_ten_in_y_changes_no_outcome(power, steps, model):
    text, powers = model
    start = [0.7, 0.4, -0.3][: len(powers)]
    optimizer = {"optimizer": "SGD", "lr": 0.3} if model is LINEAR else {"optimizer": "LevenbergMarquardt"}
    steps = steps if model is LINEAR else min(steps, 40)
    unit = 10.0**power
    scaled = [unit**one * value for one, value in zip(powers, start, strict=True)]
    here = descend(fit_of(text), start, steps=steps, **optimizer)
    there = descend(fit_of(text, unit), scaled, steps=steps, **optimizer)
    assert here.outcome.name == there.outcome.name


@settings(max_examples=25)
@given(power=POWERS, steps=st.sampled_from([0, 5, 50, 200]), text=st.sampled_from(["x^2 + 3y^2", "x^2 - y^2", "x^2"]))
def test_a_power_of_ten_in_the_loss_changes_no_outcome(power, steps, text):
    unit = 10.0**power
    names = Function(text).parameters
    start = [2.0, 0.0][: len(names)]
    here = descend(Function(text), start, lr=0.1, steps=steps)
    there = descend(Function(f"{unit!r}*({text})"), start, lr=0.1 / unit, steps=steps)
    assert here.outcome.name == there.outcome.name


def test_a_fit_in_nanoamperes_has_not_converged_where_it_begins():
    tiny = fit_of("a*x + b", 1e-9)
    assert float(tiny.gradient([0.0, 0.0]).norm()) < 1e-6
    for steps in (0, 1, 5):
        assert descend(tiny, [0.0, 0.0], lr=0.3, steps=steps).outcome.name == "FINISHED"
    done = descend(tiny, [0.0, 0.0], lr=0.3, steps=700)
    np.testing.assert_allclose(done.parameters[-1], 1e-9 * np.polyfit(X, Y, 1), rtol=1e-6)
    assert done.outcome.name == "CONVERGED"


@given(
    squares=st.lists(st.floats(1, 100), min_size=1, max_size=4),
    scales=st.lists(st.integers(-6, 6), min_size=4, max_size=4),
    distance=st.sampled_from([0.0, 1e-9, 1e-3, 0.1]),
)
def test_a_quadratic_has_converged_where_its_minimum_is_near(squares, scales, distance):
    # The minimum is known: at 10^scale in each parameter, whose curvature goes by the same unit.
    names = "abcd"[: len(squares)]
    at = [10.0**one for one in scales[: len(squares)]]
    terms = (f"{c!r}*({n}/{unit!r} - 1)^2" for c, n, unit in zip(squares, names, at, strict=True))
    found = descend(Function(" + ".join(terms)), [one * (1 + distance) for one in at], lr=0.0, steps=0).outcome
    assert found.name == ("CONVERGED" if distance <= 1e-6 else "FINISHED")


# ---- No minimum, though there is no slope.

SINGULAR = [
    (fit_of("a*b*x + c"), [1.0, 1.0, 0.0], {"optimizer": "LevenbergMarquardt"}, "a·b"),
    (fit_of("a*b*x + c"), [1.3, 0.7, 0.0], {"lr": 0.05, "steps": 1500}, "a·b"),
    (fit_of("a*x/b + c"), [1.0, 1.0, 0.0], {"optimizer": "LevenbergMarquardt"}, "a/b"),
    (fit_of("a*x + b*x + c"), [1.0, 2.0, 0.0], {"lr": 0.1, "steps": 2000}, "a + b"),
    (fit_of("exp(a - b)*x + c"), [1.0, 2.0, 0.0], {"optimizer": "LevenbergMarquardt"}, "a − b"),
    (fit_of("a*exp(b*x + c)"), [1.0, 0.5, 0.5], {"optimizer": "LevenbergMarquardt"}, ""),
    (Function("(x*y - 3)^2"), [2.0, 2.0], {"lr": 0.05, "steps": 500}, "x·y"),
    (Function("(x + y - 3)^2"), [0.0, 0.0], {"lr": 0.1, "steps": 500}, "x + y"),
]


@each_case(("objective", "start", "settings", "determined"), SINGULAR)
def test_what_is_redundant_is_flat_and_named(objective, start, settings, determined):
    run = descend(objective, start, **{"steps": 25} | settings)
    outcome = run.outcome
    assert (outcome.name, outcome.determined) == ("FLAT", determined)
    # By differences: the loss doesn't change along what is undetermined, and those that are left out do matter.
    hessian = differences_of_the_gradient(objective, run.parameters[-1])
    null = np.linalg.svd(hessian)[2][-1]
    moved = [name for name, part in zip(objective.parameters, null, strict=True) if abs(part) > 1e-3]
    assert outcome.undetermined == tuple(moved)
    assert determined in outcome.message


def differences_of_the_gradient(objective, at):
    step = 1e-5
    rows = [
        (objective.gradient(at + step * axis) - objective.gradient(at - step * axis)) / (2 * step)
        for axis in torch.eye(len(at), dtype=torch.float64)
    ]
    return torch.stack(rows).numpy()


def test_the_fit_of_a_redundant_model_is_right_all_the_same():
    run = descend(fit_of("a*b*x + c"), [1.0, 1.0, 0.0], "LevenbergMarquardt", steps=60)
    a, b, c = run.parameters[-1].tolist()
    np.testing.assert_allclose([a * b, c], np.polyfit(X, Y, 1), rtol=1e-6)
    assert "the data don't determine a and b, only a·b" in run.outcome.message


@each_case("optimizer", ["SGD", "Adam", "RMSprop", "LBFGS", "Newton", "LevenbergMarquardt"])
def test_a_saturated_logistic_has_not_converged(optimizer):
    logistic = fit_of("m1/(1 + exp(-m2*(x - m3)))")
    run = descend(logistic, [4.5, 1.0, -1e40], optimizer, lr=0.1 if optimizer != "Newton" else 1.0, steps=100)
    assert run.parameters[-1, 2] < -1e39
    assert run.outcome.name != "CONVERGED"
    if run.outcome.name == "FLAT":
        assert run.outcome.undetermined == ("m2", "m3")


@each_case(
    ("objective", "start"),
    [
        (fit_of("a*exp(-b*x)"), [1.0, 50.0]),
        (fit_of("a*exp(-b*x)", 1e-9), [1e-9, 50.0]),
        (Function("1 - exp(-x^2)"), [8.0]),
        (Function("3 + 0x"), [1.0]),
    ],
)
def test_a_plateau_is_flat(objective, start):
    outcome = descend(objective, start, lr=1e-2, steps=5).outcome
    assert outcome.name == "FLAT"
    assert "plateau" in outcome.message
    assert outcome.undetermined == objective.parameters


def test_a_parameter_that_is_rightly_zero_is_determined():
    # Symmetric data: the slope is 0 to rounding, and by its own size it changes nothing.
    fit = Fit("a*x + b", [-1, -0.3, 0.3, 1], [1, 2, 2, 1.0])
    run = descend(fit, [0.0, 0.0], lr=0.1, steps=500)
    assert abs(run.parameters[-1, 0]) < 1e-15
    assert run.outcome.name == "CONVERGED"


@each_case("text", ["x^4", "abs(x)", "x^6 + 2"])
def test_a_lowest_point_without_curvature_is_told_from_a_plateau(text):
    outcome = descend(Function(text), [0.0], lr=0.1, steps=3).outcome
    assert outcome.name == "FLAT"
    assert "plateau" not in outcome.message
    assert "rises on both sides along x" in outcome.message


@each_case(
    ("text", "start", "place"),
    [
        ("x*y", [0.0, 0.0], "a saddle"),
        ("x^2 - y^2", [1.0, 0.0], "a saddle"),
        ("-x^2 - y^2", [0.0, 0.0], "a maximum"),
        ("-x^2 + 0y", [0.0, 1.0], "a ridge"),
    ],
)
def test_where_it_curves_down_it_is_no_minimum(text, start, place):
    outcome = descend(Function(text), start, lr=0.1, steps=100).outcome
    assert outcome.name == "SADDLE"
    assert place in outcome.message
    assert outcome.can_continue


def test_a_valley_that_is_crept_along_is_not_flat():
    # The least eigenvalue is 1e-6 of the largest; at a rate for the largest the run moves on by 1e-6 a step.
    valley = Function("x^2 + 1e-6*(x - y)^2")
    run = descend(valley, [1.0, 1.0], lr=0.5, steps=100)
    assert run.outcome.name == "FINISHED"
    assert descend(valley, [1.0, 1.0], "Newton", steps=3).outcome.name == "CONVERGED"


def test_converged_is_said_of_minima_alone():
    # Random fits and functions from random starts: where it is said, the Hessian by differences is positive definite.
    generator = torch.Generator().manual_seed(3)
    objectives = [
        fit_of("a*x + b"),
        fit_of("a*exp(b*x) + c"),
        fit_of("a*b*x + c"),
        fit_of("a/(1 + exp(-b*(x - c)))"),
        fit_of("a*x^b"),
        Function("(1 - x)^2 + 100*(y - x^2)^2"),
        Function("(x^2 + y - 11)^2 + (x + y^2 - 7)^2"),
        Function("x*y*exp(-x^2 - y^2)"),
    ]
    seen = set()
    for objective in objectives:
        for _ in range(2):
            start = 2 * torch.randn(len(objective.parameters), generator=generator, dtype=torch.float64)
            for optimizer in ("Newton", "Adam"):
                lr, steps = (1.0, 40) if optimizer == "Newton" else (0.05, 400)
                run = descend(objective, start, optimizer, lr=lr, steps=steps)
                if run.outcome.name == "CONVERGED":
                    hessian = differences_of_the_gradient(objective, run.parameters[-1])
                    lengths = np.sqrt(np.abs(np.diag(hessian)))
                    assert np.linalg.eigvalsh(hessian / lengths / lengths[:, None]).min() > 1e-9
                seen.add(run.outcome.name)
    assert {"CONVERGED", "FLAT"} <= seen


def test_of_many_parameters_nobody_makes_a_hessian(monkeypatch):
    sphere = Function("sum(x^2)", sizes={"x": 40})
    monkeypatch.setattr(Function, "hessian", lambda *_: pytest.fail("a Hessian of 40 parameters was made"))
    outcome = descend(sphere, [1.0] * 40, lr=0.5, steps=2).outcome
    assert outcome.name == "FINISHED"


# ---- Runs that were lost.


@each_case("steps", [20, 40, 100, 1000])
def test_a_run_that_one_step_threw_off_is_told_so(steps):
    run = descend(GOMPERTZ, {"A": 4, "b": 1, "c": -2}, lr=0.01, steps=steps)
    step = next(k for k in range(1, 20) if run.losses[k] > 1e10)
    assert run.losses[-1] > 1e6 * run.losses[0]
    assert run.outcome.name == "DIVERGED"
    assert f"step {step} took the loss from {float(run.losses[step - 1]):.4g} to 2.564e27" in run.outcome.message


def test_where_it_was_thrown_is_said_where_it_comes_to_rest():
    run = descend(GOMPERTZ, {"A": 4, "b": 1, "c": -2}, lr=0.01, steps=5000)
    assert run.outcome.name == "FLAT"
    assert run.outcome.undetermined == ("b", "c")
    step = int((run.parameters[1:, 1].abs() > 1e20).nonzero()[0]) + 1
    assert f"step {step} threw b from" in run.outcome.message


def test_a_run_that_comes_back_was_not_lost():
    # One step to 10^5 times the loss, and then back by half at each step.
    run = descend(Function("x^2"), [1.0], "SGD", lr=0.15, steps=60)
    assert run.outcome.name != "DIVERGED"
    losses = [1.0, 1e5, *(1e5 * 0.5**k for k in range(1, 17))]
    assert find_leap(losses) == 1
    assert find_leap([1.0, 20.0, 400.0, 8000.0]) == 0
    assert find_leap([1.0, 20.0, 400.0, 399.0]) == 1


def test_a_divergence_is_dated_where_it_begins():
    outcome = descend(Function("x^2/2 + 11y^2/2"), [1, 1e-3], lr=0.2, steps=60).outcome
    assert outcome.name == "DIVERGED"
    losses = descend(Function("x^2/2 + 11y^2/2"), [1, 1e-3], lr=0.2, steps=60).losses.tolist()
    assert f"It has risen at each step since step {losses.index(min(losses))}." in outcome.message


def test_unstable_is_not_diverging():
    fit = Fit("a*b*x", [0.5, 1, 1.5], [0.5, 1, 1.5], loss="logcosh")
    limit = 2 / float(torch.linalg.eigvalsh(fit.hessian([6.0, 0.05]))[-1])
    assert limit < 0.1
    run = descend(fit, [6.0, 0.05], lr=0.2, steps=3000)
    assert run.losses[-1] < 1e-20
    assert (run.outcome.name, run.outcome.determined) == ("FLAT", "a·b")


def test_a_run_that_has_hardly_moved_is_told_so():
    outcome = descend(fit_of("a*x + b", 1e-9), [1e-3, 1e-3], lr=1e-12, steps=20).outcome
    assert outcome.name == "FINISHED"
    assert outcome.message.startswith("Hardly moved: in 20 steps")


# ---- What the judgement costs, and rows.


def test_a_run_is_judged_once(monkeypatch):
    from playground import Descent

    made = []
    plain = Fit.hessian
    monkeypatch.setattr(Fit, "hessian", lambda *args: made.append(1) or plain(*args))
    live = Descent(fit_of("a*x + b"), [0.0, 0.0], lr=0.1)
    live.run(10)
    for _ in range(5):
        assert live.trajectory.outcome.name == "FINISHED"
    assert len(made) == 1


def test_rows_end_as_their_own_runs_do():
    starts = [[1.0, 1.0, 0.0], [2.0, -1.0, 0.5], [30.0, 30.0, 1.0], [0.0, 0.0, 0.0]]
    redundant = fit_of("a*b*x + c")
    many = descend_many(redundant, starts, "SGD", lr=0.05, steps=3000)
    alone = [descend(redundant, one, "SGD", lr=0.05, steps=3000).outcome for one in starts]
    assert list(many.outcomes) == alone
    assert {one.name for one in alone} >= {"FLAT", "DIVERGED"}


@given(
    squares=st.lists(st.floats(0.1, 10), min_size=9, max_size=9),
    scales=st.lists(st.integers(-30, 30), min_size=3, max_size=3),
)
def test_equilibrating_takes_the_units_out(squares, scales):
    root = np.array(squares).reshape(3, 3)
    matrix = root @ root.T
    units = 10.0 ** np.array(scales)
    (_, plain), (found, scaled) = equilibrate(matrix[None]), equilibrate((units[:, None] * matrix * units)[None])
    # Each round takes the root of what is left: of 1e60 a twentieth.
    np.testing.assert_allclose(scaled, plain, rtol=0.1)
    np.testing.assert_allclose(np.abs(scaled).max(-1), 1, rtol=0.1)
    np.testing.assert_allclose(found[0, :, None] * (units[:, None] * matrix * units) * found[0], scaled[0], rtol=1e-9)


def test_equilibrating_knows_a_row_of_zeros():
    scales, scaled = equilibrate(np.array([[[4.0, 0.0], [0.0, 0.0]]]))
    assert math.isclose(scaled[0, 0, 0], 1.0)
    assert scales[0, 1] == 1.0
    assert scaled[0, 1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("model", "x", "helps"), [("a + b*log(x)", 0, False), ("a*exp(-b/x)", 0, False), ("log(a*x)", 1, True)]
)
def test_another_start_is_advised_where_one_helps(model, x, helps):
    fit = Fit(model, [x, 2.0, 3.0], [1.0, 2.0, 3.0])
    said = descend(fit, [-1.0] * len(fit.parameters), steps=5).outcome.message
    assert ("Try another start" in said) == helps
    assert ("leave such points out" in said) != helps
