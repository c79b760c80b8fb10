"""Networks beside ``torch.nn``: the same numbers to the last bit, on plain loops written out here."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from playground import ACTIVATIONS, INITIALISATIONS, NETWORK_LOSSES, InputError, Network, descend, loss_surface
from playground.engine.losses import LOSSES

GENERATOR = torch.Generator().manual_seed(1)
X = torch.randn(60, 2, generator=GENERATOR, dtype=torch.float64)
XOR = (X.prod(1) > 0).double()
CORNERS = (X[:, 0] > 0).double() + (X[:, 1] > 0).double()
WAVE = torch.sin(3 * X[:, 0])
NETWORKS = {
    "xor": Network(X, XOR, (8, 8), "tanh", "bce"),
    "wave": Network(X[:, :1], WAVE, (5, 3, 2), "relu", "mse"),
    "corners": Network(X, CORNERS, (7,), "gelu", "cross_entropy"),
    "plane": Network(X, WAVE, (), "silu", "huber"),
}
TORCHS = {
    "bce": lambda said, y: functional.binary_cross_entropy_with_logits(said.squeeze(1), y),
    "mse": lambda said, y: functional.mse_loss(said.squeeze(1), y),
    "huber": lambda said, y: functional.huber_loss(said.squeeze(1), y),
    "cross_entropy": lambda said, y: functional.cross_entropy(said, y.long()),
}
MODULES = {
    "tanh": nn.Tanh(),
    "relu": nn.ReLU(),
    "sigmoid": nn.Sigmoid(),
    "leaky_relu": nn.LeakyReLU(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
    "identity": nn.Identity(),
}
RUNS = {
    "SGD": (torch.optim.SGD, "SGD", {"lr": 0.1}),
    "momentum": (torch.optim.SGD, "SGD", {"lr": 0.05, "momentum": 0.9}),
    "Adam": (torch.optim.Adam, "Adam", {"lr": 0.02}),
    "RMSprop": (torch.optim.RMSprop, "RMSprop", {"lr": 0.01}),
}


def plain(widths, activation):
    """A torch.nn network written out."""
    layers = [
        layer
        for inwards, outwards in itertools.pairwise(widths)
        for layer in (nn.Linear(inwards, outwards, dtype=torch.float64), MODULES[activation])
    ]
    return nn.Sequential(*layers[:-1])


def fill(module, theta):
    """Put parameters in torch's order into a module."""
    taken = 0
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.copy_(theta[taken : taken + tensor.numel()].reshape(tensor.shape))
            taken += tensor.numel()
    return module


def flat(tensors):
    return torch.cat([one.detach().flatten() for one in tensors])


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_run_takes_bit_for_bit_the_steps_of_a_plain_loop(name, run):
    network, (optimizer, ours, settings) = NETWORKS[name], RUNS[run]
    start = network.start(seed=3)
    module = fill(plain(network.widths, network.activation), start)
    stepper, loss = optimizer(module.parameters(), **settings), TORCHS[network.loss_name]
    expected, losses = [], []
    for _ in range(60):
        expected.append(flat(module.parameters()))
        stepper.zero_grad()
        error = loss(module(network.x), network.y)
        losses.append(error.item())
        error.backward()
        stepper.step()
    found = descend(network, start, ours, steps=59, **settings)
    assert torch.equal(found.parameters, torch.stack(expected))
    assert found.losses.tolist() == losses


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_each_activation_is_torchs(activation):
    network = Network(X, WAVE, (4, 3), activation)
    module = fill(plain(network.widths, activation), network.start())
    assert torch.equal(network.predict(network.start(), X), module(X))


def test_parameters_are_named_and_ordered_as_torch_has_them():
    network = NETWORKS["xor"]
    expected = [
        f"{name}[{','.join(map(str, place))}]"
        for name, tensor in plain(network.widths, "tanh").named_parameters()
        for place in itertools.product(*map(range, tensor.shape))
    ]
    assert [*network.parameters] == expected
    assert len(network.parameters) == 2 * 8 + 8 + 8 * 8 + 8 + 8 + 1


