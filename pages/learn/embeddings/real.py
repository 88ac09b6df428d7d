"""Lesson 2: a pretrained model's own vectors of a few words, each word on its own."""

from collections.abc import Sequence

import streamlit as st

from attention_core.experiments.word_vectors import WordVectors, in_a_text, word_vectors
from attention_core.vectors import cosine, cosine_table, nearest
from pages.learn.embeddings.cosines import two_digits
from pages.learn.embeddings.table import MOST_WORDS
from pages.ui.reader.predict import predict
from pages.ui.server import models
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.wording import dimensions

FIRST_NUMBERS = 16
NEAR_ZERO = 0.2  # cosines of unrelated words lie within it


def your_words() -> list[str]:
    """The words that the reader types, as many as fit on a map."""
    words = words_in(
        st.text_input(
            "Your words, with spaces between them",
            "king queen pizza cat dog happy",
            max_chars=300,
            key="embeddings_own",
            persist_state="session",
            help="Each word is read as inside a sentence, with a space in front: to some models, "
            "the first word of a text would be another one.",
        )
    )
    if len(words) > MOST_WORDS:
        st.markdown(f"Only the first {MOST_WORDS} of {len(words)} words are read.")
    return words[:MOST_WORDS]


def words_in(text: str) -> list[str]:
    """Each word once, in order; spaces and commas separate."""
    return list(dict.fromkeys(text.replace(",", " ").split()))


def real_words(model_id: str, words: Sequence[str]) -> WordVectors:
    """The model must be loaded. Raises ValueError if it can't read any of the words."""
    text, _ = in_a_text(words)
    read = models.tokenized(model_id, text)
    return word_vectors(words, read, models.embedded(model_id, text))


def cosine_in_model(model_id: str, a: str, b: str) -> float:
    """How alike two words are in the model, whatever the reader typed."""
    return cosine(*real_words(model_id, (a, b)).x)


def first_numbers(words: WordVectors, word: int) -> None:
    """The first numbers of a word's vector above those of its nearest and its farthest word."""
    others = nearest(cosine_table(words.x), word).tolist()
    rows = list(dict.fromkeys([word, others[0], others[-1]]))
    shown = words.x[rows, :FIRST_NUMBERS]
    names = [words.names[row] for row in rows]
    Figure(
        f"The first {shown.shape[1]} numbers of {', '.join(names)}",
        shown,
        rows=names,
        columns=dimensions(shown),
        row_title="word",
        column_title="dimension",
        role="diverging",
        whole=Numbers(
            "Embeddings of words",
            lambda: matrix_frame(words.x, words.names, dimensions(words.x)),
        ),
    ).draw("embeddings_numbers")


def remarks(words: WordVectors) -> None:
    """Which words the model does not have as one token, and which it can't see. Shown literally."""
    cut = [
        f"{name} = {' + '.join(pieces)}"
        for name, pieces in zip(words.names, words.pieces, strict=True)
        if pieces != (name,)
    ]
    if cut:
        st.text(f"Not one token of their own: {', '.join(cut)}. The mean over the tokens is shown.")
    if words.unread:
        st.text(f"No token stands for {', '.join(words.unread)}.")


def opposites_question(cosine: float, *, key: str) -> None:
    """Where is "sad" from "happy", in a model that learned from texts alone?"""
    predict(
        "*happy* and *sad* are opposites. What is their cosine in this model?",
        ["Well below 0", "Near 0", "Well above 0"],
        0 if cosine < -NEAR_ZERO else 1 if cosine < NEAR_ZERO else 2,
        lambda: (
            f"It is **{two_digits(cosine)}**. The model learned from texts, and there both stand in "
            "the same places: *I feel …*, *a … song*. Its numbers say how words are **used**, and "
            "opposites are used alike."
        ),
        key=key,
    )
