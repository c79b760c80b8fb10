"""A tape written out: as text of the language, as LaTeX, as PyTorch source, and differentiated by sympy.

All are made from the checked tape, never from what was typed: nothing of a person's text but the names of
variables, which are letters, digits and underscores, reaches a page.
"""

import inspect
import keyword
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from playground.errors import InputError
from playground.language.expression import ACCEPTS_NUMBERS, Expression
from playground.language.operations import GREEK_LETTERS, OPERATIONS, PRECEDENCE, VECTOR, Operation
from playground.language.tape import Node

MAX_DERIVATIVE_NODES = 60
MAX_DERIVATIVE_WEIGHT = 250
"""Nodes of the function when equal parts, and parts that sympy's formulas repeat, are counted each time."""
MAX_DERIVATIVE_DEGREE = 10_000
"""Of the powers, multiplied along the way."""
MAX_LATEX = 2000
"""Characters of a derivative's LaTeX that are still shown."""

TOO_LONG = "too long to show"

# In texts and in source: an operator's own precedence, and what its operands need to stand without brackets. Operators
# join from the left; comparisons would be chained; a power's right side may hold a sign or another power.
_PRECEDENCES: Mapping[str, tuple[int, tuple[int, ...]]] = {
    name: (own, (own + 1, own + 1) if OPERATIONS[name].kind == "truth" and own > 2 else (own, own + 1))
    for name, own in PRECEDENCE.items()
} | {"negate": (PRECEDENCE["negate"], (PRECEDENCE["negate"],)), "**": (PRECEDENCE["**"], (9, PRECEDENCE["negate"]))}
_ATOM = 9

_EXACT = frozenset(("+", "-", "*", "/", "negate"))
"""Operations on numbers that sympy may do exactly."""


class Piece(NamedTuple):
    """A part that is written out, and how tightly it binds."""

    text: str
    precedence: int


def to_text(expression: Expression, position: int | None = None) -> str:
    """The expression, or the part that ends at a node of its tape, in the language's plainest form.

    The whole reads back as the same tape.
    """
    end = None if position is None else position + 1
    return _write(expression.nodes[:end], _node_to_text)


def to_latex(expression: Expression, names: Mapping[str, str] | None = None) -> str:
    """The expression typeset.

    Args:
        expression: what to write.
        names: what to write for a name, such as a symbol or a number; it is bracketed where it has to be.
    """
    given = {name: Piece(latex, _latex_precedence(latex)) for name, latex in (names or {}).items()}
    return _write(expression.nodes, partial(_node_to_latex, names=given))


def to_source(expression: Expression) -> str:
    """A Python function of float64 tensors that evaluates the expression to the same bits.

    Vectors have their components on the last axis. What depends on no variable is written as its value.
    """
    names = make_identifiers(expression.names)
    result = to_inline_source(expression, names)
    function = f"def f({', '.join(names.values())}):\n    return {result}"
    helpers = get_helper_sources(expression)
    standard = ["import math"] if "math." in result else []
    standard += ["from typing import Any"] if any("Any" in one for one in helpers) else []
    head = "\n".join(standard) + ("\n\n" if standard else "") + "import torch"
    head += "\nfrom torch import Tensor" if helpers else ""
    return "\n\n\n".join([head, *helpers, function]) + "\n"


def get_helper_sources(expression: Expression) -> list[str]:
    """The source of the functions of this project that ``to_inline_source`` calls."""
    used = {node.operation for i, node in enumerate(expression.nodes) if expression.constant(i) is None}
    helpers = [one.function for one in (*OPERATIONS.values(), VECTOR) if one.name in used and one.source is None]
    return [inspect.getsource(one).rstrip() for one in helpers]


