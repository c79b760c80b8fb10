"""The page "Descent": runners, each with an optimizer of its own, on a function that a person typed."""

import math
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from playground.descent import Descent, Trajectory
from playground.errors import InputError
from playground.figures.colours import SCALES
from playground.formats import name_in_latex
from playground.noise import NOISES
from playground.objectives import Function
from playground.optimizers import OPTIMIZERS
from playground.pages import controls
from playground.pages.race_view import PRINCIPAL, Ground, Look, Stability, View, planes, race_view
from playground.player import Event, player
from playground.presets import PRESETS, preset_of, preset_of_race, race_of
from playground.race import (
    MAX_RUNNERS,
    MAX_VARIABLES,
    NO_SCHEDULER,
    Race,
    RaceFields,
    Runner,
    from_link,
    most_steps,
    read_race,
    to_link,
)
from playground.reference import reference
from playground.scenario import LOSS_AXES
from playground.schedulers import SCHEDULERS

TURN = 250
"""How many steps a runner takes before it is the next one's turn."""

RUN_SECONDS = 4.0
"""How long one run of the page may compute steps, all runners together."""

FIRST_STEPS = 40
"""After a new start was picked these are shown first, and those up to the cursor: the rest follows at once."""

SENDING_SECONDS = 0.03
"""Three times as long as Streamlit waits between sending and sending."""

MAX_BESIDE = 3
"""How many starts stand in a row."""

MAX_NAMED = 3
"""Up to how many variables stand before the formula, as in f(x, y)."""

FIRST = "Bowl, κ = 10"
"""The preset that the page opens on."""

KEY = "descent "
"""Before the key of each widget of this page."""


def page() -> None:
    """Controls at the left, the player beside them."""
    headline, left, right = controls.layout(_HELP)
    if "descent race" not in st.session_state:
        link = from_link(st.query_params.to_dict(), race_of(PRESETS[FIRST]))
        st.session_state["descent race"], st.session_state["descent link problem"] = link
        st.session_state["descent opened"] = link.race
        st.session_state["descent look"] = _look_of_link(link.race)
    st.session_state.pop("descent needed", None)  # a whole run takes all steps
    if KEY + "function" not in st.session_state:
        _fill(_race(), st.session_state.get("descent selected", 0))
    _body(headline, left, right)


