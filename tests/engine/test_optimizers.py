import inspect
import math

import pytest
import torch

from playground import OPTIMIZERS, Expression, Function, InputError, descend
from playground.engine.optimizers import LEFT_OUT
from playground.engine.update_rules import cached_expression, rule_to_latex, run_rule
from playground.language.printing import to_latex
from tests.cases import each_case

HYPERPARAMETERS = [(name, one) for name, record in OPTIMIZERS.items() for one in record.hyperparameters]
NUMBERS = [(name, one) for name, one in HYPERPARAMETERS if not isinstance(one.default, bool | str)]
CHOICES = [(name, one) for name, one in HYPERPARAMETERS if one.choices]


def identify(value):
    return getattr(value, "name", None) or str(value)


def every_hyperparameter(pairs=HYPERPARAMETERS):
    return each_case(("optimizer", "setting"), pairs, ids=identify)


def filled(setting, value, index=0):
    """``setting``'s default with ``value`` in one place."""
    components = list(setting.components)
    components[index] = value
    return tuple(components) if isinstance(setting.default, tuple) else components[0]


def ends(setting, index):
    """The least and the greatest value that one component may have."""
    low, high = setting.bounds[index]
    if setting.is_integer:
        return [int(low), int(high)]
    return [
        -1e30 if math.isinf(low) else math.nextafter(low, math.inf) if setting.open_below else low,
        1e30 if math.isinf(high) else math.nextafter(high, -math.inf) if setting.open_above else high,
    ]


def within(setting):
    """A value of the setting at an end of each component's bounds, one component at a time."""
    return [filled(setting, end, index) for index in range(len(setting.labels)) for end in ends(setting, index)]


def refused(optimizer, settings):
    """The error that a run with ``settings`` gives."""
    with pytest.raises(InputError) as error:
        descend(Function("x**2"), [1.0], optimizer=optimizer, steps=1, **settings)
    return error.value


@each_case("name", OPTIMIZERS)
def test_the_default_learning_rate_is_torchs_own(name):
    record = OPTIMIZERS[name]
    assert record.learning_rate == inspect.signature(record.cls).parameters["lr"].default


@every_hyperparameter()
def test_each_default_is_torchs_own(optimizer, setting):
    default = inspect.signature(OPTIMIZERS[optimizer].cls).parameters[setting.name].default
    if (optimizer, setting.name) == ("Adafactor", "eps"):
        default = (torch.finfo(torch.float64).eps, *default[1:])  # what None stands for
    assert setting.to_torch(setting.default) == default
    assert setting.choices or type(setting.default) is type(default) or isinstance(default, int)


def test_every_optimizer_of_torch_is_here_or_left_out_with_a_reason():
    found = {
        name
        for name, one in vars(torch.optim).items()
        if isinstance(one, type) and issubclass(one, torch.optim.Optimizer) and one is not torch.optim.Optimizer
    }
    assert found == {name for name, record in OPTIMIZERS.items() if not record.needs} | set(LEFT_OUT)
    assert not set(OPTIMIZERS) & set(LEFT_OUT)
    assert all(reason.endswith(".") for reason in LEFT_OUT.values())


NO_SETTINGS = {"params", "lr", "foreach", "capturable", "differentiable", "fused", "max_eval"}


@each_case("name", OPTIMIZERS)
def test_every_argument_of_torchs_class_is_a_setting_or_a_switch_of_the_implementation(name):
    record = OPTIMIZERS[name]
    arguments = set(inspect.signature(record.cls).parameters)
    assert {one.name for one in record.hyperparameters} == arguments - NO_SETTINGS - {record.needs}


def test_settings_that_share_a_key_are_alike():
    seen = {}
    for _, one in HYPERPARAMETERS:
        first = seen.setdefault(one.key or one.name, one)
        assert (one.name, one.default, one.bounds, one.choices, one.labels) == (
            first.name,
            first.default,
            first.bounds,
            first.choices,
            first.labels,
        )


@each_case("name", OPTIMIZERS)
def test_an_optimizer_has_torchs_name_and_one_record_for_each_setting(name):
    record = OPTIMIZERS[name]
    settings = [one.name for one in record.hyperparameters]
    assert record.cls.__name__ == name
    assert len(set(settings)) == len(settings)


@every_hyperparameter()
def test_each_setting_has_a_label_for_each_component_and_a_default_within_its_bounds(optimizer, setting):
    assert len(setting.labels) == len(setting.components)
    assert OPTIMIZERS[optimizer].check_settings({})[setting.name] == setting.default


