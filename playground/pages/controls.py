"""The widgets that pages share: each is bound to the link, and what is wrong with it stands below it."""

import math
from collections.abc import Iterable, Mapping

import streamlit as st

from playground.optimizers import OPTIMIZERS
from playground.scenario import DEFAULTS

_MANTISSAS = (1, 1.25, 1.6, 2, 2.5, 3, 4, 5, 6, 8)
RATES = (*(float(f"{mantissa}e{exponent}") for exponent in range(-5, 1) for mantissa in _MANTISSAS), 10.0)
"""The stops of the learning rate's slider: ten a decade. A rate that was typed is one more."""


def problem(name: str, problems: Mapping[str, str]) -> None:
    """Say below a field what is wrong with it, as text and never as markup."""
    if name in problems:
        with st.container(key=f"problem_{name}"):
            st.text(_sentence(problems[name]))


def text(label: str, key: str) -> None:
    """A text field."""
    st.session_state.setdefault(key, DEFAULTS[key])
    st.text_input(label, key=key, max_chars=1000, bind="query-params")


def choice(label: str, key: str, options: Iterable[str]) -> None:
    """One of several names."""
    st.session_state.setdefault(key, DEFAULTS[key])
    st.selectbox(label, list(options), key=key, bind="query-params")


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
                else:
                    number(label, key, default, step=one.step, help=one.help)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
