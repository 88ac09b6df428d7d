"""A table of a survey that nobody ran."""

import numpy as np

from attention_core.survey.measure import NAMES
from attention_core.survey.table import (
    HeadSurvey,
)


def made_up(n_layers: int = 2, n_heads: int = 3) -> HeadSurvey:
    """A survey of random numbers, in which no sentence has a place for the second statistic."""
    size = len(NAMES) * n_layers * n_heads
    rng, n = np.random.default_rng(0), np.full(size, 10)
    n[n_layers * n_heads : 2 * n_layers * n_heads] = 0
    mean, error, even, untrained = (np.where(n > 0, rng.random(size), np.nan) for _ in range(4))
    return HeadSurvey(
        np.repeat(np.array(NAMES, dtype=object), n_layers * n_heads),
        np.tile(np.repeat(np.arange(n_layers), n_heads), len(NAMES)),
        np.tile(np.arange(n_heads), n_layers * len(NAMES)),
        mean, error, n, even, untrained,
        {"format": 1, "model": "M", "corpus": "c", "date": "2026", "n_sentences": 10, "n_tokens": 99},
    )  # fmt: skip
