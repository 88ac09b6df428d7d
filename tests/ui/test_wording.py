"""Numbers and tokens are written the same everywhere."""

import numpy as np
import pytest

from attention_core.attention import attention
from pages.ui.wording import labels, number, scaling


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.23449, "1.234"),
        (-12.9, "−12.900"),
        (float("-inf"), "−∞"),
        (0.0, "0.000"),
        (-0.0, "0.000"),
        (2e-5, "2e−05"),
        (-3e-15, "0.000"),  # rounding noise is not a number to look at
        (0.0005, "0.001"),
    ],
)
def test_a_number_is_written_in_three_decimals_or_its_first_digit(value: float, written: str):
    assert number(value) == written


def test_a_repeated_token_keeps_its_position():
    assert labels(["the", "cat", "the"]) == ["0 the", "1 cat", "2 the"]


@pytest.mark.parametrize(("scale", "written"), [(None, "÷ √4"), (0.5, "÷ √4"), (1.0, "× 1")])
def test_the_scale_is_named_by_what_it_does(scale: float | None, written: str):
    q = np.ones((2, 4))
    assert scaling(attention(q, q, q, scale=scale)) == written
