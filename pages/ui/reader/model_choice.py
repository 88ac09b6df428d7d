"""Which pretrained model is looked at, and that no link and no browser can make it one that may not be read.

The box itself is in controls.py. The core refuses such a model as well: this is for the reader to see why.
"""

import streamlit as st

from attention_core.pretrained.catalogue import (
    MINILM,
    custom_models_allowed,
    entry_for,
    may_be_read,
)
from pages.ui.reader.notices import notice


def model() -> str:
    """The model that is looked at. Whatever a link or a browser sends: never one that may not be read."""
    asked = st.session_state.get("model") or MINILM.key
    return asked if may_be_read(asked) else MINILM.key


def or_type_another() -> str:
    """How the help of a model box goes on: what else can be typed into it, or why nothing can."""
    if custom_models_allowed():
        return ", or type a hub id such as `owner/name` or a folder on this computer"
    return ". No other can be typed: whoever runs this server has not allowed it"


def check_model_of_link() -> None:
    """Before the box is drawn, which knows the catalogue's names only in its own spelling."""
    asked = st.query_params.get("model")
    if "link_read" in st.session_state or not asked:
        return
    entry = entry_for(asked)
    if entry is not None:
        st.session_state["model"] = entry.key
    elif not may_be_read(asked):
        st.session_state["model"] = MINILM.key
        notice(f"This link asks for “{asked[:80]}”. This server reads the models of its list only.")
