"""What fits a phone, a laptop and a room: nothing cut, overlapping, too small or out of reach, at any size."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe

from playground.labs import LABS
from tests.browser.driver import Player
from tests.browser.looks import faults

PHONES = [(390, 844), (640, 360)]  # the second is a laptop at 200 %
SCREENS = [(1024, 768), (1280, 720)]
LOOKS_AT_ALL = "LOOK_AT_ALL" in os.environ
"""Whether it is looked at all sizes and tabs, which takes minutes; otherwise at these, and at each cell's first tab."""
if LOOKS_AT_ALL:
    PHONES = [(320, 640), (844, 390), *PHONES]
    SCREENS = [*SCREENS, (1366, 768), (1920, 1080)]

DRAWN = """() => !document.querySelector('.gp-unmade:not([hidden])') &&
  [...document.querySelectorAll('.gp-plot')].every((plot) => {
  if (!plot.checkVisibility() || !plot.clientWidth) return true;
  const layout = plot._fullLayout;
  return layout?.width === plot.clientWidth && layout.height === plot.clientHeight;
})"""
TOO_SMALL = """([selector, least]) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility())
  .filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < least)
  .map((one) => `${one.ariaLabel ?? one.textContent}: ${one.offsetWidth} × ${one.offsetHeight}`)"""
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


def address_of(lab: str) -> str:
    """The page that the app opens on has no address of its own."""
    return "" if lab == next(iter(LABS)) else lab


def is_phone(width: int, height: int) -> bool:
    return width < 768 or height < 481


def drawn(page) -> None:
    page.wait_for_function(DRAWN)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def looks(page, every_tab: bool):
    """Each cell in turn, as far as one is seen at a time, and each of its tabs."""
    layout = page.locator(".gp-panels").get_attribute("data-layout")
    for i in range(page.locator(".gp-cell").count()):
        cell = page.locator(".gp-cell").nth(i)
        if layout == "one":
            page.locator(".gp-chooser button").nth(i).click()
        elif cell.get_attribute("data-size") == "small":
            cell.locator(".gp-cover").click()
        tabs = [one for one in cell.get_by_role("tab").all() if one.is_visible()]
        for tab in tabs if every_tab else tabs[:1]:
            tab.click()
            drawn(page)
            yield tab.inner_text()
        if not tabs:
            drawn(page)
            yield cell.locator(".gp-cover").text_content()


@pytest.mark.slow
@pytest.mark.parametrize("projection", [False, True], ids=["page", "projection"])
@pytest.mark.parametrize("lab", LABS)
def test_nothing_is_cut_overlaps_or_is_too_small_at_any_size(page, address, lab, projection):
    player = Player(page, address).open(address_of(lab) + ("?projection=true" if projection else ""))
    found = {}
    for width, height in PHONES + SCREENS:
        if projection and is_phone(width, height):
            continue
        page.set_viewport_size({"width": width, "height": height})
        drawn(page)
        least = 0.025 * height if projection else 12
        for tab in looks(page, every_tab=LOOKS_AT_ALL or (width, height) == SCREENS[1]):
            if wrong := faults(page, least):
                found[width, height, tab] = wrong
    assert found == {}
    assert player.errors == []


@pytest.mark.parametrize("size", [(390, 844), (844, 390)], ids=str)
def test_on_a_phone_the_picture_comes_first_and_the_controls_are_a_sheet(browser, address, size):
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True)
    player = Player(context.new_page(), address).open()
    page, picture = player.page, player.plot("data")
    drawn(page)
    assert picture.bounding_box()["height"] > (0.4 if width < height else 0.3) * height
    assert page.evaluate(TOO_SMALL, [".gp-transport button, .gp-chooser button, .gp-tabs button", 36]) == []
    play = page.get_by_role("button", name="Play", exact=True).bounding_box()
    assert play["height"] >= 44
    assert play["y"] + play["height"] <= height
    assert not page.get_by_label("Learning rate").is_visible()
    page.get_by_role("button", name="Controls").tap()
    rate = page.get_by_label("Learning rate")
    rate.scroll_into_view_if_needed()
    drawn(page)
    seen, sheet = picture.bounding_box(), page.locator(".st-key-controls").bounding_box()
    assert seen["height"] > 0.2 * height
    assert seen["y"] + seen["height"] <= sheet["y"] or sheet["x"] + sheet["width"] <= seen["x"]
    rate.fill("0.1")
    rate.press("Enter")
    player.settle()
    assert "lr" in page.url
    page.get_by_role("button", name="Controls").tap()
    assert not rate.is_visible()
    page.get_by_role("button", name="Contours").tap()
    assert player.plot("contours").is_visible()
    assert not picture.is_visible()
    assert player.errors == []
    context.close()


