"""Print how long a new learning rate and a new start take until they are painted, and how smoothly the player plays.

The baseline of the first is ``minimal_page.py`` on the same server settings, in the same run. Run it from
the repository's root: ``python -m tests.benchmarks.bench_page``.
"""

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import launched, serve
from tests.browser.driver import Player

REPEATS = 25
TARGET = 2.0
TARGET_OF_START = 2.5
TARGET_OF_SETTING = 2.5
ON_SCREEN = 1.0

# From the key to the second animation frame in which the page shows the change: by then it is painted.
STOPWATCH = """([state, kind]) => document.addEventListener(kind, (event) => {
  if (kind === "keydown" && event.key !== "Enter") return;
  const read = new Function(`return ${state}`), pressed = performance.now(), before = read();
  window.took = 0;
  const look = () => read() === before
    ? requestAnimationFrame(look)
    : requestAnimationFrame(() => { window.took = performance.now() - pressed; });
  look();
}, true)"""
PLOTTED = "document.querySelector('.st-key-plot .legendtext')?.textContent"
PLAYED = "document.querySelector('[data-testid=player]').dataset.loss"
FRAMES = """() => {
  const root = document.querySelector("[data-testid=player]"), shown = window.shown = [];
  let last = root.dataset.step;
  const look = () => {
    if (shown !== window.shown) return;
    if (root.dataset.step !== last) { last = root.dataset.step; shown.push(performance.now()); }
    requestAnimationFrame(look);
  };
  look();
}"""


def press_to_paint(page: Page, state: str, rates: list[float]) -> list[float]:
    """Milliseconds for each rate until the JavaScript expression ``state`` has another value on the screen."""
    page.evaluate(STOPWATCH, [state, "keydown"])
    field = page.get_by_label("Learning rate", exact=True)
    times = []
    for rate in rates:
        field.fill(f"{rate:g}")
        page.evaluate("window.took = 0")
        field.press("Enter")
        page.wait_for_function("window.took > 0")
        times.append(page.evaluate("window.took"))
        page.wait_for_timeout(800)
    return times


def click_to_paint(page: Page, points: int) -> list[float]:
    """Milliseconds from the release of the button to a new start's paths, for each of several points."""
    page.evaluate(STOPWATCH, [PLAYED, "pointerup"])
    box = page.locator("[data-panel=contours] .gp-plot").bounding_box()
    assert box
    times = []
    for i in range(points):
        page.evaluate("window.took = 0")
        page.mouse.click(box["x"] + box["width"] * (0.3 + 0.35 * i / points), box["y"] + box["height"] * 0.55)
        page.wait_for_function("window.took > 0")
        times.append(page.evaluate("window.took"))
        page.wait_for_timeout(1200)
    return times


def drop_to_paint(page: Page, drops: int) -> list[float]:
    """Milliseconds from the drop of a dragged data point to the new path, for each of several drops."""
    page.evaluate(STOPWATCH, [PLAYED, "pointerup"])
    box = page.locator("[data-panel=data] .gp-plot").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)  # a point to drag
    page.wait_for_timeout(1500)
    times, x, y = [], box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4
    for i in range(drops):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + 30)
        page.wait_for_timeout(600)  # what was asked for on the way has come
        x, y = x + 3, y + (-25 if i % 2 else 25)
        page.evaluate("window.took = 0")
        page.mouse.move(x, y)
        page.mouse.up()
        page.wait_for_function("window.took > 0")
        times.append(page.evaluate("window.took"))
        page.wait_for_timeout(1200)
    return times


def updates_a_second(player: Player) -> float:
    """Distinct steps on the screen in a second while playing 60 of them."""
    player.page.get_by_label("Speed").select_option("60")
    player.press("To start")
    player.page.evaluate(FRAMES)
    player.press("Play")
    player.wait("data.playing === 'true'")
    player.wait("data.playing === 'false'")
    shown = player.page.evaluate("window.shown")
    return 1000 * (len(shown) - 1) / (shown[-1] - shown[0])


TWO_RUNNERS = {"runner_1": "Adam,lr=0.05", "runner_2": "SGD,lr=0.0005,momentum=0.9", "steps": "200"}
SIX_RUNNERS = {
    "runner_1": "Adam,lr=0.05",
    "runner_2": "LBFGS,lr=0.5",
    "runner_3": "SGD,lr=0.0005,momentum=0.9",
    "runner_4": "RMSprop,lr=0.01",
    "runner_5": "NAdam,lr=0.02",
    "runner_6": "Adagrad,lr=0.5",
    "steps": "500",
}


