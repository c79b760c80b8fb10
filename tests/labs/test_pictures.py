"""What holds for every picture of every lab, whatever its state: nothing is cut off without a sign.

The player has signs at the edges for lines and markers of one colour, see playground/player/browser/edges.js.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings

from playground.errors import InputError
from playground.labs import LABS
from playground.labs.shared.session import Session
from playground.player import Panel
from tests.labs.states import STATES

LINKS = [
    ("fit", {}),
    ("fit", {"runner_1": "SGD,lr=1"}),
    ("fit", {"runner_1": "SGD,lr=0.3", "runner_2": "SGD,lr=0.5"}),
    ("fit", {"runner_1": "SGD,lr=0.1,batch_size=2"}),
    ("fit", {"points": "1e120,1e120;-1e120,-1e120;0,0"}),
    ("descent", {}),
    ("descent", {"function": "sqrt(x)*y", "runner_1": "SGD,lr=0.1", "steps": "300"}),
    ("descent", {"function": "x^4+y^4", "start_x": "3", "start_y": "1", "runner_1": "SGD,lr=0.1", "runner_2": "Adam"}),
    ("descent", {"function": "x^2", "start_x": "2", "runner_1": "SGD,lr=1.1"}),
    ("descent", {"function": "a^2+b^2+c^2+100", "runner_1": "SGD,lr=1.1"}),
    ("gradient", {}),
    ("gradient", {"function": "x^2", "start_x": "9"}),
    ("gradient", {"view": "Loop", "lr": "1"}),
    ("network", {}),
]
DIRECTIONS = {"gradient ∇", "gradient of the batch", "noisy gradient", "step", "m", "v", "curvature", "tangent"}
FUNCTIONS = {"function", "f", "secant from x − h to x + h"}

BOXES = {"cards", "maps", "boundaries", "links", "rings", "figures"}
"""How what is drawn in boxes does: x and y are the boxes' middles."""


def pictures(lab, state):
    session = Session(lab, state, lab.work())
    return [one.drawn() for one in lab.view(session).panels if isinstance(one, Panel)]


def is_beyond(values, axis):
    """Which of the values lie outside an axis, by more than the rounding to float32."""
    values, ends = np.asarray(values, dtype=float), sorted(axis["range"])
    if axis.get("type") == "log":
        with np.errstate(all="ignore"):
            values = np.log10(values)
    slack = 1e-5 * (ends[1] - ends[0])
    return np.isfinite(values) & ((values < ends[0] - slack) | (values > ends[1] + slack))


def unsigned(panel):
    """The flat traces of a picture that leave it without a sign."""
    layout = panel.figure.layout.to_plotly_json()
    for trace in panel.figure.data:
        if trace.type not in ("scatter", "bar") or "range" not in layout["xaxis"] or "range" not in layout["yaxis"]:
            continue
        meta = trace.meta or {}
        is_watched = trace.type == "scatter" and _has_a_colour(trace)
        if meta.get("open") or is_watched or meta.get("cursor") in BOXES:
            continue
        x = np.resize(np.asarray(trace.x, float), len(trace.y))
        if np.any(is_beyond(x, layout["xaxis"]) | is_beyond(trace.y, layout["yaxis"])):
            yield trace.name, meta.get("cursor")


def _has_a_colour(trace):
    return isinstance(trace.marker.color if "markers" in trace.mode else trace.line.color, str)


@pytest.mark.parametrize(("name", "link"), LINKS, ids=str)
def test_nothing_leaves_a_picture_without_a_sign(name, link):
    reading = LABS[name].read_link(link)
    assert not reading.problem
    for panel in pictures(LABS[name], reading.state):
        assert list(unsigned(panel)) == [], panel.name


@pytest.mark.parametrize("name", STATES)
def test_nothing_leaves_a_picture_without_a_sign_in_any_state(name):
    @settings(max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(state=STATES[name])
    def holds(state):
        try:
            panels = pictures(LABS[name], state)
        except InputError:
            reject()  # a race that can't be run, as the page says
        for panel in panels:
            assert list(unsigned(panel)) == [], panel.name

    holds()


def test_bars_that_an_axis_does_not_hold_are_found():
    panel = pictures(LABS["descent"], LABS["descent"].default)[0]
    panel.figure.add_bar(x=[1.0], y=[1e9])
    assert list(unsigned(panel)) == [(None, None)]


def test_only_directions_and_functions_may_leave_a_picture_without_a_sign():
    open_ones = set()
    for name, link in LINKS:
        for panel in pictures(LABS[name], LABS[name].read_link(link).state):
            open_ones |= {trace.name for trace in panel.figure.data if (trace.meta or {}).get("open")}
    assert open_ones <= DIRECTIONS | FUNCTIONS


@pytest.mark.parametrize("points", ["0.5,2;0.9,3.8;1.4,5;1.8,7.2", "0.5,2;0.9,3.8;1.4,5;1.8,7.2;1,900", "0,1;1e-3,1"])
def test_the_colours_of_a_loss_of_data_stay_logarithmic_whatever_point_is_added(points):
    state = LABS["fit"].read_link({"points": points}).state
    contours = next(one for one in pictures(LABS["fit"], state) if one.name == "contours").figure.data[0]
    assert contours.colorbar.tickvals is not None
    assert (contours.z < contours.customdata).any()
