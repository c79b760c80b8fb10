"""What the browser has drawn after a sequence of acts is what it draws on a fresh page of the same address."""

from typing import Any

from tests.browser.driver import Player

# What stands behind a tab is drawn when it is first seen.
DRAWN = """() => Object.fromEntries([...document.querySelectorAll("[data-panel]:not([hidden])")].map((panel) => {
  const plot = panel.querySelector(".gp-plot");
  const axis = (one) => one && [one.range, one.domain, one.type, one.title.text];
  const layout = plot?._fullLayout;
  return [panel.dataset.panel, {
    axes: [axis(layout?.xaxis), axis(layout?.yaxis)],
    traces: plot?.data?.map((trace) => [trace.name, trace.visible ?? true]),
    bar: layout?.coloraxis ?? plot?.data?.find((trace) => trace.colorbar)?.colorbar.ticktext,
    drawn: panel.querySelector("canvas.gp-canvas, .gp-figure > canvas")?.toDataURL(),
    text: panel.querySelector(".gp-board")?.textContent,
  }];
}))"""


def drawn(player: Player) -> dict[str, Any]:
    return player.page.evaluate(DRAWN)


def same_as_fresh(player: Player) -> None:
    """The page, and a fresh one of the same address in another tab."""
    player.press("To start")
    player.settle()
    seen = drawn(player)
    tab = player.page.context.new_page()
    try:
        fresh = Player(tab, player.address)
        fresh.page.goto(player.page.url)
        expected = drawn(fresh.wait_until_ready())
    finally:
        tab.close()
    assert seen.keys() == expected.keys()
    for name, one in expected.items():
        assert seen[name] == one, name


def test_functions_one_after_the_other_leave_nothing_behind(player):
    player.open("descent")
    for text in ("x^2", "|x-1| + |y|", "1/x + y^2"):
        player.enter("Function", text)
        player.settle()
    same_as_fresh(player)
    player.page.go_back()
    player.settle()
    assert player.page.get_by_label("Function", exact=True).input_value() == "|x-1| + |y|"
    same_as_fresh(player)


def test_data_that_are_generated_leave_nothing_behind(player):
    player.page.get_by_role("radio", name="Data").click()
    player.settle()
    player.press("Generate")
    player.settle()
    player.press("Generate 50 points")
    player.settle()
    player.page.keyboard.press("Escape")
    player.settle()
    same_as_fresh(player)


def test_a_start_that_is_picked_and_a_rate_that_is_changed_after_it_keep_the_picture(player):
    before = drawn(player)["contours"]["axes"]
    player.plot("contours").click(position={"x": 200, "y": 120})
    player.settle()
    assert drawn(player)["contours"]["axes"] == before
    player.enter("Learning rate", "0.3")
    player.settle()
    assert drawn(player)["contours"]["axes"] == before
    same_as_fresh(player)
    player.enter("Start a", "0.5")  # typed: the picture is where the run is seen best
    player.settle()
    assert "region" not in player.page.url
    same_as_fresh(player)


def test_points_of_a_gradient_one_after_the_other_leave_nothing_behind(player):
    player.open("gradient")
    for text in ("x^2 + y^2", "x*y*z", "sin(x)/y"):
        player.enter("Function", text)
        player.settle()
    player.plot("picture").click(position={"x": 150, "y": 80})
    player.settle()
    same_as_fresh(player)


def test_a_runner_keeps_its_colour_when_another_goes(player):
    player.press("Add")
    player.settle()
    player.press("Add")
    player.settle()
    player.page.get_by_role("radio", name="1", exact=True).click()
    player.settle()
    player.press("Remove")
    player.settle()
    assert "runner_1" not in player.page.url
    assert player.page.get_by_role("radio", name="3", exact=True).count() == 1
    same_as_fresh(player)
