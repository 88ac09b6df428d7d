"""Attention by hand: the NumPy core (this folder's modules), and what surrounds it without Streamlit.

Root modules import NumPy only; `toy`, `pretrained`, `analysis` and `charts` build on them, never on each other's pages.
"""
