"""The messages between Python and the browser, written down once.

``tests/javascript/declare.py`` writes the same types as declarations for the JavaScript, which is checked against
them: what is renamed or added here and not there (or there and not here) is found before it runs.
"""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class PackedArray(TypedDict):
    """Numbers as Plotly reads them too: base64 of their bytes in little-endian order.

    dtype: numpy's short name, such as ``f4``; shape: where there is more than one dimension.
    """

    dtype: str
    bdata: str
    shape: NotRequired[str]


class ColumnPart(TypedDict):
    """The value of a column, so many steps ahead of the cursor; whole: without decimals; none: in place of NaN."""

    column: str
    ahead: int
    whole: NotRequired[bool]
    none: NotRequired[str]


class WordsPart(TypedDict):
    """One of several texts, by the value of a column; typeset: they are MathML."""

    column: str
    words: list[str]
    typeset: NotRequired[bool]


class FormulaPart(TypedDict):
    """MathML, in which an element with the attribute data-column stands for the number of one of the columns."""

    mathml: str
    columns: list[ColumnPart]


class SwatchPart(TypedDict):
    """A marker, as in a legend."""

    colour: str
    symbol: str


class CasesPart(TypedDict):
    """One of several lines, by the value of a column."""

    column: str
    lines: "list[Line]"


Part: TypeAlias = str | ColumnPart | WordsPart | FormulaPart | SwatchPart | CasesPart
Line: TypeAlias = list[Part]


class Place(TypedDict):
    """What a picture and a table have in common."""

    name: str
    title: str
    description: str
    cell: str
    tab: str
    hint: str
    tall: bool


class Figure(TypedDict):
    """A figure as Plotly reads it, but for two kinds of arrays.

    ``{"shared": hash}`` stands for one of the message ``Shared``, and ``{"once": number}`` for one of ``Run.arrays``.
    """

    data: list[dict[str, Any]]
    layout: dict[str, Any]


class PlotPanel(Place):
    """A picture."""

    pickable: bool
    draggable: bool
    editable: bool
    choosable: bool
    zoomable: bool
    seekable: bool
    scale: Literal["", "log", "linear"]
    figure: Figure


class BoardPanel(Place):
    """A table."""

    heads: list[Line]
    rows: list[list[Line]]
    chosen: int | None
    current: str
    code: bool


class UnseenPanel(Place):
    """A picture or a table that is sent when it is first seen."""


AnyPanel: TypeAlias = PlotPanel | BoardPanel | UnseenPanel


class Shared(TypedDict):
    """The large arrays that don't follow the cursor, by their hash: a message of its own."""

    shared: dict[str, PackedArray]


class Kept(TypedDict):
    """Texts that the tab keeps through a reload, by name: a message of its own, since they may be long."""

    kept: dict[str, str]


class Contents(TypedDict):
    """Pictures, tables and lines, with the numbers that they read: one for each step in each column.

    The columns are those that something sent reads, and ``loss``.
    """

    panels: list[AnyPanel]
    arrays: list[PackedArray]
    columns: dict[str, PackedArray]
    readouts: list[Line]


class Run(Contents):
    """All that is shown.

    notes: pairs of a step and what is said from it on; leap: the column by which a button goes many steps at once, to
    where its value changes next, or nothing; acknowledged: the number of the last entry that was read;
    recall: the name of a kept text that is wanted back, or nothing.
    """

    status: str
    alarming: bool
    notes: list[tuple[int, str]]
    canGoOn: bool
    projected: bool
    recall: str
    planned: int
    subject: str
    aside: bool
    leap: str
    speed: int
    plotly: str
    acknowledged: int


Message: TypeAlias = Shared | Kept | Run


class PointEntry(TypedDict):
    """A point that was picked, added or moved; row: of the point that moved."""

    number: int
    kind: Literal["pick", "add", "move"]
    panel: str
    x: float
    y: float
    row: NotRequired[int | None]
    moving: NotRequired[bool]
    step: NotRequired[int]


class NudgeEntry(TypedDict):
    """One step along a panel's axes."""

    number: int
    kind: Literal["nudge"]
    panel: str
    x: float
    y: float


class ScaleEntry(TypedDict):
    """The other one of a panel's scales is wanted."""

    number: int
    kind: Literal["scale"]
    panel: str


class RowEntry(TypedDict):
    """A row that was chosen, or a point that was deleted."""

    number: int
    kind: Literal["choose", "delete"]
    panel: str
    row: int


class SeeEntry(TypedDict):
    """A panel is looked at for the first time."""

    number: int
    kind: Literal["see"]
    panel: str


class MoreEntry(TypedDict):
    """Steps that are wanted, in all."""

    number: int
    kind: Literal["more"]
    steps: int


class LookEntry(TypedDict):
    """Where the cursor stood when a look aside began."""

    number: int
    kind: Literal["look"]
    step: int


class HistoryEntry(TypedDict):
    """The last change is to be taken back, or made again."""

    number: int
    kind: Literal["undo", "redo"]


class RecallEntry(TypedDict):
    """A text that the tab has kept."""

    number: int
    kind: Literal["recall"]
    text: str


class StepEntry(TypedDict):
    """The − or + beside a field was pressed."""

    number: int
    kind: Literal["step"]
    field: str
    by: int


Entry: TypeAlias = (
    PointEntry
    | NudgeEntry
    | ScaleEntry
    | RowEntry
    | SeeEntry
    | MoreEntry
    | LookEntry
    | HistoryEntry
    | RecallEntry
    | StepEntry
)
"""What the browser puts into its outbox. Python trusts none of it, see ``outbox.read_outbox``."""
