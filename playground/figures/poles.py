"""Curves that end at a pole and begin anew behind it: a line through infinity would show what isn't there."""

from collections.abc import Callable

import torch
from torch import Tensor

HALVINGS = 24
"""How often a cell is halved in search of what lies where the sign changes."""

EARLY, LATE = slice(0, 7), slice(-7, None)
"""Of the halvings; a median of seven, since one middle may lie right at the pole, or at the zero."""

GROWTH = 10.0
"""Values that become so many times larger show a pole: towards a zero they get smaller, towards a jump they stay."""


def break_at_poles(x: Tensor, y: Tensor, evaluate: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """The curves with NaN beside each pole at which they change their sign.

    Between neighbours of different sign there is a zero, a jump or a pole. Where the values get larger towards it from
    one side at least, halving tells which: near a pole they grow without bound.

    Args:
        x: (M,), rising; y: (curves, M), the values there.
        evaluate: which curves (K,), and x (K,) -> (K,) their values there.

    Returns:
        (curves, M): beside a pole the end of the cell that is farther from 0 is NaN.
    """
    curves, cells = _find_changes(y)
    if not len(curves):
        return y
    low, high = x[cells], x[cells + 1]
    is_positive = y[curves, cells] > 0
    sizes = []
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        value = evaluate(curves, middle)
        sizes.append(value.abs())
        is_left = (value > 0) == is_positive
        low, high = torch.where(is_left, middle, low), torch.where(is_left, high, middle)
    early, late = (torch.stack(sizes[part]).median(0).values for part in (EARLY, LATE))
    is_pole = (late > GROWTH * early) | ~torch.stack(sizes).isfinite().all(0)
    ends = y.abs()[curves, cells], y.abs()[curves, cells + 1]
    broken = y.clone()
    broken[curves[is_pole], (cells + (ends[1] > ends[0]))[is_pole]] = torch.nan
    return broken


def _find_changes(y: Tensor) -> tuple[Tensor, Tensor]:
    """The curves and the cells of a change of sign towards which the values don't get smaller from both sides."""
    before, after = y[:, :-1], y[:, 1:]
    changes = ((before > 0) & (after < 0)) | ((before < 0) & (after > 0))
    sizes = y.abs()
    outside = torch.ones_like(y[:, :1], dtype=torch.bool)
    rises = torch.cat([outside, sizes[:, 1:-1] >= sizes[:, :-2]], 1)
    falls = torch.cat([sizes[:, 1:-1] >= sizes[:, 2:], outside], 1)
    curves, cells = torch.nonzero(changes & (rises | falls), as_tuple=True)
    return curves, cells
