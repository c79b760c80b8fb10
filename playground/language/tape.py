"""The tape that a text becomes: checked operations in the order in which they are computed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from playground.errors import ExpressionError
from playground.language.operations import OPERATIONS, VECTOR, Kind, Operation

MAX_NODES = 400
"""The most operations that an expression may have, equal parts counted once."""


@dataclass(frozen=True)
class Node:
    """One step of a tape.

    Attributes:
        operation: a name from ``OPERATIONS``, or ``"number"``, ``"constant"``, ``"name"``, ``"vector"``,
            ``"component"``.
        arguments: positions on the tape, all before this node's own.
        value: the value of a number, the text of a constant or a name, or which component, from 0.
    """

    operation: str
    arguments: tuple[int, ...] = ()
    value: float | str | None = None


class Parsed(NamedTuple):
    """A text that was read.

    Attributes:
        nodes: the tape; its last node is the whole.
        readings: where the text could have been meant otherwise, how it was read: each sentence, and the whole text as
            it is typed where the other is meant, empty where none is known.
        words: the variables of several letters that don't look like one.
    """

    nodes: tuple[Node, ...]
    readings: Mapping[str, str] = {}
    words: tuple[str, ...] = ()


class TapeBuilder:
    """A tape in the making: equal subtrees stand there once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.kinds: list[Kind] = []
        self._positions: dict[Node, int] = {}

    def emit(self, operation: str, *arguments: int, value: float | str | None = None, column: int) -> int:
        """The position of a node, new or there already; ``column`` is where its text ends.

        Raises:
            ExpressionError: if there are ``MAX_NODES`` already.
        """
        node = Node(operation, arguments, value)
        if node not in self._positions:
            if len(self.nodes) == MAX_NODES:
                raise ExpressionError(f"the expression has more than {MAX_NODES} operations: shorten it", column=column)
            self._positions[node] = len(self.nodes)
            self.nodes.append(node)
            self.kinds.append(OPERATIONS[operation].kind if operation in OPERATIONS else "number")
        return self._positions[node]

    def apply(self, operation: str, arguments: list[tuple[int, int]], *, column: int) -> int:
        """``emit`` an operation on arguments made what it wants: a comparison among numbers counts 1 or 0.

        Args:
            operation: what to apply.
            arguments: of each its position, and the column where its text begins.
            column: where the operation's text ends.

        Raises:
            ExpressionError: if a number stands where a comparison is wanted.
        """
        record = OPERATIONS.get(operation, VECTOR)
        made = []
        for i, (argument, begins) in enumerate(arguments):
            wanted = _wanted_kind(record, i, len(arguments))
            if wanted == "truth" and self.kinds[argument] != "truth":
                raise ExpressionError(f"'{operation}' wants a comparison here, such as x > 0", column=begins)
            truth = wanted == "number" and self.kinds[argument] == "truth"
            made.append(self.emit("truth", argument, column=column) if truth else argument)
        return self.emit(operation, *made, column=column)

    def tape(self, root: int) -> tuple[Node, ...]:
        """What ``root`` is made of, each argument before what uses it, from left to right; nothing else."""
        places: dict[int, int] = {}
        tape: list[Node] = []
        waiting = [(root, False)]
        while waiting:
            at, arguments_done = waiting.pop()
            if at in places:
                continue
            node = self.nodes[at]
            if arguments_done:
                places[at] = len(tape)
                tape.append(replace(node, arguments=tuple(places[argument] for argument in node.arguments)))
            else:
                waiting.append((at, True))
                waiting.extend((argument, False) for argument in reversed(node.arguments))
        return tuple(tape)


def _wanted_kind(record: Operation, i: int, count: int) -> Kind:
    """What argument ``i`` of ``count`` must be."""
    if record.name == "piecewise":
        return "truth" if i % 2 == 0 and i < count - 1 else "number"
    return record.arguments[min(i, len(record.arguments) - 1)]
