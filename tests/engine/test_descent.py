import itertools
import math
import sys
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import OPTIMIZERS, Descent, Fit, Function, InputError, descend
from playground.data.gallery import PRESETS
from tests.cases import each_case

START = {"a": -0.486989, "b": -0.563709}
X = [0.5, 0.9, 1.4, 1.8]
Y = [2.0, 3.8, 5.0, 7.2]


@pytest.fixture
def run(tutorial):
    """The tutorial's run."""
    return descend(tutorial, START, optimizer="SGD", lr=1e-2, steps=100)


@pytest.fixture
def by_hand():
    """The tutorial's loop, written out: parameters, losses and gradients, a row for each step."""
    x, y = torch.tensor(X, dtype=torch.float64), torch.tensor(Y, dtype=torch.float64)
    a = torch.tensor(START["a"], dtype=torch.float64, requires_grad=True)
    b = torch.tensor(START["b"], dtype=torch.float64, requires_grad=True)
    rows = []
    for _ in range(101):
        loss = ((a * x + b - y) ** 2).mean()
        loss.backward()
        rows.append([a.item(), b.item(), loss.item(), a.grad.item(), b.grad.item()])
        with torch.no_grad():
            a -= 1e-2 * a.grad
            b -= 1e-2 * b.grad
        a.grad.zero_()
        b.grad.zero_()
    return np.array(rows)


def test_the_tutorials_run_is_the_loop_written_by_hand(run, by_hand):
    np.testing.assert_allclose(run.parameters, by_hand[:, :2], rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.losses, by_hand[:, 2], rtol=1e-12)
    np.testing.assert_allclose(run.gradients, by_hand[:, 3:], rtol=0, atol=1e-12)


def test_the_tutorials_run_ends_where_the_tutorial_says(run):
    assert [round(value, 4) for value in run.parameters[-1].tolist()] == [2.7157, 1.4730]


def test_the_tutorials_run_backwards_leads_to_its_start(run):
    # The loss is a quadratic, so a step is an affine map: theta' = theta - lr (H theta - c).
    design = np.stack([X, np.ones(4)], axis=1)
    hessian, constant = design.T @ design / 2, design.T @ Y / 2
    theta = run.parameters[-1].numpy()
    for _ in range(100):
        theta = np.linalg.solve(np.eye(2) - 1e-2 * hessian, theta - 1e-2 * constant)
    np.testing.assert_allclose(theta, list(START.values()), atol=1e-10)


def test_a_trajectory_has_a_row_for_the_start_and_each_step(run):
    assert run.names == ("a", "b")
    assert run.steps == 100
    assert (run.parameters.shape, run.losses.shape, run.gradients.shape) == ((101, 2), (101,), (101, 2))
    assert {run.parameters.dtype, run.losses.dtype, run.gradients.dtype} == {torch.float64}


