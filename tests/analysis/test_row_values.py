"""Weight × length of the value, in front of W_O and behind it."""

import numpy as np
import pytest

from attention_core.analysis.row_values import of_head_in_W_O, output_lengths, row_values
from attention_core.heads import repeat_kv


def test_by_hand():
    found = row_values(np.array([0.8, 0.2]), np.array([[0.0, 1.0], [3.0, 4.0]]))
    np.testing.assert_allclose(found.lengths, [1, 5])
    np.testing.assert_allclose(found.amounts, [0.8, 1.0])
    np.testing.assert_allclose(found.shares, [0.8 / 1.8, 1 / 1.8])


def test_a_head_has_its_own_rows_of_W_O():
    W_O = np.arange(12.0).reshape(6, 2)
    np.testing.assert_array_equal(of_head_in_W_O(W_O, 1, 3), W_O[2:4])
    for head, n_heads in ((3, 3), (0, 4)):
        with pytest.raises(ValueError, match=rf"6 rows has no head {head} of {n_heads}"):
            of_head_in_W_O(W_O, head, n_heads)


def test_lengths_of_the_heads_are_those_of_what_they_add():
    rng = np.random.default_rng(4)
    weights, v = rng.dirichlet(np.ones(5), size=4), rng.standard_normal((2, 5, 3))
    W_O = rng.standard_normal((12, 7))
    context = np.einsum("hk,hkd->hd", weights, repeat_kv(v, 2))
    added = [context[h] @ W_O[3 * h : 3 * h + 3] for h in range(4)]
    np.testing.assert_allclose(
        output_lengths(weights, v, W_O), np.linalg.norm(added, axis=1), rtol=1e-12
    )


def test_what_the_heads_of_minilm_add_is_what_its_layer_says(captured):
    layer = captured.layers[3]
    expected = np.linalg.norm(layer.head_output[:, 4], axis=-1)
    found = output_lengths(layer.weights[:, 4], layer.v, layer.W_O)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.usefixtures("shapes_unchecked")
def test_sizes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"weights \(3, 5\) do not fit values \(2, 5, 3\)"):
        output_lengths(np.ones((3, 5)), np.ones((2, 5, 3)), np.ones((9, 4)))
