from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import LOSSES, ExpressionError, Fit, Function, InputError, descend
from playground.engine.losses import PENALTIES
from playground.language import expression
from playground.language.operations import OPERATIONS
from tests.cases import each_case

ROSENBROCK = "(1-x)**2 + 100*(y-x**2)**2"
X = np.array([0.5, 0.9, 1.4, 1.8])
Y = np.array([2.0, 3.8, 5.0, 7.2])

# Each loss written a second time, in numpy: prediction and target -> the loss.
FORMULAS = {
    "mse": lambda p, t: np.mean((p - t) ** 2),
    "sse": lambda p, t: np.sum((p - t) ** 2),
    "mae": lambda p, t: np.mean(np.abs(p - t)),
    "huber": lambda p, t: np.mean(np.where(np.abs(p - t) <= 1, (p - t) ** 2 / 2, np.abs(p - t) - 0.5)),
    "logcosh": lambda p, t: np.mean(np.logaddexp(p - t, t - p) - np.log(2)),
    "bce": lambda p, t: np.mean(np.logaddexp(0, p) - p * t),
}


def targets_of(loss):
    """Y, or values from end to end of what the loss is meant for."""
    low, high = LOSSES[loss].target_range
    return Y if np.isinf(high - low) else low + (high - low) * np.array([0, 0.3, 0.9, 1])


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def differences(function, theta, step=1e-6):
    """Central differences of ``function``, (P,) -> (...), along each parameter: (..., P)."""
    theta = np.asarray(theta, dtype=float)
    return np.stack(
        [
            (np.asarray(function(theta + nudge)) - np.asarray(function(theta - nudge))) / (2 * step)
            for nudge in step * np.eye(len(theta))
        ],
        axis=-1,
    )


def test_parameters_of_a_function_stand_in_order_of_first_appearance():
    assert Function("y - x*y").parameters == ("y", "x")


def test_names_turn_adjoining_letters_into_a_product():
    function = Function("xy + 2", names=["x", "y"])
    assert function.parameters == ("x", "y")
    assert function.loss([3, 4]).item() == 14


def test_names_left_unused_are_no_parameters():
    assert Function("x + 1", names=["x", "y"]).parameters == ("x",)


@pytest.mark.parametrize("theta", [[1.0, 1.0], [-1.2, 1.0], [0.0, 3.0]])
def test_the_loss_of_a_function_is_its_value(theta):
    assert Function(ROSENBROCK).loss(theta).item() == pytest.approx(rosenbrock(*theta), rel=1e-14)


@pytest.mark.parametrize("shape", [(2,), (5, 2), (3, 4, 2), (0, 2)])
def test_the_loss_of_a_function_broadcasts_over_leading_axes(shape):
    theta = torch.linspace(-2, 2, int(np.prod(shape)), dtype=torch.float64).view(shape)
    loss = Function(ROSENBROCK).loss(theta)
    assert loss.dtype == torch.float64
    np.testing.assert_allclose(loss, rosenbrock(*np.moveaxis(theta.numpy(), -1, 0)), rtol=1e-13)


@pytest.mark.parametrize("shape", [(2,), (5, 2), (3, 4, 2)])
def test_the_loss_of_a_fit_broadcasts_over_leading_axes(tutorial, shape):
    theta = torch.linspace(-2, 2, int(np.prod(shape)), dtype=torch.float64).view(shape)
    a, b = np.moveaxis(theta.numpy(), -1, 0)
    expected = ((a[..., None] * X + b[..., None] - Y) ** 2).mean(-1)
    np.testing.assert_allclose(tutorial.loss(theta), expected, rtol=1e-13)


@pytest.mark.parametrize("loss", ["mse", "huber"])
@pytest.mark.parametrize("model", ["a", "a*x", "a + 0*x"])
def test_as_many_runs_as_points_are_not_mixed_up(model, loss):
    theta = torch.linspace(-1, 3, 4, dtype=torch.float64).view(4, 1)
    fit = Fit(model, x=X, y=Y, loss=loss)
    expected = [FORMULAS[loss](a * (X if model == "a*x" else np.ones(4)), Y) for a in theta[:, 0].tolist()]
    np.testing.assert_allclose(fit.loss(theta), expected, rtol=1e-13)


