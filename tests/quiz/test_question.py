"""Grading, reading and writing numbers, and what a table or a choice refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.quiz.material import adds_up, attend, choice, lead, tenths
from attention_core.quiz.question import Choice, Number, Table
from attention_core.quiz.wording import fixed, number, products, read_number, share


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0.25", 0.25),
        ("0,25", 0.25),
        (" .5 ", 0.5),
        ("−3", -3.0),
        ("-3", -3.0),
        ("+12", 12.0),
        ("7.", 7.0),
        ("1/4", 0.25),
        ("−1 / 2", -0.5),
        ("1 000", 1000.0),
        ("٣", 3.0),  # digits of any script
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, meant: float):
    assert read_number(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "1.2.3", "1,2,3", "--1", "1e9", "nan", "inf", "1/", "½", "<b>1</b>", "9" * 40],
)
def test_what_is_no_number_is_named(typed: str):
    with pytest.raises(ValueError, match="is not a number"):
        read_number(typed)


def test_nothing_is_divided_by_zero():
    with pytest.raises(ValueError, match="divided by 0"):
        read_number("1/0")


@given(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)))
def test_a_number_that_was_written_is_read_back(value: float):
    assert read_number(number(value)) == pytest.approx(value, abs=1e-9)


def test_numbers_are_written_with_a_true_minus_and_no_negative_zero():
    assert [number(value) for value in (12.0, 0.5, -1.25, -0.0001, 100.0)] == [
        "12", "0.5", "−1.25", "0", "100",
    ]  # fmt: skip
    assert share(0.1 + 0.2) == "0.30"
    assert fixed(-2.0, 1) == "−2.0"
    written = products([1.0, -2.0], [3.0, -4.0])
    assert written.replace("\u00a0", " ") == "1 · 3 + (−2) · (−4)"


def test_only_the_right_option_is_accepted():
    answer = Choice(("a", "b", "c"), 1)
    assert [answer.accepts(i) for i in range(3)] == [False, True, False]
    assert answer.text == "b"


def test_a_number_is_accepted_up_to_its_tolerance():
    answer = Number(1 / 3)
    assert answer.accepts(0.33) and answer.accepts(0.34)
    assert not answer.accepts(0.32) and not answer.accepts(0.35)
    assert Number(0.3).accepts(0.1 + 0.2)


@pytest.mark.parametrize(
    ("value", "is_endless"),
    [(24.0, False), (-3.0, False), (0.25, False), (0.1 + 0.2, False), (1 / 3, True), (0.125, True)],
)
def test_only_what_two_decimals_cannot_write_must_be_rounded(value: float, is_endless: bool):
    assert Number(value).is_endless is is_endless


@pytest.mark.parametrize(
    ("weights", "is_one"),
    [
        ([0.7851, 0.0398, 0.1751], False),  # 0.79 + 0.04 + 0.18
        ([1 / 3, 1 / 3, 1 / 3], False),
        ([0.5, 0.25, 0.25], True),
        ([0.1] * 10, True),
    ],
)
def test_weights_add_up_as_printed(weights: list[float], is_one: bool):
    assert adds_up([np.array(weights)]) is is_one
    assert not adds_up([np.array([0.5, 0.25, 0.25]), np.array([0.33, 0.33, 0.33])])


def test_a_choice_refuses_the_same_option_twice():
    with pytest.raises(ValueError, match="the same"):
        choice(np.random.default_rng(0), "a", ["b", "b"])
    with pytest.raises(ValueError, match="the same"):
        choice(np.random.default_rng(0), "a", ["a", "b"])


def test_a_table_refuses_names_that_do_not_fit_and_cannot_be_changed():
    with pytest.raises(ValueError, match="2 rows"):
        Table("", np.zeros((3, 2)), ("a", "b"), ("c", "d"))
    values = np.zeros((1, 2))
    table = Table("", values, ("a",), ("c", "d"), decimals=1)
    values[:] = 7
    assert table.texts == [["0.0", "0.0"]]
    with pytest.raises(ValueError, match="read-only"):
        table.values[0, 0] = 1


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_tenths_are_weights_that_one_decimal_prints_exactly(seed: int, n: int):
    weights = tenths(np.random.default_rng(seed), n)
    assert weights.sum() == pytest.approx(1)
    assert (weights > 0).all()
    assert np.allclose(np.round(weights, 1), weights)


def test_the_core_gives_back_the_weights_that_it_is_asked_for():
    weights = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
    v = np.array([[10.0], [0.0], [-10.0]])
    trace = attend(weights, v)
    np.testing.assert_allclose(trace.weights, weights, rtol=1e-12)
    np.testing.assert_allclose(trace.context, [[-1.0], [-7.0]], rtol=1e-12)


def test_lead_is_the_distance_to_the_second():
    assert lead(np.array([1.0, 5.0, 3.0])) == 2
    assert lead(np.array([5.0, 5.0])) == 0
