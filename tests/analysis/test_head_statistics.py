"""Statistics of heads: worked by hand on three tokens, and what must hold for any weights."""

import numpy as np
import pytest

from attention_core.analysis.head_statistics import (
    NAMES,
    entropy_bits,
    even_statistics,
    head_statistics,
    mean_largest,
    output_norms,
    output_share,
    points_at,
    ranked,
    survey,
)
from attention_core.masks import causal_mask
from attention_core.softmax import softmax

TOKENS = ["[CLS]", "a", "b", "[SEP]"]
# one head: row 0 asks b, row 1 is even, row 2 asks the one before, row 3 shares between itself and the first
WEIGHTS = np.array(
    [[[0, 0, 1, 0], [0.25, 0.25, 0.25, 0.25], [0, 1, 0, 0], [0.5, 0, 0, 0.5]]], dtype=float
)


def points_of(tokens) -> dict[str, np.ndarray]:
    return points_at(list(tokens), len(tokens), len(tokens))


def random_weights(seed: int, n_heads: int, n_q: int, n_k: int, mask=None) -> np.ndarray:
    scores = np.random.default_rng(seed).standard_normal((n_heads, n_q, n_k))
    return softmax(scores if mask is None else np.where(mask, scores, -np.inf))


def test_every_statistic_by_hand():
    found = head_statistics(WEIGHTS, points_of(TOKENS), special=[0, 3])
    by_hand = {
        "entropy": (0 + 2 + 0 + 1) / 4,
        "entropy share": (0 + 2 + 0 + 1) / (4 * 2),
        "largest": (1 + 0.25 + 1 + 0.5) / 4,
        "itself": (0.25 + 0) / 2,  # rows 1 and 2: the first and the last token don't count
        "previous": (1 + 0) / 2,  # 2 → 1 and 3 → 2
        "next": (0 + 0.25) / 2,  # 0 → 1 and 1 → 2
        "first": (0.25 + 0 + 0.5) / 3,
        "special": (0 + 0.5 + 0 + 1) / 4,
    }
    assert {name: found[name][0] for name in by_hand} == pytest.approx(by_hand)
    assert np.isnan(found["output"][0])
    assert tuple(found) == NAMES


def test_an_even_head_has_exactly_what_is_stated_as_chance():
    mask = causal_mask(5)
    even = np.repeat(np.where(mask, 1 / mask.sum(axis=1, keepdims=True), 0)[None], 3, axis=0)
    points = points_of("abcde")
    found = head_statistics(even, points, [0], mask, np.ones((3, 5)))
    stated = even_statistics(3, 5, 5, points, [0], mask)
    for name in NAMES:
        np.testing.assert_allclose(found[name], stated[name], err_msg=name)
    assert stated["entropy"][0] == pytest.approx(np.log2([2, 3, 4, 5]).mean())  # not the first row
    assert stated["entropy share"] == pytest.approx(1)
    assert stated["first"][0] == pytest.approx(np.mean([1 / 2, 1 / 3, 1 / 4, 1 / 5]))
    assert stated["output"].tolist() == [1 / 3] * 3
    assert np.isnan(stated["next"]).all()  # the mask hides what follows


@pytest.mark.parametrize("seed", range(5))
def test_shares_lie_between_0_and_1_and_entropy_below_the_most_possible(seed: int):
    mask = causal_mask(7) if seed % 2 else None
    weights = random_weights(seed, 3, 7, 7, mask)
    norms = np.random.default_rng(seed).random((3, 7))
    found = head_statistics(weights, points_of("abcdefg"), [0, 6], mask, norms)
    for name in set(NAMES) - {"entropy"}:
        known = found[name][np.isfinite(found[name])]
        assert ((known >= 0) & (known <= 1)).all(), name
    assert (found["entropy"] <= np.log2(7)).all()
    assert found["output"].sum() == pytest.approx(1)


