"""Lesson: a word becomes a list of numbers, chosen by hand and then found by a pretrained model."""

import streamlit as st

from attention_core.errors import ReaderError
from attention_core.experiments.word_vectors import WordVectors
from attention_core.vectors import cosine_steps
from pages.learn.embeddings.cosines import (
    cosine_formula,
    cosines_panel,
    doubling_question,
    two_digits,
)
from pages.learn.embeddings.real import (
    cosine_in_model,
    first_numbers,
    opposites_question,
    real_words,
    remarks,
    your_words,
)
from pages.learn.embeddings.table import Words, edit, flattened_map, table_map, word_table
from pages.ui.reader.controls import chosen
from pages.ui.reader.real import model_or_wait
from pages.ui.widgets.parts import notice_this, real_heading

FEWEST = 2  # words that can be compared


@st.fragment
def by_hand() -> None:
    table = word_table()
    numbers, picture = st.columns(2, gap="large")
    with numbers:
        st.markdown(
            "A computer calculates with numbers, not with letters. So each word gets a list of "
            "numbers, its **embedding**. Such a list is called a **vector**, and each place in it "
            "a **dimension**. Here someone chose three: how *happy* is the word, how much of an "
            "*animal*, of what *size*? 1 means very, 0 not at all, −1 the opposite."
        )
        st.markdown("**Change a number, rename a word, or write a new one at the end.**")
        words = edit(table)
        notice_this(
            "**Words with similar numbers stand near each other.** Add *puppy*, *elephant* and "
            "*sad*: where will they land?"
        )
    with picture:
        st.markdown("Two numbers make a place on a map, as they do for GPS.")
        table_map(table, words)
    st.header("How alike are two words?", anchor=False)
    if len(words.names) < FEWEST:
        st.info("Two words are needed: write another one into the table.")
    else:
        how_alike(words)


def how_alike(words: Words) -> None:
    st.markdown(
        "Their **cosine** says it in one number: 1 for lists that point the same way, 0 for lists "
        "that have nothing in common, −1 for opposite ones. Click a pair to see how it is made."
    )
    word, other = cosines_panel(words.names, words.x, key="embeddings")
    a, b = words.x[word], words.x[other]
    steps = cosine_steps(a, b)
    st.text(f"a is {words.names[word]}, b is {words.names[other]}:")
    worked_out, question = st.columns([6, 5], gap="large")
    with worked_out:
        cosine_formula(a, b, steps, key="embeddings_cosine")
    with question:
        doubling_question(a, b, steps, key="embeddings_doubled")


@st.fragment
def in_the_model() -> None:
    model_id = chosen().model_id
    names = your_words()
    if model_or_wait(model_id, key="embeddings_model") is None:
        return
    try:
        words = real_words(model_id, names)
    except ReaderError as error:
        st.text(str(error))
        return
    remarks(words)
    if len(words.names) < FEWEST:
        st.info("Two words are needed: type another one.")
    else:
        learned(model_id, words)


def learned(model_id: str, words: WordVectors) -> None:
    word, _ = cosines_panel(words.names, words.x, key="embeddings_real")
    picture, numbers = st.columns(2, gap="large")
    with picture:
        flattened_map(words.names, words.x, key="embeddings_real_map")
    with numbers:
        st.markdown(
            f"Each word has **{words.x.shape[1]} numbers** here; this size is called *d_model*. "
            "These are the first ones of the chosen word, of its nearest word and of its farthest. "
            "What does one column mean? Nobody knows: **a dimension of a real model has no name**. "
            "Only all of them together say something."
        )
        first_numbers(words, word)
        queen, pizza = (cosine_in_model(model_id, "king", b) for b in ("queen", "pizza"))
        notice_this(
            "**Nobody wrote these numbers.** The model found them while it learned from texts, and "
            "words that are used alike came out alike: king and queen have a cosine of "
            f"**{two_digits(queen)}**, king and pizza of **{two_digits(pizza)}**."
        )
    opposites_question(
        cosine_in_model(model_id, "happy", "sad"), key=f"embeddings_opposites_{model_id}"
    )


by_hand()
real_heading("The same with numbers that nobody wrote")
in_the_model()
