import inspect
import math

import pytest
import torch

from playground import OPTIMIZERS, Function, InputError, descend

HYPERPARAMETERS = [(name, one) for name, record in OPTIMIZERS.items() for one in record.hyperparameters]
NUMBERS = [(name, one) for name, one in HYPERPARAMETERS if not isinstance(one.default, bool)]


def identify(value):
    return getattr(value, "name", None) or str(value)


def every_hyperparameter(pairs=HYPERPARAMETERS):
    return pytest.mark.parametrize(("optimizer", "setting"), pairs, ids=identify)


def filled(setting, value, index=0):
    """``setting``'s default with ``value`` in one place."""
    components = list(setting.components)
    components[index] = value
    return tuple(components) if isinstance(setting.default, tuple) else components[0]


def refused(optimizer, settings):
    """The error that a run with ``settings`` gives."""
    with pytest.raises(InputError) as error:
        descend(Function("x**2"), [1.0], optimizer=optimizer, steps=1, **settings)
    return error.value


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_default_learning_rate_is_torchs_own(name):
    record = OPTIMIZERS[name]
    assert record.learning_rate == inspect.signature(record.cls).parameters["lr"].default


@every_hyperparameter()
def test_each_default_is_torchs_own(optimizer, setting):
    default = inspect.signature(OPTIMIZERS[optimizer].cls).parameters[setting.name].default
    assert setting.default == default
    assert type(setting.default) is type(default) or isinstance(default, int)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_has_torchs_name_and_one_record_for_each_setting(name):
    record = OPTIMIZERS[name]
    settings = [one.name for one in record.hyperparameters]
    assert record.cls.__name__ == name
    assert len(set(settings)) == len(settings)


@every_hyperparameter()
def test_each_setting_has_a_label_for_each_component_and_a_default_within_its_bounds(optimizer, setting):
    assert len(setting.labels) == len(setting.components)
    assert OPTIMIZERS[optimizer].checked({})[setting.name] == setting.default


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_built_is_torchs_optimizer_with_the_settings_given(name):
    theta = torch.ones(2, dtype=torch.float64, requires_grad=True)
    record = OPTIMIZERS[name]
    built = record.build(theta, 0.25, {})
    (group,) = built.param_groups
    assert type(built) is record.cls
    assert group["params"][0] is theta
    assert group["lr"] == 0.25
    assert {one.name: group[one.name] for one in record.hyperparameters} == {
        one.name: one.default for one in record.hyperparameters
    }


@every_hyperparameter(NUMBERS)
def test_a_setting_given_reaches_torch(optimizer, setting):
    value = filled(setting, (setting.low + setting.high) / 2)
    built = OPTIMIZERS[optimizer].build(torch.ones(1, requires_grad=True), 0.1, {setting.name: value})
    assert built.param_groups[0][setting.name] == value


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_unknown_setting_is_refused_with_all_that_are_known(name):
    error = refused(name, {"velocity": 1.0})
    assert error.field == "velocity"
    assert "'velocity'" in str(error)
    assert all(one.name in str(error) for one in OPTIMIZERS[name].hyperparameters)


@every_hyperparameter()
@pytest.mark.parametrize("value", ["0.5", None, {}, 1 + 2j], ids=repr)
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
@pytest.mark.parametrize("count", [-1, 1])
def test_a_setting_of_a_wrong_length_is_refused(optimizer, setting, count):
    wrong = (0.5,) * (len(setting.labels) + count)
    error = refused(optimizer, {setting.name: wrong})
    assert error.field == setting.name
    assert setting.name in str(error)


@every_hyperparameter(NUMBERS)
@pytest.mark.parametrize(
    "outside",
    [
        lambda setting: math.nextafter(setting.low, -math.inf),
        lambda setting: setting.high if setting.open_above else math.nextafter(setting.high, math.inf),
        lambda _: math.nan,
        lambda _: math.inf,
        lambda _: -math.inf,
        lambda _: 10**400,
    ],
    ids=["below", "above", "nan", "inf", "-inf", "no float is so large"],
)
def test_each_component_out_of_bounds_is_refused_by_its_label(optimizer, setting, outside):
    for index, label in enumerate(setting.labels):
        error = refused(optimizer, {setting.name: filled(setting, outside(setting), index)})
        assert error.field == setting.name
        assert label in str(error)


@every_hyperparameter(NUMBERS)
def test_the_bounds_themselves_are_within(optimizer, setting):
    ends = [setting.low, math.nextafter(setting.high, 0) if setting.open_above else setting.high]
    for end in ends:
        value = filled(setting, end)
        assert OPTIMIZERS[optimizer].checked({setting.name: value})[setting.name] == value


@every_hyperparameter(NUMBERS)
def test_torch_accepts_all_within_the_bounds(optimizer, setting):
    ends = [setting.low, math.nextafter(setting.high, 0) if setting.open_above else setting.high]
    for end in ends:
        OPTIMIZERS[optimizer].build(torch.ones(1, requires_grad=True), 0.1, {setting.name: filled(setting, end)})


def test_a_combination_that_torch_refuses_is_refused_with_torchs_reason():
    with pytest.raises(ValueError, match="momentum") as torchs:
        torch.optim.SGD([torch.ones(1, requires_grad=True)], nesterov=True)
    error = refused("SGD", {"nesterov": True})
    assert str(torchs.value) in str(error)
    assert error.field == "optimizer"
