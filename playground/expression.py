"""Text -> a checked tree -> torch operations.

The language is the project's own, because what strangers type must be harmless and what students
type must be understood. Python's ``eval``, even behind an allow-list of syntax, fails at one or the
other: it runs code, or it knows no ``2x``. Here a tokeniser and a Pratt parser (Pratt 1973, "Top down
operator precedence") build a tape: a tuple of nodes, each naming one operation and the earlier nodes
it works on. Nothing else can be expressed, so nothing else can happen. Evaluation walks the tape with
torch operations, and autograd sees exactly what a hand-written line would show it.
"""

import difflib
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.errors import ExpressionError

MAX_LENGTH = 1000
MAX_NODES = 400
MAX_DEPTH = 50


def _sum(values: Tensor) -> Tensor:
    return values.sum(-1, keepdim=True)


def _softplus(values: Tensor) -> Tensor:
    # torch's own softplus is the identity from 20 on, and its slope jumps there.
    return torch.logaddexp(values, torch.zeros_like(values))


FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "exp": torch.exp,
    "log": torch.log,
    "ln": torch.log,
    "log2": torch.log2,
    "log10": torch.log10,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "asin": torch.asin,
    "acos": torch.acos,
    "atan": torch.atan,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "softplus": _softplus,
    "sum": _sum,
}
"""The functions of one argument, by the name they are called by."""

CONSTANTS = {"pi": torch.pi, "e": torch.e, "tau": 2 * torch.pi}

GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
)

_OPERATORS: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "negate": operator.neg,
}

_OPERATIONS = _OPERATORS | FUNCTIONS

# How tightly each operator holds its left side. A sign stands between product and power: -x**2 is -(x**2).
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_SIGN_PRECEDENCE = 3

# One sign for one sign, so that columns stay those of what was typed.
_SAME_SIGN = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", "\u00a0": " "})

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-zα-ωΑ-Ω][A-Za-zα-ωΑ-Ω0-9_]*)
      | (?P<sign>\*\*|[-+*/^()])
      | (?P<other>\S)
      | (?P<end>$)
    )""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True)
class Node:
    """One step of the tape.

    Attributes:
        operation: ``"number"``, ``"name"``, an operator (``+ - * / **``), ``"negate"``, or a function's name.
        arguments: positions on the tape, all before this node's own.
        value: the value of a number, or the text of a name.
    """

    operation: str
    arguments: tuple[int, ...] = ()
    value: float | str | None = None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int


class Expression:
    """A checked expression, ready to be evaluated.

    Args:
        text: what the person typed.
        names: the only names that may be variables. Without them a single letter, a letter with
            digits, a Greek letter's name, and a name with an underscore are variables; two or three
            letters that are no known name are a product of letters, and more are an error.

    Attributes:
        nodes: the tape; the last node is the whole expression, and equal subtrees stand there once.
        names: the variables, in order of first appearance.

    Raises:
        ExpressionError: with a sentence and the column, for a text that is no expression.
    """

    def __init__(self, text: str, names: Iterable[str] | None = None) -> None:
        self.text = text
        parser = _Parser(text, None if names is None else tuple(names))
        self.nodes: tuple[Node, ...] = tuple(parser.nodes)
        self.names: tuple[str, ...] = tuple(str(node.value) for node in self.nodes if node.operation == "name")
        self._compile()

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def evaluate(self, values: Mapping[str, Tensor]) -> Tensor:
        """The value of the expression, by torch operations that autograd can follow.

        Args:
            values: a float64 tensor for each of ``names``; their shapes broadcast.

        Returns:
            A tensor of the broadcast shape; for an expression without names, of shape ().
        """
        slots = self._slots.copy()
        for position, name in self._leaves:
            slots[position] = values[name]
        for position, function, arguments in self._program:
            slots[position] = function(*[slots[argument] for argument in arguments])
        return slots[-1] if self.names else torch.tensor(slots[-1], dtype=torch.float64)

    def _compile(self) -> None:
        """Turn the tape into calls, and work out once what doesn't depend on a name."""
        self._slots: list[Any] = [None] * len(self.nodes)
        self._leaves: list[tuple[int, str]] = []
        self._program: list[tuple[int, Callable[..., Any], tuple[int, ...]]] = []
        for position, node in enumerate(self.nodes):
            if node.operation == "number":
                self._slots[position] = node.value
            elif node.operation == "name":
                self._leaves.append((position, str(node.value)))
            else:
                function = _OPERATIONS[node.operation]
                constants = [self._slots[argument] for argument in node.arguments]
                if None in constants:
                    self._program.append((position, function, node.arguments))
                else:
                    # By torch, not Python: 1/0 is inf and 9**9**9 is inf; neither raises or fills the memory.
                    scalars = [torch.tensor(constant, dtype=torch.float64) for constant in constants]
                    self._slots[position] = function(*scalars).item()


