import base64
import json
import math
import struct

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.player import Board, Cases, Column, Event, Formula, Panel, Swatch, Words
from playground.player.encode import (
    SHARED_FROM,
    Once,
    encode_array,
    encode_contents,
    encode_figure,
    encode_panel,
    set_apart,
)
from playground.player.outbox import read_outbox
from tests.cases import each_case

LARGE = np.linspace(0, 1, 2 * SHARED_FROM)


def pick(number, x=1.5, y=-2):
    return {"number": number, "kind": "pick", "panel": "contours", "x": x, "y": y}


def more(number, steps=200):
    return {"number": number, "kind": "more", "steps": steps}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
near_events = st.fixed_dictionaries(
    {},
    optional={
        "number": st.integers(-5, 50) | json_values,
        "kind": st.sampled_from(["pick", "nudge", "add", "move", "delete", "choose", "see", "more"]) | json_values,
        "panel": st.text(max_size=8) | json_values,
        "x": st.floats() | json_values,
        "y": st.floats() | json_values,
        "steps": json_values,
        "row": st.integers(-2, 9) | json_values,
        "moving": json_values,
        "step": json_values,
    },
)


def test_the_outbox_gives_its_events_in_order():
    step = {"number": 4, "kind": "step", "field": "fit-lr", "by": -1}
    outbox = read_outbox([pick(1), more(2), pick(3, x=7, y=8.5), step], 0)
    assert outbox.acknowledged == 4
    assert outbox.events == [
        Event("pick", panel="contours", x=1.5, y=-2.0),
        Event("more", steps=200),
        Event("pick", panel="contours", x=7.0, y=8.5),
        Event("step", field="fit-lr", by=-1),
    ]
    assert type(outbox.events[0].y) is float


def test_only_numbers_not_yet_acknowledged_are_events():
    outbox = read_outbox([more(3, 30), more(4, 40), more(5, 50), more(6, 60)], 4)
    assert [event.steps for event in outbox.events] == [50, 60]
    assert outbox.acknowledged == 6


def test_the_same_outbox_twice_gives_its_events_once():
    sent = [pick(1), more(2)]
    first = read_outbox(sent, 0)
    again = read_outbox(sent, first.acknowledged)
    assert len(first.events) == 2
    assert again == ([], first.acknowledged)


def test_an_event_whose_message_was_lost_arrives_with_the_next():
    acknowledged = read_outbox([more(1, 10)], 0).acknowledged
    # The message with 2 alone is lost; the browser keeps 2 and sends it along with 3.
    outbox = read_outbox([more(2, 20), more(3, 30)], acknowledged)
    assert [event.steps for event in outbox.events] == [20, 30]


def test_an_answer_that_was_lost_repeats_no_event():
    first = read_outbox([more(1, 10), more(2, 20)], 0)
    outbox = read_outbox([more(1, 10), more(2, 20), more(3, 30)], first.acknowledged)
    assert [event.steps for event in outbox.events] == [30]


@pytest.mark.parametrize("number", [2**53, 10**30])
def test_after_a_number_that_no_player_counts_to_all_that_comes_is_still_heard(number):
    outbox = read_outbox([more(1, 10), more(number, 20)], 0)
    assert outbox.acknowledged == 1
    assert [event.steps for event in read_outbox([more(2, 30)], outbox.acknowledged).events] == [30]


def test_the_same_number_twice_in_an_outbox_is_one_event():
    assert [event.steps for event in read_outbox([more(1, 10), more(1, 11)], 0).events] == [10]


@pytest.mark.parametrize("outbox", [None, {}, "text", 3, [], {"number": 1}, [None, 1, "x", [more(1)]], [{}]], ids=str)
def test_what_is_no_outbox_has_no_events(outbox):
    assert read_outbox(outbox, 5) == ([], 5)


