"""Parts as messages: plain values that JSON can hold, and arrays as bytes.

Large arrays that don't follow the cursor travel apart, in a message of their own that Streamlit sends
again only when they change; figures name them by their hash.
"""

import base64
import hashlib
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from playground.player import message
from playground.player.mathml import typeset
from playground.player.parts import (
    Board,
    Cases,
    Column,
    Ending,
    Formula,
    Panel,
    Part,
    Readout,
    Swatch,
    Words,
    find_seen,
    made,
)

AT_END = "at the end"
"""The column that is 1 at the last step, and 0 before."""

SHARED_FROM = 4_000
"""Characters of an encoded array from which on it travels apart."""


class Once:
    """Arrays of one message: one that stands in several traces travels once, and its places name it by its number."""

    def __init__(self) -> None:
        self.arrays: list[message.PackedArray] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def number(self, array: np.ndarray[Any, Any]) -> int:
        """The array's place in ``arrays``."""
        key = array.dtype, array.shape, array.tobytes()  # by content: figures copy what they are given
        if key not in self._numbers:
            self._numbers[key] = len(self.arrays)
            self.arrays.append(encode_array(array))
        return self._numbers[key]


def encode_contents(
    panels: Sequence[Panel | Board],
    columns: Mapping[str, ArrayLike],
    readouts: Sequence[Readout],
    *,
    chosen: Collection[str] = (),
    leap: str = "",
    hides_ahead: bool = False,
) -> tuple[message.Contents, message.Shared]:
    """What is shown over the steps, and what of it travels apart."""
    shared: dict[str, message.PackedArray] = {}
    once = Once()
    seen = find_seen(panels, chosen)
    shown = [
        _without_endings(one.drawn(), hides_ahead) if is_seen else one
        for one, is_seen in zip(panels, seen, strict=True)
    ]
    looked_at = [one for one, is_seen in zip(shown, seen, strict=True) if is_seen]
    named = dict.fromkeys(["loss", *([leap] if leap else []), *find_columns(looked_at, readouts)])
    contents: message.Contents = {
        "panels": [
            encode_panel(panel, shared, once, hides_ahead) if is_seen else _encode_place(panel, hides_ahead)
            for panel, is_seen in zip(shown, seen, strict=True)
        ],
        "arrays": once.arrays,
        "columns": {
            name: encode_array(_mark_end(columns["loss"]) if name == AT_END else columns[name]) for name in named
        },
        "readouts": [encode_line(line) for line in _with_lines_of(looked_at, readouts)],
    }
    return contents, {"shared": shared}


def find_columns(panels: Sequence[Panel | Board], readouts: Sequence[Readout]) -> Iterator[str]:
    """The names of the columns that are read by the lines beside the controls, and by the panels, which are made."""
    yield from _named([*_with_lines_of(panels, readouts), *(line for one in panels for line in _lines(one))])


def encode_panel(
    panel: Panel | Board, shared: dict[str, message.PackedArray], once: Once, hides_ahead: bool = False
) -> message.AnyPanel:
    """A picture or a table; its large still arrays go into ``shared``, those that follow the cursor into ``once``."""
    place = _encode_place(panel, hides_ahead)
    if isinstance(panel, Board):
        return {
            **place,
            "heads": [encode_line(head) for head in made(panel.heads)],
            "rows": [[encode_line(cell) for cell in row] for row in made(panel.rows)],
            "chosen": panel.chosen,
            "current": panel.current,
            "code": panel.code,
        }
    return {
        **place,
        "pickable": panel.pickable,
        "draggable": panel.draggable,
        "editable": panel.editable,
        "choosable": panel.choosable,
        "zoomable": panel.zoomable,
        "seekable": panel.seekable,
        "scale": made(panel.scale),
        "figure": set_apart(encode_figure(panel.figure, once, hides_ahead), shared),
    }


def _encode_place(panel: Panel | Board, hides_ahead: bool) -> message.UnseenPanel:
    return {
        "name": panel.name,
        "title": panel.title,
        "description": panel.description if hides_ahead else f"{panel.description} {panel.ending}".rstrip(),
        "cell": panel.cell or panel.name,
        "tab": panel.tab or panel.title,
        "hint": panel.hint,
        "tall": panel.tall,
    }


def _without_endings(panel: Panel | Board, hides_ahead: bool) -> Panel | Board:
    """Let the lines on how a run ends stand at the last step alone, if they are hidden before; else wherever they are.

    Endings stand in tables alone.
    """
    if isinstance(panel, Panel):
        return panel

    def told(line: Readout) -> Readout:
        if not hides_ahead:
            return [one for part in line for one in (part.line if isinstance(part, Ending) else [part])]
        return [Cases(AT_END, ((), part.line)) if isinstance(part, Ending) else part for part in line]

    heads, rows = made(panel.heads), made(panel.rows)
    return replace(panel, heads=[told(one) for one in heads], rows=[[told(one) for one in row] for row in rows])


def _with_lines_of(panels: Sequence[Panel | Board], readouts: Sequence[Readout]) -> Sequence[Readout]:
    """The lines beside the controls, with those of pictures below: two pictures may have the same."""
    own = [line for one in panels if isinstance(one, Panel) for line in one.readouts]
    return [*readouts, *(line for i, line in enumerate(own) if line not in own[:i])]


