"""Two things that some heads do and that take more than one sentence to measure: coreference and induction.

Patterns that every sentence shows ("previous", "itself") are in `patterns`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from attention_core.errors import ReaderError

EVERY_FLIP_UP_TO = 16  # contrasts: 2¹⁶ sign patterns are all tried, of more a sample is drawn
DRAWN = 2**EVERY_FLIP_UP_TO - 1
SEED = 0
AT_ONCE = 4096  # sign patterns held at a time
ROUNDING = 1e-12  # two scores that differ by less are the same


@dataclass(frozen=True)
class Coreference:
    """How much better each head finds the noun that a pronoun refers to than the other noun, over pairs of sentences."""

    noun: Float[np.ndarray, " n_heads"]  # mean weight pronoun → noun
    rival: Float[np.ndarray, " n_heads"]  # … pronoun → the other noun
    wins: Int[np.ndarray, " n_heads"]  # in how many sentences the noun gets more; a tie is no win
    both: Int[np.ndarray, " n_heads"]  # in how many pairs it does in both sentences
    n_sentences: int

    @property
    def score(self) -> Float[np.ndarray, " n_heads"]:
        return self.noun - self.rival


def coreference(
    noun: Float[np.ndarray, "n_sentences n_heads"], rival: Float[np.ndarray, "n_sentences n_heads"]
) -> Coreference:
    """score = mean over sentences of (weight pronoun → noun − weight pronoun → rival), for each head.

    Sentences 2i and 2i + 1 are a pair. Raises ValueError for an odd number of sentences.
    """
    if len(noun) % 2:
        raise ValueError(f"{len(noun)} sentences are not pairs")
    right = noun > rival
    both = right[::2] & right[1::2]
    return Coreference(
        noun.mean(axis=0), rival.mean(axis=0), right.sum(axis=0), both.sum(axis=0), len(noun)
    )


@dataclass(frozen=True)
class FlipTest:
    """How often the best of all heads would reach each head's mean if the head ignored what the pronoun refers to."""

    p: Float[np.ndarray, " n_heads"]  # one-sided, corrected for the number of heads
    n_contrasts: int
    n_patterns: int  # that were tried, the observed one included
    exact: bool  # every pattern was tried

    @property
    def least(self) -> float:
        """No p can be smaller."""
        return 1 / self.n_patterns


def flip_test(
    differences: Float[np.ndarray, "n_sentences n_heads"], contrasts: Sequence[str]
) -> FlipTest:
    """A sign-flip test of the mean difference of each head, against the largest mean of all heads.

    For a head that ignores the reference, the two sentences of a pair are exchangeable: changing places turns
    the sign of the pair's sum of differences. All pairs of one contrast change places together, since they are
    no independent evidence. p = share of sign patterns whose largest mean over heads reaches the head's own
    (single-step maximum statistic, Westfall & Young 1993). Raises ValueError for different lengths.
    """
    if len(differences) != len(contrasts):
        raise ValueError(f"{len(differences)} sentences, {len(contrasts)} contrasts")
    names = list(dict.fromkeys(contrasts))
    belongs = np.array([[name == each for each in contrasts] for name in names], dtype=float)
    sums = belongs @ differences / len(differences)
    exact = len(names) <= EVERY_FLIP_UP_TO
    largest = np.concatenate([(signs @ sums).max(axis=1) for signs in _signs(len(names), exact)])
    n_as_large = np.searchsorted(np.sort(-largest), -sums.sum(axis=0) + ROUNDING, side="right")
    return FlipTest(n_as_large / len(largest), len(names), len(largest), exact)


def _signs(n: int, exact: bool) -> Iterator[Float[np.ndarray, "n_patterns n_contrasts"]]:
    """Patterns of ±1, some at a time: all of them, or the observed one (all +1) and seeded draws."""
    if exact:
        for begin in range(0, 2**n, AT_ONCE):
            numbers = np.arange(begin, min(begin + AT_ONCE, 2**n))
            yield 1.0 - 2.0 * (numbers[:, None] >> np.arange(n) & 1)
        return
    yield np.ones((1, n))
    random = np.random.default_rng(SEED)
    for begin in range(0, DRAWN, AT_ONCE):
        yield random.choice([-1.0, 1.0], (min(AT_ONCE, DRAWN - begin), n))


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
