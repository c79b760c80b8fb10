"""What a person does with a picture: looks closer, turns it, asks what is there, and goes back."""

import pytest

from tests.browser.driver import Player

RANGES = """name => {
  const {xaxis, yaxis} = document.querySelector(`[data-panel=${name}] .gp-plot`)._fullLayout;
  return [xaxis.range, yaxis.range];
}"""
PLACE = """([name, x, y]) => {
  const plot = document.querySelector(`[data-panel=${name}] .gp-plot`);
  const {xaxis, yaxis} = plot._fullLayout, {left, top} = plot.getBoundingClientRect();
  return [left + xaxis._offset + xaxis.d2p(x), top + yaxis._offset + yaxis.d2p(y)];
}"""
CAMERA = "() => document.querySelector('[data-panel=surface] .gp-plot')._fullLayout.scene._scene.getCamera()"


def ranges(player, name="contours"):
    return player.page.evaluate(RANGES, name)


def place(player, name, x, y):
    """Where a point of a picture lies in the window."""
    return player.page.evaluate(PLACE, [name, x, y])


def told(player, name):
    return player.page.locator(f"[data-panel={name}] .gp-told-there")


def camera(player):
    return player.page.evaluate(CAMERA)


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_contours_are_zoomed_and_moved_and_fit_to_the_run_again(player):
    before, url, page = ranges(player), player.page.url, player.page
    back = page.get_by_role("button", name="Fit to the run")
    assert not back.is_visible()
    spot = place(player, "contours", 2, 0.5)
    page.mouse.move(*spot)
    page.mouse.wheel(0, -200)
    back.wait_for()
    (left, right), (low, high) = ranges(player)
    assert before[0][0] < left < 2 < right < before[0][1]
    assert before[1][0] < low < 0.5 < high < before[1][1]
    # What lay under the pointer follows it.
    page.keyboard.down("Shift")
    drag(page, spot, (spot[0] - 50, spot[1] + 20))
    page.keyboard.up("Shift")
    page.wait_for_function(f"before => ({RANGES})('contours')[0][0] > before", arg=left)
    player.settle()
    assert place(player, "contours", 2, 0.5) == pytest.approx([spot[0] - 50, spot[1] + 20], abs=1)
    assert page.url == url  # the start stays
    back.click()
    back.wait_for(state="hidden")
    assert ranges(player) == before


def test_a_drag_without_shift_still_sets_the_start(player):
    before = ranges(player)
    drag(player.page, place(player, "contours", -0.486989, -0.563709), place(player, "contours", 1, 1))
    player.settle()
    assert float(player.page.get_by_label("Start a", exact=True).input_value()) == pytest.approx(1, abs=0.05)
    assert ranges(player) == before


def test_a_scene_turns_about_the_upright_axis_and_is_set_upright_again(player):
    player.page.get_by_role("tab", name="Surface").click()
    player.page.wait_for_function(f"() => document.querySelector('[data-panel=surface] .main-svg') && ({CAMERA})()")
    before = camera(player)["eye"]
    upright = player.page.get_by_role("button", name="Set upright")
    assert not upright.is_visible()
    box = player.page.locator("[data-panel=surface]").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for end in (lambda: upright.click(), lambda: player.page.mouse.dblclick(*middle)):
        drag(player.page, middle, (middle[0] + 120, middle[1] - 40))
        upright.wait_for()
        assert camera(player)["up"] == {"x": 0, "y": 0, "z": 1}
        turned = camera(player)["eye"]
        assert max(abs(turned[axis] - before[axis]) for axis in "xyz") > 0.1
        end()
        upright.wait_for(state="hidden")
        assert camera(player)["eye"] == pytest.approx(before)


def test_the_losses_curve_tells_its_values_and_a_click_goes_to_the_step(player):
    x, y = place(player, "loss", 37.2, 1)
    player.page.mouse.move(x, y)
    said = told(player, "loss").inner_text()
    player.page.mouse.click(x, y)
    player.wait("data.step == 37")
    assert said.startswith("step 37: loss ")
    assert float(said.rsplit(" ", 1)[1]) == pytest.approx(player.loss, rel=1e-3)
    player.page.mouse.move(0, 0)
    assert not told(player, "loss").is_visible()


def test_of_several_runners_each_has_its_value(look):
    player = look("descent")
    player.page.mouse.move(*place(player, "loss", 20, 0.01))
    assert told(player, "loss").inner_text().count(" · ") == 1
    assert told(player, "loss").inner_text().startswith("step 20: SGD ")


@pytest.mark.parametrize(
    ("panel", "spot", "said"),
    [
        ("contours", (3.79381, 0.137113), "A known minimum"),
        ("contours", (1.2, 0.65), "SGD 0.01: what comes next."),
        ("data", (0.9, 3.8), "The points that the model is fitted to."),
        ("data", (0.9, 1.5), "Residuals"),
    ],
)
def test_pointing_at_what_is_drawn_says_what_it_is(look, panel, spot, said):
    player = look()
    x, y = place(player, panel, *spot)
    player.page.mouse.move(x, y)
    told(player, panel).filter(has_text=said).wait_for()
    box = told(player, panel).bounding_box()
    assert not (box["x"] <= x <= box["x"] + box["width"] and box["y"] <= y <= box["y"] + box["height"])


