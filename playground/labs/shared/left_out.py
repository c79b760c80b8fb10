"""Data that are too long for a link: the tab keeps them through a reload, and the link says which they are."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from playground.labs.shared.fields import Query, S

LEFT_OUT = "points_left_out"
"""Under which a link says how many points were too many for it, and what tells them from others."""

MAX_KEPT = 900_000
"""The most characters that a tab keeps: a message from the browser has a little more room."""


class LeftOut(NamedTuple):
    """What a link leaves out: what it says instead, and the text that it would need, empty if no tab can keep it."""

    name: str
    text: str


def leave_out(count: int | str, text: str | None) -> LeftOut:
    """So many points, and their text, or None if it is too long to be kept."""
    if text is None:
        return LeftOut(str(count), "")
    return LeftOut(f"{count}-{hashlib.blake2s(text.encode(), digest_size=4).hexdigest()}", text)


def take_kept(state: S, query: Query, put: Callable[[S, str], S]) -> S:
    """The state with what the link left out, if it left something out and the tab has kept it."""
    if LEFT_OUT not in query:
        return state
    if query.kept:
        return query.try_(state, lambda: put(state, query.kept), LEFT_OUT)
    query.refuse("they were too many for a link, and this tab hasn't kept them: paste or upload them again", LEFT_OUT)
    return state
