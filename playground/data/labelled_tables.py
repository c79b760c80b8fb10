"""Labelled points in tables, as people paste and upload them: (x, class), (x, y, class), or (x, y) with numbers."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from playground.data.cells import check_commas, is_number, read_flag, read_number
from playground.data.csv_text import write_csv
from playground.data.labelled import MAX_CLASSES, MIN_CLASSES, Labelled
from playground.data.points import data_error
from playground.data.table_points import HELD_OUT_NAMES, cells_of, find_index, list_places, read_column
from playground.data.tables import Table, read_file, read_text
from playground.numerals import format_count, format_exact, quote_text

CLASS_NAMES = ("class", "label", "target", "species")
"""What a column of classes is usually called."""


class LabelledRoles(NamedTuple):
    """Which column is which: one or two coordinates, what the network should answer, and what is held out."""

    inputs: tuple[str, ...]
    target: str
    held_out: str | None = None


class Targets(NamedTuple):
    """A column of targets, as ``Labelled`` takes them."""

    values: tuple[float, ...]
    classes: int
    names: tuple[str, ...] = ()


def read_labelled(given: str | bytes) -> Labelled:
    """The points in a pasted text or a file's bytes: the columns that are probably meant, the class being the last.

    Classes may be words, numbered in order of first appearance, or numbers, in order of size. In a table of two
    columns the second holds numbers to learn where it isn't called a class and its numbers don't count from 0 to at
    most 3.

    Raises:
        InputError: with the field ``data``, in one sentence.
    """
    table = read_file(given, "") if isinstance(given, bytes) else read_text(given)
    return extract_labelled(table, suggest_labelled_roles(table))


def suggest_labelled_roles(table: Table) -> LabelledRoles:
    """Which columns are probably meant.

    The target is the column called so, else what is left beside x and y, else the only one with words, else the last.
    Of more than two others the coordinates are x and y, or else the first two that begin with a number.

    Raises:
        InputError: with the field ``data``, if there aren't two columns beside that of what is held out.
    """
    by_name = {name.casefold(): name for name in table.names}
    held_out = next((by_name[name] for name in HELD_OUT_NAMES if name in by_name), None)
    passed = (held_out, find_index(table), *dict(table.errors).values())
    columns = [name for name in table.names if name not in passed]
    if len(columns) < 2:
        beside = " beside that of what is held out" if held_out else ""
        raise data_error(
            f"the table has {format_count(len(columns), 'column')}{beside}, and a network's points need two, x and "
            "class, or three, x, y and class: add what is missing"
        )
    coordinates = [by_name[name] for name in ("x", "y")[: len(columns) - 1] if name in by_name]
    target = _find_target(table, columns, coordinates)
    others = [name for name in columns if name != target]
    numbers = [name for name in others if is_number(cells_of(table, name)[0])]
    inputs = others if len(others) <= 2 else [*dict.fromkeys([*numbers, *others])][:2]
    is_called_so = {*coordinates} == {*inputs} or (len(others) > len(coordinates) == 2 and target not in coordinates)
    return LabelledRoles(tuple(coordinates if is_called_so else inputs), target, held_out)


def _find_target(table: Table, columns: Sequence[str], coordinates: Sequence[str]) -> str:
    named = [name for name in columns if name.casefold() in CLASS_NAMES]
    left = [name for name in columns if name not in coordinates]
    words = [name for name in columns if not is_number(cells_of(table, name)[0])]
    return next((only[0] for only in (named, left, words) if len(only) == 1), columns[-1])


def extract_labelled(table: Table, roles: LabelledRoles) -> Labelled:
    """The points in a table's columns.

    Raises:
        InputError: with the field ``data``, in one sentence with the row where there is one.
    """
    has_words = not is_number(cells_of(table, roles.target)[0])
    numbers = roles.inputs if has_words else (*roles.inputs, roles.target)
    check_commas(list_places(table, numbers), table.separator)
    targets = _number_words(table, roles.target) if has_words else _read_numbers(table, roles)
    return Labelled(
        tuple(zip(*(read_column(table, name, read_number) for name in roles.inputs), strict=True)),
        targets.values,
        () if roles.held_out is None else read_column(table, roles.held_out, read_flag),
        targets.classes,
        targets.names,
    )


def _number_words(table: Table, column: str) -> Targets:
    """Words as classes, numbered in order of first appearance."""
    words = read_column(table, column, _read_word)
    names = tuple(dict.fromkeys(words))
    _check_count(table, column, words, names)
    return Targets(tuple(float(names.index(word)) for word in words), len(names), names)


def _read_word(cell: str) -> str:
    if not cell:
        raise ValueError("the cell is empty: type a class, or delete the row")
    return cell


def _read_numbers(table: Table, roles: LabelledRoles) -> Targets:
    """Numbers as classes in order of size, if classes are meant, or else as they are."""
    values = read_column(table, roles.target, read_number)
    kinds = sorted(set(values))
    counted = kinds == list(range(len(kinds)))
    few = MIN_CLASSES <= len(kinds) <= MAX_CLASSES
    if len(roles.inputs) == 1 and roles.target.casefold() not in CLASS_NAMES and not (counted and few):
        return Targets(values, 0)
    _check_count(table, roles.target, values, tuple(dict.fromkeys(values)))
    return Targets(
        tuple(float(kinds.index(value)) for value in values),
        len(kinds),
        () if counted else tuple(map(format_exact, kinds)),
    )


def labelled_to_csv(points: Labelled) -> str:
    """The points as CSV with a header, from which points of the same numbers and the same classes are read.

    The columns are ``x``, of two inputs ``y``, then ``class``, or ``y`` where the targets are numbers; and ``held out``
    if some are.
    """
    names = [*("x", "y")[: points.dimensions], "class" if points.classes else "y"]
    said = map(_write_class(points), points.targets) if points.classes else map(format_exact, points.targets)
    rows: list[list[str]] = [[*map(format_exact, at), one] for at, one in zip(points.inputs, said, strict=True)]
    if any(points.held_out):
        names.append("held out")
        rows = [[*row, str(int(flag))] for row, flag in zip(rows, points.held_out, strict=True)]
    return write_csv(names, rows)


def _write_class(points: Labelled) -> Callable[[float], str]:
    return lambda target: points.class_names[int(target)] if points.class_names else str(int(target))


def _check_count(table: Table, column: str, values: Sequence[object], kinds: Sequence[object]) -> None:
    """Refuse more classes than there may be, or a single one."""
    cells = cells_of(table, column)
    if len(kinds) > MAX_CLASSES:
        row = values.index(kinds[MAX_CLASSES])
        raise data_error(
            f"row {table.lines[row]}, column {quote_text(column)}: {quote_text(cells[row])} is one class too many, and "
            f"there may be {MAX_CLASSES}: leave its rows out, or join classes"
        )
    if len(kinds) < MIN_CLASSES:
        raise data_error(
            f"all points are of one class, {quote_text(cells[0])}: there must be {MIN_CLASSES} at least to tell apart"
        )
