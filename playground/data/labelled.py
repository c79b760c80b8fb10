"""Points for a network: one or two inputs each, and a class or a number that the network should answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote as escape
from urllib.parse import unquote

import torch
from torch import Tensor

from playground.data.points import (
    MAX_TEXT,
    Points,
    check_flags,
    check_numbers,
    data_error,
    replace_item,
)
from playground.language.numbers import NUMBER
from playground.numerals import format_count, format_exact, quote

MAX_LABELLED = 10_000
"""The most points that a network is given."""

MIN_CLASSES, MAX_CLASSES = 2, 4
"""How many classes there may be."""

MAX_CLASS_NAME = 30
"""The most characters of a class's name."""

_INPUT_NAMES = ("x", "y")


@dataclass(frozen=True)
class Labelled:
    """Points for a network, checked; equal data are equal, and hashable.

    Attributes:
        inputs: the N points' coordinates, (x,) for all of them or (x, y) for all.
        targets: what the network should answer: the class of each, from 0.0 on, or a number where there are no classes.
        held_out: whether each is kept from the training, to test on; N flags, whatever was given for none.
        classes: how many classes there are, 2 to 4; 0 where the targets are numbers, and each input is one.
        class_names: what the classes are called, all different; empty where they have numbers alone.
        recipe: the text of the ``Sample`` that made them, or nothing; it makes no difference between data.
        edits: what a person did to them since, as ``apply_edits`` reads it; likewise.

    Raises:
        InputError: with the field ``data`` for what no network can learn from; rows are counted from 1.
    """

    inputs: tuple[tuple[float, ...], ...]
    targets: tuple[float, ...]
    held_out: tuple[bool, ...] = ()
    classes: int = 2
    class_names: tuple[str, ...] = ()
    recipe: str = field(default="", compare=False)
    edits: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        _check_lengths(len(self.inputs), len(self.targets), len(self.held_out))
        _check_classes(self.classes, self.class_names)
        inputs = _check_inputs(self.inputs)
        if not self.classes and len(inputs[0]) != 1:
            raise data_error("points with two coordinates need classes: a number as target needs a single input, x")
        targets = check_numbers(self.targets, "the class" if self.classes else "y")
        if self.classes:
            _check_labels(targets, self.classes)
        held_out = check_flags(self.held_out) or (False,) * len(inputs)
        if all(held_out):
            raise data_error("all points are held out: training needs at least one point that isn't")
        vars(self).update(inputs=inputs, targets=targets, held_out=held_out, class_names=tuple(self.class_names))

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def dimensions(self) -> int:
        """How many coordinates each point has: 1 or 2."""
        return len(self.inputs[0])

    @property
    def origin(self) -> tuple[str, str]:
        """How they came about, which makes no difference between data: their recipe, and the edits since."""
        return self.recipe, self.edits

    @cached_property
    def input_tensor(self) -> Tensor:
        """The inputs, (N, 1) or (N, 2) float64."""
        return torch.tensor(self.inputs, dtype=torch.float64)

    @cached_property
    def target_tensor(self) -> Tensor:
        """The targets, (N,) float64; ``.long()`` is what cross entropy takes."""
        return torch.tensor(self.targets, dtype=torch.float64)

    @cached_property
    def held_out_tensor(self) -> Tensor:
        """Which points are held out, (N,) bool."""
        return torch.tensor(self.held_out)

    def name_class(self, number: int) -> str:
        """What the class of this number, from 0, is called."""
        return self.class_names[number] if self.class_names else f"class {number}"

    def with_point(self, place: tuple[float, ...], target: float) -> "Labelled":
        """These and one more at ``place``, (x,) or (x, y), that isn't held out."""
        return replace(
            self,
            inputs=(*self.inputs, place),
            targets=(*self.targets, target),
            held_out=(*self.held_out, False),
            edits=self._and_then(_write_edit("+", (*place, target))),
        )

    def with_moved_point(self, i: int, place: tuple[float, ...], target: float | None = None) -> "Labelled":
        """These with the point ``i``, counted from 0, at another place, (x,) or (x, y).

        Args:
            i: which; place: where to; target: another target, the one that it has unless given.
        """
        self._check_index(i)
        answer = self.targets[i] if target is None else target
        edit = _write_edit("=", (i, *place, answer))
        return replace(
            self,
            inputs=replace_item(self.inputs, i, place),
            targets=replace_item(self.targets, i, answer),
            edits=self._and_then(edit, instead_of=f"={i},"),
        )

    def with_held_out(self, i: int, held_out: bool) -> "Labelled":
        """These with the point ``i``, counted from 0, kept from the training or given back to it."""
        self._check_index(i)
        edit = _write_edit("?", (i, int(held_out)))
        return replace(self, held_out=replace_item(self.held_out, i, held_out), edits=self._and_then(edit))

    def without_point(self, i: int) -> "Labelled":
        """These without the point ``i``, counted from 0; a class without points stays a class."""
        self._check_index(i)
        if len(self) == 1:
            raise data_error("training needs at least one point, and this is the last: move it, or add another first")
        rest = {
            name: getattr(self, name)[:i] + getattr(self, name)[i + 1 :] for name in ("inputs", "targets", "held_out")
        }
        return replace(self, **rest, edits=self._and_then(_write_edit("-", (i,))))

    def _and_then(self, edit: str, instead_of: str = "") -> str:
        """The edits with one more, in the place of the last one if that did the same to the same point."""
        if not self.recipe:
            return ""
        edits = self.edits.split(";") if self.edits else []
        if instead_of and edits and edits[-1].startswith(instead_of):
            edits.pop()
        return ";".join([*edits, edit])

    def _check_index(self, i: int) -> None:
        if not 0 <= i < len(self):
            raise data_error(f"there is no point in row {i + 1}: the last is in row {len(self)}")


