"""Tables in the shapes in which people keep them: all read the same, or are refused with what to do."""

import csv
import io
import json
import re
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import InputError, read_points
from playground.data.labelled_tables import read_labelled
from playground.data.points import Points
from playground.data.table_points import suggest_roles
from playground.data.tables import read_text
from tests.cases import each_case
from tests.data.test_datasets import refused

THREE = Points((1.5, 2.5, 3.5), (2.25, 3.75, 5.0))
PEOPLE = [json.loads(line) for line in Path(__file__).with_name("people_tables.jsonl").read_text().splitlines()]

SHAPES = {
    "Excel's separator": "sep=;\nx;y\n1,5;2,25\n2,5;3,75\n3,5;5,0\n",
    "Markdown": "| x | y |\n|---|---|\n| 1.5 | 2.25 |\n| 2.5 | 3.75 |\n| 3.5 | 5.0 |",
    "Markdown without a frame": "x | y\n:-: | -:\n1.5 | 2.25\n2.5 | 3.75\n3.5 | 5.0",
    "a database's": "+----+----+\n|  x |  y |\n+----+----+\n| 1.5 | 2.25 |\n| 2.5 | 3.75 |\n| 3.5 | 5.0 |\n+---+",
    "LaTeX": "\\hline\n1.5 & 2.25 \\\\\n2.5 & 3.75 \\\\\n3.5 & 5.0 \\\\\n\\hline",
    "comments": "# one\n% two\n// three\n! four\n; five\n1.5 2.25\n2.5 3.75\n3.5 5.0\n",
    "a header in a comment": "# y x\n2.25 1.5\n3.75 2.5\n5.0 3.5",
    "a title": "My data\nx,y\n1.5,2.25\n2.5,3.75\n3.5,5.0",
    "an instrument": "Device: Foo\nSerial: 1234\nRange: 5, 10\n\nTime\tCH1\n1.5\t2.25\n2.5\t3.75\n3.5\t5.0",
    "an oscilloscope": "Model,TBS\nRecord Length,2500\nInterval,4e-07\n\nTIME,CH1\n1.5,2.25\n2.5,3.75\n3.5,5.0",
    "units": "x,y\ns,V\n1.5,2.25\n2.5,3.75\n3.5,5.0",
    "R": '"t" "s"\n"1" 1.5 2.25\n"2" 2.5 3.75\n"3" 3.5 5.0',
    "R with names": '"t" "s"\n"Paris" 1.5 2.25\n"Rome" 2.5 3.75\n"Oslo" 3.5 5.0',
    "pandas, printed": "     t     s\n0  1.5  2.25\n1  2.5  3.75\n2  3.5  5.00",
    "pandas, saved": ",t,s\n0,1.5,2.25\n1,2.5,3.75\n2,3.5,5.0",
    "pandas, saved in Europe": ";t;s\n0;1,5;2,25\n1;2,5;3,75\n2;3,5;5,0",
    "numbered rows": "#,t,s\n1,1.5,2.25\n2,2.5,3.75\n3,3.5,5.0",
    "rows that are called so": "id,t,s\n1,1.5,2.25\n2,2.5,3.75\n3,3.5,5.0",
    "gaps in the first cell": "t,y,x\n,2.25,1.5\n,3.75,2.5\n9,5.0,3.5",
    "numpy": "array([[1.5 , 2.25],\n       [2.5 , 3.75],\n       [3.5 , 5.  ]])",
    "numpy, printed": "[[1.5  2.25]\n [2.5  3.75]\n [3.5  5.  ]]",
    "two arrays": "x = np.array([1.5, 2.5, 3.5])\ny = np.array([2.25, 3.75, 5.0])",
    "two tensors": "y = torch.tensor([2.25, 3.75, 5.0])\nx = torch.tensor([1.5, 2.5, 3.5])",
    "R's vectors": "x <- c(1.5, 2.5, 3.5)\ny <- c(2.25, 3.75, 5.0)",
    "Matlab": "x = [1.5 2.5 3.5];\ny = [2.25 3.75 5.0];",
    "Matlab's matrix": "A = [1.5 2.25; 2.5 3.75; 3.5 5.0]",
    "lists in Europe": "x = [1,5; 2,5; 3,5]\ny = [2,25; 3,75; 5,0]",
    "a dictionary": "{'x': [1.5, 2.5, 3.5], 'y': [2.25, 3.75, 5.0]}",
    "JavaScript": "const x = [1.5, 2.5, 3.5], y = [2.25, 3.75, 5.0];",
    "lists on several lines": "x = [1.5,\n 2.5,\n 3.5,\n]\ny = [2.25,\n 3.75,\n 5.0]",
    "pairs": "(1.5, 2.25), (2.5, 3.75), (3.5, 5.0)",
    "pairs, a line each": "(1.5, 2.25)\n(2.5, 3.75)\n(3.5, 5.0)",
    "pairs in Europe": "(1,5; 2,25); (2,5; 3,75); (3,5; 5,0)",
    "pairs with a name": "data = [(1.5, 2.25), (2.5, 3.75), (3.5, 5.0)]",
    "pairs on one line": "1.5,2.25 2.5,3.75 3.5,5.0",
    "pairs of a link": "1.5,2.25;2.5,3.75;3.5,5.0",
    "Wolfram": "{{1.5, 2.25}, {2.5, 3.75}, {3.5, 5.0}};",
    "rows for columns": "x,1.5,2.5,3.5\ny,2.25,3.75,5.0",
    "rows for columns, with blanks": "x 1.5 2.5 3.5\ny 2.25 3.75 5.0",
    "rows for columns, in Europe": "x;1,5;2,5;3,5\ny;2,25;3,75;5,0",
    "rows for columns, with colons": "x: 1.5, 2.5, 3.5\ny: 2.25, 3.75, 5.0",
    "rows for columns, with other names": "time,1.5,2.5,3.5\nvoltage,2.25,3.75,5.0",
    "Fortran": "1.5D0 2.25D+00\n2.5D0 3.75D0\n3.5D0 5.0D0",
    "JSON records": '[{"x":1.5,"y":2.25},{"x":2.5,"y":3.75},{"x":3.5,"y":5.0}]',
    "JSON lines": '{"x":1.5,"y":2.25}\n{"x":2.5,"y":3.75}\n{"x":3.5,"y":5.0}',
    "JSON columns": '{"name": "a", "y":[2.25,3.75,5.0],"x":[1.5,2.5,3.5]}',
    "JSON rows": "[[1.5, 2.25], [2.5, 3.75], [3.5, 5.0]]",
    "JSON by pandas": '{"x":{"0":1.5,"1":2.5,"2":3.5},"y":{"0":2.25,"1":3.75,"2":5.0}}',
    "JSON by pandas, split": '{"columns":["x","y"],"index":[0,1,2],"data":[[1.5,2.25],[2.5,3.75],[3.5,5.0]]}',
    "JSON under a name": '{"points": [{"x":1.5,"y":2.25},{"x":2.5,"y":3.75},{"x":3.5,"y":5.0}]}',
}


