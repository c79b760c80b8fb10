"""What can be measured of a run at each of its steps: how its loss, its gradient and its steps behave."""

import math
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from playground.analysis.curvature import ROUNDING, Curvature
from playground.engine.objectives import Objective
from playground.engine.stationary import can_judge, find_rest
from playground.engine.trajectory import Trajectory
from playground.engine.verdict import find_leap, is_back

Numbers: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Rows = TypeVar("Rows", bound=NDArray[Any])

WINDOW = 10
"""A sentence looks back on the last so many steps at most."""

ROUNDED_LOSS = 1e-12
"""A change of the loss by no more than this part of it is rounding: the loss has stayed the same."""

NEARLY_STILL = 1e-4
"""A point is looked at for whether the run has come to rest there only if its gradient is no longer than this part of
the run's longest, or so small a part of the loss that the parameters' sizes make of it."""

LEVEL_SLOPE = 1e-6
"""Along a direction without curvature there is nowhere to go if its slope is no larger than this part of the longest
gradient."""

PLAIN = 1e-6
"""A step is the gradient times the learning rate if it is off by no more than this part of its length."""


class RunMeasures(NamedTuple):
    """What the verdicts look at: each is (steps + 1,), and row k is about step k, the one that led to point k.

    Attributes:
        trajectory, curved: what all else was computed from.
        back: how many steps the window has; before: the point it starts from.
        losses, gradients: the loss, and the gradient's length.
        rise: by how much the step raised the loss; rose, fell: whether that is more than rounding.
        risen, fallen: the same over the window; rises, falls: in how many of its steps.
        since: the point from which the loss has risen at every step.
        highest: whether no loss before was higher.
        scale: the greatest distance from 0 so far, or 1 where there is none.
        moved: the step's length; path: that of all steps in the window.
        turned: whether the step turned back, by more than 90°; turns: how many in the window did.
        angle: by how many degrees those turned, on average.
        set_out, arrived: the cosine between the step and the gradient at its start, and at its end.
        noise: how long the noise was that the step was given; drowned: in how many of the window's steps it was
            longer than the gradient.
        plain: whether the step is the gradient it was given, times the learning rate; rates: that rate.
        limit: 2/λmax where the step began.
        low, high: the least and the greatest curvature; along: the curvature along the step.
        flat: a curvature of no greater size is flat.
        settled, saddle, minimum: whether the loss has come to rest, curving down in some direction, or up in all.
        thrown: whether the run was thrown far off and isn't back; leap: the step that did so, or 0.
        newton: the length of Newton's step, to where the quadratic that fits here has no slope.
        factor: by how much a step multiplied the gradient's length, the geometric mean over the window.
    """

    trajectory: Trajectory
    curved: Curvature
    back: NDArray[np.int64]
    before: NDArray[np.int64]
    losses: Numbers
    gradients: Numbers
    rise: Numbers
    rose: Flags
    fell: Flags
    risen: Flags
    fallen: Flags
    rises: NDArray[np.int64]
    falls: NDArray[np.int64]
    since: NDArray[np.int64]
    highest: Flags
    scale: Numbers
    moved: Numbers
    path: Numbers
    turned: Flags
    turns: NDArray[np.int64]
    angle: Numbers
    set_out: Numbers
    arrived: Numbers
    noise: Numbers
    drowned: NDArray[np.int64]
    plain: Flags
    rates: Numbers
    limit: Numbers
    low: Numbers
    high: Numbers
    along: Numbers
    flat: Numbers
    settled: Flags
    saddle: Flags
    minimum: Flags
    thrown: Flags
    leap: int
    newton: Numbers
    factor: Numbers


