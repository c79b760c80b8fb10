"""Why a text is no expression, in one sentence for the person who typed it."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from playground.language.foreign import MODULES
from playground.language.lexer import Token
from playground.language.names import RESERVED
from playground.language.operations import CONSTANTS, FUNCTIONS, GREEK_LETTERS, Kind

_REMEDIES = {
    "!": "there is no factorial",
    ";": "one expression is enough: leave out what begins with ';'",
    "'": "type the function alone, its derivative is computed",
    '"': "texts can't be used in an expression",
    "{": "use ( and ) as brackets",
    "}": "use ( and ) as brackets",
    "\\": "type it plainly, such as a/b or sqrt(x), without LaTeX's \\",
    "$": "type it plainly, without $",
    "`": "type it plainly, without `",
    "&": "write 'and' between comparisons",
    "~": "write - for minus",
    "_": "a name begins with a letter",
    "@": "write dot(u, v) for the product of vectors",
    ":": "type the formula alone, without what stands before the ':'",
    "?": "write where(x > 0, a, b) for a choice",
    **dict.fromkeys("′’∂∫", "type the function alone, its derivative is computed"),
    **dict.fromkeys("‖∥", "write norm(x) for a length"),
    **dict.fromkeys("⌊⌋", "write floor(x)"),
    **dict.fromkeys("⌈⌉", "write ceil(x)"),
    "∞": "infinity is no number to compute with",
    "∑": "write sum(x**2) over a vector, or sum(x[i]**2 for i in range(3))",
    "∏": "write prod(x) over a vector, or prod(x[i] for i in range(3))",
}
"""What to do about characters that the language doesn't have."""

_SIMILARITY = 0.7
"""A known name is suggested for one that is at least so much like it."""


class Wanted(NamedTuple):
    """What is said of a text that comes to something else than is wanted.

    Attributes:
        example: what to type; other: why a text of the other kind won't do; equation: why an equals sign won't do.
    """

    example: str
    other: str
    equation: str


WANTED: Mapping[Kind, Wanted] = {
    "number": Wanted(
        example="an expression, for example a*x + b",
        other="this comparison is true or false, and a number is needed: write where(x > 0, 1, 0), for example",
        equation="an equation is no function: type only one side of it, or == to compare",
    ),
    "truth": Wanted(
        example="a condition, for example y > sin(3x)",
        other="this is a number, and a condition is needed: compare it with another, for example y > sin(3x)",
        equation="an equation holds on a line alone: write < or > instead of =, for example y > sin(3x)",
    ),
}
"""By what a text should come to."""


def explain_unknown_name(token: Token, allowed: Sequence[str] | None) -> str:
    """Why a name is none; ``allowed`` are the only ones that may be variables, None for any."""
    nearest = suggest(token.text, [*FUNCTIONS, *CONSTANTS, *(GREEK_LETTERS if allowed is None else allowed)])
    if token.text.endswith("_"):
        return f"an index is missing after '{token.typed}': write {token.typed}1"
    if nearest:
        return f"unknown name '{token.typed}'{nearest}"
    if allowed is not None:
        *rest, last = allowed or ("",)
        usable = f"{', '.join(rest)} and {last}" if rest else last
        may = f"this function may use {usable}" if usable else "only numbers may stand here"
        return f"unknown name '{token.typed}': {may}"
    return f"unknown name '{token.typed}': variables are single letters, such as x, or have an underscore, such as w_1"


def explain_unknown_function(token: Token, pieces: Sequence[Token] | None) -> str:
    """Why a name before a bracket is no function; ``pieces`` are what it might be a product of."""
    nearest = suggest(token.text, FUNCTIONS)
    if pieces and len(pieces) == 2 and not nearest:
        product = "*".join(piece.typed for piece in pieces)
        return f"unknown function '{token.typed}': for a product write {product}*(…)"
    return f"unknown function '{token.typed}'{nearest}"


