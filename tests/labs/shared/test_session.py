"""What a person types: what can be used takes effect, and what can't stays in its field, with a sentence."""

import math
from dataclasses import replace

import pytest
import streamlit as st

from playground import InputError
from playground.data.datasets import DATASETS
from playground.data.points import Points
from playground.engine.runner import Runner
from playground.labs import LABS
from playground.labs.descent.problem import Formula
from playground.labs.fit import tables
from playground.labs.fit.problem import Regression
from playground.labs.fit.state import FitState
from playground.labs.shared import page
from playground.labs.shared.race.state import Race, RaceState
from playground.labs.shared.session import PLAYER
from playground.labs.shared.views import VIEWS
from playground.player import Event
from tests.labs.typing_in import begin, field, say, shown

ADAM = Runner("Adam", 0.5, (("betas", (0.8, 0.999)),))
BEGUN = RaceState(race=Race(Formula("x^2 + y^2"), (3.0, 4.0), (Runner(), Runner(lr=0.2)), 50), selected=1)
VALUES = {
    "function": "x^2 + 2y^2",
    "start_x": 1.5,
    "start_y": -2.0,
    "steps": 60,
    "noise": 0.25,
    "noise_kind": "rare spikes",
    "seed": 7,
    "tolerance": 1e-3,
    "optimizer": "Adam",
    "lr": 0.5,
    "betas_1": 0.8,
}
RACE = Race(Formula("x^2 + 2y^2"), (1.5, -2.0), (Runner(), ADAM), 60, 0.25, "rare spikes", 7, 1e-3)


# ---- Fields of a race.


def test_fields_make_a_race():
    session = begin("descent", BEGUN)
    say(session, **VALUES)
    assert (session.state.race, session.problems, session.pending) == (RACE, {}, {})


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"function": "x +"}, {"function"}),
        ({"function": ""}, {"function"}),
        ({"function": "7"}, {"function"}),
        ({"start_y": None}, {"start_y"}),
        ({"start_y": math.inf}, {"start_y"}),
        ({"scheduler": "Powell"}, {"scheduler"}),
        ({"lr": None}, {"lr"}),
        ({"lr": -1.0}, {"lr"}),
        ({"betas_1": None}, {"betas_1"}),
        ({"betas_1": 1.0}, {"betas_1"}),
        ({"steps": None}, {"steps"}),
        ({"steps": 0}, {"steps"}),
        ({"noise": None}, {"noise"}),
        ({"noise": -0.5}, {"noise"}),
        ({"noise_kind": "white"}, {"noise_kind"}),
        ({"seed": None}, {"seed"}),
        ({"seed": 2**31}, {"seed"}),
        ({"tolerance": None}, {"tolerance"}),
        ({"tolerance": 0.0}, {"tolerance"}),
        (
            {"start_x": None, "lr": None, "steps": None, "noise": None, "seed": None, "tolerance": None},
            {"start_x", "lr", "steps", "noise", "seed", "tolerance"},
        ),
        ({"function": "(", "lr": None, "steps": -1}, {"function", "lr", "steps"}),
    ],
    ids=lambda one: str(sorted(one) if isinstance(one, set) else one),
)
def test_each_fields_problem_is_told_at_its_field_and_the_others_are_still_read(change, wrong):
    session = begin("descent", BEGUN)
    say(session, **(VALUES | change))
    assert session.problems.keys() == wrong
    assert all(str(one) and one.field == name for name, one in session.problems.items())
    for name, value in (VALUES | change).items():
        assert shown(session, name) == value
        if name not in wrong:
            assert field(session, name).get(session.state) == value, name
    say(session, **{name: VALUES.get(name, "none") for name in wrong})
    assert (session.state.race, session.problems, session.pending) == (RACE, {}, {})


def test_an_unknown_optimizer_is_told_at_its_field():
    session = begin("descent", BEGUN)
    say(session, optimizer="Powell", lr=0.5)
    assert str(session.problems["optimizer"]).startswith("choose one of SGD, Adam,")
    assert session.state.runner == Runner(lr=0.5)


def test_what_only_torch_refuses_waits_in_its_field_until_it_can_be_used():
    session = begin("descent", BEGUN)
    say(session, nesterov=True)
    assert session.problems.keys() == {"nesterov"}
    assert "Nesterov momentum requires a momentum" in str(session.problems["nesterov"])
    assert (session.state, shown(session, "nesterov")) == (BEGUN, True)
    say(session, lr=0.3)
    assert (session.state.runner, session.problems.keys()) == (Runner(lr=0.3), {"nesterov"})
    say(session, momentum=0.9)
    assert session.state.runner == Runner(lr=0.3, settings=(("momentum", 0.9), ("nesterov", True)))
    assert (session.problems, session.pending) == ({}, {})


