"""A run of the page whose person asked for something else meanwhile, or has left, ends without what nobody looks at."""

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from playground.engine.descent import Descent
from playground.labs.shared import turns
from playground.labs.shared.race import runs
from playground.labs.shared.session import Session
from playground.labs.shared.turns import give_way
from tests.labs.driver import column, open_lab


@pytest.fixture
def context(monkeypatch):
    """A run of a page, with Streamlit's own record of what is asked of it; its runs again are of the whole page."""
    found = SimpleNamespace(script_requests=ScriptRequests(), session_id="mine")
    monkeypatch.setattr(turns, "get_script_run_ctx", lambda **_: found)

    def run_again():
        raise RerunException(RerunData())

    def stop():
        raise StopException

    monkeypatch.setattr(turns, "run_again", run_again)
    monkeypatch.setattr(st, "stop", stop)
    return found


def be_in_server(monkeypatch, *sessions: str) -> None:
    """Let there be a server with these sessions."""
    server = SimpleNamespace(is_active_session=lambda one: one in sessions)
    monkeypatch.setattr(turns, "Runtime", SimpleNamespace(exists=lambda: True, instance=lambda: server))


@pytest.mark.usefixtures("context")
def test_a_run_that_is_wanted_goes_on(monkeypatch):
    give_way()
    be_in_server(monkeypatch, "mine", "another")
    give_way()


def test_a_run_makes_way_for_what_was_asked_for_since(context):
    assert context.script_requests.request_rerun(RerunData())
    with pytest.raises(RerunException):
        give_way()


def test_a_run_that_is_told_to_stop_does(context):
    context.script_requests.request_stop()
    with pytest.raises(StopException):
        give_way()


@pytest.mark.usefixtures("context")
def test_a_run_whose_person_has_left_ends(monkeypatch):
    be_in_server(monkeypatch, "another")
    with pytest.raises(StopException):
        give_way()


def test_outside_a_page_nobody_asks():
    give_way()


def test_a_long_race_ends_between_two_turns_and_goes_on_in_the_next_run(monkeypatch):
    told: list[object] = []
    run, settle = Descent.run, Session.settle

    def begin(session):
        told.append("a run of the page")
        settle(session)

    def ask_meanwhile(descent, steps, *args):
        told.append(steps)
        if told == ["a run of the page", runs.TURN]:
            get_script_run_ctx().script_requests.request_rerun(RerunData())
        return run(descent, steps, *args)

    monkeypatch.setattr(Session, "settle", begin)
    monkeypatch.setattr(Descent, "run", ask_meanwhile)
    at = open_lab("descent", function="x^2 + y^2", runner_1="SGD,lr=0.0001", steps="1000")
    assert told[:6] == ["a run of the page", runs.TURN, "a run of the page", *3 * [runs.TURN]]
    assert len(column(at, "loss")) == 1001
