"""The largest stable rate, against runs of torch just below and just above it."""

import math

import pytest
import torch

from playground import Function
from playground.analysis.curvature import curvature
from playground.analysis.stability import has_limit, is_plain, stability_limits
from playground.engine.runner import Runner

BOWL = Function("(x^2 + 10y^2)/2")
SETTINGS = [
    {},
    {"momentum": 0.5},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.5, "dampening": 0.5},
    {"weight_decay": 3.0},
    {"momentum": 0.3, "weight_decay": 1.0, "nesterov": True},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_run_below_the_limit_comes_to_rest_and_one_above_it_does_not(settings):
    start = (0.0, 1.0)
    limit = float(
        stability_limits(Runner(settings=tuple(settings.items())), curvature(BOWL, torch.tensor([start]).double()))
    )
    for share, is_stable in ((0.97, True), (1.03, False)):
        run = Runner(lr=share * limit, settings=tuple(settings.items())).descent(BOWL, start).run(600)
        away = run.parameters[:, 1].abs()
        assert (float(away[-1]) < float(away[0])) == is_stable


@pytest.mark.parametrize(
    "runner",
    [
        Runner("Adam"),
        Runner("LevenbergMarquardt"),
        Runner(batch_size=2),
        Runner(settings=(("maximize", True),)),
        Runner(settings=(("momentum", 1.5),)),
    ],
    ids=str,
)
def test_of_others_no_limit_is_known(runner):
    assert not has_limit(runner)
    assert not is_plain(runner)
    assert stability_limits(runner, curvature(BOWL, torch.zeros(3, 2).double())).isnan().all()


def test_nothing_that_curves_upwards_bears_any_rate():
    curved = curvature(Function("-x^2 - y"), torch.zeros(1, 2).double())
    assert stability_limits(Runner(), curved).tolist() == [math.inf]


def test_plain_gradient_descent_has_the_limit_of_the_textbook():
    curved = curvature(BOWL, torch.zeros(1, 2).double())
    assert is_plain(Runner())
    assert stability_limits(Runner(), curved).tolist() == [0.2]
    assert not is_plain(Runner(settings=(("weight_decay", 0.1),)))
