"""How a run is doing at each of its steps, in one sentence with the number that says so."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from playground.analysis.curvature import ROUNDING, Curvature
from playground.engine.outcome import GRADIENT_TOLERANCE
from playground.engine.trajectory import Trajectory

Numbers: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Rows = TypeVar("Rows", bound=NDArray[Any])

WINDOW = 10
"""How many of the last steps a sentence looks back on, at most."""

ROUNDED_LOSS = 1e-13
"""A change of the loss by no more than this part of it is rounding: the loss has stayed the same."""

STILL = 1e-9
"""A run whose steps in the window add up to no more than this, as a part of its distance from 0 or of 1, stands still.
"""

RESTING = 1e-4
"""A run has converged only if its last step was no longer than this, measured likewise: momentum passes by faster."""

CREEP = 0.02
"""A run whose last step was no longer than this, measured likewise, is stuck near a saddle; a faster one passes it."""

NEAR = 0.05
"""A minimum or a saddle is near if Newton's step to it is no longer than this, measured likewise, and a gradient is
slight by a saddle if it is no longer than this, as a part of the longest so far or of 1."""

CURVED = 1e-6
"""A curvature of no greater size is flat, as a gradient no longer than ``GRADIENT_TOLERANCE`` is."""

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

PLAIN = 1e-6
"""A step is the gradient times the learning rate if it is off by no more than this part of its length."""

MOST_COMPONENTS = 3
"""A direction of more components is told by its largest one."""


def diagnose(trajectory: Trajectory, curved: Curvature) -> list[str]:
    """One sentence for each step on how the run is doing there, true of the numbers up to that step.

    Args:
        trajectory: a run, with or without noise.
        curved: the loss's curvature at the run's steps + 1 points.

    Returns:
        steps + 1 texts. Of all verdicts that hold at a step the first in ``_VERDICTS`` is given.
    """
    with np.errstate(all="ignore"):  # what isn't finite compares as False, and no verdict rests on it
        run = _measured(trajectory, curved)
        chosen = np.stack([verdict.holds(run) for verdict in _VERDICTS]).argmax(0)
    return [_VERDICTS[which].says(run, k) for k, which in enumerate(chosen.tolist())]


class _Run(NamedTuple):
    """What the verdicts look at: each is (steps + 1,), and row k is about step k, the one that led to point k.

    Attributes:
        trajectory, curved: what all else was computed from.
        back: how many steps the window has; before: the point it starts from.
        losses, gradients: the loss, and the gradient's length.
        rise: by how much the step raised the loss; rose, fell: whether that is more than rounding.
        risen, fallen: the same over the window; rises, falls: in how many of its steps.
        since: the point from which the loss has risen at every step.
        highest: whether no loss before was higher.
        scale: the distance from 0, or 1 if that is more.
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
    newton: Numbers
    factor: Numbers


