"""What is minimised: a function of its variables, or the loss of a model on data.

Both objectives have named parameters and offer their loss, gradient and Hessian to descents and
surfaces. Parameters stand on the last axis of a float64 tensor ``theta``; all axes before it are
batch axes, and every result keeps them.
"""

import copy
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression
from playground.language.parser import MAX_COMPONENTS


@dataclass(frozen=True)
class Loss:
    """How far predictions lie from targets.

    Attributes:
        label: what a person calls it.
        elementwise: prediction and target, shapes (..., N) and (N,) -> the loss of each point, shape (..., N).
        source: where the formula is written down.
        reduction: ``"mean"`` or ``"sum"``, what is made of the points' losses.
        is_squared_error: whether each point's loss is its squared error.
        target_range: the least and the largest y that the loss is meant for.
        from_logits: whether predictions are the log-odds of a trial's outcome y, and the loss its negative
            log-likelihood.
    """

    label: str
    elementwise: Callable[[Tensor, Tensor], Tensor]
    source: str
    reduction: Literal["mean", "sum"] = "mean"
    is_squared_error: bool = False
    target_range: tuple[float, float] = (-math.inf, math.inf)
    from_logits: bool = False

    def shares(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
        """What each point has in the loss, shape (..., N); they add up to it.

        Args:
            prediction: (..., N); target: (N,).
            weights: (N,), of which each point counts so many times; once without them.
        """
        each = self.elementwise(prediction, target)
        if weights is None:
            return each if self.reduction == "sum" else each / target.shape[-1]
        return each * (weights if self.reduction == "sum" else weights / weights.sum())

    def compute(self, prediction: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
        """The loss, shape (...), of the same arguments."""
        if weights is not None:
            return self.shares(prediction, target, weights).sum(-1)
        each = self.elementwise(prediction, target)
        return each.sum(-1) if self.reduction == "sum" else each.mean(-1)


LOSSES: dict[str, Loss] = {
    "mse": Loss(
        label="mean squared error",
        elementwise=lambda prediction, target: (prediction - target) ** 2,
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html",
        is_squared_error=True,
    ),
    "sse": Loss(
        label="sum of squared errors",
        elementwise=lambda prediction, target: (prediction - target) ** 2,
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html",
        reduction="sum",
        is_squared_error=True,
    ),
    "mae": Loss(
        label="mean absolute error",
        elementwise=lambda prediction, target: (prediction - target).abs(),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html",
    ),
    "huber": Loss(
        label="Huber loss, δ = 1",
        elementwise=lambda prediction, target: functional.huber_loss(
            prediction, target.expand_as(prediction), reduction="none"
        ),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html",
    ),
    "logcosh": Loss(
        label="log-cosh",
        # ln cosh r = ln(e^r + e^-r) - ln 2 doesn't overflow where cosh does.
        elementwise=lambda prediction, target: torch.logaddexp(prediction - target, target - prediction) - math.log(2),
        source="Saleh and Saleh 2022, Statistical properties of the log-cosh loss function",
    ),
    "bce": Loss(
        label="binary cross entropy with logits",
        elementwise=lambda prediction, target: functional.binary_cross_entropy_with_logits(
            prediction, target.expand_as(prediction), reduction="none"
        ),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html",
        target_range=(0.0, 1.0),
        from_logits=True,
    ),
}
"""The losses by the name that ``Fit`` takes; a new one is a new entry."""


@dataclass(frozen=True)
class Penalty:
    """What is added to a loss for large parameters: a factor times the sum over the parameters.

    Attributes:
        label: what a person calls it.
        elementwise: a parameter's values -> what each adds, of the same shape.
        source: where the formula is written down.
        is_square: whether each adds its square.
    """

    label: str
    elementwise: Callable[[Tensor], Tensor]
    source: str
    is_square: bool = False


PENALTIES: dict[str, Penalty] = {
    "l1": Penalty(
        label="L1 penalty, λ·Σ|θ|",
        elementwise=torch.abs,
        source="Tibshirani 1996, Regression shrinkage and selection via the lasso",
    ),
    "l2": Penalty(
        label="L2 penalty, λ·Σθ²",
        elementwise=torch.square,
        source="Hoerl and Kennard 1970, Ridge regression: biased estimation for nonorthogonal problems",
        is_square=True,
    ),
}
"""The penalties by the name that ``Fit`` takes; a new one is a new entry."""


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
    def cost(self) -> int:
        """How often the expression is evaluated for one loss."""
        return 1

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

    def values_from_columns(self, columns: Sequence[Tensor]) -> dict[str, Tensor]:
        """What each name of the expression stands for, given one tensor (..., size) a variable."""
        return dict(zip(self.expression.names, columns, strict=True))

    def loss_from_columns(self, columns: Sequence[Tensor]) -> Tensor:
        """The function's value: one column (..., size) a variable -> (...)."""
        value = self.expression.evaluate(self.values_from_columns(columns))
        return value.squeeze(-1) if self.expression.names else value

    def loss(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The function's value at ``theta``: (..., P) -> (...) float64, with its autograd graph."""
        # A constant has no parameters: the empty sum gives it the batch shape and a graph.
        theta = self.check_theta(theta)
        return super().loss(theta) if self.parameters else self.loss_from_columns([]) + theta.sum(-1)

    def _check_value_is_one_number(self) -> None:
        columns = [torch.ones(size, dtype=torch.float64, requires_grad=True) for size in self._sizes]
        value = self.expression.evaluate(self.values_from_columns(columns))
        if value.numel() != 1:
            raise ExpressionError(
                f"the value has {value.numel()} components, and a loss is one number: wrap it in sum(…)"
            )
        _check_backward(value)


class Fit(Objective):
    """The loss of a model on data points.

    Args:
        model: an expression in ``x``, the data, and any other names, the parameters.
        x, y: the N points' coordinates.
        loss: a name from ``LOSSES``.
        weights: how many times each point counts, from 0; once without them.
        held_out: which points are kept from the loss, to see how the model does on what it was not fitted to.
        penalties: factors from 0, by names from ``PENALTIES``.
        standardise: whether the model is given (x - mean)/standard deviation for x, both of the points in the loss.

    Attributes:
        parameters: the model's names without ``x``, in order of first appearance.
        x, y: (n,) float64, the points in the loss: those of a weight above 0 that aren't held out.
        weights: (n,) float64, or None where all count once.
        indices: (n,) int64, their places among the N points.
        held_out: the fit of the points held out, without penalties, whose loss is the test loss; or None.
        x_mean, x_std: what x is standardised by, 0 and 1 where it isn't.
        penalties: the factors above 0.

    Raises:
        ExpressionError: for a model that is no expression or has no parameters.
        InputError: for data that can't be fitted, or an unknown loss or penalty.
    """

    def __init__(
        self,
        model: str,
        x: Sequence[float],
        y: Sequence[float],
        loss: str = "mse",
        *,
        weights: Sequence[float] | None = None,
        held_out: Sequence[bool] | None = None,
        penalties: Mapping[str, float] | None = None,
        standardise: bool = False,
    ) -> None:
        self.expression = Expression(model)
        if self.expression.reduces:
            raise ExpressionError(
                "a model says what y is at one x: sums, vectors and their components have no place in it"
            )
        self.parameters = tuple(name for name in self.expression.names if name != "x")
        if not self.parameters:
            raise ExpressionError("the model has no parameters to fit: write for example a*x + b")
        self.loss_name = loss
        self.penalties = _check_penalties(penalties or {})
        every_x, every_y, counts = _check_points(x, y, weights)
        if not isinstance(loss, str) or loss not in LOSSES:
            raise InputError(f"unknown loss '{loss}': choose one of {', '.join(LOSSES)}", field="loss")
        low, high = LOSSES[loss].target_range
        if every_y.min() < low or every_y.max() > high:
            raise InputError(
                f"{LOSSES[loss].label} needs every y between {low:g} and {high:g}, "
                f"and these go from {every_y.min():g} to {every_y.max():g}",
                field="loss",
            )
        self._loss = LOSSES[loss]
        kept, held = _split_held_out(len(every_x), counts, held_out)
        if not len(kept):
            raise InputError("a fit needs a point of a weight above 0 that isn't held out", field="data")
        self.x_mean, self.x_std = _mean_and_std(every_x[kept]) if standardise else (0.0, 1.0)
        self._take(every_x, every_y, counts, kept)
        self.held_out: Fit | None = None
        if len(held):
            self.held_out = copy.copy(self)
            self.held_out.penalties = {}
            self.held_out._take(every_x, every_y, counts, held)
        few = self.batch(torch.arange(min(2, len(self.x))))  # two show how one parameter meets many points
        _check_backward(
            few.loss_from_columns([torch.ones(1, dtype=torch.float64, requires_grad=True) for _ in self.parameters])
        )

    def __repr__(self) -> str:
        return f"Fit({self.expression.text!r}, {len(self.x)} points, loss={self.loss_name!r})"

    def _take(self, x: Tensor, y: Tensor, weights: Tensor | None, places: Tensor) -> None:
        self.indices, self.x, self.y = places, x[places], y[places]
        self.weights = None if weights is None else weights[places]
        self._inputs = self.model_inputs(self.x)

    def batch(self, points: Tensor) -> "Fit":
        """The same loss on some of the points alone: their places (B,) among ``x``."""
        part = copy.copy(self)
        part._take(self.x, self.y, self.weights, points)
        part.indices, part.held_out = self.indices[points], None
        return part

    def without_standardising(self) -> "Fit":
        """The same fit without standardising x."""
        plain = copy.copy(self)
        plain.x_mean, plain.x_std = 0.0, 1.0
        plain._inputs = self.x
        plain.held_out = self.held_out and self.held_out.without_standardising()
        return plain

    def with_standardising(self) -> "Fit":
        """The same fit with x standardised.

        Raises:
            InputError: if all x are equal.
        """
        scaled = copy.copy(self)
        scaled.x_mean, scaled.x_std = _mean_and_std(self.x)
        scaled._inputs = (self.x - scaled.x_mean) / scaled.x_std
        return scaled

    @property
    def is_standardised(self) -> bool:
        """Whether the model is given standardised x."""
        return (self.x_mean, self.x_std) != (0.0, 1.0)

    def values_from_columns(self, columns: Sequence[Tensor]) -> dict[str, Tensor]:
        """What each name of the model stands for, ``x`` for the data, given one column (..., 1) a parameter."""
        return dict(zip(self.parameters, columns, strict=True)) | {"x": self._inputs}

    def loss_from_columns(self, columns: Sequence[Tensor]) -> Tensor:
        """The loss on the data, and the penalties: one column (..., 1) a parameter -> (...)."""
        loss = self._loss.compute(self.predict_from_columns(columns), self.y, self.weights)
        for name, factor in self.penalties.items():
            for column in columns:
                loss = loss + factor * PENALTIES[name].elementwise(column).squeeze(-1)
        return loss

    def shares(self, theta: Tensor | Sequence[object]) -> Tensor:
        """What each point has in the loss: (..., P) -> (..., n). They add up to the loss without its penalties."""
        return self.shares_from_prediction(self._predict(theta))

    def shares_from_prediction(self, prediction: Tensor) -> Tensor:
        """Likewise of predictions (..., n)."""
        return self._loss.shares(prediction, self.y, self.weights)

    @property
    def cost(self) -> int:
        """How often the model is evaluated for one loss: once for each point."""
        return len(self.x)

    @property
    def sums_losses(self) -> bool:
        """Whether the points' losses are added up, rather than averaged."""
        return self._loss.reduction == "sum"

    @property
    def predicts_logits(self) -> bool:
        """Whether predictions are the log-odds of the targets, which no error can be taken of."""
        return self._loss.from_logits

    @property
    def sum_of_squares(self) -> bool:
        """Whether the loss is a sum of squares, those of ``residuals``."""
        return self._loss.is_squared_error and all(PENALTIES[name].is_square for name in self.penalties)

    def residuals(self, theta: Tensor | Sequence[object]) -> Tensor:
        """What the loss is the sum of the squares of, where it is one.

        They are the errors, prediction - target, times the root of the share that each has in the loss; then, with
        a penalty of squares, the parameters times the root of its factor.

        Args:
            theta: (..., P).

        Returns:
            (..., n) float64, or (..., n + P) with a penalty.
        """
        theta = self.check_theta(theta)
        parts = [(self._predict(theta) - self.y) * self.sqrt_shares]
        parts += [math.sqrt(factor) * theta for factor in self.penalties.values()]
        return parts[0] if len(parts) == 1 else torch.cat(parts, -1)

    @property
    def sqrt_shares(self) -> Tensor:
        """The root of the share (n,) that each point's squared error has in a loss of squares."""
        counts = torch.ones_like(self.y) if self.weights is None else self.weights
        return (counts if self._loss.reduction == "sum" else counts / counts.sum()).sqrt()

    def predict(self, theta: Tensor | Sequence[object], x: Tensor) -> Tensor:
        """What the model says at ``x``, standardised as the data are: theta (..., P) and x (M,) -> (..., M) float64."""
        return self._predict(theta, self.model_inputs(x))

    def model_inputs(self, x: Tensor) -> Tensor:
        """What the model is given for ``x``: (M,) -> (M,)."""
        return (x - self.x_mean) / self.x_std if self.is_standardised else x

    def _predict(self, theta: Tensor | Sequence[object], inputs: Tensor | None = None) -> Tensor:
        return self.predict_from_columns(self.check_theta(theta).split(self.sizes, -1), inputs)

    def predict_from_columns(self, columns: Sequence[Tensor], inputs: Tensor | None = None) -> Tensor:
        """The prediction from one column (..., 1) a parameter; ``inputs`` are the data's, unless given."""
        points = self._inputs if inputs is None else inputs
        prediction = self.expression.evaluate(self.values_from_columns(columns) | {"x": points})
        # A model without x says the same everywhere.
        return (
            prediction
            if prediction.shape[-1:] == points.shape
            else prediction.expand(*prediction.shape[:-1], len(points))
        )


def _check_backward(value: Tensor) -> None:
    """Go backward once, so that what torch can't differentiate in these shapes is refused where it is typed."""
    try:
        if value.requires_grad:
            value.sum().backward()
    except RuntimeError as reason:
        said = str(reason).partition("\n")[0]
        raise ExpressionError(f"torch can't differentiate this: {said}") from reason


def _check_points(
    x: Sequence[float], y: Sequence[float], weights: Sequence[float] | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """The data as (N,) float64."""
    try:
        across, up = torch.as_tensor(x, dtype=torch.float64), torch.as_tensor(y, dtype=torch.float64)
        counts = None if weights is None else torch.as_tensor(weights, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise InputError("every x, y and weight must be a number", field="data") from None
    if across.ndim != 1 or across.shape != up.shape or len(across) == 0:
        raise InputError(
            f"a fit needs as many x as y values, and at least one: got {across.numel()} and {up.numel()}", field="data"
        )
    if not bool((across.isfinite() & up.isfinite()).all()):
        raise InputError("every x and y must be a finite number", field="data")
    known = counts is None or (counts.shape == across.shape and bool((counts >= 0).all() & counts.sum().isfinite()))
    if not known:
        raise InputError("weights must be finite numbers from 0, one for each point", field="data")
    return across, up, counts


def _split_held_out(count: int, weights: Tensor | None, held_out: Sequence[bool] | None) -> tuple[Tensor, Tensor]:
    """The places of the points in the loss, and of those held out; a point of weight 0 is in neither."""
    try:
        held = torch.as_tensor([False] * count if held_out is None else held_out, dtype=torch.bool)
    except (TypeError, ValueError, RuntimeError):
        held = torch.zeros(0, dtype=torch.bool)
    if held.shape != (count,):
        raise InputError(f"held_out= must say of each of {count} points whether it is held out", field="data")
    counted = torch.ones_like(held) if weights is None else weights > 0
    kept, left = (counted & ~held).nonzero()[:, 0], (counted & held).nonzero()[:, 0]
    return kept, left


def _mean_and_std(x: Tensor) -> tuple[float, float]:
    spread = float(x.std(correction=0))
    # The deviation of equal numbers may be off by a rounding.
    if not spread or x.min() == x.max():
        raise InputError(
            f"every x is {float(x[0]):g}, so there is no spread to standardise by: switch it off, or add points",
            field="standardise",
        )
    return float(x.mean()), spread


def _check_penalties(penalties: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(penalties, Mapping):
        raise InputError(f"penalties= must say each penalty's factor, by name, not {penalties!r}", field="penalties")
    for name, factor in penalties.items():
        if name not in PENALTIES:
            raise InputError(f"unknown penalty '{name}': choose one of {', '.join(PENALTIES)}", field="penalties")
        known = isinstance(factor, int | float) and not isinstance(factor, bool)
        if not known or not 0 <= factor <= sys.float_info.max:
            raise InputError(f"{PENALTIES[name].label}: λ must be a finite number from 0, not {factor!r}", field=name)
    return {name: float(factor) for name, factor in penalties.items() if factor}
