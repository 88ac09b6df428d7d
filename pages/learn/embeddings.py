"""Lesson: Embeddings."""

import streamlit as st

st.markdown("To come.")