@st.fragment
def _body(headline: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """All that changes: the player first, since it is what one waits for."""
    selected = min(st.session_state[KEY + "runner"] or 0, len(_race().runners) - 1)
    st.session_state["descent selected"] = selected
    fields = read_race(_values(), _race().runners, selected, bool(st.session_state.get(KEY + "own_start")))
    race = st.session_state["descent race"] = fields.race or _race()
    st.session_state["descent look"] = _look_of(_values(), race, st.session_state["descent look"])
    needed = st.session_state.pop("descent needed", None)
    with right:
        view = _stage(race, selected, needed, may_go_on=not fields.problems)
    if needed is not None:
        # The rest of the steps, and the fields. Streamlit drops what it hasn't sent when a run begins anew.
        time.sleep(SENDING_SECONDS)
        st.rerun(scope="fragment")
    with left:
        _controls(fields, race, selected, view)
    with headline:
        _headline(race)
    if fields.race:
        _write_link(race)


# ---- What the page keeps: the race, and the fields of one of its runners.


def _race() -> Race:
    race: Race = st.session_state["descent race"]
    return race


def _values() -> dict[str, Any]:
    """What the fields say, by the keys that ``read_race`` takes."""
    race = _race()
    selected: int = st.session_state["descent selected"]
    usual = race.runners[selected].fields | _shared_fields(race)
    usual |= {f"shared_{name}": at for name, at in zip(race.objective.parameters, race.start, strict=True)}
    given = {str(key).removeprefix(KEY): value for key, value in st.session_state.items() if str(key).startswith(KEY)}
    return usual | given


def _shared_fields(race: Race) -> dict[str, Any]:
    return {name: getattr(race, name) for name in ("function", "steps", "noise", "noise_kind", "seed", "tolerance")}


def _fill(race: Race, selected: int) -> None:
    """Write a race into the fields, with one of its runners."""
    runner = race.runners[selected]
    own = runner.start is not None
    start = race.start if runner.start is None else runner.start
    values = runner.fields | _shared_fields(race) | {"runner": selected, "own_start": own}
    values |= {f"start_{name}": at for name, at in zip(race.objective.parameters, start, strict=True)}
    st.session_state.update({KEY + key: value for key, value in values.items()})
    st.session_state["descent race"] = race


def _change_runners(runners: Sequence[Runner], selected: int) -> None:
    race = _race()
    steps = min(race.steps, most_steps(len(runners)))
    _fill(replace(race, runners=tuple(runners), steps=steps), selected)


def _on_preset() -> None:
    name = st.session_state[KEY + "preset"]
    if name:
        preset = PRESETS[name]
        _fill(race_of(preset), 0)
        _look_with("log" if preset.log_colours else "auto")


def _on_function() -> None:
    """Another function is seen anew."""
    _look_with("auto")


def _look_with(colours: str) -> None:
    st.session_state[KEY + "colours"] = colours


def _on_runner() -> None:
    selected = st.session_state[KEY + "runner"]
    _fill(_race(), 0 if selected is None else selected)


def _on_own_start() -> None:
    """Back to the start that all share: the fields show it."""
    if not st.session_state[KEY + "own_start"]:
        for name, at in zip(_race().objective.parameters, _race().start, strict=True):
            st.session_state[f"{KEY}start_{name}"] = at


def _add() -> None:
    """One more runner, with an optimizer that isn't there yet."""
    race = _race()
    used = {runner.optimizer for runner in race.runners}
    fresh = next((name for name in ("SGD", "Adam", "RMSprop", "Adagrad", *OPTIMIZERS) if name not in used), "SGD")
    _change_runners([*race.runners, Runner(fresh, lr=race.runners[-1].lr)], len(race.runners))


def _remove() -> None:
    race, selected = _race(), st.session_state[KEY + "runner"] or 0
    _change_runners([one for i, one in enumerate(race.runners) if i != selected], max(0, selected - 1))


# ---- The link.


def _look_of_link(race: Race) -> Look:
    return _look_of(st.query_params.to_dict(), race, Look())


def _look_of(said: Mapping[str, Any], race: Race, usual: Look) -> Look:
    """What can be used of a look's fields, else as ``usual``."""
    known = planes(race.objective.parameters)
    plane = next((one for one in known if one == said.get("plane", usual.plane)), PRINCIPAL)
    colours = next((one for one in SCALES if one == said.get("colours")), usual.colours)
    loss_axis = next((one for one in LOSS_AXES if one == said.get("loss_axis")), usual.loss_axis)
    return Look(plane, colours, loss_axis)


def _write_link(race: Race) -> None:
    """Let the address say this race; it is left alone where it does."""
    look = {
        name: value
        for name, value in st.session_state["descent look"]._asdict().items()
        if value != getattr(Look(), name)
    }
    said = to_link(race) | look
    if st.query_params.to_dict() != said:
        st.query_params.from_dict(said)


def _headline(race: Race) -> None:
    """What the preset shows; or what is wrong with the link it was opened with, until something is changed."""
    problem = st.session_state["descent link problem"]
    preset = preset_of_race(race)
    if problem and race == st.session_state["descent opened"]:
        controls.problem("link", {"link": InputError(problem)})
    elif preset:
        st.caption(f"**{preset.name}**: {preset.shows}")
    else:
        st.caption("Race torch's optimizers down a function, step by step.")


# ---- The controls.


def _controls(fields: RaceFields, race: Race, selected: int, view: View) -> None:
    problems = fields.problems
    known = (preset_of_race(race) or preset_of(fields.function)) if fields.function else None
    st.session_state[KEY + "preset"] = known.name if known else None
    st.selectbox(
        "Gallery",
        list(PRESETS),
        index=None,
        key=KEY + "preset",
        placeholder="A function of your own",
        label_visibility="collapsed",
        on_change=_on_preset,
    )
    st.session_state.setdefault(KEY + "function", race.function)
    st.text_input("Function", key=KEY + "function", on_change=_on_function)
    controls.problem("function", problems)
    if fields.function:
        with st.container(key="formula"):
            controls.typeset(_left(fields.function), fields.function.expression)
    _runners(fields, race)
    _optimizer(race.runners[selected])
    controls.problem("settings", problems)
    controls.problem("runner", problems)
    controls.learning_rate(KEY + "lr", mark=view.stability.limit)
    controls.problem("lr", problems)
    st.caption(_stability_note(view.stability))
    first, second = st.columns(2, gap="xsmall", vertical_alignment="bottom")
    with first:
        controls.number("Steps", KEY + "steps", race.steps)
    with second:
        more = st.popover("Noise, view", width="stretch", key=KEY + "more", on_change="rerun")
    with more, controls.shut(not more.open):
        _more(race)
    for field in ("steps", "noise", "noise_kind", "seed", "tolerance"):
        controls.problem(field, problems)
    # Last: of many variables they don't fit on the screen.
    _start((fields.function or race.objective).parameters, race, problems)


def _optimizer(runner: Runner) -> None:
    """The optimizer, and beside it its settings and the scheduler."""
    with st.container(key=KEY + "optimizer_line", horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        controls.choice("Optimizer", KEY + "optimizer", OPTIMIZERS, runner.optimizer)
        place = st.popover("Settings", icon=":material/tune:", key=KEY + "settings", on_change="rerun")
    optimizer = OPTIMIZERS[st.session_state[KEY + "optimizer"]]
    scheduler = SCHEDULERS.get(st.session_state.get(KEY + "scheduler", NO_SCHEDULER))
    with place, controls.shut(not place.open):
        controls.settings(optimizer.hyperparameters, KEY)
        controls.choice("Scheduler", KEY + "scheduler", (NO_SCHEDULER, *SCHEDULERS), NO_SCHEDULER)
        if scheduler:
            st.caption(scheduler.label)
            controls.settings(scheduler.hyperparameters, KEY)
        st.caption(f"[torch's documentation of {optimizer.name}]({optimizer.source})")


def _runners(fields: RaceFields, race: Race) -> None:
    """Which runner the fields below are about, one more, and one less; and what can be said of the function."""
    with st.container(key=KEY + "runners", horizontal=True, gap="xsmall", vertical_alignment="center"):
        # What is wrong in the fields of one runner would be lost on the way to another.
        st.segmented_control(
            "Runner",
            label_visibility="collapsed",
            options=list(range(len(race.runners))),
            key=KEY + "runner",
            format_func=lambda i: str(i + 1),
            required=True,
            disabled=bool(fields.problems),
            on_change=_on_runner,
        )
        blocked = bool(fields.problems)
        st.button(
            "Add",
            icon=":material/add:",
            type="tertiary",
            key=KEY + "add",
            help="One more runner",
            on_click=_add,
            disabled=blocked or len(race.runners) == MAX_RUNNERS,
        )
        st.button(
            "Remove",
            icon=":material/remove:",
            type="tertiary",
            key=KEY + "remove",
            help="Take this runner out",
            on_click=_remove,
            disabled=blocked or len(race.runners) == 1,
        )
        if fields.function:
            expression = fields.function.expression
            controls.derivatives(_left(fields.function), expression, expression.names)


def _start(names: Sequence[str], race: Race, problems: dict[str, InputError]) -> None:
    beside = min(max(len(names), 2), MAX_BESIDE)
    for first in range(0, len(names), beside):
        for column, name in zip(st.columns(beside, gap="xsmall"), names[first : first + beside], strict=False):
            with column:
                controls.number(f"Start {name}", f"{KEY}start_{name}", 1.0, step=0.1)
    controls.problem("start", problems)
    if len(race.runners) > 1:
        st.checkbox("A start of its own", key=KEY + "own_start", on_change=_on_own_start)


def _more(race: Race) -> None:
    """What is seldom changed: noise, tolerance, and how the race is looked at."""
    controls.number(
        "Gradient noise",
        KEY + "noise",
        race.noise,
        step=0.1,
        help="Added to each gradient, times this: it stands for the stochastic gradients of batches.",
    )
    controls.choice("Kind of noise", KEY + "noise_kind", NOISES, race.noise_kind)
    controls.number("Seed", KEY + "seed", race.seed)
    controls.number("Tolerance", KEY + "tolerance", race.tolerance, help="How near is near enough to have arrived.")
    look: Look = st.session_state["descent look"]
    names = race.objective.parameters
    if len(names) > 1:
        controls.choice("Colours", KEY + "colours", SCALES, look.colours)
    controls.choice("Loss axis", KEY + "loss_axis", LOSS_AXES, look.loss_axis)
    if len(names) > 2:
        if st.session_state.get(KEY + "plane") not in planes(names):
            st.session_state[KEY + "plane"] = look.plane
        controls.choice("Plane", KEY + "plane", planes(names), look.plane)


def _left(function: Function) -> str:
    """What stands before the formula: f of its variables, or f alone where they are many."""
    names = function.expression.names
    return f"f({', '.join(map(name_in_latex, names))})" if len(names) <= MAX_NAMED else "f"


def _stability_note(stability: Stability) -> str:
    """On which side of 2/λmax the rate lies, where the run ends."""
    if math.isnan(stability.limit):
        return "No curvature where this run ends"
    if math.isinf(stability.limit):
        return "Nothing curves upwards where this run ends"
    word = ("", "stable", "on the edge", "unstable")[stability.side]
    return f"Plain SGD {word} at its end: 2/λmax = {stability.limit:.4g}"


# ---- The stage.


def _stage(race: Race, selected: int, needed: int | None, *, may_go_on: bool) -> View:
    """The player; ``needed`` is up to which step runs are wanted at once, None for all."""
    runs = _runs(race, race.steps if needed is None else min(race.steps, max(needed, FIRST_STEPS)))
    function, kept = st.session_state.get("descent kept", ("", None))
    if needed is None:
        st.session_state.pop("descent kept", None)
    kept = kept if function == race.function else None
    # Axes that stay until all steps are there needn't be drawn twice.
    axes = st.session_state.get("descent axes") if needed is not None else None
    view = race_view(race, runs, selected, st.session_state["descent look"], kept, axes)
    st.session_state["descent axes"] = view.axes
    ground = view.ground

    def on_events(events: list[Event]) -> None:
        for event in events:
            if event.kind == "pick":
                _pick(race, ground, event)
            elif event.kind == "choose" and event.row < len(race.runners):
                if may_go_on:
                    _fill(_race(), event.row)
            elif event.kind == "more":
                st.session_state[KEY + "steps"] = min(max(event.steps, race.steps), most_steps(len(race.runners)))
                st.session_state["descent kept"] = race.function, ground

    player(
        view.panels,
        columns=view.columns,
        readouts=view.readouts,
        status=view.status,
        alarming=view.alarming,
        notes=view.notes,
        subject=race.function,
        planned=race.steps if needed is not None else 0,
        can_go_on=may_go_on
        and race.steps < most_steps(len(race.runners))
        and any(run.outcome.can_go_on for run in runs),
        key="descent player",
        on_events=on_events,
    )
    return view


def _pick(race: Race, ground: Ground, event: Event) -> None:
    """A point on a picture is the start of the selected runner, or of all that share one."""
    picked = [event.x, event.y][: 1 if ground.plane is None else 2]
    start = [controls.rounded(value, bounds) for value, bounds in zip(picked, ground.frame, strict=False)]
    if ground.plane is not None and len(race.objective.parameters) > 2:
        start = ground.plane.points(torch.tensor(start, dtype=torch.float64)).tolist()
    for name, value in zip(race.objective.parameters, start, strict=True):
        st.session_state[f"{KEY}start_{name}"] = value
    st.session_state["descent kept"] = race.function, ground  # nothing moves under the pointer
    st.session_state["descent needed"] = event.step


def _runs(race: Race, steps: int) -> list[Trajectory]:
    """Each runner's run of so many steps, going on from where it was if only its steps have grown."""
    kept: dict[Hashable, Descent] = st.session_state.get("descent runs", {})
    deadline = time.monotonic() + RUN_SECONDS
    descents: dict[Hashable, Descent] = {}
    for runner in race.runners:
        key = race.deciding(runner)
        descent = descents.get(key) or kept.get(key)
        descents[key] = race.descent(runner) if descent is None or descent.steps > steps else descent
    st.session_state["descent runs"] = descents
    # In turns, so that all get as far as the time allows.
    for reached in range(TURN, steps, TURN):
        for descent in descents.values():
            if descent.steps < reached:
                descent.run(reached - descent.steps, deadline)
    racing = [descents[race.deciding(runner)] for runner in race.runners]
    return [descent.run(steps - descent.steps, deadline) for descent in racing]


_HELP = f"""
**Function**: a formula in one to {MAX_VARIABLES} variables, such as `x^2`, `(1-x)^2 + 100(y-x^2)^2` or `x y z + sin x`;
how it may be written stands below. `e` is Euler's number, no variable. The gallery has {len(PRESETS)} functions, each
with runners that show something.

**Runners**: up to {MAX_RUNNERS}, each with an optimizer of `torch.optim`, its settings, a learning rate and a
scheduler. The fields are about the runner that is chosen, by its number or in the table. **Gradients** in the table
counts how often the optimizer asked for one: LBFGS asks many times a step.

**Pictures**: ∇ points where the loss grows fastest; the grey arrow is the step that comes next; what the optimizer
keeps (m, v, …) can be switched on in the legend. The dark outline is the curvature: an ellipse where the loss is a
bowl or a top, a cross at a saddle. λmax is the largest curvature: plain gradient descent is unstable with a learning
rate above 2/λmax. Stars are known minima.

**Start**: type it, click on the picture, or drag over it.

**Player**: with the focus on it, space plays and pauses, ← and → step, Home and End jump.
At the end Play and Step forward go on: torch computes more steps. Drag the surface to turn it.

The address of this page holds all that you chose: copy it to share the race.

#### How to write a function

{reference()}
"""
