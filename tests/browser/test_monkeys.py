"""Monkeys: random pointers, keys and widgets on each page, from a seed; afterwards all works as for a fresh visitor.

So many acts as ``MONKEY_ACTS`` says, 30 without it. From 1,000 acts on the heap of JavaScript is compared, too: at the
end it is at most 1.1 times what it was after a fifth of them.
"""

import os
import random

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page

from tests.browser.driver import READY, Player

ACTS = int(os.environ.get("MONKEY_ACTS", "30"))
LONG = 1_000
LABS = ["", "descent", "gradient", "network"]
SIZES = [(1280, 720), (390, 844)]
KEYS = [
    *"ArrowLeft ArrowRight ArrowUp ArrowDown Home End Space Tab Escape Enter Delete + - ? z [ ]".split(),
    "Control+z",
]
TEXTS = ["0.05", "x^2", "", "-3", "1e999", "(", "a*x + b", "sin(x)", "7", "0.001", "y > x", "8, 8"]
FIELDS = "input:not([type=file]):not([type=checkbox]):not([type=range]):not([disabled])"
BUTTONS = "button:not([disabled]), [role=tab], [role=radio], [role=option], label:has(input[type=checkbox])"
LEAVING = ("download", "Deploy", "Print", "Record", "Clear cache")
"""What leads off the page, or isn't ours."""


class Monkey:
    """Does what it likes, the same for the same seed as far as the page answers alike."""

    def __init__(self, page: Page, seed: str) -> None:
        self.page, self.random = page, random.Random(seed)
        self.done: list[str] = []

    def act(self) -> None:
        acts = [self.click, self.drag, self.wheel, self.press, self.press, self.push, self.push, self.type]
        one = self.random.choice(acts)
        self.done.append(one.__name__)
        try:
            one()
        except Error as error:  # what it reached for is gone, or something lies above it
            if "Timeout" not in str(error) and "not attached" not in str(error) and "not visible" not in str(error):
                raise

    def place(self) -> tuple[float, float]:
        size = self.page.viewport_size
        return self.random.uniform(1, size["width"] - 1), self.random.uniform(60, size["height"] - 1)

    def click(self) -> None:
        self.page.mouse.click(*self.place())

    def drag(self) -> None:
        self.page.mouse.move(*self.place())
        self.page.mouse.down()
        for _ in range(self.random.randint(1, 5)):
            self.page.mouse.move(*self.place())
        self.page.mouse.up()

    def wheel(self) -> None:
        self.page.mouse.move(*self.place())
        self.page.mouse.wheel(0, self.random.choice([-300, -50, 50, 300]))

    def press(self) -> None:
        self.page.keyboard.press(self.random.choice(KEYS))

    def push(self) -> None:
        seen = [one for one in self.page.locator(BUTTONS).all() if one.is_visible()]
        one = self.random.choice(seen)
        said = f"{one.get_attribute('aria-label')} {one.inner_text(timeout=500)}"
        if not any(word.lower() in said.lower() for word in LEAVING):
            self.done[-1] += f" {said[:40]!r}"
            one.click(timeout=500)

    def type(self) -> None:
        seen = [one for one in self.page.locator(FIELDS).all() if one.is_visible()]
        if seen:
            one = self.random.choice(seen)
            one.fill(self.random.choice(TEXTS), timeout=500)
            one.press("Enter", timeout=500)


def heap(page: Page) -> float:
    """What JavaScript holds, in bytes, once what nobody holds is gone."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    size: float = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return size


def is_ours(message: ConsoleMessage) -> bool:
    """Whether it is an error, and not of Streamlit's looking for its server, which it does below each page first."""
    return message.type == "error" and "/_stcore/" not in message.location["url"]


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("lab", LABS)
def test_whatever_a_monkey_does_the_page_works_on(browser, address, lab, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=size[0] < 500)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.text} {message.location}") if is_ours(message) else None)
    player = Player(page, address).open(lab)
    monkey = Monkey(page, f"{lab} {size}")
    early = 0.0
    for count in range(ACTS):
        monkey.act()
        if count == ACTS // 5 and ACTS >= LONG:
            player.settle()
            early = heap(page)
    page.keyboard.press("Escape")
    player.settle()
    assert player.errors == [], monkey.done
    assert said == [], monkey.done
    assert page.locator("[data-testid=stException]").count() == 0, monkey.done
    assert page.get_by_text("Something went wrong").count() == 0, monkey.done
    if early:
        assert heap(page) <= 1.1 * early
    check_that_it_works(player, address, monkey)
    context.close()


def check_that_it_works(player: Player, address: str, monkey: Monkey) -> None:
    """The link, as it is now, shows a fresh visitor the same; and the player's controls do what they say."""
    page = player.page
    if player.root.get_attribute("data-playing") == "true":
        player.press("Pause")
    player.settle()
    player.press("To end")
    fresh = Player(page.context.new_page(), address).open(page.url.removeprefix(f"{address}/"))
    fresh.press("To end")
    assert fresh.page.locator(READY).count() == 1
    assert (player.steps, player.loss) == (fresh.steps, fresh.loss), (page.url, monkey.done)
    player.press("To start")
    assert player.step == 0