def explain_unexpected(tokens: Sequence[Token], cursor: int, brackets: Sequence[str]) -> str:
    """Why a token can't stand where it does.

    Args:
        tokens: all of the text; cursor: which of them.
        brackets: those that are open there, the innermost last.
    """
    token, before = tokens[cursor], tokens[cursor - 1] if cursor else None
    if token.kind == "other":
        return _explain_character(token, before, tokens[cursor + 1])
    if token.text in (")", "]") and (before is None or before.text == "|" or before.ends_an_operand):
        inside = f"doesn't match {brackets[-1]}" if brackets else "closes no bracket"
        return f"this {token.typed} {inside}"
    if token.text == "not":
        return "'not' can't be used here: write the opposite comparison, such as x <= 0"
    if before is None:
        return f"a number or a name is missing before '{token.typed}'"
    if token.kind == "end" or token.text in (")", "]"):
        empty = before.text in ("(", "[") and token.kind != "end"
        return "these brackets are empty" if empty else f"something is missing after '{before.typed}'"
    if token.text == "=":
        return "an equation is no function: use == to compare"
    if token.text == "for":
        return "'for' stands in sums and products alone: write sum(x[i]**2 for i in range(3))"
    if token.text in RESERVED:
        return f"'{token.typed}' can't stand here"
    if before.ends_an_operand and token.kind == "number":
        return f"an operator is missing between '{before.typed}' and '{token.typed}'"
    if before.ends_an_operand and token.text == ",":
        return _explain_comma(before, tokens[cursor + 1])
    if before.kind == "sign" and not before.ends_an_operand and before.text not in ("(", "[", "|", ","):
        return f"something is missing between '{before.typed}' and '{token.typed}'"
    return f"a number or a name is missing before '{token.typed}'"


def explain_count(of: str, least: int, most: int | None, count: int) -> str:
    """Why ``count`` arguments are too few or too many; no upper bound is None."""
    wants = f"{least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
    return f"{of} takes {wants} {'argument' if wants.endswith('1') else 'arguments'}, not {count}"


def suggest(text: str, known: Iterable[str]) -> str:
    """``: did you mean 'sin'?``, or nothing if no known name is near."""
    known = list(known)
    if text.lower() in known:
        return f": did you mean '{text.lower()}'?"
    if len(text) < 3:  # everything is near to a letter or two
        return ""
    names = [one for one in known if one.isascii()]
    close = difflib.get_close_matches(text.lower()[:40], names, n=1, cutoff=_SIMILARITY)
    return f": did you mean '{close[0]}'?" if close else ""


def _explain_comma(before: Token, after: Token) -> str:
    if before.kind == "number" and after.kind == "number":
        one, two = before.typed, after.typed
        if one.isdigit() and "." not in two:
            thousands = f", or {one}{two} if thousands are meant" if len(two) == 3 else ""
            return f"numbers are written with a point: {one}.{two}{thousands}"
        if re.fullmatch(r"\d{1,3}\.\d{3}", one) and two.isdigit():
            return f"numbers are written with a point, and without one between thousands: {one.replace('.', '')}.{two}"
        if one.isdigit() and re.match(r"\d{3}\.", two):
            return f"numbers are written without a comma between thousands: {one}{two}"
    return "a comma stands only between the arguments of a function"


def _explain_character(token: Token, before: Token | None, after: Token) -> str:
    character = token.typed
    if character == ".":
        if before is not None and before.text in MODULES:
            return f"there is no {before.typed}.{after.typed} here{suggest(after.text, FUNCTIONS)}"
        if before is not None and before.ends_an_operand and after.kind == "name":
            return f"there is no .{after.typed} here: write functions as sin(x), and x.pow(2) as x^2"
        return "a point stands only in numbers"
    if character in _REMEDIES:
        return f"'{character}' can't be used here: {_REMEDIES[character]}"
    if character.isprintable() and not character.isspace():
        plain = unicodedata.normalize("NFKC", character).replace("⁄", "/")
        hint = f": did you mean '{plain}'?" if plain != character and plain.isascii() and plain.isprintable() else ""
        return f"'{character}' can't be used in an expression{hint}"
    return f"an invisible character (U+{ord(character):04X}) stands here: delete it"
