"""Parts of a tape as they are written out, and the brackets that they need."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from playground.language.operations import OPERATIONS, PRECEDENCE
from playground.language.tape import Node
from playground.numerals import format_exact

PRECEDENCES: Mapping[str, tuple[int, tuple[int, ...]]] = {
    name: (own, (own + 1, own + 1) if OPERATIONS[name].kind == "truth" and own > 2 else (own, own + 1))
    for name, own in PRECEDENCE.items()
} | {"negate": (PRECEDENCE["negate"], (PRECEDENCE["negate"],)), "**": (PRECEDENCE["**"], (9, PRECEDENCE["negate"]))}
"""In texts and in source: an operator's own precedence, and what its operands need to stand without brackets. Operators
join from the left; comparisons would be chained; a power's right side may hold a sign or another power."""

ATOM = 9
"""The precedence of what never needs brackets."""


class Piece(NamedTuple):
    """A part that is written out, and how tightly it binds."""

    text: str
    precedence: int


def write_tape(nodes: Sequence[Node], write: Callable[[Node, list[Piece]], Piece]) -> str:
    """The whole of a tape, each node written from what its arguments were written as."""
    pieces: list[Piece] = []
    for node in nodes:
        pieces.append(write(node, [pieces[argument] for argument in node.arguments]))
    return pieces[-1].text


def write_number(value: Any) -> str:
    """A number of the tape, whole ones without a point."""
    return format_exact(float(value))


def add_brackets(pieces: Sequence[Piece], needs: Sequence[int], opening: str = "(", closing: str = ")") -> list[str]:
    """The texts, in brackets where they bind less tightly than is needed; the last need is for all that follow."""
    wanted = [needs[min(i, len(needs) - 1)] for i in range(len(pieces))]
    return [
        one.text if one.precedence >= need else f"{opening}{one.text}{closing}"
        for one, need in zip(pieces, wanted, strict=True)
    ]
