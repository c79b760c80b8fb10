"""The controls of races: the runners, and of the selected one the optimizer, the rate and the start."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import Runner
from playground.engine.schedulers import SCHEDULERS
from playground.labs.shared import widgets
from playground.labs.shared.fields import Choice, Field
from playground.labs.shared.presentation import Presentation
from playground.labs.shared.race.fields import (
    BATCH_SIZE,
    COLOURS,
    LEARNING_RATE,
    LOSS_AXIS,
    NOISE,
    NOISE_KIND,
    OPTIMIZER,
    OWN_START,
    PLANE,
    RATE_SLIDER,
    RATES,
    SCHEDULER,
    SEED,
    SELECTED,
    STEPS,
    TOLERANCE,
    of_runner,
    schedule_of,
    settings_of,
    start_fields,
)
from playground.labs.shared.race.results import Stability
from playground.labs.shared.race.state import MAX_RUNNERS, RaceState
from playground.labs.shared.session import Session
from playground.numerals import format_number

MAX_BESIDE = 3
"""How many starts stand in a row."""

Racing = Session[RaceState]


# ---- What a person does with runners.


def add_runner(state: RaceState) -> RaceState:
    """One more runner, with an optimizer that isn't there yet."""
    runners, slots = state.race.runners, state.race.slots
    used = {runner.optimizer for runner in runners}
    fresh = next((name for name in ("SGD", "Adam", "RMSprop", "Adagrad", *OPTIMIZERS) if name not in used), "SGD")
    slot = next(slot for slot in range(MAX_RUNNERS) if slot not in slots)
    place = sum(one < slot for one in slots)
    added = Runner(fresh, lr=runners[-1].lr)
    return state.with_runners(
        (*runners[:place], added, *runners[place:]), (*slots[:place], slot, *slots[place:]), place
    )


def remove_runner(state: RaceState) -> RaceState:
    """Without the selected runner; the others keep their colours."""
    runners, slots, gone = state.race.runners, state.race.slots, state.selected
    left = (*runners[:gone], *runners[gone + 1 :])
    return state.with_runners(left, (*slots[:gone], *slots[gone + 1 :]), max(0, gone - 1))


# ---- Fields.


def runners_line(session: Racing, beside: Callable[[], None] = lambda: None) -> None:
    """Which runner the fields below are about, one more, and one less; and what ``beside`` makes."""
    count, is_blocked = len(session.state.race.runners), bool(session.problems)
    with st.container(key=session.key("runners"), horizontal=True, gap="xsmall", vertical_alignment="center"):
        # What is wrong in the fields of one runner would be lost on the way to another.
        widgets.draw(session, SELECTED, hide_label=True, disabled=is_blocked)
        st.button(
            "Add",
            icon=":material/add:",
            type="tertiary",
            key=session.key("add"),
            help="Add a runner",
            on_click=session.note_act,
            args=(add_runner,),
            disabled=is_blocked or count == MAX_RUNNERS,
        )
        st.button(
            "Remove",
            icon=":material/remove:",
            type="tertiary",
            key=session.key("remove"),
            help="Remove this runner",
            on_click=session.note_act,
            args=(remove_runner,),
            disabled=is_blocked or count == 1,
        )
        beside()


