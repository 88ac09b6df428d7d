"""Experiments on a loaded model, each a plain function that gives a frozen dataclass: usable without Streamlit."""
