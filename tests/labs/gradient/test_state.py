"""What a person chose on the page of gradients, its fields and its link."""

from dataclasses import replace

import pytest

from playground import PRESETS, Fit, Function, InputError
from playground.analysis.probe import Probe
from playground.labs.fit.problem import TUTORIAL_START
from playground.labs.gradient.lab import LAB
from playground.labs.gradient.state import (
    DEFAULT,
    EXAMPLE,
    EXAMPLES,
    FUNCTION,
    SUBJECTS,
    VECTOR,
    VIEW,
    GradientState,
    blank,
    example_of,
    fields,
    named_probe,
    put_together,
    shows,
    start_fields,
)

LONG = " + ".join(f"sin({i}*x)" for i in range(60))
"""Too long for a graph that can be read."""


def put(state, **values):
    """The state with other choices, one after the other."""
    for name, value in values.items():
        state = next(one for one in fields(state) if one.name == name).with_choice(state, value)
    return state


# ---- Examples.


def test_each_example_makes_a_probe_and_is_known_again():
    for name in [*EXAMPLES, *PRESETS]:
        probe = named_probe(name)
        assert named_probe(example_of(probe)) == probe, name
        assert shows(name)
        state = EXAMPLE.with_choice(DEFAULT, name)
        assert state == GradientState(probe=probe)
        assert LAB.read_link(LAB.write_link(state)) == (state, "")


def test_another_point_is_no_example():
    assert example_of(Probe("x**2", ((3.5,),))) is None
    assert EXAMPLE.get(put(DEFAULT, start_x="4")) is None
    assert EXAMPLE.with_choice(DEFAULT, None) == DEFAULT


# ---- States.


def test_the_loop_goes_down_the_tutorials_data_or_the_function():
    state = replace(DEFAULT, probe=Probe("x*y", ((2.0,), (3.0,))))
    assert isinstance(state.objective, Fit)
    assert (state.is_on_data, state.start) == (True, tuple(TUTORIAL_START.values()))
    on_function = replace(state, subject=SUBJECTS[1])
    assert isinstance(on_function.objective, Function)
    assert (on_function.is_on_data, on_function.start) == (False, (2.0, 3.0))


@pytest.mark.parametrize(
    ("probe", "choices", "part"),
    [
        (Probe("x**2", ((1.0, 2.0),)), {"view": "Loop", "subject": SUBJECTS[1]}, "wrap it in sum"),
        (Probe(LONG, ((1.0,),)), {"view": "Graph"}, "the graph has 240 nodes"),
        (Probe(LONG, ((1.0, 2.0),)), {"view": "Gradient"}, "the graph has 240 nodes"),
        (Probe(LONG, ((1.0, 2.0),)), {"view": "Loop"}, "the graph has 240 nodes"),
    ],
    ids=str,
)
def test_a_function_that_cannot_be_shown_so_is_refused_at_the_function(probe, choices, part):
    with pytest.raises(InputError, match=part) as error:
        GradientState(probe=probe, **choices)
    assert error.value.field == "function"


@pytest.mark.parametrize("view", ["Gradient", "Loop"])
def test_a_component_and_a_variable_of_one_name_are_refused_at_the_function(view):
    with pytest.raises(InputError, match="names both a component") as error:
        GradientState(probe=Probe("sum(x**2)*x1", ((1.0, 2.0), (3.0,))), view=view, subject=SUBJECTS[1])
    assert error.value.field == "function"


# ---- Fields.


def test_another_function_is_at_the_same_point_as_far_as_it_has_one():
    state = put(DEFAULT, function="x*y*z", start_x="2", start_y="3")
    assert state.probe == Probe("x*y*z", ((2.0,), (3.0,), (1.0,)))
    assert put(state, function="z - y").probe.point == ((1.0,), (3.0,))
    vector = put(DEFAULT, start_x="[1, 2, 3]")
    assert put(vector, function="sum(x**4)").probe.point == ((1.0, 2.0, 3.0),)
    assert put(vector, function="x[4]**2").probe.point == ((1.0,) * 5,)
    # Of other lengths than fit together: begun anew.
    assert put(put(vector, function="sum(x)*y"), start_y="[1, 2]", function="dot(x, y)").probe.point == ((1.0,), (1.0,))


def test_a_function_that_is_none_is_refused_with_its_column():
    with pytest.raises(InputError, match="missing") as error:
        put(DEFAULT, function="x*")
    assert (error.value.field, error.value.column) == ("function", 3)
    for text in ("", "3", "x[-1]"):
        with pytest.raises(InputError) as error:
            put(DEFAULT, function=text)
        assert error.value.field == "function"


