"""How a run is doing at each of its steps, in one sentence with the number that says so."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from playground.analysis.curvature import Curvature
from playground.analysis.run_measures import ROUNDED_LOSS, Flags, RunMeasures, measure_run, previous_rows
from playground.engine.objectives import Objective
from playground.engine.trajectory import Trajectory
from playground.numerals import format_number

STILL = 1e-9
"""A run whose steps in the window add up to no more than this, as a part of its greatest distance from 0, stands still.
"""

RESTING = 1e-4
"""A run has converged only if its last step was no longer than this, measured likewise: momentum passes by faster."""

CREEP = 0.02
"""A run whose last step was no longer than this, measured likewise, is stuck near a saddle; a faster one passes it."""

NEAR = 0.05
"""A minimum or a saddle is near if Newton's step to it is no longer than this, measured likewise, and a gradient is
slight by a saddle if it is no longer than this, as a part of the longest so far or of 1."""

SMALL = 1e-3
"""On a plateau neither the gradient, nor a curvature, nor the window's change of the loss is larger."""

BENT = 0.01
"""Only a stronger downward curvature tells a saddle from nearby: plateaus curve down at their rim, too."""

LEAST_TURNS = 2
"""One step that turns back makes no zigzag."""

LEAST_SWINGS = 3
"""A loss swings if it rose in as many steps of the window, and fell in as many."""

LEAST_RISES = 3
"""A run diverges that has risen as many times in a row, each time by more."""

ALONG_VALLEY = 0.02
"""A step follows a valley if the loss curves along it by no more than this part of the steepest curvature."""

SLOW = 0.95
"""A run is slow, and creeps if it is in a valley, where each step leaves more than this of the gradient's length."""

FADING = 0.999
"""A run converges if each step leaves no more than this of the gradient's length; three digits show it."""

TIMID = 0.01
"""A learning rate below this part of 2/λmax is far below it."""

MOST_COMPONENTS = 3
"""A direction of more components is told by its largest one."""


_format = partial(format_number, digits=3)
"""Numbers in sentences: 0.0012, 12.3, 1234, 1.23e5, −0.5."""


def diagnose(trajectory: Trajectory, curved: Curvature, objective: Objective) -> list[str]:
    """One sentence for each step on how the run is doing there, true of the numbers up to that step.

    Args:
        trajectory: a run, with or without noise.
        curved: the loss's curvature at the run's steps + 1 points.
        objective: what the run went down.

    Returns:
        steps + 1 texts. Of all verdicts that hold at a step the first in ``_VERDICTS`` is given.
    """
    with np.errstate(all="ignore"):  # what isn't finite compares as False, and no verdict rests on it
        run = measure_run(trajectory, curved, objective)
        chosen = np.stack([verdict.applies(run) for verdict in _VERDICTS]).argmax(0)
    return [_VERDICTS[which].sentence(run, k) for k, which in enumerate(chosen.tolist())]


class _Verdict(NamedTuple):
    """A verdict: at which steps it holds, (steps + 1,) bool, and what it says at one of them."""

    applies: Callable[[RunMeasures], Flags]
    sentence: Callable[[RunMeasures, int], str]


def _is_not_finite(run: RunMeasures) -> Flags:
    return ~(np.isfinite(run.losses) & np.isfinite(run.gradients))


def _say_not_finite(run: RunMeasures, k: int) -> str:
    loss = float(run.losses[k])
    if loss == -math.inf:
        return "Bottomless: the loss has fallen to −inf."
    what = "the loss has no finite gradient" if math.isfinite(loss) else f"the loss is {_format(loss)}"
    if not k:
        return f"Not finite: {what} at the start, so no step can be taken."
    if run.trajectory.outcome.name != "DIVERGED":
        return f"Not finite: {what} at this step, where the run ends."
    since = int(run.since[k - 1])
    rose = f"it rose at each step from step {since} on" if since < k - 1 else f"it was {_format(run.losses[k - 1])}"
    return f"Diverged: {what} at this step; before, {rose}."


def _is_start(run: RunMeasures) -> Flags:
    start: Flags = run.back == 0
    return start


