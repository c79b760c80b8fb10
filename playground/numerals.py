"""Numbers as texts, and what counts as one."""

import math

from playground.errors import InputError


def format_exact(value: object) -> str:
    """The shortest text from which the same value is read: ``0.1``, ``2``, ``1e-06``, ``true``, ``Adam``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return str(value)


def as_float(value: float) -> float:
    """``value`` as a float; a whole number too large for one is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def as_number(text: str) -> float:
    """A finite number of a link.

    Raises:
        InputError: for anything else.
    """
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"'{text[:40]}' is no number") from None
    if not math.isfinite(number):
        raise InputError(f"{number} is no finite number")
    return number
