import time
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground import InputError
from playground.data.datasets import DATASETS
from playground.data.points import Points
from playground.data.table_points import Roles, extract_points, suggest_roles, to_csv
from playground.data.tables import MAX_BYTES, MAX_COLUMNS, MAX_NAME, MAX_ROWS, read_file, read_text
from tests.cases import each_case
from tests.data.test_datasets import any_points, refused

PAIR = Points((0.5, 1.5), (2, -0.001))


def points_in(text, **more):
    """The points of a text's suggested columns."""
    table = read_text(text)
    return extract_points(table, *suggest_roles(table), **more)


# ---- What is understood.


@each_case(
    "text",
    [
        "0.5,2\n1.5,-0.001",
        "0.5;2\n1.5;-1e-3\n",
        "0.5\t+2\n1.5\t−1E-3",
        "  0.5   2 \n 1.5\t -.001",
        ".5, 2.\r\n1.5, -0.001\r\n",
        "0.5,2\r1.5,-0.001\r",
        "0,5;2,0\n1,5;-0,001",
        "0,5\t2\n1,5\t–0,001",
        "0,5 2,0\n1,5 -1e-3",
        '"0,5","2"\n"1,5","-0,001"',
        "\ufeffx,y\n0.5,2\n1.5,-0.001",
        '"x";"y"\n"0.5";"2"\n"1.5";"-0.001"',
        "x y\n0.5 2\n1.5 -0.001",
        "x,y,\n0.5,2,\n1.5,-0.001,",
        "x,y\n0.5,2,,,\n1.5,-0.001,",
        '# measured today, or yesterday; "so"\n\nx,y\n\n0.5,2\n,\n;;\n # again\n1.5,-0.001\n\n',
        'label,x,y\n"Paris, France",0.5,2\n=1+1,1.5,-0.001',
        "y,x\n2,0.5\n-0.001,1.5",
        'Berlin;0,5;2\n"Köln";1,5;-0,001',
        '"length\n(cm)",mass\n0.5,2\n1.5,-0.001',
        '"length of rod" mass\n0.5 2\n1.5 -0.001',
        "x,y,remark\n0.5,2,inf\n1.5,-0.001",
    ],
)
def test_two_points_are_read_however_they_are_written(text):
    assert points_in(text) == PAIR
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        table = read_file(text.removeprefix("\ufeff").encode(encoding), "points.csv")
        assert extract_points(table, *suggest_roles(table)) == PAIR


def test_a_file_in_an_old_encoding_is_read():
    assert read_file("Länge,y\n0.5,2".encode("latin-1"), "a.csv").names == ("Länge", "y")


def test_the_table_keeps_cells_as_text_and_knows_where_rows_stand():
    table = read_text("# a comment\n\nx;what\n1;abc\n\n2;=1+1\n")
    assert table.names == ("x", "what")
    assert table.columns == (("1", "2"), ("abc", "=1+1"))
    assert table.lines == (4, 6)
    assert table.separator == ";"
    assert len(table) == 2


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("1,2,3", ("column 1", "column 2", "column 3")),
        ("x,,x", ("x", "column 2", "x (2)")),
        ("x,x (2),x", ("x", "x (2)", "x (3)")),
        ("column 2,,a", ("column 2", "column 2 (2)", "a")),
        ('"a\n  b",c\td,\x1b[31m', ("a b", "c d", "\ufffd[31m")),
        (f"{'x' * 100},{'x' * 100},z", ("x" * MAX_NAME, "x" * MAX_NAME + " (2)", "z")),
    ],
)
def test_columns_have_different_names(head, names):
    assert read_text(f"{head}\n1,2,3\n4,5,6").names == names


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("1,2,3", ("column 1", "column 2")),
        ("name,t,s\nab,1,2", ("t", "s")),
        ("Y,X\n1,2", ("X", "Y")),
        ("a,y\n1,2", ("a", "y")),
        ("x,a\n1,2", ("x", "a")),
        ("x,y,Weight,held out\n1,2,3,0", ("x", "y", "Weight", "held out")),
        ("w,p,q\n1,2,3", ("p", "q", "w")),
        ("a,b\nc,d", ("a", "b")),
        ("y,weight\n1,2", ("weight", "y", "weight")),
    ],
)
def test_the_columns_that_are_probably_meant_are_suggested(text, roles):
    assert suggest_roles(read_text(text)) == Roles(*roles)


def test_weights_and_what_is_held_out_are_read():
    table = read_text("x,y,w,test\n1,2,0.5,yes\n3,4,1,\n5,6,2,0\n7,8,1,TRUE\n")
    assert extract_points(table, "x", "y") == Points((1, 3, 5, 7), (2, 4, 6, 8))
    assert extract_points(table, "x", "y", "w", "test") == Points(
        (1, 3, 5, 7), (2, 4, 6, 8), (0.5, 1, 2, 1), (True, False, False, True)
    )


# ---- What is refused, and how.


