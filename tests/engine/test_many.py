"""Many runs as the rows of one tensor, beside as many runs by themselves."""

import itertools
import math
import time

import numpy as np
import pytest
import torch

from playground import OPTIMIZERS, Fit, Function, InputError, Network, descend, descend_many
from playground.engine import many, row_groups
from playground.engine.many import descend_to_ends
from playground.engine.runner import Runner

ROWS, STEPS = 12, 60
DRAWN = torch.Generator().manual_seed(1)
ROSENBROCK = Function("(1-x)**2 + 100*(y-x**2)**2")
CUBIC = Fit("a*x**2 + b*x + c", x=[0.5, 0.9, 1.4, 1.8, 2.2], y=[2.0, 3.8, 5.0, 7.2, 6.1])
X = torch.randn(60, 2, generator=DRAWN, dtype=torch.float64)
XOR = Network(X, (X.prod(1) > 0).double(), (5, 3), "tanh", "bce")
TYPED = {"a function": ROSENBROCK, "a fit": CUBIC}
ELEMENTWISE = [name for name, record in OPTIMIZERS.items() if not record.coupling]
OTHERS = [name for name, record in OPTIMIZERS.items() if record.coupling]


def starts_of(objective):
    return torch.randn(ROWS, len(objective.parameters), generator=torch.Generator().manual_seed(2), dtype=torch.float64)


def assert_same(found, expected):
    """To the last bit; the loss of a start without a value is NaN in both."""
    torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)


def assert_rows_are_runs(objective, starts, optimizer, steps=STEPS, **settings):
    """Each row equals its own run to the last bit, as far as that is finite, and stays there."""
    found = descend_many(objective, starts, optimizer, steps=steps, **settings)
    assert found.parameters.shape == (steps + 1, *starts.shape)
    assert found.losses.shape == (steps + 1, len(starts))
    for row, start in enumerate(starts):
        alone = descend(objective, start, optimizer, steps=steps, **settings)
        is_finite = math.isfinite(alone.losses[-1]) and bool(alone.gradients[-1].isfinite().all())
        last = int(found.steps_taken[row])
        assert last == (alone.steps if is_finite else max(0, alone.steps - 1))
        stays = [*range(last + 1), *[last] * (steps - last)]
        assert_same(found.parameters[:, row], alone.parameters[stays])
        assert_same(found.losses[:, row], alone.losses[stays])
        assert found.outcomes[row] == alone.outcome
    return found


# ---- Rows and runs.


@pytest.mark.parametrize("optimizer", ELEMENTWISE)
@pytest.mark.parametrize("name", TYPED)
def test_each_row_takes_bit_for_bit_the_steps_of_its_own_run(name, optimizer):
    assert_rows_are_runs(TYPED[name], starts_of(TYPED[name]), optimizer, lr=0.01)


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [
        ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
        ("SGD", {"momentum": 0.5, "dampening": 0.2}),
        ("SGD", {"maximize": True}),
        ("Adam", {"amsgrad": True, "betas": (0.5, 0.9)}),
        ("RMSprop", {"centered": True, "momentum": 0.5}),
        ("Adam", {"scheduler": "StepLR", "step_size": 10}),
        ("Adam", {"scheduler": "OneCycleLR", "total_steps": 30}),
        ("SGD", {"noise": 0.3, "seed": 5}),
        ("Adam", {"noise": 0.3, "noise_kind": "rare spikes"}),
        ("Adam", {"batch_size": 2, "seed": 3}),
        ("SGD", {"batch_size": 3, "noise": 0.1}),
    ],
    ids=str,
)
def test_so_they_do_with_every_kind_of_settings(optimizer, settings):
    assert_rows_are_runs(CUBIC, starts_of(CUBIC), optimizer, lr=0.02, **settings)


