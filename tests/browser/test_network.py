"""Colour maps and the edges of a network, which follow the cursor and can be chosen, in a real browser."""

import json

import numpy as np
import pytest

from tests.browser.conftest import serve
from tests.browser.driver import FRAMES, Player
from tests.browser.test_editing import COLOUR, PLACE

RED, BLUE = [178, 24, 43], [59, 76, 192]  # the first class and the second one, and the signs
LIME = [165, 207, 69]  # the third class
GREY = [102, 102, 102]  # the boundary
EDGES = 9  # the edges' rows come before those of the units
FIRST_EDGE = (0.5, 0.75)  # its middle, from (0, 0.5) to (1, 1)
UNITS = {"x": (0, 0.5), "y": (0, -0.5), "output": (2, 0)}


@pytest.fixture(scope="module")
def drawing():
    with serve("tests/browser/launcher.py", page="tests/browser/network_page.py") as address:
        yield address


@pytest.fixture
def network(page, drawing):
    return Player(page, drawing).open()


def at(player, panel, x, y):
    return player.plot(panel).evaluate(PLACE, [x, y])


def colour(player, panel, x, y):
    return player.plot(panel).evaluate(COLOUR, at(player, panel, x, y))


def is_nearer(shade, one, other):
    """Whether a colour, or what is left of it on white, is that of one rather than of another."""
    return np.abs(np.subtract(shade, one)).sum() < np.abs(np.subtract(shade, other)).sum()


def told(player):
    player.settle()
    return json.loads(player.page.get_by_test_id("stText").inner_text())


def test_the_map_and_its_boundary_move_with_the_cursor_under_the_points(network):
    between = (-0.5, 1.0)
    assert is_nearer(colour(network, "output", *between), BLUE, RED)
    assert colour(network, "output", -1.0, 1.0) == GREY
    assert colour(network, "output", 0.0, 0.0) == BLUE
    network.press("To end")
    assert is_nearer(colour(network, "output", *between), RED, BLUE)
    assert colour(network, "output", 1.0, 1.0) == GREY
    assert colour(network, "output", -1.0, 1.0) != GREY
    assert colour(network, "output", 0.0, 0.0) == BLUE
    assert network.errors == []


def test_a_frame_stands_until_the_next_one(network):
    seen = [colour(network, "output", -0.9, 1.0)]
    for _ in range(4):  # a new frame comes with every third step
        network.press("Step forward")
        seen.append(colour(network, "output", -0.9, 1.0))
    assert seen[0] == seen[1] == seen[2] != seen[3] == seen[4]


def test_the_boundary_is_where_the_output_is_a_half_and_reaches_the_edges(network):
    network.press("To end")
    for y in (-1.98, -0.7, 0.3, 1.98):
        assert colour(network, "output", 1.0, y) == GREY
        assert colour(network, "output", 0.9, y) != GREY
        assert colour(network, "output", 1.1, y) != GREY


def tint(shade, hue):
    """How far the way from white to a shade is that to a hue: the cosine between them."""
    one, other = (255 - np.array(colour, float) for colour in (shade, hue))
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


def test_several_classes_have_their_colours_and_boundaries(page, drawing):
    network = Player(page, drawing).open("?strips=1")
    for x, hue in ((-1.5, RED), (0.1, BLUE), (1.4, LIME)):
        shade = colour(network, "output", x, 1.0)
        assert all(tint(shade, hue) > tint(shade, other) for other in (RED, BLUE, LIME) if other != hue)
    for x in (-0.5, 0.5):
        assert colour(network, "output", x, 1.0) == GREY
    assert network.errors == []


def test_the_edges_and_the_units_follow_the_cursor(network):
    right, left = UNITS["output"][0] + 0.1, UNITS["output"][0] - 0.1
    assert colour(network, "network", *FIRST_EDGE) == RED
    assert is_nearer(colour(network, "network", right, 0), RED, BLUE)
    assert is_nearer(colour(network, "network", left, 0), BLUE, RED)
    network.press("To end")
    assert colour(network, "network", *FIRST_EDGE) == BLUE
    assert is_nearer(colour(network, "network", right, 0), BLUE, RED)
    assert is_nearer(colour(network, "network", left, 0), RED, BLUE)


