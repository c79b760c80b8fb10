"""The page Descent in a real browser: what only the browser can show."""

import math
from urllib.parse import urlencode

import pytest

from playground import Function, descend
from tests.browser.driver import Player

TWO_RUNNERS = {
    "function": "(x^2 + 10y^2)/2",
    "start_x": "2",
    "start_y": "1",
    "runner_1": "Adam,lr=0.1",
    "runner_2": "SGD,lr=0.18",
    "steps": "60",
}
RACE = "descent?" + urlencode(TWO_RUNNERS)
CANVAS = "node => node.parentElement.querySelector('canvas').toDataURL()"
PIXEL = """(node, [x, y]) => {
  const canvas = node.parentElement.querySelector('canvas'), ratio = canvas.width / canvas.clientWidth;
  return [...canvas.getContext('2d').getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data];
}"""
PLACE = """(node, [x, y]) => {
  const { xaxis, yaxis } = node._fullLayout;
  return [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)];
}"""


@pytest.fixture
def race(page, address) -> Player:
    return open_race(page, address)


def open_race(page, address, **changes) -> Player:
    return Player(page, address).open("descent?" + urlencode(TWO_RUNNERS | changes))


def cells(player, board):
    """The texts of a board's rows."""
    rows = player.page.locator(f"[data-panel={board}] tbody tr").all()
    return [row.locator("td").all_text_contents() for row in rows]


def at(player, panel, x, y):
    """Where a point of a plot lies on the screen."""
    box = player.plot(panel).bounding_box()
    left, top = player.plot(panel).evaluate(PLACE, [x, y])
    return box["x"] + left, box["y"] + top


def start(player):
    return tuple(
        float(player.page.get_by_label(f"Start {name}", exact=True).input_value().replace("−", "-")) for name in "xy"
    )


def test_one_cursor_moves_all_runners_and_the_table(look):
    race = look(RACE)
    adam, sgd = (
        descend(Function(TWO_RUNNERS["function"]), (2, 1), name, lr=lr, steps=60)
        for name, lr in (("Adam", 0.1), ("SGD", 0.18))
    )
    race.page.get_by_role("slider", name="Step", exact=True).fill("25")
    assert race.loss == float(adam.losses[25])
    first, second = cells(race, "standings")
    assert [first[0], second[0]] == ["Adam 0.1", "SGD 0.18"]
    assert float(first[2]) == pytest.approx(float(adam.losses[25]), abs=1e-4)
    assert [first[1], second[1]] == ["2", "1"]
    assert float(second[3].replace("e−", "e-")) == pytest.approx(float(sgd.parameters[25].norm()), rel=1e-3)
    assert race.errors == []


def test_each_runner_stands_on_the_contours_in_its_colour(look):
    race = look(RACE)
    race.page.get_by_role("slider", name="Step", exact=True).fill("8")
    for name, lr, colour in (("Adam", 0.1, (213, 94, 0)), ("SGD", 0.18, (86, 180, 233))):
        run = descend(Function(TWO_RUNNERS["function"]), (2, 1), name, lr=lr, steps=8)
        place = race.plot("contours").evaluate(PLACE, run.parameters[-1].tolist())
        assert tuple(race.plot("contours").evaluate(PIXEL, place)[:3]) == colour


def test_a_cell_can_fill_the_whole_grid_and_go_back(look):
    race = look(RACE)
    cell = race.page.locator(".gp-cell").first
    small = cell.bounding_box()["width"]
    cell.hover()
    cell.get_by_role("button", name="Larger", exact=True).click()
    race.page.wait_for_function(
        f"() => document.querySelector('[data-panel=contours] .gp-plot')._fullLayout.width > {1.9 * small}"
    )
    assert cell.bounding_box()["width"] > 1.9 * small
    cell.get_by_role("button", name="Smaller", exact=True).click()
    assert cell.bounding_box()["width"] == small


def test_the_step_is_typeset_with_the_numbers_at_the_cursor(look):
    race = look(RACE)
    race.choose("Numbers")
    mean = race.page.locator("[data-panel=numbers] tbody tr:not([hidden])").first.locator("math").last
    assert mean.text_content().startswith("=0.9·0+(1−0.9)·2=0.2")
    race.press("Step forward")
    run = descend(Function(TWO_RUNNERS["function"]), (2, 1), "Adam", lr=0.1, steps=2)
    m, g = run.states["exp_avg"][1, 0], run.gradients[1, 0]
    assert mean.text_content().startswith(f"=0.9·{m:.4f}+(1−0.9)·{g:.4f}={run.states['exp_avg'][2, 0]:.4f}")
    race.choose("Step")
    first = race.page.locator("[data-panel=step] tbody tr:not([hidden])").nth(1).locator("td").all_text_contents()
    assert float(first[1]) == pytest.approx(float(run.states["exp_avg"][2, 0]), abs=1e-4)


