"""Points for a network: checked, edited, and written into a link."""

import math
import pickle
import time
from contextlib import suppress

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from playground import InputError
from playground.data.datasets import DATASETS
from playground.data.labelled import (
    MAX_CLASS_NAME,
    MAX_LABELLED,
    Labelled,
    apply_edits,
    label_points,
    labelled_from_text,
    labelled_to_text,
)
from playground.data.points import MAX_TEXT, Points
from playground.data.sample import Sample
from tests.cases import each_case
from tests.data.test_datasets import finite, refused

PLANE = Labelled(((0, 1), (2, 3), (4, 5)), (0, 1, 1), (False, False, True))
LINE = Labelled(((0,), (1,)), (0.5, -2), classes=0)


@st.composite
def any_labelled(draw):
    """Labelled points of all kinds; the first isn't held out."""
    dimensions = draw(st.integers(1, 2))
    classes = draw(st.sampled_from([0, 2, 3, 4] if dimensions == 1 else [2, 3, 4]))
    place = st.tuples(*[finite] * dimensions)
    target = st.integers(0, classes - 1) if classes else finite
    rows = draw(st.lists(st.tuples(place, target, st.booleans()), max_size=15))
    inputs, targets, held_out = zip((draw(place), draw(target), False), *rows, strict=True)
    word = st.text(min_size=1, max_size=8).filter(lambda text: text.isprintable() and text.strip())
    names = draw(st.just([]) | st.lists(word, min_size=classes, max_size=classes, unique=True))
    return Labelled(inputs, targets, held_out, classes, tuple(names))


@each_case(
    ("change", "message"),
    [
        ({"inputs": (), "targets": ()}, "there is none: add one"),
        ({"inputs": ((1, 2),), "targets": (0, 1)}, "^every point needs a target, and 1 point came with 2 targets"),
        (
            {"inputs": ((1, 2), (3,))},
            "^row 2: all points have one coordinate, x, .* this one has 1 where the first has 2",
        ),
        ({"inputs": ((1, 2, 3), (4, 5, 6))}, "^row 1: all points have one .* and this one has 3$"),
        ({"inputs": ((), ())}, "^row 1: all points have one .* and this one has 0$"),
        ({"inputs": ((1, 2), (3, math.nan))}, "^row 2: y is nan"),
        ({"inputs": ((1, 2), ("a", 4))}, "^row 2: x is 'a', which is no number"),
        ({"inputs": ((1, 2), (None, 4))}, "^row 2: x is empty"),
        ({"inputs": ((1, 2), None)}, "^row 2: all points have one"),
        ({"targets": (0, 2)}, "^row 2: 2 is no class: the classes are numbered from 0 to 1"),
        ({"targets": (0, 0.5)}, "^row 2: 0.5 is no class"),
        ({"targets": (0, -1)}, "^row 2: -1 is no class"),
        ({"targets": (0, math.inf)}, "^row 2: the class is inf"),
        ({"targets": (0, True)}, "^row 2: the class is True"),
        ({"inputs": ((1,), (2,)), "targets": (0, math.nan), "classes": 0}, "^row 2: y is nan"),
        ({"classes": 0}, "points with two coordinates need classes"),
        ({"classes": 1}, "there must be 2 to 4 classes, or 0 for numbers as targets, not 1"),
        ({"classes": 5}, "there must be 2 to 4 classes, .* not 5"),
        ({"classes": True}, "there must be 2 to 4 classes, .* not True"),
        ({"classes": 2.0}, "there must be 2 to 4 classes, .* not 2.0"),
        ({"class_names": ("cat",)}, "^2 classes came with 1 name: each"),
        ({"class_names": ("cat", "cat")}, "two classes are called 'cat': give one of them another name"),
        ({"class_names": ("cat", " ")}, "a class's name is a word of at most 30 characters, not ' '"),
        ({"class_names": ("cat", "d\nog")}, "a class's name is a word"),
        ({"class_names": ("cat", 3)}, "a class's name is a word .* not 3"),
        ({"class_names": ("cat", "x" * (MAX_CLASS_NAME + 1))}, "a class's name is a word"),
        ({"held_out": (True,)}, "^2 points came with 1 mark of what is held out"),
        ({"held_out": (True, True)}, "all points are held out"),
        ({"held_out": (True, "no")}, "^row 2: a point is held out or not"),
        (
            {"inputs": ((0, 0),) * (MAX_LABELLED + 1), "targets": (0,) * (MAX_LABELLED + 1)},
            "there are 10,001 points, and a network is given at most 10,000",
        ),
    ],
)
def test_what_no_network_can_learn_from_is_refused(change, message):
    refused(message, Labelled, **({"inputs": ((1, 2), (3, 4)), "targets": (0, 1)} | change))


