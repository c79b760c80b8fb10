"""What is minimised: a loss of named parameters, and all that others may ask of it.

Descents, surfaces, notes and pages know nothing of the kinds of objectives there are: what differs from kind to kind,
an objective answers itself. A new kind names its ``parameters`` and computes its ``loss``; the rest is known of it, or
is said by overriding one more property.
"""

from collections.abc import Collection, Mapping, Sequence

import torch
from torch import Tensor

from playground.engine.code import ObjectiveCode
from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression
from playground.numerals import quote

DRAWN, MOST_AT_ONCE = 64, 500_000
"""Starts that are tried where one has no value, and predictions in memory at once."""

DEFAULT_START = 1.0
"""Where a parameter starts unless its objective knows better: at 0 many functions are flat."""


class Objective:
    """A differentiable loss of P named parameters.

    The parameters stand on the last axis of a float64 tensor ``theta``; all axes before it are batch axes, and every
    result keeps them.

    Attributes:
        parameters: the names of the P parameters, in the order of the last axis of ``theta``.
        kind: what a person calls it; errors about it as a whole carry this as their ``field``.
        expression: what is evaluated, if it is written in the language.
    """

    parameters: tuple[str, ...]
    kind: str = "objective"
    expression: Expression | None = None

    # ---- The loss and its derivatives.

    def loss(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The loss at ``theta``, with its autograd graph.

        Args:
            theta: (..., P), a tensor or nested lists; made float64.

        Returns:
            (...) float64.

        Raises:
            InputError: if the last axis of ``theta`` doesn't hold P parameters.
        """
        raise NotImplementedError

    def loss_from_columns(self, columns: Sequence[Tensor]) -> Tensor:
        """The loss from one tensor a variable, which only have to broadcast against each other.

        Args:
            columns: float64, each of shape (..., size of the variable); see ``sizes``.

        Returns:
            The loss, of the broadcast shape (...).
        """
        shape = torch.broadcast_shapes(*(column.shape[:-1] for column in columns))
        return self.loss(torch.cat([column.expand(*shape, -1) for column in columns], -1))

    def gradient(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The gradient at ``theta`` by ``torch.autograd``: (..., P) -> (..., P) float64."""
        theta = self.check_theta(theta).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.loss(theta).sum(), theta, materialize_grads=True)
        return gradient

    def hessian(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The matrix of second derivatives at ``theta``, by differentiating the gradient once more.

        Args:
            theta: (..., P); one point for a plain matrix.

        Returns:
            (..., P, P) float64.
        """
        theta = self.check_theta(theta).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.loss(theta).sum(), theta, create_graph=True, materialize_grads=True)
        if not gradient.requires_grad:  # a linear loss: its gradient is a constant
            return torch.zeros(*theta.shape, theta.shape[-1], dtype=torch.float64)
        rows = [
            torch.autograd.grad(component.sum(), theta, retain_graph=True, materialize_grads=True)[0]
            for component in gradient.unbind(-1)
        ]
        return torch.stack(rows, -2)

    def check_theta(self, theta: Tensor | Sequence[object]) -> Tensor:
        """``theta`` as float64 (..., P).

        Raises:
            InputError: if it isn't made of numbers, or its last axis doesn't hold P parameters.
        """
        try:
            theta = torch.as_tensor(theta, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            raise InputError("the parameters must be numbers, in a tensor or nested lists") from None
        if theta.ndim == 0 or theta.shape[-1] != len(self.parameters):
            raise InputError(
                f"the last axis must hold {len(self.parameters)} parameters ({', '.join(self.parameters)}), "
                f"and the shape given is {tuple(theta.shape)}"
            )
        return theta

    def order(self, values: Mapping[str, float] | Sequence[float] | Tensor) -> Tensor:
        """The P parameters by name, or in order already, as ``theta``.

        Raises:
            InputError: if one is missing, or isn't a number.
        """
        if not isinstance(values, Mapping):
            return self.check_theta(values)
        if missing := [name for name in self.parameters if name not in values]:
            raise InputError(f"there is no value for {', '.join(missing)}")
        return self.check_theta([values[name] for name in self.parameters])

    def start(self, initialisation: str = "default", seed: int = 0) -> Tensor:  # noqa: ARG002
        """The parameters (P,) float64 that an initialisation draws with a seed, where there are initialisations.

        Raises:
            InputError: with the field ``start``, where there are none; or for what none of them can draw.
        """
        raise InputError(f"this {self.kind} has no initialisations: a start is made of numbers", field="start")

    # ---- Its variables and its data.

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that the parameters make up: of each scalar, and of each vector."""
        return self.parameters

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many parameters each of ``variables`` holds: one for a scalar."""
        return (1,) * len(self.variables)

    @property
    def default_start(self) -> tuple[float, ...]:
        """Where the P parameters start unless somebody says otherwise."""
        return (DEFAULT_START,) * len(self.parameters)

    @property
    def data(self) -> Mapping[str, Tensor]:
        """What stands for data in the expression: by name one number for each point, (N,) float64."""
        return {}

    @property
    def point_count(self) -> int:
        """How many data points the loss is made of; 0 for none."""
        return 0

    @property
    def cost(self) -> int:
        """How many evaluations one loss takes: one, or one for each data point."""
        return max(1, self.point_count)

    @property
    def work(self) -> int:
        """About how many operations on numbers one loss takes: those of its expression, for each of its ``cost``."""
        return self.cost * (self.expression.size if self.expression else 2)

    def values_from_columns(self, columns: Sequence[Tensor]) -> dict[str, Tensor]:
        """What each name of the expression stands for, given one tensor (..., size) for each variable."""
        return dict(zip(self.variables, columns, strict=True))

    def check_batch_size(self, size: int | None) -> int | None:
        """``size`` if a step can look at so many data points, or None where that is all of them.

        Raises:
            InputError: otherwise, with the reason.
        """
        if size is None:
            return None
        if not self.point_count:
            raise InputError(f"batches are made of data points, and this {self.kind} has none", field="batch_size")
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= self.point_count:
            raise InputError(
                f"the batch size must be a whole number from 1 to {self.point_count}, the number of points, "
                f"not {quote(size)}",
                field="batch_size",
            )
        return size if size < self.point_count else None

    def batch(self, points: Tensor) -> "Objective":
        """The same loss on some of the data points alone: their places (B,) int64 among all of them."""
        raise NotImplementedError

    # ---- What is known of it.

    @property
    def is_sum_of_squares(self) -> bool:
        """Whether the loss is known as a sum of squares, those of ``residuals``."""
        return False

    def residuals(self, theta: Tensor | Sequence[object]) -> Tensor:
        """What the loss is the sum of the squares of, where it is known as such: (..., P) -> (..., M) float64."""
        raise NotImplementedError

    @property
    def formula(self) -> str:
        """A text that two objectives share if their losses are one formula, however it was typed; empty for none."""
        return ""

    @property
    def unexplained(self) -> str:
        """A sentence for a loss that isn't finite where all of the expression is; empty where that can't be."""
        return ""

    def explain_break(self, theta: Tensor) -> str:  # noqa: ARG002
        """A sentence on where the first number comes from that isn't finite at ``theta`` (P,).

        Empty where that isn't known; what is written in the language is explained from its expression.
        """
        return ""

    def has_usable_start(self) -> bool:
        """Whether loss and gradient are finite at any of some starts, drawn from 0.01 to 100 away from 0."""
        generator = torch.Generator().manual_seed(0)
        drawn = torch.randn((DRAWN, len(self.parameters)), dtype=torch.float64, generator=generator)
        starts = drawn * torch.logspace(-2, 2, DRAWN, dtype=torch.float64)[:, None]
        for part in starts.split(max(1, MOST_AT_ONCE // self.cost)):
            with torch.no_grad():
                usable = part[self.loss(part).isfinite()]
            if len(usable) and self.gradient(usable).isfinite().all(-1).any():
                return True
        return False

    @property
    def extras(self) -> tuple[tuple[str, str], ...]:
        """What it has beyond data, model and loss, such as weights, each with the field that it came from."""
        return ()

    def write_code(self, reserved: Collection[str] = ()) -> ObjectiveCode:  # noqa: ARG002
        """How it is written in PyTorch, as a student would write it, without its ``extras``.

        Args:
            reserved: names that the code around it takes.

        Raises:
            InputError: if it isn't written in lines of code.
        """
        raise InputError(f"this {self.kind} isn't written in lines of code", field=self.kind)


class ExpressionObjective(Objective):
    """An objective whose loss is worked out from an expression, variable by variable.

    A kind of it computes ``loss_from_columns``.
    """

    expression: Expression

    def loss(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The loss at ``theta``, (..., P) -> (...) float64, with its autograd graph."""
        theta = self.check_theta(theta)
        loss = self.loss_from_columns(theta.split(self.sizes, -1))
        if theta.requires_grad and not loss.requires_grad:
            # No parameter moves it, such as (x > 0): zeros give it a graph, whatever theta holds.
            loss = loss + theta.masked_fill(torch.tensor(True), 0.0).sum(-1)
        return loss

    def loss_from_columns(self, columns: Sequence[Tensor]) -> Tensor:
        """The loss from one tensor a variable: (..., size) each -> (...)."""
        raise NotImplementedError


def check_backward(value: Tensor) -> None:
    """Go backward once, so that what torch can't differentiate in these shapes is refused where it is typed."""
    try:
        if value.requires_grad:
            value.sum().backward()
    except RuntimeError as reason:
        said = str(reason).partition("\n")[0]
        raise ExpressionError(f"torch can't differentiate this: {said}") from reason
