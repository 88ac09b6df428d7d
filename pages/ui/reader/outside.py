"""What a fragment can change that the page around it shows: where that has happened, all must be drawn anew."""

import streamlit as st

from pages.ui.reader.controls import chosen
from pages.ui.reader.toy_state import Toy


def outside(toy: Toy) -> object:
    """The sidebar's choices, the words of the toy, and what the notices say; compare with ==.

    A fragment takes it as an argument, which keeps the value of the last full run.
    """
    return chosen(), toy.current.tokens, tuple(st.session_state.get("notices", ()))
