"""The widgets that pages share: each is bound to the link, and says below itself what is wrong with it."""

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from playground.descent import checked_learning_rate
from playground.errors import InputError
from playground.optimizers import OPTIMIZERS, Hyperparameter, Value
from playground.scenario import DEFAULTS

_MANTISSAS = (1, 1.25, 1.6, 2, 2.5, 3, 4, 5, 6, 8)
RATES = (*(float(f"{mantissa}e{exponent}") for exponent in range(-5, 1) for mantissa in _MANTISSAS), 10.0)
"""The stops of the learning rate's slider: ten a decade. A rate that was typed is one more."""


@dataclass
class Problems:
    """What is wrong with the fields on this run of the page."""

    fields: set[str] = field(default_factory=set)

    @contextmanager
    def below(self, name: str) -> Iterator[None]:
        """Show an InputError of the block below the widgets of the block, as text and never as markup."""
        try:
            yield
        except InputError as error:
            self.fields.add(name)
            with st.container(key=f"problem_{name}"):
                st.text(_sentence(str(error)))


def text(label: str, key: str) -> str:
    """A text field."""
    st.session_state.setdefault(key, DEFAULTS[key])
    return st.text_input(label, key=key, max_chars=1000, bind="query-params") or ""


def choice(label: str, key: str, options: Iterable[str]) -> str:
    """One of several names."""
    st.session_state.setdefault(key, DEFAULTS[key])
    chosen: str = st.selectbox(label, list(options), key=key, bind="query-params")
    return chosen


def number(label: str, key: str, default: float, *, help: str | None = None, step: float | None = None) -> float | None:
    """A number field, of whole numbers if its default is one; None when it is empty. The caller checks the value."""
    st.session_state.setdefault(key, default)
    whole = isinstance(default, int)
    return st.number_input(
        label,
        value=None,
        key=key,
        step=step or (1 if whole else None),
        format="%d" if whole else "%.10g",
        help=help,
        bind="query-params",
    )


def learning_rate(problems: Problems, note: Callable[[], str]) -> float | None:
    """The learning rate, as a number and on a logarithmic slider.

    Args:
        problems: where a value that can't be used is noted.
        note: a sentence to stand below, on what the rate means here.
    """
    rate = None
    with problems.below("lr"):
        entered = number("Learning rate", "lr", DEFAULTS["lr"])
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
        if entered is None:
            raise InputError("Learning rate is empty: type a number, for example 0.01")
        rate = checked_learning_rate(entered)
        text = note()
        if text:
            st.caption(text)
    return rate


def optimizer(problems: Problems) -> tuple[str, dict[str, Value] | None]:
    """The optimizer and its hyperparameters, None where one of them can't be used."""
    name = choice("Optimizer", "optimizer", OPTIMIZERS)
    settings: dict[str, Value] = {}
    with problems.below("settings"), st.expander(f"Settings of {name}", expanded=False, key="settings"):
        for one in OPTIMIZERS[name].hyperparameters:
            settings[one.name] = _hyperparameter(one)
    return name, None if "settings" in problems.fields else settings


def _hyperparameter(one: Hyperparameter) -> Value:
    values: list[float | bool | None] = []
    for label, key, default in zip(one.labels, one.keys, one.components, strict=True):
        if isinstance(default, bool):
            st.session_state.setdefault(key, default)
            values.append(st.checkbox(label, key=key, help=one.help, bind="query-params"))
        else:
            values.append(number(label, key, default, step=one.step, help=one.help))
    if None in values:
        raise InputError(f"{one.labels[values.index(None)]} is empty: type a number")
    return one.checked(tuple(values) if isinstance(one.default, tuple) else values[0])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
