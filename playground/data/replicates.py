"""Tables with several columns of y: each row gives a point for each of them."""

from collections.abc import Sequence
from dataclasses import replace

from playground.data.table_points import cells_of
from playground.data.tables import Table


def stack_columns(table: Table, y: str, more: Sequence[str]) -> Table:
    """The table with a row for each y of a row: the cells of other columns of y stand below those of ``y``.

    Where errors came with the values, they stay with them. An empty cell of ``more`` gives no row.

    Args:
        table: as read; y: the column that takes the cells of the others; more: these.

    Raises:
        InputError: with the field ``data``, if there is no such column.
    """
    columns = [cells_of(table, name) for name in (y, *more)]
    errors = dict(table.errors)
    places = [(i, k) for i in range(len(table)) for k, cells in enumerate(columns) if k == 0 or cells[i]]

    def stacked(name: str, cells: Sequence[str]) -> tuple[str, ...]:
        if name == y:
            return tuple(columns[k][i] for i, k in places)
        if name == errors.get(y):
            own = [errors.get(one) for one in (y, *more)]
            found = [("",) * len(table) if one is None else cells_of(table, one) for one in own]
            return tuple(found[k][i] for i, k in places)
        return tuple(cells[i] for i, _ in places)

    return replace(
        table,
        columns=tuple(stacked(name, cells) for name, cells in zip(table.names, table.columns, strict=True)),
        lines=tuple(table.lines[i] for i, _ in places),
    )
