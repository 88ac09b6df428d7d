"""Which of a model's tokens belong to which word of the sentence, by their places in the text.

One token may span several words: SmolLM2 reads `!"` as one. Every file follows the same rule. Rows are averaged:
a word asks with each token that it shares a character with. Columns are added: n words that share a token get
1/n of its column each (`shares`). So every row of words sums to what the rows of its tokens sum to, and no
weight counts twice. Where tokens are put together rather than words told apart (`pieces_by_word`), a token
stays whole and belongs to the first of its words.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

Span = tuple[int, int]


def tokens_of(word: Span, tokens: Sequence[Span]) -> list[int]:
    """Positions of the tokens that share a character with the word, in order."""
    start, end = word
    return [i for i, (first, last) in enumerate(tokens) if max(start, first) < min(end, last)]


def word_of(token: Span, words: Sequence[Span]) -> int | None:
    """Position of the word that the token belongs to; None for a token the model added."""
    found = tokens_of(token, words)
    return found[0] if found else None


def shares(
    groups: Sequence[Sequence[int]], n_tokens: int
) -> Float[np.ndarray, "n_groups n_tokens"]:
    """How much of each token belongs to each group: 1, or 1/n where n groups hold it, or 0. Columns sum to 1 or 0."""
    holds = np.zeros((len(groups), n_tokens))
    for i, group in enumerate(groups):
        holds[i, list(group)] = 1
    return holds / np.maximum(holds.sum(axis=0), 1)


def sum_over_groups(
    weights: Float[np.ndarray, "*rows n_tokens"], groups: Sequence[Sequence[int]]
) -> Float[np.ndarray, "*rows n_groups"]:
    """The columns of each group added up, shared ones by their `shares`; 0 for a group without tokens."""
    share = shares(groups, weights.shape[-1]).astype(weights.dtype)
    sums = np.zeros((*weights.shape[:-1], len(groups)), dtype=weights.dtype)
    for i, group in enumerate(groups):
        tokens = list(group)
        sums[..., i] = (weights[..., tokens] * share[i, tokens]).sum(axis=-1)
    return sums


def mean_over_words(
    vectors: Float[np.ndarray, "n_tokens d"], tokens: Sequence[Span], words: Sequence[Span]
) -> Float[np.ndarray, "n_words d"]:
    """One vector per word: the mean over its tokens. A word that lost all its tokens to a cut gets zeros."""
    means = np.zeros((len(words), vectors.shape[1]), dtype=vectors.dtype)
    for i, word in enumerate(words):
        pieces = tokens_of(word, tokens)
        if pieces:
            means[i] = vectors[pieces].mean(axis=0)
    return means


def pieces_by_word(tokens: Sequence[Span], words: Sequence[Span]) -> list[list[int]]:
    """Neighbouring tokens of one word together, every other token alone: the rows that `merge_words` makes.

    Tokens that the model added ([CLS]) and tokens of no word here stay, each on its own.
    """
    groups: list[list[int]] = []
    word_before: int | None = None
    for i, token in enumerate(tokens):
        word = word_of(token, words)
        if word is not None and word == word_before:
            groups[-1].append(i)
        else:
            groups.append([i])
        word_before = word
    return groups


def brightest(
    row: Float[np.ndarray, " n_tokens"], tokens: Sequence[Span], words: Sequence[Span]
) -> list[int]:
    """Where most of a row goes: argmax over g of Σ_{k ∈ g} w_k, with the groups g of `pieces_by_word`.

    So the tokens of a word count together, and a token that the model added ([CLS]) counts too, alone.
    """
    groups = pieces_by_word(tokens, words)
    return groups[int(sum_over_groups(row, groups).argmax())]


def merge_words(
    weights: Float[np.ndarray, "*heads n_tokens n_tokens"],
    tokens: Sequence[Span],
    words: Sequence[Span],
) -> Float[np.ndarray, "*heads n_groups n_groups"]:
    """Weights from word to word: the sum over a key's pieces, the mean over a query's (Clark et al. 2019).

    What a word gets is all that its pieces get; what it asks is what they ask on average. So each row
    still sums to 1. Rows and columns are those of `pieces_by_word`. Raises ValueError if the weights
    are not those of the tokens.
    """
    if weights.shape[-2:] != (len(tokens), len(tokens)):
        raise ValueError(f"{len(tokens)} tokens do not fit weights {weights.shape}")
    groups = pieces_by_word(tokens, words)
    by_key = np.stack([weights[..., group].sum(axis=-1) for group in groups], axis=-1)
    return np.stack([by_key[..., group, :].mean(axis=-2) for group in groups], axis=-2)


def weights_between_words(
    weights: Float[np.ndarray, "n_tokens n_tokens"], tokens: Sequence[Span], words: Sequence[Span]
) -> Float[np.ndarray, "n_words n_words"]:
    """`merge_words` for words alone, in their order: the sum over a key's pieces, the mean over a query's.

    What goes to tokens of no word ([CLS], [SEP]) is left out, so a row may sum to less than 1.
    A word that lost all its tokens to a cut has a row and a column of zeros.
    """
    by_key = sum_over_groups(weights, [tokens_of(word, tokens) for word in words])
    return mean_over_words(by_key, tokens, words)


def sum_over_words(
    row: Float[np.ndarray, " n_tokens"],
    tokens: Sequence[Span],
    words: Sequence[Span],
) -> Float[np.ndarray, " n_words"]:
    """One number per word: the sum over its tokens, 0 for a word that lost them all to a cut.

    Hand in all words of the text: a token is shared among those that are named.
    """
    return sum_over_groups(row, [tokens_of(word, tokens) for word in words])
