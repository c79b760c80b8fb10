"""Tensors as one line of text, the way torch prints them."""

import re
from collections.abc import Sequence

import torch
from torch import Tensor

MAX_ITEMS = 12
"""A tensor of no more components along an axis is shown whole; torch's own limit is 1,000 in all."""

EDGE_ITEMS = 3
"""Of a longer one so many are shown at each end; as many as torch shows."""

_ROW = re.compile(r"\[[^\[\]]*\]")


def format_tensor(tensor: Tensor | None) -> str:
    """A tensor of up to two axes as torch prints it, on one line and without its type: ``[2., 4., 6.]``, ``None``.

    Of more than ``MAX_ITEMS`` components or rows the first and the last three are shown, in torch's own manner; its
    limit is 1,000.
    """
    if tensor is None:
        return "None"
    kept = tensor.detach()
    cut = [size > MAX_ITEMS for size in kept.shape]
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


def _elide(parts: Sequence[str], dots: str) -> str:
    return ", ".join([*parts[:EDGE_ITEMS], dots, *parts[EDGE_ITEMS:]])
