"""A step that is a loop of its own ends, too."""

import itertools
from types import SimpleNamespace

import pytest

from playground import Descent, Function
from playground.engine import descent


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A second passes whenever somebody looks."""
    ticks = itertools.count()
    monkeypatch.setattr(descent, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))


def slow_run(deadline):
    run = Descent(Function("(1-x)^2 + 100(y-x^2)^2"), [-1.0, 2.0], "LBFGS", lr=1e-3, max_iter=1000)
    return run, run.run(3, deadline)


def test_a_step_of_a_thousand_gradients_is_given_up_a_while_after_the_deadline():
    run, shown = slow_run(0.5)
    assert shown.outcome.name == "STOPPED"
    assert "one step takes more than 4 seconds" in shown.outcome.message
    assert shown.steps == 0
    assert shown.parameters[-1].tolist() == [-1.0, 2.0]
    assert not run.can_step


def test_without_a_deadline_it_takes_the_time_that_it_takes():
    _, shown = slow_run(None)
    assert shown.steps == 3