def test_what_cannot_be_put_back_is_told_and_the_race_stays():
    session = begin("descent", BEGUN)
    say(session, nesterov=True, momentum=0.9)
    before = session.state
    say(session, momentum=0.0)
    assert (session.state, session.problems.keys()) == (before, {"momentum"})
    say(session, nesterov=False)
    assert (session.state, session.problems) == (BEGUN, {})


def test_the_new_fields_of_another_choice_are_read_with_it():
    session = begin("descent", BEGUN)
    say(session, gamma=0.5, scheduler="StepLR", start_z=8.0, function="x + z")
    assert session.state.runner == Runner(lr=0.2, scheduler="StepLR", schedule=(("gamma", 0.5),))
    assert (session.state.race.start, session.problems) == ((3.0, 8.0), {})


def test_what_was_typed_goes_where_its_field_is_gone():
    session = begin("descent", BEGUN)
    say(session, start_y=None, start_x=None)
    assert session.problems.keys() == {"start_x", "start_y"}
    say(session, function="a^2 + b^2")
    assert (session.problems, session.pending) == ({}, {})
    say(session, function="x^2 + y^2")
    assert (session.problems, shown(session, "start_x", "start_y")) == ({}, (1.0, 1.0))


def test_what_was_typed_goes_where_something_else_was_chosen_for_its_field():
    session = begin("descent", BEGUN)
    say(session, start_y=None, lr=-1.0)
    session.note_act(lambda state: state.with_start((5.0, 6.0)))
    session.settle()
    assert (session.problems.keys(), shown(session, "start_x", "start_y", "lr")) == ({"lr"}, (5.0, 6.0, -1.0))


def test_what_is_wrong_with_a_button_is_told_under_its_name_until_the_next_change():
    session = begin("descent", BEGUN)

    def refuse(_state):
        raise InputError("no more of these")

    session.note_act(refuse, "data")
    session.settle()
    assert {name: str(one) for name, one in session.problems.items()} == {"data": "no more of these"}
    session.settle()
    assert session.problems.keys() == {"data"}
    say(session, steps=9)
    assert (session.problems, session.state.race.steps) == ({}, 9)


def test_fields_are_read_before_buttons_and_those_before_what_is_done_in_the_player():
    order = []
    lab = replace(begin("descent").lab, react=lambda *given: order.append(given[2].kind) or given[3])
    session = replace(begin("descent", BEGUN), lab=lab)
    session.note_act(lambda state: order.append(state.race.steps) or state)
    session.note_events([Event("pick", "contours", 0.0, 0.0), Event("more", "loss", 0.0, 0.0)])
    say(session, steps=33)
    assert order == [33, "pick", "more"]
    session.settle()
    assert len(order) == 3


def test_each_press_beside_a_number_is_told_by_itself_and_undone_by_itself():
    session = begin("descent", BEGUN)
    session.note_events([Event("step", field="descent-lr", by=by) for by in (-1, -1, 1, -1)])
    session.settle()
    assert session.state.race.runners[1].lr == 0.05  # from 0.2: 0.1, 0.05, 0.1, 0.05
    session.note_events([Event("undo")])
    session.settle()
    assert session.state.race.runners[1].lr == 0.1


@pytest.mark.parametrize("name", ["descent-start_x", "descent-function", "descent-nothing", "lr", ""])
def test_a_press_beside_what_has_no_steps_is_passed_over(name):
    session = begin("descent", BEGUN)
    session.note_events([Event("step", field=name, by=1)])
    session.settle()
    assert (session.state, session.problems) == (BEGUN, {})


def test_a_sentence_on_the_link_stays_until_something_changes():
    session = begin("descent", BEGUN)
    session.link_problem = "Ignored in this link: x=1."
    session.settle()
    say(session, steps=50)
    assert session.link_problem
    say(session, steps=51)
    assert not session.link_problem


# ---- Echoes: until the browser has heard that the page changed a field, it repeats the field's old value.


