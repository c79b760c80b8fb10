import pytest
from hypothesis import settings

from playground import Fit
from playground.figures import traces

traces.VALIDATE = True

# The longer run: pytest --hypothesis-profile=long
settings.register_profile("short", deadline=None, max_examples=100)
settings.register_profile("long", deadline=None, max_examples=25_000)
settings.load_profile("short")


@pytest.fixture
def tutorial():
    """The tutorial's line through four points."""
    return Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