def _measured(trajectory: Trajectory, curved: Curvature) -> _Run:
    points, losses = trajectory.parameters.numpy(), trajectory.losses.numpy()
    slopes, given = trajectory.gradients.numpy(), trajectory.step_gradients.numpy()
    eigenvalues, directions = curved.eigenvalues.numpy(), curved.directions.numpy()
    count, size = points.shape
    index = np.arange(count)
    before = np.maximum(index - WINDOW, 0)

    steps = np.diff(points, axis=0, prepend=points[:1])
    moved, gradients = _length(steps), _length(slopes)
    units, uphill = _unit(steps, moved), _unit(slopes, gradients)
    rose, fell = _changes(_earlier(losses), losses)
    risen, fallen = _changes(losses[before], losses)
    cosine = (units * _earlier(units)).sum(-1).clip(-1, 1)
    turned = cosine < 0
    turns = _over_window(turned)
    noise = _length(_earlier(given - slopes))
    noise[0] = 0.0
    rates = _earlier(trajectory.learning_rates.numpy())
    low, high = (eigenvalues[:, 0], eigenvalues[:, -1]) if size else (np.zeros(count), np.zeros(count))
    flat = np.maximum(ROUNDING * np.maximum(np.abs(low), np.abs(high)), CURVED)
    back = index - before
    return _Run(
        trajectory=trajectory,
        curved=curved,
        back=back,
        before=before,
        losses=losses,
        gradients=gradients,
        rise=losses - _earlier(losses),
        rose=rose,
        fell=fell,
        risen=risen,
        fallen=fallen,
        rises=_over_window(rose),
        falls=_over_window(fell),
        since=np.maximum.accumulate(np.where(rose, 0, index)),
        highest=losses >= np.fmax.accumulate(losses),
        scale=np.maximum(_length(points), 1.0),
        moved=moved,
        path=_over_window(moved),
        turned=turned,
        turns=turns,
        angle=_over_window(np.where(turned, np.degrees(np.arccos(cosine)), 0.0)) / turns,
        set_out=(units * _earlier(uphill)).sum(-1).clip(-1, 1),
        arrived=(units * uphill).sum(-1).clip(-1, 1),
        noise=noise,
        drowned=_over_window(noise > _earlier(gradients)),
        plain=_length(steps + rates[:, None] * _earlier(given)) <= PLAIN * moved,
        rates=rates,
        limit=_earlier(curved.limit.numpy()),
        low=low,
        high=high,
        along=(eigenvalues * np.einsum("kpi,kp->ki", directions, units) ** 2).sum(-1),
        flat=flat,
        newton=_newton(np.einsum("kpi,kp->ki", directions, slopes), eigenvalues, flat),
        factor=(gradients / gradients[before]) ** (1 / back),
    )


def _earlier(rows: Rows) -> Rows:
    """Each row's predecessor; the first row's is itself."""
    earlier: Rows = np.concatenate([rows[:1], rows[:-1]])  # type: ignore[assignment]
    return earlier


def _length(rows: Numbers) -> Numbers:
    """The lengths (K,) of rows (K, P)."""
    # Squares of what is finite may not be.
    largest = np.abs(rows).max(-1, initial=0.0)
    by: Numbers = np.where(largest > 0, largest, 1.0)
    lengths: Numbers = by * np.sqrt(((rows / by[:, None]) ** 2).sum(-1))
    return lengths


def _unit(rows: Numbers, lengths: Numbers) -> Numbers:
    """The rows (K, P) at length 1; one of length 0 stays 0."""
    return rows / np.where(lengths > 0, lengths, 1.0)[:, None]


def _changes(start: Numbers, end: Numbers) -> tuple[Flags, Flags]:
    """Whether a loss rose, and whether it fell, by more than rounding."""
    rounding = ROUNDED_LOSS * np.maximum(np.abs(start), np.abs(end))
    return end - start > rounding, start - end > rounding


def _over_window(each: NDArray[Any]) -> NDArray[Any]:
    """The sums (K,) of what each step of the window has; the start's own row counts as 0."""
    # Sums of no more than a window's terms: the difference of two long ones would cancel, and inf would spread.
    own = np.concatenate([np.zeros(WINDOW, each.dtype), each[1:]])
    sums: NDArray[Any] = np.lib.stride_tricks.sliding_window_view(own, WINDOW).sum(-1)
    return sums


def _newton(slopes: Numbers, eigenvalues: Numbers, flat: Numbers) -> Numbers:
    """The lengths (K,) of Newton's steps, by the slopes (K, P) along the eigenvectors.

    Along a direction without curvature there is nowhere to go where there is no slope either, and else no end.
    """
    curves = np.abs(eigenvalues) > flat[:, None]
    level = np.where(np.abs(slopes) > GRADIENT_TOLERANCE, math.inf, 0.0)
    return _length(np.where(curves, slopes / eigenvalues, level + 0 * eigenvalues))


class _Verdict(NamedTuple):
    """A verdict: at which steps it holds, (steps + 1,) bool, and what it says at one of them."""

    holds: Callable[[_Run], Flags]
    says: Callable[[_Run, int], str]


def _is_not_finite(run: _Run) -> Flags:
    return ~(np.isfinite(run.losses) & np.isfinite(run.gradients))


