"""Which of a model's tokens belong to which word of the sentence, by their places in the text."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

Span = tuple[int, int]


def tokens_of(word: Span, tokens: Sequence[Span]) -> list[int]:
    """Positions of the tokens that share a character with the word, in order."""
    start, end = word
    return [i for i, (first, last) in enumerate(tokens) if first < end and start < last]


def word_of(token: Span, words: Sequence[Span]) -> int | None:
    """Position of the word that the token belongs to; None for a token the model added."""
    start, end = token
    return next((i for i, (first, last) in enumerate(words) if first < end and start < last), None)


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
    pieces = np.zeros((len(words), len(tokens)))
    for i, word in enumerate(words):
        pieces[i, tokens_of(word, tokens)] = 1
    n_pieces = np.maximum(pieces.sum(axis=1, keepdims=True), 1)
    return (pieces / n_pieces) @ weights @ pieces.T


def sum_over_words(
    row: Float[np.ndarray, " n_tokens"], tokens: Sequence[Span], words: Sequence[Span]
) -> Float[np.ndarray, " n_words"]:
    """One number per word: the sum over its tokens, 0 for a word that lost them all to a cut."""
    return np.array([row[tokens_of(word, tokens)].sum() for word in words], dtype=row.dtype)
