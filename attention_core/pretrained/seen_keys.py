"""Which keys a query may see where a family hands out its weights alone: read off them, never guessed."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float

from attention_core.masks import causal_mask, sliding_window_mask
from attention_core.pretrained.causality import is_causal
from attention_core.pretrained.engine import Engine, Inputs
from attention_core.pretrained.found_out import probe_ids
from attention_core.pretrained.handed_over import all_weights, checked_weights
from attention_core.pretrained.probing import sizes_of
from attention_core.pretrained.run import LIBRARY

# axes without names: those of two stacks differ in one call
Weights = Float[np.ndarray, "_ _ _"]  # (n_heads, n_q, n_k)
Mask = Bool[np.ndarray, "_ _"]


def masks_of(weights: Sequence[Weights], engine: Engine, inputs: Inputs) -> list[Mask | None]:
    """The mask of each layer of a pass over `inputs`; None where every query sees every key.

    A masked key has a weight of exactly 0 in every head, for this text and for one that repeats a single
    token. There all scores are near each other, so no weight is 0 because another score is far larger.
    A model that is causal by test sees, of what stands before a query, the keys up to some distance.
    """
    unseen = [_zero_in_all_heads(each) for each in weights]
    if any(each.any() for each in unseen):
        unseen = [a & b for a, b in zip(unseen, _of_one_token(engine, inputs), strict=True)]
    if not engine.model.config.is_encoder_decoder and is_causal(engine):
        return [_causal_window(each) for each in unseen]
    return [~each if each.any() else None for each in unseen]


def _causal_window(unseen: Mask) -> Mask:
    """The keys at most as far back as the farthest that any query sees."""
    q_pos, k_pos = np.nonzero(~unseen)
    farthest = int((q_pos - k_pos).max(initial=0))
    return causal_mask(len(unseen)) & sliding_window_mask(len(unseen), farthest + 1)


def _zero_in_all_heads(weights: Weights) -> Mask:
    return np.asarray((weights == 0).all(axis=0))


def _of_one_token(engine: Engine, inputs: Inputs) -> list[Mask]:
    token = probe_ids(engine.model)[0]
    repeated = {name: torch.full_like(ids, token) for name, ids in inputs.items()}
    outputs = engine.forward(repeated, LIBRARY, output_attentions=True)
    handed, sizes = all_weights(outputs), sizes_of(repeated, outputs)
    return [
        _zero_in_all_heads(checked_weights(handed[place.number][1], *sizes.shape(place.kind)))
        for place in engine.places
    ]