@pytest.mark.parametrize("objective", [Function(ROSENBROCK), Fit("a*x + b", x=X, y=Y)], ids=["function", "fit"])
def test_the_loss_keeps_the_autograd_graph(objective):
    theta = torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True)
    objective.loss(theta).backward()
    np.testing.assert_allclose(theta.grad, differences(objective.loss, theta.detach()), rtol=1e-6)


def test_the_tutorials_first_gradient():
    assert Function("x**2").gradient([3]).tolist() == [6.0]


def test_the_tutorials_gradient_of_a_vector():
    function = Function("sum(x**2)", sizes={"x": 3})
    assert function.parameters == ("x1", "x2", "x3")
    assert function.loss([1, 2, 3]).item() == 14
    assert function.gradient([1, 2, 3]).tolist() == [2, 4, 6]


def test_a_scalar_meets_each_component_of_a_vector():
    function = Function("sum(a*x) + b", sizes={"x": 2})
    assert function.parameters == ("a", "x1", "x2", "b")
    theta = [[3, 1, 2, 10], [2, 5, 7, 20]]
    assert function.loss(theta).tolist() == [19, 44]
    assert function.gradient(theta).tolist() == [[3, 3, 3, 1], [12, 2, 2, 1]]


def test_a_vector_of_one_component_has_a_numbered_parameter():
    assert Function("sum(x)", sizes={"x": 1}).parameters == ("x1",)


def test_a_component_and_a_variable_of_one_name_are_refused():
    with pytest.raises(InputError, match="x1"):
        Function("sum(x) + x1", sizes={"x": 2})


@pytest.mark.parametrize("theta", [[0.3, 0.8], [-1.2, 1.0]])
def test_the_gradient_of_a_function_is_its_central_difference(theta):
    expected = differences(lambda point: rosenbrock(*point), theta)
    np.testing.assert_allclose(Function(ROSENBROCK).gradient(theta), expected, rtol=1e-6)


def test_the_gradient_keeps_leading_axes_and_does_not_mix_them():
    theta = torch.tensor([[[0.3, 0.8]], [[-1.2, 1.0]]], dtype=torch.float64)
    expected = [[differences(lambda point: rosenbrock(*point), one) for one in row] for row in theta.tolist()]
    np.testing.assert_allclose(Function(ROSENBROCK).gradient(theta), expected, rtol=1e-6)


def test_the_gradient_leaves_its_argument_alone():
    theta = torch.tensor([0.3, 0.8], dtype=torch.float64, requires_grad=True)
    Function(ROSENBROCK).gradient(theta)
    assert theta.grad is None


@each_case("loss", LOSSES)
@each_case("theta", [[0.3, 0.2], [3.1, 1.4], [-40.0, 7.0], [40.0, -7.0]])
def test_each_loss_is_its_formula(loss, theta):
    assert loss in FORMULAS, f"write the formula of '{loss}' into FORMULAS"
    a, b = theta
    y = targets_of(loss)
    expected = FORMULAS[loss](a * X + b, y)
    assert Fit("a*x + b", x=X, y=y, loss=loss).loss(theta).item() == pytest.approx(expected, rel=1e-12)


