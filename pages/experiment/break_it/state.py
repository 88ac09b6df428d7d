"""Which mistake is looked at and where it is made, kept for the session and in the link: "twice", "twice.one"."""

import streamlit as st

from pages.experiment.break_it.catalogue import BREAKS, BY_NAME, Break
from pages.ui.reader.notices import notice
from pages.ui.reader.page_link import PageLink

WHICH, WHERE = "break_it_which", "break_it_where"  # of the widgets: gone when the page is left
KEPT = "break_it_kept"  # session: what they said then
ALL, ONE = "all", "one"
USUAL = (BREAKS[0].name, ALL)
LINK = PageLink("break")
NOT_THERE = "This link asks for a mistake that is not there, so the usual one is shown."


def take_break_of_link() -> None:
    """Before the first control is drawn; what the link says then is what they show."""
    is_new = WHICH not in st.session_state
    link = LINK.news(is_new)
    if link is None:
        if is_new:
            _show(*st.session_state.get(KEPT, USUAL))
        return
    name, where = USUAL
    if link:
        name, _, where = link.partition(".")
        where = where or ALL
    if name not in BY_NAME or where not in (ALL, ONE):
        notice(NOT_THERE)
        st.text(NOT_THERE)
        name, where = USUAL
    _show(name, where)


def _show(name: str, where: str) -> None:
    st.session_state[WHICH], st.session_state[WHERE] = name, where


def write_break_to_link() -> None:
    name, where = st.session_state[WHICH], st.session_state.get(WHERE, ALL)
    st.session_state[KEPT] = name, where
    link = name if where == ALL else f"{name}.{where}"
    LINK.write(None if (name, where) == USUAL else link)


def choose_break() -> Break:
    """One of the ten, all in sight."""
    name = st.segmented_control(
        "Which mistake?",
        list(BY_NAME),
        key=WHICH,
        format_func=lambda name: BY_NAME[name].title,
        required=True,
        wrap=True,
    )
    return BY_NAME[name or USUAL[0]]


def choose_where(layer: int, n_layers: int) -> str:
    """In the chosen layer or in all of them."""
    names = {ALL: f"In all {n_layers} layers", ONE: f"In layer {layer} only"}
    where = st.segmented_control(
        "Where is the mistake made?",
        list(names),
        key=WHERE,
        format_func=names.__getitem__,
        required=True,
        wrap=True,
    )
    return where or ALL


def look_at(name: str) -> None:
    """Choose a mistake. Only in callbacks."""
    st.session_state[WHICH] = name
