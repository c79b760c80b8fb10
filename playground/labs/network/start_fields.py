"""The fields of where a network begins: how the start is drawn, whose it is, and whether many others are tried."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playground.engine.descent import check_seed
from playground.engine.layers import INITIALISATIONS
from playground.engine.runner import DrawnStart
from playground.labs.shared.fields import Choice, Field, Number, Switch, Widget, attribute, one_of

COUNT = 50
"""How many seeds are tried, from 0 on."""


def of_training(name: str, label: str, widget: Widget, check: Callable[[Any], Any]) -> Field[Any]:
    """The field of what a network is made of or begins with, whoever trains it."""
    return Field(
        name,
        label,
        lambda state: getattr(state.training, name),
        lambda state, value: state.training_on(**{name: check(value)}),
        widget,
    )


_check_name = one_of([*INITIALISATIONS])
_SHARED_NAME = of_training("initialisation", "Initialisation", Choice(lambda _: [*INITIALISATIONS]), _check_name)
_SHARED_SEED = of_training("start_seed", "Seed of the start", Number("0", integer=True, stepped=True), check_seed)

SHARED_START = (_SHARED_NAME, _SHARED_SEED)
"""The start that all share, as a link says it."""

INITIALISATION = replace(
    _SHARED_NAME,
    get=lambda state: state.drawn.initialisation,
    put=lambda state, name: state.drawing(initialisation=_check_name(name)),
)
START_SEED = replace(
    _SHARED_SEED,
    get=lambda state: state.drawn.seed,
    put=lambda state, seed: state.drawing(seed=check_seed(seed)),
)
OWN_START = Field[Any](
    "own_start",
    "Own start",
    lambda state: isinstance(state.runner.start, DrawnStart),
    lambda state, is_own: state.with_runner(replace(state.runner, start=state.drawn if is_own else None)),
    Switch(),
    "Initialisation and seed are then the selected runner's alone: several initialisations run side by side.",
)
SEEDS = attribute(
    "seeds",
    f"{COUNT} seeds",
    Switch(),
    help=f"The selected runner from the starts that the seeds 0 to {COUNT - 1} draw: how much is luck?",
)

START_FIELDS = (OWN_START, INITIALISATION, START_SEED, SEEDS)
"""All of them, of the selected runner."""