def test_a_network_as_a_torch_module_has_its_parameters_and_says_the_same():
    network = NETWORKS["corners"]
    theta = network.start(seed=5)
    module = network.module(theta)
    assert torch.equal(network.join(module), theta)
    assert torch.equal(module(X), network.predict(theta, X))
    with torch.no_grad():
        module[0].weight.add_(1)  # its tensors are its own
    assert torch.equal(network.start(seed=5), theta)


@pytest.mark.parametrize("name", NETWORKS)
def test_many_parameters_at_once_have_the_losses_of_each(name):
    network = NETWORKS[name]
    theta = torch.stack([network.start(seed=seed) for seed in range(6)]).reshape(2, 3, -1)
    losses = network.loss(theta)
    assert losses.shape == (2, 3)
    for place in itertools.product(range(2), range(3)):
        assert losses[place].item() == pytest.approx(network.loss(theta[place]).item(), rel=1e-13)
        np.testing.assert_allclose(network.gradient(theta)[place], network.gradient(theta[place]), atol=1e-14)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_and_hessian_are_finite_differences(name):
    network = NETWORKS[name]
    theta = network.start(seed=2)
    h, every = 1e-6, torch.eye(len(theta), dtype=torch.float64)
    slopes = (network.loss(theta + h * every) - network.loss(theta - h * every)) / (2 * h)
    np.testing.assert_allclose(network.gradient(theta), slopes, atol=2e-9)
    curves = (network.gradient(theta + h * every) - network.gradient(theta - h * every)) / (2 * h)
    np.testing.assert_allclose(network.hessian(theta), curves, atol=2e-8)


