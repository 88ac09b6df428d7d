"""The reader's own sentence: what principal components keep, and numbers that are openly made up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.toy.own import from_random, from_vectors
from attention_core.toy.scenario import run, same
from attention_core.toy.words import word_spans

SENTENCE = "my old cat sleeps on the warm roof"


def vectors_of(n_words: int, d: int, seed: int = 0) -> np.ndarray:
    scales = np.linspace(3, 0.2, d)  # unequal, so that the order of the components is settled
    return np.random.default_rng(seed).normal(size=(n_words, d)) * scales + 5


def built(sentence: str, vectors: np.ndarray):
    return from_vectors(sentence, word_spans(sentence), vectors)


@given(n_words=st.integers(2, 8), d=st.integers(1, 12), seed=st.integers(0, 2**32 - 1))
def test_the_share_is_that_of_the_largest_eigenvalues(n_words, d, seed):
    vectors = vectors_of(n_words, d, seed)
    _, share = built(" ".join(SENTENCE.split()[:n_words]), vectors)
    eigenvalues = np.linalg.eigvalsh(np.atleast_2d(np.cov(vectors, rowvar=False)))[::-1]
    assert share == pytest.approx(eigenvalues[:4].sum() / eigenvalues.sum(), rel=1e-9)


def test_distances_are_kept_up_to_one_factor_when_four_dimensions_hold_all():
    vectors = vectors_of(8, 4)
    scenario, share = built(SENTENCE, vectors)
    before = np.linalg.norm(vectors[:, None] - vectors[None, :], axis=-1)
    after = np.linalg.norm(scenario.x[:, None] - scenario.x[None, :], axis=-1)
    off = ~np.eye(8, dtype=bool)
    np.testing.assert_allclose(after[off] / before[off], (after[off] / before[off])[0], rtol=1e-10)
    assert share == pytest.approx(1.0)


def test_the_largest_coordinate_is_one_and_components_come_in_order():
    scenario, _ = built(SENTENCE, vectors_of(8, 20))
    assert np.abs(scenario.x).max() == pytest.approx(1.0)
    spread = scenario.x.std(axis=0)
    assert np.all(np.diff(spread) < 0)
    np.testing.assert_allclose(scenario.x.mean(axis=0), 0, atol=1e-12)


def test_each_component_points_where_its_largest_loading_is_positive():
    vectors = vectors_of(8, 20)
    scenario, _ = built(SENTENCE, vectors)
    loadings = np.linalg.lstsq(scenario.x, vectors - vectors.mean(axis=0), rcond=None)[0]
    assert all(row[np.abs(row).argmax()] > 0 for row in loadings)


def test_the_result_does_not_depend_on_where_the_origin_is():
    vectors = vectors_of(8, 20)
    (scenario, share), (moved, moved_share) = built(SENTENCE, vectors), built(SENTENCE, vectors - 7)
    np.testing.assert_allclose(scenario.x, moved.x, atol=1e-10)
    assert share == pytest.approx(moved_share)


@pytest.mark.parametrize(
    "vectors", [np.full((1, 6), 0.3), np.full((3, 6), 0.1), np.zeros((2, 6))], ids=len
)
def test_without_variance_all_is_zero_and_nothing_is_lost(vectors):
    scenario, share = built(" ".join(["cat"] * len(vectors)), vectors)
    assert share == 1.0
    np.testing.assert_array_equal(scenario.x, np.zeros((len(vectors), 4)))
    np.testing.assert_allclose(run(scenario).heads.weights, 1 / len(vectors))


def test_two_words_stand_at_opposite_ends_of_one_component():
    scenario, share = built("king queen", vectors_of(2, 6).astype(np.float32))
    np.testing.assert_allclose(np.abs(scenario.x[:, 0]), 1)
    assert scenario.x[0, 0] == pytest.approx(-scenario.x[1, 0])
    np.testing.assert_array_equal(scenario.x[:, 1:], 0)
    assert share == pytest.approx(1.0)


def test_equal_words_attend_equally():
    vectors = vectors_of(3, 6)[[0, 1, 0, 2]]
    weights = run(built("the cat the mat", vectors)[0]).heads.weights[0]
    np.testing.assert_allclose(weights[0], weights[2], rtol=1e-9)
    np.testing.assert_allclose(weights[:, 0], weights[:, 2], rtol=1e-9)


def test_a_plain_scenario_asks_for_words_like_itself():
    scenario, _ = built(SENTENCE, vectors_of(8, 20))
    assert scenario.name == "" and scenario.query == 0 and scenario.mask == "none"
    assert scenario.dimensions == ("pc 1", "pc 2", "pc 3", "pc 4")
    np.testing.assert_array_equal(scenario.W_Q, 2 * np.eye(4))
    np.testing.assert_array_equal(scenario.W_K, scenario.W_Q)
    np.testing.assert_array_equal(scenario.W_V, np.eye(4))
    weights = run(scenario).heads.weights[0]
    assert weights.max() > 1.5 / 8  # visibly uneven


def test_vectors_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="8 words need as many vectors, got 7"):
        built(SENTENCE, vectors_of(7, 5))
    with pytest.raises(ValueError, match="not a number"):
        built("a b", np.array([[1.0, np.nan], [0.0, 1.0]]))
    with pytest.raises(ValueError, match="at least one token"):
        built("", np.zeros((0, 5)))
    with pytest.raises(ValueError, match="at least one token"):
        from_random(" ", ())


def test_made_up_numbers_depend_on_the_lower_cased_word_alone():
    scenario = from_random("The cat the dog", word_spans("The cat the dog"))
    alone = from_random("the", ((0, 3),))
    np.testing.assert_array_equal(scenario.x[0], scenario.x[2])
    np.testing.assert_array_equal(scenario.x[0], alone.x[0])
    assert not np.array_equal(scenario.x[1], scenario.x[3])
    assert same(scenario, from_random("The cat the dog", word_spans("The cat the dog")))


def test_made_up_numbers_are_the_same_on_every_machine():
    # sha256("cat") begins 77 af 77 8b 51 ab d4 a3; 0x77af / 65535 · 2 − 1 = −0.065
    np.testing.assert_array_equal(from_random("cat", ((0, 3),)).x[0], [-0.06, -0.07, -0.36, 0.66])


@given(st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip())))
def test_made_up_numbers_lie_between_minus_one_and_one(sentence):
    scenario = from_random(sentence, word_spans(sentence))
    assert np.all(np.abs(scenario.x) <= 1)
    np.testing.assert_array_equal(scenario.x, scenario.x.round(2))
    assert "made up" in scenario.notes