def test_a_point_may_be_typed_in_several_ways_and_is_shown_in_one():
    for text, point, shown in (
        ("3", (3.0,), "3"),
        ("[1, 2.5]", (1.0, 2.5), "[1, 2.5]"),
        ("x = 1, 2", (1.0, 2.0), "[1, 2]"),
    ):
        state = put(DEFAULT, start_x=text)
        assert state.probe.point == (point,)
        assert start_fields(state)[0].get(state) == shown
    for wrong in ("", "abc", "[1", "1e101", "[]", "nan"):
        with pytest.raises(InputError) as error:
            put(DEFAULT, start_x=wrong)
        assert error.value.field == "start_x"


@pytest.mark.parametrize(
    ("text", "number", "vector"),
    [
        ("0,5", "0.5", "[0, 5]"),
        ("1,234", "1.234", "[1, 234]"),
        ("1.234,5", "1234.5", "[1.234, 5]"),
        ("1,234.5", "1234.5", "[1, 234.5]"),
        ("1,200,300", "1200300", "[1, 200, 300]"),
    ],
)
def test_a_comma_that_may_part_components_or_belong_to_a_number_is_asked_about(text, number, vector):
    with pytest.raises(InputError) as error:
        put(DEFAULT, start_x=text)
    assert number in str(error.value)
    assert vector in str(error.value)
    assert error.value.field == "start_x"


@pytest.mark.parametrize("text", ["1, 2, 3", "1.5,2.5", "[0,5]", "[1.234,5]", "(1,234)"])
def test_what_can_only_be_a_vector_is_one(text):
    assert len(put(DEFAULT, start_x=text).probe.point[0]) > 1


def test_points_of_a_new_length_are_put_together_and_the_rest_stays():
    state = put(DEFAULT, function="dot(x, y)", view="Graph")
    state = put_together(state, {"start_x": "[1, 2]", "start_y": "[3, 4]", "lr": -1.0})
    assert (state.probe.point, state.view) == (((1.0, 2.0), (3.0, 4.0)), "Graph")
    with pytest.raises(InputError):
        put_together(state, {"start_x": "[1, 2, 3]"})


def test_a_vector_goes_where_it_does_not_fit_any_more():
    state = put(DEFAULT, start_x="[1, 2, 3]", vector="[1, 0, 2]")
    assert (state.probe.vector, VECTOR.get(state)) == ((1.0, 0.0, 2.0), "[1, 0, 2]")
    assert put(state, function="x**3").probe.vector == (1.0, 0.0, 2.0)
    assert put(state, function="sum(x)").probe.vector == ()
    assert put(state, vector=" ").probe.vector == ()
    assert put_together(state, {"start_x": "[3, 2, 1]"}).probe.vector == (1.0, 0.0, 2.0)
    assert put_together(state, {"start_x": "[3, 2]"}).probe.vector == ()
    with pytest.raises(InputError) as error:
        put(state, vector="[1, 2]")
    assert error.value.field == "vector"


def test_a_held_frame_ends_with_a_function_or_a_point_that_is_typed():
    held = replace(DEFAULT, frame=((0.0, 5.0),))
    for change in ({"function": "x**3"}, {"start_x": "2"}, {"example": "Double well"}):
        assert put(held, **change).frame is None
    for change in ({"view": "Graph"}, {"lr": 0.5}, {"epochs": 3}, {"recorded_update": True}):
        assert put(held, **change).frame == ((0.0, 5.0),)


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("lr", None, "Learning rate is empty"),
        ("lr", -1.0, "-1"),
        ("lr", 0.0, "nothing would move"),
        ("epochs", None, "Epochs is empty"),
        ("epochs", 0, "whole number from 1"),
        ("epochs", 2.5, "not 2.5"),
        ("view", "Nonsense", "choose one of Gradient, Graph, Loop"),
        ("subject", "Nonsense", "choose one of Tutorial's data, Function"),
    ],
)
def test_what_a_field_says_wrongly_is_told_at_its_field(name, value, part):
    with pytest.raises(InputError, match=part) as error:
        put(DEFAULT, **{name: value})
    assert error.value.field == name


def test_a_view_that_a_function_cannot_have_is_told_at_the_view():
    state = put(DEFAULT, function=LONG)
    with pytest.raises(InputError, match="the graph has 240 nodes") as error:
        VIEW.with_choice(state, "Graph")
    assert error.value.field == "view"
    with pytest.raises(InputError) as error:
        FUNCTION.with_choice(put(DEFAULT, view="Graph"), LONG)
    assert error.value.field == "function"


# ---- The link.


