"""What all tests of pages need."""

import pytest

from playground.labs.shared.race import runs


@pytest.fixture(autouse=True)
def enough_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page gives up after some seconds, which a busy machine may take: a test that is about that sets its own."""
    monkeypatch.setattr(runs, "RUN_SECONDS", 60.0)
