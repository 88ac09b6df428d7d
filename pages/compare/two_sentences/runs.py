"""The runs of the model that this page looks at, kept for whoever asks again. The model must be loaded."""

import numpy as np

from attention_core.analysis.words import Span
from attention_core.experiments.two_sentences import (
    mean_cosines,
    states_of_word,
    tokens_of_other_words,
)
from attention_core.pretrained import logit_lens
from attention_core.softmax import softmax
from pages.ui.server import models
from pages.ui.server.cache import cached


@cached(max_entries=128)
def word_states(model_id: str, text: str, word: Span) -> np.ndarray | None:
    """(n_layers + 1, d_model); None where the model has not read the word."""
    places = models.tokenized(model_id, text).places
    return states_of_word(models.hidden_states(model_id, text), places, word)


@cached(max_entries=64)
def between_others(model_id: str, text: str, word: Span, other: str) -> np.ndarray | None:
    """The word's mean cosine with the other words of the `other` text. None where there is no other token."""
    states = word_states(model_id, text, word)
    places = models.tokenized(model_id, other).places
    others = tokens_of_other_words(text[slice(*word)], other, places)
    if states is None or not others:
        return None
    return mean_cosines(states, models.hidden_states(model_id, other)[:, others])


@cached(max_entries=6)
def lens(model_id: str, text: str) -> np.ndarray:
    """(n_layers + 1, n_vocabulary): the logit lens as probabilities; the model must predict the next token."""
    return softmax(logit_lens.logit_lens(text, models.loaded(model_id)))