@pytest.mark.parametrize(
    "entry",
    [
        {"number": 1},
        {"number": 1, "kind": "drop tables"},
        {"number": 1, "kind": "pick"},
        {"number": 1, "kind": "pick", "panel": "contours", "x": "1", "y": 2},
        {"number": 1, "kind": "pick", "panel": "contours", "x": None, "y": 2},
        {"number": 1, "kind": "pick", "panel": 4, "x": 1, "y": 2},
        {"number": 1, "kind": "more"},
        {"number": 1, "kind": "more", "steps": 1.5},
        {"number": 1, "kind": "more", "steps": "7"},
        {"number": 1, "kind": ["more"], "steps": 7},
    ],
    ids=str,
)
def test_an_entry_that_is_no_event_is_passed_over_and_acknowledged(entry):
    outbox = read_outbox([entry, more(2)], 0)
    assert outbox == ([Event("more", steps=200)], 2)


@pytest.mark.parametrize("number", ["1", 1.0, None, [1], math.nan])
def test_an_entry_whose_number_is_none_is_passed_over(number):
    assert read_outbox([more(number), more(1, 10)], 0) == ([Event("more", steps=10)], 1)


@given(st.lists(near_events | json_values) | json_values, st.integers(0, 30))
def test_whatever_a_stranger_sends_nothing_but_events_come_out(outbox, acknowledged):
    read = read_outbox(outbox, acknowledged)
    assert read.acknowledged >= acknowledged
    for event in read.events:
        assert isinstance(event, Event)
        assert event.kind in ("pick", "nudge", "add", "move", "delete", "choose", "more")
        assert isinstance(event.panel, str)
        assert isinstance(event.x, float)
        assert isinstance(event.y, float)
        assert math.isfinite(event.x)
        assert math.isfinite(event.y)
        assert isinstance(event.steps, int)
        assert type(event.row) is int
        assert event.row >= 0
        assert type(event.step) is int
        assert event.step >= 0
        assert type(event.moving) is bool
    assert read_outbox(outbox, read.acknowledged).events == []


@given(st.lists(st.integers(1, 40)), st.integers(0, 40))
def test_each_new_number_in_rising_order_is_one_event(numbers, acknowledged):
    rising = sorted(set(numbers))
    read = read_outbox([more(number, number) for number in rising], acknowledged)
    assert [event.steps for event in read.events] == [number for number in rising if number > acknowledged]
    assert read.acknowledged == max([acknowledged, *rising])


def test_each_part_of_a_board_says_what_follows_the_cursor():
    formula = Formula("x + 0@0@0", (Column("x"), Column("t", whole=True)))
    row = [
        ["x ", Column("x", ahead=1), Cases("side", ([Column("κ", none="none")], []))],
        [Words("side", ("", "below")), Words("rule", ("u", "v"), typeset=True)],
        [formula],
        [Swatch("#D55E00", "square")],
    ]
    encoded = encode_panel(Board("b", "B", [["head"]], [row], "words", chosen=0), {}, Once())
    assert encoded == {
        "name": "b",
        "title": "B",
        "description": "words",
        "cell": "b",
        "tab": "B",
        "hint": "",
        "tall": False,
        "heads": [["head"]],
        "rows": [
            [
                [
                    "x ",
                    {"column": "x", "ahead": 1},
                    {"column": "side", "lines": [[{"column": "κ", "ahead": 0, "none": "none"}], []]},
                ],
                [
                    {"column": "side", "words": ["", "below"]},
                    {
                        "column": "rule",
                        "words": [f'<math display="inline"><mrow><mi>{one}</mi></mrow></math>' for one in "uv"],
                        "typeset": True,
                    },
                ],
                [
                    {
                        "mathml": '<math display="inline"><mrow><mi>x</mi><mo>+</mo><mrow data-column="0"></mrow>'
                        "</mrow></math>",
                        "columns": [{"column": "x", "ahead": 0}, {"column": "t", "ahead": 0, "whole": True}],
                    }
                ],
                [{"colour": "#D55E00", "symbol": "square"}],
            ]
        ],
        "chosen": 0,
        "current": "",
        "code": False,
    }


