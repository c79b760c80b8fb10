"""The lab Gradient: what ``backward()`` did at one point, how it did it, and what a training loop does with it."""

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from playground.analysis.loop_mistakes import MISTAKES
from playground.errors import InputError
from playground.labs.gradient.panels import GradientView, value_name
from playground.labs.gradient.state import (
    DEFAULT,
    EPOCHS,
    EXAMPLE,
    FUNCTION,
    LEARNING_RATE,
    PROBLEM_PARTS,
    REST_PARTS,
    STYLE,
    SUBJECT,
    SWITCHES,
    VECTOR,
    VIEW,
    GradientState,
    blank,
    can_be_made,
    example_of,
    fields,
    put_together,
    shows,
    start_fields,
)
from playground.labs.gradient.view import view_of
from playground.labs.shared import widgets
from playground.labs.shared.lab import Lab
from playground.labs.shared.session import Session
from playground.language.reference import write_reference
from playground.player import Event

NUDGE = 50
"""A press of a key moves the point by this part of the picture's width."""

MAX_BESIDE = 2
"""How many points stand in a row."""


# ---- What a person does in the player.


def _react(_session: Session[GradientState], view: GradientView, event: Event, state: GradientState) -> GradientState:
    """The state with the point where it was picked, or one step along an axis from where it is."""
    # An event may be late: of a picture that is gone, or of a function that had more variables.
    if event.kind not in ("pick", "nudge") or event.panel != "picture" or len(view.frame) != len(state.probe.theta):
        return state
    numbers = iter(
        widgets.round_to_frame(move if event.kind == "pick" else at + move * (high - low) / NUDGE, (low, high))
        for at, move, (low, high) in zip(state.probe.theta.tolist(), (event.x, event.y), view.frame, strict=False)
    )
    point = tuple(tuple(next(numbers) for _ in components) for components in state.probe.point)
    try:
        return replace(state, probe=replace(state.probe, point=point), frame=view.frame)
    except InputError:  # beyond the last place that a point may have
        return state


# ---- The page.


def _view(session: Session[GradientState]) -> GradientView:
    return view_of(session.state)


def _headline(session: Session[GradientState]) -> str:
    state = session.state
    if state.view == "Loop":
        return "The training loop, line by line: step through it, and break it with the switches."
    name = example_of(state.probe)
    return f"**{name}**: {shows(name)}" if name else "A function of your own: its gradient as `backward()` computes it."


def _controls(session: Session[GradientState], _view: Any) -> None:
    state = session.state
    widgets.draw(session, VIEW, hide_label=True, width="stretch")
    widgets.problems(session, VIEW.name)
    if state.view == "Loop":
        widgets.draw(session, SUBJECT, width="stretch")
        widgets.problems(session, SUBJECT.name)
    if state.view != "Loop" or not state.is_on_data:
        _what(session)
    if state.view == "Loop":
        _loop(session)


def _what(session: Session[GradientState]) -> None:
    """The function, and the point."""
    widgets.draw(session, EXAMPLE, hide_label=True)
    widgets.draw(session, FUNCTION)
    widgets.problems(session, FUNCTION.name)
    if FUNCTION.name in session.problems:
        st.caption("Still shown:")
    expression = session.state.probe.expression
    with widgets.formula_line():
        widgets.typeset(value_name(expression), expression)
        widgets.derivatives(value_name(expression), expression, expression.names)
    widgets.readings(session, FUNCTION, expression)
    starts = start_fields(session.state)
    for first in range(0, len(starts), MAX_BESIDE):
        row = starts[first : first + MAX_BESIDE]
        columns = st.columns(len(row), gap="xsmall")
        for column, one in zip(columns, row, strict=True):
            with column:
                widgets.draw(session, one)
        widgets.problems(session, *(one.name for one in row))
    if len(session.state.probe.value) > 1 or VECTOR.name in session.problems:
        widgets.draw(session, VECTOR)
        widgets.problems(session, VECTOR.name)


def _loop(session: Session[GradientState]) -> None:
    widgets.side_by_side([partial(widgets.draw, session, one) for one in (LEARNING_RATE, EPOCHS)], 2)
    widgets.problems(session, LEARNING_RATE.name, EPOCHS.name)
    widgets.draw(session, STYLE, width="stretch")
    widgets.problems(session, STYLE.name)
    st.caption("Classic mistakes")
    for one in SWITCHES:
        if can_be_made(MISTAKES[one.name], session.state):
            widgets.draw(session, one)


_HELP = f"""
**Gradient**: the gradient at a point in three ways: torch's `backward()`, the symbolic derivative evaluated there, and
central differences. Drag the point, or press Shift and an arrow key. Play turns the direction u, or halves the step h.

**Graph**: what torch recorded of your expression. Step forward through the values, then backward: what reaches a node
times its local derivative goes to its arguments, and where paths meet it is added up. A press on a card shows all that
it holds; N and P read the next card and the one before. A large graph follows what happens. Drag moves it, the wheel
zooms it, a double click shows all of it. Keys: Shift and an arrow, + and −, and 0.

**Loop**: the training loop, one real line of torch at a time or one epoch (Page Down, Page Up), by hand or by
`torch.optim`, and classic mistakes with what torch really does.

**Player**: with the focus on it, space plays and pauses, ← and → step, Home and End jump, Escape leaves a picture
that was made large.

The address of this page holds all that you chose: copy it to share what you see.

#### How to write a function

{write_reference()}
"""

LAB: Lab[GradientState] = Lab(
    name="gradient",
    title="Gradient",
    help=_HELP,
    default=DEFAULT,
    problem=PROBLEM_PARTS,
    rest=REST_PARTS,
    blank=blank,
    fields=fields,
    together=put_together,
    view=_view,
    controls=_controls,
    headline=_headline,
    react=_react,
)
"""The lab."""
