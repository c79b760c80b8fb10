"""What style sheets may ask: a step that plays must not cost the browser a look at the whole page."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHEETS = sorted((ROOT / "playground").rglob("*.css"))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_styles_ask_only_for_children_of_what_they_style(sheet):
    asked = re.findall(r"\S*:has\([^)]*", re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL))
    # Of a whole tree the browser would ask anew at every change below it: 30 times the work of a step that plays.
    assert [one for one in asked if ":has(>" not in one] == []


def test_there_are_style_sheets():
    assert {sheet.name for sheet in SHEETS} == {"page.css", "player.css"}
