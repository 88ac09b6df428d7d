"""The twin's numbers, to be changed in place, and in words what the last change did to a weight."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from attention_core.toy.scenario import Scenario, run, set_cell
from pages.experiment.toy_twin.state import UNDO
from pages.ui.reader.notices import clear_notices, notice
from pages.ui.reader.toy_state import Toy
from pages.ui.reader.worlds import World
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.takeaway import matrix_frame, table_twin
from pages.ui.widgets.wording import number

BLOCKED = "The mask blocks this key: weight :violet[**0**], whatever the numbers are."
NOT_CHANGED = "Nothing was changed"
SIDES: dict[str, Role] = {"asks": "query", "offers": "key"}


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
    asks, offers = st.columns(2, gap="large")
    with asks:
        _half(toy, twin, "asks", twin.q_pos)
    with offers:
        _half(toy, twin, "offers", twin.k_pos)


def last_change(toy: Toy, twin: World) -> None:
    """The sentence above the tables: the change, and the weight that follows from it, before and after."""
    if not toy.is_edited:
        st.markdown(
            "Click a number and type another one: the pictures, the difference and the softmax follow. "
            "To begin with, change what the marked key offers, and watch the row that asks."
        )
        return
    before = toy.history[-2] if len(toy.history) > 1 else toy.base
    cells = np.argwhere(before.x != toy.current.x)
    if len(cells) != 1:
        st.markdown(f"**{len(cells)} numbers differ** from the twin as it was computed.")
        return
    row, column = cells[0].tolist()
    st.text(_last_change_in_words(before, toy.current, row, column, twin))


def changed_cell(dimension: str, token: str) -> str:
    return f"You changed {dimension} of {token}"


def _last_change_in_words(
    before: Scenario, after: Scenario, row: int, column: int, twin: World
) -> str:
    was, now = (run(each).heads.weights[0] for each in (before, after))
    if column < len(before.dimensions) // 2:  # a query: its own row, where it changed most
        q, k = row, int(np.abs(now - was)[row].argmax())
    else:
        q, k = twin.q_pos, row
    return (
        f"{changed_cell(after.dimensions[column], twin.queries[row])} from {number(before.x[row, column])} to "
        f"{number(after.x[row, column])}: the weight of {twin.queries[q]} on {twin.keys[k]} went from "
        f"{number(was[q, k])} to {number(now[q, k])}."
    )


def _half(toy: Toy, twin: World, side: str, marked: int) -> None:
    """The columns of x that ask, or those that offer, as a table of their own."""
    r = len(toy.current.dimensions) // 2
    start = 0 if side == "asks" else r
    reach = float(np.abs(toy.current.x).max()) or 1.0  # one scale for both tables

    def edit(row: int, column: int, value: float) -> None:
        _try(toy, lambda: set_cell(toy.current, "x", row, start + column, value))
        if side == "asks":
            twin.pick_cell(row, None)
        else:
            twin.pick_cell(twin.q_pos, row)

    Figure(
        f"What each of {len(twin.queries)} tokens {side}, {r} numbers each.",
        toy.current.x[:, start : start + r],
        rows=twin.queries,
        columns=toy.current.dimensions[start : start + r],
        row_title="query (asks)" if side == "asks" else "key (offers)",
        column_title="number",
        role=SIDES[side],
        low=-reach,
        high=reach,
        row=marked,
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