def test_a_row_of_the_table_chooses_its_runner(race):
    assert race.page.get_by_label("Optimizer", exact=True).input_value() == "Adam"
    race.page.locator("[data-panel=standings] tbody tr").nth(1).click()
    race.page.locator("[data-panel=standings] tbody tr[aria-selected=true]", has_text="SGD").wait_for()
    race.settle()
    assert race.page.get_by_label("Optimizer", exact=True).input_value() == "SGD"
    assert race.page.get_by_label("Learning rate", exact=True).input_value() == "0.18"


def test_a_click_on_the_contours_sets_the_start_of_all(race):
    race.page.mouse.click(*at(race, "contours", -3, 2))
    race.wait("Math.abs(data.loss - 24.5) < 0.8")
    race.settle()
    assert start(race) == pytest.approx((-3, 2), abs=0.05)
    x, y = start(race)
    assert race.loss == pytest.approx((x**2 + 10 * y**2) / 2, rel=1e-12)


def test_a_drag_shows_the_new_path_on_the_way_and_ends_where_it_is_dropped(race):
    mouse = race.page.mouse
    mouse.move(*at(race, "contours", 2, 1))
    mouse.down()
    mouse.move(*at(race, "contours", 0, 1.5))
    mouse.move(*at(race, "contours", -2, 2))
    race.wait("Math.abs(data.loss - 7) > 1")  # before it is dropped
    mouse.move(*at(race, "contours", -4, -2))
    mouse.up()
    race.wait("Math.abs(data.loss - 28) < 1")
    race.settle()
    assert start(race) == pytest.approx((-4, -2), abs=0.06)


def test_a_click_on_the_curve_sets_the_start_of_one_variable(page, address):
    player = Player(page, address).open("descent?" + urlencode({"function": "x^2", "start_x": "3", "steps": "20"}))
    player.page.mouse.click(*at(player, "curve", -2, 2))
    player.wait("Math.abs(data.loss - 4) < 0.3")
    assert player.errors == []


def test_a_tab_that_was_hidden_is_drawn_when_it_is_chosen(race):
    race.choose("Distance")
    race.press("To end")
    assert race.plot("distance").is_visible()
    assert not race.plot("loss").is_visible()
    before = race.plot("distance").evaluate(CANVAS)
    race.press("To start")
    assert race.plot("distance").evaluate(CANVAS) != before


def test_a_state_is_drawn_as_an_arrow_once_its_name_in_the_legend_is_pressed(race):
    race.press("To end")
    race.press("Step back")
    before = race.plot("contours").evaluate(CANVAS)
    legend = "[data-panel=contours] .legendtoggle"
    race.page.locator(legend).nth(3).click(force=True)
    race.page.wait_for_function(
        f"before => ({CANVAS})(document.querySelector('[data-panel=contours] .gp-plot')) !== before", arg=before
    )


def test_settings_are_as_they_were_when_their_popover_opens(page, address):
    text = "SGD,lr=0.05,momentum=0.9,nesterov=true,scheduler=StepLR,step_size=7"
    player = open_race(page, address, runner_1=text, noise="0.3", seed="5")
    player.enter("Steps", "61")
    player.settle()
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Momentum", exact=True).wait_for()
    assert page.get_by_label("Momentum", exact=True).input_value() == "0.9"
    assert page.get_by_label("Nesterov", exact=True).is_checked()
    assert page.get_by_label("Step size", exact=True).input_value() == "7"
    page.keyboard.press("Escape")
    player.settle()
    player.enter("Steps", "62")
    player.settle()
    page.get_by_role("button", name="Noise, view").click()
    page.get_by_label("Seed", exact=True).wait_for()
    assert page.get_by_label("Seed", exact=True).input_value() == "5"
    assert page.get_by_label("Gradient noise", exact=True).input_value() == "0.3"
    assert page.locator("[class*=st-key-problem_]").count() == 0


def test_another_preset_begins_at_its_start(race):
    race.press("To end")
    race.page.get_by_label("Gallery", exact=True).click()
    race.page.keyboard.type("Double well")
    race.page.keyboard.press("Enter")
    race.page.locator("[data-panel=curve]").wait_for()
    race.wait("data.step === '0'")
    drawn = race.page.locator(".gp-cell").evaluate_all(
        "cells => cells.map(cell => cell.querySelectorAll('.gp-panel:not([hidden])').length)"
    )
    assert drawn == [1, 1, 1, 1]


def test_a_large_cell_that_goes_gives_the_others_their_room_back(race):
    race.page.locator(".gp-cell").nth(1).hover()
    race.page.locator(".gp-cell").nth(1).get_by_role("button", name="Larger", exact=True).click()
    race.enter("Function", "x^2")
    race.page.locator("[data-panel=curve]").wait_for()
    assert all(cell.is_visible() for cell in race.page.locator(".gp-cell").all())


def test_no_headline_moves_the_player(page, address):
    player = Player(page, address).open("descent")
    top = player.root.bounding_box()["y"]
    page.get_by_label("Gallery", exact=True).click()
    page.keyboard.type("Adam's limit")
    page.keyboard.press("Enter")
    page.locator("[data-panel=curve]").wait_for()
    player.settle()
    box = player.root.bounding_box()
    assert (box["y"], box["y"] + box["height"] <= 720) == (top, True)


