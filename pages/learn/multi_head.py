"""Lesson: Multi-head attention."""

import streamlit as st

st.markdown("To come.")
