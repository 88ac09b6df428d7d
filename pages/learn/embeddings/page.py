"""Lesson 2: a word becomes a list of numbers, chosen by hand and then found by a pretrained model."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from attention_core.errors import ReaderError
from attention_core.experiments.word_vectors import WordVectors
from attention_core.vectors import CosineSteps, cosine_steps, cosine_table, nearest
from pages.learn.embeddings import vocabulary
from pages.ui.reader.controls import chosen
from pages.ui.reader.predict import predict
from pages.ui.reader.real import model_or_wait
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.component import explain
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula, notice_this, real_heading
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import dimensions, factor, number, vector

ALIKE = "How alike are two words?"
FEWEST = 2  # words that can be compared
FIRST_NUMBERS = 16
NEAR_ZERO = 0.2  # cosines of unrelated words lie within it


@st.fragment
def by_hand() -> None:
    table = vocabulary.word_table()
    numbers, picture = st.columns(2, gap="large")
    with numbers:
        st.markdown(
            "A computer calculates with numbers, not with letters. So each word gets a list of "
            "numbers, its **embedding**. Such a list is called a **vector**, and each place in it "
            "a **dimension**. Here someone chose three: how *happy* is the word, how much of an "
            "*animal*, of what *size*? 1 means very, 0 not at all, −1 the opposite.\n\n"
            "**Change a number, rename a word, or write a new one at the end.**"
        )
        words = vocabulary.edit(table)
        notice_this(
            "**Words with similar numbers stand near each other.** Add *puppy*, *elephant* and "
            "*sad*: where will they land?"
        )
    with picture:
        st.markdown("Two numbers make a place on a map, as they do for GPS.")
        vocabulary.table_map(table, words)
    if len(words.names) < FEWEST:
        st.header(ALIKE, anchor=False)
        st.info("Two words are needed: write another one into the table.")
    else:
        how_alike(words)


def how_alike(words: vocabulary.Words) -> None:
    st.header(
        f"{ALIKE}\n"
        "Their **cosine** says it in one number: 1 for lists that point the same way, −1 for opposite "
        f"ones. {_right_angle()} Click a pair to see how it is made.",
        anchor=False,
    )
    a, b = cosines_panel(words.names, words.x, key="embeddings")
    st.text(f"a is {words.names[a]}, b is {words.names[b]}:")
    steps = cosine_steps(words.x[a], words.x[b])
    worked_out, question = st.columns([6, 5], gap="large")
    with worked_out:
        cosine_formula(words.x[a], words.x[b], steps)
    with question:
        doubling_question(words.x[a], words.x[b], steps)


@st.fragment
def in_the_model() -> None:
    model_id = chosen().model_id
    names = vocabulary.your_words()
    if model_or_wait(model_id, key="embeddings_model") is None:
        return
    try:
        words = vocabulary.real_words(model_id, names)
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
    with together("embeddings_learned") as pair:
        with pair.column():
            vocabulary.flattened_map(words.names, words.x, key="embeddings_real_map")
        with pair.column():
            explain(
                f"Each word has **{words.x.shape[1]} numbers** here; this size is called *d_model*. "
                "These are the first ones of the chosen word, of its nearest word and of its farthest. "
                "What does one column mean? Nobody knows: **a dimension of a real model has no name**. "
                "Only all of them together say something."
            )
            first_numbers(words, word)
            queen, pizza = (
                vocabulary.cosine_in_model(model_id, "king", b) for b in ("queen", "pizza")
            )
            notice_this(
                "**Nobody wrote these numbers.** The model found them while it learned from texts, and "
                "words that are used alike came out alike: king and queen have a cosine of "
                f"**{two_digits(queen)}**, king and pizza of **{two_digits(pizza)}**."
            )
    opposites_question(model_id)


def cosines_panel(names: Sequence[str], x: np.ndarray, *, key: str) -> tuple[int, int]:
    """All cosines of two words or more, and one's neighbours. Returns the word and its nearest, or the picked one."""
    table = cosine_table(x)
    every_pair, neighbours = st.columns([6, 5], gap="large")
    with neighbours:
        word = _choose_word(names, key)
        order = nearest(table, word).tolist()
        picked: int = st.session_state.get(f"{key}_other", word)
        other = picked if picked in order else order[0]
        near_to_far = table[word, order]
        bars = np.clip(np.nan_to_num(near_to_far), 0, 1).tolist()
        breakdown(
            [Column("cosine", [two_digits(each) for each in near_to_far], bars=bars)],
            key=f"{key}_neighbours",
            row_labels=[names[i] for i in order],
            row_title="from near to far",
            selected=order.index(other),
            label=f"Neighbours of {names[word]}, from near to far",
            on_pick=lambda i: _compare(key, word, order[i]),
        )
    with every_pair:
        Figure(
            "Cosines of words",
            table,
            rows=names,
            columns=names,
            row_title="word",
            column_title="word",
            role="diverging",
            low=-1,
            high=1,
            row=word,
            cell=(word, other),
            summary=f"Cosine of every pair of {len(names)} words. {names[word]} and {names[other]}: "
            f"{two_digits(float(table[word, other]))}",
        ).draw(f"{key}_table", on_pick=lambda row, column: _compare(key, row, column))
    return word, other


