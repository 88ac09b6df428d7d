"""Every knock-out does to weights and context what it says, and ends where the library ends when told the same by hooks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import nn

from attention_core.analysis.coreference_sentences import SENTENCES
from attention_core.attention import AttentionTrace
from attention_core.pretrained.baseline import mean_contexts
from attention_core.pretrained.capture import as_tensors, capture
from attention_core.pretrained.interventions import (
    Attend,
    edges_to,
    with_scores,
    with_weights,
    without_edges,
    without_heads,
)
from attention_core.pretrained.outcome import last_states, outcomes
from attention_core.pretrained.run import AttentionCall, Run, core_attention
from attention_core.softmax import softmax
from tests.pretrained.cases import ids_of

from .cases import ANIMAL

CLOSE = {"rtol": 0, "atol": 1e-6}
LIBRARY = {"rtol": 0, "atol": 1e-4}
LAYER, HEAD = 3, 1
IT, SINCE = 10, 5  # positions of a later and an earlier token, in both models


def seen(loaded, attend: Attend, layer: int = LAYER) -> tuple[AttentionTrace, AttentionTrace]:
    """What a layer computes when it is reached by the changed run, unchanged and changed, on the same q, k and v."""
    found: list[tuple[AttentionTrace, AttentionTrace]] = []

    def listen(call: AttentionCall) -> AttentionTrace:
        trace = attend(call)
        if call.layer == layer:
            found.append((core_attention(call), trace))
        return trace

    last_states(ids_of(ANIMAL, loaded), loaded, [Run(listen)])
    ((control, changed),) = found
    return control, changed


def others_are_untouched(control: AttentionTrace, changed: AttentionTrace, head: int) -> None:
    rest = np.arange(len(control.weights)) != head
    np.testing.assert_array_equal(changed.weights[rest], control.weights[rest])
    np.testing.assert_array_equal(changed.context[rest], control.context[rest])


def test_a_head_replaced_by_zero_hands_over_nothing_at_all(loaded):
    control, changed = seen(loaded, without_heads([(LAYER, HEAD)]))
    assert not changed.context[HEAD].any() and not changed.weights[HEAD].any()
    assert np.abs(control.context[HEAD]).max() > 0.1
    others_are_untouched(control, changed, HEAD)


def test_a_head_replaced_by_uniform_hands_over_the_mean_of_the_values_it_may_see(loaded):
    control, changed = seen(loaded, without_heads([(LAYER, HEAD)], "uniform"))
    values, n = control.v[HEAD], control.weights.shape[-1]
    for q_pos in (0, SINCE, n - 1):
        allowed = np.ones(n, bool) if control.mask is None else control.mask[q_pos]
        np.testing.assert_allclose(
            changed.context[HEAD, q_pos], values[allowed].mean(axis=0), **CLOSE
        )
        np.testing.assert_allclose(
            changed.weights[HEAD, q_pos], allowed / allowed.sum(), rtol=0, atol=1e-7
        )
    others_are_untouched(control, changed, HEAD)


def test_a_head_replaced_by_its_mean_hands_over_the_stored_mean_at_every_position(loaded):
    means = mean_contexts([SENTENCES[0].text], loaded)
    control, changed = seen(loaded, without_heads([(LAYER, HEAD)], "mean", means))
    for context in changed.context[HEAD]:
        np.testing.assert_array_equal(context, means[LAYER][HEAD])
    others_are_untouched(control, changed, HEAD)


def test_the_stored_mean_is_that_of_all_tokens_of_all_texts(loaded):
    texts = [SENTENCES[0].text, ANIMAL]
    means = mean_contexts(texts, loaded)
    assert len(means) == loaded.n_layers
    contexts = [capture(text, loaded).layers[LAYER].head_trace(HEAD).context for text in texts]
    tokens = np.concatenate(contexts)
    assert len({len(each) for each in contexts}) > 1  # a mean of means would be another
    np.testing.assert_allclose(means[LAYER][HEAD], tokens.mean(axis=0), **CLOSE)


def test_only_the_heads_that_are_named_are_out_and_earlier_layers_are_as_before(loaded):
    out = [(LAYER, HEAD), (LAYER, 4), (LAYER + 2, 0)]
    control, changed = seen(loaded, without_heads(out))
    empty = [head for head in range(len(control.context)) if not changed.context[head].any()]
    assert empty == [HEAD, 4]
    control, changed = seen(loaded, without_heads(out), LAYER + 2)
    assert [head for head in range(len(control.context)) if not changed.context[head].any()] == [0]
    control, changed = seen(loaded, without_heads(out), LAYER - 1)
    np.testing.assert_array_equal(changed.context, control.context)


def test_no_head_out_is_the_unchanged_run(loaded):
    ids = ids_of(ANIMAL, loaded)
    control, nothing = last_states(ids, loaded, [Run(core_attention), Run(without_heads([]))])
    np.testing.assert_array_equal(nothing, control)


def test_a_blocked_look_gets_no_weight_and_its_row_shares_it_out_in_proportion(loaded):
    attend = without_edges([(IT, SINCE)], [(LAYER, HEAD)])
    control, changed = seen(loaded, attend)
    row, before = changed.weights[HEAD, IT], control.weights[HEAD, IT]
    assert row[SINCE] == 0 < before[SINCE]
    np.testing.assert_allclose(row.sum(), 1, **CLOSE)
    kept = np.arange(len(row)) != SINCE
    np.testing.assert_allclose(row[kept], before[kept] / (1 - before[SINCE]), **CLOSE)
    np.testing.assert_allclose(changed.context[HEAD, IT], row @ control.v[HEAD], **CLOSE)
    others_are_untouched(control, changed, HEAD)
    rest = np.arange(len(control.weights[HEAD])) != IT
    np.testing.assert_allclose(changed.weights[HEAD][rest], control.weights[HEAD][rest], **CLOSE)


def test_a_zeroed_look_leaves_its_row_short_by_exactly_its_weight(loaded):
    control, changed = seen(loaded, without_edges([(IT, SINCE)], [(LAYER, HEAD)], "zero"))
    lost = control.weights[HEAD, IT, SINCE]
    np.testing.assert_allclose(changed.weights[HEAD, IT].sum(), 1 - lost, **CLOSE)
    np.testing.assert_allclose(
        control.context[HEAD, IT] - changed.context[HEAD, IT],
        lost * control.v[HEAD, SINCE],
        **CLOSE,
    )
    np.testing.assert_array_equal(np.delete(changed.weights, IT, 1), np.delete(control.weights, IT, 1))  # fmt: skip


def test_a_look_made_uniform_gets_the_weight_of_an_even_head(loaded):
    control, changed = seen(loaded, without_edges([(IT, SINCE)], [(LAYER, HEAD)], "uniform"))
    n_allowed = control.weights.shape[-1] if control.mask is None else control.mask[IT].sum()
    np.testing.assert_allclose(changed.weights[HEAD, IT, SINCE], 1 / n_allowed, **CLOSE)
    rest = np.arange(control.weights.shape[-1]) != SINCE
    np.testing.assert_array_equal(changed.weights[HEAD, IT, rest], control.weights[HEAD, IT, rest])


def test_a_look_that_the_mask_forbids_gets_no_weight_from_uniform_either(smollm2):
    control, changed = seen(smollm2, without_edges([(SINCE, IT)], None, "uniform"))
    np.testing.assert_array_equal(changed.weights, control.weights)
    assert not changed.weights[:, SINCE, IT].any()


def test_a_row_whose_every_look_is_blocked_takes_nothing(loaded):
    n = len(ids_of(ANIMAL, loaded))
    _, changed = seen(loaded, without_edges([(IT, k_pos) for k_pos in range(n)]))
    assert not changed.weights[:, IT].any() and not changed.context[:, IT].any()


def test_looks_at_a_token_are_those_of_all_others():
    assert edges_to(1, 4) == {(0, 1), (2, 1), (3, 1)}


def test_nobody_else_looks_at_a_token_that_is_knocked_out_in_any_layer(loaded):
    n = len(ids_of(ANIMAL, loaded))
    attend = without_edges(edges_to(SINCE, n))
    for layer in (0, loaded.n_layers - 1):
        _, changed = seen(loaded, attend, layer)
        column = changed.weights[:, :, SINCE].copy()
        assert column[:, SINCE].min() > 0  # it goes on looking at itself
        column[:, SINCE] = 0
        assert not column.any()
        np.testing.assert_allclose(changed.weights.sum(axis=-1), 1, **CLOSE)


def test_the_others_end_the_same_whatever_word_stands_where_one_is_knocked_out(loaded):
    ids = ids_of(ANIMAL, loaded)
    others = [i for i in range(len(ids)) if i != SINCE]
    swapped = [*ids[:SINCE], ids[SINCE + 2], *ids[SINCE + 1 :]]
    attend = without_edges(edges_to(SINCE, len(ids)))
    (first,), (second,) = (last_states(each, loaded, [Run(attend)]) for each in (ids, swapped))
    np.testing.assert_allclose(second[others], first[others], **LIBRARY)
    assert np.abs(second[SINCE] - first[SINCE]).max() > 0.1
    (before,), (after,) = (
        last_states(each, loaded, [Run(core_attention)]) for each in (ids, swapped)
    )
    assert np.abs(after[-1] - before[-1]).max() > 0.01  # unless it is knocked out, they notice


def test_a_token_knocked_out_keeps_its_own_vector(loaded):
    """Its row still adds to what it was: in layer 0 of both, and to the end where nobody before it could see it."""
    attend = without_edges(edges_to(SINCE, len(ids_of(ANIMAL, loaded))))
    control, changed = seen(loaded, attend, layer=0)
    np.testing.assert_array_equal(changed.context[:, SINCE], control.context[:, SINCE])
    assert not np.allclose(changed.context, control.context, atol=1e-3)


def test_in_a_causal_model_a_token_knocked_out_ends_as_before_and_so_do_those_before_it(smollm2):
    ids = ids_of(ANIMAL, smollm2)
    attend = without_edges(edges_to(SINCE, len(ids)))
    control, changed = last_states(ids, smollm2, [Run(core_attention), Run(attend)])
    np.testing.assert_allclose(changed[: SINCE + 1], control[: SINCE + 1], **LIBRARY)
    assert np.abs(changed[SINCE + 1 :] - control[SINCE + 1 :]).max(axis=1).min() > 0.01


@contextmanager
def hooked(modules: Sequence[tuple[nn.Module, Callable]]) -> Iterator[None]:
    handles = [module.register_forward_pre_hook(hook) for module, hook in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def before_W_O(library: nn.Module, layer: int) -> nn.Module:
    """The module that holds W_O: what goes into it is all heads' context, side by side."""
    if hasattr(library, "encoder"):
        return library.encoder.layer[layer].attention.output.dense
    return library.layers[layer].self_attn.o_proj


