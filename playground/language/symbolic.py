"""Symbolic derivatives by sympy, made from the tape."""

import math
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, cast

import torch
from torch import Tensor

from playground.errors import InputError
from playground.language.expression import Expression
from playground.language.operations import OPERATIONS, Operation
from playground.language.printing import name_to_latex
from playground.numerals import format_number

MAX_DERIVATIVE_NODES = 60
"""A function of more nodes isn't differentiated."""

MAX_DERIVATIVE_WEIGHT = 250
"""The same for nodes of which equal parts, and parts that sympy's formulas repeat, are counted each time."""

MAX_DERIVATIVE_DEGREE = 10_000
"""The same for the product of the powers along the way."""

MAX_LATEX = 2000
"""A derivative of more characters in LaTeX isn't shown."""

DIGITS, FINE_DIGITS = 30, 150
"""Of a value, and of one so close to a pole that the others cancel."""

VANISHED = 1e-40
"""What is smaller, with ``FINE_DIGITS``, is 0: no float64 but 0 itself leaves so little of a number near 1."""

NEARBY = ("1e-40", "1e-60")
"""How far from a point a formula's limit is looked for, as a part of the point's size or of 1."""

GROWING = 1.2
"""Between these a value that grows by more than this factor has no bound: even a logarithm grows by half."""

TOO_LONG = "too long to show"

_EXACT = frozenset(("+", "-", "*", "/", "negate"))
"""Operations on numbers that sympy may do exactly."""


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
        formula, _ = _differentiate(expression, parameter, sizes, sympy)
        latex: str = sympy.latex(formula, ln_notation=True)
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

    Where the formula divides by 0 it is the limit: infinite, or from the one side on which there are values.
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
    value = _evaluate(formula, {symbols[name]: sympy.Float(at, DIGITS) for name, at in point.items()}, DIGITS)
    if value is not None and not _is_at_pole(formula, symbols, point, sympy):
        return value
    return _find_limit(formula, symbols, parameter, point, sympy)


def _evaluate(formula: Any, point: Mapping[Any, Any], digits: int) -> float | None:
    """A formula's real and finite value, or None."""
    try:
        value = formula.evalf(digits, subs=point)
        found = float(value) if value.is_real else math.nan
    except Exception:  # on odd input sympy raises one of many
        return None
    return found if math.isfinite(found) else None


def _is_at_pole(formula: Any, symbols: Mapping[str, Any], point: Mapping[str, float], sympy: Any) -> bool:
    """Whether a part of the formula is divided by what is 0 there, or its logarithm is taken.

    There sympy's value is what rounding made of 1/0, or of 0/0.
    """
    at = {symbols[name]: sympy.Float(value, FINE_DIGITS) for name, value in point.items()}
    bases = [power.base for power in formula.atoms(sympy.Pow) if not power.exp.is_nonnegative]
    bases += [logarithm.args[0] for logarithm in formula.atoms(sympy.log)]
    values = [_evaluate(base, at, FINE_DIGITS) for base in bases if base.free_symbols]
    return any(value is None or abs(value) < VANISHED for value in values)


def _find_limit(
    formula: Any, symbols: Mapping[str, Any], parameter: str, point: Mapping[str, float], sympy: Any
) -> float:
    """What a formula tends to at a point: from both sides, or from the one on which it has values; it may be infinite.

    Raises:
        InputError: where it tends to different values, or has none on either side.
    """
    left, right = (_find_side(formula, symbols, parameter, point, side, sympy) for side in (-1, 1))
    if left is None and right is None:
        raise InputError("the derivative's formula has no value here")
    if left is None or right is None:
        return cast(float, right if left is None else left)
    if left != right and not math.isclose(left, right, rel_tol=1e-9):
        raise InputError(
            f"the derivative tends to {format_number(left)} from the left and to {format_number(right)} from the right"
        )
    return right


def _find_side(
    formula: Any, symbols: Mapping[str, Any], parameter: str, point: Mapping[str, float], side: int, sympy: Any
) -> float | None:
    """What a formula tends to from one side along a parameter; None where it has no values there."""
    found = []
    for away in NEARBY:
        at = {symbols[name]: sympy.Float(value, FINE_DIGITS) for name, value in point.items()}
        size = max(1.0, abs(point[parameter]))
        at[symbols[parameter]] += side * sympy.Float(away, FINE_DIGITS) * sympy.Float(size, FINE_DIGITS)
        value = _evaluate(formula, at, FINE_DIGITS)
        if value is None:
            return None
        found.append(value)
    far, near = found
    if abs(near) > GROWING * abs(far):
        return math.copysign(math.inf, near)
    return 0.0 if abs(far) > GROWING * abs(near) else near


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


def _number_to_sympy(value: float, sympy: Any) -> Any:
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    if not math.isfinite(value):
        raise InputError("a part of this function has no finite value, and so no formula")
    return sympy.Integer(int(value)) if value.is_integer() and abs(value) < 1e15 else sympy.Float(value)


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
