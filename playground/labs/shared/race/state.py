"""The state of a lab that races runners: on what, who, from where, how long, and how it is looked at."""

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol, Self, TypeAlias

import torch

from playground.engine.descent import Descent, check_learning_rate, check_seed
from playground.engine.noise import check_noise, check_noise_kind
from playground.engine.objectives import Objective
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import DrawnStart, Runner
from playground.engine.schedulers import SCHEDULERS
from playground.engine.standings import KnownMinima
from playground.errors import InputError
from playground.labs.shared.limits import MOST_WORK
from playground.numerals import as_float, format_exact, format_number

MAX_RUNNERS = 6

MAX_VARIABLES = 8
"""More have no place on a page; ``Function`` and ``descend`` take them."""

FARTHEST = 1e100
"""How far from 0 a start may lie: beyond it squares leave the numbers, and with them every picture."""

MAX_STEPS = 10_000

MAX_RUNNER_STEPS = 18_000
"""Of all runners together: so many are kept in some 10 MB, and sent to a browser in one message of a few."""

MAX_KEPT_NUMBERS = 500_000
"""Parameters of all steps of all runners together, likewise."""

DEFAULT_TOLERANCE = 1e-6

Scale: TypeAlias = Literal["auto", "log", "linear"]

LOSS_AXES: tuple[Literal["log", "linear"], ...] = ("log", "linear")
"""How the loss is drawn against the step."""

PRINCIPAL = "principal directions"
"""The plane of the paths' two principal directions."""

RANDOM = "random directions"
"""The plane of two random directions, of objectives that have filters to normalise them by."""

CURVATURE = "largest curvature"
"""The plane of the Hessian's two eigenvectors of the largest eigenvalues, where the selected run ends."""


class Problem(Hashable, Protocol):
    """What is minimised, as a person says it. Equal problems have equal objectives."""

    @property
    def subject(self) -> str:
        """Its formula; when it changes, the player's cursor goes to the start."""

    @property
    def objective(self) -> Objective:
        """What is minimised, of one to ``MAX_VARIABLES`` parameters."""

    def default_start(self, name: str) -> float:
        """Where a parameter begins unless somebody says otherwise."""

    @property
    def domain(self) -> tuple[tuple[float, float], ...]:
        """The ranges of the parameters in which it is best seen; empty where the runs are to decide."""

    def known(self, start: tuple[float, ...]) -> KnownMinima | None:
        """What is known of the minima, for a run from ``start`` (P,)."""


@dataclass(frozen=True)
class Race:
    """Runners on one problem.

    Attributes:
        problem: what is minimised.
        start: one value a parameter, in the objective's order.
        runners: one to ``MAX_RUNNERS``.
        steps: how many steps each takes.
        noise, noise_kind, seed: of all gradients, as ``Descent`` takes them.
        tolerance: how near a loss must come to the known minimum, or the gradient to 0, to have arrived.
        slots: for each runner the number that it keeps, and its colour with it; counted from 0, ascending.

    Raises:
        InputError: with the ``field`` that the first unusable value came from.
    """

    problem: Problem
    start: tuple[float, ...]
    runners: tuple[Runner, ...]
    steps: int = 200
    noise: float = 0.0
    noise_kind: str = "Gaussian"
    seed: int = 0
    tolerance: float = DEFAULT_TOLERANCE
    slots: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.runners)
        if not 1 <= count <= MAX_RUNNERS:
            raise InputError(f"a race has 1 to {MAX_RUNNERS} runners, not {count}", field="runners")
        slots = self.slots or tuple(range(count))
        if len(slots) != count or sorted(set(slots)) != [*slots] or not 0 <= slots[0] <= slots[-1] < MAX_RUNNERS:
            raise InputError(f"{count} runners can't have the numbers {slots}", field="runners")
        vars(self)["slots"] = slots
        check_steps(self.steps, count, len(self.objective.parameters))
        check_tolerance(self.tolerance)
        check_noise(self.noise)
        check_noise_kind(self.noise_kind)
        check_seed(self.seed)
        check_start(self.start, self.objective)
        for runner in self.runners:
            check_runner(runner, self.objective)

    @property
    def objective(self) -> Objective:
        """What is minimised."""
        return self.problem.objective

    @property
    def most_steps(self) -> int:
        """How many steps each runner may take."""
        return most_steps(len(self.runners), len(self.objective.parameters))

    def begin(self, runner: Runner) -> tuple[float, ...]:
        """Where a runner begins."""
        return tuple(runner.begin(self.objective, self.start))

    def descent(self, runner: Runner) -> Descent:
        """The run of one runner, at its start."""
        return runner.descent(self.objective, self.start, noise=self.noise, noise_kind=self.noise_kind, seed=self.seed)

    def decides(self, runner: Runner) -> Hashable:
        """All that decides a runner's steps: where it is equal, runs are equal."""
        return self.problem, replace(runner, start=self.begin(runner)), self.noise, self.noise_kind, self.seed


