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
