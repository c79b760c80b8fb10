"""The page "Fit": a model, its data, and the way down to the parameters that fit."""

import time
from dataclasses import replace
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from playground.descent import Trajectory
from playground.edges import notes
from playground.errors import InputError
from playground.figures import (
    contour_figure,
    data_figure,
    gather_contours,
    gather_data,
    gather_loss_curve,
    gather_surface,
    loss_curve_figure,
    surface_figure,
)
from playground.landscape import frame, loss_surface, quadratic_minimum, stability_limit
from playground.objectives import LOSSES, Fit
from playground.optimizers import OPTIMIZERS
from playground.pages import controls
from playground.pages.readouts import point, updates
from playground.player import Board, Column, Event, Panel, Readout, player
from playground.reference import reference
from playground.scenario import (
    DEFAULTS,
    LOSS_AXES,
    MAX_STEPS,
    Fields,
    Link,
    Scenario,
    read_fields,
    read_link,
    usual_start,
)

SURFACE_POINTS = 71
"""Along each side of the drawn surface."""

RUN_SECONDS = 4.0
"""How long one run of the page may compute steps; the player asks for the rest."""

Frame: TypeAlias = tuple[tuple[float, float], tuple[float, float]]


class Picture(NamedTuple):
    """All that the player is given for a run."""

    panels: list[Panel | Board]
    columns: dict[str, Tensor]
    readouts: list[Readout]
    frame: Frame


class Quadratic(NamedTuple):
    """The minimum (P,) of a quadratic loss and its stability limit, see ``playground.landscape``; None for others."""

    minimum: Tensor | None
    limit: float | None


def page() -> None:
    """Controls at the left, the player beside them."""
    headline, left, right = controls.layout(_HELP)
    _read_link()
    with left:
        _what(_read_fields())
    _how_and_stage(headline, left, right)
    if st.session_state["fit repair link"]:
        st.rerun()


