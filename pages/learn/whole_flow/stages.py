"""The first stages of the way from text to output, each drawn the same for the toy and for the model."""

import streamlit as st

from attention_core.analysis.breakdown import row_breakdown
from attention_core.analysis.words import merge_words
from pages.learn.whole_flow.sides import Side
from pages.ui.widgets.figure import Figure
from pages.ui.widgets.panels import full_scale, heads_panel, heatmap_panel
from pages.ui.widgets.spotlight import spotlight
from pages.ui.widgets.takeaway import matrix_frame, table_twin
from pages.ui.widgets.wording import labels, number, scaling

MOST_TOKENS = 60  # drawn one by one
MOST_NUMBERS = 96  # of a vector, so that each can be seen
WORDS = "flow_words"  # session: whether the heatmap goes from word to word


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
    ).draw(f"flow_{world.name}_x", has_files=False)
    drawn = []
    if len(shown) < n_tokens:
        drawn.append(f"{len(shown)} tokens, those the query will take most from")
    if len(columns) < d_model:
        drawn.append(f"the first {len(columns)} numbers of each")
    if drawn:
        st.markdown(f"Drawn: {'; '.join(drawn)}.")
    table_twin(
        f"Embeddings: {world.title}",
        lambda: matrix_frame(side.x, side.names, side.dimensions),
        key=f"flow_{world.name}_x_twin",
    )


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