@pytest.mark.parametrize("optimizer", ELEMENTWISE)
def test_rows_of_a_network_are_its_runs_but_for_the_last_bits_of_matrix_products(optimizer):
    starts = torch.stack([XOR.start(seed=seed) for seed in range(ROWS)])
    found = descend_many(XOR, starts, optimizer, lr=0.01, steps=STEPS)
    for row, start in enumerate(starts):
        alone = descend(XOR, start, optimizer, lr=0.01, steps=STEPS)
        torch.testing.assert_close(found.parameters[:, row], alone.parameters, rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(found.losses[:, row], alone.losses, rtol=1e-10, atol=1e-12)
        assert found.outcomes[row].name == alone.outcome.name


def test_rows_go_backward_in_parts_that_fit_into_the_cache(monkeypatch):
    starts = starts_of(CUBIC)
    whole = descend_many(CUBIC, starts, "Adam", lr=0.1, steps=20)
    seen = []
    monkeypatch.setattr(many, "AT_ONCE", 5 * CUBIC.cost)
    monkeypatch.setattr(CUBIC, "loss", lambda theta: seen.append(len(theta)) or Fit.loss(CUBIC, theta))
    parts = descend_many(CUBIC, starts, "Adam", lr=0.1, steps=20)
    assert seen[:3] == [5, 5, 2]
    assert torch.equal(parts.parameters, whole.parameters)
    assert torch.equal(parts.losses, whole.losses)


def test_a_runner_takes_its_own_settings_along():
    runner = Runner("SGD", 0.02, (("momentum", 0.9),), "StepLR", (("step_size", 10),), batch_size=3)
    starts = starts_of(CUBIC)
    found = runner.descend_many(CUBIC, starts, STEPS, noise=0.1, seed=4)
    for row, start in enumerate(starts.tolist()):
        alone = runner.descent(CUBIC, start, noise=0.1, seed=4).run(STEPS)
        assert torch.equal(found.parameters[:, row], alone.parameters)


# ---- Rows that leave the numbers.


@pytest.mark.parametrize("optimizer", ELEMENTWISE)
def test_a_row_that_leaves_the_numbers_stays_where_it_was_and_touches_no_other(optimizer):
    f = Function("x^4 + exp(-ln(y))")  # has no value for y below 0, and a rate that is too large flings x away
    starts = torch.tensor([[0.1, 2.0], [30.0, 2.0], [0.2, 1e-3], [0.3, -1.0], [0.4, 3.0]], dtype=torch.float64)
    found = assert_rows_are_runs(f, starts, optimizer, lr=0.02)
    assert found.outcomes[3].name == "OUT_OF_DOMAIN"
    assert found.steps_taken[3] == 0
    assert torch.equal(found.parameters[:, 3], starts[3].expand(STEPS + 1, 2))
    assert bool(found.parameters.isfinite().all())


def test_where_all_rows_have_left_the_numbers_the_table_is_as_long_as_ever():
    found = assert_rows_are_runs(Function("x^4"), torch.tensor([[9.0], [-8.0]]).double(), "SGD", lr=10.0)
    assert [one.name for one in found.outcomes] == ["DIVERGED", "DIVERGED"]
    assert found.steps == STEPS
    assert found.steps_taken.max() < 6


def test_each_row_has_its_own_ending():
    f = Function("x^2 (x-3)^2")
    names = [one.name for one in descend_many(f, [[0.1], [50.0], [3.0]], "SGD", lr=0.02, steps=20).outcomes]
    assert names == ["FINISHED", "DIVERGED", "CONVERGED"]


def test_what_torch_raises_ends_all_rows_as_it_ends_a_run():
    settings = {"lr": 0.1, "betas": (0.0, 0.0), "momentum_decay": 1e300, "steps": 5}
    alone = descend(CUBIC, [0.0, 0.0, 0.0], "NAdam", **settings)
    found = descend_many(CUBIC, [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]], "NAdam", **settings)
    assert {one.name for one in found.outcomes} == {alone.outcome.name}
    assert found.steps == alone.steps


def test_when_the_time_is_over_the_rows_say_so():
    found = descend_many(ROSENBROCK, [[0.0, 0.0], [1.0, 2.0]], deadline=time.monotonic() - 1)
    assert all(one.message.endswith("0 of 200 steps.") for one in found.outcomes)
    assert found.parameters.shape == (1, 2, 2)


def test_the_time_is_told_by_the_clock_that_is_given():
    ticks = itertools.count()
    found = descend_many(ROSENBROCK, [[0.0, 0.0], [1.0, 2.0]], steps=50, deadline=9, clock=lambda: next(ticks))
    assert found.steps == 10  # it looks before each step


# ---- What is refused.


@pytest.mark.parametrize("optimizer", OTHERS)
def test_an_optimizer_that_couples_rows_is_refused_and_says_why(optimizer):
    with pytest.raises(InputError, match="all parameters") as error:
        descend_many(CUBIC, starts_of(CUBIC), optimizer)
    assert error.value.field == "optimizer"


