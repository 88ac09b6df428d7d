"""A and B on the same rows and columns: as tokens where both read the same ones, else as the words they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from attention_core.analysis.differences import Distances
from attention_core.analysis.matched_words import BetweenWords, Matching
from attention_core.experiments import two_heads
from attention_core.experiments.two_heads import HeadOnText, allowed_pairs, matched_words
from attention_core.pretrained.layers import Capture
from attention_core.toy.words import word_spans
from pages.compare.two_heads.side_b import LAYER, MODEL, SideB
from pages.ui.reader.controls import Choice
from pages.ui.reader.sentence import ask
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import real_world
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.three_heatmaps import Grid, Side
from pages.ui.widgets.wording import labels

MEAN = "mean of heads"
NO_CHANGE = "No cell changes: A and B have the same weights."
NOT_ON_BOTH = "The word chosen in the sidebar is not on both sides: the first shared word asks."
NO_COMMON_WORD = "A and B have no word in common, so there is nothing to compare cell by cell."
OTHER_TEXT = (
    "In {}, layer {} does not look from the words of the sentence to the same words: it is a decoder's, "
    "with a text of its own. Choose an encoder's layer."
)


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

    first: Side
    second: Side
    grid: Grid
    words: Words | None = None

    @property
    def a(self) -> np.ndarray:
        return self.first.weights

    @property
    def b(self) -> np.ndarray:
        return self.second.weights


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
    heads = (None, None) if side.kind == LAYER else (world.head, side.head)
    first, second = (
        Side(
            letter,
            _name(choice.model_id, layer, head),
            weights_of(choice.model_id, toy.current.sentence, layer, head),
            allowed_pairs(capture, layer, head),
        )
        for letter, layer, head in zip("AB", (choice.layer, side.layer), heads, strict=True)
    )
    grid = Grid(world.queries, world.keys, world.q_pos, world.k_pos, world.pick_cell)
    return Pair(first, second, grid)


def word_pair(
    toy: Toy, choice: Choice, side: SideB, capture_a: Capture, capture_b: Capture
) -> Pair | None:
    """Two texts or two models; None, with the reason on the page, where there is nothing to match."""
    is_other_model = side.kind == MODEL
    layer, head = (side.layer, side.head) if is_other_model else (choice.layer, choice.head)
    spans_b = word_spans(capture_b.text, (capture_a if is_other_model else capture_b).places)
    a = HeadOnText(capture_a, choice.layer, choice.head, toy.current.spans)
    b = HeadOnText(capture_b, layer, head, spans_b)
    matching = _matched(a, b)
    if matching is None:
        return None
    in_a, in_b = (list(words) for words in zip(*matching.pairs, strict=True))
    names_a, names_b = labels(a.words), labels(b.words)
    between_a, between_b = _between(a, in_a), _between(b, in_b)
    row = in_a.index(choice.query) if choice.query in in_a else 0
    key_word = st.session_state.get("pick_key_word")
    column = in_a.index(key_word) if key_word in in_a else int(between_a.weights[row].argmax())

    def pick(q: int, k: int | None) -> None:
        ask(in_a[q])
        if k is not None:
            st.session_state["pick_key_word"] = in_a[k]

    rows = [names_a[i] for i in in_a]
    name_a = _name(capture_a.model_id, choice.layer, choice.head)
    name_b = _name(capture_b.model_id, layer, head) + ("" if is_other_model else ", sentence B")
    return Pair(
        Side("A", name_a, between_a.weights, between_a.allowed),
        Side("B", name_b, between_b.weights, between_b.allowed),
        Grid(rows, rows, row, column, pick),
        Words(matching, names_a, names_b, between_a, between_b),
    )


def _between(side: HeadOnText, words: list[int]) -> BetweenWords:
    capture = side.capture
    weights = weights_of(capture.model_id, capture.text, side.layer, side.head)
    return side.between(weights, words)


def _matched(a: HeadOnText, b: HeadOnText) -> Matching | None:
    """The words of A and B that go together; None, with the reason on the page, if there are none."""
    for letter, side in (("A", a), ("B", b)):
        if not side.capture.asks_itself(side.capture.layers[side.layer]):
            st.info(OTHER_TEXT.format(letter, side.layer))
            return None
    found = matched_words(a, b)
    if found.pairs:
        return found
    st.info(NO_COMMON_WORD)
    for letter, side, words in (("A", a, found.only_a), ("B", b, found.only_b)):
        st.text(word_list(f"Words of {letter}", labels(side.words), words))
    return None


def word_list(title: str, names: list[str], words: tuple[int, ...]) -> str:
    """Some of the words in one line of plain text."""
    return f"{title}: {' · '.join(names[i] for i in words) or 'none'}"


def _name(model_id: str, layer: int, head: int | None) -> str:
    return f"{model_id}, layer {layer}, {MEAN if head is None else f'head {head}'}"
