"""How runs on one objective stand beside each other at each step, and when each arrived."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from playground.engine.trajectory import Trajectory


class Standings(NamedTuple):
    """How R runners stand at each step; one that has ended stands where it ended.

    Attributes:
        losses: (R, steps + 1) float64.
        ranks: (R, steps + 1) int64, from 1; equal losses share one, and no number is the last.
        distances: (R, steps + 1) float64 to the nearest known minimum, or None where none is known.
        evaluations: (R, steps + 1) int64, gradients that the optimizer asked for.
        arrivals: the first step of each whose loss is within the tolerance of the known minimum, or whose
            gradient is no longer than the tolerance where none is known; None if there is none.
    """

    losses: Tensor
    ranks: Tensor
    distances: Tensor | None
    evaluations: Tensor
    arrivals: list[int | None]


class KnownMinima(NamedTuple):
    """What is known of a function's minima.

    Attributes:
        points: (M, P) float64; loss: the loss there.
    """

    points: Tensor
    loss: float


def rank_runs(runs: Sequence[Trajectory], known: KnownMinima | None, tolerance: float) -> Standings:
    """How the runs stand, and when each arrived."""
    count = max(run.steps for run in runs) + 1
    losses = torch.stack([pad_to(run.losses, count) for run in runs])
    size = torch.where(losses.isnan(), math.inf, losses)
    ranks = 1 + (size[None] < size[:, None]).sum(1)
    distances = None
    if known is not None:
        away = [(run.parameters[:, None] - known.points).norm(dim=-1).amin(-1) for run in runs]
        distances = torch.stack([pad_to(one, count) for one in away])
    arrivals = []
    for run in runs:
        off = run.gradients.norm(dim=-1) if known is None else (run.losses - known.loss).abs()
        first = (off <= tolerance).nonzero()
        arrivals.append(int(first[0]) if len(first) else None)
    evaluations = torch.stack([pad_to(run.evaluations, count) for run in runs])
    return Standings(losses, ranks, distances, evaluations, arrivals)


def pad_to(values: Tensor, count: int) -> Tensor:
    """``values`` (K, ...) with its last row repeated up to ``count`` rows."""
    return torch.cat([values, values[-1:].expand(count - len(values), *values.shape[1:])])