def test_an_array_that_stands_in_several_traces_travels_once():
    y = np.linspace(0, 1, 7)
    traces = [dict(type="scatter", x=y, y=y + one, meta={"cursor": "all"}) for one in (0, 0, 1)]
    once = Once()
    data = encode_figure(go.Figure(traces), once)["data"]
    assert [(trace["x"], trace["y"]) for trace in data] == [
        ({"once": 0}, {"once": 0}),
        ({"once": 0}, {"once": 0}),
        ({"once": 0}, {"once": 1}),
    ]
    assert once.arrays == [encode_array(y), encode_array(y + 1)]


@pytest.mark.parametrize("dtype", ["f4", "i1", "u1", "u2"])
def test_small_numbers_stay_small(dtype):
    array = np.arange(6).astype(dtype)
    encoded = encode_array(array)
    assert encoded["dtype"] == dtype
    assert base64.b64decode(encoded["bdata"]) == array.tobytes()


def test_the_colours_of_a_map_travel_once_and_its_palette_with_it():
    pixels, palette = np.arange(12, dtype=np.uint8), np.arange(8, dtype=np.uint8).reshape(2, 4)
    traces = [
        dict(type="scatter", customdata=pixels, meta={"cursor": one, "colours": palette}) for one in ("maps", "b")
    ]
    once = Once()
    data = encode_figure(go.Figure(traces), once)["data"]
    assert [trace["customdata"] for trace in data] == [{"once": 0}, {"once": 0}]
    assert once.arrays == [encode_array(pixels)]
    assert data[0]["meta"]["colours"] == encode_array(palette)


def test_points_that_are_edited_stay_in_their_message_and_say_so():
    trace = dict(type="scatter", x=LARGE, y=LARGE, meta={"points": True})
    shared, once = {}, Once()
    encoded = encode_panel(Panel("data", "Data", go.Figure([trace]), "", editable=True), shared, once)
    assert encoded["editable"]
    assert encoded["figure"]["data"][0]["x"] == encoded["figure"]["data"][0]["y"] == {"once": 0}
    assert once.arrays == [encode_array(LARGE)]
    assert not shared


def test_a_panel_is_not_editable_unless_it_says_so():
    assert not encode_panel(Panel("data", "Data", go.Figure(), ""), {}, Once())["editable"]


def edit(kind, **changes):
    return {
        "number": 1,
        "kind": kind,
        "panel": "data",
        "x": 1.5,
        "y": -2,
        "row": 3,
        "moving": True,
        "step": 7,
    } | changes


def test_points_that_are_added_moved_and_deleted_are_events():
    assert read_outbox([edit("add")], 0).events == [Event("add", "data", 1.5, -2.0, step=7)]
    assert read_outbox([edit("move")], 0).events == [Event("move", "data", 1.5, -2.0, moving=True, step=7, row=3)]
    assert read_outbox([edit("delete")], 0).events == [Event("delete", "data", row=3)]


@each_case("kind", ["add", "move"])
@each_case("value", [True, None, "1", [1], math.nan, math.inf, -math.inf, 10**400], ids=repr)
def test_an_edited_point_lies_somewhere(kind, value):
    assert read_outbox([edit(kind, x=value)], 0).events == []
    assert read_outbox([edit(kind, y=value)], 0).events == []


@each_case("kind", ["move", "delete"])
@each_case("row", [-1, True, 1.0, "1", None, [1]], ids=repr)
def test_an_edited_point_has_a_row(kind, row):
    assert read_outbox([edit(kind, row=row)], 0).events == []


@pytest.mark.parametrize("step", [-1, True, 1.0, "1", None], ids=repr)
def test_an_event_with_a_wrong_step_is_one_at_the_start(step):
    assert [event.step for event in read_outbox([edit("move", step=step)], 0).events] == [0]


