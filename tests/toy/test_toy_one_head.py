"""The toy as one head: its own numbers, in any order, with positions, under any mask."""

from dataclasses import replace

import numpy as np
import pytest

from attention_core.analysis.order import put_back, shuffled_order
from attention_core.masks import causal_mask
from attention_core.positions import apply_rope, rope_angles, sinusoidal_positions
from attention_core.softmax import softmax
from attention_core.toy.one_head import in_order, under_mask
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import run

TOYS = pytest.mark.parametrize("toy", PRESETS, ids=lambda preset: preset.name)


def as_it_stands(toy):
    return np.arange(len(toy.tokens))


@TOYS
def test_as_it_stands_it_is_the_toy_itself(toy):
    plain = run(replace(toy, mask="none")).heads
    for trace in (in_order(toy, as_it_stands(toy)), under_mask(toy, None)):
        np.testing.assert_array_equal(trace.weights, plain.weights[0])
        np.testing.assert_array_equal(trace.context, plain.context[0])


@TOYS
def test_a_causal_mask_is_the_toys_own(toy):
    causal = run(replace(toy, mask="causal")).heads.weights[0]
    trace = under_mask(toy, causal_mask(len(toy.tokens)))
    np.testing.assert_array_equal(trace.weights, causal)


def test_heads_and_mask_of_the_scenario_are_left_aside_scale_and_temperature_are_not():
    toy = PRESETS[0]
    busy = replace(toy, n_heads=4, mask="causal")
    np.testing.assert_array_equal(under_mask(busy, None).weights, under_mask(toy, None).weights)
    hot = under_mask(replace(toy, scaled=False, temperature=3.0), None)
    np.testing.assert_allclose(hot.weights, softmax(hot.q @ hot.k.T / 3))


@TOYS
@pytest.mark.parametrize("number", [1, 2, 3])
def test_without_positions_the_order_makes_no_difference(toy, number):
    order = shuffled_order(len(toy.tokens), number)
    back = put_back(in_order(toy, order).weights, order)
    np.testing.assert_allclose(back, in_order(toy, as_it_stands(toy)).weights, atol=1e-12)


@TOYS
@pytest.mark.parametrize("positions", ["sinusoidal", "rope"])
def test_with_positions_it_does_and_without_strength_it_does_not(toy, positions):
    order = shuffled_order(len(toy.tokens), 1)
    plain = in_order(toy, as_it_stands(toy))

    def gap(strength: float) -> float:
        before = in_order(toy, as_it_stands(toy), positions, strength).weights
        return np.abs(
            put_back(in_order(toy, order, positions, strength).weights, order) - before
        ).max()

    assert gap(1.0) > 0.05
    assert gap(0.0) < 1e-12
    np.testing.assert_allclose(
        in_order(toy, as_it_stands(toy), positions, 0.0).weights, plain.weights
    )


def test_what_is_added_and_what_is_turned():
    toy, order = PRESETS[1], np.array([5, 4, 3, 2, 1, 0])
    added = in_order(toy, order, "sinusoidal", 0.5)
    x = toy.x[::-1] + 0.5 * sinusoidal_positions(6, 4)
    np.testing.assert_allclose(added.q, x @ toy.W_Q)
    np.testing.assert_allclose(added.v, x @ toy.W_V)
    turned = in_order(toy, order, "rope", 0.5)
    np.testing.assert_allclose(turned.k, apply_rope(toy.x[::-1] @ toy.W_K, 0.5 * rope_angles(6, 4)))
    np.testing.assert_array_equal(turned.v, toy.x[::-1] @ toy.W_V)


def test_what_is_not_there_is_named():
    toy = PRESETS[1]
    with pytest.raises(ValueError, match=r"\[0, 1\] is no order of 6 tokens"):
        in_order(toy, np.array([0, 1]))
    with pytest.raises(ValueError, match="there are no positions “learned”"):
        in_order(toy, as_it_stands(toy), "learned")
