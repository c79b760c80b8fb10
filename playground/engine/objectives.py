"""What is minimised: a loss of named parameters.

An objective offers its loss, gradient and Hessian to descents and surfaces. Parameters stand on the last axis of a
float64 tensor ``theta``; all axes before it are batch axes, and every result keeps them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression


class Objective:
    """A differentiable loss of named parameters; ``Function`` and ``Fit`` are the two kinds.

    Attributes:
        parameters: the names of the P parameters, in the order of the last axis of ``theta``.
        expression: what is evaluated.
    """

    parameters: tuple[str, ...]
    expression: Expression

    def values_from_columns(self, columns: Sequence[Tensor]) -> dict[str, Tensor]:
        """What each name of the expression stands for, given one tensor (..., size) a variable."""
        raise NotImplementedError

    def loss_from_columns(self, columns: Sequence[Tensor]) -> Tensor:
        """The loss from one tensor a variable, which only have to broadcast against each other.

        Args:
            columns: float64, each of shape (..., size of the variable).

        Returns:
            The loss, of the broadcast shape (...).
        """
        raise NotImplementedError

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many parameters each variable holds, in order: one for a scalar."""
        return (1,) * len(self.parameters)

    @property
    def sum_of_squares(self) -> bool:
        """Whether the loss is known as a sum of squares, those of ``residuals``."""
        return False

    def residuals(self, theta: Tensor | Sequence[object]) -> Tensor:
        """What the loss is the sum of the squares of, where it is known as such: (..., P) -> (..., M)."""
        raise NotImplementedError

    def loss(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The loss at ``theta``, with its autograd graph.

        Args:
            theta: (..., P), a tensor or nested lists; made float64.

        Returns:
            (...) float64.

        Raises:
            InputError: if the last axis of ``theta`` doesn't hold P parameters.
        """
        theta = self.check_theta(theta)
        loss = self.loss_from_columns(theta.split(self.sizes, -1))
        if theta.requires_grad and not loss.requires_grad:
            # No parameter moves it, such as (x > 0): zeros give it a graph, whatever theta holds.
            loss = loss + theta.masked_fill(torch.tensor(True), 0.0).sum(-1)
        return loss

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
        """``theta`` as float64 (..., P), or an InputError if its last axis doesn't hold P parameters."""
        theta = torch.as_tensor(theta, dtype=torch.float64)
        if theta.ndim == 0 or theta.shape[-1] != len(self.parameters):
            raise InputError(
                f"the last axis must hold {len(self.parameters)} parameters ({', '.join(self.parameters)}), "
                f"and the shape given is {tuple(theta.shape)}"
            )
        return theta


def check_backward(value: Tensor) -> None:
    """Go backward once, so that what torch can't differentiate in these shapes is refused where it is typed."""
    try:
        if value.requires_grad:
            value.sum().backward()
    except RuntimeError as reason:
        said = str(reason).partition("\n")[0]
        raise ExpressionError(f"torch can't differentiate this: {said}") from reason
