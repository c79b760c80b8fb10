"""A running app and a browser to look at it with."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright

from tests.browser.driver import Player

ROOT = Path(__file__).parents[2]
VIEWPORT = {"width": 1280, "height": 720}
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@pytest.hookimpl(tryfirst=True)  # before tests are left out by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


def free_port() -> int:
    """One that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def serve(script: str, *, page: str = "", base: str = "", root: Path = ROOT, port: int | None = None) -> Iterator[str]:
    """Run ``script`` by Streamlit, and give its address.

    Args:
        script: below ``root``.
        page: what the launcher beside this file shows, see there.
        base: the path below which all is served, such as ``"/class"``.
        root: the folder whose code runs.
        port: a free one, if none is given.
    """
    port = port or free_port()
    options = ["--server.headless", "true", "--server.port", str(port), "--server.address", "127.0.0.1"]
    options += ["--server.baseUrlPath", base]
    command = [sys.executable, "-m", "streamlit", "run", script, *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=root, env=os.environ | {"PAGE": page}, **quiet) as server:
        address = f"http://127.0.0.1:{port}{base}"
        try:
            _wait_until_it_answers(f"{address}/_stcore/health", server)
            yield address
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with serve("app.py") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launched(playwright)
        if browser is None:
            reason = "no browser: install Chromium, or name one in the environment variable BROWSER_PATH"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Iterator[Page]:
    """The worker's one tab: to open one for each test takes twice as long."""
    context = browser.new_context(viewport=VIEWPORT)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def looked_at() -> dict[str, Player]:
    """The page that the tab still shows as it was opened, by its query."""
    return {}


@pytest.fixture
def page(tab: Page, looked_at: dict[str, Player]) -> Page:
    """The tab as if it were new: of what was there before the browser keeps nothing but files."""
    looked_at.clear()
    tab.mouse.up()
    if tab.url.startswith("http"):
        tab.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    tab.context.clear_cookies()
    tab.goto("about:blank")
    tab.mouse.move(0, 0)
    tab.set_viewport_size(VIEWPORT)
    tab.emulate_media(color_scheme="light")
    return tab


@pytest.fixture
def player(page: Page, address: str) -> Player:
    return Player(page, address).open()


@pytest.fixture
def look(request: pytest.FixtureRequest, looked_at: dict[str, Player]) -> Callable[[str], Player]:
    """Open a page to look at it and to move its cursor: where the tab shows it already it is only rewound."""

    def open_or_rewind(query: str = "") -> Player:
        if query in looked_at and looked_at[query].rewind():
            return looked_at[query]
        player = Player(request.getfixturevalue("page"), request.getfixturevalue("address")).open(query)
        looked_at[query] = player
        return player

    return open_or_rewind


@pytest.fixture(scope="module", autouse=True)
def leave(tab: Page, looked_at: dict[str, Player]) -> Iterator[None]:
    """After the last test of a file nothing is drawn any more."""
    yield
    looked_at.clear()
    tab.goto("about:blank")


def launched(playwright: Playwright) -> Browser | None:
    """The browser named by the environment, else Playwright's own, else one on the path."""
    on_path = map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "microsoft-edge", "msedge"])
    for path in [os.environ.get("BROWSER_PATH"), playwright.chromium.executable_path, *on_path]:
        if path and Path(path).exists():
            try:
                return playwright.chromium.launch(executable_path=path, args=FLAGS)
            except Error:
                continue
    return None


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert server.poll() is None, "the app's server ended"
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the app's server doesn't answer")
