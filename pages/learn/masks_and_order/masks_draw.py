"""What a word may not see: the toy without a mask beside the toy under a mask that the reader draws."""

from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import row_breakdown
from attention_core.analysis.masking import flip
from attention_core.attention import AttentionTrace
from attention_core.toy.one_head import under_mask
from attention_core.toy.scenario import MASKS, Scenario, mask_of
from pages.learn.masks_and_order.masks_heatmap import ask_row, follow_query, heatmap
from pages.ui.reader.sentence import ask
from pages.ui.reader.toy_editor import MASK_NAMES
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.parts import formula, notice_this, one_of
from pages.ui.widgets.wording import labels, number, scaling

KEY = "masks_and_order_key"  # the key of the last clicked cell; its query is everybody's
FLIPS = "masks_and_order_flips"  # (what was started from, the cells that were clicked)


@st.fragment
def draw_mask(scenario: Scenario, query: int) -> None:
    """Both matrices, the chosen cell's arithmetic, and what becomes of a row without any key."""
    follow_query(query)
    st.header("What a word may not see", anchor=False)
    st.markdown(
        "A mask says which :orange[keys] a :blue[query] may look at. **Click a cell of your mask** to block it or to "
        "free it; click a word at the left of it to block the whole row."
    )
    mask = _mask(scenario)
    free, masked = under_mask(scenario, None), under_mask(scenario, mask)
    k_pos = _key(mask, query)
    names = labels(scenario.tokens)
    left, right = st.columns(2, gap="large")
    with left:
        heatmap("No mask", free.weights, names, key="masks_free", row=query, on_pick=ask_row)
    with right:
        heatmap(
            "Your mask",
            masked.weights,
            names,
            key="masks_drawn",
            row=query,
            cell=(query, k_pos),
            mask=mask,
            on_pick=lambda q_pos, k: _click(scenario, q_pos, k),
        )
    st.text(f"{names[query]} → {names[k_pos]}")
    formula(_arithmetic(free, masked, query, k_pos), key="masks_cell")
    _what_to_notice(free, masked)


def _mask(scenario: Scenario) -> np.ndarray:
    """The mask to start from, and in it the cells that the reader has clicked."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = one_of(
            "Start from",
            MASKS,
            key="masks_and_order_mask",
            default="causal",
            format_func=MASK_NAMES.__getitem__,
        )
        begun = (scenario.tokens, kind)
        if st.session_state.get(FLIPS, (None,))[0] != begun:
            st.session_state[FLIPS] = (begun, frozenset())
        clicked = st.session_state[FLIPS][1]
        st.button(
            "Take my clicks back",
            icon=":material/undo:",
            disabled=not clicked,
            key="masks_and_order_undo",
            on_click=after_delivery(lambda: st.session_state.update({FLIPS: (begun, frozenset())})),
        )
    return _with_clicks(scenario)


def _with_clicks(scenario: Scenario) -> np.ndarray:
    (_, kind), clicked = st.session_state[FLIPS]
    start = mask_of(replace(scenario, mask=kind))
    everyone = np.ones((len(scenario.tokens),) * 2, dtype=bool)
    return flip(everyone if start is None else start, clicked)


def _click(scenario: Scenario, q_pos: int, k_pos: int | None) -> None:
    """A cell: the other way round. A row's label: block all of it, or free all of it if it is blocked."""
    row = _with_clicks(scenario)[q_pos]  # as it is now: several clicks may arrive together
    keys = [k_pos] if k_pos is not None else np.flatnonzero(row if row.any() else ~row).tolist()
    begun, clicked = st.session_state[FLIPS]
    st.session_state[FLIPS] = (begun, clicked ^ {(q_pos, k) for k in keys})
    st.session_state[KEY] = k_pos
    ask(q_pos)


def _key(mask: np.ndarray, query: int) -> int:
    """The clicked key; before any click one that the query may not see, if there is one."""
    clicked = st.session_state.get(KEY)
    return clicked if clicked is not None and clicked < len(mask) else int(mask[query].argmin())


def _arithmetic(free: AttentionTrace, masked: AttentionTrace, q_pos: int, k_pos: int) -> str:
    """score → mask → exp → ÷ sum, and what the weight was without the mask."""
    steps = row_breakdown(masked, q_pos)
    score = number(steps.scaled_scores[k_pos])
    begin = f":blue[q]·:orange[k] {scaling(masked)} = {score}"
    weight = f":violet[**{steps.weights[k_pos]:.3f}**]"
    without = f"(without a mask: {free.weights[q_pos, k_pos]:.3f})"
    if steps.total == 0:
        return f"{begin} → **−∞**, as all scores of this row: nothing is left to share → {weight} {without}"
    if np.isneginf(steps.masked_scores[k_pos]):
        return (
            f"{begin} → blocked: **−∞** → exp(−∞) = **0**  \n"
            f"→ 0 ÷ sum {number(steps.total)} = {weight} {without}"
        )
    return (
        f"{begin} → allowed: {score} → − max {number(steps.top)} → exp = {number(steps.exps[k_pos])}  \n"
        f"→ ÷ sum {number(steps.total)} = {weight} {without}"
    )


def _what_to_notice(free: AttentionTrace, masked: AttentionTrace) -> None:
    empty = int((masked.weights.sum(axis=-1) == 0).sum())
    if empty:
        rows = "1 row has" if empty == 1 else f"{empty} rows have"
        notice_this(
            f"{rows} every key blocked. There is nothing to share, so there are no shares that add up to 1. "
            "Our core then gives **0 to every key**; other programs may give nonsense (0 ÷ 0)."
        )
    else:
        notice_this(
            f"The first word gives itself {masked.weights[0, 0]:.2f} of its weight; without a mask it was "
            f"{free.weights[0, 0]:.2f}. What is blocked is shared among the keys that are left: "
            "each row still adds up to 1."
        )
