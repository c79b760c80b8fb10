"""The player: shows figures at a cursor, in the browser, without asking the server again.

It is a player of figures: it knows plots, a cursor, transport controls, keys and pointer events, and
nothing of gradients. Figures are whole runs (see ``playground.figures.cursor``); readouts are texts with
numbers taken from columns over the steps. Back to Python go events only, see ``Event``.

How it reaches the browser: this folder is registered as the assets of a Streamlit component, so that the
files are fetched once and no message carries them; Plotly and KaTeX are those that Streamlit itself serves,
under names that are their contents' hashes. Both lean on internals of the pinned Streamlit, and are tested.

Large arrays that don't follow the cursor travel apart, in a message of their own that Streamlit sends
again only when they change; figures name them by their hash.
"""

import base64
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, TypeGuard

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import ArrayLike
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from playground.numerals import as_float

_FOLDER = Path(__file__).parent
_VERSION = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_FOLDER.glob("*.js")))).hexdigest()[:16]
_COMPONENT = f"{_FOLDER.parent.name}_{_VERSION}.{_FOLDER.name}"
"""The component's name is part of the address of its files: those that a script imports are of its own version."""

SHARED_FROM = 4_000
"""Characters of an encoded array from which on it travels apart."""


# Streamlit fetches a component's own file again on every change, and this text rides in every message:
# a few lines that import the real file, once. Not async, or Streamlit would tear down at once what it supersedes.
_SHIM = """
const page = document.querySelector('script[src*="static/js/index."]');
const player = import(new URL("ADDRESS", page.src).href);
export default (component) => {
  let tearDown;
  player.then((module) => { tearDown = module.default(component); });
  return () => tearDown?.();
};
"""


class Column(NamedTuple):
    """A number in a readout: the value of a column, ``ahead`` steps after the cursor; ``whole``: without decimals."""

    name: str
    ahead: int = 0
    whole: bool = False


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


Part: TypeAlias = str | Column | Words | Formula | Swatch
Readout: TypeAlias = Sequence[Part]
"""One line: texts, and the numbers between them."""


@dataclass(frozen=True)
class Panel:
    """One picture in the player.

    Attributes:
        name: what events call it.
        title: above the picture.
        figure: over the whole run.
        description: the alternative text.
        pickable: whether a click on the plot is an event; draggable: whether each place that a point is dragged
            over is one as well.
        editable: whether points can be added, moved and deleted on the plot: those of the trace whose ``meta``
            holds ``{"points": True}``. The player draws them, and shows each edit at once, a new point as the last;
            what has been answered is as the figure says. The axes must have ranges.
        zoomable: whether a drag or a key moves the picture, and the wheel or a key zooms it.
        tall: whether its cell takes two rows, and more than half of the width.
        cell: panels of one cell share its place, and tabs choose between them; the panel's own name without one.
        tab: what stands on its tab, the title without one.
    """

    name: str
    title: str
    figure: go.Figure
    description: str
    pickable: bool = False
    draggable: bool = False
    editable: bool = False
    zoomable: bool = False
    tall: bool = False
    cell: str = ""
    tab: str = ""


@dataclass(frozen=True)
class Board:
    """A table in the player.

    Attributes:
        name, title, description, tall, cell, tab: as of a ``Panel``.
        heads: the columns' heads, none for no head; rows: of as many readouts each.
        chosen: the row that is the chosen one, where a click on another is an event; None where rows stand for
            nothing to choose.
        current: the column that says which row is highlighted at each step; none for none.
        code: whether the rows are lines of code.
    """

    name: str
    title: str
    heads: Sequence[Readout]
    rows: Sequence[Sequence[Readout]]
    description: str
    chosen: int | None = None
    current: str = ""
    code: bool = False
    tall: bool = False
    cell: str = ""
    tab: str = ""


@dataclass(frozen=True)
class Event:
    """Something a person did in the player.

    Attributes:
        kind: ``"pick"``, a point on a panel; ``"nudge"``, one step x, y (-1, 0 or 1) along its axes; ``"add"``,
            ``"move"`` and ``"delete"``, of the points that can be edited; ``"choose"``, a row of a board; ``"more"``,
            steps wanted beyond the last.
        panel: where the point or the row lies; x, y: in the plot's own coordinates.
        moving: whether the point is still being dragged; step: where the cursor was.
        row: of the board, or of the edited trace's arrays after all events before this one, from 0.
        steps: how many steps in all are wanted.
    """

    kind: Literal["pick", "nudge", "add", "move", "delete", "choose", "more"]
    panel: str = ""
    x: float = 0.0
    y: float = 0.0
    moving: bool = False
    step: int = 0
    row: int = 0
    steps: int = 0


class Outbox(NamedTuple):
    """What arrived from the browser: the events not seen before, and the last number seen."""

    events: list[Event]
    acknowledged: int


