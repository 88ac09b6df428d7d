"""Questions about lists of numbers: which are alike, what their dot product is, and why it is divided by √d."""

import numpy as np

from attention_core.attention import attention
from attention_core.quiz.material import PLACES, adds_up, apart, choice, draw, lead, nouns, whole
from attention_core.quiz.question import Number, Question, Table
from attention_core.quiz.wording import factor, named_shares, number, products, share
from attention_core.softmax import softmax
from attention_core.vectors import angle, cosine_table

SIZES = (4, 16, 64)  # d with a whole root


def nearest_word(rng: np.random.Generator) -> Question:
    """Which of three embeddings makes the smallest angle with a given one?"""
    names = nouns(rng, 4)
    x = draw(
        lambda: whole(rng, 0, 9, 4, 3) / 10,
        lambda x: x.any(axis=1).all() and lead(cosine_table(x)[0, 1:]) >= 0.2,
    )
    cosines = cosine_table(x)[0, 1:]
    best = int(cosines.argmax())
    others = names[1:]
    return Question(
        "nearest embedding",
        "embeddings",
        f"Which word points most nearly the same way as “{names[0]}”?",
        (Table("Embeddings", x, names, PLACES, decimals=1),),
        choice(rng, others[best], [name for name in others if name != others[best]]),
        f"The same way means a large cosine. With “{names[0]}”: "
        f"{named_shares(others, cosines)}. Long or short does not matter, only the direction.",
    )


def dot_product(rng: np.random.Generator) -> Question:
    """Multiply pair by pair, add up."""
    q, k = draw(lambda: whole(rng, -5, 5, 2, 3), lambda pair: bool(pair.all()))
    score = attention(q[None], k[None], k[None]).scores.item()
    return Question(
        "dot product",
        "dot-product",
        "What is the dot product :blue[**q**] · :orange[**k**]?",
        (Table("Two vectors", np.stack([q, k]), (":blue[**q**]", ":orange[**k**]"), PLACES),),
        Number(score),
        f"Multiply pair by pair and add up: {products(q, k)} = **{number(score)}**.",
    )


def angle_between(rng: np.random.Generator) -> Question:
    """The sign of a dot product says whether the angle is below, at or above 90°."""
    sign = int(rng.integers(-1, 2))
    a, b = draw(
        lambda: whole(rng, -4, 4, 2, 2),
        lambda pair: bool(pair.all()) and np.sign(pair[0] @ pair[1]) == sign,
    )
    sizes = ("smaller than 90°", "exactly 90°", "larger than 90°")
    right = sizes[1 - sign]
    return Question(
        "angle between vectors",
        "dot-product",
        "The angle between **a** and **b** is …",
        (Table("Two vectors", np.stack([a, b]), ("**a**", "**b**"), PLACES[:2]),),
        choice(rng, right, [size for size in sizes if size != right]),
        f"a · b = {products(a, b)} = {number(a @ b)}. Above 0 the angle is smaller than 90°, at 0 it "
        f"is a right angle, below 0 it is larger. Here it is {angle(a, b):.0f}°.",
    )


def scaled_score(rng: np.random.Generator) -> Question:
    """Divide by √d."""
    d = int(rng.choice(SIZES))
    score = 2 * float(rng.integers(1, 13)) * float(rng.choice([-1, 1]))
    q, k = score * np.eye(1, d), np.eye(1, d)
    scaled = attention(q, k, k).scaled_scores.item()
    return Question(
        "scaled score",
        "dot-product",
        f":blue[**q**] and :orange[**k**] have {d} numbers each, and q · k = {number(score)}. "
        "What is the score after it was scaled?",
        (),
        Number(scaled),
        f"Scores are divided by √d = √{d} = {number(d**0.5)}: "
        f"{factor(score)} / {number(d**0.5)} = **{number(scaled)}**.",
    )


def root_left_out(rng: np.random.Generator) -> Question:
    """Without ÷ √d the softmax sharpens: which row comes out?"""
    names = nouns(rng, 3)
    d = int(rng.choice(SIZES[1:]))
    root = d**0.5

    def rows(scores: np.ndarray) -> list[np.ndarray]:
        """Without the root; with it; with it twice; and the first in a wrong order."""
        return [softmax(scores), *(softmax(scores / root**n) for n in (1, 2)), softmax(-scores)]

    scores = draw(
        lambda: whole(rng, -3, 12, 3),
        lambda scores: (
            lead(scores) >= 1 and apart(rows(scores), gap=0.05) and adds_up(rows(scores))
        ),
    )
    unscaled, scaled, *wrong = rows(scores)
    steps = np.stack([scores, scores / root, scaled], axis=1)
    top = int(scores.argmax())
    return Question(
        "√d left out",
        "dot-product",
        "These :violet[weights] were made with ÷ √d. What are they if ÷ √d is left out?",
        (Table(f"One query, d = {d}", steps, names, ("q · k", f"÷ √{d}", "weight"), decimals=2),),
        choice(rng, *(named_shares(names, unscaled), [named_shares(names, w) for w in (scaled, *wrong)])),
        f"The scores then lie {number(root)} times as far apart, so the largest takes more: "
        f"“{names[top]}” goes from {share(scaled[top])} to **{share(unscaled[top])}**.",
    )  # fmt: skip
