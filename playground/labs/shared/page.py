"""A lab's page: its controls at the left, the player beside them."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException

from playground.errors import InputError
from playground.labs.shared import widgets
from playground.labs.shared.downloads import draw_downloads
from playground.labs.shared.hints import with_hints
from playground.labs.shared.lab import Lab
from playground.labs.shared.limits import LONG_SECONDS, MOST_LOGGED
from playground.labs.shared.line import LINE
from playground.labs.shared.presentation import Presentation, draw_switches, tell_at_end, without_answer
from playground.labs.shared.session import PLAYER, Session
from playground.labs.shared.view import View
from playground.labs.shared.views import VIEWS
from playground.player import Event, find_columns, find_seen, player

_log = logging.getLogger(__name__)

FAULT = "Something went wrong here, and it isn't your fault. What was shown before stays."

SENDING_SECONDS = 0.03
"""Three times as long as Streamlit waits between sending and sending."""


def show_lab(lab: Lab[Any]) -> None:
    """Run a lab's page for the person whose session it is."""
    layout = widgets.layout(lab.help)
    with _watched(lab):
        Session.of(lab).follow_link()
    _body(lab, *layout)


@st.fragment
def _body(
    lab: Lab[Any], headline: DeltaGenerator, look: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator
) -> None:
    """All that changes."""
    with _watched(lab):
        _run(lab, headline, look, left, right)


def _run(
    lab: Lab[Any], headline: DeltaGenerator, look: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator
) -> None:
    """The player first, since it is what one waits for."""
    session = Session.of(lab)
    with LINE.turn():
        session.settle()
        with right:
            view = _stage(lab, session)
    # The player's message goes out by itself. Among all those of the fields the browser would draw it with them, twice
    # as late; and at the end of a run that begins anew Streamlit drops what it hasn't sent.
    time.sleep(SENDING_SECONDS)
    if view.is_partial:
        session.write_link()  # the whole may take seconds: a reload meanwhile must not lose what was asked for
        run_again()
    with LINE.turn():
        _beside(lab, session, view, headline, look, left)
    with right:
        lab.finish(session, view)


def _beside(
    lab: Lab[Any],
    session: Session[Any],
    view: View,
    headline: DeltaGenerator,
    look: DeltaGenerator,
    left: DeltaGenerator,
) -> None:
    """What stands beside the player."""
    with left:
        lab.controls(session, view)
    with headline:
        if session.link_problem:
            widgets.sentence("link", session.link_problem)
        elif PLAYER in session.problems:
            widgets.problems(session, PLAYER)
        else:
            said = lab.headline(session)
            st.caption(without_answer(said) if Presentation.current().hide_ahead else said)
    with look, st.container(key="tools", horizontal=True, gap=None):
        draw_history(session)
        if files := lab.downloads(session, view):
            draw_downloads(session, files)
        draw_switches()
    session.write_link()


@contextmanager
def _watched(lab: Lab[Any]) -> Iterator[None]:
    """Log what took long, with what was asked for, so that it can be looked into."""
    begun, worked = time.monotonic(), time.thread_time()
    try:
        yield
    finally:
        seconds, own = time.monotonic() - begun, time.thread_time() - worked
        if seconds > LONG_SECONDS:  # where most of it isn't its own, it has waited for another
            said = _shortened(Session.of(lab))
            _log.warning("The lab %s took %.1f s, %.1f s of them its own work, for %s", lab.name, seconds, own, said)


def _shortened(session: Session[Any]) -> dict[str, str]:
    """What the link says, each part of it shortened: nobody's data are logged whole."""
    said = session.lab.write_link(session.state)
    return {name: text if len(text) <= MOST_LOGGED else f"{text[:MOST_LOGGED]}…" for name, text in said.items()}


def draw_history(session: Session[Any]) -> None:
    """The way back from the last change, and forth again."""
    ways: Sequence[tuple[Literal["undo", "redo"], str, bool]] = (
        ("undo", "Ctrl+Z", session.can_undo),
        ("redo", "Ctrl+Shift+Z", session.can_redo),
    )
    for kind, keys, is_possible in ways:
        st.button(
            kind.capitalize(),
            icon=f":material/{kind}:",
            type="tertiary",
            key=session.key(kind),
            help=f"{kind.capitalize()} ({keys})",
            on_click=session.note_events,
            args=([Event(kind)],),
            disabled=not is_possible,
        )


def run_again() -> None:
    """Run the page's fragment once more; or the whole page, if it isn't the fragment alone that runs."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


def _stage(lab: Lab[Any], session: Session[Any]) -> View:
    """The player."""
    view = _view(lab, session)
    session.view, session.needed = view, None
    presentation, left_out = Presentation.current(), session.left_out()
    shown = tell_at_end(view) if presentation.hide_ahead else view
    player(
        with_hints(shown.panels),
        columns=shown.columns,
        readouts=shown.readouts,
        status=shown.status,
        alarming=shown.alarming,
        notes=shown.notes,
        subject=shown.subject,
        aside=shown.aside,
        leap=shown.leap,
        speed=shown.speed,
        seen=session.seen,
        planned=shown.planned,
        can_go_on=shown.can_go_on and not session.problems,
        projected=presentation.projection,
        hides_ahead=presentation.hide_ahead,
        kept={left_out.name: left_out.text} if left_out and left_out.text else {},
        recall=session.recall,
        key=f"{lab.name} player",
        on_events=session.note_events,
    )
    return view


def _view(lab: Lab[Any], session: Session[Any]) -> View:
    """What the session's state looks like; or, if that can't be drawn, what the one before it did, and a sentence."""
    kept = VIEWS.find(lab, session.state)
    try:
        view = _drawn(kept or lab.view(session), session)
    except Exception as error:  # whatever it is, what a person has stays, and nobody sees a traceback
        if not isinstance(error, InputError):
            _log.exception("The lab %s can't draw %s", lab.name, lab.write_link(session.state))
        said = f"This can't be drawn: {error}" if isinstance(error, InputError) else FAULT
        session.go_back(InputError(said))
        return _drawn(lab.view(session), session)
    session.drawn, session.drawn_seen = session.state, frozenset(session.seen)
    VIEWS.keep(lab, session.state, view)
    return view


def _drawn(view: View, session: Session[Any]) -> View:
    """The view with all made that is seen: here, where it is told if that can't be done."""
    seen = find_seen(view.panels, session.seen)
    panels = [one.drawn() if is_seen else one for one, is_seen in zip(view.panels, seen, strict=True)]
    for name in find_columns([one for one, is_seen in zip(panels, seen, strict=True) if is_seen], view.readouts):
        view.columns[name]
    return replace(view, panels=panels)
