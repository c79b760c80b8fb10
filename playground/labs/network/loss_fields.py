"""The fields of how a network's loss is looked at: the plane that is drawn, and the sharpness along the run."""

from dataclasses import replace
from typing import Any

from playground.engine.descent import check_seed
from playground.errors import InputError
from playground.labs.shared.fields import Choice, Field, Number, Switch, Text, attribute, one_of
from playground.labs.shared.race.state import CURVATURE, PRINCIPAL, RANDOM

SPANNED = (PRINCIPAL, RANDOM, CURVATURE)
"""The planes of two directions; all others are of two parameters."""

TWO_WEIGHTS = "two weights"
"""What the field of the plane says where it is of two parameters."""


def is_loss_plane(plane: str, names: tuple[str, ...]) -> bool:
    """Whether a network of these parameters has such a plane: one of ``SPANNED``, or two of them as in ``"a, b"``."""
    axes = plane.split(", ")
    return plane in SPANNED or (len(axes) == len({*axes}) == 2 and {*axes} <= {*names})


def check_loss_plane(plane: str, names: tuple[str, ...]) -> None:
    """Whether it is a plane of a network with these parameters.

    Raises:
        InputError: with the field ``plane``, otherwise.
    """
    if not is_loss_plane(plane, names):
        raise InputError(
            f"the plane is one of {', '.join(SPANNED)}, or two weights such as {names[0]}, {names[1]}", field="plane"
        )


def _kind(state: Any) -> str:
    return state.plane if state.plane in SPANNED else TWO_WEIGHTS


def _put_kind(state: Any, kind: str) -> Any:
    one_of([*SPANNED, TWO_WEIGHTS])(kind)
    if kind == _kind(state):
        return state
    return replace(state, plane=", ".join(_two_weights(state)) if kind == TWO_WEIGHTS else kind, region=None)


def _two_weights(state: Any) -> tuple[str, str]:
    """The chosen weight or bias, or the first weight where an input is chosen, and the parameter after it."""
    names, network = state.names, state.race.objective
    weights, biases = ([name for name in names if f".{kind}[" in name] for kind in ("weight", "bias"))
    chosen = [*weights, *weights[:1] * network.widths[0], *biases][state.chosen]
    return chosen, names[(names.index(chosen) + 1) % len(names)]


def _weight_field(axis: int, name: str, label: str) -> Field[Any]:
    def put(state: Any, weight: str) -> Any:
        axes = state.plane.split(", ")
        if one_of(state.names)(weight) == axes[axis]:
            return state
        # The other axis's weight: they change places.
        other = axes[axis] if weight == axes[1 - axis] else axes[1 - axis]
        return replace(state, plane=", ".join((weight, other) if axis == 0 else (other, weight)), region=None)

    return Field(name, label, lambda state: state.plane.split(", ")[axis], put, Choice(lambda state: state.names))


PLANE_KIND = Field[Any]("plane_kind", "Loss plane", _kind, _put_kind, Choice(lambda _: (*SPANNED, TWO_WEIGHTS)))
PLANE_WEIGHTS = (_weight_field(0, "plane_x", "Across"), _weight_field(1, "plane_y", "Up"))
PLANE_SEED = Field[Any](
    "plane_seed",
    "Seed of the directions",
    lambda state: state.plane_seed,
    lambda state, value: replace(
        state, plane_seed=check_seed(value), region=state.region if value == state.plane_seed else None
    ),
    Number("0", integer=True, stepped=True),
)
SHARPNESS = attribute(
    "sharpness",
    "Sharpness",
    Switch(),
    help="The largest eigenvalue λmax of the loss's Hessian along the run, beside 2/lr.",
)

PLANE_LINK = Field[Any](
    "plane",
    "Loss plane",
    lambda state: state.plane,
    lambda state, plane: replace(state, plane=plane, region=None),
    Text(),
)
"""The plane as a link says it, with the names of its two weights."""


def loss_fields(state: Any) -> list[Field[Any]]:
    """All of them."""
    return [PLANE_KIND, *(PLANE_WEIGHTS if _kind(state) == TWO_WEIGHTS else ()), PLANE_SEED, SHARPNESS]


LOSS_PARTS = (PLANE_LINK, PLANE_SEED, SHARPNESS)
"""What a link says of them."""
