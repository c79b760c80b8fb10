"""Text -> tokens, with the signs, letters and raised digits that people type made plain."""

import re
from dataclasses import dataclass

SIGNS = {
    "^": "**",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    **dict.fromkeys("−–—﹣", "-"),
    **dict.fromkeys("·×⋅∙∗•", "*"),
    "÷": "/",
}
"""The signs that may be typed otherwise, and what the grammar knows them as."""

_LETTERS = str.maketrans("ϑϕµϵ", "θφμε")
"""Variant forms of Greek letters, and the letters that they stand for, as in Python."""

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_DIGITS = str.maketrans(_SUPERSCRIPTS + "⁻⁺" + _SUBSCRIPTS, "0123456789-+0123456789")

_TOKEN = re.compile(
    rf"""[ \t\n\r\u00a0\u2009\u202f]*(?:
        (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-zα-ωΑ-Ωϑϕµϵ][A-Za-zα-ωΑ-Ωϑϕµϵ0-9_{_SUBSCRIPTS}]*)
      | (?P<power>[⁻⁺]?[{_SUPERSCRIPTS}]+)
      | (?P<sign>\*\*|//|<=|>=|==|!=|[-+*/^%()\[\]|,<>=≤≥≠−–—﹣·×⋅∙∗•÷√∛])
      | (?P<other>(?s:.))
      | (?P<end>$)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A piece of the text.

    Attributes:
        kind: ``number``, ``name``, ``power`` (raised digits), ``sign``, ``other``, or ``end``.
        text: as the grammar knows it; column: where it begins, from 1; typed: as it was typed.
    """

    kind: str
    text: str
    column: int
    typed: str

    @property
    def ends_an_operand(self) -> bool:
        """Whether an operator may follow."""
        return self.kind in ("number", "name", "power") or self.text in (")", "]")

    def split(self, texts: list[str]) -> list["Token"]:
        """Tokens for the parts ``texts`` of a name, each at its own column."""
        found, column = [], self.column
        for text in texts:
            kind = "number" if text.isdecimal() else "name"
            found.append(Token(kind, text, column, text))
            column += len(text)
        return found


def tokenize(text: str) -> list[Token]:
    """``text`` in pieces, the last of kind ``end``."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        typed = match[kind]
        plain = typed.translate(_DIGITS).translate(_LETTERS) if kind in ("name", "power") else SIGNS.get(typed, typed)
        found.append(Token(kind, plain, match.start(kind) + 1, typed))
        if kind == "end":
            break
    return found
