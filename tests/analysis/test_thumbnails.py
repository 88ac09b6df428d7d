"""Thumbnails: what is strong and what is blocked survives being made small."""

import numpy as np

from attention_core.analysis.thumbnails import BLOCKED, SHADES, thumbnails
from attention_core.masks import causal_mask


def test_small_heatmaps_keep_every_cell():
    weights = np.array([[[1.0, 0.0], [0.5, 0.5]]])
    half = round(SHADES / 2)
    assert thumbnails(weights, None, 4, False).tolist() == [[[SHADES, 0], [half, half]]]
    blocked = thumbnails(weights, causal_mask(2), 4, False)
    assert blocked.tolist() == [[[SHADES, BLOCKED], [half, half]]]


def test_a_lone_strong_weight_survives_and_a_block_is_blocked_only_as_a_whole():
    weights = np.zeros((2, 5, 7))
    weights[1, 4, 5] = 1.0
    mask = np.zeros((5, 7), dtype=bool)
    mask[0, 0] = mask[4, 5] = True
    small = thumbnails(weights, mask, 3, False)
    assert small.shape == (2, 3, 3)  # blocks of 2 × 3
    assert small[1, 2, 1] == SHADES
    assert small[:, 0, 0].tolist() == [0, 0]
    assert (small == BLOCKED).sum() == 2 * (9 - 2)


def test_the_own_scale_ends_at_the_largest_weight_of_each_head():
    weights = np.stack([np.full((4, 4), 0.25), np.eye(4) * 0.5, np.zeros((4, 4))])
    small = thumbnails(weights, None, 4, True)
    assert (small[0] == SHADES).all()
    assert (small[1] == np.eye(4) * SHADES).all()
    assert (small[2] == 0).all()


def test_every_shade_is_within_half_a_step_of_its_weight():
    weights = np.random.default_rng(0).random((2, 6, 9)).astype(np.float32)
    shades = thumbnails(weights, None, 9, False)
    assert np.abs(shades / SHADES - weights).max() <= 0.5 / SHADES + 1e-6
