"""What a link says of a race beside its problem: starts, runners, and the picture that a hand holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import Runner
from playground.engine.schedulers import SCHEDULERS
from playground.errors import InputError
from playground.labs.shared.fields import (
    EachOf,
    LinkPart,
    Query,
    as_number,
)
from playground.labs.shared.race.fields import (
    COLOURS,
    LOSS_AXIS,
    NOISE,
    NOISE_KIND,
    PLANE,
    SEED,
    STEPS,
    TOLERANCE,
    read_runner,
    runner_fields,
    runner_from,
    runner_text,
    select_slot,
    shared_start_fields,
)
from playground.labs.shared.race.state import (
    MAX_RUNNERS,
    RaceState,
    Region,
    check_own_start,
    check_steps,
    say_most_steps,
)
from playground.numerals import format_exact


@dataclass(frozen=True)
class RunnersPart:
    """The runners: ``runner_1=SGD,lr=0.1&runner_2=Adam``, or one by the names of its fields: ``optimizer=Adam&lr=0.1``.

    The number is the runner's own, which it keeps when others go.
    """

    def take(self, state: RaceState, query: Query) -> RaceState:
        """The state with the runners that the link says, those of them that can run."""
        slots = {f"runner_{slot + 1}": slot for slot in range(MAX_RUNNERS)}
        beyond = next((name for name in query.said if name.startswith("runner_") and name not in slots), None)
        if beyond is not None:
            query.refuse(f"a race takes runner_1 to runner_{MAX_RUNNERS}", beyond)
        found: dict[int, Runner] = {}
        numbered = {name: slot for name, slot in slots.items() if name in query}
        for name, slot in numbered.items():
            query.try_(state, partial(_try_runner, state, partial(_read_numbered, query, name), slot, found), name)
        plain = [name for name in query.said if name in _PLAIN_NAMES]
        if plain and not numbered:
            query.try_(state, partial(_try_runner, state, partial(_read_plain, query, plain), 0, found), *plain)
        return state.with_runners(tuple(found.values()), tuple(found), 0) if found else state

    def say(self, state: RaceState, default: RaceState) -> dict[str, str]:
        """All runners, if one of them is another."""
        race = state.race
        if (race.runners, race.slots) == (default.race.runners, default.race.slots):
            return {}
        return {f"runner_{slot + 1}": runner_text(one) for slot, one in zip(race.slots, race.runners, strict=True)}


def _read_numbered(query: Query, name: str) -> Runner:
    return read_runner(query[name])


def _read_plain(query: Query, names: Sequence[str]) -> Runner:
    return runner_from({name: query[name] for name in names})


def _try_runner(state: RaceState, read: Callable[[], Runner], slot: int, found: dict[int, Runner]) -> RaceState:
    """Read a runner, and note it in ``found`` if it can run by itself; a start that doesn't fit is refused alone."""
    runner = read()
    try:
        check_own_start(runner, state.race.objective)
    except InputError:
        _note_runner(state, replace(runner, start=None), slot, found)
        raise
    return _note_runner(state, runner, slot, found)


def _note_runner(state: RaceState, runner: Runner, slot: int, found: dict[int, Runner]) -> RaceState:
    state.with_runners((runner,), (slot,), 0)
    found[slot] = runner
    return state


_PLAIN_NAMES = frozenset(
    one.name
    for optimizer in OPTIMIZERS
    for scheduler in (None, *SCHEDULERS)
    for one in runner_fields(Runner(optimizer, scheduler=scheduler))
)


@dataclass(frozen=True)
class SelectedPart:
    """The number of the selected runner: ``selected=2``."""

    def take(self, state: RaceState, query: Query) -> RaceState:
        """The state with the runner of this number selected."""

        def select() -> RaceState:
            number = as_number(query["selected"])
            return select_slot(state, int(number) - 1 if number.is_integer() else -1)

        return query.try_(state, select, "selected")

    def say(self, state: RaceState, _default: RaceState) -> dict[str, str]:
        """Nothing for the first."""
        return {"selected": str(state.race.slots[state.selected] + 1)} if state.selected else {}


@dataclass(frozen=True)
class StepsPart:
    """The steps; more than so many runners may take are as many as they may."""

    def take(self, state: RaceState, query: Query) -> RaceState:
        """The state with the steps that the link says."""

        def read() -> RaceState:
            steps, most = check_steps(STEPS.widget.read(query["steps"])), state.race.most_steps
            if steps > most:
                query.refuse(say_most_steps(len(state.race.runners), most), "steps")
            return state.racing(steps=min(steps, most))

        return query.try_(state, read, "steps")

    def say(self, state: RaceState, default: RaceState) -> dict[str, str]:
        """As of any field."""
        return STEPS.say(state, default)


@dataclass(frozen=True)
class RegionPart:
    """Where the picture is held: the ends of its axes, and of many parameters the plane: ``region=-1;3;-2;2``."""

    def take(self, state: RaceState, query: Query) -> RaceState:
        """The state with the picture held there."""

        def read() -> RaceState:
            numbers = tuple(as_number(one) for one in query["region"].split(";", 4 + 3 * len(state.names)))
            count = len(state.names) if len(state.names) > 2 else 0
            if len(numbers) != 4 + 3 * count:
                raise InputError(f"it takes {4 + 3 * count} numbers")
            left, right, low, high, *plane = numbers
            return replace(
                state, region=Region(((left, right), (low, high)), tuple(plane[:count]), tuple(plane[count:]))
            )

        return query.try_(state, read, "region")

    def say(self, state: RaceState, _default: RaceState) -> dict[str, str]:
        """Nothing where nothing is held."""
        if state.region is None:
            return {}
        frame, origin, directions = state.region
        return {"region": ";".join(map(format_exact, (*frame[0], *frame[1], *origin, *directions)))}


RACE_PARTS: tuple[LinkPart[RaceState], ...] = (
    EachOf(shared_start_fields),
    RunnersPart(),
    SelectedPart(),
    StepsPart(),
    NOISE,
    NOISE_KIND,
    SEED,
    TOLERANCE,
    PLANE,
    COLOURS,
    LOSS_AXIS,
    RegionPart(),
)
"""What a link says of a race beside its problem."""
