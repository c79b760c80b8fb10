"""The page Gradient in a real browser: what only the browser can show."""

from urllib.parse import urlsplit

import pytest

from tests.browser.driver import Player
from tests.browser.test_descent import CANVAS, at, cells

LINE = "mean((a*[0.5,0.9,1.4,1.8]%2Bb-[2,3.8,5,7.2])**2)"
LOSS = f"gradient?view=Graph&function={LINE}&start_a=-0.486989&start_b=-0.563709"
PRODUCT = "gradient?function=(x%2By)*x*sin(y)&start_x=2&start_y=1&view=Graph"


@pytest.fixture
def lab(page, address) -> Player:
    return Player(page, address).open("gradient")


def readouts(player):
    return " ".join(player.page.locator(".gp-readouts").inner_text().split())


def start(player, name="x"):
    return float(player.page.get_by_label(f"Start {name}", exact=True).input_value())


def test_the_tutorials_first_cell_is_on_the_page(look):
    lab = look("gradient")
    assert "x = [3.] x.grad = [6.]" in readouts(lab)
    assert ["torch: backward()", "6"] in cells(lab, "ways")
    assert lab.errors == []


def test_the_secant_comes_nearer_with_each_step(look):
    lab = look("gradient")
    halves = []
    for _ in range(3):
        halves.append(float(next(row[1] for row in cells(lab, "differences") if row[0] == "h")))
        lab.press("Step forward")
    assert halves == [2.1, 1.05, 0.525]


def test_escape_leaves_a_large_picture(look):
    lab = look("gradient")
    lab.page.locator("[data-panel=picture]").hover()
    lab.page.get_by_role("button", name="Larger").first.click()
    lab.page.get_by_role("button", name="Smaller").wait_for()
    lab.root.focus()
    lab.page.keyboard.press("Escape")
    lab.page.get_by_role("button", name="Smaller").wait_for(state="detached")


def test_no_view_asks_another_host(lab):
    for view, panel in (("Graph", "graph"), ("Loop", "code")):
        lab.page.locator("[data-testid=stButtonGroup]").get_by_text(view).click()
        lab.page.locator(f"[data-panel={panel}]").wait_for()
        lab.settle()
    hosts = {urlsplit(one.url).hostname for one in lab.requests if not one.url.startswith(("data", "blob"))}
    assert hosts == {urlsplit(lab.address).hostname}


def test_a_click_and_a_drag_move_the_point(lab):
    lab.page.mouse.click(*at(lab, "picture", -2.0, 8.0))
    lab.page.wait_for_function("() => document.querySelector('.gp-readouts').innerText.includes('x = [-')")
    lab.settle()  # the fields come after the picture
    assert start(lab) == pytest.approx(-2, abs=0.05)
    lab.page.mouse.move(*at(lab, "picture", -2.0, 4.0))
    lab.page.mouse.down()
    lab.page.mouse.move(*at(lab, "picture", 0.5, 4.0), steps=4)
    lab.page.mouse.move(*at(lab, "picture", 1.0, 4.0), steps=4)
    lab.page.mouse.up()
    # The drop comes after the moves: under load they arrive one by one.
    lab.page.wait_for_function(
        "() => /x = \\[(0\\.9[5-9]\\d*|1\\.(0[0-5]\\d*)?)\\]/.test(document.querySelector('.gp-readouts').innerText)"
    )
    lab.settle()
    assert start(lab) == pytest.approx(1, abs=0.06)
    assert lab.errors == []


def test_shift_and_an_arrow_move_the_point_one_step(lab):
    lab.root.focus()
    for _ in range(3):
        lab.page.keyboard.press("Shift+ArrowLeft")
    lab.page.wait_for_function("() => document.querySelector('.gp-readouts').innerText.includes('x = [2.4')")
    lab.settle()
    assert start(lab) == pytest.approx(3 - 3 * 8.4 / 50, abs=1e-3)
    assert lab.step == 0


