"""Print what a first and a second visit transfer, and how long each takes until the first picture stands.

Run it from the repository's root: ``python -m tests.benchmarks.bench_load``.
"""

import statistics
import sys
import time

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.conftest import launched, serve
from tests.browser.driver import READY
from tests.browser.traffic import Traffic

REPEATS = 5


def visit(context: BrowserContext, address: str) -> tuple[float, Traffic]:
    """Seconds until the player shows a step, and what was transferred."""
    page = context.new_page()
    traffic = Traffic(page)
    began = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(READY, timeout=120_000)
    took = time.perf_counter() - began
    page.wait_for_load_state("networkidle")
    page.close()
    return took, traffic


def two_visits(browser: Browser, address: str) -> list[tuple[float, Traffic]]:
    """By a browser that has never been there."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    visits = [visit(context, address) for _ in range(2)]
    context.close()
    return visits


def main() -> None:
    """Measure on a server that is warm, and print."""
    with sync_playwright() as playwright, serve("app.py") as address:
        browser = launched(playwright) or sys.exit("no browser")
        two_visits(browser, address)
        measured = [two_visits(browser, address) for _ in range(REPEATS)]
        for name, visits in zip(("first", "second"), zip(*measured, strict=True), strict=True):
            seconds = statistics.median(took for took, _ in visits)
            traffic = visits[-1][1]
            own = sum(traffic.of_player().values())
            print(
                f"{name} visit: {seconds:.1f} s to the first picture, {sum(traffic.bytes.values()) / 1e6:.2f} MB, "
                f"{own / 1e6:.3f} MB of them the player's and Plotly's"
            )
        browser.close()


if __name__ == "__main__":
    main()
