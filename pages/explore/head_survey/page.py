"""Explore: what every head does over thousands of sentences, and how far one sentence can be trusted."""

import streamlit as st

from pages.explore.head_survey.heads import best_heads, grid_of_heads, pick_statistic
from pages.explore.head_survey.one_sentence import one_sentence
from pages.explore.head_survey.survey import SurveyView, about, survey_picker

st.markdown(
    "One sentence can mislead. Here every head was measured on **thousands of sentences**, and their mean "
    "is shown with its standard error. Then your own sentence is held against it."
)
survey_side, statistic_side = st.columns(2, gap="large")
with statistic_side:
    statistic = pick_statistic()
with survey_side:
    survey = survey_picker()
if survey is not None:
    view = SurveyView(survey, statistic)
    grid_side, list_side = st.columns([5, 4], gap="large")
    with grid_side:
        grid_of_heads(view)
    with list_side:
        best_heads(view)
    st.divider()
    one_sentence(view)
    about(survey)
