import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import playground
from playground import OPTIMIZERS, Descent, Fit, Function, InputError, descend
from playground.engine.second_order import SETTLED, LevenbergMarquardt, Newton
from tests.cases import each_case

NIST = json.loads((Path(playground.__file__).parent / "data" / "nist_strd.json").read_text())["datasets"]
ROSENBROCK = "(1 - x)^2 + 100 (y - x^2)^2"
HIMMELBLAU = "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
DECAY = "a*exp(-b*x) + c"
X = [0.0, 0.5, 1.0, 2.0, 3.0, 4.0]
Y = [3.1, 2.2, 1.9, 1.2, 1.1, 0.9]


def point(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def stepped(cls, of, theta, steps=1, loss=None, **settings):
    """The optimizer after so many steps down ``loss``, by default what it is given."""
    optimizer = cls([theta], of, **settings)
    loss = loss or of

    def closure():
        optimizer.zero_grad()
        value = loss(theta)
        value.backward()
        return value

    for _ in range(steps):
        optimizer.step(closure)
    return optimizer


def squares(residuals):
    return lambda theta: (residuals(theta) ** 2).sum()


# ---- Newton.


def test_newton_is_at_the_minimum_of_a_quadratic_after_one_step():
    matrix = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 2.0]])
    slope = np.array([1.0, -2.0, 5.0])
    run = descend(Function("2x^2 + x y + 1.5y^2 - y z + z^2 + x - 2y + 5z"), [7.0, -40.0, 3.0], "Newton", steps=5)
    np.testing.assert_allclose(run.parameters[1], np.linalg.solve(matrix, -slope), rtol=1e-12)
    np.testing.assert_allclose(run.parameters[5], run.parameters[1], rtol=1e-12)
    assert run.outcome.name == "CONVERGED"


@given(st.data(), st.integers(1, 5))
def test_one_newton_step_solves_a_quadratic_of_any_size(data, size):
    numbers = st.floats(-3, 3)
    root, slope, start = (
        np.array(data.draw(st.lists(numbers, min_size=count, max_size=count))) for count in (size * size, size, size)
    )
    matrix = root.reshape(size, size) @ root.reshape(size, size).T + np.eye(size)
    curved, tilted = torch.tensor(matrix), torch.tensor(slope)
    expected = np.linalg.solve(matrix, -slope)
    # Where the start is so near that the gain is lost in rounding, a line search may leave it there.
    for line_search, tolerance in ((False, 1e-11), (True, 1e-6)):
        theta = point(*start)
        stepped(Newton, lambda t: t @ curved @ t / 2 + tilted @ t, theta, line_search=line_search)
        np.testing.assert_allclose(theta.detach(), expected, rtol=0, atol=tolerance)


def test_newton_takes_an_ill_conditioned_quadratic_in_few_steps():
    run = descend(Function("1e6 (x - 1)^2 + 1e-4 (y + 3)^2"), [50.0, 80.0], "Newton", steps=3)
    np.testing.assert_allclose(run.parameters[-1], [1.0, -3.0], rtol=1e-9)


@pytest.mark.parametrize(
    ("text", "start", "minimum"),
    [
        (ROSENBROCK, [-1.2, 1.0], [1.0, 1.0]),
        (HIMMELBLAU, [2.5, 2.5], [3.0, 2.0]),
        ("(1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2", [1.0, 0.5], [3.0, 0.5]),
        ("sqrt(1 + x^2) + y^4 - y", [5.0, 3.0], [0.0, 0.25 ** (1 / 3)]),
        ("x - ln(x)", [5.0], [1.0]),  # a full step leaves the domain
    ],
    ids=["Rosenbrock", "Himmelblau", "Beale", "a step too far", "domain"],
)
def test_newton_reaches_known_minima_and_its_loss_never_rises(text, start, minimum):
    run = descend(Function(text), start, "Newton", steps=60)
    torch.testing.assert_close(run.parameters[-1], torch.tensor(minimum, dtype=torch.float64), rtol=1e-7, atol=1e-7)
    assert bool((run.losses.diff() <= 0).all())
    assert run.outcome.name == "CONVERGED"


def test_one_newton_step_is_the_one_worked_out_by_numpy():
    x, y, lr, damping = 0.7, -1.3, 1.0, 0.3
    # f = x^4 - 3x y + y^3
    gradient = np.array([4 * x**3 - 3 * y, -3 * x + 3 * y**2])
    hessian = np.array([[12 * x**2, -3.0], [-3.0, 6 * y]])
    scale = np.diag(np.sqrt(np.abs(np.diag(hessian))))
    values, vectors = np.linalg.eigh(np.linalg.solve(scale, hessian) @ np.linalg.inv(scale))
    assert values[0] < 0
    upwards = scale @ vectors @ np.diag(np.abs(values)) @ vectors.T @ scale
    direction = -np.linalg.solve(upwards + damping * np.eye(2), gradient)
    loss = lambda x, y: x**4 - 3 * x * y + y**3  # noqa: E731
    while loss(*(np.array([x, y]) + lr * direction)) > loss(x, y) + 0.1 * lr * gradient @ direction:
        lr *= 0.25
    theta = point(x, y)
    optimizer = stepped(Newton, lambda t: loss(t[0], t[1]), theta, damping=damping, decrease=0.1, shrink=0.25)
    np.testing.assert_allclose(theta.detach(), np.array([x, y]) + lr * direction, rtol=1e-12)
    kept = optimizer.state[theta]
    np.testing.assert_allclose(kept["direction"], direction, rtol=1e-12)
    np.testing.assert_allclose(
        [kept["length"], kept["least_eigenvalue"]], [lr, np.linalg.eigvalsh(hessian)[0]], rtol=1e-12
    )


