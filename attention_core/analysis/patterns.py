"""What a head does, measured: how much of its weight goes where a simple pattern points, and how widely it spreads.

A score says what a head does on one sentence; it says neither why nor whether it matters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from attention_core.analysis.masking import even_weights
from attention_core.analysis.value_norms import handed_over

SPREAD, HANDED_OVER = "spread", "first, handed over"  # scores that are no share of the weight
CLEAR = 2.0  # times what a uniform head would give: from here on a pattern is called clear

Mask = Bool[np.ndarray, "*#heads n_q n_k"] | None


def targets(tokens: Sequence[str]) -> dict[str, Bool[np.ndarray, "n_tokens n_tokens"]]:
    """For each pattern, True where it points: row asks, column offers.

    "same word" points at the other places of the same text, in upper or lower case: "The" and "the" may be
    different tokens of the model. The first and
    the last key belong to "first" and "last" alone: many heads leave there what they have no use
    for, and that must not pass for "previous" or "itself".
    """
    n_tokens = len(tokens)
    itself = np.eye(n_tokens, dtype=bool)
    words = np.array([token.lower() for token in tokens], dtype=object)
    position = np.arange(n_tokens)
    is_first, is_last = position == 0, position == n_tokens - 1
    inside = ~(is_first | is_last)
    return {
        "previous": np.eye(n_tokens, k=-1, dtype=bool) & inside,
        "itself": itself & inside,
        "next": np.eye(n_tokens, k=1, dtype=bool) & inside,
        "first": is_first & ~itself,
        "last": is_last & ~itself,
        "same word": (words[:, None] == words).astype(bool) & ~itself & inside,
    }


def share_on(
    weights: Float[np.ndarray, "n_heads n_q n_k"],
    target: Bool[np.ndarray, "n_q n_k"],
    mask: Mask = None,
) -> Float[np.ndarray, " n_heads"]:
    """The mean share of a query's weight that goes to its target keys, for each head.

    Only those queries count that may see a target and have another key to choose from: under a causal
    mask the first query puts all its weight on itself, which says nothing of the head. nan where no
    query counts. Raises ValueError naming the sizes that don't fit.
    """
    if target.shape != weights.shape[1:]:
        raise ValueError(f"a target of {target.shape} does not fit weights {weights.shape}")
    allowed = _allowed(weights, mask)
    seen = target & allowed
    counted = seen.any(axis=-1) & _has_choice(allowed)
    return _mean_over_queries((weights * seen).sum(axis=-1), counted)


def pattern_scores(
    weights: Float[np.ndarray, "n_heads n_tokens n_tokens"],
    tokens: Sequence[str],
    mask: Mask = None,
) -> dict[str, Float[np.ndarray, " n_heads"]]:
    """`share_on` for each pattern of `targets`, and "spread": over how many keys a head spreads its weight.

    Raises ValueError unless rows and columns are these tokens: cross-attention has no "previous".
    """
    if weights.shape[1:] != (len(tokens), len(tokens)):
        raise ValueError(
            f"weights {weights.shape} need {len(tokens)} rows and columns, one a token"
        )
    scores = {name: share_on(weights, target, mask) for name, target in targets(tokens).items()}
    return scores | {"spread": spread(weights, mask)}


@dataclass(frozen=True)
class Measured:
    """The scores of all heads of a layer by their names, and those of a head without any preference."""

    scores: dict[str, Float[np.ndarray, " n_heads"]]
    even: dict[str, Float[np.ndarray, " 1"]]


def measure_patterns(
    weights: Float[np.ndarray, "n_heads n_tokens n_tokens"],
    tokens: Sequence[str],
    mask: Mask = None,
    v: Float[np.ndarray, "n_heads n_k d_v"] | None = None,
) -> Measured:
    """`pattern_scores` beside a uniform head's. With `v` also the share of the first token in what is handed over."""
    scores = pattern_scores(weights, tokens, mask)
    even = pattern_scores(even_head(len(tokens), mask), tokens, mask)
    if v is not None:
        scores[HANDED_OVER] = share_on(handed_over(weights, v), targets(tokens)["first"], mask)
        even[HANDED_OVER] = even["first"]
    return Measured(scores, even)


def clearest(
    scores: dict[str, Float[np.ndarray, " n_heads"]], even: dict[str, Float[np.ndarray, " 1"]]
) -> list[str | None]:
    """For each head the pattern that stands out most from a uniform head's, as a multiple of it.

    None where nothing reaches `CLEAR` times the even share: no pattern that was measured fits.
    """
    names = [name for name in scores if name not in (SPREAD, HANDED_OVER)]
    lift = np.stack([scores[name] / even[name] for name in names])
    lift = np.where(np.isfinite(lift), lift, 0)
    return [
        names[best] if column[best] >= CLEAR else None
        for column, best in zip(lift.T, lift.argmax(axis=0), strict=True)
    ]


