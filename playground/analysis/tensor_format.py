"""Tensors as one line of text, the way torch prints them."""

import re
from collections.abc import Sequence
from decimal import Decimal

import torch
from torch import Tensor

MAX_ITEMS = 12
"""A tensor of no more components along an axis is shown whole; torch's own limit is 1,000 in all."""

EDGE_ITEMS = 3
"""Of a longer one so many are shown at each end; as many as torch shows."""

SUM_DIGITS = (6, 8, 10)
"""So many digits are tried, one after the other, for a sum whose numbers don't add up as torch prints them."""

_NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")
_ROW = re.compile(r"\[[^\[\]]*\]")


def format_tensor(tensor: Tensor | None, most: int = MAX_ITEMS) -> str:
    """A tensor of up to two axes as torch prints it, on one line and without its type: ``[2., 4., 6.]``, ``None``.

    Of more than ``most`` components or rows the first and the last three are shown, in torch's own manner; its
    limit is 1,000.
    """
    if tensor is None:
        return "None"
    kept = tensor.detach()
    cut = [size > most for size in kept.shape]
    for axis, is_cut in enumerate(cut):
        if is_cut:
            size = kept.shape[axis]
            kept = torch.cat([kept.narrow(axis, 0, EDGE_ITEMS), kept.narrow(axis, size - EDGE_ITEMS, EDGE_ITEMS)], axis)
    # Where torch breaks a row it indents by so much; further blanks are a number's own.
    text = str(kept).replace("\n" + " " * (len("tensor(") + kept.ndim), " ")
    text = re.sub(r"\n *", " ", text)
    text = re.sub(r"^tensor\(|(, [a-z]+=[^=]+)*\)$", "", text)
    if cut and cut[-1]:
        text = _ROW.sub(lambda row: f"[{_elide(row[0][1:-1].split(', '), ' ...')}]", text)
    if len(cut) == 2 and cut[0]:
        text = f"[{_elide(_ROW.findall(text), '...')}]"
    return text


def format_sum(parts: Sequence[Tensor], total: Tensor) -> str:
    """A sum written out, ``0.5 + 1.25 = 1.75``, of tensors of up to one axis.

    The numbers have as many digits as it takes for those that are shown to add up; where even many don't suffice, as
    for thirds, it says ≈ rather than =.
    """
    for digits in (None, *SUM_DIGITS):
        texts = [format_tensor(one) if digits is None else _format_digits(one, digits) for one in (*parts, total)]
        if _add_up(texts[:-1], texts[-1]):
            return f"{' + '.join(texts[:-1])} = {texts[-1]}"
    return f"{' + '.join(map(format_tensor, parts))} ≈ {format_tensor(total)}"


def _format_digits(tensor: Tensor, digits: int) -> str:
    """A tensor of up to one axis with so many digits for each number."""
    numbers = [f"{one:.{digits}g}" for one in tensor.reshape(-1).tolist()]
    return f"[{', '.join(numbers)}]" if tensor.ndim else numbers[0]


def _add_up(parts: Sequence[str], total: str) -> bool:
    """Whether the numbers in texts add up to those in the last, to half a unit of its last digit."""
    columns = [[Decimal(one) for one in _NUMBER.findall(text)] for text in (*parts, total)]
    if len({len(column) for column in columns}) > 1:
        return False
    for *terms, shown in zip(*columns, strict=True):
        unit = Decimal(1).scaleb(int(shown.as_tuple().exponent))
        if 2 * abs(sum(terms, Decimal(0)) - shown) > unit:
            return False
    return True


def summarize_tensor(tensor: Tensor, most: int) -> str:
    """A tensor of one axis in about ``most`` characters: whole, or its first components, ``[0.5000, 0.9000, …]``."""
    text = format_tensor(tensor)
    parts = [part.strip() for part in text[1:-1].split(",")]
    while len(text) > most and len(parts) > 1:
        parts.pop()
        text = f"[{', '.join(parts)}, …]"
    return text


def _elide(parts: Sequence[str], dots: str) -> str:
    return ", ".join([*parts[:EDGE_ITEMS], dots, *parts[EDGE_ITEMS:]])
