"""One step of training, slowly: what the player shows of a walk forward, backward, and through the updates."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from playground.analysis.backprop_walk import BackpropWalk, WalkStep, walk_backprop
from playground.figures import backprop_figure, gather_backprop
from playground.labs.network.state import NetworkState
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.view import View
from playground.numerals import format_number
from playground.player import Board, Panel, Readout, Words

SPEED = 1
"""Steps a second: each is to be read."""


class Line(NamedTuple):
    """A line of the calculation: of what, the calculation written out, and what it comes to."""

    what: str
    written: str
    result: str


def walk_of(results: RaceResults) -> BackpropWalk:
    """The step that the state asks for, at the point that the selected run has reached."""
    state, run = cast(NetworkState, results.state), results.run
    theta = run.parameters[min(state.walk_from, run.steps)]
    runner = state.runner
    return walk_backprop(state.training.objective, state.walk_point - 1, theta, runner)


def walk_view(results: RaceResults) -> View:
    """The view of one step."""
    state, walk = cast(NetworkState, results.state), walk_of(results)
    steps, names = walk.steps, state.training.inputs
    lines = [_line(walk, names, step) for step in steps]
    at = np.arange(len(steps))
    columns: dict[str, ArrayLike] = {"at": at, "loss": np.full(len(steps), walk.loss)}
    rows: list[list[Readout]] = []
    for i, (what, written, result) in enumerate(lines):
        columns[f"known {i}"] = (at >= i).astype(np.uint8)
        rows.append([[what], [Words(f"known {i}", ("", written))], [Words(f"known {i}", ("", result))]])
    shape = "-".join(map(str, walk.network.widths))
    panels: list[Panel | Board] = [
        Panel(
            "walk",
            "One step, slowly",
            backprop_figure(gather_backprop(walk, names)),
            f"The network {shape} with each unit's sum z, output a and δ, as they are known at the cursor",
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
    readouts: list[Readout] = [[Words("at", tuple(_say(step) for step in steps))]]
    name = state.runner.optimizer
    status = f"The step is taken, as the first one of {name}: the loss on this point was {format_number(walk.loss)}."
    notes = ["Step forward: values go up, δ comes back down, and then the weights change."] * (len(steps) - 1) + [""]
    return View(
        panels=panels,
        columns=columns,
        readouts=readouts,
        status=status,
        notes=notes,
        speed=SPEED,
        subject=f"one step of {shape}",
    )


def _line(walk: BackpropWalk, names: Sequence[str], step: WalkStep) -> Line:
    """What is calculated at a step."""
    if step.phase == "inputs":
        given = ", ".join(
            f"{name} = {format_number(one)}" for name, one in zip(names, walk.network.x[0].tolist(), strict=True)
        )
        return Line("the point", given, f"y = {format_number(walk.network.y[0])}")
    if step.phase == "loss":
        said = ", ".join(map(format_number, walk.flow[-1].outputs[0, 0].tolist()))
        return Line("loss", f"{walk.network.loss_name}(ŷ = {said}, y)", format_number(walk.loss))
    write = {"forward": _forward, "delta": _delta, "gradient": _gradient, "update": _update}[step.phase]
    return Line(_name(step), *write(walk, step))


def _name(step: WalkStep) -> str:
    unit = f"layer {2 * step.layer}, unit {step.unit}"
    return {"delta": "δ of ", "gradient": "∇ of ", "update": "update of "}.get(step.phase, "") + unit


def _forward(walk: BackpropWalk, step: WalkStep) -> tuple[str, str]:
    flow = walk.flow[step.layer]
    weight, bias = walk.network.split(walk.theta)[step.layer]
    total, output = flow.sums[0, 0, step.unit], flow.outputs[0, 0, step.unit]
    products = _products(weight[step.unit].tolist(), flow.inputs[0, 0].tolist())
    written = f"{products} + {_bracket(float(bias[step.unit]))}"
    if step.layer == len(walk.flow) - 1:
        return written, f"ŷ = {format_number(output)}"
    return written, f"z = {format_number(total)}, a = {walk.network.activation}(z) = {format_number(output)}"


def _delta(walk: BackpropWalk, step: WalkStep) -> tuple[str, str]:
    delta = format_number(walk.flow[step.layer].deltas[0, 0, step.unit])
    if step.layer == len(walk.flow) - 1:
        return "∂loss/∂ŷ, by backward()", f"δ = {delta}"
    weight, _ = walk.network.split(walk.theta)[step.layer + 1]
    above = walk.flow[step.layer + 1].deltas[0, 0]
    slope = format_number(walk.slopes[step.layer][step.unit])
    back = _products(weight[:, step.unit].tolist(), above.tolist())
    return f"({back}) · {slope}, the slope of {walk.network.activation} at z", f"δ = {delta}"


def _gradient(walk: BackpropWalk, step: WalkStep) -> tuple[str, str]:
    flow = walk.flow[step.layer]
    delta = _bracket(float(flow.deltas[0, 0, step.unit]))
    products = ", ".join(f"{delta} · {_bracket(one)}" for one in flow.inputs[0, 0].tolist())
    return f"{products}; bias: δ", _listed(walk, walk.gradient, step)


def _update(walk: BackpropWalk, step: WalkStep) -> tuple[str, str]:
    return f"{_listed(walk, walk.theta, step)}, which become", _listed(walk, walk.after, step)


def _listed(walk: BackpropWalk, values: Tensor, step: WalkStep) -> str:
    """Of values (P,) those of a unit's weights and of its bias."""
    weight, bias = walk.network.split(values)[step.layer]
    weights = ", ".join(format_number(one, 3) for one in weight[step.unit].tolist())
    return f"{weights}; bias {format_number(bias[step.unit], 3)}"


def _products(weights: Iterable[float], values: Iterable[float]) -> str:
    return " + ".join(f"{_bracket(one)} · {_bracket(other)}" for one, other in zip(weights, values, strict=True))


def _bracket(value: float) -> str:
    """A number as a factor: a negative one in brackets."""
    text = format_number(value, 3)
    return f"({text})" if text.startswith("−") else text


def _say(step: WalkStep) -> str:
    """What happens at a step, in a sentence."""
    unit = f"unit {step.unit} of layer {2 * step.layer}"
    return {
        "inputs": "The point is given.",
        "forward": f"Forward: {unit} adds up what comes in, each times its weight, and its bias.",
        "loss": "The loss compares what the network says with y.",
        "delta": f"Backward: δ of {unit} says how the loss changes with its sum.",
        "gradient": f"Backward: the gradient of each weight of {unit} is its δ times what came in.",
        "update": f"Update: the optimizer moves the weights of {unit} by their gradients.",
    }[step.phase]
