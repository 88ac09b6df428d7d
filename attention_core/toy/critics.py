"""One sentence and eight heads to look at it with: the literal numbers of the lesson on multi-head attention.

No head has a name. What each of them does is to be measured on the weights that the core computes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from attention_core.heads import Projections
from attention_core.toy.scenario import LARGEST

TABLES = ("W_Q", "W_K", "W_V", "W_O")
D_HEAD = 2
DIMENSIONS = ("being", "size", "action", "pronoun", "trait", "small word", "clock x", "clock y")
D_MODEL = len(DIMENSIONS)

TOKENS = ("The", "dog", "chased", "the", "cat", "because", "it", "was", "hungry")
QUERY = 6  # "it" asks first

# The last two numbers are the word's place, as a clock hand that moves on by one hour (30°) a word.
X = np.array(
    [
        (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.00, 0.00),  # The
        (1.0, 0.8, 0.0, 0.0, 0.0, 0.0, 0.87, 0.50),  # dog
        (0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.50, 0.87),  # chased
        (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.00, 1.00),  # the
        (1.0, 0.3, 0.0, 0.0, 0.0, 0.0, -0.50, 0.87),  # cat
        (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, -0.87, 0.50),  # because
        (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.00, 0.00),  # it
        (0.0, 0.0, 0.5, 0.0, 0.0, 0.5, -0.87, -0.50),  # was
        (0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -0.50, -0.87),  # hungry
    ]
)
X.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Head:
    """One head's own block of each of the four matrices. Compare with `same`.

    The arrays are read-only float64 copies. Raises ValueError in words a reader understands.
    """

    # shapes are left open here, because __post_init__ names a wrong one in words for a reader
    W_Q: Float[np.ndarray, "..."]  # (D_MODEL, D_HEAD), as the next two
    W_K: Float[np.ndarray, "..."]
    W_V: Float[np.ndarray, "..."]
    W_O: Float[np.ndarray, "..."]  # (D_HEAD, D_MODEL)

    def __post_init__(self) -> None:
        for table in TABLES:
            array = np.array(getattr(self, table), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, table, array)
            expected = (D_HEAD, D_MODEL) if table == "W_O" else (D_MODEL, D_HEAD)
            if array.shape != expected:
                raise ValueError(f"{table} of a head is {expected}, got {array.shape}")
            if not (np.abs(array) <= LARGEST).all():  # written so that NaN is bad too
                raise ValueError(
                    f"each cell of {table} needs a number between −{LARGEST:,.0f} and {LARGEST:,.0f}"
                )


def side_by_side(heads: Sequence[Head]) -> Projections:
    """The heads as one layer: W_Q, W_K, W_V with a block of columns for each head, W_O with a block of rows.

    Raises ValueError without any head.
    """
    if not heads:
        raise ValueError("a layer needs at least one head")
    W_Q, W_K, W_V = (
        np.concatenate([getattr(head, table) for head in heads], axis=1) for table in TABLES[:3]
    )
    W_O = np.concatenate([head.W_O for head in heads], axis=0)
    return Projections(W_Q, W_K, W_V, W_O, n_heads=len(heads))


def with_table(
    heads: Sequence[Head], head: int, table: str, values: Float[np.ndarray, "n_rows n_columns"]
) -> tuple[Head, ...]:
    """The heads with one table of one head replaced. Raises ValueError for a head or table that is not there."""
    if table not in TABLES or not 0 <= head < len(heads):
        raise ValueError(f"there is no {table} of head {head} among {len(heads)} heads")
    edited = replace(heads[head], **{table: values})
    return (*heads[:head], edited, *heads[head + 1 :])


def same(a: Sequence[Head], b: Sequence[Head]) -> bool:
    """Whether two layers agree in every cell."""
    return len(a) == len(b) and all(
        np.array_equal(getattr(one, table), getattr(other, table))
        for one, other in zip(a, b, strict=True)
        for table in TABLES
    )


def one_word_each(n_heads: int, n_words: int) -> Float[np.ndarray, "n_heads 1 n_words"]:
    """Made-up weights of one query: head h puts all of it on word h, and begins again after the last word."""
    return np.eye(n_words)[np.arange(n_heads) % n_words][:, None, :]


Pairs = Mapping[str, tuple[float, float]]


def _by_dimension(pairs: Pairs) -> Float[np.ndarray, "d_model d_head"]:
    """A dimension that is not listed has zeros."""
    return np.array([pairs.get(dimension, (0.0, 0.0)) for dimension in DIMENSIONS])


def _head(asks: Pairs, offers: Pairs, hands_over: Pairs, writes: Pairs) -> Head:
    """`writes` is W_O on its side: how each dimension of the output is made of the head's two numbers."""
    return Head(
        W_Q=_by_dimension(asks),
        W_K=_by_dimension(offers),
        W_V=_by_dimension(hands_over),
        W_O=_by_dimension(writes).T,
    )