def label_points(points: Points, classes: int = 0) -> Labelled:
    """The points of a fit for a network: x is the input and y the target; weights have no place in it.

    Raises:
        InputError: with the field ``data``, for y that are no classes if there are to be some, or too many points.
    """
    return Labelled(tuple((x,) for x in points.x), points.y, points.held_out, classes)


# ---- Edits in a link.


def _write_edit(kind: str, numbers: Iterable[float]) -> str:
    return kind + ",".join(map(format_exact, numbers))


def apply_edits(points: Labelled, text: str) -> Labelled:
    """Points with what was done to them: ``+0.5,-1,0;=3,0.2,0.4,1;-7;?2,1``.

    ``+`` adds a place with its target, ``=`` puts a row, counted from 0, there, ``-`` takes one away, and ``?`` says
    whether one is held out.

    Raises:
        InputError: with the field ``data``, for anything else.
    """
    if len(text) > MAX_TEXT:
        raise data_error(f"edits in a link have at most {MAX_TEXT:,} characters, and these have {len(text):,}")
    rows = [list(row) for row in zip(points.inputs, points.targets, points.held_out, strict=True)]
    for one in text.split(";"):
        _apply_edit(rows, one, points.dimensions)
    if not rows:
        raise data_error("training needs at least one point, and all were taken away")
    inputs, targets, held_out = (tuple(column) for column in zip(*rows, strict=True))
    return replace(points, inputs=inputs, targets=targets, held_out=held_out, edits=text)


def _apply_edit(rows: list[list[Any]], edit: str, dimensions: int) -> None:
    kind, parts = edit[:1], edit[1:].split(",")
    wanted = {"+": dimensions + 1, "=": dimensions + 2, "-": 1, "?": 2}.get(kind)
    if wanted != len(parts) or not all(map(NUMBER.fullmatch, parts)):
        raise data_error(f"an edit is written as +x,y,class or =row,x,y,class or -row or ?row,1, not {quote(edit)}")
    numbers = [float(one) for one in parts]
    if kind == "+":
        rows.append([tuple(numbers[:-1]), numbers[-1], False])
        return
    row = int(numbers[0]) if numbers[0].is_integer() else -1
    if not 0 <= row < len(rows):
        raise data_error(f"there is no row {parts[0][:20]}, counted from 0: there are {len(rows):,} points")
    if kind == "-":
        del rows[row]
    elif kind == "=":
        rows[row][:2] = [tuple(numbers[1:-1]), numbers[-1]]
    else:
        rows[row][2] = numbers[1] == 1


# ---- Points in a link.


def labelled_to_text(points: Labelled, most: int = MAX_TEXT) -> str | None:
    """The points as a link carries them: how many classes or their names, then each point; ``h`` for held out.

    Two classes in the plane are ``2;0.5,-1,0;2,1,1,h``, and three on a line ``cat,dog,cow;0.5,2;0.7,0``.

    Returns:
        A text from which ``labelled_from_text`` reads equal points, or None if it is longer than ``most`` characters.
    """
    if len(points) > most // len("0,0;") + 1:
        return None
    head = ",".join(escape(name, safe=" ") for name in points.class_names) or str(points.classes)
    rows = zip(points.inputs, points.targets, points.held_out, strict=True)
    cells = ([*map(format_exact, (*place, target)), *(["h"] if held else [])] for place, target, held in rows)
    text = ";".join([head, *map(",".join, cells)])
    return text if len(text) <= most else None


