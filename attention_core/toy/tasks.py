"""Three tasks that only attention can solve: short sequences of words, what is asked of them, where the answer stands.

Nothing learns here; `learner` reads the sequences, and `training` draws them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from itertools import product

import numpy as np
from jaxtyping import Bool, Float, Int

N_TRAINING, N_HELD_OUT = 192, 64  # sequences; no sequence is in both
N_DRAWN = 2048  # among which there are enough different ones
MARK = "★"
NOT_ASKED = -1

THINGS = ("sun", "moon", "tree", "fish", "lamp", "book", "rain", "door")
NOUNS_OF = {
    "he": ("king", "boy"),
    "she": ("queen", "girl"),
    "it": ("cat", "dog"),
    "they": ("birds", "children"),
}
PRONOUN_OF = {noun: pronoun for pronoun, nouns in NOUNS_OF.items() for noun in nouns}
NOUNS = tuple(PRONOUN_OF)
ENDINGS = ("left", "slept")


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences of one task. Every array leads with one axis for the sequences, all of the same length."""

    tokens: Int[np.ndarray, "n n_tokens"]  # which of the task's words
    marked: Bool[np.ndarray, "n n_tokens"]
    asked: Bool[np.ndarray, "n n_tokens"]  # the queries that must answer
    target: Int[np.ndarray, "n n_tokens"]  # the word to answer; NOT_ASKED elsewhere
    intended: Int[
        np.ndarray, "n n_tokens"
    ]  # k_pos of the token that has the answer; NOT_ASKED elsewhere

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, rows: Int[np.ndarray, " n_rows"] | slice) -> "Sequences":
        return Sequences(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Task:
    """What can stand in a sequence, and how sequences are drawn."""

    name: str
    words: tuple[str, ...]
    n_tokens: int
    has_mark: bool
    has_places: bool  # whether a token says where it stands; else the sequence is a bag of words
    draw: Callable[[np.random.Generator, int], Sequences]

    @property
    def symbols(self) -> tuple[str, ...]:
        """All that has an embedding: the words, then the mark and the places where the task has them."""
        places = tuple(f"place {i}" for i in range(self.n_tokens))
        return self.words + (MARK,) * self.has_mark + places * self.has_places


def symbols_of(task: Task, sequences: Sequences) -> Float[np.ndarray, "n n_tokens n_symbols"]:
    """Which embeddings each token adds up: 1 for its word, its mark and its place, 0 for all others."""
    parts = [np.eye(len(task.words))[sequences.tokens]]
    if task.has_mark:
        parts.append(sequences.marked[..., None].astype(float))
    if task.has_places:
        shape = (len(sequences), task.n_tokens, task.n_tokens)
        parts.append(np.broadcast_to(np.eye(task.n_tokens), shape))
    return np.concatenate(parts, axis=-1)


def drawn(task: Task, seed: int) -> tuple[Sequences, Sequences]:
    """Sequences to train on and sequences held out, all different from one another, from a seed."""
    many = task.draw(np.random.default_rng(seed), N_DRAWN)
    whole = np.concatenate([many.tokens, many.marked], axis=1)
    firsts = np.sort(np.unique(whole, axis=0, return_index=True)[1])
    return many[firsts[:N_TRAINING]], many[firsts[N_TRAINING : N_TRAINING + N_HELD_OUT]]


def tokens_of(task: Task, sequences: Sequences, i: int) -> list[str]:
    """One sequence as a reader sees it, the marked token with its star."""
    return [
        f"{MARK}{task.words[token]}" if is_marked else task.words[token]
        for token, is_marked in zip(sequences.tokens[i], sequences.marked[i], strict=True)
    ]


def _copy(rng: np.random.Generator, n: int) -> Sequences:
    """Any words; each but the first answers with the word before it."""
    n_tokens = 8
    tokens = rng.integers(len(THINGS), size=(n, n_tokens))
    asked = np.tile(np.arange(n_tokens) > 0, (n, 1))
    before = np.tile(np.arange(n_tokens) - 1, (n, 1))
    return _asking(tokens, np.zeros_like(asked), asked, before)


def _marked(rng: np.random.Generator, n: int) -> Sequences:
    """Any words, one of them with a mark, then "which": it answers with the marked one."""
    n_tokens, which = 7, len(THINGS) - 1
    tokens = rng.integers(which, size=(n, n_tokens))
    tokens[:, -1] = which
    places = np.arange(n_tokens)
    marked = places == rng.integers(n_tokens - 1, size=(n, 1))
    asked = np.tile(places == n_tokens - 1, (n, 1))
    intended = np.tile(marked.argmax(axis=1)[:, None], (1, n_tokens))
    return _asking(tokens, marked, asked, intended)


def _pronoun(rng: np.random.Generator, n: int) -> Sequences:
    """Little sentences about two nouns, of which one fits the pronoun: it answers with that noun."""
    sentences = list(_sentences())
    chosen = [sentences[i] for i in rng.integers(len(sentences), size=n)]
    words = PRONOUN.words
    tokens = np.array([[words.index(word) for word in sentence] for sentence, _, _ in chosen])
    places = np.arange(tokens.shape[1])
    asked = places == np.array([[asks] for _, asks, _ in chosen])
    intended = np.tile([[answers] for _, _, answers in chosen], (1, len(places)))
    return _asking(tokens, np.zeros_like(asked), asked, intended)


def _sentences() -> Iterator[tuple[list[str], int, int]]:
    """Each sentence of the grammar, where its pronoun stands, and where the noun that it means."""
    for first, second, ending in product(NOUNS, NOUNS, ENDINGS):
        pronouns = PRONOUN_OF[first], PRONOUN_OF[second]
        if pronouns[0] == pronouns[1]:
            continue
        for pronoun, which in zip(pronouns, (0, 1), strict=True):
            yield f"the {first} saw the {second} and {pronoun} {ending}".split(), 6, (1, 4)[which]
            yield f"when the {first} saw the {second} {pronoun} {ending}".split(), 6, (2, 5)[which]


def _asking(
    tokens: Int[np.ndarray, "n n_tokens"],
    marked: Bool[np.ndarray, "n n_tokens"],
    asked: Bool[np.ndarray, "n n_tokens"],
    intended: Int[np.ndarray, "n n_tokens"],
) -> Sequences:
    """The target is the word that stands where the query is to look."""
    intended = np.where(asked, intended, NOT_ASKED)
    target = np.where(asked, np.take_along_axis(tokens, intended, axis=1), NOT_ASKED)
    return Sequences(tokens, marked, asked, target, intended)


COPY = Task("copy", THINGS, n_tokens=8, has_mark=False, has_places=True, draw=_copy)
MARKED = Task(
    "marked", (*THINGS[:7], "which"), n_tokens=7, has_mark=True, has_places=True, draw=_marked
)
PRONOUN = Task(
    "pronoun",
    (*NOUNS, *NOUNS_OF, "the", "and", "when", "saw", *ENDINGS),
    n_tokens=8,
    has_mark=False,
    has_places=False,
    draw=_pronoun,
)
TASKS = {task.name: task for task in (COPY, MARKED, PRONOUN)}
