"""How far a model is from its data: one record for each loss, and for each penalty on large parameters."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from playground.errors import InputError
from playground.numerals import format_number


@dataclass(frozen=True)
class Loss:
    """How far predictions lie from targets.

    Attributes:
        label: what a person calls it.
        elementwise: prediction and target, shapes (..., N) and (N,) -> the loss of each point, shape (..., N).
        code: how torch's code writes it, of ``predicted`` and ``Y``.
        source: where the formula is written down.
        reduction: ``"mean"`` or ``"sum"``, what is made of the points' losses.
        is_squared_error: whether each point's loss is its squared error.
        target_range: the least and the largest y that the loss is meant for.
        from_logits: whether predictions are the log-odds of a trial's outcome y, and the loss its negative
            log-likelihood.
        takes_classes: whether targets are numbers of classes, counted from 0, and predictions the log-odds of each,
            (..., N, C).
        function: torch's own of prediction and target of one run, where ``code`` calls one: its last bits are its own.
    """

    label: str
    elementwise: Callable[[Tensor, Tensor], Tensor]
    code: str
    source: str
    reduction: Literal["mean", "sum"] = "mean"
    is_squared_error: bool = False
    target_range: tuple[float, float] = (-math.inf, math.inf)
    from_logits: bool = False
    takes_classes: bool = False
    function: Callable[[Tensor, Tensor], Tensor] | None = None

    def check_targets(self, target: Tensor) -> None:
        """Whether the loss is meant for the targets (N,).

        Raises:
            InputError: with the field ``loss``, if one is out of its range.
        """
        low, high = self.target_range
        if target.min() < low or target.max() > high:
            raise InputError(
                f"{self.label} needs every y between {format_number(low, 6)} and {format_number(high, 6)}, "
                f"and these go from {format_number(target.min(), 6)} to {format_number(target.max(), 6)}",
                field="loss",
            )

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

    def compute_single(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The loss, shape (), of one run without weights, to the last bit as ``code`` has it.

        Args:
            prediction: (N,), or (N, C) of classes; target: (N,).
        """
        return self.compute(prediction, target) if self.function is None else self.function(prediction, target)


LOSSES: dict[str, Loss] = {
    "mse": Loss(
        label="mean squared error",
        elementwise=lambda prediction, target: (prediction - target) ** 2,
        code="((predicted - Y) ** 2).mean()",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html",
        is_squared_error=True,
    ),
    "sse": Loss(
        label="sum of squared errors",
        elementwise=lambda prediction, target: (prediction - target) ** 2,
        code="((predicted - Y) ** 2).sum()",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html",
        reduction="sum",
        is_squared_error=True,
    ),
    "mae": Loss(
        label="mean absolute error",
        elementwise=lambda prediction, target: (prediction - target).abs(),
        code="(predicted - Y).abs().mean()",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html",
    ),
    "huber": Loss(
        label="Huber loss, δ = 1",
        elementwise=lambda prediction, target: functional.huber_loss(
            prediction, target.expand_as(prediction), reduction="none"
        ),
        code="torch.nn.functional.huber_loss(predicted, Y)",
        function=functional.huber_loss,
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html",
    ),
    "logcosh": Loss(
        label="log-cosh",
        # ln cosh r = ln(e^r + e^-r) - ln 2 doesn't overflow where cosh does.
        elementwise=lambda prediction, target: torch.logaddexp(prediction - target, target - prediction) - math.log(2),
        code="(torch.logaddexp(predicted - Y, Y - predicted) - math.log(2)).mean()",
        source="Saleh and Saleh 2022, Statistical properties of the log-cosh loss function",
    ),
    "bce": Loss(
        label="binary cross entropy with logits",
        elementwise=lambda prediction, target: functional.binary_cross_entropy_with_logits(
            prediction, target.expand_as(prediction), reduction="none"
        ),
        code="torch.nn.functional.binary_cross_entropy_with_logits(predicted, Y)",
        function=functional.binary_cross_entropy_with_logits,
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html",
        target_range=(0.0, 1.0),
        from_logits=True,
    ),
}
"""The losses by the name that ``Fit`` takes; a new one is a new entry."""


def _cross_entropies(prediction: Tensor, target: Tensor) -> Tensor:
    """The cross entropy of each point: (..., N, C) and (N,) -> (..., N)."""
    classes = target.to(torch.int64).expand(prediction.shape[:-1])
    return functional.cross_entropy(prediction.movedim(-1, 1), classes, reduction="none")


CLASS_LOSSES: dict[str, Loss] = {
    "cross_entropy": Loss(
        label="cross entropy",
        elementwise=_cross_entropies,
        code="torch.nn.functional.cross_entropy(predicted, Y)",
        function=lambda prediction, target: functional.cross_entropy(prediction, target.to(torch.int64)),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        from_logits=True,
        takes_classes=True,
    ),
}
"""The losses of several classes, which a model of one number doesn't have; a new one is a new entry."""


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
