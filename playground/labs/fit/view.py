"""What the player shows of a fit beside its race: the data, and what can be said of them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from playground.analysis.curvature import curvature
from playground.analysis.fit_statistics import (
    jacobian,
    r_squared,
    search_unstandardised,
    standard_errors,
    unstandardise,
)
from playground.analysis.landscape import frame_run, loss_surface
from playground.analysis.minima import least_squares
from playground.engine.fit import Fit
from playground.figures import (
    contour_figure,
    data_figure,
    gather_contours,
    gather_contributions,
    gather_data,
    gather_residuals,
    stems_figure,
)
from playground.figures.data import Range
from playground.labs.shared.scenario import Regression
from playground.labs.shared.shown import Shown, swatch
from playground.player import Board, Column, Panel, Readout

AT_ONCE = 2_000_000
"""Predictions in memory at once: of many points not the whole run's."""

MOST_NUMBERS = 40_000
"""Of the Jacobian along a run: of a long run with many points the first points' are sent."""

MOST_ROWS = 40
"""Of the Jacobian's table."""

GIVEN_POINTS = 61
"""Along each side of the surface for x as given."""


def fit_of(shown: Shown) -> Fit | None:
    """The fit that is raced on, if it is one."""
    objective = shown.race.objective
    return objective if isinstance(objective, Fit) else None


def data_panels(shown: Shown, fit: Fit, kept: tuple[Range, Range] | None) -> tuple[list[Panel], tuple[Range, Range]]:
    """The pictures of the data, and the axes of the first, which stay if they were ``kept``."""
    regression = shown.race.function
    assert isinstance(regression, Regression)
    paths = [torch.as_tensor(shown.long(run.parameters)) for run in shown.runs]
    names = ["model"] if len(paths) == 1 else shown.labels
    batches = shown.at.batches
    numbers = gather_data(fit, paths, shown.selected, names=names, points=regression.points, batches=batches, kept=kept)
    data = Panel(
        "data",
        _counted("Data and model", len(numbers.x), len(regression.points)),
        data_figure(numbers),
        f"{len(regression.points)} data points, the model's curve and the residuals at the cursor's step. "
        "A click adds a point, a drag moves one.",
        editable=numbers.editable,
        cell="data",
        tab="Data",
    )
    path = shown.at.parameters
    residuals, parts = gather_residuals(fit, path), gather_contributions(fit, path, shown.names)
    panels = [
        data,
        Panel(
            "residuals",
            _counted("Residuals", residuals.shown, residuals.of),
            stems_figure(residuals),
            "What each target is above the model at the cursor's step.",
            cell="data",
            tab="Residuals",
        ),
        Panel(
            "pulls",
            _counted("Each point's part in the gradient", parts.shown, parts.of),
            stems_figure(parts),
            "What each point has in the derivative of the loss by each parameter, at the cursor's step.",
            cell="data",
            tab="Pulls",
        ),
    ]
    return panels, (numbers.x_range, numbers.y_range)


def _counted(title: str, shown: int, of: int) -> str:
    return title if shown == of else f"{title} ({shown:,} of {of:,} points)"


