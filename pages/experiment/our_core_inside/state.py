"""What the page shows: which picture, which quantity, and whether a wrong core stands beside ours; all in the link.

"difference.weights", "all.states.wrong": nothing that was measured, only what is looked at.
"""

import streamlit as st

from pages.ui.reader.notices import notice
from pages.ui.reader.page_link import PageLink

SHOW, QUANTITY, WRONG = "core_show", "core_quantity", "core_wrong"  # widgets, kept for the session
MEASURE = "core_measure"  # a button, so it is gone when the page is left
SHOWS = {"all": "all three", "library": "library", "ours": "ours", "difference": "difference"}
QUANTITIES = {"weights": "weights", "states": "residual stream"}
USUAL = ("all", "weights", False)
LINK = PageLink("core")
NOT_THERE = "This link asks for a view that is not there, so the usual one is shown."


def take_view_of_link() -> None:
    """Before the first control is drawn; what the link says then is what they show."""
    link = LINK.news(is_new=MEASURE not in st.session_state)
    if link is None:
        return
    view = _read(link) if link else USUAL
    if view is None:
        notice(NOT_THERE)
        st.text(NOT_THERE)
        view = USUAL
    st.session_state.update(dict(zip((SHOW, QUANTITY, WRONG), view, strict=True)))


def write_view_to_link() -> None:
    show, quantity, wrong = view = tuple(
        st.session_state.get(key, usual)
        for key, usual in zip((SHOW, QUANTITY, WRONG), USUAL, strict=True)
    )
    LINK.write(None if view == USUAL else f"{show}.{quantity}{'.wrong' * wrong}")


def _read(link: str) -> tuple[str, str, bool] | None:
    show, _, rest = link.partition(".")
    quantity, _, wrong = rest.partition(".")
    known = show in SHOWS and quantity in QUANTITIES and wrong in ("", "wrong")
    return (show, quantity, bool(wrong)) if known else None
