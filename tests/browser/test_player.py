"""The player in a real browser: what only the browser can show."""

import json
from urllib.parse import quote, urlsplit

import pytest

from playground import Fit, descend
from playground.numerals import format_number
from tests.browser.driver import FRAMES, Player

TUTORIAL = Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
START = (-0.486989, -0.563709)
CAMERA = "node => node._fullLayout.scene._scene.getCamera().eye"
PATH_IN_SCENE = (
    "(({x, y}) => [x, y])(node._fullData.find(trace => trace.type === 'scatter3d' && trace.mode === 'lines'))"
)
CANVAS = "node => node.parentElement.querySelector('canvas').toDataURL()"


def readout(player):
    return player.page.locator(".gp-readouts > div").all_text_contents()


def status_of(player):
    return player.page.locator(".gp-status")


def wait_for_scene(player, points, last=None):
    """Until the scene, which follows as fast as the machine draws, shows so many points of the path, up to ``last``."""
    plot = "document.querySelector('[data-panel=surface] .gp-plot')"
    ends = "true" if last is None else f"Math.abs(path.at(-1) - {last}) < 1e-9"
    player.page.wait_for_function(
        f"() => {{ const path = (node => {PATH_IN_SCENE}[0])({plot}); return path.length === {points} && {ends} }}"
    )


def drag(player, panel, across, down):
    box = player.plot(panel).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    player.page.mouse.move(x, y)
    player.page.mouse.down()
    player.page.mouse.move(x + across / 2, y + down / 2)
    player.page.mouse.move(x + across, y + down)
    player.page.mouse.up()
    player.settle()


def without_padding(text):
    return " ".join(text.split()).replace("( ", "(")


def test_it_opens_ready_to_play_without_a_word_to_another_host(look):
    player = look()
    assert (player.step, player.steps) == (0, 100)
    assert player.loss == pytest.approx(36.15009365, abs=1e-8)
    assert player.errors == []
    hosts = {
        urlsplit(request.url).hostname for request in player.requests if not request.url.startswith(("data", "blob"))
    }
    assert hosts == {urlsplit(player.address).hostname}


def test_the_update_at_the_start_is_written_out_with_its_numbers(look):
    player = look()
    lines = [without_padding(line) for line in readout(player)]
    assert "a ← −0.4870 − 0.01 · (−15.0108) = −0.3369" in lines
    assert "b ← −0.5637 − 0.01 · (−11.2475) = −0.4512" in lines
    assert "loss 36.1501" in lines


def test_play_reaches_the_end_and_sends_nothing_on_the_way(look):
    player = look()
    player.page.get_by_label("Speed").select_option("60")
    player.sent.clear()
    player.press("Play")
    player.wait("data.playing === 'true'")
    player.wait("data.step === data.steps && data.playing === 'false'")
    assert player.step == 100
    assert player.loss == pytest.approx(float(descend(TUTORIAL, START, lr=1e-2, steps=100).losses[-1]), abs=1e-12)
    assert player.sent == []


def test_play_keeps_the_speed_that_was_chosen(look):
    player = look()
    player.page.get_by_label("Speed").select_option("20")
    shown = player.page.evaluate(
        f"""() => {{
          const root = document.querySelector("[data-testid=player]");
          const press = (name) => root.querySelector(`[aria-label='${{name}}']`).click();
          {FRAMES}
          const shown = [];
          const show = (now) => {{ frame(now); shown.push(Number(root.dataset.step)); }};
          press("Play");
          for (let i = 0; i <= 90; i++) show(1000 + i * 1000 / 60);  // a second and a half
          show(3000);  // this frame comes half a second late
          show(6000);  // and nobody looked meanwhile
          show(6500);
          press("Pause");
          show(7000);
          restore();
          return shown;
        }}"""
    )
    assert shown[:91] == [round(20 * i / 60) for i in range(91)]
    assert shown[91:] == [40, 40, 50, 50]


def test_each_step_shows_the_loss_that_torch_computed(look):
    player = look()
    losses = descend(TUTORIAL, START, lr=1e-2, steps=3).losses.tolist()
    for step in (1, 2, 3):
        player.press("Step forward")
        assert (player.step, player.loss) == (step, losses[step])
    player.press("Step back")
    assert (player.step, player.loss) == (2, losses[2])


