"""The state of the lab Fit, its fields, and what a link says of the data."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, Self, cast

from playground.analysis.start_search import FoundStarts
from playground.data.datasets import DATASETS, Dataset, FitPreset
from playground.data.points import Points, points_from_text, points_to_text
from playground.data.recipe import recipe_from_text
from playground.engine.losses import LOSSES, PENALTIES
from playground.engine.runner import Runner
from playground.errors import InputError
from playground.labs.fit.problem import TUTORIAL_START, Regression, found_starts
from playground.labs.shared.fields import (
    Choice,
    Field,
    LinkPart,
    Number,
    Query,
    Segments,
    Switch,
    Text,
    attribute,
    one_of,
)
from playground.labs.shared.frame_part import DataFramePart, FramedState
from playground.labs.shared.left_out import LEFT_OUT, MAX_KEPT, LeftOut, leave_out, take_kept
from playground.labs.shared.race.fields import blank, race_fields
from playground.labs.shared.race.link import RACE_PARTS
from playground.labs.shared.race.state import Problem, Race

SIDES = ("Model", "Data")
"""What the controls are about."""


@dataclass(frozen=True, kw_only=True)
class FitState(FramedState):
    """What a person chose on the page Fit.

    Attributes:
        side: one of ``SIDES``.
        shows_starts: whether the starts are shown that a search has found. It ends with the problem.
    """

    side: str = SIDES[0]
    shows_starts: bool = False

    @property
    def regression(self) -> Regression:
        """What is fitted."""
        return cast(Regression, self.race.problem)

    def with_problem(self, problem: Problem) -> Self:
        """The state on another regression."""
        changed = super().with_problem(problem)
        return changed if changed is self else replace(changed, data_frame=None, shows_starts=False)

    @property
    def other_starts(self) -> tuple[tuple[float, ...], ...]:
        """Those that a search has found beside the best, as long as they are shown."""
        found = self.found
        return () if found is None else tuple(map(tuple, found.others.tolist()))

    @property
    def found(self) -> FoundStarts | None:
        """What a search has found, as long as it is shown."""
        with suppress(InputError):  # a link may ask for it where nothing can be found
            return found_starts(self.regression) if self.shows_starts else None
        return None

    def with_found_start(self) -> Self:
        """The state with the start that a search finds, and the others shown.

        Raises:
            InputError: with the field ``start``, where none is found.
        """
        start = tuple(found_starts(self.regression).start.tolist())
        return replace(self.with_start(start), shows_starts=True, region=None)

    def with_points(self, points: Points) -> Self:
        """The state on other data."""
        return self.with_problem(replace(self.regression, points=points))


DEFAULT = FitState(
    race=Race(Regression(), tuple(TUTORIAL_START.values()), (Runner(lr=0.01),), steps=100),
)
"""The tutorial's fit."""


# ---- Sets.


def _pairs() -> Iterator[tuple[str, tuple[Dataset, FitPreset]]]:
    for dataset in DATASETS.values():
        for preset in dataset.fits:
            name = dataset.name if len(dataset.fits) == 1 else f"{dataset.name}: {preset.name}"
            yield name, (dataset, preset)


PAIRS: Mapping[str, tuple[Dataset, FitPreset]] = dict(_pairs())
"""Each fit of each set, by its name."""


def race_of(dataset: Dataset, preset: FitPreset) -> Race:
    """The race that shows what a fit of a set shows."""
    regression = Regression(preset.model, dataset.points, preset.loss)
    runner = Runner(preset.optimizer, preset.lr, preset.settings)
    return Race(regression, tuple(map(float, preset.start)), (runner,), preset.steps)


def known_fit(state: FitState) -> tuple[Dataset, FitPreset] | None:
    """The set and the fit that a state shows, if its data are one of the sets."""
    regression, start, runner = state.regression, state.race.start, state.race.runners[0]

    def likeness(one: tuple[Dataset, FitPreset]) -> tuple[bool, ...]:
        fit = one[1]
        return (
            fit.model == regression.model,
            fit.loss == regression.loss,
            fit.start == start,
            (fit.optimizer, fit.settings) == (runner.optimizer, runner.settings),
        )

    return max((one for one in PAIRS.values() if one[0].points == regression.points), key=likeness, default=None)


def _name_of_set(state: FitState) -> str | None:
    known = known_fit(state)
    return next((name for name, one in PAIRS.items() if one == known), None)


def _put_set(state: FitState, name: str | None) -> FitState:
    if name is None:
        return state
    race = race_of(*PAIRS[one_of([*PAIRS])(name)])
    return replace(state, race=race, selected=0, plane=DEFAULT.plane, region=None, data_frame=None, shows_starts=False)


