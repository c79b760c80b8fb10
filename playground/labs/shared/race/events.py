"""What a person does in the player of a race."""

from dataclasses import replace
from typing import TypeVar

import torch

from playground.figures import Scale
from playground.labs.shared.race.lines import LOSS
from playground.labs.shared.race.state import RaceState
from playground.labs.shared.race.view import RaceView
from playground.labs.shared.session import Session
from playground.labs.shared.view import View
from playground.labs.shared.widgets import round_to_frame
from playground.player import Event, Panel

S = TypeVar("S", bound=RaceState)


def react(session: Session[RaceState], view: RaceView, event: Event, state: RaceState) -> RaceState:
    """The state after a start was picked, a runner chosen, or more steps asked for.

    Raises:
        InputError: for what can't be done.
    """
    if event.kind == "pick":
        session.needed = event.step
        return _pick(state, view, event)
    if event.kind == "choose" and event.row < len(state.race.runners):
        return state if session.problems else replace(state, selected=event.row)
    if event.kind == "scale":
        return rescale(state, view, event.panel)
    if event.kind == "more":
        steps = min(max(event.steps, state.race.steps), state.race.most_steps)
        return replace(state.racing(steps=steps), region=view.region.held)
    return state


def rescale(state: S, view: View, name: str) -> S:
    """The other scale of a picture, of its axis or of its colours."""
    shown = next((one.scale for one in view.panels if isinstance(one, Panel) and one.name == name), "")
    if shown not in ("log", "linear"):  # a picture that is gone, or that nobody has seen
        return state
    other: Scale = "linear" if shown == "log" else "log"
    return replace(state, loss_axis=other) if name == LOSS else replace(state, colours=other)


def _pick(state: RaceState, view: RaceView, event: Event) -> RaceState:
    """A point on a picture is the start of the selected runner, or of all that share one; nothing else moves."""
    region = view.region
    picked = [event.x, event.y][: 1 if region.plane is None else 2]
    start = [round_to_frame(value, bounds) for value, bounds in zip(picked, region.frame, strict=False)]
    if region.plane is not None and region.slices:
        plane = region.plane_at(event.step) or region.plane
        start = plane.points(torch.tensor(start, dtype=torch.float64)).tolist()
    if len(start) != len(state.names):  # of a picture that is gone
        return state
    return replace(state.with_start(tuple(start)), region=region.held)
