"""A model's own input vectors of words, each read as inside a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.analysis.words import Span, mean_over_words, tokens_of
from attention_core.pretrained.token import TokenizedText


@dataclass(frozen=True)
class WordVectors:
    """The words that the model has tokens for, with one vector each."""

    names: tuple[str, ...]
    x: np.ndarray  # (n_words, d_model)
    pieces: tuple[tuple[str, ...], ...]  # of each word, its tokens
    unread: tuple[str, ...]  # the words that no token stands for


def in_a_text(words: Sequence[str]) -> tuple[str, list[Span]]:
    """The words as one text, each with a space in front, and where each stands.

    To many models a word at the start of a text is another token.
    """
    ends = np.cumsum([1 + len(word) for word in words]).tolist()
    spans = [(end - len(word), end) for word, end in zip(words, ends, strict=True)]
    return " " + " ".join(words), spans


def word_vectors(words: Sequence[str], text: TokenizedText, x: np.ndarray) -> WordVectors:
    """One vector a word, the mean over its tokens in the text of `in_a_text`; `x` holds a row for each token.

    Raises ValueError if no token stands for any of the words.
    """
    _, spans = in_a_text(words)
    of_word = [[text.tokens[i].text for i in tokens_of(span, text.places)] for span in spans]
    read = [i for i, pieces in enumerate(of_word) if pieces]
    return WordVectors(
        names=tuple(words[i] for i in read),
        x=mean_over_words(x, text.places, [spans[i] for i in read]),
        pieces=tuple(tuple(of_word[i]) for i in read),
        unread=tuple(word for word, pieces in zip(words, of_word, strict=True) if not pieces),
    )
