"""The left side of an equation: ``f(x) =`` and ``y =`` may stand before an expression."""

from collections.abc import Sequence

from playground.errors import ExpressionError
from playground.language.explain import WANTED
from playground.language.lexer import Token
from playground.language.operations import Kind

_LEFT_SIDES = ("y", "z", "f", "L")
"""What may stand left of an equals sign, and is passed over."""


def find_right_side(tokens: Sequence[Token], allowed: Sequence[str], kind: Kind) -> int:
    """Where the expression begins.

    Args:
        tokens: all of the text; allowed: names that are variables, whose equation it would be.
        kind: what the text must come to.

    Raises:
        ExpressionError: for an equation that defines nothing.
    """
    at = next((i for i, token in enumerate(tokens) if token.text == "="), None)
    if at is None:
        return 0
    left, right = tokens[:at], tokens[at + 1 :]
    texts = [token.text for token in left]
    called = len(texts) > 3 and left[0].kind == "name" and texts[1] == "(" and texts[-1] == ")"
    listed = called and all(
        token.kind == "name" if i % 2 == 0 else token.text == "," for i, token in enumerate(left[2:-1])
    )
    named = len(texts) == 1 and texts[0] in _LEFT_SIDES and texts[0] not in {token.text for token in right}
    named = named and texts[0] not in allowed
    if kind == "truth" or not (listed or named):
        raise ExpressionError(WANTED[kind].equation, column=tokens[at].column)
    return at + 1
