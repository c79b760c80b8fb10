import inspect
import math

import pytest
import torch
from torch.optim import lr_scheduler, swa_utils

from playground import OPTIMIZERS, Descent, Function, InputError, descend
from playground.engine.runner import Runner
from playground.engine.schedulers import LEFT_OUT, SCHEDULERS
from tests.cases import each_case

SETTINGS = [(name, one) for name, record in SCHEDULERS.items() for one in record.hyperparameters]
every_setting = each_case(("name", "setting"), SETTINGS, ids=lambda one: getattr(one, "name", one))


def optimizer():
    theta = torch.ones(1, dtype=torch.float64, requires_grad=True)
    theta.grad = torch.zeros_like(theta)
    return torch.optim.SGD([theta], lr=0.05)


def rates(made, scheduler, steps, takes_loss=False):
    found = []
    for step in range(steps):
        found.append(made.param_groups[0]["lr"])
        made.step()
        scheduler.step(*([1.0 / (1 + min(step, 5))] if takes_loss else []))
    return found


def values(setting):
    """The setting at an end of each component's bounds."""
    if setting.choices or isinstance(setting.default, bool):
        return list(setting.choices or (True, False))
    found = []
    for index, (low, high) in enumerate(setting.bounds):
        above = math.nextafter(low, math.inf) if setting.open_below else low
        below = math.nextafter(high, 0) if setting.open_above else min(high, 1e30)
        for end in (above, below):
            components = list(setting.components)
            components[index] = int(end) if setting.is_integer else float(end)
            found.append(tuple(components) if isinstance(setting.default, tuple) else components[0])
    return found


def test_every_scheduler_of_torch_is_here_or_left_out_with_a_reason():
    found = {
        name
        for module in (lr_scheduler, swa_utils)
        for name, one in vars(module).items()
        if isinstance(one, type) and issubclass(one, lr_scheduler.LRScheduler) and not name.startswith("_")
    }
    assert found - {"LRScheduler"} == set(SCHEDULERS) | set(LEFT_OUT)
    assert all(reason.endswith(".") for reason in LEFT_OUT.values())


@every_setting
def test_each_default_is_torchs_own_or_said_to_be_ours(name, setting):
    record = SCHEDULERS[name]
    default = inspect.signature(record.cls).parameters[setting.name].default
    if setting.name in record.project_defaults:
        assert default in (inspect.Parameter.empty, None)
    else:
        assert setting.default == default


def test_no_setting_is_called_as_an_argument_of_a_run():
    taken = {*inspect.signature(descend).parameters, *inspect.signature(Descent).parameters}
    of_optimizers = {one.name for record in OPTIMIZERS.values() for one in record.hyperparameters}
    assert not taken & ({setting.name for _, setting in SETTINGS} | of_optimizers)


def test_a_name_that_both_have_is_the_optimizers_and_the_schedulers_is_given_apart():
    parabola, plateau = Function("x^2"), {"scheduler": "ReduceLROnPlateau", "patience": 0, "threshold": 0.9}
    stays = {"eps": 1.0}
    steps = {"lr": 0.1, "steps": 10}
    reduced = descend(parabola, [3.0], "Adam", **steps, **plateau)
    assert reduced.learning_rates[-1] < 0.1
    other = descend(parabola, [3.0], "Adam", **steps, **plateau, eps=1.0)
    assert other.learning_rates[-1] < 0.1
    assert not torch.equal(other.parameters, reduced.parameters)
    held = descend(parabola, [3.0], "Adam", **steps, **plateau, scheduler_settings=stays)
    assert held.learning_rates.tolist() == [0.1] * 11
    assert torch.equal(held.parameters, descend(parabola, [3.0], "Adam", **steps).parameters)
    # SGD has no eps of its own.
    assert descend(parabola, [3.0], "SGD", **steps, **plateau, **stays).learning_rates.tolist() == [0.1] * 11
    runner = Runner("Adam", 0.1, (("eps", 1e-3),), "ReduceLROnPlateau", (("eps", 1.0), ("patience", 0)))
    assert runner.descent(parabola, [3.0]).run(10).learning_rates.tolist() == [0.1] * 11


