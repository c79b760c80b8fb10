"""What a lab shows: all that the player is given, as a function of the lab's state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from numpy.typing import ArrayLike

from playground.player import Board, Panel, Readout

Range: TypeAlias = tuple[float, float]

Frame: TypeAlias = tuple[Range, ...]
"""The ranges of a picture's axes."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What the player is given, see ``playground.player.player``.

    Attributes:
        panels, columns, readouts, notes, status, alarming, leap, speed, planned, can_go_on: as ``player`` takes them.
        subject: what is run; when it changes, the cursor goes to the start.
        aside: whether it is a look aside from what was run before, to which the cursor comes back: the lab hears where
            that stood, as an event ``"look"``.
        is_partial: whether it is shown first, since the whole takes longer, which follows at once.
        is_final: whether its state always looks so, and not only until more is computed.
        axes: of its lines, by their panels' names: a view of which only the first part is there keeps those before it.
        size: how many numbers its runs have.
    """

    panels: Sequence[Panel | Board]
    columns: Mapping[str, ArrayLike]
    readouts: Sequence[Readout]
    status: str
    alarming: bool = False
    notes: Sequence[str] = ()
    subject: str = ""
    aside: bool = False
    leap: str = ""
    speed: int = 20
    planned: int = 0
    can_go_on: bool = False
    is_partial: bool = False
    is_final: bool = True
    axes: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
