"""Lesson: Attention as focus."""

import streamlit as st

st.markdown("To come.")
