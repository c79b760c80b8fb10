"""The widgets of fields, the page's layout, and what stands beside a field: its problem, its formula."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.errors import ExpressionError, InputError
from playground.labs.shared.fields import Choice, Field, Number, Segments, Slider, Switch, Text
from playground.labs.shared.session import Session
from playground.language.expression import Expression
from playground.language.printing import name_to_latex, to_latex
from playground.language.source import to_source
from playground.language.symbolic import derivative_to_latex
from playground.numerals import format_number
from playground.player import Event

POINTER_WIDTH = 28
"""Characters of what was typed that fit beside each other below its field."""

DIGITS = 4
"""To how many digits of the frame's width a place that was picked is rounded; the run begins at the rounded place."""


LONGEST_OFFER = 30
"""Characters of a text that stand on the button that takes it."""


class Layout(NamedTuple):
    """Where a page's parts go: beside the title, how the page is presented, the controls, the stage beside them."""

    headline: DeltaGenerator
    look: DeltaGenerator
    left: DeltaGenerator
    right: DeltaGenerator


def layout(help: str) -> Layout:
    """One line beside the navigation, with the help, and below it room for the controls and the player."""
    with st.container(key="title", horizontal=True, gap="small"):
        headline = st.empty()
        look = st.empty()
        with st.popover("Help", type="tertiary", icon=":material/help:"):
            st.markdown(help)
    with st.container(horizontal=True, gap="small"):
        controls = st.container(width=280, gap="xsmall", key="controls")
        controls.empty()  # or the stage would be drawn in the whole width until the controls have come
        return Layout(headline, look, controls, st.container(key="stage"))


# ---- Fields.


def draw(session: Session[Any], one: Field[Any], *, hide_label: bool = False, **more: Any) -> None:
    """A field's widget; what is wrong with what it says is told by ``problems``.

    Args:
        session: whose state it shows and changes.
        one: the field.
        hide_label: whether its label is for those alone who listen.
        more: what else the widget of Streamlit takes.
    """
    widget, label = one.widget, one.label
    key = session.give(one)
    common: dict[str, Any] = {"key": key, "help": one.help, "on_change": session.note, "args": (one,), **more}
    if hide_label:
        common["label_visibility"] = "collapsed"
    match widget:
        case Number(has_steps=True):
            with st.container(
                key=session.key(f"{one.name} stepped"), horizontal=True, gap="xxsmall", vertical_alignment="bottom"
            ):
                st.text_input(label, autocomplete="off", **common)
                _step_button(session, one, -1)
                _step_button(session, one, 1)
        case Number():
            st.text_input(label, autocomplete="off", **common)
        case Choice():
            if widget.empty:
                common |= {"index": None, "placeholder": widget.empty}
            st.selectbox(label, list(widget.options(session.state)), **common)
        case Segments():
            options = list(widget.options(session.state))
            st.segmented_control(label, options, format_func=widget.name, required=True, **common)
        case Switch():
            st.checkbox(label, **common)
        case Slider():
            stops = sorted({*widget.stops, st.session_state[key]})
            st.select_slider(label, stops, format_func=partial(format_number, digits=6), **common)
        case Text():
            st.text_input(label, placeholder=widget.placeholder or None, **common)


def _step_button(session: Session[Any], one: Field[Any], direction: int) -> None:
    """The − or + beside a number; the player, where it runs, tells each press by itself (``stepper.js``)."""
    word, icon = ("Increase", "add") if direction > 0 else ("Decrease", "remove")
    st.button(
        f"{word} {one.label}",
        icon=f":material/{icon}:",
        type="tertiary",
        key=session.key(f"{one.name} {word}"),
        on_click=session.note_act,
        args=(partial(one.stepped, direction), one.name),
    )


def problems(session: Session[Any], *names: str) -> None:
    """What is wrong with fields that share a place, or how they were read, as text and never as markup."""
    for name in names:
        if name in session.problems:
            problem(name, session.problems[name])
            _offer_remedy(session, name, session.problems[name])
        elif name in session.notes:
            with st.container(key=f"note_{name}"):
                st.text(session.notes[name])


