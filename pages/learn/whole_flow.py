"""Lesson: The whole flow."""

import streamlit as st

st.markdown("To come.")
