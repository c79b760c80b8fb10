"""The fields of races, and what a link says of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from playground.engine.descent import check_learning_rate, check_seed
from playground.engine.layers import INITIALISATIONS
from playground.engine.noise import NOISES, check_noise
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import DrawnStart, Runner
from playground.engine.schedulers import SCHEDULERS
from playground.engine.settings import Hyperparameter, Value
from playground.errors import InputError
from playground.figures import SCALES
from playground.labs.shared.fields import (
    LADDER,
    Choice,
    Field,
    Number,
    Segments,
    Slider,
    Switch,
    Widget,
    as_number,
    attribute,
    one_of,
)
from playground.labs.shared.race.state import (
    LOSS_AXES,
    PRINCIPAL,
    RaceState,
    check_optimizer,
    check_place,
    check_steps,
    check_tolerance,
    planes,
)
from playground.numerals import format_exact, format_number

NO_SCHEDULER = "none"
"""What the field of the scheduler says where there is none."""

ALL_POINTS = 0
"""What the field of the batch size says where each step looks at all points."""


# ---- One runner.


def default_rate(optimizer: str) -> float:
    """The learning rate that an optimizer begins with: torch's own, but for the one that the page begins with."""
    return Runner.lr if optimizer == Runner.optimizer else OPTIMIZERS[optimizer].learning_rate


def _put_optimizer(runner: Runner, name: str) -> Runner:
    """Another optimizer, with those of the settings that it has too and that it can use.

    A rate that nobody touched gives way to the other's. So does any between a step along the gradient and one that
    knows the curvature, of which the rate is a share.
    """
    one_of([*OPTIMIZERS])(name)
    known, other = OPTIMIZERS[runner.optimizer], OPTIMIZERS[name]
    is_its_own = runner.lr != default_rate(runner.optimizer) and bool(known.needs) == bool(other.needs)
    return replace(
        runner,
        optimizer=name,
        lr=runner.lr if is_its_own else default_rate(name),
        settings=_usable(other.hyperparameters, runner.settings),
    )


def _put_scheduler(runner: Runner, name: str) -> Runner:
    if name == NO_SCHEDULER:
        return replace(runner, scheduler=None, schedule=())
    one_of([NO_SCHEDULER, *SCHEDULERS])(name)
    return replace(runner, scheduler=name, schedule=_usable(SCHEDULERS[name].hyperparameters, runner.schedule))


def _usable(
    hyperparameters: Sequence[Hyperparameter], settings: Sequence[tuple[str, Value]]
) -> tuple[tuple[str, Value], ...]:
    """Those of the settings that are known and can be used, in the order of the record and without its defaults."""
    given, kept = dict(settings), []
    for one in hyperparameters:
        with suppress(InputError):
            value = one.check(given.get(one.name, one.default))
            if value != one.default:
                kept.append((one.name, value))
    return tuple(kept)


def _put_batch_size(runner: Runner, value: Any) -> Runner:
    if isinstance(value, bool) or value != value // 1 or value < 0:
        raise InputError(f"Batch size must be a whole number from 1, or 0 for all points, not {value!r}")
    return replace(runner, batch_size=int(value) or None)


OPTIMIZER = Field[Runner](
    "optimizer", "Optimizer", lambda runner: runner.optimizer, _put_optimizer, Choice(lambda _: [*OPTIMIZERS])
)

LEARNING_RATE = Field[Runner](
    "lr",
    "Learning rate",
    lambda runner: runner.lr,
    lambda runner, value: replace(runner, lr=check_learning_rate(value)),
    Number("0.01", ladder=LADDER),
)

_MANTISSAS = (1, 1.25, 1.6, 2, 2.5, 3, 4, 5, 6, 8)
RATES = (*(float(f"{mantissa}e{exponent}") for exponent in range(-5, 1) for mantissa in _MANTISSAS), 10.0)
"""The stops of the learning rate's slider: ten a decade."""

RATE_SLIDER = replace(LEARNING_RATE, name="lr_slider", label="Rate (log scale)", widget=Slider(RATES))
"""The learning rate once more."""

SCHEDULER = Field[Runner](
    "scheduler",
    "Scheduler",
    lambda runner: runner.scheduler or NO_SCHEDULER,
    _put_scheduler,
    Choice(lambda _: [NO_SCHEDULER, *SCHEDULERS]),
)

