"""What the tests read off a page that Streamlit made."""

import base64
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest


def player(at: AppTest) -> dict[str, Any]:
    """What the player was given; before it stand the arrays."""
    return json.loads(at.get("bidi_component")[1].proto.json)


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
