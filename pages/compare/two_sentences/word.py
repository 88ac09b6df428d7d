"""The word that both sentences share: its vectors through the layers, and its row of weights in one head."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.shared_words import Matched, in_its_place, matched_rows
from attention_core.analysis.words import Span
from attention_core.charts.through_layers import BETWEEN, FIRST, OTHERS, SECOND
from attention_core.experiments.two_sentences import (
    cosines,
    mean_cosines,
    numbered,
    row_of_word,
    tokens_of_other_words,
)
from pages.compare.two_sentences.sentences import LONGEST, NOT_READ, Pair, chart_of, word_states
from pages.ui.reader.controls import Choice
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this, one_of
from pages.ui.widgets.takeaway import Numbers
from pages.ui.widgets.wording import signed

MOST_WORDS, LONGEST_WORD = 4, 40
OWN = "each sentence"
NO_WORDS = "Type at least one word to compare with."
FRAMES = {"the first sentence": (0, 0), "the second sentence": (1, 1), OWN: (0, 1)}
NONE, MASKED = "—", "masked"
Lines = tuple[np.ndarray, np.ndarray]


@cached(max_entries=64)
def between_others(model_id: str, text: str, word: Span, other: str) -> np.ndarray | None:
    """The word's mean cosine with the other words of the `other` text. None where there is no other token."""
    states = word_states(model_id, text, word)
    places = models.tokenized(model_id, other).places
    others = tokens_of_other_words(text[slice(*word)], other, places)
    if states is None or not others:
        return None
    return mean_cosines(states, models.hidden_states(model_id, other)[:, others])


def distance_panel(pair: Pair, choice: Choice) -> None:
    """One line for the word in both sentences, one for what any two words would have."""
    one, two = (
        word_states(choice.model_id, text, place)
        for text, place in zip(pair.texts, pair.places, strict=True)
    )
    between = cosines(one, two)
    if between is None:
        st.info(NOT_READ)
        return
    others = between_others(choice.model_id, pair.texts[0], pair.places[0], pair.texts[1])
    st.markdown(
        "The **cosine between the two vectors of the shared word**, before the first layer and after "
        "each one. 1 = same direction. The dashed line shows how alike the word is to the *other* "
        "tokens of the second sentence, on average: the level to compare with."
    )
    lines = {BETWEEN: between} | ({} if others is None else {OTHERS: others})
    chart_of(
        "between",
        list(lines.values()),
        list(lines),
        f"Cosine between {pair.word} and {pair.word}",
        "two_sentences_between",
    )
    least = int(np.nanargmin(between))
    notice_this(
        f"It begins at **{between[0]:.2f}**, is lowest after {least} of {len(between) - 1} layers with "
        f"**{between[least]:.2f}**, and ends at **{between[-1]:.2f}**"
        + ("." if others is None else f"; other tokens end at {others[-1]:.2f}.")
        + _why(between)
    )


def _why(cosines: np.ndarray) -> str:
    """What a beginning below 1, or an end at 1, comes from."""
    if np.allclose(cosines, 1, atol=1e-4):
        return (
            " Nothing that this word can see differs: a causal model's word sees only what is before "
            "it, and the same text gives the same vector."
        )
    if cosines[0] < 1 - 1e-4:
        return (
            " Below 1 at the very beginning: its embedding also holds its position or its spelling."
        )
    return ""


def likeness_panel(pair: Pair, choice: Choice) -> None:
    """A small chart for each word, and all ends in one table."""
    left, right = st.columns(2, gap="large")
    typed = left.text_input(
        f"Words to compare with, at most {MOST_WORDS}, with commas between them",
        "sausage, animal",
        key="two_sentences_words",
        persist_state="session",
        max_chars=LONGEST,
    )
    with right:
        where = "They take the shared word’s place in …"
        frame = one_of(where, FRAMES, key="two_sentences_frame")
    words = _words(typed)
    if not words:
        st.markdown(NO_WORDS)
        return
    found = {word: _lines(pair, choice.model_id, word, FRAMES[frame]) for word in words}
    lines = {word: pair_of_lines for word, pair_of_lines in found.items() if pair_of_lines}
    if not lines:
        st.info(NOT_READ)
        return
    st.markdown(
        "Each chart: the cosine of the shared word with this word, which is put in its place in "
        f"**{frame}**{' (each line: its own)' if frame == OWN else ''} and read there by the model."
    )
    columns = st.columns(2, gap="large")
    for n, (word, (first, second)) in enumerate(lines.items()):
        with columns[n % 2]:
            st.text(f"{pair.word} and {word}")
            chart_of(
                "cosines",
                [first, second],
                [FIRST, SECOND],
                f"Cosine of {pair.word} with {word}",
                f"two_sentences_like_{n}",
            )
    _ends(lines)