def test_an_old_value_that_a_browser_only_repeats_is_no_change():
    session = begin("descent", BEGUN)
    say(session, start_x=2.0)
    session.note_act(lambda state: state.with_start((5.0, 6.0)))
    session.settle()
    say(session, start_x=2.0, steps=9)
    assert (session.state.start, session.state.race.steps) == ((5.0, 6.0), 9)
    for name in ("start_x", "start_y"):
        session.give(field(session, name))
    say(session, steps=8)  # the browser has heard
    say(session, start_x=2.0, steps=7)
    assert (session.state.start, session.state.race.steps) == ((2.0, 6.0), 7)


def test_an_old_value_that_nothing_else_can_have_sent_is_a_change():
    session = begin("descent", BEGUN)
    say(session, start_x=2.0)
    session.note_act(lambda state: state.with_start((5.0, 6.0)))
    session.settle()
    say(session, start_x=2.0)
    assert session.state.start == (2.0, 6.0)


def move_right(session, **values):
    """Move the start by one in the player, in a message that says of the fields what the browser knows."""
    session.note_events([Event("nudge", "contours", 1.0)])
    say(session, **values)
    session.give(field(session, "start_x"))


@pytest.fixture
def movable():
    """A session whose start goes to the right with each event."""

    def react(_session, _view, event, state):
        return state.with_start((state.start[0] + event.x, state.start[1]))

    return replace(begin("descent", BEGUN), lab=replace(begin("descent").lab, react=react))


def test_a_browser_that_is_several_values_behind_only_repeats(movable):
    for start in (4.0, 5.0, 6.0, 7.0):
        move_right(movable, start_x=3.0)
        assert movable.state.start == (start, 4.0)
    move_right(movable, start_x=5.0)
    assert movable.state.start == (8.0, 4.0)


def test_a_text_that_could_not_be_used_is_no_change_when_it_is_repeated(movable):
    say(movable, start_x=None)
    move_right(movable, start_x=None)
    move_right(movable, start_x=None)
    assert (movable.state.start, movable.problems) == ((5.0, 4.0), {})


def test_a_run_that_no_browser_asked_for_does_not_say_that_it_has_heard(movable):
    move_right(movable)
    movable.settle()
    move_right(movable, start_x=3.0)
    assert movable.state.start == (5.0, 4.0)


# ---- The address.


def test_the_address_says_what_is_not_as_by_default_and_is_written_only_where_it_changes(address):
    session = begin("descent")
    session.follow_link()
    session.write_link()
    assert (address, address.writes) == ({}, 0)
    say(session, steps=9)
    session.write_link()
    session.write_link()
    assert (address, address.writes) == ({"steps": "9"}, 1)


def test_an_address_that_the_page_did_not_write_is_opened_and_what_was_typed_is_gone(address):
    session = begin("descent")
    session.follow_link()
    say(session, lr=-1.0)
    address.from_dict({"function": "x^4", "steps": "7"})
    session.follow_link()
    assert session.state == session.lab.read_link(address).state
    assert (session.problems, session.pending, session.link_problem) == ({}, {}, "")
    say(session, steps=8)
    session.write_link()
    back = {"function": "x^4", "steps": "7"}
    assert address == {"function": "x^4", "steps": "8"}
    address.from_dict(back)  # the browser's Back
    session.follow_link()
    assert session.state.race.steps == 7
    address.from_dict({})
    session.follow_link()
    assert session.state == session.lab.default


def test_an_address_that_is_partly_wrong_stays_until_something_is_changed(address):
    session = begin("descent")
    address.from_dict({"steps": "7", "lr": "fast"})
    session.follow_link()
    session.write_link()
    assert session.link_problem == "Ignored in this link: lr=fast ('fast' is no number)."
    assert (address, address.writes) == ({"steps": "7", "lr": "fast"}, 1)
    session.follow_link()
    say(session, noise=0.5)
    session.write_link()
    assert (session.link_problem, address) == ("", {"steps": "7", "noise": "0.5"})


def test_the_address_is_left_alone_before_it_was_read(address):
    address.update(lr="0.5")
    session = begin("descent")
    session.write_link()  # as where the server warms up, in somebody's first visit
    assert (address, address.writes) == ({"lr": "0.5"}, 0)


def test_the_address_is_left_alone_while_something_is_dragged(address):
    lab = replace(begin("descent").lab, react=lambda _session, _view, event, state: state.with_start((event.x, 1.0)))
    session = replace(begin("descent", BEGUN), lab=lab)
    session.follow_link()
    for x, moving, said in ((5.0, True, None), (6.0, True, None), (7.0, False, "7")):
        session.note_events([Event("pick", "contours", x, moving=moving)])
        session.settle()
        session.write_link()
        assert (session.state.start, address.get("start_x")) == ((x, 1.0), said)
    session.note_events([Event("pick", "contours", 8.0, moving=True)])
    session.settle()
    say(session, steps=9)  # whoever types has let go
    session.write_link()
    assert address["start_x"] == "8"


