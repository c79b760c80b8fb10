"""The tables of a fit: its parameters and how good it is, the residuals' Jacobian, and what standardising does."""

import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from playground.analysis.fit_statistics import jacobian, r_squared, residual_deviation
from playground.engine.fit import Fit
from playground.engine.outcome import Outcome
from playground.labs.fit.facts import Facts, regression_of
from playground.labs.shared.evaluate import along
from playground.labs.shared.race.columns import Maker
from playground.labs.shared.race.results import RaceResults
from playground.labs.shared.race.words import if_follows
from playground.numerals import format_number
from playground.player import Board, Column, Ending, Readout

MOST_NUMBERS = 40_000
"""Of the Jacobian along a run: of a long run with many points the first points' are sent."""

MOST_ROWS = 40
"""Of the Jacobian's table."""


MOST_PAIRS = 6
"""Of the parameters' correlations; more would be a long table."""


def fit_columns(results: RaceResults, fit: Fit, facts: Facts) -> tuple[Maker, ...]:
    """What the boards and the bar say of a fit, along the selected run."""
    return (
        partial(_loss_columns, results, fit),
        partial(_given_columns, results, facts),
        partial(_quality_columns, results, fit),
        partial(_jacobian_columns, results, fit),
    )


def _loss_columns(results: RaceResults, fit: Fit) -> dict[str, Tensor]:
    """The losses of other points than those that are fitted."""
    path = results.run.parameters
    columns = {}
    if fit.held_out:
        held = fit.held_out
        columns["held out"] = along(path, len(held.x), held.loss)
    if results.run.batches is not None:
        # No batch comes after the last step.
        columns["batch loss"] = results.run.batch_losses[:-1]
        an_epoch = math.ceil(len(fit.x) / results.run.batches.shape[1])
        columns["epoch"] = torch.arange(results.run.steps).div(an_epoch, rounding_mode="floor") + 1
    return columns


def _given_columns(results: RaceResults, facts: Facts) -> dict[str, Tensor]:
    """The parameters for x as given."""
    if facts.back is None:
        return {}
    return {f"given {name}": facts.back[:, i] for i, name in enumerate(results.names)}


def _quality_columns(results: RaceResults, fit: Fit) -> dict[str, Tensor]:
    if fit.predicts_logits:
        return {}
    path, count = results.run.parameters, len(fit.x)
    columns = {"R²": along(path, count, lambda part: r_squared(fit, part))}
    if _has_deviation(fit):
        columns["s"] = along(path, count, lambda part: residual_deviation(fit, part))
    return columns


def _has_deviation(fit: Fit) -> bool:
    """Whether its points scatter around a curve of least squares that they don't determine alone."""
    return fit.is_sum_of_squares and not fit.penalties and len(fit.x) > len(fit.parameters)


def _jacobian_columns(results: RaceResults, fit: Fit) -> dict[str, Tensor]:
    count, path, columns = _rows_of_jacobian(results, fit), results.run.parameters, {}
    part = fit.batch(torch.arange(count))
    slopes = -jacobian(part, path)  # of the residuals, in which the prediction is taken off
    with torch.no_grad():
        residuals = part.y - part.predict(path, part.x)
    for i in range(count):
        columns[f"residual {i}"] = residuals[:, i]
        columns |= {f"slope {i} {j}": slopes[:, i, j] for j in range(len(results.names))}
    return columns


def fit_boards(results: RaceResults, facts: Facts) -> list[Board]:
    """The table of the parameters and of how good the fit is, the residuals' Jacobian, and of standardised x why."""
    fit = regression_of(results).objective
    boards = [_fit_board(results, fit, facts), _jacobian_board(results, fit)]
    return [*boards, _scaling_board(results, fit, facts)] if fit.is_standardised else boards


def _fit_board(results: RaceResults, fit: Fit, facts: Facts) -> Board:
    return Board(
        "fit",
        "Fit",
        partial(_fit_heads, results, facts),
        partial(_fit_rows, results, fit, facts),
        "The parameters at the cursor, the exact least squares and standard errors where they are known, and how good "
        "the fit is.",
        cell="board",
    )


def _fit_heads(results: RaceResults, facts: Facts) -> list[Readout]:
    heads: list[Readout] = [[results.swatch(results.selected), "parameter"], ["at the cursor"]]
    heads += [["exact minimum"]] if facts.exact is not None else []
    heads += [["± std. error"]] if facts.errors is not None else []
    heads += [["for x as given"]] if facts.back is not None else []
    return heads


