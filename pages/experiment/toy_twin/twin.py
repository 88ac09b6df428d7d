"""The reader's twin: its numbers, to be changed in place; in the link as "4" or "4~x2.1:0.5"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from attention_core.analysis.twin import MOST
from attention_core.experiments.head_copies import HeadCopies
from attention_core.toy.edits import SEPARATOR, apply_text, edits_of
from attention_core.toy.scenario import Scenario, run, same, set_cell
from attention_core.toy.twin import twin_scenario
from pages.ui.reader.controls import Choice
from pages.ui.reader.link_codec import number as whole_number
from pages.ui.reader.link_codec import rest
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.page_state import PageState
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import World
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import KEY, QUERY, Figure, Role
from pages.ui.widgets.takeaway import matrix_frame, table_twin
from pages.ui.widgets.together import together
from pages.ui.widgets.wording import number

TOYS = "twin_toys"  # session: the toys as the reader left them; the last one is the newest
UNDO = "twin_undo"  # a widget, so it is gone when the page is left
MOST_TOYS = 8
BAD_EDITS = "The edits in this link do not fit this head, so the twin starts from its own numbers."
BLOCKED = "The mask blocks this key: weight :violet[**0**], whatever the numbers are."
NOT_CHANGED = "Nothing was changed"
SIDES: dict[str, Role] = {"asks": "query", "offers": "key"}


@dataclass(frozen=True)
class Twin:
    """How many numbers a token has, and the edits in the words of `toy.edits`."""

    r: int = whole_number(1, MOST, default=4)
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
    edits = edits_of(toy.base, toy.current)
    r = len(toy.base.dimensions) // 2 if edits else TWIN.current().r
    TWIN.write(Twin(r, edits or ""))


def _edit_as_linked(toy: Toy, linked: Twin, r: int) -> None:
    try:
        if linked.r != r:
            raise ValueError(f"made on a twin with {linked.r} numbers a token, this one has {r}")
        edited = apply_text(toy.base, linked.edits)
        if not same(replace(toy.base, x=edited.x), edited):
            raise ValueError("a twin keeps its matrices, words and mask")
        toy.commit(edited)
    except ValueError:
        notice(BAD_EDITS)


def editor(toy: Toy, twin: World) -> None:
    """What the last change did, the chosen pair's arithmetic, and both tables, to be changed in place."""
    last_change(toy, twin)
    _arithmetic(toy.current, twin)
    with st.container(horizontal=True):
        _buttons(toy)
        table_twin(
            "The numbers of the twin",
            lambda: matrix_frame(toy.current.x, twin.queries, toy.current.dimensions),
            key="twin_x_twin",
        )
    with together("twin_numbers") as halves:
        for side in SIDES:
            with halves.column():
                _half(toy, twin, side)


def last_change(toy: Toy, twin: World) -> None:
    """The sentence above the tables: the change, and the weight that follows from it, before and after."""
    if not toy.is_edited:
        st.markdown(
            "Click a number and type another one: the pictures, the difference and the softmax follow. "
            "To begin with, change what the marked key offers, and watch the row that asks."
        )
        return
    before, after = toy.history[-2] if len(toy.history) > 1 else toy.base, toy.current
    cells = np.argwhere(before.x != after.x)
    if len(cells) != 1:
        st.markdown(f"**{len(cells)} numbers differ** from the twin as it was computed.")
        return
    row, column = cells[0].tolist()
    was, now = (run(each).heads.weights[0] for each in (before, after))
    if column < len(before.dimensions) // 2:  # a query: its own row, where it changed most
        q, k = row, int(np.abs(now - was)[row].argmax())
    else:
        q, k = twin.q_pos, row
    st.text(
        f"{changed_cell(after.dimensions[column], twin.queries[row])} from {number(before.x[row, column])} to "
        f"{number(after.x[row, column])}: the weight of {twin.queries[q]} on {twin.keys[k]} went from "
        f"{number(was[q, k])} to {number(now[q, k])}."
    )


def changed_cell(dimension: str, token: str) -> str:
    return f"You changed {dimension} of {token}"


def _half(toy: Toy, twin: World, side: str) -> None:
    """The columns of x that ask, or those that offer, as a table of their own."""
    r, asks = len(toy.current.dimensions) // 2, side == "asks"
    start = 0 if asks else r
    reach = float(np.abs(toy.current.x).max()) or 1.0  # one scale for both tables

    def edit(row: int, column: int, value: float) -> None:
        _try(toy, lambda: set_cell(toy.current, "x", row, start + column, value))
        twin.pick_cell(*((row, None) if asks else (twin.q_pos, row)))

    Figure(
        f"What each of {len(twin.queries)} tokens {side}, {r} numbers each.",
        toy.current.x[:, start : start + r],
        rows=twin.queries,
        columns=toy.current.dimensions[start : start + r],
        row_title=QUERY if asks else KEY,
        column_title="number",
        role=SIDES[side],
        low=-reach,
        high=reach,
        row=twin.q_pos if asks else twin.k_pos,
        heading=f"What each token {side}",
    ).draw(f"twin_{side}", on_edit=edit, about=twin.title, has_files=False)


def _arithmetic(scenario: Scenario, twin: World) -> None:
    """The chosen score, product by product, and the weight that the softmax makes of it."""
    trace, r = twin.trace, len(scenario.dimensions) // 2
    assert trace is not None
    q, k = scenario.x[twin.q_pos, :r], scenario.x[twin.k_pos, r:]
    st.text(f"The chosen pair, {twin.queries[twin.q_pos]} → {twin.keys[twin.k_pos]}:")
    if trace.mask is not None and not trace.mask[twin.q_pos, twin.k_pos]:
        st.markdown(BLOCKED)
        return
    products = " + ".join(
        f":blue[{number(a)}] · :orange[{number(b)}]" for a, b in zip(q, k, strict=True)
    )
    st.markdown(
        f"{products} = score **{number(trace.scaled_scores[twin.q_pos, twin.k_pos])}** → softmax of the row → "
        f"weight :violet[**{twin.row[twin.k_pos]:.4f}**]"
    )


def _buttons(toy: Toy) -> None:
    st.button(
        "Undo",
        icon=":material/undo:",
        key=UNDO,
        disabled=len(toy.history) < 2,
        on_click=after_delivery(toy.undo),
    )
    st.button(
        "Back to the twin",
        icon=":material/restart_alt:",
        key="twin_back",
        disabled=not toy.is_edited,
        on_click=after_delivery(lambda: toy.show(toy.base)),
    )


def _try(toy: Toy, edit: Callable[[], Scenario]) -> None:
    """Commit the edit; if it is not possible say why."""
    clear_notices()
    try:
        toy.commit(edit())
    except ValueError as error:
        notice(f"{NOT_CHANGED}: {error}")
