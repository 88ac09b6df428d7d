"""Masks on the toy: drawn, applied wrongly, and what a causal one gives to early words; two pictures for the whole lesson."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import row_breakdown, strongest
from attention_core.analysis.masking import (
    even_weights,
    flip,
    mask_after_softmax,
    received,
    weight_on_blocked,
    zero_for_blocked,
)
from attention_core.attention import AttentionTrace
from attention_core.masks import causal_mask
from attention_core.toy.one_head import under_mask
from attention_core.toy.scenario import MASKS, Scenario, mask_of
from pages.ui.reader.controls import chosen
from pages.ui.reader.predict import predict
from pages.ui.reader.sentence import ask
from pages.ui.reader.toy_editor import MASK_NAMES
from pages.ui.widgets.breakdown import Column, breakdown, column_of
from pages.ui.widgets.delivery import after_delivery
from pages.ui.widgets.figure import QUERY, Figure
from pages.ui.widgets.panels import full_scale
from pages.ui.widgets.parts import formula, notice_this, one_of
from pages.ui.widgets.wording import labels, number, scaling, summary

KEY = "masks_and_order_key"  # the key of the last clicked cell; its query is everybody's
FLIPS = "masks_and_order_flips"  # (what was started from, the cells that were clicked)
AFTER_SOFTMAX = "The softmax gave each row a sum of 1, so a weight set to 0 afterwards is missing."
NOTHING_BLOCKED = "No blocked key had any weight, so nothing is missing."
MISTAKES = {"after": "Mask after the softmax", "zero": "0 instead of −∞"}
NOISE = 1e-9  # sums that are off by less are 1
MOST_ROWS = 24
MOST_KEYS = 10  # rows of the table: the keys that weigh most in either order
NO_KEY = (
    "There is nothing to share, so there are no shares that add up to 1. "
    "Our core then gives **0 to every key**; other programs may give nonsense (0 ÷ 0)."
)


def heatmap(
    title: str,
    weights: np.ndarray,
    names: Sequence[str],
    *,
    key: str,
    row: int | None = None,
    cell: tuple[int, int] | None = None,
    mask: np.ndarray | None = None,
    on_pick: Callable[[int, int | None], None] | None = None,
    columns: Sequence[str] | None = None,
) -> None:
    """Weights between the words of `names` (or from them to `columns`). `title` is ours, the names are the reader's."""
    keys = names if columns is None else columns
    chosen_row = "" if row is None else summary(names[row], weights[row], keys)
    Figure(
        title,
        weights,
        rows=names,
        columns=keys,
        high=full_scale(weights),
        blocked=None if mask is None else ~mask,
        row=row,
        cell=cell,
        summary=chosen_row,
        heading=title,
    ).draw(key, on_pick=on_pick)
    if chosen_row:
        st.text(chosen_row)


def compare_rows(
    before: np.ndarray,
    after: np.ndarray,
    names: Sequence[str],
    *,
    key: str,
    titles: tuple[str, str],
) -> None:
    """The weights of one query before and after, both at the keys' old positions, and what changed."""
    shown = strongest(np.maximum(before, after), MOST_KEYS)
    columns = [
        column_of(title, row[shown], decimals=3)
        for title, row in zip(titles, (before, after), strict=True)
    ]
    changes = [f"{after[i] - before[i]:+z.3f}".replace("-", "−") for i in shown]
    breakdown(
        [*columns, Column("change", changes)],
        key=key,
        row_labels=[names[i] for i in shown],
        label=f"The weights of the chosen word in two orders of the sentence: {' and '.join(titles)}",
    )