def read_outbox(outbox: object, acknowledged: int) -> Outbox:
    """The events in ``outbox`` that come after ``acknowledged``, in order.

    The browser keeps each event in its outbox until its number comes back, since messages sent while
    Python is busy can be lost. Whatever is no event is passed over: a stranger may have sent it.
    """
    events = []
    for entry in outbox if isinstance(outbox, list) else []:
        number = entry.get("number") if isinstance(entry, dict) else None
        if type(number) is int and number > acknowledged:
            acknowledged = number
            event = _event(entry)
            if event is not None:
                events.append(event)
    return Outbox(events, acknowledged)


def player(
    panels: Sequence[Panel | Board],
    *,
    columns: Mapping[str, ArrayLike],
    readouts: Sequence[Readout],
    status: str,
    alarming: bool = False,
    notes: Sequence[str] = (),
    can_go_on: bool = True,
    planned: int = 0,
    subject: str = "",
    speed: int = 20,
    key: str,
    on_events: Callable[[list[Event]], None],
) -> None:
    """Show ``panels`` at a cursor.

    Args:
        panels: the pictures and tables; their cells are laid out in rows of two.
        columns: for each name the values over the steps, (steps + 1,); ``"loss"`` must be among them.
        readouts: the lines beside the controls.
        status: one sentence on the run; alarming: whether it is a warning.
        notes: for each step what is said instead of the status, empty where nothing is.
        can_go_on: whether steps beyond the last can be asked for.
        subject: what is run; when it changes, the cursor goes to the start.
        speed: in steps a second, one of those that can be chosen; another one than before stands in place of what the
            person chose, and the player waits for Play.
        planned: how many steps there will be soon, if that is more than there are.
        key: the player's own, the same on every run of the page.
        on_events: called with what the person did, before the page runs again.
    """
    shared: dict[str, Any] = {}
    once = _Once()
    encoded = [
        {
            "name": panel.name,
            "title": panel.title,
            "description": panel.description,
            "cell": panel.cell or panel.name,
            "tab": panel.tab or panel.title,
            "tall": panel.tall,
        }
        | (_encoded_rows(panel) if isinstance(panel, Board) else _encoded_plot(panel, shared, once))
        for panel in panels
    ]
    acknowledged_key = f"{key} acknowledged"

    def on_outbox() -> None:
        outbox = read_outbox(st.session_state[key].get("outbox"), st.session_state.get(acknowledged_key, 0))
        st.session_state[acknowledged_key] = outbox.acknowledged
        on_events(outbox.events)

    mount = _component()
    mount(key=f"{key} arrays", data={"shared": shared})
    mount(
        key=key,
        data={
            "panels": encoded,
            "arrays": once.specs,
            "columns": {name: _encoded_array(values) for name, values in columns.items()},
            "readouts": [_encoded_line(line) for line in readouts],
            "status": status,
            "alarming": alarming,
            "notes": [[step, note] for step, note in enumerate(notes) if not step or note != notes[step - 1]],
            "canGoOn": can_go_on,
            "planned": planned,
            "subject": subject,
            "speed": speed,
            "plotly": served("PlotlyChart"),
            "katex": served("katex"),
            "acknowledged": st.session_state.get(acknowledged_key, 0),
        },
        on_outbox_change=on_outbox,
    )


@cache
def served(library: str) -> str:
    """The name of the file in Streamlit's own static folder that brings ``"PlotlyChart"`` or ``"katex"``."""
    folder = Path(st.__file__).parent / "static" / "static" / "js"
    found = [path.name for path in folder.glob(f"{library}.*.js")]
    if len(found) != 1:
        raise RuntimeError(
            f"The player draws with the Plotly and the KaTeX that Streamlit 1.67.0 serves, and Streamlit "
            f"{st.__version__} keeps {library} elsewhere: install the version in requirements.txt."
        )
    return found[0]


def _component() -> Callable[..., Any]:
    """The mounting command, its files registered with the running server."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(_COMPONENT) is None:
        name, _, component = _COMPONENT.partition(".")
        manifest = ComponentManifest(name, "0", [ComponentConfig(component, asset_dir=component)])
        manager.register_from_manifest(manifest, _FOLDER.parent)
    return _mount()


@cache
def _mount() -> Callable[..., Any]:
    shim = _SHIM.replace("ADDRESS", f"../../_stcore/bidi-components/{_COMPONENT}/player.js")
    # Inside a shadow root Plotly gets no clicks and loses its styles.
    return st.components.v2.component(_COMPONENT, js=shim, css="player.css", isolate_styles=False)


class _Once:
    """Arrays of one message: one that stands in several traces travels once, and its places name it by its number."""

    def __init__(self) -> None:
        self.specs: list[dict[str, str]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def number(self, array: np.ndarray[Any, Any]) -> int:
        """The array's place in ``specs``."""
        key = array.dtype, array.shape, array.tobytes()  # by content: figures copy what they are given
        if key not in self._numbers:
            self._numbers[key] = len(self.specs)
            self.specs.append(_encoded_array(array))
        return self._numbers[key]


