"""How far a model is from its data: one record for each loss, and for each penalty on large parameters."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional


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
    """

    label: str
    elementwise: Callable[[Tensor, Tensor], Tensor]
    code: str
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
