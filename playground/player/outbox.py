"""What a person did in the player, read from what the browser sends."""

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeGuard


@dataclass(frozen=True)
class Event:
    """Something a person did in the player.

    Attributes:
        kind: ``"pick"``, a point on a panel; ``"nudge"``, one step x, y (-1, 0 or 1) along its axes; ``"add"``,
            ``"move"`` and ``"delete"``, of the points that can be edited; ``"choose"``, a row of a board or a part of a
            picture; ``"scale"``, the other scale of a panel; ``"see"``, a panel looked at for the first time;
            ``"more"``, steps wanted beyond the last; ``"look"``, where the cursor stood as a look aside began;
            ``"undo"`` and ``"redo"``, of whatever was changed last; ``"recall"``, of a text that the tab has kept;
            ``"step"``, of a number beside the player.
        panel: where the point or the row lies; x, y: in the plot's own coordinates.
        moving: whether the point is still being dragged; step: where the cursor was.
        row: of the board, of the picture's parts, or of the edited trace's arrays after all events before this one,
            from 0.
        steps: how many steps in all are wanted; text: what was kept.
        field: the number's, by the class that Streamlit makes of its key; by: 1 for its +, -1 for its −.
    """

    kind: Literal[
        "pick",
        "nudge",
        "add",
        "move",
        "delete",
        "choose",
        "scale",
        "see",
        "more",
        "look",
        "undo",
        "redo",
        "recall",
        "step",
    ]
    panel: str = ""
    x: float = 0.0
    y: float = 0.0
    moving: bool = False
    step: int = 0
    row: int = 0
    steps: int = 0
    text: str = ""
    field: str = ""
    by: int = 0


MAX_NUMBER = 2**53 - 1
"""No player counts farther, in JavaScript's numbers: after a larger one nothing that it does would be new."""


class Outbox(NamedTuple):
    """What arrived from the browser: the events not seen before, and the last number seen."""

    events: list[Event]
    acknowledged: int


def read_outbox(outbox: object, acknowledged: int) -> Outbox:
    """The events in ``outbox`` that come after ``acknowledged``, in order.

    The browser keeps each event in its outbox until its number comes back, since messages sent while
    Python is busy can be lost. Whatever is no ``message.Entry`` is passed over: a stranger may have sent it.
    """
    events = []
    for entry in outbox if isinstance(outbox, list) else []:
        number = entry.get("number") if isinstance(entry, dict) else None
        if type(number) is int and acknowledged < number <= MAX_NUMBER:
            acknowledged = number
            event = _event(entry)
            if event is not None:
                events.append(event)
    return Outbox(events, acknowledged)


def _event(entry: dict[str, Any]) -> Event | None:
    match entry:
        case {"kind": "pick" | "add" | "move", "panel": str()}:
            return _point_event(entry)
        case {"kind": "nudge", "panel": str(panel), "x": -1 | 0 | 1 as x, "y": -1 | 0 | 1 as y}:
            return Event("nudge", panel, float(x), float(y))
        case {"kind": "choose" | "delete" as kind, "panel": str(panel), "row": int(row)} if _is_index(row):
            return Event(kind, panel, row=row)
        case {"kind": "scale" | "see" as kind, "panel": str(panel)}:
            return Event(kind, panel)
        case {"kind": "more", "steps": int(steps)} if steps is not True:
            return Event("more", steps=steps)
        case {"kind": "look", "step": int(step)} if _is_index(step):
            return Event("look", step=step)
        case {"kind": "recall", "text": str(text)}:
            return Event("recall", text=text)
        case {"kind": "step", "field": str(field), "by": -1 | 1 as by}:
            return Event("step", field=field, by=int(by))
        case {"kind": "undo" | "redo" as kind}:
            return Event(kind)
    return None


def _point_event(entry: dict[str, Any]) -> Event | None:
    kind, row, step = entry["kind"], entry.get("row") if entry["kind"] == "move" else 0, entry.get("step")
    x, y = _coordinate(entry.get("x")), _coordinate(entry.get("y"))
    if x is None or y is None or not _is_index(row):
        return None
    moving = kind != "add" and entry.get("moving") is True
    return Event(kind, entry["panel"], x, y, moving, step if _is_index(step) else 0, row)


def _coordinate(value: object) -> float | None:
    """A finite float64 number, or None: JSON also holds texts, truths, and whole numbers of any length."""
    if type(value) is not int and type(value) is not float:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _is_index(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= 0
