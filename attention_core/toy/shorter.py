"""A toy sentence with one word less: the same numbers for all that stay."""

from dataclasses import replace

import numpy as np

from attention_core.toy.scenario import Scenario


def without_token(scenario: Scenario, pos: int) -> Scenario:
    """The scenario without one token: its text with the space after it (else before), its span, its row of x.

    The query stays the same word; where that is the one left out, it is the word that takes its place.
    Raises ValueError for a position that is not there, and for the only token.
    """
    n_tokens = len(scenario.spans)
    if not 0 <= pos < n_tokens:
        raise ValueError(f"the sentence has {n_tokens} tokens: there is no token {pos}")
    if n_tokens == 1:
        raise ValueError("the only token cannot be left out: the sentence needs at least one")
    start, end = _with_space(scenario.sentence, *scenario.spans[pos])
    gone = end - start
    later = tuple((first - gone, last - gone) for first, last in scenario.spans[pos + 1 :])
    query = scenario.query - (scenario.query > pos)
    return replace(
        scenario,
        sentence=scenario.sentence[:start] + scenario.sentence[end:],
        spans=(*scenario.spans[:pos], *later),
        x=np.delete(scenario.x, pos, axis=0),
        query=min(query, n_tokens - 2),
    )


def _with_space(sentence: str, start: int, end: int) -> tuple[int, int]:
    """The span with the white space that would else be left double, or at the end."""
    after = len(sentence[end:]) - len(sentence[end:].lstrip())
    before = start - len(sentence[:start].rstrip())
    is_last = end + after == len(sentence)
    if is_last:
        return start - before, len(sentence)
    return (start, end + after) if before or start == 0 else (start, end)
