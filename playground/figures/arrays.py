"""The numbers of pictures."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.floating[Any]]

Range: TypeAlias = tuple[float, float]
"""The ends of an axis, the lower first."""


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
    """A range widened at both ends by a share of its length, or by ``otherwise`` where it has none."""
    more = share * (high - low) or otherwise
    return low - more, high + more