@pytest.mark.parametrize(
    ("x", "y", "usable"),
    [(1, 0, True), (0, -1, True), (2, 0, False), ("1", 0, False), (None, 0, False), (0.5, 0, False)],
)
def test_a_nudge_is_one_step_along_the_axes(x, y, usable):
    events = read_outbox([{"number": 1, "kind": "nudge", "panel": "picture", "x": x, "y": y}], 0).events
    assert events == ([Event("nudge", "picture", x, y)] if usable else [])


def test_a_row_that_was_chosen_is_an_event():
    chosen = {"number": 1, "kind": "choose", "panel": "standings", "row": 2}
    assert read_outbox([chosen], 0).events == [Event("choose", panel="standings", row=2)]


@pytest.mark.parametrize(
    ("step", "events"), [(37, [Event("look", step=37)]), (-1, []), (True, []), ("7", []), (1.0, [])]
)
def test_where_a_look_aside_begins_is_an_event(step, events):
    assert read_outbox([{"number": 1, "kind": "look", "step": step}], 0).events == events


@pytest.mark.parametrize("row", [-1, True, 1.0, "1", None])
def test_what_is_no_row_is_passed_over(row):
    assert read_outbox([{"number": 1, "kind": "choose", "panel": "standings", "row": row}], 0).events == []


@pytest.mark.parametrize(("moving", "said"), [(True, True), (False, False), (1, False), ("yes", False)])
def test_a_picked_point_says_whether_it_is_still_dragged(moving, said):
    (event,) = read_outbox([pick(1) | {"moving": moving}], 0).events
    assert event.moving is said


def still_and_moving():
    figure = go.Figure(
        data=[
            dict(type="scatter", x=LARGE, y=-LARGE, meta={"halo": True}),
            dict(type="scatter", x=LARGE, y=LARGE, meta={"cursor": "all"}),
            dict(type="scatter", x=LARGE[:3], y=LARGE),
        ]
    )
    return figure, encode_figure(figure)


def test_only_the_large_arrays_of_still_traces_travel_apart():
    _, plain = still_and_moving()
    shared = {}
    still, moving, small = set_apart(plain, shared)["data"]
    assert set(still["x"]) == set(still["y"]) == set(small["y"]) == {"shared"}
    assert "bdata" in moving["x"]
    assert "bdata" in moving["y"]
    assert "shared" not in small["x"]


def test_equal_arrays_travel_once():
    _, plain = still_and_moving()
    shared = {}
    still, _, small = set_apart(plain, shared)["data"]
    assert still["x"] == small["y"] != still["y"]
    assert len(shared) == 2


def test_two_figures_share_their_equal_arrays_under_one_name():
    shared = {}
    first = set_apart(still_and_moving()[1], shared)
    second = set_apart(still_and_moving()[1], shared)
    assert first == second
    assert len(shared) == 2


def test_what_travels_apart_is_the_array_itself():
    _, plain = still_and_moving()
    shared = {}
    still = set_apart(plain, shared)["data"][0]
    for name, expected in [("x", LARGE), ("y", -LARGE)]:
        value = shared[still[name]["shared"]]
        assert value["dtype"] == "f8"
        np.testing.assert_array_equal(np.frombuffer(base64.b64decode(value["bdata"]), dtype="<f8"), expected)


def test_a_figure_itself_keeps_its_arrays():
    figure, plain = still_and_moving()
    set_apart(plain, {})
    np.testing.assert_array_equal(figure.data[0].x, LARGE)


def test_an_encoded_figure_is_plain_json_without_a_template():
    figure, plain = still_and_moving()
    figure.update_layout(template="plotly_dark", title="kept")
    plain = encode_figure(figure)
    assert "template" not in plain["layout"]
    assert json.loads(json.dumps(plain))["layout"]["title"]["text"] == "kept"