def _not_finite(run: _Run, k: int) -> str:
    loss = float(run.losses[k])
    if loss == -math.inf:
        return "Bottomless: the loss has fallen to −inf."
    what = "the loss has no finite gradient" if math.isfinite(loss) else f"the loss is {_number(loss)}"
    if not k:
        return f"Not finite: {what} at the start, so no step can be taken."
    if run.trajectory.outcome.name != "DIVERGED":
        return f"Not finite: {what} at this step, where the run ends."
    since = int(run.since[k - 1])
    rose = f"it rose at each step from step {since} on" if since < k - 1 else f"it was {_number(run.losses[k - 1])}"
    return f"Diverged: {what} at this step; before, {rose}."


def _is_start(run: _Run) -> Flags:
    start: Flags = run.back == 0
    return start


def _start(run: _Run, k: int) -> str:
    return f"At the start: the loss is {_number(run.losses[k])} and the gradient's length {_number(run.gradients[k])}."


def _wanders(run: _Run) -> Flags:
    return 2 * run.drowned >= run.back


def _wandering(run: _Run, k: int) -> str:
    often = _of_the_last(run.drowned[k], run.back[k])
    return f"Wandering: {often} had noise longer than the gradient, whose length is {_number(run.gradients[k])} now."


def _is_flat(run: _Run) -> Flags:
    return run.gradients <= GRADIENT_TOLERANCE


def _is_near(run: _Run) -> Flags:
    return run.newton <= NEAR * run.scale


def _curves_down(run: _Run) -> Flags:
    return run.low < -run.flat


def _is_at_saddle(run: _Run) -> Flags:
    return _is_flat(run) & _is_near(run) & _curves_down(run)


def _at_saddle(run: _Run, k: int) -> str:
    return f"At {_kind(run, k)}: the gradient's length is {_number(run.gradients[k])}, and {_downwards(run, k)}."


def _kind(run: _Run, k: int) -> str:
    """What a critical point is from which the loss curves down."""
    if run.high[k] > run.flat[k]:
        return "a saddle"
    return "a maximum" if run.high[k] < -run.flat[k] else "a ridge"


def _is_at_minimum(run: _Run) -> Flags:
    return _is_flat(run) & _is_near(run) & (run.low >= -run.flat) & (run.high > run.flat)


def _at_minimum(run: _Run, k: int) -> str:
    word = "Converged" if run.moved[k] <= RESTING * run.scale[k] else "At the bottom"
    how = f"the curvature is {'' if run.low[k] == run.high[k] else 'at least '}{_number(run.low[k])}"
    if run.low[k] <= run.flat[k]:
        how = "no direction curves down"
    return f"{word}: the gradient's length is {_number(run.gradients[k])}, and {how}."


def _flat(run: _Run, k: int) -> str:
    length = f"Flat: the gradient's length is {_number(run.gradients[k])}"
    if math.isnan(run.low[k]):
        return f"{length}, and the curvature isn't finite."
    if run.low[k] == run.high[k]:
        return f"{length}, and the curvature is {_number(run.low[k])}."
    return f"{length}, and the curvature is from {_number(run.low[k])} to {_number(run.high[k])}."


def _is_still(run: _Run) -> Flags:
    return run.path <= STILL * run.scale


def _still(run: _Run, k: int) -> str:
    if not run.path[k] and not run.trajectory.learning_rates[int(run.before[k]) : k].any():
        return "Nothing moves: the learning rate is 0."
    went = f"all of the last {run.back[k]} steps" if k > 1 else "this step"
    far, length = _number(run.path[k]), _number(run.gradients[k])
    return f"Standing still: {went} went no further than {far}, though the gradient's length is {length}."


def _diverges(run: _Run) -> Flags:
    steeper = run.rise > _earlier(run.rise)
    accelerates = (np.arange(len(run.losses)) - run.since >= LEAST_RISES) & steeper & _earlier(steeper)
    # A run that only coasts uphill comes no higher than it was; a plain one doesn't coast.
    return accelerates & (run.highest | (run.plain & run.turned & (run.rates > run.limit)))


def _diverging(run: _Run, k: int) -> str:
    since = int(run.since[k])
    return (
        f"Diverging since step {since}: the loss rose at each step, "
        f"from {_number(run.losses[since])} to {_number(run.losses[k])}{_too_fast(run, k)}."
    )


