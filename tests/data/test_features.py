import math

import pytest
import torch

from playground.data.features import FEATURES, feature_names, features
from tests.cases import each_case
from tests.data.test_datasets import refused

PLACES = [(0.5, -1.25), (2.0, 0.0), (-3.0, 1.5)]
INPUTS = torch.tensor(PLACES, dtype=torch.float64)

BY_PYTHON = {
    "x": lambda x, _: x,
    "y": lambda _, y: y,
    "x^2": lambda x, _: x * x,
    "y^2": lambda _, y: y * y,
    "xy": lambda x, y: x * y,
    "sin x": lambda x, _: math.sin(x),
    "sin y": lambda _, y: math.sin(y),
}


@each_case("name", FEATURES)
def test_a_feature_is_what_python_says_and_what_its_code_says(name):
    feature = FEATURES[name]
    value = features(INPUTS, [name])
    assert feature.name == name
    assert value[:, 0].tolist() == pytest.approx([BY_PYTHON[name](x, y) for x, y in PLACES])
    x, y = INPUTS.unbind(-1)
    assert eval(feature.code, {"torch": torch, "x": x, "y": y}).equal(value[:, 0])


def test_features_stand_in_the_order_of_their_names_for_any_leading_dimensions():
    grid = torch.linspace(-1, 1, 24, dtype=torch.float64).reshape(4, 3, 2)
    made = features(grid, ["y", "x", "xy"])
    assert made.shape == (4, 3, 3)
    assert made[2, 1].tolist() == [grid[2, 1, 1], grid[2, 1, 0], grid[2, 1, 0] * grid[2, 1, 1]]


def test_on_a_line_there_is_no_y():
    assert feature_names(1) == ("x", "x^2", "sin x")
    assert feature_names(2) == tuple(FEATURES)
    assert features(INPUTS[:, :1], ["x^2", "x"]).tolist() == [[0.25, 0.5], [4, 2], [9, -3]]


@each_case(
    ("names", "dimensions", "message"),
    [
        ((), 2, "a network needs at least one input: choose x, for example"),
        (("x", "z"), 2, "there is no input 'z' here: choose of x, y, x.2, y.2, xy, sin x, sin y"),
        (("x", "y"), 1, "there is no input 'y' here: choose of x, x.2, sin x"),
        (("x", "y", "x"), 2, "the input x is chosen twice: once is enough"),
        (([],), 2, r"there is no input \[\] here"),
    ],
)
def test_inputs_that_cannot_be_made_are_refused(names, dimensions, message):
    refused(message, features, INPUTS[:, :dimensions], names, field="features")
