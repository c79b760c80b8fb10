"""Sums that are written out add up in the digits that are shown."""

import re
from decimal import Decimal

import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.analysis.tensor_format import format_sum


def tensors(*values):
    return [torch.tensor(one, dtype=torch.float64) for one in values]


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_a_sum_adds_up_where_it_says_so(one, other):
    text = format_sum(tensors(one, other), torch.tensor(one + other, dtype=torch.float64))
    if " ≈ " in text:
        return
    left, right, total = (Decimal(part) for part in re.split(r" \+ | = ", text))
    assert abs(left + right - total) <= Decimal(1).scaleb(total.as_tuple().exponent) / 2


def test_sums_of_halves_thirds_and_vectors():
    assert format_sum(tensors(0.5, 1.25), torch.tensor(1.75)) == "0.5000 + 1.2500 = 1.7500"
    assert format_sum(tensors(0.00004, 0.00004), torch.tensor(8e-5, dtype=torch.float64)) == (
        "4.0000e-05 + 4.0000e-05 = 8.0000e-05"
    )
    third = 1 / 3
    assert " ≈ " in format_sum(tensors(third, third), torch.tensor(2 * third, dtype=torch.float64))
    # To four digits 0.12346 + 0.12346 would be 0.2469.
    assert format_sum(tensors(0.12346, 0.12346), torch.tensor(0.24692, dtype=torch.float64)) == (
        "0.12346 + 0.12346 = 0.24692"
    )
    assert format_sum(tensors([1.0, 2.0], [0.5, 0.5]), torch.tensor([1.5, 2.5])) == (
        "[1., 2.] + [0.5000, 0.5000] = [1.5000, 2.5000]"
    )
