"""What the player's readouts say of a run, on every page."""

import torch

from playground.engine.descent import Trajectory
from playground.player import Column, Readout


def updates(run: Trajectory) -> tuple[dict[str, torch.Tensor], list[Readout]]:
    """Each parameter's update written out: the columns that it needs, and a line for each parameter."""
    plain, rates = _is_plain(run), run.learning_rates
    # Of a batch, or with noise, the optimizer was given another gradient than that of the loss.
    given = "" if torch.equal(run.step_gradients, run.gradients) else " given"
    columns = {"rate": rates}
    lines: list[Readout] = []
    constant = bool((rates == rates[0]).all())
    times: Readout = [f" − {rates[0]:g} · ("] if constant else [" − ", Column("rate"), " · ("]
    moves = run.parameters.diff(dim=0)
    for i, name in enumerate(run.names):
        columns[name] = run.parameters[:, i]
        columns[f"∂{name}"] = run.gradients[:, i]
        columns[f"∂{name} given"] = run.step_gradients[:, i]
        columns[f"Δ{name}"] = moves[:, i]
        change: Readout = [*times, Column(f"∂{name}{given}"), ")"] if plain else [" + (", Column(f"Δ{name}"), ")"]
        lines.append([f"{name} ← ", Column(name), *change, " = ", Column(name, ahead=1)])
    return columns, lines


def _is_plain(run: Trajectory) -> bool:
    """Whether every step was the learning rate times the gradient that it was given, as torch took it."""
    before, after = run.parameters[:-1], run.parameters[1:]
    steps = run.learning_rates[:-1, None] * run.step_gradients[:-1]
    # Relative to what is subtracted: where it cancels out, rounding is all that is left.
    same = (after - (before - steps)).abs() <= 1e-12 * (before.abs() + steps.abs())
    return bool((same | ~after.isfinite()).all())


def point(run: Trajectory, step: int) -> str:
    """Where a run is at a step, for a description."""
    return "(" + ", ".join(f"{value:.4g}" for value in run.parameters[step].tolist()) + ")"