def _is_near_saddle(run: _Run) -> Flags:
    slight = run.gradients <= NEAR * np.maximum(np.maximum.accumulate(run.gradients), 1.0)
    return slight & _is_near(run) & (run.low < -BENT)


def _near_saddle(run: _Run, k: int) -> str:
    word = "Stuck near" if run.moved[k] <= CREEP * run.scale[k] else "Passing"
    return (
        f"{word} {_kind(run, k)}: the gradient's length is only {_number(run.gradients[k])}, and {_downwards(run, k)}."
    )


def _turns_back(run: _Run) -> Flags:
    return (run.turns >= LEAST_TURNS) & (2 * run.turns >= run.back)


def _zigzags(run: _Run) -> Flags:
    return _turns_back(run) & run.fallen


def _zigzagging(run: _Run, k: int) -> str:
    return f"Zig-zagging: {_turning(run, k)}, and the loss {_change(run, int(run.before[k]), k)}."


def _oscillating(run: _Run, k: int) -> str:
    return f"Oscillating: {_turning(run, k)}, and the loss {_change(run, int(run.before[k]), k)}."


def _turning(run: _Run, k: int) -> str:
    return f"{_of_the_last(run.turns[k], run.back[k])} turned back, by {run.angle[k]:.0f}° on average"


def _swings(run: _Run) -> Flags:
    return (run.rises >= LEAST_SWINGS) & (run.falls >= LEAST_SWINGS)


def _swinging(run: _Run, k: int) -> str:
    how = f"rose in {run.rises[k]} and fell in {run.falls[k]} of the last {run.back[k]} steps"
    return f"Swinging: the loss {how}; in all it {_change(run, int(run.before[k]), k)}."


def _overshoots(run: _Run) -> Flags:
    # Down at first and up at last: the lowest point lies between.
    return ~run.fell & (run.set_out < 0) & (run.arrived > 0)


def _overshooting(run: _Run, k: int) -> str:
    return f"Overshooting: the loss {_change(run, k - 1, k)}, past a lower point{_too_fast(run, k)}."


def _climbs(run: _Run) -> Flags:
    return run.rose


def _climbing(run: _Run, k: int) -> str:
    changed = _change(run, k - 1, k)
    if run.set_out[k] > 0:
        away = math.degrees(math.acos(run.set_out[k]))
        return f"Climbing: the loss {changed} at this step, which set out uphill, {away:.0f}° from the gradient."
    if run.set_out[k] < 0 and run.arrived[k] <= 0:
        return f"Jumping: the loss {changed} at this step, though neither of its ends slopes upwards."
    return f"Climbing: the loss {changed} at this step."


def _is_on_plateau(run: _Run) -> Flags:
    changed = np.abs(run.losses - run.losses[run.before])
    largest = np.maximum(np.abs(run.low), np.abs(run.high))
    level: Flags = np.maximum(np.maximum(changed, run.gradients), largest) <= SMALL
    return level


def _plateau(run: _Run, k: int) -> str:
    by = _number(abs(run.losses[k] - run.losses[run.before[k]]))
    return (
        f"Plateau: the gradient's length is {_number(run.gradients[k])}, and the loss changed by only {by} "
        f"{_over(run, k)}."
    )


def _follows_valley(run: _Run) -> Flags:
    # Weaker curvature along the step than across it, but nothing steep that points down.
    level = np.abs(run.along) <= ALONG_VALLEY * run.high
    return run.fallen & level & (run.high > run.flat) & (run.low >= -ALONG_VALLEY * run.high) & (run.factor > SLOW)


def _valley(run: _Run, k: int) -> str:
    return (
        f"Creeping along a valley: in {run.back[k]} steps the loss {_change(run, int(run.before[k]), k)}; "
        f"it curves by {_number(run.along[k])} along, {_number(run.high[k])} across."
    )


def _converges(run: _Run) -> Flags:
    return run.fallen & (run.low >= -run.flat) & (run.factor <= FADING)


def _converging(run: _Run, k: int) -> str:
    now, factor = _number(run.gradients[k]), _number(run.factor[k])
    how = "Converging slowly" if run.factor[k] > SLOW else "Converging"
    if k == 1:
        return f"{how}: at this step the gradient's length shrank to {now}, by a factor of {factor}."
    return f"{how}: {_over(run, k)} the gradient's length shrank to {now}, by a factor of {factor} a step."


