"""Several columns of y: each row gives a point for each, with its own error, line and date."""

import pytest

from playground import InputError
from playground.data.replicates import stack_columns
from playground.data.table_points import extract_points, list_numbers
from playground.data.tables import FaultyRowsError, read_text

TEXT = "x,y1,y2,note\n1,2,3,a\n2,4,,b\n3,6,7,c\n"


def test_each_row_gives_a_point_for_each_column_and_none_for_an_empty_cell():
    points = extract_points(stack_columns(read_text(TEXT), "y1", ["y2"]), "x", "y1")
    assert [*zip(points.x, points.y, strict=True)] == [(1, 2), (1, 3), (2, 4), (3, 6), (3, 7)]


def test_without_other_columns_a_table_is_as_it_was():
    table = read_text(TEXT)
    assert stack_columns(table, "y1", []) == table


def test_errors_stay_with_their_values_and_a_column_of_errors_is_that_of_the_row():
    own = read_text("x,y1,y2\n1,2 ± 1,3 ± 2\n2,4 ± 4,5 ± 5\n")
    weights = extract_points(stack_columns(own, "y1", ["y2"]), "x", "y1", error="error of y1").weights
    assert weights == (1, 1 / 4, 1 / 16, 1 / 25)
    shared = read_text("x,y1,y2,s\n1,2,3,2\n2,4,5,4\n")
    weights = extract_points(stack_columns(shared, "y1", ["y2"]), "x", "y1", error="s").weights
    assert weights == (1 / 4, 1 / 4, 1 / 16, 1 / 16)


def test_days_are_counted_from_the_first_date_also_where_its_row_has_no_replicate():
    table = read_text("day,a,b\n2026-03-01,1,\n2026-03-02,2,3\n")
    assert extract_points(stack_columns(table, "a", ["b"]), "day", "a").x == (0, 1, 1)


def test_a_cell_that_can_not_be_read_is_told_with_its_row():
    table = read_text("x,y1,y2\n1,2,b\n2,4,5\n")
    with pytest.raises(FaultyRowsError, match="row 2"):
        extract_points(stack_columns(table, "y1", ["y2"]), "x", "y1")
    with pytest.raises(InputError, match="no column 'z'"):
        stack_columns(table, "y1", ["z"])


def test_the_columns_of_numbers_are_those_that_may_be_taken():
    assert list_numbers(read_text(TEXT)) == ["x", "y1", "y2"]
    assert list_numbers(read_text("id,t,y\n1,0,2 ± 1\n2,5,3 ± 1\n")) == ["t", "y"]
