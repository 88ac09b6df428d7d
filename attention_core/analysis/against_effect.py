"""Attention and a measured effect in the same units: one number for each word that can be left out."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from attention_core.analysis.words import Span, pieces_by_word

Group = tuple[int, ...]  # the positions of one word's tokens


def words_of_tokens(
    tokens: Sequence[Span], words: Sequence[Span], is_special: Sequence[bool]
) -> list[Group]:
    """The tokens of each word together, in the order of the text; those that the model added are no words."""
    groups = pieces_by_word(tokens, words)
    return [tuple(group) for group in groups if not is_special[group[0]]]


def can_be_left_out(
    groups: Sequence[Group], q_pos: int, *, asking_goes: bool, causal: bool
) -> list[Group]:
    """The words whose absence says something of the result at token `q_pos`.

    The word that holds it counts only where `asking_goes`, that is where the result exists without it;
    under a `causal` mask later words cannot have an effect, and would only add ties.
    """
    return [
        group
        for group in groups
        if (asking_goes or q_pos not in group) and not (causal and group[0] > q_pos)
    ]


def nearest(groups: Sequence[Group], q_pos: int, n: int) -> list[Group]:
    """The n words nearest to a token, in the order of the text: chosen by place, so that no measure is favoured."""
    by_distance = sorted(groups, key=lambda group: min(abs(place - q_pos) for place in group))
    return sorted(by_distance[:n])


def word_sums(
    row: Float[np.ndarray, " n_tokens"], groups: Sequence[Group]
) -> Float[np.ndarray, " n_words"]:
    """What each word gets of a row: the sum over its tokens."""
    return np.array([row[list(group)].sum() for group in groups], dtype=row.dtype)