def test_cross_attention_has_no_previous_but_a_first_and_an_entropy():
    weights = random_weights(0, 2, 3, 5)
    points = points_at(None, 3, 5)
    found = head_statistics(weights, points, special=[4])
    np.testing.assert_allclose(found["first"], weights[:, :, 0].mean(axis=1))
    np.testing.assert_allclose(found["special"], weights[:, :, 4].mean(axis=1))
    np.testing.assert_allclose(found["largest"], weights.max(axis=2).mean(axis=1))
    assert np.isnan([found[name] for name in ("itself", "previous", "next")]).all()
    assert even_statistics(2, 3, 5, points)["first"] == pytest.approx(1 / 5)


def test_a_single_token_leaves_nothing_to_measure_but_the_output():
    found = head_statistics(
        np.ones((2, 1, 1)), points_of(["it"]), [], None, np.array([[3.0], [1.0]])
    )
    assert found["output"].tolist() == [0.75, 0.25]
    assert all(np.isnan(found[name]).all() for name in set(NAMES) - {"output"})


def test_a_mask_of_its_own_gives_each_head_its_own_chance():
    masks = np.stack([causal_mask(4), np.ones((4, 4), dtype=bool)])
    even = even_statistics(2, 4, 4, points_of("abcd"), [], masks)
    assert even["entropy"].tolist() == pytest.approx([np.log2([2, 3, 4]).mean(), 2])
    assert even["entropy share"].tolist() == pytest.approx([1, 1])


def test_output_norms_are_the_lengths_of_what_each_head_adds():
    rng = np.random.default_rng(0)
    context, W_O = rng.standard_normal((2, 5, 3)), rng.standard_normal((6, 4))
    added = [context[0] @ W_O[:3], context[1] @ W_O[3:]]
    norms = output_norms(context, W_O)
    np.testing.assert_allclose(norms, [np.sqrt((each**2).sum(axis=1)) for each in added])
    merged = np.concatenate([context[0], context[1]], axis=1) @ W_O
    assert (np.linalg.norm(merged, axis=1) <= norms.sum(axis=0) + 1e-12).all()


def test_output_share_is_a_mean_over_queries_and_skips_those_without_output():
    norms = np.array([[1.0, 3.0, 0.0], [3.0, 1.0, 0.0]])
    assert output_share(norms).tolist() == [0.5, 0.5]
    assert output_share(np.array([[1.0, 0.0], [3.0, 0.0]])).tolist() == [0.25, 0.75]
    assert np.isnan(output_share(np.zeros((2, 3)))).all()


def test_a_query_without_a_choice_does_not_count():
    weights = np.array([[[1.0, 0.0], [0.6, 0.4]]])
    assert mean_largest(weights, causal_mask(2))[0] == pytest.approx(0.6)
    assert mean_largest(weights)[0] == pytest.approx(0.8)
    expected = -(0.6 * np.log2(0.6) + 0.4 * np.log2(0.4))
    assert entropy_bits(weights, causal_mask(2))[0] == pytest.approx(expected)


def test_layers_of_fewer_heads_end_in_nan_and_ranks_leave_them_out():
    layers = [
        head_statistics(random_weights(i, n, 4, 4), points_of("abcd")) for i, n in enumerate((3, 1))
    ]
    found = survey([2, 5], layers, layers)
    assert (found.layers, found.n_heads) == ((2, 5), (3, 1))
    assert np.isnan(found.values["largest"][1, 1:]).all()
    places = ranked(found.values["largest"])
    assert sorted(places) == [(0, 0), (0, 1), (0, 2), (1, 0)]
    values = [found.values["largest"][place] for place in places]
    assert values == sorted(values, reverse=True)


def test_sizes_that_do_not_fit_are_named():
    points = points_of(TOKENS)
    with pytest.raises(ValueError, match="2 tokens do not fit 4 queries and 4 keys"):
        points_at(["a", "b"], 4, 4)
    with pytest.raises(ValueError, match=r"norms \(2, 4\) do not fit weights \(1, 4, 4\)"):
        head_statistics(WEIGHTS, points, norms=np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"W_O \(5, 4\) does not fit 2 heads of 3 dimensions"):
        output_norms(np.ones((2, 1, 3)), np.ones((5, 4)))
    with pytest.raises(ValueError, match="2 layers, 1 statistics, 1 of uniform heads"):
        survey([0, 1], [head_statistics(WEIGHTS, points)], [even_statistics(1, 4, 4, points)])
