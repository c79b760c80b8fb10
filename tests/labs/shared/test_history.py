"""Undo and redo, against the simplest model: all states that there were, in a row, and where one stands among them."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from playground.labs.shared.history import MAX_UNDO, History
from playground.player import Event
from tests.labs.typing_in import begin, say

STATES = st.integers(0, 5)  # few, so that many changes come back to what was there before


class Changes(RuleBasedStateMachine):
    """Random changes, undone and redone."""

    def __init__(self):
        super().__init__()
        self.history, self.state = History(), 0
        self.row, self.at = [0], 0

    def change_to(self, state):
        self.history.note(self.state, state)
        self.state = state
        if state != self.row[self.at]:
            self.row = [*self.row[: self.at + 1], state][-MAX_UNDO - 1 :]  # no more than that are kept
            self.at = len(self.row) - 1

    @rule(state=STATES)
    def change(self, state):
        self.change_to(state)

    @rule(count=st.integers(MAX_UNDO - 2, MAX_UNDO + 2))
    def change_often(self, count):
        for i in range(count):
            self.change_to(10 + i)

    @rule()
    def undo(self):
        self.state = self.history.undo(self.state)
        self.at -= self.at > 0

    @rule()
    def redo(self):
        self.state = self.history.redo(self.state)
        self.at += self.at < len(self.row) - 1

    @invariant()
    def it_stands_where_the_model_does(self):
        assert self.state == self.row[self.at]
        assert (len(self.history.past), len(self.history.future)) == (self.at, len(self.row) - 1 - self.at)


TestChanges = Changes.TestCase


def test_a_change_that_came_to_nothing_is_no_change():
    history = History()
    history.note("a", "b")
    history.note("b", "c")
    history.forget("b")
    assert history.undo("b") == "a"


def test_what_a_person_did_is_undone_in_a_row_and_redone():
    session = begin("descent")
    states = [session.state]
    for change in ({"lr": 0.3}, {"function": "x^2 + 3y^2"}, {"start_x": 2.0, "steps": 40}, {"optimizer": "Adam"}):
        say(session, **change)
        assert not session.problems
        states.append(session.state)
    for state in reversed(states[:-1]):
        session.note_events([Event("undo")])
        session.settle()
        assert session.state == state
    assert not session.can_undo
    for state in states[1:]:
        session.note_events([Event("redo")])
        session.settle()
        assert session.state == state
    assert not session.can_redo
