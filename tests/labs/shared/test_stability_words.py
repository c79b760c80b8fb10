"""What is said of a learning rate beside the curvature where a run stands."""

import numpy as np
import pytest

from playground.labs import LABS
from playground.labs.shared.race.results import SIDES
from playground.labs.shared.session import Session


def view(**link):
    lab = LABS["descent"]
    return lab.view(Session(lab, lab.read_link({"steps": "3"} | link).state, lab.work()))


# Of quadratics the Hessian is known by hand: diag(2a, 2b) of a x² + b y².
@pytest.mark.parametrize(
    ("function", "rate", "word"),
    [
        ("x^2 + 4y^2", "0.1", "rate below: stable"),
        ("x^2 + 4y^2", "0.3", "rate above: unstable"),
        ("x^2 + 4y^2", "0.25", "rate on it: neither shrinks nor grows"),
        ("x^2 - 4y^2", "0.1", "curves down one way: no rate is stable"),
        ("x^2 - 1e-3 y^2", "0.1", "curves down one way: no rate is stable"),
        ("x^2 - 4y^2", "2", "rate above: unstable"),
        ("-x^2 - 4y^2", "0.1", ""),
    ],
)
def test_a_rate_is_called_stable_only_where_some_rate_is(function, rate, word):
    shown = view(function=function, runner_1=f"SGD,lr={rate}")
    said = {SIDES[int(side)] for side in np.asarray(shown.columns["side"])}
    assert said == {word}