def test_the_direction_turns_and_its_slope_follows(page, address):
    player = Player(page, address).open("gradient?function=x^2%2B3y^2&start_x=1&start_y=-0.5")
    seen = player.plot("picture").evaluate(CANVAS)
    assert "u·∇f = 2.0000" in readouts(player)
    player.page.get_by_role("slider", name="Step", exact=True).fill("18")  # 90°: along y
    assert "u·∇f = −3.0000" in readouts(player)
    assert player.plot("picture").evaluate(CANVAS) != seen
    for tab in ("Dial", "Along u", "Components"):
        player.choose(tab)
    player.settle()
    assert player.errors == []


def test_the_graph_is_stepped_forward_and_backward_within_two_frames(look):
    player = look(PRODUCT)
    assert player.steps == 9
    pictures = set()
    for _ in range(player.steps + 1):
        pictures.add(player.plot("graph").evaluate(CANVAS))
        player.press("Step forward")
    assert len(pictures) == 10
    player.press("To start")
    frames = player.page.evaluate(
        """async () => {
          const canvas = document.querySelector('[data-panel=graph] canvas');
          const before = canvas.toDataURL();
          document.querySelector('button[aria-label="Step forward"]').click();
          let frames = 0;
          while (canvas.toDataURL() === before && frames < 10) {
            await new Promise(requestAnimationFrame);
            frames += 1;
          }
          return frames;
        }"""
    )
    assert frames <= 2
    assert player.errors == []


def test_the_node_at_the_cursor_is_marked_in_the_table_and_sums_are_written_out(look):
    player = look(PRODUCT)
    player.press("To end")
    current = player.page.locator("[data-panel=nodes] tr[aria-current=step] td").first
    assert current.inner_text() == "x + y"
    assert any("+" in row[-1] and row[-1].endswith("= [4.20735]") for row in cells(player, "rule"))


def test_the_graph_is_zoomed_by_the_wheel_moved_by_a_drag_and_comes_back(page, address):
    player = Player(page, address).open(PRODUCT)
    box = player.plot("graph").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    span = "node => node._fullLayout.xaxis.range[1] - node._fullLayout.xaxis.range[0]"
    plot = "document.querySelector('[data-panel=graph] .gp-plot')"
    whole, seen = player.plot("graph").evaluate(span), player.plot("graph").evaluate(CANVAS)
    player.page.mouse.move(*middle)
    player.page.mouse.wheel(0, -300)
    player.page.wait_for_function(f"whole => ({span})({plot}) < whole", arg=whole)
    player.settle()
    zoomed = player.plot("graph").evaluate(CANVAS)
    assert zoomed != seen
    player.page.mouse.down()
    player.page.mouse.move(middle[0] + 80, middle[1] + 30, steps=5)
    player.page.mouse.up()
    player.page.wait_for_function(f"zoomed => ({CANVAS})({plot}) !== zoomed", arg=zoomed)
    player.page.mouse.dblclick(*middle)
    player.page.wait_for_function(f"whole => Math.abs(({span})({plot}) / whole - 1) < 1e-6", arg=whole)
    assert player.errors == []


def test_keys_zoom_the_graph_and_move_it(page, address):
    player = Player(page, address).open(PRODUCT)
    ranges = "({_fullLayout: {xaxis, yaxis}}) => [...xaxis.range, ...yaxis.range]"
    plot = "document.querySelector('[data-panel=graph] .gp-plot')"
    whole = player.plot("graph").evaluate(ranges)
    player.root.focus()

    def pressed(key):
        before = player.plot("graph").evaluate(ranges)
        page.keyboard.press(key)
        page.wait_for_function(f"before => ({ranges})({plot}).join() !== before.join()", arg=before)
        return player.plot("graph").evaluate(ranges)

    left, right, low, high = pressed("+")
    width = player.plot("graph").evaluate("node => node._fullLayout.width")
    page.set_viewport_size({"width": 1100, "height": 640})
    page.wait_for_function(f"width => {plot}._fullLayout.width < width", arg=width)
    assert player.plot("graph").evaluate(ranges) == pytest.approx([left, right, low, high])
    assert whole[0] < left < right < whole[1]
    assert whole[2] < low < high < whole[3]
    assert pressed("-") == pytest.approx(whole)
    left, right, low, high = pressed("Shift+ArrowRight")
    assert left > whole[0]
    assert right > whole[1]
    assert [low, high] == pytest.approx(whole[2:])
    left, right, low, high = pressed("Shift+ArrowUp")
    assert low > whole[2]
    assert high > whole[3]
    assert pressed("0") == whole
    assert player.step == 0
    assert player.errors == []


