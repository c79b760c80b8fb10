"""One step of training, slowly: forward through a network, backward, and the update, unit by unit.

It is taken on one point, or on all of them: each point has its own sums, outputs and δ, and the gradient is the mean,
or for a loss that is a sum the sum, of what the points' losses have for gradients.

Every number is torch's: the sums and outputs of its layers, the δ that ``torch.autograd`` brings to each sum, the
gradients of ``backward()``, the slopes of the activation by autograd, and the new weights of one ``torch.optim`` step.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from playground.analysis.network_measures import Flow, trace_flow
from playground.engine.network import Network
from playground.engine.runner import Runner

TOLD = 2
"""Of how many points the single terms of a mean or a sum are told."""


class WalkStep(NamedTuple):
    """What happens at a step.

    Attributes:
        phase: ``"inputs"``, the points are given; ``"forward"``, a unit is computed; ``"loss"``; ``"delta"``, a
            unit's δ; ``"gradient"``, that of a unit's weights and bias; ``"update"``, their new values.
        layer: from 0; unit: of that layer.
    """

    phase: Literal["inputs", "forward", "loss", "delta", "gradient", "update"]
    layer: int = 0
    unit: int = 0


@dataclass(frozen=True, eq=False)
class BackpropWalk:
    """A step of training on one point, or on n of them.

    Attributes:
        network: on those points alone; theta: (P,), where the step begins; after: (P,), where it ends.
        flow: what goes through each layer, K = 1; the δ are those of each point's own loss.
        slopes: of each layer (n, out), the activation's at each sum; 1 at the last, which has none.
        gradient: (P,), of the loss on the points; loss: that loss.
        losses: of the first ``TOLD`` points, each by itself.
    """

    network: Network
    theta: Tensor
    after: Tensor
    flow: list[Flow]
    slopes: list[Tensor]
    gradient: Tensor
    loss: float
    losses: list[float]

    @property
    def count(self) -> int:
        """How many points there are."""
        return self.network.point_count

    @property
    def is_sum(self) -> bool:
        """Whether the points' losses are added up, rather than averaged."""
        return self.network.reduction == "sum"

    def total(self, values: Tensor) -> Tensor:
        """What the loss makes of the points' own values (n, ...): their sum or their mean, (...)."""
        return values.sum(0) if self.is_sum else values.mean(0)

    @property
    def steps(self) -> list[WalkStep]:
        """All steps: units from the first layer up, the loss, the layers from the last down, then the updates."""
        counts = [*enumerate(self.network.widths[1:])]
        forward = [WalkStep("forward", layer, unit) for layer, count in counts for unit in range(count)]
        back = [
            WalkStep(phase, layer, unit)
            for layer, count in reversed(counts)
            for phase in ("delta", "gradient")
            for unit in range(count)
        ]
        updates = [WalkStep("update", layer, unit) for layer, count in counts for unit in range(count)]
        return [WalkStep("inputs"), *forward, WalkStep("loss"), *back, *updates]


def walk_backprop(network: Network, point: int | None, theta: Tensor, runner: Runner) -> BackpropWalk:
    """A step of training by the first step of an optimizer.

    Args:
        network: on its points; point: which of them, from 0; None for all.
        theta: (P,), where the step begins.
        runner: whose optimizer takes the step, with nothing kept from steps before, on all of these points at once.
    """
    alone = network if point is None else network.batch(torch.tensor([point]))
    slopes = [_slopes(network, layer.sums) for layer in alone.forward(theta)[:-1]]
    descent = replace(runner, start=None, batch_size=None).descent(alone, tuple(theta.tolist()))
    descent.step()
    run = descent.trajectory
    return BackpropWalk(
        network=alone,
        theta=theta,
        after=run.parameters[-1],
        flow=_trace_each(alone, theta),
        slopes=[*slopes, torch.ones(alone.point_count, network.widths[-1], dtype=torch.float64)],
        gradient=run.gradients[0],
        loss=float(run.losses[0]),
        losses=[float(alone.batch(torch.tensor([i])).loss(theta)) for i in range(min(TOLD, alone.point_count))],
    )


def _trace_each(network: Network, theta: Tensor) -> list[Flow]:
    """What goes through each layer, with the δ of each point's own loss: of a mean, each has one n-th part."""
    share = 1 if network.reduction == "sum" else network.point_count
    return [layer._replace(deltas=layer.deltas * share) for layer in trace_flow(network, theta[None])]


def _slopes(network: Network, sums: Tensor) -> Tensor:
    """The activation's slope at each of the sums, of any shape."""
    at = sums.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(network.activate(at).sum(), at, materialize_grads=True)
    return slopes
