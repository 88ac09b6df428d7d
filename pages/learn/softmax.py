"""Lesson: Softmax."""

import streamlit as st

st.markdown("To come.")