def test_the_loop_marks_its_line_and_shows_none_then_a_number_then_0(page, address):
    player = Player(page, address).open("gradient?view=Loop")

    def gradient():
        return next(row[2] for row in cells(player, "tensors") if row[0] == "a")

    def line():
        return player.page.locator("[data-panel=code] tr[aria-current=step]").inner_text().strip()

    before = []
    for _ in range(4):
        before.append((line().split(" ")[0], gradient()))
        player.press("Step forward")
    assert before == [("X", "None"), ("Y", "None"), ("a", "None"), ("b", "None")]
    seen = {line(): gradient()}
    for _ in range(8):
        player.press("Step forward")
        seen[line()] = gradient()
    assert seen["loss = ((predicted - Y) ** 2).mean()"] == "None"
    assert seen["loss.backward()"] == "[-15.0108]"
    assert seen["a.grad.zero_()"] == "[0.]"
    for tab in ("Data", "Loss"):
        player.choose(tab)
    player.press("To end")
    assert "a = 2.7157, b = 1.4730" in player.page.locator(".gp-status").inner_text()
    assert player.errors == []


def test_a_switch_breaks_the_loop_as_torch_does_and_mends_it(page, address):
    player = Player(page, address).open("gradient?view=Loop")
    player.page.get_by_text("Update without no_grad()").click()
    status = player.page.locator(".gp-status")
    status.get_by_text("a leaf Variable that requires grad is being used in an in-place operation").wait_for()
    player.wait("data.steps === '8'")
    player.page.get_by_text("Update without no_grad()").click()
    player.wait("data.steps === '903'")
    assert player.errors == []


def test_views_change_and_come_back_with_what_was_typed(lab):
    lab.enter("Function", "x^3 - x")
    lab.page.wait_for_function("() => document.querySelector('.gp-readouts').innerText.includes('[26.]')")
    for name, panel in (("Loop", "code"), ("Graph", "graph"), ("Gradient", "picture")):
        lab.page.locator("[data-testid=stButtonGroup]").get_by_text(name).click()
        lab.page.locator(f"[data-panel={panel}]").wait_for()
        lab.settle()
    assert lab.page.get_by_label("Function", exact=True).input_value() == "x^3 - x"
    assert start(lab) == 3
    assert lab.errors == []


def test_a_half_typed_vector_is_named_and_nothing_is_lost(lab):
    lab.enter("Start x", "[1, 2")
    lab.page.get_by_text("This [ is never closed").wait_for()
    assert "x.grad = [6.]" in readouts(lab)
    lab.enter("Start x", "[1, 2, 3]")
    lab.page.locator(".gp-status").get_by_text("grad can be implicitly created only for scalar outputs").wait_for()
    lab.enter("Vector v", "[1, 0, 2]")
    lab.page.wait_for_function("() => document.querySelector('.gp-readouts').innerText.includes('12.]')")
    assert lab.errors == []


def test_a_mistake_in_the_function_leaves_the_point_where_it_is(page, address):
    player = Player(page, address).open("gradient?function=x^2*y&start_x=5&start_y=2")
    player.enter("Function", "foo(x)")
    page.get_by_text("foo").nth(1).wait_for()
    player.settle()
    assert (start(player), start(player, "y")) == (5, 2)
    player.enter("Function", "x^3*y")
    page.wait_for_function("() => document.querySelector('.gp-readouts').innerText.includes('[150.]')")
    player.settle()
    assert (start(player), start(player, "y")) == (5, 2)
    player.enter("Function", "x*y")
    page.wait_for_function("() => document.querySelector('.gp-readouts').innerText.includes('[10.]')")
    assert player.errors == []


