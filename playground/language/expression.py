"""An expression of the language, ready to be evaluated by torch operations.

The language is the project's own, because what strangers type must be harmless and what students type
must be understood. Python's ``eval``, even behind an allow-list of syntax, fails at one or the other: it
runs code, or it knows no ``2x``. Libraries that promise a safe one wrote files or ran commands when they
were tried, or understood half of what students type. Here a parser (``playground.language.parser``) makes a tape of
checked operations (``playground.language.operations``), and evaluation walks the tape. There is no ``eval``, ``exec``,
attribute access or import on the way, and autograd sees exactly what a hand-written line would show it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

import torch
from torch import Tensor

from playground.errors import ExpressionError
from playground.language.operations import CONSTANTS, OPERATIONS, VECTOR, Kind
from playground.language.tape import Node
from playground.language.understand import parse

Slot: TypeAlias = float | Tensor
"""A node's value: a number if it depends on no name and is no vector."""

ACCEPTS_NUMBERS = frozenset(
    name
    for name, one in OPERATIONS.items()
    if one.group == "operator" and one.arguments == ("number",) and not one.needs_tensors
)
"""Operations that take Python's numbers beside tensors, and are faster so."""


class Expression:
    """A checked expression.

    Args:
        text: what the person typed.
        names: the only names that may be variables. Without them a single letter, a letter with
            digits, a Greek letter, and a name with an underscore are variables; two or three
            letters that are no known name are a product of letters, and more are an error.
        kind: what the text must come to: a number, or ``"truth"`` for a condition such as ``y > sin(3x)``.

    Attributes:
        nodes: the tape; the last node is the whole expression, and equal subtrees stand there once.
        names: the variables, in order of first appearance.
        readings: where the text could have been meant otherwise, how it was read, in a sentence each.
        others: by these sentences the whole text as it is typed where the other is meant, where that is known.
        words: the variables of several letters that are so because the text lists them, or for their company.

    Raises:
        ExpressionError: with a sentence and the column, for a text that is no expression.
    """

    def __init__(self, text: str, names: Iterable[str] | None = None, kind: Kind = "number") -> None:
        self.text = text
        self.nodes, readings, self.words = parse(text, names, kind)
        self.readings = tuple(readings)
        self.others = {sentence: other for sentence, other in readings.items() if other}
        self.names: tuple[str, ...] = tuple(str(node.value) for node in self.nodes if node.operation == "name")
        self._compile()

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    @property
    def reduces(self) -> bool:
        """Whether vectors are summed, indexed or made: then the last axis is that of components."""
        return any(
            node.operation in ("vector", "component")
            or (node.operation in OPERATIONS and OPERATIONS[node.operation].is_reduction(len(node.arguments)))
            for node in self.nodes
        )

    @property
    def is_sigmoid(self) -> bool:
        """Whether its value is a sigmoid, by name or written out as ``1/(1 + exp(-x))``."""
        last = self.nodes[-1]
        if last.operation == "/":
            one, below = (self.nodes[at] for at in last.arguments)
            parts = {self.nodes[at].operation: self.nodes[at].value for at in below.arguments}
            return one.value == 1 and below.operation == "+" and parts == {"number": 1, "exp": None}
        return last.operation == "sigmoid"

    @property
    def size(self) -> int:
        """How many operations one value takes, at least 1."""
        return max(1, len(self._program))

    @property
    def components(self) -> dict[str, int]:
        """The names that components are asked of, and how many each must have at least."""
        found: dict[str, int] = {}
        for node in self.nodes:
            if node.operation == "component":
                name = str(self.nodes[node.arguments[0]].value)
                found[name] = max(found.get(name, 0), int(node.value or 0) + 1)
        return found

    def constant(self, position: int) -> float | Tensor | None:
        """The value of a node that depends on no name, a tensor if it is a vector; None for others."""
        value: float | Tensor | None = self._slots[position]
        return value

    def evaluate(self, values: Mapping[str, Tensor]) -> Tensor:
        """The value of the expression, by torch operations that autograd can follow.

        Args:
            values: a float64 tensor for each of ``names``; their shapes broadcast. The components of a
                vector stand on the last axis, and a number beside vectors has a last axis of 1.

        Returns:
            A tensor of the broadcast shape, float64 or of a condition bool; for an expression without names, of
            shape () or (components,).

        Raises:
            ExpressionError: if vectors of different lengths meet, or a component is beyond the last.
        """
        value = self._run(values, self._used_up)[len(self.nodes) - 1]
        return value if isinstance(value, Tensor) else torch.tensor(value, dtype=_dtype(value))

    def evaluate_nodes(self, values: Mapping[str, Tensor]) -> list[Any]:
        """The value of every node in turn; of those that depend on no name a float, or a tensor if they are vectors.

        Behind them come constants once more, as tensors.
        """
        return self._run(values, [()] * len(self._program))

    def _run(self, values: Mapping[str, Tensor], used_up: Sequence[tuple[int, ...]]) -> list[Any]:
        """The value of every node, but for those that are let go of after each call."""
        slots = self._slots.copy()
        for position, name in self._leaves:
            slots[position] = values[name]
        try:
            for (position, function, take), done in zip(self._program, used_up, strict=True):
                slots[position] = function(*take(slots))
                for argument in done:
                    slots[argument] = None
        except (RuntimeError, IndexError) as error:
            raise _shape_error({name: values[name] for name in self.names}) from error
        return slots

    def _compile(self) -> None:
        """Turn the tape into calls, and work out once what doesn't depend on a name."""
        self._slots: list[Any] = [None] * len(self.nodes)
        self._leaves: list[tuple[int, str]] = []
        calls: list[tuple[int, Callable[..., Any], tuple[int, ...]]] = []
        tensors: dict[int, int] = {}  # where a constant stands as a tensor, by where it stands as a number
        for position, node in enumerate(self.nodes):
            if node.operation == "name":
                self._leaves.append((position, str(node.value)))
            elif not node.arguments:
                value = CONSTANTS[str(node.value)] if node.operation == "constant" else node.value
                self._slots[position] = value
            else:
                calls += self._call(position, node, tensors)
        self._program = [(position, function, _taker(arguments)) for position, function, arguments in calls]
        # What no later call takes is let go of: its memory, still in the cache, serves the next call.
        made = {position for position, *_ in calls}
        last_use = {argument: place for place, (*_, arguments) in enumerate(calls) for argument in arguments}
        self._used_up = [
            tuple(argument for argument in dict.fromkeys(arguments) if argument in made and last_use[argument] == place)
            for place, (*_, arguments) in enumerate(calls)
        ]

    def _call(
        self, position: int, node: Node, tensors: dict[int, int]
    ) -> list[tuple[int, Callable[..., Any], tuple[int, ...]]]:
        """The call that makes a node's value; none for one that depends on no name, whose value is worked out now."""
        given = [self._slots[argument] for argument in node.arguments]
        function = torch_operation(node)
        if all(one is not None for one in given):
            # By torch, not Python: 1/0 is inf and 9**9**9 is inf; neither raises or fills the memory.
            try:
                value = function(*[torch.as_tensor(one, dtype=_dtype(one)) for one in given])
            except RuntimeError as error:
                raise _shape_error({}) from error
            self._slots[position] = value.item() if value.numel() == 1 else value
            return []
        arguments = list(node.arguments)
        if node.operation not in ACCEPTS_NUMBERS:
            for i, one in enumerate(given):
                if isinstance(one, float | bool):
                    if arguments[i] not in tensors:
                        tensors[arguments[i]] = len(self._slots)
                        self._slots.append(torch.tensor(one, dtype=_dtype(one)))
                    arguments[i] = tensors[arguments[i]]
        return [(position, function, tuple(arguments))]


def _taker(positions: tuple[int, ...]) -> Callable[[list[Any]], Sequence[Any]]:
    """What takes these of the slots; by C where there are several, which is faster than a comprehension."""
    (only, *others) = positions
    return itemgetter(*positions) if others else lambda slots: (slots[only],)


def torch_operation(node: Node) -> Callable[..., Any]:
    """The torch operation of a node, on its arguments' values."""
    if node.operation == "component":
        index = int(node.value or 0)
        return lambda values: values.narrow(-1, index, 1)
    return VECTOR.function if node.operation == "vector" else OPERATIONS[node.operation].function


def _shape_error(values: Mapping[str, Tensor]) -> ExpressionError:
    """Vectors of different lengths that meet, or a component beyond the last."""
    lengths = ", ".join(f"{name} has {one.shape[-1] if one.ndim else 1}" for name, one in values.items())
    return ExpressionError("vectors of these lengths don't fit together" + (f": {lengths}" if lengths else ""))


def _dtype(value: Any) -> torch.dtype:
    return torch.bool if isinstance(value, bool) else torch.float64
