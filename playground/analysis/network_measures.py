"""What can be said of a network along a run: how signals and errors go through its layers."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from playground.engine.network import Network
from playground.engine.trajectory import Trajectory

CHUNK = 2_000_000
"""So many numbers of activations are kept at once."""


class Flow(NamedTuple):
    """What goes through a layer at K parameters.

    Attributes:
        inputs: (K, n, in), what the layer below puts out.
        sums: (K, n, out), the weighted sums of this one; outputs: (K, n, out), what it makes of them.
        deltas: (K, n, out), the derivative of the loss by each unit's sum, as torch's ``backward`` brings it.
    """

    inputs: Tensor
    sums: Tensor
    outputs: Tensor
    deltas: Tensor


def trace_flow(network: Network, theta: Tensor) -> list[Flow]:
    """What goes through each layer, forward and backward, at parameters (K, P)."""
    layers = network.forward(theta.detach().requires_grad_())
    sums = [layer.sums for layer in layers]
    deltas = torch.autograd.grad(network.loss_from_outputs(layers[-1].outputs).sum(), sums)
    outputs = [layer.outputs.detach() for layer in layers]
    inputs = [network.x.expand(len(theta), -1, -1), *outputs[:-1]]
    parts = zip(inputs, (one.detach() for one in sums), outputs, deltas, strict=True)
    return [Flow(*one) for one in parts]


def measure_layers(network: Network, values: Tensor) -> Tensor:
    """The length of each layer's part, weights and biases, of vectors (K, P): (K, layers)."""
    return torch.stack([values[:, part].norm(dim=-1) for part in network.layer_slices], -1)


def measure_updates(network: Network, run: Trajectory) -> Tensor:
    """The length of each layer's step as a part of its parameters' length, (steps, layers); nan where those are 0."""
    lengths = measure_layers(network, run.parameters[:-1])
    return measure_layers(network, run.parameters.diff(dim=0)) / torch.where(lengths > 0, lengths, torch.nan)


def count_dead_units(network: Network, theta: Tensor) -> Tensor:
    """The share of each hidden layer's units that no point moves, at parameters (K, P): (K, hidden layers).

    A unit is dead where its slope is 0 at every point, as that of a ReLU below 0: no gradient reaches its weights.
    """
    shares = [
        torch.stack([(layer.sums <= 0).all(-2).to(torch.float64).mean(-1) for layer in network.forward(part)[:-1]])
        for part in theta.split(max(1, CHUNK // network.cost))
    ]
    return torch.cat(shares, -1).mT


def measure_accuracy(network: Network, theta: Tensor) -> Tensor | None:
    """The share of points whose class is found at parameters (K, P), (K,); None where there are no classes."""
    parts = [network.accuracy(part) for part in theta.split(max(1, CHUNK // network.cost))]
    found = [one for one in parts if one is not None]
    return torch.cat(found) if found else None


def best_constant_loss(network: Network) -> float:
    """The least loss of outputs that are the same at every point: what can be reached without looking at the inputs."""
    outputs = torch.zeros(network.widths[-1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([outputs], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = network.loss_from_outputs(outputs.expand(len(network.x), -1))
        loss.backward()
        return loss

    optimizer.step(closure)
    return closure().item()


def outputs_at(network: Network, theta: Tensor, x: Tensor) -> list[Tensor]:
    """What each unit puts out for inputs (M, D) at parameters (K, P): for each layer (K, M, out), the inputs first.

    The last layer's are the network's outputs.
    """
    with torch.no_grad():
        layers = network.forward(theta, x)
    return [x.expand(len(theta), -1, -1), *(layer.outputs for layer in layers)]


def pick_steps(count: int, most: int) -> Sequence[int]:
    """At most so many of steps 0 to ``count`` - 1, evenly, the first and the last among them."""
    return sorted(set(torch.linspace(0, count - 1, min(count, most)).round().to(torch.int64).tolist()))
