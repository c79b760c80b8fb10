"""Text -> tape: a Pratt parser (Pratt 1973, "Top down operator precedence") over tokens.

A tape is a tuple of nodes, each naming one operation and the earlier nodes it works on; equal subtrees
stand there once. Nothing but the records of ``playground.language.operations``, numbers, names and components can be
expressed, so nothing else can happen. Whatever text comes in, a tape or an ExpressionError comes out, in
a time that grows with the text, whose depth and number of nodes are limited.
"""

import math
from typing import Literal

from playground.errors import ExpressionError
from playground.language.decimal_commas import write_with_points
from playground.language.explain import (
    WANTED,
    explain_count,
    explain_unexpected,
    explain_unknown_function,
    explain_unknown_name,
)
from playground.language.left_side import find_right_side
from playground.language.lexer import Token
from playground.language.names import MAX_NAME, RESERVED, Names, find_constant
from playground.language.notations import read_notations
from playground.language.operations import FUNCTIONS, PRECEDENCE, Kind, Operation
from playground.language.ranges import MAX_COMPONENTS, evaluate_index, is_index, is_sum_over_index, read_range
from playground.language.readings import (
    Said,
    describe_calls,
    describe_digits,
    describe_factor,
    describe_product,
    settle_constants,
)
from playground.language.tape import Node, Parsed, TapeBuilder
from playground.language.words import refuse_word
from playground.numerals import format_exact

MAX_LENGTH = 1000
"""The most characters that a text may have."""

MAX_DEPTH = 50
"""The most levels of nesting."""

MAX_OPERANDS = 4 * MAX_LENGTH
"""The most operands that are read in all: sums over an index are read once for each of its values."""

_CLOSING = {"(": ")", "[": "]", "|": "|"}
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_INVERSES = {"sin": "asin", "cos": "acos", "tan": "atan", "sinh": "asinh", "cosh": "acosh", "tanh": "atanh"}

_JOINS = {"sum": "+", "prod": "*"}
"""What joins the terms of a sum or product over an index."""

_E = Node("constant", (), "e")


