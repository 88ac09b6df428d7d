"""A printed heatmap to be checked by the reader: which of its rows cannot be used as attention weights, and why not."""

import numpy as np
import streamlit as st

from attention_core.analysis.rows import RowCheck, check_rows, half_unit, sums
from attention_core.toy.claims import HEATMAP_KEYS, HEATMAP_PRINTED, HEATMAP_QUERIES
from attention_core.toy.presets import preset_named
from attention_core.toy.scenario import run
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.wording import labels

DECIMALS = 1  # of the printed heatmap
KEYS = labels(HEATMAP_KEYS)
QUERIES = [KEYS[HEATMAP_KEYS.index(query)] for query in HEATMAP_QUERIES]
MISSING = [key for key in KEYS if key not in QUERIES]
PICKED, CHECKED = "heatmaps_bad_rows", "heatmaps_checked"


def printed_panel() -> None:
    """The tutorial's heatmap beside the toy's own of the same sentence; the reader's verdict, then the sums."""
    printed, computed = st.columns(2, gap="medium")
    with printed:
        _printed()
    with computed:
        _computed()
    if st.session_state.get(CHECKED):
        _verdict(check_rows(HEATMAP_PRINTED, DECIMALS))


def _printed() -> None:
    st.markdown(
        "**A tutorial prints this.** Two of its rows cannot be attention weights as they stand. Add up!"
    )
    Figure(
        "As printed",
        HEATMAP_PRINTED,
        rows=QUERIES,
        columns=KEYS,
        decimals=DECIMALS,
        summary="The tutorial's heatmap, with one decimal",
    ).draw("heatmaps_printed", on_pick=lambda row, _: _toggle(row))
    st.pills(
        "Which rows are they? Choose here, or click the rows.",
        range(len(QUERIES)),
        selection_mode="multi",
        format_func=QUERIES.__getitem__,
        key=PICKED,
        wrap=True,
    )
    st.button(
        "Check the sums",
        icon=":material/functions:",
        key="heatmaps_check",
        on_click=lambda: st.session_state.update({CHECKED: True}),
    )


def _toggle(row: int) -> None:
    st.session_state[PICKED] = sorted({row} ^ set(st.session_state.get(PICKED) or []))


def _computed() -> None:
    scenario = preset_named("The cat sat")
    weights = run(scenario).heads.weights[0]
    st.markdown("**The toy computes this** for the same sentence: a row for each of its words.")
    Figure(
        "The cat sat on the mat",
        weights,
        rows=KEYS,
        columns=KEYS,
        row=scenario.query,
        summary="The toy's heatmap",
    ).draw("heatmaps_computed")
    total = sums(weights).of_queries[scenario.query]
    st.markdown(
        f"The marked row, “{scenario.tokens[scenario.query]}”, sums to **{total:.4f}**, "
        "and so does every other."
    )


def _verdict(check: RowCheck) -> None:
    wrong = np.flatnonzero(~check.is_one).tolist()
    picked = st.session_state.get(PICKED) or []
    table, words = st.columns(2, gap="medium")
    with table:
        breakdown(
            [
                Column("your pick", ["picked" if i in picked else "" for i in range(len(QUERIES))]),
                Column("sum", [f"{total:.{DECIMALS}f}" for total in check.sums]),
                Column("verdict", ["sums to 1" if ok else "not 1" for ok in check.is_one]),
            ],
            key="heatmaps_sums",
            row_labels=QUERIES,
            row_title="query (asks)",
            label="The sum of each printed row",
        )
    with words:
        found = " and ".join(f"“{HEATMAP_QUERIES[i]}”" for i in wrong)
        st.markdown(
            f"{'**Right:**' if picked == wrong else '**The sums say:**'} {found} do not sum to 1. "
            f"And the row of {' and '.join(f'“{name}”' for name in MISSING)} is missing: "
            "every word asks."
        )
        if check.may_be_rounded[wrong].all():
            h = half_unit(DECIMALS)
            st.markdown(
                f"To be fair: a number printed with one decimal may be off by {h:g}, so a row of "
                f"{len(KEYS)} by {len(KEYS) * h:.1f}. Rounding **could** be the reason for both rows. "
                "Either way, nobody can check them or compute with them."
            )
