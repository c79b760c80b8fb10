"""Text -> tape: a tokeniser and a Pratt parser (Pratt 1973, "Top down operator precedence").

A tape is a tuple of nodes, each naming one operation and the earlier nodes it works on; equal subtrees
stand there once. Nothing but the records of ``playground.language.operations``, numbers, names and components can be
expressed, so nothing else can happen. Whatever text comes in, a tape or an ExpressionError comes out, in
a time that grows with the text, whose length, depth and number of nodes are limited.
"""

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

from playground.errors import ExpressionError
from playground.language.operations import (
    CONSTANTS,
    FUNCTIONS,
    GREEK_LETTERS,
    OPERATIONS,
    PRECEDENCE,
    VECTOR,
    Kind,
    Operation,
)

MAX_LENGTH = 1000
MAX_NODES = 400
MAX_DEPTH = 50
MAX_OPERANDS = 4 * MAX_LENGTH
"""Operands read in all: sums over an index are read once for each of its values."""
MAX_COMPONENTS = 100
"""Of a vector."""
MAX_NAME = 30
"""Characters of a variable's name."""

_SIGNS = {
    "^": "**",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    **dict.fromkeys("−–—﹣", "-"),
    **dict.fromkeys("·×⋅∙∗•", "*"),
    "÷": "/",
}
_VARIANTS = str.maketrans("ϑϕµϵ", "θφμε")
"""Other forms of Greek letters, which Python takes as the same too."""
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
_PLAIN = str.maketrans(_SUPERSCRIPTS + "⁻⁺" + _SUBSCRIPTS, "0123456789-+0123456789")
_CLOSING = {"(": ")", "[": "]", "|": "|"}
_INVERSES = {"sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh", "tanh": "atanh"}
_OVER_AN_INDEX = {"sum": "+", "prod": "*"}
"""What joins the terms of a sum or product over an index."""
_INDEXED = re.compile(r"[^\W\d_]+\d*(?:_(?:\d+|[^\W\d_]+\d*))+")
"""A variable with an underscore: behind it stands a number or a word, so that x_1x_2 are two."""
_WORDS = "|".join(name for name in GREEK_LETTERS if len(name) > 3)
_FACTOR = re.compile(rf"\d+|pi|(?:{_WORDS}|[^\W\d_])(?:_\d+|\d*)")
_LONGEST_FIRST = sorted((name for name in FUNCTIONS if len(name) > 1), key=len, reverse=True)
_RESERVED = ("and", "or", "not", "in", "is", "else", "for", "def")
_SIDES = ("y", "z", "f", "L")
"""What may stand left of an equals sign, and is passed over."""

