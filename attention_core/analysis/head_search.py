"""Which of a model's heads looks most from one word to another, and what the best of so many heads gives by chance.

It reads weights and ranks them. That a head looks somewhere says neither why, nor that the result depends on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from attention_core.analysis.words import Span, sum_over_groups, tokens_of, word_of
from attention_core.softmax import softmax

DRAWS = 4000  # maxima behind a simulated chance level, about
MOST_AT_ONCE = 500_000  # random numbers held at a time


def units(tokens: Sequence[Span], words: Sequence[Span]) -> list[list[int]]:
    """The tokens of each word, words in order (none, if a cut took them); then every token of no word, alone."""
    of_words = [tokens_of(word, tokens) for word in words]
    others = [[i] for i, token in enumerate(tokens) if word_of(token, words) is None]
    return of_words + others


def unit_rows(
    rows: Float[np.ndarray, "n_heads n_pieces n_k"],
    allowed: Bool[np.ndarray, "*#heads n_pieces n_k"],
    key_units: Sequence[Sequence[int]],
) -> Float[np.ndarray, "n_heads n_units"]:
    """What one word asks of each unit: the sum over a key's pieces, the mean over the query's (Clark et al. 2019).

    A token that several units hold is shared among them, so a row of all units sums to 1. `rows` are the rows
    of the query's pieces: all of them where all see all; in a causal model the caller hands in the last alone, the one that has seen the whole word. A unit that the mask hides, or that has
    no token, is nan. Raises ValueError naming the sizes that don't fit.
    """
    if allowed.shape[-2:] != rows.shape[-2:]:
        raise ValueError(f"allowed {allowed.shape} does not fit rows {rows.shape}")
    asked = rows.mean(axis=1, dtype=np.float64)
    seen = np.asarray(np.broadcast_to(allowed, rows.shape).any(axis=1))
    weights = sum_over_groups(asked, key_units)
    is_seen = np.stack([seen[:, list(unit)].any(axis=-1) for unit in key_units], axis=-1)
    return np.where(is_seen, weights, np.nan)


def best_first(scores: Float[np.ndarray, " n_heads"]) -> Int[np.ndarray, " n_scored"]:
    """The heads that have a score, the largest first; equal ones in the model's order. nan is no score."""
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")
    return order[np.isfinite(scores[order])]


@dataclass(frozen=True)
class Found:
    """All heads ranked by the weight that one word gives another. Arrays are per head, in the model's order."""

    weights: Float[np.ndarray, " n_heads"]
    control: Float[np.ndarray, " n_heads"]  # the weight of the word compared with; nan: none chosen
    order: Int[np.ndarray, " n_heads"]  # the heads from the largest weight to the smallest
    key_rank: Int[np.ndarray, " n_heads"]  # 1: no unit of the head's row gets more than the key
    n_units: Int[np.ndarray, " n_heads"]  # how many units the head's query may look at

    @property
    def difference(self) -> Float[np.ndarray, " n_heads"]:
        return self.weights - self.control

    @property
    def best(self) -> int:
        return int(self.order[0])


def find(rows: Float[np.ndarray, "n_heads n_units"], key: int, control: int | None = None) -> Found:
    """Rank the heads by their weight on the unit `key`. Raises ValueError where no head may look at it."""
    weights = rows[:, key]
    if np.isnan(weights).all():
        raise ValueError(f"no head's query may look at unit {key}")
    more = (rows > weights[:, None]).sum(axis=1)  # nan is never more
    return Found(
        weights,
        np.full(len(rows), np.nan) if control is None else rows[:, control],
        np.argsort(-np.nan_to_num(weights, nan=-1.0), kind="stable"),
        more + 1,
        np.isfinite(rows).sum(axis=1),
    )


@dataclass(frozen=True)
class Dealt:
    """What the best head would give a word if every head dealt its own weights out to the units at random."""

    expected: float  # mean of the largest weight over the heads
    p_as_large: float  # how often the largest is at least the one that was found
    expected_first: float  # in how many heads the word would get the most


