"""What questions are made of: words, small numbers that print exactly, options of which one is right."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from attention_core.attention import AttentionTrace, attention
from attention_core.quiz.question import Choice
from attention_core.quiz.wording import share

T = TypeVar("T")

NOUNS = ("cat", "dog", "owl", "sun", "boat", "tea", "bread", "rain", "lamp", "king", "snow", "bee")
SENTENCES = (
    ("an", "owl", "saw", "the", "mouse"),
    ("my", "dog", "chased", "a", "red", "ball"),
    ("rain", "fell", "on", "the", "old", "roof"),
    ("she", "gave", "him", "a", "cup"),
    ("we", "sailed", "home", "before", "dark"),
)  # no word twice, so that a word names its position
PLACES = ("first", "second", "third")  # what the numbers of a small vector are called

FAINTEST = 0.02  # the smallest weight in a heatmap: two decimals show that it is not 0


def nouns(rng: np.random.Generator, n: int) -> tuple[str, ...]:
    """So many different words."""
    return tuple(str(word) for word in rng.choice(NOUNS, n, replace=False))


def whole(
    rng: np.random.Generator, low: int, high: int, *shape: int
) -> Float[np.ndarray, "*shape"]:
    """Whole numbers from `low` to `high`, both included."""
    return rng.integers(low, high + 1, shape).astype(float)


def tenths(rng: np.random.Generator, n: int) -> Float[np.ndarray, " n"]:
    """Weights that sum to 1, none of them 0, and that one decimal prints exactly."""
    return fractions(rng, n, 10)


def fractions(rng: np.random.Generator, n: int, parts: int) -> Float[np.ndarray, " n"]:
    """Weights that sum to 1, each so many of the `parts` of a whole, and none of them 0."""
    return (1 + rng.multinomial(parts - n, rng.dirichlet(np.ones(n)))) / parts


def draw(make: Callable[[], T], fits: Callable[[T], bool | np.bool]) -> T:
    """The first thing made that fits: what makes a question undecidable is drawn again."""
    while not fits(made := make()):
        pass
    return made


def attend(
    weights: Float[np.ndarray, "n_q n_k"], v: Float[np.ndarray, "n_k d_v"] | None = None
) -> AttentionTrace:
    """The core's own run that has these weights: with the scores ln(weights), softmax gives them back."""
    n_k = weights.shape[1]
    identity = np.eye(n_k)
    return attention(np.log(weights), identity, identity if v is None else v, scale=1.0)


def lead(numbers: Float[np.ndarray, " n"]) -> float:
    """By how much the largest is ahead of the next."""
    second, first = np.sort(numbers)[-2:]
    return float(first - second)


def adds_up(rows: Iterable[Float[np.ndarray, " n"]]) -> bool:
    """Whether the weights of every row sum to 1 as they are printed, each with two decimals."""
    return all(round(sum(float(share(weight)) for weight in row), 2) == 1 for row in rows)


def apart(rows: Sequence[Float[np.ndarray, " n"]], gap: float) -> bool:
    """Whether every two of the rows differ by at least `gap` somewhere."""
    return all(np.abs(a - b).max() >= gap for a, b in combinations(rows, 2))


def choice(rng: np.random.Generator, right: str, wrong: Sequence[str]) -> Choice:
    """The options in an order of their own. Raises ValueError if two of them are the same."""
    options = [right, *wrong]
    if len(set(options)) < len(options):
        raise ValueError(f"two options are the same: {options}")
    shuffled = [options[i] for i in rng.permutation(len(options))]
    return Choice(tuple(shuffled), shuffled.index(right))
