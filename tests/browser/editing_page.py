"""The least that a page can do with points that are edited on a plot: keep them, and show what came.

``?slow=0.5`` makes each run take so many seconds; ``?refuse=1`` keeps the points as they are; ``?mixed=1`` gives
each its own size and symbol.
"""

import json
import time

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from playground.player import Event, Panel, player

points = st.session_state.setdefault("points", [(1.0, 1.0), (2.0, 3.0), (4.0, 2.0)])
moves = st.session_state.setdefault("moves", [])


def apply(events: list[Event]) -> None:
    for event in events:
        if event.kind == "move":
            moves.append(event.moving)
        if "refuse" in st.query_params:
            continue
        if event.kind == "add":
            points.append((event.x, event.y))
        elif event.kind == "move":
            points[event.row] = event.x, event.y
        elif event.kind == "delete":
            del points[event.row]


st.sidebar.text_input("Name", key="name")
st.sidebar.text(json.dumps({"points": points, "moves": moves}))
time.sleep(float(st.query_params.get("slow", 0)))
x, y = zip(*points, strict=True) if points else ((), ())
marker = {"color": "#009E73", "size": 11, "line": {"color": "white", "width": 1.5}}
if "mixed" in st.query_params:
    marker["size"] = np.array([11.0, 22.0, 5.5, 11.0][: len(points)])
    marker["symbol"] = ["circle", "circle-open", "x-thin-open", "circle"][: len(points)]
    marker["line"] = {"color": "#009E73", "width": 1.5}
trace = {"type": "scatter", "x": x, "y": y, "mode": "markers", "marker": marker, "meta": {"points": True}}
axes = {"xaxis": {"range": [0, 5]}, "yaxis": {"range": [0, 5]}}
player(
    [Panel("data", "Data", go.Figure([trace], axes), "Points", editable=True)],
    columns={"loss": [3.0, 2.0, 1.0]},
    readouts=[],
    status="",
    can_go_on=False,
    key="player",
    on_events=apply,
)