def test_who_comes_back_from_another_page_finds_the_page_as_it_was_left(address):
    descent, fit = begin("descent"), begin("fit")
    descent.follow_link()
    say(descent, steps=9)
    descent.write_link()
    address.from_dict({})  # a press on the other page's name
    fit.follow_link()
    assert fit.state == fit.lab.default
    fit.write_link()
    descent.follow_link()
    assert descent.state.race.steps == 9
    descent.write_link()
    assert address == {"steps": "9"}
    address.from_dict({})  # on the page itself: its default
    descent.follow_link()
    assert descent.state == descent.lab.default


def test_a_session_with_a_lab_is_begun_once():
    session = begin("descent").of(begin("descent").lab)
    assert session.state == session.lab.default
    assert session.of(session.lab) is session
    assert session.of(begin("fit").lab) is not session


# ---- What widgets are given.


def test_a_widget_is_given_what_the_state_says_or_what_was_typed():
    session = begin("descent", BEGUN)
    key = session.give(field(session, "lr"))
    assert (key, st.session_state[key]) == ("descent lr", "0.2")
    say(session, lr=-1.0)
    session.give(field(session, "lr"))
    assert st.session_state[key] == "-1"
    say(session, lr=0.4)
    session.note_act(lambda state: state.with_runner(Runner(lr=0.9)))
    session.settle()
    session.give(field(session, "lr"))
    assert st.session_state[key] == "0.9"


# ---- The start of its own.


def test_a_start_of_its_own_is_the_selected_runners_alone():
    runners = (Runner(), Runner(start=(5.0, 6.0)), Runner())
    session = begin("descent", RaceState(race=Race(Formula("x^2 + y^2"), (4.0, 0.0), runners), selected=2))
    say(session, own_start=True)
    say(session, **{name: VALUES[name] for name in ("start_x", "start_y", "optimizer", "lr", "betas_1")})
    race = session.state.race
    assert race.start == (4.0, 0.0)
    assert [runner.start for runner in race.runners] == [None, (5.0, 6.0), (1.5, -2.0)]
    assert race.runners[2] == replace(ADAM, start=(1.5, -2.0))
    say(session, own_start=False)
    assert [runner.start for runner in session.state.race.runners] == [None, (5.0, 6.0), None]
    assert shown(session, "start_x", "start_y") == session.state.race.start == (4.0, 0.0)
    say(session, start_x=1.0)
    assert session.state.race.start == (1.0, 0.0)


def test_the_fields_of_another_runner_show_what_that_one_has():
    session = begin("descent", BEGUN)
    say(session, runner=0)
    assert (session.state.selected, shown(session, "lr", "runner")) == (0, (0.01, 0))
    say(session, lr=0.7)
    assert [runner.lr for runner in session.state.race.runners] == [0.7, 0.2]
    say(session, runner=5)
    assert (session.state.selected, session.problems.keys()) == (0, {"runner"})


# ---- Fields of fits.

FIT = FitState(race=Race(Regression(), (0.0, 0.0), (Runner(),), 100))
FIT_VALUES = {
    "model": "b*x + a",
    "loss": "sse",
    "l1": 0.0,
    "l2": 0.25,
    "standardise": True,
    "start_a": 1.5,
    "start_b": -2.0,
    "steps": 50,
    "seed": 7,
    "tolerance": 1e-3,
    "lr": 0.5,
    "batch_size": 2,
}


def test_fields_make_a_race_of_a_fit():
    session = begin("fit", FIT)
    say(session, **FIT_VALUES)
    chosen = Regression("b*x + a", loss="sse", penalties=(("l2", 0.25),), standardise=True)
    assert (session.problems, session.pending) == ({}, {})
    runner = Runner("SGD", 0.5, batch_size=2)
    assert session.state.race == Race(chosen, (-2.0, 1.5), (runner,), 50, seed=7, tolerance=1e-3)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"model": "a*"}, {"model"}),
        ({"model": ""}, {"model"}),
        ({"model": "a b c d f g h k l x"}, {"model"}),
        ({"loss": "bce"}, {"loss"}),
        ({"l1": None}, {"l1"}),
        ({"l2": -1.0}, {"l2"}),
        ({"start_a": None}, {"start_a"}),
        ({"batch_size": None}, {"batch_size"}),
        ({"batch_size": 1.5}, {"batch_size"}),
        ({"batch_size": -1}, {"batch_size"}),
        ({"batch_size": 9}, {"batch_size"}),
        ({"model": "(", "lr": None, "batch_size": None, "steps": 0}, {"model", "steps", "lr", "batch_size"}),
    ],
    ids=lambda one: str(sorted(one) if isinstance(one, set) else one),
)
def test_each_problem_of_a_fits_fields_is_told_at_its_field_and_the_others_are_still_read(change, wrong):
    session = begin("fit", FIT)
    say(session, **(FIT_VALUES | change))
    assert session.problems.keys() == wrong
    for name, value in FIT_VALUES.items():
        assert shown(session, name) == (FIT_VALUES | change)[name]
        if name not in wrong:
            assert field(session, name).get(session.state) == value, name
        else:
            assert field(session, name).get(session.state) == field(session, name).get(FIT), name


