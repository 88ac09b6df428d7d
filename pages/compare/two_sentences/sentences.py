"""What all parts share: the two sentences, the word that both have, its vectors, and a chart through the layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.shared_words import first_after_a_difference, shared_words
from attention_core.analysis.words import Span
from attention_core.charts import through_layers as charts
from attention_core.charts.export import as_spec, on_paper
from attention_core.experiments.two_sentences import states_of_word
from attention_core.pretrained import logit_lens
from attention_core.softmax import softmax
from attention_core.toy.presets import preset_named
from attention_core.toy.words import word_spans
from pages.ui.server import models
from pages.ui.server.cache import cached
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import layers_passed

SENTENCES = tuple(preset_named(name).sentence for name in ("The dog", "The hot dog"))
LONGEST = 2000  # characters of each
KEYS = ("two_sentences_first", "two_sentences_second")
TITLES = ("First sentence", "Second sentence")
WORD = "two_sentences_word"
NO_SENTENCES = "Type two sentences: even one word each will do."
NO_SHARED_WORD = "These sentences share no word, so there is none to follow. Use one word in both."
NOT_READ = "This model does not say where it read that word: its text may end before it."
SAME_SENTENCES = "Both sentences are the same, so nothing differs between them."


CHARTS = {
    "between": charts.cosine_between,
    "cosines": charts.cosines,
    "probabilities": charts.probabilities,
}


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
        st.info(NO_SHARED_WORD, icon=":material/edit:")
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


@cached(max_entries=128)
def word_states(model_id: str, text: str, word: Span) -> np.ndarray | None:
    """(n_layers + 1, d_model); None where the model has not read the word."""
    places = models.tokenized(model_id, text).places
    return states_of_word(models.hidden_states(model_id, text), places, word)


@cached(max_entries=3)
def _spec(chart: str) -> dict[str, Any]:
    return as_spec(CHARTS[chart]())


def chart_of(
    chart: str, lines: Sequence[np.ndarray], names: Sequence[str], title: str, key: str
) -> None:
    """Lines over the number of layers passed: 0 is what enters the first layer."""
    frame = charts.layers_frame(lines, names)
    ends = ", ".join(
        f"{name} from {line[0]:.2f} to {line[-1]:.2f}"
        for name, line in zip(names, lines, strict=True)
    )
    st.vega_lite_chart(frame, _spec(chart), height=280, key=key, alt=f"{title}: {ends}")
    table_twin(
        title,
        lambda: pd.DataFrame(
            dict(zip(names, lines, strict=True)), index=layers_passed(len(lines[0]) - 1)
        ),
        key=f"{key}_twin",
        chart=lambda: on_paper(CHARTS[chart](), frame),
    )


@cached(max_entries=6)
def lens(model_id: str, text: str) -> np.ndarray:
    """(n_layers + 1, n_vocabulary): the logit lens as probabilities; the model must predict the next token."""
    return softmax(logit_lens.logit_lens(text, models.loaded(model_id)))
