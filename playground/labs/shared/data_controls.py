"""What labs on points share: points that are pasted or read from a file."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from playground.data.tables import MAX_BYTES, Table, read_file, read_text
from playground.errors import InputError
from playground.labs.shared import widgets
from playground.labs.shared.downloads import download_button
from playground.labs.shared.fields import S
from playground.labs.shared.lab import Download
from playground.labs.shared.session import Session
from playground.numerals import format_count

# ---- Text and files.


class ColumnRole(NamedTuple):
    """What a column of a table may be for.

    Attributes:
        name: of the choice; label: what stands at it.
        suggested: the column that is probably meant; is_optional: whether there may be none.
    """

    name: str
    label: str
    suggested: str | None
    is_optional: bool = False


def choose_columns(session: Session[Any], table: Table, roles: Sequence[ColumnRole]) -> dict[str, str | None]:
    """A choice of a column for each role, two in a row: the columns by the roles' names."""
    chosen: dict[str, str | None] = {}

    def draw(role: ColumnRole) -> None:
        options: list[str | None] = [None, *table.names] if role.is_optional else [*table.names]
        chosen[role.name] = st.selectbox(
            role.label,
            options,
            index=options.index(role.suggested),
            key=session.key(f"column {hash(table.names)} {role.name}"),  # another table's columns are other choices
        )

    widgets.side_by_side([partial(draw, role) for role in roles], 2)
    return chosen


def paste_controls(
    session: Session[S], prompt: str, example: str, extract: Callable[[Table], Any], put: Callable[[S, Any], S]
) -> None:
    """Points from a pasted text or a file, and a button to go on with them.

    Args:
        session: whose state they come into; prompt, example: what stands at the text, and in it.
        extract: draws what is to be chosen of a table -> its points, or an InputError on why there are none.
        put: the state, and other points -> the state on them.
    """
    text = st.text_area(prompt, key=session.key("pasted"), placeholder=example, height=140, max_chars=MAX_BYTES)
    file = st.file_uploader("or a CSV file, up to 1 MB", key=session.key("file"), type=["csv", "txt", "tsv", "dat"])
    if not (text or file):
        return
    found = None
    try:
        found = extract(read_file(file.getvalue(), file.name) if file else read_text(text))
    except InputError as error:
        widgets.problem("paste", error)
    use_button(session, "use", f"Use {format_count(len(found), 'point')}" if found else "Use these points", found, put)


def points_download_button(session: Session[Any], points: Download, *, is_linked: bool) -> None:
    """The points as a file; where no link can carry them, that a person needs it to keep them."""
    if not is_linked:
        st.caption(f"These {points.label} don't fit in the link: download them to keep them.")
    download_button(session, points, "data")


def use_button(session: Session[S], name: str, label: str, points: Any, put: Callable[[S, Any], S]) -> None:
    """A button that brings other points into the state by ``put``; it can't be pressed while there are none."""
    st.button(
        label,
        key=session.key(name),
        type="primary",
        disabled=points is None,
        on_click=session.note_act,
        args=(lambda state: put(state, points), "data"),
    )