def test_a_link_says_only_what_is_not_as_by_default():
    assert LAB.write_link(DEFAULT) == {}
    assert LAB.write_link(put(DEFAULT, start_x="[1, 2.5]")) == {"start_x": "[1, 2.5]"}
    state = put(DEFAULT, function="x*y", start_y="2", view="Loop", lr=0.5, epochs=7, no_zero=True, style="torch.optim")
    said = {"function": "x*y", "start_x": "3", "start_y": "2"}
    assert LAB.write_link(state) == said | {"view": "Loop", "lr": "0.5", "epochs": "7", "no_zero": "true"} | {
        "style": "torch.optim"
    }
    assert LAB.write_link(blank(state)) == {"function": "x*y"}
    assert LAB.write_link(replace(DEFAULT, frame=((-1.0, 3.5),))) == {"frame": "-1;3.5"}


def test_a_link_of_another_function_begins_where_every_component_is_one():
    looped = put(DEFAULT, view="Loop", lr=0.5, recorded_update=True)
    link = replace(LAB, default=looped).read_link({"function": "x[1]*y", "start_y": "4"})
    assert link == (GradientState(probe=Probe("x[1]*y", ((1.0, 1.0), (4.0,)))), "")
    assert replace(LAB, default=looped).read_link({"function": "x**2", "start_x": "4"}).state == put(
        looped, start_x="4"
    )


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ({"function": "x*", "start_x": "2"}, ["function=x*", "missing"]),
        ({"function": "x*y", "start_x": "[1"}, ["start_x=[1", "never closed"]),
        (
            {"function": "sum(x**2)*x1", "start_x": "[1, 2]", "view": "Loop", "subject": "Function"},
            ["both a component"],
        ),
        ({"view": "Nonsense"}, ["view=Nonsense", "choose one of Gradient, Graph, Loop"]),
        ({"subject": "Nonsense"}, ["subject=Nonsense"]),
        ({"lr": "abc"}, ["lr=abc", "no number"]),
        ({"lr": "-1"}, ["lr=-1"]),
        ({"epochs": "0"}, ["epochs=0"]),
        ({"epochs": "1e9"}, ["epochs=1e9"]),
        ({"epochs": "2.5"}, ["epochs=2.5"]),
        ({"zero_grad": "perhaps"}, ["zero_grad=perhaps", "neither true nor false"]),
        ({"function": "x**2", "start_x": "[1, 2]", "view": "Loop", "subject": "Function"}, ["view=Loop", "sum"]),
        ({"function": "y*z", "lr": "abc", "epochs": "-3"}, ["lr=abc", "epochs=-3"]),
        ({"frame": "1"}, ["frame=1"]),
        ({"frame": "3;1"}, ["frame=3;1"]),
        ({"frame": "0;1;2;3"}, ["frame=0;1;2;3"]),
        ({"frame": "0;nan"}, ["frame=0;nan"]),
        ({"function": "x*y", "frame": "0;1"}, ["frame=0;1"]),
    ],
    ids=str,
)
def test_what_a_link_says_wrongly_is_named_and_is_as_by_default(said, parts):
    link = LAB.read_link(said)
    assert link.problem.startswith("Ignored in this link: ")
    for part in parts:
        assert part in link.problem
    assert "\n" not in link.problem
    assert LAB.read_link(LAB.write_link(link.state)) == (link.state, "")


@pytest.mark.parametrize(
    ("wrong", "kept"),
    [
        ({"vector": "[1, 2]"}, {"function": "x**2", "start_x": "[1, 2, 3]"}),
        ({"start_y": "abc"}, {"function": "x**2*y", "start_x": "[1, 2, 3]"}),
        ({"start_y": "[1, 2]"}, {"function": "x**2*y", "start_x": "[1, 2, 3]"}),
        ({"view": "Graph"}, {"function": LONG, "start_x": "2"}),
        ({"lr": "-1", "epochs": "0"}, {"function": "sum(x**2)", "start_x": "[1, 2, 3]", "assigned": "true"}),
        ({"function": "x*"}, {"lr": "0.5", "view": "Loop"}),
    ],
    ids=str,
)
def test_what_a_link_says_rightly_stands_beside_what_it_says_wrongly(wrong, kept):
    link = LAB.read_link(kept | wrong)
    for name in wrong:
        assert f"{name}={wrong[name]} (" in link.problem
    for name in kept:
        assert f"{name}=" not in link.problem
    assert {one.name: one.text(link.state) for one in fields(link.state) if one.name in kept} == kept


def test_several_points_of_one_length_are_read_together():
    link = LAB.read_link({"function": "dot(x, y)", "start_x": "[1, 2]", "start_y": "[3, 4]"})
    assert (link.state.probe.point, link.problem) == (((1.0, 2.0), (3.0, 4.0)), "")


def test_reading_ends_where_a_variable_is_named_like_a_key():
    for said in ({"start_x": "1e999", "x": "1"}, {"start_x": "[1", "vector": "[2, 3]", "lr": "-1", "function": "x**2"}):
        link = LAB.read_link(said)
        assert link.state == DEFAULT
        for name in {*said} - {"x", "function"}:
            assert f"{name}=" in link.problem
