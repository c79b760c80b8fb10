"""The training loop, line by line: the code, the tensors, and the pictures of where it goes."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from playground.analysis.fit_statistics import data_gradients
from playground.analysis.frames import frame_points
from playground.analysis.minima import least_squares
from playground.analysis.probe import FARTHEST
from playground.analysis.tensor_format import format_tensor
from playground.analysis.training_loop import LoopRun, run_loop
from playground.engine.fit import Fit
from playground.engine.objectives import Objective
from playground.figures import (
    gather_lines,
    gather_loop_curve,
    gather_loop_data,
    gather_loop_path,
    lines_figure,
    loop_curve_figure,
    loop_data_figure,
    loop_path_figure,
    run_paths,
)
from playground.labs.gradient.panels import CURVE_POINTS, GradientView, surface_over
from playground.labs.gradient.state import GradientState, tutorial_fit
from playground.numerals import format_decimals, format_number
from playground.player import Board, Column, Drawing, Panel, Readout, Words

SEEN_IN_DATA = " The tab Data shows, as arrows, which way each point would have to move."


def loop_view(state: GradientState) -> GradientView:
    """The loop, one line of it at a time."""
    objective = state.objective
    run = run_loop(objective, state.start, lr=state.lr, epochs=state.epochs, style=state.style, mistakes=state.mistakes)
    says = [*(line.explanation for line in run.lines), "This line fails, and the loop ends here."]
    said = run.line_indices.clone()
    if run.error:
        said[-1] = len(run.lines)
    columns: dict[str, ArrayLike] = {
        "loss": run.losses,
        "line": run.line_indices,
        "says": said,
        "epoch": run.epochs + 1,
        "begun": run.epochs >= 0,
    }
    rows: list[list[Readout]] = []
    for name in run.names:
        value, gradient = _texts(run.values[name], "not yet"), _texts(run.gradients[name], "None")
        columns[f"{name} value"], columns[f"{name} grad"] = value[0], gradient[0]
        rows.append([[name], [Words(f"{name} value", value[1])], [Words(f"{name} grad", gradient[1])]])
    code = Board(
        "code",
        "The loop, line by line",
        [],
        [[[line.code]] for line in run.lines],
        "The training loop as code; the line that was just run is highlighted",
        current="line",
        code=True,
        tall=True,
        cell="picture",
    )
    tensors = Board(
        "tensors",
        "Tensors",
        [["tensor"], ["value"], [".grad"]],
        rows,
        "The value and the gradient of every tensor after the line at the cursor",
        cell="numbers",
    )
    panels: list[Panel | Board] = [code, tensors, *_loop_pictures(objective, run, state)]
    epochs = ("before the loop", *(f"epoch {epoch}" for epoch in range(int(run.epochs[-1]) + 1)))
    readouts: list[Readout] = [
        [Words("says", tuple(says))],
        [
            Words("epoch", epochs),
            Words("begun", ("   loss where the parameters start ", "   loss at the parameters as they are now ")),
            Column("loss"),
        ],
    ]
    status = f"{run.error.rstrip('.')}. {run.explanation}" if run.error else _end(run, state)
    return GradientView(
        panels=panels, columns=columns, readouts=readouts, status=status, alarming=bool(run.error), leap="epoch"
    )


def _texts(states: Sequence[Tensor | None], missing: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which of the different texts stands after each line, and the texts."""
    numbers: dict[str, int] = {}
    # A tensor that hasn't changed is the same object, and writing one down takes a while.
    known: dict[int, int] = {}
    which = []
    for one in states:
        if id(one) not in known:
            text = missing if one is None else format_tensor(one)
            known[id(one)] = numbers.setdefault(text, len(numbers))
        which.append(known[id(one)])
    return np.array(which), tuple(numbers)


def _end(run: LoopRun, state: GradientState) -> str:
    """Where the loop ended."""
    is_whole = int(run.line_indices[-1]) == len(run.lines) - 1 and int(run.epochs[-1]) >= 0
    done = max(0, int(run.epochs[-1])) + is_whole
    at = ", ".join(
        f"{name} = {format_decimals(value)}"
        for name, value in zip(_names_in_loop(state), run.parameters[-1].tolist(), strict=True)
    )
    cut = "" if done == state.epochs else "Stopped, since it took too long. "
    loss = float(run.losses[-1])
    why = "" if math.isfinite(loss) else _why(run)
    mistaken = f" {run.explanation}{SEEN_IN_DATA * _asks_of_the_data(state)}" if run.explanation else ""
    return f"{cut}After {done} epochs {at}, and the loss there is {format_number(loss)}.{why}{mistaken}"


