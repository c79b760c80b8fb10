import asyncio
import webbrowser

import pytest
import streamlit as st

from playground.player import assets, serve


@pytest.mark.parametrize(
    ("options", "opened"),
    [
        ({"server.headless": True}, []),
        ({"server.headless": False}, ["http://localhost:8501/"]),
        (
            {"server.headless": False, "server.baseUrlPath": "/class/", "server.sslCertFile": "x"},
            ["https://localhost:8501/class/"],
        ),
    ],
)
def test_a_window_opens_where_there_is_someone_to_see_it(monkeypatch, options, opened):
    found: list[str] = []
    timers = []

    class Timer:
        def __init__(self, seconds, call, arguments):
            assert seconds > 0
            timers.append((call, arguments))

        def start(self):
            call, arguments = timers[-1]
            call(*arguments)

    async def live():
        async with serve.open_window(None):
            return list(found)

    monkeypatch.setattr(st, "get_option", ({"server.port": 8501} | options).get)
    monkeypatch.setattr(webbrowser, "open", found.append)
    monkeypatch.setattr(serve.threading, "Timer", Timer)
    assert asyncio.run(live()) == opened


def test_the_routes_are_below_the_base_path(monkeypatch):
    addresses = {one.address for one in (*assets.player_assets(), assets.plotly_asset())}
    for base, prefix in [("", "/"), ("/class/room/", "/class/room/"), ("class", "/class/")]:
        monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.get)
        assert {route.path for route in serve.player_routes()} == {prefix + address for address in addresses}
