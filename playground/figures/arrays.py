"""The numbers of pictures."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]

Range: TypeAlias = tuple[float, float]
"""The ends of an axis, the lower first."""


ROUNDING = 1e-12
"""Two numbers that differ by no more than this part of them are taken for one."""


def float32(values: Array) -> Array:
    """For drawing; what is too large for float32 becomes inf and is not drawn."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def finite_range(values: Array) -> Range:
    """The least and the largest of the finite values, of any shape; 0 and 1 where there are none."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def largest_size(values: Array) -> float:
    """The largest distance of a finite value from 0; 1 where all are 0, or none is finite."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0)) or 1.0


def pad(low: float, high: float, share: float, otherwise: float) -> Range:
    """A range widened at both ends by a share of its length, or by ``otherwise`` where it has none but by rounding."""
    has_length = high - low > ROUNDING * max(abs(low), abs(high))
    more = share * (high - low) if has_length else otherwise
    return low - more, high + more