def test_a_swipe_moves_nothing_and_a_finger_that_rests_takes_the_start_along(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    player = Player(context.new_page(), address).open("descent")
    session = context.new_cdp_session(player.page)
    box = player.plot("contours").locator(".nsewdrag").bounding_box()

    def touch(kind, *place):
        fingers = [{"x": box["x"] + place[0] * box["width"], "y": box["y"] + place[1] * box["height"]}] if place else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    before = player.page.url
    touch("touchStart", 0.3, 0.3)
    for across in (0.4, 0.6, 0.8):
        touch("touchMove", across, 0.4)
    touch("touchEnd")
    player.settle()
    assert player.page.url == before
    touch("touchStart", 0.3, 0.3)
    held = "() => document.querySelector('[data-panel=contours]').dataset.held === 'true'"
    player.page.wait_for_function(held)
    for across in (0.4, 0.6, 0.8):
        touch("touchMove", across, 0.4)
    touch("touchEnd")
    player.settle()
    assert "start_x" in player.page.url
    context.close()


def test_projection_is_in_the_link_and_one_picture_takes_the_place_of_another(page, address):
    player = Player(page, address).open()
    page.get_by_role("button", name="View", exact=True).click()
    page.get_by_text("Projection", exact=True).click()
    player.settle()
    assert "projection=true" in page.url
    page.keyboard.press("Escape")
    assert not page.get_by_label("Learning rate").is_visible()
    page.get_by_role("button", name="Show Contours large").click()
    drawn(page)
    large, small = (player.plot(one).bounding_box()["width"] for one in ("contours", "data"))
    assert large > 3 * small
    fresh = Player(page, address).open("descent?projection=true")
    assert fresh.root.get_attribute("data-projected") == "true"
    page.get_by_role("link", name="Fit").click()  # it stays from lab to lab
    fresh.settle()
    page.wait_for_function("() => document.querySelector('[data-testid=player]')?.dataset.projected === 'true'")
    assert fresh.errors == []


THUMBS = """() => [...document.querySelectorAll('.gp-cell[data-size=small]')].map((cell) => {
  const panel = [...cell.querySelectorAll('.gp-panel')].find((one) => !one.hidden);
  const drawn = panel.querySelector('table, .main-svg'), range = document.createRange();
  range.selectNodeContents(cell.querySelector('.gp-cover'));
  return {shown: drawn?.checkVisibility() && drawn.getBoundingClientRect().height > 20,
    below: range.getBoundingClientRect().top - panel.getBoundingClientRect().bottom};
})"""


@pytest.mark.parametrize("size", [(1024, 768), (1280, 720)], ids=str)
def test_each_small_view_shows_something_with_its_name_below(page, address, size):
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    Player(page, address).open("gradient?projection=true")
    drawn(page)
    thumbs = page.evaluate(THUMBS)
    assert len(thumbs) == 3
    assert all(one["shown"] and one["below"] >= -2 for one in thumbs), thumbs


def test_a_legend_lies_below_tabs_that_leave_it_no_room(page, address):
    player = Player(page, address).open("network?steps=20")
    for tab in ("Loss plane", "Activations"):
        page.get_by_role("tab", name=tab, exact=True).click()
        drawn(page)
        tabs = page.locator(".gp-tabs").last.bounding_box()
        legend = page.locator(".gp-panel:not([hidden]) .legend").last.bounding_box()
        assert legend["y"] >= tabs["y"] + tabs["height"] - 2, tab
    assert player.errors == []


SIGNS = """() => {
  window.signs = new Map();
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    if (text.startsWith('to ')) window.signs.set(text, [this.textAlign, x, y, parseFloat(this.font)]);
    return write.call(this, text, x, y);
  };
}"""


def test_signs_of_two_edges_that_share_a_corner_stand_apart(page, address):
    Player(page, address).open("gradient")  # the secant's end lies beyond the upper edge and the right one
    page.evaluate(SIGNS)
    page.set_viewport_size({"width": 1200, "height": 720})
    page.wait_for_function("window.signs.size > 1")
    signs = page.evaluate("[...window.signs.values()]")
    assert len(signs) == 2
    (_, _, one, size), (_, _, other, _) = signs
    assert abs(one - other) > size


def test_keys_work_on_a_fresh_page_and_on_tabs_they_change_the_tab(page, address):
    player = Player(page, address).open()
    page.keyboard.press("ArrowRight")
    assert player.step == 1
    page.get_by_role("button", name="View", exact=True).click()
    page.keyboard.press("Escape")  # the focus goes back to the button
    page.keyboard.press("ArrowRight")
    assert player.step == 2
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    assert "plays and pauses" in keys.inner_text()
    page.keyboard.press("Escape")
    assert not keys.is_visible()
    page.get_by_role("tab", name="Loss", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Rate", exact=True).get_attribute("aria-selected") == "true"
    assert player.step == 2


def test_a_step_is_told_once_where_the_cursor_comes_to_rest(player):
    player.page.evaluate("""() => {
      window.said = [];
      const live = [...document.querySelectorAll('.gp-player [aria-live=polite], .gp-player [role=status]')];
      for (const one of live) {
        new MutationObserver(() => one.ariaLive !== 'off' && said.push(one.textContent))
          .observe(one, {childList: true, characterData: true, subtree: true});
      }
    }""")
    player.page.get_by_label("Speed").select_option("600")
    player.press("Play")
    player.page.wait_for_function("() => said.some((text) => text.startsWith('step 100 of 100'))")
    assert sum(text.startswith("step") for text in player.page.evaluate("said")) == 1
    assert all(one.get_attribute("aria-live") == "off" for one in player.page.locator(".gp-readouts output").all())


@pytest.mark.slow
@pytest.mark.parametrize("lab", LABS)
def test_axe_finds_no_fault_of_ours(page, address, lab):
    found = {}
    for scheme, width, query in (
        ("light", 1280, ""),
        ("dark", 1280, ""),
        ("light", 390, ""),
        ("light", 1280, "?projection=true"),
    ):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 720})
        if page.url == "about:blank" or query:
            Player(page, address).open(address_of(lab) + query)
        drawn(page)
        for one in Axe().run(page, options=AXE).response["violations"]:
            found[scheme, width, query, one["id"]] = [node["target"] for node in one["nodes"]]
    assert found == {}