def test_to_end_to_start_and_the_slider(look):
    player = look()
    player.press("To end")
    assert player.step == 100
    player.press("To start")
    assert player.step == 0
    player.page.get_by_role("slider", name="Step", exact=True).fill("37")
    assert player.step == 37


def test_the_keys_work_while_the_player_has_the_focus(look):
    player = look()
    player.root.focus()
    player.page.keyboard.press("ArrowRight")
    player.page.keyboard.press("ArrowRight")
    player.page.keyboard.press("ArrowLeft")
    assert player.step == 1
    player.page.keyboard.press("End")
    assert player.step == 100
    player.page.keyboard.press("Home")
    assert player.step == 0
    player.page.keyboard.press("Space")
    player.wait("data.playing === 'true'")
    player.page.keyboard.press("Space")
    player.wait("data.playing === 'false'")


def test_keys_in_a_field_beside_the_player_are_the_fields_own(look):
    player = look()
    player.page.get_by_label("Model", exact=True).focus()
    player.page.keyboard.press("End")
    assert player.step == 0


def test_a_step_is_shown_within_two_frames(look):
    player = look()
    frames = player.page.evaluate(
        """async () => {
          const root = document.querySelector("[data-testid=player]");
          const button = root.querySelector("[aria-label='Step forward']");
          const before = root.dataset.step;
          button.click();
          let frames = 0;
          while (root.dataset.step === before) { await new Promise(requestAnimationFrame); frames++; }
          return frames;
        }"""
    )
    assert frames <= 2


def test_every_view_moves_with_the_cursor(look):
    player = look()
    before = {name: player.plot(name).evaluate(CANVAS) for name in ("data", "contours", "loss")}
    wait_for_scene(player, 1)
    player.page.get_by_role("slider", name="Step", exact=True).fill("50")
    for name, picture in before.items():
        assert player.plot(name).evaluate(CANVAS) != picture, name
    wait_for_scene(player, 51)


def test_the_path_lies_on_the_surface_where_the_run_was(look):
    player = look()
    player.press("To end")
    wait_for_scene(player, 101)
    a, b = player.plot("surface").evaluate(f"node => [...{PATH_IN_SCENE}].map(values => [...values])")
    expected = descend(TUTORIAL, START, lr=1e-2, steps=100).parameters
    assert a == pytest.approx(expected[:, 0].tolist(), abs=1e-12)
    assert b == pytest.approx(expected[:, 1].tolist(), abs=1e-12)


def test_the_scene_is_moved_directly_and_not_by_restyle(player):
    player.page.evaluate("() => { window.restyled = 0; Plotly.restyle = () => window.restyled++; }")
    player.press("Step forward")
    wait_for_scene(player, 2)
    assert player.page.evaluate("window.restyled") == 0


def test_where_the_scene_can_not_be_reached_restyle_moves_it(player):
    player.plot("surface").evaluate("node => { node._fullLayout.scene._scene.traces = {}; }")
    player.press("Step forward")
    wait_for_scene(player, 2)


def test_a_new_learning_rate_keeps_the_camera_and_the_cursor(player):
    player.page.get_by_role("slider", name="Step", exact=True).fill("10")
    opened = player.plot("surface").evaluate(CAMERA)
    drag(player, "surface", 80, 30)
    turned = player.plot("surface").evaluate(CAMERA)
    assert turned != pytest.approx(opened)
    player.enter("Learning rate", "0.02")
    run = descend(TUTORIAL, START, lr=0.02, steps=100)
    player.wait(f"Math.abs(data.loss - {run.losses[10]}) < 1e-9")
    wait_for_scene(player, 11, run.parameters[10, 0])
    assert player.step == 10
    assert player.plot("surface").evaluate(CAMERA) == pytest.approx(turned)


def test_a_click_on_the_contours_sets_the_start(player):
    place = player.plot("contours").evaluate(
        """node => { const {xaxis, yaxis} = node._fullLayout, box = node.getBoundingClientRect();
          return [box.left + xaxis._offset + xaxis.d2p(1), box.top + yaxis._offset + yaxis.d2p(-0.5)]; }"""
    )
    player.page.mouse.click(*place)
    player.wait("Math.abs(data.loss - 36.15) > 1")
    player.settle()
    a, b = (float(player.page.get_by_label(f"Start {name}").input_value()) for name in "ab")
    assert (a, b) == pytest.approx((1, -0.5), abs=0.03)
    assert player.loss == pytest.approx(float(TUTORIAL.loss([a, b])), rel=1e-12)


