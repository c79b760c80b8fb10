"""The one place where traces and figures are made.

Traces are dictionaries, not Plotly's classes: the figure checks them just the same, once instead of twice. One that has
a name is in the legend. One whose y has a row for each step shows the row at the cursor; how others follow it is said
in their ``meta``, see ``playground.figures.cursor``.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import plotly.graph_objects as go

from playground.figures.arrays import Array
from playground.figures.cursor import ALL, HALO, OPEN, PATH, POINT, WHOLE, path, rows, runner
from playground.figures.loss_colours import COLOUR_MAP, LOW_IS_BRIGHT, LossColours
from playground.figures.palette import CONTOUR_LINE, DARK_RIM, MINIMUM, OTHER_START, PARTS, RIM, RUNNERS, SYMBOLS
from playground.figures.words import says

Trace: TypeAlias = dict[str, Any]
Layout: TypeAlias = dict[str, Any]

Figure: TypeAlias = go.Figure | dict[str, Any]
"""A figure, or its traces and its layout as Plotly's own JavaScript reads them."""

VALIDATE = False
"""Whether Plotly checks what it is given, which takes most of a figure's time: the tests want it, nobody else."""

CONTOURS = 18
"""How many lines there are at most: each costs Plotly a part of the time in which the picture follows a drag."""


def make_figure(traces: Sequence[Trace], layout: Layout) -> Figure:
    """The figure of ``traces``, without a template of its own."""
    data = [_explained(one) for one in traces]
    layout = {name: _usable(one) if isinstance(one, dict) else one for name, one in layout.items()}
    return go.Figure(data, layout | {"template": {}}) if VALIDATE else {"data": data, "layout": layout}


def _explained(trace: Trace) -> Trace:
    """A trace with what it is, in one sentence, if its name doesn't say it all."""
    said = says(trace.get("name", ""))
    if not said or "says" in (trace.get("meta") or {}):
        return trace
    return trace | {"meta": (trace.get("meta") or {}) | {"says": said}}


def _usable(axis: Layout) -> Layout:
    """An axis, or a scene with its axes, without a range that is infinite: no browser reads one."""
    axis = {name: _usable(one) if isinstance(one, dict) else one for name, one in axis.items()}
    if not np.isfinite(np.asarray(axis.get("range") or [], dtype=float)).all():
        del axis["range"]
    return axis


# ---- Lines, markers, arrows.


def make_line(
    x: Array,
    y: Array,
    colour: str,
    meta: dict[str, Any] | None = None,
    *,
    name: str = "",
    width: float = 3,
    is_dotted: bool = False,
    is_hidden: bool = False,
    hover: str = "",
) -> Trace:
    """A line.

    Args:
        x, y: its points, (points,), or in rows (steps + 1, points); x may be the same for all steps.
        is_hidden: whether it waits in the legend until it is asked for.
        hover: what stands beside the pointer, see ``make_hover``.
    """
    dash = {"dash": "dot"} if is_dotted else {}
    return _scatter(x, y, "lines", name, meta, hover, is_hidden) | {"line": {"color": colour, "width": width, **dash}}


def make_markers(
    x: Array,
    y: Array,
    colour: str | list[str],
    meta: dict[str, Any] | None = None,
    *,
    name: str = "",
    size: float | Array = 12,
    symbol: str | list[str] = "circle",
    rim: tuple[str, float] = (RIM, 2),
    hover: str = "",
) -> Trace:
    """Markers at points that are given as those of ``make_line``; ``rim`` is the colour and the width of their edge."""
    line = {"color": rim[0], "width": rim[1]}
    marker = {"color": colour, "size": size, "symbol": symbol, "line": line}
    return _scatter(x, y, "markers", name, meta, hover) | {"marker": marker}


def make_arrows(
    ends: Array, colour: str, *, name: str = "", width: float = 4, size: float = 14, is_hidden: bool = False
) -> Trace:
    """Arrows through points ``ends`` (points, 2), or (steps + 1, points, 2); a head stands at the end and before gaps.

    A hidden one waits in the legend until it is asked for.
    """
    x, y = ends[..., 0], ends[..., 1]
    meta = HALO | OPEN | ({} if ends.ndim == 3 else ALL)
    return _scatter(x, y, "lines+markers", name, meta, "", is_hidden) | {
        "line": {"color": colour, "width": width},
        "marker": {"symbol": "arrow", "size": size, "color": colour, "angleref": "previous"},
    }


def make_stars(minima: Array) -> Trace:
    """Stars at the minima (M, 2)."""
    x, y = minima.T
    hover = "minimum (%{x:.6g}, %{y:.6g})<extra></extra>"
    rim = (DARK_RIM, 1.5)
    return make_markers(x, y, MINIMUM, name="minimum", symbol="star", size=14, rim=rim, hover=hover)


def make_other_starts(starts: Array) -> Trace:
    """Triangles at starts (K, 2) that were tried beside those of the runs."""
    x, y = starts.T
    hover = "another start (%{x:.6g}, %{y:.6g})<extra></extra>"
    return make_markers(
        x, y, OTHER_START, name="other starts", symbol="triangle-up", size=11, rim=(DARK_RIM, 1.5), hover=hover
    )


def make_hover(*parts: tuple[str, str]) -> str:
    """A template for ``hover``: names, each with Plotly's field and format, such as ``("loss", "z:.5g")``."""
    return "<br>".join(f"{name} = %{{{field}}}" for name, field in parts) + "<extra></extra>"