def given_instead(head: int, d_v: int, context: np.ndarray | float) -> Callable:
    """A hook that puts something in the place of a head's slice."""

    def hook(_, inputs):
        merged = inputs[0].clone()
        merged[..., head * d_v : (head + 1) * d_v] = torch.as_tensor(context)
        return (merged, *inputs[1:])

    return hook


def library_states(library: nn.Module, ids: list[int], **inputs) -> np.ndarray:
    with torch.inference_mode():
        outputs = library.eval()(**as_tensors({"input_ids": ids}), **inputs, use_cache=False)
    return outputs.last_hidden_state[0].numpy()


def test_a_head_replaced_by_zero_ends_as_the_library_with_its_slice_zeroed(loaded, library):
    ids = ids_of(ANIMAL, loaded)
    d_v = library.config.hidden_size // library.config.num_attention_heads
    for out in ([(LAYER, HEAD)], [(0, 0), (LAYER, HEAD), (LAYER, 5), (loaded.n_layers - 1, 2)]):
        hooks = [(before_W_O(library, layer), given_instead(head, d_v, 0.0)) for layer, head in out]
        with hooked(hooks):
            expected = library_states(library, ids)
        (states,) = last_states(ids, loaded, [Run(without_heads(out))])
        np.testing.assert_allclose(states, expected, **LIBRARY)
    assert np.abs(library_states(library, ids) - expected).max() > 0.01


