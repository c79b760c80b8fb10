"""The lab Fit: a model, its data, and the ways down to the parameters that fit."""

import re
from contextlib import suppress
from functools import partial
from typing import Any, cast

import streamlit as st

from playground.analysis.start_search import FoundStarts
from playground.data.models import MODELS, Model
from playground.engine.losses import LOSSES
from playground.engine.optimizers import OPTIMIZERS
from playground.errors import InputError
from playground.labs.fit.data_controls import FitWork, data_controls, points_download, react_to
from playground.labs.fit.state import (
    DEFAULT,
    LOSS,
    MODEL,
    PENALTY_FIELDS,
    PROBLEM_PARTS,
    REST_PARTS,
    SHOWS_STARTS,
    SIDE,
    SIDES,
    STANDARDISE,
    FitState,
    blank_fit,
    fields,
    known_fit,
    left_out,
    race_of,
)
from playground.labs.fit.view import FitView, fit_view
from playground.labs.shared import widgets
from playground.labs.shared.downloads import run_download
from playground.labs.shared.lab import Lab
from playground.labs.shared.race import controls
from playground.labs.shared.race.finish import finish_surface
from playground.labs.shared.session import Session
from playground.language.expression import Expression
from playground.language.reference import write_reference
from playground.numerals import format_number


def _view(session: Session[FitState]) -> FitView:
    return fit_view(session)


def _finish(session: Session[FitState], view: FitView) -> None:
    """Make a surface that takes long in full detail."""
    if view.is_coarse:
        finish_surface(session.state.regression, view.region)


# ---- The controls.


def _headline(session: Session[FitState]) -> str:
    """What the set shows with its own run; of another run no more than what it is."""
    known = known_fit(session.state)
    if known is None:
        return "Fit a model to data: watch torch go down the loss."
    if session.state.race == race_of(*known):
        return f"**{known[0].name}**: {known[0].shows}"
    return f"**{known[0].name}**, with a run of your own."


def _controls(session: Session[FitState], view: Any) -> None:
    widgets.draw(session, SIDE, hide_label=True, width="stretch")
    if session.state.side == SIDES[1]:
        data_controls(session, view.conditions)
        widgets.problems(session, MODEL.name, LOSS.name, *(one.name for one in PENALTY_FIELDS))
        return
    _what(session)
    race = cast(Session[Any], session)
    controls.runners_line(race)
    controls.optimizer_line(race, list(OPTIMIZERS), batches=True)
    controls.rate_and_steps(race, view.stability)
    controls.start_controls(race, partial(_find_start, session))
    _tell_found(session)
    widgets.problems(session, "data", STANDARDISE.name)


def _find_start(session: Session[FitState]) -> None:
    """The button that finds a start."""
    st.button(
        "Find a start",
        icon=":material/travel_explore:",
        key=session.key("find_start"),
        help="Try thousands of starts by the scales of the data, and take the one that leads to the lowest loss.",
        on_click=session.note_act,
        args=(FitState.with_found_start, "start"),
    )


def _tell_found(session: Session[FitState]) -> None:
    """What a search for a start has found, as long as that is shown."""
    found = session.state.found
    if found is not None:
        st.caption(say_found(found))
        widgets.draw(session, SHOWS_STARTS)


def say_found(found: FoundStarts) -> str:
    """What a search has found, in a sentence."""
    place = ", ".join(
        f"{name} = {format_number(one)}" for name, one in zip(found.names, found.start.tolist(), strict=True)
    )
    if not found.is_reached:
        return f"Of {found.drawn:,} starts, {place} came to the lowest loss, {format_number(found.loss)}."
    return (
        f"Best of {found.drawn:,} starts: from {place}, {found.optimizer} gets to the loss {format_number(found.loss)}."
    )


