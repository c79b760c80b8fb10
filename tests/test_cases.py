"""A grid of cases tells each case that fails, as so many tests would."""

import pytest

from tests.cases import each_case

pytest_plugins = ["pytester"]

GRID = """
import pytest
from tests.cases import each_case

@pytest.fixture
def three():
    return 3

@each_case("a", [1, 2])
@each_case("b, c", [(1, 2), pytest.param(3, 3, id="threes")])
def test_grid(a, b, three, c):
    assert b < c < three
    with pytest.raises(ZeroDivisionError):
        a / (a - b)

@each_case("a", [1, 2], ids=["one", "two"])
def test_names(a):
    assert a == 3
"""


def test_each_case_that_fails_is_named_and_the_others_are_run(pytester):
    pytester.makepyfile(GRID)
    result = pytester.runpytest("-n0", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=7)  # the two tests, and five of their six cases
    assert sorted(line.split(" test_")[0] for line in result.outlines if line.startswith("SUBFAILED")) == [
        "SUBFAILED[a=1, threes]",
        "SUBFAILED[a=2, b=1, c=2]",
        "SUBFAILED[a=2, threes]",
        "SUBFAILED[one]",
        "SUBFAILED[two]",
    ]


def test_a_grid_without_a_case_is_refused():
    with pytest.raises(AssertionError, match="tests nothing"):
        each_case("a", [])