@each_case("name", OPTIMIZERS)
def test_what_is_built_is_torchs_optimizer_with_the_settings_given(name):
    theta = torch.ones(2, dtype=torch.float64, requires_grad=True)
    record = OPTIMIZERS[name]
    built = record.build(theta, 0.25, {})
    (group,) = built.param_groups
    assert type(built) is record.cls
    assert group["params"][0] is theta
    assert group["lr"] == 0.25
    assert {one.name: group[one.name] for one in record.hyperparameters} == {
        one.name: one.to_torch(one.default) for one in record.hyperparameters
    }


@every_hyperparameter(NUMBERS)
def test_a_setting_given_reaches_torch(optimizer, setting):
    for value in within(setting):
        built = OPTIMIZERS[optimizer].build(torch.ones(1, requires_grad=True), 0.1, {setting.name: value})
        assert built.param_groups[0][setting.name] == value


@every_hyperparameter(CHOICES)
def test_each_choice_reaches_torch_and_no_other_text_does(optimizer, setting):
    for value in setting.choices:
        built = OPTIMIZERS[optimizer].build(torch.ones(1, requires_grad=True), 0.1, {setting.name: value})
        assert built.param_groups[0][setting.name] == (None if value == "none" else value)
    error = refused(optimizer, {setting.name: "any"})
    assert error.field == setting.name
    assert all(part in str(error) for part in ("any", setting.labels[0], *setting.choices))


@each_case("name", OPTIMIZERS)
def test_an_unknown_setting_is_refused_with_all_that_are_known(name):
    error = refused(name, {"velocity": 1.0})
    assert error.field == "velocity"
    assert "'velocity'" in str(error)
    assert all(one.name in str(error) for one in OPTIMIZERS[name].hyperparameters)


@every_hyperparameter()
@each_case("value", ["0.5", None, {}, 1 + 2j], ids=repr)
def test_a_setting_of_a_wrong_type_is_refused(optimizer, setting, value):
    error = refused(optimizer, {setting.name: filled(setting, value)})
    assert error.field == setting.name
    assert setting.labels[0] in str(error)
    assert repr(value) in str(error)


@every_hyperparameter()
def test_a_number_is_no_switch_and_a_switch_no_number(optimizer, setting):
    wrong = 1 if isinstance(setting.default, bool) else True
    assert refused(optimizer, {setting.name: filled(setting, wrong)}).field == setting.name


@every_hyperparameter(NUMBERS)
@each_case("count", [-1, 1])
def test_a_setting_of_a_wrong_length_is_refused(optimizer, setting, count):
    wrong = (0.5,) * (len(setting.labels) + count)
    error = refused(optimizer, {setting.name: wrong})
    assert error.field == setting.name
    assert setting.name in str(error)


def outside(setting, index):
    """Values of one component that are out of bounds, or no finite number."""
    low, high = setting.bounds[index]
    if math.isfinite(low):
        yield low if setting.open_below else math.nextafter(low, -math.inf)
    if math.isfinite(high):
        yield high if setting.open_above else math.nextafter(high, math.inf)
    yield from (math.nan, math.inf, -math.inf, 10**400)  # no float is as large as the last
    if setting.is_integer:
        yield low + 0.5


@every_hyperparameter(NUMBERS)
def test_each_component_out_of_bounds_is_refused_by_its_label(optimizer, setting):
    for index, label in enumerate(setting.labels):
        for value in outside(setting, index):
            error = refused(optimizer, {setting.name: filled(setting, value, index)})
            assert error.field == setting.name
            assert label in str(error)


@every_hyperparameter(NUMBERS)
def test_the_bounds_themselves_are_within_and_torch_accepts_them(optimizer, setting):
    for value in within(setting):
        assert OPTIMIZERS[optimizer].check_settings({setting.name: value})[setting.name] == value
        OPTIMIZERS[optimizer].build(torch.ones(1, requires_grad=True), 0.1, {setting.name: value})


def test_a_whole_number_may_be_written_as_a_float_and_stays_whole():
    value = OPTIMIZERS["LBFGS"].check_settings({"max_iter": 5.0})["max_iter"]
    assert value == 5
    assert type(value) is int


def test_a_combination_that_torch_refuses_is_refused_with_torchs_reason():
    with pytest.raises(ValueError, match="momentum") as torchs:
        torch.optim.SGD([torch.ones(1, requires_grad=True)], nesterov=True)
    error = refused("SGD", {"nesterov": True})
    assert str(torchs.value) in str(error)
    assert error.field == "optimizer"


