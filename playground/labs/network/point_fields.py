"""The fields of a network's points, and what a link says of them.

The state is anything with ``training``, ``sample`` and ``with_points``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from playground.data.datasets import DATASETS, Dataset
from playground.data.labelled import Labelled, apply_edits, label_points, labelled_from_text, labelled_to_text
from playground.data.points import MAX_TEXT
from playground.data.sample import Sample, sample_from_text
from playground.data.shapes import SHAPES
from playground.labs.network.problem import DEFAULT_SAMPLE
from playground.labs.shared.fields import (
    Choice,
    Field,
    Number,
    Query,
    Segments,
    Text,
    Widget,
    as_number,
    attribute,
    one_of,
)
from playground.labs.shared.left_out import LEFT_OUT, MAX_KEPT, LeftOut, leave_out, take_kept


@lru_cache(maxsize=64)
def read_sample(recipe: str) -> Sample:
    """The sample of a recipe's text, which is asked for again and again."""
    return sample_from_text(recipe)


def _of_sample(name: str, label: str, widget: Widget, help: str | None = None) -> Field[Any]:
    def put(state: Any, value: Any) -> Any:
        made = replace(state.sample or DEFAULT_SAMPLE, **{name: value})
        return state.with_points(made.points)

    return Field(name, label, lambda state: getattr(state.sample or DEFAULT_SAMPLE, name), put, widget, help)


# ---- Sets of the lab Fit.


@lru_cache(maxsize=1)
def _sets() -> Mapping[str, Labelled]:
    """Its sets, which have one input and a number for each point, by their names."""
    return {name: label_points(one.points) for name, one in DATASETS.items()}


def find_set(points: Labelled) -> Dataset | None:
    """The set that points are, if they are one."""
    return next((DATASETS[name] for name, one in _sets().items() if one == points), None)


# ---- What points there are.

_LABELS = {shape.label: name for name, shape in SHAPES.items()}
_SET_LABELS = {f"Set: {name}": name for name in DATASETS}


def _kind_of(state: Any) -> str | None:
    """What the points are called: by the shape of their recipe, or as a set."""
    if state.sample:
        return str(state.sample.shape.label)
    known = find_set(state.training.points)
    return f"Set: {known.name}" if known else None


def _put_kind(state: Any, label: str | None) -> Any:
    if label is None:
        return state
    one_of([*_LABELS, *_SET_LABELS])(label)
    if label in _SET_LABELS:
        return state.with_points(_sets()[_SET_LABELS[label]])
    return state.with_points(replace(state.sample or DEFAULT_SAMPLE, kind=_LABELS[label]).points)


KIND = Field[Any](
    "points_kind",
    "Points",
    _kind_of,
    _put_kind,
    Choice(lambda _: [*_LABELS, *_SET_LABELS], empty="Your own points"),
)
COUNT = _of_sample("n", "Number of points", Number("200", integer=True))
SAMPLE_NOISE = _of_sample("noise", "Noise", Number("0.1"), "The standard deviation of what is added.")
TEST_SHARE = _of_sample("test_share", "Test share", Number("0.2"), "The share of points that are held out.")
SAMPLE_SEED = _of_sample("seed", "Seed of the points", Number("0", integer=True, stepped=True))
OWN_FIELDS: Mapping[str, Field[Any]] = {
    "blobs": _of_sample("blobs", "Number of blobs", Number("3", integer=True)),
    "boundary": _of_sample("boundary", "Boundary", Text("y > sin(3x)"), "Class 1 is where this holds."),
    "function": _of_sample("function", "Function", Text("sin(3x)"), "What y is, before the noise."),
    "low": _of_sample("low", "From", Number("-2")),
    "high": _of_sample("high", "To", Number("2")),
}
"""Fields of some kinds of points, by what ``Shape.uses`` calls them."""


def _named(one: Field[Any]) -> Field[Any]:
    """A field of the points, whose name is no runner's and no race's."""
    return replace(one, name=f"points_{one.name}")


SAMPLE_FIELDS = [_named(one) for one in (COUNT, SAMPLE_NOISE, TEST_SHARE, SAMPLE_SEED)]


def own_fields(state: Any) -> list[Field[Any]]:
    """The fields of the kind of points that is made."""
    return [_named(OWN_FIELDS[name]) for name in state.sample.shape.uses] if state.sample else []


ADDED_CLASS = attribute(
    "added_class",
    "Class of new points",
    Segments(lambda state: [*range(state.training.points.classes)]),
    lambda number: int(as_number(str(number))),
)


# ---- The link.

EDITS = "edits"
"""Under which a link says what was done to the points of a recipe."""


@dataclass(frozen=True)
class PointsPart:
    """The points: a set's name, a recipe, or the points themselves; of too many only how many they were."""

    def take(self, state: Any, query: Query) -> Any:
        """The state with the points that the link says."""
        for name in _READ:
            state = query.try_(state, partial(_with_read_points, state, name, query), name)
        if EDITS in query:
            state = query.try_(state, partial(_with_edits, state, query), EDITS)
        return take_kept(state, query, _with_kept)

    def say(self, state: Any, default: Any) -> dict[str, str]:
        """Where the points are from, if not the default's."""
        points = state.training.points
        if points == default.training.points and points.origin == default.training.points.origin:
            return {}
        return _say_points(points)


def _say_points(points: Labelled) -> dict[str, str]:
    if points.recipe and not points.edits:
        return {"made": points.recipe}
    known = None if points.recipe else find_set(points)
    if known:
        return {"data": known.name}
    text = labelled_to_text(points)
    if points.recipe and not text and len(points.edits) <= MAX_TEXT:
        return {"made": points.recipe, EDITS: points.edits}
    return {"points": text} if text else {LEFT_OUT: _leave_out(points).name}


@lru_cache(maxsize=4)
def _leave_out(points: Labelled) -> LeftOut:
    return leave_out(len(points), labelled_to_text(points, MAX_KEPT))


def left_out(state: Any) -> LeftOut | None:
    """The points that the link leaves out, if it does."""
    return None if is_linked(state) else _leave_out(state.training.points)


def _with_kept(state: Any, text: str) -> Any:
    return state.with_points(labelled_from_text(text, MAX_KEPT))


def is_linked(state: Any) -> bool:
    """Whether a link can carry the points."""
    return LEFT_OUT not in _say_points(state.training.points)


_READ: Mapping[str, Callable[[str], Labelled]] = {
    "data": lambda name: _sets()[one_of([*DATASETS])(name)],
    "made": lambda recipe: read_sample(recipe).points,
    "points": labelled_from_text,
}
"""What the texts of a link say, by key; the last that can be used is taken."""


def _with_read_points(state: Any, name: str, query: Query) -> Any:
    return state.with_points(_READ[name](query[name]))


def _with_edits(state: Any, query: Query) -> Any:
    return state.with_points(apply_edits(state.training.points, query[EDITS]))
