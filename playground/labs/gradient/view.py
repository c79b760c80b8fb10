"""What the page of gradients shows, as a function of its state."""

from dataclasses import replace

from playground.labs.gradient.at_point import gradient_view
from playground.labs.gradient.graph import graph_view
from playground.labs.gradient.loop import loop_view
from playground.labs.gradient.panels import GradientView
from playground.labs.gradient.state import GradientState
from playground.labs.gradient.vector import vector_view

SPEEDS = {"Gradient": 20, "Graph": 1, "Loop": 2}
"""Steps a second at first: a step through the graph or the loop is to be read."""

SECANTS_SPEED = 2
"""Likewise where each step halves h: after ten of them the secant can't be told from the tangent."""


def view_of(state: GradientState) -> GradientView:
    """The view of a state."""
    view, probe = _view_of(state), state.probe
    subject = state.subject if state.view == "Loop" else probe.text
    halves = state.view == "Gradient" and len(probe.theta) == 1
    speed = SECANTS_SPEED if halves else SPEEDS[state.view]
    return replace(view, speed=speed, subject=f"{state.view}\n{subject}")


def _view_of(state: GradientState) -> GradientView:
    if state.view == "Loop":
        return loop_view(state)
    if state.view == "Graph":
        return graph_view(state.probe)
    if state.probe.function is None:
        return vector_view(state.probe)
    return gradient_view(state.probe, state.probe.function, state.frame)
