"""The toy with what a mistake needs: nothing else changes, what was added is said, and what cannot be is said too."""

from dataclasses import replace

import numpy as np
import pytest

from attention_core.heads import project
from attention_core.masks import causal_mask
from attention_core.positions import apply_rope, rope_angles
from attention_core.toy.equipped import NEEDS, equipped
from attention_core.toy.presets import PRESETS
from attention_core.toy.scenario import Scenario, projections, run, same

ANIMAL, PUPPY = PRESETS[0], PRESETS[3]


def narrow(d_model: int, n_heads: int = 1) -> Scenario:
    """The toy with only its first dimensions."""
    cut = {
        table: getattr(ANIMAL, table)[:d_model, :d_model] for table in ("W_Q", "W_K", "W_V", "W_O")
    }
    return replace(
        ANIMAL,
        x=ANIMAL.x[:, :d_model],
        dimensions=ANIMAL.dimensions[:d_model],
        n_heads=n_heads,
        **cut,
    )


@pytest.mark.parametrize("n_heads", [1, 2, 4])
@pytest.mark.parametrize("temperature", [1.0, 0.25, 3.0])
@pytest.mark.parametrize("scaled", [True, False])
def test_without_a_need_it_is_the_reader_s_toy(n_heads, temperature, scaled):
    for preset in (ANIMAL, PUPPY):
        toy = replace(preset, n_heads=n_heads, temperature=temperature, scaled=scaled)
        given = equipped(toy)
        assert given.added == () and given.lacks is None and given.angles is None
        np.testing.assert_allclose(given.control.weights, run(toy).heads.weights, atol=1e-12)
        np.testing.assert_allclose(given.control.context, run(toy).heads.context, atol=1e-12)


def test_a_mask_is_added_only_where_there_is_none():
    given = equipped(ANIMAL, "mask")
    assert given.added == ("mask",)
    np.testing.assert_array_equal(given.mask, causal_mask(len(ANIMAL.tokens)))
    np.testing.assert_array_equal(
        given.control.weights, run(replace(ANIMAL, mask="causal")).heads.weights
    )
    for mask in ("causal", "window"):
        assert equipped(replace(ANIMAL, mask=mask), "mask").added == ()


def test_heads_are_added_only_where_there_is_one():
    given = equipped(ANIMAL, "heads")
    assert given.added == ("heads",) and given.q.shape == (2, 11, 2)
    np.testing.assert_array_equal(
        given.control.weights, run(replace(ANIMAL, n_heads=2)).heads.weights
    )
    assert equipped(replace(ANIMAL, n_heads=4), "heads").added == ()
    assert equipped(narrow(3), "heads").q.shape == (3, 11, 1)
    alone = equipped(narrow(1), "heads")
    assert alone.added == () and alone.lacks == "heads"


def test_the_root_is_added_only_where_it_was_left_out():
    given = equipped(replace(ANIMAL, scaled=False), "root")
    assert given.added == ("root",) and given.scale is None
    assert equipped(ANIMAL, "root").added == ()
    np.testing.assert_array_equal(given.control.weights, run(ANIMAL).heads.weights)


def test_positions_are_rope_in_half_split_pairs():
    given = equipped(ANIMAL, "positions")
    assert given.added == ("positions",) and given.lacks is None
    q, k, v = project(ANIMAL.x, projections(ANIMAL))
    angles = rope_angles(11, 4)
    np.testing.assert_array_equal(given.angles, angles)
    np.testing.assert_array_equal(given.q, apply_rope(q, angles))
    np.testing.assert_array_equal(given.k, apply_rope(k, angles))
    np.testing.assert_array_equal(given.v, v)


def test_heads_with_one_pair_become_one_head_for_positions():
    given = equipped(replace(ANIMAL, n_heads=2), "positions")
    assert given.added == ("one head", "positions") and given.q.shape == (1, 11, 4)
    assert given.lacks is None


@pytest.mark.parametrize("d_model", [1, 2, 3])
def test_a_toy_too_small_for_two_pairs_says_so(d_model):
    given = equipped(narrow(d_model), "positions")
    assert given.lacks == "positions"
    assert np.isfinite(given.control.weights).all()


@pytest.mark.parametrize("need", NEEDS)
def test_the_reader_s_toy_stays_as_it_was(need):
    toy = replace(ANIMAL, scaled=False)
    before = replace(toy)
    equipped(toy, need)
    assert same(toy, before)


def test_a_need_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="no need “luck”"):
        equipped(ANIMAL, "luck")
