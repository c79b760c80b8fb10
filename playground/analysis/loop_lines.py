"""A line of a training loop, and in which styles a loop is written."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Part: TypeAlias = Literal[
    "data",
    "parameters",
    "optimizer",
    "loop",
    "forward",
    "loss",
    "item",
    "backward",
    "no_grad",
    "update",
    "zero",
]

INDENT = "    "

BY_HAND, BY_OPTIMIZER = STYLES = ("By hand", "torch.optim")
"""Who updates the parameters: lines of the loop's own, or ``torch.optim.SGD``, which does the same."""


@dataclass(frozen=True)
class Line:
    """A line of the program.

    Attributes:
        code: as it is shown and run, with its indentation.
        part: what it is there for.
        explanation: one sentence for a student.
    """

    code: str
    part: Part
    explanation: str

    @property
    def depth(self) -> int:
        """In how many blocks it stands: 1 in the loop, 2 in ``no_grad()``."""
        return (len(self.code) - len(self.code.lstrip())) // len(INDENT)
