"""What a player is made of: pictures, tables, and lines of text with numbers in them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import plotly.graph_objects as go


class Column(NamedTuple):
    """A number in a readout: the value of a column, ``ahead`` steps after the cursor.

    ``whole``: without decimals; ``none``: what stands in place of NaN, where that means that there is no such number.
    """

    name: str
    ahead: int = 0
    whole: bool = False
    none: str = ""


class Words(NamedTuple):
    """One of several texts: the one whose number is the value of a column; ``typeset``: they are LaTeX.

    LaTeX must be made by the project's own printers, never of what a person typed.
    """

    column: str
    words: tuple[str, ...]
    typeset: bool = False


class Formula(NamedTuple):
    """LaTeX, of which ``0@0@0`` stands for the value of the first column, and so on.

    It must be made by the project's own printers, never of what a person typed.
    """

    latex: str
    columns: tuple[Column, ...] = ()


class Swatch(NamedTuple):
    """A marker's colour and symbol, as in a legend."""

    colour: str
    symbol: str


class Cases(NamedTuple):
    """One of several lines: the one whose number is the value of a column. A number of another may be missing."""

    column: str
    lines: "tuple[Readout, ...]"


class Ending(NamedTuple):
    """A line on how the run ends: where that is hidden, it stands at the last step alone."""

    line: "Readout"


Part: TypeAlias = "str | Column | Words | Formula | Swatch | Cases | Ending"
Readout: TypeAlias = "Sequence[Part]"
"""One line: texts, and the numbers between them."""


Drawing: TypeAlias = go.Figure | dict[str, Any]
"""A figure: Plotly's, or a dictionary of its ``data`` and its ``layout``."""

Choice: TypeAlias = Literal["", "log", "linear"]
"""Which scale is chosen; nothing where there is nothing to choose."""


T = TypeVar("T")


def made(one: T | Callable[[], T]) -> T:
    """What it is, or what it makes."""
    found: T = one() if callable(one) else one
    return found


@dataclass(frozen=True)
class Panel:
    """One picture in the player.

    Attributes:
        name: what events call it.
        title: above the picture.
        drawing: the figure over the whole run; or what makes it, once a person looks at it.
        description: the alternative text; ending: what it also says where nothing hides how a run ends.
        pickable: whether a click on the plot is an event; draggable: whether each place that a point is dragged
            over is one as well.
        editable: whether points can be added, moved and deleted on the plot: those of the trace whose ``meta``
            holds ``{"points": True}``. The player draws them, and shows each edit at once, a new point as the last;
            what has been answered is as the figure says. The axes must have ranges.
        choosable: whether a click on a part of the picture is an event ``"choose"``: on the traces whose ``meta`` holds
            ``choices``. The axes must have ranges.
        zoomable: whether a drag or a key moves the picture, and the wheel or a key zooms it.
        seekable: whether it is drawn over the steps: beside the pointer stand the values there, and a click puts the
            cursor to that step.
        scale: "log" or "linear" where a person may choose between them, or what tells it once a person looks at the
            picture: a press on it is an event ``"scale"``.
        readouts: lines on the picture, which stand beside the controls once a person has looked at it.
        tall: whether its cell takes two rows, and more than half of the width.
        cell: panels of one cell share its place, and tabs choose between them; the panel's own name without one.
        tab: what stands on its tab, the title without one.
        hint: one sentence on what it shows, at its tab.
    """

    name: str
    title: str
    drawing: Drawing | Callable[[], Drawing]
    description: str
    ending: str = ""
    pickable: bool = False
    draggable: bool = False
    editable: bool = False
    choosable: bool = False
    zoomable: bool = False
    seekable: bool = False
    scale: Choice | Callable[[], Choice] = ""
    readouts: Sequence[Readout] = ()
    tall: bool = False
    cell: str = ""
    tab: str = ""
    hint: str = ""

    @property
    def figure(self) -> Drawing:
        """The figure, which is made each time where it isn't made yet."""
        return made(self.drawing)

    def drawn(self) -> "Panel":
        """The same panel, made for a person who looks at it."""
        return replace(self, drawing=self.figure, scale=made(self.scale))


@dataclass(frozen=True)
class Board:
    """A table in the player.

    Attributes:
        name, title, description, ending, tall, cell, tab, hint: as of a ``Panel``.
        heads: the columns' heads, none for no head; rows: of as many readouts each; or what makes them, once a person
            looks at the table.
        chosen: the row that is the chosen one, where a click on another is an event; None where rows stand for
            nothing to choose.
        current: the column that says which row is highlighted at each step; none for none.
        code: whether the rows are lines of code.
    """

    name: str
    title: str
    heads: Sequence[Readout] | Callable[[], Sequence[Readout]]
    rows: Sequence[Sequence[Readout]] | Callable[[], Sequence[Sequence[Readout]]]
    description: str
    ending: str = ""
    chosen: int | None = None
    current: str = ""
    code: bool = False
    tall: bool = False
    cell: str = ""
    tab: str = ""
    hint: str = ""

    def drawn(self) -> "Board":
        """The same table, made for a person who looks at it."""
        return replace(self, heads=made(self.heads), rows=made(self.rows))


def find_seen(panels: Sequence[Panel | Board], chosen: Collection[str]) -> list[bool]:
    """Of which panels something is seen: the first of each cell, and those whose tabs were chosen, by their names."""
    firsts = {one.cell or one.name: one.name for one in reversed(panels)}.values()
    return [one.name in chosen or one.name in firsts for one in panels]
