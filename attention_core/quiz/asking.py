"""Questions about query, key and value: who asks whom, who wins, and what is handed over."""

import numpy as np

from attention_core.attention import attention
from attention_core.heads import Projections, project
from attention_core.quiz.material import PLACES, attend, choice, draw, lead, nouns, tenths, whole
from attention_core.quiz.question import Number, Question, Table
from attention_core.quiz.wording import number, products

QKV, STEPS = "query-key-value", "self-attention"


def projected(rng: np.random.Generator) -> Question:
    """One number of q = x W_Q: a row of x with a column of W_Q."""
    column = int(rng.integers(2))
    x, W_Q = draw(
        lambda: (whole(rng, -2, 3, 1, 3), whole(rng, -2, 2, 3, 2)),
        lambda pair: bool(pair[0].all()) and np.count_nonzero(pair[1][:, column]) >= 2,
    )
    q, _, _ = project(x, Projections(W_Q, W_Q, W_Q, W_O=W_Q.T))
    asked = float(q[0, 0, column])
    return Question(
        "through W_Q",
        QKV,
        f":blue[**q**] = x W_Q. What is the **{PLACES[column]}** number of :blue[**q**]?",
        (Table("Embedding", x, ("x",), PLACES),
         Table(":blue[W_Q]", W_Q, PLACES, PLACES[:2], "query")),
        Number(asked),
        f"x with the {PLACES[column]} column of W_Q: {products(x[0], W_Q[:, column])} = "
        f"**{number(asked)}**.",
    )  # fmt: skip


def asked_back(rng: np.random.Generator) -> Question:
    """Attention is not symmetric: a asks b is another product than b asks a."""
    a, b = names = nouns(rng, 2)
    q, k = draw(
        lambda: whole(rng, -3, 4, 2, 2, 2),
        lambda pair: len(np.unique(pair[0] @ pair[1].T)) == 4,
    )
    scores = attention(q, k, k).scores
    right, *wrong = scores[[1, 0, 0, 1], [0, 1, 0, 1]].tolist()
    return Question(
        "asked the other way",
        QKV,
        f"When “{a}” asks “{b}”, the score is {number(scores[0, 1])}. "
        f"What is the score when “{b}” asks “{a}”?",
        (Table(":blue[**q**] what each asks", q, names, PLACES[:2], "query"),
         Table(":orange[**k**] what each offers", k, names, PLACES[:2], "key")),
        choice(rng, number(right), [number(score) for score in wrong]),
        f"Now “{b}” hands in its :blue[query] and “{a}” its :orange[key]: {products(q[1], k[0])} = "
        f"**{number(right)}**. Queries and keys come from different matrices, so the two differ.",
    )  # fmt: skip


def winning_key(rng: np.random.Generator) -> Question:
    """The largest q·k gets the largest weight."""
    names = nouns(rng, 4)
    q, k = draw(
        lambda: (whole(rng, -2, 3, 1, 3), whole(rng, -2, 3, 4, 3)),
        lambda pair: bool(pair[0].all()) and lead((pair[0] @ pair[1].T)[0]) >= 2,
    )
    trace = attention(q, k, k)
    best = int(trace.weights[0].argmax())
    scores = " · ".join(
        f"{name} {number(s)}" for name, s in zip(names, trace.scores[0], strict=True)
    )
    return Question(
        "the key that wins",
        STEPS,
        "Which key gets the largest :violet[**weight**] from this query?",
        (Table(":blue[**q**]", q, ("query",), PLACES, "query"),
         Table(":orange[**k**]", k, names, PLACES, "key")),
        choice(rng, names[best], [name for name in names if name != names[best]]),
        f"The one with the largest score q · k: {scores}. Scaling and softmax keep the order.",
    )  # fmt: skip


def weighted_sum(rng: np.random.Generator) -> Question:
    """output = weights · values, one number of it."""
    names = nouns(rng, 3)
    column = int(rng.integers(2))
    weights = draw(lambda: tenths(rng, 3)[None], lambda weights: lead(weights[0]) > 0)
    v = draw(lambda: whole(rng, -5, 10, 3, 2), lambda v: np.count_nonzero(v[:, column]) >= 2)
    output = float(attend(weights, v).context[0, column])
    return Question(
        "weighted sum",
        STEPS,
        f"What is the **{PLACES[column]}** number of this query's :red[**output**]?",
        (Table(":violet[**weights**]", weights, ("weight",), names, "weights", 1),
         Table(":green[**v**]", v, names, PLACES[:2], "value")),
        Number(output),
        f"Each value counts as much as its weight says: {products(weights[0], v[:, column])} = "
        f"**{number(output)}**.",
    )  # fmt: skip


def largest_part(rng: np.random.Generator) -> Question:
    """A large weight on a small value adds little."""
    names = nouns(rng, 3)

    def parts(pair: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        return pair[0] * pair[1]

    weights, v = pair = draw(
        lambda: (tenths(rng, 3), whole(rng, 0, 9, 3)),
        lambda pair: (
            lead(pair[0]) >= 0.1
            and lead(parts(pair)) >= 0.3
            and parts(pair).argmax() != pair[0].argmax()
            and np.count_nonzero(pair[1]) >= 2
        ),
    )
    best, top = int(parts(pair).argmax()), int(weights.argmax())
    listed = " · ".join(f"{name} {number(p)}" for name, p in zip(names, parts(pair), strict=True))
    return Question(
        "who adds most",
        STEPS,
        "Here each value is a single number. Which word adds most to the :red[**output**]?",
        (Table("Weights and values", np.stack([weights, v], axis=1), names,
               (":violet[weight]", ":green[v]"), decimals=1),),
        choice(rng, names[best], [name for name in names if name != names[best]]),
        f"Weight times value: {listed}. “{names[top]}” has the largest weight, but a smaller value.",
    )  # fmt: skip
