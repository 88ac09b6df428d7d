"""Compare: one word in two sentences, followed through the layers of the pretrained model."""

from collections.abc import Callable

import streamlit as st

from pages.compare.two_sentences.next_token import lens_panel, next_panel
from pages.compare.two_sentences.sentences import Pair, pair_of_sentences
from pages.compare.two_sentences.word import attention_panel, distance_panel, likeness_panel
from pages.ui.reader.controls import Choice, chosen
from pages.ui.reader.real import model_or_wait
from pages.ui.server import models
from pages.ui.widgets.parts import one_of

QUESTIONS: dict[str, Callable[[Pair, Choice], None]] = {
    "1 · How far apart is the word?": distance_panel,
    "2 · Which words is it like?": likeness_panel,
    "3 · What comes next?": next_panel,
    "4 · From which layer on?": lens_panel,
    "5 · Where does it look?": attention_panel,
}


def page(choice: Choice, is_ready: bool) -> None:
    """All of it; only what is asked for is computed."""
    pair = pair_of_sentences()
    if pair is None or not is_ready:
        return
    question = one_of("Question", QUESTIONS, key="two_sentences_question", has_label=False)
    with models.errors_shown(choice.model_id, "two_sentences"):
        QUESTIONS[question](pair, choice)


st.markdown(
    "Every layer mixes into a word what stands around it. "
    "So in two sentences the same word **becomes two different vectors**."
)
choice = chosen()
page(choice, model_or_wait(choice.model_id, key="two_sentences_model") is not None)
