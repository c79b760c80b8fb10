"""What the lab Fit minimises: the loss of a model on data, with penalties."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from torch import Tensor

from playground.analysis.minima import least_squares
from playground.analysis.start_search import FoundStarts, search_starts
from playground.data.datasets import DATASETS
from playground.data.points import Points
from playground.engine.fit import Fit
from playground.engine.standings import KnownMinima
from playground.errors import ExpressionError
from playground.labs.shared.race.state import check_objective
from playground.labs.shared.turns import TURNS, go_on

TUTORIAL_START = {"a": -0.486989, "b": -0.563709}
"""One start from which the tutorial's 100 steps end where it says: a = 2.7157, b = 1.4730."""

OTHER_START = 1.0
"""Where a parameter begins that the tutorial doesn't have."""


@dataclass(frozen=True)
class Regression:
    """A model, its data and the loss between them.

    Attributes:
        model: its text, see ``Fit``.
        points: the data.
        loss: a name from ``LOSSES``.
        penalties: names from ``PENALTIES`` with their factors, those above 0.
        standardise: whether the model is given standardised x.

    Raises:
        InputError: with the ``field`` that the first unusable value came from: ``model``, ``loss``, ``data``,
            ``standardise``, or a penalty's name.
    """

    model: str = "a*x + b"
    points: Points = DATASETS["Tutorial"].points
    loss: str = "mse"
    penalties: tuple[tuple[str, float], ...] = ()
    standardise: bool = False

    def __post_init__(self) -> None:
        check_objective(self.objective, "model")

    @cached_property
    def objective(self) -> Fit:
        """The fit that is to be minimised."""
        points = self.points
        try:
            return Fit(
                self.model,
                points.x,
                points.y,
                self.loss,
                weights=points.weights or None,
                held_out=points.held_out or None,
                penalties=dict(self.penalties),
                standardise=self.standardise,
            )
        except ExpressionError as error:
            error.field = "model"
            raise

    @property
    def subject(self) -> str:
        """The model's text."""
        return self.model

    @property
    def domain(self) -> tuple[tuple[float, float], ...]:
        """None: the runs decide where the loss is seen."""
        return ()

    def default_start(self, name: str) -> float:
        """Where a parameter of this name begins unless somebody says otherwise."""
        return TUTORIAL_START.get(name, OTHER_START)

    def known(self, _start: tuple[float, ...]) -> KnownMinima | None:
        """The exact least squares, where there are any."""
        exact = exact_of(self)
        return None if exact is None else KnownMinima(exact[None], float(self.objective.loss(exact)))


@lru_cache(maxsize=8)
def found_starts(regression: Regression) -> FoundStarts:
    """A start from which the fit is found, and others that were tried.

    Raises:
        InputError: where none is known, or others want more than the server can do.
    """
    with TURNS.take(go_on):
        return search_starts(regression.objective)


@lru_cache(maxsize=8)
def exact_of(regression: Regression) -> Tensor | None:
    """The exact least squares (P,), where there are any."""
    return least_squares(regression.objective)
