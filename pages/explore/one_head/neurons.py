"""One score dimension by dimension: q, k, their product, its sum, and what becomes of it."""

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import row_breakdown
from attention_core.analysis.score_terms import ScoreTerms, score_terms
from attention_core.charts.products import products_frame
from pages.explore.one_head.runs import turns_by_position
from pages.explore.one_head.subject import Subject
from pages.ui.reader.worlds import World
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.matrix import Role
from pages.ui.widgets.panels import only_weights
from pages.ui.widgets.takeaway import table_twin
from pages.ui.widgets.wording import number, scaling

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
        st.markdown(
            "This model turns q and k by their positions (rotary embedding, RoPE). They are shown "
            "after the turn, as the score is made of them: the same token has another k elsewhere."
        )
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
