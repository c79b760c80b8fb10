"""Points that are added, moved and deleted on a plot, in a real browser."""

import json

import pytest

from tests.browser.conftest import serve
from tests.browser.driver import Player

POINTS = [(1, 1), (2, 3), (4, 2)]
PLACE = """(node, [x, y]) => {
  const {xaxis, yaxis} = node._fullLayout, box = node.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""
COLOUR = """(node, [x, y]) => {
  const canvas = node.parentElement.querySelector('canvas'), box = canvas.getBoundingClientRect();
  return [...canvas.getContext('2d').getImageData(x - box.left, y - box.top, 1, 1).data].slice(0, 3);
}"""
CURSOR = "node => getComputedStyle(node.querySelector('.nsewdrag')).cursor"
GREEN = [0, 158, 115]
# From now on, how many frames were drawn, and those of them in which a pixel wasn't green.
WATCH = f"""(node, place) => {{
  window.frames_seen = window.frames_missing = 0;
  const look = () => {{
    window.frames_seen += 1;
    window.frames_missing += ({COLOUR})(node, place).join() !== "{",".join(map(str, GREEN))}";
    requestAnimationFrame(look);
  }};
  requestAnimationFrame(look);
}}"""
NEAR = 0.02  # a pixel, in the plot's coordinates


@pytest.fixture(scope="module")
def editing():
    with serve("tests/browser/launcher.py", page="tests/browser/editing_page.py") as address:
        yield address


@pytest.fixture
def editor(page, editing):
    return Player(page, editing).open()


def told(player):
    """What the page says that it has."""
    return json.loads(player.page.get_by_test_id("stText").inner_text())


def wait_until_told(player, row, condition):
    """Until the page says of the point in ``row``, at x and y, what the JavaScript ``condition`` wants."""
    player.page.wait_for_function(
        f"""() => {{
          const [x, y] = JSON.parse(document.querySelector("[data-testid=stText]").innerText).points[{row}];
          return {condition};
        }}"""
    )


def near(x, y):
    return f"Math.hypot(x - {x}, y - {y}) < {NEAR}"


def points(player):
    player.settle()
    return [pytest.approx(point, abs=NEAR) for point in told(player)["points"]]


def at(player, x, y):
    return player.plot("data").evaluate(PLACE, [x, y])


def click(player, x, y):
    player.page.mouse.click(*at(player, x, y))


def grab(player, x, y):
    player.page.mouse.move(*at(player, x, y))
    player.page.mouse.down()


def pull(player, *way):
    for place in way:
        player.page.mouse.move(*at(player, *place), steps=4)


def is_drawn(player, x, y):
    return player.plot("data").evaluate(COLOUR, at(player, x, y)) == GREEN


def remover(player):
    return player.page.get_by_role("button", name="Delete point", exact=True)


def test_a_click_on_the_empty_plot_adds_a_point_at_once(editor):
    assert not is_drawn(editor, 3, 4)
    click(editor, 3, 4)
    assert is_drawn(editor, 3, 4)
    assert points(editor) == [*POINTS, (3, 4)]
    assert is_drawn(editor, 3, 4)
    assert editor.errors == []


def test_the_second_click_of_two_on_the_same_place_selects_the_new_point(editor):
    editor.page.mouse.dblclick(*at(editor, 3, 4))
    assert points(editor) == [*POINTS, (3, 4)]
    editor.page.keyboard.press("Delete")
    assert points(editor) == POINTS


def test_a_drag_moves_a_point_and_ends_where_it_is_dropped(editor):
    grab(editor, 2, 3)
    pull(editor, (3, 4))
    wait_until_told(editor, 1, near(3, 4))
    pull(editor, (4.5, 0.5))
    assert is_drawn(editor, 4.5, 0.5)
    assert not is_drawn(editor, 2, 3)
    editor.page.mouse.up()
    assert is_drawn(editor, 4.5, 0.5)
    assert points(editor) == [(1, 1), (4.5, 0.5), (4, 2)]
    *moving, last = told(editor)["moves"]
    assert moving
    assert all(moving)
    assert last is False
    assert remover(editor).count() == 0


def test_an_answer_during_a_drag_moves_nothing_back(page, editing):
    editor = Player(page, editing).open("?slow=0.5")
    editor.sent.clear()
    grab(editor, 2, 3)
    pull(editor, (3, 4))
    wait_until_told(editor, 1, "x > 2.05")  # Python has begun to answer, which takes it half a second
    pull(editor, (4.5, 0.5))
    editor.plot("data").evaluate(WATCH, at(editor, 4.5, 0.5))
    editor.settle()  # the answer to where the point had been
    wait_until_told(editor, 1, near(4.5, 0.5))  # and the one to where it rests
    editor.settle()
    page.mouse.up()
    assert points(editor) == [(1, 1), (4.5, 0.5), (4, 2)]
    first, *_ = told(editor)["moves"]
    assert first is True
    assert len(told(editor)["moves"]) >= 3
    assert page.evaluate("window.frames_missing") == 0
    assert page.evaluate("window.frames_seen") > 10


def test_edits_while_python_is_busy_reach_it_in_order(page, editing):
    editor = Player(page, editing).open("?slow=0.5")
    click(editor, 1, 1)
    page.keyboard.press("Delete")
    click(editor, 3, 4)
    click(editor, 2, 3)  # the first one by now
    page.keyboard.press("Delete")
    grab(editor, 3, 4)
    pull(editor, (1, 4))
    page.mouse.up()
    assert points(editor) == [(4, 2), (1, 4)]
    assert is_drawn(editor, 4, 2)
    assert is_drawn(editor, 1, 4)


def test_python_has_the_last_word(page, editing):
    editor = Player(page, editing).open("?refuse=1")
    grab(editor, 2, 3)
    pull(editor, (4.5, 0.5))
    page.mouse.up()
    click(editor, 3, 4)
    assert points(editor) == POINTS
    assert is_drawn(editor, 2, 3)
    assert not is_drawn(editor, 4.5, 0.5)
    assert not is_drawn(editor, 3, 4)


def test_each_point_keeps_its_own_marker(page, editing):
    editor = Player(page, editing).open("?mixed=1&slow=0.5")
    assert is_drawn(editor, 1, 1)
    assert not is_drawn(editor, 2, 3)
    grab(editor, 2, 3)
    pull(editor, (3, 4))
    page.mouse.up()
    assert not is_drawn(editor, 3, 4)
    x, y = at(editor, 3, 4)
    assert editor.plot("data").evaluate(COLOUR, (x + 11, y)) == GREEN
    click(editor, 1, 1)
    page.keyboard.press("Delete")
    assert not is_drawn(editor, 3, 4)
    assert editor.errors == []


@pytest.mark.parametrize("key", ["Delete", "Backspace"])
def test_a_key_deletes_the_point_that_a_click_selected(editor, key):
    click(editor, 2, 3)
    remover(editor).wait_for()
    editor.page.keyboard.press(key)
    assert not is_drawn(editor, 2, 3)
    assert points(editor) == [(1, 1), (4, 2)]
    assert remover(editor).count() == 0
    editor.page.keyboard.press(key)
    assert points(editor) == [(1, 1), (4, 2)]


def test_a_button_deletes_it_and_leaves_the_keys_to_the_player(editor):
    click(editor, 2, 3)
    remover(editor).click()
    assert points(editor) == [(1, 1), (4, 2)]
    editor.page.keyboard.press("ArrowRight")
    assert editor.step == 1


def test_escape_or_another_click_deselects(editor):
    for deselect in (lambda: editor.page.keyboard.press("Escape"), lambda: click(editor, 2, 3)):
        click(editor, 2, 3)
        remover(editor).wait_for()
        deselect()
        remover(editor).wait_for(state="detached")
        editor.page.keyboard.press("Delete")
    assert points(editor) == POINTS


def test_the_selection_stays_with_its_point_and_goes_when_others_come(editor):
    click(editor, 2, 3)
    grab(editor, 1, 1)
    pull(editor, (1, 4))
    editor.page.mouse.up()
    editor.settle()
    assert remover(editor).is_visible()
    click(editor, 3, 4)
    assert remover(editor).count() == 0
    assert points(editor) == [(1, 4), (2, 3), (4, 2), (3, 4)]


def test_a_press_on_the_empty_plot_that_moves_adds_nothing(editor):
    grab(editor, 3, 4)
    pull(editor, (3.5, 4.5))
    editor.page.mouse.up()
    assert points(editor) == POINTS


def test_a_point_that_leaves_the_plot_is_dropped_where_it_was_last_inside(editor):
    grab(editor, 4, 2)
    pull(editor, (4.9, 2), (6, 2))
    editor.page.mouse.up()
    editor.settle()
    x, y = told(editor)["points"][2]
    assert 4.8 < x <= 5
    assert y == pytest.approx(2, abs=NEAR)


def test_only_the_first_button_edits(editor):
    editor.page.mouse.click(*at(editor, 3, 4), button="right")
    assert points(editor) == POINTS


def test_the_players_keys_work_after_a_click(editor):
    click(editor, 2, 3)
    editor.page.keyboard.press("ArrowRight")
    assert editor.step == 1
    editor.page.keyboard.press("End")
    assert editor.step == 2
    assert points(editor) == POINTS


def test_keys_in_a_field_are_the_fields_own(editor):
    click(editor, 2, 3)
    field = editor.page.get_by_label("Name", exact=True)
    field.fill("abc")
    field.press("Backspace")
    assert field.input_value() == "ab"
    assert points(editor) == POINTS


def test_the_last_point_can_go_and_another_come(editor):
    for place in POINTS:
        click(editor, *place)
        editor.page.keyboard.press("Delete")
        editor.settle()
    assert points(editor) == []
    click(editor, 3, 4)
    assert points(editor) == [(3, 4)]
    assert is_drawn(editor, 3, 4)
    assert editor.errors == []


def test_the_pointer_says_what_a_press_would_do(editor):
    cursor = lambda: editor.plot("data").evaluate(CURSOR)  # noqa: E731
    pull(editor, (3, 4))
    assert cursor() == "crosshair"
    pull(editor, (2, 3))
    assert cursor() == "grab"
    editor.page.mouse.down()
    assert cursor() == "grabbing"
    editor.page.mouse.up()
    assert cursor() == "grab"


def test_a_finger_drags_a_point(browser, editing):
    context = browser.new_context(has_touch=True, viewport={"width": 900, "height": 700})
    editor = Player(context.new_page(), editing).open()
    session = context.new_cdp_session(editor.page)

    def touch(kind, *place):
        fingers = [dict(zip("xy", at(editor, *place), strict=True))] if place else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    def drag():
        for place in ((2.2, 3.2), (3, 4), (4, 4)):
            touch("touchMove", *place)
        touch("touchEnd")

    touch("touchStart", 2, 3)
    drag()  # a swipe
    assert points(editor) == [(1, 1), (2, 3), (4, 2)]
    touch("touchStart", 2, 3)
    editor.page.wait_for_function("() => document.querySelector('[data-held=true]')")
    drag()
    assert points(editor) == [(1, 1), (4, 4), (4, 2)]
    editor.page.touchscreen.tap(*at(editor, 4, 2))
    remover(editor).tap()
    assert points(editor) == [(1, 1), (4, 4)]
    context.close()
