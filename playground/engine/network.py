"""The loss of a fully connected network on data points, as an objective: one flat vector of weights and biases."""

import copy
import itertools
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from playground.engine.descent import check_seed
from playground.engine.held_out import split_held_out
from playground.engine.layers import ACTIVATIONS, INITIALISATIONS
from playground.engine.losses import CLASS_LOSSES, LOSSES, Loss
from playground.engine.objectives import Objective
from playground.engine.settings import find_record
from playground.errors import InputError
from playground.numerals import format_number, quote

MAX_HIDDEN, MAX_UNITS, MAX_INPUTS, MAX_OUTPUTS = 6, 64, 8, 10
"""How many hidden layers a network may have, units each of them, inputs and outputs."""

NETWORK_LOSSES: dict[str, Loss] = LOSSES | CLASS_LOSSES
"""The losses by the name that ``Network`` takes."""


class Layer(NamedTuple):
    """What a layer made of its inputs.

    Attributes:
        sums: (..., N, out), the weighted sums with their biases.
        outputs: (..., N, out), the activation of each; of the last layer the sums themselves.
    """

    sums: Tensor
    outputs: Tensor


class Network(Objective):
    """The loss of a fully connected network on data points, over all of its weights and biases.

    It is the ``torch.nn.Sequential`` of a ``Linear`` for each layer, with the activation after each but the last, in
    float64. Its parameters stand in torch's order.

    Args:
        x: (N, D), or (N,) for one input.
        y: (N,), or (N, O) for several outputs; for the loss ``cross_entropy`` the numbers of the classes, from 0.
        hidden: how many units each hidden layer has; none for a linear model.
        activation: a name from ``ACTIVATIONS``.
        loss: a name from ``NETWORK_LOSSES``; of several outputs, over all of them.
        held_out: which points are kept from the loss, to see how the network does on what it wasn't trained on.
        classes: how many there are, for ``cross_entropy``; the largest number in ``y`` and one, unless given.

    Attributes:
        parameters: as torch names them, ``0.weight[2,1]`` from the second input to the third unit.
        x: (n, D) float64; y: (n,) or (n, O) float64: the points in the loss.
        indices: (n,) int64, their places among the N points.
        held_out: the network on the points held out, whose loss is the test loss; or None.
        widths: of inputs, hidden layers and outputs.
        activate: the activation of any tensor.

    Raises:
        InputError: with the ``field`` that is wrong: ``data``, ``hidden``, ``activation`` or ``loss``.
    """

    kind = "network"

    def __init__(
        self,
        x: Sequence[object] | Tensor,
        y: Sequence[object] | Tensor,
        hidden: Sequence[int] = (8,),
        activation: str = "tanh",
        loss: str = "mse",
        *,
        held_out: Sequence[bool] | None = None,
        classes: int | None = None,
    ) -> None:
        inputs, targets = _check_points(x, y)
        self._loss = find_record(NETWORK_LOSSES, loss, "loss")
        self.activate = find_record(ACTIVATIONS, activation, "activation").module()
        self.loss_name, self.activation = loss, activation
        self.widths = (inputs.shape[1], *_check_hidden(hidden), _count_outputs(self._loss, targets, classes))
        self._shapes = [*itertools.pairwise(self.widths)]
        self._sizes = [size for inwards, outwards in self._shapes for size in (inwards * outwards, outwards)]
        self.parameters = tuple(
            name
            for layer, (inwards, outwards) in enumerate(self._shapes)
            for name in (
                *(f"{2 * layer}.weight[{row},{column}]" for row in range(outwards) for column in range(inwards)),
                *(f"{2 * layer}.bias[{row}]" for row in range(outwards)),
            )
        )
        kept, held = split_held_out(len(inputs), held_out)
        if not len(kept):
            raise InputError("a network needs a point that isn't held out", field="data")
        self._take(inputs, targets, kept)
        self.held_out: Network | None = None
        if len(held):
            self.held_out = copy.copy(self)
            self.held_out._take(inputs, targets, held)

    def __repr__(self) -> str:
        shape = "-".join(map(str, self.widths))
        return f"Network({shape}, {self.activation}, {len(self.x)} points, loss={self.loss_name!r})"

    def _take(self, x: Tensor, y: Tensor, places: Tensor) -> None:
        self.indices, self.x, self.y = places, x[places], y[places]

    # ---- The loss.

    def loss(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The loss at ``theta``, (..., P) -> (...) float64, with its autograd graph."""
        return self.loss_from_outputs(self.forward(theta)[-1].outputs)

    def loss_from_outputs(self, outputs: Tensor) -> Tensor:
        """The loss from what the network says at the data's points: (..., n, O) -> (...)."""
        compute = self._loss.compute_single if outputs.ndim == 2 else self._loss.compute
        if self._loss.takes_classes:
            return compute(outputs, self.y)
        if self.y.ndim == 1:
            return compute(outputs.squeeze(-1), self.y)
        return compute(outputs.flatten(-2), self.y.flatten())

    def forward(self, theta: Tensor | Sequence[object], x: Tensor | None = None) -> list[Layer]:
        """What each layer makes of the data, or of other inputs.

        Args:
            theta: (..., P); x: (M, D) float64, the data's points unless given.
        """
        weights = self.split(theta)
        outputs = self.x if x is None else x
        layers = []
        for place, (weight, bias) in enumerate(weights):
            if weight.ndim == 2:
                sums = functional.linear(outputs, weight, bias)  # as torch.nn.Linear does, to the last bit
            else:
                sums = outputs @ weight.mT + bias.unsqueeze(-2)
            outputs = sums if place == len(weights) - 1 else self.activate(sums)
            layers.append(Layer(sums, outputs))
        return layers

    def split(self, theta: Tensor | Sequence[object]) -> list[tuple[Tensor, Tensor]]:
        """Each layer's weight (..., out, in) and bias (..., out), of the parameters (..., P)."""
        parts = self.check_theta(theta).split(self._sizes, -1)
        return [
            (weight.unflatten(-1, (outwards, inwards)), bias)
            for weight, bias, (inwards, outwards) in zip(parts[::2], parts[1::2], self._shapes, strict=True)
        ]

    @property
    def layer_slices(self) -> list[slice]:
        """Where each layer's weights and biases stand among the parameters."""
        ends = [*itertools.accumulate(self._sizes, initial=0)][::2]
        return [slice(*ends_of_layer) for ends_of_layer in itertools.pairwise(ends)]

    def join(self, module: nn.Module) -> Tensor:
        """The parameters (P,) of a torch module of this shape."""
        return nn.utils.parameters_to_vector(module.parameters()).detach()

    def module(self, theta: Tensor | Sequence[object]) -> nn.Sequential:
        """The network as torch has it, at the parameters (P,): float64, with tensors of its own."""
        layers: list[nn.Module] = []
        for inwards, outwards in self._shapes:
            layers += [nn.utils.skip_init(nn.Linear, inwards, outwards, dtype=torch.float64)]
            layers += [ACTIVATIONS[self.activation].module()]
        made = nn.Sequential(*layers[:-1])
        nn.utils.vector_to_parameters(self.check_theta(theta).detach().clone(), made.parameters())
        return made

    def predict(self, theta: Tensor | Sequence[object], x: Tensor) -> Tensor:
        """What the network says at ``x``: theta (..., P) and x (M, D) -> (..., M, O) float64."""
        return self.forward(theta, x)[-1].outputs

    def accuracy(self, theta: Tensor | Sequence[object]) -> Tensor | None:
        """The share of the points whose class is found, (..., P) -> (...) float64; None where there are no classes."""
        if not self.has_classes:
            return None
        with torch.no_grad():
            outputs = self.forward(theta)[-1].outputs
        right = self.classify(outputs) == (self.y if self._loss.takes_classes else (self.y >= 0.5))
        return right.to(torch.float64).mean(-1)

    def classify(self, outputs: Tensor) -> Tensor:
        """The class that outputs (..., O) speak for, (...) int64: the largest output's, or 1 for one above 0."""
        return outputs.argmax(-1) if self._loss.takes_classes else (outputs[..., 0] > 0).to(torch.int64)

    def answer(self, outputs: Tensor) -> Tensor:
        """What outputs (..., O) say: the probabilities of classes, or of a trial's outcome, (...) for one output."""
        if self._loss.takes_classes:
            return outputs.softmax(-1)
        said = outputs.sigmoid() if self._loss.from_logits else outputs
        return said.squeeze(-1) if self.widths[-1] == 1 else said

    @property
    def has_classes(self) -> bool:
        """Whether the targets are classes: of ``cross_entropy``, or the two of one output's ``bce``."""
        return self._loss.takes_classes or (self._loss.from_logits and self.y.ndim == 1)

    # ---- Where it begins.

    def start(self, initialisation: str = "default", seed: int = 0) -> Tensor:
        """The parameters (P,) float64 that an initialisation draws, layer by layer, with a seed of its own.

        The default's are those that ``torch.nn.Linear`` draws after ``torch.manual_seed(seed)``.

        Args:
            initialisation: a name from ``INITIALISATIONS``; seed: of the generator.

        Raises:
            InputError: for an unknown name or a seed that torch doesn't take.
        """
        record = find_record(INITIALISATIONS, initialisation, "initialisation")
        generator = torch.Generator().manual_seed(check_seed(seed))
        theta = torch.empty(len(self.parameters), dtype=torch.float64)
        for weight, bias in self.split(theta):  # views of theta
            record.fill(weight, bias, generator)
        return theta

    @property
    def default_start(self) -> tuple[float, ...]:
        """Torch's own, with the seed 0."""
        return tuple(self.start().tolist())

    # ---- What others may ask.

    @property
    def point_count(self) -> int:
        """How many points are in the loss."""
        return len(self.x)

    @cached_property
    def cost(self) -> int:
        """How many numbers one loss takes: each unit's, at each point."""
        return len(self.x) * sum(self.widths)

    def batch(self, points: Tensor) -> "Network":
        """The same loss on some of the points alone: their places (B,) among ``x``."""
        part = copy.copy(self)
        vars(part).pop("cost", None)
        part._take(self.x, self.y, points)
        part.indices, part.held_out = self.indices[points], None
        return part

    @property
    def is_sum_of_squares(self) -> bool:
        """Whether the loss is one of squared errors."""
        return self._loss.is_squared_error

    @property
    def reduction(self) -> str:
        """What the loss makes of the points' losses: ``"mean"`` or ``"sum"``."""
        return self._loss.reduction

    def residuals(self, theta: Tensor | Sequence[object]) -> Tensor:
        """The errors, target - prediction, times the root of their share in the loss: (..., P) -> (..., n·O)."""
        outputs = self.forward(theta)[-1].outputs.flatten(-2)
        errors = self.y.flatten() - outputs
        return errors if self.reduction == "sum" else errors / self.y.numel() ** 0.5

    def explain_break(self, theta: Tensor) -> str:
        """Which layer makes the first number that isn't finite at parameters (P,); empty where none does.

        A network has a value everywhere: what isn't finite has grown too large.
        """
        with torch.no_grad():
            for place, layer in enumerate(self.forward(theta)):
                broken = ~layer.sums.isfinite()
                if broken.any():
                    point, unit = broken.nonzero()[0].tolist()
                    return (
                        f"The first number that isn't finite is made by layer {place + 1} of {len(self._shapes)}: "
                        f"the sum of its unit {unit} at point {int(self.indices[point]) + 1} is "
                        f"{format_number(layer.sums[point, unit])}."
                    )
        return ""


# ---- Checks.


def _check_points(x: Sequence[object] | Tensor, y: Sequence[object] | Tensor) -> tuple[Tensor, Tensor]:
    try:
        inputs, targets = torch.as_tensor(x, dtype=torch.float64), torch.as_tensor(y, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise InputError("every x and y must be a number", field="data") from None
    inputs = inputs[:, None] if inputs.ndim == 1 else inputs
    if inputs.ndim != 2 or not 1 <= inputs.shape[1] <= MAX_INPUTS:
        raise InputError(
            f"a network takes points of 1 to {MAX_INPUTS} inputs, and the shape of x is {tuple(inputs.shape)}",
            field="data",
        )
    if targets.ndim not in (1, 2) or len(targets) != len(inputs) or not targets.numel():
        raise InputError(
            f"a network needs as many x as y, and at least one: got {len(inputs)} points and the shape "
            f"{tuple(targets.shape)} of y",
            field="data",
        )
    if not bool(inputs.isfinite().all() and targets.isfinite().all()):
        raise InputError("every x and y must be a finite number", field="data")
    return inputs, targets


def _check_hidden(hidden: Sequence[int]) -> tuple[int, ...]:
    """The widths of the hidden layers."""
    if not isinstance(hidden, Sequence) or isinstance(hidden, str) or len(hidden) > MAX_HIDDEN:
        raise InputError(
            f"hidden= must say how many units each hidden layer has, of at most {MAX_HIDDEN}: (8, 8), for example",
            field="hidden",
        )
    for units in hidden:
        if isinstance(units, bool) or not isinstance(units, int) or not 1 <= units <= MAX_UNITS:
            raise InputError(f"a hidden layer has 1 to {MAX_UNITS} units, not {quote(units)}", field="hidden")
    return tuple(hidden)


def _count_outputs(loss: Loss, targets: Tensor, classes: int | None) -> int:
    """How many outputs a network needs for these targets."""
    if not loss.takes_classes:
        loss.check_targets(targets)
        outputs = 1 if targets.ndim == 1 else targets.shape[1]
        if outputs > MAX_OUTPUTS:
            raise InputError(f"a network has 1 to {MAX_OUTPUTS} outputs, not {outputs}", field="data")
        return outputs
    wanted = "needs each y to be the number of a class, counted from 0"
    if targets.ndim != 1 or bool((targets != targets.floor()).any()) or bool((targets < 0).any()):
        wrong = next((one for one in targets.flatten().tolist() if one != one // 1 or one < 0), targets[0])
        raise InputError(f"{loss.label} {wanted}, and {quote(wrong)} is none", field="loss")
    count = max(2, int(targets.max()) + 1) if classes is None else classes
    if not 2 <= count <= MAX_OUTPUTS or targets.max() >= count:
        raise InputError(
            f"{loss.label} {wanted}, with 2 to {MAX_OUTPUTS} classes: the largest is {int(targets.max())}",
            field="loss",
        )
    return count
