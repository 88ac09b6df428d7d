"""Every kind of question answered once more, as a reader would: from the printed prompt and tables, in plain NumPy.

Nothing of the core or of the quiz is used, so an answer that agrees is right and can be decided from the page.
"""

import re
from collections.abc import Callable

import numpy as np

from attention_core.quiz.question import Question, Table

Solver = Callable[[Question], float | str]  # a number, or the text of an option


def printed(table: Table) -> np.ndarray:
    """The numbers as they stand on the page."""
    return np.array([[float(text.replace("−", "-")) for text in row] for row in table.texts])


def quoted(question: Question) -> list[str]:
    return re.findall("“(.+?)”", question.prompt)


def whole_numbers(question: Question) -> list[int]:
    return [int(found.replace("−", "-")) for found in re.findall(r"[−-]?\d+", question.prompt)]


def softmax(scores: np.ndarray) -> np.ndarray:
    return np.exp(scores) / np.exp(scores).sum()


def row_in_words(names, weights) -> str:
    return " · ".join(
        f"{name}\u00a0{weight:.2f}" for name, weight in zip(names, weights, strict=True)
    )


def moved(before: float, after: float) -> str:
    if np.isclose(before, after):
        return "it stays the same"
    return "it grows" if after > before else "it shrinks"


def nearest_word(question: Question) -> str:
    (table,) = question.shown
    x = printed(table)
    cosines = x[1:] @ x[0] / np.linalg.norm(x[1:], axis=1) / np.linalg.norm(x[0])
    assert quoted(question) == [table.rows[0]]
    return table.rows[1 + cosines.argmax()]


def dot_product(question: Question) -> float:
    q, k = printed(question.shown[0])
    return sum(a * b for a, b in zip(q, k, strict=True))


def angle_between(question: Question) -> str:
    (ax, ay), (bx, by) = printed(question.shown[0])
    degrees = abs(np.degrees(np.arctan2(ax * by - ay * bx, ax * bx + ay * by)))
    if np.isclose(degrees, 90):
        return "exactly 90°"
    return "smaller than 90°" if degrees < 90 else "larger than 90°"


def scaled_score(question: Question) -> float:
    d, score = whole_numbers(question)
    return score / np.sqrt(d)


def root_left_out(question: Question) -> str:
    (table,) = question.shown
    scores, scaled, weights = printed(table).T
    d = int(re.search(r"d = (\d+)", table.title)[1])
    assert np.allclose(scores / np.sqrt(d), scaled, atol=0.005)
    assert np.allclose(softmax(scaled), weights, atol=0.01)
    return row_in_words(table.rows, softmax(scores))


def weight_of_a_key(question: Question) -> float:
    (table,) = question.shown
    scores, exps = printed(table).T
    assert np.allclose(np.exp(scores), exps, atol=0.005)
    weights = np.round(exps, 2) / np.round(exps, 2).sum()
    return round(weights[table.rows.index(quoted(question)[0])], 2)


def constant_added(question: Question) -> str:
    (table,) = question.shown
    scores, weights = printed(table).T
    (constant,) = whole_numbers(question)
    *other, asked = (table.rows.index(word) for word in quoted(question))
    where = [other[0]] if other else slice(None)
    assert ("every" in question.prompt) == (not other)
    after = scores.copy()
    after[where] += constant
    assert np.allclose(softmax(scores), weights, atol=0.005)
    return moved(softmax(scores)[asked], softmax(after)[asked])


def scores_stretched(question: Question) -> str:
    (table,) = question.shown
    scores, weights = printed(table).T
    (asked,) = (table.rows.index(word) for word in quoted(question))
    extreme = weights.max() if "largest" in question.prompt else weights.min()
    assert weights[asked] == extreme and np.count_nonzero(weights == extreme) == 1
    times = 2 if "doubled" in question.prompt else 1 / 2
    return moved(softmax(scores)[asked], softmax(times * scores)[asked])


def second_softmax(question: Question) -> str:
    (table,) = question.shown
    return row_in_words(table.columns, softmax(printed(table)[0]))


def projected(question: Question) -> float:
    x, W_Q = (printed(table) for table in question.shown)
    column = ("first", "second").index(re.search(r"\*\*(first|second)\*\*", question.prompt)[1])
    return float((x @ W_Q)[0, column])


def asked_back(question: Question) -> str:
    q, k = (printed(table) for table in question.shown)
    first, second, asks, offers = quoted(question)
    assert (asks, offers) == (second, first)
    a, b = (question.shown[0].rows.index(word) for word in (first, second))
    assert whole_numbers(question) == [q[a] @ k[b]]
    return f"{q[b] @ k[a]:.0f}".replace("-", "−")


