"""A component on the page, with what all of them share: visible text, and a corner that opens the numbers behind it."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from attention_core.visible import visible_throughout
from pages.ui.widgets.takeaway import TITLE, Numbers, numbers_and_files

OPEN = "numbers_open"  # session: the key of the picture whose numbers are open
Component = Callable[..., Any]  # what st.components.v2.component gives


def mount(
    component: Component,
    data: Mapping[str, Any],
    *,
    key: str,
    numbers: Numbers | None = None,
    **callbacks: Callable[[], None],
) -> None:
    """Draw the component. With `numbers`, a button in its corner opens them in a dialog."""
    if numbers is not None:
        data = {**data, "files": TITLE}
        callbacks["on_files_change"] = lambda: st.session_state.update({OPEN: key})
    component(key=key, data=visible_throughout(data), **callbacks)
    if numbers is not None and st.session_state.get(OPEN) == key:
        _dialog(numbers, key)


def _dialog(numbers: Numbers, key: str) -> None:
    dialog = st.dialog(TITLE, width="large", on_dismiss=_close)
    dialog(numbers_and_files)(numbers, key=f"{key}_numbers")


def _close() -> None:
    st.session_state.pop(OPEN, None)
