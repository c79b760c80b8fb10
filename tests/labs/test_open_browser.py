import asyncio
import webbrowser

import pytest
import streamlit as st

from playground.labs import open_browser


@pytest.mark.parametrize(
    ("options", "opened"),
    [
        ({"server.headless": True}, []),
        ({"server.headless": False}, ["http://localhost:8501/"]),
        (
            {"server.headless": False, "server.baseUrlPath": "/class/", "server.sslCertFile": "x"},
            ["https://localhost:8501/class"],
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
        async with open_browser.open_browser(None):
            return list(found)

    monkeypatch.setattr(st, "get_option", ({"server.port": 8501} | options).get)
    monkeypatch.setattr(webbrowser, "open", found.append)
    monkeypatch.setattr(open_browser.threading, "Timer", Timer)
    assert asyncio.run(live()) == opened
