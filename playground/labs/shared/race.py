"""Runners on one objective, a function or a fit: what each is set to, the runs that makes, and how they stand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import torch

from playground.data.datasets import DATASETS, Points, points_from_text, points_to_text, recipe_from_text
from playground.engine.descent import Descent, check_noise, check_seed
from playground.engine.fit import Fit
from playground.engine.function import Function
from playground.engine.losses import PENALTIES
from playground.engine.noise import check_noise_kind
from playground.engine.objectives import Objective
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import ALL_POINTS, NO_SCHEDULER, Runner, hyperparameters_for
from playground.engine.schedulers import SCHEDULERS
from playground.engine.settings import Hyperparameter, Value
from playground.errors import ExpressionError, InputError
from playground.labs.shared.scenario import (
    MAX_STEPS,
    OTHER_START,
    Regression,
    as_number,
    checked_rate,
    checked_setting,
    checked_steps,
    read_regression,
    usual_start,
)
from playground.numerals import format_exact

MAX_RUNNERS = 6

MAX_VARIABLES = 8
"""More have no place on a page; ``Function`` and ``descend`` take them."""

FARTHEST = 1e100
"""How far from 0 a start may lie: beyond it squares leave the numbers, and with them every picture."""

MAX_RUNNER_STEPS = 18_000
"""Of all runners together: so many are kept in some 10 MB, and sent to a browser in one message of a few."""

USUAL_TOLERANCE = 1e-6

MAX_REASON = 200
"""Characters of a reason why a link can't be used; it may quote the link."""


def read_runner(values: Mapping[str, Any], start: tuple[float, ...] | None = None) -> Runner:
    """The runner that the values of fields make; None in a field is an empty one, a missing one is as usual.

    Raises:
        InputError: for the first value that can't be used, with its ``field``: ``optimizer``, ``scheduler``, ``lr``,
            ``batch_size`` or ``settings``.
    """
    optimizer = values.get("optimizer", "SGD")
    if optimizer not in OPTIMIZERS:
        raise InputError(f"unknown optimizer '{optimizer}': choose one of {', '.join(OPTIMIZERS)}", field="optimizer")
    scheduler = values.get("scheduler", NO_SCHEDULER)
    if scheduler not in (NO_SCHEDULER, *SCHEDULERS):
        raise InputError(f"unknown scheduler '{scheduler}': choose one of {', '.join(SCHEDULERS)}", field="scheduler")
    record, schedule = OPTIMIZERS[optimizer], SCHEDULERS.get(scheduler)
    try:
        lr = checked_rate(values.get("lr", record.learning_rate))
    except InputError as error:
        error.field = "lr"
        raise
    batch_size = _batch_size(values.get("batch_size", ALL_POINTS))
    try:
        given = _changed(record.hyperparameters, values), _changed(schedule.hyperparameters, values) if schedule else ()
        runner = Runner(optimizer, lr, given[0], schedule.name if schedule else None, given[1], start, batch_size)
        # What only torch knows, such as a Nesterov momentum without momentum, is refused here.
        built = record.build(torch.zeros(1, dtype=torch.float64), lr, dict(given[0]))
        if schedule:
            schedule.build(built, lr, dict(given[1]))
    except InputError as error:
        error.field = "settings"
        raise
    return runner


def _batch_size(value: float | None) -> int | None:
    if value is None:
        raise InputError("Batch size is empty: type a whole number, 0 for all points", field="batch_size")
    if isinstance(value, bool) or value != value // 1 or value < 0:
        raise InputError(
            f"Batch size must be a whole number from 1, or 0 for all points, not {value!r}", field="batch_size"
        )
    return int(value) or None


def _changed(hyperparameters: Sequence[Hyperparameter], values: Mapping[str, Any]) -> tuple[tuple[str, Value], ...]:
    """The settings that aren't as usual."""
    usual = {key: one for each in hyperparameters for key, one in zip(each.keys, each.components, strict=True)}
    settings = {one.name: checked_setting(one, usual | dict(values)) for one in hyperparameters}
    return tuple((one.name, settings[one.name]) for one in hyperparameters if settings[one.name] != one.default)


