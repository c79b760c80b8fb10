import re

import torch

from playground import OPTIMIZERS, Function, descend
from playground.analysis.update_rule import trace_rule
from playground.engine.update_rules import cached_expression, rule_to_latex, run_rule
from tests.cases import each_case

FUNCTION = Function("3(x - 0.8)^2 + cos(4y) + (z x)^2")
START = (1.0, -0.7, 0.4)
CASES = [(name, {}) for name, record in OPTIMIZERS.items() if record.needs != "residuals"] + [
    ("SGD", {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adam", {"weight_decay": 0.1, "amsgrad": True}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Rprop", {"step_sizes": (0.08, 0.2)}),
]
TOLERANCE = {"NAdam": 1e-6, "ASGD": 1e-6}
"""torch keeps these optimizers' scalars as float32."""


@each_case(("name", "settings"), CASES, ids=str)
@each_case("scheduled", [False, True], ids=["", "scheduled"])
def test_each_line_has_at_each_step_the_number_that_its_names_make(name, settings, scheduled):
    schedule = {"scheduler": "StepLR", "step_size": 4, "gamma": 0.5} if scheduled else {}
    run = descend(FUNCTION, START, name, lr=0.05, steps=12, noise=0.1, **settings, **schedule)
    fixed = OPTIMIZERS[name].constants(settings, 0.0, 0)
    for line, record in zip(trace_rule(name, settings, run), OPTIMIZERS[name].update_rule(settings), strict=True):
        assert len(line.values) == run.steps
        for step in range(run.steps):
            names = fixed | {symbol: values[step] for symbol, values in line.inputs.items()}
            value = cached_expression(record.text).evaluate(names)
            torch.testing.assert_close(
                line.values[step], value.expand_as(line.values[step]), rtol=TOLERANCE.get(name, 1e-9), atol=1e-12
            )


@each_case(("name", "settings"), CASES, ids=str)
def test_the_parameters_and_states_are_torchs_own_numbers(name, settings):
    run = descend(FUNCTION, START, name, lr=0.05, steps=12, **settings)
    lines = trace_rule(name, settings, run)
    for state in OPTIMIZERS[name].active_states(settings):
        last = [
            line.values
            for line, record in zip(lines, OPTIMIZERS[name].update_rule(settings), strict=True)
            if record.name == state.symbol
        ]
        if last:
            assert torch.equal(last[-1], run.states[state.key][1:].reshape(run.steps, -1))
    if lines:
        assert torch.equal(lines[-1].values if name != "ASGD" else lines[0].values, run.parameters[1:])


def test_the_first_step_begins_with_what_the_record_says():
    run = descend(FUNCTION, START, "Adam", steps=3)
    mean = trace_rule("Adam", {}, run)[0]
    assert mean.inputs["m"][0].tolist() == [0, 0, 0]
    assert torch.equal(mean.inputs["m"][1:], run.states["exp_avg"][1:-1])
    assert torch.equal(mean.inputs["g"], run.gradients[:-1])


def test_numbers_stand_in_the_formula_where_the_symbols_stood():
    run = descend(Function("x^2"), (3.0,), "Adam", steps=2)
    mean, *_, last = trace_rule("Adam", {}, run)
    assert mean.template == r"0.9 \cdot 0@0@0 + \left(1 - 0.9\right) \cdot 0@1@0"
    assert list(mean.inputs) == ["m", "g"]
    assert r"1 \cdot 10^{-8}" in last.template


@each_case(("name", "settings"), CASES, ids=str)
def test_every_place_has_a_number_and_every_number_a_place(name, settings):
    run = descend(FUNCTION, START, name, steps=2, **settings)
    lines = trace_rule(name, settings, run)
    for line in lines:
        assert {int(place) for place in re.findall("0@([0-9]+)@0", line.template)} == set(range(len(line.inputs)))
    symbols = rule_to_latex(OPTIMIZERS[name].update_rule(settings), OPTIMIZERS[name].active_states(settings))
    assert [(line.left, line.right) for line in lines] == symbols


def test_a_run_of_no_step_has_lines_without_rows():
    lines = trace_rule("Adam", {}, descend(FUNCTION, START, "Adam", steps=0))
    assert [len(line.values) for line in lines] == [0] * 5


def test_running_a_rule_over_all_steps_at_once_is_running_it_at_each():
    lines = OPTIMIZERS["Adafactor"].update_rule({})
    run = descend(FUNCTION, START, "Adafactor", lr=0.1, steps=5)
    written = trace_rule("Adafactor", {}, run)
    constants = OPTIMIZERS["Adafactor"].constants({}, 0.1, 3)
    values = constants | {
        "theta": run.parameters[2],
        "g": run.gradients[2],
        "v": run.states["variance"][2],
        "gamma": torch.tensor(0.1, dtype=torch.float64),
    }
    for line, value in zip(written, run_rule(lines, values), strict=True):
        torch.testing.assert_close(line.values[2], value.expand_as(line.values[2]), rtol=1e-9, atol=1e-12)
