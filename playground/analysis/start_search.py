"""A start from which a fit is found: many at once, by the scales of the data, and the best of them refined."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from playground.analysis.fit_statistics import jacobian
from playground.engine.descent import Descent, check_seed
from playground.engine.fit import Fit
from playground.engine.second_order import EPSILON
from playground.errors import InputError

MOST_STARTS = 8192
"""So many starts are drawn; fewer where the data are many, see ``EVALUATIONS``."""

EVALUATIONS = 2_000_000
"""Evaluations of the model for all that are drawn."""

MOST_POINTS = 200
"""A search looks at so many points, spread evenly over the data."""

MANY_POINTS = 2_000
"""Of more points the optimizer is tried on ``MOST_POINTS`` too."""

REFINED = 48
"""So many of the best are refined all at once, by ``ROUNDS`` damped Gauss-Newton steps each."""

ROUNDS = 30

MOST_TRIED = 6
"""From so many at most the optimizer itself is tried, ``STEPS`` steps each, looked at every ``CHUNK``."""

STEPS = 60

CHUNK = 10

SECONDS = 2.0
"""After so many, refining ends and no other start is tried: where the best one led is taken."""

SAME = 1e-6
"""Two losses that differ by no more than this part of themselves are of the same fit."""

ALIKE = 0.01
"""Of refined losses that differ by no more than this part, the one of the smallest numbers is tried first."""

NOTHING = 1e-13
"""A sum of squares below this part of that of the targets around their mean is as good as none."""

ROUNDED = 1e-8
"""Rounding that moves a prediction by no more than this part of the extent of the data isn't visible."""

DIGITS = (3, 6, 17)
"""A start has so many digits: as few of these as lead to the fit."""

WIDEST = 12.0
"""Magnitudes are drawn from so many powers of ten below 1 to as many above."""


@dataclass(frozen=True, eq=False)
class FoundStarts:
    """What a search has found.

    Attributes:
        names: the P parameters.
        start: (P,) float64, from which the optimizer finds the best fit.
        others: (K, P), starts that came next, which lead to fits of their own; possibly none.
        loss: of the best fit, on the points that the optimizer was tried on.
        drawn: how many starts were drawn.
        optimizer: the optimizer that finds it.
        is_reached: whether it was seen to, in ``STEPS`` steps.
    """

    names: tuple[str, ...]
    start: Tensor
    others: Tensor
    loss: float
    drawn: int
    optimizer: str
    is_reached: bool


def find_start(fit: Fit, seed: int = 0) -> dict[str, float]:
    """A start from which LevenbergMarquardt finds the best fit that is known of, by name.

    Where the loss is no sum of squares, Newton is to find it.

    Args:
        fit: whose parameters are wanted; seed: of what is drawn: the same one gives the same start.

    Raises:
        InputError: if the loss is finite at none of the starts that were drawn, or what is given is no fit.
    """
    found = search_starts(fit, seed)
    return dict(zip(found.names, found.start.tolist(), strict=True))


