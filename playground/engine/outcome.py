"""How a run ended, in a name and a sentence."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

OutcomeName: TypeAlias = Literal[
    "FINISHED", "CONVERGED", "FLAT", "SADDLE", "DIVERGED", "OUT_OF_DOMAIN", "OUT_OF_TIME", "STOPPED"
]


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        name: FINISHED, CONVERGED (to a minimum), FLAT (the gradient is as good as zero, and in some direction the loss
            has no curvature: some parameters aren't determined there), SADDLE (the gradient is as good as zero, and the
            loss curves down), DIVERGED (the loss or the parameters grow or have left the numbers, or were thrown far
            off and stay there), OUT_OF_DOMAIN (the function has no value or no gradient there), OUT_OF_TIME (the time
            given ran out before the steps did), or STOPPED (torch's optimizer raised an error).
        message: a sentence for a person.
        undetermined: the parameters that a FLAT place doesn't determine.
        determined: what it does determine of them, such as ``a·b``; empty where that isn't known.
    """

    name: OutcomeName
    message: str
    undetermined: tuple[str, ...] = ()
    determined: str = ""

    @property
    def can_continue(self) -> bool:
        """Whether one more step would mean something."""
        return self.name in ("FINISHED", "CONVERGED", "FLAT", "SADDLE", "OUT_OF_TIME")

    @property
    def is_failure(self) -> bool:
        """Whether a person should be warned: the run can't go on, or shouldn't."""
        return self.name in ("DIVERGED", "OUT_OF_DOMAIN", "STOPPED")


def out_of_time(steps: int, wanted: int) -> Outcome:
    """That the time given was over after ``steps`` of the ``wanted`` ones."""
    return Outcome("OUT_OF_TIME", f"The time that was given for it was over after {steps:,} of {wanted:,} steps.")


def stopped(optimizer: str, step: int, reason: str) -> Outcome:
    """That the class ``optimizer`` raised an error in a step, counted from 1."""
    return Outcome("STOPPED", f"{optimizer} can't take step {step} with these settings: {reason}.")
