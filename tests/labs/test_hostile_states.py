"""Whatever a state is, and whatever a stranger sends, a lab answers: with a picture, or with a sentence.

Here a lab is used without a page: a session is begun from a link, told what fields, the player and files say, and asked
for all that it shows, each tab's too. The short run comes with each change. The long one,
``--hypothesis-profile=long``, has 10,000 states and 1,000 hostile sessions of each lab, none of which may take more
than ``MOST_SECONDS`` of the processor to answer, and the memory must stay level.
"""

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from hypothesis import given, settings, strategies

from playground.data.labelled_tables import read_labelled
from playground.data.table_points import read_points
from playground.errors import InputError
from playground.labs import LABS
from playground.labs.shared.race.surfaces import surfaces_of
from playground.labs.shared.session import Session
from playground.labs.shared.view import View
from playground.player import Panel
from playground.player.encode import encode_contents
from playground.player.outbox import read_outbox
from tests.labs.driver import Everything
from tests.labs.hostile import TABLES, entries, links, texts
from tests.labs.states import STATES
from tests.labs.typing_in import begin

IS_LONG = settings().max_examples > 1_000
STATES_TRIED, SESSIONS_TRIED = (10_000, 1_000) if IS_LONG else (25, 25)
MOST_SECONDS = 2.0

labs = pytest.mark.parametrize("lab", LABS)
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, scope="module")
def session_state():
    """In the place of Streamlit's, which needs a running app."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "session_state", {})
        yield


def answer(session: Session[Any], act: Callable[[], None] = lambda: None) -> None:
    """Do something, and have all that is shown then: made, encoded, in the link, and in files."""
    lab = session.lab
    begun = time.thread_time()
    act()
    session.settle()
    try:
        view = made(session)
    except InputError as error:
        session.go_back(error)
        view = made(session)
    session.view, session.drawn = view, session.state
    encode_contents(view.panels, view.columns, view.readouts, chosen=Everything(), leap=view.leap)
    said = lab.write_link(session.state)
    seconds = time.thread_time() - begun
    if IS_LONG:
        assert seconds < MOST_SECONDS, f"{seconds:.1f} s for {str(said)[:300]}"
    if getattr(view, "is_coarse", False):
        surfaces_of(session.state.race.problem, view.region)


def made(session: Session[Any]) -> View:
    """What is shown, with each tab's picture."""
    view: View = session.lab.view(session)
    for one in view.panels:
        if isinstance(one, Panel):
            one.drawn()
    for file in session.lab.downloads(session, view):
        with suppress(InputError):
            file.write()
    return view


@labs
@settings(max_examples=STATES_TRIED)
@given(data=strategies.data())
def test_any_state_is_shown(lab, data):
    answer(begin(lab, data.draw(STATES[lab])))


def play(lab: str, data: strategies.DataObject) -> None:
    """A session that a stranger wants to break."""
    state, problem = LABS[lab].read_link(data.draw(links(lab)))
    assert isinstance(problem, str)
    session = begin(lab, state)
    answer(session)
    for number in range(1, data.draw(strategies.integers(1, 3)) + 1):
        if data.draw(strategies.booleans()):
            one = data.draw(strategies.sampled_from([*LABS[lab].fields(session.state)]))
            value = data.draw(texts)
            answer(session, lambda one=one, value=value: session.note_value(one, value))
        else:
            entry = data.draw(entries) | {"number": number}
            answer(session, lambda entry=entry: session.note_events(read_outbox([entry], 0).events))
    assert LABS[lab].read_link(LABS[lab].write_link(session.state))


@labs
@settings(max_examples=SESSIONS_TRIED)
@given(data=strategies.data())
def test_whatever_a_stranger_sends_a_lab_answers(lab, data):
    play(lab, data)


@pytest.mark.parametrize(("lab", "read"), [("fit", read_points), ("network", read_labelled)])
def test_whatever_a_table_holds_is_read_and_shown_or_refused(lab, read):
    for given_table in TABLES:
        begun = time.thread_time()
        try:
            points = read(given_table)
        except InputError:
            points = None
        seconds = time.thread_time() - begun
        assert not IS_LONG or seconds < MOST_SECONDS, f"{seconds:.1f} s for {given_table[:60]!r}"
        if points is not None:
            session = begin(lab)
            answer(session, lambda points=points, session=session: session.note_act(lambda s: s.with_points(points)))


def memory() -> int:
    """What this process holds, in bytes, as the system counts it."""
    gc.collect()
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


@pytest.mark.skipif(not IS_LONG, reason="takes hours: with --hypothesis-profile=long")
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system doesn't say what a process holds")
@labs
def test_the_memory_stays_level(lab):
    def some() -> None:
        @settings(max_examples=SESSIONS_TRIED // 2, derandomize=False)
        @given(data=strategies.data())
        def sessions(data):
            play(lab, data)

        sessions()

    some()  # all that is kept for everybody has its most by now
    before = memory()
    some()
    assert memory() < 1.1 * before
