"""A person's session with a lab, without a page: what fields say, and what becomes of it."""

from typing import Any

import streamlit as st

from playground.labs import LABS
from playground.labs.shared.fields import Field, Number, Text
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
        one = field(session, name)
        st.session_state[session.key(name)] = _typed(one, value)
        session.note(one)
    session.settle()


def _typed(one: Field[Any], value: Any) -> Any:
    """A number as a person types it; nothing in the place of None."""
    if not isinstance(one.widget, Number) or isinstance(value, str):
        return value
    return "" if value is None else one.widget.write(value)


def shown(session: Session[Any], *names: str) -> Any:
    """What fields show; None where a number's shows nothing."""
    values = tuple(_number(one, session.shown(one)) for one in (field(session, name) for name in names))
    return values if len(names) > 1 else values[0]


def _number(one: Field[Any], said: Any) -> Any:
    if not isinstance(one.widget, Number):
        return said
    return float(said) if said else None
