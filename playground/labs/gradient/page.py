"""The page "Gradient": what ``backward()`` did at one point, how it did it, and what a training loop does with it."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.analysis.gradient_check import check_expression, default_points, format_point, read_point
from playground.analysis.loop_program import MISTAKES, Switches
from playground.data.gallery import PRESETS
from playground.errors import InputError
from playground.labs.gradient.scenario import (
    EXAMPLES,
    FIRST,
    SUBJECTS,
    VIEWS,
    GradientScenario,
    ScenarioFields,
    example_of,
    from_link,
    named_probe,
    read_scenario,
    shows,
    to_fields,
    to_link,
)
from playground.labs.gradient.view import SPEEDS, View, value_name, view_of
from playground.labs.shared import controls
from playground.labs.shared.memory import Memory
from playground.language.reference import write_reference
from playground.player import Event, player

MEMORY = Memory("gradient")

USUAL_SWITCHES = Switches()
SEEN_IN = {"data_requires_grad": " The tab Data shows, as arrows, which way each point would have to move."}
"""Where the picture shows what a switch does, if not at first sight."""

NUDGE = 50
"""A press of a key moves the point by this part of the picture's width."""

MAX_BESIDE = 2
"""How many points stand in a row."""


def page() -> None:
    """Controls at the left, the player beside them."""
    headline, left, right = controls.layout(_HELP)
    if MEMORY.kept("scenario") is None:
        link = from_link(st.query_params.to_dict())
        MEMORY.keep("scenario", link.scenario)
        MEMORY.keep("opened", link.scenario)
        MEMORY.keep("link problem", link.problem)
    # Streamlit forgets the fields that a person saw when they go to another page, and keeps the others.
    # What they said comes back as it was typed, whether it could be used or not.
    fields_of = to_fields(MEMORY.kept("scenario")) | MEMORY.kept("typed", {})
    MEMORY.write(**{name: value for name, value in fields_of.items() if not MEMORY.has(name)})
    _body(headline, left, right)


