"""Tasks to fill in by hand: the softmax of one row, step by step, and a heatmap with holes. Answers come from the core."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from attention_core.attention import attention
from attention_core.quiz.material import PLACES, attend, draw, lead, nouns, tenths, whole
from attention_core.quiz.question import Role, Table
from attention_core.quiz.wording import fixed

D_HEAD = 4  # √d is 2, so that nobody needs a root
N_KEYS = 3
N_WORDS = 4
LARGEST_SCORE = 8  # exp of half of it is the largest number to write down


@dataclass(frozen=True, eq=False)
class Blanks:
    """A table of which the reader fills in the cells that are not `given`. Raises ValueError if sizes differ."""

    title: str
    texts: tuple[tuple[str, ...], ...]  # every cell as it is written
    given: Bool[np.ndarray, "n_rows n_columns"]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    shades: Float[np.ndarray, "n_rows n_columns"] | None = None  # of a heatmap: how dark, 0…1
    role: Role | None = None

    def __post_init__(self) -> None:
        written = (len(self.texts), *{len(row) for row in self.texts})
        if not written == self.given.shape == (len(self.rows), len(self.columns)):
            raise ValueError(
                f"{written} texts, {self.given.shape} marks, {len(self.rows)} rows and "
                f"{len(self.columns)} columns don't fit"
            )


@dataclass(frozen=True, eq=False)
class Task:
    """What to do, what is given, and the table to fill in."""

    title: str
    prompt: str
    shown: tuple[Table, ...]
    blanks: Blanks


def make_tasks(seed: int) -> tuple[Task, ...]:
    """Both tasks of this seed, drawn apart from its quiz. Raises ValueError for a seed below 0."""
    rng = np.random.default_rng((seed, len("worksheet")))
    return softmax_by_hand(rng), holes_in_a_heatmap(rng)


def softmax_by_hand(rng: np.random.Generator) -> Task:
    """softmax(q kᵀ / √d) of one query, in the order in which it is computed."""
    names = nouns(rng, N_KEYS + 1)
    q, k = draw(
        lambda: (whole(rng, -1, 2, 1, D_HEAD), whole(rng, -1, 2, N_KEYS, D_HEAD)),
        lambda pair: _is_worth_the_work((pair[0] @ pair[1].T)[0]),
    )
    trace = attention(q, k, k)
    exps = np.exp(trace.scaled_scores[0])  # as in the formula; the core subtracts the largest first
    steps = np.stack([trace.scores[0], trace.scaled_scores[0], exps, trace.weights[0]], axis=1)
    texts = [(fixed(s, 0), fixed(scaled, 1), fixed(e, 2), fixed(w, 2)) for s, scaled, e, w in steps]
    total = ("–", "–", fixed(exps.sum(), 2), fixed(trace.weights.sum(), 2))
    given = np.zeros((N_KEYS + 1, len(total)), dtype=bool)
    given[-1, :2] = True  # no sum of scores is needed
    places = (*PLACES, "fourth")
    return Task(
        "Softmax by hand",
        f"“{names[0]}” asks three words. Work out its :violet[**weights**]: "
        ":blue[**q**] · :orange[**k**], divided by √d, then exp, then each exp divided by the sum.",
        (
            Table(f":blue[**q**] of “{names[0]}”", q, (names[0],), places, "query"),
            Table(":orange[**k**]", k, names[1:], places, "key"),
        ),
        Blanks(
            "Fill in",
            (*texts, total),
            given,
            (*names[1:], "sum"),
            ("q · k", f"÷ √{D_HEAD}", "exp", ":violet[weight]"),
        ),
    )


def holes_in_a_heatmap(rng: np.random.Generator) -> Task:
    """Each row of weights adds up to 1, so one missing weight in a row is known."""
    names = nouns(rng, N_WORDS)
    weights = attend(np.stack([tenths(rng, N_WORDS) for _ in names])).weights
    given = np.ones(weights.shape, dtype=bool)
    given[np.arange(N_WORDS), rng.permutation(N_WORDS)] = False
    texts = tuple(tuple(fixed(w, 1) for w in row) for row in weights)
    return Task(
        "A heatmap with holes",
        "Rows ask, columns offer. Fill in the missing :violet[**weights**]. "
        "Then shade every cell: the larger its weight, the darker.",
        (),
        Blanks("Attention weights", texts, given, names, names, weights, "weights"),
    )


def _is_worth_the_work(scores: Float[np.ndarray, " n_k"]) -> bool:
    """A clear winner, no two the same, and no number that is too long to write."""
    return bool(
        lead(scores) >= 1
        and len(np.unique(scores)) == len(scores)
        and np.abs(scores).max() <= LARGEST_SCORE
    )
