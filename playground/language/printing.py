"""A tape written out as text of the language, and as LaTeX.

All is made from the checked tape, never from what was typed: nothing of a person's text but the names of
variables, which are letters, digits and underscores, reaches a page.
"""

import re
from collections.abc import Mapping
from functools import partial

from playground.language.expression import Expression
from playground.language.operations import GREEK_LETTERS, OPERATIONS, VECTOR
from playground.language.pieces import ATOM, PRECEDENCES, Piece, add_brackets, write_number, write_tape
from playground.language.tape import Node


def to_text(expression: Expression, position: int | None = None) -> str:
    """The expression, or the part that ends at a node of its tape, in the language's plainest form.

    The whole reads back as the same tape.
    """
    end = None if position is None else position + 1
    text = write_tape(expression.nodes[:end], _node_to_text)
    is_listed = position is None and expression.words
    return f"f({', '.join(expression.names)}) = {text}" if is_listed else text


def to_latex(expression: Expression, names: Mapping[str, str] | None = None) -> str:
    """The expression typeset.

    Args:
        expression: what to write.
        names: what to write for a name, such as a symbol or a number; it is bracketed where it has to be.
    """
    given = {name: Piece(latex, _latex_precedence(latex)) for name, latex in (names or {}).items()}
    return write_tape(expression.nodes, partial(_node_to_latex, names=given))


def name_to_latex(name: str) -> str:
    """A variable's name, typeset: ``w_1`` with an index, ``alpha`` and ``α`` as the letter."""
    head, _, tail = name.partition("_")
    if not tail and (match := re.fullmatch(r"([^\d]+?)(\d+)", name)):
        head, tail = match[1], match[2]
    letters = {letter: word for word, letter in GREEK_LETTERS.items()}
    word = letters.get(head, "tau" if head == "τ" else head)
    shown = rf"\{word}" if word in (*GREEK_LETTERS, "tau") else _set_upright(head)
    return shown + (f"_{{{_set_upright(tail.replace('_', ','))}}}" if tail else "")


def _set_upright(text: str) -> str:
    """Words stand upright, so that they aren't read as products; numbers and single letters do so or needn't."""
    return text if len(text) == 1 or text.isdecimal() else rf"\mathrm{{{text}}}"


def _node_to_text(node: Node, arguments: list[Piece]) -> Piece:
    name = node.operation
    if name == "number":
        return Piece(write_number(node.value), ATOM)
    if name in ("name", "constant"):
        return Piece(str(node.value), ATOM)
    if name == "component":
        return Piece(f"{arguments[0].text}[{int(node.value or 0)}]", ATOM)
    if name == "truth":  # a comparison among numbers counts 1 or 0
        return Piece(f"({arguments[0].text})", ATOM)
    if name == "negate":
        return Piece("-" + add_brackets(arguments, (7,))[0], 7)
    if name in PRECEDENCES:
        holds, needs = PRECEDENCES[name]
        left, right = add_brackets(arguments, needs)
        return Piece(f"{left}**{right}" if name == "**" else f"{left} {name} {right}", holds)
    inside = ", ".join(one.text for one in arguments)
    return Piece(f"[{inside}]" if name == "vector" else f"{name}({inside})", ATOM)


def _latex_precedence(latex: str) -> int:
    """How tightly a symbol or a number binds: less with a sign or a power of ten."""
    return min(3 if latex.startswith("-") else ATOM, 2 if r"\cdot" in latex and latex[0] != "(" else ATOM)


def _node_to_latex(node: Node, arguments: list[Piece], names: Mapping[str, Piece]) -> Piece:
    name = node.operation
    if name == "number":
        mantissa, _, power = write_number(node.value).partition("e")
        return Piece(rf"{mantissa} \cdot 10^{{{int(power)}}}", 2) if power else Piece(mantissa, ATOM)
    if name == "constant":
        return Piece({"pi": r"\pi", "tau": r"\tau"}.get(str(node.value), str(node.value)), ATOM)
    if name == "name":
        return names.get(str(node.value)) or Piece(name_to_latex(str(node.value)), ATOM)
    if name == "component":
        # In braces, or a name with an index would get a second one.
        return Piece(rf"{{{arguments[0].text}}}_{{[{int(node.value or 0)}]}}", ATOM)
    record = VECTOR if name == "vector" else OPERATIONS[name]
    # 3 · 4 and 3 · 4/5 need the dot: 3 4/5 would be read as more than three.
    number_first = arguments and arguments[0].text[-1].isdigit()
    if name == "*" and not re.match(r"[{]*[\d-]|\\frac" if number_first else r"[{]*[\d-]", arguments[1].text):
        left, right = add_brackets(arguments, record.argument_precedence, r"\left(", r"\right)")
        return Piece(rf"{left} \, {right}", record.precedence)
    if name == "piecewise":
        rows = [
            rf"{value.text} & {condition.text}"
            for condition, value in zip(arguments[:-1:2], arguments[1:-1:2], strict=True)
        ]
        rows.append(rf"{arguments[-1].text} & \text{{otherwise}}")
        return Piece(r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", ATOM)
    texts = add_brackets(arguments, record.argument_precedence, r"\left(", r"\right)")
    if name in ("+", "-") and texts[1].startswith("-"):
        texts[1] = rf"\left({texts[1]}\right)"
    return Piece(record.latex.format(*texts, all=", ".join(one.text for one in arguments)), record.precedence)
