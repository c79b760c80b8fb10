"""A tape written out as PyTorch source, which evaluates to the same bits."""

import inspect
import keyword
import math
from collections.abc import Collection, Mapping, Sequence

from torch import Tensor

from playground.language.expression import ACCEPTS_NUMBERS, Expression
from playground.language.operations import OPERATIONS, VECTOR
from playground.language.pieces import ATOM, PRECEDENCES, Piece, add_brackets, write_number
from playground.language.tape import Node


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


def to_inline_source(expression: Expression, names: Mapping[str, str]) -> str:
    """The expression as one Python expression of tensors, with what is to be written for each name."""
    pieces: list[Piece] = []
    for i, node in enumerate(expression.nodes):
        value = expression.constant(i)
        arguments = [pieces[argument] for argument in node.arguments]
        if value is None:
            if node.operation not in ACCEPTS_NUMBERS:
                arguments = [
                    Piece(_tensor_source(one.text), ATOM)
                    if isinstance(expression.constant(argument), float | bool)
                    else one
                    for one, argument in zip(arguments, node.arguments, strict=True)
                ]
            pieces.append(
                Piece(names[str(node.value)], ATOM) if node.operation == "name" else _node_to_source(node, arguments)
            )
        elif node.operation == "constant":
            pieces.append(Piece(f"math.{node.value}", ATOM))
        else:
            pieces.append(_value_to_source(value))
    whole = pieces[-1].text
    return _tensor_source(whole) if isinstance(expression.constant(len(expression.nodes) - 1), float) else whole


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


def _value_to_source(value: float | Tensor) -> Piece:
    if isinstance(value, Tensor):
        return Piece(_tensor_source(f"[{', '.join(_value_to_source(one).text for one in value.tolist())}]"), ATOM)
    if isinstance(value, bool):
        return Piece(repr(value), ATOM)
    if not math.isfinite(value):
        return Piece(f"math.{value}" if value >= 0 or math.isnan(value) else "-math.inf", ATOM if value >= 0 else 7)
    negative = math.copysign(1, value) < 0
    return Piece(
        f"-{write_number(-value)}.0" if value == 0 and negative else write_number(value), 7 if negative else ATOM
    )


def _tensor_source(text: str) -> str:
    """Source of a constant where a tensor is wanted."""
    return f"torch.tensor({text})" if text in ("True", "False") else f"torch.tensor({text}, dtype=torch.float64)"


def _node_to_source(node: Node, arguments: list[Piece]) -> Piece:
    name = node.operation
    if name == "component":
        index = int(node.value or 0)
        return Piece(f"{arguments[0].text}[..., {index} : {index + 1}]", ATOM)
    record = VECTOR if name == "vector" else OPERATIONS[name]
    if name in PRECEDENCES and record.source and not record.source.startswith("torch."):
        holds, needs = PRECEDENCES[name]
        return Piece(record.source.format(*add_brackets(arguments, needs)), holds)
    texts = [one.text for one in arguments]
    if record.source:
        return Piece(record.source.format(*texts), ATOM)
    return Piece(f"{record.function.__name__}({', '.join(texts)})", ATOM)
