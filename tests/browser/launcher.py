"""Serve a page of the tests, named by its path in the environment variable ``PAGE``, with the player's files."""

import os
from pathlib import Path

# As in app.py: a tab that hits a cold server twice at once fails on one that is half imported.
import pandas  # noqa: F401
import streamlit as st

from playground.player.serve import page_middleware, player_routes

app = st.App(Path(os.environ["PAGE"]).resolve(), routes=player_routes(), middleware=page_middleware())
