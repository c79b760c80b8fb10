"""How a trace tells the player to follow the cursor.

A trace's ``meta`` holds one of these. ``k`` is the step at the cursor.
"""

from typing import Any, NamedTuple

from playground.figures.arrays import Array

ALL: dict[str, str] = {"cursor": "all"}
"""The whole run, at every step: x and y are (steps + 1,)."""

PATH: dict[str, str] = {"cursor": "path"}
"""The points 0 to k of x and y (and z), (steps + 1,) each; the last stretch is drawn brighter."""

POINT: dict[str, str] = {"cursor": "point"}
"""The point k alone."""

EDITED = {"points": True}
"""Added to a still trace's meta: its points are those that a person may add to, move and delete."""

HALO = {"halo": True}
"""Added to a trace's meta: a light edge, so that it stands out from any surface."""


def path(stride: int) -> dict[str, str | int]:
    """The points 0 to stride times k: a path with corners between the steps."""
    return {"cursor": "path", "stride": stride}


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


def frames(
    since: list[int], fields: dict[str, list[Array]], titles: list[tuple[str, str]] | None = None
) -> dict[str, Any]:
    """Several states of a trace that stands still otherwise.

    Args:
        since: from which step on each is drawn, the first from 0.
        fields: for each field of the trace that differs, its values in each state.
        titles: what stands at the two axes in each state.
    """
    return {"frames": {"since": since, "fields": fields, "titles": titles or []}}
