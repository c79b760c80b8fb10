"""What the pages of races share: the runners' fields, the link, and the player's part of the page.

A page keeps its race in the session under its own name, and the fields show one of its runners. Its widgets' keys begin
with that name and a blank.
"""

import math
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
import torch
from streamlit.errors import StreamlitAPIException

from playground.engine.descent import Descent, Trajectory
from playground.engine.noise import NOISES
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import NO_SCHEDULER, Runner
from playground.engine.schedulers import SCHEDULERS
from playground.errors import InputError
from playground.figures.colours import SCALES
from playground.labs.shared import controls
from playground.labs.shared.memory import Memory
from playground.labs.shared.race import MAX_RUNNERS, Race, RaceFields, from_link, most_steps, read_race, to_link
from playground.labs.shared.race_view import race_view
from playground.labs.shared.scenario import LOSS_AXES
from playground.labs.shared.shown import PRINCIPAL, Ground, Look, Stability, View, planes
from playground.player import Event, player

USUAL_LOOK = Look()
"""How a race is looked at unless somebody says otherwise."""

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


@dataclass(frozen=True)
class Lab(Memory):
    """A page of races.

    Attributes:
        name: as of a ``Memory``.
        first: the race that it opens on.
        usual_look: how a race is looked at unless somebody says otherwise.
    """

    first: Race
    usual_look: Look = USUAL_LOOK

    @property
    def race(self) -> Race:
        """The race that is shown."""
        race: Race = self.kept("race")
        return race

    @property
    def selected(self) -> int:
        """Which of its runners the fields are about."""
        return int(min(self.kept("selected", 0), len(self.race.runners) - 1))

    @property
    def look(self) -> Look:
        """How the race is looked at."""
        look: Look = self.kept("look")
        return look

    def begin(self) -> None:
        """Read the link with which the session began, and let the fields show the race if the page has come anew."""
        if self.kept("race") is None:
            said = st.query_params.to_dict()
            link = from_link(said, self.first)
            look = self._look_of(said, link.race, self.usual_look)
            self.keep("race", link.race)
            self.keep("opened", link.race)
            self.keep("look", look)
            unknown = [
                f"{name}={said[name][:40]}" for name, value in look._asdict().items() if said.get(name, value) != value
            ]
            unseen = f"This link says {' and '.join(unknown)}, which is no choice: the usual stands instead."
            self.keep("link problem", " ".join([link.problem, unseen] if unknown else [link.problem]).strip())
        self.drop("needed")  # a whole run takes all steps
        if not self.has("runner"):
            self.fill(self.race, self.selected)

    def read(self, **more: object) -> RaceFields:
        """What the fields say; the race that they make is shown from now on, if they make one."""
        self.keep("selected", min(self.value("runner") or 0, len(self.race.runners) - 1))
        fields = read_race(self.values | more, self.race.runners, self.selected, bool(self.value("own_start")))
        self.keep("race", fields.race or self.race)
        self.keep("look", self._look_of(self.values, self.race, self.look))
        return fields

    @property
    def values(self) -> dict[str, Any]:
        """What the fields say, by the keys that ``read_race`` takes."""
        race = self.race
        usual = race.runners[self.selected].fields | _shared_fields(race)
        usual |= {f"shared_{name}": at for name, at in zip(race.objective.parameters, race.start, strict=True)}
        return usual | super().values

    def fill(self, race: Race, selected: int) -> None:
        """Write a race into the fields, with one of its runners."""
        runner = race.runners[selected]
        own = runner.start is not None
        start = race.start if runner.start is None else runner.start
        values = runner.fields | _shared_fields(race) | {"runner": selected, "own_start": own}
        values |= {f"start_{name}": at for name, at in zip(race.objective.parameters, start, strict=True)}
        values.pop("points", None)
        self.write(**values)
        self.keep("race", race)
        self.keep("selected", selected)

    @property
    def field_names(self) -> list[str]:
        """The names of all fields that make the race."""
        race = self.race
        fields = race.runners[self.selected].fields | _shared_fields(race)
        starts = [name for name in super().values if name.startswith("start_")]
        return [*fields, *starts, "runner", "own_start", "plane", "colours", "loss_axis"]

    def _look_of(self, said: Mapping[str, Any], race: Race, usual: Look) -> Look:
        """What can be used of a look's fields, else as ``usual``."""
        known = planes(race.objective.parameters)
        plane = next((one for one in known if one == said.get("plane", usual.plane)), PRINCIPAL)
        colours = next((one for one in SCALES if one == said.get("colours")), usual.colours)
        loss_axis = next((one for one in LOSS_AXES if one == said.get("loss_axis")), usual.loss_axis)
        return Look(plane, colours, loss_axis)

    def write_link(self) -> None:
        """Let the address say this race; it is left alone where it does."""
        look = {name: value for name, value in self.look._asdict().items() if value != getattr(self.usual_look, name)}
        said = to_link(self.race) | look
        if st.query_params.to_dict() != said:
            st.query_params.from_dict(said)

    def link_problem(self) -> bool:
        """Say what is wrong with the link that the page was opened with, until something is changed."""
        problem = self.kept("link problem")
        if not problem or self.race != self.kept("opened"):
            return False
        controls.problem("link", {"link": InputError(problem)})
        return True

    # ---- What a person does with runners.

    def change_runners(self, runners: Sequence[Runner], selected: int) -> None:
        """Race with other runners."""
        steps = min(self.race.steps, most_steps(len(runners)))
        self.fill(replace(self.race, runners=tuple(runners), steps=steps), selected)

    def on_runner(self) -> None:
        """Another runner was chosen."""
        self.fill(self.race, self.value("runner") or 0)

    def on_own_start(self) -> None:
        """Back to the start that all share: the fields show it."""
        if not self.value("own_start"):
            names = self.race.objective.parameters
            self.write(**{f"start_{name}": at for name, at in zip(names, self.race.start, strict=True)})

    def add(self) -> None:
        """One more runner, with an optimizer that isn't there yet."""
        race = self.race
        used = {runner.optimizer for runner in race.runners}
        fresh = next((name for name in ("SGD", "Adam", "RMSprop", "Adagrad", *OPTIMIZERS) if name not in used), "SGD")
        self.change_runners([*race.runners, Runner(fresh, lr=race.runners[-1].lr)], len(race.runners))

    def remove(self) -> None:
        """Without the chosen runner."""
        selected = self.value("runner") or 0
        self.change_runners([one for i, one in enumerate(self.race.runners) if i != selected], max(0, selected - 1))


