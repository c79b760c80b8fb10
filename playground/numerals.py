"""How numbers are written: exactly, for what reads them back; rounded, for people; counted, with a noun."""

import math
from typing import SupportsFloat

PLAIN_BELOW = 1e5
"""Below this size no digit before the decimal point is rounded away."""


def format_exact(value: object) -> str:
    """The shortest text from which the same value is read: ``0.1``, ``2``, ``1e-6``, ``true``, ``Adam``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        mantissa, e, power = repr(float(value)).partition("e")
        return mantissa.removesuffix(".0") + (f"e{int(power)}" if e else "")
    return str(value)


def format_number(value: SupportsFloat, digits: int = 4) -> str:
    """A number for people, rounded to so many digits: ``2.716``, ``0``, ``−0.5``, ``1.2e−7``, ``12346``.

    The minus sign is a true one, zero has none, and no digit before the decimal point is lost below ``PLAIN_BELOW``.
    """
    number = float(value) + 0.0  # −0 + 0 is 0
    text = f"{number:.{digits}g}"
    if "e+" in text and abs(float(text)) < PLAIN_BELOW:
        text = f"{number:.0f}"
    mantissa, e, power = text.partition("e")
    return (f"{mantissa}e{int(power)}" if e else text).replace("-", "−")


def format_decimals(value: float) -> str:
    """A number as the player's readouts show it: four decimals, or a power of ten where those would hide it."""
    size = abs(value)
    if size and not 1e-3 <= size < PLAIN_BELOW and math.isfinite(value):
        mantissa, _, power = f"{value:.3e}".partition("e")
        return f"{mantissa}e{int(power)}".replace("-", "−")
    return f"{value + 0.0:.4f}".replace("-", "−")


def format_count(count: int, noun: str) -> str:
    """So many of something, in an English plural with -s: ``1 step``, ``2,000 steps``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def quote(value: object, most: int = 40) -> str:
    """Anything as Python writes it, for a sentence: on one line of at most so many characters, and never an error."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # such as a whole number of more digits than Python writes, or a repr of somebody's own
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= most else text[: most - 1] + "…"


def make_printable(text: str) -> str:
    """The text with a replacement character for each one that isn't printed."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def quote_text(text: str, most: int = 40) -> str:
    """A stranger's text, quoted for a sentence: short, and on one line."""
    return f"'{make_printable(text[:most])}{'…' if len(text) > most else ''}'" if text else ""


def as_float(value: float) -> float:
    """``value`` as a float; a whole number too large for one is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
