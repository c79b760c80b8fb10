"""A view that was made for somebody is the one that anybody else would have been given, and little of them is kept."""

from dataclasses import replace

import pytest

from playground.labs import LABS
from playground.labs.shared import page, views
from playground.labs.shared.session import Session
from playground.labs.shared.view import View
from playground.labs.shared.views import VIEWS, Views
from tests.labs.driver import as_number, open_lab, player

LAB = LABS["descent"]
STATES = {
    "fit": {"steps": "30", "runner_1": "Adam,lr=0.05"},
    "descent": {"function": "x^2 + 3y^2", "start_x": "1", "start_y": "-2", "steps": "20"},
    "gradient": {"function": "x^2 y", "x": "3", "y": "2"},
    "network": {"steps": "20"},
}


def look(lab, seen=(), **said: str) -> View:
    """A view for somebody new."""
    session = Session(lab, lab.read_link(said).state, lab.work(), seen={*seen})
    return page._view(lab, session)


def a_view(**what) -> View:
    """A view of nothing."""
    return View(panels=[], columns={}, readouts=[], status="", **what)


@pytest.mark.parametrize("lab", STATES)
def test_whoever_comes_to_the_same_state_is_told_the_same_as_the_first(lab, monkeypatch):
    first = player(open_lab(lab, **STATES[lab]))
    calls = []
    state = LABS[lab].read_link(STATES[lab]).state
    assert VIEWS.find(LABS[lab], state) is not None
    monkeypatch.setattr(VIEWS, "clear", lambda: calls.append("another visitor, who finds it"))
    assert player(open_lab(lab, **STATES[lab])) == first
    assert len(calls) == 1
    monkeypatch.undo()
    assert player(open_lab(lab, **STATES[lab])) == first


def test_a_view_is_made_once_and_so_is_each_of_its_pictures():
    first = look(LAB)
    again = look(LAB)
    assert again.results is first.results  # type: ignore[attr-defined]
    before = {one.name: one for one in first.panels}
    assert before["contours"].drawing is next(one.drawing for one in again.panels if one.name == "contours")
    name = next(one.name for one in first.panels if callable(getattr(one, "drawing", None)))
    looked = [next(one for one in look(LAB, seen=[name]).panels if one.name == name) for _ in range(2)]
    assert not callable(looked[0].drawing)  # type: ignore[union-attr]
    assert looked[0].drawing is looked[1].drawing  # type: ignore[union-attr]


def test_zero_and_minus_zero_are_two_states():
    ends = [
        look(LAB, function="x^3 + 1/x", start_x=start, steps="1").results.runs[0].losses[0]  # type: ignore[attr-defined]
        for start in ("0", "-0")
    ]
    assert ends == [float("inf"), float("-inf")]


def test_a_run_goes_on_from_a_view_that_another_has_made(monkeypatch):
    said = {"function": "x^2 + 3y^2", "steps": "20"}
    open_lab("descent", **said)
    monkeypatch.setattr(VIEWS, "clear", lambda: None)
    at = open_lab("descent", **said)
    as_number(at, next(one for one in at.text_input if one.label == "Steps")).set_value("35").run()
    monkeypatch.undo()
    assert player(at)["columns"] == player(open_lab("descent", **said | {"steps": "35"}))["columns"]


def test_what_will_look_otherwise_isn_t_kept():
    kept = Views()
    for one in (a_view(is_final=False), a_view(size=views.MAX_NUMBERS)):
        kept.keep(LAB, LAB.default, one)
        assert kept.find(LAB, LAB.default) is None


def test_the_views_that_were_looked_at_last_are_kept_as_far_as_there_is_room(monkeypatch):
    monkeypatch.setattr(views, "MAX_VIEWS", 3)
    monkeypatch.setattr(views, "MAX_NUMBERS", 100)
    kept, state = Views(), LAB.default
    states = [replace(state, race=replace(state.race, steps=steps)) for steps in range(1, 6)]
    for one in states[:3]:
        kept.keep(LAB, one, a_view())
    assert kept.find(LAB, states[0]) is not None  # and so it was looked at last
    kept.keep(LAB, states[3], a_view())
    assert [kept.find(LAB, one) is not None for one in states] == [True, False, True, True, False]
    for one in states:
        kept.keep(LAB, one, a_view(size=25))
    assert sum(kept.find(LAB, one) is not None for one in states) == 3
    for one in states:
        kept.keep(LAB, one, a_view(size=101 // 4))
    monkeypatch.setattr(views, "MAX_NUMBERS", 60)
    kept.keep(LAB, states[0], a_view(size=15))
    assert sum(kept.find(LAB, one) is not None for one in states) <= 2
