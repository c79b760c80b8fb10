"""A lab: its state, what that looks like, and the page on which a person changes it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException

from playground.labs.shared import widgets
from playground.labs.shared.fields import Field, LinkPart, Query, S
from playground.labs.shared.session import Session
from playground.labs.shared.view import View
from playground.player import Event, player

SENDING_SECONDS = 0.03
"""Three times as long as Streamlit waits between sending and sending."""


class LinkReading(NamedTuple, Generic[S]):
    """What a link says: a state that can be shown, and one sentence on what of it can't be used, or nothing."""

    state: S
    problem: str


@dataclass(frozen=True, kw_only=True)
class Lab(Generic[S]):
    """A page of the playground.

    Attributes:
        name: the page's address, and what its widgets' keys begin with; title: what it is called.
        help: what stands behind "Help", in Markdown.
        default: the state that the page opens on.
        problem: what a link says first: what is looked at, on which all else depends.
        rest: what it says then.
        blank: a state -> the state of its problem in which all else is as nobody chose it.
        fields: a state -> all fields that may be drawn for it, in the order in which they are put into a state.
        view: a session -> what the player shows. It follows from the session's state alone: what else a session holds
            makes it faster, and never different.
        controls: draws the fields; headline: draws the line beside the title.
        together: a state, and what several fields say -> the state with all of it, where each alone doesn't fit.
        react: a session, the view that was shown, what a person did in it, and the state -> the state that follows.
        finish: draws, after all else, what takes long.
        work: makes what a session holds beside its state.
    """

    name: str
    title: str
    help: str
    default: S
    problem: Sequence[LinkPart[S]]
    rest: Sequence[LinkPart[S]]
    blank: Callable[[S], S]
    fields: Callable[[S], Sequence[Field[S]]]
    view: Callable[["Session[S]"], View]
    controls: Callable[["Session[S]", Any], None]
    headline: Callable[["Session[S]"], str]
    react: Callable[["Session[S]", Any, Event, S], S]
    together: Callable[[S, Mapping[str, Any]], S] = lambda state, _said: state
    work: Callable[[], Any] = dict
    finish: Callable[["Session[S]", Any], None] = lambda _session, _view: None

    # ---- The link.

    def read_link(self, said: Mapping[str, str]) -> LinkReading[S]:
        """The state that a link says; what it doesn't say, or says wrongly, is as by default.

        Each part is read once, beside those before it: what can't be used gives way alone, and reading ends.
        """
        query = Query(said)
        state = self.blank(self.default)  # what the default has beside its problem may not fit another
        for part in self.problem:
            state = part.take(state, query)
        state = self.blank(state) if self._says(self.problem, state, self.default) else self.default
        for part in self.rest:
            state = part.take(state, query)
        return LinkReading(state, query.problem)

    def write_link(self, state: S) -> dict[str, str]:
        """What a link must say for ``read_link`` to give this state: nothing for the default."""
        said = self._says(self.problem, state, self.default)
        return said | self._says(self.rest, state, self.blank(state) if said else self.default)

    @staticmethod
    def _says(parts: Sequence[LinkPart[S]], state: S, default: S) -> dict[str, str]:
        said: dict[str, str] = {}
        for part in parts:
            said |= part.say(state, default)
        return said

    # ---- The page.

    @property
    def session(self) -> Session[S]:
        """This person's session with the lab."""
        return Session.of(self)

    def page(self) -> None:
        """Controls at the left, the player beside them."""
        layout = widgets.layout(self.help)
        self.session.follow_link()
        _body(self, *layout)


@st.fragment
def _body(lab: Lab[Any], headline: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """All that changes: the player first, since it is what one waits for."""
    session = lab.session
    session.settle()
    with right:
        view = _stage(lab, session)
    if view.is_partial:
        run_again()
    with left:
        lab.controls(session, view)
    with headline:
        if session.link_problem:
            widgets.sentence("link", session.link_problem)
        else:
            st.caption(lab.headline(session))
    session.write_link()
    with right:
        lab.finish(session, view)


def run_again() -> None:
    """Run the page's fragment once more; or the whole page, if it isn't the fragment alone that runs."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


def _stage(lab: Lab[Any], session: Session[Any]) -> View:
    """The player."""
    view = lab.view(session)
    session.view = view
    player(
        view.panels,
        columns=view.columns,
        readouts=view.readouts,
        status=view.status,
        alarming=view.alarming,
        notes=view.notes,
        subject=view.subject,
        speed=view.speed,
        planned=view.planned,
        can_go_on=view.can_go_on and not session.problems,
        key=f"{lab.name} player",
        on_events=session.note_events,
    )
    # The player's message goes out by itself. Among all those of the fields the browser would draw it with them, twice
    # as late; and at the end of a run that begins anew Streamlit drops what it hasn't sent.
    time.sleep(SENDING_SECONDS)
    return view
