import numpy as np
import pytest

from playground import descend
from tests.figures.shared import START, Curve, Hill, X, Y


@pytest.fixture(scope="session")
def hill():
    return Hill()


@pytest.fixture(scope="session")
def curve():
    return Curve(minima=np.array([[-1.2, -0.3], [1.0, 0.1]]))


@pytest.fixture
def run(tutorial):
    return descend(tutorial, START, lr=1e-2, steps=100)


@pytest.fixture
def path():
    """The same run, by the gradient written out in NumPy."""
    points = [np.array(START)]
    for _ in range(100):
        a, b = points[-1]
        residual = a * X + b - Y
        points.append(points[-1] - 1e-2 * 2 * np.array([np.mean(residual * X), np.mean(residual)]))
    return np.array(points)
