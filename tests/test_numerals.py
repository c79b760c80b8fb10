import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import InputError
from playground.numerals import as_float, as_number, format_exact


@pytest.mark.parametrize(("text", "number"), [("1.5", 1.5), ("-2e3", -2000.0), ("7", 7.0), (" 0.25 ", 0.25)])
def test_a_number_of_a_link_is_a_float(text, number):
    assert as_number(text) == number
    assert type(as_number(text)) is float


@pytest.mark.parametrize("text", ["", "fast", "nan", "inf", "-inf", "1e999", "1,5", "0x10", "9" * 5000])
def test_what_is_no_finite_number_of_a_link_is_refused_in_a_short_sentence(text):
    with pytest.raises(InputError) as error:
        as_number(text)
    assert len(str(error.value)) < 80


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (2.0, "2"),
        (1e-6, "1e-06"),
        (1 / 3, "0.3333333333333333"),
        (7, "7"),
        (True, "true"),
        ("Adam", "Adam"),
    ],
)
def test_a_value_is_written_shortly(value, text):
    assert format_exact(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_it_was_written(number):
    read = as_number(format_exact(number))
    assert (read, math.copysign(1, read)) == (number, math.copysign(1, number))


def test_a_whole_number_too_large_for_a_float_is_infinite():
    assert [as_float(value) for value in (10**400, -(10**400), 3)] == [math.inf, -math.inf, 3.0]
