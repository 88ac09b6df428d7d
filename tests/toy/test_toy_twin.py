"""A twin is a scenario like any other: the core makes of it the softmax of q kᵀ, and an edit does what NumPy says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.masks import causal_mask, sliding_window_mask
from attention_core.toy.edits import apply_edits, encode_edits
from attention_core.toy.scenario import run, same, set_cell
from attention_core.toy.twin import NAMELESS, mask_name, twin_scenario


def numbers(n: int, r: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, r)), rng.normal(size=(n, r))


def tokens(n: int) -> list[str]:
    return [f"w{i}" for i in range(n)]


def softmax_of(scores: np.ndarray, mask: str) -> np.ndarray:
    exps = np.exp(scores) * (np.tri(len(scores)) if mask == "causal" else 1)
    return exps / exps.sum(axis=1, keepdims=True)


@given(
    st.integers(1, 9),
    st.integers(1, 8),
    st.sampled_from(["none", "causal"]),
    st.integers(0, 999),
)
def test_the_core_makes_of_it_the_softmax_of_q_times_k(n, r, mask, seed):
    q, k = numbers(n, r, seed)
    heads = run(twin_scenario(q, k, tokens(n), mask)).heads
    np.testing.assert_allclose(heads.scaled_scores[0], q @ k.T, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(heads.weights[0], softmax_of(q @ k.T, mask), rtol=1e-12)


def test_editing_what_one_token_offers_changes_its_column_of_scores_alone():
    q, k = numbers(5, 3, seed=1)
    before = twin_scenario(q, k, tokens(5))
    after = set_cell(before, "x", 2, 3 + 1, 4.0)
    was, now = (run(each).heads for each in (before, after))
    others = [0, 1, 3, 4]
    np.testing.assert_array_equal(now.scores[0][:, others], was.scores[0][:, others])
    assert (now.scores[0][:, 2] != was.scores[0][:, 2]).all()
    k[2, 1] = 4.0
    np.testing.assert_allclose(now.weights[0], softmax_of(q @ k.T, "none"), rtol=1e-12)


def test_editing_what_one_token_asks_changes_its_row_alone():
    q, k = numbers(5, 3, seed=2)
    before = twin_scenario(q, k, tokens(5), "causal")
    now = run(set_cell(before, "x", 3, 0, -2.0)).heads.weights[0]
    was = run(before).heads.weights[0]
    np.testing.assert_array_equal(now[[0, 1, 2, 4]], was[[0, 1, 2, 4]])
    q[3, 0] = -2.0
    np.testing.assert_allclose(now, softmax_of(q @ k.T, "causal"), rtol=1e-12)


def test_values_pass_unchanged():
    q, k = numbers(4, 2, seed=3)
    scenario = twin_scenario(q, k, tokens(4))
    trace = run(scenario)
    np.testing.assert_allclose(trace.output, trace.heads.weights[0] @ scenario.x, rtol=1e-12)


def test_dimensions_say_who_asks_and_who_offers():
    q, k = numbers(3, 2, seed=4)
    scenario = twin_scenario(q, k, tokens(3))
    assert scenario.dimensions == ("asks 1", "asks 2", "offers 1", "offers 2")
    np.testing.assert_array_equal(scenario.x, np.hstack([q, k]))


@pytest.mark.parametrize(
    "texts",
    [
        ["[CLS]", "the", "the", "[SEP]"],
        ["🙂 1/3", "🙂 2/3", "🙂 3/3", "x <unk>"],
        ["<script>", "**b**", "~:%", "⏎"],
    ],
)
def test_tokens_of_any_kind_stand_in_the_sentence_as_they_are(texts: list[str]):
    assert twin_scenario(*numbers(4, 2, seed=5), texts).tokens == tuple(texts)


def test_a_token_without_text_and_half_a_character_get_something_that_can_stand_there():
    assert twin_scenario(*numbers(3, 1, seed=6), ["", "\ud83d", "a"]).tokens == (NAMELESS, "?", "a")


def test_edits_on_a_twin_survive_the_link():
    base = twin_scenario(*numbers(4, 2, seed=7), ["🙂 1/3", "b", "b", "~"])
    edited = set_cell(set_cell(base, "x", 0, 3, 0.1), "x", 3, 0, -1e-5)
    text = encode_edits(base, edited)
    assert text == "x0.3:0.1~x3.0:-1e-05"
    assert same(apply_edits(base, text), edited)


def test_tokens_that_do_not_fit_are_counted():
    with pytest.raises(ValueError, match="3 tokens need as many rows of q and k, got 4"):
        twin_scenario(*numbers(4, 2, seed=8), tokens(3))


def test_a_mask_is_causal_without_effect_or_not_to_be_had():
    assert mask_name(None) == mask_name(np.ones((3, 3), dtype=bool)) == "none"
    assert mask_name(causal_mask(4)) == "causal"
    assert mask_name(causal_mask(1)) == "none"
    for other in (sliding_window_mask(4, 2), causal_mask(4)[:3], causal_mask(4).T):
        with pytest.raises(ValueError, match="neither causal nor open"):
            mask_name(other)
