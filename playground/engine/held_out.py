"""Points that are kept from a loss, to see how a model does on what it was not fitted to."""

from collections.abc import Sequence

import torch
from torch import Tensor

from playground.errors import InputError


def split_held_out(count: int, held_out: Sequence[bool] | None, counted: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The places of the points in the loss, and of those held out, int64.

    Args:
        count: how many points there are.
        held_out: which are held out; none without it.
        counted: (count,) bool, which are in one of the two at all; all without it.

    Raises:
        InputError: with the field ``data``, if ``held_out`` doesn't say so of each point.
    """
    try:
        held = torch.as_tensor([False] * count if held_out is None else held_out, dtype=torch.bool)
    except (TypeError, ValueError, RuntimeError):
        held = torch.zeros(0, dtype=torch.bool)
    if held.shape != (count,):
        raise InputError(f"held_out= must say of each of {count} points whether it is held out", field="data")
    counts = torch.ones_like(held) if counted is None else counted
    return (counts & ~held).nonzero()[:, 0], (counts & held).nonzero()[:, 0]
