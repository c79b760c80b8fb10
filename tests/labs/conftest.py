"""What all tests of pages need."""

import pytest

from playground.labs.shared import racing


@pytest.fixture(autouse=True)
def enough_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page gives up after some seconds, which a busy machine may take: a test that is about that sets its own."""
    monkeypatch.setattr(racing, "RUN_SECONDS", 60.0)
