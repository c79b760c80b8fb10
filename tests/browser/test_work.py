"""What becomes of one's work in a real browser: downloads, undo and redo, a reload, and files that can't be read."""

import csv
import io
import re
from urllib.parse import quote

import pytest

from playground import Fit, descend
from playground.data.labelled_tables import read_labelled
from playground.data.table_points import extract_points, suggest_roles
from playground.data.tables import read_text
from playground.labs.shared.fields import LADDER
from tests.browser.driver import Player

TUTORIAL = Fit("a*x + b", [0.5, 0.9, 1.4, 1.8], [2.0, 3.8, 5.0, 7.2])
START = {"a": -0.486989, "b": -0.563709}
MANY = "\n".join(f"{i / 7},{(i * i) % 11 + i / 13}" for i in range(600))


def download(player: Player, label: str) -> str:
    """The text of a file, as the browser saves it."""
    player.press("Download")
    player.settle()
    with player.page.expect_download() as waiting:
        player.page.get_by_role("button", name=re.compile(label)).last.click()
    text = waiting.value.path().read_text(encoding="utf-8")
    player.page.keyboard.press("Escape")
    player.settle()
    return text


def test_the_points_and_the_run_of_a_fit_are_downloaded(player):
    table = read_text(download(player, "4 points"))
    points = extract_points(table, *suggest_roles(table))
    assert (points.x, points.y) == ((0.5, 0.9, 1.4, 1.8), (2.0, 3.8, 5.0, 7.2))
    rows = list(csv.DictReader(io.StringIO(download(player, "Run of SGD"))))
    run = descend(TUTORIAL, START, lr=0.01, steps=100)
    assert len(rows) == 101
    assert float(rows[100]["loss"]) == pytest.approx(float(run.losses[100]), rel=1e-9)
    assert float(rows[7]["d loss / d b"]) == pytest.approx(float(run.gradients[7, 1]), rel=1e-9)


def test_the_run_of_a_race_is_downloaded_as_it_stands(player):
    player.open("descent?function=x%5E2&steps=3&runner_1=SGD,lr=0.25&start_x=8")
    rows = list(csv.DictReader(io.StringIO(download(player, "Run of SGD 0.25"))))
    assert [float(row["x"]) for row in rows] == [8, 4, 2, 1]
    assert [float(row["d loss / d x"]) for row in rows] == [16, 8, 4, 2]
    assert {row["runner"] for row in rows} == {"SGD 0.25"}


def test_the_points_and_the_run_of_a_network_are_downloaded(player):
    player.open("network?steps=5")
    rows = list(csv.DictReader(io.StringIO(download(player, "Run of"))))
    assert len(rows) == 6
    assert float(rows[0]["loss"]) == pytest.approx(player.loss)
    assert len(read_labelled(download(player, "points"))) == 200


def test_each_change_is_undone_and_redone_by_keys_and_buttons(player):
    page, rate = player.page, player.page.get_by_label("Learning rate", exact=True)
    undo, redo = (page.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    assert undo.is_disabled()
    assert redo.is_disabled()
    fresh = page.url
    player.enter("Learning rate", "0.3")
    player.settle()
    player.enter("Steps", "40")
    player.settle()
    page.keyboard.press("Control+z")  # in a text the key is the text's own
    player.settle()
    assert page.get_by_label("Steps", exact=True).input_value() == "100"
    assert "steps=40" in page.url
    page.keyboard.press("Control+Shift+z")
    player.root.focus()
    page.keyboard.press("Control+z")
    player.settle()
    assert player.steps == 100
    assert rate.input_value() == "0.3"
    undo.click()
    player.settle()
    assert page.url == fresh
    assert undo.is_disabled()
    page.keyboard.press("Control+Shift+z")
    player.settle()
    assert rate.input_value() == "0.3"
    redo.click()
    player.settle()
    assert player.steps == 40
    assert redo.is_disabled()


def test_a_chosen_optimizer_is_undone_while_its_list_has_the_focus(player):
    page = player.page
    page.get_by_label("Optimizer").first.click()
    page.get_by_role("option", name="Newton", exact=True).click()
    player.settle()
    assert page.get_by_label("Learning rate", exact=True).input_value() == "1"
    page.keyboard.press("Control+z")
    player.settle()
    assert page.get_by_label("Learning rate", exact=True).input_value() == "0.01"


# So many presses within one task of the browser: no answer can come between two of them.
PRESSES = "(button, count) => { for (let i = 0; i < count; i++) button.click(); }"


def test_ten_presses_faster_than_the_server_answers_count_as_ten(player):
    rate = player.page.get_by_label("Learning rate", exact=True)
    at = LADDER.index(float(rate.input_value()))
    player.page.get_by_role("button", name="Decrease Learning rate", exact=True).evaluate(PRESSES, 10)
    player.settle()
    assert float(rate.input_value()) == LADDER[at - 10]
    player.page.get_by_role("button", name="Increase Learning rate", exact=True).evaluate(PRESSES, 7)
    player.settle()
    assert float(rate.input_value()) == LADDER[at - 3]
    player.page.keyboard.press("Control+z")
    player.settle()
    assert float(rate.input_value()) == LADDER[at - 4]  # each press is a change of its own


def test_the_rate_goes_by_rungs(player):
    rate = player.page.get_by_label("Learning rate", exact=True)
    for _ in range(5):
        player.press("Decrease Learning rate")
        player.settle()
    assert float(rate.input_value()) == 2e-4
    player.press("Increase Learning rate")
    player.settle()
    assert float(rate.input_value()) == 5e-4


def paste(player: Player, text: str) -> None:
    player.page.get_by_role("radio", name="Data").click()
    player.settle()
    player.press("Paste, upload")
    player.settle()
    area = player.page.get_by_label("Rows of numbers", exact=False)
    area.fill(text)
    area.press("Control+Enter")
    player.settle()


def test_points_too_many_for_the_link_survive_a_reload(player):
    page = player.page
    paste(player, MANY)
    player.press("Use 600 points")
    player.settle()
    assert not page.get_by_role("button", name="Use 600 points").is_visible()  # the popover has done its work
    assert page.get_by_text("download them to keep them").is_visible()
    loss, address = player.loss, page.url
    assert re.search("points_left_out=600-[0-9a-f]{8}", address)
    player.reload()
    player.settle()
    assert player.loss == loss
    assert page.url == address
    assert not page.get_by_text("Ignored in this link").is_visible()


def test_points_that_no_tab_has_kept_are_said_to_be_missing(player):
    player.open("?points_left_out=600-00000000")
    assert player.page.get_by_text("they were too many for a link").is_visible()


def test_all_faults_are_seen_and_their_rows_left_out(player):
    page = player.page
    paste(player, "x,y\n1,2\n2,abc\n3,4\n4,\n5,6")
    told = page.get_by_text("row 3, column 'y'")
    for one in (told, page.get_by_text("row 5, column 'y'")):
        box = one.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 720
    page.get_by_text("Leave these 2 rows out").click()
    player.settle()
    player.press("Use 3 points")
    player.settle()
    assert quote("1,2;3,4;5,6", safe="") in page.url


def test_a_workbook_is_named_with_what_to_do(player, tmp_path):
    book = tmp_path / "marks.xlsx"
    book.write_bytes(b"PK\x03\x04" + bytes(100))
    player.page.get_by_role("radio", name="Data").click()
    player.settle()
    player.press("Paste, upload")
    player.settle()
    player.page.locator("input[type=file]").set_input_files(book)
    told = player.page.get_by_text("'marks.xlsx' looks like an Excel file")
    told.wait_for()
    box = told.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 720