@given(st.lists(st.floats(width=64)))
def test_numbers_arrive_in_the_browser_bit_for_bit(values):
    encoded = json.loads(json.dumps(encode_array(values)))
    assert encoded["dtype"] == "f8"
    data = base64.b64decode(encoded["bdata"])
    back = struct.unpack(f"<{len(data) // 8}d", data)
    assert [struct.pack("<d", value) for value in back] == [struct.pack("<d", value) for value in values]


@pytest.mark.parametrize(
    "entry",
    [
        {"number": True, "kind": "more", "steps": 7},
        {"number": 1, "kind": "more", "steps": True},
        {"number": 1, "kind": "pick", "panel": "contours", "x": True, "y": 0.0},
    ],
)
def test_a_truth_is_no_number(entry):
    assert read_outbox([entry], 0).events == []


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.floats().map(np.float64)
    | st.floats(width=32).map(np.float32)
    | st.integers(-9, 9).map(np.int64)
    | st.text(max_size=5)
    | st.lists(st.floats(), max_size=4).map(np.array)
    | st.lists(st.floats(), max_size=4).map(lambda values: np.array(values, dtype=object))
    | st.lists(st.text(max_size=3), max_size=4).map(np.array),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)
metas = st.sampled_from([{}, {"cursor": "all"}, {"points": True}])


@given(st.dictionaries(st.sampled_from(["x", "y", "z", "marker", "name"]), plain_values), metas, plain_values)
def test_no_number_that_json_can_not_hold_reaches_a_message(trace, meta, anything):
    figure = go.Figure([trace | {"type": "scatter", "meta": meta}], {"xaxis": {"range": anything}}, _validate=False)
    shared, once = {}, Once()
    encoded = encode_panel(Panel("data", "Data", figure, ""), shared, once)
    json.dumps([encoded, shared, once.arrays], allow_nan=False)


def test_what_is_not_finite_is_not_given():
    figure = go.Figure([], {"xaxis": {"range": [math.inf, np.float64("nan")]}, "width": math.nan}, _validate=False)
    assert encode_figure(figure)["layout"] == {"xaxis": {"range": [None, None]}, "width": None}


# ---- What is seen.


@pytest.mark.parametrize(
    ("chosen", "made", "read"),
    [
        ((), ["first", "alone"], {"loss", "said", "a", "row"}),
        (("second", "gone"), ["first", "second", "alone"], {"loss", "said", "a", "row"}),
        (("table",), ["first", "alone"], {"loss", "said", "a", "row", "b"}),
    ],
)
def test_what_nobody_looks_at_is_neither_made_nor_sent(chosen, made, read):
    drawn = []

    def panel(name, cell):
        own = [[Column(f"of {name}")]]
        return Panel(name, name, lambda: drawn.append(name) or go.Figure(), "", readouts=own, cell=cell)

    panels = [
        panel("first", "one"),
        panel("second", "one"),
        panel("alone", ""),
        Board("rows", "Rows", [[Column("a")]], [[["x"]]], "", cell="two", current="row"),
        Board("table", "Table", [], [[[Formula("0@0@0", (Column("b"),))]]], "", cell="two"),
    ]
    columns = dict.fromkeys(("loss", "said", "a", "b", "row", "unused"), np.zeros(3))
    columns |= dict.fromkeys(("of first", "of second", "of alone"), np.zeros(3))
    contents, _ = encode_contents(panels, columns, [["now ", Column("said")]], chosen=chosen)
    assert drawn == made
    assert set(contents["columns"]) == read | {f"of {name}" for name in made}
    seen = {one["name"] for one in contents["panels"] if "figure" in one or "rows" in one}
    assert seen == {*made, "rows", *chosen} - {"gone"}
    assert [one["name"] for one in contents["panels"]] == ["first", "second", "alone", "rows", "table"]