def _say_start(run: RunMeasures, k: int) -> str:
    return f"At the start: the loss is {_format(run.losses[k])} and the gradient's length {_format(run.gradients[k])}."


def _is_wandering(run: RunMeasures) -> Flags:
    return 2 * run.drowned >= run.back


def _say_wandering(run: RunMeasures, k: int) -> str:
    often = _say_how_often(run.drowned[k], run.back[k])
    return f"Wandering: {often} had noise longer than the gradient, whose length is {_format(run.gradients[k])} now."


def _is_thrown(run: RunMeasures) -> Flags:
    return run.thrown


def _say_thrown(run: RunMeasures, k: int) -> str:
    before, after, now = (_format(run.losses[i]) for i in (run.leap - 1, run.leap, k))
    still = f", and it is {now} now" if k > run.leap else ""
    return f"Thrown far off: step {run.leap} took the loss from {before} to {after}{still}."


def _is_flat(run: RunMeasures) -> Flags:
    return run.settled


def _is_near(run: RunMeasures) -> Flags:
    return run.newton <= NEAR * run.scale


def _is_at_saddle(run: RunMeasures) -> Flags:
    return run.saddle


def _say_at_saddle(run: RunMeasures, k: int) -> str:
    length = _format(run.gradients[k])
    return f"At {_name_critical_point(run, k)}: the gradient's length is {length}, and {_say_downwards(run, k)}."


def _name_critical_point(run: RunMeasures, k: int) -> str:
    """What a critical point is from which the loss curves down."""
    if run.high[k] > run.flat[k]:
        return "a saddle"
    return "a maximum" if run.high[k] < -run.flat[k] else "a ridge"


def _is_at_minimum(run: RunMeasures) -> Flags:
    return run.minimum


def _say_at_minimum(run: RunMeasures, k: int) -> str:
    word = "Converged" if run.moved[k] <= RESTING * run.scale[k] else "At the bottom"
    how = f"the curvature is {'' if run.low[k] == run.high[k] else 'at least '}{_format(run.low[k])}"
    return f"{word}: the gradient's length is {_format(run.gradients[k])}, and {how}."


def _say_flat(run: RunMeasures, k: int) -> str:
    length = f"Flat: the gradient's length is {_format(run.gradients[k])}"
    if math.isnan(run.low[k]):
        return f"{length}, and the curvature isn't finite."
    if run.low[k] == run.high[k]:
        return f"{length}, and the curvature is {_format(run.low[k])}."
    return f"{length}, and the curvature is from {_format(run.low[k])} to {_format(run.high[k])}."


def _is_still(run: RunMeasures) -> Flags:
    return run.path <= STILL * run.scale


def _say_still(run: RunMeasures, k: int) -> str:
    if not run.path[k] and not run.trajectory.learning_rates[int(run.before[k]) : k].any():
        return "Nothing moves: the learning rate is 0."
    went = f"all of the last {run.back[k]} steps" if k > 1 else "this step"
    far, length = _format(run.path[k]), _format(run.gradients[k])
    return f"Standing still: {went} went no further than {far}, though the gradient's length is {length}."


def _is_diverging(run: RunMeasures) -> Flags:
    steeper = run.rise > previous_rows(run.rise)
    accelerates = (np.arange(len(run.losses)) - run.since >= LEAST_RISES) & steeper & previous_rows(steeper)
    # A run that only coasts uphill comes no higher than it was; a plain one doesn't coast.
    return accelerates & (run.highest | (run.plain & run.turned & (run.rates > run.limit)))


def _say_diverging(run: RunMeasures, k: int) -> str:
    since = int(run.since[k])
    return (
        f"Diverging since step {since}: the loss rose at each step, "
        f"from {_format(run.losses[since])} to {_format(run.losses[k])}{_say_too_fast(run, k)}."
    )


def _is_near_saddle(run: RunMeasures) -> Flags:
    slight = run.gradients <= NEAR * np.maximum(np.maximum.accumulate(run.gradients), 1.0)
    return slight & _is_near(run) & (run.low < -BENT)