def problem(name: str, error: InputError) -> None:
    """What is wrong with a field, and where in it."""
    with st.container(key=f"problem_{name}", gap="xxsmall"):
        pointer = error.pointer(POINTER_WIDTH) if isinstance(error, ExpressionError) else ""
        if pointer:
            st.code(pointer, language=None)
        st.text(_capitalise(str(error), name))


def _offer_remedy(session: Session[Any], name: str, error: InputError) -> None:
    """A button that puts what is to be typed instead into the field, where that is known."""
    one = next((one for one in session.lab.fields(session.state) if one.name == name), None)
    if one is None or not isinstance(error, ExpressionError) or not error.remedy:
        return
    offer_text(session, one, "remedy", error.offer, error.remedy)


def offer_text(session: Session[Any], one: Field[Any], name: str, label: str, text: str) -> None:
    """A button that puts a text into a field."""
    st.button(
        label,
        key=session.key(f"{one.name} {name}"),
        help=f"Put `{text}` into the field." if "`" not in text else None,
        on_click=session.note_value,
        args=(one, text),
    )


def sentence(name: str, text: str) -> None:
    """A sentence on what is wrong."""
    problem(name, InputError(text))


def _capitalise(text: str, field: str) -> str:
    """A reason as a sentence; the name of a variable, or v of the field vector, begins it as it is."""
    name = field.removeprefix("start_")
    begins = text if text.partition(" ")[0] in (name, name[:1]) else text[:1].upper() + text[1:]
    return begins + ("" if text.endswith((".", "?", "!")) else ".")


def side_by_side(draws: Sequence[Callable[[], None]], most: int) -> None:
    """So many widgets in a row, or as many as there are of fewer than two."""
    beside = min(max(len(draws), 2), most)
    for first in range(0, len(draws), beside):
        for column, one in zip(st.columns(beside, gap="xsmall"), draws[first : first + beside], strict=False):
            with column:
                one()


def round_to_frame(value: float, bounds: tuple[float, float]) -> float:
    """A coordinate that was picked in a picture with these bounds, with no more digits than a hand can aim at."""
    low, high = bounds
    return round(value, DIGITS - math.floor(math.log10(high - low))) + 0.0  # no -0


def round_place(event: Event, frame: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """A place that was picked in a picture with these ranges of x and y, likewise."""
    return round_to_frame(event.x, frame[0]), round_to_frame(event.y, frame[1])


# ---- Formulas.


def typeset(left: str, expression: Expression) -> None:
    """An equation, ``left`` in LaTeX."""
    # Inline, since that breaks into lines where it is long.
    st.markdown(rf"$\displaystyle {left} = {to_latex(expression)}$")


def readings(session: Session[Any], one: Field[Any], expression: Expression) -> None:
    """How a field's text was read that could have been meant otherwise, and a press that takes the other reading."""
    if expression.readings:
        with st.container(key="readings", gap="xxsmall"):
            for i, reading in enumerate(expression.readings):
                st.text(f"{reading}.")  # as text and never as markup
                if other := expression.others.get(reading):
                    offer_text(session, one, f"reading {i}", _say_other(other), other)


def _say_other(text: str) -> str:
    """What stands on the button for another reading: that reading, if it isn't too long."""
    return f"Use `{text}`" if len(text) <= LONGEST_OFFER and "`" not in text else "Read it the other way"


def derivatives(left: str, expression: Expression, names: Iterable[str]) -> None:
    """On demand the derivatives by ``names``, and the source."""
    more = st.popover("∂, code", type="tertiary", key="formula_more", on_change="rerun")
    if more.open:
        with more:
            for name in names:
                _derivative(expression, name, left)
            st.code(to_source(expression), language="python")


def _derivative(expression: Expression, name: str, of: str) -> None:
    left = rf"\frac{{\partial {of}}}{{\partial {name_to_latex(name)}}}"
    try:
        st.markdown(rf"$\displaystyle {left} = {derivative_to_latex(expression, name)}$")
    except InputError as reason:
        st.markdown(rf"$\displaystyle {left}$: {reason}")


def formula_line() -> Any:
    """The place of a formula and, at its right, what can be asked of it."""
    return st.container(
        key="formula", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"
    )
