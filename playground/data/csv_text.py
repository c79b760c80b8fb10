"""Rows as the text of a CSV file, which no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

from playground.data.cells import is_number

_BEGIN_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_BELOW_ALL = "-inf"
"""What a run may come to, which stays a number: no spreadsheet takes it for a formula."""


def write_csv(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A header and its rows; a text that a spreadsheet would run as a formula begins with an apostrophe."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(map(_as_text, names))
    writer.writerows(map(_as_text, row) for row in rows)
    return written.getvalue()


def _as_text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_BEGIN_FORMULAS) and cell != _BELOW_ALL and not is_number(cell) else cell
