"""What ``st.App`` takes to serve the player: its files, what the page's HTML also brings, a window at the start."""

import gzip
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


def page_middleware() -> list[Middleware]:
    """For ``st.App(..., middleware=...)``: the page's own HTML also brings the file that watches the connection."""
    return [Middleware(_WithScript)]


class _WithScript:
    """Adds a script to HTML: whoever gets no connection gets nothing else of ours."""

    def __init__(self, app: ASGIApp) -> None:
        (address,) = (one.address for one in player_assets() if one.address.endswith("/connection.js"))
        self._app = app
        self._script = f'<script type="module" src="./{address}"></script></head>'.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or "text/html" not in Headers(scope=scope).get("accept", "")
        ):
            await self._app(scope, receive, send)
            return
        # Compressed it can't be added to.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, _Adding(send, self._script).send)


class _Adding:
    """Sends an answer on, HTML with a script at the end of its head."""

    def __init__(self, send: Send, script: bytes) -> None:
        self._send, self._script = send, script
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Send a part of the answer on, or keep it until the last has come."""
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
            return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body", False):
            return
        body = self._body.replace(b"</head>", self._script, 1)
        headers = MutableHeaders(raw=self._start["headers"])
        headers["content-length"] = str(len(body))
        for name in ("etag", "last-modified"):  # of the file without it
            del headers[name]
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


def _is_html(start: Message) -> bool:
    return start["status"] == 200 and Headers(raw=start["headers"]).get("content-type", "").startswith("text/html")


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
