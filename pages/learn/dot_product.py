"""Lesson: Dot product."""

import streamlit as st

st.markdown("To come.")