def test_what_cannot_be_used_is_there_after_a_visit_to_another_page(lab):
    lab.enter("Function", "sin(x")
    lab.page.get_by_text("never closed").wait_for()
    for name, panel in (("Fit", "data"), ("Gradient", "picture")):
        lab.page.get_by_role("link", name=name, exact=True).click()
        lab.page.locator(f"[data-panel={panel}]").wait_for()
        lab.settle()
    lab.page.get_by_text("never closed").wait_for()
    assert lab.page.get_by_label("Function", exact=True).input_value() == "sin(x"
    assert "x.grad = [6.]" in readouts(lab)


@pytest.mark.parametrize(
    "query", ["gradient?view=Loop", "gradient?function=sum(x**2)&start_x=[0,.37,.74,1.11,2,3,4,5]"]
)
def test_the_stage_is_as_wide_as_its_place_at_each_step(look, query):
    player = look(query)
    for _ in range(6):
        assert player.root.evaluate("node => node.scrollWidth <= node.clientWidth")
        assert player.root.evaluate("node => node.getBoundingClientRect().right <= innerWidth")
        player.press("Step forward")


def test_another_view_waits_for_play_at_a_speed_for_reading(page, address):
    player = Player(page, address).open("gradient")
    assert page.get_by_label("Speed").input_value() == "2"
    player.press("Play")
    page.locator("[data-testid=stButtonGroup]").get_by_text("Graph").click()
    page.locator("[data-panel=graph]").wait_for()
    player.settle()
    assert page.get_by_label("Speed").input_value() == "1"
    assert player.root.get_attribute("data-playing") == "false"
    assert player.step == 0


def test_another_page_and_back_leaves_all_as_it_was(page, address):
    player = Player(page, address).open("gradient?view=Loop&lr=0.02&no_zero=true&function=x^3&start_x=2")
    for name, panel in (("Descent", "standings"), ("Gradient", "code")):
        player.page.get_by_role("link", name=name, exact=True).click()
        player.page.locator(f"[data-panel={panel}]").wait_for(state="attached")
        player.settle()
    assert player.page.get_by_label("Learning rate", exact=True).input_value() == "0.02"
    assert player.page.get_by_role("checkbox", name="Forget to zero the gradients").is_checked()
    player.page.locator("[data-testid=stButtonGroup]").get_by_text("Gradient").click()
    player.page.locator("[data-panel=picture]").wait_for()
    player.settle()
    assert (player.page.get_by_label("Function", exact=True).input_value(), start(player)) == ("x^3", 2)
    assert player.errors == []


def test_the_code_is_as_large_as_other_text_and_no_line_is_cut_off(page, address):
    player = Player(page, address).open("gradient?view=Loop&data_requires_grad=true")
    code = player.page.locator("[data-panel=code]")
    assert code.evaluate("node => parseFloat(getComputedStyle(node.querySelector('td')).fontSize)") >= 14
    assert code.evaluate("node => node.scrollWidth <= node.clientWidth && node.scrollHeight <= node.clientHeight")


WRITTEN = """async () => {
  const canvas = document.querySelector('[data-panel=graph] canvas');
  const {fillText} = CanvasRenderingContext2D.prototype;
  const written = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const at = this.getTransform().transformPoint({x, y});
    const isSeen = at.x > 0 && at.y > 0 && at.x < canvas.width && at.y < canvas.height;
    if (this.canvas === canvas && isSeen && text) written.push([text, parseFloat(this.font.match(/([0-9.]+)px/)[1])]);
    fillText.call(this, text, x, y);
  };
  document.querySelector('button[aria-label="Step forward"]').click();
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);  // the picture moves to where something happens
  CanvasRenderingContext2D.prototype.fillText = fillText;
  return written;
}"""
"""What a step forward writes on the cards that are seen, and the size of its type in pixels."""


