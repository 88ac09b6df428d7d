"""Lesson: Heatmaps and rows."""

import streamlit as st

st.markdown("To come.")
