"""An objective as PyTorch code, the way a student would write it.

No code holds anything that a person typed: numbers are written out from checked tensors, and names and expressions from
the checked tape, whose names are letters, digits and underscores.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from playground.language.expression import Expression
from playground.language.source import get_helper_sources, to_inline_source, to_source

MAX_INLINE = 80
"""An expression of more characters isn't written into its line; it becomes a function ``f``."""


@dataclass(frozen=True, eq=False)
class DataTensor:
    """A tensor of data in the code.

    Attributes:
        name: what the code calls it.
        values: (N,) float64.
        explanation: one sentence for a student.
    """

    name: str
    values: Tensor
    explanation: str


@dataclass(frozen=True)
class Statement:
    """A line that makes one tensor of others.

    Attributes:
        name: the tensor that it makes; code: the right side, in torch.
        explanation: one sentence for a student.
    """

    name: str
    code: str
    explanation: str


@dataclass(frozen=True, eq=False)
class ObjectiveCode:
    """An objective in lines of code.

    Attributes:
        data: the tensors of its data.
        tensors: what the code calls the tensors of the parameters, one for each of the objective's ``variables``.
        statements: from these to the loss; the last makes ``loss``.
        function: the ``f`` that the statements may call, for them to be run here.
        header: what stands before all lines for them to run by themselves: imports, and f where they call it.
    """

    data: tuple[DataTensor, ...]
    tensors: tuple[str, ...]
    statements: tuple[Statement, ...]
    function: Callable[..., Tensor]
    header: str

    @property
    def names(self) -> tuple[str, ...]:
        """All tensors that the code has a name for: data, parameters, and what the statements make."""
        return (*(one.name for one in self.data), *self.tensors, *(one.name for one in self.statements))


def write_expression(expression: Expression, names: Mapping[str, str]) -> str:
    """The expression as torch's source, or a call of f where that is long or needs functions of its own.

    Args:
        expression: what to write.
        names: what the code calls each of its names.
    """
    text = to_inline_source(expression, names)
    if len(text) <= MAX_INLINE and not get_helper_sources(expression):
        return text
    return f"f({', '.join(names[name] for name in expression.names)})"


def write_header(expression: Expression, statements: Sequence[Statement]) -> str:
    """The imports that the statements need, and f where they call it."""
    code = "\n".join(statement.code for statement in statements)
    header = to_source(expression) + "\n" if re.search(r"\bf\(", code) else "import torch\n"
    return f"import math\n\n{header}" if "math." in code and "import math" not in header else header


def as_function(expression: Expression) -> Callable[..., Tensor]:
    """The expression as a function of its names, in order."""
    return lambda *values: expression.evaluate(dict(zip(expression.names, values, strict=True)))
