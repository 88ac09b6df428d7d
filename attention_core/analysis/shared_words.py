"""Which words two sentences share, and one row of attention in each, matched by them.

It knows where words stand, not what they mean: two words are the same if they are spelt the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from attention_core.analysis.words import Span, shares, tokens_of


@dataclass(frozen=True)
class Matched:
    """What one key gets in two sentences: a word of both, a token the model adds to both, or one of one sentence."""

    name: str
    first: float | None  # the weight in the first sentence; None where it is not in it
    second: float | None

    @property
    def difference(self) -> float | None:
        """second − first; None where there is nothing to compare."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first


def shared_words(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int]]:
    """(position in the first, position in the second) of each word in both, in the order of the first.

    Upper and lower case are the same. A word that comes several times is matched first with first,
    second with second; what is left over is shared by nobody.
    """
    places: dict[str, list[int]] = {}
    for j, word in enumerate(second):
        places.setdefault(word.casefold(), []).append(j)
    pairs = []
    for i, word in enumerate(first):
        if places.get(word.casefold()):
            pairs.append((i, places[word.casefold()].pop(0)))
    return pairs


def first_after_a_difference(
    first: Sequence[str], second: Sequence[str], pairs: Sequence[tuple[int, int]]
) -> int:
    """Which of `pairs` comes first after the words begin to differ: the first that another context can reach.

    The first pair where there is none. Raises ValueError without pairs.
    """
    if not pairs:
        raise ValueError("the sentences share no word")
    same = [a.casefold() == b.casefold() for a, b in zip(first, second, strict=False)]
    begin = same.index(False) if False in same else min(len(first), len(second))
    return next((n for n, (i, _) in enumerate(pairs) if i >= begin), 0)


def in_its_place(sentence: str, word: Span, other: str) -> str:
    """The sentence with another word in the place of one of its own: the frame keeps all else as it is."""
    return sentence[: word[0]] + other + sentence[word[1] :]


def matched_rows(
    rows: tuple[Float[np.ndarray, " n_first"], Float[np.ndarray, " n_second"]],
    tokens: tuple[Sequence[str], Sequence[str]],
    places: tuple[Sequence[Span], Sequence[Span]],
    words: tuple[Sequence[Span], Sequence[Span]],
    pairs: Sequence[tuple[int, int]],
) -> list[Matched]:
    """One row of weights in each sentence, key by key: what both have first, then what only one has.

    The weight of a word is the sum over its pieces; a token of several words is shared among them. Tokens of no
    word ([CLS], a space) are matched by their text. Each sentence's weights still sum to 1. A key that is nan, being masked, stays nan. Raises ValueError if sizes do not fit.
    """
    for row, names, where in zip(rows, tokens, places, strict=True):
        if not len(row) == len(names) == len(where):
            raise ValueError(f"{len(row)} weights for {len(names)} tokens at {len(where)} places")
    first, second = (_by_word(*part) for part in zip(rows, tokens, places, words, strict=True))
    partner: dict[Key, Key] = {("word", i, 0): ("word", j, 0) for i, j in pairs}
    both, only_first, taken = [], [], set()
    for key, (name, weight) in first.items():
        other = partner.get(key, key)
        if other in second and (key in partner or key[0] != "word"):
            taken.add(other)
            both.append(Matched(name, weight, second[other][1]))
        else:
            only_first.append(Matched(name, weight, None))
    only_second = [Matched(n, None, w) for key, (n, w) in second.items() if key not in taken]
    return [*both, *only_first, *only_second]


Key = tuple[
    str, int | str, int
]  # ("word", its position, 0) or ("token", its text, how many before)


def _by_word(
    row: np.ndarray, tokens: Sequence[str], places: Sequence[Span], words: Sequence[Span]
) -> dict[Key, tuple[str, float]]:
    """What each word gets, and each token of no word, told apart by how often it came before."""
    found: dict[Key, tuple[str, float]] = {}
    share = shares([tokens_of(word, places) for word in words], len(row))
    for i, (weight, token) in enumerate(zip(row.tolist(), tokens, strict=True)):
        n = sum(1 for each in found if each[:2] == ("token", token))
        parts: dict[Key, float] = {
            ("word", word, 0): float(share[word, i])
            for word in np.flatnonzero(share[:, i]).tolist()
        }
        for key, part in (parts or {("token", token, n): 1.0}).items():
            name, before = found.get(key, ("", 0.0))
            found[key] = (name + token, before + part * weight)
    return found