class _Parser:
    """One pass over the text; ``nodes`` is the result."""

    def __init__(self, text: str, allowed: tuple[str, ...] | None) -> None:
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"the text has {len(text)} characters: at most {MAX_LENGTH} are allowed")
        self.allowed = allowed
        self.nodes: list[Node] = []
        self.positions: dict[Node, int] = {}
        self.tokens = _tokens(text.translate(_SAME_SIGN))
        self.cursor = 0
        self.depth = 0
        if self.next.kind == "end":
            raise ExpressionError("the field is empty: type an expression, for example a*x + b", column=1)
        self.expression(0)
        if self.next.kind != "end":
            raise self.unexpected()

    @property
    def next(self) -> _Token:
        return self.tokens[self.cursor]

    def take(self) -> _Token:
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
        return self.positions[node]

    def expression(self, precedence: int) -> int:
        """Read as long as the operators hold tighter than ``precedence``."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(
                f"the expression is nested more than {MAX_DEPTH} deep: simplify it", column=self.next.column
            )
        left = self.operand()
        while True:
            token = self.next
            # Two factors side by side are a product; a number can't follow one, since x2 is a name.
            implicit = token.kind == "name" or token.text == "("
            sign = "*" if implicit else "**" if token.text == "^" else token.text
            if _PRECEDENCE.get(sign, 0) <= precedence:
                break
            if not implicit:
                self.take()
            # 2**3**2 is 2**(3**2): the right side of a power may hold another power, or a sign.
            right = self.expression(_SIGN_PRECEDENCE - 1 if sign == "**" else _PRECEDENCE[sign])
            left = self.emit(sign, left, right)
        self.depth -= 1
        return left

    def operand(self) -> int:
        token = self.take()
        if token.kind == "number":
            return self.emit("number", value=float(token.text))
        if token.kind == "name":
            return self.name(token)
        if token.text == "(":
            return self.bracket(token)
        if token.text == "-":
            return self.emit("negate", self.expression(_SIGN_PRECEDENCE))
        if token.text == "+":
            return self.expression(_SIGN_PRECEDENCE)
        self.cursor -= 1
        raise self.unexpected()

    def bracket(self, opening: _Token) -> int:
        inner = self.expression(0)
        if self.next.kind == "end":
            raise ExpressionError("this bracket is never closed: add a )", column=opening.column)
        if self.next.text != ")":
            raise self.unexpected()
        self.take()
        return inner

    def name(self, token: _Token) -> int:
        called = self.next.text == "("
        if self.is_variable(token.text):
            return self.emit("name", value=token.text)
        if token.text in CONSTANTS:
            return self.emit("number", value=CONSTANTS[token.text])
        if token.text in FUNCTIONS:
            if not called:
                raise ExpressionError(f"'{token.text}' is a function: write {token.text}(…)", column=token.column)
            return self.emit(token.text, self.bracket(self.take()))
        if called:
            raise ExpressionError(
                f"unknown function '{token.text}'{_nearest(token.text, FUNCTIONS)}", column=token.column
            )
        factors = self.factors(token.text)
        if factors is None:
            raise self.unknown(token)
        product = self.name(_Token("name", factors[0], token.column))
        for factor in factors[1:]:
            product = self.emit("*", product, self.name(_Token("name", factor, token.column)))
        return product

    def is_variable(self, text: str) -> bool:
        if self.allowed is not None:
            return text in self.allowed
        if text in CONSTANTS or text in FUNCTIONS:
            return False
        return bool(re.fullmatch(r"[^\W\d_]\d*|[^\W_]+_\w+", text)) or text in GREEK

    def factors(self, text: str) -> list[str] | None:
        """``xy`` as ``x`` and ``y``, if every letter is a variable or a constant."""
        letters = re.findall(r"[^\W\d_]\d*", text)
        if "".join(letters) != text or (self.allowed is None and len(letters) > 3):
            return None
        known = all(self.is_variable(letter) or letter in CONSTANTS for letter in letters)
        return letters if known and len(letters) > 1 else None

    def unknown(self, token: _Token) -> ExpressionError:
        if self.allowed:
            *rest, last = self.allowed
            usable = f"{', '.join(rest)} and {last}" if rest else last
            message = f"unknown name '{token.text}': this function may use {usable}"
        else:
            message = f"unknown name '{token.text}'" + (
                _nearest(token.text, [*FUNCTIONS, *CONSTANTS, *GREEK])
                or ": variables are single letters, such as x, or have an underscore, such as w_1"
            )
        return ExpressionError(message, column=token.column)

    def unexpected(self) -> ExpressionError:
        token, before = self.next, self.tokens[self.cursor - 1] if self.cursor else None
        if token.kind == "end":
            assert before is not None
            return ExpressionError(f"something is missing after '{before.text}'", column=token.column)
        if token.kind == "other":
            return ExpressionError(f"'{token.text}' can't be used in an expression", column=token.column)
        if token.text == ")":
            if before and before.text == "(":
                return ExpressionError("these brackets are empty", column=token.column)
            if before and before.kind == "sign" and before.text != ")":
                return ExpressionError(f"something is missing after '{before.text}'", column=token.column)
            return ExpressionError("this ) closes no bracket", column=token.column)
        if token.kind == "number":
            assert before is not None
            return ExpressionError(
                f"an operator is missing between '{before.text}' and '{token.text}'", column=token.column
            )
        return ExpressionError(f"a number or a name is missing before '{token.text}'", column=token.column)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match[kind], match.start(kind) + 1))
        if kind == "end":
            break
    return tokens


def _nearest(text: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(text.lower(), list(known), n=1)
    return f": did you mean '{close[0]}'?" if close else ""
