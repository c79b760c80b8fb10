"""How a page is presented: what a link says of it, what stays, and what isn't told before the run has got there."""

import json

import numpy as np
import pytest

from playground.labs import LABS
from playground.labs.shared.presentation import FIELDS, Presentation
from playground.numerals import format_decimals, format_number
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


LINKS = [
    ("fit", {"steps": "17"}),
    ("fit", {"steps": "17", "standardise": "true"}),
    ("fit", {"steps": "17", "model": "a*exp(b*x)", "standardise": "true"}),
    ("descent", {"steps": "17"}),
    ("descent", {"steps": "17", "function": "x^2 + sin(x)", "start_x": "2"}),
    ("descent", {"steps": "17", "function": "a^2 + 2b^2 + 3c^2 + a b", "runner_1": "Adam,lr=0.1"}),
    ("gradient", {"view": "Loop"}),
    ("network", {"steps": "17"}),
]


def texts_at_start(message, at):
    """All texts in the message, of those that change with the cursor the ones at the start."""

    def line(parts):
        for part in parts:
            if isinstance(part, str):
                yield part
            elif "words" in part:
                yield part["words"][int(column(at, part["column"])[0])]
            elif "lines" in part:
                yield from line(part["lines"][int(column(at, part["column"])[0])])

    yield from (message["status"], dict(message["notes"]).get(0, ""))
    for readout in message["readouts"]:
        yield "".join(line(readout))
    for panel in message["panels"]:
        yield f"{panel['title']} {panel['description']} {panel['hint']}"
        for cells in [panel.get("heads", []), *panel.get("rows", [])]:
            for cell in cells:
                yield "".join(line(cell))
        yield from strings(panel.get("figure", {}))


def strings(value):
    """All texts in a figure that are no packed numbers."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key != "bdata":
                yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(("lab", "link"), LINKS, ids=str)
def test_no_text_tells_where_the_run_ends_before_it_has_got_there(lab, link):
    hidden, shown = open_lab(lab, hide_ahead="true", **link), open_lab(lab, **link)
    assert telling(hidden, lab) == []
    assert telling(shown, lab) or lab in ("gradient", "network")  # of many parameters no description tells the end


def telling(at, lab):
    """The texts at the start that have a final number of some column in them."""
    message, columns = player(at), at.session_state[f"{lab} session"].view.columns
    ends = {text for one in columns.values() for text in written(np.asarray(one), len(columns["loss"]))}
    said = [*texts_at_start(message, at), *(one.value for one in (*at.caption, *at.text))]
    return [text for text in said if any(end in text for end in ends)]


def written(values, length):
    """The last number of a column that changes, as the page may write it; none that has too few digits to be known."""
    if values.dtype != np.float64 or len(values) != length or values[-1] == values[0]:
        return set()
    texts = {format_decimals(values[-1]), *(format_number(values[-1], digits) for digits in (4, 6, 10))}
    return {text for text in texts if sum(one in "123456789" for one in text) >= 3}
