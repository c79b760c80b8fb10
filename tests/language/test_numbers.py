"""Numbers as people type them: read as any of their notations means, or refused with what to write."""

import math
import re
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import InputError
from playground.language.numbers import explain_number, read_number, read_plain
from tests.cases import each_case


@each_case(
    ("text", "value"),
    [
        ("1e3", 1000),
        ("1/10", 0.1),
        ("0,001", 0.001),
        ("7,5", 7.5),
        ("-7,5e-1", -0.75),
        ("1234,567", 1234.567),
        (",5", 0.5),
        ("\u22121", -1),
        (" \u20132,25 ", -2.25),
        ("1.5D+02", 150),
        ("sqrt(2)", math.sqrt(2)),
        ("pi/4", math.pi / 4),
        ("2·10^3", 2000),
        ("2×10⁻³", 0.002),
        ("5%", 0.05),
        ("7,5 %", 0.075),
        ("1,5*2", 3),
        ("max(1,2)", 2),
        ("1e-400", 0),
    ],
)
def test_a_number_is_read_as_it_is_meant(text, value):
    assert read_number(text) == pytest.approx(value, rel=1e-15)


@each_case(("text", "value"), [("1e3", 1000), ("2^10", 1024), ("\u22123", -3), ("9007199254740993", 9007199254740993)])
def test_a_whole_number_is_an_int_to_its_last_digit(text, value):
    found = read_number(text, whole=True)
    assert (found, type(found)) == (value, int)


@each_case(
    ("text", "parts"),
    [
        ("1,234", ["1.234", "1234"]),
        ("-12,345", ["-12.345", "-12345"]),
        ("1,234*2", ["can mean two things"]),
        ("1.234,5", ["1234.5"]),
        ("1,234.5", ["1234.5"]),
        ("1 234", ["1234"]),
        ("1'234'567", ["1234567"]),
        ("1_000", ["1000"]),
        ("12 34", ["blank"]),
        ("", ["missing", "1/10"]),
        ("abc", ["'abc' is no number", "1/10"]),
        ("x", ["'x' is no number"]),
        ("1..2", ["is no number"]),
        ("1/0", ["no finite number"]),
        ("1e999", ["no finite number"]),
        ("nan", ["no finite number"]),
        ("\u2212∞", ["no finite number"]),
        ("[1, 2]", ["2 numbers"]),
        ("٣", ["is no number"]),
    ],
)
def test_what_is_no_number_or_has_two_readings_is_refused_with_what_to_write(text, parts):
    with pytest.raises(InputError) as error:
        read_number(text)
    assert all(part in str(error.value) for part in parts), str(error.value)
    assert "\n" not in str(error.value)


@each_case(
    ("text", "part"),
    [
        ("1.000", "can be 1 or 1000"),
        ("1,000", "can be 1 or 1000"),
        ("2.5", "2.5 isn't a whole number"),
        ("1/3", "whole"),
        ("x +", "type one such as 100"),
        ("1e999", "type one such as 100"),
    ],
)
def test_a_whole_number_is_asked_for(text, part):
    with pytest.raises(InputError, match=re.escape(part)):
        read_number(text, whole=True)


def test_a_reading_that_is_not_plain_is_explained():
    assert explain_number("1/2pi") == "/2pi is read as /2 times pi; write /(2*pi) to divide by both."
    assert [explain_number(text) for text in ("0.1", "1/10", "7,5", "abc")] == [""] * 4


NOTATIONS = {
    "python": repr,
    "fixed": lambda value: format(Decimal(value), "f"),
    "scientific": lambda value: f"{value:.17e}",
    "capital": lambda value: f"{value:.17E}".replace("-", "\u2212"),
    "fortran": lambda value: f"{value:.17e}".replace("e", "D"),
    "signed": lambda value: f"{value:+.17e}",
}


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([*NOTATIONS]))
def test_any_number_printed_in_any_notation_reads_back(value, notation):
    text = NOTATIONS[notation](value)
    assert read_plain(text) == value
    assert read_number(text) == value
    comma = text.replace(".", ",")
    if not re.fullmatch(r"[+\-\u2212]?[1-9]\d{0,2},\d{3}([eE].*)?", comma):
        assert read_number(comma) == value


@given(st.text(max_size=20) | st.text("0123456789.,-+eE %'/*()", max_size=12))
def test_any_text_is_a_finite_number_or_is_refused(text):
    for whole in (False, True):
        with suppress(InputError):
            assert math.isfinite(read_number(text, whole=whole))
        explain_number(text)
