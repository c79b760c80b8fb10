"""A browser's tab without a browser: what Streamlit's page says and hears on its websocket, and nothing drawn."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from playground.labs.shared.page import FAULT

VALUES = {"text_input": "string_value", "number_input": "double_value", "button": "trigger_value"}
"""The widgets that a tab can change, and what a message calls their values."""

LOSSES = re.compile(r'"loss": (\{"dtype"[^}]*\})')

MOST_BYTES = 40_000_000
"""Of one message."""


@dataclass(frozen=True)
class Widget:
    """Where a change of it is told: its id, its kind of value, and the part of the page that runs for it."""

    id: str
    value: str
    fragment: str


@dataclass(frozen=True)
class Answer:
    """How long the server took, in seconds from what was sent: to the player's message, if one came, and to the end."""

    shown: float | None
    finished: float


@dataclass
class Tab:
    """One person's tab.

    Attributes:
        widgets: those of the page, by label; player: the player's own, or None.
        faults: what should never come, in the server's words.
        view: what the player was given last, as JSON.
    """

    socket: ClientConnection
    page: str = ""
    query: str = ""
    widgets: dict[str, Widget] = field(default_factory=dict)
    player: Widget | None = None
    faults: list[str] = field(default_factory=list)
    view: str = ""
    _said: dict[str, WidgetState] = field(default_factory=dict)
    _outbox: list[dict[str, Any]] = field(default_factory=list)
    _number: int = 0
    _kept: dict[str, ForwardMsg] = field(default_factory=dict)

    @classmethod
    async def open(cls, address: str, page: str = "", query: str = "") -> tuple[Tab, Answer]:
        """Open a page by its link, as a browser does."""
        scheme = "wss" if urlsplit(address).scheme == "https" else "ws"
        stream = f"{scheme}://{address.split('://')[1].rstrip('/')}/_stcore/stream"
        socket = await connect(stream, subprotocols=["streamlit"], compression=None, max_size=MOST_BYTES)
        tab = cls(socket, page, query)
        return tab, await tab.run()

    async def close(self) -> None:
        """Leave."""
        await self.socket.close()

    # ---- What a person does.

    async def change(self, label: str, value: Any) -> Answer:
        """Type into a field, or press a button (``True``)."""
        widget = self.widgets[label]
        return await self._tell(widget, WidgetState(id=widget.id, **{widget.value: value}))

    async def post(self, *entries: dict[str, Any]) -> Answer:
        """Do something in the player: the outbox keeps what was done until the player's message has acknowledged it."""
        for entry in entries:
            self._number += 1
            self._outbox.append({**entry, "number": self._number})
        return await self.post_raw({"outbox": self._outbox})

    async def post_raw(self, state: object) -> Answer:
        """Say anything in the player's name."""
        assert self.player
        return await self._tell(self.player, WidgetState(id=self.player.id, json_value=json.dumps(state)))

    # ---- What is seen.

    def losses(self) -> np.ndarray:
        """What the run comes to at each step, (steps + 1,)."""
        found = LOSSES.search(self.view)
        assert found, "the player has shown nothing"
        packed = json.loads(found[1])  # the whole view would take longer than some answers do
        return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])

    def panels(self) -> list[str]:
        """The names of all pictures and tables, seen or not."""
        return [one["name"] for one in json.loads(self.view)["panels"]]

    # ---- The protocol.

    async def _tell(self, widget: Widget, state: WidgetState) -> Answer:
        self._said[widget.id] = state
        answer = await self.run(widget.fragment)
        if widget.value == "trigger_value":
            del self._said[widget.id]
        return answer

    async def run(self, fragment: str = "") -> Answer:
        """Ask for a run of the page, or of a part of it, and listen until it has ended."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_name, asked.fragment_id = self.query, self.page, fragment
        asked.widget_states.widgets.extend(self._said.values())
        asked.cached_message_hashes.extend(self._kept)
        began = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        shown, has_begun = None, False
        while True:
            heard = ForwardMsg.FromString(await self.socket.recv())
            kind = heard.WhichOneof("type")
            has_begun |= kind == "new_session"
            # One that made way for the next has answered nothing.
            if kind == "script_finished" and has_begun and heard.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return Answer(shown, time.perf_counter() - began)
            if self._hear(heard, kind) and shown is None:
                shown = time.perf_counter() - began

    def _hear(self, heard: ForwardMsg, kind: str | None) -> bool:
        """Take a message in; whether it is the player's."""
        if kind == "ref_hash":
            heard, kind = self._kept[heard.ref_hash], "delta"
        elif heard.metadata.cacheable:
            self._kept[heard.hash] = heard
        if kind == "page_info_changed":
            self.query = heard.page_info_changed.query_string
        if kind == "delta" and heard.delta.WhichOneof("type") == "new_element":
            return self._see(heard.delta)
        return False

    def _see(self, delta: Delta) -> bool:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind in VALUES:
            self._meet(element, kind, delta.fragment_id)
        elif kind == "exception":
            self.faults.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "text" and FAULT in element.text.body:
            self.faults.append(element.text.body)
        elif kind == "bidi_component" and '"panels"' in element.bidi_component.json:
            self.player = Widget(element.bidi_component.id, "json_value", delta.fragment_id)
            self.view = element.bidi_component.json
            acknowledged = int(self.view.rpartition('"acknowledged": ')[2].rstrip("}"))
            self._outbox = [entry for entry in self._outbox if entry["number"] > acknowledged]
            return True
        return False

    def _meet(self, element: Element, kind: str, fragment: str) -> None:
        """A field; where the page has changed it, the tab says so from now on."""
        made = getattr(element, kind)
        self.widgets[made.label] = widget = Widget(made.id, VALUES[kind], fragment)
        if kind != "button" and made.set_value:
            self._said[made.id] = WidgetState(id=made.id, **{widget.value: made.value})