@each_case("shape", SHAPES)
def test_the_same_points_are_read_from_any_shape(shape):
    text = SHAPES[shape]
    assert read_points(text) == THREE
    assert read_points(text.replace("\n", "\r\n").encode("utf-16")) == THREE
    assert read_points(text.encode("utf-8-sig")) == THREE
    assert read_points(text.encode("utf-16-le")) == THREE


@each_case("case", PEOPLE, ids=[case["what"] for case in PEOPLE])
def test_tables_that_people_posted_are_read(case):
    points = read_points(case["text"])
    assert [[*pair] for pair in zip(points.x, points.y, strict=True)] == case["points"]


def test_a_minus_of_windows_is_read():
    assert read_points("x;y\n\u20131;2\n3;\u20134".encode("cp1252")) == Points((-1, 3), (2, -4))
    assert read_points(b"L\xe4nge \x81;y\n1;2") == Points((1,), (2,))


@each_case(
    ("text", "message"),
    [
        ("x,y\n1,abc\n3,4", "^row 2, column 'y': 'abc' is no number"),
        ("name,x,y\nA,?,?\nB,1,2", "^row 2, column 'x': '\\?' is no number"),
        ("a,b\nNA,NA\n1,2", "^row 2, column 'a': 'NA' is no finite number"),
        ("x,y\n#N/A,2\n1,2", "^row 2, column 'x': '#N/A' is no finite number"),
        ("Gain,3\n1.5,2.25\n2.5,3.75", "^row 1, column 'column 1': 'Gain' is no number"),
        ("x,y,z\n0,5,2,1\n0,7,3,1", "^row 2 has 4 cells, and row 1 has 3: .* decimal comma need semicolons"),
        ("1,2;3,4;5,6", "^row 1 is the only one, and has 3 numbers: write x, y on each line"),
        ("1,2,3\n4,5,6", "can be 2 points or 3"),
        ("x = [1, 2, 3]\ny = [1, 2]", "^'x' has 3 numbers and 'y' has 2: each point needs one of both"),
        ("[[1. 2.]\n [3. 4.]\n ...\n [5. 6.]]", "stands for numbers that were left out"),
        ("[[1, 2], [3, 4, 5]]", "^row 1 has 2 cells, and another has 3"),
        ("[[1, 2], [3, abc], [5, 6]]", "^row 2, column 'column 2': 'abc' is no number"),
        ('{"a": 1, "b": "c"}', "this JSON is no table: write a list of records"),
        ('[{"x": 1, "y": [2]}]', "'\\[\"2\"\\]' is no number"),
        ('[{"x": 1}, {"x": 2}]', "points need a column for x and one for y, and there is 1"),
        ("x\ty\n1,200\t2\n1,500\t3", "can be 1.200 or 1200"),
        ("[" * 5000, "there is only one column"),
    ],
)
def test_what_may_mean_two_things_is_refused_with_its_place(text, message):
    refused(message, read_points, text)