def test_each_loss_and_gradient_belong_to_the_parameters_of_their_row(run):
    residuals = run.parameters[:, :1].numpy() * X + run.parameters[:, 1:].numpy() - Y
    gradients = np.stack([(2 * residuals * X).mean(-1), 2 * residuals.mean(-1)], axis=-1)
    np.testing.assert_allclose(run.losses, (residuals**2).mean(-1), rtol=1e-13)
    np.testing.assert_allclose(run.gradients, gradients, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(
    "start",
    [
        {"b": -0.563709, "a": -0.486989},
        [-0.486989, -0.563709],
        (-0.486989, -0.563709),
        np.array([-0.486989, -0.563709]),
        torch.tensor([-0.486989, -0.563709], dtype=torch.float64),
    ],
    ids=["mapping", "list", "tuple", "array", "tensor"],
)
def test_a_start_is_a_mapping_or_a_sequence(tutorial, run, start):
    assert torch.equal(descend(tutorial, start, lr=1e-2).parameters, run.parameters)


def test_a_run_leaves_its_start_alone(tutorial):
    start = torch.tensor([1.0, 2.0], dtype=torch.float64)
    descend(tutorial, start, lr=1e-2, steps=3)
    assert start.tolist() == [1, 2]
    assert start.grad is None


def test_a_trajectory_is_a_picture_of_its_moment(tutorial):
    live = Descent(tutorial, START, lr=1e-2)
    before = live.trajectory
    live.step()
    assert before.steps == 0
    assert before.parameters.tolist() == [list(START.values())]


@pytest.mark.parametrize("lr", [0.01, 0.3, 0.9, 1.1])
def test_sgd_on_a_parabola_shrinks_by_the_same_factor_at_each_step(lr):
    run = descend(Function("x**2"), [3.0], lr=lr, steps=30)
    factors = (1 - 2 * lr) ** np.arange(31)
    np.testing.assert_allclose(run.parameters[:, 0], 3 * factors, rtol=1e-12)
    np.testing.assert_allclose(run.losses, 9 * factors**2, rtol=1e-12)


def test_sgd_on_a_diagonal_quadratic_shrinks_each_axis_by_its_own_factor():
    run = descend(Function("x**2/2 + 5*y**2 + 0.05*z**2"), [1, -2, 3], lr=0.15, steps=40)
    factors = (1 - 0.15 * np.array([1, 10, 0.1])) ** np.arange(41)[:, None]
    np.testing.assert_allclose(run.parameters, [1, -2, 3] * factors, rtol=1e-11)


@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_momentum_on_a_quadratic_follows_the_recurrence_of_the_heavy_ball(momentum):
    curvatures, lr = np.array([1.0, 8.0]), 0.05
    run = descend(Function("x**2/2 + 4*y**2"), [1, -2], lr=lr, momentum=momentum, steps=60)
    path = [np.array([1.0, -2.0])] * 2
    for _ in range(60):
        path.append(path[-1] - lr * curvatures * path[-1] + momentum * (path[-1] - path[-2]))
    np.testing.assert_allclose(run.parameters, path[1:], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("text", "gradient"), [("x**2", 6.0), ("-1000*x", -1000.0), ("x/1e4", 1e-4)])
def test_the_first_step_of_adam_is_the_learning_rate_against_the_gradients_sign(text, gradient):
    run = descend(Function(text), [3.0], optimizer="Adam", lr=0.1, steps=1)
    step = 0.1 * gradient / (abs(gradient) + 1e-8)
    assert run.parameters[1, 0].item() == pytest.approx(3 - step, rel=1e-14)
    assert abs(step) == pytest.approx(0.1, rel=1e-3)


PROBLEMS = {
    "fit": (Fit("a*x + b", x=X, y=Y), list(START.values())),
    "rosenbrock": (Function("(1-x)**2 + 100*(y-x**2)**2"), [-1.2, 1.0]),
    "waves": (Function("sin(x)*y + exp(y/3) + x**2/9"), [2.0, 0.5]),
}
WRITTEN_OUT = {
    "fit": lambda p: sum((p[0] * x + p[1] - y) ** 2 for x, y in zip(X, Y, strict=True)) / 4,
    "rosenbrock": lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2,
    "waves": lambda p: torch.sin(p[0]) * p[1] + torch.exp(p[1] / 3) + p[0] ** 2 / 9,
}
RESIDUALS = {"fit": lambda p: torch.stack([(p[0] * x + p[1] - y) / 2 for x, y in zip(X, Y, strict=True)])}
# Settings worth a run beside the defaults, which every optimizer is run with.
SETTINGS = {
    "SGD": [{"momentum": 0.9}, {"momentum": 0.5, "nesterov": True}],
    "Adam": [{"betas": (0.5, 0.9)}, {"betas": (0.0, 0.99), "eps": 1e-3}],
}
RUNS = [
    (problem, name, setting)
    for problem, (objective, _) in PROBLEMS.items()
    for name, record in OPTIMIZERS.items()
    for setting in [{}, *SETTINGS.get(name, [])]
    if record.needs != "residuals" or objective.is_sum_of_squares
]
ON_FUNCTIONS = [name for name, record in OPTIMIZERS.items() if record.needs != "residuals"]


def built(optimizer, theta, loss, residuals=None, **options):
    """torch's optimizer, or the project's with what it takes beside the parameters."""
    record = OPTIMIZERS[optimizer]
    if record.needs:
        options[record.needs] = {"loss": loss, "residuals": residuals}[record.needs]
    return getattr(torch.optim, optimizer, record.cls)([theta], **options)


def plain_loop(loss_of, start, optimizer, steps, residuals=None, **options):
    """torch's own loop: the parameters before each step and after the last."""
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = built(optimizer, theta, loss_of, residuals, **options)

    def closure():
        optimizer.zero_grad()
        loss = loss_of(theta)
        loss.backward()
        return loss

    rows = [theta.detach().clone()]
    for _ in range(steps):
        optimizer.step(closure)
        rows.append(theta.detach().clone())
    return torch.stack(rows)


def about(steps, optimizer):
    """A fifth of the steps where an optimizer asks for 20 gradients in each of them, and the others for one."""
    return steps // 5 if optimizer == "LBFGS" else steps


@pytest.fixture(scope="module")
def run_of():
    """The steps of an optimizer with its settings on a problem, about 50, computed once."""
    runs = {}

    def run(problem, optimizer, setting):
        key = problem, optimizer, str(setting)
        if key not in runs:
            steps = about(50, optimizer)
            runs[key] = descend(*PROBLEMS[problem], optimizer=optimizer, lr=2e-4, steps=steps, **setting)
            assert runs[key].steps == steps
        return runs[key]

    return run


@each_case(("problem", "optimizer", "setting"), RUNS, ids=str)
def test_each_optimizer_takes_bit_for_bit_the_steps_of_torchs_own_loop(run_of, optimizer, setting, problem):
    objective, start = PROBLEMS[problem]
    run = run_of(problem, optimizer, setting)
    expected = plain_loop(objective.loss, start, optimizer, run.steps, objective.residuals, lr=2e-4, **setting)
    assert torch.equal(run.parameters, expected)


@each_case(("problem", "optimizer", "setting"), RUNS, ids=str)
def test_each_optimizer_takes_the_steps_of_a_loop_with_the_loss_written_out(run_of, optimizer, setting, problem):
    run = run_of(problem, optimizer, setting)
    expected = plain_loop(
        WRITTEN_OUT[problem], PROBLEMS[problem][1], optimizer, run.steps, RESIDUALS.get(problem), lr=2e-4, **setting
    )
    np.testing.assert_allclose(run.parameters, expected, rtol=1e-10, atol=1e-12)


@each_case("optimizer", OPTIMIZERS)
def test_without_a_learning_rate_torchs_default_is_used(optimizer):
    objective, start = PROBLEMS["fit"]
    run = descend(objective, start, optimizer=optimizer, steps=5)
    assert torch.equal(run.parameters, plain_loop(objective.loss, start, optimizer, 5, objective.residuals))


@each_case(("problem", "optimizer", "setting"), RUNS, ids=str)
def test_steps_taken_one_at_a_time_are_those_of_a_whole_run(optimizer, setting, problem):
    objective, start = PROBLEMS[problem]
    live = Descent(objective, start, optimizer=optimizer, lr=2e-4, **setting)
    assert [live.step() for _ in range(7)] == [True] * 7
    assert live.steps == 7
    whole = descend(objective, start, optimizer=optimizer, lr=2e-4, steps=7, **setting)
    for field in ("parameters", "losses", "gradients", "step_gradients", "learning_rates", "evaluations"):
        assert torch.equal(getattr(live.trajectory, field), getattr(whole, field))
    assert live.trajectory.states.keys() == whole.states.keys()
    for key, values in live.trajectory.states.items():
        assert torch.equal(values.nan_to_num(), whole.states[key].nan_to_num())
    assert live.trajectory.outcome == whole.outcome


@each_case("optimizer", OPTIMIZERS)
def test_a_run_goes_on_where_it_stopped(tutorial, optimizer):
    live = Descent(tutorial, START, optimizer=optimizer, lr=0.05)
    assert live.run(4).steps == 4
    assert torch.equal(live.run(6).parameters, descend(tutorial, START, optimizer, lr=0.05, steps=10).parameters)


@pytest.mark.parametrize("steps", [0, 1, 17])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_a_first_order_optimizer_costs_one_evaluation_a_step(monkeypatch, tutorial, optimizer, steps):
    calls = []
    loss = tutorial.loss
    monkeypatch.setattr(tutorial, "loss", lambda theta: calls.append(1) or loss(theta))
    run = descend(tutorial, START, optimizer=optimizer, lr=0.01, steps=steps)
    assert len(calls) == steps + 1 + 1  # and one for the Hessian, by which the end is judged
    assert run.evaluations.tolist() == list(range(steps + 1))


@each_case("optimizer", OPTIMIZERS)
def test_at_a_learning_rate_of_zero_nothing_moves(tutorial, optimizer):
    # Rprop's steps are never shorter than its least, whatever the rate.
    least = {"step_sizes": (0.0, 50.0)} if optimizer == "Rprop" else {}
    run = descend(tutorial, START, optimizer=optimizer, lr=0, steps=5, **least)
    assert run.parameters.tolist() == [list(START.values())] * 6
    assert len(set(run.losses.tolist())) == 1


def test_no_steps_leave_the_start(tutorial):
    run = descend(tutorial, START, steps=0)
    assert run.parameters.tolist() == [list(START.values())]
    assert run.steps == 0
    assert run.outcome.name == "FINISHED"


def test_a_constant_is_at_its_minimum_everywhere():
    run = descend(Function("3"), [], steps=4)
    assert run.losses.tolist() == [3] * 5
    assert run.parameters.shape == run.gradients.shape == (5, 0)
    assert run.outcome.name == "CONVERGED"


@given(
    st.lists(st.floats(0.1, 50), min_size=3, max_size=3),
    st.lists(st.floats(-10, 10), min_size=3, max_size=3),
    st.floats(0.01, 0.99),
)
def test_sgd_below_the_stability_limit_never_raises_the_loss_of_a_quadratic(curvatures, start, fraction):
    text = " + ".join(f"{one / 2!r}*{name}**2" for one, name in zip(curvatures, "xyz", strict=True))
    losses = descend(Function(text), start, lr=fraction * 2 / max(curvatures), steps=20).losses.numpy()
    assert (losses[1:] <= losses[:-1] * (1 + 1e-12)).all()


def test_a_run_whose_gradient_is_not_yet_zero_is_finished(run):
    assert run.outcome.name == "FINISHED"
    assert "100 steps" in run.outcome.message
    assert f"{torch.linalg.vector_norm(run.gradients[-1]).item():.4g}" in run.outcome.message


def test_a_run_whose_gradient_is_as_good_as_zero_has_converged(tutorial):
    run = descend(tutorial, START, lr=0.3, steps=500)
    np.testing.assert_allclose(run.parameters[-1], np.polyfit(X, Y, 1), atol=1e-5)
    assert run.outcome.name == "CONVERGED"
    assert "500 steps" in run.outcome.message


def test_a_start_at_the_minimum_has_converged():
    assert descend(Function("x**2"), [0.0], steps=0).outcome.name == "CONVERGED"


def test_a_loss_that_grows_without_leaving_the_numbers_diverges(tutorial):
    run = descend(tutorial, START, lr=0.5, steps=100)
    assert run.steps == 100
    assert run.losses.isfinite().all()
    assert run.outcome.name == "DIVERGED"
    assert "100 steps" in run.outcome.message
    assert not run.outcome.can_continue


@pytest.mark.parametrize("steps", [400, 1000])
def test_a_loss_that_overflows_diverges_and_the_run_stops_there(tutorial, steps):
    # Along the steepest eigenvector the parameters grow by |1 - lr 4.9334| a step and the loss by its square.
    run = descend(tutorial, START, lr=1.0, steps=steps)
    assert abs(run.steps - math.log(sys.float_info.max) / (2 * math.log(4.9334 - 1))) < 10
    assert run.outcome.name == "DIVERGED"
    assert f"step {run.steps} " in run.outcome.message
    assert_only_the_last_row_is_not_finite(run)


@pytest.mark.parametrize("text", ["x**4", "x**6 - 5*x**5"])
def test_steps_that_overshoot_ever_further_diverge_whether_they_end_at_inf_or_nan(text):
    run = descend(Function(text), [2.0], lr=1.0, steps=50)
    assert run.losses[-2] > 1e9
    assert run.outcome.name == "DIVERGED"
    assert "smaller learning rate" in run.outcome.message


def test_a_loss_that_falls_to_minus_infinity_in_one_step_diverges():
    # 1 - 1 * 1/1 = 0, where the logarithm is -inf.
    run = descend(Function("log(x)"), [1.0], lr=1.0, steps=50)
    assert run.losses.tolist() == [0, -math.inf]
    assert run.outcome.name == "DIVERGED"
    assert "no minimum" in run.outcome.message


def test_a_loss_that_falls_for_ever_diverges():
    run = descend(Function("x**2 - y**2"), [0, 1], lr=1.0, steps=2000)
    # y grows threefold at each step.
    assert run.steps == math.ceil(math.log(math.sqrt(sys.float_info.max), 3))
    assert run.losses[-1] == -math.inf
    assert run.outcome.name == "DIVERGED"
    assert "−inf" in run.outcome.message
    assert_only_the_last_row_is_not_finite(run)


def test_a_step_out_of_the_domain_ends_the_run():
    # 1 - 2 * 1/1 = -1, where there is no logarithm.
    run = descend(Function("log(x)"), [1.0], lr=2.0, steps=50)
    assert run.parameters.tolist() == [[1], [-1]]
    assert run.outcome.name == "OUT_OF_DOMAIN"
    assert "step 1 (x = −1)" in run.outcome.message
    assert not run.outcome.can_continue
    assert_only_the_last_row_is_not_finite(run)


@pytest.mark.parametrize(
    ("text", "start"),
    [("log(x)", [-1.0]), ("1/x", [0.0]), ("sqrt(x**2 + y**2)", [0.0, 0.0]), ("0*log(x)", [0.0])],
)
@pytest.mark.parametrize("steps", [0, 5])
def test_a_start_out_of_the_domain_is_all_of_the_run(text, start, steps):
    run = descend(Function(text), start, steps=steps)
    assert run.parameters.tolist() == [start]
    assert (run.steps, run.evaluations.tolist()) == (0, [0])
    assert run.outcome.name == "OUT_OF_DOMAIN"
    assert "step 0" in run.outcome.message


def test_a_run_that_has_left_the_numbers_stays_where_it_is():
    live = Descent(Function("log(x)"), [1.0], lr=2.0)
    assert [live.step() for _ in range(4)] == [False] * 4
    assert live.trajectory.steps == 1
    assert live.trajectory.evaluations.tolist() == [0, 1]


def assert_only_the_last_row_is_not_finite(run):
    finite = run.losses.isfinite() & run.gradients.isfinite().all(-1)
    assert finite.tolist() == [True] * run.steps + [False]


def test_a_run_stops_when_its_time_is_over(tutorial):
    run = descend(tutorial, START, steps=50, deadline=time.monotonic() - 1)
    assert run.steps == 0
    assert run.outcome.name == "OUT_OF_TIME"
    assert "0 of 50 steps" in run.outcome.message
    assert run.outcome.can_continue


def test_a_run_whose_time_ends_on_the_way_keeps_its_steps(monkeypatch, tutorial):
    ticks = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks))
    run = descend(tutorial, START, lr=1e-2, steps=50, deadline=9)
    assert run.steps == len(run.losses) - 1 == 10
    assert run.outcome.name == "OUT_OF_TIME"
    assert "10 of 50 steps" in run.outcome.message


