"""What a sum or a product runs over, ``for i in range(3)``, and the components that it takes, ``x[i+1]``."""

from collections.abc import Container, Sequence
from itertools import takewhile

from playground.errors import ExpressionError
from playground.language.lexer import Token
from playground.language.names import RESERVED, find_constant
from playground.language.operations import FUNCTIONS, OPERATIONS
from playground.language.tape import Node

MAX_COMPONENTS = 100
"""The most components that a vector may have, and terms that a sum may have."""


def is_sum_over_index(tokens: Sequence[Token], opening: int) -> bool:
    """Whether ``for`` stands in the bracket that opens at ``opening``."""
    depth = 0
    for token in tokens[opening:]:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth == 0:
            return False
        if depth == 1 and token.text == "for":
            return True
    return False


def read_range(tokens: Sequence[Token], at: int) -> tuple[str, range, int]:
    """What stands from the ``for`` at ``at`` on: the index's name, its values, and where the text goes on.

    Raises:
        ExpressionError: for anything else, or an index that is a function or a constant.
    """
    column, words, at = tokens[at].column, tokens[at + 1 : at + 5], min(at + 5, len(tokens))
    bounds: list[int] = []
    if len(words) == 4 and [one.text for one in words[1:]] == ["in", "range", "("] and words[0].kind == "name":
        while True:
            minus = "-" if tokens[at].text == "-" else ""
            at += len(minus)
            if not (tokens[at].text.isdecimal() and len(tokens[at].text) < 4):
                break
            bounds.append(int(minus + tokens[at].text))
            at += 1
            if tokens[at].text not in (",", ")"):
                break
            at += 1
            if tokens[at - 1].text == ")":
                break
    values = range(*bounds) if len(bounds) in (1, 2) else range(0)
    if not 0 < len(values) <= MAX_COMPONENTS or tokens[at - 1].text != ")":
        message = f"after 'for' write an index and 1 to {MAX_COMPONENTS} whole numbers, such as for i in range(3)"
        raise ExpressionError(message, column=column)
    name = words[0]
    if name.text in (*FUNCTIONS, *RESERVED) or find_constant(name.text):
        raise ExpressionError(f"'{name.typed}' can't be an index: use a letter such as i", column=name.column)
    return name.text, values, at


def is_index(tokens: Sequence[Token], opening: int, indices: Container[str]) -> bool:
    """Whether the square bracket at ``opening`` holds whole numbers and ``indices`` alone.

    Raises:
        ExpressionError: for an index in anything else than + - *.
    """
    inside = list(takewhile(lambda token: token.text != "]", tokens[opening + 1 :]))
    if all(one.text.isdecimal() or one.text in indices or one.text in ("+", "-", "*") for one in inside):
        return len(inside) > 0
    if any(one.text in indices for one in inside):
        message = "a component's place is made of whole numbers and the index by + - *"
        raise ExpressionError(message, column=tokens[opening].column + 1)
    return False


def evaluate_index(nodes: Sequence[Node], position: int) -> float:
    """The value of what was made of whole numbers by + - * alone."""
    node = nodes[position]
    if node.operation == "number":
        return float(node.value or 0)
    value: float = OPERATIONS[node.operation].function(*(evaluate_index(nodes, one) for one in node.arguments))
    return value