def test_rows_of_a_list_are_left_out_by_their_number():
    table = read_text("[[1, 2], [3, abc], [5, 6]]", skip=[2])
    assert table.columns == (("1", "5"), ("2", "6"))


@each_case(
    ("shape", "notes"),
    [
        ("a title", ("Line 1 stands above the table and was left out.",)),
        ("an instrument", ("Lines 1 to 3 stand above the table and were left out.",)),
        ("rows for columns", ("Rows were read for columns.",)),
        ("Markdown", ()),
        ("comments", ()),
    ],
)
def test_what_was_done_to_a_table_is_said(shape, notes):
    assert read_text(SHAPES[shape]).notes == notes


def test_a_column_that_numbers_the_rows_is_still_there_to_choose():
    table = read_text(SHAPES["pandas, saved"])
    assert table.names == ("row", "t", "s")
    assert suggest_roles(table)[:2] == ("t", "s")
    assert len(read_labelled(",p,q,class\n0,1,2,a\n1,3,4,b").inputs[0]) == 2


THOUSANDS = re.compile(r"-?[1-9]\d{0,2},\d{3}(e[+-]?\d+)?")
numbers = st.floats(allow_nan=False, min_value=-1e100, max_value=1e100)
WRITTEN = {"Python": repr, "seventeen digits": lambda value: f"{value:.17g}", "powers": lambda value: f"{value:.16e}"}


@given(
    st.lists(st.tuples(numbers, numbers), min_size=4, max_size=9),
    st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), (" ", "."), ("|", "."), ("|", ",")]),
    st.sampled_from([*WRITTEN]),
    st.booleans(),
)
def test_a_table_reads_the_same_in_any_convention(rows, convention, notation, has_header):
    delimiter, mark = convention
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerows([("x", "y")] * has_header)
    writer.writerows([WRITTEN[notation](value).replace(".", mark) for value in row] for row in rows)
    text = written.getvalue()
    if mark == "," and delimiter != ";" and all(map(THOUSANDS.fullmatch, re.findall(r"[^\s|]*,[^\s|]*", text))):
        rows = []  # asked about, where all commas may stand before thousands
    with nullcontext() if rows else suppress(InputError):
        points = read_points(text)
        assert not rows or [*zip(points.x, points.y, strict=True)] == rows


@pytest.mark.parametrize("text", ["x = [", "((((", "{" * 9, "x: 1\ny:", "|", "sep=", "sep=;", "%", "[[]]", "[]", "{}"])
def test_half_a_shape_is_refused(text):
    refused(".", read_points, text)