def test_a_deadline_that_is_far_away_changes_nothing(tutorial, run):
    timed = descend(tutorial, START, lr=1e-2, steps=100, deadline=time.monotonic() + 3600)
    assert torch.equal(timed.parameters, run.parameters)
    assert timed.outcome == run.outcome


def test_a_start_out_of_the_domain_is_told_even_when_time_is_over():
    run = descend(Function("log(x)"), [-1.0], steps=5, deadline=time.monotonic() - 1)
    assert run.outcome.name == "OUT_OF_DOMAIN"


@each_case(
    ("field", "options"),
    [
        ("lr", {"lr": math.nan}),
        ("lr", {"lr": math.inf}),
        ("lr", {"lr": -math.inf}),
        ("lr", {"lr": -1e-9}),
        pytest.param("lr", {"lr": 10**400}, id="lr no float is so large"),
        ("start", {"start": {"a": 1}}),
        ("start", {"start": {}}),
        ("start", {"start": {"a": 1, "b": 2, "c": 3}}),
        ("start", {"start": {"a": 1, "c": 3}}),
        ("start", {"start": []}),
        ("start", {"start": [1]}),
        ("start", {"start": [1, 2, 3]}),
        ("start", {"start": [[1, 2]]}),
        ("start", {"start": [1, math.nan]}),
        ("start", {"start": {"a": math.inf, "b": 0}}),
        ("steps", {"steps": -1}),
        ("steps", {"steps": True}),
        ("steps", {"steps": 3.0}),
        ("steps", {"steps": "3"}),
        ("steps", {"steps": None}),
        ("optimizer", {"optimizer": "Sgd"}),
        ("optimizer", {"optimizer": ""}),
        ("momentun", {"momentun": 0.9}),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused_with_its_field(tutorial, field, options):
    with pytest.raises(InputError) as error:
        descend(tutorial, **({"start": START} | options))
    assert error.value.field == field
    assert str(error.value)


def test_an_unknown_optimizer_is_refused_with_all_that_are_known(tutorial):
    with pytest.raises(InputError, match=f"'Sgd'.*{', '.join(OPTIMIZERS)}"):
        descend(tutorial, START, optimizer="Sgd")


def test_a_start_that_misses_a_name_is_refused_with_the_names(tutorial):
    with pytest.raises(InputError, match=r"a, b .*names a, c"):
        descend(tutorial, {"a": 1, "c": 2})


def test_far_from_the_minimum_a_small_part_of_a_large_gradient_is_not_converged(tutorial):
    run = descend(tutorial, [1e7, 1e7], lr=0.3, steps=250)
    assert run.gradients[-1].norm() > 1e-3
    assert run.outcome.name == "FINISHED"


def test_a_plateau_is_said_to_be_one_of_the_flat_places(tutorial):
    run = descend(Fit("a*exp(-b*x)", tutorial.x, tutorial.y), [1.0, 50.0], lr=1e-2, steps=5)
    assert run.losses[-1] > 20
    assert "plateau" in run.outcome.message


def test_a_run_that_goes_on_counts_all_its_steps_when_its_time_is_over(tutorial):
    live = Descent(tutorial, [0.0, 0.0], lr=1e-2)
    live.run(30)
    assert "30 of 80 steps" in live.run(50, deadline=0.0).outcome.message


@pytest.mark.parametrize("start", [["a", 1], [None, 1], [[1], [2, 3]], "ab", object()])
def test_a_start_that_is_no_numbers_is_refused(tutorial, start):
    with pytest.raises(InputError, match="start"):
        descend(tutorial, start)


@pytest.mark.parametrize("lr", [True, "0.1", [0.1]])
def test_a_rate_that_is_no_number_is_refused(tutorial, lr):
    with pytest.raises(InputError, match="learning rate"):
        descend(tutorial, [0.0, 0.0], lr=lr)


def test_with_a_learning_rate_of_zero_it_is_said_that_nothing_moves(tutorial):
    outcome = descend(tutorial, [0.0, 0.0], lr=0.0, steps=10).outcome
    assert (outcome.name, outcome.message) == ("FINISHED", "Nothing moves: the learning rate is 0.")


ROSENBROCK = "(1-x)**2 + 100*(y-x**2)**2"


def looped(objective, start, optimizer, lr, steps, scheduler=None, noise=0.0, seed=0, **settings):
    """A plain ``torch.optim`` loop: by step the parameters, the learning rate, and how many gradients it asked for."""
    generator = torch.Generator().manual_seed(seed)
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    plain = built(optimizer, theta, objective.loss, lr=lr, **settings)
    schedule = scheduler(plain) if scheduler else None
    asked = [0]

    def closure():
        plain.zero_grad()
        loss = objective.loss(theta)
        loss.backward()
        asked[-1] += 1
        if noise:
            theta.grad += noise * torch.randn(len(theta), generator=generator, dtype=torch.float64)
        return loss

    parameters, rates = [theta.tolist()], [plain.param_groups[0]["lr"]]
    for _ in range(steps):
        asked.append(asked[-1])
        plain.step(closure)
        if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
            schedule.step(objective.loss(theta).item())
        elif schedule:
            schedule.step()
        parameters.append(theta.tolist())
        rates.append(plain.param_groups[0]["lr"])
    return torch.tensor(parameters, dtype=torch.float64), rates, asked


@pytest.mark.slow
@each_case("preset", PRESETS)
@pytest.mark.parametrize("optimizer", ON_FUNCTIONS)
def test_every_optimizer_on_every_preset_takes_the_steps_of_a_plain_loop(preset, optimizer):
    chosen = PRESETS[preset]
    function = Function(chosen.text)
    run = descend(function, chosen.start, optimizer=optimizer, lr=1e-3, steps=about(25, optimizer))
    parameters, _, asked = looped(function, chosen.start, optimizer, 1e-3, run.steps)
    assert torch.equal(run.parameters, parameters)
    assert run.evaluations.tolist() == asked


@each_case("optimizer", ON_FUNCTIONS)
@each_case(
    ("text", "plain", "start"),
    [
        (ROSENBROCK, lambda t: (1 - t[0]) ** 2 + 100 * (t[1] - t[0] ** 2) ** 2, [-1.2, 1.0]),
        (
            "(x^2+y-11)^2 + (x+y^2-7)^2",
            lambda t: (t[0] ** 2 + t[1] - 11) ** 2 + (t[0] + t[1] ** 2 - 7) ** 2,
            [0.5, -0.5],
        ),
        ("sin(x) cos(y) + x^2/10", lambda t: torch.sin(t[0]) * torch.cos(t[1]) + t[0] ** 2 / 10, [1.0, 2.0]),
    ],
    ids=["rosenbrock", "himmelblau", "waves"],
)
def test_every_optimizer_takes_the_steps_of_a_loop_over_the_function_in_plain_torch(optimizer, text, plain, start):
    class Plain:
        loss = staticmethod(plain)

    run = descend(Function(text), start, optimizer=optimizer, lr=1e-3, steps=about(25, optimizer))
    parameters, *_ = looped(Plain, start, optimizer, 1e-3, about(25, optimizer))
    np.testing.assert_allclose(run.parameters, parameters, rtol=1e-9, atol=1e-9)


@each_case("optimizer", ["SGD", "Adam", "RMSprop", "LBFGS"])
@each_case(
    ("name", "settings", "torchs"),
    [
        ("StepLR", {"step_size": 7}, lambda o: torch.optim.lr_scheduler.StepLR(o, 7)),
        ("CosineAnnealingLR", {"T_max": 12}, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 12)),
        ("ReduceLROnPlateau", {"patience": 1}, lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, patience=1)),
    ],
)
def test_a_scheduler_steps_after_each_step(optimizer, name, settings, torchs):
    function = Function(ROSENBROCK)
    few = {"max_iter": 4} if optimizer == "LBFGS" else {}
    run = descend(function, [-1.2, 1.0], optimizer=optimizer, lr=2e-3, steps=30, scheduler=name, **settings, **few)
    parameters, rates, _ = looped(function, [-1.2, 1.0], optimizer, 2e-3, 30, torchs, **few)
    assert torch.equal(run.parameters, parameters)
    assert run.learning_rates.tolist() == rates


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - set(ON_FUNCTIONS)))
def test_an_optimizer_of_residuals_is_refused_where_the_loss_is_no_sum_of_squares(name):
    for objective in (Function("x^2 + y^2"), Fit("a*x + b", X, Y, "mae"), Fit("a*x + b", X, Y, penalties={"l1": 1.0})):
        with pytest.raises(InputError, match="sum of squares") as error:
            descend(objective, [1.0, 1.0], name, steps=1)
        assert error.value.field == "optimizer"


