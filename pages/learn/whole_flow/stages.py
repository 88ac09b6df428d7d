"""The stages from text to output, each drawn the same for the toy and for the model."""

import numpy as np
import streamlit as st

from attention_core.analysis.breakdown import row_breakdown, strongest
from attention_core.analysis.weighted_sum import weighted_values
from attention_core.analysis.words import merge_words
from pages.learn.whole_flow.sides import Side
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, heads_panel, heatmap_panel, only_weights
from pages.ui.widgets.spotlight import spotlight
from pages.ui.widgets.takeaway import Numbers, matrix_frame
from pages.ui.widgets.wording import dimensions, labels, number, scaling

MOST_TOKENS = 60  # drawn one by one
MOST_NUMBERS = 96  # of a vector, so that each can be seen
WORDS = "flow_words"  # session: whether the heatmap goes from word to word
MOST_PARTS = 6  # weighted values that are drawn


def tokens_stage(side: Side) -> None:
    """The text as tokens; pieces of one word stand together on one line."""
    world = side.world
    spotlight(
        side.tokens[:MOST_TOKENS],
        key=f"flow_{world.name}_tokens",
        label=f"The text as {len(side.tokens)} tokens",
        selected=world.q_pos if side.asks_itself else None,
        large=False,
        on_pick=(lambda i: world.pick_cell(i, None)) if side.asks_itself else None,
    )
    facts = [f"{len(side.tokens)} tokens"]
    if len(side.tokens) > MOST_TOKENS:
        facts.append(f"the first {MOST_TOKENS} are shown")
    if side.n_cut:
        facts.append(f"{side.n_cut} more did not fit the model")
    if added := sum(token.faint for token in side.tokens):
        facts.append(f"{added} added by the model")
    if side.split:
        facts.append(f"in pieces: {', '.join(side.split[:5])}")
    st.text(" · ".join(facts))  # holds the reader's words


def embeddings_stage(side: Side) -> None:
    """One row of numbers for each token."""
    shown, world = side.shown.tolist(), side.world
    columns = side.dimensions[:MOST_NUMBERS]
    n_tokens, d_model = side.x.shape
    st.markdown(f"{n_tokens} tokens × {d_model} numbers = **{side.x.size:,} numbers**")
    asking = shown.index(world.q_pos) if side.asks_itself else None
    Figure(
        f"Embeddings of {len(shown)} of {n_tokens} tokens, {d_model} numbers each",
        side.x[shown, : len(columns)],
        rows=[side.names[i] for i in shown],
        columns=columns,
        row_title="token",
        column_title="dimension",
        role="diverging",
        row=asking,
        whole=Numbers(
            f"Embeddings: {world.title}", lambda: matrix_frame(side.x, side.names, side.dimensions)
        ),
    ).draw(f"flow_{world.name}_x")
    drawn = []
    if len(shown) < n_tokens:
        drawn.append(f"{len(shown)} tokens, those the query will take most from")
    if len(columns) < d_model:
        drawn.append(f"the first {len(columns)} numbers of each")
    if drawn:
        st.markdown(f"Drawn: {'; '.join(drawn)}.")


def heads_stage(side: Side) -> None:
    """All heads; then the weights of the chosen one, from token to token or from word to word."""
    world = side.world
    heads_panel(world)
    st.text(world.summary)
    if world.trace is not None:
        row = row_breakdown(world.trace, world.q_pos)
        st.markdown(
            f"To the marked key: :blue[q] · :orange[k] = **{number(row.scores[world.k_pos])}** "
            f"→ {scaling(world.trace)} = **{number(row.scaled_scores[world.k_pos])}** "
            f"→ softmax = :violet[**{number(row.weights[world.k_pos])}**]"
        )
    if st.session_state.get(WORDS) and side.asks_itself and side.split:
        _words_heatmap(side)
    else:
        heatmap_panel(world)


def _words_heatmap(side: Side) -> None:
    """The weights from word to word; a pick stands for the word's last piece."""
    world, groups, names = side.world, side.groups, labels(side.group_texts)
    merged = merge_words(world.head_weights, side.places, side.words)
    forbidden = None
    if world.blocked is not None:  # where no piece may look at any piece
        forbidden = merge_words((~world.blocked).astype(float), side.places, side.words) == 0
    row, column = (
        next(i for i, group in enumerate(groups) if position in group)
        for position in (world.q_pos, world.k_pos)
    )
    Figure(
        f"Word to word: {world.title}",
        merged,
        rows=names,
        columns=names,
        high=full_scale(merged),
        blocked=forbidden,
        row=row,
        cell=(row, column),
        summary="Attention weights",
    ).draw(
        f"flow_{world.name}_words",
        on_pick=lambda q, k: world.pick_cell(groups[q][-1], None if k is None else groups[k][-1]),
    )
    st.text(
        f"{names[row]}: its row sums to {merged[row].sum():.2f}, as each row of the pieces does."
    )


def output_stage(side: Side) -> None:
    """What the query is handed, head by head, and what W_O makes of it."""
    if side.world.trace is None or side.context is None:
        only_weights()
        return
    reach = float(np.abs(side.context).max()) or 1.0
    _parts(side, reach)
    _context(side, side.context, reach)
    if side.output is None:
        st.markdown("What this layer makes of its heads is not known here.")
    else:
        _output(side, side.context, side.output)


def _parts(side: Side, reach: float) -> None:
    world, trace = side.world, side.world.trace
    assert trace is not None
    parts, keys = weighted_values(trace, world.q_pos), strongest(world.row, MOST_PARTS)
    which = f"the {len(keys)} largest of {len(parts)}" if len(keys) < len(parts) else "each key"
    st.markdown(f":violet[**weight**] × :green[**value**]: {which}")
    Figure(
        f"Weighted values of {len(keys)} keys. All {len(parts)} add up to the head's context",
        parts[keys],
        rows=[f"{world.keys[i]} × {world.row[i]:.2f}" for i in keys],
        columns=dimensions(parts),
        row_title="value × weight",
        column_title="dimension",
        role="value",
        low=-reach,
        high=reach,
    ).draw(f"flow_{world.name}_parts", has_files=False)


def _context(side: Side, context: np.ndarray, reach: float) -> None:
    world = side.world
    st.markdown(f"All {len(world.row)} added up: one row in each head, its **context**")
    Figure(
        f"The query's context in {len(context)} heads: {world.title}",
        context,
        rows=[f"head {i}" for i in range(len(context))],
        columns=dimensions(context),
        row_title="head",
        column_title="dimension",
        role="value",
        low=-reach,
        high=reach,
        row=world.head,
        meaning="context",
    ).draw(f"flow_{world.name}_context", on_pick=lambda head, _: world.pick_head(head))


def _output(side: Side, context: np.ndarray, output: np.ndarray) -> None:
    world = side.world
    columns = side.dimensions if world.name == "toy" else dimensions(output)
    st.markdown(
        f"The heads side by side, {context.size} numbers, times **W_O**: the :red[**output**]"
    )
    drawn, asks = output[:, :MOST_NUMBERS], [world.queries[world.q_pos]]
    Figure(
        f"Output of the layer for the query, {output.size} numbers",
        drawn,
        rows=asks,
        columns=columns[:MOST_NUMBERS],
        row_title="output",
        column_title="dimension",
        role="output",
        whole=Numbers(f"Output: {world.title}", lambda: matrix_frame(output, asks, columns)),
    ).draw(f"flow_{world.name}_output")
    if drawn.size < output.size:
        st.markdown(f"Drawn: the first {drawn.size} of {output.size} numbers.")
