"""Texts that may be meant in two ways: which one was taken, in a sentence each, and how the other is written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from playground.language.foreign import find_function
from playground.language.lexer import Token, tokenize, write
from playground.language.operations import FUNCTIONS, GREEK_LETTERS
from playground.language.splicing import find_closing
from playground.language.tape import Node

USUAL_FACTORS = frozenset("xyzt")
"""Letters that show a name to be a product: xy, ax."""

OTHER_FUNCTIONS = ("sen", "tg", "sh", "ch", "th")
"""Functions of other places, whose names are products of letters here where no bracket follows."""

_ALPHABET = frozenset("abcd")
"""In their company e is the next letter, rather than Euler's number."""

_LETTERS_OF_PARAMETERS = _ALPHABET | {"f"}
"""Beside one of these e may be meant as a letter, so that its reading is said."""


class Said(NamedTuple):
    """How a text was read that could have been meant otherwise.

    Attributes:
        sentence: which way was taken.
        swaps: what to type for names, where the other is meant; inserts: what to type before columns.
    """

    sentence: str
    swaps: Mapping[str, str] = {}
    inserts: tuple[tuple[int, str], ...] = ()

    def other(self, text: str) -> str:
        """``text`` as it is typed where the other is meant; as it is where none is known."""
        edits = [(column - 1, column - 1, typed) for column, typed in self.inserts]
        found = [token for token in tokenize(text) if token.typed in self.swaps]
        edits += [(one.column - 1, one.column - 1 + len(one.typed), self.swaps[one.typed]) for one in found]
        for start, end, typed in sorted(edits, reverse=True):
            text = text[:start] + typed + text[end:]
        return text


def settle_constants(nodes: Sequence[Node], typed: frozenset[str]) -> tuple[tuple[Node, ...], list[Said]]:
    """The tape with ``tau`` and ``e`` as variables where the company that they keep says so, and what was taken.

    ``typed`` are the names as they stand in the text, where tau may be a τ. What they are goes by the
    tape, not by the text, so that an expression written out reads back as the same.
    """
    constants = {str(node.value) for node in nodes if node.operation == "constant"}
    names = {str(node.value) for node in nodes if node.operation == "name"}
    said = []
    variables = set()
    if "tau" in constants and names:
        if _is_time_constant(nodes):
            variables.add("tau")
            said.append(Said("tau is read as a variable; for the constant 2π, write 2pi", _swap_tau("(2pi)")))
        else:
            said.append(Said("tau is read as the constant 2π = 6.283; for a variable, write tau_1", _swap_tau("tau_1")))
    if "e" in constants and names:
        if names >= _ALPHABET:
            variables.add("e")
            beside = "e is read as a variable beside a, b, c and d; write exp(1) for Euler's number"
            said.append(Said(beside, {"e": "exp(1)"}))
        else:
            alone = Said("e is read as Euler's number 2.718; write e_1 for a variable", {"e": "e_1"})
            said += [alone] if names & _LETTERS_OF_PARAMETERS else []
    spelled = {"tau": "tau" if "tau" in typed else "τ", "e": "e"}
    settled = [
        replace(node, operation="name", value=spelled[str(node.value)])
        if node.operation == "constant" and node.value in variables
        else node
        for node in nodes
    ]
    return tuple(settled), said


def _swap_tau(text: str) -> Mapping[str, str]:
    return dict.fromkeys(("tau", "Tau", "TAU", "τ"), text)


def _is_time_constant(nodes: Sequence[Node]) -> bool:
    """Whether something is divided by tau, or tau stands in an exponential function beside a variable."""
    dividers = [node.arguments[1] for node in nodes if node.operation == "/"]
    arguments = [node.arguments[0] for node in nodes if node.operation == "exp"]
    return any(_has_tau_factor(nodes, at) for at in dividers + arguments)


def _has_tau_factor(nodes: Sequence[Node], at: int) -> bool:
    node = nodes[at]
    if node.operation == "constant":
        return node.value == "tau"
    if node.operation in ("*", "negate", "**", "+", "-", "/"):
        return any(_has_tau_factor(nodes, one) for one in node.arguments)
    return False


