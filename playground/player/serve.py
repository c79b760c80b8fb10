"""What ``st.App`` takes to serve the player: the routes of its files; and a browser window at the start."""

import gzip
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.player.assets import Asset, player_assets, plotly_asset

_BEFORE_OPENING = 0.5  # seconds until the server listens


def player_routes() -> list[Route]:
    """For ``st.App(..., routes=...)``: each file as bytes that are compressed once, and that a browser may keep."""
    return [_route(asset) for asset in (*player_assets(), plotly_asset())]


def _route(asset: Asset) -> Route:
    compressed = gzip.compress(asset.body, mtime=0)
    kept = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}

    async def respond(request: Request) -> Response:
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(compressed, headers=kept | {"content-encoding": "gzip"}, media_type=asset.media_type)
        return Response(asset.body, headers=kept, media_type=asset.media_type)

    return Route(_base() + asset.address, respond)


@asynccontextmanager
async def open_window(_: object) -> AsyncIterator[None]:
    """For ``st.App(..., lifespan=...)``: ``streamlit run`` opens a window for a plain script, but not for an app."""
    if not st.get_option("server.headless"):
        secure = "s" if st.get_option("server.sslCertFile") else ""
        address = f"http{secure}://localhost:{st.get_option('server.port')}{_base()}"
        threading.Timer(_BEFORE_OPENING, webbrowser.open, [address]).start()
    yield


def _base() -> str:
    """The path below which the app is served, with a slash at its end."""
    path = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}/" if path else "/"
