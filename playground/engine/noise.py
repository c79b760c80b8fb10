"""Noise on the gradient, to stand for the stochastic gradients that batches of data would give."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from playground.errors import InputError
from playground.numerals import as_float, format_exact, quote

SPIKE = 20.0
"""The rare spikes are this many times larger than what comes between them."""


@dataclass(frozen=True)
class Noise:
    """One kind of noise.

    Attributes:
        label: what a person calls it, in half a sentence.
        draw: how many parameters, and a generator -> (P,) float64, of mean 0.
        code: how torch's code draws it, of ``{count}`` parameters and a generator ``noise``.
        source: where it is described.
    """

    label: str
    draw: Callable[[int, torch.Generator], Tensor]
    code: str
    source: str


def _gaussian(count: int, generator: torch.Generator) -> Tensor:
    return torch.randn(count, generator=generator, dtype=torch.float64)


def _spikes(count: int, generator: torch.Generator) -> Tensor:
    spikes = torch.rand(count, generator=generator, dtype=torch.float64) < 1 / (SPIKE + 1)
    return torch.where(spikes, SPIKE, -1.0).to(torch.float64)


NOISES: Mapping[str, Noise] = MappingProxyType(
    {
        "Gaussian": Noise(
            "normally distributed, of standard deviation 1 for each parameter",
            _gaussian,
            "torch.randn({count}, generator=noise, dtype=torch.float64)",
            "Robbins and Monro 1951, A stochastic approximation method",
        ),
        "rare spikes": Noise(
            f"mostly -1, and {format_exact(SPIKE)} once in {format_exact(SPIKE + 1)} steps",
            _spikes,
            f"torch.where(torch.rand({{count}}, generator=noise, dtype=torch.float64) < 1 / {SPIKE + 1}, {SPIKE}, -1.0)"
            ".double()",
            "Reddi, Kale and Kumar 2018, On the convergence of Adam and beyond, theorem 3",
        ),
    }
)
"""The kinds by name; a new one is a new entry."""


def check_noise_kind(kind: object) -> Noise:
    """The kind of noise of this name.

    Raises:
        InputError: if there is none.
    """
    if not isinstance(kind, str) or kind not in NOISES:
        raise InputError(f"unknown noise {quote(kind)}: choose one of {', '.join(NOISES)}", field="noise_kind")
    return NOISES[kind]


def check_noise(noise: float) -> float:
    """``noise`` if gradients can have it: finite, and not negative.

    Raises:
        InputError: otherwise, with the reason.
    """
    if isinstance(noise, bool) or not isinstance(noise, int | float):
        raise InputError(f"the noise must be a number, not {quote(noise)}", field="noise")
    if not 0 <= as_float(noise) < math.inf:
        raise InputError(
            f"the noise is {format_exact(as_float(noise))}: it must be a finite number from 0", field="noise"
        )
    return float(noise)
