"""What every attention keeps to: the right one on all numbers, each mistake where it is said to break it, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given

from attention_core.analysis.broken import FUNCTIONS, NAMES
from attention_core.analysis.invariants import (
    INVARIANTS,
    RIGHT,
    TOLERANCES,
    Violations,
    violations,
    violations_of,
)
from attention_core.attention import AttentionTrace, attention
from attention_core.heads import repeat_kv
from attention_core.masks import causal_mask
from attention_core.positions import apply_rope, rope_angles
from tests.core.cases import both_dtypes, normals, random_mask, random_qkv, seeds

N = 6
BROKEN = {  # under a causal mask
    "right": set(),
    "no-root": set(),
    "wrong-axis": {"row_sums", "shift"},
    "mask-after": {"row_sums"},
    "no-mask": {"future"},
    "swapped": {"shuffle"},
    "averaged": set(),
    "uniform": set(),
    "twice": {"future"},
    "no-max": {"row_sums", "shuffle", "shift"},
    "rope": set(),
}
CAUSAL = causal_mask(N)


def square(seed: int, dtype: type = np.float64) -> list[np.ndarray]:
    q, k, v = normals(seed, *[(3, N, 4)] * 3, dtype=dtype)
    angles = rope_angles(N, 4)
    return [apply_rope(q, angles), apply_rope(k, angles), v]


def of_all(*given, angles=None) -> dict[str, Violations]:
    names = [name for name in BROKEN if name != "rope" or angles is not None]
    return {name: violations_of(name, *given, angles=angles) for name in names}


def broken(measured) -> set[str]:
    return {name for name, is_broken in measured.broken().items() if is_broken}


@given(seeds)
def test_the_right_attention_breaks_none_whatever_the_sizes(seed):
    q, k, v = random_qkv(seed, 2)
    (bias,) = normals(seed, (3, 5))
    measured = violations(attention, q, k, v, random_mask(seed, 3, 5), bias, 0.3)
    assert broken(measured) == set()
    assert max(getattr(measured, name) for name in INVARIANTS) < 1e-12


def test_the_right_attention_breaks_none_in_any_make(trace: AttentionTrace):
    if trace.temperature == 1:
        measured = violations(
            attention, trace.q, trace.k, trace.v, trace.mask, trace.bias, trace.scale
        )
        assert broken(measured) == set()


@both_dtypes
@pytest.mark.parametrize("seed", range(5))
def test_each_mistake_breaks_what_it_is_said_to_break(seed, dtype):
    found = of_all(*square(seed, dtype), CAUSAL, angles=rope_angles(N, 4))
    assert {name: broken(each) for name, each in found.items()} == BROKEN
    assert set(found) == {RIGHT, *NAMES}
    rounding = [
        value
        for name, each in found.items()
        for rule in set(INVARIANTS) - BROKEN[name]
        if (value := getattr(each, rule)) is not None
    ]
    assert max(rounding) < TOLERANCES[np.dtype(dtype).name] / 10  # far from the line


@pytest.mark.parametrize("seed", range(5))
def test_what_is_broken_is_broken_by_much(seed):
    found = of_all(*square(seed), CAUSAL)
    for name, rules in BROKEN.items():
        for rule in rules if name != "rope" else ():
            value = getattr(found[name], rule)
            assert np.isnan(value) if name == "no-max" else value > 0.01


@pytest.mark.parametrize("seed", range(5))
def test_four_mistakes_keep_to_all_and_still_hand_over_something_else(seed):
    q, k, v = square(seed)
    right = attention(q, k, v, CAUSAL).context
    assert {name for name in FUNCTIONS if not BROKEN[name]} == {"no-root", "averaged", "uniform"}
    for name in ("no-root", "averaged", "uniform"):
        assert np.abs(FUNCTIONS[name](q, k, v, CAUSAL).context - right).max() > 0.1


def test_the_numbers_are_what_they_are_said_to_be():
    q, k, v = square(0)
    wrong = violations(FUNCTIONS["wrong-axis"], q, k, v, CAUSAL)
    scores = np.where(CAUSAL, q @ k.swapaxes(-1, -2) / 2, -np.inf)
    exps = np.exp(scores)
    sums = (exps / exps.sum(axis=-2, keepdims=True)).sum(axis=-1)
    assert wrong.row_sums == pytest.approx(np.abs(sums - 1).max())
    assert wrong.mean_row_sum == pytest.approx(1)  # what a careless test looks at
    free = np.exp(q @ k.swapaxes(-1, -2) / 2)
    free /= free.sum(axis=-1, keepdims=True)
    leaked = violations(FUNCTIONS["no-mask"], q, k, v, CAUSAL).future
    assert leaked == pytest.approx(free[:, ~CAUSAL].max())
    lost = violations(FUNCTIONS["mask-after"], q, k, v, CAUSAL).row_sums
    assert lost == pytest.approx(np.where(CAUSAL, 0, free).sum(axis=-1).max())


def test_without_a_mask_there_is_no_future_to_leak_to():
    q, k, v = square(0)
    for mask in (None, np.ones((N, N), dtype=bool)):
        found = of_all(q, k, v, mask)
        assert {each.future for each in found.values()} == {None}
        assert broken(found["twice"]) == broken(found["no-mask"]) == broken(found["mask-after"]) == set()  # fmt: skip
        assert broken(found["wrong-axis"]) == {"row_sums", "shift"}


def test_a_row_that_may_see_no_key_is_not_held_to_sum_to_one():
    q, k, v = square(0)
    mask = CAUSAL & (np.arange(N)[:, None] != 2)
    measured = violations(attention, q, k, v, mask)
    assert broken(measured) == set()
    assert measured.mean_row_sum == pytest.approx((N - 1) / N)


def test_a_mask_of_each_head_is_shuffled_with_its_keys():
    q, k, v = random_qkv(5, 2)
    assert broken(violations(attention, q, k, v, random_mask(5, 2, 3, 5))) == set()


def test_a_function_that_looks_at_the_order_of_the_keys_is_caught():
    def first_key_counts_double(q, k, v, mask=None, bias=None, scale=None):
        k = k.copy()
        k[..., 0, :] *= 2
        return attention(q, k, v, mask, bias, scale)

    assert broken(violations(first_key_counts_double, *random_qkv(0, 2))) == {"shuffle"}


def test_a_function_that_cuts_large_scores_is_caught():
    def cut(q, k, v, mask=None, bias=None, scale=None):
        trace = attention(q, k, v, mask, bias, scale)
        return attention(q, k, v, mask, np.minimum(trace.masked_scores, 1) - trace.scaled_scores)

    assert broken(violations(cut, *random_qkv(0, 2))) == {"shift"}


def test_the_wrong_order_of_rope_cannot_be_measured_without_its_angles():
    with pytest.raises(ValueError, match="without angles"):
        violations_of("rope", *square(0))


def test_in_a_real_head_rounding_stays_far_below_the_line(captured):
    for layer in captured.layers:
        k, v = repeat_kv(layer.k, layer.group_size), repeat_kv(layer.v, layer.group_size)
        found = of_all(layer.q, k, v, layer.mask, layer.bias, layer.scale)
        right = found[RIGHT]
        assert right.tolerance == TOLERANCES["float32"]
        assert max(right.row_sums, right.shuffle, right.shift) < right.tolerance / 10
        assert {n for n, each in found.items() if broken(each)} == {"wrong-axis", "swapped", "no-max"}  # fmt: skip


def test_a_head_with_a_sink_need_not_sum_to_one_nor_shift():
    q, k, v = (np.random.default_rng(3).normal(size=(N, 4)) for _ in range(3))
    terms = {"softcap": 0.8, "sinks": np.array(0.3)}
    found = violations_of(RIGHT, q, k, v, CAUSAL, **terms)
    assert found.row_sums is None and found.shift is None
    assert not any(found.broken().values())
    assert violations_of("no-mask", q, k, v, CAUSAL, **terms).broken()["future"]
