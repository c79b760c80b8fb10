"""Which data points each step looks at: epochs of all of them, each shuffled anew by torch's own sampler."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.utils.data import BatchSampler, RandomSampler

from playground.engine.objectives import Objective


class Batches:
    """The batches of an objective's data points, one a step, each of which has a loss of its own."""

    def __init__(self, objective: Objective, size: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        shuffled = RandomSampler(range(objective.point_count), generator=generator)
        self._sampler = BatchSampler(shuffled, size, drop_last=False)
        self._epoch: Iterator[list[int]] = iter(())
        self._objective, self._size = objective, size
        self._drawn: list[list[int]] = []
        self.is_sum_of_squares = objective.is_sum_of_squares

    def draw(self) -> None:
        """Go on to the next batch."""
        points = next(self._epoch, None)
        if points is None:
            self._epoch = iter(self._sampler)
            points = next(self._epoch)
        self._drawn.append(points)
        self._batch = self._objective.batch(torch.tensor(points))

    def loss(self, theta: Tensor) -> Tensor:
        """The loss (...) on the current batch."""
        return self._batch.loss(theta)

    def residuals(self, theta: Tensor) -> Tensor:
        """What that loss is the sum of the squares of."""
        return self._batch.residuals(theta)

    def rows(self, steps: int) -> Tensor:
        """The points of each step, and of the step that comes after the last none: (steps + 1, B)."""
        rows = torch.full((steps + 1, self._size), -1)
        for step, points in enumerate(self._drawn[:steps]):
            rows[step, : len(points)] = torch.tensor(points)
        return rows