def _say_near_saddle(run: RunMeasures, k: int) -> str:
    word = "Stuck near" if run.moved[k] <= CREEP * run.scale[k] else "Passing"
    length = _format(run.gradients[k])
    return (
        f"{word} {_name_critical_point(run, k)}: the gradient's length is only {length}, and {_say_downwards(run, k)}."
    )


def _is_oscillating(run: RunMeasures) -> Flags:
    return (run.turns >= LEAST_TURNS) & (2 * run.turns >= run.back)


def _is_zigzagging(run: RunMeasures) -> Flags:
    return _is_oscillating(run) & run.fallen


def _say_zigzagging(run: RunMeasures, k: int) -> str:
    return f"Zig-zagging: {_count_turns(run, k)}, and the loss {_say_change(run, int(run.before[k]), k)}."


def _say_oscillating(run: RunMeasures, k: int) -> str:
    return f"Oscillating: {_count_turns(run, k)}, and the loss {_say_change(run, int(run.before[k]), k)}."


def _count_turns(run: RunMeasures, k: int) -> str:
    return f"{_say_how_often(run.turns[k], run.back[k])} turned back, by {run.angle[k]:.0f}° on average"


def _is_swinging(run: RunMeasures) -> Flags:
    return (run.rises >= LEAST_SWINGS) & (run.falls >= LEAST_SWINGS)


def _say_swinging(run: RunMeasures, k: int) -> str:
    how = f"rose in {run.rises[k]} and fell in {run.falls[k]} of the last {run.back[k]} steps"
    return f"Swinging: the loss {how}; in all it {_say_change(run, int(run.before[k]), k)}."


def _is_overshooting(run: RunMeasures) -> Flags:
    # Down at first and up at last: the lowest point lies between.
    return ~run.fell & (run.set_out < 0) & (run.arrived > 0)


def _say_overshooting(run: RunMeasures, k: int) -> str:
    return f"Overshooting: the loss {_say_change(run, k - 1, k)}, past a lower point{_say_too_fast(run, k)}."


def _is_climbing(run: RunMeasures) -> Flags:
    return run.rose


def _say_climbing(run: RunMeasures, k: int) -> str:
    changed = _say_change(run, k - 1, k)
    if run.set_out[k] > 0:
        away = math.degrees(math.acos(run.set_out[k]))
        return f"Climbing: the loss {changed} at this step, which set out uphill, {away:.0f}° from the gradient."
    if run.set_out[k] < 0 and run.arrived[k] <= 0:
        return f"Jumping: the loss {changed} at this step, though neither of its ends slopes upwards."
    return f"Climbing: the loss {changed} at this step."


def _is_on_plateau(run: RunMeasures) -> Flags:
    changed = np.abs(run.losses - run.losses[run.before])
    largest = np.maximum(np.abs(run.low), np.abs(run.high))
    level: Flags = np.maximum(np.maximum(changed, run.gradients), largest) <= SMALL
    # A small loss that falls by a good part of itself is on no plateau, whatever its unit.
    return level & (changed <= SMALL * np.abs(run.losses))


def _say_plateau(run: RunMeasures, k: int) -> str:
    by = _format(abs(run.losses[k] - run.losses[run.before[k]]))
    return (
        f"Plateau: the gradient's length is {_format(run.gradients[k])}, and the loss changed by only {by} "
        f"{_say_window(run, k)}."
    )


def _is_in_valley(run: RunMeasures) -> Flags:
    # Weaker curvature along the step than across it, but nothing steep that points down.
    level = np.abs(run.along) <= ALONG_VALLEY * run.high
    return run.fallen & level & (run.high > run.flat) & (run.low >= -ALONG_VALLEY * run.high) & (run.factor > SLOW)


def _say_valley(run: RunMeasures, k: int) -> str:
    return (
        f"Creeping along a valley: in {run.back[k]} steps the loss {_say_change(run, int(run.before[k]), k)}; "
        f"it curves by {_format(run.along[k])} along, {_format(run.high[k])} across."
    )


def _is_converging(run: RunMeasures) -> Flags:
    return run.fallen & (run.low >= -run.flat) & (run.factor <= FADING)