@st.fragment
def _body(headline: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """All that changes: the player first, since it is what one waits for."""
    said = _read()
    known = to_fields(MEMORY.kept("scenario"))
    typed = {name: one for name, one in MEMORY.values.items() if name in known or name.startswith("start_")}
    MEMORY.keep("typed", typed)
    scenario = said.scenario or _as_before(MEMORY.kept("scenario"))
    MEMORY.keep("scenario", scenario)
    with right:
        fails = _stage(scenario)
    with left:
        _controls(said, scenario, fails)
    with headline:
        _headline(scenario)
    if said.scenario:
        query = to_link(scenario)
        if st.query_params.to_dict() != query:
            st.query_params.from_dict(query)


# ---- What the fields say.


def _read() -> ScenarioFields:
    """What the fields say; a variable that is new has a field that says 1."""
    known = to_fields(MEMORY.kept("scenario"))
    values = {name: value for name, value in known.items() if not name.startswith("start_")} | MEMORY.values
    # What can't be used and isn't seen would keep a person from all else, and nobody would know why.
    if values["view"] != "Loop":
        values |= {name: known[name] for name in ("lr", "epochs")}
    elif values["subject"] == SUBJECTS[0]:
        values = {name: value for name, value in values.items() if not name.startswith("start_")}
        values |= {name: value for name, value in known.items() if _is_of_probe(name)}
    with suppress(InputError):  # told with the function's field
        for name, text in default_points(str(values["function"]), {}).items():
            values.setdefault(f"start_{name}", text)
            st.session_state.setdefault(MEMORY.key(f"start_{name}"), text)
    return read_scenario(values)


def _is_of_probe(name: str) -> bool:
    return name in ("function", "vector") or name.startswith("start_")


def _as_before(scenario: GradientScenario) -> GradientScenario:
    """What was shown, in the view and at the point that are chosen: a field that can't be used keeps no other back."""
    shown = to_fields(scenario)
    chosen = {name: MEMORY.value(name) for name in shown if name != "function" and MEMORY.has(name)}
    view = {name: chosen[name] for name in ("view", "subject") if name in chosen}
    return read_scenario(shown | chosen).scenario or read_scenario(shown | view).scenario or scenario


# ---- The stage.


def _stage(scenario: GradientScenario) -> bool:
    """The player; whether it explains a failure."""
    frame_of, frame = MEMORY.kept("frame", ("", None))
    view = view_of(scenario, frame if frame_of == scenario.probe.text else None)
    MEMORY.keep("frame", (scenario.probe.text, view.frame))

    def on_events(events: list[Event]) -> None:
        for event in events:
            if event.kind in ("pick", "nudge"):
                _move(view, event)

    player(
        view.panels,
        columns=view.columns,
        readouts=view.readouts,
        status=view.status,
        alarming=view.alarming,
        notes=view.notes,
        can_go_on=False,
        speed=SPEEDS[scenario.view],
        subject=f"{scenario.view}\n{scenario.probe.text if scenario.view != 'Loop' else scenario.subject}",
        key="gradient player",
        on_events=on_events,
    )
    return view.alarming


def _move(view: View, event: Event) -> None:
    """The point is where it was picked, or one step along an axis from where it is."""
    # Not from where the fields say: the browser may send them before it has heard of the last step.
    scenario: GradientScenario = MEMORY.kept("scenario")
    probe = scenario.probe
    numbers = []
    for at, move, bounds in zip(probe.theta.tolist(), [event.x, event.y], view.frame, strict=False):
        goes_to = move if event.kind == "pick" else at + move * (bounds[1] - bounds[0]) / NUDGE
        numbers.append(controls.rounded(goes_to, bounds))
    # An event may be late: of a picture that is gone, or of a function that had more variables.
    if event.panel != "picture" or len(numbers) != len(probe.theta):
        return
    parts = iter(numbers)
    try:
        moved = replace(probe, point=tuple(tuple(next(parts) for _ in components) for components in probe.point))
    except InputError:  # beyond the last place that a point may have
        return
    MEMORY.keep("scenario", replace(scenario, probe=moved))
    MEMORY.write(
        **{
            f"start_{name}": format_point(components)
            for name, components in zip(probe.expression.names, moved.point, strict=True)
        }
    )


# ---- The controls.


def _headline(scenario: GradientScenario) -> None:
    problem = MEMORY.kept("link problem")
    if problem and scenario == MEMORY.kept("opened"):
        controls.problem("link", {"link": InputError(str(problem))})
        return
    name = example_of(scenario.probe)
    if scenario.view == "Loop":
        st.caption("The training loop, line by line: step through it, and break it with the switches.")
    elif name:
        st.caption(f"**{name}**: {shows(name)}")
    else:
        st.caption("What `backward()` did, seen.")


def _controls(said: ScenarioFields, scenario: GradientScenario, fails: bool) -> None:
    st.segmented_control(
        "View", VIEWS, key=MEMORY.key("view"), required=True, label_visibility="collapsed", width="stretch"
    )
    shown = scenario.view, scenario.subject
    if shown != MEMORY.kept("shown"):
        # What comes back into sight is sent once more.
        MEMORY.hold(*(name for name in to_fields(scenario) if name != "view"), *_starts())
        MEMORY.keep("shown", shown)
    if scenario.view == "Loop":
        st.segmented_control("The loop goes down", SUBJECTS, key=MEMORY.key("subject"), required=True, width="stretch")
    if scenario.view == "Loop" and scenario.subject == SUBJECTS[0]:
        MEMORY.hold("function", "vector", *_starts())
    else:
        _what(said, scenario)
    if scenario.view == "Loop":
        _loop(said, scenario, fails)
    else:
        MEMORY.hold("subject", "lr", "epochs", *(one.name for one in fields(Switches)))


def _starts() -> list[str]:
    return [name for name in MEMORY.values if name.startswith("start_")]


def _on_example() -> None:
    name = MEMORY.value("example")
    if name:
        said = to_fields(GradientScenario(named_probe(name)))
        MEMORY.write(**{key: value for key, value in said.items() if _is_of_probe(key)})


def _what(said: ScenarioFields, scenario: GradientScenario) -> None:
    """The function, and the point."""
    MEMORY.write(example=example_of(scenario.probe) if said.scenario else None)
    st.selectbox(
        "Gallery",
        [*EXAMPLES, *PRESETS],
        index=None,
        key=MEMORY.key("example"),
        placeholder="A function of your own",
        label_visibility="collapsed",
        on_change=_on_example,
    )
    st.text_input("Function", key=MEMORY.key("function"))
    controls.problem("function", said.problems)
    try:
        expression = check_expression(MEMORY.value("function"))
    except InputError:  # what is shown stays, with its fields
        expression = scenario.probe.expression
        said = said._replace(problems=said.problems | _problems_of_points(expression.names))
        st.caption("Still shown:")
    with st.container(
        key="formula", horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"
    ):
        controls.typeset(value_name(expression), expression)
        controls.derivatives(value_name(expression), expression, expression.names)
    names = expression.names
    for first in range(0, len(names), MAX_BESIDE):
        row = names[first : first + MAX_BESIDE]
        for column, name in zip(st.columns(max(len(row), 1), gap="xsmall"), row, strict=True):
            with column:
                st.text_input(
                    f"Start {name}", key=MEMORY.key(f"start_{name}"), help=_POINT_HELP if name == names[0] else None
                )
        for name in row:
            controls.problem(name, said.problems)
    if len(scenario.probe.value) > 1 or "vector" in said.problems:
        st.text_input(
            "Vector v", key=MEMORY.key("vector"), placeholder="none", help="For y.backward(v), such as [1, 0, 0]."
        )
        controls.problem("vector", said.problems)
    else:
        MEMORY.hold("vector")


def _problems_of_points(names: Iterable[str]) -> dict[str, InputError]:
    problems = {}
    for name in names:
        try:
            read_point(str(MEMORY.value(f"start_{name}", "")), name)
        except InputError as error:
            problems[name] = error
    return problems


def _loop(said: ScenarioFields, scenario: GradientScenario, fails: bool) -> None:
    first, second = st.columns(2, gap="xsmall")
    with first:
        controls.number("Learning rate", MEMORY.key("lr"), FIRST.lr)
    with second:
        controls.number("Epochs", MEMORY.key("epochs"), FIRST.epochs)
    controls.problem("lr", said.problems)
    controls.problem("epochs", said.problems)
    st.caption("Classic mistakes")
    for name, mistake in MISTAKES.items():
        if scenario.subject != SUBJECTS[0] and mistake.only_on_data:
            MEMORY.hold(name)
            continue
        st.checkbox(mistake.label, key=MEMORY.key(name), help=mistake.explanation)
        if MEMORY.value(name) != getattr(USUAL_SWITCHES, name) and not fails:  # a failure is explained in the player
            st.caption(mistake.explanation + SEEN_IN.get(name, ""))


_POINT_HELP = "A number such as 3 or pi/2, or a vector such as [1, 2, 3]. Drag the point, or press Shift and an arrow."

_HELP = f"""
**Gradient**: the gradient at a point in three ways: torch's `backward()`, the symbolic derivative evaluated there, and
central differences. Drag the point, or press Shift and an arrow key. Play turns the direction u, or halves the step h.

**Graph**: what torch recorded of your expression. Step forward through the values, then backward: what reaches a node
times its local derivative goes to its arguments, and where paths meet it is added up. Drag moves the graph, the
wheel zooms it, a double click shows all of it. Keys: Shift and an arrow, + and −, and 0.

**Loop**: the training loop, one real line of torch at a time, and classic mistakes with what torch really does.

**Player**: with the focus on it, space plays and pauses, ← and → step, Home and End jump, Escape leaves a picture
that was made large.

The address of this page holds all that you chose: copy it to share what you see.

#### How to write a function

{write_reference()}
"""
