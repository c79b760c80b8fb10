"""Fingers on a picture that can be zoomed: one scrolls the page, two look closer, and neither moves a point."""

from collections.abc import Iterator

import pytest

from tests.browser.driver import Player

SCROLLED = "() => [...document.querySelectorAll('*')].reduce((sum, one) => sum + one.scrollTop, 0)"
RANGES = """(panel) => {
  const { xaxis, yaxis } = document.querySelector(`[data-panel=${panel}] .gp-plot`)._fullLayout;
  return [...xaxis.range, ...yaxis.range];
}"""


class Fingers:
    """Fingers on one picture; a place is told in parts of its plot, from the left and from the top."""

    def __init__(self, player: Player, panel: str) -> None:
        self.player, self.panel = player, panel
        self.session = player.page.context.new_cdp_session(player.page)
        self.box = player.plot(panel).locator(".nsewdrag").bounding_box()

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        left, top, width, height = (self.box[one] for one in ("x", "y", "width", "height"))
        points = [{"x": left + x * width, "y": top + y * height, "id": i} for i, (x, y) in enumerate(places)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def move(self, *ways: list[tuple[float, float]]) -> None:
        """Each finger along its way, all at once, and off again."""
        first, *others = zip(*ways, strict=True)
        self.touch("touchStart", *first)
        for places in others:
            self.touch("touchMove", *places)
        self.touch("touchEnd")
        self.player.settle()

    def ranges(self) -> list[float]:
        found: list[float] = self.player.page.evaluate(RANGES, self.panel)
        return found


def along(begin: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """Places on the way from one to another."""
    return [tuple(a + part * (b - a) for a, b in zip(begin, end, strict=True)) for part in (0, 0.25, 0.5, 0.75, 1)]


@pytest.fixture
def small(browser, address) -> Iterator[Player]:
    """A small window, which the page is higher than."""
    context = browser.new_context(viewport={"width": 900, "height": 490}, has_touch=True)
    yield Player(context.new_page(), address)
    context.close()


def on_contours(small: Player, path: str) -> Fingers:
    small.open(path)
    if not small.plot("contours").is_visible():
        small.page.get_by_role("button", name="Contours").tap()
        small.settle()
    return Fingers(small, "contours")


@pytest.mark.parametrize("path", ["descent", ""])
def test_one_finger_scrolls_the_page_and_moves_nothing(small, path):
    fingers = on_contours(small, path)
    url, ranges, scrolled = small.page.url, fingers.ranges(), small.page.evaluate(SCROLLED)
    fingers.move(along((0.5, 0.9), (0.5, -0.6)))
    small.page.wait_for_function(f"(before) => ({SCROLLED})() > before", arg=scrolled)
    assert (small.page.url, fingers.ranges()) == (url, ranges)
    assert small.errors == []


@pytest.mark.parametrize("path", ["descent", ""])
def test_two_fingers_that_part_look_closer_and_move_no_start(small, path):
    fingers = on_contours(small, path)
    url, (left, right, *_) = small.page.url, fingers.ranges()
    scrolled = small.page.evaluate(SCROLLED)
    fingers.move(along((0.45, 0.5), (0.25, 0.5)), along((0.55, 0.5), (0.75, 0.5)))
    small.page.wait_for_function(f"(width) => {{ const [l, r] = ({RANGES})('contours'); return r - l < 0.5 * width; }}",
                                 arg=right - left)  # fmt: skip
    low, high, *_ = fingers.ranges()
    assert (low + high) / 2 == pytest.approx((left + right) / 2, abs=0.02 * (right - left))
    assert high - low == pytest.approx((right - left) / 5, rel=0.05)  # they are five times as far apart
    assert (small.page.url, small.page.evaluate(SCROLLED)) == (url, scrolled)
    assert small.errors == []


def test_two_fingers_side_by_side_take_the_picture_along(small):
    fingers = on_contours(small, "descent")
    url, (left, right, *_) = small.page.url, fingers.ranges()
    fingers.move(along((0.2, 0.5), (0.5, 0.5)), along((0.4, 0.5), (0.7, 0.5)))
    small.page.wait_for_function(f"(left) => ({RANGES})('contours')[0] < left", arg=left)
    low, high, *_ = fingers.ranges()
    assert (left - low) / (right - left) == pytest.approx(0.3, abs=0.02)
    assert high - low == pytest.approx(right - left, rel=0.02)
    assert small.page.url == url


def test_two_fingers_on_points_that_can_be_edited_change_none(small):
    small.open()
    fingers = Fingers(small, "data")
    url = small.page.url
    fingers.move(along((0.4, 0.4), (0.2, 0.3)), along((0.6, 0.6), (0.8, 0.7)))
    assert small.page.url == url
    assert small.errors == []
