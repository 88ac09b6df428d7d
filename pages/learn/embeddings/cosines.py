"""Lesson 2: how alike words are, the same for the reader's table and for a model: all cosines, neighbours, one pair."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from attention_core.vectors import CosineSteps, cosine_steps, cosine_table, nearest
from pages.ui.reader.predict import predict
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.parts import formula
from pages.ui.widgets.wording import number

NO_COSINE = "A list of zeros points nowhere, so it has no cosine."


def cosines_panel(names: Sequence[str], x: np.ndarray, *, key: str) -> tuple[int, int]:
    """The cosine of every pair, and one word's neighbours. Returns the word and the other it is compared with.

    Needs two words or more. The other one is the nearest until the reader picks another.
    """
    table = cosine_table(x)
    every_pair, neighbours = st.columns([6, 5], gap="large")
    with neighbours:
        word = _choose_word(names, key)
        order = nearest(table, word).tolist()
        other = _other(key, word, len(names), nearest_one=order[0])
        near_to_far = table[word, order].tolist()
        breakdown(
            [Column("cosine", [two_digits(c) for c in near_to_far], bars=_bars(near_to_far))],
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


def cosine_formula(a: np.ndarray, b: np.ndarray, steps: CosineSteps, *, key: str) -> None:
    """The cosine of a pair, with each factor worked out."""
    products = " + ".join(
        f":blue[{_given(p)}] × :orange[{_given(q)}]" for p, q in zip(a, b, strict=True)
    )
    lengths = f":blue[{number(steps.length_a)}] × :orange[{number(steps.length_b)}]"
    result = (
        f"cosine = {number(steps.dot)} ÷ ({lengths}) = **{two_digits(steps.cosine)}**"
        if np.isfinite(steps.cosine)
        else NO_COSINE
    )
    formula(
        "cosine = sum of products ÷ (length of :blue[**a**] × length of :orange[**b**])\n\n"
        f"sum of products: {products} = **{number(steps.dot)}**  \n"
        f"length of :blue[**a**]: {_root(a)} = :blue[**{number(steps.length_a)}**]  \n"
        f"length of :orange[**b**]: {_root(b)} = :orange[**{number(steps.length_b)}**]\n\n"
        f"{result}",
        key=key,
    )


def doubling_question(a: np.ndarray, b: np.ndarray, steps: CosineSteps, *, key: str) -> None:
    """What if all numbers of `a` were twice as large? For a pair that has a cosine."""
    twice = cosine_steps(2 * a, b)
    stays = np.isclose(twice.cosine, steps.cosine)
    predict(
        "if every number of **a** were twice as large, what would become of the cosine?",
        ["It would be twice as large", "It would stay as it is", "It would be half as large"],
        1 if stays else 0 if twice.cosine / steps.cosine > 1 else 2,
        lambda: (
            f"The sum of products would go from {number(steps.dot)} to {number(twice.dot)}, and the "
            f"length of **a** from {number(steps.length_a)} to {number(twice.length_a)}. Divided, "
            f"that is {two_digits(twice.cosine)}, and it was {two_digits(steps.cosine)}. The cosine "
            "compares **directions** only, so that no word is near all others just because its "
            "numbers are large."
        ),
        key=key,
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


def _other(key: str, word: int, n_words: int, nearest_one: int) -> int:
    """The word that was picked to compare with, if it is still there; else the nearest."""
    picked: int | None = st.session_state.get(f"{key}_other")
    return nearest_one if picked is None or picked == word or picked >= n_words else picked


def _compare(key: str, word: int, other: int | None) -> None:
    """Look at this pair. Only in callbacks: the word's picker is drawn first."""
    st.session_state[f"{key}_word"] = word
    st.session_state[f"{key}_other"] = other


def _bars(cosines: Sequence[float]) -> list[float]:
    return [max(cosine, 0.0) if np.isfinite(cosine) else 0.0 for cosine in cosines]


def _given(value: float) -> str:
    """A number of the table, as it was typed."""
    return f"{value:.4g}".replace("-", "−")


def _root(vector: np.ndarray) -> str:
    squares = (f"({_given(v)})²" if v < 0 else f"{_given(v)}²" for v in vector)
    return f"√({' + '.join(squares)})"