_KINDS: Pairs = {
    "being": (3.0, 0.0), "pronoun": (3.0, 0.0), "action": (0.0, 3.0),
    "small word": (-3.0, 0.0), "trait": (0.0, -3.0),
}  # fmt: skip
_ANY_KIND: Pairs = dict.fromkeys(("being", "action", "pronoun", "trait", "small word"), (4.0, 0.0))

HEADS: tuple[Head, ...] = (
    _head(
        asks={"pronoun": (3.0, 1.5), "small word": (1.5, 0.0)},  # a being, rather a large one
        offers={"being": (2.0, 0.0), "size": (0.0, 2.0)},
        hands_over={"being": (1.0, 0.0), "size": (0.0, 1.0)},
        writes={"being": (1.0, 0.0), "size": (0.0, 1.0)},
    ),
    _head(  # what happens asks for whom, and the other way round
        asks={"action": (2.5, 0.0), "being": (0.0, 2.5), "trait": (2.5, 0.0)},
        offers={"being": (2.0, 0.0), "size": (0.5, 0.0), "action": (0.0, 2.0)},
        hands_over={"being": (1.0, 0.0), "action": (0.0, 1.0)},
        writes={"being": (0.5, 0.0), "action": (0.0, 0.5)},
    ),
    _head(  # the clock hand, one hour back
        asks={"clock x": (5.2, -3.0), "clock y": (3.0, 5.2)},
        offers={"clock x": (5.0, 0.0), "clock y": (0.0, 5.0)},
        hands_over={"small word": (1.0, 0.0), "action": (0.0, 1.0)},
        writes={"small word": (0.5, 0.0), "action": (0.0, 0.5)},
    ),
    _head(  # the same question as answer, so like finds like
        asks=_KINDS,
        offers=_KINDS,
        hands_over={"being": (1.0, 0.0), "pronoun": (0.0, 1.0)},
        writes={"being": (0.5, 0.0), "pronoun": (0.0, 0.5)},
    ),
    _head(  # one hour on
        asks={"clock x": (5.2, 3.0), "clock y": (-3.0, 5.2)},
        offers={"clock x": (5.0, 0.0), "clock y": (0.0, 5.0)},
        hands_over={"trait": (1.0, 0.0), "being": (0.0, 1.0)},
        writes={"trait": (0.5, 0.0), "being": (0.0, 0.5)},
    ),
    _head(  # a being, rather a small one
        asks={"pronoun": (4.0, -4.0), "trait": (0.0, 3.0)},
        offers={"being": (2.0, 0.0), "size": (0.0, 2.0)},
        hands_over={"being": (1.0, 0.0), "size": (0.0, 1.0)},
        writes={"being": (1.0, 0.0), "size": (0.0, 1.0)},
    ),
    _head(  # the same hour
        asks={"clock x": (6.0, 0.0), "clock y": (0.0, 6.0)},
        offers={"clock x": (5.0, 0.0), "clock y": (0.0, 5.0)},
        hands_over={"clock x": (1.0, 0.0), "clock y": (0.0, 1.0)},
        writes={"clock x": (0.5, 0.0), "clock y": (0.0, 0.5)},
    ),
    _head(  # every kind of word asks for the beginning, which has hardly anything to hand over
        asks=_ANY_KIND,
        offers={"clock x": (6.0, 0.0)},
        hands_over={"small word": (0.1, 0.0)},
        writes={"small word": (1.0, 0.0)},
    ),
)