def _always(run: _Run) -> Flags:
    return np.ones(len(run.losses), dtype=np.bool_)


def _descending(run: _Run, k: int) -> str:
    long = bool(run.fallen[k])
    word = "Descending" if long or run.fell[k] else "Level" if not run.risen[k] else "Rising"
    before = k - 1 if run.fell[k] and not long else int(run.before[k])
    told = f"{word}: the loss {_change(run, before, k)} {'at this step' if before == k - 1 else _over(run, k)}"
    if run.plain[k] and run.rates[k] < TIMID * run.limit[k] < math.inf:
        return f"{told}; the rate {_number(run.rates[k])} is far below 2/λmax = {_number(run.limit[k])}."
    return f"{told}, and the gradient's length is {_number(run.gradients[k])}."


_VERDICTS = (
    _Verdict(_is_not_finite, _not_finite),
    _Verdict(_is_start, _start),
    _Verdict(_wanders, _wandering),
    _Verdict(_is_at_saddle, _at_saddle),
    _Verdict(_is_at_minimum, _at_minimum),
    _Verdict(_is_flat, _flat),
    _Verdict(_is_still, _still),
    _Verdict(_diverges, _diverging),
    _Verdict(_is_near_saddle, _near_saddle),
    _Verdict(_zigzags, _zigzagging),
    _Verdict(_turns_back, _oscillating),
    _Verdict(_swings, _swinging),
    _Verdict(_overshoots, _overshooting),
    _Verdict(_climbs, _climbing),
    _Verdict(_is_on_plateau, _plateau),
    _Verdict(_follows_valley, _valley),
    _Verdict(_converges, _converging),
    _Verdict(_always, _descending),
)
"""The verdicts, the most telling first; the last always holds."""


def _over(run: _Run, k: int) -> str:
    return f"over the last {run.back[k]} steps" if k > 1 else "at this step"


def _of_the_last(count: int, back: int) -> str:
    if count == back:
        return "this step" if count == 1 else f"all of the last {back} steps"
    return f"{count} of the last {back} steps"


def _change(run: _Run, before: int, k: int) -> str:
    """What the loss did from one point to another."""
    start, end = float(run.losses[before]), float(run.losses[k])
    if abs(end - start) <= ROUNDED_LOSS * max(abs(start), abs(end)):
        return f"stayed at {_number(end)}"
    word, shown, now = "rose" if end > start else "fell", _number(start), _number(end)
    return f"{word} by {_number(abs(end - start))} to {now}" if shown == now else f"{word} from {shown} to {now}"


def _too_fast(run: _Run, k: int) -> str:
    """That the rate is above what the curvature allows, for a plain step of which that is true."""
    if not run.plain[k] or not run.rates[k] > run.limit[k]:
        return ""
    rate, limit = _number(run.rates[k]), _number(run.limit[k])
    if rate == limit:
        return ""
    return f"; the rate {rate} is above 2/λmax = {limit}"


def _downwards(run: _Run, k: int) -> str:
    """The most negative curvature and its direction."""
    direction = run.curved.directions[k, :, 0].tolist()
    if max(direction, key=abs) < 0:  # a vector and its opposite serve alike
        direction = [-one for one in direction]
    curvature = f"the curvature is {_number(run.low[k])}"
    if len(direction) == 1:
        return curvature
    if len(direction) > MOST_COMPONENTS:
        return f"{curvature}, mostly along {run.trajectory.names[direction.index(max(direction, key=abs))]}"
    return f"{curvature} along ({', '.join(_number(round(one, 2) + 0.0) for one in direction)})"


def _number(value: float) -> str:
    """Three digits, or whole thousands: 0.0012, 12.3, 1234, 1.23e5, −0.5."""
    value = float(value)  # numpy's own numbers are slow to write
    text = f"{value:.0f}" if 1e3 <= abs(value) < 1e5 else f"{value:.3g}"
    mantissa, e, exponent = text.partition("e")
    return (f"{mantissa}e{int(exponent)}" if e else text).replace("-", "−")
