"""A function of its variables, as an objective."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from playground.engine.code import ObjectiveCode, Statement, as_function, write_expression, write_header
from playground.engine.objectives import ExpressionObjective, check_backward
from playground.errors import ExpressionError
from playground.language.expression import Expression
from playground.language.ranges import MAX_COMPONENTS
from playground.language.source import make_identifiers
from playground.numerals import quote


class Function(ExpressionObjective):
    """A function of its variables, to be minimised as it stands.

    Args:
        text: the function, in the language of ``Expression``.
        names: the only names that may be variables.
        sizes: how many components a vector variable has, 1 to 100; its parameters are then ``x1, x2, …``. A
            variable that the text asks for components of (``x[1]``) has as many as that takes, unless it is given.

    Attributes:
        parameters: the variables in order of first appearance.

    Raises:
        ExpressionError: for a text that is no expression, or whose value isn't one number.
    """

    kind = "function"

    def __init__(self, text: str, names: Iterable[str] | None = None, sizes: Mapping[str, int] | None = None) -> None:
        self.expression = Expression(text, names)
        if not isinstance(sizes, Mapping | None) or not all(isinstance(name, str) for name in sizes or ()):
            raise ExpressionError(f"sizes= must say how many components each variable has, by name, not {quote(sizes)}")
        sizes = self.expression.components | dict(sizes or {})
        for name, size in sizes.items():
            if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_COMPONENTS:
                raise ExpressionError(
                    f"a vector has 1 to {MAX_COMPONENTS} components, and '{name}' was given {quote(size)}"
                )
            if size < self.expression.components.get(name, 0):
                raise ExpressionError(
                    f"'{name}' has {size} components, counted from 0, and the text asks for "
                    f"{name}[{self.expression.components[name] - 1}]"
                )
        self._sizes = tuple(sizes.get(name, 1) for name in self.expression.names)
        vectors = set(sizes)
        if unknown := vectors - set(self.expression.names):
            raise ExpressionError(f"sizes= names {', '.join(sorted(unknown))}, which the function doesn't use")
        self.parameters = tuple(
            parameter
            for name, size in zip(self.expression.names, self._sizes, strict=True)
            for parameter in ([f"{name}{i + 1}" for i in range(size)] if name in vectors else [name])
        )
        if len(set(self.parameters)) < len(self.parameters):
            twice = next(name for name in self.parameters if self.parameters.count(name) > 1)
            raise ExpressionError(f"'{twice}' names both a component of a vector and a variable: rename one of them")
        self._check_value_is_one_number()

    def __repr__(self) -> str:
        return f"Function({self.expression.text!r})"

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the expression, scalars and vectors."""
        return self.expression.names

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many parameters each of the variables holds."""
        return self._sizes

    @property
    def formula(self) -> str:
        """The tape with the parameters' names: equal for equal formulas, however they were typed."""
        return repr((self.parameters, self.expression.nodes))

    def loss_from_columns(self, columns: Sequence[Tensor]) -> Tensor:
        """The function's value: one column (..., size) a variable -> (...)."""
        value = self.expression.evaluate(self.values_from_columns(columns))
        return value.squeeze(-1) if self.expression.names else value

    def loss(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The function's value at ``theta``: (..., P) -> (...) float64, with its autograd graph."""
        # A constant has no parameters: the empty sum gives it the batch shape and a graph.
        theta = self.check_theta(theta)
        return super().loss(theta) if self.parameters else self.loss_from_columns([]) + theta.sum(-1)

    def write_code(self, reserved: Collection[str] = ()) -> ObjectiveCode:
        """One line, ``loss = …``."""
        names = make_identifiers(self.variables, (*reserved, "loss"))
        value = write_expression(self.expression, names)
        statements = (Statement("loss", value, "The function's value, which is to get smaller."),)
        return ObjectiveCode(
            data=(),
            tensors=tuple(names.values()),
            statements=statements,
            function=as_function(self.expression),
            header=write_header(self.expression, statements),
        )

    def _check_value_is_one_number(self) -> None:
        columns = [torch.ones(size, dtype=torch.float64, requires_grad=True) for size in self._sizes]
        value = self.expression.evaluate(self.values_from_columns(columns))
        if value.numel() != 1:
            raise ExpressionError(
                f"the value has {value.numel()} components, and a loss is one number: wrap it in sum(…)"
            )
        check_backward(value)
