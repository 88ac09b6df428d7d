"""A and B on the same rows and columns: as tokens where both read the same ones, else as the words they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis.differences import Distances
from attention_core.analysis.matched_words import BetweenWords, Matching, between_words, match_words
from attention_core.analysis.words import Span, tokens_of
from attention_core.experiments import two_heads
from attention_core.experiments.two_heads import allowed_pairs
from attention_core.pretrained.layers import Capture
from attention_core.toy.words import word_spans
from pages.compare.two_heads.state import SideB
from pages.ui.reader.controls import Choice
from pages.ui.reader.sentence import ask
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import real_world
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.three_heatmaps import Grid, Side
from pages.ui.widgets.wording import labels

MEAN = "mean of heads"


@dataclass(frozen=True)
class Words:
    """What words alone could not show: words of one side only, and the shares that went elsewhere."""

    matching: Matching
    names_a: list[str]
    names_b: list[str]
    a: BetweenWords
    b: BetweenWords


@dataclass(frozen=True)
class Pair:
    """Two matrices to be compared cell by cell, and the chosen row and column of all three pictures."""

    name_a: str
    name_b: str
    rows: list[str]
    columns: list[str]
    a: np.ndarray
    b: np.ndarray
    allowed_a: np.ndarray
    allowed_b: np.ndarray
    row: int
    column: int
    pick: Callable[[int, int | None], None]
    words: Words | None = None

    @property
    def difference(self) -> np.ndarray:
        return self.b - self.a

    @property
    def sides(self) -> tuple[Side, Side]:
        return (
            Side("A", self.name_a, self.a, self.allowed_a),
            Side("B", self.name_b, self.b, self.allowed_b),
        )

    @property
    def grid(self) -> Grid:
        return Grid(self.rows, self.columns, self.row, self.column, self.pick)


def weights_of(model_id: str, text: str, layer: int, head: int | None) -> np.ndarray:
    """(n_q, n_k): one head's weights or (None) the mean of the layer's heads."""
    weights = models.layer_weights(model_id, text, layer)
    if head is None:
        return weights.mean(axis=0, dtype=np.float64)
    return weights[min(head, len(weights) - 1)].astype(np.float64)


@cached(max_entries=4)
def distances_to_all(
    model_id: str, text: str, layer: int, head: int, _capture: Capture
) -> Distances:
    """From one head to every head of the layers like its own."""
    return two_heads.distances_to_all(_capture, layer, head)


def token_pair(toy: Toy, choice: Choice, side: SideB, capture: Capture) -> Pair:
    """Two heads, or the means of two layers, on the same tokens."""
    world = real_world(toy.current, choice)
    head_a, head_b = (None, None) if side.kind == "layer" else (world.head, side.head)
    text = toy.current.sentence
    return Pair(
        _name(choice.model_id, choice.layer, head_a),
        _name(choice.model_id, side.layer, head_b),
        world.queries,
        world.keys,
        weights_of(choice.model_id, text, choice.layer, head_a),
        weights_of(choice.model_id, text, side.layer, head_b),
        allowed_pairs(capture, choice.layer, head_a),
        allowed_pairs(capture, side.layer, head_b),
        world.q_pos,
        world.k_pos,
        world.pick_cell,
    )


@dataclass(frozen=True)
class _Side:
    """One head on one text, with the words of the text as a person reads them."""

    letter: str
    model_id: str
    capture: Capture
    layer: int
    head: int
    spans: Sequence[Span]

    @property
    def words(self) -> list[str]:
        return [self.capture.text[start:end] for start, end in self.spans]

    @property
    def read(self) -> list[int]:
        """The words that the model has read: a cut loses some, a tokenizer without places all."""
        places = self.capture.places
        return [i for i, span in enumerate(self.spans) if tokens_of(span, places)]

    def between(self, positions: Sequence[int]) -> BetweenWords:
        capture = self.capture
        return between_words(
            weights_of(self.model_id, capture.text, self.layer, self.head),
            allowed_pairs(capture, self.layer, self.head),
            capture.places,
            self.spans,
            positions,
        )


def word_pair(
    toy: Toy, choice: Choice, side: SideB, capture_a: Capture, capture_b: Capture
) -> Pair | None:
    """Two texts or two models; None, with the reason on the page, where there is nothing to match."""
    other = side.kind == "model"
    a = _Side("A", choice.model_id, capture_a, choice.layer, choice.head, toy.current.spans)
    b = _Side(
        "B",
        side.model_id if other else choice.model_id,
        capture_b,
        side.layer if other else choice.layer,
        side.head if other else choice.head,
        word_spans(capture_b.text, (capture_a if other else capture_b).places),
    )
    matching = _matched(a, b)
    if matching is None:
        return None
    in_a, in_b = (list(words) for words in zip(*matching.pairs, strict=True))
    names_a, names_b = labels(a.words), labels(b.words)
    between_a, between_b = a.between(in_a), b.between(in_b)
    row = in_a.index(choice.query) if choice.query in in_a else 0
    key_word = st.session_state.get("pick_key_word")
    column = in_a.index(key_word) if key_word in in_a else int(between_a.weights[row].argmax())

    def pick(q: int, k: int | None) -> None:
        ask(in_a[q])
        if k is not None:
            st.session_state["pick_key_word"] = in_a[k]

    rows = [names_a[i] for i in in_a]
    return Pair(
        _name(a.model_id, a.layer, a.head),
        _name(b.model_id, b.layer, b.head) + ("" if other else ", sentence B"),
        rows,
        rows,
        between_a.weights,
        between_b.weights,
        between_a.allowed,
        between_b.allowed,
        row,
        column,
        pick,
        Words(matching, names_a, names_b, between_a, between_b),
    )


def _matched(a: _Side, b: _Side) -> Matching | None:
    """Word positions of A and B that go together; None, with the reason on the page, if there are none."""
    for side in (a, b):
        if not side.capture.asks_itself(side.capture.layers[side.layer]):
            st.info(
                f"In {side.letter}, layer {side.layer} does not look from the words of the sentence "
                "to the same words: it is a decoder's, with a text of its own. Choose an encoder's layer."
            )
            return None
    read_a, read_b = a.read, b.read
    words_a, words_b = a.words, b.words
    found = match_words([words_a[i] for i in read_a], [words_b[j] for j in read_b])
    if found.pairs:
        return Matching(
            tuple((read_a[i], read_b[j]) for i, j in found.pairs),
            tuple(read_a[i] for i in found.only_a),
            tuple(read_b[j] for j in found.only_b),
        )
    st.info("A and B have no word in common, so there is nothing to compare cell by cell.")
    st.text(word_list("Words of A", _named(words_a, read_a)))
    st.text(word_list("Words of B", _named(words_b, read_b)))
    return None


def _named(words: list[str], positions: list[int]) -> list[str]:
    names = labels(words)
    return [names[i] for i in positions]


def word_list(title: str, words: list[str]) -> str:
    """Words in one line of plain text."""
    return f"{title}: {' · '.join(words) or 'none'}"


def _name(model_id: str, layer: int, head: int | None) -> str:
    return f"{model_id}, layer {layer}, {MEAN if head is None else f'head {head}'}"
