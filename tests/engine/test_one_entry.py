"""A new loss, penalty, optimizer or scheduler is one entry: nothing else has to know of it."""

import pytest
import torch
from torch.optim import lr_scheduler

from playground import LOSSES, OPTIMIZERS, SCHEDULERS, Fit, descend
from playground.analysis.training_loop import run_loop
from playground.analysis.update_rule import trace_rule
from playground.engine import descent
from playground.engine.losses import PENALTIES, Loss, Penalty
from playground.engine.optimizers import Optimizer
from playground.engine.runner import Runner
from playground.engine.schedulers import Scheduler
from playground.engine.settings import Hyperparameter
from playground.engine.update_rules import RuleLine

X, Y, START = [0.5, 0.9, 1.4, 1.8], [2.0, 3.8, 5.0, 7.2], [0.5, 0.25]


def test_a_loss_is_one_entry(monkeypatch):
    quartic = Loss(
        label="mean fourth power",
        elementwise=lambda prediction, target: (prediction - target) ** 4,
        code="((predicted - Y) ** 4).mean()",
        source="this test",
    )
    monkeypatch.setitem(LOSSES, "quartic", quartic)
    fit = Fit("a*x + b", X, Y, loss="quartic")
    assert fit.loss(START).item() == pytest.approx(
        sum((0.5 * x + 0.25 - y) ** 4 for x, y in zip(X, Y, strict=True)) / 4
    )
    run = descend(fit, START, lr=1e-4, steps=20)
    assert run.losses[-1] < run.losses[0]
    loop = run_loop(fit, START, lr=1e-4, epochs=20)
    assert "loss = ((predicted - Y) ** 4).mean()" in loop.source
    assert "mean fourth power" in " ".join(line.explanation for line in loop.lines)
    torch.testing.assert_close(loop.parameters[-1], run.parameters[-1], rtol=1e-14, atol=0)


def test_a_penalty_is_one_entry(monkeypatch):
    monkeypatch.setitem(PENALTIES, "l4", Penalty("L4 penalty, λ·Σθ⁴", lambda values: values**4, "this test"))
    plain, penalised = Fit("a*x + b", X, Y), Fit("a*x + b", X, Y, penalties={"l4": 0.5})
    more = penalised.loss(START) - plain.loss(START)
    assert more.item() == pytest.approx(0.5 * (0.5**4 + 0.25**4))
    assert not penalised.is_sum_of_squares
    assert penalised.extras == (("penalties", "penalties"),)


class SignDescent(torch.optim.Optimizer):
    """Goes by the gradient's sign, this far."""

    def __init__(self, params, lr=0.1, shrink=1.0, maximize=False):
        super().__init__(params, {"lr": lr, "shrink": shrink, "maximize": maximize})

    def step(self, closure):
        loss = closure()
        for group in self.param_groups:
            for theta in group["params"]:
                theta.data.add_(theta.grad.sign(), alpha=-group["lr"] * group["shrink"])
        return loss


def test_an_optimizer_is_one_entry(monkeypatch):
    record = Optimizer(
        cls=SignDescent,
        learning_rate=0.1,
        hyperparameters=(Hyperparameter("shrink", ("Shrink",), 1.0, "Of each step.", symbols=("s",)),),
        source="this test",
        rule=lambda _: (RuleLine("theta", "theta - gamma*s*sign(g)"),),
    )
    for module in ("playground.engine.descent", "playground.analysis.update_rule"):
        monkeypatch.setattr(f"{module}.OPTIMIZERS", {**OPTIMIZERS, "SignDescent": record})
    run = Runner("SignDescent", 0.5, (("shrink", 0.5),)).descent(Fit("a*x + b", X, Y), [0.0, 0.0]).run(3)
    assert run.parameters.tolist() == [[0.25 * k] * 2 for k in range(4)]
    (line,) = trace_rule("SignDescent", {"shrink": 0.5}, run)
    assert torch.equal(line.values, run.parameters[1:])


def test_a_scheduler_is_one_entry(monkeypatch):
    record = Scheduler(
        lambda optimizer, every: lr_scheduler.StepLR(optimizer, every, 0.5),
        "Halves the rate every so many steps.",
        (Hyperparameter("every", ("Every",), 2, "So many steps.", low=1, high=100),),
        "this test",
    )
    monkeypatch.setattr(descent, "SCHEDULERS", {**SCHEDULERS, "Halving": record})
    run = descend(Fit("a*x + b", X, Y), START, lr=0.1, steps=4, scheduler="Halving", every=1)
    assert run.learning_rates.tolist() == [0.1, 0.05, 0.025, 0.0125, 0.00625]