def test_settings_of_no_scheduler_are_refused():
    with pytest.raises(InputError, match="without a scheduler there is no setting 'gamma'") as error:
        descend(Function("x^2"), [3.0], scheduler_settings={"gamma": 0.5})
    assert error.value.field == "scheduler"
    with pytest.raises(InputError, match="StepLR has no setting 'patience'"):
        descend(Function("x^2"), [3.0], scheduler="StepLR", scheduler_settings={"patience": 1})


def test_settings_that_share_a_key_are_alike():
    seen = {}
    for _, one in SETTINGS:
        first = seen.setdefault(one.key or one.name, one)
        assert (one.default, one.bounds, one.choices) == (first.default, first.bounds, first.choices)


@every_setting
def test_torch_accepts_the_bounds(name, setting):
    for value in values(setting):
        SCHEDULERS[name].build(optimizer(), 0.05, {setting.name: value})


@every_setting
@each_case("wrong", [-7, math.nan, None, "nothing"], ids=repr)
def test_what_cannot_be_used_is_refused_by_name(name, setting, wrong):
    value = (wrong, wrong) if isinstance(setting.default, tuple) else wrong
    with pytest.raises(InputError) as error:
        SCHEDULERS[name].check_settings({setting.name: value})
    assert error.value.field == setting.name


def test_an_unknown_setting_is_refused_with_those_that_are_known():
    with pytest.raises(InputError, match="StepLR has no setting 'speed': it has step_size, gamma"):
        SCHEDULERS["StepLR"].check_settings({"speed": 1})


PLAIN = {
    "StepLR": lambda one: lr_scheduler.StepLR(one, 30),
    "MultiStepLR": lambda one: lr_scheduler.MultiStepLR(one, [30, 80]),
    "ConstantLR": lr_scheduler.ConstantLR,
    "LinearLR": lr_scheduler.LinearLR,
    "ExponentialLR": lambda one: lr_scheduler.ExponentialLR(one, 0.95),
    "PolynomialLR": lr_scheduler.PolynomialLR,
    "CosineAnnealingLR": lambda one: lr_scheduler.CosineAnnealingLR(one, 100),
    "CosineAnnealingWarmRestarts": lambda one: lr_scheduler.CosineAnnealingWarmRestarts(one, 25),
    "CyclicLR": lambda one: lr_scheduler.CyclicLR(one, 0.05, 0.1, cycle_momentum=False),
    "OneCycleLR": lambda one: lr_scheduler.OneCycleLR(one, 0.05, total_steps=100, cycle_momentum=False),
    "ReduceLROnPlateau": lr_scheduler.ReduceLROnPlateau,
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_rates_are_those_of_a_plain_loop(name):
    record = SCHEDULERS[name]
    steps = record.max_steps({}) or 120
    ours, plain = optimizer(), optimizer()
    found = rates(ours, record.build(ours, 0.05, {}), steps, record.takes_loss)
    assert found == rates(plain, PLAIN[name](plain), steps, record.takes_loss)


CLOSED = {
    "StepLR": lambda k: 0.05 * 0.1 ** (k // 30),
    "ExponentialLR": lambda k: 0.05 * 0.95**k,
    "CosineAnnealingLR": lambda k: 0.025 * (1 + math.cos(math.pi * k / 100)),
}


@pytest.mark.parametrize("name", CLOSED)
def test_the_rates_follow_the_formula(name):
    made = optimizer()
    found = rates(made, SCHEDULERS[name].build(made, 0.05, {}), 100)
    assert found == pytest.approx([CLOSED[name](k) for k in range(100)], rel=1e-9, abs=1e-12)


def test_one_cycle_ends_after_its_last_step():
    made, record = optimizer(), SCHEDULERS["OneCycleLR"]
    scheduler = record.build(made, 0.05, {"total_steps": 10})
    assert record.max_steps({"total_steps": 10}) == 10
    rates(made, scheduler, 10)
    with pytest.raises(ValueError, match="10"):
        rates(made, scheduler, 1)


def test_halving_cycles_end_where_no_float_holds_the_divisor():
    made, record = optimizer(), SCHEDULERS["CyclicLR"]
    settings = {"mode": "triangular2", "step_size_up": 1}
    scheduler = record.build(made, 0.05, settings)
    rates(made, scheduler, record.max_steps(settings))
    with pytest.raises(OverflowError):
        rates(made, scheduler, 1)
