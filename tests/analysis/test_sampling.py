"""Temperature, top-k and top-p on a prediction small enough to do by hand, and against the library's own."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from attention_core.analysis.sampling import draw, entropy_bits, sampling_steps

PROBABILITIES = np.array([0.1, 0.5, 0.2, 0.15, 0.05])
SCORES = np.log(PROBABILITIES) + 3.0  # softmax does not see what all scores share


def test_nothing_changes_at_the_neutral_settings():
    for step in sampling_steps(SCORES):
        np.testing.assert_allclose(step.probabilities, PROBABILITIES)
        assert step.kept.all()


def test_a_temperature_of_one_half_squares_the_probabilities():
    _, tempered, *_ = sampling_steps(SCORES, temperature=0.5)
    np.testing.assert_allclose(tempered.probabilities, PROBABILITIES**2 / 0.325)


def test_top_k_keeps_the_likeliest_and_gives_them_everything():
    by_k = sampling_steps(SCORES, top_k=2)[2]
    np.testing.assert_array_equal(by_k.kept, [False, True, True, False, False])
    np.testing.assert_allclose(by_k.probabilities, [0, 5 / 7, 2 / 7, 0, 0])


def test_top_p_counts_in_what_top_k_left():
    # of all tokens 0.5 + 0.2 reach 0.7; of the two that top-k leaves, 5/7 alone does
    assert sampling_steps(SCORES, top_p=0.7)[3].kept.sum() == 2
    assert sampling_steps(SCORES, top_k=2, top_p=0.7)[3].kept.sum() == 1


def test_the_token_that_crosses_top_p_belongs_to_it():
    kept = sampling_steps(SCORES, top_p=0.71)[3].kept
    np.testing.assert_array_equal(kept, [False, True, True, True, False])


def test_of_equal_scores_top_k_keeps_the_smaller_ids():
    kept = sampling_steps(np.zeros(5), top_k=2)[2].kept
    np.testing.assert_array_equal(kept, [True, True, False, False, False])


@given(
    seed=st.integers(0, 10_000),
    temperature=st.floats(0.2, 3),
    top_k=st.integers(1, 60),
    top_p=st.floats(0.05, 0.99),
)
def test_the_end_is_what_the_library_samples_from(seed, temperature, top_k, top_p):
    scores = np.random.default_rng(seed).normal(scale=3, size=50)
    warped = torch.from_numpy(scores)[None]
    for warper in (TemperatureLogitsWarper(temperature), TopKLogitsWarper(top_k), TopPLogitsWarper(top_p)):  # fmt: skip
        warped = warper(None, warped)
    ours = sampling_steps(scores, temperature, top_k, top_p)[-1]
    np.testing.assert_allclose(ours.probabilities, warped.softmax(-1)[0].numpy(), atol=1e-12)
    assert ours.probabilities.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"temperature": 0.0}, "larger than 0, got 0"),
        ({"top_k": 0}, "at least 1 token, got 0"),
        ({"top_p": 0.0}, "at most 1, got 0"),
        ({"top_p": 1.1}, "at most 1, got 1.1"),
    ],
)
def test_settings_without_a_meaning_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        sampling_steps(SCORES, **settings)


def test_entropy_is_counted_in_bits():
    assert entropy_bits(np.full(8, 1 / 8)) == pytest.approx(3)
    assert entropy_bits(np.array([0.5, 0.25, 0.25, 0.0])) == pytest.approx(1.5)
    assert entropy_bits(np.array([0.0, 1.0])) == 0


def test_a_draw_is_repeated_by_its_seed_and_another_step_draws_anew():
    even = np.full(1000, 1e-3)
    assert draw(even, seed=5, step=2) == draw(even, seed=5, step=2)
    assert len({draw(even, seed=5, step=step) for step in range(20)}) > 15


def test_draws_come_as_often_as_their_probabilities_say():
    drawn = [draw(PROBABILITIES, seed=1, step=step) for step in range(4000)]
    found = np.bincount(drawn, minlength=5) / 4000
    np.testing.assert_allclose(found, PROBABILITIES, atol=4 * np.sqrt(0.25 / 4000))


def test_what_is_cut_off_is_never_drawn():
    probabilities = np.array([0.0, 0.5, 0.0, 0.5, 0.0])
    assert {draw(probabilities, seed, 0) for seed in range(60)} == {1, 3}