def _shared_fields(race: Race) -> dict[str, Any]:
    """The fields that all runners share; the data of a fit are no field."""
    what = {"function": race.function} if isinstance(race.function, str) else race.function.fields
    return what | {name: getattr(race, name) for name in ("steps", "noise", "noise_kind", "seed", "tolerance")}


# ---- Controls.


def optimizer_line(lab: Lab, optimizers: Sequence[str], more: Callable[[], None] = lambda: None) -> None:
    """The optimizer, and beside it its settings, the scheduler, and what ``more`` makes."""
    runner = lab.race.runners[lab.selected]
    with st.container(key=lab.key("optimizer_line"), horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        controls.choice("Optimizer", lab.key("optimizer"), optimizers, runner.optimizer)
        place = st.popover("Settings", icon=":material/tune:", key=lab.key("settings"), on_change="rerun")
    optimizer = OPTIMIZERS[lab.value("optimizer")]
    scheduler = SCHEDULERS.get(lab.value("scheduler", NO_SCHEDULER))
    with place, controls.shut(not place.open):
        more()
        controls.settings(optimizer.hyperparameters, lab.key(""))
        controls.choice("Scheduler", lab.key("scheduler"), (NO_SCHEDULER, *SCHEDULERS), NO_SCHEDULER)
        if scheduler:
            st.caption(scheduler.label)
            controls.settings(scheduler.hyperparameters, lab.key(""))
        if optimizer.source.startswith("https:"):
            st.caption(f"[torch's documentation of {optimizer.name}]({optimizer.source})")
        else:
            st.caption(optimizer.source)


def runners_line(lab: Lab, problems: Mapping[str, InputError], beside: Callable[[], None] = lambda: None) -> None:
    """Which runner the fields below are about, one more, and one less; and what ``beside`` makes."""
    count, blocked = len(lab.race.runners), bool(problems)
    with st.container(key=lab.key("runners"), horizontal=True, gap="xsmall", vertical_alignment="center"):
        # What is wrong in the fields of one runner would be lost on the way to another.
        st.segmented_control(
            "Runner",
            label_visibility="collapsed",
            options=list(range(count)),
            key=lab.key("runner"),
            format_func=lambda i: str(i + 1),
            required=True,
            disabled=blocked,
            on_change=lab.on_runner,
        )
        st.button(
            "Add",
            icon=":material/add:",
            type="tertiary",
            key=lab.key("add"),
            help="One more runner",
            on_click=lab.add,
            disabled=blocked or count == MAX_RUNNERS,
        )
        st.button(
            "Remove",
            icon=":material/remove:",
            type="tertiary",
            key=lab.key("remove"),
            help="Take this runner out",
            on_click=lab.remove,
            disabled=blocked or count == 1,
        )
        beside()


def rate_and_steps(lab: Lab, stability: Stability, problems: Mapping[str, InputError]) -> None:
    """The learning rate with its mark, the steps, and what is seldom changed."""
    controls.learning_rate(lab.key("lr"), mark=stability.limit)
    controls.problem("lr", problems)
    st.caption(_stability_note(stability))
    first, second = st.columns(2, gap="xsmall", vertical_alignment="bottom")
    with first:
        controls.number("Steps", lab.key("steps"), lab.race.steps)
    with second:
        more = st.popover("Noise, view", width="stretch", key=lab.key("more"), on_change="rerun")
    with more, controls.shut(not more.open):
        view_fields(lab)
    lines_below(problems, ("steps", "noise", "noise_kind", "seed", "tolerance"))


def _stability_note(stability: Stability) -> str:
    """On which side of 2/λmax the rate lies, where the run ends."""
    if math.isnan(stability.limit):
        return "No curvature where this run ends"
    if math.isinf(stability.limit):
        return "Nothing curves upwards where this run ends"
    word = ("", "stable", "on the edge", "unstable")[stability.side]
    return f"Plain SGD {word} at its end: 2/λmax = {stability.limit:.4g}"


def start_fields(
    lab: Lab, names: Sequence[str], usual: Callable[[str], float], problems: Mapping[str, InputError]
) -> None:
    """Where the chosen runner begins, and whether that is its own start."""
    beside = min(max(len(names), 2), MAX_BESIDE)
    for first in range(0, len(names), beside):
        for column, name in zip(st.columns(beside, gap="xsmall"), names[first : first + beside], strict=False):
            with column:
                controls.number(f"Start {name}", lab.key(f"start_{name}"), usual(name), step=0.1)
    controls.problem("start", problems)
    if len(lab.race.runners) > 1:
        st.checkbox("A start of its own", key=lab.key("own_start"), on_change=lab.on_own_start)


def view_fields(lab: Lab) -> None:
    """What is seldom changed: noise, tolerance, and how the race is looked at."""
    race, look = lab.race, lab.look
    controls.number(
        "Gradient noise",
        lab.key("noise"),
        race.noise,
        step=0.1,
        help="Added to each gradient, times this: it stands for the stochastic gradients of batches.",
    )
    controls.choice("Kind of noise", lab.key("noise_kind"), NOISES, race.noise_kind)
    controls.number("Seed", lab.key("seed"), race.seed, help="Of the noise, and of the order of the batches.")
    controls.number("Tolerance", lab.key("tolerance"), race.tolerance, help="How near is near enough to have arrived.")
    names = race.objective.parameters
    if len(names) > 1:
        controls.choice("Colours", lab.key("colours"), SCALES, look.colours)
    controls.choice("Loss axis", lab.key("loss_axis"), LOSS_AXES, look.loss_axis)
    if len(names) > 2:
        if lab.value("plane") not in planes(names):
            lab.write(plane=look.plane)
        controls.choice("Plane", lab.key("plane"), planes(names), look.plane)


def lines_below(problems: Mapping[str, InputError], fields: Sequence[str]) -> None:
    """What is wrong with several fields that share a place."""
    for field in fields:
        controls.problem(field, problems)


# ---- The stage.


def stage(
    lab: Lab,
    needed: int | None,
    view: Callable[[Sequence[Trajectory], Ground | None], View],
    on_event: Callable[[Event], None],
    *,
    may_go_on: bool,
    subject: str,
) -> View:
    """The player.

    Args:
        lab: whose race is shown.
        needed: up to which step runs are wanted at once, None for all.
        view: makes what is shown, of the runs and the ground that is to stay.
        on_event: what a person did that only the page knows to answer.
        may_go_on: whether the fields say what is shown.
        subject: when it changes, the cursor goes to the start.
    """
    race = lab.race
    runs = _runs(lab, race.steps if needed is None else min(race.steps, max(needed, FIRST_STEPS)))
    ground_of, kept = lab.kept("ground", ("", None))
    if needed is None:
        lab.drop("ground")
    shown = view(runs, kept if ground_of == subject else None)
    lab.keep("axes", shown.axes)

    def on_events(events: list[Event]) -> None:
        for event in events:
            if event.kind == "pick":
                _pick(lab, shown.ground, event, subject)
            elif event.kind == "choose" and event.row < len(race.runners):
                if may_go_on:
                    lab.fill(lab.race, event.row)
            elif event.kind == "more":
                lab.write(steps=min(max(event.steps, race.steps), most_steps(len(race.runners))))
                lab.keep("ground", (subject, shown.ground))
            else:
                on_event(event)

    player(
        shown.panels,
        columns=shown.columns,
        readouts=shown.readouts,
        status=shown.status,
        alarming=shown.alarming,
        notes=shown.notes,
        subject=subject,
        planned=race.steps if needed is not None else 0,
        can_go_on=may_go_on
        and race.steps < most_steps(len(race.runners))
        and any(run.outcome.can_continue for run in runs),
        key=f"{lab.name} player",
        on_events=on_events,
    )
    # The player's message goes out by itself. Among all those of the fields the browser would draw it with them, twice
    # as late; and at the end of a run that begins anew Streamlit drops what it hasn't sent.
    time.sleep(SENDING_SECONDS)
    return shown


def finish() -> None:
    """Run the page's fragment once more; or the whole page, if it isn't the fragment alone that runs."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()


def _pick(lab: Lab, ground: Ground, event: Event, subject: str) -> None:
    """A point on a picture is the start of the selected runner, or of all that share one."""
    picked = [event.x, event.y][: 1 if ground.plane is None else 2]
    start = [controls.rounded(value, bounds) for value, bounds in zip(picked, ground.frame, strict=False)]
    names = lab.race.objective.parameters
    if ground.plane is not None and len(names) > 2:
        plane = ground.plane_at(event.step) or ground.plane
        start = plane.points(torch.tensor(start, dtype=torch.float64)).tolist()
    lab.write(**{f"start_{name}": value for name, value in zip(names, start, strict=True)})
    lab.keep("ground", (subject, ground))  # nothing moves under the pointer
    lab.keep("needed", event.step)


def _runs(lab: Lab, steps: int) -> list[Trajectory]:
    """Each runner's run of so many steps, going on from where it was if only its steps have grown."""
    race = lab.race
    kept: dict[Hashable, Descent] = lab.kept("runs", {})
    deadline = time.monotonic() + RUN_SECONDS
    descents: dict[Hashable, Descent] = {}
    for runner in race.runners:
        key = race.deciding(runner)
        descent = descents.get(key) or kept.get(key)
        descents[key] = race.descent(runner) if descent is None or descent.steps > steps else descent
    lab.keep("runs", descents)
    # In turns, so that all get as far as the time allows.
    for reached in range(TURN, steps, TURN):
        for descent in descents.values():
            if descent.steps < reached:
                descent.run(reached - descent.steps, deadline)
    racing = [descents[race.deciding(runner)] for runner in race.runners]
    return [descent.run(steps - descent.steps, deadline) for descent in racing]


def view_of(lab: Lab, needed: int | None, **more: Any) -> Callable[[Sequence[Trajectory], Ground | None], View]:
    """What makes the view of the lab's race; axes that stay until all steps are there needn't be drawn twice."""
    axes = lab.kept("axes") if needed is not None else None
    return lambda runs, ground: race_view(lab.race, runs, lab.selected, lab.look, ground, axes, **more)