def test_a_drag_on_the_contours_carries_the_start_along(player):
    drag(player, "contours", 40, 30)
    player.settle()
    begun = [float(player.page.get_by_label(f"Start {name}", exact=True).input_value()) for name in "ab"]
    assert begun != list(START)
    assert player.loss == pytest.approx(float(TUTORIAL.loss(begun)), rel=1e-9)


def test_playing_past_the_end_brings_more_steps(player):
    player.press("To end")
    player.page.get_by_label("Speed").select_option("60")
    player.press("Play")
    player.wait("Number(data.step) > 130")
    player.press("Pause")
    step, expected = player.step, descend(TUTORIAL, START, lr=1e-2, steps=1000).losses.tolist()
    assert player.steps > 100
    assert player.loss == expected[step]
    player.settle()
    assert f"steps={player.steps}" in player.page.url


def test_a_step_beyond_the_end_computes_it(player):
    player.press("To end")
    player.press("Step forward")
    player.wait("data.step === '101'")
    assert player.loss == descend(TUTORIAL, START, lr=1e-2, steps=101).losses[-1].item()


def test_the_picture_stays_put_while_more_steps_come(player):
    ranges = "node => JSON.stringify([node._fullLayout.xaxis.range, node._fullLayout.yaxis.range])"
    before = player.plot("contours").evaluate(ranges)
    player.press("To end")
    player.press("Step forward")
    player.wait("data.step === '101'")
    assert player.plot("contours").evaluate(ranges) == before


def test_a_reload_comes_back_to_the_same_run(player):
    player.enter("Learning rate", "0.1")
    player.settle()
    player.press("Step forward")
    loss = player.loss
    player.reload()
    assert player.step == 0
    player.press("Step forward")
    assert player.loss == loss == descend(TUTORIAL, START, lr=0.1, steps=1).losses[1].item()


def test_a_run_that_diverges_leaves_the_picture_and_says_so(player):
    player.enter("Learning rate", "0.5")
    player.settle()
    player.press("To end")
    player.page.get_by_text("The run diverges").wait_for()
    assert player.loss == pytest.approx(6.6e34, rel=0.01)
    assert player.errors == []
    player.enter("Learning rate", "0.1")
    player.page.get_by_text("The run diverges").wait_for(state="detached")
    assert player.loss < 1


def test_the_scene_shows_the_new_run_at_the_step_where_the_old_one_stood(player):
    player.page.get_by_role("slider", name="Step", exact=True).fill("10")
    wait_for_scene(player, 11)
    player.page.evaluate("() => { Plotly.react = () => { throw new Error('what stands still is the same'); }; }")
    player.enter("Learning rate", "0.0101")
    wait_for_scene(player, 11, descend(TUTORIAL, START, lr=0.0101, steps=10).parameters[-1, 0])


def test_a_run_that_could_not_be_drawn_leaves_the_last_picture_and_says_so_until_the_next_one_is(player):
    player.page.evaluate(
        "() => { const real = Plotly.react; Plotly.react = () => { Plotly.react = real; throw new Error('once'); }; }"
    )
    player.enter("Start a", "-3")
    sentence = status_of(player).get_by_text("could not be drawn")
    sentence.wait_for()
    player.press("To end")
    player.press("Step back")
    assert sentence.is_visible()  # what is stepped through is still the run before
    assert player.loss == descend(TUTORIAL, START, lr=1e-2, steps=100).losses[99].item()
    player.enter("Start a", "-2")
    sentence.wait_for(state="detached")
    player.press("To start")
    assert player.loss == pytest.approx(float(TUTORIAL.loss([-2, START[1]])), abs=1e-9)


def test_a_fault_while_stepping_leaves_the_picture_and_says_so_until_the_next_run(player):
    picture = player.plot("data").evaluate(CANVAS)
    player.page.evaluate(
        """() => {
          const pen = CanvasRenderingContext2D.prototype, real = pen.clearRect;
          pen.clearRect = () => { pen.clearRect = real; throw new Error("once"); };
        }"""
    )
    player.press("Play")
    sentence = status_of(player).get_by_text("Something went wrong in the player")
    sentence.wait_for()
    player.wait("data.playing === 'false'")
    assert player.plot("data").evaluate(CANVAS) == picture
    player.enter("Learning rate", "0.02")
    sentence.wait_for(state="detached")
    player.press("To start")
    player.press("Step forward")
    assert player.plot("data").evaluate(CANVAS) != picture
    assert player.loss == descend(TUTORIAL, START, lr=0.02, steps=1).losses[1].item()


