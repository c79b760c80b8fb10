"""How a trace tells the player to follow the cursor, and the style that all pictures share.

A trace's ``meta`` holds one of these. ``k`` is the step at the cursor.
"""

from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

ALL: dict[str, str] = {"cursor": "all"}
"""The whole run, at every step: x and y are (steps + 1,)."""

PATH: dict[str, str] = {"cursor": "path"}
"""The points 0 to k of x and y (and z), (steps + 1,) each; the last stretch is drawn brighter."""


def path(stride: int) -> dict[str, str | int]:
    """The points 0 to stride times k: a path with corners between the steps."""
    return {"cursor": "path", "stride": stride}


POINT: dict[str, str] = {"cursor": "point"}
"""The point k alone."""


def rows(width: int) -> dict[str, str | int]:
    """Row k of y, which is (steps + 1, width) made flat; x is one row for all steps, or likewise flat.

    NaN leaves a gap. Plotly alone draws the first row.
    """
    return {"cursor": "rows", "width": width}


class Card(NamedTuple):
    """How a card reads and looks from a step on.

    Attributes:
        since: the step.
        lines: of text, the first one in large letters.
        look: the number of one of the looks.
    """

    since: int
    lines: tuple[str, ...]
    look: int


class Look(NamedTuple):
    """A card's colours, the edge in the theme's colour for lines without one, and the width of the edge's line."""

    fill: str
    edge: str
    line: float


def cards(changes: list[list[Card]], looks: list[Look], size: tuple[float, float]) -> dict[str, Any]:
    """Boxes with text around the points of x and y, (cards,) each.

    Args:
        changes: of each card, its states in order, the first from step 0 on.
        looks: which the states name by their number.
        size: width and height, in the plot's coordinates.
    """
    return {
        "cursor": "cards",
        "changes": [[list(state) for state in states] for states in changes],
        "looks": [look._asdict() for look in looks],
        "size": list(size),
    }


EDITED = {"points": True}
"""Added to a still trace's meta: its points are those that a person may add to, move and delete."""


def frames(
    since: list[int], fields: dict[str, list[Array]], titles: list[tuple[str, str]] | None = None
) -> dict[str, Any]:
    """Several states of a trace that else stands still.

    Args:
        since: from which step on each is drawn, the first from 0.
        fields: for each field of the trace that differs, its values in each state.
        titles: what stands at the two axes in each state.
    """
    return {"frames": {"since": since, "fields": fields, "titles": titles or []}}


def float32(values: Array) -> Array:
    """For drawing; what is too large for float32 becomes inf and is not drawn."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def drawn(traces: list[dict[str, Any]], layout: dict[str, Any]) -> go.Figure:
    """The figure of ``traces``, without a template of its own.

    Plotly's checks take two thirds of the time of making a figure. They are for authors: the tests make them.
    """
    layout = {name: _usable(one) if isinstance(one, dict) else one for name, one in layout.items()}
    return go.Figure(traces, layout | {"template": {}}, _validate=False)


def _usable(axis: dict[str, Any]) -> dict[str, Any]:
    """An axis, or a scene with its axes, without a range that is infinite: no browser reads one."""
    axis = {name: _usable(one) if isinstance(one, dict) else one for name, one in axis.items()}
    if not np.isfinite(np.asarray(axis.get("range") or [], dtype=float)).all():
        del axis["range"]
    return axis


NOWHERE = {
    "text": "Nothing has a finite value here",
    "showarrow": False,
    "xref": "paper",
    "yref": "paper",
    "x": 0.5,
    "y": 0.5,
}
"""An annotation in place of a surface that is nowhere finite."""

# Okabe and Ito 2008, "Color Universal Design": told apart by colour-blind eyes as well.
RUN = "#D55E00"
GRADIENT = "#0072B2"
DATA = "#009E73"
RESIDUAL = "#CC79A7"
MINIMUM = "#E69F00"

HALO = {"halo": True}
"""Added to a trace's meta: a light edge, so that it stands out from any surface."""
