"""Lesson: Self-attention, step by step."""

import streamlit as st

st.markdown("To come.")