def test_equal_data_are_equal_however_they_were_given():
    same = Labelled([[0, 1.0], [2, 3], [4, 5]], [0.0, 1, 1], [0, False, 1])
    assert same == PLANE
    assert hash(same) == hash(PLANE)
    assert same.inputs == ((0.0, 1.0), (2.0, 3.0), (4.0, 5.0))
    assert pickle.loads(pickle.dumps(same)) == PLANE
    assert Labelled(PLANE.inputs, PLANE.targets).held_out == (False, False, False)
    assert Labelled(PLANE.inputs, PLANE.targets, PLANE.held_out, recipe="circle") == PLANE


def test_the_tensors_hold_the_points():
    assert (len(PLANE), PLANE.dimensions, len(LINE), LINE.dimensions) == (3, 2, 2, 1)
    assert PLANE.input_tensor.equal(torch.tensor([[0, 1], [2, 3], [4, 5]], dtype=torch.float64))
    assert PLANE.target_tensor.equal(torch.tensor([0, 1, 1], dtype=torch.float64))
    assert PLANE.held_out_tensor.equal(torch.tensor([False, False, True]))
    assert LINE.input_tensor.shape == (2, 1)
    assert LINE.target_tensor.tolist() == [0.5, -2]


def test_a_class_is_called_by_its_name_or_its_number():
    assert [PLANE.name_class(k) for k in range(2)] == ["class 0", "class 1"]
    named = Labelled(PLANE.inputs, PLANE.targets, class_names=("cat", "dog"))
    assert [named.name_class(k) for k in range(2)] == ["cat", "dog"]


def test_a_point_is_added_moved_changed_held_out_and_taken_away():
    named = Labelled(PLANE.inputs, PLANE.targets, PLANE.held_out, 3, ("a", "b", "c"), "made")
    more = named.with_point((6, 7), 2)
    assert (more.inputs[-1], more.targets, more.held_out) == ((6, 7), (0, 1, 1, 2), (False, False, True, False))
    moved = named.with_moved_point(2, (8, 9))
    assert (moved.inputs, moved.targets, moved.held_out) == (((0, 1), (2, 3), (8, 9)), (0, 1, 1), (False, False, True))
    other = named.with_moved_point(0, (0, 1), 2)
    assert (other.inputs, other.targets) == (named.inputs, (2, 1, 1))
    kept = named.with_held_out(2, False).with_held_out(1, True)
    assert kept.held_out == (False, True, False)
    fewer = named.without_point(0)
    assert (fewer.inputs, fewer.targets, fewer.held_out) == (((2, 3), (4, 5)), (1, 1), (False, True))
    for changed in (more, moved, other, kept, fewer):
        assert (changed.classes, changed.class_names, changed.recipe) == (3, ("a", "b", "c"), "made")
        assert apply_edits(named, changed.edits) == changed
    assert LINE.with_point((3,), 0.25).targets == (0.5, -2, 0.25)


def test_points_without_a_recipe_have_no_edits_and_a_drag_is_one_edit():
    assert PLANE.with_point((6, 7), 1).edits == ""
    made = Labelled(PLANE.inputs, PLANE.targets, recipe="made")
    dragged = made
    for x in range(20):
        dragged = dragged.with_moved_point(1, (x, 0.5))
    assert dragged.edits == "=1,19,0.5,1"


EDITS = st.tuples(st.sampled_from("+=-?"), st.integers(0, 9), finite, finite, st.sampled_from([0.0, 1.0]))


@given(st.lists(EDITS, max_size=20))
def test_edits_that_a_link_says_lead_to_the_same_points(edits):
    points = made = Sample("moons", n=6).points
    for kind, row, x, y, number in edits:
        row %= len(points)
        with suppress(InputError):  # the last point stays, and one that isn't held out
            match kind:
                case "+":
                    points = points.with_point((x, y), number)
                case "=":
                    points = points.with_moved_point(row, (x, y), number)
                case "-":
                    points = points.without_point(row)
                case "?":
                    points = points.with_held_out(row, number == 1)
    if points.edits and len(points.edits) <= MAX_TEXT:
        found = apply_edits(made, points.edits)
        assert (found, found.edits, found.recipe) == (points, points.edits, made.recipe)


@given(st.text("+=-?;,.0123456789e", max_size=40))
def test_a_text_of_edits_leads_to_points_or_is_refused_with_the_field_of_the_data(text):
    made = Sample("moons", n=6).points
    try:
        changed = apply_edits(made, text)
    except InputError as error:
        assert (error.field, bool(str(error))) == ("data", True)  # noqa: PT017
    else:
        assert apply_edits(made, changed.edits) == changed


