"""Texts that may be meant in two ways: which one was taken, in a sentence each."""

from collections.abc import Sequence
from dataclasses import replace

from playground.language.foreign import find_function
from playground.language.lexer import Token, write
from playground.language.names import Names, find_constant
from playground.language.operations import FUNCTIONS, GREEK_LETTERS
from playground.language.tape import Node

_USUAL_FACTORS = frozenset("xyzt")
"""Letters that show a name to be a product: xy, ax."""

_OTHER_FUNCTIONS = ("sen", "tg", "sh", "ch", "th")
"""Functions of other places, whose names are products of letters here where no bracket follows."""

_ALPHABET = frozenset("abcd")
"""In their company e is the next letter, rather than Euler's number."""

_LETTERS_OF_PARAMETERS = _ALPHABET | {"f"}
"""Beside one of these e may be meant as a letter, so that its reading is said."""


def settle_constants(nodes: Sequence[Node], typed: frozenset[str]) -> tuple[tuple[Node, ...], list[str]]:
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
            said.append("tau is read as a variable; write 2pi for the constant")
        else:
            said.append("tau is read as 2π = 6.283; write tau_1 for a variable")
    if "e" in constants and names:
        if names >= _ALPHABET:
            variables.add("e")
            said.append("e is read as a variable beside a, b, c and d; write exp(1) for Euler's number")
        else:
            alone = "e is read as Euler's number 2.718; write e_1 for a variable"
            said += [alone] if names & _LETTERS_OF_PARAMETERS else []
    spelled = {"tau": "tau" if "tau" in typed else "τ", "e": "e"}
    settled = [
        replace(node, operation="name", value=spelled[str(node.value)])
        if node.operation == "constant" and node.value in variables
        else node
        for node in nodes
    ]
    return tuple(settled), said


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


def describe_product(token: Token, pieces: Sequence[Token], names: frozenset[str]) -> str:
    """What is said of a name read as a product, if it may be one name or a function; ``names`` stand by themselves."""
    letters = [piece.text for piece in pieces]
    typed, product = token.typed, "*".join(letters)
    function = next((name for name in _OTHER_FUNCTIONS if name == token.text or _begins(token.text, name)), "")
    if function:
        return f"{typed} is read as {product}; write {find_function(function)}(…) for the function"
    usual = _USUAL_FACTORS & set(letters) or names >= set(letters) or not all(map(str.isalpha, letters))
    if usual or any(one in FUNCTIONS or len(one) > 1 for one in letters):
        return ""
    return f"{typed} is read as {product}; write {one_name(typed)} for one variable"


def _begins(text: str, name: str) -> bool:
    """Whether a name joined to its argument is a function's: tgx, but not thetax."""
    return text.startswith(name) and len(text) == len(name) + 1 and name not in ("sh", "ch", "th")


def join_names(tokens: Sequence[Token], text: str, names: Names) -> list[Token]:
    """The tokens with ``text``, and what looks like it, as one name each: Vmax and Km, but not Asin(x)."""
    return [
        replace(one, text=one_name(one.text), typed=one_name(one.text))
        if one.text == text or (one.kind == "name" and _is_one_word(one.text, names))
        else one
        for one in tokens
    ]


def _is_one_word(text: str, names: Names) -> bool:
    """Whether it is a capital letter with small ones, or a word that is no product of letters."""
    known = names.is_variable(text) or text.lower() in FUNCTIONS or find_constant(text)
    is_word = text[0].isupper() and text[1:].islower()
    return not known and text.isalpha() and (is_word or names.split(text, before_bracket=False) is None)


def one_name(text: str) -> str:
    """``Vmax`` as the language writes a name of several letters: ``V_max``."""
    return text[:1] + "_" + text[1:]


def describe_factor(sign: str, right: Sequence[Token], factor: Token, is_base_e: bool) -> str:
    """What is said of ``1/2x`` and ``e^-2x``, where a factor follows; x^2y and 1/(2a)x are plain."""
    operand, typed = write(right), factor.typed
    if sign == "/" and len(right) == 1:
        return f"/{operand}{typed} is read as /{operand} times {typed}; write /({operand}*{typed}) to divide by both"
    if sign == "**" and right[-1].text != ")" and (len(right) > 1 or is_base_e):
        both = f"write ^({operand}*{typed}) for both in the power"
        return f"^{operand}{typed} is read as ^({operand}) times {typed}; {both}"
    return ""


def describe_calls(tokens: Sequence[Token]) -> list[str]:
    """What is said of ``f(x)`` and ``e(x)``, read as products, and of ``x^1/2``."""
    said = []
    for name, opening, inside, closing in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        if (name.text, inside.text) == ("**", "/") and opening.text == "1" and closing.kind == "number":
            root = f"1/{closing.typed}"
            said.append(f"^{root} is read as ^1 divided by {closing.typed}; write ^({root}) for a root")
        adjacent = name.kind == "name" and opening.text == "(" and name.column + len(name.typed) == opening.column
        if not adjacent:
            continue
        if name.text == "e":
            said.append("e(…) is read as e times what stands in brackets; write e^(…) for a power")
        elif (len(name.text) == 1 or name.text in GREEK_LETTERS) and inside.kind == "name" and closing.text == ")":
            said.append(f"{name.typed}({inside.typed}) is read as {name.typed}*{inside.typed}")
    return said


def describe_digits(names: Sequence[str]) -> list[str]:
    """What is said of ``x2`` beside x, which may be a square that lost its raised digit."""
    return [
        f"{name} is read as a variable of its own; write {name[0]}^{name[1]} for a power"
        for name in names
        if len(name) == 2 and name[1] in "23" and name[0] in names and f"{name[0]}1" not in names
    ]
