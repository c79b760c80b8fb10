"""Numbers as people type them: with a point or a comma, in powers of ten, in per cent, or as a constant expression.

A text that has two sensible readings, such as ``1,234``, is refused with both.
"""

import math
import re
from decimal import Decimal

from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression
from playground.numerals import format_exact, quote_text

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""How a number is written; Python's ``float`` also takes 1_000, infinity and the digits of other scripts."""

_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)

_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?", re.ASCII)
"""The same with a decimal comma."""

_FORTRAN = re.compile(r"(?<=[\d.,])[dD](?=[+-]?\d+$)", re.ASCII)
"""What stands for the e in 1.5D+02."""

_MINUS = str.maketrans("−–﹣－", "----")
"""Signs that pages and word processors put where a hyphen was typed."""

_ASKED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}([eE][+-]?\d+)?", re.ASCII)
"""A comma that may be decimal or stand before thousands."""

_WHOLE_ASKED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""The same where a whole number is wanted: in half of Europe a point stands before thousands."""

_THOUSANDS = re.compile(r"([+-]?[1-9]\d{0,2}(?:([.,'’_ \u00a0\u2009\u202f])\d{3})(?:\2\d{3})*)(?:[.,](\d*))?", re.ASCII)

_TWO_NUMBERS = re.compile(r"[\d.][ \t\u00a0\u2009\u202f]+[\d.]", re.ASCII)

_COMMA_INSIDE = re.compile(r"(?<![\d.,])(\d+),(\d+)(?![\d.,])", re.ASCII)
"""A number with a decimal comma in an expression."""

_NO_NUMBERS = ("nan", "inf", "infinity", "na", "n/a", "#n/a", "∞")

MAX_DIGITS = 300
"""A whole number of more digits is too large for any field."""

EXAMPLES = {False: "type one such as 0.5, 1e-3 or 1/10", True: "type one such as 100 or 1e3"}
"""What is to be typed instead, by whether a whole number is wanted."""


def read_number(text: str, *, whole: bool = False) -> float:
    """The number that a person typed: ``0.1``, ``−3``, ``1e3``, ``7,5``, ``5%``, ``1/10``, ``sqrt(2)``, ``pi/4``.

    Args:
        text: what was typed.
        whole: whether a whole number is wanted: then an int is returned, and ``1.000`` is asked about.

    Raises:
        InputError: in one sentence, for what is no finite number or has two sensible readings.
    """
    text = text.strip()
    plain = text.translate(_MINUS)
    if whole and _WHOLE.fullmatch(plain) and len(plain) <= MAX_DIGITS:
        return int(plain)  # every digit, also beyond 2**53
    value = read_plain(text)
    if value is None or describe_separators(text, whole=whole):
        value = _read_other(text, plain, whole=whole)
    if not math.isfinite(value):
        raise InputError(f"{quote_text(text)} is no finite number: {EXAMPLES[whole]}")
    if not whole:
        return value + 0.0  # no −0
    if not value.is_integer():
        raise InputError(f"{format_exact(value)} isn't a whole number: type one such as {math.ceil(value)}")
    return int(value)


def read_plain(text: str) -> float | None:
    """A number of digits, with a point or a comma, that may be infinite; None for any other text."""
    plain = _FORTRAN.sub("e", text.translate(_MINUS))
    if NUMBER.fullmatch(plain):
        return float(plain)
    return float(plain.replace(",", ".")) if _COMMA.fullmatch(plain) else None


def describe_separators(text: str, *, whole: bool = False) -> str:
    """Why marks in a number may mean thousands, as the rest of a sentence; empty where they don't."""
    plain = text.translate(_MINUS)
    if whole and _WHOLE_ASKED.fullmatch(plain):
        (mark,) = {*plain} & {*",."}
        decimal = format_exact(float(plain.replace(",", ".")))
        return f"{quote_text(text)} can be {decimal} or {plain.replace(mark, '')}: write it without the '{mark}'"
    if _ASKED.fullmatch(plain):
        point, without = plain.replace(",", "."), plain.replace(",", "")
        return f"{quote_text(text)} can be {point} or {without}: write it with a point, or without the comma"
    thousands = None if NUMBER.fullmatch(plain) else _THOUSANDS.fullmatch(plain)
    if thousands is None:
        return ""
    before, mark, after = thousands.groups()
    plainly = before.replace(mark, "") + (f".{after}" if after else "")
    return f"{quote_text(text)} has separators between thousands: write {plainly}"


def says_no_number(text: str) -> bool:
    """Whether it says that a number is infinite, or missing."""
    return text.lstrip("+-−").casefold() in _NO_NUMBERS


def explain_number(text: str) -> str:
    """How a typed number was read that could have been meant otherwise, in a sentence; empty for others."""
    if read_plain(text.strip()) is not None:
        return ""
    try:
        return "".join(f"{one}. " for one in Expression(_with_points(text), names=()).readings).strip()
    except ExpressionError:
        return ""


def _read_other(text: str, plain: str, *, whole: bool) -> float:
    """A number that isn't digits alone."""
    if not plain:
        raise InputError(f"a number is missing: {EXAMPLES[whole]}")
    if reason := describe_separators(text, whole=whole):
        raise InputError(reason)
    if says_no_number(plain):
        raise InputError(f"{quote_text(text)} is no finite number: {EXAMPLES[whole]}")
    if plain.endswith("%"):
        return float(Decimal(read_number(plain[:-1])).scaleb(-2))
    if _TWO_NUMBERS.search(plain):
        raise InputError(f"{quote_text(text)} has a blank inside a number: leave it out, or write a sign for it")
    if any(describe_separators(one[0]) for one in _COMMA_INSIDE.finditer(plain)):
        raise InputError(f"{quote_text(text)} has a comma that can mean two things: write points in its numbers")
    try:
        value = Expression(_with_points(plain), names=()).evaluate({})
    except ExpressionError:
        raise InputError(f"{quote_text(text)} is no number: {EXAMPLES[whole]}") from None
    if value.numel() != 1:
        raise InputError(f"{quote_text(text)} is {value.numel()} numbers: type one")
    return float(value)


def _with_points(text: str) -> str:
    """An expression whose decimal commas are points; beside brackets a comma may part arguments, and stays."""
    return text if "(" in text or "[" in text else _COMMA_INSIDE.sub(r"\1.\2", text.translate(_MINUS))
