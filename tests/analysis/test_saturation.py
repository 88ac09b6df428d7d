"""Random numbers behave as the formula says, the curriculum's figures are met, a real head is compared with itself unscaled."""

import numpy as np
import pytest

from attention_core.analysis.saturation import (
    Saturation,
    independent_variance,
    mean_largest_weight,
    score_variance,
    simulate,
    unscaled,
)
from attention_core.attention import attention
from attention_core.masks import causal_mask

D_HEADS, N_DRAWS, N_KEYS = (4, 16, 64, 256), 2000, 16


@pytest.fixture(scope="module")
def drawn() -> Saturation:
    return simulate(0, D_HEADS, N_DRAWS, N_KEYS)


def test_the_variance_of_a_dot_product_is_the_number_of_products(drawn: Saturation) -> None:
    np.testing.assert_allclose(drawn.variances, D_HEADS, rtol=0.05)
    np.testing.assert_allclose(drawn.scaled_variances, 1, rtol=0.05)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_unscaled_weights_saturate_and_scaled_ones_do_not(seed: int) -> None:
    drawn = simulate(seed, D_HEADS, N_DRAWS, N_KEYS)
    np.testing.assert_allclose(drawn.largest, [0.43, 0.69, 0.85, 0.93], atol=0.02)
    np.testing.assert_allclose(drawn.scaled_largest, 0.25, atol=0.02)


def test_a_seed_gives_the_same_numbers_and_another_seed_others(drawn: Saturation) -> None:
    again = simulate(0, D_HEADS[::-1], N_DRAWS, N_KEYS)
    np.testing.assert_array_equal(again.largest[::-1], drawn.largest)
    assert simulate(1, (16,), 50, 4).largest != simulate(2, (16,), 50, 4).largest


def test_the_first_query_is_shown_as_it_was_drawn(drawn: Saturation) -> None:
    assert drawn.weights.shape == drawn.scaled_weights.shape == (len(D_HEADS), N_KEYS)
    np.testing.assert_allclose(drawn.weights.sum(axis=1), 1)
    # dividing keeps the order of the scores, so it keeps the order of the weights
    np.testing.assert_array_equal(
        np.argsort(drawn.weights, axis=1), np.argsort(drawn.scaled_weights, axis=1)
    )
    assert (drawn.weights.max(axis=1) > drawn.scaled_weights.max(axis=1)).all()


def test_one_key_takes_all() -> None:
    assert simulate(0, (8,), 5, 1).largest.tolist() == [1.0]


@pytest.mark.parametrize(
    ("seed", "d_heads", "n_draws", "n_keys"),
    [(-1, (4,), 5, 5), (0, (4, 0), 5, 5), (0, (), 5, 5), (0, (4,), 0, 5), (0, (4,), 5, 0)],
)
def test_nothing_to_draw_is_refused(
    seed: int, d_heads: tuple[int, ...], n_draws: int, n_keys: int
) -> None:
    with pytest.raises(ValueError, match="can't draw"):
        simulate(seed, d_heads, n_draws, n_keys)


def test_a_head_by_hand() -> None:
    # q·k of the two rows: [0, 2 ln 3] and [0, −2 ln 3]; √4 = 2, so the scaled weights are 1/4 and 3/4
    q = np.array([[2 * np.log(3), 0, 0, 0], [-2 * np.log(3), 0, 0, 0]])
    k = np.array([[0.0, 0, 0, 0], [1, 0, 0, 0]])
    trace = attention(q, k, k)
    assert mean_largest_weight(trace) == pytest.approx(3 / 4)
    assert mean_largest_weight(unscaled(trace)) == pytest.approx(9 / 10)
    assert score_variance(trace) == pytest.approx(2 * np.log(3) ** 2)  # mean 0; half are ±2 ln 3


def test_the_baseline_of_independent_numbers_by_hand() -> None:
    # mean q² = (4 + 0 + 0 + 0) ÷ 4 = 1, mean k² = (1 + 1 + 9 + 9) ÷ 4 = 5, d = 2
    trace = attention(
        np.array([[2.0, 0], [0, 0]]), np.array([[1.0, -1], [3, -3]]), np.zeros((2, 1))
    )
    baseline = independent_variance(trace)
    assert (baseline.q_square, baseline.k_square, baseline.variance) == (1, 5, 10)


@pytest.mark.parametrize(("size_q", "size_k"), [(1.0, 1.0), (0.8, 0.5), (3.0, 0.1)])
def test_independent_numbers_of_any_size_meet_their_baseline(size_q: float, size_k: float) -> None:
    rng = np.random.default_rng(0)
    q, k = size_q * rng.standard_normal((400, 32)), size_k * rng.standard_normal((400, 32))
    expected = independent_variance(attention(q, k, k)).variance
    assert (q @ k.T).var() == pytest.approx(expected, rel=0.05)
    assert expected == pytest.approx(32 * size_q**2 * size_k**2, rel=0.05)


def test_only_allowed_pairs_and_rows_with_a_choice_count() -> None:
    q = np.array([[1.0], [1.0]])
    k = np.array([[0.0], [5.0]])
    trace = attention(q, k, k, causal_mask(2))
    # row 0 sees key 0 alone; row 1 sees both: exp(0) and exp(5)
    assert mean_largest_weight(trace) == pytest.approx(1 / (1 + np.exp(-5)))
    assert score_variance(trace) == pytest.approx(np.var([0, 0, 5]))


def test_without_a_choice_there_is_no_average() -> None:
    lonely = attention(np.ones((1, 2)), np.ones((1, 2)), np.ones((1, 2)))
    assert np.isnan(mean_largest_weight(lonely))
    blocked = attention(np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2)), np.zeros((2, 2), bool))
    assert np.isnan(mean_largest_weight(blocked))
    assert score_variance(blocked) == 0


def test_all_but_the_scale_stays(trace) -> None:
    again = unscaled(trace)
    assert again.scale == 1
    np.testing.assert_array_equal(again.scores, trace.scores)
    for field in ("mask", "bias", "temperature"):
        assert getattr(again, field) is getattr(trace, field)


def test_a_real_head_is_sharper_without_the_division(captured) -> None:
    trace = captured.layers[5].head_trace(11)
    assert mean_largest_weight(unscaled(trace)) > mean_largest_weight(trace) > 0
    assert score_variance(trace) == pytest.approx(trace.scores.astype(float).var())