@each_case(
    ("text", "message"),
    [
        ("", "there is no row to read"),
        (" \n# 1,2\n;;\n", "there is no row to read"),
        ("x,y\n", "a header and no row"),
        ("1\n2\n3", "there is only one column"),
        ("y\n0.5\n2", "there is only one column"),
        ("p,q,r\nx,y\n1,2,3,4\n1,2", "^row 3 has 4 cells, and row 2 has 2: .* begin lines that aren't rows with #"),
        ("x,y\n0,5,2,0", "^row 2 has 4 cells, and row 1 has 2: .* semicolons or tabs"),
        ("x;y\n1;2\n\n1;2;3", "^row 4 has 3 cells, and row 1 has 2: give all rows the same columns, [^;]*$"),
        ('x,y\n1,2\n"3,4\n5,6', "^row 3: the quotation marks"),
        ('x,y\n1,"2"3', "^row 2: the quotation marks"),
        ("," * MAX_COLUMNS + "1", "^row 1 has 51 cells, and a table at most 50"),
        ("a\0b", "isn't text"),
    ],
)
def test_a_text_that_is_no_table_is_refused(text, message):
    refused(message, read_text, text)


@each_case(
    ("text", "message"),
    [
        ("x,y\n1,2\n3,abc", "^row 3, column 'y': 'abc' is no number"),
        ("1,2\nabc,3", "^row 2, column 'column 1': 'abc' is no number"),
        (f"x,y\n1,{'<' * 99}", f"'{'<' * 40}…' is no number"),
        ("x,y\n1,\x1b[31m", "'\ufffd.31m' is no number"),
        ("x,y\n1,2\n\n3,", "^row 4, column 'y': the cell is empty: type a number, or delete the row"),
        ("x,y\n1,nan", "^row 2, column 'y': 'nan' is no finite number"),
        ("x,y\n-inf,1", "^row 2, column 'x': '-inf' is no finite number"),
        ("x,y\n1,#N/A", "'#N/A' is no finite number"),
        ("x,y\n1,1e999", "'1e999' is too large"),
        ("x,y\n1,=1+1", "'=1.1' is a formula"),
        ("x,y\n1,@SUM(A1)", "'@SUM.A1.' is a formula"),
        ("x,y\n1,+1+cmd|' /C calc'!A0", "^row 2, column 'y': '.1.cmd.* is no number"),
        ("x,y\n1,1_000", "'1_000' has separators between thousands: write 1000"),
        ("x,y\n1,٣", "'٣' is no number"),
        ("x,y\n1,--1", "'--1' is no number"),
        ("x,y\n1,5%\n2,6", "'5%' is in per cent, and other cells aren't: write all in one way"),
        ("x;y\n1;1.234,5", "'1.234,5' has separators between thousands"),
        ("x;y\n1;1.234.567", "has separators between thousands"),
        ('x,y\n1,"1,234.5"', "has separators between thousands"),
        ("x;y\n1;12 345,6", "has separators between thousands"),
        ("x;y\n1;1'234", "has separators between thousands"),
        ("x;y\n1;1\u00a0234", "has separators between thousands"),
        ('x,y\n1,"1,234"', "^row 2, column 'y': '1,234' can be 1.234 or 1234: write it"),
        ("x\ty\n1,234\t2\n3,456\t2", "^row 2, column 'x': '1,234' can be 1.234 or 1234"),
        ("x;y\n0,5;1\n2.5;1", "^row 2, column 'x': '0,5' has a comma, and '2.5' in row 3 has a point"),
    ],
)
def test_a_cell_that_is_no_number_is_refused_with_its_place(text, message):
    table = read_text(text)
    refused(message, extract_points, table, *table.names)


def test_a_comma_is_decimal_where_it_cannot_be_a_thousand():
    assert points_in("x\ty\n1,234\t0,5") == points_in("x;y\n1,234;0,5") == Points((1.234,), (0.5,))
    assert points_in("x;y\n1,234;5,678") == Points((1.234,), (5.678,))
    assert points_in("x\ty\n0,125\t2") == Points((0.125,), (2,))