def measure_run(trajectory: Trajectory, curved: Curvature, objective: Objective) -> RunMeasures:
    """All measures of a run down an objective, with its curvature at the steps + 1 points."""
    count = len(trajectory.losses)
    before = np.maximum(np.arange(count) - WINDOW, 0)
    return RunMeasures(
        trajectory=trajectory,
        curved=curved,
        back=np.arange(count) - before,
        before=before,
        **_measure_losses(trajectory.losses.numpy(), before),
        **_measure_steps(trajectory),
        **_measure_gradients(trajectory, before),
        **_measure_curvature(trajectory, curved),
        **_measure_rest(trajectory, curved, objective),
        **_measure_leap(trajectory.losses.tolist()),
    )


def _measure_losses(losses: Numbers, before: NDArray[np.int64]) -> dict[str, Any]:
    rose, fell = _find_changes(previous_rows(losses), losses)
    risen, fallen = _find_changes(losses[before], losses)
    return {
        "losses": losses,
        "rise": losses - previous_rows(losses),
        "rose": rose,
        "fell": fell,
        "risen": risen,
        "fallen": fallen,
        "rises": _sum_over_window(rose),
        "falls": _sum_over_window(fell),
        "since": np.maximum.accumulate(np.where(rose, 0, np.arange(len(losses)))),
        "highest": losses >= np.fmax.accumulate(losses),
    }


def _measure_steps(trajectory: Trajectory) -> dict[str, Any]:
    points, uphill = trajectory.parameters.numpy(), _normalise(trajectory.gradients.numpy())
    given, rates = trajectory.step_gradients.numpy(), previous_rows(trajectory.learning_rates.numpy())
    steps = _steps(trajectory)
    units, moved = _normalise(steps), _lengths(steps)
    cosine = (units * previous_rows(units)).sum(-1).clip(-1, 1)
    turned = cosine < 0
    turns = _sum_over_window(turned)
    return {
        "scale": np.where((farthest := np.fmax.accumulate(_lengths(points))) > 0, farthest, 1.0),
        "moved": moved,
        "path": _sum_over_window(moved),
        "turned": turned,
        "turns": turns,
        "angle": _sum_over_window(np.where(turned, np.degrees(np.arccos(cosine)), 0.0)) / turns,
        "set_out": (units * previous_rows(uphill)).sum(-1).clip(-1, 1),
        "arrived": (units * uphill).sum(-1).clip(-1, 1),
        "plain": _lengths(steps + rates[:, None] * previous_rows(given)) <= PLAIN * moved,
        "rates": rates,
    }


def _measure_gradients(trajectory: Trajectory, before: NDArray[np.int64]) -> dict[str, Any]:
    slopes, given = trajectory.gradients.numpy(), trajectory.step_gradients.numpy()
    gradients = _lengths(slopes)
    noise = _lengths(previous_rows(given - slopes))
    noise[0] = 0.0
    return {
        "gradients": gradients,
        "noise": noise,
        "drowned": _sum_over_window(noise > previous_rows(gradients)),
        "factor": (gradients / gradients[before]) ** (1 / (np.arange(len(gradients)) - before)),
    }


def _measure_curvature(trajectory: Trajectory, curved: Curvature) -> dict[str, Any]:
    eigenvalues, directions = curved.eigenvalues.numpy(), curved.directions.numpy()
    count, size = eigenvalues.shape
    low, high = (eigenvalues[:, 0], eigenvalues[:, -1]) if size else (np.zeros(count), np.zeros(count))
    flat = ROUNDING * np.maximum(np.abs(low), np.abs(high))
    slopes = np.einsum("kpi,kp->ki", directions, trajectory.gradients.numpy())
    along = np.einsum("kpi,kp->ki", directions, _normalise(_steps(trajectory)))
    return {
        "limit": previous_rows(curved.limit.numpy()),
        "low": low,
        "high": high,
        "along": (eigenvalues * along**2).sum(-1),
        "flat": flat,
        "newton": _newton_lengths(slopes, eigenvalues, flat),
    }