def to_sympy(expression: Expression, sizes: Mapping[str, int] | None = None) -> tuple[Any, dict[str, Any]]:
    """The expression as sympy's object, and its symbols by name, a vector's components as ``x1, x2, …``.

    Args:
        expression: what to write.
        sizes: how many components each vector has.

    Raises:
        InputError: for what sympy has no formula for, such as ``round``, or if the value is a vector.
    """
    import sympy

    known = expression.components | dict(sizes or {})
    names = {
        name: [f"{name}{i + 1}" for i in range(known[name])] if name in known else [name] for name in expression.names
    }
    symbols = {part: sympy.Symbol(name_to_latex(part), real=True) for parts in names.values() for part in parts}
    made: list[list[Any]] = []  # by node, its components
    for position, node in enumerate(expression.nodes):
        arguments = [made[argument] for argument in node.arguments]
        value = expression.constant(position)
        if node.operation == "constant":
            made.append([{"pi": sympy.pi, "e": sympy.E, "tau": 2 * sympy.pi}[str(node.value)]])
        elif value is not None and node.operation not in _EXACT:
            # sympy would compute 9**9**9 exactly, and compare towers of powers to the last digit.
            made.append(
                [_number_to_sympy(one, sympy) for one in (value.tolist() if isinstance(value, Tensor) else [value])]
            )
        elif node.operation == "name":
            made.append([symbols[part] for part in names[str(node.value)]])
        elif node.operation == "component":
            made.append([arguments[0][int(node.value or 0)]])
        elif node.operation == "vector":
            made.append([one for argument in arguments for one in argument])
        else:
            made.append(_operation_to_sympy(OPERATIONS[node.operation], arguments, sympy))
    if len(made[-1]) != 1:
        raise InputError("the value is a vector, which has no one formula")
    return made[-1][0], symbols


def derivative_to_latex(expression: Expression, parameter: str, sizes: Mapping[str, int] | None = None) -> str:
    """The symbolic derivative, typeset, by sympy from the tape.

    Args:
        expression: what to differentiate.
        parameter: by which variable; a vector's components are ``x1, x2, …``.
        sizes: how many components each vector has.

    Returns:
        LaTeX, as sympy leaves it: nothing is simplified, since that may take for ever.

    Raises:
        InputError: where there is no formula, or one that is ``TOO_LONG``.
    """
    import sympy  # after torch has brought it: it costs a second of a cold start

    if len(expression.nodes) > MAX_DERIVATIVE_NODES:
        raise InputError(f"the derivative's formula is {TOO_LONG}")
    _check_formula_is_short(expression)
    try:
        latex = _differentiate_to_latex(expression, parameter, sizes, sympy)
    except InputError:
        raise
    except Exception as reason:  # on odd input sympy raises one of many
        raise InputError("this function has no formula for its derivative here") from reason
    if len(latex) > MAX_LATEX:
        raise InputError(f"the derivative's formula is {TOO_LONG}")
    return latex


def evaluate_derivative(
    expression: Expression, parameter: str, point: Mapping[str, float], sizes: Mapping[str, int] | None = None
) -> float:
    """The symbolic derivative, evaluated at a point with 30 digits.

    Args:
        expression: what to differentiate.
        parameter: by which variable; a vector's components are ``x1, x2, …``.
        point: a number for each variable, or each component.
        sizes: how many components each vector has.

    Raises:
        InputError: where there is no formula, one that is ``TOO_LONG``, or one that has no real value there.
    """
    import sympy

    if len(expression.nodes) > MAX_DERIVATIVE_NODES:
        raise InputError(f"the derivative's formula is {TOO_LONG}")
    _check_formula_is_short(expression)
    _check_parts_are_finite(expression, point, sizes or {})
    found = _cached_derivative(expression.text, expression.names, parameter, tuple((sizes or {}).items()))
    if isinstance(found, InputError):
        raise found
    formula, symbols = found
    try:
        value = formula.evalf(30, subs={symbol: sympy.Float(point[name], 30) for name, symbol in symbols.items()})
        if value.is_real:
            return float(value)
    except Exception as reason:  # on odd input sympy raises one of many
        raise InputError("the derivative's formula can't be evaluated here") from reason
    raise InputError("the derivative's formula has no value here")


@lru_cache(maxsize=200)
def _cached_derivative(
    text: str, names: tuple[str, ...], parameter: str, sizes: tuple[tuple[str, int], ...]
) -> tuple[Any, dict[str, Any]] | InputError:
    """The derivative as sympy's object and the symbols by name, or why there is none."""
    import sympy

    try:
        return _differentiate(Expression(text, names), parameter, dict(sizes), sympy)
    except InputError as reason:
        return reason
    except Exception:  # on odd input sympy raises one of many
        return InputError("this function has no formula for its derivative here")


