"""What all tests of pages need."""

from collections.abc import Iterator

import pytest

from playground.labs.shared.race import runs
from playground.labs.shared.views import VIEWS


@pytest.fixture(autouse=True, scope="module")
def enough_time() -> Iterator[None]:
    """A page gives up after some seconds, which a busy machine may take: a test that is about that sets its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "RUN_SECONDS", 60.0)
        yield


@pytest.fixture(autouse=True)
def nothing_looked_at() -> None:
    """No test is shown what another one has made."""
    VIEWS.clear()


@pytest.fixture(autouse=True)
def no_fault_behind_a_sentence(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """A page turns a fault of its own into a sentence, and logs it: no test but those about that may see one."""
    yield
    if "faulty" not in request.keywords:
        assert not [one for one in caplog.records if one.name.startswith("playground.") and one.levelname == "ERROR"]
