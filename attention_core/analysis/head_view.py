"""A head's weights as a reader wants them shown: token by token or word by word, with or without special tokens.

Each step makes a new view and remembers which of the model's tokens stand behind every row and column,
so that any of them can be found again: nothing is lost but by choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from attention_core.analysis.special_tokens import renormalised, without
from attention_core.analysis.words import Span, merge_words, pieces_by_word

Group = tuple[int, ...]


@dataclass(frozen=True)
class HeadView:
    """Weights from group to group; a group is one token, or the pieces of one word."""

    weights: Float[np.ndarray, "n_rows n_columns"]
    rows: tuple[Group, ...]  # positions of the queries behind each row
    columns: tuple[Group, ...]  # … of the keys behind each column
    blocked: Bool[np.ndarray, "n_rows n_columns"] | None = None

    @property
    def mean_sum(self) -> float:
        """The mean over rows of what the columns shown add up to."""
        return float(self.weights.sum(axis=-1).mean())


def token_view(
    weights: Float[np.ndarray, "n_q n_k"], blocked: Bool[np.ndarray, "n_q n_k"] | None = None
) -> HeadView:
    """The head as it is: each token alone."""
    n_q, n_k = weights.shape
    rows, columns = (tuple((i,) for i in range(n)) for n in (n_q, n_k))
    return HeadView(weights, rows, columns, blocked)


def word_view(view: HeadView, tokens: Sequence[Span], words: Sequence[Span]) -> HeadView:
    """The pieces of each word together, by `merge_words`. `view` is one of tokens.

    A pair of words is blocked where every pair of their pieces is. Raises ValueError if the weights
    are not those of the tokens.
    """
    weights = merge_words(view.weights, tokens, words)
    groups = tuple(tuple(group) for group in pieces_by_word(tokens, words))
    return HeadView(weights, groups, groups, _all_blocked(view.blocked, groups))


def words_only(
    view: HeadView, special_queries: Sequence[bool], special_keys: Sequence[bool]
) -> HeadView:
    """The view without its special tokens; the rows then sum to what the others get."""
    rows = np.array([all(special_queries[i] for i in group) for group in view.rows], dtype=bool)
    columns = np.array([all(special_keys[i] for i in group) for group in view.columns], dtype=bool)
    return HeadView(
        without(view.weights, rows, columns),
        tuple(group for group, gone in zip(view.rows, rows, strict=True) if not gone),
        tuple(group for group, gone in zip(view.columns, columns, strict=True) if not gone),
        None if view.blocked is None else without(view.blocked, rows, columns),
    )


def summing_to_one(view: HeadView) -> HeadView:
    """The view with every row scaled to sum to 1: no longer the weights that the model used."""
    return HeadView(renormalised(view.weights), view.rows, view.columns, view.blocked)


def place_of(position: int, groups: Sequence[Group]) -> int | None:
    """The row or column in which a token is shown; None where it is hidden."""
    return next((i for i, group in enumerate(groups) if position in group), None)


def _all_blocked(
    blocked: Bool[np.ndarray, "n n"] | None, groups: Sequence[Group]
) -> Bool[np.ndarray, "n_groups n_groups"] | None:
    if blocked is None:
        return None
    by_key = np.stack([blocked[:, list(group)].all(axis=-1) for group in groups], axis=-1)
    return np.stack([by_key[list(group)].all(axis=0) for group in groups])


def remaining(view: HeadView, threshold: float) -> tuple[int, int]:
    """How many of the pairs that may attend have at least this weight, and how many such pairs there are."""
    allowed = np.ones(view.weights.shape, bool) if view.blocked is None else ~view.blocked
    return int((allowed & (view.weights >= threshold)).sum()), int(allowed.sum())


def n_allowed(view: HeadView, row: int) -> int:
    """How many of the columns shown a row may attend to."""
    return len(view.columns) if view.blocked is None else int((~view.blocked[row]).sum())
