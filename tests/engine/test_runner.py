import torch

from playground import Function, descend
from playground.engine.runner import Runner

ROSENBROCK = Function("(1-x)^2 + 100(y-x^2)^2")


def test_a_runner_runs_as_its_settings_say():
    runner = Runner("Adam", 0.1, (("betas", (0.8, 0.9)),), "StepLR", (("step_size", 5), ("gamma", 0.5)))
    run = runner.descent(ROSENBROCK, (-1.2, 1.0), noise=0.2, seed=4).run(20)
    same = descend(
        ROSENBROCK,
        (-1.2, 1.0),
        "Adam",
        0.1,
        steps=20,
        betas=(0.8, 0.9),
        scheduler="StepLR",
        step_size=5,
        gamma=0.5,
        noise=0.2,
        seed=4,
    )
    assert torch.equal(run.parameters, same.parameters)
    assert run.learning_rates.tolist() == [0.1 * 0.5 ** (k // 5) for k in range(21)]


def test_a_runner_has_its_own_start_or_the_one_that_all_share():
    own = Runner(start=(2.0, 3.0)).descent(ROSENBROCK, (0.0, 0.0)).trajectory
    shared = Runner().descent(ROSENBROCK, (0.0, 0.0)).trajectory
    assert (own.parameters.tolist(), shared.parameters.tolist()) == ([[2.0, 3.0]], [[0.0, 0.0]])


def test_a_runner_on_data_looks_at_so_many_points_a_step(tutorial):
    run = Runner("SGD", 0.1, batch_size=3).descent(tutorial, (0.0, 0.0), seed=2).run(9)
    same = descend(tutorial, (0.0, 0.0), lr=0.1, steps=9, batch_size=3, seed=2)
    assert torch.equal(run.parameters, same.parameters)
    assert len(run.batches[0]) == 3
