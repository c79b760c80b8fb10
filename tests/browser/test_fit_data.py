"""The data of the page Fit in a real browser: points added, dragged and deleted on the picture."""

import re
from urllib.parse import unquote_plus

import pytest

from playground import Fit, descend

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
    for i in range(1, 9):
        page.mouse.move(x + 5 * i, y - 4 * i)
        page.wait_for_timeout(30)
    page.mouse.up()
    dropped = pytest.approx([x + 40, y - 32], abs=2)
    for _ in range(100):
        data = points(with_point)
        if place(with_point, *data[4]) == dropped:
            break
        page.wait_for_timeout(100)
    assert len(data) == 5
    assert place(with_point, *data[4]) == dropped
    with_point.settle()
    assert with_point.loss == pytest.approx(loss_of(data), rel=1e-12)
    with_point.press("To end")
    run = descend(Fit("a*x + b", *zip(*data, strict=True)), [-0.486989, -0.563709], lr=1e-2, steps=100)
    assert with_point.loss == pytest.approx(float(run.losses[-1]), rel=1e-12)
    assert with_point.errors == []


def test_delete_removes_the_point_that_was_clicked(with_point):
    page = with_point.page
    page.mouse.click(*place(with_point, *points(with_point)[4]))
    page.keyboard.press("Delete")
    page.wait_for_url(re.compile("data=Tutorial"))
    with_point.settle()
    assert with_point.loss == pytest.approx(loss_of(TUTORIAL), rel=1e-12)