def winning_key(question: Question) -> str:
    q, k = (printed(table) for table in question.shown)
    return question.shown[1].rows[softmax(k @ q[0] / np.sqrt(3)).argmax()]


def weighted_sum(question: Question) -> float:
    weights, v = (printed(table) for table in question.shown)
    assert np.isclose(weights.sum(), 1)
    column = ("first", "second").index(re.search(r"\*\*(first|second)\*\*", question.prompt)[1])
    return float((weights @ v)[0, column])


def largest_part(question: Question) -> str:
    (table,) = question.shown
    weights, v = printed(table).T
    assert np.isclose(weights.sum(), 1)
    return table.rows[(weights * v).argmax()]


def heatmap_read(question: Question) -> str:
    (table,) = question.shown
    weights = printed(table)
    assert np.allclose(weights.sum(axis=1), 1, atol=0.021)
    (word,) = quoted(question)
    asked = table.rows.index(word)
    seen = weights[asked] if question.prompt.startswith("Which word does") else weights[:, asked]
    assert np.count_nonzero(seen == seen.max()) == 1
    return table.rows[seen.argmax()]


def impossible_row(question: Question) -> str:
    (table,) = question.shown
    possible = [np.isclose(row.sum(), 1) and (row >= 0).all() for row in printed(table)]
    assert possible.count(False) == 1
    return table.rows[possible.index(False)]


def which_way(question: Question) -> str:
    (table,) = question.shown
    weights = printed(table)
    rows, columns = (np.allclose(weights.sum(axis=axis), 1) for axis in (1, 0))
    return {
        (True, False): "the rows",
        (False, True): "the columns",
        (True, True): "either will do",
        (False, False): "neither can be",
    }[rows, columns]


def visible_keys(question: Question) -> str:
    sentence, asks = quoted(question)
    words = sentence.split()
    assert words.count(asks) == 1
    return ", ".join(words[: words.index(asks) + 1])


def masked_too_late(question: Question) -> float:
    (table,) = question.shown
    hidden = quoted(question)
    return sum(w for w, name in zip(*_row(table), strict=True) if name not in hidden)


def masked_in_time(question: Question) -> float:
    (table,) = question.shown
    *hidden, asked = quoted(question)
    weights, names = _row(table)
    scores = np.log(weights)
    scores[[name in hidden for name in names]] = -np.inf
    return float(softmax(scores)[names.index(asked)])


def even_causal_weights(question: Question) -> float:
    sentence, asks, offers = quoted(question)
    words = sentence.split()
    assert words.index(offers) <= words.index(asks)
    return 1 / (words.index(asks) + 1)


def shuffled(question: Question) -> str:
    (table,) = question.shown
    weights, names = _row(table)
    now = quoted(question)[1].split()
    return row_in_words(now, [weights[names.index(word)] for word in now])


def average_of_heads(question: Question) -> str:
    (table,) = question.shown
    weights = printed(table)
    average = weights.sum(axis=0)
    assert table.columns[average.argmax()] not in [table.columns[row.argmax()] for row in weights]
    return table.columns[average.argmax()]


def concatenated(question: Question) -> float:
    n_heads, _, d_v = whole_numbers(question)
    return n_heads * d_v


def word_in_pieces(question: Question) -> float:
    (table,) = question.shown
    first, second, asks = quoted(question)
    assert asks == table.columns[0]
    weights, names = _row(table)
    return weights[names.index(first)] + weights[names.index(second)]


def pieces_ask(question: Question) -> float:
    (table,) = question.shown
    first, second, offers = quoted(question)
    assert table.rows == (first, second)
    return float(printed(table)[:, table.columns.index(offers)].mean())


def _row(table: Table) -> tuple[np.ndarray, list[str]]:
    return printed(table)[0], list(table.columns)


SOLVERS: dict[str, Solver] = {
    "nearest embedding": nearest_word,
    "dot product": dot_product,
    "angle between vectors": angle_between,
    "scaled score": scaled_score,
    "√d left out": root_left_out,
    "weight from scores": weight_of_a_key,
    "a constant added": constant_added,
    "scores stretched": scores_stretched,
    "a second softmax": second_softmax,
    "through W_Q": projected,
    "asked the other way": asked_back,
    "the key that wins": winning_key,
    "weighted sum": weighted_sum,
    "who adds most": largest_part,
    "reading a heatmap": heatmap_read,
    "the impossible row": impossible_row,
    "which side asks": which_way,
    "what a causal query sees": visible_keys,
    "mask after softmax": masked_too_late,
    "mask before softmax": masked_in_time,
    "even weights under a mask": even_causal_weights,
    "shuffled words": shuffled,
    "average over heads": average_of_heads,
    "heads side by side": concatenated,
    "a word in pieces": word_in_pieces,
    "pieces that ask": pieces_ask,
}
