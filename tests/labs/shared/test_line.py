"""A line of threads: one at a time, in the order in which they came."""

import threading
import time
from dataclasses import replace

from playground.labs import LABS
from playground.labs.shared.line import LINE, Line
from playground.labs.shared.race import runs
from playground.labs.shared.race.runs import TURN

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
        assert line.let_others() > 0
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


def test_no_time_counts_against_a_run_in_which_others_had_their_turn(monkeypatch):
    monkeypatch.setattr(runs, "RUN_SECONDS", 1.0)
    race = replace(LABS["descent"].default.race, steps=TURN + 50)
    with LINE.turn():
        other = threading.Thread(target=take_a_turn, args=(1.5,))
        other.start()
        wait_until_waiting(LINE, 1)
        reached = [len(run.losses) - 1 for run in runs.run_race(race, runs.Work(), race.steps)]
    other.join(SOON)
    assert max(reached) == race.steps


def take_a_turn(seconds: float) -> None:
    with LINE.turn():
        time.sleep(seconds)
