"""The left side of an equation: ``f(x) =``, ``y =`` and ``A =`` may stand before an expression."""

from collections.abc import Sequence

from playground.errors import ExpressionError
from playground.language.explain import WANTED
from playground.language.lexer import Token
from playground.language.operations import Kind

_VALUES = ("y", "z", "f", "L")
"""What a function's value is called, even where it is a number alone."""


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
    named = len(texts) == 1 and left[0].kind == "name" and _is_defined(texts[0], right) and texts[0] not in allowed
    if kind == "truth" or not (listed or named):
        raise ExpressionError(WANTED[kind].equation, column=tokens[at].column)
    return at + 1


def _is_defined(name: str, right: Sequence[Token]) -> bool:
    """Whether a name is given by the right side, rather than asked for: x, which is where a curve is drawn, is not."""
    names = {token.text for token in right if token.kind == "name"}
    is_function = name in _VALUES or bool(names)  # a = 3 gives a number
    return name != "x" and is_function and name not in names and "=" not in {token.text for token in right}
