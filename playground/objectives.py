"""What is minimised: a function of its variables, or the loss of a model on data.

Both objectives have named parameters and offer their loss, gradient and Hessian to descents and
surfaces. Parameters stand on the last axis of a float64 tensor ``theta``; all axes before it are
batch axes, and every result keeps them.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from playground.errors import ExpressionError, InputError
from playground.expression import Expression
from playground.parser import MAX_COMPONENTS


@dataclass(frozen=True)
class Loss:
    """How far predictions lie from targets.

    Attributes:
        label: what a person calls it.
        of: prediction and target, shapes (..., N) and (N,) -> the loss, shape (...).
        source: where the formula is written down.
        targets: the least and the largest y that the loss is meant for.
    """

    label: str
    of: Callable[[Tensor, Tensor], Tensor]
    source: str
    targets: tuple[float, float] = (-math.inf, math.inf)


LOSSES: dict[str, Loss] = {
    "mse": Loss(
        label="mean squared error",
        of=lambda prediction, target: ((prediction - target) ** 2).mean(-1),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html",
    ),
    "sse": Loss(
        label="sum of squared errors",
        of=lambda prediction, target: ((prediction - target) ** 2).sum(-1),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html",
    ),
    "mae": Loss(
        label="mean absolute error",
        of=lambda prediction, target: (prediction - target).abs().mean(-1),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html",
    ),
    "huber": Loss(
        label="Huber loss, δ = 1",
        of=lambda prediction, target: functional.huber_loss(
            prediction, target.expand_as(prediction), reduction="none"
        ).mean(-1),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html",
    ),
    "logcosh": Loss(
        label="log-cosh",
        # ln cosh r = ln(e^r + e^-r) - ln 2 doesn't overflow where cosh does.
        of=lambda prediction, target: (torch.logaddexp(prediction - target, target - prediction) - math.log(2)).mean(
            -1
        ),
        source="Saleh and Saleh 2022, Statistical properties of the log-cosh loss function",
    ),
    "bce": Loss(
        label="binary cross entropy with logits",
        of=lambda prediction, target: functional.binary_cross_entropy_with_logits(
            prediction, target.expand_as(prediction), reduction="none"
        ).mean(-1),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html",
        targets=(0.0, 1.0),
    ),
}
"""The losses by the name that ``Fit`` takes; a new one is a new entry."""


class Objective:
    """A differentiable loss of named parameters; ``Function`` and ``Fit`` are the two kinds.

    Attributes:
        parameters: the names of the P parameters, in the order of the last axis of ``theta``.
        expression: what is evaluated.
    """

    parameters: tuple[str, ...]
    expression: Expression

    def values_at(self, columns: Sequence[Tensor]) -> dict[str, Tensor]:
        """What each name of the expression stands for, given one tensor (..., size) a variable."""
        raise NotImplementedError

    def loss_at(self, columns: Sequence[Tensor]) -> Tensor:
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

    def loss(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The loss at ``theta``, with its autograd graph.

        Args:
            theta: (..., P), a tensor or nested lists; made float64.

        Returns:
            (...) float64.

        Raises:
            InputError: if the last axis of ``theta`` doesn't hold P parameters.
        """
        theta = self.checked(theta)
        loss = self.loss_at(theta.split(self.sizes, -1))
        if theta.requires_grad and not loss.requires_grad:
            # No parameter moves it, such as (x > 0): zeros give it a graph, whatever theta holds.
            loss = loss + theta.masked_fill(torch.tensor(True), 0.0).sum(-1)
        return loss

    def gradient(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The gradient at ``theta`` by ``torch.autograd``: (..., P) -> (..., P) float64."""
        theta = self.checked(theta).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.loss(theta).sum(), theta, materialize_grads=True)
        return gradient

    def hessian(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The matrix of second derivatives at ``theta``, by differentiating the gradient once more.

        Args:
            theta: (..., P); one point for a plain matrix.

        Returns:
            (..., P, P) float64.
        """
        theta = self.checked(theta).detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.loss(theta).sum(), theta, create_graph=True, materialize_grads=True)
        if not gradient.requires_grad:  # a linear loss: its gradient is a constant
            return torch.zeros(*theta.shape, theta.shape[-1], dtype=torch.float64)
        rows = [
            torch.autograd.grad(component.sum(), theta, retain_graph=True, materialize_grads=True)[0]
            for component in gradient.unbind(-1)
        ]
        return torch.stack(rows, -2)

    def checked(self, theta: Tensor | Sequence[object]) -> Tensor:
        """``theta`` as float64 (..., P), or an InputError if its last axis doesn't hold P parameters."""
        theta = torch.as_tensor(theta, dtype=torch.float64)
        if theta.ndim == 0 or theta.shape[-1] != len(self.parameters):
            raise InputError(
                f"the last axis must hold {len(self.parameters)} parameters ({', '.join(self.parameters)}), "
                f"and the shape given is {tuple(theta.shape)}"
            )
        return theta