def test_long_edits_are_refused_or_applied_at_once():
    made = Sample("moons", n=10_000).points
    refused("at most", apply_edits, made, "-0;" * 10_000)
    begun = time.thread_time()
    assert len(apply_edits(made, ";".join(["-0"] * 599))) == 9_401
    assert time.thread_time() - begun < 1


def test_a_change_that_leaves_nothing_to_learn_from_is_refused():
    refused("at least one point, and this is the last", Labelled(((1, 2),), (0,)).without_point, 0)
    refused("all points are held out", Labelled(((1,), (2,)), (0, 1), (False, True)).without_point, 0)
    refused("all points are held out", Labelled(((1, 2),), (0,)).with_held_out, 0, True)
    refused("^row 4: all points have one", PLANE.with_point, (1,), 0)
    refused("^row 4: 2 is no class", PLANE.with_point, (1, 1), 2)
    refused("^row 1: y is inf", PLANE.with_moved_point, 0, (1, math.inf))
    refused("^row 1: 5 is no class", PLANE.with_moved_point, 0, (0, 1), 5)


@pytest.mark.parametrize("i", [-1, 3])
def test_a_point_that_is_not_there_is_refused(i):
    for change in (
        lambda: PLANE.with_moved_point(i, (0, 0)),
        lambda: PLANE.with_held_out(i, True),
        lambda: PLANE.without_point(i),
    ):
        refused(f"no point in row {i + 1}: the last is in row 3", change)


@each_case("name", DATASETS)
def test_the_points_of_a_fit_are_given_to_a_network(name):
    points = DATASETS[name].points
    labelled = label_points(points)
    assert [one for (one,) in labelled.inputs] == list(points.x)
    assert (labelled.targets, labelled.classes) == (points.y, 0)


def test_a_fits_points_may_be_classes_and_held_out():
    assert label_points(DATASETS["Hours of study"].points, classes=2).classes == 2
    assert label_points(Points((1, 2), (0, 1), (), (True, False)), 2) == Labelled(((1,), (2,)), (0, 1), (True, False))
    refused("^row 1: 2 is no class", label_points, DATASETS["Tutorial"].points, 2)


# ---- Points in a link.


@given(any_labelled())
def test_points_come_back_from_a_link(points):
    text = labelled_to_text(points)
    assume(text is not None)
    assert len(text) <= MAX_TEXT
    assert labelled_from_text(text) == points


def test_a_link_is_short():
    assert labelled_to_text(PLANE) == "2;0,1,0;2,3,1;4,5,1,h"
    assert labelled_to_text(LINE) == "0;0,0.5;1,-2"
    names = ("a cat", "x,y;z", "%2C")
    assert labelled_to_text(Labelled(((1,),), (2,), classes=3, class_names=names)) == "a cat,x%2Cy%3Bz,%252C;1,2"


@pytest.mark.parametrize("count", [451, MAX_LABELLED])
def test_too_many_points_have_no_link(count):
    assert labelled_to_text(Labelled(((0,),) * count, (0,) * count)) is None
    assert labelled_to_text(Labelled(((0,),) * 449, (0,) * 449)) is not None


@each_case(
    ("text", "message"),
    [
        ("", "^points begin with how many classes there are, 0 or 2 to 4, or their names, not ''"),
        ("1;0,0", "^points begin with"),
        ("23;0,0", "^points begin with"),
        ("x;0,0", "^points begin with"),
        ("2", "there is none"),
        ("2;", "^row 1: a point is written as x,class or x,y,class, with ,h if held out, not ''"),
        ("2;1", "^row 1: a point is written"),
        ("2;1,2,3,4", "^row 1: a point is written"),
        ("2;1,1;nan,1", "^row 2: a point is written"),
        ("2;1_0,1", "^row 1: a point is written"),
        ("2;1,1e999", "^row 1: the class is inf"),
        ("2;1,1,h", "all points are held out"),
        ("2;1,1;1,1,1", "^row 2: all points have one"),
        ("0;1,1,1", "points with two coordinates need classes"),
        ("a,a;1,1", "two classes are called 'a'"),
        ("a,b,c,d,e;1,1", "there must be 2 to 4 classes"),
        ("a,%0A;1,1", "a class's name is a word"),
        ("2;" + "1,1;" * 500, "at most 1,800 characters"),
    ],
)
def test_a_text_that_is_no_points_is_refused(text, message):
    refused(message, labelled_from_text, text)


@given(st.text() | st.text("0123456789.,;-eh%a ", max_size=40) | st.from_regex(r"[024];(-?[0-9],[01](,h)?;?){1,6}"))
def test_any_text_is_points_or_is_refused(text):
    with suppress(InputError):
        points = labelled_from_text(text)
        assert labelled_from_text(labelled_to_text(points) or text) == points
