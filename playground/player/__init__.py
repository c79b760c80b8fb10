"""The player: shows figures at a cursor, in the browser, without asking the server again.

It is a player of figures: it knows plots, a cursor, transport controls, keys and pointer events, and
nothing of gradients. Figures are whole runs (see ``playground.figures.cursor``); readouts are texts with
numbers taken from columns over the steps. Back to Python go events only, see ``Event``.

- ``parts``: what a player is made of
- ``outbox``: what a person did
- ``message``: what goes between Python and the browser
- ``mathml``, ``encode``: parts as messages
- ``assets``, ``serve``: the files for the browser, and how the server gives them out
- ``browser``: those files, without a build step
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

import streamlit as st
from numpy.typing import ArrayLike

from playground.player import message
from playground.player.assets import find_problem, player_assets, plotly_asset, shim
from playground.player.encode import encode_contents, encode_notes, find_columns
from playground.player.outbox import Event, read_outbox
from playground.player.parts import (
    Board,
    Cases,
    Column,
    Drawing,
    Ending,
    Formula,
    Panel,
    Part,
    Readout,
    Swatch,
    Words,
    find_seen,
)

__all__ = [
    "Board",
    "Cases",
    "Column",
    "Drawing",
    "Ending",
    "Event",
    "Formula",
    "Panel",
    "Part",
    "Readout",
    "Swatch",
    "Words",
    "find_columns",
    "find_seen",
    "player",
]


def player(
    panels: Sequence[Panel | Board],
    *,
    columns: Mapping[str, ArrayLike],
    readouts: Sequence[Readout],
    status: str,
    alarming: bool = False,
    notes: Sequence[str] = (),
    can_go_on: bool = True,
    projected: bool = False,
    hides_ahead: bool = False,
    kept: Mapping[str, str] = MappingProxyType({}),
    recall: str = "",
    planned: int = 0,
    subject: str = "",
    aside: bool = False,
    leap: str = "",
    speed: int = 20,
    seen: Collection[str] = (),
    key: str,
    on_events: Callable[[list[Event]], None],
) -> None:
    """Show ``panels`` at a cursor; or, where the installed libraries don't bring what it takes, say so.

    Args:
        panels: the pictures and tables; their cells are laid out in rows of two.
        columns: for each name the values over the steps, (steps + 1,); ``"loss"`` must be among them.
        readouts: the lines beside the controls.
        status: one sentence on the run; alarming: whether it is a warning.
        notes: for each step what is said instead of the status, empty where nothing is.
        can_go_on: whether steps beyond the last can be asked for.
        projected: whether it is seen from afar: in large type, and one picture large beside the others.
        hides_ahead: whether the traces whose ``meta`` says ``ahead`` aren't drawn, and no description and no line
            tells an ending before it is reached.
        kept: texts that the tab keeps through a reload, by name; recall: the name of one that is to come back, as an
            event, if the tab has kept it.
        subject: what is run; when it changes, the cursor goes to the start.
        aside: whether it is a look aside from the subject before: where the cursor stood there is told as an event,
            and it comes back to there with that subject.
        leap: the column by which many steps are gone at once, to where its value changes next: it is what the button
            that does so is named after, such as "epoch"; none without one.
        speed: in steps a second, one of those that can be chosen; another one than before stands in place of what the
            person chose, and the player waits for Play.
        seen: the names of the panels, beside the first of each cell, that are sent: when a person looks at another one,
            that is an event.
        planned: how many steps there will be soon, if that is more than there are.
        key: the player's own, the same on every run of the page.
        on_events: called with what the person did, before the page runs again.
    """
    if problem := find_problem():
        st.error(problem)
        return
    contents, shared = encode_contents(panels, columns, readouts, chosen=seen, leap=leap, hides_ahead=hides_ahead)
    run: message.Run = {
        **contents,
        "status": status,
        "alarming": alarming,
        "notes": encode_notes(notes),
        "canGoOn": can_go_on,
        "projected": projected,
        "recall": recall,
        "planned": planned,
        "subject": subject,
        "aside": aside,
        "leap": leap,
        "speed": speed,
        "plotly": plotly_asset().address,
        "acknowledged": st.session_state.get(_acknowledged(key), 0),
    }
    mount = _component()
    mount(key=f"{key} arrays", data=shared)
    mount(key=key, data=run, on_outbox_change=lambda: on_events(_new_events(key)))
    if kept:  # last: a part that comes and goes must not shift those that stay
        mount(key=f"{key} kept", data={"kept": dict(kept)})


def _new_events(key: str) -> list[Event]:
    """What the person did that hasn't been answered: the next message tells the browser that it now has been."""
    outbox = read_outbox(st.session_state[key].get("outbox"), st.session_state.get(_acknowledged(key), 0))
    st.session_state[_acknowledged(key)] = outbox.acknowledged
    return outbox.events


def _acknowledged(key: str) -> str:
    return f"{key} acknowledged"


@cache
def _component() -> Callable[..., Any]:
    """The mounting command."""
    # Another version is another component: one that is open across an upgrade is mounted anew.
    version = player_assets()[0].address.split("/")[1]
    # Inside a shadow root Plotly gets no clicks and loses its styles.
    return st.components.v2.component(f"player_{version}", js=shim(), isolate_styles=False)
