"""What goes wrong between a browser and its server: what is shown stays, what was chosen comes back, and it is told."""

import shutil

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import ROOT, VIEWPORT, free_port, serve
from tests.browser.driver import A_MINUTE, SCRIPT_IS_DONE, Player

CONNECTED = "[data-testid=stApp][data-test-connection-state=CONNECTED]"
AWAY = "[data-testid=stApp]:not([data-test-connection-state=CONNECTED])"


class Line:
    """The way between a page and its server, which can be cut."""

    def __init__(self, page) -> None:
        self.is_cut = False
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close()
            return
        self.sockets.append(socket)
        socket.connect_to_server()

    def cut(self) -> None:
        self.is_cut = True
        for socket in self.sockets:
            socket.close()
        self.sockets.clear()

    def mend(self) -> None:
        self.is_cut = False


@pytest.fixture
def new_page(browser):
    contexts = []

    def make():
        context = browser.new_context(viewport=VIEWPORT)
        contexts.append(context)
        return context.new_page()

    yield make
    for one in contexts:
        one.close()


def visit(page, address: str, query: str = "") -> Player:
    """A page that is ready; its runs aren't counted, since what is cut is never answered."""
    player = Player(page, address)
    page.goto(f"{address}/{query}")
    page.wait_for_selector("[data-testid=player][data-step]", timeout=2 * A_MINUTE)
    page.wait_for_selector(SCRIPT_IS_DONE, timeout=A_MINUTE)
    return player


def losses(player: Player) -> list[float]:
    """Those at the start and at the end."""
    found = []
    for name in ("To start", "To end"):
        player.press(name)
        found.append(player.loss)
    return found


def test_without_a_websocket_a_sentence_says_so(new_page, address):
    page = new_page()
    line = Line(page)
    line.cut()
    page.goto(address)
    said = page.get_by_test_id("connection")
    said.wait_for(timeout=A_MINUTE)
    assert "blocks WebSockets" in said.inner_text()
    line.mend()
    page.wait_for_selector(CONNECTED, timeout=A_MINUTE)
    said.wait_for(state="detached", timeout=A_MINUTE)


def test_play_goes_on_while_the_line_is_cut_and_catches_up(new_page, address):
    page = new_page()
    line = Line(page)
    player = visit(page, address, "?steps=30")
    page.get_by_label("Speed").select_option("60")
    player.press("To end")
    line.cut()
    page.wait_for_selector(AWAY, timeout=A_MINUTE)
    player.press("Play")  # on: more steps are asked for, and nobody hears it
    page.get_by_test_id("connection").wait_for(timeout=A_MINUTE)
    assert player.root.get_attribute("data-playing") == "true"
    assert player.step == 30
    line.mend()
    player.wait("data.step > 40", A_MINUTE)
    page.get_by_test_id("connection").wait_for(state="detached", timeout=A_MINUTE)
    assert player.errors == []


def test_a_start_that_was_picked_while_the_line_was_cut_is_taken_when_it_is_back(new_page, address):
    page = new_page()
    line = Line(page)
    player = visit(page, address)
    line.cut()
    page.wait_for_selector(AWAY, timeout=A_MINUTE)
    assert page.get_by_label("Learning rate", exact=True).is_disabled()
    box = player.plot("contours").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    line.mend()
    page.wait_for_url("**start_a=**", timeout=A_MINUTE)
    page.wait_for_selector(SCRIPT_IS_DONE, timeout=A_MINUTE)
    fresh = visit(new_page(), address, "?" + page.url.partition("?")[2])
    assert losses(player) == losses(fresh)


def test_a_server_that_was_killed_comes_back_with_the_state_and_the_cursor(new_page):
    port = free_port()
    page = new_page()
    with serve("app.py", port=port) as address:
        player = visit(page, address, "descent?function=x^2+%2B+3y^2")
        box = player.plot("contours").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
        page.wait_for_url("**start_x**", timeout=A_MINUTE)
        page.wait_for_selector(SCRIPT_IS_DONE, timeout=A_MINUTE)
        expect(page.get_by_label("Start x", exact=True)).not_to_have_value("1")  # what was picked has come to the field
        player.enter("Start x", "2")
        page.wait_for_url("**start_x=2&**", timeout=A_MINUTE)
        player.press("To start")
        for _ in range(7):
            player.press("Step forward")
        before = page.url
        said = dict(part.split("=") for part in before.partition("?")[2].split("&"))
    page.wait_for_selector(AWAY, timeout=A_MINUTE)
    with serve("app.py", port=port) as address:
        page.wait_for_selector(CONNECTED, timeout=A_MINUTE)
        player.settle()  # the new server knows the fields once it has run the page
        player.enter("Steps", "120")
        page.wait_for_url("**steps=120**", timeout=A_MINUTE)
        page.wait_for_selector(SCRIPT_IS_DONE, timeout=A_MINUTE)
        player.wait("data.steps === '120'", A_MINUTE)
        assert player.step == 7
        after = dict(part.split("=") for part in page.url.partition("?")[2].split("&"))
        assert after == said | {"steps": "120"}
        assert page.get_by_label("Start x", exact=True).input_value() == "2"
        fresh = visit(new_page(), address, page.url.removeprefix(address).lstrip("/"))
        assert losses(player) == losses(fresh)
        assert player.errors == []