class Region(NamedTuple):
    """Where an objective is looked at, held while a hand is at work on the picture.

    Attributes:
        frame: the ranges of its two coordinates.
        origin: (P,), the plane's point with the coordinates (0, 0); empty for one or two parameters, which have but
            one plane.
        directions: (2P,), the plane's two orthonormal directions, one after the other; likewise.
    """

    frame: tuple[tuple[float, float], tuple[float, float]]
    origin: tuple[float, ...] = ()
    directions: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RaceState:
    """What a person chose on a page of races.

    Attributes:
        race: the runners and what they run on.
        selected: which of the runners the fields are about, and the pictures are drawn for.
        plane: of three and more parameters, ``PRINCIPAL`` or two of them as in ``"a, b"``; a lab may offer more.
        colours, loss_axis: the scales of the surface and of the loss.
        region: where the picture stays since a start was picked in it, or steps were asked for; None: where the run
            is seen best. It ends with the problem, with the plane, and with a start that is typed.
    """

    race: Race
    selected: int = 0
    plane: str = PRINCIPAL
    colours: Scale = "auto"
    loss_axis: Literal["log", "linear"] = "log"
    region: Region | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.selected < len(self.race.runners):
            raise InputError(f"there are {len(self.race.runners)} runners to choose from", field="runner")
        self._check_plane()
        if self.region is not None:
            check_region(self.region, len(self.race.start))

    def _check_plane(self) -> None:
        check_plane(self.plane, self.race.objective.parameters)

    @property
    def runner(self) -> Runner:
        """The runner that the fields are about."""
        return self.race.runners[self.selected]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names."""
        return self.race.objective.parameters

    @property
    def shared_draw(self) -> DrawnStart | None:
        """How the start is drawn that all share who have none of their own; None for one of numbers."""
        return None

    @property
    def other_starts(self) -> tuple[tuple[float, ...], ...]:
        """Starts that are shown beside those of the runs, each of P numbers."""
        return ()

    def racing(self, **changes: Any) -> Self:
        """The state with another race; what is shown of it stays."""
        return replace(self, race=replace(self.race, **changes))

    def with_runner(self, runner: Runner) -> Self:
        """The state with another runner in the place of the selected one."""
        runners = self.race.runners
        return self.racing(runners=(*runners[: self.selected], runner, *runners[self.selected + 1 :]))

    def with_runners(self, runners: tuple[Runner, ...], slots: tuple[int, ...], selected: int) -> Self:
        """The state with more or fewer runners, of whose steps there may be fewer then."""
        steps = min(self.race.steps, most_steps(len(runners), len(self.names)))
        race = replace(self.race, runners=runners, slots=slots, steps=steps)
        return replace(self, race=race, selected=selected)

    def with_problem(self, problem: Problem) -> Self:
        """The state on another problem: parameters that it has too begin where they began."""
        if problem == self.race.problem:
            return self
        before = dict(zip(self.names, self.race.start, strict=True))
        names = problem.objective.parameters
        start = tuple(before.get(name, problem.default_start(name)) for name in names)
        # A start of its own belongs to the parameters that it was typed for.
        runners = (
            self.race.runners if names == self.names else tuple(replace(one, start=None) for one in self.race.runners)
        )
        runners = tuple(_fitting(one, problem.objective) for one in runners)
        plane = self.plane if is_plane(self.plane, names) else PRINCIPAL
        race = replace(self.race, problem=problem, start=start, runners=runners)
        return replace(self, race=race, plane=plane, region=None)

    @property
    def start(self) -> tuple[float, ...]:
        """Where the selected runner begins."""
        return self.race.begin(self.runner)

    def with_start(self, start: tuple[float, ...]) -> Self:
        """The state with another start: the selected runner's own, or that of all who have none."""
        if self.runner.start is None:
            return self.racing(start=start)
        check_start(start, self.race.objective)
        return self.with_runner(replace(self.runner, start=start))


