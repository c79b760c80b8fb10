"""The pictures of a fit: the data with the model, each point's residual and its part in the gradient."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from playground.analysis.frames import frame_run
from playground.analysis.landscape import loss_surface
from playground.analysis.minima import least_squares
from playground.figures import (
    contour_figure,
    count_drawn,
    data_figure,
    gather_contours,
    gather_contributions,
    gather_data,
    gather_residuals,
    run_paths,
    stems_figure,
)
from playground.labs.fit.facts import Facts, regression_of
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.view import Range
from playground.numerals import format_number
from playground.player import Drawing, Panel

GIVEN_POINTS = 61
"""Along each side of the surface for x as given."""


def data_panels(results: RaceResults, kept: tuple[Range, Range] | None) -> tuple[list[Panel], tuple[Range, Range]]:
    """The pictures of the data, and the axes of the first, which stay if they were ``kept``."""
    regression = regression_of(results)
    fit = regression.objective
    paths = [torch.as_tensor(results.long(run.parameters)) for run in results.runs]
    names = ["model"] if len(paths) == 1 else results.labels
    numbers = gather_data(
        fit,
        paths,
        results.selected,
        names=names,
        slots=results.state.race.slots,
        points=regression.points,
        batches=results.run.batches,
        kept=kept,
    )
    data = Panel(
        "data",
        count_drawn("Data and model", len(numbers.x), len(regression.points)),
        data_figure(numbers),
        f"{len(regression.points)} data points, the model's curve and the residuals at the cursor's step. "
        "A click adds a point, a drag moves one.",
        editable=numbers.editable,
        cell="data",
        tab="Data",
    )
    path = results.run.parameters
    panels = [
        data,
        Panel(
            "residuals",
            "Residuals",
            lambda: stems_figure(gather_residuals(fit, path)),
            "What each target is above the model at the cursor's step.",
            cell="data",
            tab="Residuals",
        ),
        Panel(
            "pulls",
            "Each point's part in the gradient",
            lambda: stems_figure(gather_contributions(fit, path, results.names)),
            "What each point has in the derivative of the loss by each parameter, at the cursor's step.",
            cell="data",
            tab="Contributions",
        ),
    ]
    return panels, (numbers.x_range, numbers.y_range)


def given_panel(results: RaceResults, facts: Facts) -> Panel | None:
    """The same run over the parameters for x as given, where they can be told at each step."""
    back = facts.back
    if back is None or len(results.names) != 2:
        return None
    kappa = f": κ = {format_number(facts.conditions[0])}" if facts.conditions else ""
    return Panel(
        "given",
        f"The same run for x as given{kappa}",
        partial(_given, results, back),
        "Contours of the loss over the parameters for x as given, with the same run mapped back.",
        cell="contours",
        tab=f"x as given{kappa}",
    )


def _given(results: RaceResults, back: Tensor) -> Drawing:
    plain = regression_of(results).objective.without_standardising()
    run = replace(results.run, parameters=back, gradients=plain.gradient(back))
    exact = least_squares(plain)
    x_name, y_name = results.names
    x_range, y_range = frame_run(run, (x_name, y_name), exact, 1.9)
    surface = loss_surface(plain, (x_name, *x_range, GIVEN_POINTS), (y_name, *y_range, GIVEN_POINTS))
    slot = results.state.race.slots[results.selected]
    paths = run_paths([back[:, 0].numpy()], [back[:, 1].numpy()], [results.labels[results.selected]], [slot])
    minima = np.zeros((0, 2)) if exact is None else exact[None].numpy()
    return contour_figure(gather_contours([surface], paths, 0, run.gradients.numpy(), minima, scale=results.colours))
