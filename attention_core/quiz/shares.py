"""Questions about softmax: how scores become weights, and what moves them."""

import numpy as np

from attention_core.analysis.mistakes import twice
from attention_core.quiz.material import adds_up, apart, choice, draw, fractions, lead, nouns, whole
from attention_core.quiz.question import Choice, Number, Question, Table
from attention_core.quiz.wording import fixed, named_shares, share
from attention_core.softmax import softmax, softmax_steps

LESSON = "softmax"
SEEN = 0.02  # a change that shows in two decimals for sure
CHANGES = ("it grows", "it stays the same", "it shrinks")


def weight_of_a_key(rng: np.random.Generator) -> Question:
    """exp of one score, divided by the sum of all."""
    names = nouns(rng, 3)
    scores = draw(lambda: whole(rng, 0, 5, 3) / 2, lambda scores: lead(scores) > 0)
    steps = softmax_steps(scores)
    exps = np.exp(scores)  # as in the formula; the core subtracts the largest score first
    asked = int(rng.integers(3))
    total = " + ".join(fixed(e, 2) for e in exps)
    return Question(
        "weight from scores",
        LESSON,
        f"What :violet[**weight**] does “{names[asked]}” get?",
        (Table("Scores of one query", np.stack([scores, exps], axis=1), names,
               ("score", "exp(score)"), decimals=2),),
        Number(float(steps.weights[asked])),
        f"Its exp, divided by the sum of all: {fixed(exps[asked], 2)} / ({total}) = "
        f"**{share(steps.weights[asked])}**.",
    )  # fmt: skip


def constant_added(rng: np.random.Generator) -> Question:
    """Only differences between scores count."""
    names = nouns(rng, 3)
    constant = float(rng.integers(1, 4))
    asked, other, _ = rng.permutation(3).tolist()
    where, to_whom = {
        0: (np.ones(3), "**every** score"),
        1: (np.eye(3)[other], f"the score of “{names[other]}” **only**"),
        2: (np.eye(3)[asked], f"the score of “{names[asked]}” **only**"),
    }[int(rng.integers(3))]

    def change(scores: np.ndarray) -> float:
        return float((softmax(scores + constant * where) - softmax(scores))[asked])

    scores = draw(
        lambda: whole(rng, 0, 6, 3) / 2,
        lambda scores: (where.all() or abs(change(scores)) >= SEEN) and adds_up([softmax(scores)]),
    )
    before, after = softmax(scores), softmax(scores + constant * where)
    return Question(
        "a constant added",
        LESSON,
        f"{constant:.0f} is added to {to_whom}. What happens to the weight of “{names[asked]}”?",
        (_scores_and_weights(names, scores),),
        _change(rng, 0.0 if where.all() else change(scores)),
        f"It was {share(before[asked])} and is **{share(after[asked])}**. "
        "Softmax sees only the differences between the scores.",
    )


def scores_stretched(rng: np.random.Generator) -> Question:
    """Doubled scores sharpen, halved ones flatten."""
    names = nouns(rng, 3)
    times, said = ((2.0, "doubled"), (0.5, "halved"))[int(rng.integers(2))]
    largest = bool(rng.integers(2))

    def position(scores: np.ndarray) -> int:
        return int(scores.argmax() if largest else scores.argmin())

    def change(scores: np.ndarray) -> float:
        return float((softmax(scores * times) - softmax(scores))[position(scores)])

    scores = draw(
        lambda: whole(rng, 0, 8, 3) / 2,
        lambda scores: (
            lead(scores) > 0
            and lead(-scores) > 0
            and abs(change(scores)) >= SEEN
            and adds_up([softmax(scores)])
        ),
    )
    asked = position(scores)
    before, after = softmax(scores), softmax(scores * times)
    return Question(
        "scores stretched",
        LESSON,
        f"All scores are {said}. What happens to the "
        f"{'largest' if largest else 'smallest'} weight, that of “{names[asked]}”?",
        (_scores_and_weights(names, scores),),
        _change(rng, change(scores)),
        f"It was {share(before[asked])} and is **{share(after[asked])}**. Scores further apart make "
        "the large weights larger and the small ones smaller; scores closer together even them out.",
    )


def second_softmax(rng: np.random.Generator) -> Question:
    """Softmax of weights: all between 0 and 1, so nearly even."""
    names = nouns(rng, 3)

    def rows(weights: np.ndarray) -> list[np.ndarray]:
        """Twice; once; sharper; and the first in reverse."""
        scores = np.log(weights)
        return [twice(scores), weights, softmax(2 * scores), twice(-scores)]

    weights = draw(
        lambda: fractions(rng, 3, 50),
        lambda weights: (
            lead(weights) >= 0.2 and apart(rows(weights), gap=0.05) and adds_up(rows(weights))
        ),
    )
    right, *wrong = rows(weights)
    top = int(weights.argmax())
    return Question(
        "a second softmax",
        LESSON,
        "By mistake, softmax is applied to these :violet[weights] **once more**. What comes out?",
        (Table("Weights of one query", weights[None], ("weight",), names, "weights", 2),),
        choice(rng, named_shares(names, right), [named_shares(names, row) for row in wrong]),
        "Weights lie between 0 and 1: as scores that is close together, so they are evened out. "
        f"“{names[top]}” falls from {share(weights[top])} to **{share(right[top])}**, "
        "though the order stays.",
    )


def _scores_and_weights(names: tuple[str, ...], scores: np.ndarray) -> Table:
    both = np.stack([scores, softmax(scores)], axis=1)
    return Table("Scores of one query", both, names, ("score", "weight"), decimals=2)


def _change(rng: np.random.Generator, change: float) -> Choice:
    right = CHANGES[1 - int(np.sign(change))]
    return choice(rng, right, [text for text in CHANGES if text != right])