def runner_text(runner: Runner) -> str:
    """A runner as a link says it, without what is usual: ``Adam,lr=0.1,betas_1=0.8,scheduler=StepLR,start=-1;2``."""
    usual = Runner(runner.optimizer, OPTIMIZERS[runner.optimizer].learning_rate, scheduler=runner.scheduler).fields
    usual["scheduler"] = NO_SCHEDULER
    parts = [f"{key}={format_exact(value)}" for key, value in runner.fields.items() if usual[key] != value]
    if runner.start is not None:
        parts.append("start=" + ";".join(format_exact(value) for value in runner.start))
    return ",".join([runner.optimizer, *parts])


def runner_of(text: str) -> Runner:
    """The runner that ``runner_text`` wrote.

    Raises:
        InputError: for anything else, in one sentence.
    """
    optimizer, *parts = text.split(",")
    said: dict[str, str] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals:
            raise InputError(f"a runner's setting is written as name=value, not '{part[:40]}'")
        said[key] = value
    return runner_from(said | {"optimizer": optimizer})


def runner_from(said: Mapping[str, str]) -> Runner:
    """The runner of settings that are all texts, as a link has them.

    Raises:
        InputError: for a name or a value that can't be used, in one sentence.
    """
    optimizer, scheduler = said.get("optimizer", "SGD"), said.get("scheduler", NO_SCHEDULER)
    known: dict[str, Value] = {"lr": 0.0, "batch_size": 0}
    if optimizer in OPTIMIZERS and scheduler in (NO_SCHEDULER, *SCHEDULERS):
        for one in hyperparameters_for(optimizer, SCHEDULERS[scheduler].name if scheduler in SCHEDULERS else None):
            known |= zip(one.keys, one.components, strict=True)
        for key in said:
            if key not in (*known, "optimizer", "scheduler", "start"):
                raise InputError(f"{optimizer} has no setting '{key[:40]}'", field="settings")
    start = tuple(_place(one) for one in said["start"].split(";")) if "start" in said else None
    return read_runner({key: _read(text, known.get(key, "")) for key, text in said.items() if key != "start"}, start)


def _read(text: str, usual: Value) -> Any:
    """A text as a value of the usual one's type."""
    if isinstance(usual, bool):
        if text not in ("true", "false"):
            raise InputError(f"'{text[:40]}' is neither true nor false", field="settings")
        return text == "true"
    return text if isinstance(usual, str) else as_number(text)


@dataclass(frozen=True)
class Race:
    """Runners on one objective.

    Attributes:
        function: the text of a function, or a regression.
        start: one value a parameter, in the objective's order.
        runners: one to ``MAX_RUNNERS``.
        steps: how many steps each takes.
        noise, noise_kind, seed: of all gradients, as ``Descent`` takes them.
        tolerance: how near a loss must come to the known minimum, or the gradient to 0, to have arrived.

    Raises:
        InputError: with the ``field`` that the first unusable value came from.
    """

    function: str | Regression
    start: tuple[float, ...]
    runners: tuple[Runner, ...]
    steps: int = 200
    noise: float = 0.0
    noise_kind: str = "Gaussian"
    seed: int = 0
    tolerance: float = USUAL_TOLERANCE

    def __post_init__(self) -> None:
        if not 1 <= len(self.runners) <= MAX_RUNNERS:
            raise InputError(f"a race has 1 to {MAX_RUNNERS} runners, not {len(self.runners)}", field="runners")
        checked_steps(self.steps)
        if self.steps > (most := most_steps(len(self.runners))):
            raise InputError(
                f"Steps is {self.steps:,}: {len(self.runners)} runners take at most {most:,} steps each", field="steps"
            )
        checked_tolerance(self.tolerance)
        for start in (self.start, *(runner.start for runner in self.runners if runner.start is not None)):
            for value in start:
                checked_place(value)
        Descent(self.objective, self.start)  # no runner may need it, and a link says it all the same
        for runner in self.runners:
            self.descent(runner)

    @property
    def objective(self) -> Objective:
        """What is minimised."""
        return checked_objective(self.function)

    def descent(self, runner: Runner) -> Descent:
        """The run of one runner, at its start."""
        return runner.descent(self.objective, self.start, noise=self.noise, noise_kind=self.noise_kind, seed=self.seed)

    def deciding(self, runner: Runner) -> tuple[object, ...]:
        """All that decides a runner's steps: where it is equal, runs are equal."""
        start = self.start if runner.start is None else runner.start
        return self.function, replace(runner, start=start), self.noise, self.noise_kind, self.seed


