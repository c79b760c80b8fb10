"""What a network may be given of a point beside its coordinates: squares, the product, sines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from playground.errors import InputError
from playground.numerals import quote


@dataclass(frozen=True, kw_only=True)
class Feature:
    """An input of a network, made of a point's coordinates.

    Attributes:
        name: what a link calls it.
        label: what stands beside it on the screen.
        code: plain torch, as a student writes it, of the coordinates ``x`` and ``y``.
        dimensions: how many coordinates a point needs for it.
        compute: coordinates (…, 1) or (…, 2) -> (…), by torch operations.
    """

    name: str
    label: str
    code: str
    dimensions: int
    compute: Callable[[Tensor], Tensor]


_RECORDS = (
    Feature(name="x", label="x", code="x", dimensions=1, compute=lambda at: at[..., 0]),
    Feature(name="y", label="y", code="y", dimensions=2, compute=lambda at: at[..., 1]),
    Feature(name="x^2", label="x²", code="x**2", dimensions=1, compute=lambda at: at[..., 0] ** 2),
    Feature(name="y^2", label="y²", code="y**2", dimensions=2, compute=lambda at: at[..., 1] ** 2),
    Feature(name="xy", label="x y", code="x * y", dimensions=2, compute=lambda at: at[..., 0] * at[..., 1]),
    Feature(name="sin x", label="sin x", code="torch.sin(x)", dimensions=1, compute=lambda at: torch.sin(at[..., 0])),
    Feature(name="sin y", label="sin y", code="torch.sin(y)", dimensions=2, compute=lambda at: torch.sin(at[..., 1])),
)

FEATURES: Mapping[str, Feature] = MappingProxyType({one.name: one for one in _RECORDS})
"""The inputs by name, in the order in which they are offered; a new one is a new record."""


def feature_names(dimensions: int) -> tuple[str, ...]:
    """The features that points of 1 or 2 coordinates have."""
    return tuple(name for name, one in FEATURES.items() if one.dimensions <= dimensions)


def features(inputs: Tensor, names: Sequence[str]) -> Tensor:
    """What the network is given.

    Args:
        inputs: the points' coordinates, (…, 1) or (…, 2).
        names: F different ones from ``FEATURES``.

    Returns:
        (…, F), in the order of ``names``.

    Raises:
        InputError: with the field ``features``, for no name, one twice, or one that these points don't have.
    """
    check_features(names, inputs.shape[-1])
    return torch.stack([FEATURES[name].compute(inputs) for name in names], dim=-1)


def check_features(names: Sequence[str], dimensions: int) -> None:
    """Refuse what points of 1 or 2 coordinates can't give a network.

    Raises:
        InputError: with the field ``features``, for no name, one twice, or one that these points don't have.
    """
    if not names:
        raise _feature_error("a network needs at least one input: choose x, for example")
    offered = feature_names(dimensions)
    for i, name in enumerate(names):
        if name not in offered:
            raise _feature_error(f"there is no input {quote(name)} here: choose of {', '.join(offered)}")
        if name in names[:i]:
            raise _feature_error(f"the input {name} is chosen twice: once is enough")


def _feature_error(message: str) -> InputError:
    return InputError(message, field="features")
