"""What is known of a fit beside its runs."""

from functools import lru_cache
from typing import NamedTuple, cast

from torch import Tensor

from playground.analysis.curvature import curvature
from playground.analysis.fit_statistics import search_unstandardised, standard_errors, unstandardise
from playground.analysis.minima import least_squares
from playground.engine.fit import Fit
from playground.labs.fit.problem import Regression, exact_of
from playground.labs.fit.state import FitState
from playground.labs.shared.race.results import RaceResults


def regression_of(results: RaceResults) -> Regression:
    """What the race is on."""
    return cast(FitState, results.state).regression


class Facts(NamedTuple):
    """What is known of a fit beside its runs.

    Attributes:
        exact: (P,), the exact least squares, or None.
        errors: (P,), the standard errors there or else at the end of the selected run, or None.
        back: (steps + 1, P), the selected run's parameters for x as given, of a fit to standardised x; or None.
        end: (P,), the last of them; also of a model that isn't linear, where they can be found; or None.
        conditions: the condition numbers for x as given and standardised, at the exact minima, or else of
            standardised x where the run ends; or None.
    """

    exact: Tensor | None
    errors: Tensor | None
    back: Tensor | None
    end: Tensor | None
    conditions: tuple[float, float] | None


def find_facts(results: RaceResults) -> Facts:
    """What is known of the fit that is raced on."""
    regression, last = regression_of(results), results.run.parameters[-1]
    fit = regression.objective
    exact, back, end = exact_of(regression), None, None
    if fit.is_standardised:
        back = unstandardise(fit, results.run.parameters)
        end = search_unstandardised(fit, last) if back is None else back[-1]
    conditions = _conditions_of(regression)
    if conditions is None and end is not None:
        conditions = _condition(fit.without_standardising(), end), _condition(fit, last)
    errors = standard_errors(fit, last if exact is None else exact)
    return Facts(exact, errors, back, end, conditions)


@lru_cache(maxsize=8)
def _conditions_of(regression: Regression) -> tuple[float, float] | None:
    """The condition number at the exact minimum, for x as given and standardised; None where that isn't known."""
    fit = regression.objective
    if exact_of(regression) is None or float(fit.x.min()) == float(fit.x.max()):
        return None
    both = fit.without_standardising(), fit.with_standardising()
    exact = [least_squares(one) for one in both]
    found = [_condition(one, at) for one, at in zip(both, exact, strict=True) if at is not None]
    return (found[0], found[1]) if len(found) == 2 else None


def _condition(fit: Fit, at: Tensor) -> float:
    return float(curvature(fit, at[None]).condition)
