"""How the player's files reach the browser."""

import shutil

import pytest

from playground.player.assets import WANTED, player_assets, plotly_asset
from tests.browser.conftest import ROOT, free_port, serve
from tests.browser.driver import READY, Player
from tests.browser.traffic import Traffic

EDITING = "tests/browser/editing_page.py"
LAUNCHER = "tests/browser/launcher.py"
OURS = ["player.js", "player.css", "plotly.min.js"]


@pytest.fixture(scope="module")
def launched():
    with serve(LAUNCHER, page=EDITING) as address:
        yield address


def visit(context, address, where="") -> tuple[Player, Traffic]:
    page = context.new_page()
    traffic = Traffic(page)
    return Player(page, address).open(where), traffic


def test_a_second_visit_transfers_nothing_of_the_player(browser, launched):
    context = browser.new_context()
    _, first = visit(context, launched)
    addresses = {f"/{asset.address}" for asset in (*player_assets(), plotly_asset())}
    assert set(first.of_player()) == addresses
    assert all(first.of_player().values())
    assert sum(first.of_player().values()) < len(plotly_asset().body) / 3  # compressed
    _, second = visit(context, launched)
    assert set(second.of_player()) == addresses
    assert set(second.of_player().values()) == {0}
    context.close()


def test_a_browser_that_reads_no_gzip_gets_the_same_bytes(browser, launched):
    context = browser.new_context()
    for asset in (player_assets()[0], plotly_asset()):
        plain = context.request.get(f"{launched}/{asset.address}", headers={"accept-encoding": "identity"})
        zipped = context.request.get(f"{launched}/{asset.address}", headers={"accept-encoding": "gzip"})
        assert plain.body() == zipped.body() == asset.body
        assert "content-encoding" not in plain.headers
        assert zipped.headers["content-encoding"] == "gzip"
        for response in (plain, zipped):
            assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert "accept-encoding" in response.headers["vary"].lower()
    context.close()


def test_the_plotly_that_draws_is_the_one_that_checks_the_figures(browser, launched):
    from plotly.offline import get_plotlyjs_version

    context = browser.new_context()
    player, _ = visit(context, launched)
    assert player.page.evaluate("Plotly.version") == get_plotlyjs_version()
    context.close()


def test_below_a_base_path_all_is_found(browser):
    with serve("app.py", base="/class/room") as address:
        for where in ("", "descent"):
            context = browser.new_context()
            player, traffic = visit(context, address, where)
            assert {path.rsplit("/", 1)[1] for path in traffic.of_player()} >= set(OURS)
            assert all(path.startswith("/class/room/player/") for path in traffic.of_player())
            player.press("Step forward")
            assert player.step == 1
            assert player.errors == []
            context.close()


def test_a_page_that_is_not_served_as_an_app_says_how_to_start_it(page):
    with serve(EDITING) as address:
        page.goto(address)
        sentence = page.get_by_text("The player's files don't come from this server.")
        sentence.wait_for(timeout=60_000)
        assert sentence.count() == 1
        assert "streamlit run app.py" in sentence.inner_text()
        assert WANTED["streamlit"] in sentence.inner_text()
        assert "pip install -r requirements.txt" in sentence.inner_text()


def test_a_tab_that_is_open_across_an_upgrade_runs_the_new_version_alone(browser, tmp_path):
    for folder in ("playground", "tests/browser", ".streamlit"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    entry, port = tmp_path / "playground" / "player" / "browser" / "player.js", free_port()
    context = browser.new_context()
    with serve(LAUNCHER, page=EDITING, root=tmp_path, port=port) as address:
        player, traffic = visit(context, address)
        old = set(traffic.of_player())
    entry.write_text(entry.read_text() + "\ndocument.body.dataset.version = 'new';\n")
    traffic.bytes.clear()
    with serve(LAUNCHER, page=EDITING, root=tmp_path, port=port):
        player.enter("Name", "a rerun")  # the tab connects again by itself, and runs when the person acts
        player.page.locator("body[data-version=new]").wait_for(state="attached", timeout=60_000)
        player.page.wait_for_selector(READY)
        player.settle()
        plotly = f"/{plotly_asset().address}"
        of_the_page = {one for one in old if one.endswith("/connection.js")}  # which is the same
        new = set(traffic.of_player()) - {plotly}
        assert len(new) == len(old - {plotly} - of_the_page)
        assert not new & old
        assert traffic.bytes.get(plotly, 0) == 0  # that one is the same
        assert player.root.count() == 1
        player.press("Step forward")
        assert player.step == 1
        assert player.errors == []
    context.close()
