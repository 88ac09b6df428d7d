"""The browser's history has one entry for each step of a reader, not one for each parameter that Python writes.

Streamlit writes `st.query_params`, and what a callback changes in a widget bound to the link, by `history.pushState`.
The script draws nothing and leaves every address as it is; see history.js.
"""

from pathlib import Path

import streamlit as st

SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def tidy_history() -> None:
    """Once on every page, in a place that is not shown."""
    with st.container(key="history"):
        st.html(f"<script>{SCRIPT}</script>", unsafe_allow_javascript=True)
