"""The vectors of the followed word through the layers: against each other, and against words of the reader's."""

import numpy as np
import streamlit as st

from attention_core.analysis.shared_words import in_its_place
from attention_core.analysis.words import Span
from attention_core.charts.through_layers import BETWEEN, FIRST, OTHERS, SECOND
from attention_core.experiments.two_sentences import cosines
from pages.compare.two_sentences import runs
from pages.compare.two_sentences.inputs import LONGEST, Pair
from pages.compare.two_sentences.through_layers import chart_of
from pages.ui.reader.controls import Choice
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.parts import notice_this, one_of


def distance_panel(pair: Pair, choice: Choice) -> None:
    """One line for the word in both sentences, one for what any two words would have."""
    one, two = (
        runs.word_states(choice.model_id, text, place)
        for text, place in zip(pair.texts, pair.places, strict=True)
    )
    between = cosines(one, two)
    if between is None:
        say_not_read()
        return
    others = runs.between_others(choice.model_id, pair.texts[0], pair.places[0], pair.texts[1])
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


def say_not_read() -> None:
    """A long sentence may end, for the model, before the word; some tokenizers don't say where a word is."""
    st.info(NOT_READ)


NOT_READ = "This model does not say where it read that word: its text may end before it."
MOST_WORDS, LONGEST_WORD = 4, 40
OWN = "each sentence"
FRAMES = {"the first sentence": (0, 0), "the second sentence": (1, 1), OWN: (0, 1)}
Lines = tuple[np.ndarray, np.ndarray]


def likeness_panel(pair: Pair, choice: Choice) -> None:
    """A small chart for each word, and all ends in one table."""
    left, right = st.columns(2, gap="large")
    with left:
        typed = st.text_input(
            f"Words to compare with, at most {MOST_WORDS}, with commas between them",
            "sausage, animal",
            key="two_sentences_words",
            persist_state="session",
            max_chars=LONGEST,
        )
    with right:
        frame = one_of(
            "They take the shared word’s place in …",
            FRAMES,
            key="two_sentences_frame",
        )
    words = _words(typed)
    if not words:
        st.markdown("Type at least one word to compare with.")
        return
    found = {word: _lines(pair, choice.model_id, word, FRAMES[frame]) for word in words}
    lines = {word: pair_of_lines for word, pair_of_lines in found.items() if pair_of_lines}
    if not lines:
        say_not_read()
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
    lines = [
        cosines(
            runs.word_states(model_id, pair.texts[i], pair.places[i]),
            _in_frame(pair.texts[f], pair.places[f], word, model_id),
        )
        for i, f in enumerate(frame)
    ]
    first, second = lines
    return None if first is None or second is None else (first, second)


def _in_frame(text: str, place: Span, word: str, model_id: str) -> np.ndarray | None:
    start = place[0]
    return runs.word_states(model_id, in_its_place(text, place, word), (start, start + len(word)))


def _ends(lines: dict[str, Lines]) -> None:
    moved = [float(second[-1] - first[-1]) for first, second in lines.values()]
    breakdown(
        [
            Column("first", [f"{first[-1]:.2f}" for first, _ in lines.values()]),
            Column("second", [f"{second[-1]:.2f}" for _, second in lines.values()], "output"),
            Column("difference", [f"{change:+.2f}".replace("-", "−") for change in moved]),
        ],
        key="two_sentences_ends",
        row_labels=list(lines),
        row_title="cosine with",
        label=f"Cosines after the last layer with {len(lines)} words, in both sentences",
        heading="After the last layer",
    )
    towards = sum(change > 0 for change in moved)
    notice_this(
        f"In the second sentence the word ends nearer to **{towards} of {len(moved)}** of these words than "
        "in the first. Compare along a row: how large cosines are at all differs from word to word, "
        "from layer to layer and from model to model."
    )
