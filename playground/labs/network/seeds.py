"""The selected runner from many starts at once: how its losses are spread, and where the chosen start stands."""

import math
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, SupportsFloat, cast

import torch
from torch import Tensor

from playground.analysis.network_measures import best_constant_loss
from playground.engine.many import MAX_KEPT, check_rows
from playground.engine.network import Network
from playground.engine.runner import DrawnStart, Runner
from playground.engine.stationary import can_judge
from playground.engine.trajectory import Trajectory
from playground.errors import InputError
from playground.figures import RunPath, Spread, gather_spread, spread_figure
from playground.figures.palette import BACKGROUND, HELD_OUT_LOSS, RUNNERS, SYMBOLS
from playground.labs.network.start_fields import COUNT
from playground.labs.network.state import NetworkState
from playground.labs.shared.evaluate import along
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.turns import give_way, turn_for
from playground.numerals import format_count, format_number
from playground.player import Board, Ending, Panel, Readout

SECONDS, MOST_SECONDS = 3.0, 4.0
"""What they are to take: of more steps so many are taken; and when they stop on a machine that is busy."""

STEP_SECONDS, NUMBER_SECONDS = 6e-4, 1.6e-8
"""What one step of all takes at least, and more for each unit's number at each point: measured on a slow core."""


class Seeds(NamedTuple):
    """The losses from each seed's start.

    Attributes:
        losses: (COUNT, steps + 1); NaN from where a run has left the finite numbers.
        held_out: likewise, on the points held out; None without any.
        endings: of each, the name of its outcome.
        are_alike: whether all starts are equal.
    """

    losses: Tensor
    held_out: Tensor | None
    endings: tuple[str, ...]
    are_alike: bool

    @property
    def steps(self) -> int:
        """How many steps each took."""
        return self.losses.shape[1] - 1


# ---- Training.


def affordable_steps(network: Network, steps: int) -> int:
    """How many of so many steps all seeds can take within the time and the memory for it; one at least."""
    kept = MAX_KEPT // (COUNT * len(network.parameters))
    return max(1, min(steps, kept, int(SECONDS / _predict_seconds(network, 1))))


def _predict_seconds(network: Network, steps: int) -> float:
    return steps * (STEP_SECONDS + NUMBER_SECONDS * COUNT * network.cost)


def say_cost(state: NetworkState) -> str:
    """What the seeds cost, or why they can't be had, in words."""
    try:
        check_rows(state.runner.optimizer, state.runner.scheduler)
    except InputError as error:
        return f"Not here: {error}."
    network, steps = state.training.objective, state.race.steps
    count = affordable_steps(network, steps)
    seconds = max(0.1, _predict_seconds(network, count))
    measured = f"all {count}" if count == steps else f"{count:,} of {steps:,}"
    return f"Takes about {format_number(seconds, 1)} s for {measured} steps."


def train_seeds(results: RaceResults) -> Seeds:
    """The losses from each seed's start, as far as the race has come; of the chosen seed those of its own run.

    Many networks at once are multiplied by other routines than one by itself, so that sums differ in the last bit;
    where a run is unstable, that grows to be seen. What stands for the chosen seed is therefore the run that is shown.

    Raises:
        InputError: where the runner's optimizer or scheduler would couple the runs.
    """
    state = cast(NetworkState, results.state)
    race, network = state.race, state.training.objective
    steps = affordable_steps(network, results.length - 1 if results.is_partial else race.steps)
    runner = replace(state.runner, start=None)
    found = _train(network, state.drawn.initialisation, runner, steps, race.noise, race.noise_kind, race.seed)
    seed = chosen_seed(state)
    return found if seed is None or seed >= COUNT else _with_run(found, seed, results.run, network)


# What a busy machine has cut short stays so for a while, and says after how many steps: each act would wait anew.
@lru_cache(maxsize=16)
def _train(
    network: Network, initialisation: str, runner: Runner, steps: int, noise: float, noise_kind: str, seed: int
) -> Seeds:
    starts = torch.stack([network.start(initialisation, one) for one in range(COUNT)])
    with turn_for(_predict_seconds(network, steps), give_way):
        deadline, noises = time.thread_time() + MOST_SECONDS, {"noise": noise, "noise_kind": noise_kind, "seed": seed}
        found = runner.descend_many(network, starts, steps, deadline, time.thread_time, **noises)
    is_over = torch.arange(found.steps + 1)[:, None] > found.steps_taken
    held_out = _held_out(network, found.parameters)
    return Seeds(
        _end(found.losses, is_over),
        None if held_out is None else _end(held_out, is_over),
        tuple(one.name for one in found.outcomes),
        bool((starts == starts[0]).all()),
    )


def _held_out(network: Network, parameters: Tensor) -> Tensor | None:
    """The losses on the points held out at parameters (..., P), if there are any such points."""
    if network.held_out is None:
        return None
    losses = along(parameters.flatten(0, -2), network.held_out.cost, network.held_out.loss)
    return losses.reshape(parameters.shape[:-1])


def _end(losses: Tensor, is_over: Tensor) -> Tensor:
    """Losses (steps + 1, K) as (K, steps + 1), with nothing after a run is over."""
    return losses.masked_fill(is_over | ~losses.isfinite(), math.nan).mT


def chosen_seed(state: NetworkState) -> int | None:
    """The seed that the selected runner begins with; None where its start is made of numbers."""
    return state.drawn.seed if state.runner.start is None or isinstance(state.runner.start, DrawnStart) else None