_TOKEN = re.compile(
    rf"""[ \t\n\r\u00a0\u2009\u202f]*(?:
        (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-zα-ωΑ-Ωϑϕµϵ][A-Za-zα-ωΑ-Ωϑϕµϵ0-9_{_SUBSCRIPTS}]*)
      | (?P<power>[⁻⁺]?[{_SUPERSCRIPTS}]+)
      | (?P<sign>\*\*|//|<=|>=|==|!=|[-+*/^%()\[\]|,<>=≤≥≠−–—﹣·×⋅∙∗•÷√∛])
      | (?P<other>(?s:.))
      | (?P<end>$)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Node:
    """One step of a tape.

    Attributes:
        operation: a name from ``OPERATIONS``, or ``"number"``, ``"constant"``, ``"name"``, ``"vector"``,
            ``"component"``.
        arguments: positions on the tape, all before this node's own.
        value: the value of a number, the text of a constant or a name, or which component, from 0.
    """

    operation: str
    arguments: tuple[int, ...] = ()
    value: float | str | None = None


_E = Node("constant", (), "e")


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


def parse(text: str, names: Iterable[str] | None = None) -> tuple[Node, ...]:
    """The tape of ``text``; its last node is the whole.

    Args:
        text: what a person typed.
        names: the only names that may be variables; None for the usual ones.

    Raises:
        ExpressionError: with a sentence and the column, for a text that is no expression.
    """
    if not isinstance(text, str):
        raise ExpressionError(f"an expression is a text, not {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the text has {len(text):,} characters: at most {MAX_LENGTH:,} are allowed")
    if names is not None:
        names = tuple(names) if isinstance(names, Iterable) else (names,)
        if not all(isinstance(name, str) for name in names):
            raise ExpressionError(f"names= must be texts, not {names!r}")
    try:
        parser = _Parser(text, names)
    except ExpressionError as error:
        error.text = text
        if pointer := error.pointer():
            error.add_note(pointer)
        raise
    return _in_order(parser.nodes, parser.whole)


def tokenize(text: str) -> list[Token]:
    """``text`` in pieces, the last of kind ``end``."""
    found = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        typed = match[kind]
        plain = typed.translate(_PLAIN).translate(_VARIANTS) if kind in ("name", "power") else _SIGNS.get(typed, typed)
        found.append(Token(kind, plain, match.start(kind) + 1, typed))
        if kind == "end":
            break
    return found


class _Parser:
    """One pass over the text; ``nodes`` is the result, and ``whole`` where its root stands."""

    def __init__(self, text: str, allowed: tuple[str, ...] | None) -> None:
        self.allowed = allowed
        self.nodes: list[Node] = []
        self.kinds: list[Kind] = []
        self.positions: dict[Node, int] = {}
        self.tokens = tokenize(text)
        self.cursor = 0
        self.depth = 0
        self.open: list[str] = []  # the brackets around the cursor, innermost last
        self.indices: dict[str, int] = {}  # the values of the names that sums run over
        self.indices_read: set[str] = set()
        self.operands = 0
        self.columns: dict[int, int] = {}  # where the text of a node begins
        self.pass_over_left_side()
        if self.next.kind == "end":
            raise ExpressionError(
                "the field is empty: type an expression, for example a*x + b", column=self.next.column
            )
        first = self.next
        self.whole = self.expression(0)
        if self.next.kind != "end":
            raise self.unexpected()
        if self.kinds[self.whole] == "truth":
            raise ExpressionError(
                "this comparison is true or false, and a number is needed: write where(x > 0, 1, 0), for example",
                column=first.column,
            )

    @property
    def next(self) -> Token:
        return self.tokens[self.cursor]

    def take(self) -> Token:
        token = self.next
        self.cursor += 1
        return token

    def emit(self, operation: str, *arguments: int, value: float | str | None = None) -> int:
        node = Node(operation, arguments, value)
        if node not in self.positions:
            if len(self.nodes) == MAX_NODES:
                raise ExpressionError(
                    f"the expression has more than {MAX_NODES} operations: shorten it", column=self.next.column
                )
            self.positions[node] = len(self.nodes)
            self.nodes.append(node)
            self.kinds.append(OPERATIONS[operation].kind if operation in OPERATIONS else "number")
        return self.positions[node]

    def apply(self, operation: str, *arguments: int) -> int:
        """``emit`` an operation on arguments made what it wants: a comparison among numbers counts 1 or 0."""
        record = OPERATIONS.get(operation, VECTOR)
        wanted = [_wanted(record, i, len(arguments)) for i in range(len(arguments))]
        made = []
        for argument, kind in zip(arguments, wanted, strict=True):
            if kind == "truth" and self.kinds[argument] != "truth":
                raise ExpressionError(
                    f"'{operation}' wants a comparison here, such as x > 0", column=self.columns[argument]
                )
            truth = kind == "number" and self.kinds[argument] == "truth"
            made.append(self.emit("truth", argument) if truth else argument)
        return self.emit(operation, *made)

    # ---- Expressions, by how tightly operators hold.

    def expression(self, precedence: int) -> int:
        """Read as long as the operators hold tighter than ``precedence``."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(
                f"the expression is nested more than {MAX_DEPTH} deep: simplify it", column=self.next.column
            )
        column = self.next.column
        left = self.operand()
        while True:
            self.columns[left] = column
            token = self.next
            if token.kind == "power":
                left = self.raised(left, self.take())
                continue
            implicit = self.begins_a_factor()
            if implicit and token.text == "[" and self.begins_an_index():
                raise ExpressionError("only a variable has components, such as x[0]", column=token.column)
            sign = "*" if implicit else token.text
            if PRECEDENCE.get(sign, 0) <= precedence:
                break
            if not implicit:
                self.take()
            if sign in ("<", "<=", ">", ">=", "==", "!="):
                left = self.comparisons(left, sign)
            else:
                left = self.binary(left, sign)
        self.depth -= 1
        return left

    def begins_a_factor(self) -> bool:
        """Whether two factors stand side by side; a number can't be the second, since x2 is a name."""
        token = self.next
        if token.kind == "name":
            return token.text not in _RESERVED
        if token.text == "|":
            return not (self.open and self.open[-1] == "|")
        return token.text in ("(", "[", "√", "∛")

    def binary(self, left: int, sign: str) -> int:
        # 2**3**2 is 2**(3**2): the right side of a power may hold another power, or a sign.
        right = self.expression(PRECEDENCE["negate"] - 1 if sign == "**" else PRECEDENCE[sign])
        return self.power(left, right) if sign == "**" else self.apply(sign, left, right)

    def comparisons(self, left: int, sign: str) -> int:
        """``0 < x < 1`` holds where both do."""
        whole = None
        while True:
            right = self.expression(PRECEDENCE[sign])
            one = self.apply(sign, left, right)
            whole = one if whole is None else self.apply("and", whole, one)
            if PRECEDENCE.get(self.next.text) != PRECEDENCE["<"]:
                return whole
            left, sign = right, self.take().text

    def raised(self, base: int, power: Token) -> int:
        """Raised digits hold like a power, tighter than anything at their left."""
        return self.power(base, self.whole_number(power.text))

    def power(self, base: int, exponent: int) -> int:
        if self.nodes[base] == _E:
            return self.apply("exp", exponent)
        return self.apply("**", base, exponent)

    def whole_number(self, text: str) -> int:
        value = self.emit("number", value=float(text.lstrip("+-")))
        return self.emit("negate", value) if text.startswith("-") else value

    def operand(self) -> int:
        token = self.take()
        self.operands += 1
        if self.operands > MAX_OPERANDS:
            raise ExpressionError("written out, these sums are too long: shorten them", column=token.column)
        if token.kind == "number":
            value = float(token.text)
            if math.isinf(value):
                raise ExpressionError("this number is too large: at most 1.8e308 fits", column=token.column)
            return self.emit("number", value=value)
        if token.kind == "name":
            return self.name(token)
        if token.text == "[":
            return self.square_bracket(token)
        if token.text in ("(", "|"):
            inner = self.inside(token)[0]
            return self.apply("abs", inner) if token.text == "|" else inner
        if token.text in ("√", "∛"):
            return self.apply("sqrt" if token.text == "√" else "cbrt", self.expression(PRECEDENCE["negate"]))
        if token.text == "-":
            return self.apply("negate", self.expression(PRECEDENCE["negate"]))
        if token.text == "+":
            return self.expression(PRECEDENCE["negate"])
        self.cursor -= 1
        raise self.unexpected()

    # ---- Brackets.

    def inside(self, opening: Token, least: int = 1, most: int | None = 1, of: str = "") -> list[int]:
        """What stands between ``opening`` and its closing bracket, separated by commas."""
        closing = _CLOSING[opening.text]
        self.open.append(opening.text)
        found: list[int] = []
        while self.next.text != closing or opening.text == "|" or found:
            found.append(self.expression(0))
            if self.next.text != "," or (most is not None and most == 1 and not of):
                break
            self.take()
        if self.next.text != closing:
            if self.next.kind == "end":
                raise ExpressionError(f"this {opening.text} is never closed: add a {closing}", column=opening.column)
            raise self.unexpected()
        self.open.pop()
        self.take()
        if not found and (not of or opening.text == "["):
            raise ExpressionError("these brackets are empty", column=opening.column)
        if len(found) < least or (most is not None and len(found) > most):
            wants = f"{least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
            number = "argument" if wants.endswith("1") else "arguments"
            raise ExpressionError(f"{of} takes {wants} {number}, not {len(found)}", column=opening.column)
        return found

    def square_bracket(self, opening: Token) -> int:
        """A pair of brackets, as some books write them, or the components of a vector."""
        found = self.inside(opening, 1, None, "a vector")
        if len(found) == 1:
            return found[0]
        if len(found) > MAX_COMPONENTS:
            raise ExpressionError(
                f"this vector has {len(found)} components: at most {MAX_COMPONENTS} are allowed", column=opening.column
            )
        return self.apply("vector", *found)

    # ---- Names.

    def name(self, token: Token) -> int:
        text = token.text
        if self.is_variable(text):
            return self.variable(token)
        constant = _constant(text)
        if constant in CONSTANTS:
            return self.emit("constant", value=constant)
        # Asin(x) is an amplitude times a sine; Sin(x) is a sine.
        function = text if text in FUNCTIONS or text[1:] in FUNCTIONS else text.lower()
        if function in FUNCTIONS:
            return self.call(token, FUNCTIONS[function])
        if text in _RESERVED:
            self.cursor -= 1
            raise self.unexpected()
        if self.next.text == ".":
            raise self.unexpected()
        if len(text) > MAX_NAME:
            raise ExpressionError(f"this name is longer than {MAX_NAME} characters", column=token.column)
        pieces = self.split(token)
        called = self.next.text == "(" and not (pieces and (pieces[-1].text in FUNCTIONS or self.allowed is not None))
        if called:
            raise ExpressionError(f"unknown function '{text}'{_nearest(text, FUNCTIONS)}", column=token.column)
        if pieces is None:
            raise self.unknown(token)
        self.tokens[self.cursor - 1 : self.cursor] = pieces
        self.cursor -= 1
        return self.operand()

    def variable(self, token: Token) -> int:
        if token.text in self.indices:
            self.indices_read.add(token.text)
            return self.whole_number(str(self.indices[token.text]))
        node = self.emit("name", value=token.text)
        if not self.begins_an_index():
            return node
        opening = self.take()
        index = self.whole_value(self.expression(0))
        if not 0 <= index < MAX_COMPONENTS:
            raise ExpressionError(
                f"{token.typed}[{index:g}] is no component: they are counted from 0 to {MAX_COMPONENTS - 1} at most",
                column=opening.column + 1,
            )
        self.take()
        return self.emit("component", node, value=float(index))

    def begins_an_index(self) -> bool:
        """Whether ``[0]`` or, inside a sum over i, ``[i+1]`` follows; other square brackets are parentheses."""
        if self.next.text != "[":
            return False
        inside = list(takewhile(lambda token: token.text != "]", self.tokens[self.cursor + 1 :]))
        if all(one.text.isdecimal() or one.text in self.indices or one.text in ("+", "-", "*") for one in inside):
            return len(inside) > 0
        if any(one.text in self.indices for one in inside):
            raise ExpressionError(
                "a component's place is made of whole numbers and the index by + - *", column=self.next.column + 1
            )
        return False

    def whole_value(self, position: int) -> float:
        """The value of what was made of whole numbers by + - * alone."""
        node = self.nodes[position]
        if node.operation == "number":
            return float(node.value or 0)
        value: float = OPERATIONS[node.operation].function(*map(self.whole_value, node.arguments))
        return value

    def is_variable(self, text: str) -> bool:
        if text in self.indices:
            return True
        if self.allowed is not None:
            return text in self.allowed
        if _constant(text) in CONSTANTS or text in FUNCTIONS or len(text) > MAX_NAME:
            return False
        head, underscore, _ = text.partition("_")
        if underscore:
            return head not in FUNCTIONS and bool(_INDEXED.fullmatch(text))
        return bool(re.fullmatch(r"[^\W\d_]\d*", text)) or text.rstrip("0123456789") in GREEK_LETTERS

    def split(self, token: Token) -> list[Token] | None:
        """``xy``, ``2pi x``'s ``pix``, ``sinx`` or ``xsin`` as the pieces that were meant, or None."""
        for function in _LONGEST_FIRST:
            before, found, after = token.text.partition(function)
            if after and self.next.text == "(":
                continue  # erfx(y) is a misspelt function
            if (
                found
                and (head := self.factors(before, 2)) is not None
                and (tail := self.joined_argument(after)) is not None
            ):
                return _pieces(token, [*head, function, *tail])
        factors = self.factors(token.text, 3)
        return None if factors is None or len(factors) < 2 else _pieces(token, factors)

    def joined_argument(self, text: str) -> list[str] | None:
        """What is joined to a function's name: one variable, unless names are given, or ``sine`` would be sin(e)."""
        return None if self.allowed is None and text == "e" else self.factors(text, 1)

    def factors(self, text: str, most: int) -> list[str] | None:
        """``xy`` as ``x`` and ``y``, if every piece is a number, a variable or a constant."""
        pieces = _FACTOR.findall(text)
        if "".join(pieces) != text or (self.allowed is None and len(pieces) > most):
            return None
        known = all(piece.isdecimal() or self.is_variable(piece) or _constant(piece) in CONSTANTS for piece in pieces)
        return pieces if known else None

    # ---- Calls.

    def call(self, token: Token, record: Operation) -> int:
        power = self.power_of_function(token)
        if power == "inverse":
            record, power = FUNCTIONS[_INVERSES[record.name]], None
        if self.next.text == "(" and record.name in _OVER_AN_INDEX and self.runs_over_an_index():
            made = self.over_an_index(record.name)
        elif self.next.text in ("(", "["):
            arguments = self.inside(self.take(), record.min_arguments, record.max_arguments, token.typed)
            if record.name == "piecewise" and len(arguments) % 2 == 0:
                raise ExpressionError(
                    "piecewise takes condition, value, …, and at the end the value otherwise", column=token.column
                )
            made = self.apply(record.name, *arguments)
        elif record.min_arguments > 1:
            raise ExpressionError(f"'{token.typed}' is a function: write {record.usage}", column=token.column)
        else:
            made = self.apply(record.name, self.bare_argument(token))
        return made if power is None else self.apply("**", made, power)

    def runs_over_an_index(self) -> bool:
        """Whether ``for`` stands in the bracket that opens here."""
        depth = 0
        for token in self.tokens[self.cursor :]:
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
            if depth == 0:
                return False
            if depth == 1 and token.text == "for":
                return True
        return False

    def over_an_index(self, function: str) -> int:
        """``sum(x[i]**2 for i in range(3))``, written out: its term is read once for each value of the index."""
        opening = self.take()
        start = self.cursor
        depth = 1
        while depth > 1 or self.next.text != "for":
            depth += (self.next.text in ("(", "[")) - (self.next.text in (")", "]"))
            self.take()
        # Counted from the end: reading a term may split the tokens of names.
        left_after_term = len(self.tokens) - self.cursor
        name, values = self.index()
        if self.next.text != ")":
            if self.next.kind == "end":
                raise ExpressionError("this ( is never closed: add a )", column=opening.column)
            raise self.unexpected()
        left = len(self.tokens) - self.cursor - 1
        outer = dict(self.indices)
        whole = None
        self.open.append("(")
        for value in values:
            self.indices = outer | {name: value}
            self.cursor = start
            self.indices_read.discard(name)
            term = self.expression(0)
            if len(self.tokens) - self.cursor != left_after_term:
                raise self.unexpected()
            if name not in self.indices_read and len(values) > 1:
                raise ExpressionError(
                    f"the index '{name}' isn't in what is summed: write x[{name}] for a component",
                    column=self.tokens[start].column,
                )
            whole = term if whole is None else self.apply(_OVER_AN_INDEX[function], whole, term)
        self.open.pop()
        self.indices = outer
        self.cursor = len(self.tokens) - left
        assert whole is not None  # ``index`` gives at least one value
        return whole

    def index(self) -> tuple[str, range]:
        """What stands from ``for`` on: the index's name and its values."""
        column = self.take().column
        words = [self.take() for _ in range(min(4, len(self.tokens) - self.cursor))]
        bounds: list[int] = []
        if len(words) == 4 and [one.text for one in words[1:]] == ["in", "range", "("] and words[0].kind == "name":
            while True:
                minus = self.take().text if self.next.text == "-" else ""
                if not (self.next.text.isdecimal() and len(self.next.text) < 4):
                    break
                bounds.append(int(minus + self.take().text))
                if self.next.text not in (",", ")") or self.take().text == ")":
                    break
        values = range(*bounds) if len(bounds) in (1, 2) else range(0)
        if not 0 < len(values) <= MAX_COMPONENTS or self.tokens[self.cursor - 1].text != ")":
            raise ExpressionError(
                f"after 'for' write an index and 1 to {MAX_COMPONENTS} whole numbers, such as for i in range(3)",
                column=column,
            )
        if words[0].text in (*FUNCTIONS, *_RESERVED) or _constant(words[0].text) in CONSTANTS:
            raise ExpressionError(
                f"'{words[0].typed}' can't be an index: use a letter such as i", column=words[0].column
            )
        return words[0].text, values

    def power_of_function(self, token: Token) -> int | Literal["inverse"] | None:
        """The 2 of ``sin²x`` or ``sin^2(x)``; -1 is the inverse function."""
        if self.next.kind == "power":
            raised = self.take()
        elif self.next.text == "**":
            self.take()
            minus = self.take().text if self.next.text == "-" else ""
            if self.next.kind != "number":
                raise ExpressionError(
                    f"after '{token.typed}^' a whole number is expected, such as {token.typed}^2(x)",
                    column=self.next.column,
                )
            raised = Token("power", minus + self.take().text, token.column, token.typed)
        else:
            return None
        if raised.text == "-1":
            if token.text not in _INVERSES:
                raise ExpressionError(
                    f"'{token.typed}^-1' can be read in two ways: write 1/{token.typed}(x)", column=token.column
                )
            return "inverse"
        return self.whole_number(raised.text)

    def bare_argument(self, function: Token) -> int:
        """What stands after a function without brackets: ``2x`` in ``sin 2x cos x``, ``x`` in ``sin x + 1``."""
        if self.next.kind == "other":
            raise self.unexpected()
        if self.next.kind not in ("number", "name") and self.next.text not in ("-", "|", "√", "∛"):
            raise ExpressionError(
                f"'{function.typed}' is a function: write {function.typed}(…)", column=function.column
            )
        argument = self.expression(PRECEDENCE["negate"])
        while self.begins_a_factor() and not self.next_is_function():
            argument = self.apply("*", argument, self.expression(PRECEDENCE["*"]))
        return argument

    def next_is_function(self) -> bool:
        text = self.next.text
        if self.next.kind != "name" or self.is_variable(text):
            return False
        pieces = self.split(self.next)
        return text.lower() in FUNCTIONS or (pieces is not None and pieces[0].text in FUNCTIONS)

    # ---- The left side of an equation.

    def pass_over_left_side(self) -> None:
        """``f(x) =`` and ``y =`` may stand before the expression."""
        at = next((i for i, token in enumerate(self.tokens) if token.text == "="), None)
        if at is None:
            return
        left, equals = self.tokens[:at], self.tokens[at]
        texts = [token.text for token in left]
        named = len(texts) > 3 and left[0].kind == "name" and texts[1] == "(" and texts[-1] == ")"
        listed = named and all(
            token.kind == "name" if i % 2 == 0 else token.text == "," for i, token in enumerate(left[2:-1])
        )
        used = {token.text for token in self.tokens[at + 1 :]}
        side = len(texts) == 1 and texts[0] in _SIDES and texts[0] not in used
        if side and self.allowed is not None and texts[0] in self.allowed:
            side = False
        if not (listed or side):
            raise ExpressionError(
                "an equation is no function: type only one side of it, or == to compare",
                column=equals.column,
            )
        self.cursor = at + 1

    # ---- What is wrong.

    def unknown(self, token: Token) -> ExpressionError:
        known = [*FUNCTIONS, *CONSTANTS, *(GREEK_LETTERS if self.allowed is None else self.allowed)]
        nearest = _nearest(token.text, known)
        if token.text.endswith("_"):
            message = f"an index is missing after '{token.typed}': write {token.typed}1"
        elif nearest:
            message = f"unknown name '{token.typed}'{nearest}"
        elif self.allowed is not None:
            *rest, last = self.allowed or ("",)
            usable = f"{', '.join(rest)} and {last}" if rest else last
            may = f"this function may use {usable}" if usable else "only numbers may stand here"
            message = f"unknown name '{token.typed}': {may}"
        else:
            message = (
                f"unknown name '{token.typed}': variables are single letters, such as x, or have an underscore, "
                "such as w_1"
            )
        return ExpressionError(message, column=token.column)

    def unexpected(self) -> ExpressionError:
        token, before = self.next, self.tokens[self.cursor - 1] if self.cursor else None
        return ExpressionError(self.why(token, before), column=token.column)

    def why(self, token: Token, before: Token | None) -> str:
        if token.kind == "other":
            return _why_other(token, before, self.tokens[self.cursor + 1])
        if token.text in (")", "]") and (before is None or before.text == "|" or _ends_an_operand(before)):
            inside = f"doesn't match {self.open[-1]}" if self.open else "closes no bracket"
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
        if token.text in _RESERVED:
            return f"'{token.typed}' can't stand here"
        if _ends_an_operand(before):
            if token.kind == "number":
                return f"an operator is missing between '{before.typed}' and '{token.typed}'"
            if token.text == ",":
                following = self.tokens[self.cursor + 1]
                if before.kind == "number" and following.kind == "number":
                    one, two = before.typed, following.typed
                    thousands = f", or {one}{two} if thousands are meant" if len(two) == 3 else ""
                    return f"numbers are written with a point: {one}.{two}{thousands}"
                return "a comma stands only between the arguments of a function"
        elif before.kind == "sign" and before.text not in ("(", "[", "|", ","):
            return f"something is missing between '{before.typed}' and '{token.typed}'"
        return f"a number or a name is missing before '{token.typed}'"


