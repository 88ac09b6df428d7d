"""Lesson: Recap and quiz."""

import streamlit as st

st.markdown("To come.")