def _fitting(runner: Runner, objective: Objective) -> Runner:
    """A runner, with as many points in a batch as another objective allows."""
    try:
        objective.check_batch_size(runner.batch_size)
    except InputError:
        return replace(runner, batch_size=None)
    return runner


def planes(names: tuple[str, ...]) -> list[str]:
    """The planes that an objective of these parameters can be looked at on."""
    return [PRINCIPAL, *(f"{x}, {y}" for i, x in enumerate(names) for y in names[i + 1 :])]


def is_plane(plane: str, names: tuple[str, ...]) -> bool:
    """Whether it is one of ``planes``."""
    axes = plane.split(", ")
    return plane == PRINCIPAL or (
        len(axes) == 2 and set(axes) <= set(names) and names.index(axes[0]) < names.index(axes[1])
    )


def most_steps(runners: int, parameters: int = 1) -> int:
    """How many steps each of so many runners over so many parameters may take."""
    return min(MAX_STEPS, MAX_RUNNER_STEPS // runners, MAX_KEPT_NUMBERS // (runners * parameters))


# ---- Checks.


def check_steps(steps: object, runners: int = 1, parameters: int = 1) -> int:
    """``steps`` as a number of steps that each of so many runners over so many parameters may take.

    Raises:
        InputError: with the field ``steps``, for anything but a whole number from 1 to ``most_steps``.
    """
    if isinstance(steps, bool) or not isinstance(steps, int | float) or steps != steps // 1:
        raise InputError(f"Steps must be a whole number, not {steps!r}", field="steps")
    if not 1 <= steps <= MAX_STEPS:
        shown = f"{int(steps):,}" if abs(steps) < 1e15 else format_number(as_float(steps), 6)
        raise InputError(f"Steps is {shown}: it must be from 1 to {MAX_STEPS:,}", field="steps")
    if steps > (most := most_steps(runners, parameters)):
        raise InputError(f"Steps is {steps:,}: {say_most_steps(runners, most)}", field="steps")
    return int(steps)


def say_most_steps(runners: int, most: int) -> str:
    """How many steps so many runners may take, in words."""
    each = "one runner takes at most" if runners == 1 else f"{runners} runners take at most"
    return f"{each} {most:,} steps" + ("" if runners == 1 else " each")


def check_tolerance(tolerance: object) -> float:
    """``tolerance`` if it can be reached: a finite number above 0.

    Raises:
        InputError: with the field ``tolerance``, otherwise.
    """
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 < tolerance < math.inf:
        raise InputError(f"the tolerance must be a finite number above 0, not {tolerance!r}", field="tolerance")
    return float(tolerance)


def check_plane(plane: str, names: tuple[str, ...]) -> None:
    """Whether an objective of these parameters can be looked at on a plane.

    Raises:
        InputError: with the field ``plane``, otherwise.
    """
    if is_plane(plane, names):
        return
    if len(names) > MAX_VARIABLES:
        raise InputError(f"the plane is {PRINCIPAL}, or two parameters such as {names[0]}, {names[1]}", field="plane")
    raise InputError(f"the planes are {'; '.join(planes(names))}", field="plane")


def check_place(value: float, name: str = "") -> float:
    """A parameter's start, if it isn't too far away.

    Raises:
        InputError: with the field ``start``, otherwise.
    """
    if not abs(value) <= FARTHEST:
        what = f"Start {name}".rstrip()
        raise InputError(
            f"{what} is {format_exact(value)}: it must lie between {format_number(-FARTHEST)} and "
            f"{format_number(FARTHEST)}",
            field="start",
        )
    return float(value)


def check_start(start: tuple[float, ...], objective: Objective) -> None:
    """Whether runs can begin at ``start``.

    Raises:
        InputError: with the field ``start``, if it has other parameters than the objective, or lies too far away.
    """
    names = objective.parameters
    if len(start) != len(names):
        count = f"{len(start)} value" + ("" if len(start) == 1 else "s")
        raise InputError(f"the start has {count}, and the parameters are {', '.join(names)}", field="start")
    for name, value in zip(names, start, strict=True):
        check_place(value, name)


def check_own_start(runner: Runner, objective: Objective) -> None:
    """Whether a runner can begin where it says by itself, if it does.

    Raises:
        InputError: otherwise, as ``check_start`` says it, or as the objective that is to draw it.
    """
    if runner.start is not None:
        check_start(tuple(runner.begin(objective, ())), objective)


def check_runner(runner: Runner, objective: Objective) -> None:
    """Whether a runner can run on an objective.

    Raises:
        InputError: with the ``field`` that is wrong: ``optimizer``, ``scheduler``, ``lr``, ``settings``, ``start`` or
            ``batch_size``.
    """
    check_settings(runner)
    check_own_start(runner, objective)
    objective.check_batch_size(runner.batch_size)
    OPTIMIZERS[runner.optimizer].check_objective(objective)


def check_optimizer(name: str) -> str:
    """``name`` if it is an optimizer's.

    Raises:
        InputError: with the field ``optimizer``, otherwise.
    """
    if name not in OPTIMIZERS:
        raise InputError(f"unknown optimizer '{name[:40]}': choose one of {', '.join(OPTIMIZERS)}", field="optimizer")
    return name


@lru_cache(maxsize=1024)
def check_settings(runner: Runner) -> None:
    """Whether torch takes a runner's settings.

    Raises:
        InputError: with the field ``settings``, for what only torch knows, such as Nesterov without momentum; or with
            ``optimizer``, ``scheduler`` or ``lr``.
    """
    check_optimizer(runner.optimizer)
    if runner.scheduler is not None and runner.scheduler not in SCHEDULERS:
        raise InputError(
            f"unknown scheduler '{runner.scheduler}': choose one of {', '.join(SCHEDULERS)}", field="scheduler"
        )
    check_learning_rate(runner.lr)
    record = OPTIMIZERS[runner.optimizer]
    try:
        built = record.build(torch.zeros(1, dtype=torch.float64), runner.lr, dict(runner.settings))
        if runner.scheduler:
            SCHEDULERS[runner.scheduler].build(built, runner.lr, dict(runner.schedule))
    except InputError as error:
        error.field = "settings"
        raise


def check_objective(objective: Objective, field: str) -> None:
    """Whether a page has room for an objective.

    Raises:
        InputError: with the given field, if it has no parameter, more than ``MAX_VARIABLES``, or takes more than
            ``MOST_WORK``.
    """
    names = objective.parameters
    if not names:
        raise InputError(
            f"this {field} has no variable, so there is nothing to move: write one with x in it, such as x^2",
            field=field,
        )
    if len(names) > MAX_VARIABLES:
        what = "variables" if field == "function" else "parameters"
        raise InputError(
            f"this {field} has {len(names)} {what} ({', '.join(names[:MAX_VARIABLES])}, …), and the page takes at most "
            f"{MAX_VARIABLES}: write a product with *, or put numbers in the place of some",
            field=field,
        )
    if objective.work > MOST_WORK:
        raise InputError(
            f"this {field} takes {objective.work // objective.cost:,} operations for each of {objective.cost:,} "
            f"points, and the page computes at most {MOST_WORK:,} for a loss: shorten it, or take fewer points",
            field=field,
        )


def check_region(region: Region, parameters: int) -> None:
    """Whether a picture of an objective of so many parameters can be drawn there.

    Raises:
        InputError: with the field ``region``, otherwise.
    """
    wanted = (0, 0) if parameters <= 2 else (parameters, 2 * parameters)
    numbers = (*(end for ends in region.frame for end in ends), *region.origin)
    is_wide = all(high - low > 1e-9 * max(abs(low), abs(high)) for low, high in region.frame)
    if (
        (len(region.origin), len(region.directions)) != wanted
        or not is_wide
        or not all(abs(x) <= FARTHEST for x in numbers)
    ):
        raise InputError("this is no place where the loss can be drawn", field="region")
    directions = torch.tensor(region.directions, dtype=torch.float64).reshape(2, -1)
    if wanted[0] and not torch.allclose(directions @ directions.mT, torch.eye(2, dtype=torch.float64), atol=1e-6):
        raise InputError("these directions aren't at right angles", field="region")
