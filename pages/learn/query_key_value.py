"""Lesson: Query, key, value."""

import streamlit as st

st.markdown("To come.")
