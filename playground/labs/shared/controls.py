"""The widgets that pages share: each is bound to the link, and what is wrong with it stands below it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.engine.settings import Hyperparameter
from playground.errors import ExpressionError, InputError
from playground.labs.shared.scenario import USUAL_RATE
from playground.language.expression import Expression
from playground.language.printing import derivative_to_latex, name_to_latex, to_latex, to_source

_MANTISSAS = (1, 1.25, 1.6, 2, 2.5, 3, 4, 5, 6, 8)
RATES = (*(float(f"{mantissa}e{exponent}") for exponent in range(-5, 1) for mantissa in _MANTISSAS), 10.0)
"""The stops of the learning rate's slider: ten a decade. A rate that was typed is one more."""

Bind: TypeAlias = Literal["query-params"] | None
"""Whether the link holds a widget's value."""

POINTER_WIDTH = 28
"""Characters of what was typed that fit beside each other below its field."""


class Layout(NamedTuple):
    """Where a page's parts go: beside the title, the controls, and the stage beside them."""

    headline: DeltaGenerator
    left: DeltaGenerator
    right: DeltaGenerator


def layout(help: str) -> Layout:
    """One line beside the navigation, with the help, and below it room for the controls and the player."""
    with st.container(key="title", horizontal=True, gap="small"):
        headline = st.empty()
        with st.popover("Help", type="tertiary", icon=":material/help:"):
            st.markdown(help)
    with st.container(horizontal=True, gap="small"):
        return Layout(headline, st.container(width=280, gap="xsmall", key="controls"), st.container(key="stage"))


DIGITS = 4
"""To how many digits of the frame's width a picked start is rounded; the run begins at the rounded point."""


def rounded(value: float, bounds: tuple[float, float]) -> float:
    """A coordinate that was picked in a picture with these bounds."""
    low, high = bounds
    return round(value, DIGITS - math.floor(math.log10(high - low)))


def problem(name: str, problems: Mapping[str, InputError]) -> None:
    """Say below a field what is wrong with it and where, as text and never as markup."""
    if name in problems:
        error = problems[name]
        with st.container(key=f"problem_{name}", gap="xxsmall"):
            pointer = error.pointer(POINTER_WIDTH) if isinstance(error, ExpressionError) else ""
            if pointer:
                st.code(pointer, language=None)
            st.text(_sentence(str(error), name))


def formula(expression: Expression, data: str) -> None:
    """A model typeset, and on demand its derivatives and its source; ``data`` is no parameter."""
    with st.container(
        key="formula", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"
    ):
        typeset("y", expression)
        derivatives("y", expression, [name for name in expression.names if name != data])
    if data not in expression.names:
        st.caption(f"There is no data `{data}` in it: it says the same everywhere.")


def typeset(left: str, expression: Expression) -> None:
    """An equation, ``left`` in LaTeX."""
    # Inline, since that breaks into lines where it is long.
    st.markdown(rf"$\displaystyle {left} = {to_latex(expression)}$")


def derivatives(left: str, expression: Expression, names: Sequence[str]) -> None:
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


_shut: ContextVar[bool] = ContextVar("shut", default=False)


@contextmanager
def shut(is_shut: bool) -> Iterator[None]:
    """Whether the widgets made within stand in a popover that is shut.

    The browser holds none of them then, and Streamlit sends a value that comes from the session's state but once:
    it is set again at each run, or the widget would be empty when the popover opens.
    """
    token = _shut.set(is_shut)
    try:
        yield
    finally:
        _shut.reset(token)


def _begin(key: str, default: object) -> None:
    """Let a widget have a value before it is made."""
    st.session_state.setdefault(key, default)
    if _shut.get():
        st.session_state[key] = st.session_state[key]


def text(label: str, key: str, default: str, *, bind: Bind = None) -> None:
    """A text field."""
    st.session_state.setdefault(key, default)
    st.text_input(label, key=key, bind=bind)


def choice(
    label: str, key: str, options: Iterable[str], default: str, *, help: str | None = None, bind: Bind = None
) -> None:
    """One of several names."""
    _begin(key, default)
    st.selectbox(label, list(options), key=key, help=help, bind=bind)


def number(
    label: str, key: str, default: float, *, help: str | None = None, step: float | None = None, bind: Bind = None
) -> None:
    """A number field, of whole numbers if its default is one; its value is None when it is empty."""
    _begin(key, default)
    whole = isinstance(default, int)
    st.number_input(
        label,
        value=None,
        key=key,
        step=step or (1 if whole else None),
        format="%d" if whole else "%.10g",
        help=help,
        bind=bind,
    )


def learning_rate(key: str = "lr", *, mark: float | None = None, bind: Bind = None) -> None:
    """The learning rate, as a number and on a logarithmic slider, with a mark on the slider at one rate."""
    number("Learning rate", key, USUAL_RATE, bind=bind)
    slider = f"{key}_slider"
    entered = st.session_state[key]
    if entered is not None and 0 < entered < math.inf and st.session_state.get(slider) != entered:
        st.session_state[slider] = entered
    rates = sorted({*RATES, st.session_state.get(slider, RATES[0])})
    with st.container(key="lr_slider_place"):
        st.select_slider(
            "Rate (log scale)",
            rates,
            key=slider,
            format_func="{:g}".format,
            label_visibility="collapsed",
            on_change=lambda: st.session_state.update({key: st.session_state[slider]}),
        )
        if mark is not None and rates[0] <= mark <= rates[-1]:
            # The stops stand at even distances: the mark lies between two of them.
            place = float(
                np.interp(math.log(mark), [math.log(rate) for rate in rates], np.linspace(0, 100, len(rates)))
            )
            side = "gp-mark gp-left" if place > 70 else "gp-mark"
            said = f'title="2/λmax = {mark:.4g}"'
            st.html(f'<div class="{side}" style="left:{place:.2f}%" {said}>▲<small>2/λmax</small></div>')


def settings(hyperparameters: Iterable[Hyperparameter], prefix: str = "", *, bind: Bind = None) -> None:
    """A field for each component of each setting; its key is the setting's, after ``prefix``."""
    for one in hyperparameters:
        for label, key, default in zip(one.labels, one.keys, one.components, strict=True):
            if isinstance(default, bool):
                _begin(prefix + key, default)
                st.checkbox(label, key=prefix + key, help=one.help, bind=bind)
            elif isinstance(default, str):
                choice(label, prefix + key, one.choices, default, help=one.help, bind=bind)
            else:
                number(label, prefix + key, default, step=one.step, help=one.help, bind=bind)


def _sentence(text: str, field: str) -> str:
    """A reason as a sentence; the name of a variable, or v of the field vector, begins it as it is."""
    begins = text if text.partition(" ")[0] in (field, field[:1]) else text[:1].upper() + text[1:]
    return begins + ("" if text.endswith((".", "?", "!")) else ".")
