"""The page Network in a real browser: what a teacher does with it."""

import re

import pytest

from playground.numerals import format_number
from tests.browser.driver import Player
from tests.browser.test_descent import CANVAS, cells
from tests.browser.test_editing import PLACE


def readouts(player):
    return " ".join(player.page.locator(".gp-readouts").inner_text().split())


def test_a_teacher_plays_chooses_a_line_and_reads_why_its_weight_grew(page, address):
    player = Player(page, address).open("network?steps=60")
    seen = {name: player.plot(name).evaluate(CANVAS) for name in ("data", "network")}
    player.press("Step forward")
    player.press("To end")
    for name, before in seen.items():
        assert player.plot(name).evaluate(CANVAS) != before, name
    place = player.plot("network").evaluate(PLACE, [0.65, 0.8])  # on the line from y to the first hidden unit
    page.mouse.click(*place)
    page.wait_for_url(re.compile("chosen=1"))
    player.settle()
    player.press("Step back")
    told = dict(cells(player, "chosen"))
    assert told["weight"] in readouts(player)
    assert told["gradient"] == told["Σ δ · output over the points: the gradient"]
    assert "0.weight[0,1] ←" in readouts(player)
    assert player.errors == []


def test_a_point_is_added_in_the_chosen_class_and_dragged(page, address):
    player = Player(page, address).open("network?steps=20&side=Data&added_class=1")
    page.mouse.click(*player.plot("data").evaluate(PLACE, [0.1, -0.1]))
    page.wait_for_url(re.compile("edits="))
    player.settle()
    before = player.loss
    x, y = player.plot("data").evaluate(PLACE, [0.1, -0.1])
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 12, y + 8, steps=3)
    page.mouse.move(x + 30, y + 20, steps=3)
    page.mouse.up()
    player.wait(f"Number(data.loss) !== {before!r}")
    player.settle()
    assert player.errors == []


def test_one_step_is_walked_up_and_back(page, address):
    player = Player(page, address).open("network?view=One+step&steps=20&walk_from=5")
    before = player.plot("walk").evaluate(CANVAS)
    player.press("Step forward")
    assert "Forward: unit 0 of layer 0" in readouts(player)
    assert player.plot("walk").evaluate(CANVAS) != before
    player.press("To end")
    assert "Update:" in readouts(player)
    assert player.errors == []


def test_one_step_is_that_of_the_cursor_which_is_found_again_afterwards(page, address):
    player = Player(page, address).open("network?steps=20")
    page.get_by_role("slider", name="Step", exact=True).fill("7")
    assert player.step == 7
    page.get_by_role("radio", name="One step").click()
    page.wait_for_function("() => document.querySelector('[data-panel=walk]')")
    page.wait_for_function("() => document.querySelector('input[aria-label=\"After step\"]')?.value === '7'")
    assert player.step == 0
    player.press("Step forward")
    page.get_by_role("radio", name="Training").click()
    page.wait_for_function("() => !document.querySelector('[data-panel=walk]')")
    player.wait("data.step === '7'")
    assert player.errors == []


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)], ids=str)
def test_all_of_it_is_on_one_screen_and_nothing_overlaps_the_pages_names(page, address, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    player = Player(page, address).open("network?steps=20")
    player.settle()
    nav = page.get_by_role("link", name="Network").bounding_box()
    headline = page.locator(".st-key-title p").first.bounding_box()
    assert headline["x"] >= nav["x"] + nav["width"]
    for tab in ("Accuracy", "Updates", "Loss plane", "Surface", "Race", "Weights", "Activations"):
        player.choose(tab)
    bar = page.get_by_role("button", name="Play", exact=True).bounding_box()
    assert bar["y"] + bar["height"] < size[1]
    assert player.errors == []


SEEN = """node => {
  const box = node.getBoundingClientRect();
  let isWhole = box.top >= 0 && box.bottom <= innerHeight;
  for (let at = node.parentElement; at; at = at.parentElement) {
    const frame = at.getBoundingClientRect();
    const isInside = box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
    isWhole &&= isInside || getComputedStyle(at).overflowY === "visible";
  }
  const style = document.createElement("style");
  style.textContent = "* {pointer-events: auto !important}";
  document.head.append(style);
  const over = document.elementFromPoint(box.left + 9, box.bottom - 4);
  style.remove();
  return [isWhole, !node.contains(over) && !over.contains(node)];
}"""
"""Whether an element is in sight as a whole, and whether anything lies over its last line."""

PARTLY_WRONG = ["hidden=x", "hidden=x&activation=soft&projection=1&hide_ahead=1&runner_1=Adamant,lr=0.1"]


@pytest.mark.parametrize("query", PARTLY_WRONG)
@pytest.mark.parametrize("width", [390, 700, 768, 1024, 1280, 1920])
def test_what_is_wrong_with_a_link_can_be_read_at_every_width_beside_the_pages_names(page, address, width, query):
    page.set_viewport_size({"width": width, "height": 844})
    player = Player(page, address).open(f"network?steps=20&{query}")
    headline = page.locator(".st-key-title").get_by_text("Ignored in this link")
    box = headline.bounding_box()
    assert box["width"] > 150
    is_whole, is_covered = headline.evaluate(SEEN)
    assert is_whole
    assert not is_covered
    for name in page.get_by_role("link", name="Network").all():
        nav = name.bounding_box()
        assert not nav or nav["x"] + nav["width"] <= box["x"] or nav["y"] + nav["height"] <= box["y"] + 4
    assert player.errors == []


def test_fifty_seeds_are_shown_with_the_chosen_one_at_the_cursor(page, address):
    player = Player(page, address).open("network?steps=30")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("50 seeds", exact=True).click()
    page.wait_for_url(re.compile("seeds=true"))
    player.settle()
    page.keyboard.press("Escape")
    before = player.plot("seeds").evaluate(CANVAS)
    player.press("To end")
    assert player.plot("seeds").evaluate(CANVAS) != before
    assert dict(cells(player, "seeds_said"))["chosen: seed 0"] == format_number(player.loss)
    assert player.errors == []
