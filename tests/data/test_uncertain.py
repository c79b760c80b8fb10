"""Values with their errors in one cell: read as such, with weights 1/σ², or one row is named."""

import math
import re

import pytest

from playground import InputError, read_points
from playground.data.labelled_tables import suggest_labelled_roles
from playground.data.table_points import extract_points, suggest_roles
from playground.data.tables import read_text
from playground.data.uncertain import split_error
from tests.cases import each_case


@each_case(
    ("text", "y", "sigma"),
    [
        ("t,N\n0,1023 ± 32\n9,751 ± 27", (1023, 751), (32, 27)),
        ("0,1023±32\n9,751±27", (1023, 751), (32, 27)),
        ("0 1023 +/- 32\n9 751 +/- 27", (1023, 751), (32, 27)),
        ("t N\n0 1023+-32\n9 751+−27", (1023, 751), (32, 27)),
        ("t;U\n0;12,3 ± 0,4\n1;−13,1±0,3", (12.3, -13.1), (0.4, 0.3)),
        ("t\tU\n0\t12.3(4)\n1\t13(2)\n2\t1.234(12)", (12.3, 13, 1.234), (0.4, 2, 0.012)),
        ("t;U\n0;12,3(4)\n1;1,25(3)", (12.3, 1.25), (0.4, 0.03)),
        ("0,(1.2 ± 0.1)e-5\n1,(1.3±0.2)e-5", (1.2e-5, 1.3e-5), (0.1e-5, 0.2e-5)),
        ("0,(1.2 ± 0.1)×10^3\n1,(1.3±0.2)×10^3", (1200, 1300), (100, 200)),
        ("t,V\n0,5 mV ± 1 mV\n1,6 mV ± 2 mV", (5, 6), (1, 2)),
        ("t,V\n0,5 ± 1 mV\n1,6 ± 2 mV", (5, 6), (1, 2)),
        ("| t | N |\n|---|---|\n| 0 | 10 ± 3 |\n| 1 | 8 ± 2 |", (10, 8), (3, 2)),
        ("x = [1, 2]\ny = [3 ± 2, 4 ± 4]", (3, 4), (2, 4)),
        ("x,1,2,3\ny,5±2,6±2,7±4", (5, 6, 7), (2, 2, 4)),
        ("counter model 7\nrun 3\nt,N\n0,10 ± 3\n1,8 ± 2", (10, 8), (3, 2)),
    ],
)
def test_a_value_is_read_with_its_error_which_weighs_1_by_sigma_squared(text, y, sigma):
    points = read_points(text)
    assert points.y == y
    assert all(math.isclose(w, s**-2, rel_tol=1e-12) for w, s in zip(points.weights, sigma, strict=True))


def test_what_was_done_is_said_and_the_error_is_a_column_that_another_may_take():
    table = read_text("t,N\n0,1023 ± 32\n9,751 ± 27")
    assert table.notes == ("Column 'N' has errors: 1023±32 is read as 1023 with the error 32.",)
    assert table.names == ("t", "N", "error of N")
    assert suggest_roles(table).error == "error of N"
    assert extract_points(table, "t", "N").weights == ()


def test_weights_that_the_table_gives_come_before_errors():
    table = read_text("x,y,weight\n0,5 ± 1,2\n1,6 ± 1,3")
    assert suggest_roles(table)[2:] == ("weight", None, None)


def test_errors_of_x_are_not_used_and_errors_are_no_inputs_of_a_network():
    assert read_points("x,y\n1 ± 0.1,2\n2 ± 0.1,3").weights == ()
    roles = suggest_labelled_roles(read_text("a,b,class\n1 ± 0.1,2 ± 0.2,0\n2 ± 0.1,3 ± 0.1,1"))
    assert roles == (("a", "b"), "class", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x,y\n1,2 ± 1\n2,3\n3,4 ± 1",
            "row 3, column 'y': '3' has no error, and '2±1' in row 2 has one: write an error",
        ),
        ("x,y\n1,2\n2,3\n3,4(1)", "row 2, column 'y': '2' has no error, and '4(1)' in row 4 has one"),
        ("x,y\n1,2 ± 0\n2,3 ± 1", "row 2, column 'error of y': '0' is no error: σ is above 0"),
    ],
)
def test_errors_that_can_not_be_taken_are_refused_with_the_row(text, message):
    with pytest.raises(InputError, match=re.escape(message)):
        read_points(text)


@pytest.mark.parametrize("cell", ["", "1023", "a ± b", "1 ± 2 ± 3", "1023 ± 5%", "f(4)", "-12-3", "5 (mV)", "±3", "3±"])
def test_what_is_no_value_with_its_error_stays_as_it_is(cell):
    assert split_error(cell) is None
