"""Two texts, or one text in two models, brought to the same rows and columns: the words that both have.

What had to be left out for it (special tokens, words of one side only) is kept as a share, never dropped in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from jaxtyping import Bool, Float

from attention_core.analysis.words import Span, mean_over_words, shares, sum_over_groups, tokens_of


@dataclass(frozen=True)
class Matching:
    """Which word of A is which word of B, in the order of both, and the words that have no partner."""

    pairs: tuple[tuple[int, int], ...]
    only_a: tuple[int, ...]
    only_b: tuple[int, ...]


def match_words(a: Sequence[str], b: Sequence[str]) -> Matching:
    """The words of A aligned with those of B by blocks of equal words, upper or lower case alike.

    `difflib.SequenceMatcher` (Ratcliff & Obershelp): the longest common block first, then to its left
    and right. So partners stand in the same order on both sides, and no word has two.
    """
    lower_a, lower_b = ([word.lower() for word in words] for words in (a, b))
    blocks = SequenceMatcher(None, lower_a, lower_b, autojunk=False).get_matching_blocks()
    pairs = tuple((i + n, j + n) for i, j, size in blocks for n in range(size))
    matched_a, matched_b = ({pair[side] for pair in pairs} for side in (0, 1))
    return Matching(
        pairs,
        tuple(i for i in range(len(a)) if i not in matched_a),
        tuple(j for j in range(len(b)) if j not in matched_b),
    )


@dataclass(frozen=True)
class BetweenWords:
    """One side's weights between the matched words; each row sums to 1 again, or is 0 where nothing was left."""

    weights: Float[np.ndarray, "n_words n_words"]
    allowed: Bool[
        np.ndarray, "n_words n_words"
    ]  # some piece of the query may see some piece of the key
    left_out: Float[np.ndarray, " n_words"]  # the share of each row that went elsewhere
    to_special: Float[np.ndarray, " n_words"]  # of it, to tokens that the model added


def between_words(
    weights: Float[np.ndarray, "n_tokens n_tokens"],
    allowed: Bool[np.ndarray, "n_tokens n_tokens"] | None,
    tokens: Sequence[Span],
    words: Sequence[Span],
    kept: Sequence[int] | None = None,
) -> BetweenWords:
    """The sum over a key's pieces, the mean over a query's (Clark et al. 2019), for the `kept` of all words.

    What goes elsewhere is left out and the rest divided by its sum, so that rows stay comparable. `kept` = None:
    all words. `allowed` = None: every token may see every token. Raises ValueError naming the sizes that don't fit.
    """
    n_tokens = len(tokens)
    if weights.shape != (n_tokens, n_tokens):
        raise ValueError(f"{n_tokens} tokens do not fit weights {weights.shape}")
    may_see = np.ones(weights.shape, dtype=bool) if allowed is None else allowed
    if may_see.shape != weights.shape:
        raise ValueError(f"allowed {may_see.shape} does not fit weights {weights.shape}")
    chosen = list(range(len(words)) if kept is None else kept)
    groups = [tokens_of(word, tokens) for word in words]
    from_words = mean_over_words(weights.astype(np.float64), tokens, [words[i] for i in chosen])
    weights_kept = sum_over_groups(from_words, groups)[:, chosen]
    total = weights_kept.sum(axis=1)
    holds = shares([groups[i] for i in chosen], n_tokens)
    special = np.array([start == end for start, end in tokens], dtype=bool)
    return BetweenWords(
        np.divide(
            weights_kept, total[:, None], out=np.zeros_like(weights_kept), where=total[:, None] > 0
        ),
        (holds @ may_see @ holds.T) > 0,
        from_words.sum(axis=1) - total,
        from_words[:, special].sum(axis=1),
    )
