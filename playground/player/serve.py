"""The routes on which ``st.App`` serves the player's files."""

import gzip

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.player.assets import Asset, player_assets, plotly_asset


def player_routes() -> list[Route]:
    """For ``st.App(..., routes=...)``: each file as bytes that are compressed once, and that a browser may keep."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}/" if base else "/"
    return [_route(prefix, asset) for asset in (*player_assets(), plotly_asset())]


def _route(prefix: str, asset: Asset) -> Route:
    compressed = gzip.compress(asset.body, mtime=0)
    kept = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}

    async def respond(request: Request) -> Response:
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(compressed, headers=kept | {"content-encoding": "gzip"}, media_type=asset.media_type)
        return Response(asset.body, headers=kept, media_type=asset.media_type)

    return Route(prefix + asset.address, respond)
