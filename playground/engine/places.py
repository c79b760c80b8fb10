"""What kind of place runs have come to rest at, in a name and a sentence; nothing of those that haven't."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from playground.engine.kinks import explain_curvature
from playground.engine.objectives import Objective
from playground.engine.outcome import Outcome
from playground.engine.stationary import Flags, Rest, can_judge, find_rest, rises
from playground.numerals import format_count, format_number

AT_ONCE = 1_000_000
"""The Hessians of many runs are made in parts of so many numbers, and evaluations of the loss."""

ALIKE = 1e-4
"""Two parameters change together by the same amount, or by the same factor, if it is so to this part."""

UNCHANGED = 1e-6
"""Elsewhere the loss is the same if it differs by no more than this part of the largest that is known."""

THROWN = 100.0
"""A step threw a parameter off if it took it so many times as far from 0 as it had ever been."""

NUDGE = 0.1
"""Whether the loss rises to either side of a parameter is looked at so far away, as a part of its size, or of 1."""

MOST_LISTED = 6
"""Of more parameters only the first are named."""


class Record(Protocol):
    """What is known of a run: by step its parameters, losses, gradients and learning rates.

    The parameters are rows of lists or of a tensor; of the gradients the last may be all.
    """

    parameters: Any
    losses: list[float]
    gradients: list[list[float]]
    rates: list[float]


def last_point(run: Record) -> Tensor:
    """A run's last parameters, (P,) float64."""
    return torch.tensor([*map(float, run.parameters[-1])], dtype=torch.float64)


