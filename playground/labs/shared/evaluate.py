"""Evaluation along a run, in parts that fit into the memory."""

from collections.abc import Callable

import torch
from torch import Tensor

AT_ONCE = 2_000_000
"""Predictions in memory at once: of many points not the whole run's."""


def along(path: Tensor, cost: int, measure: Callable[[Tensor], Tensor]) -> Tensor:
    """``measure`` of each point of a path (K, P), some at once where each costs so many numbers."""
    with torch.no_grad():
        return torch.cat([measure(part) for part in path.split(max(1, AT_ONCE // cost))])
