"""What a survey measures of each head on one sentence, beside what an even and an untrained head give there.

It reads weights and adds nothing up over sentences: that is `moments`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from attention_core.analysis.head_search import random_heads
from attention_core.analysis.head_statistics import head_statistics
from attention_core.analysis.patterns import even_head, share_on, targets

NAMES = (
    "previous",
    "next",
    "itself",
    "same word",
    "first",
    "last",
    "special",
    "largest",
    "entropy share",
)
VERSION = 1  # raise it when a number of a survey would come out differently: parts of older ones are then not reused

Statistics = Float[np.ndarray, "n_statistics n_heads"]
Mask = Bool[np.ndarray, "*#heads n_q n_k"] | None


@dataclass(frozen=True)
class Measured:
    """One sentence: every statistic of `NAMES` for each head; nan where the sentence has no place for it."""

    values: Statistics
    even: Statistics  # heads without any preference
    untrained: Statistics  # as many heads with normally distributed scores, seeded


def measure(
    weights: Float[np.ndarray, "n_heads n_tokens n_tokens"],
    mask: Mask,
    tokens: Sequence[str],
    special: Sequence[int],
    seed: int = 0,
) -> Measured:
    """The statistics of heads that share a mask, or have one each; `special` are the places of added tokens."""
    n_heads, n_tokens, _ = weights.shape
    points = targets(tokens)
    first = mask if mask is None or mask.ndim == 2 else mask[0]
    even = _statistics(even_head(n_tokens, mask), points, special, mask)
    untrained = random_heads(n_heads, n_tokens, first, seed)
    return Measured(
        _statistics(weights, points, special, mask),
        np.broadcast_to(even, (len(NAMES), n_heads)),
        _statistics(untrained, points, special, first),
    )


def side_by_side(parts: Sequence[Measured]) -> Measured:
    """The heads of several layers, one layer after the other."""
    return Measured(
        *(
            np.concatenate([getattr(part, field) for part in parts], axis=1)
            for field in ("values", "even", "untrained")
        )
    )


def _statistics(
    weights: Float[np.ndarray, "n_heads n_tokens n_tokens"],
    points: dict[str, Bool[np.ndarray, "n_tokens n_tokens"]],
    special: Sequence[int],
    mask: Mask,
) -> Statistics:
    found = head_statistics(weights, points, special, mask)
    found |= {name: share_on(weights, points[name], mask) for name in ("same word", "last")}
    return np.stack([found[name] for name in NAMES])