@pytest.mark.parametrize("query", [LOSS, PRODUCT, "gradient?view=Graph&function=sin(cos(exp(tanh(x*exp(x*sin(x))))))"])
def test_what_happens_is_seen_on_its_card_and_no_type_is_below_12_pixels(look, query):
    player = look(query)
    rows = player.page.locator("[data-panel=nodes] tr[aria-current=step] td")
    for _ in range(player.steps):
        written = player.page.evaluate(WRITTEN)
        assert min(size for _, size in written) >= 12
        assert rows.nth(1).inner_text() in [text for text, _ in written]
        player.settle()
    player.page.keyboard.press("-")
    player.page.keyboard.press("-")
    player.press("To start")
    assert min([size for _, size in player.page.evaluate(WRITTEN)], default=12) >= 12


def test_a_press_on_a_card_and_keys_show_all_that_it_holds(page, address):
    player = Player(page, address).open(LOSS)
    whole = page.locator("[data-panel=graph] .gp-whole")
    player.press("Step forward")
    page.mouse.click(*at(player, "graph", 0, -1))
    assert "value = [-0.2435, -0.4383, -0.6818, -0.8766]" in whole.inner_text()
    page.mouse.click(*at(player, "graph", 0, -1))
    whole.wait_for(state="hidden")
    player.press("To end")
    page.keyboard.press("n")  # what is at the cursor
    assert "∇ = [-1.4036, -2.4010, -3.1227, -4.3201]" in whole.inner_text()
    page.keyboard.press("p")
    assert ".grad = [-15.0108]" in whole.inner_text()
    player.press("To start")
    assert ".grad" not in whole.inner_text()
    player.root.focus()
    page.keyboard.press("Escape")
    whole.wait_for(state="hidden")
    assert player.errors == []


def test_the_rule_of_the_mean_and_of_what_was_broadcast_stand_in_words(look):
    player = look(LOSS)
    said = set()
    for _ in range(player.steps):
        player.press("Step forward")
        said |= {row[1] for row in cells(player, "rule") if row[0]}
    assert any("mean: the gradient is divided by n = 4" in one for one in said)
    assert any("broadcast: used for 4 elements" in one for one in said)


def test_an_epoch_is_gone_by_a_button_and_by_a_key(look):
    player = look("gradient?view=Loop&epochs=3")
    readout = player.page.locator(".gp-readouts > div").nth(1)
    assert readout.inner_text().startswith("before the loop")
    steps = []
    for epoch in range(3):
        player.press("Next epoch")
        steps.append(player.step)
        assert readout.inner_text().startswith(f"epoch {epoch}")
    assert steps == [4, 13, 22]
    player.press("Next epoch")
    assert player.step == player.steps == 30
    for back in (22, 13, 4, 0):
        player.page.keyboard.press("PageUp")
        assert player.step == back
    player.page.keyboard.press("PageDown")
    assert player.step == 4


CONTRAST = """row => {
  const pen = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d');
  const luminance = (colour) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const parts = [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((one) => one / 255);
    const [r, g, b] = parts.map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (...colours) => {
    const [low, high] = colours.map(luminance).sort((one, other) => one - other);
    return (high + 0.05) / (low + 0.05);
  };
  const page = getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor;
  const {backgroundColor, color} = getComputedStyle(row);
  return [ratio(backgroundColor, page), ratio(backgroundColor, color)];
}"""
"""How far the row stands out from the page, and its type from it: WCAG 2.2 asks for 3 and for 4.5."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_current_line_is_seen_from_afar(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    player = Player(page, address).open("gradient?view=Loop&epochs=2")
    row, text = player.page.locator("[data-panel=code] tr[aria-current=step]").evaluate(CONTRAST)
    assert row >= 3
    assert text >= 4.5


def test_the_secants_are_played_at_a_pace_that_can_be_followed(look):
    player = look("gradient")
    assert int(player.page.get_by_label("Speed").input_value()) <= 2
