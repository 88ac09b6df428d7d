"""Lesson: the terms once more, and a quiz that is made from a number and graded by what the core computes."""

import streamlit as st

from attention_core.quiz.quiz import LENGTH
from pages.learn.recap.quiz import quiz
from pages.learn.recap.terms import terms

st.markdown(f"The terms once more, then [the quiz](#quiz): {LENGTH} questions to work out alone.")
st.header("The terms, in one line each", anchor=False)
terms()
st.header("Quiz", anchor="quiz")
quiz()
