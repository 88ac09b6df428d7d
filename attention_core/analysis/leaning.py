"""Which of two nouns a pronoun is taken for, in one number: positive for the noun that is meant, 0 for both alike."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from attention_core.analysis.effects import log_probabilities
from attention_core.vectors import cosine


def leaning_of_prediction(
    logits: Float[np.ndarray, " n_vocabulary"], wanted: int, rival: int
) -> float:
    """log₂ p(wanted) / p(rival), in bits: 1 where the wanted token is twice as likely as the other."""
    logs = log_probabilities(logits)
    return float((logs[wanted] - logs[rival]) / np.log(2))


def leaning_of_vectors(
    states: Float[np.ndarray, "n_tokens d_model"],
    pronoun: Sequence[int],
    noun: Sequence[int],
    rival: Sequence[int],
) -> float:
    """cos(pronoun, noun) − cos(pronoun, rival), each the mean vector of its tokens (positions). nan for a vector of zeros."""
    asks, meant, other = (states[list(places)].mean(axis=0) for places in (pronoun, noun, rival))
    return cosine(asks, meant) - cosine(asks, other)
