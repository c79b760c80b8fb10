"""Formulas with numbers that follow the cursor, in a real browser."""

from urllib.parse import urlencode

import pytest

from tests.browser.driver import Player

BOWL = {"function": "x^2 + 3y^2", "start_x": "1", "start_y": "-0.5", "steps": "20"}


def formulas(player):
    """What each row of the table says, as it is read."""
    rows = player.page.locator("[data-panel=numbers] tr:not([hidden])")
    return [row.locator("math").last.text_content().replace("⋅", "·") for row in rows.all()]


@pytest.fixture
def numbers(page, address):
    player = Player(page, address).open("descent?" + urlencode(BOWL | {"runner_1": "SGD,lr=0.1"}))
    player.choose("Numbers")
    return player


def test_the_numbers_of_each_step_stand_in_the_formula(numbers):
    assert formulas(numbers) == ["=1−0.1000·2=0.8000", "=−0.5000−0.1000·(−3)=−0.2000"]
    numbers.press("Step forward")
    assert formulas(numbers) == ["=0.8000−0.1000·1.6000=0.6400", "=−0.2000−0.1000·(−1.2000)=−0.0800"]
    numbers.press("To end")
    assert numbers.page.locator("[data-panel=numbers]").inner_text().strip().startswith("No step follows: ")
    numbers.press("To start")
    assert formulas(numbers)[0] == "=1−0.1000·2=0.8000"


def test_small_numbers_are_powers_of_ten(page, address):
    player = Player(page, address).open("descent?" + urlencode(BOWL | {"start_x": "1e-6", "runner_1": "SGD,lr=0.1"}))
    player.choose("Numbers")
    first = page.locator("[data-panel=numbers] tr:not([hidden])").first.locator("math").last
    assert first.locator("msup").first.text_content() == "10−6"
    assert formulas(player)[0].startswith("=1.000·10−6−0.1000·2.000·10−6")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_formulas_are_drawn_by_the_browser_in_the_texts_colour(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    player = Player(page, address).open("descent?" + urlencode(BOWL | {"runner_1": "Adam,lr=0.1"}))
    player.choose("Step")
    fractions = player.page.locator("[data-panel=step] mfrac")
    assert fractions.count() >= 3
    box = fractions.first.bounding_box()
    parts = [part.bounding_box() for part in fractions.first.locator("> *").all()]
    assert parts[0]["y"] + parts[0]["height"] <= parts[1]["y"] + 2  # one stands above the other
    assert box["height"] > 10
    colour = "node => getComputedStyle(node).color"
    assert fractions.first.evaluate(colour) == player.root.evaluate(colour)
