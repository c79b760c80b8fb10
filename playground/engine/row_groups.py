"""Rows of one tensor that are stepped with rates and settings of their own: those with the same ones together.

A group is a parameter of torch's own optimizer: a view of its rows. Where only the rates differ, and a step is
proportional to the rate, rows may share a group: it takes the step of its largest rate, and each row goes the part of
it that its own rate is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.engine.descent import check_learning_rate
from playground.engine.optimizers import Optimizer
from playground.engine.schedulers import Scheduler
from playground.errors import InputError
from playground.numerals import format_count

MAX_GROUPS = 1_000
"""At most so many kinds of rows are stepped: each kind costs as much as a step of a run by itself."""

EXACT_RATES = 64
"""Up to so many rates have a group each, and then each row takes the steps of its own run to the last bit."""


@dataclass(frozen=True)
class Group:
    """Rows that are stepped together.

    Attributes:
        rows: where they stand; rate: the largest of theirs; settings: the optimizer's.
        parts: (rows, 1) float64, which part of a step each row goes; None if all have the same rate.
    """

    rows: slice
    rate: float
    settings: dict[str, Any]
    parts: Tensor | None


@dataclass(frozen=True)
class Groups:
    """All rows, in an order in which those of one group stand together.

    Attributes:
        order: (K,) int64, which row stands in each place; rates: (K,) float64, in this order.
    """

    order: Tensor
    rates: Tensor
    groups: tuple[Group, ...]


def group_rows(
    count: int, record: Optimizer, lr: Any, settings: Mapping[str, Any], *, has_schedule: bool = False
) -> Groups:
    """Which of K rows are stepped together.

    Args:
        count: K; record: of the optimizer.
        lr: one rate, or (K,) of them; None for the optimizer's default.
        settings: by name, each one value or (K,) numbers as a tensor, an array or a list; for betas a pair of such.
        has_schedule: whether the rates change along the run, each in its own way.

    Raises:
        InputError: for a rate or a setting that can't be used, and for more than ``MAX_GROUPS`` groups.
    """
    varied = {name: columns for name, value in settings.items() if (columns := _find_columns(value, count, name))}
    rates = _read_rates(record, lr, count)
    share = record.is_linear_in_rate and not has_schedule and len(rates.unique()) > EXACT_RATES
    keys = [*(one for columns in varied.values() for one in columns if one is not None), *([] if share else [rates])]
    numbers = number_rows(keys) if keys else torch.zeros(count, dtype=torch.int64)
    sizes = numbers.bincount().tolist()
    if len(sizes) > MAX_GROUPS:
        raise InputError(
            f"these runs are of {format_count(len(sizes), 'kind')}, by their rates and settings, and at most "
            f"{MAX_GROUPS:,} kinds are stepped at once",
            field="optimizer",
        )
    order = numbers.argsort(stable=True)
    groups, begin = [], 0
    for size in sizes:
        rows, first = slice(begin, begin + size), int(order[begin])
        own = {name: _pick(settings[name], columns, first) for name, columns in varied.items()}
        groups.append(_group(rows, rates[order[rows]], {**settings, **own}))
        begin += size
    return Groups(order, rates[order], tuple(groups))


def number_rows(columns: Sequence[Tensor]) -> Tensor:
    """Which rows of columns (K,) are equal, (K,) int64: those have one number, from 0 in the order of their values.

    Column by column: ``unique(dim=0)`` takes ten times as long.
    """
    numbers = torch.zeros(len(columns[0]), dtype=torch.int64)
    for one in columns:
        values, places = one.unique(return_inverse=True)
        numbers = (numbers * len(values) + places).unique(return_inverse=True)[1]
    return numbers


def _group(rows: slice, rates: Tensor, settings: dict[str, Any]) -> Group:
    rate = float(rates.max())
    return Group(rows, rate, settings, None if bool((rates == rate).all()) else (rates / rate)[:, None])


def _read_rates(record: Optimizer, lr: Any, count: int) -> Tensor:
    """(K,) float64, each of them one that a run by itself could have."""
    columns = _find_columns(lr, count, "lr")
    if columns is None:
        rate = record.learning_rate if lr is None else check_learning_rate(lr)
        return torch.full((count,), rate, dtype=torch.float64)
    (rates,) = columns
    assert rates is not None
    check_learning_rate(float(rates.min()))
    check_learning_rate(float(rates.max()))
    return rates


def _find_columns(value: Any, count: int, name: str) -> tuple[Tensor | None, ...] | None:
    """The numbers (K,) of a setting that rows have of their own, one column for each of its parts; None without any."""
    if isinstance(value, tuple):
        columns = tuple(_read_column(one, count, name) for one in value)
        return columns if any(one is not None for one in columns) else None
    column = _read_column(value, count, name)
    return None if column is None else (column,)


def _read_column(value: Any, count: int, name: str) -> Tensor | None:
    """Numbers (K,); None for what is one value for all rows."""
    if not isinstance(value, Tensor | np.ndarray | list) or (isinstance(value, Tensor) and not value.ndim):
        return None
    try:
        column = torch.as_tensor(value, dtype=torch.float64).detach()
    except (TypeError, ValueError, RuntimeError):
        raise InputError(f"{name}= must be a number, or one for each run", field="optimizer") from None
    if column.shape != (count,) or not bool(column.isfinite().all()):
        raise InputError(
            f"{name}= must be a number, or {format_count(count, 'finite number')}, one for each run: "
            f"its shape is {tuple(column.shape)}",
            field="optimizer",
        )
    return column


def _pick(value: Any, columns: Sequence[Tensor | None], row: int) -> Any:
    """What a row has of a setting."""
    picked = [None if one is None else one[row].item() for one in columns]
    if not isinstance(value, tuple):
        return picked[0]
    return tuple(given if one is None else one for given, one in zip(value, picked, strict=True))


class RowSteps:
    """Torch's optimizers and schedulers of all groups, over one tensor (K, P) whose rows stand in the groups' order."""

    def __init__(
        self,
        groups: Groups,
        record: Optimizer,
        theta: Tensor,
        schedule: Scheduler | None = None,
        scheduled: Mapping[str, Any] | None = None,
    ) -> None:
        self._groups, self._theta = groups, theta
        self._views = [theta.detach()[one.rows] for one in groups.groups]
        self._optimizers = [
            record.build(view, one.rate, one.settings) for view, one in zip(self._views, groups.groups, strict=True)
        ]
        self._schedulers = [
            schedule.build(optimizer, one.rate, dict(scheduled or {}))
            for optimizer, one in zip(self._optimizers, groups.groups, strict=True)
            if schedule
        ]

    @property
    def name(self) -> str:
        """What torch calls the optimizer."""
        return type(self._optimizers[0]).__name__

    def step(self) -> None:
        """Take a step of each row, by the gradient that ``theta`` has.

        Raises:
            ArithmeticError: where torch can't.
        """
        assert self._theta.grad is not None
        for group, view, optimizer in zip(self._groups.groups, self._views, self._optimizers, strict=True):
            view.grad = self._theta.grad[group.rows]
            if group.parts is None:
                optimizer.step()
                continue
            before = view.clone()
            optimizer.step()
            view.copy_(before + group.parts * (view - before))

    def advance_schedule(self) -> None:
        """Let the rates change as after a step."""
        for one in self._schedulers:
            one.step()

    def rate(self, row: int) -> float:
        """The rate of the row in this place now."""
        for group, optimizer in zip(self._groups.groups, self._optimizers, strict=True):
            if group.rows.start <= row < group.rows.stop:
                rate: float = optimizer.param_groups[0]["lr"]
                return rate if group.parts is None else float(self._groups.rates[row])
        raise IndexError(row)