BATCH_SIZE = Field[Runner](
    "batch_size",
    "Batch size",
    lambda runner: runner.batch_size or ALL_POINTS,
    _put_batch_size,
    Number("10", integer=True),
    help="How many points each step looks at; 0 for all. The seed of their order is under “Noise, view”.",
)


def settings_of(runner: Runner) -> list[Field[Runner]]:
    """A field for each component of each setting of the optimizer."""
    return [one for each in OPTIMIZERS[runner.optimizer].hyperparameters for one in _components(each, "settings")]


def schedule_of(runner: Runner) -> list[Field[Runner]]:
    """A field for each component of each setting of the scheduler, none without one."""
    return [one for each in _schedule(runner) for one in _components(each, "schedule")]


def _schedule(runner: Runner) -> tuple[Hyperparameter, ...]:
    return SCHEDULERS[runner.scheduler].hyperparameters if runner.scheduler else ()


def _components(one: Hyperparameter, where: str) -> list[Field[Runner]]:
    return [
        _component(one, where, i, key, label, default)
        for i, (key, label, default) in enumerate(zip(one.keys, one.labels, one.components, strict=True))
    ]


def _component(one: Hyperparameter, where: str, i: int, key: str, label: str, default: object) -> Field[Runner]:
    def put(runner: Runner, value: Any) -> Runner:
        settings = dict(_with_component(one, getattr(runner, where), i, value))
        # In the record's order, whatever was chosen first: equal settings make equal runners.
        known = OPTIMIZERS[runner.optimizer].hyperparameters if where == "settings" else _schedule(runner)
        changed: Any = {where: tuple((each.name, settings[each.name]) for each in known if each.name in settings)}
        return replace(runner, **changed)

    return Field(
        key, label, lambda runner: _value(one, getattr(runner, where))[i], put, _widget_of(one, default), one.help
    )


def _widget_of(one: Hyperparameter, default: object) -> Widget:
    if isinstance(default, bool):
        return Switch()
    if isinstance(default, str):
        return Choice(lambda _: one.choices)
    return Number(format_exact(default), integer=isinstance(default, int))


def _value(one: Hyperparameter, settings: Sequence[tuple[str, Value]]) -> tuple[Any, ...]:
    value = dict(settings).get(one.name, one.default)
    return value if isinstance(value, tuple) else (value,)


def _with_component(
    one: Hyperparameter, settings: Sequence[tuple[str, Value]], i: int, value: Any
) -> tuple[tuple[str, Value], ...]:
    """The settings with another value of one component; what is as by default is left out."""
    parts = _value(one, settings)
    parts = (*parts[:i], value, *parts[i + 1 :])
    checked = one.check(parts if isinstance(one.default, tuple) else parts[0])
    others = tuple(pair for pair in settings if pair[0] != one.name)
    return others if checked == one.default else (*others, (one.name, checked))


def runner_fields(runner: Runner) -> list[Field[Runner]]:
    """All fields of a runner, in the order in which they are put into one."""
    return [OPTIMIZER, LEARNING_RATE, SCHEDULER, BATCH_SIZE, *settings_of(runner), *schedule_of(runner)]


def _blank_runner(optimizer: str) -> Runner:
    return Runner(optimizer, OPTIMIZERS[optimizer].learning_rate)


def runner_text(runner: Runner) -> str:
    """A runner as a link says it, without defaults: ``Adam,lr=0.1,scheduler=StepLR,betas_1=0.8,start=-1;2``."""
    blank = _blank_runner(runner.optimizer)
    said = {one.name: one.text(runner) for one in runner_fields(runner) if one.get(runner) != one.get(blank)}
    if runner.start is not None:
        said["start"] = _start_text(runner.start)
    return ",".join([runner.optimizer, *(f"{name}={value}" for name, value in said.items())])


def read_runner(text: str) -> Runner:
    """The runner that ``runner_text`` wrote.

    Raises:
        InputError: for anything else, in one sentence.
    """
    optimizer, *parts = text.split(",")
    said: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals:
            raise InputError(f"a runner's setting is written as name=value, not '{part[:40]}'")
        said[name] = value
    return runner_from({OPTIMIZER.name: optimizer} | said)


