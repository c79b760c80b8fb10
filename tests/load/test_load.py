"""The load generator: it finds nothing where nothing is wrong, and what is wrong where something is."""

import pytest

from playground.errors import InputError
from playground.labs import LABS
from tests.load.__main__ import Load, percentiles, read_options
from tests.load.server import serve
from tests.load.students import BEGINNINGS, HOSTILE_RATES, HOSTILE_TEXTS, Run, Student, last_loss


@pytest.fixture(scope="module")
def load() -> Load:
    asked = read_options(["--sessions", "3", "--every", "0.2", "--seconds", "3", "--acts", "all", "--pages", "all"])
    with serve("app.py") as server:
        load = Load("three", server, asked, Student)
        load.run()
    return load


@pytest.mark.slow
def test_three_sessions_see_their_own_numbers(load: Load):
    assert load.failures == []
    assert {run.page for one in load.students for run, _, _ in one.seen} == {*BEGINNINGS}
    assert min(len(one.seen) for one in load.students) > 1


@pytest.mark.slow
def test_a_number_of_another_session_is_told(load: Load):
    for one in load.students:
        run, steps, loss = one.seen[-1]
        other = Student("", one.page, one.chance, seen=[(run, steps, 1.01 * loss), (run, steps - 1, loss)])
        assert len(other.wrong()) == 2


@pytest.mark.slow
def test_what_the_server_used_is_told(load: Load):
    assert load.during.memory >= load.before.memory > 0
    assert load.after.seconds > load.before.seconds
    assert load.spent > 0
    assert "rate" in str(load)


def test_the_plain_loop_ends_where_the_tutorial_ends():
    # At the parameters that README.md prints: 2.7157 and 1.4730.
    residuals = [2.7157 * x + 1.4730 - y for x, y in ((0.5, 2.0), (0.9, 3.8), (1.4, 5.0), (1.8, 7.2))]
    assert last_loss(BEGINNINGS["fit"]) == pytest.approx(sum(one**2 for one in residuals) / 4, rel=1e-3)


def test_the_plain_loop_goes_down_a_bowl_as_its_formula_says():
    # Each step of SGD leaves 1 - 2 lr of x's distance, and 1 - 2 lr b of y.
    expected = (0.9**5 * (2 - 3)) ** 2 + 1.5 * (0.85**5 * 1) ** 2
    assert last_loss(Run("descent", 0.05, 5, at=3.0, by=1.5)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_texts_are_no_function(text: str):
    function = next(one for one in LABS["descent"].fields(LABS["descent"].default) if one.name == "function")
    with pytest.raises(InputError):
        function.with_choice(LABS["descent"].default, text)


@pytest.mark.parametrize("text", [*HOSTILE_TEXTS, *HOSTILE_RATES])
@pytest.mark.parametrize("name", BEGINNINGS)
def test_hostile_rates_are_no_rate(name: str, text: str):
    rate = next(one for one in LABS[name].fields(LABS[name].default) if one.label == "Learning rate")
    with pytest.raises(InputError):
        rate.with_choice(LABS[name].default, text)


def test_percentiles_are_those_of_the_list():
    assert percentiles([k / 1e3 for k in range(101)]) == pytest.approx([50, 95, 99], abs=1.1)
    assert percentiles([]) == []