def test_what_fails_elsewhere_on_the_page_is_not_the_players(player):
    with player.page.expect_event("pageerror"):
        player.page.evaluate("() => { setTimeout(() => { throw new Error('not ours'); }); }")
    assert "went wrong" not in status_of(player).inner_text()


@pytest.mark.parametrize("model", ["a^x + b", "a/0*x + b"])
def test_a_start_without_a_loss_is_drawn_and_explained_and_the_next_model_is_drawn(player, model):
    player.enter("Model", model)
    player.wait("data.steps === '0'")
    status = status_of(player).inner_text()
    assert "the loss is" in status
    assert "where a = −0.487" in status
    assert player.errors == []
    player.enter("Model", "a*exp(b*x)")
    player.wait("data.steps === '100'")
    player.page.wait_for_function(
        "() => document.querySelector('[data-panel=surface] .gp-plot')._fullData[0].visible === true", timeout=10_000
    )
    assert player.errors == []


def test_a_kink_is_explained_at_its_step_alone(player):
    player.enter("Model", "a*|x - b|")
    player.enter("Start b", "0.9")
    status = status_of(player)
    status.get_by_text("abs(x - b) where x - b = 0 for the data point x = 0.9: a kink").wait_for()
    player.press("Step forward")
    player.wait("data.step === '1'")
    assert "kink" not in status.inner_text()
    player.press("Step back")
    status.get_by_text("kink").wait_for()


STRANGERS = [
    '<img src=x onerror="window.hurt=1">',
    "<script>window.hurt=1</script>",
    "$\\href{javascript:window.hurt=1}{x}$",
    "a*x + \\href{javascript:window.hurt=1}{b}",
    "![x](https://example.org/x.png)",
    "[a](javascript:window.hurt=1)*x + b",
    "`a` **x** :red[b] :material/home:",
    "a*x + b</b><svg onload=window.hurt=1>",
    "\u202ea*x + b\u200b",
]


@pytest.mark.parametrize("text", STRANGERS)
def test_what_a_stranger_types_or_links_is_shown_as_text(page, address, text):
    player = Player(page, address).open(f"?model={quote(text)}&lr={quote(text)}")
    player.enter("Model", text)
    page.locator("[class*=st-key-problem_model]").get_by_test_id("stText").wait_for()
    player.settle()
    assert page.locator("[class*=st-key-problem_model]").get_by_test_id("stText").count() == 1
    assert page.evaluate("window.hurt") is None
    assert page.locator("img[src*=x], a[href*=javascript], svg[onload], [onerror]").count() == 0
    assert page.locator("[class*=st-key-problem_] .katex").count() == 0
    assert not [request for request in player.requests if urlsplit(request.url).hostname == "example.org"]


def test_names_are_shown_as_names_in_titles_and_hovers(player):
    player.enter("Model", "w_b*x + alpha_i")
    player.page.get_by_label("Start w_b", exact=True).wait_for()
    player.settle()
    title = "node => node._fullLayout.xaxis.title.text"
    assert player.plot("contours").evaluate(title) == "w_b"
    assert "w_b = %{x" in player.plot("contours").evaluate("node => node._fullData[0].hovertemplate")
    assert player.page.locator(".st-key-formula .katex").count() == 1
    assert player.page.locator(".st-key-formula .katex-error").count() == 0


def test_the_formula_is_typeset_and_its_derivatives_and_code_can_be_asked_for(player):
    player.enter("Model", "a sin(b x)^2")
    player.settle()
    annotation = player.page.locator(".st-key-formula annotation", has_text="sin").first
    annotation.wait_for(state="attached")
    assert annotation.text_content() == r"\displaystyle y = a \, {\sin\left(b \, x\right)}^{2}"
    player.page.get_by_text("∂, code").click()
    code = player.page.get_by_text("torch.sin(b * x) ** 2")
    code.wait_for()
    shown = [one.text_content() for one in player.page.locator("[data-testid=stPopoverBody] annotation").all()]
    assert any("2 a x" in one for one in shown)


def test_an_error_has_a_caret_below_its_place(player):
    player.enter("Model", "a*x + foo(b)")
    pointer = player.page.locator("[class*=st-key-problem_model] code")
    pointer.wait_for()
    assert pointer.inner_text().rstrip().split("\n") == ["a*x + foo(b)", "      ^"]
    assert player.steps == 100


