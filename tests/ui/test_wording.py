"""Numbers and tokens are written the same everywhere."""

import numpy as np
import pytest

from attention_core.attention import attention
from pages.ui.widgets.panels import MOST_ON_ONE_SCALE, full_scale
from pages.ui.widgets.wording import (
    LONGEST_LABEL,
    dimensions,
    labels,
    number,
    scaling,
    scientific,
    sub,
    summary,
    vector,
    visible,
)


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


def test_a_size_is_written_with_its_power_of_ten():
    assert [scientific(x) for x in (1.234e-7, -3e-15, 0.0, 0.00123)] == [
        "1.2e−07",
        "−3.0e−15",
        "0",
        "1.2e−03",
    ]


def test_a_repeated_token_keeps_its_position():
    assert labels(["the", "cat", "the"]) == ["0 the", "1 cat", "2 the"]


@pytest.mark.parametrize(("scale", "written"), [(None, "÷ √4"), (0.5, "÷ √4"), (1.0, "× 1")])
def test_the_scale_is_named_by_what_it_does(scale: float | None, written: str):
    q = np.ones((2, 4))
    assert scaling(attention(q, q, q, scale=scale)) == written


def test_a_row_is_summed_up_by_its_three_largest_weights_ties_in_order():
    row = np.array([0.1, 0.2, 0.5, 0.2])
    assert summary("0 it", row, list("abcd")) == "0 it → c 0.50 · b 0.20 · d 0.20"


def test_small_things_are_written_the_same_everywhere():
    assert sub(107) == "₁₀₇"
    assert vector(np.array([0.1, -1, -0.001])) == "(0.10, −1.00, 0.00)"
    assert dimensions(np.zeros((2, 3))) == ["0", "1", "2"]


def test_many_keys_are_coloured_up_to_the_largest_weight_if_there_is_any():
    few, many = np.full((1, MOST_ON_ONE_SCALE), 0.1), np.full((1, MOST_ON_ONE_SCALE + 1), 0.1)
    assert full_scale(few) is None
    assert full_scale(many) == 0.1
    assert full_scale(0 * many) == 1  # every key of every row is blocked


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (" to", "␣to"),
        ("\n\n", "⏎⏎"),
        ("a\tb", "a⇥b"),
        ("", "(empty)"),
        ("\u200d", "U+200D"),
        ("<b>é🐕", "<b>é🐕"),
    ],
)
def test_what_has_no_shape_gets_one(text: str, seen: str):
    assert visible(text) == seen


def test_an_endless_word_has_a_short_label_with_its_position():
    assert labels(["a" * LONGEST_LABEL, "b" * 20_000]) == [
        "0 " + "a" * LONGEST_LABEL,
        "1 " + "b" * LONGEST_LABEL + "…",
    ]