@st.fragment
def _how_and_stage(headline: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """What changes often: on a change of it nothing else of the page is made or sent again."""
    fields = _read_fields()
    scenario = fields.scenario or _last_good()
    st.session_state["fit good"] = scenario
    with headline:
        _headline(fields)
    with left:
        _how(fields, scenario)
    with right:
        # A run that isn't what the fields say may not write into them by going on.
        _stage(scenario, may_go_on=not fields.problems)


def picture(
    scenario: Scenario, trajectory: Trajectory, scale: Literal["linear", "log"], kept: Frame | None = None
) -> Picture:
    """The panels and readouts of a run; ``kept`` is a frame that is to stay."""
    fit = scenario.objective
    minimum = _quadratic(scenario).minimum
    x_name, y_name = fit.parameters
    x_range, y_range = ranges = kept or frame(trajectory, (x_name, y_name), minimum)
    surface = loss_surface(fit, (x_name, *x_range, SURFACE_POINTS), (y_name, *y_range, SURFACE_POINTS))
    contours = gather_contours(surface, trajectory, None if minimum is None else minimum.numpy())
    run = f"{trajectory.steps} steps from {point(trajectory, 0)} to {point(trajectory, -1)}"
    panels: list[Panel | Board] = [
        Panel(
            "data",
            "Data and model",
            data_figure(gather_data(fit, trajectory)),
            f"{len(fit.x)} data points, the model's curve and the residuals at the cursor's step.",
        ),
        Panel(
            "contours",
            f"Loss over {x_name} and {y_name}",
            contour_figure(contours),
            f"Contours of the loss over {x_name} and {y_name} with the path of {run}, and the gradient as an arrow. "
            "A click sets the start.",
            pickable=True,
        ),
        Panel(
            "loss",
            "Loss by step",
            loss_curve_figure(gather_loss_curve(trajectory, scale)),
            f"The loss against the step, from {trajectory.losses[0]:.4g} to {trajectory.losses[-1]:.4g}.",
        ),
        Panel(
            "surface",
            "Loss surface",
            surface_figure(gather_surface(surface, trajectory)),
            f"The loss as a surface over {x_name} and {y_name}, with the path of {run} lying on it. Drag to turn.",
        ),
    ]
    columns, readouts = _readouts(trajectory)
    return Picture(panels, columns, readouts, ranges)


def _last_good() -> Scenario:
    """The last scenario that could be used, or the usual one."""
    good: Scenario = st.session_state.get("fit good", Scenario())
    return good


def _read_fields() -> Fields:
    """What the fields say: all of it can be used, or the fields at fault are named."""
    fields = read_fields(st.session_state, _last_good().objective.parameters)  # type: ignore[arg-type]
    if fields.fit and len(fields.fit.parameters) != 2:
        names = fields.fit.parameters
        message = (
            f"the loss is drawn over two parameters, and beside the data x this model has {len(names)} "
            f"({', '.join(names)}): write one with two, for example a*x + b"
        )
        return Fields(None, None, fields.problems | {"model": InputError(message)})
    return fields


def _headline(fields: Fields) -> None:
    """What the page is for; or what is wrong with the link it was opened with, until something is changed."""
    link: Link = st.session_state["fit link"]
    set_right = not st.session_state["fit repair link"]
    if link.problem and set_right and fields.scenario == st.session_state.setdefault("fit first", fields.scenario):
        controls.problem("link", {"link": InputError(link.problem)})
    else:
        st.caption("Fit a model to data: watch torch go down the loss, step by step.")


def _what(fields: Fields) -> None:
    """The model, the loss and the optimizer, and below each what is wrong with it."""
    controls.text("Model", "model", DEFAULTS["model"], bind="query-params")
    controls.problem("model", fields.problems)
    if fields.fit:
        controls.formula(fields.fit.expression, data="x")
    controls.choice("Loss", "loss", LOSSES, DEFAULTS["loss"], bind="query-params")
    controls.problem("loss", fields.problems)
    controls.choice("Optimizer", "optimizer", OPTIMIZERS, DEFAULTS["optimizer"], bind="query-params")
    record = OPTIMIZERS[st.session_state["optimizer"]]
    with st.expander(f"Settings of {record.name}", expanded=False, key="settings"):
        controls.settings(record.hyperparameters, bind="query-params")
    controls.problem("settings", fields.problems)


def _how(fields: Fields, scenario: Scenario) -> None:
    """The start, the learning rate and the steps, and below each what is wrong with it."""
    names = (fields.fit or scenario.objective).parameters
    for column, name in zip(st.columns(len(names), gap="xsmall"), names, strict=True):
        with column:
            controls.number(f"Start {name}", f"start_{name}", usual_start(name), step=0.1, bind="query-params")
    controls.problem("start", fields.problems)
    limit = _quadratic(fields.scenario).limit if fields.scenario else None
    controls.learning_rate(mark=limit, bind="query-params")
    controls.problem("lr", fields.problems)
    if fields.scenario:
        st.caption(_stability_note(fields.scenario))
    first, second = st.columns(2, gap="xsmall")
    with second:
        controls.choice("Scale", "loss_axis", LOSS_AXES, DEFAULTS["loss_axis"], bind="query-params")
    with first:
        controls.number("Steps", "steps", DEFAULTS["steps"], bind="query-params")
    controls.problem("steps", fields.problems)


def _read_link() -> None:
    """Read the link with which the session began.

    A bound widget takes whatever it can read from the link, usable or not, and can be set right only on
    the run after its first.
    """
    first = "fit link" not in st.session_state
    if first:
        st.session_state["fit link"] = read_link(st.query_params.to_dict())
        st.session_state.update(DEFAULTS | st.session_state["fit link"].values)
    link: Link = st.session_state["fit link"]
    for key in link.unusable:
        if first:
            del st.query_params[key]
        elif st.session_state["fit repair link"]:
            st.session_state[key] = link.values[key]
    st.session_state["fit repair link"] = first and bool(link.unusable)


def _stability_note(scenario: Scenario) -> str:
    """Up to which rate plain gradient descent is stable, where the loss is a quadratic."""
    plain = scenario.optimizer == "SGD" and not dict(scenario.settings)["momentum"]
    limit = _quadratic(scenario).limit
    if not (plain and limit):
        return ""
    side = "Stable below" if scenario.lr < limit else "Unstable above"
    return f"{side} 2/λmax = {limit:.4g}"


def _quadratic(scenario: Scenario) -> Quadratic:
    """What a loss that is a quadratic is known for; neither the optimizer nor its settings matter."""
    return _quadratic_at(scenario.model, scenario.start, scenario.loss, scenario.x, scenario.y)


@lru_cache(maxsize=256)
def _quadratic_at(
    model: str, start: tuple[float, ...], loss: str, x: tuple[float, ...], y: tuple[float, ...]
) -> Quadratic:
    fit = Fit(model, x, y, loss)
    minimum = quadratic_minimum(fit, start)
    return Quadratic(minimum, None if minimum is None else stability_limit(fit, start))


def _stage(scenario: Scenario, *, may_go_on: bool) -> None:
    trajectory = _trajectory(scenario)
    # While a run goes on live, its picture stays where it was.
    kept = st.session_state.pop("fit kept frame", None)
    shown = picture(scenario, trajectory, st.session_state["loss_axis"], kept)
    x_name, y_name = scenario.objective.parameters

    def on_events(events: list[Event]) -> None:
        for event in events:
            if event.kind == "pick":
                st.session_state[f"start_{x_name}"] = controls.rounded(event.x, shown.frame[0])
                st.session_state[f"start_{y_name}"] = controls.rounded(event.y, shown.frame[1])
            else:
                st.session_state["steps"] = min(max(event.steps, scenario.steps), MAX_STEPS)
                st.session_state["fit kept frame"] = shown.frame

    outcome = trajectory.outcome
    said = notes(scenario.objective, trajectory.parameters, trajectory.losses, trajectory.gradients)
    # At the end both matter; the outcome of a run that left the domain holds its note already.
    said[-1] = f"{outcome.message} {said[-1]}" if said[-1] and outcome.name != "OUT_OF_DOMAIN" else ""
    player(
        shown.panels,
        columns=shown.columns,
        readouts=shown.readouts,
        status=outcome.message,
        alarming=outcome.name in ("DIVERGED", "OUT_OF_DOMAIN", "STOPPED"),
        notes=said,
        can_go_on=may_go_on and outcome.can_go_on and trajectory.steps < MAX_STEPS,
        key="fit player",
        on_events=on_events,
    )


def _trajectory(scenario: Scenario) -> Trajectory:
    """The run, going on from where it was if only its steps have grown."""
    without_steps = replace(scenario, steps=1)
    kept, descent = st.session_state.get("fit run", (None, None))
    if kept != without_steps or descent.steps > scenario.steps:
        descent = scenario.descent()
        st.session_state["fit run"] = (without_steps, descent)
    trajectory: Trajectory = descent.run(scenario.steps - descent.steps, time.monotonic() + RUN_SECONDS)
    return trajectory


def _readouts(trajectory: Trajectory) -> tuple[dict[str, Tensor], list[Readout]]:
    """The update of each parameter written out, the loss, and the gradient."""
    columns, lines = updates(trajectory)
    first, second = trajectory.names
    lines.insert(1, ["loss ", Column("loss")])
    lines.append(["∇ = (", Column(f"∂{first}"), ", ", Column(f"∂{second}"), ")"])
    return {"loss": trajectory.losses} | columns, lines


_HELP = f"""
**Model**: a formula in `x` and two parameters, such as `a x + b`, `a e^(-b x)` or `a sin(b x)`; how it may be
written stands below.

**Loss**: how far the model lies from the data.
{", ".join(f"`{name}` is the {loss.label}" for name, loss in LOSSES.items())}.

**Pictures**: the residuals are the data's distances from the model; the arrow ∇ points where the loss grows
fastest, and its length grows with the gradient's; the star is the minimum, where it is known; Scale is that of the loss
by step. λmax is the largest curvature: where the loss is a quadratic, plain gradient descent with a learning rate
above 2/λmax diverges.

**Start**: type it, or click on the contours. **Learning rate**: for plain SGD the step is the gradient times this.

**Player**: with the focus on it, space plays and pauses, ← and → step, Home and End jump.
At the end Play and Step forward go on: torch computes more steps. Drag the surface to turn it.

The address of this page holds all that you chose: copy it to share the run.

#### How to write a function

{reference()}
"""
