"""Columns whose numbers have a unit, a per cent sign, powers of ten or marks between thousands, as instruments and
spreadsheets write them: read where all cells are alike, told, and refused by the first cell where they aren't."""

import re

import pytest

from playground import InputError, read_points
from playground.data.tables import read_text
from tests.cases import each_case


@each_case(
    ("text", "x", "y", "notes"),
    [
        (
            "x,y\n1,12.5 %\n2,14%\n3,15.5 %",
            (1, 2, 3),
            (12.5, 14, 15.5),
            ["Column 'y' is in per cent: 12.5 % is read as 12.5."],
        ),
        ("x;y\n1;12,5%\n2;14%", (1, 2), (12.5, 14), ["Column 'y' is in per cent: 12,5% is read as 12,5."]),
        (
            "c;A\n0,5 mM;0,131\n1,0 mM;0,263",
            (0.5, 1),
            (0.131, 0.263),
            ["Column 'c' is in mM: 0,5 mM is read as 0,5."],
        ),
        (
            "t,V\n0ms,1.2V\n5ms,0.9V",
            (0, 5),
            (1.2, 0.9),
            ["Column 't' is in ms: 0ms is read as 0.", "Column 'V' is in V: 1.2V is read as 1.2."],
        ),
        ("0ms,1.2V\n5ms,0.9V", (0, 5), (1.2, 0.9), None),
        ("a,y\n0°,1\n60°,0.5", (0, 60), (1, 0.5), None),
        ("T,v\n1e-3 µm/s,1 s-1\n2e-3 µm/s,2 s-1", (1e-3, 2e-3), (1, 2), None),
        ("t,$\n1,$5\n2,-$7.5", (1, 2), (5, -7.5), ["Column '$' is in $: $5 is read as 5."]),
        (
            "Jahr;BIP\n2000;2.109,09 €\n2001;2.172,54 €",
            (2000, 2001),
            (2109.09, 2172.54),
            [
                "Column 'BIP' is in €: 2.109,09 € is read as 2.109,09.",
                "Column 'BIP' has marks between thousands: 2.109,09 is read as 2109,09.",
            ],
        ),
        (
            'year,GDP\n2000,"10,251,000"\n2001,"581,800"',
            (2000, 2001),
            (10251000, 581800),
            ["Column 'GDP' has marks between thousands: 10,251,000 is read as 10251000."],
        ),
        ("a;b\n1;1 478 585\n2;538 200", (1, 2), (1478585, 538200), None),
        ("a;b\n1;1'478'585\n2;900\n3;1'200", (1, 2, 3), (1478585, 900, 1200), None),
        ("x,y\n1,1.2x10^3\n2,2.4×10⁻³\n3,4.8*10**3", (1, 2, 3), (1200, 2.4e-3, 4800), []),
        ("x,y\n1,1.2·10^3 s\n2,2 s", None, None, None),
        ("1.0D+00 2.5D-01\n2.0D+00 3.5D-01", (1, 2), (0.25, 0.35), []),
        ("x,y\n1,2.5 m\n2,NaN", None, None, None),
        ("time,5 mM,10 mM\n0,1,2\n1,3,4", (0, 1), (1, 3), []),
        ("Datum;Zellen\n01.03.2024;1200\n2.3.2024;2100\n04.03.2024 12:00;4400", (0, 1, 3.5), (1200, 2100, 4400), []),
    ],
)
def test_what_all_cells_of_a_column_have_beside_their_numbers_is_taken_and_told(text, x, y, notes):
    if x is None:
        with pytest.raises(InputError):
            read_points(text)
        return
    points = read_points(text)
    assert (points.x, points.y) == (x, y)
    assert notes is None or list(read_text(text).notes) == notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,12.5%\n2,14", "row 2, column 'y': '12.5%' is in per cent, and other cells aren't"),
        ("c,A\n0.5 mM,1\n2000 uM,2", "row 2, column 'c': '0.5 mM' is in 'mM', and other cells aren't"),
        ("c,A\n0.5,1\n2 mM,2", "row 3, column 'c': '2 mM' is in 'mM', and other cells aren't"),
        ("t,N\n0,1023 ± 5%\n9,751 ± 27", "'1023±5%' is a value with its error, and the error can't be read"),
        ("t,T\n00:00,93.5\n00:05,82.1", "'00:00' is a time of day: write hours, minutes or seconds as one number"),
        ("t,T\n2020-01,1\n2020-02,2", "'2020-01' looks like a date: write dates as 2026-03-01"),
        ("t,T\n3/1/2024,1\n3/2/2024,2", "'3/1/2024' looks like a date: write dates as 2026-03-01"),
        ("a;b\n1;1'478\n2;900", "has separators between thousands"),
        ('y,$\n2000,"$10,251"\n2001,"$10,581"', "'10,251' can be 10.251 or 10251"),
        ('x,y\n1,"1,234"\n2,"1,234,567"\n3,"1,5"', "'1,234,567' has separators between thousands"),
        ("x,y\n1,1,234\n2,1,300", "row 2 has 3 cells, and row 1 has 2"),
    ],
)
def test_what_is_not_alike_in_all_cells_is_refused_with_the_first_and_what_to_do(text, message):
    with pytest.raises(InputError, match=re.escape(message)):
        read_points(text)