def runner_from(said: Mapping[str, str]) -> Runner:
    """The runner of settings that are all texts, by the names of their fields.

    Raises:
        InputError: for a name or a value that can't be used, in one sentence.
    """
    optimizer, scheduler = said.get(OPTIMIZER.name, Runner.optimizer), said.get(SCHEDULER.name, NO_SCHEDULER)
    check_optimizer(optimizer)
    runner = SCHEDULER.with_choice(_blank_runner(optimizer), scheduler)
    fields = {one.name: one for one in runner_fields(runner)}
    for name, text in said.items():
        if name in (OPTIMIZER.name, SCHEDULER.name):
            continue
        if name == "start":
            runner = replace(runner, start=_read_start(text))
        elif name in fields:
            runner = fields[name].with_choice(runner, fields[name].widget.read(text))
        else:
            raise InputError(f"{optimizer} has no setting '{name[:40]}'")
    return runner


def _start_text(start: tuple[float, ...] | DrawnStart) -> str:
    """A start as a link says it: ``-1;2``, or drawn ``xavier;0``."""
    parts = (start.initialisation, start.seed) if isinstance(start, DrawnStart) else start
    return ";".join(map(format_exact, parts))


def _read_start(text: str) -> tuple[float, ...] | DrawnStart:
    first, *others = text.split(";")
    if first not in INITIALISATIONS:
        return tuple(check_place(as_number(one)) for one in (first, *others))
    if len(others) != 1:
        raise InputError(f"a drawn start is written as {first};0, with one seed")
    return DrawnStart(first, check_seed(int(Number("0", integer=True).read(others[0]))))


def label_of(runner: Runner) -> str:
    """What tells a runner from others: the optimizer, the learning rate, what isn't as by default, its own start."""
    plain = Runner(runner.optimizer, runner.lr)
    changed = [one for one in (SCHEDULER, BATCH_SIZE, *settings_of(runner)) if one.get(runner) != one.get(plain)]
    said = [f"{one.name} {one.text(runner)}" for one in (*changed, *schedule_of(runner))]
    return " ".join([runner.optimizer, format_number(runner.lr, 6), *said, *_say_start(runner.start)])


def _say_start(start: tuple[float, ...] | DrawnStart | None) -> list[str]:
    if isinstance(start, DrawnStart):
        return [f"{start.initialisation}, seed {start.seed}"]
    return [] if start is None else [f"from ({', '.join(format_number(x, 6) for x in start)})"]


def label_runners(runners: Sequence[Runner], shared: DrawnStart | None) -> list[str]:
    """What tells runners from each other, which share a start that is drawn so, or one of numbers.

    Where any draws a start of its own each says how it begins, and where nothing else differs, that alone.
    """
    if shared is None or not any(isinstance(one.start, DrawnStart) for one in runners):
        return [label_of(one) for one in runners]
    begun = [replace(one, start=shared) if one.start is None else one for one in runners]
    if len(begun) == 1 or len({replace(one, start=None) for one in begun}) > 1:
        return [label_of(one) for one in begun]
    drawn = [one.start for one in begun if isinstance(one.start, DrawnStart)]
    if len(drawn) == len(begun) and len({one.seed for one in drawn}) == 1:
        return [one.initialisation for one in drawn]
    return [" ".join(_say_start(one.start)) for one in begun]


# ---- The race.


def of_runner(one: Field[Runner]) -> Field[RaceState]:
    """A field of the selected runner, as one of the race."""
    return Field(
        one.name,
        one.label,
        lambda state: one.get(state.runner),
        lambda state, value: state.with_runner(one.put(state.runner, value)),
        one.widget,
        one.help,
    )


def of_race(
    name: str, label: str, widget: Widget, check: Callable[[Any], Any], help: str | None = None
) -> Field[RaceState]:
    """A field of the race."""
    return Field(
        name,
        label,
        lambda state: getattr(state.race, name),
        lambda state, value: state.racing(**{name: check(value)}),
        widget,
        help,
    )