def most_steps(runners: int) -> int:
    """How many steps each of so many runners may take."""
    return min(MAX_STEPS, MAX_RUNNER_STEPS // runners)


def checked_place(value: float, name: str = "") -> float:
    """A parameter's start, if it isn't too far away.

    Raises:
        InputError: otherwise, in one sentence, with the field ``start``.
    """
    if not abs(value) <= FARTHEST:
        what = f"Start {name}".rstrip()
        raise InputError(f"{what} is {value:g}: it must lie between {-FARTHEST:g} and {FARTHEST:g}", field="start")
    return value


@lru_cache(maxsize=200)
def checked_function(text: str) -> Function:
    """The function of a text, if it has one to ``MAX_VARIABLES`` variables.

    Raises:
        InputError: otherwise, in one sentence, with the field ``function``.
    """
    try:
        function = Function(text)
    except ExpressionError as error:
        error.field = "function"
        raise
    count = len(function.parameters)
    if not count:
        raise InputError(
            "this function has no variable, so there is nothing to move: write one with x in it, such as x^2",
            field="function",
        )
    if count > MAX_VARIABLES:
        raise InputError(
            f"this function has {count} variables ({', '.join(function.parameters[:MAX_VARIABLES])}, …), and a race "
            f"takes at most {MAX_VARIABLES}: write a product with *, or give fewer names",
            field="function",
        )
    return function


def checked_objective(function: str | Regression) -> Objective:
    """The function of a text, or the fit of a regression, if it has one to ``MAX_VARIABLES`` variables.

    Raises:
        InputError: otherwise, in one sentence, with the field ``function`` or ``model``.
    """
    if isinstance(function, str):
        return checked_function(function)
    fit = function.objective
    if len(fit.parameters) > MAX_VARIABLES:
        raise InputError(
            f"this model has {len(fit.parameters)} parameters ({', '.join(fit.parameters[:MAX_VARIABLES])}, …), and "
            f"the page takes at most {MAX_VARIABLES}: write a product with *, or fix some of them as numbers",
            field="model",
        )
    return fit


def checked_tolerance(tolerance: object) -> float:
    """``tolerance`` if it can be reached: a finite number above 0.

    Raises:
        InputError: otherwise, in one sentence.
    """
    if tolerance is None:
        raise InputError("Tolerance is empty: type a number, for example 1e-6", field="tolerance")
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 < tolerance < math.inf:
        raise InputError(f"the tolerance must be a finite number above 0, not {tolerance!r}", field="tolerance")
    return float(tolerance)


class RaceFields(NamedTuple):
    """What fields say, checked one by one.

    Attributes:
        race: made of all of them, or None if there is a problem.
        objective: if the function's text, or the regression, can be used.
        problems: what is wrong, by field: ``function`` or those of a regression, ``start``, ``runner``, ``lr``,
            ``settings``, ``batch_size``, ``steps``, ``noise``, ``seed``, ``tolerance``.
    """

    race: Race | None
    objective: Objective | None
    problems: dict[str, InputError]


def read_race(values: Mapping[str, Any], runners: Sequence[Runner], selected: int, own_start: bool) -> RaceFields:
    """The race that the values of fields make.

    Args:
        values: by key, None where a field is empty: ``function`` or those of a regression, ``start_`` and a
            variable's name, ``steps``, ``noise``, ``noise_kind``, ``seed``, ``tolerance``, and the fields of the
            selected runner.
        runners: all of them, as they were; selected: which of them the fields are about.
        own_start: whether the fields' start is that of the selected runner alone; the shared one is then in
            ``values`` under ``shared_`` and the name.
    """
    problems: dict[str, InputError] = {}

    def tried(field: str, read: Any, *given: Any) -> Any:
        try:
            return read(*given)
        except InputError as error:
            inner = _INNER.get(field, ())
            problems[error.field if error.field in inner else field] = error
            return None

    function = values.get("function") or "" if "model" not in values else tried("model", read_regression, values)
    objective = (
        None if function is None else tried("model" if "model" in values else "function", checked_objective, function)
    )
    start = shared = tried("start", _start, objective, values, "start_") if objective else None
    if own_start and objective:
        begun = [values.get(f"shared_{name}") for name in objective.parameters]
        shared = tuple(OTHER_START if value is None else float(value) for value in begun)
    runner = tried("runner", read_runner, values, start if own_start else None)
    steps = tried("steps", checked_steps, values["steps"])
    noise = tried("noise", _noise, values["noise"])
    kind = tried("noise_kind", _kind, values["noise_kind"])
    seed = tried("seed", _seed, values["seed"])
    tolerance = tried("tolerance", checked_tolerance, values["tolerance"])
    if problems or function is None or objective is None or shared is None:
        return RaceFields(None, objective, problems)
    count = len(objective.parameters)
    # A start of its own that belongs to another function is gone with it.
    others = [one if one.start is None or len(one.start) == count else replace(one, start=None) for one in runners]
    others[selected] = runner
    race = tried("start", lambda: Race(function, shared, tuple(others), steps, noise, kind, seed, tolerance))
    return RaceFields(race, objective, problems)


_INNER: Mapping[str, tuple[str, ...]] = {
    "runner": ("lr", "settings", "batch_size"),
    "start": ("steps", "batch_size", "optimizer"),
    "model": ("loss", "data", "standardise", *PENALTIES),
}
"""What else than itself a value that is read can have wrong, by field: that is told at its own place."""


def usual_place(objective: Objective, name: str) -> float:
    """Where a parameter begins unless somebody says otherwise."""
    return usual_start(name) if isinstance(objective, Fit) else OTHER_START


def _start(objective: Objective, values: Mapping[str, Any], prefix: str) -> tuple[float, ...]:
    start = {name: values.get(prefix + name, usual_place(objective, name)) for name in objective.parameters}
    for name, value in start.items():
        if value is None:
            raise InputError(f"Start {name} is empty: type a number, or click on the picture")
    return tuple(checked_place(float(value), name) for name, value in start.items())


def _noise(value: float | None) -> float:
    if value is None:
        raise InputError("Noise is empty: type a number, 0 for none")
    return check_noise(value)


def _kind(name: str) -> str:
    check_noise_kind(name)
    return name


def _seed(value: int | None) -> int:
    if value is None:
        raise InputError("Seed is empty: type a whole number from 0")
    return check_seed(value)


def to_link(race: Race) -> dict[str, str]:
    """The query that says this race; what is usual is left out."""
    said = {"function": race.function} if isinstance(race.function, str) else _regression_to_link(race.function)
    said |= {f"start_{name}": format_exact(x) for name, x in zip(race.objective.parameters, race.start, strict=True)}
    said |= {f"runner_{i + 1}": runner_text(runner) for i, runner in enumerate(race.runners)}
    for name in ("steps", "noise", "noise_kind", "seed", "tolerance"):
        value = getattr(race, name)
        if value != getattr(_USUAL, name) or name == "steps":
            said[name] = format_exact(value)
    return said


def _regression_to_link(regression: Regression) -> dict[str, str]:
    """A regression as a link says it. Data that are no built-in set, and too many for a link, are left out."""
    usual = Regression()
    said = {
        name: format_exact(value)
        for name, value in regression.fields.items()
        if name != "points" and (value != usual.fields[name] or name == "model")
    }
    points = regression.points
    name = next((name for name, one in DATASETS.items() if one.points == points), None)
    if name or points.recipe:
        return said | ({"data": name} if name else {"made": points.recipe})
    text = points_to_text(points)
    return said | ({"points": text} if text else {})


DATA_KEYS = {"data", "made", "points"}
"""Under which a link has data: a built-in set's name, a recipe, or the points themselves."""


def is_linked(race: Race) -> bool:
    """Whether a link can carry all of the race; data that were neither built in nor made up may be too many."""
    return isinstance(race.function, str) or bool(DATA_KEYS & _regression_to_link(race.function).keys())


class RaceLink(NamedTuple):
    """What was read from a link: the race, and one sentence on what can't be used, or nothing."""

    race: Race
    problem: str


def from_link(said: Mapping[str, str], usual: Race) -> RaceLink:
    """The race of a link's query; what it doesn't say, or says wrongly, is as in ``usual``.

    One runner may be written without a number, by the keys of its settings: ``optimizer=Adam&lr=0.1``. A link that
    says the function or the model was written by ``to_link``, or as if by it: what it leaves out is as ``Race`` has it.
    """
    unusable: list[str] = []

    def refused(reason: object, *keys: str) -> None:
        shown = "&".join(f"{_short(key)}={_short(said[key])}" for key in keys)
        unusable.append(f"{shown} ({_short(str(reason).rstrip('.'), MAX_REASON)})")

    def tried(key: str, read: Any, otherwise: Any) -> Any:
        if key not in said:
            return otherwise
        try:
            return read(said[key])
        except InputError as error:
            refused(error, key)
            return otherwise

    def function_text(text: str) -> str:
        checked_function(text)
        return text

    function: str | Regression
    if isinstance(usual.function, str):
        function = tried("function", function_text, usual.function)
    else:
        function = _regression_of_link(said, usual.function, tried, refused)
    objective = checked_objective(function)
    same = function == usual.function
    begun = dict(zip(usual.objective.parameters, usual.start, strict=True)) if same else {}
    start = tuple(
        tried(f"start_{name}", _place, begun.get(name, usual_place(objective, name))) for name in objective.parameters
    )
    numbered = [f"runner_{i + 1}" for i in range(MAX_RUNNERS) if f"runner_{i + 1}" in said]
    runners: list[tuple[Runner, tuple[str, ...]]] = []  # with the keys that said it
    for key in numbered:
        one: Runner | None = tried(key, runner_of, None)
        if one and one.start is not None and len(one.start) != len(start):
            refused(f"its start has {len(one.start)} values, and the function {len(start)} variables", key)
            one = replace(one, start=None)
        if one:
            runners.append((one, (key,)))
    if beyond := [key for key in said if key.startswith("runner_") and key not in numbered]:
        refused(f"a race takes runner_1 to runner_{MAX_RUNNERS}", beyond[0])
    plain = {key: value for key, value in said.items() if key in _RUNNER_KEYS}
    if not numbered and plain:
        try:
            runners = [(runner_from(plain), tuple(plain))]
        except InputError as error:
            refused(error, *plain)
    rest = _USUAL if ("function" if isinstance(usual.function, str) else "model") in said else usual
    racing = runners or [(one, ()) for one in (usual.runners if same else (Runner(),))]
    steps = tried("steps", lambda one: checked_steps(as_number(one)), usual.steps)
    if steps > (most := most_steps(len(racing))):
        refused(f"{len(racing)} runners take at most {most:,} steps each", "steps")
        steps = most
    shared = (
        tried("noise", lambda one: check_noise(as_number(one)), rest.noise),
        tried("noise_kind", _kind, rest.noise_kind),
        tried("seed", lambda one: check_seed(_whole(one)), rest.seed),
        tried("tolerance", lambda one: checked_tolerance(as_number(one)), rest.tolerance),
    )
    able = []
    for runner, keys in racing:
        try:
            Race(function, start, (runner,), steps, *shared)
            able.append(runner)
        except InputError as error:
            refused(error, *keys)
    race = Race(function, start, tuple(able) or (Runner(),), steps, *shared)
    problem = f"This link says {' and '.join(unusable)}: the usual stands instead." if unusable else ""
    return RaceLink(race, problem)


def _regression_of_link(said: Mapping[str, str], usual: Regression, tried: Any, refused: Any) -> Regression:
    """The regression of a link's query; what can't be used, alone or beside the rest, is as usual."""

    def named(name: str) -> Points:
        if name not in DATASETS:
            raise InputError(f"the sets are {', '.join(DATASETS)}")
        return DATASETS[name].points

    built_in = tried("data", named, usual.points)
    values = {
        "points": tried("points", points_from_text, tried("made", lambda one: recipe_from_text(one).points, built_in)),
        "loss": said.get("loss", Regression.loss),
        "standardise": tried("standardise", lambda one: _read(one, False), False),
        **{name: tried(name, as_number, 0.0) for name in PENALTIES},
    }
    kept: dict[str, Any] = {"model": usual.model, "points": values["points"]}
    for name, value in ({"model": said.get("model", usual.model)} | values).items():
        try:
            checked_objective(read_regression(kept | {name: value}))
            kept[name] = value
        except InputError as error:
            refused(error, *([name] if name in said else [key for key in said if key in DATA_KEYS]))
    return read_regression(kept)


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[:most] + "…"


def _place(text: str) -> float:
    return checked_place(as_number(text))


def _whole(text: str) -> int:
    number = as_number(text)
    if not number.is_integer():
        raise InputError(f"{number:g} is no whole number")
    return int(number)


_USUAL = Race("x", (0.0,), (Runner(),))
"""What a link leaves out where a race has it."""

_RUNNER_KEYS = frozenset(
    {"optimizer", "lr", "scheduler", "batch_size"}
    | {key for record in OPTIMIZERS.values() for one in record.hyperparameters for key in one.keys}
    | {key for record in SCHEDULERS.values() for one in record.hyperparameters for key in one.keys}
)