def judge_places(runs: Sequence[Record], objective: Objective) -> list[Outcome | None]:
    """Of each run, whose loss and gradient are finite, the outcome if it has come to rest; None if it hasn't.

    Of a loss of too many parameters nobody can say so without its curvature: there it is None, too.
    """
    if not can_judge(objective):
        return [None] * len(runs)
    size = len(objective.parameters)
    at_once = max(1, AT_ONCE // max(1, size * max(size, objective.cost)))
    found: list[Outcome | None] = []
    for first in range(0, len(runs), at_once):
        found += _judge_part(runs[first : first + at_once], objective)
    return found


def _judge_part(runs: Sequence[Record], objective: Objective) -> list[Outcome | None]:
    shape = len(runs), len(objective.parameters)
    starts, points, gradients = (
        np.array(rows, dtype=np.float64).reshape(shape)
        for rows in zip(*((run.parameters[0], run.parameters[-1], run.gradients[-1]) for run in runs), strict=True)
    )
    losses = np.array([run.losses[-1] for run in runs], dtype=np.float64)
    hessians = objective.hessian(torch.from_numpy(points)).numpy() if shape[1] else np.zeros((*shape, 0))
    rest = find_rest(objective, starts, points, losses, gradients, hessians)
    found: list[Outcome | None] = [None] * len(runs)
    for i in rest.settled.nonzero()[0].tolist():
        found[i] = _name_place(runs[i], objective, Rest(*(one[i] for one in rest)))
    for i in np.flatnonzero(~np.isfinite(hessians).all((-1, -2))).tolist():
        found[i] = _say_no_curvature(runs[i], objective)
    return found


def _say_no_curvature(run: Record, objective: Objective) -> Outcome:
    """That nobody can say whether a run has come to rest where the Hessian isn't finite, and what makes it so."""
    after = f"After {format_count(len(run.losses) - 1, 'step')} the gradient's length is"
    why = explain_curvature(objective, last_point(run))
    said = f"{after} {format_number(math.hypot(*run.gradients[-1]))}, and the Hessian isn't finite here."
    return Outcome("FINISHED", f"{said} {why}".rstrip())


def _name_place(run: Record, objective: Objective, rest: Rest) -> Outcome:
    """The outcome of a run that has come to rest; ``rest`` is of its end alone, without the axis of points."""
    after = f"after {format_count(len(run.losses) - 1, 'step')} the gradient's length is"
    length = f"{after} {format_number(math.hypot(*run.gradients[-1]), 2)}"
    if rest.curves_down:
        place = "a saddle" if rest.curves_up else "a ridge" if rest.is_singular else "a maximum"
        ways = "down in some direction" if rest.curves_up or rest.is_singular else "down in every direction"
        return Outcome("SADDLE", f"At {place}, no minimum: {length}, and the loss curves {ways}.")
    if rest.is_minimum:
        curved = ("", ", and the loss curves upwards", ", and the loss curves upwards in every direction")
        return Outcome("CONVERGED", f"Converged to a minimum: {length}{curved[min(len(objective.parameters), 2)]}.")
    undetermined = tuple(
        name for name, *flags in zip(objective.parameters, rest.idle, rest.level, strict=True) if any(flags)
    )
    said, determined = _say_idle(run, objective, rest.idle), ""
    if rest.level.any():
        determined, sentence = _say_level(run, objective, rest)
        said.insert(0, sentence)
    steps = len(run.losses) - 1
    where = f"after {format_count(steps, 'step')}" if steps else "at the start"
    return Outcome("FLAT", f"Flat {where}: {'; '.join(said)}.", undetermined, determined)


def _say_idle(run: Record, objective: Objective, idle: Flags) -> list[str]:
    """Which parameters don't matter, and since when; or that the loss has a lowest point there all the same."""
    if not idle.any():
        return []
    end = last_point(run).numpy()
    away = NUDGE * np.where(end == 0, 1.0, np.abs(end))
    cornered = (rises(objective, end[None], away[None])[0] > 0) & idle
    plain = idle & ~cornered
    said = []
    if cornered.any():
        names = _list(objective, cornered)
        said.append(f"the loss rises on both sides along {names}, but has no curvature there to tell a minimum by")
    if plain.any():
        verb, them = ("don't", "them") if plain.sum() > 1 else ("doesn't", "it")
        part = "" if plain.all() else " in part"
        said.append(
            f"it is{part} a plateau, where {_list(objective, plain)} {verb} matter and "
            f"{_subject(objective)} determine {them}"
        )
        said += _say_thrown(run, objective, plain)
    return said


def _say_thrown(run: Record, objective: Objective, idle: Flags) -> list[str]:
    """Which step threw the one of these parameters off that was thrown farthest, if one did."""
    path = np.array([[*map(float, row)] for row in run.parameters]).reshape(len(run.parameters), -1)
    if len(path) < len(run.losses):
        return []
    before = np.maximum.accumulate(np.abs(path), axis=0)[:-1]
    with np.errstate(all="ignore"):
        factors = np.where(idle & (before > 0), np.abs(path[1:]) / before, 0.0)
    if not factors.size or not factors.max() > THROWN:
        return []
    step, i = (int(place) for place in np.unravel_index(factors.argmax(), factors.shape))
    start, end = (format_number(path[k, i]) for k in (step, step + 1))
    return [f"step {step + 1:,} threw {objective.parameters[i]} from {start} to {end}"]


def _say_level(run: Record, objective: Objective, rest: Rest) -> tuple[str, str]:
    """What is determined of the parameters that can change together, if that is known, and a sentence."""
    names = _list(objective, rest.level)
    determined = _find_determined(run, objective, rest)
    only = f", only {determined}" if determined else " one by one, but only together"
    low = "the loss is as low as it gets nearby, but"
    return determined, f"{low} {_subject(objective)} determine {names}{only}"


def _find_determined(run: Record, objective: Objective, rest: Rest) -> str:
    """``a·b``, ``a/b``, ``a + b`` or ``a − b`` where the two that are level may change in one of these ways; or empty.

    It is found from the direction here, and tried a long way off.
    """
    places = rest.level.nonzero()[0].tolist()
    if len(places) != 2:
        return ""
    point = last_point(run).numpy()
    (a, b), (first, second) = point[places], rest.direction[places]
    one, other = (objective.parameters[i] for i in places)
    apart = max(abs(a), abs(b), 1.0 if a == b == 0 else 0.0)
    ways = (
        (f"{one} + {other}", first, -second, (a + apart, b - apart)),
        (f"{one} − {other}", first, second, (a + apart, b + apart)),
        (f"{one}·{other}", first * b, -second * a, (2 * a, b / 2)),
        (f"{one}/{other}", first * b, second * a, (2 * a, 2 * b)),
    )
    allowed = UNCHANGED * max(abs(run.losses[0]), abs(run.losses[-1]))
    for said, left, right, moved in ways:
        if abs(left - right) <= ALIKE * max(abs(left), abs(right)):
            tried = point.copy()
            tried[places] = moved
            with torch.no_grad():
                if abs(float(objective.loss(torch.from_numpy(tried))) - run.losses[-1]) <= allowed:
                    return said
    return ""


def _list(objective: Objective, flags: Flags) -> str:
    """The names of some parameters: ``a``, ``a and b``, ``a, b and c``."""
    names = [name for name, flag in zip(objective.parameters, flags, strict=True) if flag]
    if len(names) > MOST_LISTED:
        names = [*names[: MOST_LISTED - 1], f"{len(names) - MOST_LISTED + 1} more"]
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


def _subject(objective: Objective) -> str:
    """What doesn't determine the parameters, with its verb."""
    return "the data don't" if objective.point_count else "the function doesn't"