def test_the_default_start_is_what_torchs_layers_draw():
    for seed in (0, 7):
        torch.manual_seed(seed)
        module = plain((2, 8, 8, 1), "tanh")
        assert torch.equal(NETWORKS["xor"].start(seed=seed), flat(module.parameters()))
    assert NETWORKS["xor"].default_start == tuple(NETWORKS["xor"].start("default", 0).tolist())


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_an_initialisation_is_drawn_anew_by_its_seed_alone(name):
    network = NETWORKS["xor"]
    state = torch.get_rng_state()
    first, again, other = (network.start(name, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)  # other visitors' generator is left alone
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (name in ("zeros", "constant"))


def test_initialisations_have_the_spread_that_their_sources_say():
    wide = Network(torch.zeros(1, 8, dtype=torch.float64), [0.0], (64, 64))
    (_, _), (weight, bias), _ = wide.split(wide.start("kaiming"))
    assert float(weight.std()) == pytest.approx(math.sqrt(2 / 64), rel=0.05)
    assert not bias.any()
    weight = wide.split(wide.start("xavier"))[1][0]
    assert float(weight.abs().max()) == pytest.approx(math.sqrt(6 / 128), rel=0.01)
    weight = wide.split(wide.start("large_normal"))[1][0]
    assert float(weight.std()) == pytest.approx(3, rel=0.05)
    assert not wide.start("zeros").any()
    assert set(wide.start("constant").tolist()) == {0.5}


def test_each_layer_is_worked_out_from_the_one_below():
    network = NETWORKS["wave"]
    theta = network.start(seed=4)
    below = network.x.numpy()
    for place, (layer, (weight, bias)) in enumerate(zip(network.forward(theta), network.split(theta), strict=True)):
        sums = np.einsum("ni,oi->no", below, weight.numpy()) + bias.numpy()
        np.testing.assert_allclose(layer.sums, sums, atol=1e-14)
        below = sums if place == 3 else np.maximum(sums, 0)
        np.testing.assert_allclose(layer.outputs, below, atol=1e-14)


def test_equal_units_stay_equal_for_ever():
    network = Network(X, XOR, (4,), "tanh", "bce")
    run = descend(network, network.start("constant"), "Adam", lr=0.05, steps=50)
    weight, bias = network.split(run.parameters[-1])[0]
    assert torch.equal(weight, weight[:1].expand_as(weight))
    assert torch.equal(bias, bias[:1].expand_as(bias))
    assert not torch.equal(weight, network.split(run.parameters[0])[0][0])


def test_accuracy_is_the_share_of_points_on_their_side():
    network = NETWORKS["xor"]
    theta = network.start(seed=1)
    with torch.no_grad():
        said = network.module(theta)(X)[:, 0] > 0
    assert network.accuracy(theta) == pytest.approx(float((said == (XOR == 1)).double().mean()))
    corners = NETWORKS["corners"]
    with torch.no_grad():
        said = corners.module(corners.start())(X).argmax(1)
    share = float((said == CORNERS).double().mean())
    assert corners.accuracy(torch.stack([corners.start()] * 2)).tolist() == [share] * 2
    assert NETWORKS["wave"].accuracy(NETWORKS["wave"].start()) is None


def test_points_held_out_are_a_network_of_their_own():
    held = [i % 3 == 0 for i in range(60)]
    network = Network(X, CORNERS, (3,), loss="cross_entropy", held_out=held)
    theta = network.start()
    rest, kept = X[::3], [i for i in range(60) if i % 3]
    module, loss = network.module(theta).requires_grad_(False), TORCHS["cross_entropy"]
    assert float(network.loss(theta)) == pytest.approx(float(loss(module(X[kept]), CORNERS[kept])))
    assert float(network.held_out.loss(theta)) == pytest.approx(float(loss(module(rest), CORNERS[::3])))
    assert (network.indices.tolist(), network.held_out.indices.tolist()) == (kept, [*range(0, 60, 3)])
    # A class that is only held out has its output, too.
    assert Network([0.0, 1.0, 2.0], [0, 1, 3], loss="cross_entropy", held_out=[False, False, True]).widths[-1] == 4


def test_a_batch_is_the_network_on_its_points():
    network = NETWORKS["wave"]
    places = torch.tensor([3, 1, 4, 15])
    theta = network.start()
    batch = network.batch(places)
    assert float(batch.loss(theta)) == float(Network(X[places, :1], WAVE[places], (5, 3, 2), "relu").loss(theta))
    assert batch.cost == network.cost * 4 // 60
    run = descend(network, theta, "Adam", lr=0.01, steps=30, batch_size=16, seed=2)
    assert run.batches.shape == (31, 16)
    assert run.losses[-1] < run.losses[0]


def test_several_outputs_have_the_loss_over_all_of_them():
    targets = torch.stack([WAVE, XOR, X[:, 1]], 1)
    network = Network(X, targets, (4,))
    theta = network.start()
    module = network.module(theta).requires_grad_(False)
    assert float(network.loss(theta)) == pytest.approx(float(functional.mse_loss(module(X), targets)), rel=1e-14)
    assert float(network.loss(theta[None])[0]) == pytest.approx(float(network.loss(theta)), rel=1e-14)
    np.testing.assert_allclose((network.residuals(theta) ** 2).sum(), network.loss(theta).detach(), rtol=1e-13)


@pytest.mark.parametrize("loss", LOSSES)
def test_residuals_are_those_whose_squares_add_up_to_the_loss(loss):
    network = Network(X, XOR, (3,), loss=loss)
    theta = torch.stack([network.start(seed=seed) for seed in range(3)])
    assert network.is_sum_of_squares == (loss in ("mse", "sse"))
    if network.is_sum_of_squares:
        np.testing.assert_allclose((network.residuals(theta) ** 2).sum(-1), network.loss(theta), rtol=1e-12)


def test_levenberg_marquardt_fits_a_small_network_to_a_wave():
    x = torch.linspace(-2, 2, 20, dtype=torch.float64)
    network = Network(x, torch.sin(2 * x), (5,))
    run = descend(network, network.start(seed=1), "LevenbergMarquardt", steps=200)
    assert run.losses[-1] < 1e-5 < 0.1 < run.losses[0]


def test_a_surface_over_two_weights_is_the_loss_at_each_place():
    network = NETWORKS["plane"]
    theta = network.start()
    x, y = network.parameters[0], network.parameters[2]
    surface = loss_surface(network, (x, -1, 1, 5), (y, -1, 1, 4), at=theta)
    for row, column in itertools.product(range(4), range(5)):
        there = theta.clone()
        there[0], there[2] = surface.x[column], surface.y[row]
        assert float(surface.z[row, column]) == pytest.approx(float(network.loss(there)), rel=1e-12)


def test_a_run_that_leaves_the_numbers_says_at_which_step_and_in_which_layer():
    network = Network(X, WAVE, (4, 4), "relu")
    run = descend(network, network.start("kaiming"), lr=1e200, steps=5)
    assert run.outcome.name == "DIVERGED"
    assert f"at step {len(run.losses) - 1} the loss is {run.losses[-1]:g}." in run.outcome.message
    below, finite = X, []
    for module in network.module(run.parameters[-1]).requires_grad_(False)[::2]:
        sums = module(below)
        finite.append(bool(sums.isfinite().all()))
        below = torch.relu(sums)
    assert f"made by layer {finite.index(False) + 1} of 3" in run.outcome.message
    assert "weight[" not in run.outcome.message


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"x": []}, "data", "as many x as y"),
        ({"x": [[1.0]] * 59}, "data", "59 points"),
        ({"x": [[1.0] * 9] * 60}, "data", "1 to 8 inputs"),
        ({"x": ["a"] * 60}, "data", "must be a number"),
        ({"y": [math.nan] * 60}, "data", "finite"),
        ({"hidden": (0,)}, "hidden", "1 to 64 units, not 0"),
        ({"hidden": (1000,)}, "hidden", "not 1000"),
        ({"hidden": (True,)}, "hidden", "not True"),
        ({"hidden": (1,) * 7}, "hidden", "at most 6"),
        ({"hidden": 8}, "hidden", "(8, 8), for example"),
        ({"activation": "swish"}, "activation", "choose one of tanh, relu"),
        ({"loss": "l2"}, "loss", "choose one of mse"),
        ({"loss": "bce", "y": WAVE}, "loss", "between 0 and 1"),
        ({"loss": "cross_entropy", "y": WAVE}, "loss", "the number of a class"),
        ({"loss": "cross_entropy", "y": XOR - 1}, "loss", "the number of a class"),
        ({"loss": "cross_entropy", "y": XOR + 20}, "loss", "the largest is 21"),
        ({"loss": "cross_entropy", "y": CORNERS, "classes": 2}, "loss", "the largest is 2"),
        ({"held_out": [True] * 60}, "data", "isn't held out"),
        ({"held_out": [True]}, "data", "each of 60 points"),
    ],
    ids=str,
)
def test_what_makes_no_network_is_refused_with_its_field(change, field, said):
    given = {"x": X, "y": XOR} | change
    with pytest.raises(InputError) as error:
        Network(**given)
    assert error.value.field == field
    assert said in str(error.value)


def test_an_unknown_initialisation_is_refused():
    with pytest.raises(InputError, match="choose one of default, zeros"):
        NETWORKS["xor"].start("uniform")
    with pytest.raises(InputError, match="seed"):
        NETWORKS["xor"].start(seed=-1)


@pytest.mark.parametrize("loss", NETWORK_LOSSES)
def test_each_loss_of_one_run_is_that_of_many(loss):
    targets = CORNERS if NETWORK_LOSSES[loss].takes_classes else XOR
    network = Network(X, targets, (3,), loss=loss)
    theta = network.start()
    assert float(network.loss(theta)) == pytest.approx(float(network.loss(theta[None])[0]), rel=1e-13)
