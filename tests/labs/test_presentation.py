"""How a page is presented: what a link says of it, what stays, and what isn't told before the run has got there."""

import json

import pytest

from playground.labs import LABS
from playground.labs.shared.presentation import FIELDS, Presentation
from tests.labs.driver import column, link, open_lab, player


def toggle(at, label):
    return next(one for one in at.toggle if one.label == label)


@pytest.mark.parametrize("lab", LABS)
def test_what_lies_ahead_is_told_only_where_the_run_has_got_there(lab):
    at = open_lab(lab)
    before = player(at)
    toggle(at, "Hide what comes next").set_value(True).run()
    assert not at.exception
    assert link(at) == {"hide_ahead": "true"}
    after = player(at)
    assert before["status"]
    assert after["status"] == ""
    assert after["notes"][-1] == [len(column(at, "loss")) - 1, before["status"]]
    assert not any((trace.get("meta") or {}).get("ahead") for trace in traces(after))
    toggle(at, "Hide what comes next").set_value(False).run()
    assert player(at) == before


def traces(message):
    return [trace for one in message["panels"] if "figure" in one for trace in one["figure"]["data"]]


@pytest.mark.parametrize("lab", ["fit", "descent", "network"])
def test_the_way_to_come_is_drawn_for_who_may_see_it(lab):
    assert any((trace.get("meta") or {}).get("ahead") for trace in traces(player(open_lab(lab))))


def test_a_table_says_when_a_runner_arrived_once_it_has():
    at = open_lab("descent")
    message = player(at)
    arrived = [name for name in message["columns"] if name.startswith("arrived")]
    assert len(arrived) == 2
    board = next(one for one in message["panels"] if one["name"] == "standings")
    assert "step" not in json.dumps(
        [[part for part in cell if isinstance(part, str)] for row in board["rows"] for cell in row]
    )


def test_the_presentation_stays_when_another_preset_is_chosen():
    at = open_lab("descent", projection="true")
    assert player(at)["projected"]
    gallery = next(one for one in at.selectbox if one.label == "Gallery")
    gallery.set_value(gallery.options[3]).run()
    assert player(at)["projected"]
    assert link(at)["projection"] == "true"


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
def test_a_link_says_it_and_is_read_back(one):
    chosen = one.put(Presentation(), True)
    assert Presentation.read_link(chosen.write_link()) == (chosen, "")
    assert Presentation().write_link() == {}
    said, problem = Presentation.read_link({one.name: "perhaps"})
    assert said == Presentation()
    assert "perhaps" in problem


def test_the_line_above_tells_the_name_and_not_what_comes_of_it():
    at = open_lab("fit", hide_ahead="true")
    said = [one.value for one in at.caption]
    assert "**Tutorial**" in said
    assert not any("at its end" in one for one in said)