def test_a_head_replaced_by_its_mean_ends_as_the_library_given_that_mean(loaded, library):
    ids = ids_of(ANIMAL, loaded)
    d_v = library.config.hidden_size // library.config.num_attention_heads
    means = mean_contexts([SENTENCES[0].text, SENTENCES[1].text], loaded)
    hook = given_instead(HEAD, d_v, means[LAYER][HEAD])
    with hooked([(before_W_O(library, LAYER), hook)]):
        expected = library_states(library, ids)
    (states,) = last_states(ids, loaded, [Run(without_heads([(LAYER, HEAD)], "mean", means))])
    np.testing.assert_allclose(states, expected, **LIBRARY)


def test_a_head_replaced_by_uniform_ends_as_the_library_given_the_means_of_values(loaded, library):
    ids = ids_of(ANIMAL, loaded)
    control, _ = seen(loaded, core_attention)
    n, d_v = control.v.shape[1:]
    even = np.ones((n, n), dtype="f4") if control.mask is None else np.tri(n, dtype="f4")
    even = even / even.sum(axis=1, keepdims=True) @ control.v[HEAD]
    with hooked([(before_W_O(library, LAYER), given_instead(HEAD, d_v, even))]):
        expected = library_states(library, ids)
    (states,) = last_states(ids, loaded, [Run(without_heads([(LAYER, HEAD)], "uniform"))])
    np.testing.assert_allclose(states, expected, **LIBRARY)


