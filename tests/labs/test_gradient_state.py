"""What a person chose on the page of gradients, and its link."""

from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from playground.labs.gradient.scenario import GradientScenario, from_link, read_scenario, to_fields, to_link

from playground import PRESETS
from playground.analysis.gradient_check import FARTHEST
from playground.analysis.loop_program import MAX_EPOCHS, Switches
from playground.analysis.probe import Probe
from playground.labs.descent.lab import FIRST
from playground.labs.gradient.state import EXAMPLES, SUBJECTS, VIEWS, example_of, named_probe, shows

numbers = st.floats(-FARTHEST, FARTHEST)
vectors = st.lists(numbers, min_size=1, max_size=5).map(tuple)


@st.composite
def scenarios(draw):
    """Of a number or a vector, in every view."""
    probe = draw(
        st.builds(lambda x, y: Probe("x*y + sin(x)", ((x,), (y,))), numbers, numbers)
        | st.builds(lambda x: Probe("sum(x**2)", (x,)), vectors)
        | st.integers(2, 4).flatmap(
            lambda n: st.builds(
                lambda x, v: Probe("3x", (tuple(x),), tuple(v)),
                st.lists(numbers, min_size=n, max_size=n),
                st.lists(numbers, min_size=n, max_size=n) | st.just([]),
            )
        )
    )
    views = VIEWS if len(probe.value) == 1 else VIEWS[:2]
    return GradientScenario(
        probe,
        draw(st.sampled_from(views)),
        draw(st.sampled_from(SUBJECTS)),
        draw(st.floats(1e-9, 1e6)),
        draw(st.integers(1, MAX_EPOCHS)),
        draw(st.builds(Switches, *[st.booleans()] * len(fields(Switches)))),
    )


@given(scenarios())
def test_a_scenario_is_read_from_its_own_fields_and_its_own_link(scenario):
    assert read_scenario(to_fields(scenario)) == (scenario, {})
    said = to_link(scenario)
    assert all(isinstance(text, str) for text in said.values())
    assert from_link(said) == (scenario, "")


def test_a_link_leaves_out_what_is_usual():
    assert to_link(FIRST) == {"function": "x**2", "start_x": "3"}
    assert from_link({}) == (FIRST, "")


@pytest.mark.parametrize("name", [*EXAMPLES, *PRESETS])
def test_each_example_makes_a_probe_and_is_known_again(name):
    probe = named_probe(name)
    found = example_of(probe)
    assert named_probe(found) == probe
    assert shows(name)
    assert read_scenario(to_fields(GradientScenario(probe))).scenario is not None


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ({"function": "x*", "start_x": "2"}, ["function=x*", "missing"]),
        ({"function": "x*y", "start_x": "[1"}, ["start_x=[1", "never closed"]),
        ({"view": "Nonsense"}, ["view=Nonsense"]),
        ({"lr": "abc"}, ["lr=abc", "no number"]),
        ({"lr": "-1"}, ["lr=-1"]),
        ({"epochs": "0"}, ["epochs=0"]),
        ({"epochs": "1e9"}, ["epochs=1e9"]),
        ({"epochs": "2.5"}, ["epochs=2.5"]),
        ({"zero_grad": "perhaps"}, ["zero_grad=perhaps", "true or false"]),
        ({"function": "x**2", "start_x": "[1, 2]", "view": "Loop", "subject": "Function"}, ["sum"]),
        ({"function": "y*z", "lr": "abc", "epochs": "-3"}, ["lr=abc", "epochs=-3"]),
    ],
)
def test_what_a_link_says_wrongly_is_named_and_is_as_usual(said, parts):
    link = from_link(said)
    for part in parts:
        assert part in link.problem
    assert "\\n" not in link.problem
    assert read_scenario(to_fields(link.scenario)).scenario == link.scenario


@pytest.mark.parametrize(
    ("wrong", "kept"),
    [
        ({"vector": "[1, 2]"}, {"function": "x**2", "start_x": "[1, 2, 3]"}),
        ({"start_y": "abc"}, {"function": "x**2*y", "start_x": "[1, 2, 3]"}),
        ({"start_x": "[1, 2, 3]", "start_y": "[1, 2]"}, {"function": "x**2*y"}),
        ({"view": "Graph"}, {"function": " + ".join(f"sin({i}*x)" for i in range(60)), "start_x": "2"}),
        ({"lr": "-1", "epochs": "0"}, {"function": "sum(x**2)", "start_x": "[1, 2, 3]", "no_grad": "false"}),
    ],
)
def test_what_a_link_says_rightly_stands_beside_what_it_says_wrongly(wrong, kept):
    link = from_link(kept | wrong)
    assert link.problem
    said = to_link(link.scenario)
    assert {name: said[name] for name in kept} == kept


@given(st.dictionaries(st.sampled_from([*to_fields(FIRST), "start_y", "x", "utm"]), st.text(max_size=30)))
@example({"start_x": "1e999", "x": "1"})  # a problem named like a key of the link made this go on for ever
@example({"start_x": "[1", "vector": "2", "lr": "-1", "function": "x**2"})
def test_any_link_opens(said):
    link = from_link(said)
    assert read_scenario(to_fields(link.scenario)) == (link.scenario, {})


@pytest.mark.parametrize("view", ["Gradient", "Loop"])
def test_a_component_and_a_variable_of_one_name_are_refused_at_the_function(view):
    said = {"function": "sum(x**2)*x1", "start_x": "[1, 2]", "start_x1": "3", "view": view, "subject": "Function"}
    found = read_scenario(said)
    assert found.scenario is None
    assert "names both a component" in str(found.problems["function"])
