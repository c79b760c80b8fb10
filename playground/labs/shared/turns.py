"""Turns: the process does one session's heavy work at a time, so that light work never waits behind more than one.

First come, first served. A session runs in one thread at a time, and has at most one place in the line.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext, get_script_run_ctx

from playground.errors import InputError
from playground.labs.shared.limits import LIGHT_SECONDS, POLL_SECONDS, WAIT_SECONDS
from playground.labs.shared.line import LINE
from playground.labs.shared.page import run_again
from playground.numerals import format_count

Tell: TypeAlias = Callable[[int], None]
"""Called now and then with the number of those who come first; what it raises gives up the place."""


class BusyError(InputError):
    """Too many others wanted heavy work before."""

    def __init__(self, others: int) -> None:
        super().__init__(f"the server is busy, with {format_count(others, 'other')} first: try again in a moment")


class Turns:
    """A line of threads; the first has the turn."""

    def __init__(self) -> None:
        self._line: list[int] = []
        self._moved = threading.Condition()

    @contextmanager
    def take(self, tell: Tell, seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """Wait for a turn, and have it; within a turn of one's own there is nothing to wait for.

        Args:
            tell: called while others come first; seconds: how long it is waited for.

        Raises:
            BusyError: if it took longer.
        """
        own = threading.get_ident()
        if own in self._line:
            yield
            return
        with self._moved:
            self._line.append(own)
        try:
            # Light work has its turns beside it: who waits here, or works long, must not hold it up.
            with LINE.aside():
                self._wait(own, tell, time.monotonic() + seconds)
                yield
        finally:
            with self._moved:
                self._line.remove(own)
                self._moved.notify_all()

    def _wait(self, own: int, tell: Tell, latest: float) -> None:
        while True:
            with self._moved:
                if self._moved.wait_for(lambda: self._line[0] == own, POLL_SECONDS):
                    return
                others = self._line.index(own)
            if time.monotonic() > latest:
                raise BusyError(others)
            tell(others)


TURNS = Turns()
"""Of the process."""


def turn_for(seconds: float, tell: Tell) -> AbstractContextManager[None]:
    """A turn for work of so many seconds, as far as can be said before; light work needs none."""
    return TURNS.take(tell) if seconds > LIGHT_SECONDS else nullcontext()


def give_way(_others: int = 0) -> None:
    """End this run of the page if nobody will look at it: the person has asked for something else, or has left.

    Streamlit itself lets a run of a fragment end before it begins the next one, however long that takes.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return
    # It tells nobody in public what was asked for; without it a run is just not cut short.
    state = getattr(context.script_requests, "_state", None)
    if state is ScriptRequestType.RERUN:
        run_again()
    if state is ScriptRequestType.STOP or _has_left(context):
        st.stop()


def _has_left(context: ScriptRunContext) -> bool:
    return Runtime.exists() and not Runtime.instance().is_active_session(context.session_id)


def go_on(_others: int) -> None:
    """Wait on: what a button does isn't given up halfway."""
