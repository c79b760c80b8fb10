"""What the lab Descent minimises: a function that a person typed."""

from dataclasses import dataclass
from functools import lru_cache

from playground.data.gallery import find_known_minima, find_preset
from playground.engine.function import Function
from playground.engine.standings import KnownMinima
from playground.errors import ExpressionError
from playground.labs.shared.race.state import check_objective

DEFAULT_START = 1.0
"""Where a variable begins unless somebody says otherwise."""


@dataclass(frozen=True)
class Formula:
    """A function of its variables.

    Attributes:
        text: as ``Function`` takes it.

    Raises:
        InputError: with the field ``function``, for a text that is no function of one to eight variables.
    """

    text: str

    def __post_init__(self) -> None:
        check_objective(self.objective, "function")

    @property
    def objective(self) -> Function:
        """The function that is to be minimised."""
        return _function_of(self.text)

    @property
    def subject(self) -> str:
        """The function's text."""
        return self.text

    @property
    def domain(self) -> tuple[tuple[float, float], ...]:
        """Where the gallery looks at the function, if it has it."""
        preset = find_preset(self.objective)
        return preset.domain if preset else ()

    def default_start(self, _name: str) -> float:
        """Where a variable begins."""
        return DEFAULT_START

    def known(self, start: tuple[float, ...]) -> KnownMinima | None:
        """The minima that the gallery knows, or that of a quadratic."""
        return _known(self.text, start)


@lru_cache(maxsize=200)
def _function_of(text: str) -> Function:
    try:
        return Function(text)
    except ExpressionError as error:
        error.field = "function"
        raise


@lru_cache(maxsize=256)
def _known(text: str, start: tuple[float, ...]) -> KnownMinima | None:
    return find_known_minima(_function_of(text), start)