def _scatter(
    x: Array, y: Array, mode: str, name: str, meta: dict[str, Any] | None, hover: str, is_hidden: bool = False
) -> Trace:
    if y.ndim == 2:
        meta = rows(y.shape[1]) | (meta or {})
    return {
        "type": "scatter",
        "x": x.ravel(),
        "y": y.ravel(),
        "mode": mode,
        **({"name": name} if name else {"showlegend": False}),
        **({"visible": "legendonly"} if is_hidden else {}),
        **({"meta": meta} if meta else {}),
        **({"hovertemplate": hover} if hover else {"hoverinfo": "skip"}),
    }


# ---- Runs.


class RunPath(NamedTuple):
    """A run's points in a picture.

    Attributes:
        name: of its runner; colour; symbol: of its marker.
        x, y: (steps + 1,).
        slot: the runner's number, from 0; None for what is no runner.
        is_selected: whether it lies on top of the others.
    """

    name: str
    colour: str
    symbol: str
    x: Array
    y: Array
    slot: int | None = None
    is_selected: bool = False


def run_paths(
    xs: Sequence[Array],
    ys: Sequence[Array],
    names: Sequence[str],
    slots: Sequence[int] | None = None,
    selected: int | None = None,
) -> list[RunPath]:
    """The runners' paths, each in its colour and with its marker: those of its slot, or of its place without slots.

    ``selected`` is the place of the one that lies on top.
    """
    parts = zip(names, slots or range(len(names)), xs, ys, strict=True)
    return [
        RunPath(name, RUNNERS[slot], SYMBOLS[slot], x, y, slot, place == selected)
        for place, (name, slot, x, y) in enumerate(parts)
    ]


def part_paths(x: Array, ys: Sequence[Array], names: Sequence[str]) -> list[RunPath]:
    """Paths of the parts of one run, such as its parameters, over the same x (steps + 1,)."""
    return [RunPath(name, PARTS[i], SYMBOLS[i], x, y) for i, (name, y) in enumerate(zip(names, ys, strict=True))]


def on_top(paths: Sequence[RunPath]) -> list[RunPath]:
    """The paths as they are drawn: the selected one last."""
    return sorted(paths, key=lambda path: path.is_selected)


def make_path(run: RunPath, *, halo: bool = True) -> list[Trace]:
    """The whole path faintly, and the path up to the cursor."""
    return [
        make_line(run.x, run.y, run.colour, WHOLE | _of(run, "what comes next"), width=1.5, is_dotted=True),
        make_line(run.x, run.y, run.colour, PATH | (HALO if halo else {}) | _of(run, "the path so far")),
    ]


def make_dotted_path(run: RunPath) -> list[Trace]:
    """The same with a dot at each point up to the cursor, and the marker at it."""
    whole, so_far = make_path(run)
    dots = {"mode": "lines+markers", "name": run.name, "showlegend": True, "marker": {"color": run.colour, "size": 5}}
    return [whole, so_far | dots, make_run_marker(run)]


def make_staircase(run: RunPath) -> Trace:
    """The path up to the cursor, along at the old height and then down: two corners a step."""
    across, up = np.repeat(run.x, 2)[1:], np.repeat(run.y, 2)[:-1]
    return make_line(across, up, run.colour, path(2) | HALO, width=2.5)


def make_run_marker(run: RunPath, *, is_named: bool = False) -> Trace:
    """The runner's marker at the cursor; with ``is_named`` it is in Plotly's legend, and otherwise in the player's."""
    meta = POINT | _of(run, "where it is now") | ({} if is_named else entry_of(run))
    return make_markers(run.x, run.y, run.colour, meta, name=run.name if is_named else "", symbol=run.symbol)


def _of(run: RunPath, what: str) -> dict[str, str]:
    """For a trace's meta: what of a run it is."""
    return {"says": f"{run.name}: {what}."} if run.name else {}


def entry_of(run: RunPath) -> dict[str, Any]:
    """For the meta of a trace that stands for a run in the player's legend."""
    return {} if run.slot is None else runner(run.name, run.slot, run.symbol)


# ---- Surfaces, from above and in space.


def make_contours(
    names: tuple[str, str], x: Array, y: Array, z: Array, colours: LossColours, value: str = "loss"
) -> Trace:
    """Filled contours of z (rows, columns), what ``value`` says, over x (columns,) and y (rows,)."""
    return {
        "type": "contour",
        "x": x,
        "y": y,
        "z": colours.values,
        "customdata": z,
        "colorscale": COLOUR_MAP,
        "reversescale": LOW_IS_BRIGHT,
        "ncontours": CONTOURS,
        **({} if colours.low is None else {"zmin": colours.low, "zmax": float(np.nanmax(colours.values))}),
        "line": {"width": 0.6, "color": CONTOUR_LINE},
        "colorbar": {
            "title": {"text": colours.title.replace("loss", value)},
            "tickvals": colours.ticks,
            "ticktext": colours.labels,
            "thickness": 12,
        },
        "hovertemplate": make_hover((names[0], "x:.4g"), (names[1], "y:.4g"), (value, "customdata:.5g")),
    }


def make_surface(x: Array, y: Array, z: Array, hover: str) -> Trace:
    """A surface in space, z (rows, columns) over x (columns,) and y (rows,)."""
    return {
        "type": "surface",
        # Plotly can't draw what is nowhere finite, nor anything after it.
        "visible": bool(np.isfinite(z).any()),
        "x": x,
        "y": y,
        "z": z,
        "colorscale": COLOUR_MAP,
        "reversescale": LOW_IS_BRIGHT,
        "showscale": False,
        "lighting": {"ambient": 0.8, "diffuse": 0.4, "specular": 0.05},
        "hovertemplate": hover,
    }


def lift_line(line: Trace, z: Array) -> Trace:
    """A line or markers in the plane as one in space, at the heights z."""
    return line | {"type": "scatter3d", "z": z.ravel()}