def _encoded_plot(panel: Panel, shared: dict[str, Any], once: _Once) -> dict[str, Any]:
    return {
        "pickable": panel.pickable,
        "draggable": panel.draggable,
        "editable": panel.editable,
        "zoomable": panel.zoomable,
        "figure": _without_large_arrays(_encoded(panel.figure, once), shared),
    }


def _encoded_rows(board: Board) -> dict[str, Any]:
    return {
        "heads": [_encoded_line(head) for head in board.heads],
        "rows": [[_encoded_line(cell) for cell in row] for row in board.rows],
        "chosen": board.chosen,
        "current": board.current,
        "code": board.code,
    }


def _encoded_line(line: Readout) -> list[str | dict[str, Any]]:
    return [_encoded_part(part) for part in line]


def _encoded_part(part: Part) -> str | dict[str, Any]:
    match part:
        case Column():
            return {"column": part.name, "ahead": part.ahead} | ({"whole": True} if part.whole else {})
        case Words():
            words: dict[str, Any] = {"column": part.column, "ahead": 0, "words": list(part.words)}
            return words | ({"typeset": True} if part.typeset else {})
        case Formula():
            return {"latex": part.latex, "columns": [_encoded_part(column) for column in part.columns]}
        case Swatch():
            return part._asdict()
    return part


def _encoded(figure: go.Figure, once: _Once | None = None) -> dict[str, Any]:
    """The figure as plain data; the template's defaults are the player's."""
    # Not to_plotly_json: it copies every array.
    plain: dict[str, Any] = {"data": [_plain_trace(one._props, once) for one in figure.data]}
    plain["layout"] = _plain(figure.layout._props)
    plain["layout"].pop("template", None)
    return plain


def _plain_trace(trace: dict[str, Any], once: _Once | None) -> dict[str, Any]:
    """A trace as Plotly reads it; what the player draws itself names its arrays in ``once``."""
    if once is None or not _is_drawn_by_the_player(trace):
        plain: dict[str, Any] = _plain(trace)
        frames = (trace.get("meta") or {}).get("frames")
        if once and frames:
            plain["meta"]["frames"]["fields"] = {
                name: [{"once": once.number(one)} for one in states] for name, states in frames["fields"].items()
            }
        return plain
    return {
        key: {"once": once.number(one)} if isinstance(one, np.ndarray) else _plain(one) for key, one in trace.items()
    }


def _is_drawn_by_the_player(trace: dict[str, Any]) -> bool:
    """Whether it follows the cursor, or its points can be edited."""
    meta = trace.get("meta") or {}
    return "cursor" in meta or "points" in meta


def _plain(value: Any) -> Any:
    """``value`` with its arrays as Plotly reads them; a fifth of the time that ``figure.to_dict()`` takes."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _encoded_array(value) if isinstance(value, np.ndarray) else value


def _without_large_arrays(figure: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """``figure`` with the large arrays of its still traces put into ``shared``, by their hash."""
    for trace in figure["data"]:
        if _is_drawn_by_the_player(trace):
            continue
        for name, value in trace.items():
            if isinstance(value, dict) and len(value.get("bdata", "")) > SHARED_FROM:
                key = hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
                shared[key] = value
                trace[name] = {"shared": key}
    return figure


def _encoded_array(values: ArrayLike) -> dict[str, str]:
    """Base64 of float32 and of small whole numbers where the values are, else of float64."""
    array = np.asarray(values)
    kept = array.dtype == np.float32 or array.dtype in (np.uint8, np.uint16)
    array = array.astype(array.dtype.newbyteorder("<") if kept else "<f8", order="C")
    spec = {"dtype": array.dtype.str[1:], "bdata": base64.b64encode(array.tobytes()).decode()}
    return spec if array.ndim == 1 else spec | {"shape": ", ".join(map(str, array.shape))}


def _event(entry: dict[str, Any]) -> Event | None:
    match entry:
        case {
            "kind": "pick" | "add" | "move" as kind,
            "panel": str(panel),
            "x": int() | float() as x,
            "y": int() | float() as y,
        }:
            point = as_float(x), as_float(y)
            row, step = entry.get("row") if kind == "move" else 0, entry.get("step")
            if not all(map(math.isfinite, point)) or bool in (type(x), type(y)) or not _is_whole(row):
                return None
            moving = kind != "add" and entry.get("moving") is True
            return Event(kind, panel, *point, moving, step if _is_whole(step) else 0, row)
        case {"kind": "nudge", "panel": str(panel), "x": -1 | 0 | 1 as x, "y": -1 | 0 | 1 as y}:
            return Event("nudge", panel, float(x), float(y))
        case {"kind": "choose" | "delete" as kind, "panel": str(panel), "row": int(row)} if _is_whole(row):
            return Event(kind, panel, row=row)
        case {"kind": "more", "steps": int(steps)} if steps is not True:
            return Event("more", steps=steps)
    return None


def _is_whole(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= 0
