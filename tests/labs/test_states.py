"""What is drawn follows from the state alone: after any acts it is what a fresh visitor of the link sees.

A state machine does random acts on a lab's own widgets, run by Streamlit's tester: it types, chooses, presses, drags in
the player, and goes back to earlier links. After each act the player's message is compared with that of a fresh session
opened on the link. The short run comes with each change; the long one with ``--hypothesis-profile=long``.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from streamlit.testing.v1 import AppTest

from playground.labs import LABS
from playground.labs.fit.state import LEFT_OUT, PAIRS
from playground.player import Event
from tests.labs.driver import column, is_whole, link, number_fields, open_lab, player

TEXTS = {
    "Function": [
        "x^2",
        "x^2 + 10y^2",
        "|x-1| + |y|",
        "1/x + y^2",
        "a b - exp(z/3)",
        "x*",
        "sqrt(x)*y",
        "sum(x**2)",
        "",
    ],
    "Model": ["a*x + b", "a*x^2 + b*x + c", "a*exp(-b*x)", "b + c*x", "a*", "q"],
    "Hidden layers": ["", "2", "8, 3", "8,8,8,8", "0", "x"],
    "Boundary": ["y > x", "x^2 + y^2 < 1", "x", "y > 99"],
    "Start x": ["3", "-1.5", "[1, 2, 3]", "pi/2", "1e999", ""],
    "Start y": ["2", "[1, 2, 3]", "no"],
    "Vector v": ["", "[1, 0, 2]", "[1"],
}
NUMBERS = [-1.0, 0.0, 0.001, 0.05, 0.3, 1.0, 2.5, None]
WHOLE_NUMBERS = [-1, 0, 1, 2, 7, 40, None]
SETS = [name for name, (dataset, _) in PAIRS.items() if len(dataset.points) < 30][:6]
SHOWN = ("panels", "arrays", "columns", "readouts", "status", "alarming", "notes", "canGoOn", "subject", "speed")


def drawn(at: AppTest) -> dict[str, Any]:
    """All of the player's message that a person sees."""
    message = player(at)
    return {name: message[name] for name in SHOWN if name in message}


def draw_one(data: st.DataObject, of: Sequence[Any], name: Callable[[Any], object] = lambda one: one) -> Any:
    """One of several, noted by what tells it from the others: a widget can't be printed."""
    names = [name(one) for one in of]
    return of[names.index(data.draw(st.sampled_from(names)))]


def draw_widget(data: st.DataObject, widgets: Sequence[Any]) -> Any:
    return draw_one(data, widgets, lambda one: one.key)


