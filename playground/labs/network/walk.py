"""One step of training, slowly: what the player shows of a walk forward, backward, and through the updates."""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from playground.analysis.backprop_walk import BackpropWalk, walk_backprop
from playground.figures import backprop_figure, gather_backprop
from playground.labs.network.state import WALKS, NetworkState
from playground.labs.network.walk_lines import say_step, write_line
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.view import count_numbers, is_final
from playground.labs.shared.view import View
from playground.numerals import format_number
from playground.player import Board, Panel, Readout, Words

SPEED = 1
"""Steps a second: each is to be read."""


def walk_of(results: RaceResults) -> BackpropWalk:
    """The step that the state asks for, from where the selected run is after so many steps."""
    state, run = cast(NetworkState, results.state), results.run
    theta = run.parameters[min(state.walk_from, run.steps)]
    point = state.walk_point - 1 if state.walk_over == WALKS[0] else None
    return walk_backprop(state.training.objective, point, theta, state.runner)


def walk_view(results: RaceResults) -> View:
    """The view of one step."""
    state, walk = cast(NetworkState, results.state), walk_of(results)
    steps, names = walk.steps, state.training.inputs
    lines = [write_line(walk, names, step) for step in steps]
    at = np.arange(len(steps))
    columns: dict[str, ArrayLike] = {"at": at, "loss": np.full(len(steps), walk.loss)}
    rows: list[list[Readout]] = []
    for i, (what, written, result) in enumerate(lines):
        columns[f"known {i}"] = (at >= i).astype(np.uint8)
        rows.append([[what], [Words(f"known {i}", ("", written))], [Words(f"known {i}", ("", result))]])
    shape = "-".join(map(str, walk.network.widths))
    on = "this point" if walk.count == 1 else f"all {walk.count:,} points"
    means = "" if walk.count == 1 else f": means over {on}"
    panels: list[Panel | Board] = [
        Panel(
            "walk",
            f"One step, slowly{means}",
            backprop_figure(gather_backprop(walk, names)),
            f"The network {shape} with each unit's sum z, output a and δ{means}, as they are known at the cursor",
            tall=True,
            cell="picture",
        ),
        Board(
            "calculation",
            "Calculation",
            [["of"], ["written out"], ["is"]],
            rows,
            "Each step's calculation with its numbers, as torch has them",
            current="at",
            tall=True,
            cell="numbers",
        ),
    ]
    readouts: list[Readout] = [[Words("at", tuple(say_step(walk, step) for step in steps))]]
    name = state.runner.optimizer
    status = f"The step is taken, as the first one of {name}: the loss on {on} was {format_number(walk.loss)}."
    notes = ["Step through it: values go forward, δ comes back, and then the weights change."] * (len(steps) - 1) + [""]
    return View(
        panels=panels,
        columns=columns,
        readouts=readouts,
        status=status,
        notes=notes,
        speed=SPEED,
        subject=f"one step of {shape} on {on}",
        aside=True,
        is_final=is_final(results),
        size=count_numbers(results),
    )
