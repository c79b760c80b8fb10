"""How a trace tells the player to follow the cursor.

A trace's ``meta`` holds one of these. ``k`` is the step at the cursor.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.figures.arrays import Array
from playground.figures.palette import HALO_EDGES

ALL: dict[str, str] = {"cursor": "all"}
"""The whole run, at every step: x and y are (steps + 1,)."""

WHOLE: dict[str, str | bool] = {"cursor": "all", "ahead": True}
"""Likewise, of a run whose past is shown apart: it isn't drawn where nothing ahead of the cursor is to be seen."""

PATH: dict[str, str] = {"cursor": "path"}
"""The points 0 to k of x and y (and z), (steps + 1,) each; the last stretch is drawn brighter."""

POINT: dict[str, str] = {"cursor": "point"}
"""The point k alone."""

EDITED = {"points": True}
"""Added to a still trace's meta: its points are those that a person may add to, move and delete."""


def add_like(marker: dict[str, Any]) -> dict[str, Any]:
    """Added to the meta of points that are edited: how a new one looks, which otherwise looks like the last."""
    return {"added": marker}


HALO = {"halo": list(HALO_EDGES)}
"""Added to a trace's meta: edges around its lines, so that they stand out from any surface."""


OPEN = {"open": True}
"""Added to a trace's meta: it may leave the picture without a word, as a direction or a function near its poles does.

Of all other lines and markers the player says at the picture's edge how far beyond it they go.
"""


def runner(name: str, slot: int, symbol: str) -> dict[str, Any]:
    """Added to a trace's meta: it is a runner's, which the picture's legend names if there are several.

    Args:
        name: what the legend says; slot: the runner's number, from 0, after which they are in order.
        symbol: of its marker, also where the picture has but its line.
    """
    return {"runner": {"name": name, "slot": slot, "symbol": symbol}}


def path(stride: int) -> dict[str, str | int]:
    """The points 0 to stride times k: a path with corners between the steps."""
    return {"cursor": "path", "stride": stride}


def rows(width: int) -> dict[str, str | int]:
    """Row k of y, which is (steps + 1, width) made flat; x is one row for all steps, or likewise flat.

    NaN leaves a gap. Plotly alone draws the first row.
    """
    return {"cursor": "rows", "width": width}


def rows_since(steps: Sequence[int]) -> dict[str, list[int]]:
    """Added to the meta of rows that aren't one for each step: from which step on each is drawn, the first from 0."""
    return {"since": list(steps)}


class Card(NamedTuple):
    """How a card reads and looks from a step on.

    Attributes:
        since: the step.
        lines: of text, the first one in large letters.
        look: the number of one of the looks.
        whole: all that there is to read: a press on the card shows it, where cards are legible.
        is_current: whether what happens at this step happens here, so that the picture moves to show it.
    """

    since: int
    lines: tuple[str, ...]
    look: int
    whole: tuple[str, ...] = ()
    is_current: bool = False


class Look(NamedTuple):
    """A card's colours, the edge in the theme's colour for lines without one, and the width of the edge's line."""

    fill: str
    edge: str
    line: float


def cards(
    changes: list[list[Card]], looks: list[Look], size: tuple[float, float], *, legible: bool = False
) -> dict[str, Any]:
    """Boxes with text around the points of x and y, (cards,) each.

    Args:
        changes: of each card, its states in order, the first from step 0 on.
        looks: which the states name by their number.
        size: width and height, in the plot's coordinates.
        legible: whether type is never smaller than the page's: where all cards have no room for it the picture shows
            a part of them, and follows the one where something happens. The axes must have ranges.
    """
    return {
        "cursor": "cards",
        "legible": legible,
        "changes": [[list(state) for state in states] for states in changes],
        "looks": [look._asdict() for look in looks],
        "size": list(size),
    }


def maps(
    since: Sequence[int],
    shape: tuple[int, int],
    size: tuple[float, float],
    colours: NDArray[np.uint8],
    *,
    is_square: bool,
) -> dict[str, Any]:
    """Colour maps around the points of x and y, (maps,) each.

    ``customdata`` is (frames, maps, rows, columns) uint8 made flat: the number of the colour in the middle of each
    cell, the lowest row first. Between the middles the colours run into each other.

    Args:
        since: from which step on each frame is drawn, the first from 0.
        shape: rows and columns.
        size: width and height of a map, in the plot's coordinates.
        colours: (colours, 4), red, green, blue and opacity from 0 to 255, over the page's background.
        is_square: whether each is the largest square within its size.
    """
    return {
        "cursor": "maps",
        "since": list(since),
        "shape": list(shape),
        "size": list(size),
        "square": is_square,
        "colours": colours,
    }


def boundaries(since: Sequence[int], shape: tuple[int, int], size: tuple[float, float], levels: int) -> dict[str, Any]:
    """The lines between the classes of a colour map, which is given as for ``maps``.

    Args:
        levels: how many colours each class has, the first for a place on its boundary; what lies beyond the classes'
            colours is of no class.
    """
    return {"cursor": "boundaries", "since": list(since), "shape": list(shape), "size": list(size), "levels": levels}


def links(colours: tuple[str, str, str], width: float) -> dict[str, Any]:
    """Straight lines, whose ends stand in x and y, (3 lines,) each: two points and a gap.

    ``customdata`` is (steps + 1, lines) int8 made flat: the sign chooses the colour, and the size from 0 to 127 is the
    line's width; -128 stands for a number that isn't finite.

    Args:
        colours: of negative numbers, of positive ones, and of those that aren't finite, which are dotted.
        width: of the widest line, in pixels.
    """
    return {"cursor": "links", "colours": list(colours), "width": width}


def rings(colours: tuple[str, str, str], width: float, size: tuple[float, float]) -> dict[str, Any]:
    """Frames around square maps at the same points x and y, (maps,) each, and of the same size.

    ``customdata`` is (steps + 1, maps) int8 made flat, and is seen in the frames as in ``links``.
    """
    return {"cursor": "rings", "colours": list(colours), "width": width, "size": list(size), "square": True}


def figures(size: tuple[float, float]) -> dict[str, Any]:
    """Numbers at the lower edge of square maps at the same points x and y, (maps,) each, and of the same size.

    ``customdata`` is (steps + 1, maps) float32 made flat.
    """
    return {"cursor": "figures", "size": list(size), "square": True}


def choices(first: int, chosen: int | None) -> dict[str, Any]:
    """Added to the meta of maps or links: a click on one is the event ``"choose"``, and ``text`` has their names.

    Args:
        first: the row of the first one; the others follow it.
        chosen: the row that is the chosen one, here or in another trace of the figure.
    """
    return {"choices": {"first": first, "chosen": chosen}}


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