def follow_query(query: int) -> None:
    """At the top of a fragment that was given `query`: once a pick has changed it, draw the whole page anew."""
    if chosen().query != query:
        st.rerun()


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
    clicked = st.session_state.get(KEY)  # before any click a key that the query may not see
    k_pos = int(mask[query].argmin()) if clicked is None or clicked >= len(mask) else clicked
    names = labels(scenario.tokens)
    left, right = st.columns(2, gap="large")
    with left:
        heatmap(
            "No mask",
            free.weights,
            names,
            key="masks_free",
            row=query,
            on_pick=lambda q_pos, _: ask(q_pos),
        )
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
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = one_of(
            "Start from",
            MASKS,
            key="masks_and_order_mask",
            default="causal",
            format_func=MASK_NAMES.__getitem__,
        )
        nothing = ((scenario.tokens, kind), frozenset[tuple[int, int]]())
        if st.session_state.get(FLIPS, (None,))[0] != nothing[0]:
            st.session_state[FLIPS] = nothing
        st.button(
            "Take my clicks back",
            icon=":material/undo:",
            disabled=st.session_state[FLIPS] == nothing,
            key="masks_and_order_undo",
            on_click=after_delivery(lambda: st.session_state.update({FLIPS: nothing})),
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
        notice_this(f"{rows} every key blocked. {NO_KEY}")
    else:
        notice_this(
            f"The first word gives itself {masked.weights[0, 0]:.2f} of its weight; without a mask it was "
            f"{free.weights[0, 0]:.2f}. What is blocked is shared among the keys that are left: "
            "each row still adds up to 1."
        )


@st.fragment
def mask_mistakes(scenario: Scenario) -> None:
    mask = causal_mask(len(scenario.tokens))
    free = under_mask(scenario, None)
    sums = mask_after_softmax(free, mask).sum(axis=-1)
    is_short = bool(sums.min() < 1 - NOISE)
    st.header("Before the softmax, not after", anchor=False)
    answered = predict(
        "someone computes the weights without a mask, and then multiplies blocked ones by 0. "
        "What do the rows add up to?",
        ("All to 1", "Some to less than 1", "Some to more than 1"),
        int(is_short),
        lambda: (
            f"The row sums run from {sums.min():.2f} to {sums.max():.2f}. "
            + (AFTER_SOFTMAX if is_short else NOTHING_BLOCKED)
        ),
        key="masks_and_order_after_guess",
    )
    if not answered:
        return
    kind = one_of(
        "The mistake", MISTAKES, key="masks_and_order_mistake", format_func=MISTAKES.__getitem__
    )
    wrong = (mask_after_softmax if kind == "after" else zero_for_blocked)(free, mask)
    right_way = under_mask(scenario, mask).weights
    names = labels(scenario.tokens)
    left, right = st.columns([6, 5], gap="large")
    with left:
        heatmap(MISTAKES[kind], wrong, names, key="masks_wrong")
    with right:
        st.markdown("**What each row adds up to**")
        leaked = weight_on_blocked(wrong, mask)
        columns = {
            "right way": (right_way.sum(axis=-1), "−∞ before the softmax: the sum of the row"),
            "this way": (wrong.sum(axis=-1), "The sum of the row with the mistake"),
            "to blocked": (leaked, "What goes to keys that the query may not see"),
        }
        breakdown(
            [column_of(title, x[:MOST_ROWS], help=about) for title, (x, about) in columns.items()],
            key="masks_sums",
            row_labels=names[:MOST_ROWS],
            row_title=QUERY,
            label="Row sums: the right way, with the mistake, and the weight on blocked keys",
        )
        _lesson(kind, wrong, leaked.max())


def _lesson(kind: str, wrong: np.ndarray, worst: float) -> None:
    if kind == "after":
        formula(
            ":violet[softmax](scores) · mask: too late, blocked keys have had their part of the sum. "
            f"The first row keeps :violet[**{wrong[0].sum():.2f}**].  \n"
            ":violet[softmax](scores + mask), −∞ where blocked: only allowed keys are in the sum.",
            key="masks_after",
        )
    else:
        formula(
            f"exp(0) = **{np.exp(0):.0f}**: a score of 0 is a score like any other. Up to "
            f":violet[**{worst:.2f}**] of a row goes to keys that should not be seen.  \n"
            f"exp(−∞) = **{np.exp(-np.inf):.0f}**: only −∞ leaves nothing.",
            key="masks_zero",
        )


@st.fragment
def received_panel() -> None:
    st.header("First come, most served", anchor=False)
    st.markdown(
        "Set every score to 0: no word likes any other better. Each row is then shared evenly among the words "
        "it may see. What does a word **receive** on average? The mean of its column."
    )
    n = st.slider("Words", 2, 16, 8, key="masks_and_order_n", persist_state="session")
    mask = causal_mask(n)
    weights = even_weights(n, n, mask)
    shares = received(weights)
    names = [f"word {i}" for i in range(n)]
    left, right = st.columns([6, 5], gap="large")
    with left:
        heatmap("All scores 0, causal mask", weights, names, key="masks_even", mask=mask)
    with right:
        breakdown(
            [column_of("receives", shares, decimals=3)],
            key="masks_receives",
            row_labels=names,
            label=f"What each of {n} words receives on average",
        )
        column_of_first = " + ".join(f"1/{i}" for i in range(1, n + 1))
        formula(
            f"word 0: ({column_of_first}) ÷ {n} = :violet[**{shares[0]:.3f}**]  \n"
            f"word {n - 1}: 1/{n} ÷ {n} = :violet[**{shares[-1]:.3f}**]",
            key="masks_received",
        )
