"""What the lab of gradients shows of a state: its pictures, and its sentences."""

import json
from functools import partial

import numpy as np
import pytest

from playground.analysis.probe import Probe
from playground.analysis.training_loop import run_loop
from playground.figures import traces
from playground.labs.gradient import loop as gradient_loop
from playground.labs.gradient.state import EXAMPLES, SUBJECTS, VIEWS, GradientState, named_probe
from playground.labs.gradient.view import view_of
from playground.player import Panel
from playground.player.encode import Once, encode_panel


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", [*EXAMPLES, "Rosenbrock", "Powell's singular function", "|x| + |y|"])
def test_plotly_knows_all_that_is_in_the_pictures_and_the_columns_are_of_one_length(view, name):
    assert traces.VALIDATE
    probe = named_probe(name)
    subjects = SUBJECTS if view == "Loop" and probe.function else SUBJECTS[:1]
    for subject in subjects:
        shown = view_of(GradientState(probe=probe, view=view, subject=subject, epochs=3))
        lengths = {len(np.ravel(values)) for values in shown.columns.values()}
        assert len(lengths) == 1
        for panel in shown.panels:
            assert panel.description
            if isinstance(panel, Panel):
                json.dumps(encode_panel(panel, {}, Once()), allow_nan=False)  # a browser reads no Infinity


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("1e308*sin(x)", ((1.0,),)),
        ("1.7e308*x + y", ((1.0,), (1.0,))),
        ("sinh(x)", ((507.0,),)),
        ("x**2", ((1e100,),)),
        ("x*y", ((1e100,), (-1e100,))),
        ("ln(x) + y", ((-1.0,), (0.0,))),
        ("exp(exp(exp(exp(x))))", ((1.0,),)),
        ("x*1e308", ((100.0,),)),
    ],
)
@pytest.mark.parametrize("view", VIEWS)
def test_what_is_beyond_the_numbers_is_drawn_as_far_as_it_goes(text, point, view):
    shown = view_of(GradientState(probe=Probe(text, point), view=view, subject=SUBJECTS[1], lr=10.0, epochs=300))
    for panel in shown.panels:
        if isinstance(panel, Panel):
            json.dumps(encode_panel(panel, {}, Once()), allow_nan=False)


def test_a_loop_that_falls_for_ever_is_shown_and_said_in_few_digits():
    probe = Probe("-x**2 - y**2", ((1.0,), (1.0,)))
    shown = view_of(GradientState(probe=probe, view="Loop", subject=SUBJECTS[1], lr=10.0, epochs=300))
    assert len(shown.status) < 160
    assert "try a smaller rate" in shown.status
    assert "After 300 epochs" in shown.status


def test_a_loop_that_was_cut_short_says_so(monkeypatch):
    monkeypatch.setattr(gradient_loop, "run_loop", partial(run_loop, seconds=0.0))
    shown = view_of(GradientState(probe=named_probe("Rosenbrock"), view="Loop"))
    assert "Stopped, since it took too long" in shown.status


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("x**3", 2.0, "agree to"),
        ("sin(1e8*x)", 1.0, "differ by"),
        ("abs(x - 1e-7)", 0.0, "differ by"),
        ("1e12*x**3", 1.0, "agree to"),
    ],
)
def test_the_three_gradients_are_said_to_agree_only_where_they_do(text, at, words):
    assert words in view_of(GradientState(probe=Probe(text, ((at,),)))).status


def test_where_torch_leaves_no_gradient_none_is_shown():
    probe = Probe("y + where(x > 0, 1, 2)", ((3.0,), (1.0,)))
    shown = view_of(GradientState(probe=probe))
    said = json.dumps(shown.readouts, default=str)
    assert "x.grad = None" in said
    assert "y.grad = [1.]" in said
    refused = view_of(GradientState(probe=Probe("where(x > 0, 1, 2)", ((3.0,),))))
    assert "does not require grad" in refused.status
    assert refused.alarming
