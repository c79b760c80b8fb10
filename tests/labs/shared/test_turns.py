"""Heavy work is done one at a time, first come, first served, and only as long as it is wanted."""

import threading

import pytest

from playground.labs.shared.limits import LIGHT_SECONDS
from playground.labs.shared.turns import TURNS, BusyError, Turns, go_on, turn_for


class Worker(threading.Thread):
    """Somebody who wants a turn, says so, and keeps it until it is told to let go."""

    def __init__(self, turns: Turns, order: list[str], name: str, tell=None) -> None:
        super().__init__(daemon=True)
        self.turns, self.order, self.called = turns, order, name
        self.waits, self.has_it, self.may_go = (threading.Event() for _ in range(3))
        self.told: list[int] = []
        self.error: BaseException | None = None
        self._tell = tell or (lambda _others: None)
        self.start()

    def tell(self, others: int) -> None:
        self.told.append(others)
        self.waits.set()
        self._tell(others)

    def run(self) -> None:
        try:
            with self.turns.take(self.tell):
                self.order.append(self.called)
                self.has_it.set()
                assert self.may_go.wait(30)
        except BaseException as error:
            self.error = error


def test_who_comes_first_is_served_first_and_hears_how_many_are_before():
    turns, order = Turns(), []
    first = Worker(turns, order, "first")
    assert first.has_it.wait(30)
    second = Worker(turns, order, "second")
    assert second.waits.wait(30)
    third = Worker(turns, order, "third")
    assert third.waits.wait(30)
    assert (second.told[0], third.told[0], order) == (1, 2, ["first"])
    for one in (first, second, third):
        assert one.has_it.wait(30)
        one.may_go.set()
        one.join(30)
    assert order == ["first", "second", "third"]


def test_who_no_longer_wants_it_gives_up_the_place():
    turns, order, has_gone = Turns(), [], threading.Event()

    def leave(_others: int) -> None:
        if has_gone.is_set():
            raise KeyboardInterrupt

    first = Worker(turns, order, "first")
    assert first.has_it.wait(30)
    leaver = Worker(turns, order, "leaver", leave)
    assert leaver.waits.wait(30)
    third = Worker(turns, order, "third")
    assert third.waits.wait(30)
    has_gone.set()
    leaver.join(30)
    assert isinstance(leaver.error, KeyboardInterrupt)
    first.may_go.set()
    assert third.has_it.wait(30)
    third.may_go.set()
    third.join(30)
    assert order == ["first", "third"]


def test_a_turn_is_let_go_of_by_who_fails_and_waited_for_only_so_long():
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.take(go_on):
        raise ZeroDivisionError
    first = Worker(turns, [], "first")
    assert first.has_it.wait(30)
    with pytest.raises(BusyError, match="the server is busy"), turns.take(go_on, seconds=0):
        pytest.fail("there was no turn")
    first.may_go.set()
    first.join(30)
    with turns.take(go_on, seconds=0), turns.take(go_on, seconds=0):  # within its own it has it
        pass


def test_light_work_waits_for_nobody():
    first = Worker(TURNS, [], "first")
    assert first.has_it.wait(30)
    with turn_for(LIGHT_SECONDS, lambda others: pytest.fail(f"waited for {others}")):
        pass
    first.may_go.set()
    first.join(30)
