"""The value side of one row: what each key is given, how much it has to hand over, and what comes out."""

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.breakdown import strongest
from attention_core.analysis.row_values import (
    RowValues,
    of_head_in_W_O,
    output_lengths,
    row_values,
)
from pages.explore.one_head.badge import badge, percent, sinks_table
from pages.explore.one_head.subject import Subject
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.softmax_panel import MOST_KEYS
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import dimensions, number


def values_view(subject: Subject) -> None:
    """The table of the row, who takes how much, and the vector that the row ends in."""
    world = subject.world
    if world.trace is None:
        only_weights()
        badge(subject)
        return
    st.markdown("**What the row takes from each key: its weight × the length of its value**")
    st.text(f"{world.title}: {world.queries[world.q_pos]} asks")
    row = world.trace.weights[world.q_pos]
    before = row_values(row, world.trace.v)
    behind = None
    if subject.W_O is not None:
        W_O_head = of_head_in_W_O(subject.W_O, world.head, len(world.weights))
        behind = row_values(row, world.trace.v @ W_O_head)
    _table(subject, before, behind)
    st.markdown(
        ":green[‖v‖] is the length of a key's value. A key with much weight and a short value hands "
        "over little: a sink. After Kobayashi et al. 2020, *Attention is Not Only a Weight*"
        + (", who measure behind W_O, as in the last column." if behind else ".")
    )
    st.markdown("**Who takes how much: of the weight, and of what is handed over**")
    sinks_table(subject)
    _output(subject)


def _table(subject: Subject, before: RowValues, behind: RowValues | None) -> None:
    world = subject.world
    most = before.shares if behind is None else np.maximum(before.shares, behind.shares)
    shown = strongest(np.maximum(before.weights, most), MOST_KEYS, also=world.k_pos)
    columns = [
        _shares("weight", before.weights, shown, "weights", "The share of the row"),
        Column("‖v‖", [number(value) for value in before.lengths[shown]], "value"),
        Column("weight × ‖v‖", [number(value) for value in before.amounts[shown]], "value"),
        _shares("share", before.shares, shown, "value", "Of the sum of weight × ‖v‖ in this row"),
    ]
    footer = ["sum", f"{before.weights.sum():.4f}", "", number(float(before.amounts.sum()))]
    footer.append(f"{before.shares.sum():.4f}")
    if behind is not None:
        told = "The share of weight × ‖v W_O‖: of what reaches the layer's output"
        columns.append(_shares("behind W_O", behind.shares, shown, "output", told))
        footer.append(f"{behind.shares.sum():.4f}")
    breakdown(
        columns,
        key="one_head_values",
        row_labels=[world.keys[i] for i in shown],
        selected=int(np.flatnonzero(shown == world.k_pos)[0]),
        footer=footer,
        label=f"What {world.queries[world.q_pos]} takes from each key in {world.title}",
        on_pick=lambda i: world.pick_cell(world.q_pos, int(shown[i])),
    )
    rest = len(world.keys) - len(shown)
    if rest:
        st.markdown(f"{rest} more keys are in the sums and in the numbers below.")
    table_twin(
        f"What is handed over: {world.title}",
        lambda: _frame(before, behind, world.keys),
        key="one_head_values_twin",
    )


def _shares(title: str, values: np.ndarray, shown: np.ndarray, role: str, told: str) -> Column:
    return Column(
        title,
        [f"{value:.4f}" for value in values[shown]],
        role,
        bars=values[shown].astype(float).tolist(),
        help=told,
    )


def _frame(before: RowValues, behind: RowValues | None, keys: list[str]) -> pd.DataFrame:
    table = {
        "weight": before.weights,
        "‖v‖": before.lengths,
        "weight × ‖v‖": before.amounts,
        "share": before.shares,
    }
    if behind is not None:
        table |= {"‖v W_O‖": behind.lengths, "share behind W_O": behind.shares}
    return pd.DataFrame(table, index=keys)


def _output(subject: Subject) -> None:
    """The context of the row, and how much of the layer's output it becomes."""
    world = subject.world
    assert world.trace is not None
    context = world.trace.context[[world.q_pos]]
    st.markdown(
        ":red[**What comes out**]: the values, each times its weight, added up (the context)"
    )
    Figure(
        f"Context: {world.title}",
        context,
        rows=[world.queries[world.q_pos]],
        columns=dimensions(context),
        row_title="output of",
        column_title="dimension of the head",
        role="output",
        summary=f"{world.queries[world.q_pos]}, {context.shape[1]} dimensions, "
        f"length {np.linalg.norm(context):.3f}.",
    ).draw("one_head_context")
    if subject.W_O is None:
        why = getattr(subject.layer, "why_no_W_O", "")
        st.text(f"What each head adds to the output is not offered: {why}.")
    else:
        v = subject.layer.v  # type: ignore[union-attr]  # W_O is known only where v is
        added = output_lengths(world.weights[:, world.q_pos], v, subject.W_O)
        total = float(added.sum()) or 1.0
        st.markdown(
            f"Behind W_O this head adds a vector of length {number(float(added[world.head]))} to the "
            f"row: :red[**{percent(float(added[world.head]) / total)}**] of the lengths of all "
            f"{len(added)} heads. Each would have {percent(1 / len(added))} if all added as much."
        )
