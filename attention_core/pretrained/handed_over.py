"""What the library itself hands over as attention weights (`output_attentions`), checked before anybody believes it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from attention_core.pretrained.run import UnsupportedAttention

ROUNDING = 1e-3  # by which a row may miss 1: what more is missing, or too much, is no rounding
FIELDS = (
    ("encoder", "encoder_attentions"),
    ("decoder", "decoder_attentions"),
    ("cross", "cross_attentions"),
    ("encoder", "attentions"),
)


def all_weights(outputs: Any) -> list[tuple[str, Any]]:
    """The (stack, weights) that the library returns with `output_attentions`, layer by layer, unchecked.

    Raises UnsupportedAttention where it returns something without names, or nothing else.
    """
    if not isinstance(outputs, Mapping):
        raise UnsupportedAttention(
            f"the library hands over a {type(outputs).__name__} whose parts have no names"
        )
    if outputs.get("last_hidden_state") is None and outputs.get("logits") is None:
        raise UnsupportedAttention("the library hands over neither states nor scores of its tokens")
    named = [(stack, w) for stack, field in FIELDS for w in outputs.get(field) or ()]
    return [(stack, w) for stack, w in named if w is not None]


def has_shape(handed: Any, n_q: int, n_k: int) -> bool:
    """Whether it can be (1, heads, n_q, n_k), with or without rows and columns of padding behind."""
    return (
        isinstance(handed, torch.Tensor)
        and handed.ndim == 4
        and len(handed) == 1
        and handed.shape[2] >= n_q
        and handed.shape[3] >= n_k
        and not handed[:, :, :n_q, n_k:].any()
    )


def shape_of(handed: Any) -> str:
    """What was handed over, in words for a reader."""
    if not isinstance(handed, torch.Tensor):
        return f"a {type(handed).__name__}"
    return " × ".join(map(str, handed.shape[1:] if len(handed) == 1 else handed.shape))


def checked_weights(handed: Any, n_q: int, n_k: int) -> Float[np.ndarray, "n_heads n_q n_k"]:
    """The weights without their padding. Raises UnsupportedAttention, in words, for what is no distribution.

    A row of zeros sees no key.
    """
    if not has_shape(handed, n_q, n_k):
        raise UnsupportedAttention(
            f"the library hands over {shape_of(handed)} as its attention, "
            f"where {n_q} queries and {n_k} keys need heads × {n_q} × {n_k}"
        )
    weights: np.ndarray = handed[0, :, :n_q, :n_k].numpy()
    if not np.isfinite(weights).all():
        raise UnsupportedAttention("the library hands over attention weights that are no numbers")
    lowest, sums = float(weights.min()), weights.sum(axis=-1)
    if lowest < -ROUNDING:
        raise UnsupportedAttention(
            f"the library hands over numbers down to {lowest:.3g} as its attention weights"
        )
    off = sums[(np.abs(sums - 1) > ROUNDING) & (sums > ROUNDING)]
    if off.size:
        raise UnsupportedAttention(
            f"the library hands over attention weights whose rows sum to {float(off.flat[0]):.3g}, not to 1"
        )
    return weights
