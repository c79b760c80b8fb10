"""What all tests of pages need."""

from collections.abc import Iterator

import pytest

from playground.labs.shared.race import runs


@pytest.fixture(autouse=True, scope="module")
def enough_time() -> Iterator[None]:
    """A page gives up after some seconds, which a busy machine may take: a test that is about that sets its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "RUN_SECONDS", 60.0)
        yield
