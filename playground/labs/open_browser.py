"""A browser window at the start of a server on one's own machine."""

import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

_SECONDS = 0.5  # until the server listens


@asynccontextmanager
async def open_browser(_: object) -> AsyncIterator[None]:
    """A lifespan for ``st.App``: ``streamlit run`` opens a window for a plain script, but not for an app."""
    if not st.get_option("server.headless"):
        secure = "s" if st.get_option("server.sslCertFile") else ""
        base = (st.get_option("server.baseUrlPath") or "").strip("/")
        address = f"http{secure}://localhost:{st.get_option('server.port')}/{base}"
        threading.Timer(_SECONDS, webbrowser.open, [address]).start()
    yield
