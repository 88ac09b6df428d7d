"""Lesson: Masks and order."""

import streamlit as st

st.markdown("To come.")
