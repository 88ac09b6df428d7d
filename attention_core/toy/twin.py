"""A toy whose numbers are a real head's, shortened: from what each token asks and offers to a scenario one can edit.

It shortens nothing itself: q and k are handed in.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from attention_core.errors import ReaderError
from attention_core.masks import causal_mask
from attention_core.toy.scenario import Scenario

NAMELESS = "(empty)"
NOTES = (
    "The embedding of a token is what it asks, then what it offers. W_Q takes the first half, W_K the second, "
    "W_V and W_O leave everything as it is: the twin copies who looks at whom, not what is handed over."
)


def twin_scenario(
    q: Float[np.ndarray, "n_tokens r"],
    k: Float[np.ndarray, "n_tokens r"],
    tokens: Sequence[str],
    mask: str = "none",
) -> Scenario:
    """The scenario whose scaled scores are q kᵀ: x = [q | k], and W_Q makes up for the toy's own 1/√d_head.

    d_model = d_head = 2r: x W_Q = [√(2r) q | 0] and x W_K = [k | 0], so (x W_Q)(x W_K)ᵀ / √(2r) = q kᵀ.
    The tokens stand in a sentence of their own, with spaces between. Raises ValueError if they are not as many.
    """
    n_tokens, r = q.shape
    if len(tokens) != n_tokens:
        raise ValueError(f"{len(tokens)} tokens need as many rows of q and k, got {n_tokens}")
    W_Q, W_K = np.zeros((2 * r, 2 * r)), np.zeros((2 * r, 2 * r))
    W_Q[:r, :r] = np.eye(r) * np.sqrt(2 * r)
    W_K[r:, :r] = np.eye(r)
    sentence, spans = _in_one_sentence(tokens)
    return Scenario(
        name="twin",
        sentence=sentence,
        spans=spans,
        dimensions=tuple(f"{part} {i}" for part in ("asks", "offers") for i in range(1, r + 1)),
        x=np.concatenate([q, k], axis=1),
        W_Q=W_Q,
        W_K=W_K,
        W_V=np.eye(2 * r),
        W_O=np.eye(2 * r),
        mask=mask,
        notes=NOTES,
    )


def mask_name(mask: Bool[np.ndarray, "n_q n_k"] | None) -> str:
    """What a scenario calls this mask. Raises ValueError for one that is neither causal nor without effect."""
    if mask is None or mask.all():
        return "none"
    if mask.shape[0] == mask.shape[1] and np.array_equal(mask, causal_mask(len(mask))):
        return "causal"
    raise ReaderError(f"the mask ({mask.shape[0]} × {mask.shape[1]}) is neither causal nor open")


def _in_one_sentence(tokens: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The tokens one after another, and where each stands. Half a character becomes "?", an empty token says so."""
    texts = [token.encode(errors="replace").decode() or NAMELESS for token in tokens]
    spans, start = [], 0
    for text in texts:
        spans.append((start, start + len(text)))
        start += len(text) + 1
    return " ".join(texts), tuple(spans)
