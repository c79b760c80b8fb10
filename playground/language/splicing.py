"""Work on a list of tokens: brackets that belong together, arguments, and texts put in their place."""

from collections.abc import Sequence

from playground.language.lexer import Token, tokenize

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPENING = {closing: opening for opening, closing in _PAIRS.items()}


def find_closing(tokens: Sequence[Token], at: int) -> int | None:
    """Where the bracket that opens at ``at`` is closed."""
    depth = 0
    for i in range(at, len(tokens)):
        depth += (tokens[i].text in _PAIRS) - (tokens[i].text in _OPENING)
        if depth == 0:
            return i if tokens[i].text == _PAIRS[tokens[at].text] else None
    return None


def find_opening(tokens: Sequence[Token], at: int) -> int | None:
    """Where the bracket that closes at ``at`` was opened."""
    depth = 0
    for i in range(at, -1, -1):
        depth += (tokens[i].text in _OPENING) - (tokens[i].text in _PAIRS)
        if depth == 0:
            return i if tokens[i].text == _OPENING[tokens[at].text] else None
    return None


def split_at(tokens: Sequence[Token], signs: Sequence[str]) -> list[list[Token]]:
    """The parts between ``signs`` outside of brackets; no part for no token."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in _PAIRS) - (token.text in _OPENING)
        if depth == 0 and token.text in signs:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts if tokens else []


def fill(template: str, parts: dict[str, list[Token]], column: int) -> list[Token]:
    """A text with ``{name}`` for tokens, its own at ``column``; brackets that hold one token alone are left out."""
    made: list[Token] = []
    pieces = template.replace("}", "{").split("{")
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            made += [Token(one.kind, one.text, column, one.typed) for one in tokenize(piece)[:-1]]
        elif len(parts[piece]) == 1 and _is_bracketed(pieces, i, made):
            made[-1:] = parts[piece]
            pieces[i + 1] = pieces[i + 1][1:]
        else:
            made += parts[piece]
    return made


def _is_bracketed(pieces: Sequence[str], i: int, made: Sequence[Token]) -> bool:
    """Whether the brackets around a part are there for its sake, rather than a function's."""
    own = pieces[i - 1][-2:-1]
    return pieces[i - 1].endswith("(") and pieces[i + 1].startswith(")") and not own.isalnum() and bool(made)
