"""The player's files, the messages' types, and what is said where a part is missing."""

import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.player import assets
from tests.javascript import declare

ROOT = Path(__file__).parents[2]
PRIVATE = re.compile(r"from streamlit|import streamlit\.|\bst\._[a-z]|static/js|_stcore|data-testid=")


def test_the_types_of_the_javascript_are_those_of_the_messages():
    assert declare.TARGET.read_text(encoding="utf-8") == declare.declarations(), (
        "run python -m tests.javascript.declare"
    )


def test_the_wanted_versions_are_those_that_are_installed_by_the_readme():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert set(assets.WANTED.values()) <= set(lines)


def test_nothing_of_streamlit_that_is_not_public_is_named():
    for path in (ROOT / "playground" / "player").rglob("*"):
        if path.suffix in (".py", ".js"):
            text = path.read_text(encoding="utf-8")
            # Streamlit tells in no other place whether there is a connection; see docs/ARCHITECTURE.md.
            found = set(PRIVATE.findall(text)) - ({"data-testid="} if path.name == "connection.js" else set())
            assert not found, path


def test_each_file_that_a_file_imports_is_served_beside_it():
    files = {one.address.rsplit("/", 1)[1]: one.body.decode() for one in assets.player_assets()}
    assert len({one.address.rsplit("/", 1)[0] for one in assets.player_assets()}) == 1
    imported = {name for text in files.values() for name in re.findall(r'from "\./(.+)"', text)}
    assert imported | {"player.js", "player.css", "connection.js"} == set(files)  # the page's HTML brings that one


def test_an_address_changes_with_any_file_and_only_then(monkeypatch, tmp_path):
    def address() -> str:
        assets.player_assets.cache_clear()
        return assets.player_assets()[0].address

    for name in ("player.js", "other.js", "shim.js"):
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(assets, "_FOLDER", tmp_path)
    monkeypatch.setattr(assets, "_SHIM", tmp_path / "shim.js")
    first = address()
    assert address() == first
    (tmp_path / "other.js").write_text("2")
    second = address()
    (tmp_path / "other.js").rename(tmp_path / "another.js")
    assert len({first, second, address()}) == 3
    monkeypatch.undo()
    assets.player_assets.cache_clear()


def test_the_shim_names_the_files_and_stays_small():
    shim = assets.shim()
    assert assets.plotly_asset().address in shim
    assert "/player.js" in shim
    assert not {"PLAYER", "PLOTLY", "UNSERVED"} & set(re.findall(r'"([A-Z]+)"', shim))
    assert len(shim) < 1_800  # it rides in every message


def page() -> None:
    import plotly.graph_objects as go

    from playground.player import Panel, player

    player(
        [Panel("data", "Data", go.Figure(), "")],
        columns={"loss": [1.0]},
        readouts=[],
        status="",
        key="player",
        on_events=print,
    )


def run_page() -> AppTest:
    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception
    return at


def test_where_all_is_there_the_player_is_shown():
    at = run_page()
    assert not at.error
    assert len(at.get("bidi_component")) == 2


@pytest.mark.parametrize("gone", ["App", "components"])
def test_a_streamlit_that_can_not_serve_it_is_told_which_one_can(monkeypatch, gone):
    if gone == "App":
        monkeypatch.delattr(st, "App")
    else:
        monkeypatch.delattr(st.components, "v2")
    (error,) = run_page().error
    assert "needs streamlit[performance]==1.67.0" in error.value
    assert f"this is Streamlit {st.__version__}" in error.value
    assert "python -m pip install -r requirements.txt" in error.value


def test_a_plotly_without_its_file_is_told_which_one_has_it(monkeypatch):
    def gone() -> str:
        raise FileNotFoundError("plotly.min.js")

    assets.plotly_asset.cache_clear()
    monkeypatch.setattr(assets, "get_plotlyjs", gone)
    (error,) = run_page().error
    assert "plotly.min.js of plotly>=7.1,<8" in error.value
    assert "python -m pip install -r requirements.txt" in error.value
    monkeypatch.undo()
    assets.plotly_asset.cache_clear()


def test_the_plotly_that_draws_is_the_wheels_own():
    assert assets.plotly_asset().body.startswith(b"/**\n* plotly.js v")
    assert go.Figure().to_html(include_plotlyjs=True).encode().count(assets.plotly_asset().body[:200]) == 1