def test_looks_blocked_everywhere_end_as_the_library_with_them_masked(loaded, library):
    """The library takes a mask for each pair of tokens, which it adds in all heads of all layers."""
    ids = ids_of(ANIMAL, loaded)
    n, is_causal = len(ids), not hasattr(library, "encoder")
    for looks in ([(IT, SINCE)], [(IT, SINCE), (IT, 0), (n - 1, 2)], edges_to(2, n)):
        allowed = np.tri(n, dtype=bool) if is_causal else np.ones((n, n), dtype=bool)
        for q_pos, k_pos in looks:
            allowed[q_pos, k_pos] = False
        added = torch.where(torch.from_numpy(allowed), 0.0, torch.finfo(torch.float32).min)
        expected = library_states(library, ids, attention_mask=added[None, None])
        (states,) = last_states(ids, loaded, [Run(without_edges(looks))])
        np.testing.assert_allclose(states, expected, **LIBRARY)


def test_a_zeroed_look_ends_as_the_library_with_its_share_of_the_context_taken_off(loaded, library):
    ids = ids_of(ANIMAL, loaded)
    control, _ = seen(loaded, core_attention)
    context = control.context[HEAD].copy()
    context[IT] -= control.weights[HEAD, IT, SINCE] * control.v[HEAD, SINCE]
    hook = given_instead(HEAD, context.shape[1], context)
    with hooked([(before_W_O(library, LAYER), hook)]):
        expected = library_states(library, ids)
    attend = without_edges([(IT, SINCE)], [(LAYER, HEAD)], "zero")
    (states,) = last_states(ids, loaded, [Run(attend)])
    np.testing.assert_allclose(states, expected, **LIBRARY)


def test_changed_runs_do_the_same_side_by_side_as_alone_and_leave_the_model_as_it_was(loaded):
    ids = ids_of(ANIMAL, loaded)
    means = mean_contexts([SENTENCES[0].text], loaded)
    attends = [
        without_heads([(1, 0)]),
        without_heads([(1, 0)], "uniform"),
        without_heads([(1, 0)], "mean", means),
        without_edges([(IT, SINCE)], None, "zero"),
        without_edges([(IT, SINCE)]),
    ]
    before = last_states(ids, loaded, [Run(core_attention)])[0]
    together = last_states(ids, loaded, [Run(attend) for attend in attends])
    for attend, states in zip(attends, together, strict=True):
        alone = last_states(ids, loaded, [Run(attend)])[0]
        np.testing.assert_allclose(states, alone, **LIBRARY)
        assert np.abs(alone - before).max() > 1e-3
    np.testing.assert_array_equal(last_states(ids, loaded, [Run(core_attention)])[0], before)


def test_the_prediction_without_a_head_is_the_heads_of_the_changed_states(smollm2):
    ids = ids_of(ANIMAL, smollm2)
    control, changed = outcomes(ids, smollm2, [Run(core_attention), Run(without_heads([(13, 8)]))])
    head = smollm2.engine.model.get_output_embeddings()
    with torch.inference_mode():
        expected = head(torch.from_numpy(np.array(changed.states[-1]))).numpy()
    np.testing.assert_allclose(changed.logits, expected, **LIBRARY)
    assert np.abs(changed.logits - control.logits).max() > 0.01


def test_scores_of_one_row_are_changed_before_the_softmax_and_weights_after_it(loaded):
    control, _ = seen(loaded, core_attention)
    scores = np.linspace(-2, 3, control.weights.shape[-1]).astype("f4")
    _, changed = seen(loaded, with_scores(LAYER, HEAD, IT, scores))
    allowed = np.isfinite(control.masked_scores[HEAD, IT])
    expected = softmax(np.where(allowed, scores, -np.inf))
    np.testing.assert_allclose(changed.weights[HEAD, IT], expected, **CLOSE)
    np.testing.assert_allclose(changed.context[HEAD, IT], expected @ control.v[HEAD], **CLOSE)
    weights = np.full(len(scores), 0.5, dtype="f4")
    _, changed = seen(loaded, with_weights(LAYER, HEAD, IT, weights))
    np.testing.assert_allclose(
        changed.context[HEAD, IT], control.v[HEAD].sum(axis=0) / 2, rtol=1e-5, atol=1e-5
    )
    others_are_untouched(control, changed, HEAD)


def test_what_a_head_or_a_look_cannot_be_replaced_by_is_named():
    with pytest.raises(ValueError, match="zero, uniform, mean, not by nothing"):
        without_heads([(0, 0)], "nothing")
    with pytest.raises(ValueError, match="blocked, zero, uniform, not mean"):
        without_edges([(0, 0)], None, "mean")
