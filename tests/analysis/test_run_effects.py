"""The few numbers kept of a changed run are those of its states and logits."""

import numpy as np
import pytest

from attention_core.analysis.effects import kl_bits
from attention_core.analysis.run_effects import effect_of


def test_turned_vectors_their_mean_and_the_prediction_by_hand():
    control, changed = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.0, 3.0], [0.0, 1.0]])
    logits = (np.log([0.5, 0.5]), np.log([0.25, 0.75]))
    effect = effect_of(control, changed, *logits, predicted_at=1)
    np.testing.assert_allclose(effect.turned, [1, 0], atol=1e-12)
    np.testing.assert_allclose(effect.turned_mean, 1 - 2 / np.sqrt(5))  # (1, 2) against (0, 4)
    assert (
        effect.bits == pytest.approx(float(kl_bits(*logits))) == pytest.approx(0.5 * np.log2(4 / 3))
    )
    np.testing.assert_array_equal(effect.state, changed[1])


def test_where_nothing_is_predicted_there_is_no_prediction_to_keep():
    effect = effect_of(np.eye(2), np.eye(2))
    assert effect.bits is None and effect.state is None
    assert not effect.turned.any() and effect.turned_mean == pytest.approx(0, abs=1e-12)


def test_what_is_kept_is_a_copy_that_no_reader_can_change():
    changed = np.eye(2)
    effect = effect_of(np.eye(2), changed, predicted_at=0)
    changed[0] = 5
    assert effect.state[0] == 1
    for array in (effect.turned, effect.state):
        with pytest.raises(ValueError):
            array[0] = 1