def _ends_an_operand(token: Token) -> bool:
    return token.kind in ("number", "name", "power") or token.text in (")", "]")


def _constant(text: str) -> str:
    """The constant that ``text`` names, if it names one; ``Pi`` and ``PI`` are meant as ``pi``, ``E`` is a name."""
    return {"π": "pi", "τ": "tau"}.get(text, text.lower() if len(text) > 1 else text)


def _why_other(token: Token, before: Token | None, after: Token | None) -> str:
    character = token.typed
    remedies = {
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
        "∞": "infinity is no number to compute with",
        "∑": "write sum(x**2) over a vector, or sum(x[i]**2 for i in range(3))",
        "∏": "write prod(x) over a vector, or prod(x[i] for i in range(3))",
    }
    if character == ".":
        if before is not None and before.text in ("math", "np", "numpy", "torch"):
            function = after.typed if after is not None and after.text in FUNCTIONS else "exp"
            return f"a point stands only in numbers: write {function}(x), not {before.typed}.{function}(x)"
        return "a point stands only in numbers"
    if character in remedies:
        return f"'{character}' can't be used here: {remedies[character]}"
    if character.isprintable() and not character.isspace():
        plain = unicodedata.normalize("NFKC", character)
        plain = plain.replace("⁄", "/")
        hint = f": did you mean '{plain}'?" if plain != character and plain.isascii() and plain.isprintable() else ""
        return f"'{character}' can't be used in an expression{hint}"
    return f"an invisible character (U+{ord(character):04X}) stands here: delete it"