class Acts(RuleBasedStateMachine):
    """Random acts on one lab."""

    lab = ""

    def __init__(self) -> None:
        super().__init__()
        self.at = open_lab(self.lab)
        self.links: list[dict[str, str]] = []

    def run(self) -> None:
        self.at.run()
        self.links.append(link(self.at))

    @property
    def session(self) -> Any:
        return self.at.session_state[f"{self.lab} session"]

    @rule(data=st.data())
    def type_a_text(self, data):
        fields = [one for one in self.at.text_input if one.label in TEXTS]
        if fields:
            one = draw_widget(data, fields)
            one.set_value(data.draw(st.sampled_from(TEXTS[one.label]), label=one.label))
            self.run()

    @rule(data=st.data())
    def type_a_number(self, data):
        fields = [one for one in number_fields(self.at) if " make_" not in one.key]
        if fields:
            one = draw_widget(data, fields)
            numbers = WHOLE_NUMBERS if is_whole(self.at, one) else NUMBERS
            one.set_value(data.draw(st.sampled_from(numbers), label=one.label))
            self.run()

    @rule(data=st.data())
    def choose(self, data):
        fields = [one for one in (*self.at.selectbox, *self.at.button_group) if not one.disabled]
        one = draw_widget(data, fields)
        options = [option for option in one.options if one.label != "Data set" or option in SETS]
        option = data.draw(st.sampled_from(options), label=one.label)
        one.set_value(int(option) - 1 if one.label == "Runner" else option)
        self.run()

    @rule(data=st.data())
    def switch(self, data):
        if self.at.checkbox:
            one = draw_widget(data, [*self.at.checkbox])
            one.set_value(not one.value)
            self.run()

    @rule(data=st.data())
    def press(self, data):
        buttons = [one for one in self.at.button if not one.disabled and one.label in ("Add", "Remove", "Undo")]
        if buttons:
            draw_widget(data, buttons).click()
            self.run()

    @rule(data=st.data())
    def do_in_the_player(self, data):
        names = [one["name"] for one in player(self.at)["panels"]]
        place = st.floats(-3, 3).map(lambda value: round(value, 2))
        kinds = {
            "pick": [name for name in ("contours", "curve", "picture") if name in names],
            "nudge": [name for name in ("picture",) if name in names],
            "add": [name for name in ("data",) if name in names and self.lab in ("fit", "network")],
            "choose": [name for name in ("network",) if name in names],
            "move": [name for name in ("data",) if name in names and self.lab in ("fit", "network")],
            "more": ["loss"] if player(self.at)["canGoOn"] and self.session.state.race.steps < 80 else [],
        }
        kind = data.draw(
            st.sampled_from([kind for kind, panels in kinds.items() if panels] or ["choose"]), label="kind"
        )
        panel = data.draw(st.sampled_from(kinds.get(kind) or ["standings"]), label="panel")
        x, y = (data.draw(st.sampled_from([-1.0, 1.0]) if kind == "nudge" else place, label=axis) for axis in "xy")
        row = data.draw(st.integers(0, 9), label="row") if kind == "choose" and panel == "network" else 0
        steps = len(column(self.at, "loss")) + 15 if kind == "more" else 0
        self.session.note_events([Event(kind, panel, x, y, row=row, steps=steps)])
        self.run()

    @rule(data=st.data())
    def go_back(self, data):
        if self.links:
            said = draw_one(data, self.links)
            self.at.query_params.clear()
            for name, text in said.items():
                self.at.query_params[name] = text
            self.run()

    @invariant()
    def nothing_is_raised(self):
        assert not self.at.exception, [one.message for one in self.at.exception]

    @invariant()
    def a_fresh_visitor_of_the_link_sees_the_same(self):
        said = link(self.at)
        if LEFT_OUT in said:
            return
        fresh = open_lab(self.lab, **said)
        assert not fresh.exception
        assert link(fresh) == said
        seen, expected = drawn(self.at), drawn(fresh)
        if self.session.problems:  # while a field says what can't be used, Play doesn't go on
            del expected["canGoOn"]
        for name, one in expected.items():
            assert seen[name] == one, (name, said, difference(seen[name], one))

    @invariant()
    def the_state_is_that_of_its_link(self):
        lab, state = LABS[self.lab], self.session.state
        said = lab.write_link(state)
        if LEFT_OUT not in said:
            assert lab.read_link(said) == (state, "")

    @invariant()
    def axes_hold_where_it_begins(self):
        for panel in player(self.at)["panels"]:
            layout = panel.get("figure", {}).get("layout", {})
            for place in self.places(panel["name"]):
                for axis, value in zip(("xaxis", "yaxis"), place, strict=False):
                    low, high = sorted(layout[axis]["range"])
                    assert low <= value <= high, (panel["name"], axis, place, layout[axis]["range"])

    def places(self, _panel: str) -> list[tuple[float, ...]]:
        """What a picture has to hold."""
        return []


def difference(seen: Any, expected: Any) -> Any:
    """Where two messages differ first."""
    if isinstance(seen, dict) and isinstance(expected, dict):
        for name in expected:
            if seen.get(name) != expected[name]:
                return name, difference(seen.get(name), expected[name])
    if isinstance(seen, list) and isinstance(expected, list):
        for i, (one, other) in enumerate(zip(seen, expected, strict=False)):
            if one != other:
                return i, difference(one, other)
    return seen, expected


class RaceActs(Acts):
    def places(self, panel):
        race = self.session.state.race
        if panel == "contours" and len(race.start) == 2:
            starts = [race.start if runner.start is None else runner.start for runner in race.runners]
            return [start for start in starts if math.isfinite(sum(start))]
        return []


class FitActs(RaceActs):
    lab = "fit"

    def places(self, panel):
        points = self.session.state.regression.points
        return [*zip(points.x, points.y, strict=True)] if panel == "data" else super().places(panel)


class DescentActs(RaceActs):
    lab = "descent"


class GradientActs(Acts):
    lab = "gradient"

    def places(self, panel):
        state = self.session.state
        if panel == "picture" and state.view == "Gradient" and len(state.probe.theta) <= 2:
            return [tuple(state.probe.theta.tolist())] if len(state.probe.theta) == 2 else [(state.probe.theta.item(),)]
        return []


class NetworkActs(Acts):
    lab = "network"

    def places(self, panel):
        points = self.session.state.training.points
        if panel != "data":
            return []
        if points.classes:
            return [*points.inputs]
        return [(place[0], y) for place, y in zip(points.inputs, points.targets, strict=True)]


@pytest.mark.slow
@pytest.mark.hypothesis
@pytest.mark.parametrize("acts", [FitActs, DescentActs, GradientActs, NetworkActs], ids=lambda one: one.lab)
def test_what_is_drawn_follows_from_the_state_alone(acts):
    long = settings.get_current_profile_name() == "long"
    run_state_machine_as_test(
        acts,
        settings=settings(
            max_examples=200 if long else 3,
            stateful_step_count=30 if long else 10,
            suppress_health_check=[*HealthCheck],
            phases=[*Phase] if long else [Phase.explicit, Phase.generate],
        ),
    )
