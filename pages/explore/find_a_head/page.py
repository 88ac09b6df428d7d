"""Find a head: all heads of the model ranked by what they do, and how often chance would do as well."""

import streamlit as st

from pages.explore.find_a_head.patterns import patterns_panel
from pages.explore.find_a_head.words import words_panel
from pages.ui.reader.controls import chosen
from pages.ui.widgets.parts import one_of, toy_of_sentence

WORDS, PATTERN = "From one word to another", "A pattern"

st.markdown(
    "A model has dozens or hundreds of heads. Say what you are looking for: every head is measured and "
    "the best one named, together with what the best of so many would reach **by chance**."
)
search = one_of(
    "What are you looking for?",
    [WORDS, PATTERN],
    key="find_a_head_search",
)
if search == WORDS:
    toy = toy_of_sentence()
    if toy is not None:
        words_panel(toy, chosen())
else:
    patterns_panel(chosen())