SET = Field[FitState]("set", "Data set", _name_of_set, _put_set, Choice(lambda _: [*PAIRS], empty="Your own data"))


# ---- The fields.


def _of_regression(name: str, label: str, widget: Any, check: Any, help: str | None = None) -> Field[FitState]:
    return Field(
        name,
        label,
        lambda state: getattr(state.regression, name),
        lambda state, value: state.with_problem(replace(state.regression, **{name: check(value)})),
        widget,
        help,
    )


MODEL = _of_regression("model", "Model", Text(), str)
LOSS = _of_regression("loss", "Loss", Choice(lambda _: [*LOSSES]), one_of([*LOSSES]))
STANDARDISE = _of_regression(
    "standardise",
    "Standardise x",
    Switch(),
    bool,
    "Give the model (x − mean)/standard deviation: the valley grows rounder, and descents faster.",
)


def _penalty(name: str) -> Field[FitState]:
    def put(state: FitState, factor: float) -> FitState:
        factors = dict(state.regression.penalties) | {name: float(factor)}
        given = tuple((one, factors[one]) for one in PENALTIES if factors.get(one, 0.0) != 0)
        return state.with_problem(replace(state.regression, penalties=given))

    return Field(
        name,
        PENALTIES[name].label,
        lambda state: dict(state.regression.penalties).get(name, 0.0),
        put,
        Number("0.1, or 0 for none"),
        PENALTIES[name].source,
    )


PENALTY_FIELDS = [_penalty(name) for name in PENALTIES]

SHOWS_STARTS = attribute(
    "shows_starts",
    "Show the others that were tried",
    Switch(),
    bool,
    "The triangles on the contours: starts of low loss that lead to the same fit, or to worse ones.",
)

SIDE = attribute("side", "Controls", Segments(lambda _: SIDES), one_of(SIDES))


def fields(state: FitState) -> list[Field[Any]]:
    """All fields of the lab."""
    return [SET, MODEL, LOSS, *PENALTY_FIELDS, STANDARDISE, SIDE, SHOWS_STARTS, *race_fields(state)]


# ---- The link.


@dataclass(frozen=True)
class DataPart:
    """The data: a set's name, a recipe, or the points themselves; of too many only how many they were."""

    def take(self, state: FitState, query: Query) -> FitState:
        """The state with the data that the link says."""
        for name, read in _READ.items():
            state = query.try_(state, partial(_with_read_points, state, read, query), name)
        return take_kept(state, query, _with_kept)

    def say(self, state: FitState, default: FitState) -> dict[str, str]:
        """Where the data are from, if not the default's."""
        points = state.regression.points
        if points == default.regression.points:
            return {}
        name = next((name for name, one in DATASETS.items() if one.points == points), None)
        if name or points.recipe:
            return {"data": name} if name else {"made": points.recipe}
        text = points_to_text(points)
        return {"points": text} if text else {LEFT_OUT: _leave_out(points).name}


@lru_cache(maxsize=4)
def _leave_out(points: Points) -> LeftOut:
    return leave_out(len(points), points_to_text(points, MAX_KEPT))


def left_out(state: FitState) -> LeftOut | None:
    """The points that the link leaves out, if it does."""
    return None if is_linked(state) else _leave_out(state.regression.points)


def _with_kept(state: FitState, text: str) -> FitState:
    return state.with_points(points_from_text(text, MAX_KEPT))


_READ: Mapping[str, Callable[[str], Points]] = {
    "data": lambda name: DATASETS[one_of([*DATASETS])(name)].points,
    "made": lambda recipe: recipe_from_text(recipe).points,
    "points": points_from_text,
}
"""What the texts of a link say, by key; the last that can be used is taken."""


def _with_read_points(state: FitState, read: Callable[[str], Points], query: Query) -> FitState:
    name = next(name for name, one in _READ.items() if one is read)
    return state.with_points(read(query[name]))


def is_linked(state: FitState) -> bool:
    """Whether a link can carry the data."""
    return LEFT_OUT not in DataPart().say(state, DEFAULT)


PROBLEM_PARTS: tuple[LinkPart[Any], ...] = (DataPart(), MODEL, LOSS, *PENALTY_FIELDS, STANDARDISE)

REST_PARTS: tuple[LinkPart[Any], ...] = (*RACE_PARTS, SIDE, SHOWS_STARTS, DataFramePart())


def blank_fit(state: FitState) -> FitState:
    """The state of the same regression in which all else is as nobody chose it."""
    begun = blank(state, steps=DEFAULT.race.steps)
    return replace(cast(FitState, begun), side=SIDES[0], data_frame=None, shows_starts=False)