@each_case("loss", LOSSES)
@each_case("theta", [[0.3, 0.2], [3.1, 1.4], [-40.0, 7.0]])
def test_the_gradient_of_each_loss_is_its_central_difference(loss, theta):
    assert loss in FORMULAS, f"write the formula of '{loss}' into FORMULAS"
    y = targets_of(loss)
    expected = differences(lambda point: FORMULAS[loss](point[0] * X + point[1], y), theta)
    np.testing.assert_allclose(Fit("a*x + b", x=X, y=y, loss=loss).gradient(theta), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_broadcasts_over_leading_axes(loss):
    y = targets_of(loss)
    fit = Fit("a*x + b", x=X, y=y, loss=loss)
    theta = torch.linspace(-2, 2, 12, dtype=torch.float64).view(2, 3, 2)
    expected = [[FORMULAS[loss](a * X + b, y) for a, b in row] for row in theta.tolist()]
    np.testing.assert_allclose(fit.loss(theta), expected, rtol=1e-8)


@pytest.mark.parametrize("loss", ["mse", "sse", "mae", "huber", "logcosh"])
def test_a_perfect_fit_has_no_loss_and_no_gradient(loss):
    fit = Fit("a*x + b", x=X, y=2 * X + 1, loss=loss)
    assert fit.loss([2, 1]).item() == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(fit.gradient([2, 1]), 0, atol=1e-15)


def test_mse_is_the_default_loss(tutorial):
    assert tutorial.loss([1, 2]).item() == pytest.approx(FORMULAS["mse"](X + 2, Y), rel=1e-14)


@pytest.mark.parametrize(
    ("objective", "theta"),
    [
        (Function(ROSENBROCK), [-1.2, 1.0]),
        (Function("sin(x)*exp(y) + x/z"), [0.4, 0.3, 1.7]),
        (Function("sum(x**4)", sizes={"x": 3}), [1.0, -2.0, 0.5]),
        (Function("x**2 + y"), [3.0, 1.0]),
        (Fit("exp(a*x) + b", x=X, y=Y), [0.5, 1.0]),
    ],
    ids=repr,
)
def test_the_hessian_is_the_central_difference_of_the_gradient(objective, theta):
    hessian = objective.hessian(theta)
    np.testing.assert_allclose(hessian, differences(objective.gradient, theta), rtol=1e-6, atol=1e-6)


def test_the_hessian_of_the_tutorials_fit_is_that_of_least_squares(tutorial):
    design = np.stack([X, np.ones(4)], axis=1)
    np.testing.assert_allclose(tutorial.hessian([5, -3]), 2 / 4 * design.T @ design, rtol=1e-14)


def test_the_hessian_of_a_batch_holds_one_matrix_a_point():
    theta = torch.tensor([[-1.2, 1.0], [0.3, 0.8]], dtype=torch.float64)
    function = Function(ROSENBROCK)
    expected = [differences(function.gradient, one) for one in theta]
    np.testing.assert_allclose(function.hessian(theta), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("text", ["2x - 3y", "relu(x) + abs(y)"])
def test_the_hessian_without_curvature_is_zero(text):
    assert Function(text).hessian([1, 2]).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("theta", [[], [[], []], torch.zeros(3, 2, 0)], ids=["point", "list", "batch"])
def test_a_constant_has_a_loss_everywhere_and_a_graph(theta):
    theta = torch.as_tensor(theta, dtype=torch.float64).requires_grad_()
    function = Function("2^3")
    loss = function.loss(theta)
    assert function.parameters == ()
    assert loss.shape == theta.shape[:-1]
    assert (loss == 8).all()
    loss.sum().backward()
    assert function.gradient(theta).shape == theta.shape


def test_the_hessian_of_a_constant_is_empty():
    assert Function("3").hessian([]).shape == (0, 0)


@each_case("theta", [3.0, [1.0], [1.0, 2.0, 3.0], [[1.0], [2.0]], []])
@each_case("method", ["loss", "gradient", "hessian"])
def test_parameters_of_a_wrong_shape_are_refused(tutorial, method, theta):
    with pytest.raises(InputError, match=r"2 parameters \(a, b\)"):
        getattr(tutorial, method)(theta)


def test_vectors_of_different_lengths_cannot_be_combined():
    with pytest.raises(ExpressionError, match="x has 2, y has 3"):
        Function("sum(x*y)", sizes={"x": 2, "y": 3})


@pytest.mark.parametrize("text", ["x**2", "x + sum(x)", "a*x"])
def test_a_value_of_several_components_is_no_loss(text):
    with pytest.raises(ExpressionError, match=r"3 components.*sum"):
        Function(text, sizes={"x": 3})


def test_the_parameters_of_a_fit_are_its_names_without_the_data():
    assert Fit("c*x**2 + a*x + b", x=X, y=Y).parameters == ("c", "a", "b")


def test_a_fit_keeps_its_data_as_float64(tutorial):
    assert (tutorial.x.dtype, tutorial.y.dtype) == (torch.float64, torch.float64)
    assert (tutorial.x.tolist(), tutorial.y.tolist()) == (X.tolist(), Y.tolist())


@pytest.mark.parametrize("points", [1, 2, 4, 6])
def test_predictions_stand_on_the_last_axis(tutorial, points):
    x = torch.linspace(0, 1, points, dtype=torch.float64)
    theta = np.array([[1.0, 2.0], [3.0, -4.0]])
    np.testing.assert_allclose(tutorial.predict(theta, x), theta[:, :1] * x.numpy() + theta[:, 1:], rtol=1e-14)


def test_a_model_without_x_predicts_the_same_everywhere():
    prediction = Fit("a + b", x=X, y=Y).predict([[1, 2], [3, 4]], torch.zeros(2, dtype=torch.float64))
    assert prediction.tolist() == [[3, 3], [7, 7]]


@pytest.mark.parametrize(
    ("x", "y", "part"),
    [
        ([1, 2], [1], "got 2 and 1"),
        ([1], [1, 2], "got 1 and 2"),
        ([], [], "at least one"),
        ([[1, 2]], [[1, 2]], "as many"),
        (1.0, 2.0, "as many"),
        ([1, float("nan")], [1, 2], "finite"),
        ([1, 2], [float("inf"), 2], "finite"),
    ],
)
def test_data_that_cannot_be_fitted_are_refused(x, y, part):
    with pytest.raises(InputError, match=part):
        Fit("a*x", x=x, y=y)


@pytest.mark.parametrize("y", [[0, 1.01], [-0.01, 1]])
def test_targets_that_a_loss_is_not_meant_for_are_refused(y):
    with pytest.raises(InputError, match="between 0 and 1") as error:
        Fit("a*x", x=[1, 2], y=y, loss="bce")
    assert error.value.field == "loss"


def test_an_unknown_loss_is_refused_with_all_that_are_known():
    with pytest.raises(InputError, match=f"'mle'.*{', '.join(LOSSES)}") as error:
        Fit("a*x", x=X, y=Y, loss="mle")
    assert error.value.field == "loss"


@pytest.mark.parametrize("model", ["x", "2x + 1", "3"])
def test_a_model_without_parameters_is_refused(model):
    with pytest.raises(ExpressionError, match="no parameters"):
        Fit(model, x=X, y=Y)


@pytest.mark.parametrize("make", [Function, lambda text: Fit(text, x=X, y=Y)], ids=["function", "fit"])
def test_a_text_that_is_no_expression_is_refused_with_the_column(make):
    with pytest.raises(ExpressionError) as error:
        make("a*x + $")
    assert error.value.column == 7


def test_sizes_of_an_unknown_name_are_refused():
    with pytest.raises(ExpressionError, match="names y, which the function doesn't use"):
        Function("sum(x**2)", sizes={"x": 3, "y": 2})


@pytest.mark.parametrize("x", [["a"], [None], [1, [2]], [10**400]])
def test_data_that_are_no_numbers_are_refused(x):
    with pytest.raises(InputError):
        Fit("a*x", x, [1.0])


@pytest.mark.parametrize("text", ["where(x > 0, 1, 2)", "(x > 0) + 0", "-(x > 0)", "2^(x > 0)", "floor(x)", "0x"])
def test_what_no_parameter_moves_has_a_gradient_of_zeros(text):
    function = Function(text)
    assert function.gradient([[0.7], [-2.0]]).tolist() == [[0.0], [0.0]]
    assert function.hessian([0.7]).tolist() == [[0.0]]
    assert descend(function, [0.7], steps=3).parameters.flatten().tolist() == [0.7] * 4


def test_a_fit_that_no_parameter_moves_can_be_descended():
    fit = Fit("(a > 0)*(b > 0)*x", [1.0, 2.0], [1.0, 2.0])
    assert descend(fit, [1.0, 1.0], steps=2).outcome.name == "FLAT"


@pytest.mark.parametrize("sizes", [5, "x", {1: 2}, {"x": "2"}, [("x", 2)]])
def test_sizes_that_are_none_are_refused(sizes):
    with pytest.raises(ExpressionError, match=r"sizes=|components"):
        Function("sum(x)", sizes=sizes)


# ---- Points that weigh, points held out, penalties and standardised x.

COUNTS = np.array([2.0, 1.0, 0.25, 3.0])
HELD = np.array([False, True, False, True])
# Each penalty written a second time, in numpy: parameters (..., P) -> the sum (...), and its gradient.
PENALTY_FORMULAS = {
    "l1": (lambda theta: np.abs(theta).sum(-1), np.sign),
    "l2": (lambda theta: (theta**2).sum(-1), lambda theta: 2 * theta),
}
parameters = st.lists(st.floats(-20, 20), min_size=2, max_size=2)


def share_of(loss, theta, counts, x=X, y=None):
    """By formula, what each point has in the loss of a*x + b: (N,)."""
    y = targets_of(loss) if y is None else y
    each = [FORMULAS[loss](theta[0] * x[i : i + 1] + theta[1], y[i : i + 1]) for i in range(len(x))]
    return np.array(each) * counts / (1 if LOSSES[loss].reduction == "sum" else counts.sum())


@given(st.sampled_from(list(LOSSES)), st.lists(st.integers(0, 4), min_size=4, max_size=4).filter(any), parameters)
def test_a_weight_counts_how_often_a_point_is_given_and_at_0_it_is_absent(loss, weights, theta):
    x, y = np.repeat(X, weights), np.repeat(targets_of(loss), weights)
    weighted = Fit("a*x + b", X, targets_of(loss), loss, weights=weights)
    repeated = Fit("a*x + b", x, y, loss)
    torch.testing.assert_close(weighted.loss(theta), repeated.loss(theta), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(weighted.gradient(theta), repeated.gradient(theta), rtol=1e-11, atol=1e-11)
    assert weighted.loss(theta).item() == pytest.approx(FORMULAS[loss](theta[0] * x + theta[1], y), rel=1e-11)


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_need_not_be_whole(loss):
    fit = Fit("a*x + b", X, targets_of(loss), loss, weights=COUNTS)
    theta = [[0.3, 0.2], [-3.0, 7.0]]
    expected = [share_of(loss, one, COUNTS).sum() for one in theta]
    np.testing.assert_allclose(fit.loss(theta), expected, rtol=1e-13)
    np.testing.assert_allclose(fit.gradient(theta[1]), differences(fit.loss, theta[1]), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "logcosh", "bce"])
@pytest.mark.parametrize("weight", [1e-3, 7.0])
def test_a_mean_does_not_see_weights_that_are_all_equal(loss, weight):
    fit = Fit("a*x + b", X, targets_of(loss), loss, weights=[weight] * 4)
    plain = Fit("a*x + b", X, targets_of(loss), loss)
    assert fit.loss([3.1, 1.4]).item() == pytest.approx(plain.loss([3.1, 1.4]).item(), rel=1e-14)


def test_a_point_of_weight_0_is_neither_kept_nor_held_out():
    fit = Fit("a*x", X, Y, weights=[1, 0, 2, 0], held_out=[False, False, True, True])
    assert (fit.indices.tolist(), fit.x.tolist(), fit.weights.tolist()) == ([0], [0.5], [1.0])
    assert (fit.held_out.indices.tolist(), fit.held_out.x.tolist()) == ([2], [1.4])
    assert Fit("a*x", X, Y, weights=[1, 0, 2, 1], held_out=[False, True, False, False]).held_out is None


@pytest.mark.parametrize("loss", LOSSES)
def test_points_held_out_are_in_neither_the_loss_nor_its_gradient(loss):
    y = targets_of(loss)
    fit = Fit("a*x + b", X, y, loss, held_out=HELD)
    assert fit.loss([3.1, 1.4]).item() == pytest.approx(FORMULAS[loss](3.1 * X[~HELD] + 1.4, y[~HELD]), rel=1e-14)
    moved = Fit("a*x + b", np.where(HELD, 77.0, X), np.where(HELD, 0.5, y), loss, held_out=HELD)
    theta = [[3.1, 1.4], [-0.4, 0.2]]
    assert torch.equal(fit.loss(theta), moved.loss(theta))
    assert torch.equal(fit.gradient(theta), moved.gradient(theta))


@pytest.mark.parametrize("loss", LOSSES)
def test_the_test_loss_is_the_plain_loss_of_the_points_held_out(loss):
    y = targets_of(loss)
    fit = Fit("a*x + b", X, y, loss, held_out=HELD, penalties={"l1": 0.3, "l2": 2.0})
    expected = [FORMULAS[loss](a * X[HELD] + b, y[HELD]) for a, b in ([3.1, 1.4], [-0.4, 0.2])]
    np.testing.assert_allclose(fit.held_out.loss([[3.1, 1.4], [-0.4, 0.2]]), expected, rtol=1e-14)
    assert (fit.held_out.held_out, fit.held_out.parameters) == (None, ("a", "b"))


def test_the_test_loss_weighs_its_points():
    fit = Fit("a*x + b", X, Y, weights=COUNTS, held_out=HELD)
    expected = np.average((3.1 * X[HELD] + 1.4 - Y[HELD]) ** 2, weights=COUNTS[HELD])
    assert fit.held_out.loss([3.1, 1.4]).item() == pytest.approx(expected, rel=1e-14)


def test_places_are_those_among_all_points(tutorial):
    fit = Fit("a*x + b", X, Y, held_out=HELD)
    assert (fit.indices.tolist(), fit.held_out.indices.tolist()) == ([0, 2], [1, 3])
    assert (tutorial.indices.tolist(), tutorial.held_out, tutorial.weights) == ([0, 1, 2, 3], None, None)
    assert Fit("a*x + b", X, Y, held_out=[False] * 4).held_out is None


@each_case("loss", LOSSES)
@each_case("penalty", PENALTIES)
@each_case("factor", [0.25, 3])
def test_each_penalty_is_its_formula(penalty, loss, factor):
    assert penalty in PENALTY_FORMULAS, f"write the formula of '{penalty}' into PENALTY_FORMULAS"
    total, slope = PENALTY_FORMULAS[penalty]
    y = targets_of(loss)
    fit = Fit("a*x + b", X, y, loss, penalties={penalty: factor})
    plain = Fit("a*x + b", X, y, loss)
    theta = np.array([[[0.3, 0.2]], [[-4.0, 7.0]]])
    expected = [[FORMULAS[loss](a * X + b, y) for a, b in row] for row in theta] + factor * total(theta)
    np.testing.assert_allclose(fit.loss(theta), expected, rtol=1e-13)
    added = fit.gradient(theta) - plain.gradient(theta)
    np.testing.assert_allclose(added, factor * slope(theta), rtol=1e-12, atol=1e-13)


def test_penalties_add_up_and_one_with_a_factor_of_0_is_none():
    fit = Fit("a*x + b", X, Y, penalties={"l1": 0.5, "l2": 2})
    expected = FORMULAS["mse"](3 * X - 4, Y) + 0.5 * 7 + 2 * 25
    assert fit.loss([3, -4]).item() == pytest.approx(expected, rel=1e-14)
    assert Fit("a*x + b", X, Y, penalties={"l1": 0, "l2": 0.5}).penalties == {"l2": 0.5}


def test_a_penalty_is_in_the_loss_over_a_plane():
    fit = Fit("a*x + b", X, Y, penalties={"l1": 0.5})
    a, b = np.array([-1.0, 0.5, 2.0]), np.array([3.0, -4.0])
    plane = fit.loss_from_columns([torch.tensor(a)[:, None, None], torch.tensor(b)[:, None]])
    expected = [[FORMULAS["mse"](one * X + other, Y) + 0.5 * (abs(one) + abs(other)) for other in b] for one in a]
    np.testing.assert_allclose(plane, expected, rtol=1e-13)


@each_case("loss", LOSSES)
@each_case("penalty", [None, *PENALTIES])
def test_only_squared_errors_with_squared_penalties_are_a_sum_of_squares(loss, penalty):
    fit = Fit("a*x + b", X, targets_of(loss), loss, penalties={penalty: 0.5} if penalty else None)
    assert fit.is_sum_of_squares == (loss in ("mse", "sse") and penalty in (None, "l2"))


@given(
    st.sampled_from(["mse", "sse"]),
    st.none() | st.lists(st.floats(0.1, 9), min_size=4, max_size=4),
    st.sampled_from([0, 0.01, 5]),
    parameters,
)
def test_the_squares_of_the_residuals_add_up_to_the_loss(loss, weights, factor, theta):
    fit = Fit("a*x + b", X, Y, loss, weights=weights, penalties={"l2": factor})
    counts = np.ones(4) if weights is None else np.array(weights)
    expected = share_of(loss, theta, counts).sum() + factor * (theta[0] ** 2 + theta[1] ** 2)
    residuals = fit.residuals([[theta, theta]])
    assert residuals.shape == (1, 2, 6 if factor else 4)
    np.testing.assert_allclose((residuals**2).sum(-1), [[expected] * 2], rtol=1e-12)


def test_residuals_have_the_sign_of_prediction_less_target(tutorial):
    np.testing.assert_allclose(tutorial.residuals([3, 2]), (Y - 3 * X - 2) / 2, rtol=1e-14)


@each_case("loss", LOSSES)
@each_case("weights", [None, COUNTS], ids=["plain", "weighted"])
def test_the_shares_of_the_points_add_up_to_the_loss_without_its_penalties(loss, weights):
    fit = Fit("a*x + b", X, targets_of(loss), loss, weights=weights, penalties={"l2": 9.0})
    plain = Fit("a*x + b", X, targets_of(loss), loss, weights=weights)
    theta = torch.tensor([[[0.3, 0.2], [-3.0, 7.0]]], dtype=torch.float64)
    counts = np.ones(4) if weights is None else weights
    expected = [[share_of(loss, one, counts) for one in theta[0].tolist()]]
    np.testing.assert_allclose(fit.shares(theta), expected, rtol=1e-12)
    torch.testing.assert_close(fit.shares(theta).sum(-1), plain.loss(theta), rtol=1e-13, atol=0)
    assert torch.equal(fit.shares_from_prediction(fit.predict(theta, fit.x)), fit.shares(theta))


@pytest.mark.parametrize("loss", LOSSES)
def test_a_standardised_fit_is_given_x_less_its_mean_by_its_deviation(loss):
    y = targets_of(loss)
    fit = Fit("a*x + b", X, y, loss, standardise=True)
    z = (X - np.mean(X)) / np.std(X)
    assert (fit.x_mean, fit.x_std) == (pytest.approx(np.mean(X)), pytest.approx(np.std(X)))
    assert fit.is_standardised
    theta = [[3.1, 1.4], [-0.4, 0.2]]
    np.testing.assert_allclose(fit.loss(theta), [FORMULAS[loss](a * z + b, y) for a, b in theta], rtol=1e-13)
    expected = differences(lambda at: FORMULAS[loss](at[0] * z + at[1], y), theta[1])
    np.testing.assert_allclose(fit.gradient(theta[1]), expected, rtol=1e-6, atol=1e-8)
    assert fit.x.tolist() == X.tolist()


def test_a_standardised_fit_predicts_for_x_as_it_is_given():
    fit = Fit("a*x + b", X, Y, standardise=True, held_out=HELD)
    mean, deviation = np.mean(X[~HELD]), np.std(X[~HELD])
    x = np.array([-3.0, 0.0, 0.9, 100.0])
    expected = 2 * (x - mean) / deviation - 5
    np.testing.assert_allclose(fit.predict([2, -5], torch.tensor(x)), expected, rtol=1e-13)
    np.testing.assert_allclose(fit.held_out.predict([2, -5], torch.tensor(x)), expected, rtol=1e-13)
    errors = 2 * (X[HELD] - mean) / deviation - 5 - Y[HELD]
    assert fit.held_out.loss([2, -5]).item() == pytest.approx(np.mean(errors**2), rel=1e-13)


def test_the_mean_is_that_of_the_points_in_the_loss_whatever_they_weigh():
    fit = Fit("a*x", [1, 2, 4, 99], [1, 2, 3, 4], weights=[1, 50, 1, 0], standardise=True)
    assert (fit.x_mean, fit.x_std) == (pytest.approx(7 / 3), pytest.approx(np.std([1, 2, 4])))


def test_a_standardised_fit_can_be_had_with_x_as_given(tutorial):
    fit = Fit("a*x + b", X, Y, standardise=True, held_out=HELD, penalties={"l2": 0.5}, weights=COUNTS)
    plain = Fit("a*x + b", X, Y, held_out=HELD, penalties={"l2": 0.5}, weights=COUNTS)
    given_x = fit.without_standardising()
    assert (given_x.x_mean, given_x.x_std, given_x.is_standardised) == (0, 1, False)
    for one, other in ((given_x, plain), (given_x.held_out, plain.held_out)):
        assert torch.equal(one.loss([2.0, -5.0]), other.loss([2.0, -5.0]))
        assert torch.equal(one.predict([2.0, -5.0], one.x), other.predict([2.0, -5.0], one.x))
    assert fit.is_standardised
    assert fit.held_out.is_standardised
    assert torch.equal(tutorial.without_standardising().loss([2.0, -5.0]), tutorial.loss([2.0, -5.0]))


@given(st.floats(-1e6, 1e6), st.integers(1, 30))
def test_equal_x_have_no_spread_to_standardise_by(x, count):
    with pytest.raises(InputError, match=r"every x is .*, so there is no spread to standardise by") as error:
        Fit("a*x + b", [x] * count + [x + 1], range(count + 1), standardise=True, held_out=[False] * count + [True])
    assert error.value.field == "standardise"


@each_case("points", [[0], [3, 1], [2, 2, 0], [0, 1, 2]], ids=str)
@each_case("loss", LOSSES)
def test_a_batch_is_the_fit_of_its_points(loss, points):
    y, penalties = targets_of(loss), {"l2": 0.5}
    batch = Fit("a*x + b", X, y, loss, weights=COUNTS, penalties=penalties).batch(torch.tensor(points))
    alone = Fit("a*x + b", X[points], y[points], loss, weights=COUNTS[points], penalties=penalties)
    theta = [[3.1, 1.4], [-0.4, 0.2]]
    assert torch.equal(batch.loss(theta), alone.loss(theta))
    assert torch.equal(batch.gradient(theta), alone.gradient(theta))
    if batch.is_sum_of_squares:
        assert torch.equal(batch.residuals(theta), alone.residuals(theta))


def test_a_batch_is_of_the_points_in_the_loss_and_standardised_as_they_all_are():
    fit = Fit("a*x + b", X, Y, standardise=True, held_out=[False, True, False, False])
    batch = fit.batch(torch.tensor([2, 1]))
    assert (batch.x.tolist(), batch.indices.tolist(), batch.held_out) == ([1.8, 1.4], [3, 2], None)
    kept = X[[0, 2, 3]]
    z = (X[[3, 2]] - np.mean(kept)) / np.std(kept)
    assert batch.loss([3.1, 1.4]).item() == pytest.approx(FORMULAS["mse"](3.1 * z + 1.4, Y[[3, 2]]), rel=1e-13)
    assert len(fit.x) == 3


@each_case(
    ("field", "part", "options"),
    [
        ("data", "every x, y and weight must be a number", {"weights": ["a", 1, 1, 1]}),
        ("data", "every x, y and weight must be a number", {"weights": [None, 1, 1, 1]}),
        ("data", "weights must be finite numbers from 0, one for each point", {"weights": [1, 1, 1]}),
        ("data", "weights must be finite numbers from 0", {"weights": 2}),
        ("data", "weights must be finite numbers from 0", {"weights": [1, 1, 1, -1e-9]}),
        ("data", "weights must be finite numbers from 0", {"weights": [1, 1, 1, np.nan]}),
        ("data", "weights must be finite numbers from 0", {"weights": [1, 1, 1, np.inf]}),
        ("data", "weights must be finite numbers from 0", {"weights": [1e308] * 4}),
        ("data", "a point of a weight above 0", {"weights": [0, 0, 0, 0]}),
        ("data", "a point of a weight above 0 that isn't held out", {"held_out": [True] * 4}),
        ("data", "that isn't held out", {"held_out": [True] * 3 + [False], "weights": [1, 1, 1, 0]}),
        ("data", "each of 4 points", {"held_out": [True, False]}),
        ("data", "each of 4 points", {"held_out": True}),
        ("data", "each of 4 points", {"held_out": "abcd"}),
        ("data", "each of 4 points", {"held_out": ["a"] * 4}),
        ("data", "each of 4 points", {"held_out": [None] * 4}),
        ("penalties", f"'l3': choose one of {', '.join(PENALTIES)}", {"penalties": {"l3": 1}}),
        ("penalties", "each penalty's factor, by name", {"penalties": ["l2"]}),
        ("penalties", "each penalty's factor, by name", {"penalties": "l2"}),
        ("standardise", "every x is 2, so there is no spread", {"standardise": True, "x": [2] * 4}),
        ("standardise", "every x is 0.5", {"standardise": True, "held_out": [False, True, True, True]}),
    ],
    ids=str,
)
def test_what_a_fit_cannot_use_is_refused_with_its_field(field, part, options):
    with pytest.raises(InputError, match=part) as error:
        Fit("a*x + b", **({"x": X, "y": Y} | options))
    assert error.value.field == field


@each_case("penalty", PENALTIES)
@each_case("factor", [-1e-9, np.nan, np.inf, "1", None, True, pytest.param(10**400, id="huge")])
def test_a_factor_that_no_penalty_can_have_is_refused(penalty, factor):
    with pytest.raises(InputError, match="λ must be a finite number from 0") as error:
        Fit("a*x + b", X, Y, penalties={penalty: factor})
    assert error.value.field == penalty
    assert str(error.value).startswith(PENALTIES[penalty].label)


@pytest.mark.parametrize(
    "make",
    [lambda: Function("sum(clamp(x, 0, y))", sizes={"x": 1, "y": 3}), lambda: Fit("clamp(a, 0, x)", [1, 2], [1, 2])],
)
def test_what_torch_cannot_go_back_through_is_refused_in_a_sentence(make, monkeypatch):
    # Torch's own clamp (2.13) stands for any operation whose backward raises; the language's own is mended.
    patched = dict(OPERATIONS) | {"clamp": replace(OPERATIONS["clamp"], function=torch.clamp)}
    make()
    monkeypatch.setattr(expression, "OPERATIONS", patched)
    with pytest.raises(ExpressionError, match="torch can't differentiate this: output with shape"):
        make()
