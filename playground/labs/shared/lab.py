"""A lab: a record of its state, its fields, its link, and what the state looks like."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple

from playground.labs.shared.fields import Field, LinkPart, Query, S
from playground.labs.shared.left_out import LeftOut
from playground.labs.shared.view import View
from playground.player import Event


class LinkReading(NamedTuple, Generic[S]):
    """What a link says: a state that can be shown, and one sentence on what of it can't be used, or nothing."""

    state: S
    problem: str


@dataclass(frozen=True)
class Download:
    """A file that a person can take along.

    Attributes:
        name: of the file, such as ``points.csv``; label: what stands on its button.
        write: makes its text.
    """

    name: str
    label: str
    write: Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class Lab(Generic[S]):
    """A page of the playground.

    Attributes:
        name: the page's address, and what its widgets' keys begin with; title: what it is called.
        help: what stands behind "Help", in Markdown.
        default: the state that the page opens on.
        problem: what a link says first: what is looked at, on which all else depends.
        rest: what it says then.
        blank: a state -> the state of its problem in which all else is as nobody chose it.
        fields: a state -> all fields that may be drawn for it, in the order in which they are put into a state.
        view: a session -> what the player shows. It follows from the session's state alone: what else a session holds
            makes it faster, and never different.
        controls: draws the fields; headline: draws the line beside the title.
        together: a state, and what several fields say -> the state with all of it, where each alone doesn't fit.
        react: a session, the view that was shown, what a person did in it, and the state -> the state that follows.
        finish: draws, after all else, what takes long.
        left_out: a state -> what its link leaves out, or None.
        downloads: a session, and the view that is shown -> the files that can be taken along.
        work: makes what a session holds beside its state.
    """

    name: str
    title: str
    help: str
    default: S
    problem: Sequence[LinkPart[S]]
    rest: Sequence[LinkPart[S]]
    blank: Callable[[S], S]
    fields: Callable[[S], Sequence[Field[S]]]
    view: Callable[[Any], View]
    controls: Callable[[Any, Any], None]
    headline: Callable[[Any], str]
    react: Callable[[Any, Any, Event, S], S]
    together: Callable[[S, Mapping[str, Any]], S] = lambda state, _said: state
    work: Callable[[], Any] = dict
    finish: Callable[[Any, Any], None] = lambda _session, _view: None
    left_out: Callable[[S], LeftOut | None] = lambda _state: None
    downloads: Callable[[Any, Any], Sequence[Download]] = lambda _session, _view: ()

    # ---- The link.

    def read_link(self, said: Mapping[str, str], kept: str = "") -> LinkReading[S]:
        """The state that a link says; what it doesn't say, or says wrongly, is as by default.

        Args:
            said: by the link; kept: by the tab, of what the link left out.

        Each part is read once, beside those before it: what can't be used gives way alone, and reading ends.
        """
        query = Query(said, kept)
        state = self.blank(self.default)  # what the default has beside its problem may not fit another
        for part in self.problem:
            state = part.take(state, query)
        state = self.blank(state) if self._says(self.problem, state, self.default) else self.default
        for part in self.rest:
            state = part.take(state, query)
        return LinkReading(state, query.problem)

    def write_link(self, state: S) -> dict[str, str]:
        """What a link must say for ``read_link`` to give this state: nothing for the default."""
        said = self._says(self.problem, state, self.default)
        return said | self._says(self.rest, state, self.blank(state) if said else self.default)

    @staticmethod
    def _says(parts: Sequence[LinkPart[S]], state: S, default: S) -> dict[str, str]:
        said: dict[str, str] = {}
        for part in parts:
            said |= part.say(state, default)
        return said