class Parser:
    """One pass over the text."""

    def __init__(self, text: str, allowed: tuple[str, ...] | None, kind: Kind) -> None:
        reading = read_notations(text, allowed, kind)
        self.tokens, self.notes = reading.tokens, reading.notes
        self.begin = 0
        self.typed = frozenset(token.text for token in self.tokens if token.kind == "name")
        self.kind = kind
        self.names = Names(allowed, reading.words)
        self.tape = TapeBuilder()
        self.cursor = 0
        self.depth = 0
        self.operands = 0
        self.brackets: list[str] = []  # those that are open at the cursor, innermost last
        self.begins: dict[int, int] = {}  # the column where the text of a node begins
        self.indices_read: set[str] = set()

    def parse(self) -> Parsed:
        """The tape of the whole text."""
        self.begin = self.cursor = find_right_side(self.tokens, self.names.allowed or (), self.kind)
        said = describe_calls(self.tokens[self.begin :])
        first = self.next
        if first.kind == "end":
            raise ExpressionError(f"there is no text: type {WANTED[self.kind].example}", column=first.column)
        root = self.parse_expression(0)
        if self.next.kind != "end":
            raise self.unexpected()
        if self.tape.kinds[root] != self.kind:
            raise ExpressionError(WANTED[self.kind].other, column=first.column)
        nodes = self.tape.tape(root)
        if self.names.allowed is not None:
            return Parsed(nodes)
        nodes, settled = settle_constants(nodes, self.typed)
        names = [str(node.value) for node in nodes if node.operation == "name"]
        self.notes += [*said, *settled, *describe_digits(names, self.typed)]
        return Parsed(nodes, words=tuple(name for name in names if name in self.names.words))

    def note(self, said: Said | None) -> None:
        """Keep what is said of a reading."""
        if said:
            self.notes.append(said)

    @property
    def next(self) -> Token:
        """The token at the cursor."""
        return self.tokens[self.cursor]

    def take(self) -> Token:
        """The token at the cursor, which moves on."""
        token = self.next
        self.cursor += 1
        return token

    def emit(self, operation: str, *arguments: int, value: float | str | None = None) -> int:
        """The position of a node on the tape."""
        return self.tape.emit(operation, *arguments, value=value, column=self.next.column)

    def apply(self, operation: str, *arguments: int) -> int:
        """The position of an operation on arguments made what it wants."""
        placed = [(argument, self.begins.get(argument, 0)) for argument in arguments]
        return self.tape.apply(operation, placed, column=self.next.column)

    def unexpected(self) -> ExpressionError:
        """An error on the token at the cursor."""
        message = explain_unexpected(self.tokens, self.cursor, self.brackets)
        remedy = write_with_points(self.tokens[self.begin : -1]) if self.next.text == "," else ""
        return ExpressionError(message, column=self.next.column, remedy=remedy)

    def unclosed(self, opening: Token) -> ExpressionError:
        """An error on a bracket that isn't closed where it should be."""
        if self.next.kind != "end":
            return self.unexpected()
        message = f"this {opening.text} is never closed: add a {_CLOSING[opening.text]}"
        return ExpressionError(message, column=opening.column)

    # ---- Expressions, by how tightly operators bind.

    def parse_expression(self, precedence: int) -> int:
        """Read as long as the operators bind tighter than ``precedence``."""
        column = self.next.column
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"the expression is nested more than {MAX_DEPTH} deep: simplify it", column=column)
        left = self.parse_operand()
        while True:
            self.begins[left] = column
            token = self.next
            if token.kind == "power":
                left = self.apply_power(left, self.emit_integer(self.take().text))
                continue
            implicit = self.is_factor_next()
            if implicit and token.text == "[" and self.is_index_next():
                raise ExpressionError("only a variable has components, such as x[0]", column=token.column)
            sign = "*" if implicit else token.text
            if PRECEDENCE.get(sign, 0) <= precedence:
                break
            if not implicit:
                self.take()
            left = self.parse_comparisons(left, sign) if sign in _COMPARISONS else self.parse_binary(left, sign)
        self.depth -= 1
        return left

    def is_factor_next(self) -> bool:
        """Whether two factors stand side by side; a number can't be the second, since x2 is a name."""
        token = self.next
        if token.kind == "name":
            return token.text not in RESERVED
        if token.text == "|":
            return not (self.brackets and self.brackets[-1] == "|")
        return token.text in ("(", "[", "√", "∛")

    def parse_binary(self, left: int, sign: str) -> int:
        """The right operand of a sign, and the two together."""
        # 2**3**2 is 2**(3**2): the right side of a power may hold another power, or a sign.
        start = self.cursor
        right = self.parse_expression(PRECEDENCE["negate"] - 1 if sign == "**" else PRECEDENCE[sign])
        if sign in ("/", "**") and self.is_joined_factor_next():
            is_base_e = self.tape.nodes[left] == _E
            self.note(describe_factor(sign, self.tokens, start, self.cursor, is_base_e))
        return self.apply_power(left, right) if sign == "**" else self.apply(sign, left, right)

    def is_joined_factor_next(self) -> bool:
        """Whether a factor follows without a space."""
        before = self.tokens[self.cursor - 1]
        return self.is_factor_next() and before.column + len(before.typed) == self.next.column

    def parse_comparisons(self, left: int, sign: str) -> int:
        """``0 < x < 1`` holds where both do."""
        all_of_them = None
        while True:
            right = self.parse_expression(PRECEDENCE[sign])
            one = self.apply(sign, left, right)
            all_of_them = one if all_of_them is None else self.apply("and", all_of_them, one)
            if PRECEDENCE.get(self.next.text) != PRECEDENCE["<"]:
                return all_of_them
            left, sign = right, self.take().text

    def apply_power(self, base: int, exponent: int) -> int:
        """A power, of e the exponential function."""
        if self.tape.nodes[base] == _E:
            return self.apply("exp", exponent)
        return self.apply("**", base, exponent)

    def emit_integer(self, text: str) -> int:
        """A whole number, with or without a sign."""
        value = self.emit("number", value=float(text.lstrip("+-")))
        return self.emit("negate", value) if text.startswith("-") else value

    def parse_operand(self) -> int:
        """What stands where an operand is expected."""
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
            return self.parse_name(token)
        if token.text == "[":
            return self.parse_square_bracket(token)
        if token.text in ("(", "|"):
            inner = self.parse_arguments(token)[0]
            return self.apply("abs", inner) if token.text == "|" else inner
        if token.text in ("√", "∛", "-", "+"):
            operand = self.parse_expression(PRECEDENCE["negate"])
            function = {"√": "sqrt", "∛": "cbrt", "-": "negate"}.get(token.text)
            return self.apply(function, operand) if function else operand
        self.cursor -= 1
        raise self.unexpected()

    # ---- Brackets.

    def parse_arguments(self, opening: Token, least: int = 1, most: int | None = 1, of: str = "") -> list[int]:
        """What stands between ``opening`` and its closing bracket, separated by commas.

        Args:
            opening: the bracket, taken already.
            least, most: how many there may be; None for any number.
            of: what a person calls what they belong to; empty for plain brackets.
        """
        closing = _CLOSING[opening.text]
        self.brackets.append(opening.text)
        found: list[int] = []
        while self.next.text != closing or opening.text == "|" or found:
            found.append(self.parse_expression(0))
            if self.next.text != "," or (most == 1 and not of):
                break
            self.take()
        if self.next.text != closing:
            raise self.unclosed(opening)
        self.brackets.pop()
        self.take()
        if not found and (not of or opening.text == "["):
            raise ExpressionError("these brackets are empty", column=opening.column)
        if len(found) < least or (most is not None and len(found) > most):
            remedy = write_with_points(self.tokens[self.begin : -1]) if most == 1 and self.kind == "number" else ""
            raise ExpressionError(explain_count(of, least, most, len(found)), column=opening.column, remedy=remedy)
        return found

    def parse_square_bracket(self, opening: Token) -> int:
        """A pair of brackets, as some books write them, or the components of a vector."""
        found = self.parse_arguments(opening, 1, None, "a vector")
        if len(found) == 1:
            return found[0]
        if len(found) > MAX_COMPONENTS:
            message = f"this vector has {len(found)} components: at most {MAX_COMPONENTS} are allowed"
            raise ExpressionError(message, column=opening.column)
        return self.apply("vector", *found)

    # ---- Names.

    def parse_name(self, token: Token) -> int:
        """A variable, a constant, a call, or several of them joined."""
        text = token.text
        if self.names.is_variable(text):
            return self.parse_variable(token)
        if constant := find_constant(text):
            return self.emit("constant", value=constant)
        # Asin(x) is an amplitude times a sine; Sin(x) is a sine.
        function = text if text in FUNCTIONS or text[1:] in FUNCTIONS else text.lower()
        if function in FUNCTIONS:
            return self.parse_call(token, FUNCTIONS[function])
        if text in RESERVED:
            self.cursor -= 1
            raise self.unexpected()
        if self.next.text == ".":
            raise self.unexpected()
        if len(text) > MAX_NAME:
            raise ExpressionError(f"this name is longer than {MAX_NAME} characters", column=token.column)
        return self.parse_joined(token)

    def parse_joined(self, token: Token) -> int:
        """``xy`` or ``sinx``: the name's pieces take its place among the tokens."""
        allowed, pieces = self.names.allowed, self.split(token)
        if self.next.text == "(" and not (pieces and self.is_product(pieces)):
            message = explain_unknown_function(token, pieces)
            raise ExpressionError(message, column=token.column)
        if pieces is None:
            raise self.refuse_name(token, explain_unknown_name(token, allowed))
        if allowed is None:
            self.check_one_name(token, pieces)
            is_power_of_e = pieces[-1].text == "e" and self.next.text == "**"
            self.note(None if is_power_of_e else describe_product(token, pieces, self.typed))
        self.tokens[self.cursor - 1 : self.cursor] = pieces
        self.cursor -= 1
        return self.parse_operand()

    def is_product(self, pieces: list[Token]) -> bool:
        """Whether pieces before a bracket are factors: names that are given, or that stand elsewhere by themselves."""
        given = self.names.allowed is not None
        return given or pieces[-1].text in FUNCTIONS or self.typed >= {piece.text for piece in pieces}

    def check_one_name(self, token: Token, pieces: list[Token]) -> None:
        """Refuse ``Vmax``, whose end is the name of a function that has nothing to work on."""
        function = pieces[-1].text
        if function not in FUNCTIONS or self.next.text in ("(", "[", "**") or self.next.kind == "power":
            return
        if self.is_argument_next() and not FUNCTIONS[function].is_reduction(1):
            return
        raise self.refuse_name(token, f"'{token.typed}' isn't one name here, since it ends in the function {function}")

    def refuse_name(self, token: Token, message: str) -> ExpressionError:
        """An error on a name, with the text in which it is one, if nothing else can be meant."""
        is_clear = self.names.allowed is None and self.kind == "number" and "did you mean" not in message
        return refuse_word(token, message, self.tokens[self.begin : -1] if is_clear else [], self.names)

    def is_argument_next(self) -> bool:
        """Whether what follows a function without brackets can be its argument."""
        return self.next.kind in ("number", "name") or self.next.text in ("-", "|", "√", "∛")

    def split(self, token: Token) -> list[Token] | None:
        """The pieces of a name that is none by itself."""
        pieces = self.names.split(token.text, before_bracket=self.next.text == "(")
        return None if pieces is None else token.split(pieces)

    def parse_variable(self, token: Token) -> int:
        """A variable, one of its components, or the value of an index."""
        if token.text in self.names.indices:
            self.indices_read.add(token.text)
            return self.emit_integer(str(self.names.indices[token.text]))
        node = self.emit("name", value=token.text)
        if not self.is_index_next():
            return node
        opening = self.take()
        index = evaluate_index(self.tape.nodes, self.parse_expression(0))
        if not 0 <= index < MAX_COMPONENTS:
            raise ExpressionError(
                f"{token.typed}[{format_exact(index)}] is no component: "
                f"they are counted from 0 to {MAX_COMPONENTS - 1} at most",
                column=opening.column + 1,
            )
        self.take()
        return self.emit("component", node, value=float(index))

    def is_index_next(self) -> bool:
        """Whether ``[0]`` or, inside a sum over i, ``[i+1]`` follows; other square brackets are parentheses."""
        return self.next.text == "[" and is_index(self.tokens, self.cursor, self.names.indices)

    # ---- Calls.

    def parse_call(self, token: Token, record: Operation) -> int:
        """A function with its arguments, or with a power before them."""
        if token.text.lower() == "log":
            sentence = "log is read as the natural logarithm; write log10 for base 10"
            self.note(Said(sentence, {token.typed: "log10"}))
        power = self.parse_function_power(token)
        if power == "inverse":
            record, power = FUNCTIONS[_INVERSES[record.name]], None
        if self.next.text == "(" and record.name in _JOINS and is_sum_over_index(self.tokens, self.cursor):
            made = self.parse_sum_over_index(record.name)
        elif self.next.text in ("(", "["):
            arguments = self.parse_arguments(self.take(), record.min_arguments, record.max_arguments, token.typed)
            if record.name == "piecewise" and len(arguments) % 2 == 0:
                message = "piecewise takes condition, value, …, and at the end the value otherwise"
                raise ExpressionError(message, column=token.column)
            made = self.apply(record.name, *arguments)
        elif record.min_arguments > 1:
            raise ExpressionError(f"'{token.typed}' is a function: write {record.usage}", column=token.column)
        else:
            made = self.apply(record.name, self.parse_bare_argument(token))
        return made if power is None else self.apply("**", made, power)

    def parse_function_power(self, token: Token) -> int | Literal["inverse"] | None:
        """The 2 of ``sin²x`` or ``sin^2(x)``; -1 is the inverse function."""
        if self.next.kind == "power":
            raised = self.take().text
        elif self.next.text == "**":
            self.take()
            minus = self.take().text if self.next.text == "-" else ""
            if self.next.kind != "number":
                message = f"after '{token.typed}^' a whole number is expected, such as {token.typed}^2(x)"
                raise ExpressionError(message, column=self.next.column)
            raised = minus + self.take().text
        else:
            return None
        if raised == "-1":
            if token.text not in _INVERSES:
                message = f"'{token.typed}^-1' can be read in two ways: write 1/{token.typed}(x)"
                raise ExpressionError(message, column=token.column)
            return "inverse"
        return self.emit_integer(raised)

    def parse_bare_argument(self, function: Token) -> int:
        """What stands after a function without brackets: ``2x`` in ``sin 2x cos x``, ``x`` in ``sin x + 1``."""
        if self.next.kind == "other":
            raise self.unexpected()
        if not self.is_argument_next():
            message = f"'{function.typed}' is a function: write {function.typed}(…)"
            raise ExpressionError(message, column=function.column)
        argument = self.parse_expression(PRECEDENCE["negate"])
        while self.is_factor_next() and not self.is_function_next():
            argument = self.apply("*", argument, self.parse_expression(PRECEDENCE["*"]))
        return argument

    def is_function_next(self) -> bool:
        """Whether a function's name comes next, alone or as the first piece of a name."""
        text = self.next.text
        if self.next.kind != "name" or self.names.is_variable(text):
            return False
        pieces = self.split(self.next)
        return text.lower() in FUNCTIONS or (pieces is not None and pieces[0].text in FUNCTIONS)

    # ---- Sums and products over an index.

    def parse_sum_over_index(self, function: str) -> int:
        """``sum(x[i]**2 for i in range(3))``, written out: its term is read once for each value of the index."""
        opening = self.take()
        start = self.cursor
        depth = 1
        while depth > 1 or self.next.text != "for":
            depth += (self.next.text in ("(", "[")) - (self.next.text in (")", "]"))
            self.take()
        # Counted from the end: reading a term may split the tokens of names.
        left_after_term = len(self.tokens) - self.cursor
        name, values, self.cursor = read_range(self.tokens, self.cursor)
        if self.next.text != ")":
            raise self.unclosed(opening)
        left_after_sum = len(self.tokens) - self.cursor - 1
        outer = dict(self.names.indices)
        self.brackets.append("(")
        terms = []
        for value in values:
            self.names.indices = outer | {name: value}
            self.cursor = start
            terms.append(self.parse_term(name, left_after_term, needs_index=len(values) > 1))
            if len(terms) == 2:
                terms = [self.apply(_JOINS[function], *terms)]
        self.brackets.pop()
        self.names.indices = outer
        self.cursor = len(self.tokens) - left_after_sum
        return terms[0]

    def parse_term(self, index: str, left_after_term: int, needs_index: bool) -> int:
        """A term of a sum, at one value of its index; ``left_after_term`` tokens stand behind it."""
        first = self.next
        self.indices_read.discard(index)
        term = self.parse_expression(0)
        if len(self.tokens) - self.cursor != left_after_term:
            raise self.unexpected()
        if needs_index and index not in self.indices_read:
            message = f"the index '{index}' isn't in what is summed: write x[{index}] for a component"
            raise ExpressionError(message, column=first.column)
        return term
