"""Questions about heatmaps: read a row, find the row that cannot be, find out which way it is drawn."""

import numpy as np

from attention_core.analysis.rows import check_rows
from attention_core.attention import attention
from attention_core.quiz.material import (
    FAINTEST,
    adds_up,
    attend,
    choice,
    draw,
    lead,
    nouns,
    tenths,
    whole,
)
from attention_core.quiz.question import Question, Table
from attention_core.quiz.wording import number, share

LESSON = "heatmaps"
AXES = ("the rows", "the columns", "either will do", "neither can be")


def heatmap_read(rng: np.random.Generator) -> Question:
    """Along the row: whom does it ask? Down the column: who asks it?"""
    names = nouns(rng, 4)
    asked = int(rng.integers(4))
    forwards = bool(rng.integers(2))

    def weights_of(qk: np.ndarray) -> np.ndarray:
        return attention(qk[0], qk[1], qk[1]).weights

    def decidable(weights: np.ndarray) -> bool:
        row, column = weights[asked], weights[:, asked]
        clear = min(lead(row), lead(column)) >= 0.08 and weights.min() >= FAINTEST
        return bool(clear and row.argmax() != column.argmax()) and adds_up(weights)

    weights = draw(lambda: weights_of(whole(rng, -1, 2, 2, 4, 3)), decidable)
    seen = weights[asked] if forwards else weights[:, asked]
    best = int(seen.argmax())
    prompt = (
        f"Which word does “{names[asked]}” attend to most?"
        if forwards
        else f"Which word attends to “{names[asked]}” most?"
    )
    where = "row" if forwards else "column"
    return Question(
        "reading a heatmap",
        LESSON,
        prompt,
        (Table("Attention weights", weights, names, names, "weights", 2, heatmap=True),),
        choice(rng, names[best], [name for name in names if name != names[best]]),
        f"Rows ask, columns offer. In the **{where}** of “{names[asked]}” the largest weight is "
        f"{share(seen[best])}, {'in the column' if forwards else 'in the row'} of “{names[best]}”.",
    )


def impossible_row(rng: np.random.Generator) -> Question:
    """A row must add up to 1, and no weight is below 0."""
    names = nouns(rng, 4)
    weights = attend(np.stack([tenths(rng, 4) for _ in names])).weights
    broken = int(rng.integers(4))
    cell, other = rng.permutation(4)[:2].tolist()
    below_zero = bool(rng.integers(2))
    printed = weights.copy()
    if below_zero:  # the row still adds up to 1
        printed[broken, other] += printed[broken, cell] + 0.1
        printed[broken, cell] = -0.1
    else:
        # more than four rounded weights can be off
        printed[broken, cell] += 0.1 * float(rng.integers(3, 5))
    impossible = ~check_rows(printed, decimals=1).may_be_rounded | (printed < 0).any(axis=1)
    found = int(np.flatnonzero(impossible).item())
    return Question(
        "the impossible row",
        LESSON,
        "One of these rows cannot be attention weights. Which?",
        (Table("Printed somewhere", printed, names, names, "weights", 1, heatmap=True),),
        choice(rng, names[found], [name for name in names if name != names[found]]),
        f"The row of “{names[found]}” adds up to {number(printed[found].sum())}"
        + (", but it has a number below 0: a share of attention cannot be negative."
           if below_zero else ", more than rounding can explain; the other rows add up to 1, "
           "as shares of one whole must."),
    )  # fmt: skip


def which_way(rng: np.random.Generator) -> Question:
    """Weights add up to 1 along the keys: so which side are the queries?"""
    names = nouns(rng, 4)
    weights = draw(
        lambda: attend(np.stack([tenths(rng, 4) for _ in names])).weights,
        lambda weights: (np.abs(weights.sum(axis=0) - 1) > 0.15).sum() >= 2,
    )
    transposed = bool(rng.integers(2))
    printed = weights.T if transposed else weights
    rows, columns = (
        ", ".join(number(total) for total in printed.sum(axis=axis)) for axis in (1, 0)
    )
    right = AXES[int(transposed)]
    return Question(
        "which side asks",
        LESSON,
        "This heatmap has lost its titles. Which are the :blue[**queries**]?",
        (Table("Attention weights", printed, names, names, "weights", 1, True, ("word", "word")),),
        choice(rng, right, [side for side in AXES if side != right]),
        f"A query's weights add up to 1. Sums of the rows: {rows}. Sums of the columns: {columns}. "
        f"So **{right}** ask.",
    )