@pytest.mark.parametrize(
    ("query", "panel"), [("", "contours"), ("", "data"), ("descent", "contours"), ("network", "data")]
)
def test_each_entry_of_a_legend_and_each_tab_says_what_it_is(look, query, panel):
    player = look(query)
    entries = player.page.locator(f"[data-panel={panel}] .legend .traces")
    for entry in entries.all():
        entry.hover()
        assert told(player, panel).inner_text().endswith(".")
    for tab in player.page.get_by_role("tab").all():
        assert tab.get_attribute("title").endswith((".", "step.")), tab.inner_text()


def test_the_other_scale_is_a_press_on_the_picture_away(player):
    player.page.locator("[data-panel=loss] .gp-scale").click()
    player.settle()
    assert player.page.locator("[data-panel=loss] .gp-scale").inner_text() == "linear"
    assert "loss_axis=linear" in player.page.url
    player.page.locator("[data-panel=contours] .gp-scale").click()
    player.settle()
    assert "colours=linear" in player.page.url


def go(player, name, panel):
    player.page.get_by_role("link", name=name, exact=True).click()
    player.page.locator(f"[data-panel={panel}]").first.wait_for(state="attached")
    player.settle()


def test_back_and_forward_go_through_what_was_done_one_by_one(page, address):
    player = Player(page, address).open()
    rate = page.get_by_label("Learning rate", exact=True)
    player.enter("Learning rate", "0.02")
    player.settle()
    go(player, "Descent", "standings")
    go(player, "Network", "network")
    go(player, "Fit", "jacobian")
    assert rate.input_value() == "0.02"  # as it was left, and that is no entry of its own
    seen = [page.url]
    for _ in range(4):
        page.go_back()
        player.wait_until_ready()
        seen.append(page.url)
    paths = [url.removeprefix(address) for url in seen]
    assert [path.split("?")[0] for path in paths] == ["/", "/network", "/descent", "/", "/"]
    assert rate.input_value() == "0.01"
    for url in reversed(seen[:-1]):
        page.go_forward()
        player.wait_until_ready()
        assert page.url == url
    assert rate.input_value() == "0.02"
    player.reload()
    assert rate.input_value() == "0.02"
    assert player.errors == []


def test_an_address_in_other_words_holds_nobody_fast(page, address):
    player = Player(page, address).open()
    page.goto(f"{address}/?runner_1=SGD,lr=0.020")  # the page writes it otherwise
    player.wait_until_ready()
    for _ in range(2):
        page.go_back()
        player.wait_until_ready()
        if page.url == f"{address}/":
            break
    assert page.url == f"{address}/"
    assert page.get_by_label("Learning rate", exact=True).input_value() == "0.01"


def test_low_losses_are_the_same_end_of_the_colours_in_light_and_dark(page, address):
    player = Player(page, address).open()
    script = """() => { const {colorscale, reversescale} = document.querySelector('[data-panel=contours] .gp-plot')
        ._fullData[0]; return JSON.stringify([colorscale, reversescale]); }"""
    light = page.evaluate(script)
    page.emulate_media(color_scheme="dark")
    player.settle()
    assert page.evaluate(script) == light


def test_a_tables_tools_lie_on_no_button(page, address):
    player = Player(page, address).open("?side=Data")
    page.get_by_role("radio", name="Data").click()
    player.settle()
    page.get_by_test_id("stDataFrame").first.hover()
    tools = page.get_by_test_id("stElementToolbar").first.bounding_box()
    for name in ("Generate", "Undo", "CSV"):
        for button in page.get_by_role("button", name=name, exact=True).all():
            box = button.bounding_box()
            assert box is None or tools["y"] >= box["y"] + box["height"] or tools["y"] + tools["height"] <= box["y"]


def test_what_is_scrolled_goes_below_the_header(page, address):
    player = Player(page, address).open("?model=a*exp(-b*x)*sin(c*x%2Bd)%2Be*x^2/(1%2Bf*x^2)")
    page.set_viewport_size({"width": 1280, "height": 560})
    player.settle()
    main = page.get_by_test_id("stMain")
    main.evaluate("node => { node.scrollTop = node.scrollHeight; }")
    assert main.evaluate("node => node.scrollTop") > 0
    colours = page.get_by_test_id("stHeader").evaluate("node => getComputedStyle(node).backgroundColor")
    assert colours not in ("rgba(0, 0, 0, 0)", "transparent")
    page.get_by_role("button", name="Help").click()
    page.get_by_text("how to write it is explained below").first.wait_for()


def test_the_table_of_an_optimizer_without_lines_of_its_own_fits(look):
    player = look("?runner_1=LevenbergMarquardt")
    player.choose("Step")
    board = player.page.locator("[data-panel=step]")
    assert board.evaluate("node => node.scrollWidth <= node.clientWidth")