def test_a_schedule_that_is_over_keeps_its_last_rate():
    run = descend(Function("x**2"), [1.0], lr=0.1, steps=20, scheduler="OneCycleLR", total_steps=10)
    assert run.steps == 20
    assert set(run.learning_rates[10:].tolist()) == {run.learning_rates[-1].item()}


@each_case("optimizer", ON_FUNCTIONS)
def test_noise_is_seeded_and_added_to_each_gradient_that_is_asked_for(optimizer):
    function = Function("x^2 + 3y^2")
    run = descend(function, [1.0, -1.0], optimizer=optimizer, lr=1e-2, steps=20, noise=0.5, seed=3)
    parameters, _, asked = looped(function, [1.0, -1.0], optimizer, 1e-2, 20, noise=0.5, seed=3)
    assert torch.equal(run.parameters, parameters)
    assert run.evaluations.tolist() == asked
    assert torch.equal(run.gradients, function.gradient(run.parameters))


def test_what_was_given_is_the_gradient_with_its_noise():
    run = descend(Function("x^2 + 3y^2"), [1.0, -1.0], lr=1e-2, steps=20, noise=0.5)
    torch.testing.assert_close(
        run.parameters[:-1] - 1e-2 * run.step_gradients[:-1], run.parameters[1:], rtol=1e-14, atol=1e-15
    )
    assert torch.equal(run.step_gradients[-1], run.gradients[-1])
    assert not torch.isclose(run.step_gradients[:-1], run.gradients[:-1]).all(-1).any()