def _mark_end(losses: ArrayLike) -> np.ndarray[Any, Any]:
    end = np.zeros(len(np.asarray(losses)), np.uint8)
    end[-1] = 1
    return end


def _lines(panel: Panel | Board) -> Iterator[Readout]:
    """All lines of a table that read columns."""
    if isinstance(panel, Board):
        yield from made(panel.heads)
        for row in made(panel.rows):
            yield from row
        if panel.current:
            yield [Column(panel.current)]


def _named(lines: Iterable[Readout]) -> Iterator[str]:
    """The names of the columns that lines read."""
    for line in lines:
        for part in line:
            yield from _columns(part)


def _columns(part: Part) -> Iterator[str]:
    """The names of the columns that a part of a line reads."""
    match part:
        case Column():
            yield part.name
        case Words():
            yield part.column
        case Formula():
            yield from (one.name for one in part.columns)
        case Cases():
            yield part.column
            yield from _named(part.lines)


def encode_line(line: Readout) -> message.Line:
    """A readout."""
    return [_encode_part(part) for part in line]


def _encode_part(part: Part) -> message.Part:
    match part:
        case Column():
            return _encode_column(part)
        case Cases(column, lines):
            return {"column": column, "lines": [encode_line(one) for one in lines]}
        case Words(column, words, True):
            return {"column": column, "words": [typeset(one) for one in words], "typeset": True}
        case Words(column, words):
            return {"column": column, "words": list(words)}
        case Formula():
            return {"mathml": typeset(part.latex), "columns": [_encode_column(column) for column in part.columns]}
        case Swatch():
            return {"colour": part.colour, "symbol": part.symbol}
        case str():
            return part
    raise TypeError(f"{part} stands outside a table")


def _encode_column(column: Column) -> message.ColumnPart:
    encoded: message.ColumnPart = {"column": column.name, "ahead": column.ahead}
    if column.whole:
        encoded["whole"] = True
    if column.none:
        encoded["none"] = column.none
    return encoded


def encode_figure(
    figure: go.Figure | dict[str, Any], once: Once | None = None, hides_ahead: bool = False
) -> message.Figure:
    """The figure as plain data; the template's defaults are the player's."""
    if isinstance(figure, go.Figure):  # not to_plotly_json: it copies every array
        figure = {"data": [one._props for one in figure.data], "layout": figure.layout._props}
    layout, traces = _plain(figure["layout"]), figure["data"]
    layout.pop("template", None)
    shown = [one for one in traces if not (hides_ahead and (one.get("meta") or {}).get("ahead"))]
    return {"data": [_plain_trace(one, once) for one in shown], "layout": layout}


def _plain_trace(trace: dict[str, Any], once: Once | None) -> dict[str, Any]:
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
        key: {"once": once.number(one)} if isinstance(one, np.ndarray) and _is_numeric(one) else _plain(one)
        for key, one in trace.items()
    }


def _is_drawn_by_the_player(trace: dict[str, Any]) -> bool:
    """Whether it follows the cursor, or its points can be edited."""
    meta = trace.get("meta") or {}
    return "cursor" in meta or "points" in meta


def _plain(value: Any) -> Any:
    """``value`` as JSON can hold it, its arrays as Plotly reads them; a fifth of the time of ``figure.to_dict()``.

    What isn't finite is null, which Plotly takes for a value that isn't given; within an array it stays what it is.
    """
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case np.ndarray():
            return encode_array(value) if _is_numeric(value) else _plain(value.tolist())
        case np.generic():
            return _plain(value.item())
        case float():
            return value if math.isfinite(value) else None
    return value


def _is_numeric(array: np.ndarray[Any, Any]) -> bool:
    return array.dtype.kind in "fiub"


def set_apart(figure: message.Figure, shared: dict[str, message.PackedArray]) -> message.Figure:
    """``figure`` with the large arrays of its still traces put into ``shared``, by their hash."""
    for trace in figure["data"]:
        if _is_drawn_by_the_player(trace):
            continue
        for name, value in trace.items():
            if isinstance(value, dict) and len(value.get("bdata", "")) > SHARED_FROM:
                key = hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
                shared[key] = value  # type: ignore[assignment]  # a trace's values are of any kind
                trace[name] = {"shared": key}
    return figure


def encode_array(values: ArrayLike) -> message.PackedArray:
    """Base64 of float32 and of small whole numbers where the values are, else of float64."""
    array = np.asarray(values)
    kept = array.dtype in (np.float32, np.int8, np.uint8, np.uint16)
    array = array.astype(array.dtype.newbyteorder("<") if kept else "<f8", order="C")
    packed: message.PackedArray = {
        "dtype": array.dtype.str[1:],
        "bdata": base64.b64encode(array.tobytes()).decode(),
    }
    if array.ndim != 1:
        packed["shape"] = ", ".join(map(str, array.shape))
    return packed


def encode_notes(notes: Sequence[str]) -> list[tuple[int, str]]:
    """Of the sentences of all steps those that differ from the one before, with their steps."""
    return [(step, note) for step, note in enumerate(notes) if not step or note != notes[step - 1]]