def _check_parts_are_finite(expression: Expression, point: Mapping[str, float], sizes: Mapping[str, int]) -> None:
    """Refuse a point at which a part is no number: of exp(exp(exp(x))) sympy would compute millions of digits."""
    known = expression.components | dict(sizes)
    values = {
        name: torch.tensor(
            [point[f"{name}{i + 1}"] for i in range(known[name])] if name in known else [point[name]],
            dtype=torch.float64,
        )
        for name in expression.names
    }
    for part in expression.evaluate_nodes(values)[: len(expression.nodes)]:
        if not bool(torch.as_tensor(part, dtype=torch.float64).isfinite().all()):
            raise InputError("a part of the function is no finite number here")


def _differentiate_to_latex(expression: Expression, parameter: str, sizes: Mapping[str, int] | None, sympy: Any) -> str:
    result, _ = _differentiate(expression, parameter, sizes, sympy)
    latex: str = sympy.latex(result, ln_notation=True)
    return latex


def _differentiate(
    expression: Expression, parameter: str, sizes: Mapping[str, int] | None, sympy: Any
) -> tuple[Any, dict[str, Any]]:
    whole, symbols = to_sympy(expression, sizes)
    if parameter not in symbols:
        raise InputError(f"'{parameter}' is no variable of this function")
    result = sympy.diff(whole, symbols[parameter])
    # A jump's slope is 0 beside it, and at it there is none.
    result = result.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0))
    if whole.has(sympy.zoo, sympy.nan, sympy.oo) or result.has(sympy.Derivative, sympy.Subs, sympy.zoo, sympy.nan):
        raise InputError("this function has no formula for its derivative here")
    if result.count_ops() > 5 * MAX_DERIVATIVE_NODES:
        raise InputError(f"the derivative's formula is {TOO_LONG}")
    return result, symbols


def name_to_latex(name: str) -> str:
    """A variable's name, typeset: ``w_1`` with an index, ``alpha`` and ``α`` as the letter."""
    head, _, tail = name.partition("_")
    if not tail and (match := re.fullmatch(r"([^\d]+?)(\d+)", name)):
        head, tail = match[1], match[2]
    letters = {letter: word for word, letter in GREEK_LETTERS.items()}
    word = letters.get(head, head)
    shown = rf"\{word}" if word in GREEK_LETTERS else _set_upright(head)
    return shown + (f"_{{{_set_upright(tail.replace('_', ','))}}}" if tail else "")


def _set_upright(text: str) -> str:
    """Words stand upright, so that they aren't read as products; numbers and single letters do so or needn't."""
    return text if len(text) == 1 or text.isdecimal() else rf"\mathrm{{{text}}}"


def _write(nodes: Sequence[Node], write: Callable[[Node, list[Piece]], Piece]) -> str:
    pieces: list[Piece] = []
    for node in nodes:
        pieces.append(write(node, [pieces[argument] for argument in node.arguments]))
    return pieces[-1].text


def _format_number(value: Any) -> str:
    number = float(value)
    return str(int(number)) if number.is_integer() and number < 1e15 else repr(number)


def _add_brackets(pieces: Sequence[Piece], needs: Sequence[int], opening: str = "(", closing: str = ")") -> list[str]:
    """The texts, in brackets where they bind less tightly than is needed; the last need is for all that follow."""
    wanted = [needs[min(i, len(needs) - 1)] for i in range(len(pieces))]
    return [
        one.text if one.precedence >= need else f"{opening}{one.text}{closing}"
        for one, need in zip(pieces, wanted, strict=True)
    ]


