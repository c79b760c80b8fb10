"""The states that a person came by: the way back from each change, and forth again."""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic

from playground.labs.shared.fields import S

MAX_UNDO = 50
"""So many changes can be undone; of the largest sets of points each that differs takes a few MB."""


@dataclass
class History(Generic[S]):
    """The states before and after the one that is shown.

    Attributes:
        past: those before it, the latest last; future: those that were undone, the first to come last.
    """

    past: deque[S] = field(default_factory=lambda: deque(maxlen=MAX_UNDO))
    future: list[S] = field(default_factory=list)

    def note(self, before: S, after: S) -> None:
        """Something was changed, if the two differ: what was undone before can't be redone any more."""
        if before != after:
            self.past.append(before)
            self.future.clear()

    def forget(self, state: S) -> None:
        """A change came to nothing: the state that it began with is shown again."""
        if self.past and self.past[-1] == state:
            self.past.pop()

    def undo(self, state: S) -> S:
        """The state before the last change; ``state`` itself where there is none."""
        if not self.past:
            return state
        self.future.append(state)
        return self.past.pop()

    def redo(self, state: S) -> S:
        """The state after the change that was undone last; ``state`` itself where there is none."""
        if not self.future:
            return state
        self.past.append(state)
        return self.future.pop()
