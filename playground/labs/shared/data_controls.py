"""What labs on points share: points that are pasted or read from a file."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from playground.data.table_points import find_index
from playground.data.tables import MAX_BYTES, Fault, FaultyRowsError, Table, read_file, read_text
from playground.errors import InputError
from playground.labs.shared import widgets
from playground.labs.shared.downloads import download_button
from playground.labs.shared.fields import S
from playground.labs.shared.lab import Download
from playground.labs.shared.session import Session
from playground.numerals import format_count, quote_text

# ---- Text and files.


class ColumnRole(NamedTuple):
    """What a column of a table may be for.

    Attributes:
        name: of the choice; label: what stands at it.
        suggested: the column that is probably meant; is_optional: whether there may be none.
        of: the column that it goes with; beside another the choice is made anew.
    """

    name: str
    label: str
    suggested: str | None
    is_optional: bool = False
    of: str = ""


def choose_columns(session: Session[Any], table: Table, roles: Sequence[ColumnRole]) -> dict[str, str | None]:
    """A choice of a column for each role, two in a row: the columns by the roles' names."""
    chosen: dict[str, str | None] = {}

    def draw(role: ColumnRole) -> None:
        options: list[str | None] = [None, *table.names] if role.is_optional else [*table.names]
        chosen[role.name] = st.selectbox(
            role.label,
            options,
            index=options.index(role.suggested),
            key=session.key(
                f"column {hash(table.names)} {role.name} {role.of}"
            ),  # another table's columns are other choices
        )

    widgets.side_by_side([partial(draw, role) for role in roles], 2)
    return chosen


MOST_UNUSED = 5
"""So many columns that aren't used are named, and how many there are beside them."""


def tell_unused(table: Table, used: Sequence[str | None]) -> None:
    """Name the columns that aren't used, but for the numbers of the rows."""
    left = [quote_text(name) for name in table.names if name not in (*used, find_index(table))]
    if not left:
        return
    more = [f"{len(left) - MOST_UNUSED} more"] if len(left) > MOST_UNUSED else []
    *names, last = [*left[:MOST_UNUSED], *more]
    columns = f"columns {', '.join(names)} and {last} aren't" if names else f"column {last} isn't"
    with st.container(key="unused_columns"):
        st.text(f"The {columns} used.")  # as text and never as markup


def paste_controls(
    session: Session[S],
    prompt: str,
    example: str,
    choose: Callable[[Table], Callable[[Table], Any]],
    put: Callable[[S, Any], S],
) -> None:
    """Points from a pasted text or a file, and a button to go on with them.

    Args:
        session: whose state they come into; prompt, example: what stands at the text, and in it.
        choose: draws what is to be chosen of a table -> what makes points of a table with the same columns, or an
            InputError on why there are none.
        put: the state, and other points -> the state on them.
    """
    said = st.container()  # above what takes room: it is seen without scrolling
    text = st.text_area(prompt, key=session.key("pasted"), placeholder=example, height=100, max_chars=MAX_BYTES)
    file = st.file_uploader("or a CSV file, up to 1 MB", key=session.key("file"), type=FILE_TYPES)
    if not (text or file):
        return
    given = file.getvalue() if file else text
    key = session.key(f"left out {hash(given)}")
    found, faults, error = _read_rows(partial(_read, given, file.name if file else ""), choose)
    with said:
        if faults:
            with st.container(key="problem_rows"):
                st.text(_list_faults(faults))
        if error:
            widgets.problem("paste", error)
        elif (
            faults
            and found is not None
            and not st.checkbox(f"Leave these {format_count(len(faults), 'row')} out", key=key)
        ):
            found = None
        use_button(session, "use", "paste", found, put)


FILE_TYPES = ["csv", "txt", "tsv", "dat", "xlsx", "xls"]
"""What can be chosen; a workbook can't be read, and is told what to do with."""

MAX_FAULTS = 5
"""So many faults are told, and how many there are beside them."""


def _read(given: bytes | str, name: str, skip: Collection[int]) -> Table:
    return read_file(given, name, skip) if isinstance(given, bytes) else read_text(given, skip)


class _Found(NamedTuple):
    """The points without the rows that can't be used, or None; those rows; and what is wrong with all of it."""

    points: Any
    faults: list[Fault]
    error: InputError | None = None


def _read_rows(read: Callable[[Collection[int]], Table], choose: Callable[[Table], Callable[[Table], Any]]) -> _Found:
    """The points of a table; rows that can't be used are left out only where others remain."""
    faults: dict[int, Fault] = {}
    extract: Callable[[Table], Any] | None = None
    while True:
        try:
            table = read(faults)
        except FaultyRowsError as error:
            faults |= {fault.line: fault for fault in error.faults}
            continue
        except InputError as error:
            all_bad = InputError("without such rows none is left: correct them, or choose other columns", field="data")
            return _Found(None, [*faults.values()], all_bad if faults else error)
        try:
            extract = extract or choose(table)
            return _Found(extract(table), [*faults.values()])
        except FaultyRowsError as error:
            faults |= {fault.line: fault for fault in error.faults}
        except InputError as error:  # of what is left; the rows that are bad come first
            return _Found(None, [*faults.values()], None if faults else error)


def _list_faults(faults: Sequence[Fault]) -> str:
    """A line for each fault, up to a few."""
    lines = [fault.reason for fault in sorted(faults)[:MAX_FAULTS]]
    more = len(faults) - len(lines)
    return "\n".join([*lines, *([f"and {format_count(more, 'row')} more"] if more else [])])


def points_download_button(session: Session[Any], points: Download) -> None:
    """The points as a file; where no link can carry them, that a person needs it to keep them."""
    left_out = session.left_out()
    if left_out is not None:
        reload = " A reload in this tab keeps them." if left_out.text else " A reload loses them."
        st.caption(f"These {points.label} don't fit in the link: download them to keep them.{reload}")
    download_button(session, points, "data")


def use_button(
    session: Session[S], name: str, popover: str, points: Any, put: Callable[[S, Any], S], verb: str = "Use"
) -> None:
    """A button that brings other points into the state by ``put``, and shuts its popover; it can't be pressed while
    there are none.
    """
    st.button(
        f"{verb} {format_count(len(points), 'point')}" if points else f"{verb} points",
        key=session.key(name),
        type="primary",
        disabled=points is None,
        on_click=_use,
        args=(session, popover, points, put),
    )


def _use(session: Session[S], popover: str, points: Any, put: Callable[[S, Any], S]) -> None:
    session.note_act(lambda state: put(state, points), "data")
    st.session_state[session.key(popover)] = False
    st.toast(f"{format_count(len(points), 'point')} in use. Undo brings back those before.")
