"""Much weight on a short value hands over little."""

import numpy as np
import pytest

from attention_core.analysis.value_norms import handed_over, lengths


def test_by_hand():
    weights = np.array([[[0.8, 0.2], [0.5, 0.5]]])
    v = np.array([[[0.0, 1.0], [3.0, 4.0]]])  # lengths 1 and 5
    np.testing.assert_allclose(handed_over(weights, v), [[[0.8 / 1.8, 1 / 1.8], [1 / 6, 5 / 6]]])


def test_values_of_one_length_change_nothing():
    weights = np.array([[[0.7, 0.2, 0.1]]])
    v = np.array([[[2.0], [-2.0], [2.0]]])
    np.testing.assert_allclose(handed_over(weights, v), weights)


def test_a_row_that_hands_over_nothing_stays_zero():
    weights = np.array([[[1.0, 0.0]]])
    np.testing.assert_array_equal(handed_over(weights, np.array([[[0.0], [1.0]]])), [[[0, 0]]])


def test_the_sink_of_minilm_hands_over_little(captured):
    layer = captured.layers[5]
    weights, shares = layer.weights, handed_over(layer.weights, layer.trace.v)
    np.testing.assert_allclose(shares.sum(axis=-1), 1, rtol=1e-5)
    assert shares.dtype == weights.dtype
    assert weights[:, :, 0].mean() > 3 * shares[:, :, 0].mean()


@pytest.mark.usefixtures("shapes_unchecked")
@pytest.mark.parametrize("shape", [(1, 2, 4), (2, 3, 4)])
def test_each_key_needs_a_value(shape):
    with pytest.raises(ValueError, match="need one value a head and key"):
        handed_over(np.full((1, 2, 3), 1 / 3), np.ones(shape))


def test_lengths_by_hand():
    np.testing.assert_allclose(lengths(np.array([[0.0, -1.0], [3.0, 4.0]])), [1, 5])
