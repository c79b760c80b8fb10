"""Formulas with decimal commas, and how they are written with points."""

import re
from collections.abc import Sequence

from playground.language.lexer import Token, write
from playground.language.operations import FUNCTIONS
from playground.language.splicing import find_opening

_MAY_BE_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}", re.ASCII)


def write_with_points(tokens: Sequence[Token]) -> str:
    """``2,5*x + 1,3`` with points; nothing where no comma can be decimal alone, or a number has a point already.

    The commas of functions of several arguments stay.
    """
    places = [i for i in range(1, len(tokens) - 1) if _is_decimal(tokens, i)]
    numbers = [tokens[i - 1].typed + "," + tokens[i + 1].typed for i in places]
    is_mixed = any(one.kind == "number" and "." in one.typed for one in tokens)
    if is_mixed or all(map(_MAY_BE_THOUSANDS.fullmatch, numbers)):
        return ""
    made = list(tokens)
    for i in reversed(places):
        text = f"{tokens[i - 1].typed}.{tokens[i + 1].typed}"
        made[i - 1 : i + 2] = [Token("number", text, tokens[i - 1].column, text)]
    return write(made)


def _is_decimal(tokens: Sequence[Token], i: int) -> bool:
    """Whether the comma at ``i`` stands right between digits, where none stands between arguments."""
    before, comma, after = tokens[i - 1 : i + 2]
    if comma.text != "," or not (before.typed.isdecimal() and after.kind == "number"):
        return False
    if comma.column != before.column + len(before.typed) or after.column != comma.column + 1:
        return False
    opening = find_opening([*tokens[:i], Token("sign", ")", comma.column, ")")], i)
    if opening is None:
        return True
    name = tokens[opening - 1] if opening else None
    if tokens[opening].text != "(" or name is None or name.kind != "name":
        return tokens[opening].text == "("
    return name.text in FUNCTIONS and FUNCTIONS[name.text].max_arguments == 1
