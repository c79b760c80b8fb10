"""The data of the page Fit in a real browser: points added, dragged and deleted on the picture."""

import re
from urllib.parse import unquote_plus

import pytest

from playground import Fit, descend
from tests.browser.driver import PAINTED, Player

TUTORIAL = [(0.5, 2.0), (0.9, 3.8), (1.4, 5.0), (1.8, 7.2)]


def points(player):
    """The points that the link says, or the tutorial's."""
    found = re.search(r"points=([^&]*)", player.page.url)
    if not found:
        return TUTORIAL
    return [tuple(map(float, one.split(",")[:2])) for one in unquote_plus(found[1]).split(";")]


def place(player, x, y):
    """Where a point of the data's picture is on the screen."""
    return player.plot("data").evaluate(
        """(node, [x, y]) => {
          const { xaxis, yaxis } = node._fullLayout, box = node.getBoundingClientRect();
          return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
        }""",
        [x, y],
    )


def loss_of(data):
    fit = Fit("a*x + b", [x for x, _ in data], [y for _, y in data])
    return float(fit.loss([-0.486989, -0.563709]))


@pytest.fixture
def with_point(player):
    """The page after a click on the empty plot."""
    player.page.mouse.click(*place(player, 1.0, 1.5))
    player.page.wait_for_url(re.compile("points="))
    player.settle()
    return player


def test_a_click_adds_a_point_and_the_loss_is_that_of_the_new_data(with_point):
    data = points(with_point)
    assert data[:4] == TUTORIAL
    assert data[4] == pytest.approx((1.0, 1.5), abs=0.05)
    assert with_point.loss == pytest.approx(loss_of(data), rel=1e-12)


def test_a_dragged_point_lies_where_it_was_dropped_and_the_run_is_that_of_the_new_data(with_point):
    page = with_point.page
    x, y = place(with_point, 1.0, 1.5)
    page.mouse.move(x, y)
    page.mouse.down()
    before = with_point.loss
    page.mouse.move(x + 20, y - 16, steps=4)
    with_point.wait(f"Number(data.loss) !== {before!r}")  # the run follows on the way
    page.mouse.move(x + 40, y - 32, steps=4)
    page.mouse.up()
    with_point.settle()
    data = points(with_point)
    assert len(data) == 5
    assert place(with_point, *data[4]) == pytest.approx([x + 40, y - 32], abs=2)
    assert with_point.loss == pytest.approx(loss_of(data), rel=1e-12)
    with_point.press("To end")
    run = descend(Fit("a*x + b", *zip(*data, strict=True)), [-0.486989, -0.563709], lr=1e-2, steps=100)
    assert with_point.loss == pytest.approx(float(run.losses[-1]), rel=1e-12)
    assert with_point.errors == []


def test_delete_removes_the_point_that_was_clicked(with_point):
    page = with_point.page
    page.mouse.click(*place(with_point, *points(with_point)[4]))
    page.keyboard.press("Delete")
    page.wait_for_url(lambda url: "points=" not in url)
    with_point.settle()
    assert with_point.loss == pytest.approx(loss_of(TUTORIAL), rel=1e-12)


def test_a_slice_moves_along_with_the_run_and_its_axis_says_so(page, address):
    query = "?model=a*exp(-b*x)%2Bc&data=Exponential+decay&start_a=2&start_b=0.3&start_c=0&lr=0.05&steps=200&plane=a,+b"
    player = Player(page, address).open(query)
    title = "node => node._fullLayout.xaxis.title.text"
    heights = "node => Array.from(node._fullData[0].z[20]).slice(0, 5)"
    first = player.plot("contours").evaluate(title), player.plot("contours").evaluate(heights)
    assert first[0] == "a   (at c = 0)"
    player.press("To end")
    plot = "document.querySelector('[data-panel=contours] .gp-plot')"
    page.wait_for_function(f"first => ({title})({plot}) !== first", arg=first[0])
    last = player.plot("contours").evaluate(title), player.plot("contours").evaluate(heights)
    assert last[0] != first[0]
    assert last[1] != first[1]
    assert player.errors == []