def open_race(page: Page, address: str, runners: dict[str, str]) -> Player:
    """A race on Rosenbrock's function."""
    query = {"function": "(1-x)^2 + 100(y-x^2)^2", "start_x": "-1.2", "start_y": "1"} | runners
    return Player(page, address).open("descent?" + urlencode(query))


@contextmanager
def page_of(browser: Browser, script: str) -> Iterator[tuple[Page, str]]:
    """A new page, and the address of a server that runs ``script``."""
    with serve(script) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        yield context.new_page(), address
        context.close()


def measure_network(page: Page, address: str, minimal: float) -> None:
    """Print how soon a network's new setting is on screen, beside the minimal page's milliseconds; and how it plays."""
    rates = [0.02 + 0.002 * i for i in range(10)]
    player = Player(page, address).open("network?hidden=8,+8&steps=300")
    player.press("Step forward")
    first = statistics.median(press_to_paint(page, PLAYED, rates))
    print(
        f"a network's new setting, its first 40 steps on screen: {first / minimal:.2f} x the minimal page "
        f"(target <= {TARGET_OF_SETTING:.2f}; {first:.0f} ms)"
    )
    last = "document.querySelector('[data-panel=standings] td:nth-child(3)')?.textContent"
    page.get_by_role("tab", name="Race").click()
    player.press("To end")
    learnt = statistics.median(press_to_paint(page, last, [rate + 0.001 for rate in rates]))
    print(
        f"a network of 105 parameters, 300 steps with a new rate: {learnt / minimal:.2f} x the "
        f"minimal page ({learnt:.0f} ms)"
    )
    print(f"playing it at 60 steps a second: {updates_a_second(player):.0f} visible updates a second")


def main() -> None:
    """Measure both pages in turns, and print."""
    rates = [0.02 + 0.01 * i for i in range(REPEATS)]
    with sync_playwright() as playwright:
        browser = launched(playwright) or sys.exit("no browser")
        with (
            page_of(browser, "tests/benchmarks/minimal_page.py") as (minimal, minimal_address),
            page_of(browser, "app.py") as (page, address),
        ):
            minimal.goto(minimal_address)
            minimal.wait_for_selector(".st-key-plot .legendtext", timeout=60_000)
            player = Player(page, address).open()
            player.press("Step forward")
            plot, ours = press_to_paint(minimal, PLOTTED, rates), press_to_paint(page, PLAYED, rates)
            ratio = statistics.median(ours) / statistics.median(plot)
            print(
                f"a new learning rate on screen: {ratio:.2f} x a minimal page that redraws one small plot "
                f"(target <= {TARGET:.2f}; {statistics.median(ours):.0f} ms against {statistics.median(plot):.0f} ms)"
            )
            starts = click_to_paint(open_race(page, address, TWO_RUNNERS).page, REPEATS)
            ratio = statistics.median(starts) / statistics.median(plot)
            print(
                f"a new start of two runners of 200 steps on screen: {ratio:.2f} x the minimal page "
                f"(target <= {TARGET_OF_START:.2f}; {statistics.median(starts):.0f} ms)"
            )
            drops = drop_to_paint(Player(page, address).open().page, REPEATS)
            ratio = statistics.median(drops) / statistics.median(plot)
            print(
                f"the new path after a data point was dropped: {ratio:.2f} x the minimal page "
                f"(target <= {TARGET:.2f}; {statistics.median(drops):.0f} ms)"
            )
            race = open_race(page, address, SIX_RUNNERS)
            rates = [0.03 + 0.002 * i for i in range(10)]
            six = statistics.median(
                press_to_paint(race.page, "document.querySelector('.gp-board td')?.textContent", rates)
            )
            print(f"six runners of 500 steps, one changed: {six / 1000:.2f} s (target <= {ON_SCREEN:.2f} s)")
            player = Player(page, address).open()
            print(f"playing at 60 steps a second, all views: {updates_a_second(player):.0f} visible updates a second")
            page.locator("[data-panel=surface]").evaluate("node => { node.style.display = 'none'; }")
            print(f"the same, 2D views alone: {updates_a_second(player):.0f} visible updates a second")
            measure_network(page, address, statistics.median(plot))
        browser.close()


if __name__ == "__main__":
    main()
