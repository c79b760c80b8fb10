"""A line of sessions: one computes at a time, first come, first served.

Python runs one thread at a time anyhow. Where many want to, it goes from one to the other every few milliseconds: all
end late, and each change costs twice its processor time.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 5.0
"""So many seconds anybody waits at most: longer than what one may take, so that no fault of one stops all."""


class Line:
    """Threads, of which the first has the turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._whose: int | None = None
        self._waiting: deque[tuple[int, threading.Event]] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it."""
        self._wait()
        try:
            yield
        finally:
            self._hand_on()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others have their turns meanwhile, and have one's own again after it; without a turn nothing happens."""
        had_it = self._hand_on()
        try:
            yield
        finally:
            if had_it:
                self._wait()

    def let_others(self) -> None:
        """Let those who wait have theirs first, in the middle of long work; without a turn nothing happens."""
        if self._waiting:
            with self.aside():
                pass

    def _wait(self) -> None:
        place = threading.get_ident(), threading.Event()
        with self._lock:
            if self._whose is None:
                self._whose = place[0]
                return
            self._waiting.append(place)
        if not place[1].wait(PATIENCE):
            with self._lock:
                if place in self._waiting:  # or the turn has just come
                    self._waiting.remove(place)

    def _hand_on(self) -> bool:
        """To the next one at once, or who has just had a turn would take another; whether there was one to hand on."""
        with self._lock:
            if self._whose != threading.get_ident():
                return False
            self._whose, called = self._waiting.popleft() if self._waiting else (None, None)
        if called:
            called.set()
        return True


LINE = Line()
"""Of the process."""