def _asks_of_the_data(state: GradientState) -> bool:
    """Whether the data get gradients too."""
    return state.is_on_data and "data_requires_grad" in state.mistakes


def _names_in_loop(state: GradientState) -> tuple[str, ...]:
    """The parameters' names, a vector's as the page writes them."""
    return state.objective.parameters if state.is_on_data else state.probe.components


def _why(run: LoopRun) -> str:
    """Why a loop ended where the loss is no finite number."""
    if not run.losses[0].isfinite():
        return " The loss has no finite value at the start: choose another."
    first = [next((one for one in run.gradients[name] if one is not None), None) for name in run.names]
    if not all(one.isfinite().all() for one in first if one is not None):
        return " The gradient isn't finite at the start: choose another."
    return " The steps outgrew what numbers hold, or left the domain: try a smaller rate."


def _loop_pictures(objective: Objective, run: LoopRun, state: GradientState) -> list[Panel | Board]:
    names = _names_in_loop(state)
    pictures: list[Panel | Board] = []
    if len(names) == 2:
        pictures.append(_path_panel(objective, run, names))
    elif len(names) == 1:
        pictures.append(_curve_panel(objective, run, names[0]))
    if state.is_on_data:
        pictures.append(_loop_data(tutorial_fit(), run, state))
    # In parts of an epoch: the lines before the loop stand at its beginning.
    inside = (run.epochs >= 0).cumsum(0).numpy()
    epochs = inside / max(1, inside[-1]) * (int(run.epochs[-1]) + 1)
    paths = run_paths([epochs], [run.losses.numpy()], ["loss"])
    losses = Panel(
        "losses",
        "Loss",
        lambda: lines_figure(gather_lines("loss", paths, "log", x_title="epoch")),
        "The loss against the epochs",
        cell="all",
    )
    return [*pictures, losses]


def _usable_points(run: LoopRun) -> Tensor:
    """The points (K, P) of the path that are no higher than its start: it may leave the picture, never flatten it."""
    path = run.parameters
    usable = (path.abs() <= FARTHEST).all(-1) & run.losses.isfinite() & (run.losses <= run.losses[0])
    usable[0] = True
    return path[usable]


def _path_panel(objective: Objective, run: LoopRun, names: Sequence[str]) -> Panel:
    points, minimum = _usable_points(run), least_squares(objective)
    if minimum is not None:  # where it leads to is to be seen as well
        points = torch.cat([points, minimum[None]])
    surface = surface_over(objective, frame_points(points, padding=0.25))
    return Panel(
        "path",
        f"Path of {names[0]} and {names[1]}",
        loop_path_figure(gather_loop_path(replace(surface, names=(names[0], names[1])), run.parameters.numpy())),
        "Contours of the loss with the path of the parameters, up to the cursor",
        cell="all",
        tab="Path",
    )


def _curve_panel(objective: Objective, run: LoopRun, name: str) -> Panel:
    reach = max(1.5, 1.4 * float(_usable_points(run).abs().max()))
    x = torch.linspace(-reach, reach, CURVE_POINTS, dtype=torch.float64)
    with torch.no_grad():
        y = objective.loss(x[:, None])
    path = run.parameters[:, 0]
    return Panel(
        "path",
        f"Path of {name}",
        loop_curve_figure(gather_loop_curve(name, x.numpy(), y.numpy(), path.numpy(), run.losses.numpy())),
        "The loss with the path of the parameter over it, up to the cursor",
        cell="all",
        tab="Path",
    )


def _loop_data(fit: Fit, run: LoopRun, state: GradientState) -> Panel:
    arrows = "; arrows point where each point would have to move to lower the loss" if _asks_of_the_data(state) else ""
    return Panel(
        "data",
        "Data",
        partial(_data_at_line, fit, run, state),
        f"{len(fit.x)} data points and the model at the line at the cursor{arrows}",
        cell="all",
    )


def _data_at_line(fit: Fit, run: LoopRun, state: GradientState) -> Drawing:
    x, y = fit.x, fit.y
    low, high = float(x.min()), float(x.max())
    air = 0.25 * (high - low)
    grid = torch.linspace(low - air, high + air, 61, dtype=torch.float64)
    with torch.no_grad():
        predictions = fit.predict(run.parameters, grid)
    moves = None
    if _asks_of_the_data(state):
        moves = -torch.stack(data_gradients(fit, run.parameters), -1).numpy()
    return loop_data_figure(gather_loop_data(x.numpy(), y.numpy(), grid.numpy(), predictions.numpy(), moves))