def along(path: Tensor, cost: int, measure: Callable[[Tensor], Tensor]) -> Tensor:
    """``measure`` of each point of a path (steps + 1, P), some at once where each costs so many numbers."""
    with torch.no_grad():
        return torch.cat([measure(part) for part in path.split(max(1, AT_ONCE // cost))])


class Facts(NamedTuple):
    """What is known of a fit beside its runs.

    Attributes:
        exact: (P,), the exact least squares, or None.
        errors: (P,), the standard errors there or else at the end of the selected run, or None.
        back: (steps + 1, P), the selected run's parameters for x as given, of a fit to standardised x; or None.
        end: (P,), the last of them; also of a model that isn't linear, where they can be found; or None.
        conditions: the condition numbers for x as given and standardised, at the exact minima, or else of
            standardised x where the run ends; or None.
    """

    exact: Tensor | None
    errors: Tensor | None
    back: Tensor | None
    end: Tensor | None
    conditions: tuple[float, float] | None


def facts_of(shown: Shown, fit: Fit) -> Facts:
    """What is known of the fit that is raced on."""
    regression, last = shown.race.function, shown.at.parameters[-1]
    assert isinstance(regression, Regression)
    exact, back, end = exact_of(regression), None, None
    if fit.is_standardised:
        back = unstandardise(fit, shown.at.parameters)
        end = search_unstandardised(fit, last) if back is None else back[-1]
    conditions = _conditions_of(regression)
    if conditions is None and end is not None:
        conditions = _condition(fit.without_standardising(), end), _condition(fit, last)
    errors = standard_errors(fit, last if exact is None else exact)
    return Facts(exact, errors, back, end, conditions)


@lru_cache(maxsize=8)
def exact_of(regression: Regression) -> Tensor | None:
    """The exact least squares (P,), where there are any."""
    return least_squares(regression.objective)


@lru_cache(maxsize=8)
def _conditions_of(regression: Regression) -> tuple[float, float] | None:
    """The condition number at the exact minimum, for x as given and standardised; None where that isn't known."""
    fit = regression.objective
    if exact_of(regression) is None or float(fit.x.min()) == float(fit.x.max()):
        return None
    both = fit.without_standardising(), fit.with_standardising()
    exact = [least_squares(one) for one in both]
    found = [_condition(one, at) for one, at in zip(both, exact, strict=True) if at is not None]
    return (found[0], found[1]) if len(found) == 2 else None


def _condition(fit: Fit, at: Tensor) -> float:
    return float(curvature(fit, at[None]).condition)


def fit_columns(shown: Shown, fit: Fit, facts: Facts) -> dict[str, Tensor]:
    """What the boards and the bar say of a fit, along the selected run."""
    path = shown.at.parameters
    columns = {}
    if not fit.predicts_logits:
        columns["R²"] = along(path, len(fit.x), lambda part: r_squared(fit, part))
    if fit.held_out:
        held = fit.held_out
        columns["held out"] = along(path, len(held.x), held.loss)
    if shown.at.batches is not None:
        # No batch comes after the last step.
        columns["batch loss"] = shown.at.batch_losses[:-1]
        an_epoch = math.ceil(len(fit.x) / shown.at.batches.shape[1])
        columns["epoch"] = torch.arange(shown.at.steps).div(an_epoch, rounding_mode="floor") + 1
    if facts.back is not None:
        columns |= {f"given {name}": facts.back[:, i] for i, name in enumerate(shown.names)}
    count = _rows_of_jacobian(shown, fit)
    part = fit.batch(torch.arange(count))
    slopes = jacobian(part, path)
    with torch.no_grad():
        errors = part.predict(path, part.x) - part.y
    for i in range(count):
        columns[f"error {i}"] = errors[:, i]
        columns |= {f"slope {i} {j}": slopes[:, i, j] for j in range(len(shown.names))}
    return columns


def fit_boards(shown: Shown, fit: Fit, facts: Facts, columns: dict[str, Tensor]) -> list[Board]:
    """The table of the parameters and of how good the fit is, the residuals' Jacobian, and of standardised x why."""
    boards = [_fit_board(shown, fit, facts, columns), _jacobian_board(shown, fit)]
    return [*boards, _scaling_board(shown, fit, facts)] if fit.is_standardised else boards


def _fit_board(shown: Shown, fit: Fit, facts: Facts, columns: dict[str, Tensor]) -> Board:
    exact, errors = facts.exact, facts.errors
    mapped = f"given {shown.names[0]}" in columns
    heads: list[Readout] = [[swatch(shown.selected), "parameter"], ["at the cursor"]]
    heads += [["exact minimum"]] if exact is not None else []
    heads += [["± std. error"]] if errors is not None else []
    heads += [["for x as given"]] if mapped else []
    rows: list[Sequence[Readout]] = []
    for i, name in enumerate(shown.names):
        row: list[Readout] = [[name], [Column(name)]]
        row += [[f"{float(exact[i]):.6g}"]] if exact is not None else []
        row += [[f"{float(errors[i]):.4g}"]] if errors is not None else []
        row += [[Column(f"given {name}")]] if mapped else []
        rows.append(row)
    said = {"R²": "R²", "held out": "loss held out", "batch loss": "loss of the batch", "epoch": "epoch"}
    rows += [[[label], [Column(name, whole=name == "epoch")]] for name, label in said.items() if name in columns]
    rows.append([["points"], [f"{len(fit.x):,}" + (f" + {len(fit.held_out.x):,} held out" if fit.held_out else "")]])
    if errors is None:
        rows.append([[_why_no_errors(fit)]])
    return Board(
        "fit",
        "Fit",
        heads,
        rows,
        "The parameters at the cursor, the exact least squares and standard errors where they are known, and how good "
        "the fit is.",
        cell="board",
    )


def _why_no_errors(fit: Fit) -> str:
    if fit.penalties:
        return "no standard errors: with a penalty they are biased"
    if len(fit.x) <= len(fit.parameters):
        return "no standard errors: they need more points than parameters"
    if not (fit.is_sum_of_squares or fit.predicts_logits):
        return "no standard errors for this loss"
    return "no standard errors: this run doesn't end at a minimum"


def _rows_of_jacobian(shown: Shown, fit: Fit) -> int:
    numbers = len(shown.at.losses) * (len(shown.names) + 1)
    return min(len(fit.x), MOST_ROWS, max(1, MOST_NUMBERS // numbers))


def _jacobian_board(shown: Shown, fit: Fit) -> Board:
    count = _rows_of_jacobian(shown, fit)
    heads: list[Readout] = [["x"], ["r = model − y"], *([f"∂r/∂{name}"] for name in shown.names)]
    rows: list[Sequence[Readout]] = [
        [[f"{x:.6g}"], [Column(f"error {i}")], *([Column(f"slope {i} {j}")] for j in range(len(shown.names)))]
        for i, x in enumerate(fit.x[:count].tolist())
    ]
    if count < len(fit.x):
        rows.append([[f"… the first {count:,} of {len(fit.x):,}"]])
    return Board(
        "jacobian",
        "Jacobian",
        heads,
        rows,
        "The residuals' Jacobian at the cursor, a row for each point.",
        cell="board",
    )


def _scaling_board(shown: Shown, fit: Fit, facts: Facts) -> Board:
    known = facts.conditions
    rows: list[Sequence[Readout]] = [
        [["mean of x"], [f"{fit.x_mean:.6g}"]],
        [["standard deviation of x"], [f"{fit.x_std:.6g}"]],
    ]
    if known:
        rows.append([["condition number κ, x as given"], [f"{known[0]:.4g}"]])
        rows.append([["condition number κ, x standardised"], [f"{known[1]:.4g}"]])
    rows += [[[f"{name}, standardised"], [Column(name)]] for name in shown.names]
    if facts.back is not None:
        rows += [[[f"{name}, for x as given"], [Column(f"given {name}")]] for name in shown.names]
    elif facts.end is not None:
        ends = zip(shown.names, facts.end.tolist(), strict=True)
        rows += [[[f"{name} at the end, for x as given"], [f"{value:.6g}"]] for name, value in ends]
    else:
        rows.append([["for x as given no parameters were found that give the same curve"]])
    return Board(
        "scaling", "Scaling", [], rows, "What standardising x does, and the parameters mapped back.", cell="board"
    )


def given_panel(shown: Shown, fit: Fit, facts: Facts) -> Panel | None:
    """The same run over the parameters for x as given, where they can be told at each step."""
    back = facts.back
    if back is None or len(shown.names) != 2:
        return None
    plain = fit.without_standardising()
    run = replace(shown.at, parameters=back, gradients=plain.gradient(back))
    exact = least_squares(plain)
    x_name, y_name = shown.names
    x_range, y_range = frame_run(run, (x_name, y_name), exact, 1.9)
    surface = loss_surface(plain, (x_name, *x_range, GIVEN_POINTS), (y_name, *y_range, GIVEN_POINTS))
    kappa = f": κ = {facts.conditions[0]:.4g}" if facts.conditions else ""
    return Panel(
        "given",
        f"The same run for x as given{kappa}",
        contour_figure(gather_contours(surface, run, None if exact is None else exact.numpy())),
        "Contours of the loss over the parameters for x as given, with the same run mapped back.",
        cell="contours",
        tab=f"x as given{kappa}",
    )