def _in_order(nodes: list[Node], root: int) -> tuple[Node, ...]:
    """What ``root`` is made of, each argument before what uses it, from left to right; nothing else."""
    places: dict[int, int] = {}
    tape: list[Node] = []
    waiting = [(root, False)]
    while waiting:
        at, arguments_done = waiting.pop()
        if at in places:
            continue
        node = nodes[at]
        if arguments_done:
            places[at] = len(tape)
            tape.append(replace(node, arguments=tuple(places[argument] for argument in node.arguments)))
        else:
            waiting.append((at, True))
            waiting.extend((argument, False) for argument in reversed(node.arguments))
    return tuple(tape)


def _wanted(record: Operation, i: int, count: int) -> Kind:
    """What argument ``i`` of ``count`` must be."""
    if record.name == "piecewise":
        return "truth" if i % 2 == 0 and i < count - 1 else "number"
    return record.arguments[min(i, len(record.arguments) - 1)]


def _pieces(token: Token, texts: list[str]) -> list[Token]:
    """Tokens for parts of one name, each at its own column."""
    found, column = [], token.column
    for text in texts:
        kind = "number" if text.isdecimal() else "name"
        found.append(Token(kind, text, column, text))
        column += len(text)
    return found


def _nearest(text: str, known: Iterable[str]) -> str:
    known = list(known)
    if text.lower() in known:
        return f": did you mean '{text.lower()}'?"
    if len(text) < 3:  # everything is near to a letter or two
        return ""
    close = difflib.get_close_matches(text.lower()[:40], [one for one in known if one.isascii()], n=1, cutoff=0.7)
    return f": did you mean '{close[0]}'?" if close else ""
