"""What a name in a text means: a variable, a constant, a function, or several of these joined."""

import re
from collections.abc import Sequence

from playground.language.operations import CONSTANTS, FUNCTIONS, GREEK_LETTERS

MAX_NAME = 30
"""The most characters that a variable's name may have."""

RESERVED = ("and", "or", "not", "in", "is", "else", "for", "def")
"""Words of the grammar, and of Python's that would be misread."""

_INDEXED = re.compile(r"[^\W\d_]+\d*(?:_(?:\d+|[^\W\d_]+\d*))+")
"""A variable with an underscore: behind it stands a number or a word, so that x_1x_2 are two."""

_WORDS = "|".join(name for name in GREEK_LETTERS if len(name) > 3)
_FACTOR = re.compile(rf"\d+|pi|(?:{_WORDS}|[^\W\d_])(?:_\d+|\d*)")
_LONGEST_FIRST = sorted((name for name in FUNCTIONS if len(name) > 1), key=len, reverse=True)


class Names:
    """The names that a text may use.

    Args:
        allowed: the only names that may be variables; None for whatever looks like one.
        words: names that are variables beside these, whatever they look like.

    Attributes:
        indices: the values of the names that sums run over, which come before all others.
    """

    def __init__(self, allowed: tuple[str, ...] | None, words: Sequence[str] = ()) -> None:
        self.allowed = allowed
        self.words = words
        self.indices: dict[str, int] = {}

    def is_variable(self, text: str) -> bool:
        """Whether ``text`` is a variable, or an index."""
        if text in self.indices or text in self.words:
            return True
        if self.allowed is not None:
            return text in self.allowed
        if find_constant(text) or text in FUNCTIONS or len(text) > MAX_NAME:
            return False
        head, underscore, _ = text.partition("_")
        if underscore:
            return head not in FUNCTIONS and bool(_INDEXED.fullmatch(text))
        return bool(re.fullmatch(r"[^\W\d_]\d*", text)) or text.rstrip("0123456789") in (*GREEK_LETTERS, "tau")

    def split(self, text: str, before_bracket: bool) -> list[str] | None:
        """``xy``, ``2pi x``'s ``pix``, ``sinx`` or ``xsin`` as the pieces that were meant, or None.

        Args:
            text: a name that is none by itself; before_bracket: whether ``(`` follows it.
        """
        for function in _LONGEST_FIRST:
            before, found, after = text.partition(function)
            if not found or (after and before_bracket):
                continue  # erfx(y) is a misspelt function
            head, tail = self._split_factors(before, 2), self._split_joined_argument(after)
            if head is not None and tail is not None:
                return [*head, function, *tail]
        factors = self._split_factors(text, 3)
        return None if factors is None or len(factors) < 2 else factors

    def _split_joined_argument(self, text: str) -> list[str] | None:
        """What is joined to a function's name: one variable, unless names are given, or ``sine`` would be sin(e)."""
        return None if self.allowed is None and text == "e" else self._split_factors(text, 1)

    def _split_factors(self, text: str, most: int) -> list[str] | None:
        """``xy`` as ``x`` and ``y``, if every piece is a number, a variable or a constant."""
        pieces = _FACTOR.findall(text)
        if "".join(pieces) != text or (self.allowed is None and len(pieces) > most):
            return None
        known = all(piece.isdecimal() or self.is_variable(piece) or find_constant(piece) for piece in pieces)
        return pieces if known else None


def find_constant(text: str) -> str:
    """The constant that ``text`` names, or nothing; ``Pi`` and ``PI`` are meant as ``pi``, ``E`` is a name."""
    constant = {"π": "pi", "τ": "tau"}.get(text, text.lower() if len(text) > 1 else text)
    return constant if constant in CONSTANTS else ""
