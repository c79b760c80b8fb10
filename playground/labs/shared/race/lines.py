"""The lines of a race against the step: losses, learning rates, parameters, distances."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import torch
from torch import Tensor

from playground.figures import LinesNumbers, RunPath, Scale, gather_lines, lines_figure, part_paths
from playground.labs.shared.race.results import RaceResults
from playground.numerals import format_number
from playground.player import Board, Drawing, Panel

LOSS = "loss"
"""The name of the panel of the losses."""


@dataclass
class Lines:
    """Panels of lines against the step.

    Attributes:
        results: of the race.
        cell: where the panels stand.
        kept: axes that stay, by their panels' names; axes: those of the lines that were drawn.
    """

    results: RaceResults
    cell: str
    kept: Mapping[str, LinesNumbers]
    axes: dict[str, LinesNumbers] = field(default_factory=dict)

    def loss(self, more: Sequence[RunPath] = (), *, above_least: bool = True) -> Panel:
        """The losses.

        Args:
            more: other losses of the selected runner.
            above_least: whether on a logarithmic axis the least loss is taken off, where it is known.
        """
        scale = self.results.state.loss_axis
        title, losses = _losses(self.results, above_least=above_least and scale == "log")
        panel = self._panel(LOSS, "Loss", title, losses, scale, more).drawn()
        # Where it can't be logarithmic there is nothing to choose.
        return panel if scale != self.axes[LOSS].scale else replace(panel, scale=scale)

    def rates(self) -> Panel:
        """The learning rates."""
        return self._panel("rate", "Rate", "learning rate", [run.learning_rates for run in self.results.runs])

    def distances(self) -> list[Panel]:
        """The distances to the nearest known minimum, if one is known."""
        away = self.results.table.distances
        return [] if away is None else [self._panel("distance", "Distance", "distance to the minimum", [*away], "log")]

    def parameters(self) -> list[Panel]:
        """One or two parameters of all runners, or all of the selected one's."""
        names = self.results.names
        if len(names) <= 2:
            return [
                self._panel(f"steps_{name}", name, name, [run.parameters[:, i] for run in self.results.runs])
                for i, name in enumerate(names)
            ]
        description = f"The parameters of {self.results.labels[self.results.selected]} against the step."
        return [self.draw("steps", "Parameters", "parameters", self._paths_of_parameters, "linear", description)]

    def _paths_of_parameters(self) -> Sequence[RunPath]:
        names, run = self.results.names, self.results.run
        return part_paths(self.results.steps, [self.results.long(one) for one in run.parameters.mT], names)

    def _panel(
        self,
        name: str,
        tab: str,
        title: str,
        values: Sequence[Tensor],
        scale: Scale = "linear",
        more: Sequence[RunPath] = (),
    ) -> Panel:
        def paths() -> Sequence[RunPath]:
            steps, results = [self.results.steps] * len(values), self.results
            return [*results.paths(steps, [results.long(one) for one in values]), *more]

        runners = f"{len(values)} runners" if len(values) > 1 else self.results.labels[0]
        description = f"{title[0].upper()}{title[1:]} of {runners} against the step."
        return self.draw(name, tab, title, paths, scale, description, is_named=bool(more))

    def draw(
        self,
        name: str,
        tab: str,
        title: str,
        paths: Callable[[], Sequence[RunPath]],
        scale: Scale,
        description: str,
        *,
        is_named: bool = True,
    ) -> Panel:
        """A panel of any lines, on the axes that are kept for it, if there are some.

        Args:
            name, tab: the panel's; title: what stands at the axis; description: for those who don't see it.
            paths: makes the lines; scale: of the axis; is_named: whether a legend names them.
        """
        figure = partial(self._figure, name, title, paths, scale, is_named)
        return Panel(name, tab, figure, description, seekable=True, cell=self.cell)

    def _figure(
        self, name: str, title: str, paths: Callable[[], Sequence[RunPath]], scale: Scale, is_named: bool
    ) -> Drawing:
        kept = self.kept.get(name)
        if kept is not None and kept.title == title:
            numbers = kept._replace(paths=[*paths()])
        else:
            numbers = gather_lines(title, [*paths()], scale, is_named=is_named)
        self.axes[name] = numbers._replace(paths=[])
        return lines_figure(numbers)


def line_panels(lines: Lines, loss: Panel) -> list[Panel | Board]:
    """All lines of a race over two or more parameters, in the order of their tabs."""
    return [loss, lines.rates(), *lines.parameters(), *lines.distances()]


def _losses(results: RaceResults, *, above_least: bool) -> tuple[str, list[Tensor]]:
    """What stands at the axis, and the losses, or those above the least one where that is asked for and known."""
    least = results.known.loss if results.known is not None and above_least else 0.0
    if abs(least) <= 1e-12 * max(abs(float(run.losses[0])) for run in results.runs):
        least = 0.0  # a minimum that was computed, and is 0 to rounding
    above = [run.losses - least for run in results.runs]
    # The least loss is known to rounding: what is below it by no more lies on it.
    above = [torch.where(one.abs() <= 1e-12 * max(1.0, abs(least)), 0.0, one) for one in above]
    if not least or any(bool((one < 0).any()) for one in above):
        return "loss", [run.losses for run in results.runs]
    said = format_number(least)
    return f"loss − ({said})" if least < 0 else f"loss − {said}", above