def test_two_tabs_hold_two_states(new_page, address):
    first_page = new_page()
    first, second = visit(first_page, address), visit(first_page.context.new_page(), address)
    for player, rate in ((first, "0.02"), (second, "0.03"), (first, "0.04")):
        player.enter("Learning rate", rate)
        player.page.wait_for_url(f"**lr%3D{rate}**", timeout=A_MINUTE)
    for player in (first, second):
        player.page.wait_for_selector(SCRIPT_IS_DONE, timeout=A_MINUTE)
        fresh = visit(new_page(), address, "?" + player.page.url.partition("?")[2])
        assert losses(player) == losses(fresh)
    assert "lr%3D0.03" in second.page.url
    assert [*first.errors, *second.errors] == []


def test_a_laptop_that_slept_plays_on_where_it_was(new_page, address):
    """Its timers and frames stop, and the connection is lost; it wakes up much later."""
    page = new_page()
    line = Line(page)
    player = visit(page, address, "?steps=500")
    page.get_by_label("Speed").select_option("20")
    player.press("Play")
    player.wait("data.step > 3")
    line.cut()
    asleep = player.step
    machine = page.context.new_cdp_session(page)
    machine.send("Debugger.enable")
    machine.send("Debugger.pause")  # no timer and no frame comes: "frozen" pages that are seen draw on
    page.wait_for_timeout(8_000)  # so long it would have played 160 steps
    line.mend()
    machine.send("Debugger.resume")
    machine.send("Debugger.disable")
    player.wait(f"data.step > {asleep}")
    assert player.step < asleep + 100
    page.wait_for_selector(CONNECTED, timeout=A_MINUTE)
    player.settle()
    player.enter("Steps", "520")
    player.wait("data.steps === '520'", A_MINUTE)
    assert player.root.get_attribute("data-playing") == "true"
    page.get_by_test_id("connection").wait_for(state="detached", timeout=A_MINUTE)
    assert player.errors == []


def test_a_reload_in_the_middle_of_a_run_keeps_what_was_asked_for(new_page, address):
    page = new_page()
    player = visit(page, address, "descent?function=sin(x)*y^2&runner_1=Adam,lr=0.0001&steps=50")
    player.enter("Steps", "10000")  # that takes seconds
    page.wait_for_url("**steps=10000**", timeout=A_MINUTE, wait_until="commit")
    assert player.steps == 50
    player.reload()
    assert page.get_by_label("Steps", exact=True).input_value() == "10000"
    assert player.steps > 50
    assert player.errors == []


def test_an_old_tab_goes_on_with_a_new_version_of_the_server(new_page, tmp_path):
    """What it holds comes back, the cursor too; and what was picked while nobody was there is taken or told."""
    for name in ("playground", ".streamlit", "app.py"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    entry, port, page = tmp_path / "playground" / "player" / "browser" / "player.js", free_port(), new_page()
    with serve("app.py", root=tmp_path, port=port) as address:
        player = visit(page, address, "descent?function=x^2+%2B+3y^2&steps=80")
        player.press("To start")
        for _ in range(7):
            player.press("Step forward")
    page.wait_for_selector(AWAY, timeout=A_MINUTE)
    entry.write_text(entry.read_text() + "\ndocument.body.dataset.version = 'new';\n")
    box = player.plot("contours").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    with serve("app.py", root=tmp_path, port=port) as address:
        page.locator("body[data-version=new]").wait_for(state="attached", timeout=A_MINUTE)
        page.wait_for_url("**start_x=**", timeout=A_MINUTE)
        player.settle()
        assert player.root.count() == 1
        assert (player.step, player.steps) == (7, 80)
        player.enter("Steps", "120")
        player.wait("data.steps === '120'", A_MINUTE)
        fresh = visit(new_page(), address, page.url.removeprefix(address).lstrip("/"))
        assert losses(player) == losses(fresh)
        assert player.errors == []


def test_a_slow_network_shows_that_it_loads_and_then_all(new_page, address):
    page = new_page()
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    slow = {"offline": False, "latency": 300, "downloadThroughput": 100_000, "uploadThroughput": 100_000}
    cdp.send("Network.emulateNetworkConditions", slow)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address, wait_until="commit")
    page.locator("[data-testid=stAppSkeleton], [data-testid=stSpinner], [data-testid=stApp]").first.wait_for(
        timeout=2 * A_MINUTE
    )
    page.wait_for_selector("[data-testid=player][data-step]", timeout=5 * A_MINUTE)
    assert page.get_by_test_id("connection").count() == 0
    assert errors == []
