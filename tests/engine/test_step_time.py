"""A step that is a loop of its own ends, too."""

import itertools
import threading
import time

import pytest

from playground import Descent, Function


@pytest.fixture
def slow_run():
    """Runs of three steps of a thousand gradients each, where a second passes whenever somebody looks."""
    ticks = itertools.count()

    def run(deadline):
        run = Descent(Function("(1-x)^2 + 100(y-x^2)^2"), [-1.0, 2.0], "LBFGS", lr=1e-3, max_iter=1000)
        return run, run.run(3, deadline, lambda: float(next(ticks)))

    return run


def test_a_step_of_a_thousand_gradients_is_given_up_a_while_after_the_deadline(slow_run):
    run, shown = slow_run(0.5)
    assert shown.outcome.name == "STOPPED"
    assert "one step takes more than 4 seconds" in shown.outcome.message
    assert shown.steps == 0
    assert shown.parameters[-1].tolist() == [-1.0, 2.0]
    assert not run.can_step


def test_without_a_deadline_it_takes_the_time_that_it_takes(slow_run):
    _, shown = slow_run(None)
    assert shown.steps == 3


def test_of_processor_time_the_work_of_other_threads_takes_none(monkeypatch):
    """While others keep the processor a run waits; by its thread's own time it gets as far as without them."""
    run = Descent(Function("x^2"), [1.0], "SGD", lr=0.1)
    waited, step = threading.Event(), run.step

    def step_slowly():
        waited.wait(0.02)  # nobody sets it
        return step()

    monkeypatch.setattr(run, "step", step_slowly)
    shown = run.run(30, time.thread_time() + 0.3, time.thread_time)
    assert (shown.steps, shown.outcome.name) == (30, "FINISHED")
    assert run.run(30, time.monotonic() + 0.3).outcome.name == "OUT_OF_TIME"
