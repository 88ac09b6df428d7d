"""The runs of the model that this page looks at, kept for whoever asks again. The model must be loaded."""

from __future__ import annotations

import numpy as np

from attention_core.analysis.words import Span, tokens_of
from attention_core.pretrained import logit_lens
from attention_core.softmax import softmax
from attention_core.toy.words import word_spans
from attention_core.vectors import cosine, cosine_table
from pages.ui.server import models
from pages.ui.server.cache import cached


@cached(max_entries=128)
def word_states(model_id: str, text: str, word: Span) -> np.ndarray | None:
    """(n_layers + 1, d_model) at the word's last token: in a causal model the one that has seen all of it.

    None where the model has not read the word.
    """
    pieces = tokens_of(word, models.tokenized(model_id, text).places)
    if not pieces:
        return None
    kept = models.hidden_states(model_id, text)[:, pieces[-1]].copy()
    kept.setflags(write=False)
    return kept


@cached(max_entries=64)
def between_others(model_id: str, text: str, word: Span, other: str) -> np.ndarray | None:
    """The word's cosine with every other token of the `other` text, averaged, before and after each layer.

    Tokens that are spelt like the word are left out. None where no other token is left.
    """
    states = word_states(model_id, text, word)
    if states is None:
        return None
    name = text[slice(*word)].casefold()
    places = models.tokenized(model_id, other).places
    same = {
        i
        for span in word_spans(other)
        if other[slice(*span)].casefold() == name
        for i in tokens_of(span, places)
    }
    others = [i for i in range(len(places)) if i not in same]
    if not others:
        return None
    theirs = models.hidden_states(model_id, other)[:, others]
    return np.array(
        [
            np.nanmean(cosine_table(np.concatenate([own[None], layer]))[0, 1:])
            for own, layer in zip(states, theirs, strict=True)
        ]
    )


def cosines(a: np.ndarray | None, b: np.ndarray | None) -> np.ndarray | None:
    """The cosine of two words' vectors before and after each layer; None where one was not read."""
    if a is None or b is None:
        return None
    return np.array([cosine(x, y) for x, y in zip(a, b, strict=True)])


@cached(max_entries=6)
def lens(model_id: str, text: str) -> np.ndarray:
    """(n_layers + 1, n_vocabulary): the logit lens as probabilities; the model must predict the next token."""
    found = softmax(logit_lens.logit_lens(text, models.loaded(model_id)))
    found.setflags(write=False)
    return found