def standing_out(
    rows: Float[np.ndarray, "n_rows n_k"], allowed: Bool[np.ndarray, " n_k"] | None = None
) -> list[int | None]:
    """The key with the largest weight of each row; None where it is below `CLEAR` times an even share."""
    n_keys = rows.shape[1] if allowed is None else int(allowed.sum())
    return [int(row.argmax()) if row.max() * n_keys >= CLEAR else None for row in rows]


def even_head(n_tokens: int, mask: Mask = None) -> Float[np.ndarray, "n_heads n_tokens n_tokens"]:
    """The weights of a head without any preference: what a pattern's score has to be compared with."""
    weights = even_weights(n_tokens, n_tokens, mask)
    return weights.reshape(-1, n_tokens, n_tokens)


def average_head(
    weights: Float[np.ndarray, "n_heads n_q n_k"],
) -> Float[np.ndarray, "n_q n_k"]:
    """The mean over the heads. Its rows sum to 1, yet it is the attention of no head."""
    return weights.mean(axis=0)


def entropy(weights: Float[np.ndarray, "*rows n_k"]) -> Float[np.ndarray, "*rows"]:
    """H = −Σ_k a_k ln a_k of each row, with 0 ln 0 = 0: 0 for one key, ln n for n equal ones."""
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    return np.abs(-(weights * logs).sum(axis=-1))  # abs: no −0


def spread(
    weights: Float[np.ndarray, "n_heads n_q n_k"], mask: Mask = None
) -> Float[np.ndarray, " n_heads"]:
    """exp(mean entropy): a head that spreads as widely as over this many equal keys. nan without a choice."""
    counted = _has_choice(_allowed(weights, mask))
    return np.exp(_mean_over_queries(entropy(weights), counted))


def rows_and_average(
    weights: Float[np.ndarray, "n_heads n_q n_k"], q_pos: int
) -> Float[np.ndarray, "n_rows n_k"]:
    """One query in every head, a row each, and as the last row their mean."""
    return np.concatenate([weights[:, q_pos], average_head(weights)[[q_pos]]])


@dataclass(frozen=True)
class Averaged:
    """How sharp the heads are, each by itself, and how sharp their average looks."""

    heads_top: float  # the largest weight of a row, mean over rows and heads
    average_top: float  # the same of the average head: never more
    heads_spread: float  # exp(mean entropy over rows and heads)
    average_spread: float  # the same of the average head: never less


def averaged(weights: Float[np.ndarray, "n_heads n_q n_k"], mask: Mask = None) -> Averaged:
    """The heads against their average; rows without a choice do not count. nan if none counts."""
    counted = _has_choice(_allowed(weights, mask))
    average = average_head(weights)[None]
    return Averaged(
        heads_top=_mean(weights.max(axis=-1), counted),
        average_top=_mean(average.max(axis=-1), counted),
        heads_spread=float(np.exp(_mean(entropy(weights), counted))),
        average_spread=float(np.exp(_mean(entropy(average), counted))),
    )


def _allowed(weights: np.ndarray, mask: Mask) -> np.ndarray:
    if mask is None:
        return np.ones(weights.shape[-2:], dtype=bool)
    if mask.shape[-2:] != weights.shape[-2:]:
        raise ValueError(f"a mask of {mask.shape} does not fit weights {weights.shape}")
    return mask


def _has_choice(allowed: np.ndarray) -> np.ndarray:
    """Which queries may look at more than one key."""
    return allowed.sum(axis=-1) > 1


def _mean_over_queries(
    values: Float[np.ndarray, "n_heads n_q"], counted: Bool[np.ndarray, "*#heads n_q"]
) -> Float[np.ndarray, " n_heads"]:
    rows = np.broadcast_to(counted, values.shape)
    n_rows = rows.sum(axis=-1)
    total = np.where(rows, values, 0).sum(axis=-1, dtype=np.float64)
    return np.where(n_rows > 0, total / np.maximum(n_rows, 1), np.nan)


def _mean(values: Float[np.ndarray, "n_heads n_q"], counted: np.ndarray) -> float:
    rows = np.broadcast_to(counted, values.shape)
    return float(values[rows].mean(dtype=np.float64)) if rows.any() else float("nan")
