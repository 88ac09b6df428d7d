"""The reader's twin: how many numbers a token has, and the edits per head; in the link as "4" or "4~x2.1:0.5"."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from attention_core.analysis.twin import MOST
from attention_core.experiments.head_copies import HeadCopies
from attention_core.toy.edits import SEPARATOR, apply_text, edits_of
from attention_core.toy.scenario import Scenario, same
from attention_core.toy.twin import twin_scenario
from pages.ui.reader.controls import Choice
from pages.ui.reader.link_codec import number, rest
from pages.ui.reader.notices import notice
from pages.ui.reader.page_state import PageState
from pages.ui.reader.toy_state import Toy

TOYS = "twin_toys"  # session: the toys as the reader left them; the last one is the newest
UNDO = "twin_undo"  # a widget, so it is gone when the page is left
MOST_TOYS = 8
BAD_EDITS = "The edits in this link do not fit this head, so the twin starts from its own numbers."


@dataclass(frozen=True)
class Twin:
    """How many numbers a token has, and the edits in the words of `toy.edits`."""

    r: int = number(1, MOST, default=4)
    edits: str = rest(mark="")


TWIN = PageState("twin", Twin, keys="twin", shown=UNDO, separators=SEPARATOR)


def chosen_r(copied: HeadCopies) -> int:
    """The number of the reader, or the largest that makes a difference."""
    return min(TWIN.current().r, copied.twins[-1].r)


def current_twin(choice: Choice, copied: HeadCopies) -> Toy:
    """The twin of this head with the chosen number, as the reader left it."""
    r = chosen_r(copied)
    toys: dict[tuple[Choice, int], Toy] = st.session_state.setdefault(TOYS, {})
    key = replace(choice, query=0), r
    linked = TWIN.linked()
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


def write_twin_to_link(toy: Toy) -> None:
    if edits := edits_of(toy.base, toy.current):
        TWIN.write(Twin(len(toy.base.dimensions) // 2, edits))
    else:
        TWIN.write(Twin(TWIN.current().r))


def _edit_as_linked(toy: Toy, linked: Twin, r: int) -> None:
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