def _fit_rows(results: RaceResults, fit: Fit, facts: Facts) -> list[Sequence[Readout]]:
    exact, errors = facts.exact, facts.errors
    rows: list[Sequence[Readout]] = []
    for i, name in enumerate(results.names):
        row: list[Readout] = [[name], [Column(name)]]
        row += [[Ending([format_number(exact[i], 6)])]] if exact is not None else []
        row += [[Ending([format_number(errors[i])])]] if errors is not None else []
        row += [[Column(f"given {name}")]] if facts.back is not None else []
        rows.append(row)
    if not fit.predicts_logits:
        rows.append([["R²"], [Column("R²", none="none")]])
    if _has_deviation(fit):
        rows.append([["residual standard deviation"], [Column("s", none="none")]])
    if fit.held_out:
        rows.append([["loss held out"], [Column("held out", none="none")]])
    if results.run.batches is not None:
        rows.append([["loss of the batch"], if_follows([Column("batch loss")], ["no batch follows"])])
        rows.append([["epoch"], if_follows([Column("epoch", whole=True)])])
    rows.append([["points"], [f"{len(fit.x):,}" + (f" + {len(fit.held_out.x):,} held out" if fit.held_out else "")]])
    rows += _correlation_rows(results.names, facts)
    if errors is None:
        rows.append([[Ending([_why_no_errors(fit, results.run.outcome)])]])
    return rows


def _correlation_rows(names: Sequence[str], facts: Facts) -> list[Sequence[Readout]]:
    """The correlation of each two parameters, or of many the strongest."""
    found = facts.correlations
    if found is None:
        return []
    pairs = [(i, j) for i in range(len(names)) for j in range(i)]
    shown = pairs if len(pairs) <= MOST_PAIRS else sorted(pairs, key=lambda one: -abs(float(found[one])))[:MOST_PAIRS]
    rows: list[Sequence[Readout]] = [
        # Not at the cursor: beside it, where the minimum and its errors stand.
        [[f"correlation of {names[j]} and {names[i]}"], [""], [Ending([format_number(found[i, j])])]]
        for i, j in shown
    ]
    return rows if shown == pairs else [*rows, [[f"the {MOST_PAIRS} strongest of {len(pairs)} correlations"]]]


def _why_no_errors(fit: Fit, outcome: Outcome) -> str:
    if fit.penalties:
        return "no standard errors: with a penalty they are biased"
    if len(fit.x) <= len(fit.parameters):
        return "no standard errors: they need more points than parameters"
    if not (fit.is_sum_of_squares or fit.predicts_logits):
        return "no standard errors for this loss"
    if outcome.undetermined:
        *rest, last = outcome.undetermined
        names = f"{', '.join(rest)} and {last}" if rest else last
        only = f", only {outcome.determined}" if outcome.determined else ""
        return f"no standard errors: the data don't determine {names}{only}"
    if outcome.name == "SADDLE":
        return "no standard errors: this run ends at no minimum, but where the loss curves down"
    return "no standard errors: this run doesn't end at a minimum"


def _rows_of_jacobian(results: RaceResults, fit: Fit) -> int:
    numbers = len(results.run.losses) * (len(results.names) + 1)
    return min(len(fit.x), MOST_ROWS, max(1, MOST_NUMBERS // numbers))


def _jacobian_board(results: RaceResults, fit: Fit) -> Board:
    heads: list[Readout] = [["x"], ["r = y − model"], *([f"∂r/∂{name}"] for name in results.names)]
    return Board(
        "jacobian",
        "Jacobian",
        heads,
        partial(_jacobian_rows, results, fit),
        "The residuals' Jacobian at the cursor, a row for each point.",
        cell="board",
    )


def _jacobian_rows(results: RaceResults, fit: Fit) -> list[Sequence[Readout]]:
    count = _rows_of_jacobian(results, fit)
    rows: list[Sequence[Readout]] = [
        [
            [format_number(x, 6)],
            [Column(f"residual {i}")],
            *([Column(f"slope {i} {j}")] for j in range(len(results.names))),
        ]
        for i, x in enumerate(fit.x[:count].tolist())
    ]
    if count < len(fit.x):
        rows.append([[f"… the first {count:,} of {len(fit.x):,}"]])
    return rows


def _scaling_board(results: RaceResults, fit: Fit, facts: Facts) -> Board:
    return Board(
        "scaling",
        "Scaling",
        [],
        partial(_scaling_rows, results, fit, facts),
        "What standardising x does, and the parameters mapped back.",
        cell="board",
    )


def _scaling_rows(results: RaceResults, fit: Fit, facts: Facts) -> list[Sequence[Readout]]:
    known = facts.conditions
    rows: list[Sequence[Readout]] = [
        [["mean of x"], [format_number(fit.x_mean, 6)]],
        [["standard deviation of x"], [format_number(fit.x_std, 6)]],
    ]
    if known:
        rows.append([["condition number κ, x as given"], [format_number(known[0])]])
        rows.append([["condition number κ, x standardised"], [format_number(known[1])]])
    rows += [[[f"{name}, standardised"], [Column(name)]] for name in results.names]
    if facts.back is not None:
        rows += [[[f"{name}, for x as given"], [Column(f"given {name}")]] for name in results.names]
    elif facts.end is not None:
        ends = zip(results.names, facts.end.tolist(), strict=True)
        rows += [[[f"{name} at the end, for x as given"], [Ending([format_number(value, 6)])]] for name, value in ends]
    else:
        rows.append([["for x as given no parameters were found that give the same curve"]])
    return rows
