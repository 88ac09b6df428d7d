"""Questions about masks and order: who sees whom, and what a mask at the wrong place does."""

import numpy as np

from attention_core.analysis.masking import even_weights, mask_after_softmax
from attention_core.attention import attention
from attention_core.masks import causal_mask
from attention_core.quiz.material import (
    FAINTEST,
    SENTENCES,
    adds_up,
    apart,
    attend,
    choice,
    draw,
    lead,
    nouns,
    tenths,
    whole,
)  # fmt: skip
from attention_core.quiz.question import Number, Question, Table
from attention_core.quiz.wording import named_shares, number, share

LESSON = "masks-and-order"


def visible_keys(rng: np.random.Generator) -> Question:
    """Causal: itself and what came before."""
    words, q_pos = _sentence_and_query(rng)
    n = len(words)
    seen = causal_mask(n)[q_pos]
    right = [words[i] for i in np.flatnonzero(seen)]
    wrong = (words[:q_pos], words[q_pos:], words)
    return Question(
        "what a causal query sees",
        LESSON,
        f"A causal model reads “{' '.join(words)}”. Which words may “{words[q_pos]}” attend to?",
        (),
        choice(rng, ", ".join(right), [", ".join(option) for option in wrong]),
        f"A causal mask leaves a query itself and what came before: {seen.sum()} of {n} words here. "
        "What comes later is hidden from it.",
    )


def masked_too_late(rng: np.random.Generator) -> Question:
    """Zeros after the softmax: the row no longer adds up to 1."""
    names, weights, mask = _row_with_hidden_keys(rng)
    left = mask_after_softmax(attend(weights), mask).sum().item()
    kept = " + ".join(number(w) for w in weights[mask])
    return Question(
        "mask after softmax",
        LESSON,
        f"{_hidden(names, mask)} should be hidden. Someone writes 0 over their weights **after** the "
        "softmax. What does the row add up to then?",
        (Table("Weights without a mask", weights, ("weight",), names, "weights", 1),),
        Number(left),
        f"Only {kept} = **{number(left)}** is left, not 1. The mask must come before the softmax.",
    )


def masked_in_time(rng: np.random.Generator) -> Question:
    """−∞ before the softmax: what is left keeps its proportions and adds up to 1."""
    names, weights, mask = _row_with_hidden_keys(rng)
    unmasked = attend(weights)
    masked = attention(unmasked.q, unmasked.k, unmasked.v, mask, scale=unmasked.scale).weights[0]
    asked = int(rng.integers(mask.sum()))
    kept = " + ".join(number(w) for w in weights[mask])
    return Question(
        "mask before softmax",
        LESSON,
        f"{_hidden(names, mask)} should be hidden: their scores become −∞ **before** the softmax. "
        f"What weight does “{names[asked]}” have then?",
        (Table("Weights without a mask", weights, ("weight",), names, "weights", 1),),
        Number(float(masked[asked])),
        "The others keep their proportions and share the whole: "
        f"{number(weights[0, asked])} / ({kept}) = **{share(masked[asked])}**.",
    )


def even_causal_weights(rng: np.random.Generator) -> Question:
    """All scores equal: each key that the query sees gets the same."""
    words, q_pos = _sentence_and_query(rng)
    n = len(words)
    weights = even_weights(n, n, causal_mask(n))
    return Question(
        "even weights under a mask",
        LESSON,
        f"A causal model reads “{' '.join(words)}”, and all its scores are 0. "
        f"What weight does “{words[q_pos]}” give to “{words[0]}”?",
        (),
        Number(float(weights[q_pos, 0])),
        f"“{words[q_pos]}” sees {q_pos + 1} words, itself included, and equal scores mean equal "
        f"shares: 1/{q_pos + 1} = **{share(weights[q_pos, 0])}**.",
    )


def shuffled(rng: np.random.Generator) -> Question:
    """Without positions and mask, a weight moves with its word."""
    names = nouns(rng, 4)
    query = int(rng.integers(4))

    def rows(drawn: tuple[np.ndarray, np.ndarray]) -> list[np.ndarray]:
        """In the new order; as if the weights stayed at their places, as if they turned round; even."""
        x, order = drawn
        before = attention(x, x, x).weights[query]
        now = attention(x[[query]], x[order], x[order]).weights[0]
        return [now, before, before[::-1].copy(), np.full(4, 1 / 4)]

    _, order = drawn = draw(
        lambda: (whole(rng, -2, 2, 4, 3), rng.permutation(4)),
        lambda drawn: (
            rows(drawn)[0].min() >= FAINTEST
            and apart(rows(drawn), gap=0.08)
            and adds_up(rows(drawn))
        ),
    )
    right, *wrong = rows(drawn)
    before = wrong[0]
    now = [names[i] for i in order]
    return Question(
        "shuffled words",
        LESSON,
        f"Without positions and mask, “{names[query]}” has these weights. The words are now put in "
        f"the order “{' '.join(now)}”. What are its weights?",
        (Table(f"Weights of “{names[query]}”", before[None], ("weight",), names, "weights", 2),),
        choice(rng, named_shares(now, right), [named_shares(now, row) for row in wrong]),
        "Scores come from the words alone, so each weight moves along with its word. "
        "To notice the order, a model needs positions or a mask.",
    )


def _sentence_and_query(rng: np.random.Generator) -> tuple[tuple[str, ...], int]:
    """A sentence and a word of it that is neither the first nor the last."""
    words = SENTENCES[int(rng.integers(len(SENTENCES)))]
    return words, int(rng.integers(1, len(words) - 1))


def _row_with_hidden_keys(
    rng: np.random.Generator,
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Words, one row of weights over them, and a mask that hides the last two."""
    mask = np.array([[True, True, False, False]])
    weights = draw(lambda: tenths(rng, 4)[None], lambda weights: lead(weights[mask]) > 0)
    return nouns(rng, 4), weights, mask


def _hidden(names: tuple[str, ...], mask: np.ndarray) -> str:
    first, second = (names[i] for i in np.flatnonzero(~mask[0]))
    return f"“{first}” and “{second}”"
