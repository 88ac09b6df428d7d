"""Two things that some heads do and that take more than one sentence to measure: coreference and induction.

Patterns that every sentence shows ("previous", "itself") are in `patterns`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb

import numpy as np
from jaxtyping import Float, Int

from attention_core.errors import ReaderError


@dataclass(frozen=True)
class Coreference:
    """How much better each head finds the noun that a pronoun means than the other noun, over sentences."""

    noun: Float[np.ndarray, " n_heads"]  # mean weight pronoun → noun
    rival: Float[np.ndarray, " n_heads"]  # … pronoun → the other noun
    wins: Int[np.ndarray, " n_heads"]  # in how many sentences the noun gets more; a tie is no win
    n_sentences: int

    @property
    def score(self) -> Float[np.ndarray, " n_heads"]:
        return self.noun - self.rival


def coreference(
    noun: Float[np.ndarray, "n_sentences n_heads"], rival: Float[np.ndarray, "n_sentences n_heads"]
) -> Coreference:
    """score = mean over sentences of (weight pronoun → noun − weight pronoun → rival), for each head."""
    return Coreference(
        noun.mean(axis=0), rival.mean(axis=0), (noun > rival).sum(axis=0), len(noun)
    )  # fmt: skip


def at_least(wins: int, n: int) -> float:
    """P(X ≥ wins) of n tosses of a fair coin, exactly: Σ_{i ≥ wins} C(n, i) / 2ⁿ (one-sided sign test)."""
    return sum(comb(n, i) for i in range(max(wins, 0), n + 1)) / 2**n


def corrected(p: float, n_tried: int) -> float:
    """Bonferroni: the p-value of the best of `n_tried`, at most min(1, n p)."""
    return min(1.0, p * n_tried)


def best_of_coins(n: int, n_tried: int) -> float:
    """E[max] of the wins of `n_tried` heads that toss a fair coin n times each: Σ_{k ≥ 1} 1 − P(X < k)^n_tried."""
    return sum(1 - (1 - at_least(k, n)) ** n_tried for k in range(1, n + 1))


def repeated(ids: Int[np.ndarray, " n_vocabulary"], n: int, seed: int) -> Int[np.ndarray, " two_n"]:
    """n different ids drawn at random (seeded), then the same once more.

    Raises ValueError if there are fewer than n.
    """
    drawn = _draw(ids, n, seed)
    return np.concatenate([drawn, drawn])


def unrepeated(
    ids: Int[np.ndarray, " n_vocabulary"], n: int, seed: int
) -> Int[np.ndarray, " two_n"]:
    """The control: the second half of `repeated` with the same seed, but before it n other ids."""
    drawn = _draw(ids, 2 * n, seed)
    return np.concatenate([drawn[n:], drawn[:n]])


def _draw(ids: np.ndarray, n: int, seed: int) -> np.ndarray:
    """The first n of a seeded shuffle: a longer draw begins like a shorter one."""
    if n > len(ids):
        raise ReaderError(f"{n} different tokens are needed, but only {len(ids)} can be drawn")
    return np.random.default_rng(seed).permutation(ids)[:n]


def after_first(
    weights: Float[np.ndarray, "n_heads two_n two_n"],
) -> Float[np.ndarray, " n_heads"]:
    """The induction score of Olsson et al. 2022: mean weight from a token's second place to what followed its first.

    In a sequence of n tokens and the same n again, the token at n + j stood at j before, and j + 1 came
    after it: the mean over j of A[n + j, j + 1]. Raises ValueError unless there are two halves.
    """
    _, n_q, n_k = weights.shape
    if n_q != n_k or n_q % 2 or not n_q:
        raise ValueError(f"weights {weights.shape} are not those of a sequence and its repetition")
    n = n_q // 2
    j = np.arange(n)
    return weights[:, n + j, j + 1].mean(axis=-1, dtype=np.float64)


def plain_words(vocabulary: Mapping[str, int]) -> Int[np.ndarray, " n_words"]:
    """The ids of tokens that are a whole lower-case word of at least three English letters, in the order of ids.

    Where tokens carry the space before them (Ġ, ▁) only such count; else those that continue no word (##).
    A vocabulary without such words gives none.
    """
    marked = {token[1:]: i for token, i in vocabulary.items() if token[:1] in ("Ġ", "▁")}
    tokens = marked or vocabulary
    found = [
        i for token, i in tokens.items()
        if len(token) > 2 and token.isascii() and token.isalpha() and token.islower()
    ]  # fmt: skip
    return np.array(sorted(found), dtype=np.int64)
