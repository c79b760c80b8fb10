"""A line of sessions: one computes at a time, first come, first served.

Python runs one thread at a time anyhow. Where many want to, it goes from one to the other every few milliseconds: all
end late, and each change costs twice its processor time.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


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

    def let_others(self) -> float:
        """Let those who wait have theirs first, in the middle of long work; without a turn nothing happens.

        Returns:
            How many seconds that took: it is no time that the work has had.
        """
        began = time.monotonic()
        if self._waiting and self._whose == threading.get_ident():
            self._hand_on()
            self._wait()
        return time.monotonic() - began

    def _wait(self) -> None:
        called = threading.Event()
        with self._lock:
            if self._whose is None:
                self._whose = threading.get_ident()
                return
            self._waiting.append((threading.get_ident(), called))
        called.wait()

    def _hand_on(self) -> None:
        """To the next one at once, or who has just had a turn would take another."""
        with self._lock:
            self._whose, called = self._waiting.popleft() if self._waiting else (None, None)
        if called:
            called.set()


LINE = Line()
"""Of the process."""