def describe_product(token: Token, pieces: Sequence[Token], names: frozenset[str]) -> Said | None:
    """What is said of a name read as a product, if it may be one name or a function; ``names`` stand by themselves."""
    letters = [piece.text for piece in pieces]
    typed, product = token.typed, "*".join(letters)
    function = next((name for name in OTHER_FUNCTIONS if name == token.text or _begins(token.text, name)), "")
    if function:
        known, argument = find_function(function), typed[len(function) :]
        swaps = {typed: f"{known}({argument})"} if argument else {}
        return Said(f"{typed} is read as {product}; write {known}(…) for the function", swaps)
    # xc is no way to write c times x, as cx is.
    is_led = letters[0] in USUAL_FACTORS and letters[-1] not in (*USUAL_FACTORS, "e")
    usual = (USUAL_FACTORS & set(letters) and not is_led) or names >= set(letters) or not all(map(str.isalpha, letters))
    if usual or any(one in FUNCTIONS or len(one) > 1 for one in letters):
        return None
    name = one_name(typed)
    return Said(f"{typed} is read as {product}; write {name} for one variable", {typed: name})


def _begins(text: str, name: str) -> bool:
    """Whether a name joined to its argument is a function's: tgx, but not thetax."""
    return text.startswith(name) and len(text) == len(name) + 1 and name not in ("sh", "ch", "th")


def one_name(text: str) -> str:
    """``Vmax`` as the language writes a name of several letters: ``V_max``."""
    return text[:1] + "_" + text[1:]


def describe_factor(sign: str, tokens: Sequence[Token], start: int, at: int, is_base_e: bool) -> Said | None:
    """What is said of ``1/2x`` and ``e^-2x``, where a factor follows; x^2y and 1/(2a)x are plain.

    Args:
        sign: the operator; tokens: all of the text.
        start: where the operator's right side begins; at: where the factor that follows it stands.
        is_base_e: whether it is a power of e.
    """
    right, typed = tokens[start:at], tokens[at].typed
    operand = write(right)
    inserts = ((right[0].column, "("), (_end_of_factor(tokens, at), ")"))
    if sign == "/" and len(right) == 1:
        both = f"write /({operand}*{typed}) to divide by both"
        return Said(f"/{operand}{typed} is read as /{operand} times {typed}; {both}", {}, inserts)
    if sign == "**" and right[-1].text != ")" and (len(right) > 1 or is_base_e):
        both = f"write ^({operand}*{typed}) for both in the power"
        return Said(f"^{operand}{typed} is read as ^({operand}) times {typed}; {both}", {}, inserts)
    return None


def _end_of_factor(tokens: Sequence[Token], at: int) -> int:
    """The column behind a factor, with its brackets and its power."""
    if tokens[at].text in ("(", "["):
        at = find_closing(tokens, at) or at
    elif tokens[at].kind == "name" and tokens[at + 1].text in ("(", "["):
        at = find_closing(tokens, at + 1) or at
    if tokens[at + 1].kind == "power":
        at += 1
    elif tokens[at + 1].text == "**" and tokens[at + 2].kind in ("name", "number"):
        at += 2
    return tokens[at].column + len(tokens[at].typed)


def describe_calls(tokens: Sequence[Token]) -> list[Said]:
    """What is said of ``f(x)`` and ``e(x)``, read as products, and of ``x^1/2``."""
    said = []
    for name, opening, inside, closing in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        if (name.text, inside.text) == ("**", "/") and opening.text == "1" and closing.kind == "number":
            root = f"1/{closing.typed}"
            inserts = ((opening.column, "("), (closing.column + len(closing.typed), ")"))
            said.append(
                Said(f"^{root} is read as ^1 divided by {closing.typed}; write ^({root}) for a root", {}, inserts)
            )
        adjacent = name.kind == "name" and opening.text == "(" and name.column + len(name.typed) == opening.column
        if not adjacent:
            continue
        if name.text == "e":
            times = "e(…) is read as e times what stands in brackets; write e^(…) for a power"
            said.append(Said(times, {}, ((opening.column, "^"),)))
        elif (len(name.text) == 1 or name.text in GREEK_LETTERS) and inside.kind == "name" and closing.text == ")":
            said.append(Said(f"{name.typed}({inside.typed}) is read as {name.typed}*{inside.typed}"))
    return said


def describe_digits(names: Sequence[str], typed: frozenset[str]) -> list[Said]:
    """What is said of ``x2`` beside x, maybe a square that lost its raised digit; ``typed`` stand in the text."""
    return [
        Said(
            f"{name} is read as a variable of its own; write {name[0]}^{name[1]} for a power",
            {one: re.sub(rf"{name}(?!\d)", f"{name[0]}^{name[1]}", one) for one in typed if name in one},
        )
        for name in names
        if len(name) == 2 and name[1] in "23" and name[0] in names and f"{name[0]}1" not in names
    ]
