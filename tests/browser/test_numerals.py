"""A number in the player is written as the same number in Python's sentences."""

import math

import numpy as np

from playground.numerals import format_decimals, format_number
from tests.browser.conftest import ROOT

SOURCE = ROOT / "playground/player/browser/numbers.js"


def test_numbers_are_written_alike_in_the_browser_and_in_python(page):
    draw = np.random.default_rng(0)
    numbers = [0.0, 1.0, -3.0, 12346.0, 99999.4, 1e5, 9.493e202, 2.5e-9, -1e-4, 9.99996e-5, 9999.6, 1e22, 5e-324]
    numbers += (draw.choice([-1, 1], 500) * 10.0 ** draw.uniform(-12, 12, 500)).tolist()
    numbers += (draw.choice([-1, 1], 100) * 10.0 ** draw.uniform(-300, 300, 100)).tolist()
    source = SOURCE.read_text(encoding="utf-8").replace("export ", "")
    written = page.evaluate(
        f"(numbers) => {{ {source}; return numbers.map((one) => [format(one), brief(one)]); }}", numbers
    )
    assert written == [[format_decimals(one), format_number(one)] for one in numbers]


def test_what_is_no_finite_number_is_written_alike(page):
    source = SOURCE.read_text(encoding="utf-8").replace("export ", "")
    written = page.evaluate(f"() => {{ {source}; return [NaN, Infinity, -Infinity].map(format); }}")
    assert written == [format_decimals(one) for one in (math.nan, math.inf, -math.inf)]
