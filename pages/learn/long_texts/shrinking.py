"""Lesson 11: how far a new block shrinks what was summed up before it: r, with its numbers."""

import numpy as np

from attention_core.analysis.online import OnlineStep
from pages.ui.widgets.wording import factor, number

NOTHING_BEFORE = "This query has seen no key before: its top is −∞, and exp(−∞) is exactly 0."
NO_SCORE_YET = "So far, this query may see no key: the top stays −∞, the total stays 0."


def r_in_words(step: OnlineStep) -> str:
    """r with its numbers; before the first key that counts there is no largest score, which is −∞."""
    rule = "r = exp( top before − top now )"
    if np.isneginf(step.top):
        return f"{rule}. {NO_SCORE_YET}"
    numbers = f"{rule} = exp( {number(step.top_before)} − {factor(step.top)} ) = "
    if np.isneginf(step.top_before):
        return f"{numbers}**0**. {NOTHING_BEFORE}"
    return f"{numbers}**{number(step.shrink)}**"
