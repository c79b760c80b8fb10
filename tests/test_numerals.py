"""How numbers are written: what is exact reads back, what is rounded says the number in so many digits."""

import ast
import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import playground
from playground import InputError
from playground.labs.shared.fields import as_number
from playground.numerals import PLAIN_BELOW, as_float, format_count, format_decimals, format_exact, format_number

FINITE = st.floats(allow_nan=False, allow_infinity=False)
DIGITS = st.integers(1, 12)


def read(text):
    """The number that a person reads."""
    return float(text.replace("−", "-"))


@given(st.floats(allow_nan=False))
@example(-0.0)
@example(1e15)
@example(1e16)
@example(5e-324)
@example(1e-7)
def test_an_exact_text_reads_back_to_the_bit_and_is_short(number):
    text = format_exact(number)
    assert float(text).hex() == number.hex()
    assert len(text) <= len(repr(number))
    assert "+" not in text
    assert not text.endswith(".0")


@given(st.integers())
def test_an_exact_integer_is_itself(number):
    assert format_exact(number) == str(number)


def test_words_are_exact_as_they_are():
    assert [format_exact(one) for one in (True, False, "Adam", 0.1, 2.0, 1e-6, 1.5e20, math.nan, -math.inf)] == [
        *("true", "false", "Adam", "0.1", "2", "1e-6", "1.5e20", "nan", "-inf"),
    ]


@given(FINITE, DIGITS)
@example(-0.0, 3)
@example(99999.6, 3)
@example(12345.6, 4)
@example(0.5, 1)
def test_a_number_is_the_nearest_of_so_many_digits(number, digits):
    text = format_number(number, digits)
    # Decimals judge: they know the float exactly, and round as the float's own text must.
    rounded = Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(Decimal(number))
    if abs(rounded) < PLAIN_BELOW and abs(rounded) >= Decimal(10) ** digits:
        rounded = Decimal(number).to_integral_value(ROUND_HALF_EVEN)
    assert Decimal(text.replace("−", "-")) == rounded


@given(FINITE, DIGITS)
def test_a_number_has_a_true_minus_sign_and_zero_has_none(number, digits):
    text = format_number(number, digits)
    assert "-" not in text
    assert "+" not in text
    assert text.startswith("−") == (number < 0)
    mantissa = text.lstrip("−").partition("e")[0]
    assert len(mantissa.replace(".", "").lstrip("0")) <= max(digits, 5)
    assert not (read(text) == 0 and text != "0")


@given(st.floats(-1e5, 1e5).filter(lambda one: one == 0 or abs(one) >= 1e-4), DIGITS)
def test_a_number_of_everyday_size_has_no_power_of_ten(number, digits):
    text = format_number(number, digits)
    assert "e" not in text or abs(read(text)) >= PLAIN_BELOW


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (-0.0, 4, "0"),
        (2.71572, 4, "2.716"),
        (-0.5, 4, "−0.5"),
        (1.234e-7, 2, "1.2e−7"),
        (1234.5, 3, "1234"),
        (123456.0, 3, "1.23e5"),
        (123456.0, 6, "123456"),
        (math.inf, 4, "inf"),
        (-math.inf, 4, "−inf"),
        (math.nan, 4, "nan"),
        (np.float32(0.1), 4, "0.1"),
        (torch.tensor(3.0), 4, "3"),
        (7, 4, "7"),
    ],
)
def test_a_number_as_it_is_read(number, digits, text):
    assert format_number(number, digits) == text


def test_a_count_has_its_noun():
    assert [format_count(count, "step") for count in (0, 1, 2, 12345)] == [
        "0 steps",
        "1 step",
        "2 steps",
        "12,345 steps",
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.47298, "1.4730"),
        (-0.0, "0.0000"),
        (-15.01084, "−15.0108"),
        (1e-3, "0.0010"),
        (9.4e-4, "9.400e−4"),
        (-123456.7, "−1.235e5"),
        (99999.0, "99999.0000"),
        (math.inf, "inf"),
        (-math.inf, "−inf"),
        (math.nan, "nan"),
    ],
)
def test_decimals_are_those_of_the_players_readouts(number, text):
    assert format_decimals(number) == text


def test_no_sentence_has_a_hyphen_before_inf():
    """Files for machines have one; what is said on the page has a true minus, as the player's numbers do."""
    said = [
        (path.name, node.value)
        for path in Path(playground.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "-inf" in node.value
    ]
    assert [one for one in said if one != ("csv_text.py", "-inf")] == []


@pytest.mark.parametrize(("text", "number"), [("1.5", 1.5), ("-2e3", -2000.0), ("7", 7.0), (" 0.25 ", 0.25)])
def test_a_number_of_a_link_is_a_float(text, number):
    assert as_number(text) == number
    assert type(as_number(text)) is float


@pytest.mark.parametrize("text", ["", "fast", "nan", "inf", "-inf", "1e999", "1,5", "0x10", "9" * 5000])
def test_what_is_no_finite_number_of_a_link_is_refused_in_a_short_sentence(text):
    with pytest.raises(InputError) as error:
        as_number(text)
    assert len(str(error.value)) < 80


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_it_was_written(number):
    read = as_number(format_exact(number))
    assert (read, math.copysign(1, read)) == (number, math.copysign(1, number))


def test_a_whole_number_too_large_for_a_float_is_infinite():
    assert [as_float(value) for value in (10**400, -(10**400), 3)] == [math.inf, -math.inf, 3.0]
