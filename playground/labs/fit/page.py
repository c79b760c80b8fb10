"""The page "Fit": a model, its data, and the ways down to the parameters that fit."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.data.datasets import MODELS
from playground.engine.fit import Fit
from playground.engine.losses import LOSSES, PENALTIES
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import ALL_POINTS
from playground.labs.fit import data as fit_data
from playground.labs.fit.data import LAB
from playground.labs.shared import controls, racing
from playground.labs.shared.race import Race, RaceFields
from playground.labs.shared.race_view import FIT_POINTS, surfaces_of
from playground.labs.shared.scenario import Regression, usual_start
from playground.labs.shared.shown import Ground, Surfaces, View
from playground.language.reference import write_reference

HEAVY = 30_000_000
"""Evaluations of the model for one surface from which on a coarser one is shown first."""

SIDES = ("Model", "Data")
"""What the controls are about."""


def page() -> None:
    """Controls at the left, the player beside them."""
    headline, left, right = controls.layout(_HELP)
    LAB.begin()
    fit_data.begin()
    _body(headline, left, right)


@st.fragment
def _body(headline: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """All that changes: the player first, since it is what one waits for."""
    fields = LAB.read(points=fit_data.points())
    needed = LAB.drop("needed")
    with right:
        view = racing.stage(
            LAB,
            needed,
            racing.view_of(
                LAB, needed, data_frame=LAB.drop("data frame"), ready=_ready_surfaces(), coarse=_is_heavy(LAB.race)
            ),
            fit_data.on_event,
            may_go_on=not fields.problems,
            subject=_regression(LAB.race).model,
        )
    LAB.keep("shown data frame", view.data_frame)
    if needed is not None:
        racing.finish()
    with left:
        _controls(fields, view)
    with headline:
        _headline()
    if fields.race:
        LAB.write_link()
    if view.coarse:
        with right:
            _refine(LAB.race, view.ground)


# ---- The surface of many points, in two goes.


def _regression(race: Race) -> Regression:
    assert isinstance(race.function, Regression)
    return race.function


def _is_heavy(race: Race) -> bool:
    fit = race.objective
    return isinstance(fit, Fit) and len(fit.x) * FIT_POINTS**2 > HEAVY


def _ready_surfaces() -> Surfaces | None:
    """The whole surfaces that were made last, if they were of this regression."""
    regression, surfaces = LAB.kept("surfaces", (None, None))
    return surfaces if regression == LAB.race.function else None


def _refine(race: Race, ground: Ground) -> None:
    """Make the surface in full detail, say how far that is, and show it."""
    bar = st.progress(0.0, "The loss surface in more detail …")

    def told(part: float) -> None:
        bar.progress(min(part, 1.0), f"The loss surface in more detail: {part:.0%}")

    surfaces = surfaces_of(race.objective, ground, progress=told)
    bar.empty()
    LAB.keep("surfaces", (race.function, Surfaces(ground.signature, surfaces)))
    racing.finish()


# ---- The controls.


def _headline() -> None:
    """What the data show; or what is wrong with the link."""
    if LAB.link_problem():
        return
    known = fit_data.known(LAB.race)
    if known:
        st.caption(f"**{known[0].name}**: {known[0].shows}")
    else:
        st.caption("Fit a model to data: watch torch go down the loss, step by step.")


def _controls(fields: RaceFields, view: View) -> None:
    st.segmented_control(
        "Controls",
        SIDES,
        key=LAB.key("side"),
        default=SIDES[0],
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )
    side = LAB.value("side")
    if side != LAB.kept("side"):
        LAB.hold(*LAB.field_names)  # what comes back into sight is sent once more
        LAB.keep("side", side)
    if side == "Data":
        LAB.hold(*(name for name in LAB.field_names if name != "standardise"))
        fit_data.controls_of_data(fields, view.conditions)
        racing.lines_below(fields.problems, ("model", "loss", *PENALTIES))
    else:
        LAB.hold("standardise")
        _what(fields)
        _how(fields, view)
        racing.lines_below(fields.problems, ("data", "standardise"))


def _what(fields: RaceFields) -> None:
    """The model and the loss, and below each what is wrong with it."""
    problems = fields.problems
    st.session_state.setdefault(LAB.key("model"), _regression(LAB.race).model)
    with st.container(key=LAB.key("model_line"), horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        st.text_input("Model", key=LAB.key("model"))
        place = st.popover("Models", icon=":material/list:", key=LAB.key("models"), on_change="rerun")
    if place.open:
        with place:
            for model in MODELS:
                st.button(
                    f"{model.name}: `{model.text}`",
                    key=LAB.key(f"model_{model.name}"),
                    help=model.note,
                    type="tertiary",
                    on_click=LAB.write,
                    kwargs={"model": model.text}
                    | {f"start_{name}": float(at) for name, at in model.named_start.items()},
                )
    controls.problem("model", problems)
    if fields.objective and fields.objective.expression:
        controls.formula(fields.objective.expression, data="x")
    with st.container(key=LAB.key("loss_line"), horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        controls.choice("Loss", LAB.key("loss"), LOSSES, Regression.loss)
        more = st.popover("Penalties", icon=":material/add:", key=LAB.key("penalties"), on_change="rerun")
    with more, controls.shut(not more.open):
        st.caption(LOSSES[LAB.value("loss")].label)
        for name, penalty in PENALTIES.items():
            controls.number(penalty.label, LAB.key(name), 0.0, step=0.01, help=penalty.source)
    racing.lines_below(problems, ("loss", *PENALTIES))


def _how(fields: RaceFields, view: View) -> None:
    """The runners, and how each goes down from where."""
    race, problems = LAB.race, fields.problems
    racing.runners_line(LAB, problems)
    racing.optimizer_line(LAB, list(OPTIMIZERS), _batch_size)
    racing.lines_below(problems, ("settings", "batch_size", "optimizer", "runner"))
    racing.rate_and_steps(LAB, view.stability, problems)
    racing.start_fields(LAB, (fields.objective or race.objective).parameters, usual_start, problems)


def _batch_size() -> None:
    count = len(_regression(LAB.race).points)
    controls.number(
        "Batch size",
        LAB.key("batch_size"),
        ALL_POINTS,
        help=f"On how many of the {count:,} points each step looks; 0 for all. The seed is under Noise, view.",
    )


_HELP = f"""
**Model**: a formula in `x` and up to eight parameters, such as `a x + b`, `a e^(-b x) + c` or `a sin(b x + c)`; how it
may be written stands below.

**Data**: press Data above the model. Choose a set, edit the table, paste or upload a CSV, or make points up. On the
picture a click adds a point, a drag moves one, and Delete removes the one that was clicked.

**Loss**: how far the model lies from the data.
{", ".join(f"`{name}` is the {loss.label}" for name, loss in LOSSES.items())}.
Penalties add to it for large parameters.

**Runners**: up to six ways down, each with an optimizer, a learning rate and a batch size. Newton and
LevenbergMarquardt use second derivatives.

**Pictures**: the residuals are the data's distances from the model; *Pulls* shows what each point has in the gradient.
The arrow ∇ points where the loss grows fastest; the star is the exact least squares, where there is one. With more
than two parameters the surface is a slice through the run's point, and moves along with it: its axes say what is held
where. λmax is the largest curvature: plain gradient descent with a rate above 2/λmax diverges.

**Start**: type it, or click on the contours.

**Player**: with the focus on it, space plays and pauses, ← and → step, Home and End jump.
At the end Play and Step forward go on: torch computes more steps. Drag the surface to turn it.

The address of this page holds all that you chose, points too if they are few: copy it to share the run.

#### How to write a function

{write_reference()}
"""
