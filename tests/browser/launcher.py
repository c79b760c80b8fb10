"""Serve a page of the tests, named by its path in the environment variable ``PAGE``, with the player's files."""

import os
from pathlib import Path

import streamlit as st

from playground.player.serve import page_middleware, player_routes

app = st.App(Path(os.environ["PAGE"]).resolve(), routes=player_routes(), middleware=page_middleware())