def labelled_from_text(text: str, most: int = MAX_TEXT) -> Labelled:
    """The points that ``labelled_to_text`` wrote, in ``most`` characters.

    Raises:
        InputError: for anything else, with the field ``data``.
    """
    if len(text) > most:
        raise data_error(f"points in a link have at most {most:,} characters, and these have {len(text):,}")
    head, *rows = text.split(";")
    names = tuple(map(unquote, head.split(","))) if "," in head else ()
    if not names and (len(head) != 1 or head not in "0234"):
        raise data_error(
            f"points begin with how many classes there are, 0 or 2 to 4, or their names, not {head[:40]!r}"
        )
    read = [_read_point(row, one) for row, one in enumerate(rows, 1)]
    inputs, targets, held_out = zip(*read, strict=True) if read else ((), (), ())
    return Labelled(inputs, targets, held_out, len(names) or int(head), names)


def _read_point(row: int, text: str) -> tuple[tuple[float, ...], float, bool]:
    parts = text.split(",")
    held = parts[-1].strip() == "h"
    numbers = [one.strip() for one in (parts[:-1] if held else parts)]
    if len(numbers) not in (2, 3) or not all(map(NUMBER.fullmatch, numbers)):
        raise data_error(
            f"row {row}: a point is written as x,class or x,y,class, with ,h if held out, not {text[:40]!r}"
        )
    *place, target = map(float, numbers)
    return tuple(place), target, held


# ---- Checks.


def _check_lengths(points: int, targets: int, flags: int) -> None:
    if targets != points:
        raise data_error(
            "every point needs a target, and "
            f"{format_count(points, 'point')} came with {format_count(targets, 'target')}"
        )
    if not points:
        raise data_error("training needs at least one point, and there is none: add one")
    if points > MAX_LABELLED:
        raise data_error(
            f"there are {points:,} points, and a network is given at most {MAX_LABELLED:,}: leave some out"
        )
    if flags not in (0, points):
        raise data_error(
            f"{format_count(points, 'point')} came with {format_count(flags, 'mark')} of what is held out: "
            "each point needs one, or none does"
        )


def _check_classes(classes: object, names: Iterable[Any]) -> None:
    if (
        isinstance(classes, bool)
        or not isinstance(classes, int)
        or classes not in (0, *range(MIN_CLASSES, MAX_CLASSES + 1))
    ):
        raise data_error(
            f"there must be {MIN_CLASSES} to {MAX_CLASSES} classes, or 0 for numbers as targets, not {quote(classes)}"
        )
    seen: dict[str, None] = {}
    for name in names:
        if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > MAX_CLASS_NAME:
            raise data_error(f"a class's name is a word of at most {MAX_CLASS_NAME} characters, not {quote(name)}")
        if name in seen:
            raise data_error(f"two classes are called {quote(name)}: give one of them another name")
        seen[name] = None
    if seen and len(seen) != classes:
        raise data_error(f"{classes} classes came with {format_count(len(seen), 'name')}: each needs one, or none does")


def _check_inputs(inputs: Iterable[Iterable[Any]]) -> tuple[tuple[float, ...], ...]:
    rows = [tuple(row) if isinstance(row, Iterable) else (row,) for row in inputs]
    for i, row in enumerate(rows, 1):
        if len(row) not in (1, 2) or len(row) != len(rows[0]):
            raise data_error(
                f"row {i}: all points have one coordinate, x, or all have two, x and y, and this one has {len(row)}"
                + (f" where the first has {len(rows[0])}" if i > 1 else "")
            )
    columns = zip(*rows, strict=True)
    checked: Mapping[str, tuple[float, ...]] = {
        name: check_numbers(column, name) for name, column in zip(_INPUT_NAMES, columns, strict=False)
    }
    return tuple(zip(*checked.values(), strict=True))


def _check_labels(targets: tuple[float, ...], classes: int) -> None:
    for row, target in enumerate(targets, 1):
        if target not in range(classes):
            raise data_error(
                f"row {row}: {format_exact(target)} is no class: the classes are numbered from 0 to {classes - 1}"
            )
