"""Labelled points in tables: two or three columns, classes as words or numbers."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import InputError
from playground.data.labelled import Labelled
from playground.data.labelled_tables import LabelledRoles, extract_labelled, read_labelled, suggest_labelled_roles
from playground.data.tables import read_text
from tests.cases import each_case
from tests.data.test_datasets import refused
from tests.data.test_tables import near_tables

WORDS = Labelled(((0.5, 2), (1.5, -1), (3, 4)), (0, 1, 0), classes=2, class_names=("cat", "dog"))


@each_case(
    "text",
    [
        "0.5,2,cat\n1.5,-1,dog\n3,4,cat",
        "x,y,class\n0.5,2,cat\n1.5,-1,dog\n3,4,cat\n",
        "0,5;2;cat\n1,5;−1;dog\n3;4;cat",
        "0.5\t2\tcat\r\n1.5\t-1\tdog\r\n3\t4\tcat",
        "0.5 2 cat\n1.5 -1 dog\n3 4 cat",
        "class,x,y\ncat,0.5,2\ndog,1.5,-1\ncat,3,4",
        "y,animal,x\n2,cat,0.5\n-1,dog,1.5\n4,cat,3",
        "cat,0.5,2\ndog,1.5,-1\ncat,3,4",
        "length,mass,test,Species\n0.5,2,0,cat\n1.5,-1,no,dog\n3,4,,cat",
        '# pets\n\n"0.5","2","cat"\n"1.5","-1","dog"\n3,4,cat',
    ],
)
def test_points_with_words_are_read_however_they_are_written(text):
    assert read_labelled(text) == WORDS
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert read_labelled(text.encode(encoding)) == WORDS


@each_case(
    ("text", "points"),
    [
        # One input: classes where they are counted from 0 or called so, and else numbers.
        ("1,0\n2,1\n3,1", Labelled(((1,), (2,), (3,)), (0, 1, 1))),
        ("1,3\n2,2\n3,1\n4,0", Labelled(((1,), (2,), (3,), (4,)), (3, 2, 1, 0), classes=4)),
        ("1,cat\n2,dog\n3,cow", Labelled(((1,), (2,), (3,)), (0, 1, 2), (), 3, ("cat", "dog", "cow"))),
        ("x,label\n1,5\n2,-0.5", Labelled(((1,), (2,)), (1, 0), (), 2, ("-0.5", "5"))),
        ("1,0.5\n2,1", Labelled(((1,), (2,)), (0.5, 1), classes=0)),
        ("1,1\n2,2", Labelled(((1,), (2,)), (1, 2), classes=0)),
        ("1,0\n2,0", Labelled(((1,), (2,)), (0, 0), classes=0)),
        ("1,0\n2,1\n3,2\n4,3\n5,4", Labelled(((1,), (2,), (3,), (4,), (5,)), (0, 1, 2, 3, 4), classes=0)),
        ("y,x\n7,1\n8,2", Labelled(((1,), (2,)), (7, 8), classes=0)),
        # Two inputs: always classes, numbered by size.
        ("1,2,1\n3,4,-1", Labelled(((1, 2), (3, 4)), (1, 0), (), 2, ("-1", "1"))),
        ("1,2,1\n3,4,0", Labelled(((1, 2), (3, 4)), (1, 0))),
        ("label,a,b\n2,1,2\n1,3,4", Labelled(((1, 2), (3, 4)), (1, 0), (), 2, ("1", "2"))),
        ("x,y,z,held out\n1,2,0,1\n3,4,1,0", Labelled(((1, 2), (3, 4)), (0, 1), (True, False))),
    ],
)
def test_numbers_are_classes_where_they_are_meant_so(text, points):
    assert read_labelled(text) == points


@each_case(
    ("text", "roles"),
    [
        ("1,2", LabelledRoles(("column 1",), "column 2")),
        ("1,2,3", LabelledRoles(("column 1", "column 2"), "column 3")),
        ("Y,X,c\n1,2,3", LabelledRoles(("X", "Y"), "c")),
        ("y,a,b\n1,2,3", LabelledRoles(("y", "a"), "b")),
        ("Class,a,b\n1,2,3", LabelledRoles(("a", "b"), "Class")),
        ("a,b,test\n1,2,1", LabelledRoles(("a",), "b", "test")),
        ("label,class,b\n1,2,3", LabelledRoles(("label", "class"), "b")),
        ("1,2,3,4", LabelledRoles(("column 1", "column 2"), "column 4")),
        ("length,colour,width,species\n5.1,red,3.5,setosa", LabelledRoles(("length", "width"), "species")),
        ("id,y,x,name\n1,2,3,cat", LabelledRoles(("x", "y"), "name")),
        ("a,b,c,d\nn,m,o,1", LabelledRoles(("a", "b"), "d")),
    ],
)
def test_the_columns_that_are_probably_meant_are_suggested(text, roles):
    assert suggest_labelled_roles(read_text(text)) == roles


def test_the_columns_may_be_chosen():
    table = read_text("a,b,c,d\n1,2,cat,0\n3,4,dog,1")
    assert extract_labelled(table, LabelledRoles(("b",), "c")) == Labelled(
        ((2,), (4,)), (0, 1), class_names=("cat", "dog")
    )
    assert extract_labelled(table, LabelledRoles(("a", "b"), "d")) == Labelled(((1, 2), (3, 4)), (0, 1))


@each_case(
    ("text", "message"),
    [
        ("", "there is no row to read"),
        ("1\n2", "there is only one column"),
        ("1,2,3,4\n1,2,3,4\n1,2,3,4", "^all points are of one class, '4'"),
        ("x,test\n1,0", "^the table has 1 column beside that of what is held out, and a network's points need two"),
        ("1,2,cat\n3,4,cat", "^all points are of one class, 'cat': there must be 2 at least to tell apart"),
        ("1,2,0\n3,4,0", "^all points are of one class, '0'"),
        (
            "x,y,class\n1,2,a\n1,2,b\n1,2,c\n\n1,2,d\n1,2,a\n1,2,e\n1,2,f",
            "^row 8, column 'class': 'e' is one class too many, and there may be 4: leave its rows out, or join",
        ),
        ("1,2,0.5\n1,2,1.5\n1,2,2.5\n1,2,3.5\n1,2,4.5", "^row 5, column 'column 3': '4.5' is one class too many"),
        ("1,2,cat\n3,4,\n5,6,dog", "^row 2, column 'column 3': the cell is empty: type a class, or delete the row"),
        ("1,2,cat\n3,b,dog", "^row 2, column 'column 2': 'b' is no number"),
        ("1,2,0\n3,4,dog", "^row 2, column 'column 3': 'dog' is no number"),
        ("x,y\n1,2.5\n3,four", "^row 3, column 'y': 'four' is no number"),
        (f"1,2,cat\n3,4,{'d' * 31}", "a class's name is a word of at most 30 characters, not 'd"),
        ("1,2,cat\n3,4,d\x1bg", "a class's name is a word"),
        ("1,234;2;a\n1.5;2;b", "has a comma, and '1.5' in row 2 has a point"),
        ("1,b,a,1\n3,4,b,1\n5,6,a,1", "^all points are of one class, '1'"),
        ("x,y,class,test\n1,2,a,1\n3,4,b,1", "all points are held out"),
        ("x,y,class,test\n1,2,a,maybe\n3,4,b,1", "^row 2, column 'test': 'maybe' says neither yes nor no"),
        ("1,2,a\n" * 6_000 + "1,2,b\n" * 6_000, "there are 12,000 points, and a network is given at most 10,000"),
    ],
)
def test_a_table_without_labelled_points_is_refused(text, message):
    refused(message, read_labelled, text)


@pytest.mark.parametrize(("data", "message"), [(b"%PDF-1.7", "^the file looks like a PDF"), (b"1,2\n\0", "isn't text")])
def test_a_file_that_is_no_text_is_refused(data, message):
    refused(message, read_labelled, data)


@given(
    st.text()
    | near_tables()
    | st.lists(st.tuples(*[st.sampled_from(["0", "1", "2.5", "cat", "dog", ""])] * 3), min_size=1, max_size=6).map(
        lambda rows: "\n".join(map(",".join, rows))
    )
)
def test_any_text_is_read_or_is_refused(text):
    for given_text in (text, text.encode("utf-8", "replace")):
        with suppress(InputError):
            assert len(read_labelled(given_text)) > 0
