"""A run as a table, read back by Python's own reader."""

import csv
import io

import numpy as np
import pytest

from playground import Fit, Function, descend
from playground.data.run_table import run_to_csv
from tests.cases import each_case

NAMES = ["Adam, 0.05", 'a "quoted" one', "ASGD;x", "Ω"]


def columns(text):
    heads, *rows = csv.reader(io.StringIO(text))
    return dict(zip(heads, zip(*rows, strict=True), strict=True))


@pytest.fixture(
    params=[
        (Function("x^2 + 10y^2"), [3.0, -1.0], {"optimizer": "Adam", "lr": 0.05}),
        (Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2]), [-0.486989, -0.563709], {"lr": 0.01}),
        (Function("x^4"), [3.0], {"lr": 0.1}),  # it diverges
    ],
    ids=lambda one: str(one[1]),
)
def run(request):
    objective, start, settings = request.param
    return descend(objective, start, steps=25, **settings)


def test_each_number_is_read_back_as_it_is(run):
    found = columns(run_to_csv(run, "one"))
    assert [int(step) for step in found["step"]] == [*range(len(run.losses))]
    pairs = [("loss", run.losses), ("learning rate", run.learning_rates)]
    pairs += zip(run.names, run.parameters.T, strict=True)
    pairs += zip((f"d loss / d {name}" for name in run.names), run.gradients.T, strict=True)
    for head, numbers in pairs:
        np.testing.assert_array_equal([float(one) for one in found[head]], numbers, head)


@each_case("name", NAMES)
def test_a_runner_is_called_as_it_is(run, name):
    assert set(columns(run_to_csv(run, name))["runner"]) == {name}


def test_no_spreadsheet_takes_a_name_for_a_formula(run):
    assert set(columns(run_to_csv(run, "=1+1"))["runner"]) == {"'=1+1"}


def test_what_is_infinite_stays_a_number():
    found = columns(run_to_csv(descend(Function("log(x)"), [0.0], steps=3), "SGD"))
    assert float(found["loss"][0]) == -np.inf