def test_newtons_length_is_the_first_at_which_enough_of_what_the_slope_promises_has_come():
    loss = lambda x: math.sqrt(1 + x * x)  # noqa: E731
    x, direction, promise = 3.0, -30.0, 90 / math.sqrt(10)
    lengths = [0.7**k for k in range(20)]
    length = next(one for one in lengths if loss(x + one * direction) <= loss(x) - 0.4 * one * promise)
    fallen = next(one for one in lengths if loss(x + one * direction) < loss(x))
    assert length < fallen < 1
    run = descend(Function("sqrt(1 + x^2)"), [x], "Newton", steps=1, decrease=0.4, shrink=0.7)
    assert run.states["length"][1].item() == pytest.approx(length, rel=1e-12)
    assert run.parameters[1].item() == pytest.approx(x + length * direction, rel=1e-11)


def test_a_whole_newton_step_on_rosenbrocks_valley_is_numpys():
    x, y = -1.2, 1.0
    gradient = np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])
    hessian = np.array([[2 - 400 * (y - 3 * x**2), -400 * x], [-400 * x, 200.0]])
    assert np.linalg.eigvalsh(hessian)[0] > 0
    run = descend(Function(ROSENBROCK), [x, y], "Newton", steps=1, line_search=False)
    np.testing.assert_allclose(run.parameters[1], [x, y] - np.linalg.solve(hessian, gradient), rtol=1e-11)


@pytest.mark.parametrize("side", [1, -1])
def test_newton_turns_away_from_the_saddle_that_a_plain_newton_step_goes_to(side):
    x, y = 1.0, side * 0.01
    plain = y - (-2 * y + y**3) / (-2 + 3 * y**2)
    assert abs(plain) < 1e-5
    run = descend(Function("x^2 - y^2 + y^4/4"), [x, y], "Newton", steps=20)
    assert run.parameters[1, 1] * side > 0.01
    assert run.losses[1] < run.losses[0]
    np.testing.assert_allclose(run.parameters[-1], [0.0, side * math.sqrt(2)], atol=1e-8)
    assert run.losses[-1].item() == pytest.approx(-1, abs=1e-14)


def test_newton_leaves_a_saddle_along_its_downward_curvature():
    run = descend(Function("x^2 - y^2 + y^4"), [0.5, 1e-3], "Newton", steps=20)
    assert run.states["least_eigenvalue"][1].item() == pytest.approx(-2, rel=1e-4)
    assert run.parameters[1, 1] > 1e-3
    np.testing.assert_allclose(run.parameters[-1], [0.0, math.sqrt(0.5)], atol=1e-8)


def test_a_newton_step_without_a_line_search_is_the_whole_step():
    text = "sqrt(1 + x^2)"  # Newton's step leads from x to -x^3
    run = descend(Function(text), [1.1], "Newton", steps=3, line_search=False)
    np.testing.assert_allclose(run.parameters[:, 0], [1.1, -(1.1**3), 1.1**9, -(1.1**27)], rtol=1e-11)
    assert descend(Function(text), [1.1], "Newton", steps=30).outcome.name == "CONVERGED"
    run = descend(Function("x^2"), [8.0], "Newton", lr=0.5, steps=3, line_search=False)
    assert run.parameters[:, 0].tolist() == [8, 4, 2, 1]


def test_with_more_and_more_damping_newton_goes_down_the_gradient():
    function = Function(ROSENBROCK)
    gradient = function.gradient([-1.2, 1.0])
    run = descend(function, [-1.2, 1.0], "Newton", steps=1, damping=1e9)
    torch.testing.assert_close(run.states["direction"][1], -gradient / 1e9, rtol=1e-5, atol=0)


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=2))
def test_the_more_damping_the_shorter_newtons_direction_and_the_nearer_to_the_gradients(start):
    gradient = Function(ROSENBROCK).gradient(start)
    assume(gradient.norm() > 1e-6)
    lengths, turns = [], []
    for damping in (0.0, 1.0, 10.0, 100.0, 1e4):
        run = descend(Function(ROSENBROCK), start, "Newton", steps=1, damping=damping)
        direction = run.states["direction"][1]
        lengths.append(direction.norm().item())
        turns.append((-direction @ gradient / direction.norm() / gradient.norm()).item())
    assert all(b < a for a, b in pairwise(lengths))
    assert all(b > a - 1e-9 for a, b in pairwise(turns))
    assert turns[-1] > 0.9


