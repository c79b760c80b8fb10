"""What took long is logged with what was asked for, so that it can be looked into: shortened, nobody's data whole."""

import logging
from types import SimpleNamespace

import pytest

from playground.labs.shared import page
from playground.labs.shared.limits import LONG_SECONDS, MOST_LOGGED
from tests.labs.driver import open_lab

POINTS = ";".join(f"{x},{3 * x}" for x in range(100))


@pytest.fixture
def logged(caplog, monkeypatch):
    """What is logged of a page that takes so many seconds, a part of them its own."""

    def log(seconds: float, own: float, **query: str) -> list[str]:
        passed, worked = iter([0, 0, 0, seconds]), iter([0, 0, 0, own])
        clocks = {"monotonic": lambda: next(passed), "thread_time": lambda: next(worked), "sleep": lambda _: None}
        monkeypatch.setattr(page, "time", SimpleNamespace(**clocks))
        with caplog.at_level(logging.WARNING, logger=page.__name__):
            open_lab("fit", **query)
        return [one.getMessage() for one in caplog.records if one.name == page.__name__]

    return log


def test_what_takes_long_is_logged_with_what_was_asked_for(logged):
    (said,) = logged(LONG_SECONDS + 0.1, 0.4, model="a*x + b", lr="0.03")
    assert said.startswith("The lab fit took 1.1 s, 0.4 s of them its own work, for {")
    assert "'runner_1': 'SGD,lr=0.03'" in said


def test_what_does_not_is_not(logged):
    assert logged(LONG_SECONDS - 0.1, 0.9) == []


def test_nobody_s_data_are_logged_whole(logged):
    (said,) = logged(9, 9, points=POINTS)
    assert POINTS[:MOST_LOGGED] + "…" in said
    assert POINTS[: MOST_LOGGED + 1] not in said


def test_what_fails_after_long_is_logged_too(logged, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(page, "_run", fail)
    (said,) = logged(9, 9)
    assert "took 9.0 s" in said