def _with_run(seeds: Seeds, seed: int, run: Trajectory, network: Network) -> Seeds:
    """The same with a run in the place of its seed's."""
    held_out = _held_out(network, run.parameters)
    return seeds._replace(
        losses=_put(seeds.losses, seed, run.losses),
        held_out=None if held_out is None or seeds.held_out is None else _put(seeds.held_out, seed, held_out),
        endings=(*seeds.endings[:seed], run.outcome.name, *seeds.endings[seed + 1 :]),
    )


def _put(losses: Tensor, seed: int, own: Tensor) -> Tensor:
    losses = losses.clone()
    losses[seed] = math.nan
    shared = own[: losses.shape[1]]
    losses[seed, : len(shared)] = shared.masked_fill(~shared.isfinite(), math.nan)
    return losses


# ---- What it comes to.


@dataclass(frozen=True)
class Tally:
    """What the seeds come to.

    Attributes:
        steps: after how many steps.
        level: half of what the best constant answer costs.
        ends: (COUNT,), the last losses; infinite where they have left the finite numbers.
        endings: how many seeds ended so, by the outcome's name.
        seed: the chosen one; None where the run begins at numbers.
        end: the last loss of its run.
        is_judged: whether it is known of each if it has converged: a network of many weights is too large for that.
    """

    steps: int
    level: float
    ends: Tensor
    endings: Counter[str]
    seed: int | None
    end: float
    is_judged: bool

    @property
    def learnt(self) -> int:
        """How many end below the level."""
        return int((self.ends < self.level).sum())

    @property
    def lower(self) -> int:
        """How many end lower than the chosen one."""
        return int((self.ends < self.end).sum())

    @property
    def name(self) -> str:
        """What the chosen run is called."""
        return "this run" if self.seed is None else f"seed {self.seed}"

    @property
    def sentence(self) -> str:
        """The main thing."""
        return (
            f"{self.learnt} of {COUNT} seeds end below {format_number(self.level)}, and {self.lower} lower than "
            f"{self.name}."
        )

    def rows(self) -> list[tuple[str, str]]:
        """All of it: what, and how much."""
        best, worst = int(self.ends.argmin()), int(self.ends.argmax())
        beyond = "" if self.seed is not None and self.seed < COUNT else ", none of them"
        return [
            (f"below {format_number(self.level)}, half of the best constant answer's", f"{self.learnt}"),
            *([("converged", f"{self.endings['CONVERGED']}")] if self.is_judged else []),
            ("diverged", f"{self.endings['DIVERGED']}"),
            (f"best: seed {best}", _say(self.ends[best])),
            (f"worst: seed {worst}", _say(self.ends[worst])),
            (f"chosen: {self.name}{beyond}", _say(self.end)),
            ("lower than that", f"{self.lower}"),
        ]


def _say(loss: SupportsFloat) -> str:
    return format_number(loss) if math.isfinite(float(loss)) else "not finite"


def tally(results: RaceResults, seeds: Seeds) -> Tally:
    """What the seeds come to, and where the selected run stands among them."""
    state = cast(NetworkState, results.state)
    end = float(results.run.losses[: seeds.steps + 1][-1])
    return Tally(
        seeds.steps,
        best_constant_loss(state.training.objective) / 2,
        seeds.losses[:, -1].nan_to_num(math.inf),
        Counter(seeds.endings),
        chosen_seed(state),
        end if math.isfinite(end) else math.inf,
        can_judge(state.training.objective),
    )


# ---- The picture.


class SeedParts(NamedTuple):
    """What the player is given of the seeds: a picture, a table and a sentence; nothing where nobody asks for them."""

    pictures: list[Panel]
    boards: list[Board]
    sentence: str


def seed_parts(results: RaceResults) -> SeedParts:
    """The spread of the losses, and what it comes to; where that can't be had, why."""
    if not cast(NetworkState, results.state).seeds:
        return SeedParts([], [], "")
    try:
        seeds = train_seeds(results)
    except InputError as error:
        return SeedParts([], [], f"No {COUNT} seeds: {error}.")
    counted = tally(results, seeds)
    return SeedParts([_picture(results, seeds, counted)], [_board(counted, seeds)], counted.sentence)


def _picture(results: RaceResults, seeds: Seeds, counted: Tally) -> Panel:
    state, run = cast(NetworkState, results.state), results.run
    slot = state.race.slots[results.selected]
    chosen = [RunPath(counted.name, RUNNERS[slot], SYMBOLS[slot], results.steps, results.long(run.losses))]
    spreads = [
        Spread(f"{COUNT} seeds", f"middle half of {COUNT} seeds", BACKGROUND, seeds.losses.numpy(), is_drawn=True)
    ]
    held_out = _held_out(state.training.objective, run.parameters)
    if held_out is not None and seeds.held_out is not None:
        chosen.append(RunPath("held out", HELD_OUT_LOSS, "square", results.steps, results.long(held_out)))
        spreads.append(Spread("", "", HELD_OUT_LOSS, seeds.held_out.numpy(), is_drawn=False))
    figure = spread_figure(gather_spread("loss", spreads, chosen, state.loss_axis))
    description = (
        f"The losses from {COUNT} starts against the step, a band around the middle half of them, and {counted.name} "
        "on top."
    )
    return Panel("seeds", "Seeds", figure, description, ending=counted.sentence, cell="lines")


def _board(counted: Tally, seeds: Seeds) -> Board:
    rows: list[list[Readout]] = [[[what], [Ending([value])]] for what, value in counted.rows()]
    if seeds.are_alike:
        rows.append([["all begin alike: this initialisation draws nothing"], [""]])
    heads: list[Readout] = [[f"{COUNT} seeds, after {format_count(counted.steps, 'step')}"], ["seeds or loss"]]
    told = "What the seeds come to."
    return Board("seeds_said", f"{COUNT} seeds", heads, rows, told, ending=counted.sentence, cell="board")
