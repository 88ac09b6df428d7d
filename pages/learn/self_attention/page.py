"""Lesson 6: one word's way from embedding to output, step by step, with the source of each step."""

import streamlit as st

from pages.learn.self_attention.map import dog_on_the_map
from pages.learn.self_attention.states import states_panel
from pages.learn.self_attention.stepper import stepper
from pages.ui.reader.controls import chosen
from pages.ui.widgets.parts import real_heading, toy_of_sentence

st.markdown(
    "**Self-attention:** every word asks all the words of its own sentence, all at the same time. "
    "Follow one number through eight steps; click any cell to follow another."
)
toy = toy_of_sentence()
if toy is not None:
    stepper(toy)

dog_on_the_map()

real_heading("The same in a real model, layer after layer")
if toy is not None:
    states_panel(chosen(), toy.current)
