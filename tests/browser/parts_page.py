"""A run of 100 steps that comes in parts: the player is given as many as the field says, and told how many follow."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from playground.player import Panel, player

STEPS = 100

known = st.sidebar.number_input("Known", 1, STEPS, STEPS)
scale = st.sidebar.number_input("Scale", 1, 9, 1)
losses = scale * np.arange(STEPS, -1.0, -1.0)[: known + 1]
trace = {
    "type": "scatter",
    "mode": "lines",
    "line": {"color": "#0072B2"},
    "y": losses,
    "x": np.arange(known + 1.0),
    "meta": {"cursor": "path"},
}
player(
    [Panel("lines", "Loss", go.Figure([trace]), "The loss")],
    columns={"loss": losses},
    readouts=[],
    status="",
    planned=STEPS if known < STEPS else 0,
    can_go_on=False,
    key="player",
    on_events=list,
)
