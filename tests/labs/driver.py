"""What the tests read off a page that Streamlit made."""

import base64
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from playground.labs.shared.fields import Number
from playground.labs.shared.views import VIEWS


class Everything(set[str]):
    """All panels, whatever they are called."""

    def __contains__(self, _name: object) -> bool:
        return True


def open_lab(name: str, **query: str) -> AppTest:
    """A lab's page by itself, at an address: AppTest knows no page's own address.

    Whoever looks has opened all that holds fields, and chosen each tab; what others looked at before is forgotten, so
    that all of it is made anew.
    """

    def script(lab: str) -> None:
        import streamlit as st

        from playground.labs import LABS
        from playground.labs.shared.page import show_lab
        from playground.labs.shared.session import Session
        from tests.labs.driver import Everything

        for popover in ("settings", "more", "penalties", "start", "loss_more"):
            st.session_state[f"{lab} {popover}"] = True
        st.session_state["presentation switches"] = True
        Session.of(LABS[lab]).seen = Everything()
        show_lab(LABS[lab])

    VIEWS.clear()
    at = AppTest.from_function(script, kwargs={"lab": name}, default_timeout=120)
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def link(at: AppTest) -> dict[str, str]:
    """What the address says."""
    return {key: said if isinstance(said, str) else said[0] for key, said in at.query_params.items()}


def player(at: AppTest) -> dict[str, Any]:
    """What the player was given; beside it stand the arrays, and what the tab is to keep."""
    messages = [json.loads(one.proto.json) for one in at.get("bidi_component")]
    return next(one for one in messages if "columns" in one)


def column(at: AppTest, name: str) -> np.ndarray:
    """One of its columns."""
    spec = player(at)["columns"][name]
    return np.frombuffer(base64.b64decode(spec["bdata"]), spec["dtype"])


def panel(at: AppTest, name: str) -> dict[str, Any]:
    """One of its pictures or tables."""
    return next(one for one in player(at)["panels"] if one["name"] == name)


def names(at: AppTest) -> list[str]:
    """What all of them are called."""
    return [one["name"] for one in player(at)["panels"]]


def problems(at: AppTest) -> list[str]:
    """The sentences below fields."""
    return [text.value for text in at.text]


# ---- Numbers, whose fields hold texts.


class NumberField:
    """A number's field, asked and told in numbers."""

    def __init__(self, field: Any) -> None:
        self.field = field
        self.label, self.key = field.label, field.key

    @property
    def value(self) -> float | None:
        """What it shows, or None for nothing."""
        return float(self.field.value) if self.field.value else None

    def set_value(self, value: float | str | None) -> Any:
        """Type a number, or any text; nothing for None."""
        return self.field.set_value("" if value is None else str(value))


def as_number(at: AppTest, field: Any) -> Any:
    """The field of a number as one; any other as it is."""
    return NumberField(field) if _number_of(at, field) else field


def number_fields(at: AppTest) -> list[NumberField]:
    """The fields of all numbers."""
    return [NumberField(one) for one in at.text_input if _number_of(at, one)]


def is_whole(at: AppTest, field: NumberField) -> bool:
    """Whether whole numbers alone are typed there."""
    found = _number_of(at, field)
    return found is not None and found.integer


def _number_of(at: AppTest, field: Any) -> Number | None:
    lab, _, name = (field.key or "").partition(" ")
    if name.startswith("make_"):  # of a recipe, which is no part of the state
        return Number("0") if name != "make_model" else None
    if f"{lab} session" not in at.session_state:
        return None
    session = at.session_state[f"{lab} session"]
    widgets = {one.name: one.widget for one in session.lab.fields(session.state)}
    widget = widgets.get(name)
    return widget if isinstance(widget, Number) else None
