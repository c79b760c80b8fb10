"""Round ranges of two parameters in which a run, or any points, are seen well."""

import math

import torch
from torch import Tensor

from playground.engine.trajectory import Trajectory

PADDING = 0.22
"""A frame leaves this part of the span of what it holds free on each side."""

UNDEFINED_REACH = 2.0
"""Around a start without a loss a frame reaches this far to both sides of 0, as a multiple of the start, or of 1."""

MAX_ASPECT_RATIO = 10.0
"""Ranges within this ratio are drawn at one scale, so that gradients stand square to contours."""


def frame_run(
    trajectory: Trajectory, names: tuple[str, str], minimum: Tensor | None = None, aspect: float = 1.6
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ranges of two parameters that hold a run and the minimum, with padding around them.

    A run's points above its first loss are left out: it may leave the picture, never flatten it. The
    bounds are round numbers, so that runs that differ a little share one frame.

    Args:
        trajectory: the run; names: the two parameters.
        minimum: (P,), if it is known.
        aspect: width by height of the picture; ranges of like size are widened to fill it.

    Returns:
        The range along x and the range along y.
    """
    axes = [trajectory.names.index(name) for name in names]
    inside = (trajectory.losses <= trajectory.losses[0]) & trajectory.parameters.isfinite().all(-1)
    inside[0] = True
    points = trajectory.parameters[inside][:, axes]
    if minimum is not None:
        points = torch.cat([points, minimum[axes].reshape(1, 2)])
    if not trajectory.losses[0].isfinite():
        # Nothing to see where the run stands: wide enough to show where the loss is defined, if it is anywhere near.
        reach = UNDEFINED_REACH * points.abs().clamp(min=1.0)
        points = torch.cat([-reach, reach])
    return frame_points(points, aspect)


def frame_points(
    points: Tensor, aspect: float = 1.6, padding: float = PADDING
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Round ranges that hold points (K, 2) with padding around them.

    Args:
        points: at least one, finite.
        aspect: width by height of the picture; ranges of like size are widened to fill it.
        padding: around the points, as a part of their span.

    Returns:
        The range along x and the range along y.
    """
    low, high = points.min(0).values, points.max(0).values
    # A run that hasn't moved still gets a frame of its own size.
    least = torch.where(high > low, 1e-6, 1.0) * points.abs().amax(0).clamp(min=1.0)
    span = torch.maximum(high - low, least)
    low, high = low - padding * span, high + padding * span
    wide, tall = (high - low).tolist()
    if 1 / MAX_ASPECT_RATIO < wide / tall < MAX_ASPECT_RATIO:
        extra = torch.tensor([max(0.0, aspect * tall - wide), max(0.0, wide / aspect - tall)], dtype=torch.float64)
        low, high = low - extra / 2, high + extra / 2
    (x, y) = (round_outwards(*bounds) for bounds in zip(low.tolist(), high.tolist(), strict=True))
    return x, y


LEAST_POWER = -307
"""The least power of ten to round to: smaller floats have fewer digits."""


def round_step(least: float) -> float:
    """The next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** max(math.floor(math.log10(least)), LEAST_POWER)
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def round_outwards(low: float, high: float) -> tuple[float, float]:
    """The next multiples of a tenth, a fifth or a half of a power of ten, about a twentieth of the range."""
    if not 0 < (high - low) / 20 < math.inf:  # nothing to round at the edges of what floats hold
        return low, high
    step = round_step((high - low) / 20)
    return math.floor(low / step) * step, math.ceil(high / step) * step
