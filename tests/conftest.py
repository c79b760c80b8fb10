"""What all tests share: their workers, how random the random ones are, and a fit."""

import pytest
import torch
from hypothesis import HealthCheck, settings

from playground import Fit
from playground.figures import traces

traces.VALIDATE = True

# The workers share the cores.
torch.set_num_threads(1)

# Always the same examples, so that no run is red or green by chance; the long profile draws new ones each time.
ANY_MACHINE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("steady", derandomize=True, max_examples=100, **ANY_MACHINE)
settings.register_profile("long", derandomize=False, print_blob=True, max_examples=5_000, **ANY_MACHINE)
settings.load_profile("steady")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No workers where tests are named one by one: they take longer to start than such a run takes."""
    return 0 if config.args and all("::" in one for one in config.args) else None


@pytest.fixture
def tutorial():
    """The tutorial's line through four points."""
    return Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
