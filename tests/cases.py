"""Grids of values as one test: what ``pytest.mark.parametrize`` would make hundreds of tests of."""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

Test = Callable[..., None]


def each_case(
    names: str | Sequence[str], values: Iterable[Any], ids: Callable[[Any], Any] = repr
) -> Callable[[Test], Test]:
    """Run a test for each of ``values`` in turn, as one test: every case that fails is reported by name.

    It takes what ``pytest.mark.parametrize`` takes, and is stacked like it. The cases share their fixtures, so that
    a test which changes what a fixture gave it is better parametrised.

    Args:
        names: of the test's arguments, ``"a, b"`` or one by one.
        values: for one name the values themselves, for more of them a row for each case; or ``pytest.param``.
        ids: what a value is called in a failure.
    """
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    own = [_case(names, one, ids) for one in values]
    assert own, "a grid without a case tests nothing"

    def decorate(test: Test) -> Test:
        plain, inner = getattr(test, "grid", (test, [("", {})]))
        cases = [(", ".join(filter(None, (label, more))), case | rest) for label, case in own for more, rest in inner]

        @functools.wraps(plain)
        def run(subtests: pytest.Subtests, **fixtures: Any) -> None:
            for label, case in cases:
                try:
                    plain(**case, **fixtures)
                except (Exception, pytest.fail.Exception):
                    with subtests.test(label):
                        raise

        parameters = inspect.signature(plain).parameters
        fixtures = [one for name, one in parameters.items() if name not in cases[0][1]]
        subtests = inspect.Parameter("subtests", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        run.__signature__ = inspect.Signature([*fixtures, subtests])
        run.grid = plain, cases
        return run

    return decorate


def _case(names: list[str], one: Any, ids: Callable[[Any], Any]) -> tuple[str, dict[str, Any]]:
    """A case's name and its arguments."""
    named = isinstance(one, type(pytest.param()))
    values = one.values if named else (one,) if len(names) == 1 else tuple(one)
    label = (named and one.id) or ", ".join(f"{name}={ids(value)}" for name, value in zip(names, values, strict=True))
    return label, dict(zip(names, values, strict=True))
