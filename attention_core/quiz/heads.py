"""Questions about many heads, and about words that a model cuts into several tokens."""

import numpy as np

from attention_core.analysis.words import Span, merge_words
from attention_core.heads import merge_heads
from attention_core.quiz.material import adds_up, attend, choice, draw, lead, nouns, tenths
from attention_core.quiz.question import Number, Question, Table
from attention_core.quiz.wording import named_shares, number

MANY, READING = "multi-head", "heatmaps"
SPLIT = (("fluff", "y"), ("un", "fair"), ("play", "ing"), ("kind", "ness"), ("cross", "ed"))


def average_of_heads(rng: np.random.Generator) -> Question:
    """The average can favour a key that is no head's favourite."""
    names = nouns(rng, 4)

    def liked_second_best_by_both() -> np.ndarray:
        """Shares in twentieths: each head's favourite gets little from the other head."""
        second, low = rng.integers(7, 9, 2), rng.integers(1, 3, (2, 2))
        first = 20 - second - low.sum(axis=1)
        rows = (second[0], first[0], *low[0]), (second[1], low[1, 0], first[1], low[1, 1])
        return np.array(rows)[:, rng.permutation(4)] / 20

    drawn = draw(
        liked_second_best_by_both,
        lambda rows: min(map(lead, rows)) > 0.04 and adds_up([rows.mean(axis=0)]),
    )
    weights = attend(drawn).weights
    average = weights.mean(axis=0)
    best = int(average.argmax())
    return Question(
        "average over heads",
        MANY,
        "Two heads look at the same words. Which word has the largest weight **on average**?",
        (Table("Weights of one query", weights, ("head 0", "head 1"), names, "weights", 2),),
        choice(rng, names[best], [name for name in names if name != names[best]]),
        f"The averages: {named_shares(names, average)}. Yet neither head looks at "
        f"“{names[best]}” most: an average over heads shows what no head does.",
    )


def concatenated(rng: np.random.Generator) -> Question:
    """Heads are put side by side, not added."""
    n_heads, d_v = int(rng.integers(2, 13)), int(rng.choice([4, 5, 8, 10, 16]))
    n_tokens = int(rng.integers(4, 9))
    merged = merge_heads(np.zeros((n_heads, n_tokens, d_v)))
    return Question(
        "heads side by side",
        MANY,
        f"{n_heads} heads read {n_tokens} words. For each word, each head makes {d_v} numbers. "
        "How many numbers has **one** word after the heads are put side by side?",
        (),
        Number(float(merged.shape[1])),
        f"Side by side means one after the other: {n_heads} · {d_v} = **{merged.shape[1]}** "
        "numbers for each word. W_O then mixes them.",
    )


def word_in_pieces(rng: np.random.Generator) -> Question:
    """What the pieces of a key get is added."""
    names, weights, tokens, words = _sentence_in_pieces(rng)
    total = float(merge_words(weights, tokens, words)[0, 1])
    return Question(
        "a word in pieces",
        READING,
        f"The model cuts one word into the tokens “{names[1]}” and “{names[2]}”. "
        f"How much of its weight does “{names[0]}” give to that **word**?",
        (Table(f"Weights of “{names[0]}”", weights[[0]], ("weight",), names, "weights", 1),),
        Number(total),
        f"What the pieces get is added: {number(weights[0, 1])} + {number(weights[0, 2])} = "
        f"**{number(total)}**.",
    )


def pieces_ask(rng: np.random.Generator) -> Question:
    """What the pieces of a query give is averaged."""
    names, weights, tokens, words = _sentence_in_pieces(rng)
    mean = float(merge_words(weights, tokens, words)[1, 0])
    return Question(
        "pieces that ask",
        READING,
        f"The model cuts one word into the tokens “{names[1]}” and “{names[2]}”; both ask. "
        f"What weight does the **word** give to “{names[0]}”, so that its row still adds up to 1?",
        (Table("Weights of both pieces", weights[1:3], names[1:3], names, "weights", 1),),
        Number(mean),
        f"Two rows become one by their average: ({number(weights[1, 0])} + {number(weights[2, 0])}) "
        f"/ 2 = **{number(mean)}**. Their sum would make a row that adds up to 2.",
    )


def _sentence_in_pieces(
    rng: np.random.Generator,
) -> tuple[tuple[str, ...], np.ndarray, list[Span], list[Span]]:
    """Four tokens, their weights, their places in the text, and those of its three words."""
    first, last = nouns(rng, 2)
    names = (first, *SPLIT[int(rng.integers(len(SPLIT)))], last)
    weights = attend(np.stack([tenths(rng, 4) for _ in names])).weights
    return names, weights, [(0, 1), (2, 3), (3, 4), (5, 6)], [(0, 1), (2, 4), (5, 6)]