def _node_to_text(node: Node, arguments: list[Piece]) -> Piece:
    name = node.operation
    if name == "number":
        return Piece(_format_number(node.value), _ATOM)
    if name in ("name", "constant"):
        return Piece(str(node.value), _ATOM)
    if name == "component":
        return Piece(f"{arguments[0].text}[{int(node.value or 0)}]", _ATOM)
    if name == "truth":  # a comparison among numbers counts 1 or 0
        return Piece(f"({arguments[0].text})", _ATOM)
    if name == "negate":
        return Piece("-" + _add_brackets(arguments, (7,))[0], 7)
    if name in _PRECEDENCES:
        holds, needs = _PRECEDENCES[name]
        left, right = _add_brackets(arguments, needs)
        return Piece(f"{left}**{right}" if name == "**" else f"{left} {name} {right}", holds)
    inside = ", ".join(one.text for one in arguments)
    return Piece(f"[{inside}]" if name == "vector" else f"{name}({inside})", _ATOM)


def _latex_precedence(latex: str) -> int:
    """How tightly a symbol or a number binds: less with a sign or a power of ten."""
    return min(3 if latex.startswith("-") else _ATOM, 2 if r"\cdot" in latex and latex[0] != "(" else _ATOM)


def _node_to_latex(node: Node, arguments: list[Piece], names: Mapping[str, Piece]) -> Piece:
    name = node.operation
    if name == "number":
        mantissa, _, power = _format_number(node.value).partition("e")
        return Piece(rf"{mantissa} \cdot 10^{{{int(power)}}}", 2) if power else Piece(mantissa, _ATOM)
    if name == "constant":
        return Piece({"pi": r"\pi", "tau": r"\tau"}.get(str(node.value), str(node.value)), _ATOM)
    if name == "name":
        return names.get(str(node.value)) or Piece(name_to_latex(str(node.value)), _ATOM)
    if name == "component":
        # In braces, or a name with an index would get a second one.
        return Piece(rf"{{{arguments[0].text}}}_{{[{int(node.value or 0)}]}}", _ATOM)
    record = VECTOR if name == "vector" else OPERATIONS[name]
    # 3 · 4 and 3 · 4/5 need the dot: 3 4/5 would be read as more than three.
    number_first = arguments and arguments[0].text[-1].isdigit()
    if name == "*" and not re.match(r"[{]*[\d-]|\\frac" if number_first else r"[{]*[\d-]", arguments[1].text):
        left, right = _add_brackets(arguments, record.argument_precedence, r"\left(", r"\right)")
        return Piece(rf"{left} \, {right}", record.precedence)
    if name == "piecewise":
        rows = [
            rf"{value.text} & {condition.text}"
            for condition, value in zip(arguments[:-1:2], arguments[1:-1:2], strict=True)
        ]
        rows.append(rf"{arguments[-1].text} & \text{{otherwise}}")
        return Piece(r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}", _ATOM)
    texts = _add_brackets(arguments, record.argument_precedence, r"\left(", r"\right)")
    if name in ("+", "-") and texts[1].startswith("-"):
        texts[1] = rf"\left({texts[1]}\right)"
    return Piece(record.latex.format(*texts, all=", ".join(one.text for one in arguments)), record.precedence)


def to_inline_source(expression: Expression, names: Mapping[str, str]) -> str:
    """The expression as one Python expression of tensors, with what is to be written for each name."""
    pieces: list[Piece] = []
    for i, node in enumerate(expression.nodes):
        value = expression.constant(i)
        arguments = [pieces[argument] for argument in node.arguments]
        if value is None:
            if node.operation not in ACCEPTS_NUMBERS:
                arguments = [
                    Piece(_tensor_source(one.text), _ATOM)
                    if isinstance(expression.constant(argument), float | bool)
                    else one
                    for one, argument in zip(arguments, node.arguments, strict=True)
                ]
            pieces.append(
                Piece(names[str(node.value)], _ATOM) if node.operation == "name" else _node_to_source(node, arguments)
            )
        elif node.operation == "constant":
            pieces.append(Piece(f"math.{node.value}", _ATOM))
        else:
            pieces.append(_value_to_source(value))
    whole = pieces[-1].text
    return _tensor_source(whole) if isinstance(expression.constant(len(expression.nodes) - 1), float) else whole