@pytest.mark.parametrize("optimizer", ["Adafactor", "LBFGS"])
def test_they_do_couple_rows(optimizer):
    starts = starts_of(CUBIC)
    theta = starts.clone().requires_grad_()
    stepper = OPTIMIZERS[optimizer].cls([theta], lr=0.1)

    def closure():
        theta.grad = None
        loss = CUBIC.loss(theta).sum()
        loss.backward()
        return loss

    stepper.step(closure)
    alone = torch.stack([descend(CUBIC, one, optimizer, lr=0.1, steps=1).parameters[-1] for one in starts])
    assert not torch.allclose(theta, alone, rtol=1e-6)


def test_a_scheduler_that_looks_at_the_loss_is_refused():
    with pytest.raises(InputError, match="each run has its own") as error:
        descend_many(CUBIC, starts_of(CUBIC), scheduler="ReduceLROnPlateau")
    assert error.value.field == "scheduler"


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ([0.0, 0.0, 0.0], "rows of a table"),
        ([[0.0, 0.0]], "3 parameters"),
        (torch.zeros(0, 3), "rows of a table"),
        ([[0.0, math.nan, 0.0]], "finite"),
        ([["a", 0.0, 0.0]], "numbers"),
    ],
    ids=str,
)
def test_starts_that_no_runs_can_begin_at_are_refused(starts, said):
    with pytest.raises(InputError, match=said) as error:
        descend_many(CUBIC, starts)
    assert error.value.field == "start"


def test_more_numbers_than_are_kept_are_refused(monkeypatch):
    starts = starts_of(CUBIC)
    monkeypatch.setattr(many, "MAX_KEPT", ROWS * 3 * 10)
    descend_many(CUBIC, starts, steps=10)
    with pytest.raises(InputError, match="12 runs of 11 steps with 3 parameters are 396 numbers") as error:
        descend_many(CUBIC, starts, steps=11)
    assert error.value.field == "steps"


@pytest.mark.parametrize("wrong", [{"steps": -1}, {"steps": 1.5}, {"lr": -1.0}, {"optimizer": "Sgd"}, {"rho": 1}])
def test_what_descend_refuses_is_refused(wrong):
    with pytest.raises(InputError):
        descend_many(CUBIC, starts_of(CUBIC), **wrong)


# ---- Rates and settings of their own.


