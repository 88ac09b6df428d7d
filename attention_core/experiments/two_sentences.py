"""One word in two sentences: its vectors through the layers, and how alike two of them are."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from attention_core.analysis.shared_words import Matched
from attention_core.analysis.words import Span, tokens_of
from attention_core.heads import of_head
from attention_core.pretrained.layers import Capture
from attention_core.toy.words import word_spans
from attention_core.vectors import cosine, cosine_table

States = Float[np.ndarray, "n_layers_passed n_tokens d_model"]
WordStates = Float[np.ndarray, "n_layers_passed d_model"]


def states_of_word(states: States, places: Sequence[Span], word: Span) -> WordStates | None:
    """The vectors of the word's last token, which in a causal model has seen all of the word.

    `states` are those before the first layer and after each. None where the model has not read the word.
    """
    pieces = tokens_of(word, places)
    return states[:, pieces[-1]].copy() if pieces else None


def tokens_of_other_words(name: str, text: str, places: Sequence[Span]) -> list[int]:
    """The tokens of a text that are no part of a word spelt like `name`, in upper or lower case."""
    same = {
        i
        for start, end in word_spans(text)
        if text[start:end].casefold() == name.casefold()
        for i in tokens_of((start, end), places)
    }
    return [i for i in range(len(places)) if i not in same]


def mean_cosines(word: WordStates, others: States) -> Float[np.ndarray, " n_layers_passed"]:
    """The word's cosine with every other token, averaged, before the first layer and after each."""
    return np.array(
        [
            np.nanmean(cosine_table(np.concatenate([own[None], layer]))[0, 1:])
            for own, layer in zip(word, others, strict=True)
        ]
    )


def cosines(
    a: WordStates | None, b: WordStates | None
) -> Float[np.ndarray, " n_layers_passed"] | None:
    """The cosine of two words' vectors before the first layer and after each; None where one was not read."""
    if a is None or b is None:
        return None
    return np.array([cosine(x, y) for x, y in zip(a, b, strict=True)])


def layers_until_final(probabilities: Float[np.ndarray, "n_layers_passed n_vocabulary"]) -> int:
    """After how many layers the likeliest token is the final one, and remains it."""
    best = probabilities.argmax(axis=1)
    other = np.flatnonzero(best != best[-1])
    return int(other[-1]) + 1 if len(other) else 0


def row_of_word(
    weights: Float[np.ndarray, "n_heads n_q n_k"],
    capture: Capture,
    layer: int,
    head: int,
    word: Span,
) -> Float[np.ndarray, " n_k"] | None:
    """The weights of the word's last token, NaN where the mask forbids the key. None where it was not read."""
    pieces = tokens_of(word, capture.places)
    if not pieces:
        return None
    mask = of_head(capture.layers[layer].mask, head)
    row = weights[head, pieces[-1]]
    return row if mask is None else np.where(mask[pieces[-1]], row, np.nan)


def numbered(matched: Sequence[Matched]) -> list[str]:
    """The name of each key; one that comes more than once also gets its number, from 1."""
    names = [each.name for each in matched]
    return [
        f"{name} ({names[: i + 1].count(name)})" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    ]


def likeliest_of_both(
    first: Float[np.ndarray, " n_vocabulary"], second: Float[np.ndarray, " n_vocabulary"], n: int
) -> list[int]:
    """The n likeliest tokens of either, the largest probability first."""
    found = {int(i) for p in (first, second) for i in np.argsort(-p, kind="stable")[:n]}
    return sorted(found, key=lambda i: (-max(first[i], second[i]), i))
