"""A run whose first steps come before the others, in a real browser."""

import pytest

from tests.browser.conftest import serve
from tests.browser.driver import Player


@pytest.fixture(scope="module")
def parts():
    with serve("tests/browser/launcher.py", page="tests/browser/parts_page.py") as address:
        yield address


@pytest.fixture
def player(page, parts):
    return Player(page, parts).open()


def give(player, label, value):
    player.enter(label, str(value))
    player.settle()


def test_a_first_part_is_shown_where_it_holds_the_cursor_and_the_whole_follows(player):
    player.press("Step forward")
    give(player, "Known", 40)
    assert (player.step, player.steps, player.loss) == (1, 40, 99)
    give(player, "Scale", 2)
    assert (player.step, player.steps, player.loss) == (1, 40, 198)
    give(player, "Known", 100)
    assert (player.step, player.steps, player.loss) == (1, 100, 198)
    assert player.errors == []


def test_a_first_part_that_ends_before_the_cursor_is_not_shown(player):
    player.press("To end")
    give(player, "Scale", 3)
    assert (player.step, player.loss) == (100, 0)
    player.press("Step back")
    give(player, "Known", 40)
    assert (player.step, player.steps, player.loss) == (99, 100, 3)
    give(player, "Scale", 5)
    give(player, "Known", 100)
    assert (player.step, player.steps, player.loss) == (99, 100, 5)
    assert player.errors == []


def test_playing_waits_at_the_end_of_a_first_part_and_goes_on_with_the_whole(player):
    give(player, "Known", 40)
    player.page.get_by_label("Speed").select_option("60")
    player.press("Play")
    player.wait("data.step === '40'")
    player.settle()
    assert player.root.get_attribute("data-playing") == "true"
    give(player, "Known", 100)
    player.wait("data.playing === 'false'")
    assert (player.step, player.loss) == (100, 0)
    assert player.errors == []
