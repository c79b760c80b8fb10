"""The widgets that pages share: each is bound to the link, and what is wrong with it stands below it."""

import math
from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from playground.errors import ExpressionError, InputError
from playground.expression import Expression
from playground.formats import derivative, name_in_latex, to_latex, to_source
from playground.optimizers import OPTIMIZERS
from playground.scenario import DEFAULTS

_MANTISSAS = (1, 1.25, 1.6, 2, 2.5, 3, 4, 5, 6, 8)
RATES = (*(float(f"{mantissa}e{exponent}") for exponent in range(-5, 1) for mantissa in _MANTISSAS), 10.0)
"""The stops of the learning rate's slider: ten a decade. A rate that was typed is one more."""

POINTER_WIDTH = 28
"""Characters of what was typed that fit beside each other below its field."""


def problem(name: str, problems: Mapping[str, InputError]) -> None:
    """Say below a field what is wrong with it and where, as text and never as markup."""
    if name in problems:
        error = problems[name]
        with st.container(key=f"problem_{name}", gap="xxsmall"):
            pointer = error.pointer(POINTER_WIDTH) if isinstance(error, ExpressionError) else ""
            if pointer:
                st.code(pointer, language=None)
            st.text(_sentence(str(error)))


def formula(expression: Expression, data: str) -> None:
    """The expression typeset, its names, and on demand its derivatives and its source."""
    parameters = [name for name in expression.names if name != data]
    with st.container(key="formula", gap=None):
        # Inline, since that breaks into lines where it is long.
        st.markdown(rf"$\displaystyle y = {to_latex(expression)}$")
        with st.container(
            key="formula_found",
            horizontal=True,
            horizontal_alignment="distribute",
            vertical_alignment="center",
            gap="xsmall",
        ):
            found = f"data `{data}`" if data in expression.names else f"no `{data}` in it"
            st.caption(f"Parameters {_listed(parameters)}; {found}")
            more = st.popover("∂, code", type="tertiary", key="formula_more", on_change="rerun")
        if more.open:
            with more:
                for name in parameters:
                    _derivative(expression, name)
                st.code(to_source(expression), language="python")


def _derivative(expression: Expression, name: str) -> None:
    left = rf"\frac{{\partial y}}{{\partial {name_in_latex(name)}}}"
    try:
        st.markdown(rf"$\displaystyle {left} = {derivative(expression, name)}$")
    except InputError as reason:
        st.markdown(rf"$\displaystyle {left}$: {reason}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def text(label: str, key: str) -> None:
    """A text field."""
    st.session_state.setdefault(key, DEFAULTS[key])
    st.text_input(label, key=key, bind="query-params")


def choice(label: str, key: str, options: Iterable[str], *, help: str | None = None) -> None:
    """One of several names."""
    st.session_state.setdefault(key, DEFAULTS[key])
    st.selectbox(label, list(options), key=key, help=help, bind="query-params")


def number(label: str, key: str, default: float, *, help: str | None = None, step: float | None = None) -> None:
    """A number field, of whole numbers if its default is one; its value is None when it is empty."""
    st.session_state.setdefault(key, default)
    whole = isinstance(default, int)
    st.number_input(
        label,
        value=None,
        key=key,
        step=step or (1 if whole else None),
        format="%d" if whole else "%.10g",
        help=help,
        bind="query-params",
    )


def learning_rate() -> None:
    """The learning rate, as a number and on a logarithmic slider."""
    number("Learning rate", "lr", DEFAULTS["lr"])
    entered = st.session_state["lr"]
    if entered is not None and 0 < entered < math.inf and st.session_state.get("lr_slider") != entered:
        st.session_state["lr_slider"] = entered
    st.select_slider(
        "Rate (log scale)",
        sorted({*RATES, st.session_state.get("lr_slider", RATES[0])}),
        key="lr_slider",
        format_func="{:g}".format,
        label_visibility="collapsed",
        on_change=lambda: st.session_state.update(lr=st.session_state["lr_slider"]),
    )


def optimizer() -> None:
    """The optimizer and its hyperparameters."""
    choice("Optimizer", "optimizer", OPTIMIZERS)
    name = st.session_state["optimizer"]
    with st.expander(f"Settings of {name}", expanded=False, key="settings"):
        for one in OPTIMIZERS[name].hyperparameters:
            for label, key, default in zip(one.labels, one.keys, one.components, strict=True):
                if isinstance(default, bool):
                    st.session_state.setdefault(key, default)
                    st.checkbox(label, key=key, help=one.help, bind="query-params")
                elif isinstance(default, str):
                    choice(label, key, one.choices, help=one.help)
                else:
                    number(label, key, default, step=one.step, help=one.help)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