def _value_to_source(value: float | Tensor) -> Piece:
    if isinstance(value, Tensor):
        return Piece(_tensor_source(f"[{', '.join(_value_to_source(one).text for one in value.tolist())}]"), _ATOM)
    if isinstance(value, bool):
        return Piece(repr(value), _ATOM)
    if not math.isfinite(value):
        return Piece(f"math.{value}" if value >= 0 or math.isnan(value) else "-math.inf", _ATOM if value >= 0 else 7)
    negative = math.copysign(1, value) < 0
    return Piece(
        f"-{_format_number(-value)}.0" if value == 0 and negative else _format_number(value), 7 if negative else _ATOM
    )


def _tensor_source(text: str) -> str:
    """Source of a constant where a tensor is wanted."""
    return f"torch.tensor({text})" if text in ("True", "False") else f"torch.tensor({text}, dtype=torch.float64)"


def _node_to_source(node: Node, arguments: list[Piece]) -> Piece:
    name = node.operation
    if name == "component":
        index = int(node.value or 0)
        return Piece(f"{arguments[0].text}[..., {index} : {index + 1}]", _ATOM)
    record = VECTOR if name == "vector" else OPERATIONS[name]
    if name in _PRECEDENCES and record.source and not record.source.startswith("torch."):
        holds, needs = _PRECEDENCES[name]
        return Piece(record.source.format(*_add_brackets(arguments, needs)), holds)
    texts = [one.text for one in arguments]
    if record.source:
        return Piece(record.source.format(*texts), _ATOM)
    return Piece(f"{record.function.__name__}({', '.join(texts)})", _ATOM)


def make_identifiers(names: Sequence[str], reserved: Collection[str] = ()) -> dict[str, str]:
    """For each name one that Python takes, and that stands for nothing else in the source; nor is ``reserved``."""
    taken = {"torch", "math", "f", "Tensor", "Any", *keyword.kwlist, *reserved}
    taken.update(one.function.__name__ for one in (*OPERATIONS.values(), VECTOR))
    found = {}
    for name in names:
        identifier = name
        while identifier in taken or (identifier != name and identifier in names):
            identifier += "_"
        taken.add(identifier)
        found[name] = identifier
    return found


def _number_to_sympy(value: float, sympy: Any) -> Any:
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    if not math.isfinite(value):
        raise InputError("a part of this function has no finite value, and so no formula")
    return sympy.Integer(int(value)) if value.is_integer() and abs(value) < 1e15 else sympy.Float(value)


def _check_formula_is_short(expression: Expression) -> None:
    """Refuse what sympy would work on for long: formulas that grow as they are written out, and huge powers."""
    weights: list[int] = []
    degrees: list[float] = []
    for position, node in enumerate(expression.nodes):
        record = OPERATIONS.get(node.operation)
        copies = 1 if record is None else record.sympy_copies or 2 * len(node.arguments)
        weights.append(1 + copies * sum(weights[argument] for argument in node.arguments))
        degree = sum(degrees[argument] for argument in node.arguments) or 1.0
        if node.operation == "**":
            power = expression.constant(node.arguments[1])
            if isinstance(power, float) and math.isfinite(power):
                degree = degrees[node.arguments[0]] * max(1.0, abs(power))
        degrees.append(degree if expression.constant(position) is None else 1.0)
        if not (weights[-1] <= MAX_DERIVATIVE_WEIGHT and degrees[-1] <= MAX_DERIVATIVE_DEGREE):
            raise InputError(f"the derivative's formula is {TOO_LONG}")


def _operation_to_sympy(record: Operation, arguments: list[list[Any]], sympy: Any) -> list[Any]:
    if record.name == "dot":
        length = max(map(len, arguments))
        left, right = ([one[i % len(one)] for i in range(length)] for one in arguments)
        return [sympy.Add(*[a * b for a, b in zip(left, right, strict=True)])]
    if record.sympy is None:
        raise InputError(f"'{record.name}' has no formula")
    of = getattr(sympy, record.sympy) if isinstance(record.sympy, str) else partial(record.sympy, sympy)
    if record.is_reduction(len(arguments)):
        return [of(*arguments[0])]
    length = max(map(len, arguments))
    return [of(*[one[i if len(one) > 1 else 0] for one in arguments]) for i in range(length)]