def test_an_edge_is_as_wide_as_its_number_is_large(network):
    wide = f"""(node, [x, y]) => {{
      const seen = (by) => ({COLOUR})(node, [x, y + by]);
      return [...Array(31).keys()].filter((i) => seen(i - 15).join() !== "0,0,0").length;
    }}"""
    widths = []
    for step in (0, 15, 30):
        network.page.get_by_role("slider", name="Step", exact=True).fill(str(step))
        widths.append(network.plot("network").evaluate(wide, at(network, "network", *FIRST_EDGE)))
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[2]


def test_a_click_chooses_the_nearest_edge_or_the_unit_under_it(network):
    x, y = at(network, "network", *FIRST_EDGE)
    for click in ((x, y), (x + 5, y + 5), at(network, "network", *UNITS["y"])):
        network.page.mouse.click(*click)
    network.page.mouse.click(*at(network, "network", 0.9, -1.45))  # where nothing is
    assert told(network) == [["choose", 0], ["choose", 0], ["choose", EDGES + 1]]


def test_a_point_that_is_added_has_its_class_at_once(network):
    place = (1.0, -1.5)
    assert colour(network, "output", *place) != RED
    network.page.mouse.click(*at(network, "output", *place))
    assert colour(network, "output", *place) == RED
    assert told(network) == [["add", 0]]
    assert colour(network, "output", *place) == RED


def test_numbers_are_written_on_the_units(page, drawing):
    written = """(node, [x, y]) => {
      const canvas = node.parentElement.querySelector('canvas'), box = canvas.getBoundingClientRect();
      const {data} = canvas.getContext('2d').getImageData(x - box.left - 20, y - box.top, 40, 30);
      return [...data.keys()].filter((i) => i % 4 === 0 && data[i] + data[i + 1] + data[i + 2] < 300).length;
    }"""
    dark = []
    for query in ("", "?values=1"):
        network = Player(page, drawing).open(query)
        dark.append(network.plot("network").evaluate(written, at(network, "network", *UNITS["y"])))
    assert dark[0] == 0
    assert dark[1] > 10


def test_keys_choose_the_next_and_the_previous_one(page, drawing):
    network = Player(page, drawing).open("?chosen=0")
    network.root.focus()
    page.keyboard.press("n")
    assert told(network) == [["choose", 1]]
    page.keyboard.press("p")
    assert told(network)[1:] == [["choose", EDGES + 5]]


def test_what_is_chosen_and_what_is_pointed_at_is_marked(page, drawing):
    network = Player(page, drawing).open()
    text = network.root.evaluate("node => getComputedStyle(node).color.match(/\\d+/g).map(Number)")
    place = at(network, "network", *FIRST_EDGE)
    beside = [place[0] + 3.5, place[1] + 3.5]  # where the mark stands out from under the edge
    is_marked = lambda: np.allclose(network.plot("network").evaluate(COLOUR, beside), text, atol=10)  # noqa: E731
    assert not is_marked()
    page.mouse.move(*place)
    assert is_marked()
    assert network.plot("network").get_attribute("title") == "weight 0"
    page.mouse.move(*at(network, "network", 0.9, -1.45))
    assert not is_marked()
    network = Player(page, drawing).open("?chosen=0")
    assert is_marked()


def test_each_step_is_drawn_at_60_steps_a_second_and_nothing_is_sent(network):
    network.page.get_by_label("Speed").select_option("60")
    network.sent.clear()
    shown, pictures = network.page.evaluate(
        f"""() => {{
          const root = document.querySelector("[data-testid=player]");
          const canvases = ["output", "network"].map((name) => root.querySelector(`[data-panel=${{name}}] > canvas`));
          {FRAMES}
          const [shown, pictures] = [[], canvases.map(() => new Set())];
          root.querySelector("[aria-label='Play']").click();
          for (let i = 0; i <= 60; i++) {{
            frame(1000 + i * 1000 / 60);
            shown.push(Number(root.dataset.step));
            for (const [at, canvas] of canvases.entries()) pictures[at].add(canvas.toDataURL());
          }}
          restore();
          return [shown, pictures.map((all) => all.size)];
        }}"""
    )
    assert shown == [*range(61)]
    assert pictures == [21, 61]  # the frames of the map, and a width of the first edge at each step
    assert network.sent == []