def dealt_out(rows: Float[np.ndarray, "n_heads n_units"], key: int) -> Dealt:
    """The permutation null, exactly: each head keeps its weights, sharp or flat, but not their places.

    The word then gets any of the n_h weights of head h with probability 1/n_h, independently for each
    head, so P(max ≤ t) = Π_h #{w_h ≤ t}/n_h, and E[max] = Σ t ΔP over the weights t in order. (Real heads
    are not independent, and a first or a last token gets more than its share: it is a yardstick.)
    """
    tried = rows[np.isfinite(rows[:, key])]
    n_units = np.isfinite(tried).sum(axis=1)
    below = (tried < tried[:, key].max()).sum(axis=1)  # nan is never below
    return Dealt(
        _expected_best(tried), 1 - float(np.prod(below / n_units)), float((1 / n_units).sum())
    )


def _expected_best(rows: Float[np.ndarray, "n_heads n_units"]) -> float:
    """E[max] of one weight drawn from each row; nan is not drawn."""
    values = np.sort(rows, axis=1)  # nan last
    count = np.broadcast_to(np.arange(1, rows.shape[1] + 1), rows.shape)  # that are ≤ the value
    here = np.isfinite(values)
    flat, c = values[here], count[here]
    order = np.argsort(flat, kind="stable")
    flat, c = flat[order], c[order]
    # as t passes a weight, its head's factor goes from (c − 1)/n to c/n; P is 0 until each has one
    steps = np.where(c > 1, np.log(c / np.maximum(c - 1, 1)), 0.0)
    log_p = np.cumsum(steps) - np.log(here.sum(axis=1)).sum()
    p = np.where(np.cumsum(c == 1) == len(rows), np.exp(log_p), 0.0)
    return float((flat * np.diff(p, prepend=0.0)).sum())


def best_of_random(
    n_heads: int, n_keys: int, n_key_pieces: int = 1, n_pieces: int = 1, seed: int = 0
) -> float:
    """The largest weight that `n_heads` heads with random scores give one word: a seeded simulation.

    A row is the softmax of `n_keys` normally distributed scores (Var = 1: what q·k/√d has where q and k
    are random with Var = 1); the query is the mean of `n_pieces` rows, the key the sum of `n_key_pieces`
    columns. Freshly initialised models spread more evenly (`pretrained.untrained`). As all keys are alike, each group of columns is one more draw of the maximum.
    Raises ValueError if the key has more pieces than there are keys.
    """
    if n_key_pieces > n_keys:
        raise ValueError(f"{n_key_pieces} pieces of a key among {n_keys} keys")
    n_groups = n_keys // n_key_pieces
    n_draws = -(-DRAWS // n_groups)
    at_once = max(1, MOST_AT_ONCE // (n_heads * n_pieces * n_keys))
    rng, best = np.random.default_rng(seed), []
    for begin in range(0, n_draws, at_once):
        draws = min(at_once, n_draws - begin)
        scores = rng.standard_normal((draws, n_heads, n_pieces, n_keys), dtype=np.float32)
        row = softmax(scores).mean(axis=2)[..., : n_groups * n_key_pieces]
        grouped = row.reshape(draws, n_heads, n_groups, n_key_pieces).sum(axis=-1)
        best.append(grouped.max(axis=1).ravel())
    return float(np.concatenate(best).mean(dtype=np.float64))


def random_heads(
    n_heads: int, n_tokens: int, mask: Bool[np.ndarray, "n_q n_k"] | None, seed: int = 0
) -> Float[np.ndarray, "n_heads n_tokens n_tokens"]:
    """Heads whose scores are normally distributed (Var = 1), seeded. An untrained model's vary less."""
    scores = np.random.default_rng(seed).standard_normal(
        (n_heads, n_tokens, n_tokens), dtype=np.float32
    )
    return softmax(scores if mask is None else np.where(mask, scores, -np.inf))
