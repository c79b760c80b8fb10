"""What is known of a fit beside its runs."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast

from torch import Tensor

from playground.analysis.curvature import curvature
from playground.analysis.fit_statistics import correlations, search_unstandardised, standard_errors, unstandardise
from playground.analysis.minima import least_squares
from playground.engine.fit import Fit
from playground.labs.fit.problem import Regression, exact_of
from playground.labs.fit.state import FitState
from playground.labs.shared.race.results import RaceResults


def regression_of(results: RaceResults) -> Regression:
    """What the race is on."""
    return cast(FitState, results.state).regression


@dataclass(frozen=True)
class Facts:
    """What is known of a fit beside its runs, found when it is asked for.

    Attributes:
        results: of the race on it.
    """

    results: RaceResults

    @property
    def fit(self) -> Fit:
        """What is raced on."""
        return regression_of(self.results).objective

    @property
    def last(self) -> Tensor:
        """(P,), where the selected run ends."""
        return self.results.run.parameters[-1]

    @property
    def exact(self) -> Tensor | None:
        """(P,), the exact least squares, or None."""
        return exact_of(regression_of(self.results))

    @cached_property
    def errors(self) -> Tensor | None:
        """(P,), the standard errors there or else at the end of the selected run, or None."""
        return standard_errors(self.fit, self.last if self.exact is None else self.exact)

    @cached_property
    def correlations(self) -> Tensor | None:
        """(P, P), the correlations of the parameters there, or None."""
        return correlations(self.fit, self.last if self.exact is None else self.exact)

    @cached_property
    def back(self) -> Tensor | None:
        """(steps + 1, P), the selected run's parameters for x as given, of a fit to standardised x; or None."""
        return unstandardise(self.fit, self.results.run.parameters) if self.fit.is_standardised else None

    @cached_property
    def end(self) -> Tensor | None:
        """(P,), the last of them; also of a model that isn't linear, where they can be found; or None."""
        if not self.fit.is_standardised:
            return None
        return search_unstandardised(self.fit, self.last) if self.back is None else self.back[-1]

    @cached_property
    def conditions(self) -> tuple[float, float] | None:
        """The condition numbers for x as given and standardised.

        At the exact minima, or else of standardised x where the run ends; None where those aren't known.
        """
        conditions = _conditions_of(regression_of(self.results))
        if conditions is None and self.end is not None:
            return _condition(self.fit.without_standardising(), self.end), _condition(self.fit, self.last)
        return conditions


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
