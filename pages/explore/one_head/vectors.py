"""The vectors of the head: one score dimension by dimension, and the values that one row adds up."""

import numpy as np
import pandas as pd
import streamlit as st

from attention_core.analysis.breakdown import row_breakdown, strongest
from attention_core.analysis.row_values import RowValues, of_head_in_W_O, output_lengths, row_values
from attention_core.analysis.score_terms import ScoreTerms, score_terms
from attention_core.charts.products import products_frame
from pages.explore.one_head.subject import Subject, badge, percent, sinks_table, turns_by_position
from pages.ui.reader.worlds import World
from pages.ui.widgets.arithmetic import MOST_KEYS
from pages.ui.widgets.breakdown import Column, breakdown
from pages.ui.widgets.figure import Figure, Role
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.takeaway import Numbers, table_twin
from pages.ui.widgets.wording import dimensions, number, scaling

ROTARY = (
    "This model turns q and k by their positions (rotary embedding, RoPE). They are shown "
    "after the turn, as the score is made of them: the same token has another k elsewhere."
)
KOBAYASHI = "Kobayashi et al. 2020, *Attention is Not Only a Weight*"
MOST_NAMED = 6  # dimensions written out in a sentence


def neurons_view(subject: Subject) -> None:
    """The chosen pair as three strips over the dimensions of the head."""
    world = subject.world
    if world.trace is None:
        only_weights()
        return
    st.markdown("**What one score is made of, dimension by dimension**")
    _pair(world)
    q, k = world.trace.q[world.q_pos], world.trace.k[world.k_pos]
    terms = score_terms(q, k)
    strongest_first = st.toggle(
        "Strongest first: sort the dimensions by |q × k|",
        key="one_head_sorted",
        persist_state="session",
    )
    order = terms.order if strongest_first else np.arange(len(q))
    reach = float(max(np.abs(q).max(), np.abs(k).max())) or 1.0
    # row labels of one width, so that a dimension stands in one line through all three
    strips: tuple[tuple[np.ndarray, Role, str, str, float | None], ...] = (
        (q, "query", "query", "q", reach),
        (k, "key", "key", "k", reach),
        (terms.products, "diverging", "product q × k", "×", None),
    )
    for values, role, title, row, limit in strips:
        _strip(values[order], order, role, title, row, limit)
    st.markdown(_to_the_weight(world))
    st.markdown(_strongest(terms))
    if turns_by_position(subject.capture.model_id):
        st.markdown(ROTARY)
    table_twin(f"q × k: {world.title}", lambda: products_frame(q, k), key="one_head_neurons_twin")


def _pair(world: World) -> None:
    """Which query and which key: the choice of the page, also to be made here."""
    st.session_state["one_head_query"], st.session_state["one_head_key"] = world.q_pos, world.k_pos

    def chosen() -> None:
        state = st.session_state
        world.pick_cell(state["one_head_query"], state["one_head_key"])

    for side, title, tokens, key in zip(
        st.columns(2),
        ("Query (asks)", "Key (offers)"),
        (world.queries, world.keys),
        ("one_head_query", "one_head_key"),
        strict=True,
    ):
        with side:
            st.selectbox(
                title, range(len(tokens)), format_func=tokens.__getitem__, key=key, on_change=chosen
            )


def _strip(
    values: np.ndarray,
    order: np.ndarray,
    role: Role,
    title: str,
    row: str,
    reach: float | None,
) -> None:
    Figure(
        f"{title}, {len(values)} dimensions, from {number(values.min())} to "
        f"{number(values.max())}.",
        values[None],
        rows=[row],
        columns=[str(i) for i in order],
        row_title=title,
        column_title="dimension of the head",
        role=role,
        low=None if reach is None else -reach,
        high=reach,
    ).draw(f"one_head_strip_{role}", has_files=False)


def _to_the_weight(world: World) -> str:
    """sum → scale → bias → softmax, without any of the reader's text."""
    trace, j = world.trace, world.k_pos
    assert trace is not None
    steps = row_breakdown(trace, world.q_pos)
    line = (
        f"Sum of {trace.q.shape[1]} products = **{number(steps.scores[j])}**, the score "
        f"→ {scaling(trace)} = {number(steps.scaled_scores[j])}"
    )
    if trace.softcap is not None:
        line += f" → soft cap {trace.softcap:g} = {number(steps.capped_scores[j])}"
    if steps.bias is not None:
        biased = steps.capped_scores[j] + steps.bias[j]
        line += f" → + bias {number(steps.bias[j])} = {number(biased)}"
    if np.isneginf(steps.masked_scores[j]):
        return f"{line} → the mask blocks this key: weight :violet[**0**]"
    return f"{line} → softmax of the row: weight :violet[**{steps.weights[j]:.4f}**]"


def _strongest(terms: ScoreTerms) -> str:
    n, size = len(terms.strongest), float(np.abs(terms.products).sum())
    if not n:
        return "All products are 0."
    by_size = terms.order[:n]
    named = ", ".join(f"{i} ({number(terms.products[i])})" for i in by_size[:MOST_NAMED])
    more = ", …" if n > MOST_NAMED else ""
    held = float(np.abs(terms.products[terms.strongest]).sum()) / size
    return (
        f"The strongest {n} of {len(terms.products)} dimensions hold {100 * held:.0f} % of the sum of "
        f"|q × k|: {named}{more or '.'} If all were equally strong it would take {terms.even} for half. Together they "
        f"add {number(terms.strongest_sum)} to the score of {number(terms.score)}."
    )


def values_view(subject: Subject) -> None:
    """The table of the row, who takes how much, and the vector that the row ends in."""
    world = subject.world
    if world.trace is None:
        only_weights()
        badge(subject)
        return
    row = world.trace.weights[world.q_pos]
    before = row_values(row, world.trace.v)
    behind = None
    if subject.W_O is not None:
        W_O_head = of_head_in_W_O(subject.W_O, world.head, len(world.weights))
        behind = row_values(row, world.trace.v @ W_O_head)
    _table(subject, before, behind)
    st.markdown(
        ":green[‖v‖] is the length of a key's value. A key with much weight and a short value hands "
        f"over little: a sink. After {KOBAYASHI}"
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
        meaning = "The share of weight × ‖v W_O‖: of what reaches the layer's output"
        columns.append(_shares("behind W_O", behind.shares, shown, "output", meaning))
        footer.append(f"{behind.shares.sum():.4f}")
    breakdown(
        columns,
        key="one_head_values",
        row_labels=[world.keys[i] for i in shown],
        selected=int(np.flatnonzero(shown == world.k_pos)[0]),
        footer=footer,
        label=f"What {world.queries[world.q_pos]} takes from each key in {world.title}",
        on_pick=lambda i: world.pick_cell(world.q_pos, int(shown[i])),
        heading="What the row takes from each key: its weight × the length of its value",
        note=f"{world.title}: {world.queries[world.q_pos]} asks",
        numbers=Numbers(
            f"What is handed over: {world.title}", lambda: _frame(before, behind, world.keys)
        ),
    )
    rest = len(world.keys) - len(shown)
    if rest:
        st.markdown(f"{rest} more keys are in the sums and in the numbers below.")


def _shares(title: str, values: np.ndarray, shown: np.ndarray, role: str, meaning: str) -> Column:
    return Column(
        title,
        [f"{value:.4f}" for value in values[shown]],
        role,
        bars=values[shown].astype(float).tolist(),
        help=meaning,
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