@pytest.mark.parametrize("optimizer", ["Newton", "LevenbergMarquardt"])
def test_a_run_at_a_learning_rate_of_zero_says_that_nothing_moves(optimizer):
    run = descend(Fit(DECAY, X, Y), [2.0, 0.6, 1.0], optimizer, lr=0.0, steps=5)
    assert run.parameters.tolist() == [[2.0, 0.6, 1.0]] * 6
    assert "the learning rate is 0" in run.outcome.message


@pytest.mark.parametrize("text", [ROSENBROCK, HIMMELBLAU], ids=["Rosenbrock", "Himmelblau"])
def test_once_at_a_minimum_newton_stays_there(text):
    run = descend(Function(text), [-1.2, 1.0], "Newton", steps=300)
    assert (run.steps, run.outcome.name) == (300, "CONVERGED")
    assert torch.equal(run.parameters[40:], run.parameters[-1].expand(261, -1))


def test_newton_stays_at_a_point_without_slope():
    for text, start, name in (
        ("x^2 + y^2", [0.0, 0.0], "CONVERGED"),
        ("x^2 - y^2", [0.0, 0.0], "SADDLE"),
        ("x^4", [0.0], "FLAT"),
        ("where(x > 9, 1, 0)", [1.0], "FLAT"),
    ):
        run = descend(Function(text), start, "Newton", steps=4)
        assert run.parameters.tolist() == [start] * 5
        assert run.outcome.name == name


def test_newton_on_a_function_without_parameters_has_nothing_to_move():
    assert descend(Function("3"), [], "Newton", steps=2).losses.tolist() == [3, 3, 3]


def test_along_a_valley_without_curvature_newton_does_not_run_away():
    run = descend(Function("(x + y - 1)^2"), [3.0, -1.0], "Newton", steps=50)
    np.testing.assert_allclose(run.parameters[-1], [2.5, -1.5], atol=1e-6)
    assert (run.outcome.name, run.outcome.determined) == ("FLAT", "x + y")


@pytest.mark.parametrize(
    ("text", "start", "reason"),
    [("x + 2y", [1.0, 1.0], "the Hessian is 0"), ("x^1.5 + y^2", [0.0, 1.0], "the Hessian isn't finite")],
)
def test_where_there_is_no_newton_step_the_run_stops_and_says_why(text, start, reason):
    run = descend(Function(text), start, "Newton", steps=5)
    assert (run.steps, run.outcome.name) == (0, "STOPPED")
    assert reason in run.outcome.message


def test_with_damping_newton_goes_down_a_plane():
    run = descend(Function("x + 2y"), [1.0, 1.0], "Newton", steps=1, damping=2.0)
    assert run.parameters[1].tolist() == [0.5, 0.0]


def test_newtons_gradient_is_the_one_that_the_closure_left():
    theta = point(3.0, 4.0)
    optimizer = Newton([theta], lambda t: (t**2).sum())

    def closure():
        theta.grad = torch.tensor([2.0, 0.0], dtype=torch.float64)  # with a noise of (-4, -8)
        return (theta**2).sum()

    optimizer.step(closure)
    assert theta.tolist() == [2, 4]


@given(
    st.lists(st.floats(-3, 3), min_size=2, max_size=2),
    st.sampled_from(["(1-x)^2 + 100(y-x^2)^2", "sin(x) cos(y) + x^2/10", "exp(x) - x y + y^4", "ln(x) y - x", "|x| y"]),
)
def test_no_newton_step_raises_the_loss(start, text):
    losses = descend(Function(text), start, "Newton", steps=8).losses
    assert bool((losses.diff() <= 0).all() | ~losses.isfinite().all())