def test_weights_and_flags_are_refused_with_their_place():
    table = read_text("x,y,w,h\n1,2,-1,perhaps\n3,4,1,0")
    refused("^row 2, column 'w': '-1' is below 0", extract_points, table, "x", "y", "w")
    refused("^row 2, column 'h': 'perhaps' says neither yes nor no", extract_points, table, "x", "y", None, "h")
    refused("all points are held out", extract_points, read_text("x,y,h\n1,2,1"), "x", "y", None, "h")


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    refused("there is no column 'z': the table has 'x', 'y'", extract_points, read_text("x,y\n1,2"), "x", "z")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04rest", "^'a.xlsx' looks like an Excel file, .* save the table as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x1f\x8b\x08", "a packed file"),
        (b"1,2\n\x00\x01", "isn't text"),
        (b"1,2\n\x00,\x00", "isn't text"),
        (b"\xff\xfe1", "'a.xlsx' is damaged"),
        (b"\xff\xfe\x00\xd8", "'a.xlsx' is damaged"),
        (b"", "there is no row to read"),
        (b"1,2\n" * 1_000_000, "'a.xlsx' has 4,000,000 bytes in about 1,000,001 rows, and at most 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_text_is_refused(data, message):
    refused(message, read_file, data, "a.xlsx")


def test_a_file_needs_no_name():
    refused("^the file looks like a PDF", read_file, b"%PDF", "")


def test_limits_are_told_with_what_was_found():
    refused("the text has 4,000,000 characters in about 1,000,001 rows", read_text, "1,2\n" * 1_000_000)
    refused(f"the table has {MAX_ROWS + 5:,} rows, and at most 100,000", read_text, "1,2\n" * (MAX_ROWS + 5))
    refused(f"the table has {MAX_ROWS + 1:,} rows", read_text, "1,2\n" * (MAX_ROWS + 1))
    assert len(read_text("x,y\n" + "1,2\n" * MAX_ROWS)) == MAX_ROWS


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        *(
            "1,2\n",
            "\n",
            ",",
            '"',
            "1",
            " ",
            "\t",
            '"\n',
            "1 ",
            '" ',
            "1,2,",
            "'",
            ";,\t",
            "9,",
            "-",
            "0\r",
            "1,000",
            "#\n",
        ),
        *("[1]", "x = (", "|", "x: ", "a ", "a=", '"a":', "1.5,2 "),
    ],
)
def test_no_text_takes_long(unit):
    text = unit * (MAX_BYTES // len(unit))
    for one in (text, "x,y\n" + text[4:], "x;y\n1;" + text[6:], "x,y\n1,2\n" * 30 + text[240:]):
        begun = time.process_time()
        with suppress(InputError):
            points_in(one)
        assert time.process_time() - begun < 5


# ---- Round trips.


@given(any_points())
def test_points_come_back_from_csv(points):
    text = to_csv(points)
    names = text.partition("\n")[0].split(",")
    assert set(names) <= {"x", "y", "weight", "held out"}
    assert points_in(text) == points
    assert points_in(text.replace(",", ";").replace(".", ",")) == points
    assert points_in(text.replace("\n", "\r\n").replace(",", ";")) == points


def test_a_csv_is_short_and_holds_numbers_alone():
    points = Points((0.5, 2, -1), (3, 1e16, 5), (1, 2, 1), (False, False, True))
    assert to_csv(points) == "x,y,weight,held out\n0.5,3,1,0\n2,1e16,2,0\n-1,5,1,1\n"
    assert to_csv(PAIR) == "x,y\n0.5,2\n1.5,-0.001\n"


@each_case("name", DATASETS)
def test_the_built_in_sets_come_back_from_csv(name):
    table = read_file(to_csv(DATASETS[name].points).encode(), name)
    assert extract_points(table, "x", "y") == DATASETS[name].points


numbers = st.text("0123456789+-.,e−", min_size=1, max_size=6)


@st.composite
def near_tables(draw):
    """What looks like a table and may be wrong in any way."""
    separator = draw(st.sampled_from([",", ";", "\t", " ", ", "]))
    cells = numbers | st.sampled_from(["", "x", "nan", '"', '"a b"', "#", "=1"])
    rows = draw(st.lists(st.lists(cells, min_size=1, max_size=4), max_size=6))
    return draw(st.sampled_from(["\n", "\r\n", "\r"])).join(separator.join(row) for row in rows)


@given(st.text() | near_tables())
@example("\u2028")
@example('""\n"",')
@example("a\xa0b c\n1 2")
def test_any_text_is_read_or_is_refused(text):
    with suppress(InputError):
        table = read_text(text)
        assert len(set(table.names)) == len(table.names) == len(table.columns) >= 2
        assert {len(column) for column in table.columns} == {len(table)}
        assert extract_points(table, *suggest_roles(table))


@given(st.binary() | near_tables().map(str.encode) | near_tables().map(lambda text: text.encode("utf-16")), st.text())
def test_any_file_is_read_or_is_refused(data, name):
    with suppress(InputError):
        table = read_file(data, name)
        assert extract_points(table, *suggest_roles(table))


def test_errors_weigh_as_least_squares_take_them():
    table = read_text("t,counts,err\n1,10,0.5\n2,20,4\n")
    assert extract_points(table, "t", "counts", error="err").weights == (4.0, 0.0625)
    assert extract_points(table, *suggest_roles(table)).weights == ()  # nobody asked for it
    with pytest.raises(InputError, match="choose one of the two"):
        extract_points(table, "t", "counts", weight="err", error="err")
    zero = read_text("t,counts,err\n1,10,0\n2,20,4\n")
    with pytest.raises(InputError, match="σ is above 0"):
        extract_points(zero, "t", "counts", error="err")