def test_the_points_of_the_batch_are_lit_up_step_by_step(page, address):
    player = Player(page, address).open("?model=a*x%2Bb&lr=0.05&batch_size=2&steps=20")
    canvas = "node => node.parentElement.querySelector('canvas').toDataURL()"
    seen = set()
    for _ in range(4):
        seen.add(player.plot("data").evaluate(canvas))
        player.press("Step forward")
    assert len(seen) == 4
    assert "in epoch 3" in " ".join(player.page.locator(".gp-readouts").inner_text().split())


def test_the_csv_holds_the_points_of_the_picture(with_point):
    data = points(with_point)
    with_point.page.locator("[data-testid=stButtonGroup]").get_by_text("Data", exact=True).click()
    button = with_point.page.get_by_role("button", name=", CSV")
    with with_point.page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename == "points.csv"
    header, *rows = download.value.path().read_text().splitlines()
    assert header == "x,y"
    assert [tuple(map(float, row.split(","))) for row in rows] == data


def write_cells(player, *texts):
    """Type into the first cells of x, one below the other."""
    player.page.get_by_role("radio", name="Data").click()
    player.settle()
    box = player.page.locator("[data-testid=stDataFrame] canvas").first.bounding_box()
    player.page.mouse.click(box["x"] + 60, box["y"] + 50)
    player.page.wait_for_function("() => document.activeElement?.closest('[data-testid=stDataFrame]')")
    for text in texts:
        write_cell(player, text)
        player.settle()


def write_cell(player, text):
    """Type into the cell that has the focus: the first key opens its field, which takes the others."""
    player.page.keyboard.type(text[0])
    player.page.wait_for_function("() => document.activeElement?.closest('#portal')")
    player.page.keyboard.type(text[1:])
    player.page.wait_for_function("text => document.activeElement.value === text", arg=text)
    player.page.evaluate(PAINTED)  # by then the field has told the table
    with player.runs.socket.expect_event("framesent"):  # the table waits a little for more
        player.page.keyboard.press("Enter")


def test_cells_are_read_as_they_are_typed_and_what_cannot_be_read_stays_with_its_reason(page, address):
    player = Player(page, address).open("?steps=99")
    write_cells(player, "7,5", "1e-3")
    assert [x for x, _ in points(player)] == [7.5, 0.001, 1.4, 1.8]
    write_cell(player, "1.234,5")
    said = page.get_by_text("Row 3, x: '1.234,5' has separators between thousands: write 1234.5.")
    said.wait_for()
    player.settle()
    assert [x for x, _ in points(player)] == [7.5, 0.001, 1.4, 1.8]
    page.get_by_text("Standardise x").click()  # the cell is still there, and so is what is wrong with it
    player.settle()
    assert said.is_visible()
    assert player.errors == []


def test_cells_are_read_as_they_are_pasted(page, address):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    player = Player(page, address).open("?steps=98")
    write_cells(player)
    page.evaluate("text => navigator.clipboard.writeText(text)", "1,5\t2,25\n\u22122,5\t3e-1")
    page.keyboard.press("Control+v")
    page.wait_for_url(re.compile("points="))
    player.settle()
    assert points(player)[:2] == [(1.5, 2.25), (-2.5, 0.3)]


@pytest.mark.parametrize(
    ("label", "text", "shown", "said"),
    [
        ("Steps", "1e3", "1000", "steps=1000"),
        ("Learning rate", "1/8", "0.125", "lr%3D0.125"),
        ("Learning rate", "0,002", "0.002", "lr%3D0.002"),
        ("Start a", "\u22121", "-1", "start_a=-1"),
        ("Start b", "pi/4", "0.7853981634", "start_b=0.7853981633974483"),
    ],
)
def test_a_number_is_typed_in_any_notation_and_the_field_shows_what_was_read(page, address, label, text, shown, said):
    player = Player(page, address).open("?optimizer=SGD&lr=0.02")
    for _ in range(2):  # the same once more is shown so once more
        player.enter(label, text)
        player.settle()
        assert page.get_by_label(label, exact=True).input_value() == shown
        assert said in page.url


def test_what_has_two_readings_stays_in_its_field_and_nothing_else_changes(player):
    before = player.page.url, player.loss
    player.enter("Steps", "1,000")
    player.settle()
    assert player.page.get_by_label("Steps", exact=True).input_value() == "1,000"
    assert player.page.get_by_text("'1,000' can be 1 or 1000: write it without the ','.").is_visible()
    assert (player.page.url, player.loss) == before
