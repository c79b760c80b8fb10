"""A person's session with a lab: its state, what its fields say, and what the address says of it.

All of it stands under one key of Streamlit's session, beside the widgets' own values. Widgets follow from the state:
nothing is read from them but what a person has just changed. What can't be used stays in its field as it was typed,
with a sentence, and is tried again with each change; the state stays as it was.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic

import streamlit as st

from playground.errors import InputError
from playground.labs.shared.fields import Field, Number, S
from playground.labs.shared.history import History
from playground.labs.shared.lab import Lab
from playground.labs.shared.left_out import LEFT_OUT, LeftOut, leave_out
from playground.labs.shared.presentation import Presentation
from playground.language.numbers import explain_number
from playground.player import Event

Act = Callable[[S], S]
"""Something that a person did: a state -> the state that follows, or an InputError on why it can't be done."""

PLAYER = "player"
"""The name of what was wrong with something done in the player, or with the picture."""

MAX_ECHOES = 32
"""How many values a field can have had since the browser last said that it has heard of one."""

MAX_LEFT_OUT = 3
"""So many texts that links leave out are kept, of under 1 MB each."""

_OPEN_LAB = "lab that is open"
"""Streamlit's session has here the name of the lab that was run last."""


@dataclass
class Session(Generic[S]):
    """What is kept for one person between two runs of a lab's page.

    Attributes:
        lab: whose page it is; state: what is shown.
        work: what the lab keeps beside the state, to be faster.
        view: what was shown last; drawn: the last state that could be drawn, or None before the first; drawn_seen: what
            was seen of it.
        pending: what fields say that can't be used, by field.
        problems: what is wrong with it, by field, and with what was tried last.
        notes: how numbers were read that could have been meant otherwise, by field.
        link_problem: what is wrong with the link that was opened, until something is changed.
        history: the states before and after.
        needed: up to which step the next view is wanted at once, while something is dragged; None for all steps.
        seen: the names of the panels that were looked at, beside the first of each cell.
        recall: the name of what the link left out, while the tab is asked for it.
    """

    lab: Lab[S]
    state: S
    work: Any
    view: Any = None
    drawn: S | None = None
    drawn_seen: frozenset[str] = frozenset()
    pending: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, InputError] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    link_problem: str = ""
    history: History[S] = field(default_factory=History)
    needed: int | None = None
    seen: set[str] = field(default_factory=set)
    recall: str = ""
    _left_out: dict[str, str] = field(default_factory=dict)
    _written: dict[str, str] | None = None
    _noted: dict[str, Any] = field(default_factory=dict)
    _acts: list[tuple[Act[S], str]] = field(default_factory=list)
    _events: list[Event] = field(default_factory=list)
    _is_dragging: bool = False
    _replaced: dict[str, deque[Any]] = field(default_factory=dict)

    @staticmethod
    def of(lab: Lab[S]) -> "Session[S]":
        """The session with a lab, begun with the lab's default state if there was none."""
        key = f"{lab.name} session"
        if key not in st.session_state:
            st.session_state[key] = Session(lab, lab.default, lab.work())
        found: Session[S] = st.session_state[key]
        return found

    # ---- The address.

    def follow_link(self) -> None:
        """Open what the address says, if this page didn't write it: a link, or the browser's Back and Forward.

        An address that says nothing, with which a person comes from another page, leaves the page as it was left.
        """
        said = st.query_params.to_dict()
        is_another_page = st.session_state.get(_OPEN_LAB) != self.lab.name
        st.session_state[_OPEN_LAB] = self.lab.name
        was_left_so = is_another_page and not said and self._written is not None
        if said == self._written or was_left_so:
            return
        before, name = self.state, said.get(LEFT_OUT, "")
        kept = self._left_out.get(name, "")
        self.recall = "" if kept else name
        self.state, self.link_problem = self.lab.read_link(said, kept)
        if self._written is not None:  # what Back leaves may be in no link: it can be undone
            self.history.note(before, self.state)
        if said or not is_another_page:  # how the pages are presented stays from one to another
            presentation, problem = Presentation.read_link(said)
            presentation.keep()
            self.link_problem = " ".join(filter(None, [self.link_problem, problem]))
        self.pending, self.problems, self._replaced = {}, {}, {}
        self._written = said

    def write_link(self) -> None:
        """Let the address say the state; it is left alone where it does, while something is dragged, and before it
        was read.
        """
        if self.link_problem or self._is_dragging or self._written is None:
            return
        said = self.lab.write_link(self.state) | Presentation.current().write_link()
        if st.query_params.to_dict() != said:
            st.query_params.from_dict(said)
        self._written = said

    def left_out(self) -> LeftOut | None:
        """What the link leaves out, for the tab to keep; here it is kept too, for Back and Forward."""
        found = self.lab.left_out(self.state)
        if found is not None and found.text:
            self._left_out.pop(found.name, None)
            self._left_out = dict([*self._left_out.items()][1 - MAX_LEFT_OUT :]) | {found.name: found.text}
        return found

    def _take_kept(self, text: str) -> None:
        """Open the link once more, with what the tab has kept."""
        count, _, digest = self.recall.partition("-")
        if digest and leave_out(count, text).name == self.recall:
            self.state, self.link_problem = self.lab.read_link(self._written or {}, text)
        self.recall = ""

    # ---- Fields.

    def key(self, name: str) -> str:
        """The key of a widget."""
        return f"{self.lab.name} {name}"

    def shown(self, one: Field[S]) -> Any:
        """What a field shows: the state's choice, or what was typed and can't be used."""
        return self.pending.get(one.name, one.shown(self.state))

    def give(self, one: Field[S]) -> str:
        """Let a field's widget show what it must, before it is made; its key."""
        key, value = self.key(one.name), self.shown(one)
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value
        return key

    # ---- What a person does. It is noted before a run of the page, and takes effect at its beginning.

    def note(self, one: Field[S]) -> None:
        """A field's widget was changed."""
        self._noted[one.name] = st.session_state[self.key(one.name)]

    def note_value(self, one: Field[S], value: Any) -> None:
        """A button was pressed that puts ``value`` into a field."""
        self._noted[one.name] = value

    def note_act(self, act: Act[S], name: str = "") -> None:
        """A button was pressed; what is wrong with what it does is told under ``name``."""
        self._acts.append((act, name))

    def note_events(self, events: Iterable[Event]) -> None:
        """Something was done in the player. Looking at a panel changes nothing: it is only to be made."""
        there = {one.name for one in self.view.panels} if self.view else set()
        for event in events:
            if event.kind != "see":
                self._events.append(event)
            elif event.panel in there:
                self.seen.add(event.panel)

    def settle(self) -> None:
        """Let what was noted take effect: fields, then buttons, then what was done in the player."""
        before, noted = self.state, self._without_echoes()
        heard = {one.name: self.shown(one) for one in self.lab.fields(before)} | noted
        if noted or self._acts or self._events:
            self.problems, self.notes = {}, self._explain(noted)
        self.pending |= noted
        self._put_pending()
        self.history.note(before, self.state)
        between, waiting = self.state, {*self.pending}
        if noted or self._acts:
            self._is_dragging = False
        for act, name in self._acts:
            self._take_act(act, name)
        for event in self._events:
            self._take_event(event)
        if self.pending and self.state != between:
            self._drop_replaced(between)
            self._put_pending()
        if self.state != before:
            if not any(event.kind == "recall" for event in self._events):
                self.link_problem = self.recall = ""
            self._drop_replaced(before)
        if noted or self.state != before or waiting - {*self.pending}:
            self._note_replaced(heard)
        self._noted, self._acts, self._events = {}, [], []

    def go_back(self, why: InputError) -> None:
        """To the last state that could be drawn, with what was seen of it, and say why."""
        self.state = self.lab.default if self.drawn is None else self.drawn
        self.seen.intersection_update(self.drawn_seen)
        self.history.forget(self.state)
        self.pending, self.problems = {}, {PLAYER: why}

    # ---- The way back, and forth again.

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return bool(self.pending or self.history.past)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone, and nothing done since."""
        return bool(self.history.future)

    def _undo(self) -> None:
        """Take back the last change: what was typed and can't be used goes first."""
        if self.pending:
            self.pending, self.problems = {}, {}
        else:
            self.state = self.history.undo(self.state)

    def _redo(self) -> None:
        self.pending, self.problems = {}, {}
        self.state = self.history.redo(self.state)

    # ---- How it takes effect.

    def _take_act(self, act: Act[S], name: str) -> None:
        before = self.state
        self._try(act, name)
        self.history.note(before, self.state)

    def _take_event(self, event: Event) -> None:
        """What was done in the player: a drag is one change, and steps that it asks for by itself are none."""
        before = self.state
        if event.kind == "undo":
            self._undo()
        elif event.kind == "redo":
            self._redo()
        elif event.kind == "recall":
            self._take_kept(event.text)
        elif event.kind == "step":
            self._take_step(event)
        else:
            self._try(partial(self.lab.react, self, self.view, event), PLAYER)
            is_same_drag = self._is_dragging and event.kind in ("pick", "move")
            if not (is_same_drag or event.kind == "more"):
                self.history.note(before, self.state)
        if event.kind != "more":
            self._is_dragging = event.moving

    def _take_step(self, event: Event) -> None:
        """A press of − or + beside a number."""
        for one in self.lab.fields(self.state):
            is_stepped = isinstance(one.widget, Number) and one.widget.has_steps
            if is_stepped and re.sub(r"[^\w-]", "-", self.key(one.name)) == event.field:
                self._take_act(partial(one.stepped, event.by), one.name)
                return

    def _explain(self, noted: dict[str, Any]) -> dict[str, str]:
        """How numbers are read that could have been meant otherwise, by field."""
        numbers = [one.name for one in self.lab.fields(self.state) if isinstance(one.widget, Number)]
        notes = {name: explain_number(noted[name]) for name in numbers if isinstance(noted.get(name), str)}
        return {name: note for name, note in notes.items() if note}

    def _put_pending(self) -> None:
        """Put into the state what fields say, until nothing more can be used: one choice may wait for another."""
        for _ in range(len(self.pending)):
            before = len(self.pending)
            for name in [one.name for one in self.lab.fields(self.state) if one.name in self.pending]:
                # Anew for each: what was put before it may have changed which parameter a field is about.
                one = next((one for one in self.lab.fields(self.state) if one.name == name), None)
                if one is None:
                    continue
                value = self.pending.pop(name)
                self.problems.pop(name, None)
                if not self._try(partial(_with_choice, one, value), name):
                    self.pending[name] = value
            if len(self.pending) == before:
                break
        if len(self.pending) > 1:
            self._put_together()

    def _put_together(self) -> None:
        """Put at once what can't be put one by one."""
        try:
            state = self.lab.together(self.state, self.pending)
        except InputError:
            return
        fields = {one.name: one for one in self.lab.fields(state)}
        here = [name for name in self.pending if name in fields]
        settled = [name for name in here if fields[name].get(state) != fields[name].get(self.state)]
        self.state = state
        for name in settled:
            del self.pending[name]
            self.problems.pop(name, None)

    def _try(self, act: Act[S], name: str) -> bool:
        """Whether something could be done; if not, what is wrong is noted."""
        try:
            self.state = act(self.state)
        except InputError as error:
            self.problems[name] = error
            return False
        return True

    def _drop_replaced(self, before: S) -> None:
        """What was typed goes where its field is gone, or something else was chosen for it."""
        fields = {one.name: one for one in self.lab.fields(self.state)}
        for one in self.lab.fields(before):
            if one.name not in fields or one.get(before) != fields[one.name].get(self.state):
                self.pending.pop(one.name, None)
                self.problems.pop(one.name, None)

    def _note_replaced(self, heard: dict[str, Any]) -> None:
        """Keep what the browser knows of the fields, where the page has changed it."""
        shown = {one.name: self.shown(one) for one in self.lab.fields(self.state)}
        for name, value in heard.items():
            if name not in shown or shown[name] != value:
                self._replaced.setdefault(name, deque(maxlen=MAX_ECHOES)).append(value)

    def _without_echoes(self) -> dict[str, Any]:
        """What fields say anew, without what the browser only repeats.

        Until it has heard that the page changed a field, for example of a start that was picked in the picture, each
        message of the browser says what the field showed before: that is no change, unless nothing else can have sent
        it. A browser that several changes are on their way to may be several values behind.
        """
        if not (self._noted or self._acts or self._events):
            return {}  # the page runs by itself: the browser said nothing
        for name, values in [*self._replaced.items()]:
            if st.session_state.get(self.key(name)) not in values:
                del self._replaced[name]  # the browser has heard
        echoes = [name for name in self._noted if name in self._replaced]
        if len(echoes) == len(self._noted) == 1 and not (self._acts or self._events):
            return self._noted
        return {name: value for name, value in self._noted.items() if name not in echoes}


def _with_choice(one: Field[S], value: Any, state: S) -> S:
    return one.with_choice(state, value)
