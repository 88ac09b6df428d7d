"""The reader's twin: how many numbers a token has, the toy with its edits per head, and both in the link."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from attention_core.analysis.twin import MOST
from attention_core.toy.edits import SEPARATOR, apply_text, edits_of
from attention_core.toy.scenario import Scenario, same
from attention_core.toy.twin import twin_scenario
from pages.experiment.toy_twin.runs import Copied
from pages.ui.reader.controls import Choice
from pages.ui.reader.notices import notice
from pages.ui.reader.page_link import PageLink
from pages.ui.reader.toy_state import Toy

LINK = PageLink("twin")  # "4", or "4~x2.1:0.5" with edits
USUAL = 4  # numbers a token
R = "twin_r"  # session: the number that was chosen
TOYS = "twin_toys"  # session: the toys as the reader left them; the last one is the newest
LINKED = "twin_of_link"  # session: what a link says, until its head has been read
UNDO = "twin_undo"  # a widget, so it is gone when the page is left
MOST_TOYS = 8
BAD_LINK = "This link asks for a twin that is not there, so the usual one is shown."
BAD_EDITS = "The edits in this link do not fit this head, so the twin starts from its own numbers."


@dataclass(frozen=True)
class _Linked:
    r: int
    edits: str


def take_twin_of_link() -> None:
    """Before anything is drawn: the number now, the edits as soon as the head they were made on is there."""
    link = LINK.news(is_new=UNDO not in st.session_state)
    if link is None:
        return
    st.session_state[LINKED] = linked = _read(link)
    st.session_state[R] = linked.r


def chosen_r(copied: Copied) -> int:
    """The number of the reader, or the largest that makes a difference."""
    return min(st.session_state.setdefault(R, USUAL), copied.twins[-1].r)


def current_twin(choice: Choice, copied: Copied) -> Toy:
    """The twin of this head with the chosen number, as the reader left it."""
    r = chosen_r(copied)
    toys: dict[tuple[Choice, int], Toy] = st.session_state.setdefault(TOYS, {})
    key = replace(choice, query=0), r
    linked = st.session_state.pop(LINKED, None)
    toy = toys.pop(key, None)
    if toy is None or linked is not None:
        twin = copied.twins[r]
        base = twin_scenario(twin.q, twin.k, copied.tokens, copied.mask)
        toy = Toy(base, "twin", None, [base], version=0)
    if linked is not None and linked.edits:
        _edit_as_linked(toy, linked, r)
    toys[key] = toy
    while len(toys) > MOST_TOYS:
        toys.pop(next(iter(toys)))
    return toy


def write_twin_to_link(toy: Toy) -> str:
    """What the reader should know of the link, or ""."""
    if edits := edits_of(toy.base, toy.current):
        return LINK.write(f"{len(toy.base.dimensions) // 2}{SEPARATOR}{edits}")
    r = st.session_state[R]
    return LINK.write(None if r == USUAL else str(r))


def _read(link: str) -> _Linked:
    number, _, edits = link.partition(SEPARATOR)
    if not link:
        return _Linked(USUAL, "")
    if number not in [str(r) for r in range(1, MOST + 1)]:
        notice(BAD_LINK)
        return _Linked(USUAL, "")
    return _Linked(int(number), edits)


def _edit_as_linked(toy: Toy, linked: _Linked, r: int) -> None:
    try:
        if linked.r != r:
            raise ValueError(f"made on a twin with {linked.r} numbers a token, this one has {r}")
        toy.commit(_only_numbers(toy.base, apply_text(toy.base, linked.edits)))
    except ValueError:
        notice(BAD_EDITS)


def _only_numbers(base: Scenario, edited: Scenario) -> Scenario:
    """The page changes what tokens ask and offer. Raises ValueError where something else was changed."""
    if not same(replace(base, x=edited.x), edited):
        raise ValueError("a twin keeps its matrices, words and mask")
    return edited