class Function(Objective):
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

    def __init__(self, text: str, names: Iterable[str] | None = None, sizes: Mapping[str, int] | None = None) -> None:
        self.expression = Expression(text, names)
        if not isinstance(sizes, Mapping | None) or not all(isinstance(name, str) for name in sizes or ()):
            raise ExpressionError(f"sizes= must say how many components each variable has, by name, not {sizes!r}")
        sizes = self.expression.components | dict(sizes or {})
        for name, size in sizes.items():
            if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MAX_COMPONENTS:
                raise ExpressionError(f"a vector has 1 to {MAX_COMPONENTS} components, and '{name}' was given {size!r}")
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
    def sizes(self) -> tuple[int, ...]:
        """How many parameters each variable holds, in order of the variables."""
        return self._sizes

    def values_at(self, columns: Sequence[Tensor]) -> dict[str, Tensor]:
        """What each name of the expression stands for, given one tensor (..., size) a variable."""
        return dict(zip(self.expression.names, columns, strict=True))

    def loss_at(self, columns: Sequence[Tensor]) -> Tensor:
        """The function's value: one column (..., size) a variable -> (...)."""
        value = self.expression.evaluate(self.values_at(columns))
        return value.squeeze(-1) if self.expression.names else value

    def loss(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The function's value at ``theta``: (..., P) -> (...) float64, with its autograd graph."""
        # A constant has no parameters: the empty sum gives it the batch shape and a graph.
        theta = self.checked(theta)
        return super().loss(theta) if self.parameters else self.loss_at([]) + theta.sum(-1)

    def _check_value_is_one_number(self) -> None:
        columns = {
            name: torch.ones(size, dtype=torch.float64)
            for name, size in zip(self.expression.names, self._sizes, strict=True)
        }
        count = self.expression.evaluate(columns).numel()
        if count != 1:
            raise ExpressionError(f"the value has {count} components, and a loss is one number: wrap it in sum(…)")


class Fit(Objective):
    """The loss of a model on data points.

    Args:
        model: an expression in ``x``, the data, and any other names, the parameters.
        x, y: the N points' coordinates.
        loss: a name from ``LOSSES``.

    Attributes:
        parameters: the model's names without ``x``, in order of first appearance.
        x, y: (N,) float64.

    Raises:
        ExpressionError: for a model that is no expression or has no parameters.
        InputError: for data that can't be fitted, or an unknown loss.
    """

    def __init__(self, model: str, x: Sequence[float], y: Sequence[float], loss: str = "mse") -> None:
        self.expression = Expression(model)
        if self.expression.reduces:
            raise ExpressionError(
                "a model says what y is at one x: sums, vectors and their components have no place in it"
            )
        self.parameters = tuple(name for name in self.expression.names if name != "x")
        if not self.parameters:
            raise ExpressionError("the model has no parameters to fit: write for example a*x + b")
        try:
            self.x = torch.as_tensor(x, dtype=torch.float64)
            self.y = torch.as_tensor(y, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            raise InputError("every x and y must be a number") from None
        if self.x.ndim != 1 or self.x.shape != self.y.shape or len(self.x) == 0:
            raise InputError(
                f"a fit needs as many x as y values, and at least one: got {self.x.numel()} and {self.y.numel()}"
            )
        if not bool((self.x.isfinite() & self.y.isfinite()).all()):
            raise InputError("every x and y must be a finite number")
        if not isinstance(loss, str) or loss not in LOSSES:
            raise InputError(f"unknown loss '{loss}': choose one of {', '.join(LOSSES)}", field="loss")
        low, high = LOSSES[loss].targets
        if self.y.min() < low or self.y.max() > high:
            raise InputError(
                f"{LOSSES[loss].label} needs every y between {low:g} and {high:g}, "
                f"and these go from {self.y.min():g} to {self.y.max():g}",
                field="loss",
            )
        self.loss_name = loss
        self._of = LOSSES[loss].of

    def __repr__(self) -> str:
        return f"Fit({self.expression.text!r}, {len(self.x)} points, loss={self.loss_name!r})"

    def values_at(self, columns: Sequence[Tensor]) -> dict[str, Tensor]:
        """What each name of the model stands for, ``x`` for the data, given one column (..., 1) a parameter."""
        return dict(zip(self.parameters, columns, strict=True)) | {"x": self.x}

    def loss_at(self, columns: Sequence[Tensor]) -> Tensor:
        """The loss on the data: one column (..., 1) a parameter -> (...)."""
        return self._of(self.predict_at(columns), self.y)

    def predict(self, theta: Tensor | Sequence[object], x: Tensor) -> Tensor:
        """What the model says at ``x``: theta (..., P) and x (M,) -> (..., M) float64."""
        return self.predict_at(self.checked(theta).split(self.sizes, -1), x)

    def predict_at(self, columns: Sequence[Tensor], x: Tensor | None = None) -> Tensor:
        """The prediction from one column (..., 1) a parameter; ``x`` is the data unless given."""
        points = self.x if x is None else x
        prediction = self.expression.evaluate(self.values_at(columns) | {"x": points})
        # A model without x says the same everywhere.
        return (
            prediction
            if prediction.shape[-1:] == points.shape
            else prediction.expand(*prediction.shape[:-1], len(points))
        )