def _words(typed: str) -> list[str]:
    words = dict.fromkeys(word.strip()[:LONGEST_WORD] for word in typed.split(","))
    return [word for word in words if word][:MOST_WORDS]


def _lines(pair: Pair, model_id: str, word: str, frame: tuple[int, int]) -> Lines | None:
    """The cosines in the first and in the second sentence; None where a word was not read."""
    lines = []
    for i, f in enumerate(frame):
        start = pair.places[f][0]
        framed = in_its_place(pair.texts[f], pair.places[f], word)
        own = word_states(model_id, pair.texts[i], pair.places[i])
        lines.append(cosines(own, word_states(model_id, framed, (start, start + len(word)))))
    first, second = lines
    return None if first is None or second is None else (first, second)


def _ends(lines: dict[str, Lines]) -> None:
    first, second = np.array([[line[-1] for line in both] for both in lines.values()]).T
    moved = second - first
    breakdown(
        [
            Column("first", [f"{end:.2f}" for end in first]),
            Column("second", [f"{end:.2f}" for end in second], "output"),
            Column("difference", [f"{change:+.2f}".replace("-", "−") for change in moved]),
        ],
        key="two_sentences_ends",
        row_labels=list(lines),
        row_title="cosine with",
        label=f"Cosines after the last layer with {len(lines)} words, in both sentences",
        heading="After the last layer",
    )
    notice_this(
        f"In the second sentence the word ends nearer to **{(moved > 0).sum()} of {len(moved)}** of these words than "
        "in the first. Compare along a row: how large cosines are at all differs from word to word, "
        "from layer to layer and from model to model."
    )


def attention_panel(pair: Pair, choice: Choice) -> None:
    """The weights of the sidebar's layer and head. Rows of the table are keys; both columns sum to 1."""
    model_id, layer = choice.model_id, choice.layer
    captures = [models.captured(model_id, text) for text in pair.texts]
    if not all(capture.asks_itself(capture.layers[layer]) for capture in captures):
        st.info("This layer reads another text. Choose a layer of the encoder in the sidebar.")
        return
    head = min(choice.head, captures[0].layers[layer].n_heads - 1)
    first, second = (
        row_of_word(models.layer_weights(model_id, text, layer), capture, layer, head, place)
        for text, capture, place in zip(pair.texts, captures, pair.places, strict=True)
    )
    if first is None or second is None:
        st.info(NOT_READ)
        return
    found = matched_rows(
        (first, second),
        tuple([token.text for token in capture.tokens] for capture in captures),  # type: ignore[arg-type]
        (captures[0].places, captures[1].places),
        pair.spans,
        pair.pairs,
    )
    st.text(f"{pair.word} asks, in {model_id}, layer {layer}, head {head}")
    st.markdown(
        "Keys that both sentences have come first, matched word by word; then those of one sentence "
        "alone. A word’s pieces are added up. — = a word that is not in this sentence. "
        "Choose another layer and head in the sidebar."
    )
    _weights(found)


def _weights(found: list[Matched]) -> None:
    names = numbered(found)
    first, second, difference = (
        np.array([getattr(each, name) for each in found], dtype=float)
        for name in ("first", "second", "difference")
    )
    is_absent = np.array([[each.first is None, each.second is None] for each in found]).T
    columns = [
        Column(
            title,
            [_shown(weight, is_none) for weight, is_none in zip(weights, absent, strict=True)],
            "weights",
            bars=np.nan_to_num(weights).tolist(),
        )
        for title, weights, absent in zip(
            ("first", "second"), (first, second), is_absent, strict=True
        )
    ]
    signs = ["" if np.isnan(d) else signed(d) for d in difference]
    breakdown(
        [*columns, Column("second − first", signs)],
        key="two_sentences_attention",
        row_labels=names,
        label=f"Attention weights of one word in two sentences, {len(found)} keys",
        footer=["sum", *(f"{np.nansum(weights):.3f}" for weights in (first, second)), ""],
        numbers=Numbers(
            "Attention in both sentences",
            lambda: pd.DataFrame(
                {"first": first, "second": second, "difference": difference}, index=names
            ),
        ),
    )
    only, gone = np.nansum(second[is_absent[0]]), np.nansum(first[is_absent[1]])
    largest = np.nan_to_num(np.abs(difference)).max(initial=0.0)
    notice_this(
        f"Keys of the second sentence alone take :violet[**{only:.2f}**] of the row, those of the first "
        f"alone :violet[**{gone:.2f}**]. Among the shared keys the largest change is "
        f":violet[**{largest:.2f}**]."
    )


def _shown(weight: float, is_none: bool) -> str:
    if is_none:
        return NONE
    return MASKED if np.isnan(weight) else f"{weight:.3f}"