def optimizer_line(session: Racing, optimizers: Sequence[str], *, batches: bool = False) -> None:
    """The optimizer, and beside it its settings and the scheduler; with ``batches`` the batch size too."""
    runner = session.state.runner
    with st.container(key=session.key("optimizer_line"), horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        offered = replace(of_runner(OPTIMIZER), widget=Choice(lambda _: optimizers))
        widgets.draw(session, offered)
        place = st.popover("Settings", icon=":material/tune:", key=session.key("settings"), on_change="rerun")
    optimizer = OPTIMIZERS[runner.optimizer]
    if place.open:
        with place:
            if batches:
                widgets.draw(session, of_runner(BATCH_SIZE))
            for one in settings_of(runner):
                widgets.draw(session, of_runner(one))
            widgets.draw(session, of_runner(SCHEDULER))
            if runner.scheduler:
                st.caption(SCHEDULERS[runner.scheduler].label)
            for one in schedule_of(runner):
                widgets.draw(session, of_runner(one))
            source = optimizer.source
            is_address = source.startswith("https:")
            st.caption(f"[torch's documentation of {optimizer.name}]({source})" if is_address else source)
    names = [one.name for one in (*settings_of(runner), SCHEDULER, *schedule_of(runner))]
    widgets.problems(session, *names, BATCH_SIZE.name, OPTIMIZER.name, SELECTED.name)


def rate_and_steps(session: Racing, stability: Stability | None) -> None:
    """The learning rate with its mark, the steps, and what is seldom changed."""
    if Presentation.current().hide_ahead:
        stability = None  # it is that of the run's end
    learning_rate(session, stability)
    if stability:
        st.caption(_stability_note(session.state.runner, stability))
    steps_and_more(session, _seldom(session.state))


def steps_and_more(session: Racing, seldom: Sequence[Field[RaceState]]) -> None:
    """The steps, and behind a popover what is seldom changed."""
    first, second = st.columns(2, gap="xsmall", vertical_alignment="bottom")
    with first:
        widgets.draw(session, STEPS)
    with second:
        more = st.popover("Noise, view", width="stretch", key=session.key("more"), on_change="rerun")
    if more.open:
        with more:
            for one in seldom:
                widgets.draw(session, one)
    widgets.problems(session, *(one.name for one in (STEPS, *seldom)))


def _seldom(state: RaceState) -> list[Field[RaceState]]:
    """What is seldom changed: noise, tolerance, and how the race is looked at."""
    count = len(state.names)
    found = [NOISE, NOISE_KIND, SEED, TOLERANCE]
    return [*found, *([COLOURS] if count > 1 else []), LOSS_AXIS, *([PLANE] if count > 2 else [])]


def learning_rate(session: Racing, stability: Stability | None = None) -> None:
    """The learning rate, as a number and on a logarithmic slider, marked where it becomes unstable if that is known."""
    widgets.draw(session, of_runner(LEARNING_RATE))
    with st.container(key="lr_slider_place"):
        widgets.draw(session, of_runner(RATE_SLIDER), hide_label=True)
        if stability:
            _mark(session.state.runner, stability, sorted({*RATES, session.state.runner.lr}))
    widgets.problems(session, LEARNING_RATE.name)


def _mark(runner: Runner, stability: Stability, stops: Sequence[float]) -> None:
    """A mark on the slider at the largest stable rate, if the slider goes so far; it says what it is when touched."""
    limit = stability.limit
    if not RATES[0] <= limit <= stops[-1]:
        return
    # The stops stand at even distances: the mark lies between two of them. A rate of 0 has no logarithm.
    first = sum(rate <= 0 for rate in stops)
    places = np.linspace(0, 100, len(stops))[first:]
    place = float(np.interp(math.log(limit), np.log(stops[first:]), places))
    side = "gp-mark gp-left" if place > 70 else "gp-mark"
    said = (
        f"At rates above {format_number(limit)} {_call(runner)} is unstable where this run ends. In a bowl it would "
        "swing ever wider along the steepest curvature, λmax; elsewhere the swings may throw it to a flatter place, "
        "where it can settle. Below it they die out."
    )
    name = "2/λmax" if stability.is_plain else "limit"
    st.html(
        f'<button type="button" class="{side}" style="left:{place:.2f}%" aria-label="{name}: {said}">'
        f'<i>▲</i><small>{name}</small></button><div class="gp-told" aria-hidden="true">{said}</div>'
    )


def _call(runner: Runner) -> str:
    """What the runner's way of going down is called, with what of its settings decides how fast it may go."""
    settings: dict[str, Any] = dict(runner.settings)
    named = [name for name in ("momentum", "weight_decay") if name in settings]
    beside = [f"{name.replace('_', ' ')} {format_number(settings[name])}" for name in named]
    if settings.get("nesterov"):
        beside.append("Nesterov's look ahead")
    return f"SGD with {' and '.join(beside)}" if beside else "SGD"


def _stability_note(runner: Runner, stability: Stability) -> str:
    """On which side of the largest stable rate the run's is, where it ends."""
    if math.isnan(stability.limit):
        return "No curvature where this run ends"
    if math.isinf(stability.limit):
        return "Nothing curves upwards where this run ends"
    if stability.bends_down:
        return "The loss curves down one way where this run ends: no rate is stable there"
    name = "2/λmax" if stability.is_plain else "limit"
    word = ("", "stable", "on the edge", "unstable")[stability.side]
    return f"{_call(runner)}: {word} at its end, {name} = {format_number(stability.limit)}"


def start_controls(session: Racing, beside: Callable[[], None] = lambda: None) -> None:
    """Where the selected runner begins, with what ``beside`` makes, and whether that is its own start."""
    fields = start_fields(session.state)
    draws: list[Callable[[], Any]] = [partial(widgets.draw, session, one) for one in fields]
    with st.container(key=session.key("start_line"), horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        with st.container(gap="xsmall"):
            widgets.side_by_side(draws, MAX_BESIDE)
        beside()
    widgets.problems(session, "start", *(one.name for one in fields))
    if len(session.state.race.runners) > 1:
        widgets.draw(session, OWN_START)
