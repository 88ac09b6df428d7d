"""The two sentences of this page and the word that both share."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from attention_core.analysis.shared_words import first_after_a_difference, shared_words
from attention_core.analysis.words import Span
from attention_core.toy.presets import preset_named
from attention_core.toy.words import word_spans

SENTENCES = tuple(preset_named(name).sentence for name in ("The dog", "The hot dog"))
LONGEST = 2000  # characters of each
KEYS = ("two_sentences_first", "two_sentences_second")
TITLES = ("First sentence", "Second sentence")
WORD = "two_sentences_word"
NO_SENTENCES = "Type two sentences: even one word each will do."
NO_SHARED_WORD = "These sentences share no word, so there is none to follow. Use one word in both."
SAME_SENTENCES = "Both sentences are the same, so nothing differs between them."


@dataclass(frozen=True)
class Pair:
    """Two sentences, the words they share, and the one that is followed."""

    texts: tuple[str, str]
    spans: tuple[tuple[Span, ...], tuple[Span, ...]]
    pairs: list[tuple[int, int]]  # positions of the words that both share
    followed: int  # which of the pairs

    @property
    def word(self) -> str:
        """As it is written in the first sentence."""
        start, end = self.places[0]
        return self.texts[0][start:end]

    @property
    def places(self) -> tuple[Span, Span]:
        """Where the followed word stands in each text."""
        first, second = self.pairs[self.followed]
        return self.spans[0][first], self.spans[1][second]


def pair_of_sentences() -> Pair | None:
    """Two boxes and the choice of the word; None where there is nothing to follow, which is said."""
    texts = []
    for column, title, key, usual in zip(
        st.columns(2, gap="large"), TITLES, KEYS, SENTENCES, strict=True
    ):
        with column:
            typed = st.text_input(title, usual, key=key, persist_state="session", max_chars=LONGEST)
            texts.append(typed.strip()[:LONGEST])
    first, second = texts
    spans = (word_spans(first), word_spans(second))
    words_1, words_2 = ([t[a:b] for a, b in s] for t, s in zip(texts, spans, strict=True))
    if not (first and second):
        st.info(NO_SENTENCES, icon=":material/edit:")
        return None
    pairs = shared_words(words_1, words_2)
    if not pairs:
        st.info(
            NO_SHARED_WORD,
            icon=":material/edit:",
        )
        return None
    followed = _word(words_1, words_2, pairs)
    if first == second:
        st.markdown(SAME_SENTENCES)
    return Pair((first, second), spans, pairs, followed)


def _word(words: list[str], others: list[str], pairs: list[tuple[int, int]]) -> int:
    names = [f"{words[i]} (word {i} · word {j})" for i, j in pairs]
    if st.session_state.get(WORD) not in names:
        st.session_state[WORD] = names[first_after_a_difference(words, others, pairs)]
    name = st.selectbox(
        "The word that both share",
        names,
        key=WORD,
        persist_state="session",
        help="Its position in the first and in the second sentence, counted from 0",
    )
    return names.index(name)