@pytest.mark.parametrize("optimizer", ELEMENTWISE)
def test_each_row_has_a_rate_of_its_own_and_takes_its_own_steps_to_the_last_bit(optimizer):
    starts, rates = starts_of(CUBIC), torch.linspace(0.001, 0.03, ROWS, dtype=torch.float64).flip(0)
    found = descend_many(CUBIC, starts, optimizer, lr=rates, steps=STEPS)
    for row, rate in enumerate(rates.tolist()):
        alone = descend(CUBIC, starts[row], optimizer, lr=rate, steps=STEPS)
        assert_same(found.parameters[:, row], alone.parameters)
        assert_same(found.losses[:, row], alone.losses)
        assert found.outcomes[row] == alone.outcome


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [
        ("SGD", {"momentum": [0.0, 0.9] * (ROWS // 2), "weight_decay": 0.01}),
        ("Adam", {"betas": (torch.linspace(0, 0.9, ROWS).double(), 0.99)}),
        ("Adam", {"betas": (0.8, [0.9, 0.99, 0.999] * (ROWS // 3)), "lr": [0.1, 0.2] * (ROWS // 2)}),
        ("SGD", {"lr": [0.03, 0.01] * (ROWS // 2), "scheduler": "CosineAnnealingLR", "T_max": 30, "eta_min": 1e-3}),
        ("RMSprop", {"alpha": np.linspace(0.5, 0.99, ROWS)}),
    ],
    ids=str,
)
def test_so_it_may_have_settings_of_its_own(optimizer, settings):
    starts = starts_of(CUBIC)
    found = descend_many(CUBIC, starts, optimizer, steps=STEPS, **{"lr": 0.02} | settings)

    def own(value, row):
        if isinstance(value, tuple):
            return tuple(own(one, row) for one in value)
        return float(value[row]) if isinstance(value, list | np.ndarray | torch.Tensor) else value

    for row in range(ROWS):
        mine = {name: own(value, row) for name, value in ({"lr": 0.02} | settings).items()}
        alone = descend(CUBIC, starts[row], optimizer, steps=STEPS, **mine)
        assert_same(found.parameters[:, row], alone.parameters)
        assert found.outcomes[row] == alone.outcome


@pytest.mark.parametrize("settings", [{}, {"weight_decay": 0.05}, {"momentum": 0.8}], ids=str)
@pytest.mark.parametrize("optimizer", [one for one in ELEMENTWISE if OPTIMIZERS[one].is_linear_in_rate])
def test_many_rates_share_a_step_and_rows_are_their_runs_up_to_rounding(optimizer, settings):
    if not {*settings} <= {one.name for one in OPTIMIZERS[optimizer].hyperparameters}:
        return
    rates = torch.linspace(1e-4, 0.03, row_groups.EXACT_RATES + 1, dtype=torch.float64)
    starts = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64).expand(len(rates), -1)
    found = descend_many(CUBIC, starts, optimizer, lr=rates, steps=STEPS, **settings)
    for row in range(0, len(rates), 8):
        alone = descend(CUBIC, starts[row], optimizer, lr=float(rates[row]), steps=STEPS, **settings)
        torch.testing.assert_close(found.parameters[:, row], alone.parameters, rtol=1e-12, atol=1e-13)
        assert found.outcomes[row].name == alone.outcome.name


@pytest.mark.parametrize("optimizer", [one for one in ELEMENTWISE if not OPTIMIZERS[one].is_linear_in_rate])
def test_no_step_is_shared_where_it_is_not_proportional_to_the_rate(optimizer):
    rates = torch.linspace(1e-4, 0.03, row_groups.EXACT_RATES + 1, dtype=torch.float64)
    starts = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64).expand(len(rates), -1)
    found = descend_many(CUBIC, starts, optimizer, lr=rates, steps=STEPS)
    for row in (0, 20, 64):
        alone = descend(CUBIC, starts[row], optimizer, lr=float(rates[row]), steps=STEPS)
        assert_same(found.parameters[:, row], alone.parameters)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lr": [0.1, 0.2]}, "12 finite numbers"),
        ({"lr": [0.1] * 11 + [math.nan]}, "12 finite numbers"),
        ({"lr": [0.1] * 11 + [-0.1]}, "learning rate"),
        ({"momentum": ["a"] * ROWS}, "momentum= must be a number"),
        ({"momentum": [0.5] * 11 + [7.0]}, "Momentum is 7"),
    ],
    ids=str,
)
def test_rates_and_settings_that_can_not_be_used_are_named(given, said):
    with pytest.raises(InputError, match=said):
        descend_many(CUBIC, starts_of(CUBIC), "SGD", **{"lr": 0.1} | given)


def test_more_kinds_of_rows_than_are_stepped_are_refused_before_anything_is_done():
    count = row_groups.MAX_GROUPS + 1
    with pytest.raises(InputError, match="1,001 kinds"):
        descend_many(CUBIC, torch.zeros(count, 3), "SGD", lr=0.1, momentum=torch.linspace(0, 1, count).double())


# ---- Ends alone.


@pytest.mark.parametrize("optimizer", ELEMENTWISE)
def test_ends_are_those_of_runs_of_which_all_is_kept(optimizer):
    f = Function("x^4 + exp(-ln(y))")
    starts = torch.tensor([[0.1, 2.0], [30.0, 2.0], [0.2, 1e-3], [0.3, -1.0], [0.4, 3.0]], dtype=torch.float64)
    rates = [0.02, 0.05, 0.02, 0.01, 0.05]
    for steps in (0, 1, STEPS):
        whole = descend_many(f, starts, optimizer, lr=rates, steps=steps)
        ends = descend_to_ends(f, starts, optimizer, lr=rates, steps=steps)
        assert_same(ends.parameters, whole.parameters[-1])
        assert_same(ends.losses, whole.losses[-1])
        assert torch.equal(ends.steps_taken, whole.steps_taken)
        assert ends.steps == whole.steps
        for row, left in enumerate(ends.left.tolist()):
            alone = descend(f, starts[row], optimizer, lr=rates[row], steps=steps)
            assert left == (not (math.isfinite(alone.losses[-1]) and bool(alone.gradients[-1].isfinite().all())))
            assert_same(ends.failures[row], alone.losses[-1] if left else torch.tensor(torch.nan).double())