def test_without_noise_what_was_given_is_the_gradient(run):
    assert torch.equal(run.step_gradients, run.gradients)


def test_states_are_torchs_own_after_each_step():
    run = descend(Function("x^2 + 3y^2"), [1.0, -1.0], optimizer="Adam", lr=0.1, steps=5)
    theta = torch.tensor([1.0, -1.0], dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([theta], lr=0.1)
    assert set(run.states) == {"exp_avg", "exp_avg_sq"}
    assert all(values[0].isnan().all() for values in run.states.values())
    for step in range(1, 6):
        adam.zero_grad()
        (theta[0] ** 2 + 3 * theta[1] ** 2).backward()
        adam.step()
        for key, values in run.states.items():
            torch.testing.assert_close(values[step], adam.state[theta][key], rtol=1e-12, atol=0)


@each_case(
    ("field", "wrong"),
    [
        ("noise", -0.1),
        ("noise", math.nan),
        ("noise", math.inf),
        ("noise", "loud"),
        ("noise", True),
        ("noise_kind", "pink"),
        ("noise_kind", None),
        ("seed", -1),
        ("seed", 0.5),
        ("seed", 2**31),
        ("scheduler", "SomeLR"),
        ("scheduler", ["StepLR"]),
    ],
)
def test_noise_and_schedulers_that_cannot_be_used_are_refused(field, wrong):
    with pytest.raises(InputError) as error:
        descend(Function("x**2"), [1.0], **{field: wrong})
    assert error.value.field == field


@pytest.mark.parametrize(
    ("optimizer", "settings", "reason"),
    [
        ("LBFGS", {"lr": 0.0, "line_search_fn": "strong_wolfe"}, "division"),
        ("ASGD", {"lr": 100.0, "alpha": 200.0, "lambd": 1.0}, "out of range"),
    ],
)
def test_what_torch_raises_on_the_way_ends_the_run_with_torchs_reason(optimizer, settings, reason):
    run = descend(Function("(x - 1)^2"), [3.0], optimizer, steps=20, **settings)
    assert run.outcome.name == "STOPPED"
    assert optimizer in run.outcome.message
    assert reason in run.outcome.message
    assert not run.outcome.can_continue
    assert run.steps < 20
    assert len(run.parameters) == len(run.losses) == len(run.gradients) == run.steps + 1


# ---- Batches: each step looks at some of the points.

FIVE_X = np.array([0.5, 0.9, 1.4, 1.8, 2.5])
FIVE_Y = np.array([2.0, 3.8, 5.0, 7.2, 6.1])
FIVE = Fit("a*x + b", FIVE_X, FIVE_Y)
FIELDS = (
    "parameters",
    "losses",
    "gradients",
    "step_gradients",
    "learning_rates",
    "evaluations",
    "batches",
    "batch_losses",
)


def points_of(run):
    """The places of the points that each step looked at."""
    return [row[row >= 0].tolist() for row in run.batches[:-1]]


def squared(theta, points):
    """In numpy, the mean squared error of a*x + b on some of the five points, and its gradient."""
    x, errors = FIVE_X[points], theta[0] * FIVE_X[points] + theta[1] - FIVE_Y[points]
    return np.mean(errors**2), [np.mean(2 * errors * x), np.mean(2 * errors)]


@each_case("size", [1, 2, 3, 4])
@each_case(
    ("optimizer", "settings"),
    [("SGD", {}), ("SGD", {"momentum": 0.9}), ("Adam", {})],
    ids=["SGD", "momentum", "Adam"],
)
def test_batches_take_bit_for_bit_the_steps_of_a_plain_loop_over_them(size, optimizer, settings):
    run = descend(FIVE, [0.5, -1.0], optimizer, lr=0.05, steps=17, batch_size=size, seed=0, **settings)
    x, y = torch.tensor(FIVE_X), torch.tensor(FIVE_Y)
    a, b = (torch.tensor([one], dtype=torch.float64, requires_grad=True) for one in (0.5, -1.0))
    plain = getattr(torch.optim, optimizer)([a, b], lr=0.05, **settings)
    rows = [[a.item(), b.item()]]
    for points in points_of(run):
        plain.zero_grad()
        ((a * x[points] + b - y[points]) ** 2).mean().backward()
        plain.step()
        rows.append([a.item(), b.item()])
    assert run.parameters.tolist() == rows


@given(st.integers(2, 12), st.integers(0, 2**31 - 1), st.data())
@settings(max_examples=settings.default.max_examples // 4)
def test_each_epoch_goes_once_through_the_points_in_the_order_of_torchs_sampler(count, seed, data):
    size = data.draw(st.integers(1, count - 1))
    fit = Fit("a*x + b", range(count), range(count))
    an_epoch = -(-count // size)
    run = descend(fit, [0.0, 0.0], lr=1e-6, steps=3 * an_epoch, batch_size=size, seed=seed)
    sampler = torch.utils.data.RandomSampler(range(count), generator=torch.Generator().manual_seed(seed))
    batches = torch.utils.data.BatchSampler(sampler, size, drop_last=False)
    assert points_of(run) == [points for _ in range(3) for points in batches]
    for epoch in range(3):
        taken = points_of(run)[epoch * an_epoch : (epoch + 1) * an_epoch]
        assert sorted(itertools.chain(*taken)) == list(range(count))
        assert [len(points) for points in taken[:-1]] == [size] * (an_epoch - 1)
        assert len(taken[-1]) == count - size * (an_epoch - 1)


def test_the_last_batch_of_an_epoch_is_smaller_and_after_the_last_step_there_is_none():
    run = descend(FIVE, [0.5, -1.0], lr=0.05, steps=7, batch_size=2)
    assert run.batches.shape == (8, 2)
    assert (run.batches >= 0).sum(-1).tolist() == [2, 2, 1, 2, 2, 1, 2, 0]
    assert run.batch_losses.shape == (8,)
    assert run.batch_losses[-1] == run.losses[-1]
    assert torch.equal(run.step_gradients[-1], run.gradients[-1])


def test_equal_seeds_draw_equal_batches_and_others_draw_others():
    first, again, other = (descend(FIVE, [0.5, -1.0], lr=0.05, steps=12, batch_size=2, seed=seed) for seed in (3, 3, 4))
    for field in FIELDS:
        assert torch.equal(getattr(first, field), getattr(again, field))
    assert not torch.equal(first.batches, other.batches)
    assert not torch.equal(first.parameters, other.parameters)
    assert len({str(points_of(first)[k : k + 3]) for k in range(0, 12, 3)}) > 1


def test_a_step_is_given_the_loss_and_gradient_of_its_batch_and_the_run_keeps_those_of_all_points():
    run = descend(FIVE, [0.5, -1.0], lr=0.05, steps=9, batch_size=2, seed=1)
    every = list(range(5))
    for k, points in enumerate(points_of(run)):
        loss, gradient = squared(run.parameters[k].numpy(), points)
        assert run.batch_losses[k].item() == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(run.step_gradients[k], gradient, rtol=1e-11)
    for theta, loss, gradient in zip(run.parameters.numpy(), run.losses, run.gradients, strict=True):
        expected, slope = squared(theta, every)
        assert loss.item() == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(gradient, slope, rtol=1e-9, atol=1e-12)
    assert not torch.isclose(run.batch_losses[:-1], run.losses[:-1]).all()


def test_batches_are_made_of_the_points_in_the_loss():
    fit = Fit("a*x + b", FIVE_X, FIVE_Y, held_out=[False, True, False, False, True])
    run = descend(fit, [0.5, -1.0], lr=0.05, steps=6, batch_size=2)
    assert sorted(itertools.chain(*points_of(run)[:2])) == [0, 1, 2]
    for k, points in enumerate(points_of(run)):
        loss, _ = squared(run.parameters[k].numpy(), np.array([0, 2, 3])[points])
        assert run.batch_losses[k].item() == pytest.approx(loss, rel=1e-12)


@each_case("optimizer", OPTIMIZERS)
def test_a_batch_of_all_points_is_the_run_without_batches(optimizer):
    whole = descend(FIVE, [0.5, -1.0], optimizer, lr=0.05, steps=6)
    for size in (5, None):
        run = descend(FIVE, [0.5, -1.0], optimizer, lr=0.05, steps=6, batch_size=size)
        assert run.batches is None
        assert torch.equal(run.parameters, whole.parameters)
        assert torch.equal(run.step_gradients, run.gradients)
        assert torch.equal(run.batch_losses, run.losses)


@pytest.mark.parametrize("size", [0, -1, 6, 1.5, 2.0, True, "2", [2], math.nan], ids=repr)
def test_a_batch_size_that_cannot_be_used_is_refused(size):
    with pytest.raises(InputError, match="a whole number from 1 to 5, the number of points") as error:
        descend(FIVE, [0.5, -1.0], batch_size=size)
    assert error.value.field == "batch_size"


def test_a_function_has_no_batches():
    with pytest.raises(InputError, match="and this function has none") as error:
        descend(Function("x**2"), [1.0], batch_size=1)
    assert error.value.field == "batch_size"
    assert descend(Function("x**2"), [1.0], steps=2).batches is None


@each_case("noise", [0.0, 0.5])
@each_case("optimizer", OPTIMIZERS)
def test_a_run_in_batches_goes_on_where_it_stopped(optimizer, noise):
    options = {"optimizer": optimizer, "lr": 0.05, "batch_size": 2, "seed": 7, "noise": noise}
    live = Descent(FIVE, [0.5, -1.0], **options)
    for steps in (1, 4, 0, 6):
        live.run(steps)
    whole = descend(FIVE, [0.5, -1.0], steps=11, **options)
    for field in FIELDS:
        assert torch.equal(getattr(live.trajectory, field), getattr(whole, field))


def test_noise_is_added_to_the_gradient_of_the_batch():
    run = descend(FIVE, [0.5, -1.0], lr=0.02, steps=8, batch_size=2, seed=5, noise=0.5)
    calm = descend(FIVE, [0.5, -1.0], lr=0.02, steps=8, batch_size=2, seed=5)
    assert torch.equal(run.batches, calm.batches)
    generator = torch.Generator().manual_seed(5)
    for k, points in enumerate(points_of(run)):
        loss, gradient = squared(run.parameters[k].numpy(), points)
        noise = torch.randn(2, generator=generator, dtype=torch.float64).numpy()
        np.testing.assert_allclose(run.step_gradients[k], gradient + 0.5 * noise, rtol=1e-10, atol=1e-12)
        assert run.batch_losses[k].item() == pytest.approx(loss, rel=1e-12)


@each_case("optimizer", OPTIMIZERS)
def test_every_optimizer_steps_by_its_batch_alone(optimizer):
    run = descend(FIVE, [0.5, -1.0], optimizer, lr=0.02, steps=11, batch_size=2, seed=2)
    assert run.steps == 11
    theta = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
    batch = [FIVE]
    plain = built(optimizer, theta, lambda at: batch[0].loss(at), lambda at: batch[0].residuals(at), lr=0.02)
    asked, counts = 0, [0]

    def closure():
        nonlocal asked
        asked += 1
        plain.zero_grad()
        loss = batch[0].loss(theta)
        loss.backward()
        return loss

    rows = [theta.tolist()]
    for points in points_of(run):
        batch[0] = Fit("a*x + b", FIVE_X[points], FIVE_Y[points])
        plain.step(closure)
        rows.append(theta.tolist())
        counts.append(asked)
    assert run.parameters.tolist() == rows
    assert run.evaluations.tolist() == counts


def test_a_scheduler_that_looks_at_the_loss_sees_that_of_all_points():
    options = {"scheduler": "ReduceLROnPlateau", "patience": 0, "threshold": 0.05}
    run = descend(FIVE, [0.5, -1.0], lr=0.1, steps=40, batch_size=2, **options)
    plain = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(plain, patience=0, threshold=0.05)
    rates = [0.1]
    for theta in run.parameters[1:].numpy():
        scheduler.step(squared(theta, list(range(5)))[0])
        rates.append(plain.param_groups[0]["lr"])
    assert run.learning_rates.tolist() == rates
    assert rates[-1] < 0.1


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("loss", ["mse", "sse"])
def test_over_an_epoch_the_gradients_of_the_batches_make_that_of_all_points(loss, size):
    fit = Fit("a*exp(b*x)", [0.5, 0.9, 1.4, 1.8, 2.5, 3.1], [2.0, 3.8, 5.0, 7.2, 6.1, 9.0], loss)
    run = descend(fit, [1.5, 0.4], lr=0.0, steps=6 // size, batch_size=size)
    together = run.step_gradients[:-1].mean(0) if loss == "mse" else run.step_gradients[:-1].sum(0)
    torch.testing.assert_close(together, run.gradients[0], rtol=1e-12, atol=1e-12)
    losses = run.batch_losses[:-1].mean() if loss == "mse" else run.batch_losses[:-1].sum()
    torch.testing.assert_close(losses, run.losses[0], rtol=1e-13, atol=0)


def test_a_run_in_batches_that_torch_stops_keeps_its_rows_together():
    settings = {"line_search_fn": "strong_wolfe", "lr": 0.0}
    run = descend(FIVE, [0.5, -1.0], "LBFGS", steps=20, batch_size=2, **settings)
    assert run.outcome.name == "STOPPED"
    assert {len(getattr(run, field)) for field in FIELDS} == {run.steps + 1}
    assert (run.batches[-1] == -1).all()