def _say_converging(run: RunMeasures, k: int) -> str:
    now, factor = _format(run.gradients[k]), _format(run.factor[k])
    how = "Converging slowly" if run.factor[k] > SLOW else "Converging"
    if k == 1:
        return f"{how}: at this step the gradient's length shrank to {now}, by a factor of {factor}."
    return f"{how}: {_say_window(run, k)} the gradient's length shrank to {now}, by a factor of {factor} a step."


def _is_anything(run: RunMeasures) -> Flags:
    return np.ones(len(run.losses), dtype=np.bool_)


def _say_descending(run: RunMeasures, k: int) -> str:
    long = bool(run.fallen[k])
    word = "Descending" if long or run.fell[k] else "Level" if not run.risen[k] else "Rising"
    before = k - 1 if run.fell[k] and not long else int(run.before[k])
    told = (
        f"{word}: the loss {_say_change(run, before, k)} {'at this step' if before == k - 1 else _say_window(run, k)}"
    )
    if run.plain[k] and run.rates[k] < TIMID * run.limit[k] < math.inf:
        return f"{told}; the rate {_format(run.rates[k])} is far below 2/λmax = {_format(run.limit[k])}."
    return f"{told}, and the gradient's length is {_format(run.gradients[k])}."


_VERDICTS = (
    _Verdict(_is_not_finite, _say_not_finite),
    _Verdict(_is_start, _say_start),
    _Verdict(_is_wandering, _say_wandering),
    _Verdict(_is_thrown, _say_thrown),
    _Verdict(_is_at_saddle, _say_at_saddle),
    _Verdict(_is_at_minimum, _say_at_minimum),
    _Verdict(_is_flat, _say_flat),
    _Verdict(_is_still, _say_still),
    _Verdict(_is_diverging, _say_diverging),
    _Verdict(_is_near_saddle, _say_near_saddle),
    _Verdict(_is_zigzagging, _say_zigzagging),
    _Verdict(_is_oscillating, _say_oscillating),
    _Verdict(_is_swinging, _say_swinging),
    _Verdict(_is_overshooting, _say_overshooting),
    _Verdict(_is_climbing, _say_climbing),
    _Verdict(_is_on_plateau, _say_plateau),
    _Verdict(_is_in_valley, _say_valley),
    _Verdict(_is_converging, _say_converging),
    _Verdict(_is_anything, _say_descending),
)
"""The verdicts, the most telling first; the last always holds."""


def _say_window(run: RunMeasures, k: int) -> str:
    return f"over the last {run.back[k]} steps" if k > 1 else "at this step"


def _say_how_often(count: int, back: int) -> str:
    if count == back:
        return "this step" if count == 1 else f"all of the last {back} steps"
    return f"{count} of the last {back} steps"


def _say_change(run: RunMeasures, before: int, k: int) -> str:
    """What the loss did from one point to another."""
    start, end = float(run.losses[before]), float(run.losses[k])
    if abs(end - start) <= ROUNDED_LOSS * max(abs(start), abs(end)):
        return f"stayed at {_format(end)}"
    word, shown, now = "rose" if end > start else "fell", _format(start), _format(end)
    return f"{word} by {_format(abs(end - start))} to {now}" if shown == now else f"{word} from {shown} to {now}"


def _say_too_fast(run: RunMeasures, k: int) -> str:
    """That the rate is above what the curvature allows, for a plain step of which that is true."""
    if not run.plain[k] or not run.rates[k] > run.limit[k]:
        return ""
    rate, limit = _format(run.rates[k]), _format(run.limit[k])
    if rate == limit:
        return ""
    return f"; the rate {rate} is above 2/λmax = {limit}"


def _say_downwards(run: RunMeasures, k: int) -> str:
    """The most negative curvature and its direction."""
    direction = run.curved.directions[k, :, 0].tolist()
    if max(direction, key=abs) < 0:  # a vector and its opposite serve alike
        direction = [-one for one in direction]
    curvature = f"the curvature is {_format(run.low[k])}"
    if len(direction) == 1:
        return curvature
    if len(direction) > MOST_COMPONENTS:
        return f"{curvature}, mostly along {run.trajectory.names[direction.index(max(direction, key=abs))]}"
    return f"{curvature} along ({', '.join(_format(round(one, 2) + 0.0) for one in direction)})"
