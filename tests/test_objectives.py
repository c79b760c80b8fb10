import numpy as np
import pytest
import torch

from playground import LOSSES, ExpressionError, Fit, Function, InputError, descend

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
    low, high = LOSSES[loss].targets
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


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("theta", [[0.3, 0.2], [3.1, 1.4], [-40.0, 7.0], [40.0, -7.0]])
def test_each_loss_is_its_formula(loss, theta):
    assert loss in FORMULAS, f"write the formula of '{loss}' into FORMULAS"
    a, b = theta
    y = targets_of(loss)
    expected = FORMULAS[loss](a * X + b, y)
    assert Fit("a*x + b", x=X, y=y, loss=loss).loss(theta).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("theta", [[0.3, 0.2], [3.1, 1.4], [-40.0, 7.0]])
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


@pytest.mark.parametrize("theta", [3.0, [1.0], [1.0, 2.0, 3.0], [[1.0], [2.0]], []])
@pytest.mark.parametrize("method", ["loss", "gradient", "hessian"])
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
    assert descend(fit, [1.0, 1.0], steps=2).outcome.name == "CONVERGED"


@pytest.mark.parametrize("sizes", [5, "x", {1: 2}, {"x": "2"}, [("x", 2)]])
def test_sizes_that_are_none_are_refused(sizes):
    with pytest.raises(ExpressionError, match=r"sizes=|components"):
        Function("sum(x)", sizes=sizes)
