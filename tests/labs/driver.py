"""What the tests read off a page that Streamlit made."""

import base64
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest


def open_lab(name: str, **query: str) -> AppTest:
    """A lab's page by itself, at an address: AppTest knows no page's own address."""

    def script(lab: str) -> None:
        from playground.labs import LABS
        from playground.labs.shared.page import show_lab

        show_lab(LABS[lab])

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