def search_starts(fit: Fit, seed: int = 0) -> FoundStarts:
    """The same with the starts that came next.

    Starts are drawn by the scales of the data, and what the model is linear in is solved for. The best are refined in
    one batch; the one that gets lowest is tried with the optimizer itself.

    Raises:
        InputError: as ``find_start`` does.
    """
    if not isinstance(fit, Fit):
        raise InputError("a start is found for a fit: a model and its data", field="start")
    generator = torch.Generator().manual_seed(check_seed(seed))
    deadline = time.thread_time() + SECONDS
    few = _take_few(fit)
    squares = few if few.is_sum_of_squares or few.predicts_logits else few.with_loss("mse")
    with torch.no_grad():
        drawn = _draw(few, generator, max(256, min(MOST_STARTS, EVALUATIONS // few.cost)))
        solved = _solve_linear(squares, drawn)
        starts = torch.cat([solved, drawn[: len(drawn) // 4]]) if solved is not drawn else drawn
    starts = _choose(few, starts)
    if not len(starts):
        raise InputError(
            "no start was found: at none that was tried is the loss of this model on these points finite", field="start"
        )
    led = _order(few, starts, _refine(squares, starts, deadline))
    return _try_out(fit if len(fit.x) <= MANY_POINTS else few, led, len(drawn), deadline)


def _take_few(fit: Fit) -> Fit:
    """The fit on so many of its points that many starts can be looked at."""
    count = len(fit.x)
    if count <= MOST_POINTS:
        return fit
    by_x = fit.x.argsort()
    return fit.batch(by_x[torch.linspace(0, count - 1, MOST_POINTS).round().long()].sort().values)


# ---- Drawing.


def _draw(fit: Fit, generator: torch.Generator, count: int) -> Tensor:
    """Starts (K, P): each parameter a place, a length, a rate or a height as the data have them, or any number."""
    shape = count, len(fit.parameters)
    x = fit.model_inputs(fit.x)
    low, span = float(x.min()), float(x.max() - x.min()) or float(x.abs().max()) or 1.0
    gaps = x.unique().diff()
    gap = float(gaps.median()) if len(gaps) else span
    far = float(x.abs().max()) or 1.0

    def uniform(a: float, b: float) -> Tensor:
        return a + (b - a) * torch.rand(shape, generator=generator, dtype=torch.float64)

    def magnitude(a: float, b: float) -> Tensor:
        return uniform(math.log(a), math.log(b)).exp()

    signs = torch.where(uniform(0, 1) < 0.25, -1.0, 1.0)
    heights = fit.y[torch.randint(len(fit.y), shape, generator=generator)]
    extent = float(fit.y.max() - fit.y.min()) or float(fit.y.abs().max()) or 1.0
    kinds = [
        uniform(low, low + span),
        signs * magnitude(max(gap / 3, span * 1e-6), 3 * span),
        signs * magnitude(0.1 / span, max(math.pi / gap, 1 / span)),
        signs * magnitude(0.1 / far, 30 / far),
        heights,
        signs * extent * magnitude(0.1, 10.0),
        signs * magnitude(0.1, 10.0),
        signs * magnitude(1e-3, 1e3),
        signs * magnitude(10**-WIDEST, 10**WIDEST),
    ]
    which = torch.randint(len(kinds), shape, generator=generator)
    drawn = torch.stack(kinds).gather(0, which[None])[0]
    drawn[0] = torch.tensor(fit.default_start, dtype=torch.float64)
    return drawn


# ---- What the model is linear in.


def _solve_linear(fit: Fit, drawn: Tensor) -> Tensor:
    """The starts with those parameters solved for in which the model is linear, the others as they are."""
    if not fit.is_sum_of_squares:
        return drawn
    linear = _find_linear(fit, drawn)
    if not linear:
        return drawn
    base = drawn.clone()
    base[:, linear] = 0.0
    offset = fit.predict(base, fit.x)
    columns = []
    for i in linear:
        one = base.clone()
        one[:, i] = 1.0
        columns.append(fit.predict(one, fit.x) - offset)
    roots = fit.sqrt_shares
    design, wanted = torch.stack(columns, -1) * roots[:, None], (fit.y - offset) * roots
    lengths = design.norm(dim=-2).nan_to_num(0.0, 0.0, 0.0)
    lengths = torch.where(lengths > 0, lengths, 1.0)
    scaled = (design / lengths[:, None]).nan_to_num(0.0, 0.0, 0.0)
    # A little is added to what may be singular; what is exact is left to the refinement.
    gram = scaled.mT @ scaled + 1e-12 * torch.eye(len(linear), dtype=torch.float64)
    target = scaled.mT @ wanted.nan_to_num(0.0, 0.0, 0.0)[..., None]
    base[:, linear] = torch.linalg.solve(gram, target)[..., 0] / lengths
    return base


def _find_linear(fit: Fit, drawn: Tensor) -> list[int]:
    """The places of parameters that the predictions are linear in, all at once, whatever the others are."""
    some = drawn[: min(64, len(drawn))]
    found: list[int] = []
    for i in range(len(fit.parameters)):
        if _is_linear_in(fit, some, [*found, i]):
            found.append(i)
    return found


def _is_linear_in(fit: Fit, at: Tensor, places: Sequence[int]) -> bool:
    there, middle = at.clone(), at.clone()
    # Other amounts for each, or a product of two would pass.
    moved = torch.tensor([1.0 + 0.7 * k for k in range(len(places))], dtype=torch.float64)
    there[:, places] = at[:, places] + moved * (1 + at[:, places].abs())
    middle[:, places] = (at[:, places] + there[:, places]) / 2
    first, second, last = (fit.predict(one, fit.x) for one in (at, middle, there))
    bend, size = (first + last - 2 * second).abs(), torch.maximum(first.abs(), last.abs())
    known = bend.isfinite() & size.isfinite()
    return bool(known.any()) and bool((bend <= 1e-9 * size + 1e-300)[known].all())


# ---- Refining.


def _choose(fit: Fit, starts: Tensor) -> Tensor:
    """The best of the starts (K, P), none much like another."""
    with torch.no_grad():
        losses = fit.loss(starts)
    usable = losses.isfinite() & starts.isfinite().all(-1)
    usable[usable.clone()] &= _is_exact(fit, starts[usable])
    losses, starts = losses[usable], starts[usable]
    order = losses.argsort(stable=True)[: 8 * REFINED]
    kept: list[int] = []
    for row in order.tolist():
        near = starts[kept] - starts[row]
        like = (near.abs() <= 0.1 * starts[row].abs()).all(-1) if kept else torch.zeros(0, dtype=torch.bool)
        if not bool(like.any()):
            kept.append(row)
        if len(kept) == REFINED:
            break
    return starts[kept]


def _is_exact(fit: Fit, theta: Tensor) -> Tensor:
    """Whether the rounding of the parameters (K, P) moves no prediction visibly, as that of a huge phase does, (K,)."""
    parts = jacobian(fit, theta).abs() * theta.abs()[..., None, :]
    extent = float(fit.y.max() - fit.y.min()) or float(fit.y.abs().max()) or 1.0
    return EPSILON * parts.sum(-1).amax(-1) <= ROUNDED * extent


def _refine(fit: Fit, starts: Tensor, deadline: float) -> Tensor:
    """Where damped Gauss-Newton steps lead from each of the starts, all at once; (K, P) -> (K, P)."""
    if not fit.is_sum_of_squares:
        return starts
    theta, damping = starts.clone(), torch.full((len(starts), 1), 0.1, dtype=torch.float64)
    roots = fit.sqrt_shares
    losses = fit.loss(theta).detach()
    for _ in range(ROUNDS):
        if time.thread_time() > deadline:
            break
        design = jacobian(fit, theta) * roots[:, None]
        left = ((fit.y - fit.predict(theta, fit.x)) * roots).detach()
        reach = left.norm(dim=-1, keepdim=True) / (3 * theta.abs()).clamp(min=1e-300)
        scale = torch.maximum(design.norm(dim=-2), reach).clamp(min=1e-300)
        scaled = (design / scale[:, None]).nan_to_num(0.0, 0.0, 0.0)
        gram = scaled.mT @ scaled + (damping + 1e-14)[..., None] * torch.eye(theta.shape[-1], dtype=torch.float64)
        moved = theta + torch.linalg.solve(gram, scaled.mT @ left[..., None].nan_to_num(0.0))[..., 0] / scale
        tried = fit.loss(moved).detach()
        is_lower = tried < losses
        theta = torch.where(is_lower[:, None], moved, theta)
        losses = torch.where(is_lower, tried, losses)
        damping = (damping * torch.where(is_lower, 0.2, 4.0)[:, None]).clamp(1e-14, 1e14)
    return theta


class Led(NamedTuple):
    """Starts (K, P), where they led (K, P), and the losses there (K,)."""

    starts: Tensor
    refined: Tensor
    losses: Tensor


def _order(fit: Fit, starts: Tensor, refined: Tensor) -> Led:
    """Where starts led, the lowest loss first; of much the same loss the smallest numbers."""
    losses = fit.loss(refined).detach().nan_to_num(math.inf, math.inf, math.inf)
    losses = torch.where(_is_exact(fit, refined), losses, math.inf)
    # A phase may be any whole turns larger, and a width negative.
    sizes = refined.norm(dim=-1) * (1 + 1e-6 * (refined < 0).sum(-1))
    least = float(losses.min())
    alike = losses <= least + ALIKE * abs(least) + _nothing(fit)
    rows = sorted(range(len(losses)), key=lambda i: (not alike[i], float(sizes[i] if alike[i] else losses[i])))
    return Led(starts[rows], refined[rows], losses[rows])


def _nothing(fit: Fit) -> float:
    """A loss that is as good as 0."""
    return NOTHING * float((fit.sqrt_shares * (fit.y - fit.y.mean())).square().sum()) if fit.is_sum_of_squares else 0.0


def _try_out(fit: Fit, led: Led, drawn: int, deadline: float) -> FoundStarts:
    """The first start from which the optimizer itself gets as low as any has; else where the best one led."""
    starts, refined, losses = led
    optimizer = "LevenbergMarquardt" if fit.is_sum_of_squares else "Newton"
    best = float(losses.min())
    begins = [round_start(one, DIGITS[0]) for one in starts[:MOST_TRIED]]
    begins += [round_start(refined[0], digits) for digits in DIGITS]
    ends: list[float] = []
    for begin in begins:
        ends.append(_descend_to(fit, begin, optimizer, best, deadline))
        if _is_as_low(fit, ends[-1], best) or time.thread_time() > deadline:
            break
    lowest = min(range(len(ends)), key=lambda i: ends[i])
    is_reached = _is_as_low(fit, ends[lowest], best)
    begin = begins[lowest] if is_reached else refined[int(losses.argmin())]
    loss = ends[lowest] if is_reached else best
    return FoundStarts(fit.parameters, begin, _others(starts, losses, begin), loss, drawn, optimizer, is_reached)


def _is_as_low(fit: Fit, loss: float, best: float) -> bool:
    return loss <= best + SAME * abs(best) + _nothing(fit)


def _descend_to(fit: Fit, start: Tensor, optimizer: str, loss: float, deadline: float) -> float:
    """The loss where the optimizer leads in ``STEPS`` steps from a start, or as soon as it is as low as ``loss``."""
    descent = Descent(fit, start, optimizer)
    for _ in range(STEPS // CHUNK):
        run = descent.run(CHUNK, deadline, time.thread_time)
        end = float(run.losses[-1].nan_to_num(math.inf))
        is_still = len(run.losses) > CHUNK and torch.equal(run.parameters[-1], run.parameters[-1 - CHUNK])
        if _is_as_low(fit, end, loss) or is_still or not descent.can_step or time.thread_time() > deadline:
            break
    return end


def _others(starts: Tensor, losses: Tensor, start: Tensor) -> Tensor:
    """The starts that led elsewhere, or to the same from elsewhere, as many as are tried."""
    rows = [round_start(one, DIGITS[0]) for one, loss in zip(starts, losses, strict=True) if bool(loss.isfinite())]
    rows = [one for one in rows if not torch.equal(one, start)][:MOST_TRIED]
    return torch.stack(rows) if rows else torch.zeros(0, len(start), dtype=torch.float64)


def round_start(start: Tensor, digits: int) -> Tensor:
    """A start (P,) in so many digits."""
    return torch.tensor([float(f"{one:.{digits}g}") for one in start.tolist()], dtype=torch.float64)
