"""The sharpness of a network's loss along a run, as far as it is asked for."""

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import numpy as np
import torch
from torch import Tensor

from playground.analysis.network_measures import pick_steps
from playground.analysis.sharpness import measure_sharpness, predict_seconds
from playground.engine.network import Network
from playground.figures import RunPath
from playground.figures.palette import BACKGROUND, RUNNERS, SYMBOLS
from playground.labs.network.state import NetworkState
from playground.labs.shared.race.lines import Lines
from playground.labs.shared.turns import give_way, turn_for
from playground.numerals import format_number
from playground.player import Panel

MOST_STEPS, LEAST_STEPS, FIRST_STEPS = 100, 10, 12
"""Steps of a run that are measured: at most, at least however long they take, and at most in a first picture."""

SECONDS = 2.0
"""What measuring may take, if more than ``LEAST_STEPS`` are measured."""


def measured_steps(network: Network, count: int, most: int = MOST_STEPS) -> Sequence[int]:
    """Which of so many points of a run are measured, evenly and within the time for it."""
    affordable = int(SECONDS / predict_seconds(network, 1))
    return pick_steps(count, max(min(most, affordable), min(most, LEAST_STEPS)))


def say_cost(state: NetworkState) -> str:
    """What the sharpness of the run costs, in words."""
    network, points = state.training.objective, state.race.steps + 1
    count = len(measured_steps(network, points))
    seconds = max(0.1, predict_seconds(network, count))
    measured = f"all {count}" if count == points else f"{count} of {points:,}"
    return f"Takes about {format_number(seconds, 1)} s for {measured} points of the run."


def sharpness_panels(lines: Lines) -> list[Panel]:
    """The sharpness of the selected runner's run beside 2/lr, against the step; nothing where nobody asks for it."""
    results = lines.results
    state = cast(NetworkState, results.state)
    if not state.sharpness:
        return []
    run, network = results.run, state.training.objective
    steps = measured_steps(network, len(run.losses), FIRST_STEPS if results.is_partial else MOST_STEPS)
    name = "2/lr, where SGD becomes unstable" if is_plain(state) else "2/lr"

    def paths() -> Sequence[RunPath]:
        values = _measure(network, run.parameters[steps].numpy().tobytes())
        between = torch.from_numpy(np.interp(np.arange(len(run.losses)), steps, values))
        edge = torch.where(run.learning_rates > 0, 2 / run.learning_rates, torch.nan)
        slot = state.race.slots[results.selected]
        return [
            RunPath(name, BACKGROUND, "diamond", results.steps, results.long(edge)),
            RunPath("λmax", RUNNERS[slot], SYMBOLS[slot], results.steps, results.long(between)),
        ]

    said = f"λmax of the loss's Hessian against the step, measured at {len(steps)} points of the run, beside {name}."
    return [lines.draw("sharpness", "Sharpness", "largest curvature", paths, "log", said)]


def is_plain(state: NetworkState) -> bool:
    """Whether the selected runner's steps are the learning rate times the gradient of all points, and no more."""
    runner = state.runner
    return runner.optimizer == "SGD" and not (runner.settings or runner.batch_size or state.race.noise)


@lru_cache(maxsize=32)
def _measure(network: Network, points: bytes) -> Tensor:
    """The sharpness at points (K, P) float64, which are given as they lie in memory."""
    theta = torch.frombuffer(bytearray(points), dtype=torch.float64)
    measured = theta.reshape(-1, len(network.parameters))
    with turn_for(predict_seconds(network, len(measured)), give_way):
        return measure_sharpness(network, measured)