def _what(session: Session[FitState]) -> None:
    """The model and the loss, and below each what is wrong with it."""
    with st.container(key=session.key("model_line"), horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        widgets.draw(session, MODEL)
        place = st.popover("Models", icon=":material/list:", key=session.key("models"), on_change="rerun")
    if place.open:
        with place:
            for model in MODELS:
                st.button(
                    f"{model.name}: `{model.text}`",
                    key=session.key(f"model_{model.name}"),
                    help=model.note,
                    type="tertiary",
                    on_click=session.note_act,
                    args=(partial(_use_model, model), MODEL.name),
                )
    widgets.problems(session, MODEL.name)
    if MODEL.name not in session.problems:
        _formula(session)
    with st.container(key=session.key("loss_line"), horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        widgets.draw(session, LOSS)
        more = st.popover("Penalties", icon=":material/add:", key=session.key("penalties"), on_change="rerun")
    if more.open:
        with more:
            st.caption(LOSSES[session.state.regression.loss].label)
            for one in PENALTY_FIELDS:
                widgets.draw(session, one)
    widgets.problems(session, LOSS.name, *(one.name for one in PENALTY_FIELDS))
    if session.state.regression.objective.doubles_sigmoid:
        st.caption("This loss applies the sigmoid itself: leave it out of the model, which then predicts logits.")


def _use_model(model: Model, state: FitState) -> FitState:
    """Another model, from where it usually begins."""
    return MODEL.with_choice(state, model.text).with_start(tuple(map(float, model.start)))


def _formula(session: Session[FitState]) -> None:
    """The model typeset, and on demand its derivatives and its source."""
    expression = session.state.regression.objective.expression
    with widgets.formula_line():
        widgets.typeset("y", expression)
        widgets.derivatives("y", expression, [name for name in expression.names if name != "x"])
    widgets.readings(session, MODEL, expression)
    if "x" not in expression.names:
        st.caption("The model doesn't use `x`, so it predicts the same y everywhere. All its names are parameters.")
        with st.container(key=session.key("as_x"), horizontal=True, gap="xxsmall"):
            for name, text in list(_read_as_x(expression).items())[:MOST_OFFERED]:
                widgets.offer_text(session, MODEL, f"as x {name}", f"`{name}` is x", text)


MOST_OFFERED = 4
"""Names of a model without x that may stand for x."""


def _read_as_x(expression: Expression) -> dict[str, str]:
    """The model with x in the place of one of its names, for each name that stands by itself in the text."""
    found = {}
    for name in expression.names:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "x", expression.text)
        with suppress(InputError):
            names = Expression(text).names
            if "x" in names and name not in names:
                found[name] = text
    return found


_HELP = f"""
**Model**: a formula in `x` and up to eight parameters, such as `a x + b`, `a e^(-b x) + c` or `a sin(b x + c)`; how to
write it is explained below.

**Data**: press Data above the model. Choose a set, edit the table, paste or upload a CSV, or generate points. On the
picture a click adds a point, a drag moves one, and Delete removes the one that was clicked.

**Loss**: how far the model lies from the data.
{", ".join(f"`{name}` is the {loss.label}" for name, loss in LOSSES.items())}.
Penalties add to it for large parameters.

**Runners**: up to six ways down, each with an optimizer, a learning rate and a batch size. Newton and
LevenbergMarquardt use second derivatives.

**Pictures**: the residuals are the data's distances from the model; *Contributions* shows what each point adds to the
gradient. The arrow ∇ points where the loss grows fastest; the star is the exact least squares, where there is one. With
more than two parameters the surface is a slice through the run's point, and moves along with it: its axes say where the
other parameters are held. λmax is the largest curvature: plain gradient descent with a rate above 2/λmax is unstable.
On a model that is linear in its parameters it diverges then; elsewhere it may be thrown to a flatter place and settle.

**Start**: type it, click on the contours, or let *Find a start* look for one from which the best fit
is found. The wheel zooms them; Shift and a drag, or two fingers, move them.

**Player**: with the focus on it, space plays and pauses, ← and → step, Home and End jump.
At the end Play and Step forward go on: torch computes more steps. Drag the surface to turn it.

The address of this page holds all that you chose, the points too if they are few: copy it to share the run.

#### How to write a function

{write_reference()}
"""

LAB: Lab[FitState] = Lab(
    name="fit",
    title="Fit",
    help=_HELP,
    default=DEFAULT,
    problem=PROBLEM_PARTS,
    rest=REST_PARTS,
    blank=blank_fit,
    fields=fields,
    view=_view,
    controls=_controls,
    headline=_headline,
    react=react_to,
    work=FitWork,
    finish=_finish,
    left_out=left_out,
    downloads=lambda session, view: (points_download(session.state), run_download(view.results)),
)
"""The lab."""
