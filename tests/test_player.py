"""What the player sends and takes, without a browser."""

import base64
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit
from hypothesis import given
from hypothesis import strategies as st

from playground import player

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["number", "kind", "panel", "x", "y", "steps"]), inner)
    ),
    max_leaves=20,
)


def pick(number, x=1.0, y=2.0):
    return {"number": number, "kind": "pick", "panel": "contours", "x": x, "y": y}


def test_events_come_in_order_and_only_those_not_seen_before():
    outbox = [pick(3), pick(5, x=7), {"number": 6, "kind": "more", "steps": 300}]
    events, acknowledged = player.read_outbox(outbox, 3)
    assert events == [player.Event("pick", "contours", 7.0, 2.0), player.Event("more", steps=300)]
    assert acknowledged == 6
    assert player.read_outbox(outbox, acknowledged) == ([], 6)


def test_what_is_no_event_is_passed_over_and_never_asked_for_again():
    outbox = [
        {"number": 1, "kind": "pick", "x": "1", "y": 2},
        "rubbish",
        {"kind": "more"},
        {"number": 2, "kind": "run"},
    ]
    assert player.read_outbox(outbox, 0) == ([], 2)


@given(JSON)
def test_nothing_that_a_stranger_sends_raises(outbox):
    events, acknowledged = player.read_outbox(outbox, 0)
    assert all(isinstance(event, player.Event) for event in events)
    assert acknowledged >= 0


def test_streamlit_brings_the_plotly_that_the_player_imports():
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    assert "window.Plotly=" in (folder / player.plotly_file()).read_text(encoding="utf-8")


def test_large_still_arrays_travel_apart_and_equal_ones_once():
    z = np.random.default_rng(0).random((80, 80))
    following = {"type": "scatter", "x": z.ravel(), "y": z.ravel(), "meta": {"cursor": "path"}}
    figure = go.Figure([{"type": "heatmap", "z": z}, {"type": "surface", "z": z}, following])
    shared = {}
    plain = player._without_large_arrays(player._encoded(figure), shared)
    ((key, array),) = shared.items()
    assert [trace["z"] for trace in plain["data"][:2]] == [{"shared": key}] * 2
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(array["bdata"])).reshape(80, 80), z)
    assert "bdata" in plain["data"][2]["x"]


def test_columns_keep_every_bit():
    values = np.array([0.1, -0.0, np.inf, np.nan, 5e-324])
    sent = player._base64_float64(values)
    assert base64.b64decode(sent["bdata"]) == values.tobytes()