def _measure_rest(trajectory: Trajectory, curved: Curvature, objective: Objective) -> dict[str, Any]:
    """Where the run is at rest, as its outcome would say it there."""
    points, losses, gradients = (
        one.numpy() for one in (trajectory.parameters, trajectory.losses, trajectory.gradients)
    )
    found = {name: np.zeros(len(losses), dtype=np.bool_) for name in ("settled", "saddle", "minimum")}
    if not can_judge(objective):
        return found
    lengths = _lengths(gradients)
    still = lengths <= NEARLY_STILL * lengths[np.isfinite(lengths)].max(initial=0.0)
    still |= _lengths(gradients * points) <= NEARLY_STILL * np.abs(losses)
    still[-1] = True
    starts = np.broadcast_to(points[:1], points.shape)
    hessians = curved.hessians.numpy()
    rest = find_rest(objective, *(one[still] for one in (starts, points, losses, gradients, hessians)))
    found["settled"][still] = rest.settled
    found["saddle"][still] = rest.settled & rest.curves_down
    found["minimum"][still] = rest.is_minimum
    return found


def _measure_leap(losses: list[float]) -> dict[str, Any]:
    """Since when the run is far off where a step threw it."""
    thrown, leap = np.zeros(len(losses), dtype=np.bool_), find_leap(losses)
    for k in range(leap, len(losses) if leap else 0):
        thrown[k] = not is_back(losses[0], max(losses[leap : k + 1]), losses[k])
    return {"thrown": thrown, "leap": leap}


def _steps(trajectory: Trajectory) -> Numbers:
    """The steps (steps + 1, P), the first of them 0."""
    points: Numbers = trajectory.parameters.numpy()
    return np.diff(points, axis=0, prepend=points[:1])


def previous_rows(rows: Rows) -> Rows:
    """Each row's predecessor; the first row's is itself."""
    earlier: Rows = np.concatenate([rows[:1], rows[:-1]])  # type: ignore[assignment]
    return earlier


def _lengths(rows: Numbers) -> Numbers:
    """The lengths (K,) of rows (K, P)."""
    # Squares of what is finite may not be.
    largest = np.abs(rows).max(-1, initial=0.0)
    by: Numbers = np.where(largest > 0, largest, 1.0)
    lengths: Numbers = by * np.sqrt(((rows / by[:, None]) ** 2).sum(-1))
    return lengths


def _normalise(rows: Numbers) -> Numbers:
    """The rows (K, P) at length 1; one of length 0 stays 0."""
    lengths = _lengths(rows)
    return rows / np.where(lengths > 0, lengths, 1.0)[:, None]


def _find_changes(start: Numbers, end: Numbers) -> tuple[Flags, Flags]:
    """Whether a loss rose, and whether it fell, by more than rounding."""
    rounding = ROUNDED_LOSS * np.maximum(np.abs(start), np.abs(end))
    return end - start > rounding, start - end > rounding


def _sum_over_window(each: NDArray[Any]) -> NDArray[Any]:
    """The sums (K,) of what each step of the window has; the start's own row counts as 0."""
    # Sums of no more than a window's terms: the difference of two long ones would cancel, and inf would spread.
    own = np.concatenate([np.zeros(WINDOW, each.dtype), each[1:]])
    sums: NDArray[Any] = np.lib.stride_tricks.sliding_window_view(own, WINDOW).sum(-1)
    return sums


def _newton_lengths(slopes: Numbers, eigenvalues: Numbers, flat: Numbers) -> Numbers:
    """The lengths (K,) of Newton's steps, by the slopes (K, P) along the eigenvectors.

    Along a direction without curvature there is nowhere to go where there is no slope either, and else no end.
    """
    curves = np.abs(eigenvalues) > flat[:, None]
    longest = np.fmax.accumulate(_lengths(slopes))[:, None]
    level = np.where(np.abs(slopes) > LEVEL_SLOPE * longest, math.inf, 0.0)
    return _lengths(np.where(curves, slopes / eigenvalues, level + 0 * eigenvalues))
