"""One step of training, slowly: each number is the one that torch's own hooks, gradients and optimizers see."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from playground import Network
from playground.analysis.backprop_walk import WalkStep, walk_backprop
from playground.analysis.network_measures import (
    count_dead_units,
    measure_accuracy,
    measure_layers,
    measure_updates,
    pick_steps,
    trace_flow,
)
from playground.engine.descent import descend
from playground.engine.runner import Runner
from playground.figures.backprop import gather_backprop

X = torch.randn(40, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
Y = (X.prod(1) > 0).double()
LOSSES = {
    "bce": lambda said, y: functional.binary_cross_entropy_with_logits(said[:, 0], y),
    "mse": lambda said, y: functional.mse_loss(said[:, 0], y),
    "cross_entropy": lambda said, y: functional.cross_entropy(said, y.long()),
}
CASES = {
    "one hidden layer": Network(X, Y, (4,), "tanh", "bce"),
    "two hidden layers": Network(X, Y, (3, 2), "relu", "mse"),
    "classes": Network(X, Y, (3,), "gelu", "cross_entropy"),
    "none": Network(X, Y, (), "tanh", "bce"),
}


def hooked(network, theta, x, y):
    """A pass of torch.nn by hand, with what its hooks see: sums and δ of each linear layer, and the gradient."""
    module, sums, deltas = network.module(theta), [], []

    def note(_layer, _inputs, output):
        sums.append(output.detach().clone())
        output.register_hook(lambda delta: deltas.insert(0, delta.clone()))

    for layer in module:
        if isinstance(layer, nn.Linear):
            layer.register_forward_hook(note)
    loss = LOSSES[network.loss_name](module(x), y)
    loss.backward()
    return module, sums, deltas, torch.cat([one.grad.flatten() for one in module.parameters()]), float(loss.detach())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_each_number_is_the_one_that_torchs_hooks_see(name, optimizer):
    network, point = CASES[name], 7
    theta = network.start(seed=2)
    walk = walk_backprop(network, point, theta, Runner(optimizer, 0.1))
    module, sums, deltas, gradient, loss = hooked(network, theta, X[point : point + 1], Y[point : point + 1])
    for flow, its_sums, its_deltas in zip(walk.flow, sums, deltas, strict=True):
        np.testing.assert_allclose(flow.sums[0], its_sums, rtol=1e-13)
        np.testing.assert_allclose(flow.deltas[0], its_deltas, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(walk.gradient, gradient, rtol=1e-12, atol=1e-16)
    assert walk.loss == pytest.approx(loss, rel=1e-14)
    getattr(torch.optim, optimizer)(module.parameters(), lr=0.1).step()
    np.testing.assert_allclose(walk.after, network.join(module), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_what_is_written_out_comes_to_what_torch_has(name):
    network = CASES[name]
    theta = network.start(seed=2)
    walk = walk_backprop(network, 3, theta, Runner())
    weights = [weight for weight, _ in network.split(theta)]
    gradients = network.split(walk.gradient)
    for layer, flow in enumerate(walk.flow):
        if layer + 1 < len(walk.flow):  # δ is what comes from above, times the slope
            above = walk.flow[layer + 1].deltas[0, 0] @ weights[layer + 1]
            np.testing.assert_allclose(flow.deltas[0, 0], above * walk.slopes[layer][0], rtol=1e-12, atol=1e-16)
        products = torch.outer(flow.deltas[0, 0], flow.inputs[0, 0])
        np.testing.assert_allclose(gradients[layer][0], products, rtol=1e-12, atol=1e-16)
        np.testing.assert_allclose(gradients[layer][1], flow.deltas[0, 0], rtol=1e-12, atol=1e-16)


BATCHES = CASES | {
    "a sum": Network(X[:, :1], X[:, 1], (3,), "tanh", "sse"),
    "some held out": Network(X, Y, (4,), "silu", "bce", held_out=[i % 4 == 0 for i in range(40)]),
}
LOSSES["sse"] = lambda said, y: functional.mse_loss(said[:, 0], y, reduction="sum")


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_on_all_points_each_has_its_own_numbers_and_the_gradient_is_their_mean_or_sum(name, optimizer):
    network = BATCHES[name]
    theta = network.start(seed=2)
    walk = walk_backprop(network, None, theta, Runner(optimizer, 0.1, batch_size=7))
    module, sums, _, gradient, loss = hooked(network, theta, network.x, network.y)
    np.testing.assert_allclose(walk.gradient, gradient, rtol=1e-12, atol=1e-16)
    assert walk.loss == pytest.approx(loss, rel=1e-14)
    for flow, its_sums in zip(walk.flow, sums, strict=True):
        np.testing.assert_allclose(flow.sums[0], its_sums, rtol=1e-12, atol=1e-15)
    getattr(torch.optim, optimizer)(module.parameters(), lr=0.1).step()
    np.testing.assert_allclose(walk.after, network.join(module), rtol=1e-12, atol=1e-14)
    for i in range(walk.count):  # the δ of each point are those of its own loss
        _, _, deltas, _, own = hooked(network, theta, network.x[i : i + 1], network.y[i : i + 1])
        for flow, its_deltas in zip(walk.flow, deltas, strict=True):
            np.testing.assert_allclose(flow.deltas[0, i], its_deltas[0], rtol=1e-10, atol=1e-15)
        if i < len(walk.losses):
            assert walk.losses[i] == pytest.approx(own, rel=1e-13)
    for flow, (weights, biases) in zip(walk.flow, network.split(walk.gradient), strict=True):
        products = flow.deltas[0, :, :, None] * flow.inputs[0, :, None]
        np.testing.assert_allclose(walk.total(products), weights, rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(walk.total(flow.deltas[0]), biases, rtol=1e-10, atol=1e-15)


def test_a_step_begins_where_it_is_told_whatever_start_the_runner_has():
    network = CASES["one hidden layer"]
    theta = network.start(seed=2)
    walk = walk_backprop(network, 3, theta, Runner("SGD", 0.1, start=tuple(network.start(seed=9).tolist())))
    np.testing.assert_allclose(walk.after, theta - 0.1 * walk.gradient, rtol=1e-12)


def test_the_walk_goes_up_then_down_then_through_the_updates():
    walk = walk_backprop(CASES["two hidden layers"], 0, CASES["two hidden layers"].start(), Runner())
    steps = walk.steps
    assert len(steps) == len({*steps}) == 1 + 6 + 1 + 2 * 6 + 6
    assert [step.phase for step in steps[:8]] == ["inputs", *["forward"] * 6, "loss"]
    assert steps[8:12] == [
        WalkStep("delta", 2, 0),
        WalkStep("gradient", 2, 0),
        WalkStep("delta", 1, 0),
        WalkStep("delta", 1, 1),
    ]
    assert steps[-1] == WalkStep("update", 2, 0)


def test_arrows_go_up_to_a_unit_and_back_to_it():
    network = CASES["one hidden layer"]
    walk = walk_backprop(network, 0, network.start(), Runner())
    numbers = gather_backprop(walk, ("x", "y"))
    for step, now in zip(walk.steps, numbers.now, strict=True):
        arrows = now[np.isfinite(now).all(-1)].reshape(-1, 2, 2)
        wanted = {"forward": network.widths[step.layer], "gradient": network.widths[step.layer]}
        count = wanted.get(step.phase, 0) if step.phase != "update" else network.widths[step.layer]
        if step == WalkStep("delta", 0, step.unit):
            count = 1
        assert len(arrows) == count, step
        rightwards = arrows[:, 1, 0] > arrows[:, 0, 0]
        assert rightwards.all() if step.phase == "forward" else not rightwards.any()


# ---- What is measured along a run.


def test_the_flow_of_all_points_adds_up_to_the_gradient():
    for network in CASES.values():
        theta = torch.stack([network.start(seed=seed) for seed in range(3)])
        for (weight, bias), flow in zip(
            network.split(network.gradient(theta)), trace_flow(network, theta), strict=True
        ):
            np.testing.assert_allclose(flow.deltas.mT @ flow.inputs, weight, rtol=1e-10, atol=1e-15)
            np.testing.assert_allclose(flow.deltas.sum(1), bias, rtol=1e-10, atol=1e-15)


def test_layers_are_measured_by_their_own_parameters():
    network = CASES["two hidden layers"]
    run = descend(network, network.start(), lr=0.1, steps=5)
    lengths = measure_layers(network, run.gradients)
    ratios = measure_updates(network, run)
    for k in range(5):
        module = network.module(run.parameters[k])
        before = [torch.cat([one.weight.flatten(), one.bias]) for one in module if isinstance(one, nn.Linear)]
        loss = LOSSES["mse"](module(X), Y)
        loss.backward()
        found = [torch.cat([one.weight.grad.flatten(), one.bias.grad]) for one in module if isinstance(one, nn.Linear)]
        np.testing.assert_allclose(lengths[k], [float(one.norm()) for one in found], rtol=1e-12)
        expected = [
            0.1 * float(slope.norm()) / float(one.detach().norm()) for slope, one in zip(found, before, strict=True)
        ]
        np.testing.assert_allclose(ratios[k], expected, rtol=1e-9)
    still = descend(network, network.start("zeros"), lr=0.0, steps=1)
    assert measure_updates(network, still).isnan().all()


def test_a_unit_is_dead_where_no_point_moves_it():
    network = Network(X, Y, (3,), "relu", "mse")
    theta = network.start()
    weight, bias = network.split(theta)[0]
    weight[1], bias[1] = 0.0, -1.0  # below 0 everywhere
    weight[2], bias[2] = 0.0, 1.0
    shares = count_dead_units(network, theta[None])
    alive = bool((X @ weight[0] + bias[0] > 0).any())
    assert shares.tolist() == [[(1 + (not alive)) / 3]]
    (slopes, _), _ = network.split(network.gradient(theta))
    assert not slopes[1].any()


def test_accuracy_along_a_run_is_that_of_each_step():
    network = CASES["classes"]
    run = descend(network, network.start(), "Adam", lr=0.1, steps=30)
    found = measure_accuracy(network, run.parameters)
    with torch.no_grad():
        expected = [
            float((network.module(theta)(X).argmax(1) == Y).double().mean()) for theta in run.parameters[[0, 10, 30]]
        ]
    assert found[[0, 10, 30]].tolist() == expected
    regression = CASES["two hidden layers"]
    assert measure_accuracy(regression, regression.start()[None]) is None


def test_steps_are_picked_evenly_with_both_ends():
    assert list(pick_steps(101, 5)) == [0, 25, 50, 75, 100]
    assert list(pick_steps(3, 50)) == [0, 1, 2]
    assert list(pick_steps(1, 50)) == [0]