CASES = [
    (name, settings)
    for name, record in OPTIMIZERS.items()
    for settings in [
        {},
        {"weight_decay": 0.1} if "weight_decay" in record.check_settings({}) else {},
        *({one.name: True} for one in record.hyperparameters if one.default is False and one.name != "nesterov"),
    ]
] + [
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "amsgrad": True}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("ASGD", {"t0": 3.0, "lambd": 0.1}),
    ("Rprop", {"step_sizes": (0.08, 0.2)}),
]

IN_SINGLE_PRECISION = {"NAdam": 1e-6, "ASGD": 1e-6}
"""torch keeps these optimizers' scalars as float32."""


class Squares:
    """What the test below minimises and one more, as a sum of squares: 2cos² is 1 and the cosine of twice as much."""

    is_sum_of_squares = True

    def residuals(self, theta):
        x, y, z = theta.unbind(-1)
        return torch.stack([math.sqrt(3) * (x - 0.8), math.sqrt(2) * torch.cos(2 * y), z * x], -1)

    def loss(self, theta):
        return (self.residuals(theta) ** 2).sum(-1)


@each_case(("name", "settings"), CASES, ids=str)
def test_each_line_of_the_rule_is_what_torch_does(name, settings):
    record = OPTIMIZERS[name]
    theta = torch.tensor([1.0, -0.7, 0.4], dtype=torch.float64, requires_grad=True)
    optimizer = record.build(theta, 0.1, settings, Squares())
    lines, states = record.update_rule(settings), record.active_states(settings)

    def closure():
        optimizer.zero_grad()
        loss = (theta[0] - 0.8) ** 2 * 3 + 1 + 1 + torch.cos(4 * theta[1]) + (theta[2] * theta[0]) ** 2
        loss.backward()
        return loss

    for step in range(1, 13):
        values = record.constants(settings, 0.1, step)
        kept = optimizer.state[theta]
        for one in states:
            initial = cached_expression(one.initial).evaluate(values).expand(3 if one.is_vector else ())
            values[one.symbol] = torch.as_tensor(kept.get(one.key, initial)).double().clone()
        values["theta"] = theta.detach().clone()
        closure()
        values["g"] = theta.grad.clone()
        optimizer.step(closure)
        tensors = {key for key, one in optimizer.state[theta].items() if isinstance(one, torch.Tensor)}
        assert tensors - {"step"} <= {one.key for one in states}
        if not lines:
            continue
        after = dict(zip([line.name for line in lines], run_rule(lines, values), strict=True))
        rtol = IN_SINGLE_PRECISION.get(name, 1e-9)
        torch.testing.assert_close(after["theta"], theta.detach(), rtol=rtol, atol=1e-12)
        for one in states:
            torchs = optimizer.state[theta][one.key].double()
            torch.testing.assert_close(after[one.symbol].reshape(torchs.shape), torchs, rtol=rtol, atol=1e-12)


@each_case("name", OPTIMIZERS)
def test_an_optimizer_has_a_rule_or_an_explanation(name):
    record = OPTIMIZERS[name]
    assert bool(record.update_rule({})) != bool(record.explanation)
    assert len(rule_to_latex(record.update_rule({}), record.states)) == len(record.update_rule({}))


def test_a_rule_is_typeset_with_before_and_after():
    record = OPTIMIZERS["SGD"]
    settings = {"momentum": 0.9}
    assert rule_to_latex(record.update_rule(settings), record.active_states(settings)) == [
        ("b_{t}", r"\mu \, b_{t-1} + g_{t}"),
        (r"\theta_{t}", r"\theta_{t-1} - \gamma \, b_{t}"),
    ]


@pytest.mark.parametrize(
    ("text", "names", "latex"),
    [
        ("m**2", {"m": "-3"}, r"{\left(-3\right)}^{2}"),
        ("a - m", {"m": "-3"}, r"a - \left(-3\right)"),
        ("a*m", {"a": "0.9", "m": "-3"}, r"0.9 \cdot \left(-3\right)"),
        ("a*m", {"a": "0.9", "m": "(0.12, -3.4)"}, r"0.9 \, (0.12, -3.4)"),
        ("a*m", {"a": "0.9", "m": "0.5"}, r"0.9 \cdot 0.5"),
        ("m**2", {"m": r"1 \cdot 10^{-8}"}, r"{\left(1 \cdot 10^{-8}\right)}^{2}"),
        ("beta_1*m", {"m": "m_{t-1}"}, r"\beta_{1} \, m_{t-1}"),
    ],
)
def test_numbers_and_symbols_stand_for_names_in_brackets_where_they_need_them(text, names, latex):
    assert to_latex(Expression(text), names) == latex