def cosine_formula(a: np.ndarray, b: np.ndarray, steps: CosineSteps) -> None:
    products = " + ".join(
        f":blue[{_given(p)}] × :orange[{_given(q)}]" for p, q in zip(a, b, strict=True)
    )
    lengths = f":blue[{number(steps.length_a)}] × :orange[{number(steps.length_b)}]"
    result = (
        f"cosine = {number(steps.dot)} ÷ ({lengths}) = **{two_digits(steps.cosine)}**"
        if np.isfinite(steps.cosine)
        else vocabulary.NO_COSINE
    )
    formula(
        "cosine = sum of products ÷ (length of :blue[**a**] × length of :orange[**b**])\n\n"
        f"sum of products: {products} = **{number(steps.dot)}**  \n"
        f"length of :blue[**a**]: {_root(a)} = :blue[**{number(steps.length_a)}**]  \n"
        f"length of :orange[**b**]: {_root(b)} = :orange[**{number(steps.length_b)}**]\n\n"
        f"{result}",
        key="embeddings_cosine",
    )


def doubling_question(a: np.ndarray, b: np.ndarray, steps: CosineSteps) -> None:
    """What if all numbers of `a` were twice as large? For a pair that has a cosine."""
    if not np.isfinite(steps.cosine):
        return
    twice = cosine_steps(2 * a, b)
    stays = np.isclose(twice.cosine, steps.cosine)
    predict(
        "if every number of **a** were twice as large, what would become of the cosine?",
        ["It would be twice as large", "It would stay as it is", "It would be half as large"],
        1 if stays else 0 if twice.cosine / steps.cosine > 1 else 2,
        lambda: (
            "The sum of products doubles, and so does the length of **a**: "
            f"2 × {factor(steps.dot)} ÷ (2 × {number(steps.length_a)} × {number(steps.length_b)}) = "
            f"**{two_digits(twice.cosine)}**. It was {two_digits(steps.cosine)}: the 2 cancels. The cosine "
            "compares **directions** only. So a word does not look similar to all others just "
            "because its numbers are large."
        ),
        key="embeddings_doubled",
    )


def _right_angle() -> str:
    """What a cosine of 0 means, with two lists that share a number."""
    a, b = map(np.array, vocabulary.RIGHT_ANGLE)
    cosine = cosine_steps(a, b).cosine
    return (
        f"At a right angle they are neither alike nor opposite: {vector(a)} and {vector(b)} have a "
        f"cosine of **{two_digits(cosine)}**."
    )


def two_digits(cosine: float) -> str:
    return f"{cosine:z.2f}".replace("-", "−") if np.isfinite(cosine) else "none"


def _choose_word(names: Sequence[str], key: str) -> int:
    chosen = f"{key}_word"
    if st.session_state.get(chosen, 0) not in range(len(names)):
        st.session_state[chosen] = 0
    word: int = st.selectbox(
        "Neighbours of",
        range(len(names)),
        format_func=names.__getitem__,
        key=chosen,
        on_change=lambda: st.session_state.pop(f"{key}_other", None),
        persist_state="session",
    )
    return word


def _compare(key: str, word: int, other: int | None) -> None:
    """Look at this pair. Only in callbacks: the word's picker is drawn first."""
    st.session_state[f"{key}_word"] = word
    st.session_state[f"{key}_other"] = other


def _given(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _root(vector: np.ndarray) -> str:
    squares = (f"({_given(v)})²" if v < 0 else f"{_given(v)}²" for v in vector)
    return f"√({' + '.join(squares)})"


def first_numbers(words: WordVectors, word: int) -> None:
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
            "Embeddings of words", lambda: matrix_frame(words.x, words.names, dimensions(words.x))
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


def opposites_question(model_id: str) -> None:
    """Where is "sad" from "happy", in a model that learned from texts alone?"""
    cosine = vocabulary.cosine_in_model(model_id, "happy", "sad")
    predict(
        "*happy* and *sad* are opposites. What is their cosine in this model?",
        ["Well below 0", "Near 0", "Well above 0"],
        0 if cosine < -NEAR_ZERO else 1 if cosine < NEAR_ZERO else 2,
        lambda: (
            f"It is **{two_digits(cosine)}**. The model learned from texts, and there both stand in "
            "the same places: *I feel …*, *a … song*. Its numbers say how words are **used**, and "
            "opposites are used alike."
        ),
        key=f"embeddings_opposites_{model_id}",
    )


by_hand()
real_heading("The same with numbers that nobody wrote")
in_the_model()
