"""How a page is presented, whatever its lab: large for a room, and with or without what lies ahead of the cursor.

It is the visitor's, and stays from lab to lab. A link says it beside the lab's state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from playground.labs.shared.fields import Field, Query, Switch, attribute
from playground.labs.shared.view import View

_KEY = "presentation"
"""Streamlit's session has the presentation under this key."""


@dataclass(frozen=True)
class Presentation:
    """How a page is presented.

    Attributes:
        projection: whether type, lines and markers are large, and one picture stands large beside the others.
        hide_ahead: whether nothing is shown that a run comes to only after the cursor.
    """

    projection: bool = False
    hide_ahead: bool = False

    @staticmethod
    def current() -> "Presentation":
        """That of the visitor whose session it is."""
        found: Presentation = st.session_state.get(_KEY, Presentation())
        return found

    def keep(self) -> None:
        """Let this be the visitor's."""
        st.session_state[_KEY] = self

    @staticmethod
    def read_link(said: Mapping[str, str]) -> tuple["Presentation", str]:
        """What a link says of it, and one sentence on what of that can't be used, or nothing."""
        query, found = Query(said), Presentation()
        for one in FIELDS:
            found = one.take(found, query)
        return found, query.problem

    def write_link(self) -> dict[str, str]:
        """What a link must say for ``read_link`` to give this: nothing for the default."""
        said: dict[str, str] = {}
        for one in FIELDS:
            said |= one.say(self, Presentation())
        return said


PROJECTION: Field[Presentation] = attribute(
    "projection",
    "Projection",
    Switch(),
    help="For a room: large type, thick lines, and one picture large beside the others. The controls fold away.",
)
HIDE_AHEAD: Field[Presentation] = attribute(
    "hide_ahead",
    "Hide what comes next",
    Switch(),
    help="Paths, tables and sentences tell only what the run has reached, so that a class can guess first.",
)
FIELDS = (PROJECTION, HIDE_AHEAD)
"""What can be chosen, in its order."""


def draw_switches() -> None:
    """The switches, behind a button."""
    place = st.popover(
        "View", type="tertiary", icon=":material/present_to_all:", key="presentation switches", on_change="rerun"
    )
    if not place.open:
        return
    with place:
        for one in FIELDS:
            key = f"{_KEY} {one.name}"
            st.session_state[key] = one.get(Presentation.current())
            st.toggle(one.label, key=key, help=one.help, on_change=_choose, args=(one, key))


def _choose(one: Field[Presentation], key: str) -> None:
    one.put(Presentation.current(), st.session_state[key]).keep()


def without_answer(headline: str) -> str:
    """Of a line such as "**Tutorial**: a hundred steps …" the name alone: the rest says what comes of it."""
    name, colon, _ = headline.partition("**: ")
    return f"{name}**" if colon else headline


def tell_at_end(view: View) -> View:
    """A view whose sentence on the whole run stands at its last step alone."""
    count = np.shape(view.columns["loss"])[0]
    notes = [*view.notes, *[""] * (count - len(view.notes))]
    notes[-1] = view.status
    return replace(view, notes=notes, status="", alarming=False)