def test_the_other_pages_fields_are_as_they_were(page, address):
    player = Player(page, address).open()
    player.enter("Model", "a*x^2 + b")
    player.settle()
    player.enter("Learning rate", "0.07")
    player.settle()
    page.get_by_role("link", name="Descent").click()
    page.locator("[data-panel=standings]").wait_for(state="attached")
    player.settle()
    player.enter("Learning rate", "0.033")
    player.settle()
    page.get_by_role("link", name="Fit").click()
    page.locator("[data-panel=data]").wait_for()
    player.settle()
    assert page.get_by_label("Model", exact=True).input_value() == "a*x^2 + b"
    assert page.get_by_label("Learning rate", exact=True).input_value() == "0.07"
    page.get_by_role("link", name="Descent").click()
    page.locator("[data-panel=standings]").wait_for(state="attached")
    player.settle()
    assert page.get_by_label("Learning rate", exact=True).input_value() == "0.033"
    assert player.errors == []


def test_the_panels_follow_the_number_of_variables(race):
    race.enter("Function", "x^2 - cos(3x)")
    race.page.locator("[data-panel=curve]").wait_for()
    assert race.page.locator("[data-panel=contours]").count() == 0
    race.settle()
    race.enter("Function", "x^2 + y^2 + 2z^2 + x y")
    race.page.locator("[data-panel=contours]").wait_for()
    race.settle()
    assert race.page.locator("[data-panel=curve]").count() == 0
    assert "off the slice by" in race.page.locator(".gp-readouts").text_content()
    assert race.errors == []


def test_playing_past_the_end_goes_on_with_all_runners(race):
    race.press("To end")
    race.page.get_by_label("Speed").select_option("60")
    race.press("Play")
    race.wait("Number(data.step) > 70")
    race.press("Pause")
    race.settle()
    steps = race.steps
    assert steps >= 160
    adam, sgd = (
        descend(Function(TWO_RUNNERS["function"]), (2, 1), name, lr=lr, steps=steps)
        for name, lr in (("Adam", 0.1), ("SGD", 0.18))
    )
    race.press("To end")
    assert race.loss == float(adam.losses[race.step])
    assert cells(race, "standings")[1][5] == str(int(sgd.evaluations[race.step]))
    assert race.page.get_by_label("Steps", exact=True).input_value() == str(steps)


def test_a_runner_that_diverges_doesnt_stop_the_others(page, address):
    player = open_race(page, address, runner_2="SGD,lr=5", steps="400")
    player.press("To end")
    assert player.step == 400
    first, second = cells(player, "standings")
    assert second[2] == "inf"
    assert math.isfinite(float(first[2].replace("e−", "e-")))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)], ids=str)
def test_the_lab_is_one_screen(page, address, size, scheme):
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    player = open_race(page, address)
    for locator in (player.root, page.get_by_label("Steps", exact=True), page.get_by_label("Function", exact=True)):
        box = locator.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= height
    boxes = [cell.bounding_box() for cell in page.locator(".gp-cell").all()]
    assert len(boxes) == 4
    assert all(box["width"] > 0.3 * width and box["height"] > 0.3 * height for box in boxes)
    scroller = page.locator("[data-testid=stMain]")
    assert scroller.evaluate("node => node.scrollHeight - node.clientHeight") <= 0
    assert player.errors == []


MIDDLES = """() => {
  const middle = (node) => { const { left, right } = node.getBoundingClientRect(); return (left + right) / 2; };
  const place = document.querySelector('.st-key-lr_slider_place');
  const thumb = place.querySelector('input[type=range]').parentElement.parentElement;
  return [thumb, place.querySelector('.gp-mark')].map(middle);
}"""


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_mark_of_the_largest_stable_rate_stands_where_the_thumb_would_and_explains_itself(page, address, width):
    page.set_viewport_size({"width": width, "height": 720})
    bowl = {"function": "(x^2 + 10y^2)/2", "runner_1": "SGD,lr=0.2"}  # 2/λmax = 0.2
    Player(page, address).open("descent?" + urlencode(bowl))
    if width < 768:
        page.get_by_role("button", name="Controls").click()
        page.locator(".gp-mark").scroll_into_view_if_needed()
    thumb, mark = page.evaluate(MIDDLES)
    assert abs(thumb - mark) < 1
    told = page.locator(".gp-told")
    assert not told.is_visible()
    page.locator(".gp-mark").focus()
    told.wait_for(state="visible")
    assert "0.2" in told.text_content()


def test_an_optimizer_without_a_known_limit_has_no_mark(page, address):
    open_race(page, address, runner_1="Adam,lr=0.1", runner_2="")
    assert page.locator(".gp-mark").count() == 0


def test_each_picture_of_several_runners_has_a_legend_of_them(race):
    legends = race.page.locator("[data-panel=contours] .gp-legend, [data-panel=surface] .gp-legend").all()
    assert [one.text_content() for one in legends] == ["1Adam 0.12SGD 0.18"] * 2
    names = race.page.locator("[data-panel=contours] .gp-legend .gp-name")
    assert [one.inner_text() for one in names.all()] == ["Adam 0.1", "SGD 0.18"]
