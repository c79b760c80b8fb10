"""Text -> tokens, with the signs, letters and raised digits that people type made plain."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SIGNS = {
    "^": "**",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    **dict.fromkeys("−–—﹣", "-"),
    **dict.fromkeys("·×⋅∙∗•", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
}
"""The signs that may be typed otherwise, and what the grammar knows them as."""

WORDS = ("and", "or", "for", "in", "if", "else")
"""What is written with a space on either side."""

_SPACED = ("+", "-", "<", ">", "<=", ">=", "==", "!=", "=")
"""Signs between operands that are written so too."""

_LETTERS = str.maketrans("ϑϕµϵ", "θφμε")
"""Variant forms of Greek letters, and the letters that they stand for, as in Python."""

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_DIGITS = str.maketrans(_SUPERSCRIPTS + "⁻⁺" + _SUBSCRIPTS, "0123456789-+0123456789")

LOOK_ALIKES = dict(zip("хуеаорскнвмтіјѕАВЕКМНОРСТХУІЈЅϲΟο", "xyeaopckhbmtijsABEKMHOPCTXYIJScOo", strict=True))
"""Cyrillic and Greek letters, and the Latin ones that can't be told from them."""

_MATHEMATICAL = "\U0001d400-\U0001d7ff\u210e"
"""Letters and digits as formulas in documents have them, such as 𝑥; ℎ stands apart from the rest."""

_TOKEN = re.compile(
    rf"""[ \t\n\r\u00a0\u2009\u202f]*(?:
        (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-zα-ωΑ-Ωϑϕµϵ][A-Za-zα-ωΑ-Ωϑϕµϵ0-9_{_SUBSCRIPTS}]*)
      | (?P<letter>(?<![{_MATHEMATICAL}])[{_MATHEMATICAL}](?![{_MATHEMATICAL}A-Za-z0-9_]))
      | (?P<power>[⁻⁺]?[{_SUPERSCRIPTS}]+)
      | (?P<sign>\*\*|//|<=|>=|==|!=|[-+*/^%()\[\]|,<>=≤≥≠−–—﹣·×⋅∙∗•÷∕⁄√∛])
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
        if kind == "letter":
            kind, plain = _read_letter(typed)
        found.append(Token(kind, plain, match.start(match.lastgroup or "") + 1, typed))
        if kind == "end":
            break
    return found


def _read_letter(typed: str) -> tuple[str, str]:
    """The kind and text of a mathematical letter that stands alone; several joined might be a word, and are none."""
    plain = unicodedata.normalize("NFKC", typed).translate(_LETTERS)
    return ("name", plain) if re.fullmatch("[A-Za-zα-ωΑ-Ω]", plain) else ("other", typed)


def write(tokens: Iterable[Token]) -> str:
    """Tokens as a text: spaces around sums and comparisons, and where two names meet."""
    text = ""
    before: Token | None = None
    for token in tokens:
        joins = before is not None and before.ends_an_operand
        spaced = token.text in WORDS or (joins and token.text in _SPACED)
        # What is read as two tokens mustn't become one.
        apart = joins and before is not None and token.kind in ("name", "number") and not _touch(before, token)
        text += f" {token.typed} " if spaced else (" " * apart + token.typed + " " * (token.text == ","))
        before = token
    return " ".join(text.split())


def _touch(one: Token, other: Token) -> bool:
    """Whether a factor such as 2x may be written without a space."""
    return one.kind in ("number", "power") and other.kind == "name" and one.column + len(one.typed) == other.column