# Himmelblau 1972, Applied nonlinear programming; the digits are roots of both brackets.
MINIMA = {
    ROSENBROCK: [[1.0, 1.0]],
    HIMMELBLAU: [
        [3.0, 2.0],
        [-2.805118086953, 3.131312518251],
        [-3.779310253378, -3.283185991286],
        [3.584428340330, -1.848126526964],
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("text", MINIMA, ids=["Rosenbrock", "Himmelblau"])
@given(start=st.lists(st.floats(-3, 3), min_size=2, max_size=2))
def test_from_any_start_newton_reaches_a_known_minimum_and_its_loss_never_rises(text, start):
    live, distance = Descent(Function(text), start, "Newton"), math.inf
    while live.steps < 40 and distance > 1e-7:
        run = live.run(5)
        distance = min(math.dist(run.parameters[-1], one) for one in MINIMA[text])
    assert distance < 1e-7
    assert bool((run.losses.diff() <= 0).all())


# ---- Levenberg and Marquardt.


@pytest.mark.parametrize("loss", ["sse", "mse"])
def test_on_a_linear_model_the_run_ends_at_numpys_least_squares(loss):
    fit = Fit("a*x^2 + b*x + c", X, Y, loss)
    expected, *_ = np.linalg.lstsq(np.vander(X, 3), np.array(Y), rcond=None)
    run = descend(fit, [50.0, -20.0, 9.0], "LevenbergMarquardt", steps=20)
    np.testing.assert_allclose(run.parameters[-1], expected, rtol=1e-10)
    run = descend(fit, [50.0, -20.0, 9.0], "LevenbergMarquardt", steps=1, damping=1e-25)
    np.testing.assert_allclose(run.parameters[-1], expected, rtol=1e-8)


def scale_by_hand(jacobian, residuals, size):
    """The diagonal of D: the columns' lengths, and at least the residuals' by three times each parameter's size."""
    columns, length = np.sqrt((jacobian**2).sum(0)), np.sqrt((residuals**2).sum())
    return [max(column, length / (3 * one) if one > 1e-20 else 0.0) for column, one in zip(columns, size, strict=True)]


def by_hand(theta, damping, lr=1.0, x=X, y=Y):
    """One step on ``DECAY`` by the system [J; √λ D] δ = [-r; 0], and how much of the promised decrease came."""
    (a, b, c), x, y = theta, np.array(x), np.array(y)
    residuals = a * np.exp(-b * x) + c - y
    jacobian = np.stack([np.exp(-b * x), -a * x * np.exp(-b * x), np.ones_like(x)], 1)
    scale = np.diag(scale_by_hand(jacobian, residuals, np.abs(theta)))
    system, target = np.vstack([jacobian, math.sqrt(damping) * scale]), np.append(-residuals, np.zeros(3))
    delta = lr * np.linalg.lstsq(system, target, rcond=None)[0]
    a, b, c = theta + delta
    before, after = (residuals**2).sum(), ((a * np.exp(-b * x) + c - y) ** 2).sum()
    return delta, (before - after) / (before - ((residuals + jacobian @ delta) ** 2).sum())


@each_case(("damping", "lr"), [(1e-2, 1.0), (0.5, 1.0), (20.0, 1.0), (0.5, 0.3), (1e-2, 0.1)])
@each_case("start", [[2.0, 0.6, 1.0], [1.0, 0.3, 0.0], [4.0, 3.0, -1.0]], ids=str)
def test_one_step_is_the_one_worked_out_by_numpy(start, damping, lr):
    delta, gain = by_hand(np.array(start), damping, lr)
    assert gain > 0
    run = descend(Fit(DECAY, X, Y, "sse"), start, "LevenbergMarquardt", lr=lr, steps=1, damping=damping)
    np.testing.assert_allclose(run.parameters[1], start + delta, rtol=1e-10)
    np.testing.assert_allclose(run.states["delta"][1], delta, rtol=1e-8)
    expected = damping * 2 if gain < 0.25 else damping / 5 if gain > 0.75 else damping
    assert run.states["damping"][1].item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("damping", "lr", "between", "factor"),
    [(5e-3, 0.6, (0, 0.25), 2), (1e-3, 0.5, (0.25, 0.75), 1), (0.1, 0.4, (0.75, 2), 1 / 5)],
    ids=["little", "some", "most"],
)
def test_the_damping_goes_by_how_much_of_the_promise_has_come(damping, lr, between, factor):
    start = [-1.0, 0.5, 2.0]
    delta, gain = by_hand(np.array(start), damping, lr)
    assert between[0] < gain < between[1]
    run = descend(Fit(DECAY, X, Y, "sse"), start, "LevenbergMarquardt", lr=lr, steps=1, damping=damping)
    np.testing.assert_allclose(run.parameters[1], start + delta, rtol=1e-9)
    assert run.states["damping"][1].item() == pytest.approx(damping * factor, rel=1e-12)


def test_the_damping_is_raised_until_the_loss_falls():
    start = [0.1, -0.5, 1.0]
    fit = Fit(DECAY, X, Y, "sse")
    damping, tries = 1e-4, 0
    while True:
        delta, gain = by_hand(np.array(start), damping)
        if gain > 0:
            break
        damping, tries = damping * 2.5, tries + 1
    run = descend(fit, start, "LevenbergMarquardt", steps=1, damping=1e-4, raise_by=2.5, lower_by=4.0)
    assert tries > 1
    np.testing.assert_allclose(run.parameters[1], start + delta, rtol=1e-8)
    expected = damping * 2.5 if gain < 0.25 else damping / 4 if gain > 0.75 else damping
    assert run.states["damping"][1].item() == pytest.approx(expected, rel=1e-9)


def test_a_parameter_is_scaled_by_its_column_or_by_the_largest_that_it_has_been():
    fit = Fit(DECAY, X, Y, "sse")
    run = descend(fit, [4.0, 3.0, -1.0], "LevenbergMarquardt", steps=8)
    sizes = run.parameters.abs().cummax(0).values.numpy()
    expected, columns = [], []
    for theta, size in zip(run.parameters[:-1], sizes[:-1], strict=True):
        jacobian = torch.autograd.functional.jacobian(fit.residuals, theta).numpy()
        expected.append(scale_by_hand(jacobian, fit.residuals(theta).numpy(), size))
        columns.append(np.linalg.norm(jacobian, axis=0))
    np.testing.assert_allclose(run.states["scale"][1:], expected, rtol=1e-11)
    by_column = np.isclose(expected, columns, rtol=1e-11)
    assert by_column.any()
    assert not by_column.all()
    assert not np.array_equal(sizes, run.parameters.abs())


@given(st.lists(st.floats(-4, 4), min_size=3, max_size=3), st.floats(1e-4, 10))
def test_no_step_is_longer_than_its_damping_allows(start, damping):
    fit = Fit(DECAY, X, Y, "sse")
    run = descend(fit, start, "LevenbergMarquardt", steps=1, damping=damping)
    length = math.sqrt(fit.loss(start))
    scaled = (run.states["delta"][1:] * run.states["scale"][1:]).nan_to_num(0.0).norm(dim=-1)
    assert bool((scaled <= length / 2 / math.sqrt(damping) * (1 + 1e-9)).all())


def test_under_a_huge_damping_the_step_goes_down_the_scaled_gradient():
    fit = Fit(DECAY, X, Y, "sse")
    start = torch.tensor([1.0, 0.3, 0.0], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(fit.residuals, start)
    scale = torch.tensor(scale_by_hand(jacobian.numpy(), fit.residuals(start).numpy(), start.numpy()))
    run = descend(fit, start, "LevenbergMarquardt", steps=1, damping=1e8)
    expected = -fit.gradient(start) / 2 / scale**2 / 1e8
    torch.testing.assert_close(run.states["delta"][1], expected, rtol=1e-6, atol=0)


@given(
    st.lists(st.floats(-4, 4), min_size=3, max_size=3),
    st.floats(1e-8, 10),
    st.floats(0.1, 3),
    st.sampled_from(
        [DECAY, "a*sin(b*x + c)", "a/(1 + exp(b - c*x))", "a*x**b + c", "a/(x - b) + c*x", "|a x| + b + c"]
    ),
    st.sampled_from(["sse", "mse"]),
)
def test_no_step_raises_the_loss(start, damping, lr, model, loss):
    fit = Fit(model, X, Y, loss)
    run = descend(fit, dict(zip("abc", start, strict=True)), "LevenbergMarquardt", lr=lr, steps=8, damping=damping)
    losses = run.losses
    assert bool((losses.diff() <= 2 * SETTLED * losses[:-1]).all() | ~losses.isfinite().all())


def test_a_parameter_without_effect_and_more_parameters_than_points_do_no_harm():
    run = descend(Fit("a*x + 0*b", X, Y), [0.0, 7.0], "LevenbergMarquardt", steps=10)
    np.testing.assert_allclose(run.parameters[-1], [np.dot(X, Y) / np.dot(X, X), 7.0], rtol=1e-10)
    run = descend(Fit("a*x + b*x + c", [1.0], [5.0]), [1.0, 0.0, 0.0], "LevenbergMarquardt", steps=20)
    assert run.losses[-1] < 1e-20
    assert run.parameters[-1].isfinite().all()


def test_two_parameters_of_the_same_column_take_parts_by_their_scales():
    run = descend(Fit("a*x + b*x", X, Y), [1.0, 4.0], "LevenbergMarquardt", steps=20)
    best = np.dot(X, Y) / np.dot(X, X)
    assert run.parameters[-1].sum().item() == pytest.approx(best, rel=1e-9)
    first, scale = run.states["delta"][1], run.states["scale"][1]
    assert (first * scale**2).tolist() == pytest.approx([float(first[0] * scale[0] ** 2)] * 2, rel=1e-9)


@pytest.mark.parametrize("optimizer", ["Newton", "LevenbergMarquardt"])
@pytest.mark.parametrize(("loss", "share"), [("sse", 1.0), ("mse", 1 / len(X))])
def test_with_an_l2_penalty_a_linear_model_ends_at_ridges_closed_form(loss, share, optimizer):
    design = np.vander(X, 3)
    expected = np.linalg.solve(share * design.T @ design + 0.7 * np.eye(3), share * design.T @ Y)
    fit = Fit("a*x^2 + b*x + c", X, Y, loss, penalties={"l2": 0.7})
    run = descend(fit, [50.0, -20.0, 9.0], optimizer, steps=30)
    np.testing.assert_allclose(run.parameters[-1], expected, rtol=1e-9)
    assert np.abs(expected - np.linalg.lstsq(design, np.array(Y), rcond=None)[0]).max() > 0.1


def test_the_damping_is_raised_until_the_residuals_are_finite():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    y, start, damping = np.sqrt(3.1 - x), 9.0, 1e-2
    residuals, column = np.sqrt(start - x) - y, 0.5 / np.sqrt(start - x)
    (scale,) = scale_by_hand(column[:, None], residuals, [start])
    step = lambda damping: -(column @ residuals) / (column @ column + damping * scale**2)  # noqa: E731
    while start + step(damping) < x.max():
        damping *= 2
    assert damping > 0.02
    run = descend(Fit("sqrt(a - x)", x, y, "sse"), [start], "LevenbergMarquardt", steps=1, damping=1e-2)
    assert run.parameters[1].item() == pytest.approx(start + step(damping), rel=1e-12)
    assert run.losses[1] < run.losses[0]


def test_a_try_outside_of_the_domain_is_a_failed_one():
    x = np.linspace(0, 3, 9)
    fit = Fit("sqrt(a - x) + b", x, np.sqrt(3.05 - x))
    run = descend(fit, [9.0, 0.0], "LevenbergMarquardt", steps=60, damping=1e-6)
    np.testing.assert_allclose(run.parameters[-1], [3.05, 0.0], atol=1e-8)


def test_where_the_jacobian_is_not_finite_the_step_stops():
    theta = point(0.0)
    with pytest.raises(ArithmeticError, match="the Jacobian isn't finite"):
        stepped(LevenbergMarquardt, lambda t: t.sqrt() + 1, theta, loss=lambda t: (t**2).sum())
    assert theta.tolist() == [0]


def test_a_perfect_fit_stays_where_it_is():
    run = descend(Fit("a*x + b", X, [2 * x + 1 for x in X]), [2.0, 1.0], "LevenbergMarquardt", steps=5)
    assert run.parameters.tolist() == [[2, 1]] * 6


@given(theta=st.tuples(*[st.floats(-10, 10)] * 3), offset=st.sampled_from([0.0, 1.0, 2000.0]))
@settings(max_examples=25)
def test_a_fit_that_is_exact_but_for_rounding_is_no_kink(theta, offset):
    a, b, c = theta
    x = offset + np.linspace(0.5, 2.7, 20)
    run = descend(
        Fit("a*x^2 + b*x + c", x, a * x**2 + b * x + c, "sse"), [1.0, 1.0, 1.0], "LevenbergMarquardt", steps=60
    )
    assert run.outcome.name != "STOPPED", run.outcome.message


def test_steps_go_by_the_batch_that_is_drawn():
    fit = Fit(DECAY, X, Y, "mse")
    for optimizer in ("Newton", "LevenbergMarquardt"):
        run = descend(fit, [2.0, 0.6, 1.0], optimizer, steps=30, batch_size=3)
        assert run.steps == 30
        assert run.losses.isfinite().all()


def test_the_step_from_a_batch_is_the_one_worked_out_on_its_points_alone():
    start, fit = np.array([2.0, 0.6, 1.0]), Fit(DECAY, X, Y, "mse")
    run = descend(fit, start.tolist(), "LevenbergMarquardt", steps=1, batch_size=4, seed=5)
    x, y = np.array(X)[run.batches[0]], np.array(Y)[run.batches[0]]
    assert len(set(x)) == 4
    delta, gain = by_hand(start, 1.0, x=x, y=y)
    assert gain > 0
    np.testing.assert_allclose(run.parameters[1], start + delta, rtol=1e-10)


def test_newtons_steps_from_batches_are_those_worked_out_on_their_points_alone():
    fit = Fit(DECAY, X, Y, "mse")
    run = descend(fit, [2.0, 0.6, 1.0], "Newton", lr=0.25, steps=5, batch_size=4, line_search=False, damping=0.1)
    places = run.parameters.numpy()
    for batch, before, after in zip(run.batches[:-1], places[:-1], places[1:], strict=True):
        points = batch[batch >= 0]  # the last of an epoch is smaller
        (a, b, c), x, y = before, np.array(X)[points], np.array(Y)[points]
        decay, residuals = np.exp(-b * x), a * np.exp(-b * x) + c - y
        jacobian = np.stack([decay, -a * x * decay, np.ones_like(x)], 1)
        hessian = 2 / len(x) * jacobian.T @ jacobian
        hessian[0, 1] -= 2 / len(x) * (residuals * x * decay).sum()
        hessian[1, 0] = hessian[0, 1]
        hessian[1, 1] += 2 / len(x) * (residuals * a * x**2 * decay).sum()
        values, vectors = np.linalg.eigh(hessian)
        gradient = 2 / len(x) * jacobian.T @ residuals
        direction = -vectors @ (vectors.T @ gradient / (np.abs(values) + 0.1))
        np.testing.assert_allclose(after, before + 0.25 * direction, rtol=1e-10)
    assert {len(batch[batch >= 0]) for batch in run.batches[:-1]} == {2, 4}


# ---- The certified values of the National Institute of Standards and Technology.


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["sse", "mse"])
@pytest.mark.parametrize("start", ["start1", "start2"])
@pytest.mark.parametrize("name", NIST)
def test_fits_agree_with_nists_certified_values(name, start, loss):
    given = NIST[name]
    fit = Fit(given["model"], given["x"], given["y"], loss)
    run = descend(fit, given[start], optimizer="LevenbergMarquardt", steps=500)
    certified = torch.tensor([given["certified"][one] for one in fit.parameters], dtype=torch.float64)
    # All eleven digits, though the loss can't tell the last: a step that goes by the loss alone loses them.
    torch.testing.assert_close(run.parameters[-1], certified, rtol=6e-11, atol=0)
    assert torch.equal(run.parameters[-1], run.parameters[100])  # once there it stays, to the last bit
    assert bool((run.losses.diff() <= 1e-12 * run.losses[:-1]).all())
    share = 1 if loss == "sse" else 1 / len(fit.x)
    assert run.losses[-1].item() == pytest.approx(given["rss"] * share, rel=1e-9)


@pytest.mark.parametrize("name", NIST)
def test_newton_ends_at_nists_certified_values_from_the_nearer_start(name):
    given = NIST[name]
    fit = Fit(given["model"], given["x"], given["y"], "sse")
    run = descend(fit, given["start2"], optimizer="Newton", steps=60)
    certified = torch.tensor([given["certified"][one] for one in fit.parameters], dtype=torch.float64)
    torch.testing.assert_close(run.parameters[-1], certified, rtol=1e-6, atol=0)


TESTS = Path(__file__).parent.parent
MORE = [json.loads(line) for line in (TESTS / "nist_more.jsonl").read_text().splitlines()]
FAR = {("MGH10", "start1"), ("MGH17", "start1")}
"""Starts from which the run ends elsewhere; ``find_start`` finds others."""


@pytest.mark.parametrize("start", ["start1", "start2"])
@pytest.mark.parametrize("given", MORE, ids=lambda one: one["name"])
def test_more_fits_agree_with_nists_certified_values(given, start):
    if (given["name"], start) in FAR:
        return
    fit = Fit(given["model"], given["x"], given["y"], "sse")
    run = descend(fit, given[start], optimizer="LevenbergMarquardt", steps=250)
    certified = torch.tensor([given["certified"][one] for one in fit.parameters], dtype=torch.float64)
    torch.testing.assert_close(run.parameters[-1], certified, rtol=1e-7, atol=0)
    assert run.losses[-1].item() == pytest.approx(given["rss"], rel=1e-9)


# ---- Fits as people ask about them, in other units and from starts far off.

ASKED = [json.loads(line) for line in (TESTS / "asked_fits.jsonl").read_text().splitlines()]
"""The least squares are those of SciPy's trust region method from some 60 starts of thousands, see ``rss``."""


def ask(given):
    """Such a fit, and the asker's start, or ones, as ``curve_fit`` has them."""
    fit = Fit(given["model"], given["x"], given["y"], "sse")
    return fit, given["start"] or dict.fromkeys(fit.parameters, 1.0)


def is_best(fit, loss, given):
    """Whether a loss is the least that is known, to what SciPy's has been converged to."""
    return float(loss) <= given["rss"] * (1 + 1e-6) + 1e-13 * float(((fit.y - fit.y.mean()) ** 2).sum())


@pytest.mark.parametrize("given", ASKED, ids=lambda one: one["what"])
def test_the_known_least_squares_of_a_question_are_what_its_parameters_give(given):
    fit, _ = ask(given)
    assert float(fit.loss(fit.order(given["best"]))) == pytest.approx(given["rss"], rel=1e-6)


REACHED = [one for one in ASKED if one["steps"] is not None]
"""Those that LevenbergMarquardt finds, in so many steps."""


def test_four_in_five_of_the_fits_that_people_ask_about_are_said_to_be_found():
    # SciPy's best method, dogbox with scaled variables, misses 19; some have no slope at all where they begin.
    assert len(REACHED) >= len(ASKED) - 12


@pytest.mark.parametrize("given", REACHED, ids=lambda one: one["what"])
def test_a_fit_that_people_ask_about_is_found_from_their_own_start(given):
    fit, start = ask(given)
    run = descend(fit, start, "LevenbergMarquardt", steps=2 * given["steps"] + 5)
    assert is_best(fit, run.losses[-1], given)


@pytest.mark.parametrize(
    "what", ["decay, large x", "decay, counts", "parabola of years", "bod", "cooling, seconds", "decay, nanoamperes"]
)
def test_large_x_small_y_and_years_are_no_obstacle(what):
    given = next(one for one in ASKED if one["what"] == what)
    fit, start = ask(given)
    assert is_best(fit, descend(fit, start, "LevenbergMarquardt", steps=120).losses[-1], given)


@pytest.mark.parametrize("what", ["parabola of years", "parabola of late years"])
def test_newton_fits_a_parabola_to_years(what):
    given = next(one for one in ASKED if one["what"] == what)
    fit, start = ask(given)
    assert is_best(fit, descend(fit, start, "Newton", steps=30).losses[-1], given)


def test_newtons_path_is_the_same_in_other_units():
    y = [10.0, 7.2, 5.4, 4.4, 3.2]
    fits = [Fit(f"a*exp(-b*x/{unit}) + c", [0.0, 1, 2, 3, 5], y, "sse") for unit in ("1", "1e6")]
    first = descend(fits[0], [5.0, 1.0, 0.0], "Newton", steps=12).parameters
    other = descend(fits[1], [5.0, 1e6, 0.0], "Newton", steps=12).parameters
    torch.testing.assert_close(other / torch.tensor([1.0, 1e6, 1.0]), first, rtol=1e-6, atol=1e-9)


def test_a_parameter_of_no_visible_effect_waits_then_walks_down_its_slope_by_halves():
    x, y = np.arange(100.0, 700, 100), np.array([60.0, 37, 23, 14, 9, 6])
    run = descend(Fit("a*exp(-b*x) + c", x, y, "sse"), [1.0, 1.0, 1.0], "LevenbergMarquardt", steps=200)
    assert run.parameters[1, :2].tolist() == [1, 1]
    assert run.states["scale"][1].isinf().tolist() == [True, True, False]
    halved = run.parameters[1:, 1] / run.parameters[:-1, 1]
    assert halved[int((halved != 1).nonzero()[0])].item() == pytest.approx(0.5)
    # For a given b the model is linear in the others.
    squares = [np.linalg.lstsq(np.column_stack([np.exp(-b * x), x**0]), y)[1][0] for b in np.linspace(4e-3, 6e-3, 2001)]
    assert run.losses[-1].item() == pytest.approx(min(squares), rel=1e-4)


def test_where_the_model_has_no_slope_at_all_the_run_stays_and_flings_nothing():
    given = next(one for one in ASKED if one["what"] == "census, years")
    fit, start = ask(given)
    run = descend(fit, start, "LevenbergMarquardt", steps=100)
    assert run.parameters[-1, 1:].tolist() == [1, 1]  # the exponential is 0 to the last bit
    assert run.parameters[-1, 0].item() == pytest.approx(np.mean(given["y"]), rel=1e-9)


def test_a_step_that_no_length_helps_says_that_there_is_a_kink():
    theta = point(0.0)

    def residuals(t):  # torch's slope of |t| at 0 is 0
        return torch.stack([t[0] + 1, 9 * t[0].abs() + 1])

    with pytest.raises(ArithmeticError, match="a kink or a jump"):
        stepped(LevenbergMarquardt, residuals, theta, loss=squares(residuals))


# ---- Both, as optimizers of torch.


@pytest.mark.parametrize("batch_size", [None, 4])
@pytest.mark.parametrize("optimizer", ["Newton", "LevenbergMarquardt"])
def test_a_run_counts_one_evaluation_a_step_however_many_tries_it_takes(optimizer, batch_size):
    run = descend(Fit(DECAY, X, Y), [0.1, -0.5, 1.0], optimizer, steps=6, damping=1e-4, batch_size=batch_size)
    assert run.evaluations.tolist() == [0, 1, 2, 3, 4, 5, 6]


BOTH = {Newton: lambda t: (t**2).sum(), LevenbergMarquardt: lambda t: t}


@pytest.mark.parametrize("cls", BOTH)
def test_a_step_returns_the_loss_and_asks_the_closure_once(cls):
    theta, calls = point(1.0, 2.0), []
    optimizer = cls([theta], BOTH[cls])

    def closure():
        calls.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = (theta**2).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
    assert calls == [True]
    assert loss.item() == 5
    assert theta.requires_grad
    assert (theta**2).sum() < 5


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("settings", [{"lr": 0.0}, {}], ids=str)
def test_nothing_moves_at_a_learning_rate_of_zero_or_at_the_minimum(cls, settings):
    start = [1.0, 2.0] if settings else [0.0, 0.0]
    theta = point(*start)
    stepped(cls, BOTH[cls], theta, 3, lambda t: (t**2).sum(), **settings)
    assert theta.tolist() == start


@pytest.mark.parametrize("cls", BOTH)
def test_settings_out_of_bounds_are_refused_as_torch_does(cls):
    wrong = {"lr": -1.0, "damping": -0.5}
    wrong |= {"decrease": 1.0, "shrink": 0.0} if cls is Newton else {"raise_by": 1.0, "lower_by": 0.5}
    for name, value in wrong.items():
        with pytest.raises(ValueError, match=f"Invalid (learning rate|{name}): {value}"):
            cls([point(1.0)], BOTH[cls], **{name: value})
        with pytest.raises(ValueError, match="nan"):
            cls([point(1.0)], BOTH[cls], **{name: math.nan})


@pytest.mark.parametrize("cls", BOTH)
def test_only_one_tensor_of_parameters_is_taken(cls):
    for params in ([point(1.0), point(2.0)], [{"params": [point(1.0)]}, {"params": [point(2.0)]}]):
        with pytest.raises(ValueError, match="one tensor"):
            cls(params, BOTH[cls])


@pytest.mark.parametrize("cls", BOTH)
def test_a_learning_rate_that_a_scheduler_changes_is_used(cls):
    theta = point(8.0)
    optimizer = cls([theta], BOTH[cls], **({"line_search": False} if cls is Newton else {"damping": 1e-30}))
    optimizer.param_groups[0]["lr"] = 0.25

    def closure():
        optimizer.zero_grad()
        loss = (theta**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert theta.item() == pytest.approx(6, rel=1e-12)


def test_least_squares_are_refused_where_the_loss_is_no_sum_of_squares():
    lasso = Fit("a*x + b", X, Y, penalties={"l1": 0.1})
    for objective in (Function("x^2 + y^2"), Fit("a*x + b", X, Y, "mae"), lasso):
        with pytest.raises(InputError, match="needs a sum of squares") as error:
            Descent(objective, [1.0, 1.0], "LevenbergMarquardt")
        assert error.value.field == "optimizer"
        assert Descent(objective, [1.0, 1.0], "Newton").step() in (True, False)


def test_settings_can_be_checked_without_an_objective():
    for name in ("Newton", "LevenbergMarquardt"):
        built = OPTIMIZERS[name].build(point(1.0), 0.5, {"damping": 0.25})
        assert (built.param_groups[0]["lr"], built.param_groups[0]["damping"]) == (0.5, 0.25)