def test_equal_x_cannot_be_standardised_and_the_switch_says_why():
    points = Points((1.0, 1.0), (2.0, 3.0))
    session = begin("fit", FIT.with_points(points))
    say(session, standardise=True, lr=0.5)
    assert session.problems.keys() == {"standardise"}
    assert (session.state.regression, session.state.runner.lr) == (Regression(points=points), 0.5)
    session.note_act(lambda state: state.with_points(DATASETS["Tutorial"].points))
    session.settle()
    assert (session.state.regression, session.problems) == (Regression(standardise=True), {})


def test_an_optimizer_of_sums_of_squares_and_another_loss_refuse_each_other_at_the_field_that_comes_last():
    session = begin("fit", FIT)
    say(session, optimizer="LevenbergMarquardt")
    say(session, loss="mae")
    assert (session.problems.keys(), session.state.regression.loss) == ({"loss"}, "mse")
    session = begin("fit", FIT)
    say(session, loss="mae")
    say(session, optimizer="LevenbergMarquardt")
    assert (session.problems.keys(), session.state.runner.optimizer) == ({"optimizer"}, "SGD")
    say(session, loss="sse")
    assert (session.problems, session.state.runner.optimizer) == ({}, "LevenbergMarquardt")


# ---- Fields of the gradient's page.


def test_vectors_of_a_new_length_are_put_together():
    session = begin("gradient")
    say(session, function="dot(x, y)")
    say(session, start_x="[1, 2]", start_y="[3, 4]")
    assert session.state.probe.point == ((1.0, 2.0), (3.0, 4.0))
    say(session, start_x="[1, 2, 3]")
    assert session.problems.keys() == {"start_x"}
    assert session.state.probe.point == ((1.0, 2.0), (3.0, 4.0))
    say(session, start_y="[4, 5, 6]")
    assert (session.problems, session.pending) == ({}, {})
    assert session.state.probe.point == ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))


def test_what_was_typed_for_variables_that_are_gone_is_gone():
    session = begin("gradient")
    say(session, function="x*y*z")
    say(session, start_y="[1", start_z="no", start_x="2")
    assert session.problems.keys() == {"start_y", "start_z"}
    say(session, function="x**3")
    assert (session.state.probe.text, session.state.probe.point) == ("x**3", ((2.0,),))
    assert (session.problems, session.pending) == ({}, {})


def test_a_panel_that_is_looked_at_changes_nothing_but_that_it_is_made():
    session = begin("descent", BEGUN)
    say(session, lr=-1.0)
    before, wrong = session.state, str(session.problems)
    session.view = session.lab.view(session)
    session.note_events([Event("see", "curvature"), Event("see", "what a stranger sends")])
    session.settle()
    assert (session.seen, session.state, str(session.problems)) == ({"curvature"}, before, wrong)
    assert not session.history.past


@pytest.mark.faulty
@pytest.mark.parametrize("part", ["_jacobian_rows", "_jacobian_columns"])
def test_what_cannot_be_made_when_it_is_looked_at_is_told_and_all_else_stays(monkeypatch, part):
    def fail(*_):
        raise RuntimeError("a fault")

    session = begin("fit", LABS["fit"].default)
    session.view = page._view(session.lab, session)
    monkeypatch.setattr(tables, part, fail)
    VIEWS.clear()
    session.note_events([Event("see", "residuals"), Event("see", "jacobian")])
    session.settle()
    view = page._view(session.lab, session)
    assert str(session.problems[PLAYER]) == page.FAULT
    assert (session.state, session.seen) == (LABS["fit"].default, set())
    assert [one.name for one in view.panels] == [one.name for one in session.view.panels]
