"""What helps a run that broke off, once it was seen to."""

from dataclasses import replace

from playground.engine.outcome import Outcome
from playground.engine.trajectory import Trajectory
from playground.numerals import format_count, format_number

REMEDY_SECONDS = 0.5
"""A remedy is tried for so long at most."""

REMEDY_STEPS = 20
"""And for so many steps."""


def name_remedy(outcome: Outcome, remedy: str, tried: Trajectory) -> Outcome:
    """The outcome of a run that broke off, with what helps in place of what might.

    Args:
        outcome: of that run.
        remedy: the setting, as it is written.
        tried: the same run with it; where it breaks off too, or gets no lower, the outcome is as it was.
    """
    first, last = tried.losses[0].item(), tried.losses[-1].item()
    if not (tried.steps and tried.outcome.can_continue and last < first):
        return outcome
    what = outcome.message.partition(" Try ")[0]
    helps = f"{remedy} helps: with it the loss falls from {format_number(first)} to {format_number(last)}"
    return replace(outcome, message=f"{what} {helps} in {format_count(tried.steps, 'step')}.")
