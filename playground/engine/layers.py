"""What networks are made of: one record for each activation, and for each way to begin."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Generator, Tensor, nn


@dataclass(frozen=True)
class Activation:
    """What a unit makes of its weighted sum.

    Attributes:
        label: what a person calls it; formula: of the sum z, as LaTeX.
        module: torch's class.
        shows: one sentence for a student.
    """

    label: str
    formula: str
    module: type[nn.Module]
    shows: str

    @property
    def code(self) -> str:
        """How torch's code writes it."""
        return f"torch.nn.{self.module.__name__}()"


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation("tanh", r"\tanh z", nn.Tanh, "Between −1 and 1, and flat far from 0."),
    "relu": Activation("ReLU", r"\max(z, 0)", nn.ReLU, "Its slope is 1 above 0, and below it 0: a unit there is dead."),
    "sigmoid": Activation(
        "sigmoid", r"\frac{1}{1 + e^{-z}}", nn.Sigmoid, "Between 0 and 1, with a slope of at most ¼."
    ),
    "leaky_relu": Activation(
        "leaky ReLU", r"\max(z, 0.01\,z)", nn.LeakyReLU, "As ReLU, but with a slope of 0.01 below 0: no unit dies."
    ),
    "gelu": Activation("GELU", r"z\,\Phi(z)", nn.GELU, "ReLU made smooth, with Φ the normal distribution's."),
    "silu": Activation("SiLU", r"\frac{z}{1 + e^{-z}}", nn.SiLU, "ReLU made smooth by a sigmoid."),
    "identity": Activation("identity", "z", nn.Identity, "Nothing: however many layers, the network stays linear."),
}
"""The activations by the name that ``Network`` takes; a new one is a new entry."""


Fill = Callable[[Tensor, Tensor, Generator], object]
"""Fills a layer's weight (out, in) and bias (out,) in place, with a generator's numbers."""


@dataclass(frozen=True)
class Initialisation:
    """Where a network begins.

    Attributes:
        label: what a person calls it.
        fill: a layer's weight and bias.
        code: how torch's code writes it, of a layer ``layer``; empty where torch does it by itself.
        source: where it is written down.
        shows: one sentence for a student.
    """

    label: str
    fill: Fill
    code: tuple[str, ...]
    source: str
    shows: str


def _default(weight: Tensor, bias: Tensor, generator: Generator) -> None:
    """As ``torch.nn.Linear.reset_parameters``, which takes no generator."""
    nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
    bound = 1 / math.sqrt(weight.shape[1])
    nn.init.uniform_(bias, -bound, bound, generator=generator)


def _with_no_bias(fill: Callable[[Tensor, Generator], object]) -> Fill:
    """Biases at 0, and the weights by ``fill``."""

    def both(weight: Tensor, bias: Tensor, generator: Generator) -> None:
        fill(weight, generator)
        nn.init.zeros_(bias)

    return both


CONSTANT = 0.5
"""Where all weights and biases begin with the initialisation ``constant``."""

LARGE = 3.0
"""The standard deviation of the weights of ``large_normal``."""

_ZERO_BIAS = "torch.nn.init.zeros_(layer.bias)"

INITIALISATIONS: dict[str, Initialisation] = {
    "default": Initialisation(
        label="torch's default",
        fill=_default,
        code=(),
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html",
        shows="Uniform, narrower the more inputs a unit has.",
    ),
    "zeros": Initialisation(
        label="zeros",
        fill=_with_no_bias(lambda weight, _: nn.init.zeros_(weight)),
        code=("torch.nn.init.zeros_(layer.weight)", _ZERO_BIAS),
        source="https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.zeros_",
        shows="All units of a layer are equal, and stay equal for ever.",
    ),
    "constant": Initialisation(
        label=f"constant {CONSTANT}",
        fill=lambda weight, bias, _: [nn.init.constant_(one, CONSTANT) for one in (weight, bias)],
        code=(f"torch.nn.init.constant_(layer.weight, {CONSTANT})", f"torch.nn.init.constant_(layer.bias, {CONSTANT})"),
        source="https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.constant_",
        shows="All units of a layer are equal: they get equal gradients, and stay equal.",
    ),
    "xavier": Initialisation(
        label="Xavier",
        fill=_with_no_bias(lambda weight, generator: nn.init.xavier_uniform_(weight, generator=generator)),
        code=("torch.nn.init.xavier_uniform_(layer.weight)", _ZERO_BIAS),
        source="Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks",
        shows="Keeps the size of signals and of gradients from layer to layer, for tanh.",
    ),
    "kaiming": Initialisation(
        label="Kaiming",
        fill=_with_no_bias(
            lambda weight, generator: nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
        ),
        code=('torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")', _ZERO_BIAS),
        source="He et al. 2015, Delving deep into rectifiers",
        shows="Keeps the size of signals from layer to layer, for ReLU.",
    ),
    "large_normal": Initialisation(
        label=f"normal, σ = {LARGE:g}",
        fill=_with_no_bias(lambda weight, generator: nn.init.normal_(weight, 0.0, LARGE, generator=generator)),
        code=(f"torch.nn.init.normal_(layer.weight, 0.0, {LARGE})", _ZERO_BIAS),
        source="https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.normal_",
        shows="So large that tanh and sigmoid saturate: their slopes are almost 0.",
    ),
}
"""The initialisations by the name that ``Network.start`` takes; a new one is a new entry."""
