"""Grids of values as one test: what ``pytest.mark.parametrize`` would make hundreds of tests of."""

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Sequence
from reprlib import Repr
from typing import Any, NamedTuple

import pytest

Test = Callable[..., None]
brief = Repr()
brief.maxstring = brief.maxother = 60


class Case(NamedTuple):
    """One row of a grid: the test's arguments by name, and what the row is called, or None for its values."""

    arguments: dict[str, Any]
    label: str | None
    describe: Callable[[Any], Any]

    def __str__(self) -> str:
        values = (f"{name}={self.describe(value)}" for name, value in self.arguments.items())
        return ", ".join(values) if self.label is None else self.label


def each_case(
    names: str | Sequence[str], values: Iterable[Any], ids: Callable[[Any], Any] | Sequence[str] = brief.repr
) -> Callable[[Test], Test]:
    """Run a test for each of ``values`` in turn, as one test: every case that fails is reported by name.

    It takes what ``pytest.mark.parametrize`` takes, and is stacked like it. The cases share their fixtures, so that
    a test which changes what a fixture gave it is better parametrised.

    Args:
        names: of the test's arguments, ``"a, b"`` or one by one.
        values: for one name the values themselves, for more of them a row for each case; or ``pytest.param``.
        ids: what a value is called in a failure, or what each case is.
    """
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    labels, describe = (itertools.repeat(None), ids) if callable(ids) else (ids, str)
    grid = [_case(names, one, label, describe) for one, label in zip(values, labels, strict=not callable(ids))]
    assert grid, "a grid without a case tests nothing"

    def decorate(test: Test) -> Test:
        plain, grids = getattr(test, "grids", (test, []))
        grids = [grid, *grids]

        @functools.wraps(plain)
        def run(subtests: pytest.Subtests, **fixtures: Any) -> None:
            for cases in itertools.product(*grids):
                arguments = functools.reduce(dict.__or__, (case.arguments for case in cases))
                try:
                    plain(**arguments, **fixtures)
                except (Exception, pytest.fail.Exception):
                    with subtests.test(", ".join(map(str, cases))):
                        raise

        varied = {name for cases in grids for name in cases[0].arguments}
        fixtures = [one for name, one in inspect.signature(plain).parameters.items() if name not in varied]
        subtests = inspect.Parameter("subtests", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        run.__signature__ = inspect.Signature([*fixtures, subtests])
        run.grids = plain, grids
        return run

    return decorate


def _case(names: list[str], one: Any, label: str | None, describe: Callable[[Any], Any]) -> Case:
    if isinstance(one, type(pytest.param())):
        one, label = one.values if len(names) > 1 else one.values[0], one.id or label
    values = (one,) if len(names) == 1 else tuple(one)
    return Case(dict(zip(names, values, strict=True)), label, describe)
