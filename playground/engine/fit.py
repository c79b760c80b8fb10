"""The loss of a model on data points, as an objective."""

import copy
import math
import sys
from collections.abc import Collection, Mapping, Sequence

import torch
from torch import Tensor

from playground.engine.code import DataTensor, ObjectiveCode, Statement, as_function, write_expression, write_header
from playground.engine.held_out import split_held_out
from playground.engine.losses import LOSSES, PENALTIES
from playground.engine.objectives import DEFAULT_START, ExpressionObjective, check_backward
from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression
from playground.language.source import make_identifiers
from playground.numerals import format_number, quote

TUTORIAL_START = {"a": -0.486989, "b": -0.563709}
"""One start from which the tutorial's 100 steps end where it says: a = 2.7157, b = 1.4730."""


class Fit(ExpressionObjective):
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

    kind = "model"

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
        self.penalties = _check_penalties({} if penalties is None else penalties)
        every_x, every_y, counts = _check_points(x, y, weights)
        if not isinstance(loss, str) or loss not in LOSSES:
            raise InputError(f"unknown loss {quote(loss)}: choose one of {', '.join(LOSSES)}", field="loss")
        self._loss = LOSSES[loss]
        self._loss.check_targets(every_y)
        kept, held = split_held_out(len(every_x), held_out, None if counts is None else counts > 0)
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
        check_backward(
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

    def with_loss(self, loss: str) -> "Fit":
        """The same fit with another loss, a name from ``LOSSES`` that can have these targets."""
        other = copy.copy(self)
        other.loss_name, other._loss = loss, LOSSES[loss]
        other.held_out = self.held_out and self.held_out.with_loss(loss)
        return other

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

    @property
    def variables(self) -> tuple[str, ...]:
        """The model's parameters."""
        return self.parameters

    @property
    def default_start(self) -> tuple[float, ...]:
        """The tutorial's for ``a`` and ``b``, from which its 100 steps end where it says."""
        return tuple(TUTORIAL_START.get(name, DEFAULT_START) for name in self.parameters)

    @property
    def data(self) -> Mapping[str, Tensor]:
        """``x`` as it is given."""
        return {"x": self.x}

    @property
    def point_count(self) -> int:
        """How many points are in the loss."""
        return len(self.x)

    @property
    def unexplained(self) -> str:
        """A finite prediction may have an error whose loss isn't."""
        return "The model has a value there, but it is too far from the data for the loss to be a number."

    @property
    def extras(self) -> tuple[tuple[str, str], ...]:
        """Weights, points held out, penalties and standardised x, as far as there are any."""
        known = (
            (self.weights is not None, "weights", "data"),
            (self.held_out is not None, "points held out", "data"),
            (bool(self.penalties), "penalties", "penalties"),
            (self.is_standardised, "standardised x", "standardise"),
        )
        return tuple((what, field) for has_it, what, field in known if has_it)

    def values_from_columns(self, columns: Sequence[Tensor]) -> dict[str, Tensor]:
        """What each name of the model stands for, ``x`` for the data, given one column (..., 1) a parameter."""
        return super().values_from_columns(columns) | {"x": self._inputs}

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
    def sums_losses(self) -> bool:
        """Whether the points' losses are added up, rather than averaged."""
        return self._loss.reduction == "sum"

    @property
    def predicts_logits(self) -> bool:
        """Whether predictions are the log-odds of the targets, which no error can be taken of."""
        return self._loss.from_logits

    @property
    def doubles_sigmoid(self) -> bool:
        """Whether the model ends in a sigmoid though the loss takes logits, and so applies one itself."""
        return self.predicts_logits and self.expression.is_sigmoid

    @property
    def is_sum_of_squares(self) -> bool:
        """Whether the loss is a sum of squares, those of ``residuals``."""
        return self._loss.is_squared_error and all(PENALTIES[name].is_square for name in self.penalties)

    def residuals(self, theta: Tensor | Sequence[object]) -> Tensor:
        """What the loss is the sum of the squares of, where it is one.

        They are the residuals, target - prediction, times the root of the share that each has in the loss; then, with
        a penalty of squares, the parameters times the root of its factor.

        Args:
            theta: (..., P).

        Returns:
            (..., n) float64, or (..., n + P) with a penalty.
        """
        theta = self.check_theta(theta)
        parts = [(self.y - self._predict(theta)) * self.sqrt_shares]
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

    def write_code(self, reserved: Collection[str] = ()) -> ObjectiveCode:
        """The points ``X`` and ``Y``, then ``predicted = …`` and ``loss = …``."""
        names = make_identifiers(self.parameters, (*reserved, "X", "Y", "predicted", "loss")) | {"x": "X"}
        model = write_expression(self.expression, names)
        if "x" not in self.expression.names:
            # A model without x says the same everywhere, and some of torch's losses want one prediction for each y.
            model = f"{model if model.isidentifier() else f'({model})'}.expand_as(Y)"
        statements = (
            Statement("predicted", model, "What the model says at each x, with the parameters as they are now."),
            Statement("loss", self._loss.code, f"How far that is from Y, as one number: {self._loss.label}."),
        )
        return ObjectiveCode(
            data=(DataTensor("X", self.x, "The x of the points."), DataTensor("Y", self.y, "The y of the points.")),
            tensors=tuple(names[name] for name in self.parameters),
            statements=statements,
            function=as_function(self.expression),
            header=write_header(self.expression, statements),
        )


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


def _mean_and_std(x: Tensor) -> tuple[float, float]:
    spread = float(x.std(correction=0))
    # The deviation of equal numbers may be off by a rounding.
    if not spread or x.min() == x.max():
        raise InputError(
            f"every x is {format_number(x[0], 6)}, so there is no spread to standardise by: "
            "switch it off, or add points",
            field="standardise",
        )
    return float(x.mean()), spread


def _check_penalties(penalties: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(penalties, Mapping):
        raise InputError(
            f"penalties= must say each penalty's factor, by name, not {quote(penalties)}", field="penalties"
        )
    for name, factor in penalties.items():
        if name not in PENALTIES:
            raise InputError(f"unknown penalty {quote(name)}: choose one of {', '.join(PENALTIES)}", field="penalties")
        known = isinstance(factor, int | float) and not isinstance(factor, bool)
        if not known or not 0 <= factor <= sys.float_info.max:
            raise InputError(
                f"{PENALTIES[name].label}: λ must be a finite number from 0, not {quote(factor)}", field=name
            )
    return {name: float(factor) for name, factor in penalties.items() if factor}
