"""A quiz: one question about every idea and a few more, all made from one seed."""

from collections.abc import Callable

import numpy as np

from attention_core.quiz import asking, heads, masks, rows, shares, vectors
from attention_core.quiz.question import Question

LENGTH = 12

# every kind of question, idea by idea in the order of the lessons
KINDS: tuple[tuple[Callable[[np.random.Generator], Question], ...], ...] = (
    (vectors.nearest_word,),
    (vectors.dot_product, vectors.angle_between, vectors.scaled_score, vectors.root_left_out),
    (shares.weight_of_a_key, shares.constant_added, shares.scores_stretched, shares.second_softmax),
    (asking.projected, asking.asked_back),
    (asking.winning_key, asking.weighted_sum, asking.largest_part),
    (rows.heatmap_read, rows.impossible_row, rows.which_way),
    (heads.word_in_pieces, heads.pieces_ask),
    (masks.visible_keys, masks.masked_too_late, masks.masked_in_time,
     masks.even_causal_weights, masks.shuffled),
    (heads.average_of_heads, heads.concatenated),
)  # fmt: skip


def make_quiz(seed: int) -> tuple[Question, ...]:
    """Twelve questions of twelve kinds, in the order of the lessons; the same seed, the same questions.

    Raises ValueError for a seed below 0.
    """
    rng = np.random.default_rng(seed)
    chosen = {idea[int(rng.integers(len(idea)))] for idea in KINDS}
    rest = [kind for idea in KINDS for kind in idea if kind not in chosen]
    chosen |= {rest[i] for i in rng.permutation(len(rest))[: LENGTH - len(chosen)]}
    return tuple(kind(rng) for idea in KINDS for kind in idea if kind in chosen)
