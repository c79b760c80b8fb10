"""What the lab Network minimises: the loss of a network on points, from where an initialisation lets it begin."""

from dataclasses import dataclass
from functools import lru_cache

import torch

from playground.data.features import check_features, features
from playground.data.labelled import Labelled
from playground.data.sample import Sample
from playground.engine.losses import LOSSES
from playground.engine.network import Network
from playground.engine.standings import KnownMinima
from playground.errors import InputError

MAX_LAYERS, MAX_LAYER_UNITS = 3, 8
"""How many hidden layers, and units each, the page has room for; ``Network`` takes more."""

TWO_CLASS_LOSSES = ("bce", "mse")
"""The losses of two classes: one output stands for the second of them."""

DEFAULT_SAMPLE = Sample("XOR", noise=0.2)


@dataclass(frozen=True)
class Training:
    """A network, what it learns from, and where it begins.

    Attributes:
        points: what it learns from.
        inputs: what it is given of each point: names from ``FEATURES``.
        hidden: how many units each hidden layer has.
        activation, loss: as ``Network`` takes them.
        initialisation, start_seed: as ``Network.start`` takes them.

    Raises:
        InputError: with the ``field`` that the first unusable value came from: ``data``, ``features``, ``hidden``,
            ``activation``, ``loss``, ``initialisation`` or ``start_seed``.
    """

    points: Labelled = DEFAULT_SAMPLE.points
    inputs: tuple[str, ...] = ("x", "y")
    hidden: tuple[int, ...] = (4,)
    activation: str = "tanh"
    loss: str = "bce"
    initialisation: str = "default"
    start_seed: int = 0

    def __post_init__(self) -> None:
        if self.points.classes and self.points.dimensions == 1:
            raise InputError("points with classes need two coordinates each: x and y", field="data")
        check_features(self.inputs, self.points.dimensions)
        check_hidden(self.hidden)
        if self.loss not in losses_of(self.points):
            raise InputError(
                f"these points take the loss {' or '.join(losses_of(self.points))}, not {self.loss[:40]}", field="loss"
            )
        _ = self.start

    @property
    def objective(self) -> Network:
        """The network that is to be trained."""
        return _network_of(self.points, self.inputs, self.hidden, self.activation, self.loss)

    @property
    def start(self) -> tuple[float, ...]:
        """The P parameters with which it begins."""
        try:
            return _start_of(self.objective, self.initialisation, self.start_seed)
        except InputError as error:
            error.field = "start_seed" if error.field == "seed" else error.field
            raise

    @property
    def subject(self) -> str:
        """What is trained; when it changes, the player's cursor goes to the start."""
        shape = "-".join(map(str, self.objective.widths))
        return f"{shape} {self.activation} {self.loss}"

    @property
    def domain(self) -> tuple[tuple[float, float], ...]:
        """None: the runs decide where the loss is seen."""
        return ()

    def default_start(self, name: str) -> float:
        """Where a weight or a bias begins."""
        return self.start[self.objective.parameters.index(name)]

    def known(self, _start: tuple[float, ...]) -> KnownMinima | None:
        """Nothing: nobody knows the minima of a network."""
        return None


def losses_of(points: Labelled) -> tuple[str, ...]:
    """The losses that make sense for targets: numbers, two classes, or more."""
    if points.classes > 2:
        return ("cross_entropy",)
    return TWO_CLASS_LOSSES if points.classes else tuple(name for name, one in LOSSES.items() if not one.from_logits)


def check_hidden(hidden: tuple[int, ...]) -> tuple[int, ...]:
    """``hidden`` if the page has room for it.

    Raises:
        InputError: with the field ``hidden``, otherwise.
    """
    if len(hidden) > MAX_LAYERS:
        raise InputError(f"there is room for {MAX_LAYERS} hidden layers, not {len(hidden)}", field="hidden")
    for units in hidden:
        if not 1 <= units <= MAX_LAYER_UNITS:
            raise InputError(f"a hidden layer has 1 to {MAX_LAYER_UNITS} units, not {units:,}", field="hidden")
    return hidden


@lru_cache(maxsize=64)
def _network_of(
    points: Labelled, inputs: tuple[str, ...], hidden: tuple[int, ...], activation: str, loss: str
) -> Network:
    return Network(
        features(points.input_tensor, inputs),
        points.target_tensor,
        hidden,
        activation,
        loss,
        held_out=points.held_out,
        classes=points.classes if loss == "cross_entropy" else None,
    )


@lru_cache(maxsize=256)
def _start_of(network: Network, initialisation: str, seed: int) -> tuple[float, ...]:
    return tuple(network.start(initialisation, seed).tolist())


def inputs_at(training: Training, places: torch.Tensor) -> torch.Tensor:
    """What the network is given at places (..., D): (..., F)."""
    return features(places, training.inputs)
