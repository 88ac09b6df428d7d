"""One sentence held against a survey: how far its numbers and its order of heads are those of many sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from attention_core.analysis.head_search import best_first
from attention_core.analysis.leave_out import rank_agreement
from attention_core.survey.table import HeadSurvey

N_TOP = 10


@dataclass(frozen=True)
class Against:
    """One statistic of all heads, on one sentence and over many. Arrays are per head, in the survey's order."""

    value: Float[
        np.ndarray, " n_heads"
    ]  # on the sentence; nan where it has no place for the statistic
    mean: Float[np.ndarray, " n_heads"]
    deviation: Float[np.ndarray, " n_heads"]  # from sentence to sentence, in the corpus
    rho: float  # Spearman's: 1 if the heads come in the same order; nan where there is no order
    n_top: int  # how many of the best heads are compared
    n_shared: int  # of them, on the sentence and over many alike

    @property
    def order(self) -> Int[np.ndarray, " n_scored"]:
        """The heads by what they give on the sentence, the most first."""
        return best_first(self.value)

    @property
    def off(self) -> Float[np.ndarray, " n_heads"]:
        """How far the sentence is from the mean, in standard deviations between sentences."""
        known = np.where(self.deviation > 0, self.deviation, np.nan)
        return (self.value - self.mean) / known


def against(value: Float[np.ndarray, " n_heads"], many: HeadSurvey) -> Against:
    """`many` are the rows of one statistic, `value` the same statistic of the same heads on one sentence.

    The deviation is what the standard error was made from: s = error · √n. Raises ValueError for
    another number of heads.
    """
    if len(value) != len(many.mean):
        raise ValueError(f"{len(value)} heads are not the {len(many.mean)} of the survey")
    both = np.isfinite(value) & np.isfinite(many.mean)
    n_top = min(N_TOP, int(both.sum()))
    here, there = (set(best_first(np.where(both, v, np.nan))[:n_top]) for v in (value, many.mean))
    return Against(
        value,
        many.mean,
        many.standard_error * np.sqrt(many.n),
        rank_agreement(value[both], many.mean[both]),
        n_top,
        len(here & there),
    )


def ranks_of(values: Float[np.ndarray, " n_heads"]) -> Int[np.ndarray, " n_heads"]:
    """The place of each head, 1 for the most; 0 where there is no value."""
    ranks = np.zeros(len(values), dtype=np.int64)
    order = best_first(values)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks
