"""What was looked at lately, by anybody: who comes to the same state is shown the same view, which is made once.

A class opens one link and tries the same rates; a person goes back and forth. A view is a function of the state, so it
can't tell whose it was.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

from playground.labs.shared.lab import Lab
from playground.labs.shared.view import View

MAX_VIEWS = 64
"""So many are kept at most: those of a lab's short runs take some 100 kB each."""

MAX_NUMBERS = 1_000_000
"""So many numbers their runs have at most, all together: 8 MB, and several times that with what is made of them."""


class Views:
    """The views that were shown last, the latest at the end."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, View] = OrderedDict()
        self._lock = Lock()

    def find(self, lab: Lab[Any], state: Any) -> View | None:
        """The view of a state, if it is kept."""
        key = _key(lab, state)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, lab: Lab[Any], state: Any, view: View) -> None:
        """Keep the view of a state, if that always looks so and leaves room for others."""
        if not view.is_final or view.size > MAX_NUMBERS // 4:
            return
        key = _key(lab, state)
        with self._lock:
            self._kept[key] = view
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_VIEWS or sum(one.size for one in self._kept.values()) > MAX_NUMBERS:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget all: each state is looked at anew."""
        with self._lock:
            self._kept.clear()


def _key(lab: Lab[Any], state: Any) -> Hashable:
    """States may be equal though their numbers aren't the same, as 0 and −0: their links tell them apart."""
    return lab.name, state, frozenset(lab.write_link(state).items())


VIEWS = Views()
"""Of the process."""