STEPS = Field[RaceState](
    "steps",
    "Steps",
    lambda state: state.race.steps,
    lambda state, value: state.racing(steps=check_steps(value, len(state.race.runners), len(state.names))),
    Number("100", integer=True),
)
NOISE = of_race(
    "noise",
    "Gradient noise",
    Number("0.1"),
    check_noise,
    "Added to each gradient, times this: it stands for the stochastic gradients of batches.",
)
NOISE_KIND = of_race("noise_kind", "Kind of noise", Choice(lambda _: [*NOISES]), one_of([*NOISES]))
SEED = of_race(
    "seed",
    "Seed",
    Number("0", integer=True, stepped=True),
    check_seed,
    "Of the noise, and of the order of the batches.",
)
TOLERANCE = of_race(
    "tolerance", "Tolerance", Number("1e-6"), check_tolerance, "How near is near enough to have arrived."
)


def select_slot(state: RaceState, slot: int) -> RaceState:
    """The state with the runner of a number selected; one that is gone has none."""
    if slot not in state.race.slots:
        numbers = ", ".join(str(one + 1) for one in state.race.slots)
        raise InputError(f"there is no such runner: choose one of {numbers}")
    return replace(state, selected=state.race.slots.index(slot))


SELECTED = Field[RaceState](
    "runner",
    "Runner",
    lambda state: state.race.slots[state.selected],
    select_slot,
    Segments(lambda state: state.race.slots, lambda slot: str(slot + 1)),
)
PLANE = Field[RaceState](
    "plane",
    "Plane",
    lambda state: state.plane,
    lambda state, value: replace(state, plane=value, region=None),
    Choice(lambda state: planes(state.names)),
)
COLOURS = attribute(
    "colours",
    "Colours",
    Choice(lambda _: SCALES),
    one_of(SCALES),
    help="auto: logarithmic for losses of data, and for a function that is positive and spans a factor of 100 or more.",
)
LOSS_AXIS = attribute(
    "loss_axis",
    "Loss axis",
    Choice(lambda _: LOSS_AXES),
    one_of(LOSS_AXES),
    help="A logarithmic axis is linear where a loss is negative: such a loss has no logarithm.",
)


def start_fields(state: RaceState) -> list[Field[RaceState]]:
    """A field for the start of each parameter of the selected runner."""
    return [
        _start_field(i, name, lambda state: state.start, RaceState.with_start) for i, name in enumerate(state.names)
    ]


def shared_start_fields(state: RaceState) -> list[Field[RaceState]]:
    """Likewise of the start that all share who have none of their own."""
    return [
        _start_field(i, name, lambda state: state.race.start, lambda state, start: state.racing(start=start))
        for i, name in enumerate(state.names)
    ]


def _start_field(
    i: int,
    name: str,
    get: Callable[[RaceState], tuple[float, ...]],
    put: Callable[[RaceState, tuple[float, ...]], RaceState],
) -> Field[RaceState]:
    def put_place(state: RaceState, value: Any) -> RaceState:
        start = get(state)
        moved = put(state, (*start[:i], check_place(float(value), name), *start[i + 1 :]))
        return replace(moved, region=None)

    return Field(f"start_{name}", f"Start {name}", lambda state: get(state)[i], put_place, Number("1"))


OWN_START = Field[RaceState](
    "own_start",
    "Own start point",
    lambda state: state.runner.start is not None,
    lambda state, value: state.with_runner(replace(state.runner, start=state.start if value else None)),
    Switch(),
)


def race_fields(state: RaceState) -> list[Field[RaceState]]:
    """All fields of a race, in the order in which they are put into a state."""
    return [
        SELECTED,
        *map(of_runner, (*runner_fields(state.runner), RATE_SLIDER)),
        OWN_START,
        *start_fields(state),
        STEPS,
        NOISE,
        NOISE_KIND,
        SEED,
        TOLERANCE,
        PLANE,
        COLOURS,
        LOSS_AXIS,
    ]


def blank(state: RaceState, **defaults: Any) -> RaceState:
    """The state of the same problem in which all else is as nobody chose it."""
    problem = state.race.problem
    start = tuple(map(problem.default_start, state.names))
    race = type(state.race)(problem, start, (Runner(),), **defaults)
    return replace(state, race=race, selected=0, plane=PRINCIPAL, colours="auto", loss_axis="log", region=None)