def test_a_link_with_a_bad_model_says_so_and_opens_on_the_usual(page, address):
    player = Player(page, address).open("?model=a*x%2B&loss=foo")
    sentence = player.page.get_by_text("Ignored in this link: model=a*x+ (")
    sentence.wait_for()
    assert ", loss=foo (choose one of" in sentence.inner_text()
    assert player.steps == 100
    player.enter("Learning rate", "0.02")
    player.page.get_by_text("Ignored in this link").wait_for(state="detached")


def test_after_a_click_on_a_button_the_keys_are_the_players(player):
    player.press("To end")
    player.page.keyboard.press("ArrowLeft")
    player.wait("data.step === '99'")
    player.press("To start")
    player.page.keyboard.press(" ")
    player.wait("data.playing === 'true'")


def test_only_the_first_button_sets_the_start(player):
    box = player.plot("contours").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    player.sent.clear()
    for button in ("right", "middle"):
        player.page.mouse.click(*middle, button=button)
    player.settle()
    assert player.sent == []
    assert player.page.get_by_label("Start a").input_value() == "-0.486989"
    player.page.mouse.click(*middle)
    player.settle()
    assert player.page.get_by_label("Start a").input_value() != "-0.486989"


def test_pause_and_play_at_once_leave_one_loop_running(player):
    player.page.get_by_label("Speed").select_option("1")  # no frame below shows another step
    before, playing, paused = player.page.evaluate(
        f"""() => {{
          const press = (name) => document.querySelector(`[data-testid=player] [aria-label='${{name}}']`).click();
          {FRAMES}
          frame(1000);  // Plotly's own loop goes on
          const before = waiting.size;
          press("Play");
          for (let i = 0; i < 5; i++) {{ press("Pause"); press("Play"); }}
          const playing = [];
          for (let i = 0; i < 10; i++) {{ playing.push(waiting.size); frame(1016 + 16 * i); }}
          press("Pause");
          frame(1200);
          const paused = waiting.size;
          restore();
          return [before, playing, paused];
        }}"""
    )
    assert playing == [before + 1] * 10
    assert paused == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_a_lab_is_one_screen(page, address, size, scheme):
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    player = Player(page, address).open()
    for part in [".gp-bar", "[data-panel=data]", "[data-panel=contours]", "[data-panel=loss]", "[data-panel=surface]"]:
        box = player.page.locator(part).bounding_box()
        assert box["x"] >= 0, part
        assert box["y"] >= 0, part
        assert box["x"] + box["width"] <= width, part
        assert box["y"] + box["height"] <= height, part
        assert box["height"] > 80, part
    controls = player.page.locator(".st-key-controls").bounding_box()
    assert controls["y"] + controls["height"] <= height
    assert player.page.get_by_test_id("stMain").evaluate("node => node.scrollHeight") <= height
    text = player.page.locator(".gp-player").evaluate("node => getComputedStyle(node).color")
    shade = sum(json.loads("[" + text[text.index("(") + 1 : -1] + "]")[:3]) / 3
    assert (shade > 128) == (scheme == "dark")
    sizes = player.page.locator(".gp-bar *").evaluate_all(
        "nodes => nodes.map(node => parseFloat(getComputedStyle(node).fontSize))"
    )
    smallest = min(sizes)
    assert smallest >= (14 if width == 1280 else 18)


SPY = """() => {
  window.written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
    window.written.push(text);
    write.call(this, text, ...at);
  };
}"""


def test_what_a_picture_does_not_hold_is_told_at_its_edge(page, address):
    page.add_init_script(f"({SPY})()")
    player = Player(page, address).open("?runner_1=SGD%2Clr%3D0.3&runner_2=SGD%2Clr%3D0.5")
    run = descend(TUTORIAL, START, lr=0.5, steps=100)
    page.evaluate("window.written = []")
    player.press("To end")
    least = float(run.parameters[:, 1].min())
    assert f"to {format_number(least)}" in page.evaluate("window.written")


def test_a_picture_that_holds_all_has_no_sign(page, address):
    page.add_init_script(f"({SPY})()")
    player = Player(page, address).open()
    player.press("To end")
    assert [text for text in page.evaluate("window.written") if text.startswith("to ")] == []
