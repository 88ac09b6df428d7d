"""Effects of single heads: their order, their grid and their spread, by hand."""

import numpy as np
import pytest

from attention_core.experiments.head_effects import HeadEffects, spread_of

EFFECTS = HeadEffects(
    {0: 2, 2: 3},
    {(0, 0): 0.1, (0, 1): -0.4, (2, 0): np.nan, (2, 1): 0.2, (2, 2): 0.1},
)


def test_the_largest_comes_first_whatever_its_sign_and_no_number_is_left_out():
    assert [*EFFECTS.ranked] == [(0, 1), (2, 1), (0, 0), (2, 2)]
    assert EFFECTS.n_layers == 2
    assert HeadEffects({0: 2, 2: 3}, {(2, 1): 1.0}).n_layers == 1


def test_a_layer_with_fewer_heads_has_no_number_at_its_end():
    expected = [[0.1, -0.4, np.nan], [np.nan, 0.2, 0.1]]
    np.testing.assert_array_equal(EFFECTS.grid, expected)
    assert np.isnan(HeadEffects({0: 2}, {}).grid).all()


def test_the_spread_counts_by_size_and_the_rising_by_sign():
    spread = spread_of(EFFECTS)
    assert spread.half == pytest.approx(0.15)  # of 0.1, 0.1, 0.2, 0.4
    assert spread.most == pytest.approx(0.34)
    assert spread.n_near == 1 and spread.n_rising == 3
