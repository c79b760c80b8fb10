"""The largest learning rate with which an optimizer comes to rest on a quadratic, where theory knows one."""

import math
from typing import Any

import torch
from torch import Tensor

from playground.analysis.curvature import Curvature
from playground.engine.runner import Runner


def has_limit(runner: Runner) -> bool:
    """Whether the limit of a runner's rate is known: of SGD on all points, that goes down and forgets its past."""
    settings: dict[str, Any] = dict(runner.settings)
    is_descent = runner.optimizer == "SGD" and not settings.get("maximize")
    return is_descent and runner.batch_size is None and abs(settings.get("momentum", 0.0)) < 1


def is_plain(runner: Runner) -> bool:
    """Whether the limit of its rate is 2/λmax: each step is the rate times the gradient, and no more."""
    return has_limit(runner) and not {"momentum", "weight_decay"} & dict(runner.settings).keys()


def stability_limits(runner: Runner, curved: Curvature) -> Tensor:
    """(K,) float64: the rate above which a runner is unstable on the quadratic at each of K points.

    It is 2/λmax without momentum; with a momentum β, 2(1 + β)/((1 - dampening) λmax), and with Nesterov's,
    2(1 + β)/((1 + 2β) λmax): where an eigenvalue of the step's own matrix comes to -1 (Polyak 1964; Lessard, Recht
    and Packard 2016). Weight decay adds to λmax. It is inf where nothing curves upwards, and NaN where the Hessian
    isn't finite, or for a runner of which no limit is known.
    """
    if not has_limit(runner):
        return torch.full_like(curved.limit, math.nan)
    settings: dict[str, Any] = dict(runner.settings)
    momentum, dampening, decay = (settings.get(name, 0.0) for name in ("momentum", "dampening", "weight_decay"))
    if not curved.eigenvalues.shape[-1]:
        return curved.limit
    largest = curved.eigenvalues[:, -1] + decay
    if not momentum:
        factor = 1.0
    elif settings.get("nesterov"):
        factor = (1 + momentum) / (1 + 2 * momentum)
    else:
        factor = (1 + momentum) / (1 - dampening) if dampening < 1 else math.inf
    return torch.where(largest > 0, factor * 2 / largest, torch.where(largest.isnan(), largest, math.inf))
