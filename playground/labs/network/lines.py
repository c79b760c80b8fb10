"""Lines of a network in training against the step: losses, accuracy, and how its layers learn."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from playground.analysis.network_measures import count_dead_units, measure_accuracy, measure_layers, measure_updates
from playground.engine.network import Network
from playground.figures import RunPath, part_paths
from playground.figures.loss_colours import Scale
from playground.figures.palette import BATCH_LOSS, HELD_OUT_LOSS
from playground.labs.network.pictures import layer_names, training_of
from playground.labs.network.sharpness import sharpness_panels
from playground.labs.shared.evaluate import along
from playground.labs.shared.race.lines import Lines
from playground.labs.shared.race.results import RaceResults
from playground.player import Panel


def line_panels(lines: Lines) -> list[Panel]:
    """All lines, in the order of their tabs."""
    results = lines.results
    network = training_of(results).objective
    panels = [lines.loss(_other_losses(results), above_least=False), *_accuracies(lines)]
    run = results.run
    panels.append(
        _by_layer(lines, "norms", "∇", "gradient's length", lambda: measure_layers(network, run.gradients), "log")
    )
    if len(run.losses) > 1:
        panels.append(
            _by_layer(lines, "ratios", "Updates", "update / weights", lambda: measure_updates(network, run), "log")
        )
    if network.activation == "relu" and len(network.widths) > 2:
        panels.append(
            _by_layer(
                lines,
                "dead",
                "Dead",
                "share of dead units",
                lambda: count_dead_units(network, run.parameters),
                "linear",
            )
        )
    return [*panels, *sharpness_panels(lines), lines.rates()]


def _other_losses(results: RaceResults) -> list[RunPath]:
    """The selected runner's losses on other points: of each batch, and of those held out."""
    run, held_out = results.run, training_of(results).objective.held_out
    found = []
    if run.batches is not None:
        # No step comes after the last: its loss is that of all points.
        found.append(RunPath("of the batch", BATCH_LOSS, "circle", results.steps, results.long(run.batch_losses)))
    if held_out:
        losses = along(run.parameters, held_out.cost, held_out.loss)
        found.append(RunPath("held out", HELD_OUT_LOSS, "square", results.steps, results.long(losses)))
    return found


def _accuracies(lines: Lines) -> list[Panel]:
    """The accuracy of each runner, and of the selected one on the points held out; nothing without classes."""
    results = lines.results
    network = training_of(results).objective
    if measure_accuracy(network, results.run.parameters[:1]) is None:
        return []
    told = "The share of points whose class is found against the step."
    return [lines.draw("accuracy", "Accuracy", "accuracy", lambda: _accuracy_paths(results), "linear", told)]


def _accuracy_paths(results: RaceResults) -> Sequence[RunPath]:
    network = training_of(results).objective
    found = [measure_accuracy(network, run.parameters) for run in results.runs]
    known = [results.long(one) for one in found if one is not None]
    paths = results.paths([results.steps] * len(known), known)
    held_out = measure_held_out(network, results.run.parameters)
    if held_out is not None:
        paths.append(RunPath("held out", HELD_OUT_LOSS, "square", results.steps, results.long(held_out)))
    return paths


def measure_held_out(network: Network, theta: Tensor) -> Tensor | None:
    """The accuracy on the points held out, where there are some and they have classes."""
    return measure_accuracy(network.held_out, theta) if network.held_out else None


def _by_layer(lines: Lines, name: str, tab: str, title: str, measure: Callable[[], Tensor], scale: Scale) -> Panel:
    """A line for each layer of the selected runner's network, of what is measured: (steps or steps + 1, layers)."""

    def paths() -> Sequence[RunPath]:
        return _layer_paths(lines.results, measure())

    return lines.draw(name, tab, title, paths, scale, f"{title} of each layer against the step.")


def _layer_paths(results: RaceResults, values: Tensor) -> Sequence[RunPath]:
    if len(values) < len(results.run.losses):  # no step comes after the last
        values = torch.cat([values, torch.full_like(values[:1], torch.nan)])
    names = layer_names(training_of(results).objective)[: values.shape[1]]
    columns = [results.long(values[:, place]) for place in range(values.shape[1])]
    return part_paths(results.steps, columns, names)
