"""One step of training, slowly: forward through a network at one point, backward, and the update, unit by unit.

Every number is torch's: the sums and outputs of its layers, the δ that ``torch.autograd`` brings to each sum, the
gradients of ``backward()``, the slopes of the activation by autograd, and the new weights of one ``torch.optim`` step.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from playground.analysis.network_measures import Flow, trace_flow
from playground.engine.network import Network
from playground.engine.runner import Runner


class WalkStep(NamedTuple):
    """What happens at a step.

    Attributes:
        phase: ``"inputs"``, the point is given; ``"forward"``, a unit is computed; ``"loss"``; ``"delta"``, a unit's δ;
            ``"gradient"``, that of a unit's weights and bias; ``"update"``, their new values.
        layer: from 0; unit: of that layer.
    """

    phase: Literal["inputs", "forward", "loss", "delta", "gradient", "update"]
    layer: int = 0
    unit: int = 0


@dataclass(frozen=True, eq=False)
class BackpropWalk:
    """A step of training on one point.

    Attributes:
        network: on that point alone; theta: (P,), where the step begins; after: (P,), where it ends.
        flow: what goes through each layer, K = n = 1.
        slopes: of each layer (out,), the activation's at each sum; 1 at the last, which has none.
        gradient: (P,), of the loss on the point.
        loss: of the point.
    """

    network: Network
    theta: Tensor
    after: Tensor
    flow: list[Flow]
    slopes: list[Tensor]
    gradient: Tensor
    loss: float

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


def walk_backprop(network: Network, point: int, theta: Tensor, runner: Runner) -> BackpropWalk:
    """A step of training by the first step of an optimizer.

    Args:
        network: on its points; point: which of them, from 0.
        theta: (P,), where the step begins.
        runner: whose optimizer takes the step, with nothing kept from steps before.
    """
    alone = network.batch(torch.tensor([point]))
    flow = trace_flow(alone, theta[None])
    slopes = [_slopes(network, layer.sums[0]) for layer in alone.forward(theta)[:-1]]
    descent = runner.descent(alone, tuple(theta.tolist()))
    descent.step()
    run = descent.trajectory
    return BackpropWalk(
        network=alone,
        theta=theta,
        after=run.parameters[-1],
        flow=flow,
        slopes=[*slopes, torch.ones(network.widths[-1], dtype=torch.float64)],
        gradient=run.gradients[0],
        loss=float(run.losses[0]),
    )


def _slopes(network: Network, sums: Tensor) -> Tensor:
    """The activation's slope at each of the sums (out,)."""
    at = sums.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(network.activate(at).sum(), at, materialize_grads=True)
    return slopes
