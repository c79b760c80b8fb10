"""A person's session with a lab, without a page: what fields say, and what becomes of it."""

from typing import Any

import streamlit as st

from playground.labs import LABS
from playground.labs.shared.fields import Field, Text
from playground.labs.shared.session import Session


def begin(lab: str, state: Any = None) -> Session[Any]:
    """A session with a lab, at its default or at another state."""
    return Session(LABS[lab], LABS[lab].default if state is None else state, LABS[lab].work())


def field(session: Session[Any], name: str) -> Field[Any]:
    """The field of a name; one that isn't there is taken for a text's."""
    found = {one.name: one for one in session.lab.fields(session.state)}
    return found.get(name, Field(name, name, str, lambda state, _: state, Text()))


def say(session: Session[Any], **values: Any) -> None:
    """Let several fields' widgets change at once, as a browser sends them."""
    for name, value in values.items():
        st.session_state[session.key(name)] = value
        session.note(field(session, name))
    session.settle()


def shown(session: Session[Any], *names: str) -> Any:
    """What fields show."""
    values = tuple(session.shown(field(session, name)) for name in names)
    return values if len(names) > 1 else values[0]
