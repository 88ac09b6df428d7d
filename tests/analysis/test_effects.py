"""How far a prediction or a vector moved: by hand, against torch, and where there are no numbers any more."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr, softmax

from attention_core.analysis.effects import (
    kl_bits,
    likeliest_of_both,
    log_probabilities,
    mean_turned_by,
    probabilities,
    rank_of,
    share_as_large,
    turned_by,
)


def logits(seed: int, *shape: int) -> np.ndarray:
    return (10 * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def test_one_bit_is_the_price_of_taking_a_certain_outcome_for_a_coin():
    certain, coin = np.array([0.0, -1e9]), np.array([0.0, 0.0])
    assert kl_bits(certain, coin) == pytest.approx(1)
    assert kl_bits(coin, coin) == 0
    assert kl_bits(coin, np.log([0.9, 0.1])) == pytest.approx(0.5 * np.log2(0.25 / 0.09))


@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(2, 9))
def test_kl_is_torch_s_and_never_negative(seed: int, n: int, n_vocabulary: int):
    p, q = logits(seed, n, n_vocabulary), logits(seed + 1, n, n_vocabulary)
    log_p, log_q = (torch.tensor(each).double().log_softmax(-1) for each in (p, q))
    expected = torch.nn.functional.kl_div(log_q, log_p, reduction="none", log_target=True).sum(-1)
    np.testing.assert_allclose(kl_bits(p, q), expected.numpy() / np.log(2), rtol=1e-10, atol=1e-12)
    assert (kl_bits(p, q) >= 0).all()
    assert (kl_bits(p[0], q) >= 0).all()  # one control, many changes


def test_kl_is_scipy_s_where_scores_are_minus_infinity():
    p = np.array([[0.0, 1.0, -np.inf, -np.inf], [0.0, 1.0, 2.0, -np.inf]])
    q = np.array([[1.0, 0.0, 0.5, -np.inf], [0.0, -np.inf, 1.0, 2.0]])
    expected = rel_entr(softmax(p, axis=1), softmax(q, axis=1)).sum(axis=1) / np.log(2)
    assert np.isfinite(expected[0])
    assert np.isinf(expected[1])
    np.testing.assert_allclose(kl_bits(p, q), expected, rtol=1e-12)
    np.testing.assert_allclose(kl_bits(p, p), 0)
    assert np.isnan(kl_bits(p[0], np.full(4, np.nan)))


def test_huge_logits_overflow_nothing():
    np.testing.assert_allclose(probabilities(np.array([1e30, 0.0, 1e30])), [0.5, 0, 0.5])
    assert log_probabilities(np.array([0.0, -2000.0]))[1] == -2000


def test_without_numbers_there_is_no_distance():
    nothing = np.full(3, np.nan)
    assert np.isnan(kl_bits(np.zeros(3), nothing))
    assert np.isnan(turned_by(np.ones(3), nothing))
    assert np.isnan(turned_by(np.ones(3), np.zeros(3)))


def test_a_vector_turns_by_its_angle_and_not_by_its_length():
    before = np.array([[1.0, 0], [1, 0], [1, 0], [1, 1]])
    after = np.array([[7.0, 0], [0, 2], [-1, 0], [1, 0]])
    np.testing.assert_allclose(turned_by(before, after), [0, 1, 2, 1 - 0.5**0.5], atol=1e-12)
    np.testing.assert_allclose(turned_by(before[0], after), [0, 1, 2, 0], atol=1e-12)


def test_the_likeliest_of_both_come_once_and_the_control_s_first():
    control, changed = np.array([4.0, 3, 2, 1, 0]), np.array([0.0, 9, 2, 1, 8])
    assert likeliest_of_both(control, changed, 2).tolist() == [0, 1, 4]
    assert likeliest_of_both(control, np.full(5, np.nan), 2).tolist() == [0, 1]
    assert [rank_of(changed, token) for token in (1, 4, 0)] == [1, 2, 5]


def test_chance_is_counted_with_the_change_itself_among_the_tries():
    controls = np.array([0.1, -0.5, 0.2, 0.0])
    assert share_as_large(0.3, controls) == 2 / 5
    assert share_as_large(-0.3, controls) == 2 / 5
    assert share_as_large(9.0, controls) == 1 / 5
    assert share_as_large(1.0, np.empty(0)) == 1


def test_a_text_turns_as_the_mean_of_its_vectors_does():
    control = np.array([[2.0, 0.0], [0.0, 0.0]])  # mean (1, 0)
    changed = np.array([[0.0, 0.0], [0.0, 3.0]])  # mean (0, 1.5): a right angle
    assert mean_turned_by(control, changed) == pytest.approx(1)
    assert mean_turned_by(control, 5 * control) == pytest.approx(0)
