"""A classifier and its network out of plain numbers, to look at how they follow the cursor and are chosen.

``?chosen=3`` is the chosen row; ``?values=1`` writes numbers on the units; ``?strips=1`` has three classes; a
click on the output adds a point.
"""

import json

import numpy as np
import streamlit as st

from playground.figures import boundary_figure, cell_middles, gather_boundary, gather_network, network_figure
from playground.player import Event, Panel, player

SIZES = (2, 3, 1)
st.set_page_config(layout="wide")
steps = 60
since = [*range(0, steps + 1, 3)]
points = st.session_state.setdefault("points", [(-1.5, 0.0), (0.0, 0.0), (1.5, 0.0)])
events = st.session_state.setdefault("events", [])


def apply(new: list[Event]) -> None:
    for event in new:
        events.append([event.kind, event.row])
        if event.kind == "add":
            points.append((event.x, event.y))


def turn_line() -> np.ndarray:
    """The probability (K, 50, 50) of the second class: right of a line that moves from x = -1 to x = 1."""
    x = cell_middles((-2.0, 2.0), 50)
    places = np.linspace(-1, 1, steps + 1)[since]
    probability = 1 / (1 + np.exp(-4 * (x - places[:, None])))
    return np.broadcast_to(probability[:, None], (len(since), 50, 50))


def make_strips() -> np.ndarray:
    """The probabilities (K, 50, 50, 3) of classes left of x = -0.5, between, and right of x = 0.5."""
    x = cell_middles((-2.0, 2.0), 50)
    odds = np.exp(np.stack([-4 * (x + 0.5), np.zeros(50), 4 * (x - 0.5)], -1))
    return np.broadcast_to(odds / odds.sum(-1, keepdims=True), (len(since), 50, 50, 3))


def boundary_panel() -> Panel:
    classes = np.array([0, 1, 1, *[0] * (len(points) - 3)])
    held_out = np.arange(len(points)) == 2
    output = make_strips() if "strips" in st.query_params else turn_line()
    numbers = gather_boundary(
        output, since, (-2.0, 2.0), (-2.0, 2.0), np.array(points), classes, held_out=held_out, added=0
    )
    return Panel("output", "Output", boundary_figure(numbers), "The output", editable=numbers.editable)


def network_panel() -> Panel:
    # The first weight goes from -1 to 1, the others stay.
    edges = np.tile(np.linspace(-1, 1, 9), (steps + 1, 1))
    edges[:, 0] = np.linspace(-1, 1, steps + 1)
    biases = np.tile([-0.5, 0.5, 1.0, -1.0], (steps + 1, 1))
    x = cell_middles((-2.0, 2.0), 16)
    plane = np.stack(np.meshgrid(x, x))
    slopes = np.linspace(-1, 1, steps + 1)[since]
    above = np.tanh(slopes[:, None, None, None] * plane[0] * np.array([1.0, 2.0, 3.0, 4.0])[:, None, None])
    output = np.concatenate([np.broadcast_to(plane, (len(since), 2, 16, 16)), above], 1)
    chosen = int(st.query_params["chosen"]) if "chosen" in st.query_params else None
    values = np.full((steps + 1, 6), -0.5) if "values" in st.query_params else None
    numbers = gather_network(SIZES, ["x", "y"], edges, biases, output, since, chosen=chosen, values=values)
    return Panel("network", "Network", network_figure(numbers), "The network", choosable=True)


st.sidebar.text(json.dumps(events))
player(
    [boundary_panel(), network_panel()],
    columns={"loss": np.linspace(1, 0, steps + 1)},
    readouts=[],
    status="",
    can_go_on=False,
    key="player",
    on_events=apply,
)
