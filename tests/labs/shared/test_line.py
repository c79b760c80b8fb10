"""A line of threads: one at a time, in the order in which they came."""

import threading
import time

from playground.labs.shared.line import LINE, Line
from playground.labs.shared.turns import Turns

SOON = 10.0


def wait_until_waiting(line: Line, count: int) -> None:
    ends = time.monotonic() + SOON
    while len(line._waiting) < count:
        assert time.monotonic() < ends
        time.sleep(0.001)


def in_order(line: Line, told: list[str], names: str) -> list[threading.Thread]:
    """Threads that wait for their turns, in this order, and tell when they have them."""

    def work(name: str) -> None:
        with line.turn():
            told.append(name)

    threads = []
    for name in names:
        before = len(line._waiting)
        threads.append(threading.Thread(target=work, args=(name,)))
        threads[-1].start()
        wait_until_waiting(line, before + 1)
    return threads


def test_first_come_first_served():
    line, told = Line(), []
    with line.turn():
        threads = in_order(line, told, "abcd")
        assert told == []
    for thread in threads:
        thread.join(SOON)
    assert told == [*"abcd"]


def test_long_work_lets_all_others_in_and_goes_on():
    line, told = Line(), []
    with line.turn():
        threads = in_order(line, told, "ab")
        line.let_others()
        told.append("own")
    for thread in threads:
        thread.join(SOON)
    assert told == ["a", "b", "own"]


def test_without_a_turn_nobody_is_let_in():
    line, told = Line(), []
    line.let_others()
    with line.turn():
        (waiting,) = in_order(line, told, "a")
        other = threading.Thread(target=line.let_others)
        other.start()
        other.join(SOON)
        assert told == []
    waiting.join(SOON)
    assert told == ["a"]


def test_a_turn_ends_with_an_error():
    line = Line()
    for _ in range(2):
        try:
            with line.turn():
                raise ValueError
        except ValueError:
            pass
    assert line._whose is None


def test_nobody_waits_for_ever(monkeypatch):
    monkeypatch.setattr("playground.labs.shared.line.PATIENCE", 0.05)
    line, told = Line(), []
    with line.turn():
        for thread in in_order(line, told, "a"):
            thread.join(SOON)
        assert told == ["a"]
        assert not line._waiting
    with line.turn():
        told.append("own")
    assert told == ["a", "own"]


def test_who_waits_for_heavy_work_holds_nobody_up():
    """One does heavy work and lets others in; who wants heavy work too waits without a turn, and the third has it."""
    line, turns, told = LINE, Turns(), []
    begun, go = threading.Event(), threading.Event()

    def heavy(name: str, wait: bool) -> None:
        with line.turn(), turns.take(lambda _: None):
            if wait:
                begun.set()
                assert go.wait(SOON)
            told.append(name)

    def light() -> None:
        with line.turn():
            told.append("light")

    threads = [threading.Thread(target=heavy, args=("first", True))]
    threads[0].start()
    assert begun.wait(SOON)
    threads.append(threading.Thread(target=heavy, args=("second", False)))
    threads[1].start()
    ends = time.monotonic() + SOON
    while len(turns._line) < 2:
        assert time.monotonic() < ends
        time.sleep(0.001)
    other = threading.Thread(target=light)
    other.start()
    other.join(SOON)
    assert told == ["light"]
    go.set()
    for thread in threads:
        thread.join(SOON)
    assert told == ["light", "first", "second"]
